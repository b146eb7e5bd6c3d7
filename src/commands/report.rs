//! `wirenotes report FILE... -o FILE.html`: one page that stands alone. The captures
//! are read twice: once for the whole, and once for the few conversations that are
//! shown from near, of which nothing is known before the end.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use sha2::{Digest, Sha256};

use crate::capture::{CaptureError, Interfaces, ReadOptions, Reader};
use crate::commands::analyze::{AnalyzeError, Outcome, Pass, Reading, Tick, choose, read};
use crate::commands::output_file::{may_write, write};
use crate::decode::decode;
use crate::notes::Lang;
use crate::report::html::{Close, Gatherer, Input, PACKETS, Page, Provenance, page};
use crate::report::selection::Selection;
use crate::report::{Kinds, Look, PacketReport, Report, Show, annotations, whole};
use crate::track::{Address, Conversation, Output, Tracker};

/// Bytes of a file that are summed up at once.
const BLOCK: usize = 1 << 18;

/// What to report.
#[derive(Debug)]
pub struct ReportPage {
    /// What to read.
    pub reading: Reading,
    /// Of which conversations.
    pub selection: Selection,
    /// The page's file, `-` for standard output.
    pub path: PathBuf,
    /// Payload is shown, where it is text.
    pub payload: bool,
    /// The command that makes it.
    pub command: String,
    /// How it is to look.
    pub look: Look,
}

/// Writes the page.
///
/// # Errors
/// As [`crate::commands::analyze::run`], and when the page cannot be written.
pub fn run(
    it: ReportPage,
    mut out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    may_write(&it.path, &it.reading.files)?;
    let is_file = |file: &PathBuf| file.metadata().is_ok_and(|it| it.is_file() || it.is_dir());
    if !it.reading.files.iter().all(is_file) {
        return Err(AnalyzeError::Twice);
    }
    let mut show = Show {
        lang: it.look.lang,
        ..Show::default()
    };
    if !it.selection.is_empty() {
        let (found, outcome) = choose(&it.reading, &it.selection, tick)?;
        if outcome.interrupted {
            return Ok(outcome);
        }
        show.selected = Some(Arc::new(found));
    }
    let pass = Pass {
        show,
        ..Pass::of_conversations(it.look.lang, Selection::default())
    };
    let gatherer = Gatherer::new();
    let renderer = gatherer.clone();
    let make = move |_| -> Box<dyn Report> { Box::new(renderer) };
    let outcome = read(&it.reading, pass, make, Box::new(io::sink()), tick)?;
    let mut gathered = gatherer.take();
    if outcome.interrupted || (outcome.packets == 0 && !outcome.faults.is_empty()) {
        return Ok(outcome);
    }
    let payload = it.payload.then_some(it.look.secrets);
    let first_ns = gathered.summary.first_ns;
    let worst = gathered.close();
    let empty = || -> Vec<Close> {
        let each = worst.iter().cloned();
        each.map(|told| Close::new(told, first_ns, payload))
            .collect()
    };
    let names = gathered.summary.files.clone();
    let interrupt = &it.reading.interrupt;
    let (close, files) = thread::scope(|scope| {
        let files = scope.spawn(|| inputs(&names, interrupt));
        let close = look_close(&it.reading, &empty);
        (close, files.join().unwrap_or_default())
    });
    let provenance = Provenance {
        command: it.command,
        files,
    };
    let text = page(&Page {
        gathered: &gathered,
        close: &close,
        provenance: &provenance,
        lang: it.look.lang,
    });
    write(&it.path, text.as_bytes(), &mut *out)?;
    Ok(outcome)
}

/// Looks at the conversations from near, reading their hosts' packets alone where
/// that finds all of them.
fn look_close(reading: &Reading, empty: &dyn Fn() -> Vec<Close>) -> Vec<Close> {
    let mut close = empty();
    if close.is_empty() {
        return close;
    }
    if let Some(filter) = filter(reading.filter.as_deref(), &close) {
        let walked = walk(reading, Some(filter), &mut close);
        if walked.is_ok() && close.iter().all(Close::is_complete) {
            return close;
        }
        close = empty();
    }
    // The first way has said what is wrong with the captures.
    let _ = walk(reading, reading.filter.clone(), &mut close);
    close
}

/// What passes the packets of these conversations, and of others between their hosts;
/// `None` where they cannot be told by their addresses.
fn filter(own: Option<&str>, close: &[Close]) -> Option<String> {
    let mut pairs: Vec<String> = Vec::new();
    for one in close {
        let Conversation {
            client,
            server,
            vlan,
            ..
        } = &one.told.conversation;
        if vlan.is_some() {
            return None;
        }
        let (Address::Ip(client), Address::Ip(server)) =
            (client.as_ref()?.address, server.as_ref()?.address)
        else {
            return None;
        };
        let pair = format!("(host {client} and host {server})");
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    // Errors quote packets, and come from whoever is on the way.
    pairs.extend(["icmp".to_owned(), "icmp6".to_owned()]);
    let any = pairs.join(" or ");
    Some(match own {
        Some(own) => format!("({own}) and ({any})"),
        None => any,
    })
}

/// One way through the captures, for these conversations alone.
fn walk(
    reading: &Reading,
    filter: Option<String>,
    close: &mut [Close],
) -> Result<(), CaptureError> {
    let options = ReadOptions {
        filter,
        interrupt: Arc::clone(&reading.interrupt),
        timelines: reading.timelines,
        interfaces: None::<Interfaces>,
        ..ReadOptions::default()
    };
    let mut reader = Reader::open(reading.files.iter(), options)?;
    loop {
        let mut tracker = Tracker::new()
            .with_framing(reading.framing)
            .with_secrets(reading.secrets)
            .of_selection(reading.filter.is_some());
        if timeline(reading, &mut reader, &mut tracker, close) || reader.next_timeline().is_none() {
            return Ok(());
        }
    }
}

/// Follows the packets of one timeline; gives whether nothing more is wanted.
fn timeline(
    reading: &Reading,
    reader: &mut Reader,
    tracker: &mut Tracker,
    close: &mut [Close],
) -> bool {
    let mut output = Output::default();
    let mut places: HashMap<u64, usize, FixedState> = HashMap::default();
    let by_first: HashMap<u64, usize, FixedState> = close
        .iter()
        .enumerate()
        .map(|(place, one)| (one.first_packet(), place))
        .collect();
    loop {
        // Faults were told on the first way.
        let frame = match reader.next() {
            Ok(Some(frame)) => frame,
            Ok(None) => return reading.interrupt.load(Ordering::Relaxed),
            Err(_) => continue,
        };
        let number = frame.number;
        let packet = decode(frame).verified(reading.verify_checksums);
        tracker.packet(&packet, &mut output);
        let Some(conversation) = output.tracked.conversation else {
            continue;
        };
        if let Some(place) = by_first.get(&number) {
            places.insert(conversation, *place);
        }
        let of_it = places.get(&conversation).copied();
        let Some(one) = of_it.and_then(|place| close.get_mut(place)) else {
            continue;
        };
        if one.packets >= PACKETS {
            continue;
        }
        let whole = whole(&packet, &output.events);
        let said = Lang::ALL.map(|lang| annotations(&packet, &output, &Kinds::All, lang));
        let reports = said.each_ref().map(|said| PacketReport {
            packet: &packet,
            whole: whole.as_ref(),
            tracked: &output.tracked,
            has_time: packet.frame.has_time,
            events: &output.events,
            annotations: said,
            file: None,
        });
        let [en, zh] = &reports;
        one.packet([en, zh]);
        if close.iter().all(Close::is_complete) {
            return true;
        }
    }
}

/// The captures with their sizes and sums.
fn inputs(names: &[String], interrupt: &AtomicBool) -> Vec<Input> {
    names
        .iter()
        .map(|name| {
            let path = Path::new(name);
            Input {
                name: name.clone(),
                bytes: path.metadata().map_or(0, |it| it.len()),
                sha256: sha256(path, interrupt).ok().flatten(),
            }
        })
        .collect()
}

/// The SHA-256 of a file in hexadecimal; `None` when the reading is to end.
fn sha256(path: &Path, interrupt: &AtomicBool) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK];
    let mut sum = Sha256::new();
    loop {
        if interrupt.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let bytes = file.read(&mut block)?;
        let Some(read) = block.get(..bytes).filter(|read| !read.is_empty()) else {
            break;
        };
        sum.update(read);
    }
    let digits = sum.finalize();
    Ok(Some(
        digits.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_that_of_the_standard() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").expect("written");
        // FIPS 180-4, the example of one block.
        assert_eq!(
            sha256(&path, &AtomicBool::new(false))
                .expect("read")
                .as_deref(),
            Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        assert_eq!(sha256(&path, &AtomicBool::new(true)).expect("read"), None);
    }
}
