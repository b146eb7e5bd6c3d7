//! Packets of pasted text, followed in the order in which they stand there.

use std::io::Read;

use super::{Explain, ExplainError, Found, From};
use crate::capture::Frame;
use crate::capture::pasted::{Pasted, PastedPacket, Problem, parse};
use crate::decode::{decode, guess};
use crate::report::explain::LinkReason;
use crate::report::explain::problem;
use crate::track::{Output, Tracker};

/// More of standard input than this is not read: what it holds cannot be a
/// paste.
const MOST_TEXT: u64 = 8 << 20;

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

/// Every packet of the texts.
pub(super) fn read(explain: &Explain, texts: &[String]) -> Result<Vec<Found>, ExplainError> {
    let mut all: Vec<(PastedPacket, Vec<Problem>)> = Vec::new();
    let mut loose = Vec::new();
    for text in texts {
        let Pasted { packets, problems } = parse(text);
        for (index, packet) in packets.into_iter().enumerate() {
            let own = |problem: &&Problem| problem.packet == Some(index);
            all.push((packet, problems.iter().filter(own).cloned().collect()));
        }
        loose.extend(
            problems
                .into_iter()
                .filter(|problem| problem.packet.is_none()),
        );
    }
    let lang = explain.look.lang;
    let Some((_, first)) = all.first_mut() else {
        let said: Vec<_> = loose.iter().map(|one| problem(one, lang)).collect();
        return Err(ExplainError::NotUnderstood(said.join("\n")));
    };
    first.extend(loose);
    let mut tracker = Tracker::new();
    let mut output = Output::default();
    let of = all.len();
    let mut found = Vec::new();
    for (number, (packet, problems)) in (1..).zip(all) {
        let (link_type, link) = match explain.link {
            Some(link_type) => (link_type, LinkReason::Told),
            None => {
                let guess = guess(&packet.bytes);
                (guess.link_type, LinkReason::Guessed(guess))
            }
        };
        let bytes = packet.bytes.clone();
        let decoded = decode(Frame {
            number,
            file: 0,
            number_in_file: number,
            time_ns: 0,
            interface: 0,
            link_type,
            original_length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes: &bytes,
            comment: None,
        });
        tracker.packet(&decoded, &mut output);
        let from = From::Paste {
            packet,
            problems,
            of,
        };
        found.push(Found::new(
            &decoded,
            &output,
            lang,
            (from, link),
            String::new(),
        ));
    }
    Ok(found)
}
