//! Packets of pasted text, followed in the order in which they stand there.

use std::io::Read;

use super::{Explain, ExplainError, Found, From};
use crate::capture::pasted::{At, Pasted, PastedPacket, Problem, ProblemKind, parse};
use crate::capture::{Frame, LinkType};
use crate::decode::{Guess, decode, guess, wire_length};
use crate::report::explain::LinkReason;
use crate::report::explain::problem;
use crate::track::{Output, Tracker};

/// More of standard input than this is not read: what it holds cannot be a
/// paste.
const MOST_TEXT: u64 = 8 << 20;

/// The time of the first packet, where the times of the others are known from
/// that one on.
const FIRST_NS: u64 = 1_000_000_000;

/// More than this between two packets is a clock that was set, or two days.
const LONGEST_NS: u64 = 86_400_000_000_000;

/// Bytes of the shortest header that a packet begins with: fewer are not
/// worth a word.
const FEWEST_BYTES: usize = 14;

/// What speaks for bytes that may be something else by the way they are
/// written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The user says that the text is a packet's bytes.
    Told,
    /// The bytes have to show it.
    Shown,
}

/// What standard input holds, whatever its encoding.
pub(super) fn standard_input() -> Result<String, ExplainError> {
    let mut text = Vec::new();
    let read = std::io::stdin()
        .lock()
        .take(MOST_TEXT)
        .read_to_end(&mut text);
    read.map_err(ExplainError::Read)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A packet that is one, and how it begins.
struct Accepted {
    packet: PastedPacket,
    problems: Vec<Problem>,
    link_type: LinkType,
    link: LinkReason,
}

/// Every packet of the texts.
pub(super) fn read(
    explain: &Explain,
    texts: &[String],
    trust: Trust,
) -> Result<Vec<Found>, ExplainError> {
    let mut all: Vec<Accepted> = Vec::new();
    let mut loose = Vec::new();
    let mut refused = Vec::new();
    for text in texts {
        let pasted = parse(text);
        let told = trust == Trust::Told || explain.link.is_some();
        let is_told = told && pasted.without_bytes.is_none();
        let before = all.len();
        let mut unlike = Vec::new();
        let mut own: Vec<Vec<Problem>> = vec![Vec::new(); pasted.packets.len()];
        for problem in &pasted.problems {
            match problem.packet.and_then(|index| own.get_mut(index)) {
                Some(own) => own.push(problem.clone()),
                None => loose.push(problem.clone()),
            }
        }
        for (packet, problems) in pasted.packets.iter().zip(own) {
            match accept(packet.clone(), problems, explain.link, is_told) {
                Ok(packet) => all.push(packet),
                Err(problems) => unlike.extend(problems),
            }
        }
        if all.len() == before {
            refused.extend(refusal(&pasted, unlike, is_told));
        }
    }
    let lang = explain.look.lang;
    let Some(first) = all.first_mut() else {
        let said: Vec<_> = refused.iter().map(|one| problem(one, lang)).collect();
        return Err(ExplainError::NotUnderstood(said.join("\n")));
    };
    first.problems.extend(loose);
    Ok(follow(explain, all))
}

/// Takes a packet if the way it is written, the user or its bytes leave no
/// doubt that it is one; else gives what was wrong with it.
fn accept(
    mut packet: PastedPacket,
    mut problems: Vec<Problem>,
    told: Option<LinkType>,
    is_told: bool,
) -> Result<Accepted, Vec<Problem>> {
    let mut guess = guess(&packet.bytes);
    if let Some((bytes, other)) = turned(&packet, &guess) {
        packet.bytes = bytes;
        packet.swapped = match packet.swapped {
            Some(_) => None,
            None => packet.word,
        };
        guess = other;
    }
    if !packet.certain && !is_told && !guess.is_telling() {
        problems.retain(|problem| problem.kind.is_fault());
        let kind = ProblemKind::UnlikeAPacket(packet.bytes.len());
        problems.push(without_packet(packet.from, kind));
        return Err(problems);
    }
    if guess.is_telling() {
        // The dump begins at a low address, not in the middle of a packet.
        problems.retain(|problem| !matches!(problem.kind, ProblemKind::LateStart(_)));
    }
    let (link_type, link) = match (told, packet.link_type) {
        (Some(link_type), _) => (link_type, LinkReason::Told),
        (None, Some(link_type)) => (link_type, LinkReason::Written),
        (None, None) => (guess.link_type, LinkReason::Guessed(guess)),
    };
    Ok(Accepted {
        packet,
        problems,
        link_type,
        link,
    })
}

/// Words of a dump are numbers of a host with little end first, or bytes as
/// they stand: where only the other order makes a packet, that is the one.
fn turned(packet: &PastedPacket, as_read: &Guess) -> Option<(Vec<u8>, Guess)> {
    if as_read.is_telling() {
        return None;
    }
    let bytes = packet.turned()?;
    let guess = guess(&bytes);
    guess.is_telling().then_some((bytes, guess))
}

/// Why there is no packet in a text. `unlike`: what was wrong with bytes that
/// it holds.
fn refusal(pasted: &Pasted, unlike: Vec<Problem>, is_told: bool) -> Vec<Problem> {
    if let Some((at, what)) = pasted.without_bytes {
        let kind = ProblemKind::WithoutBytes(what);
        return vec![without_packet(at, kind)];
    }
    let own: Vec<Problem> = pasted
        .problems
        .iter()
        .filter(|problem| problem.packet.is_none())
        .cloned()
        .collect();
    if pasted.only_digits || is_told {
        return own.into_iter().chain(unlike).collect();
    }
    let enough = unlike.iter().find(|problem| match problem.kind {
        ProblemKind::UnlikeAPacket(bytes) => bytes >= FEWEST_BYTES,
        _ => false,
    });
    let whole = |problem: &Problem| match problem.kind {
        ProblemKind::NothingFound(_) | ProblemKind::Empty => problem.clone(),
        _ => without_packet(problem.at, ProblemKind::NoPacket),
    };
    let is_cut = |problem: &&Problem| problem.kind == ProblemKind::TooLong;
    let first = || {
        let all = || own.iter().chain(&unlike);
        let first = all().find(|problem| !is_cut(problem));
        let start = At { line: 1, column: 1 };
        let nothing = || without_packet(start, ProblemKind::NoPacket);
        Some(first.map_or_else(nothing, whole))
    };
    let said = enough.cloned().or_else(first);
    said.into_iter()
        .chain(own.iter().filter(is_cut).cloned())
        .collect()
}

fn without_packet(at: At, kind: ProblemKind) -> Problem {
    Problem {
        at,
        understood: 0,
        packet: None,
        kind,
    }
}

/// Decodes and follows the packets.
fn follow(explain: &Explain, all: Vec<Accepted>) -> Vec<Found> {
    let lang = explain.look.lang;
    let times = times(&all);
    let mut tracker = Tracker::new();
    let mut output = Output::default();
    let of = all.len();
    let mut found = Vec::new();
    for (index, accepted) in all.into_iter().enumerate() {
        let Accepted {
            packet,
            problems,
            link_type,
            link,
        } = accepted;
        let number = index as u64 + 1;
        let bytes = packet.bytes.clone();
        // A paste has no length on the wire but the one in its header.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let decoded = decode(Frame {
            number,
            file: 0,
            number_in_file: number,
            time_ns: times
                .as_ref()
                .and_then(|times| times.get(index).copied())
                .unwrap_or_default(),
            has_time: true,
            interface: 0,
            link_type,
            original_length: wire_length(&bytes, link_type)
                .unwrap_or_default()
                .max(length),
            bytes: &bytes,
            comment: None,
        });
        tracker.packet(&decoded, &mut output);
        let from = From::Paste {
            packet,
            problems,
            of,
        };
        let mut one = Found::new(
            &decoded,
            &output,
            &explain.look,
            (from, link),
            String::new(),
        );
        for annotation in &mut one.annotations {
            match &times {
                Some(_) => annotation.coarse_times(lang),
                None => annotation.without_times(lang),
            }
        }
        found.push(one);
    }
    found
}

/// When each packet was seen, counted from an arbitrary time before the
/// first: known where the text says it of all, and time does not go back.
/// tcpdump also counts from zero, from the first packet or from the one
/// before, which cannot be told apart.
fn times(all: &[Accepted]) -> Option<Vec<u64>> {
    let clocks: Vec<u64> = all
        .iter()
        .map(|accepted| accepted.packet.clock_ns)
        .collect::<Option<_>>()?;
    let (&first, &last) = clocks.first().zip(clocks.last())?;
    let is_known = clocks.len() > 1
        && first > 0
        && clocks.is_sorted()
        && last.saturating_sub(first) < LONGEST_NS;
    is_known.then(|| {
        let since = |clock: &u64| FIRST_NS + clock.saturating_sub(first);
        clocks.iter().map(since).collect()
    })
}
