//! Packets of a capture. The file is read twice: first up to the packet, to
//! learn which conversation it belongs to and what it refers to; then again,
//! past it, for the packets around it. So only a handful of packets is ever
//! kept, however long the capture and however busy it is.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Explain, ExplainError, Found, From};
use crate::capture::{CaptureError, Frame, ReadOptions, Reader};
use crate::commands::kept::{Kept, KeptError};
use crate::decode::{Packet, decode};
use crate::escape::shell_word;
use crate::notes::{self, Lang};
use crate::report::explain::{Around, LinkReason, Neighbour};
use crate::report::{Kinds, PacketReport, annotations, whole};
use crate::track::{Output, PacketNumber, Tracker};

/// Packets before and behind that are shown.
const NEIGHBOURS: usize = 3;

/// Packets that refer to the one, at most.
const MOST_REFERENCES: usize = 5;

/// Of what is kept, so many packets behind the one are looked at for those that refer
/// to it.
const MOST_LOOKED_AT: usize = 20_000;

/// Finds each of the numbers, in the order asked for.
pub(super) fn read(
    explain: &Explain,
    file: &Path,
    numbers: &[u64],
) -> Result<Vec<Found>, ExplainError> {
    let found = first_pass(explain, file, numbers)?;
    let (mut found, first_ns) = found;
    let can_go_back = file.as_os_str() != "-" && file.metadata().is_ok_and(|data| data.is_file());
    if can_go_back {
        second_pass(explain, file, &mut found)?;
    }
    for one in &mut found {
        let around = one.around.get_or_insert_default();
        (around.first_ns, around.no_way_back) = (first_ns, !can_go_back);
    }
    let place = |number| numbers.iter().position(|wanted| *wanted == number);
    found.sort_by_key(|one| place(one.number));
    Ok(found)
}

fn open(explain: &Explain, file: &Path) -> Result<Reader, CaptureError> {
    let options = ReadOptions {
        interrupt: Arc::clone(&explain.interrupt),
        ..ReadOptions::default()
    };
    Reader::open([file], options)
}

/// The frame as it is to be read.
fn as_told<'a>(explain: &Explain, frame: Frame<'a>) -> Frame<'a> {
    match explain.link {
        Some(link_type) => Frame { link_type, ..frame },
        None => frame,
    }
}

/// Reads up to the last of the numbers; the time of the first packet beside.
fn first_pass(
    explain: &Explain,
    file: &Path,
    numbers: &[u64],
) -> Result<(Vec<Found>, Option<u64>), ExplainError> {
    let mut reader = open(explain, file)?;
    let mut tracker = Tracker::new().with_secrets(explain.look.secrets);
    let mut output = Output::default();
    let mut found: Vec<Found> = Vec::new();
    let name = file.display().to_string();
    let last = numbers.iter().copied().max().unwrap_or(0);
    let mut fault = None;
    loop {
        let frame = match reader.next() {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(error) => {
                fault = Some(error);
                continue;
            }
        };
        let number = frame.number;
        let packet = decode(as_told(explain, frame));
        tracker.packet(&packet, &mut output);
        if numbers.contains(&number) {
            let link = match explain.link {
                Some(_) => LinkReason::Told,
                None => LinkReason::Recorded,
            };
            let from = (From::Capture(name.clone()), link);
            let command = command(file, number);
            let lang = explain.look.lang;
            let next_hop = tracker.next_hop(&packet);
            found.push(Found {
                next_hop: next_hop.map(|hop| notes::next_hop(&hop, lang)),
                ..Found::new(&packet, &output, &explain.look, from, command)
            });
        }
        if number >= last {
            return Ok((found, reader.progress().first_ns));
        }
    }
    if reader.interrupted() {
        return Err(ExplainError::Interrupted);
    }
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    let number = numbers
        .iter()
        .copied()
        .find(|number| *number > reader.packets());
    Err(ExplainError::NoSuchPacket {
        number: number.unwrap_or(last),
        file: name,
        packets: reader.packets(),
    })
}

/// A packet of what is kept, with what was found of it and nothing around it.
pub(super) fn alone(explain: &Explain, kept: &Kept, number: u64) -> Result<Found, ExplainError> {
    let mut found = None;
    kept.each(number, None, &explain.interrupt, |one| {
        let frame = &one.packet.frame;
        if frame.number == number {
            let from = From::Capture(one.file.to_owned());
            let command = command(Path::new(one.file), frame.number_in_file);
            let link = LinkReason::Recorded;
            let next_hop = one.next_hop;
            found = Some(Found {
                next_hop: next_hop.map(|hop| notes::next_hop(hop, explain.look.lang)),
                ..Found::new(one.packet, one.output, &explain.look, (from, link), command)
            });
        }
        ControlFlow::Break(())
    })?;
    found.ok_or_else(|| ExplainError::NoSuchPacket {
        number,
        file: kept.files().join(", "),
        packets: kept.count(),
    })
}

/// A packet of what is kept, with the packets around it.
pub(super) fn again(explain: &Explain, kept: &Kept, number: u64) -> Result<Found, ExplainError> {
    let mut found = alone(explain, kept, number)?;
    let lang = explain.look.lang;
    let mut search = Search::new(&found);
    let [before, after] = kept.around(number, NEIGHBOURS).map_err(KeptError::from)?;
    let known = search.related.clone();
    let mut others: Vec<_> = [before, after, known].concat();
    others.sort_unstable();
    others.dedup();
    let one = |search: &mut Search, other: PacketNumber| {
        kept.each(other, None, &explain.interrupt, |one| {
            search.tell(one.packet, one.output, lang);
            ControlFlow::Break(())
        })
    };
    for other in others.iter().copied().filter(|other| *other < number) {
        one(&mut search, other)?;
    }
    let (mut last, mut looked_at) = (number, 0);
    kept.each(number + 1, None, &explain.interrupt, |one| {
        last = one.packet.frame.number;
        search.ended |= one
            .ended
            .iter()
            .any(|ended| Some(*ended) == search.conversation);
        if concerns(std::slice::from_ref(&search), last, one.output) {
            search.tell(one.packet, one.output, lang);
        }
        looked_at += 1;
        match search.is_done(last) || looked_at == MOST_LOOKED_AT {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    for other in others.into_iter().filter(|other| *other > last) {
        one(&mut search, other)?;
    }
    if explain.interrupt.load(Ordering::Relaxed) {
        return Err(ExplainError::Interrupted);
    }
    found.around = Some(Around {
        first_ns: kept.first_ns(),
        ..search.finish()
    });
    Ok(found)
}

/// The command that explains it again; none for standard input.
fn command(file: &Path, number: u64) -> String {
    if file.as_os_str() == "-" {
        return String::new();
    }
    let name = shell_word(file.as_os_str());
    format!("wirenotes explain {name} {number}")
}

/// What is looked for around one packet.
struct Search {
    number: PacketNumber,
    conversation: Option<u64>,
    related: Vec<PacketNumber>,
    before: VecDeque<Neighbour>,
    around: Around,
    ended: bool,
}

impl Search {
    fn new(found: &Found) -> Self {
        let related = found.annotations.iter().flat_map(|said| &said.related);
        let mut related: Vec<_> = related
            .copied()
            .filter(|number| *number != found.number)
            .collect();
        related.sort_unstable();
        related.dedup();
        Self {
            number: found.number,
            conversation: found.tracked.conversation,
            related,
            before: VecDeque::new(),
            around: Around::default(),
            ended: false,
        }
    }

    /// Takes a packet that may belong to it, as it was analysed.
    fn tell(&mut self, packet: &Packet<'_>, output: &Output, lang: Lang) {
        let whole = whole(packet, &output.events);
        let report = PacketReport {
            packet,
            whole: whole.as_ref(),
            tracked: &output.tracked,
            has_time: packet.frame.has_time,
            events: &output.events,
            annotations: &annotations(packet, output, &Kinds::All, lang),
            file: None,
        };
        self.packet(&report, lang);
    }

    /// Takes a packet that may belong to it.
    fn packet(&mut self, report: &PacketReport<'_>, lang: Lang) {
        let number = report.packet.frame.number;
        if number == self.number {
            return;
        }
        let mine = self.conversation.is_some() && report.tracked.conversation == self.conversation;
        if self.related.contains(&number) && self.around.refers_to.len() < MOST_REFERENCES {
            self.around.refers_to.push(Neighbour::new(report, lang));
        }
        if number < self.number {
            if mine {
                if self.before.len() == NEIGHBOURS {
                    self.before.pop_front();
                }
                self.before.push_back(Neighbour::new(report, lang));
            }
            return;
        }
        let refers = report
            .annotations
            .iter()
            .any(|said| said.related.contains(&self.number));
        if refers && self.around.referred_by.len() < MOST_REFERENCES {
            self.around.referred_by.push(Neighbour::new(report, lang));
        }
        if mine && self.around.after.len() < NEIGHBOURS {
            self.around.after.push(Neighbour::new(report, lang));
        }
    }

    /// Whether nothing more is to be expected.
    fn is_done(&self, at: PacketNumber) -> bool {
        let past = at > self.number && self.related.iter().all(|number| *number <= at);
        let full = self.around.after.len() == NEIGHBOURS;
        past && (full || self.ended || self.conversation.is_none())
    }

    fn finish(mut self) -> Around {
        self.around.before = self.before.into();
        self.around
    }
}

/// Reads again, for the packets around each.
fn second_pass(explain: &Explain, file: &Path, found: &mut [Found]) -> Result<(), ExplainError> {
    let lang = explain.look.lang;
    let mut searches: Vec<Search> = found.iter().map(Search::new).collect();
    let mut reader = open(explain, file)?;
    let mut tracker = Tracker::new();
    let mut output = Output::default();
    loop {
        // Faults were told by the first pass, or lie behind the packet.
        let Ok(next) = reader.next() else { continue };
        let Some(frame) = next else { break };
        let number = frame.number;
        let packet = decode(as_told(explain, frame));
        tracker.packet(&packet, &mut output);
        for search in &mut searches {
            search.ended |= number > search.number
                && output
                    .ended
                    .iter()
                    .any(|ended| Some(ended.number) == search.conversation);
        }
        if concerns(&searches, number, &output) {
            for search in &mut searches {
                search.tell(&packet, &output, lang);
            }
        }
        if searches.iter().all(|search| search.is_done(number)) {
            break;
        }
    }
    if reader.interrupted() {
        return Err(ExplainError::Interrupted);
    }
    for (one, search) in found.iter_mut().zip(searches) {
        one.around = Some(search.finish());
    }
    Ok(())
}

/// Whether a packet can matter to any: words are made for no others.
fn concerns(searches: &[Search], number: PacketNumber, output: &Output) -> bool {
    searches.iter().any(|search| {
        let mine =
            search.conversation.is_some() && output.tracked.conversation == search.conversation;
        // A packet of another conversation can still refer to this one.
        let later = number > search.number && !output.events.is_empty();
        mine || later || search.related.contains(&number)
    })
}
