//! What the readers of a paste have found so far, and what it comes to in the
//! end.

use super::digits::Run;
use super::line::Line;
use super::{
    At, LONGEST_PACKET, MOST_BYTES, Pasted, PastedPacket, Problem, ProblemKind, clock,
    without_bytes,
};

/// Digits of an Ethernet header: fewer may be words.
const FEWEST_DIGITS: usize = 28;

/// Digits of MD5, SHA-1 and the others of its family.
const CHECKSUMS: [usize; 6] = [32, 40, 56, 64, 96, 128];

/// What has been found so far, and which lines are still to be read.
pub(super) struct Reading<'a> {
    pub(super) lines: &'a [Line<'a>],
    /// For each line, whether a reader made something of it.
    pub(super) used: Vec<bool>,
    pub(super) found: Vec<Found>,
    /// Problems of no packet.
    pub(super) loose: Vec<(At, ProblemKind)>,
    pub(super) bytes: usize,
    /// Where the text holds JSON.
    pub(super) json: Option<At>,
}

/// A packet with its problems: where, after how many bytes, what.
pub(super) struct Found {
    pub(super) packet: PastedPacket,
    pub(super) problems: Vec<(At, usize, ProblemKind)>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(lines: &'a [Line<'a>]) -> Self {
        Self {
            lines,
            used: vec![false; lines.len()],
            found: Vec::new(),
            loose: Vec::new(),
            bytes: 0,
            json: None,
        }
    }

    /// Whether earlier readers left nothing to be sure of: then weaker signs
    /// of data are enough.
    pub(super) fn nothing_yet(&self) -> bool {
        self.found.is_empty()
    }

    /// Fewest bytes that count as a packet: beside one that was found, a few
    /// digits in the text around it are none.
    pub(super) fn fewest(&self) -> usize {
        if self.nothing_yet() { 1 } else { 14 }
    }

    pub(super) fn is_used(&self, index: usize) -> bool {
        self.used.get(index).copied().unwrap_or(true)
    }

    pub(super) fn mark_used(&mut self, index: usize) {
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
    }

    /// Takes a packet, cut to what is left of the bounds.
    pub(super) fn add(&mut self, mut found: Found) {
        let room = LONGEST_PACKET.min(MOST_BYTES - self.bytes);
        if found.packet.bytes.len() > room {
            found.packet.bytes.truncate(room);
            let at = found.packet.from;
            found.problems.push((at, room, ProblemKind::TooLong));
        }
        self.bytes += found.packet.bytes.len();
        self.found.push(found);
    }

    pub(super) fn finish(mut self, cut: bool) -> Pasted {
        self.found.sort_by_key(|found| found.packet.from);
        clock::read(self.lines, &mut self.found);
        let (only_digits, convincing) = self.only_digits();
        for found in &mut self.found {
            found.packet.certain |= convincing && found.packet.format.is_digits();
        }
        let without_bytes = without_bytes::find(&self);
        if cut {
            let number = self.lines.len() as u32;
            let at = At {
                line: number,
                column: 1,
            };
            self.loose.push((at, ProblemKind::TooLong));
        } else if self.found.is_empty() && self.loose.is_empty() {
            let (at, kind) = self.nothing_found();
            let (at, kind) = match (kind, without_bytes) {
                (ProblemKind::NothingFound(_), Some((at, what))) => {
                    (at, ProblemKind::WithoutBytes(what))
                }
                (kind, _) => (at, kind),
            };
            self.loose.push((at, kind));
        }
        let mut pasted = Pasted {
            without_bytes,
            only_digits,
            ..Pasted::default()
        };
        for (at, kind) in self.loose {
            pasted.problems.push(Problem {
                at,
                understood: 0,
                packet: None,
                kind,
            });
        }
        for found in self.found {
            let has_bytes = !found.packet.bytes.is_empty();
            let packet = has_bytes.then_some(pasted.packets.len());
            for (at, understood, kind) in found.problems {
                pasted.problems.push(Problem {
                    at,
                    understood,
                    packet,
                    kind,
                });
            }
            if has_bytes {
                pasted.packets.push(found.packet);
            }
        }
        pasted.problems.sort_by_key(|problem| problem.at);
        pasted
    }

    /// Whether nothing but hexadecimal digits stands in the text, with what
    /// may be between them; and if so, whether they can hardly be anything but
    /// bytes: decimal numbers, addresses and checksums are written in digits
    /// as well.
    fn only_digits(&self) -> (bool, bool) {
        let mut letters = false;
        let mut alike = true;
        let mut other = true;
        let mut group = None;
        let mut digits = 0;
        for (index, line) in self.lines.iter().enumerate() {
            if line.is_blank() {
                continue;
            }
            let run = Run::read(&line.text, 0);
            let plain = |byte: &&u8| byte.is_ascii_hexdigit() || b" \t,:.-|_\\xX".contains(byte);
            let wrong = line.text.len() - line.text.iter().filter(plain).count();
            if !self.is_used(index) || run.stop.is_some() && (wrong > 1 || run.digits() < 8) {
                return (false, false);
            }
            let lengths = || run.tokens.iter().map(|token| token.end - token.start);
            let first = *group.get_or_insert(lengths().next().unwrap_or_default());
            alike &= lengths().rev().skip(1).all(|length| length == first);
            digits += run.digits();
            letters |= line.text.iter().any(u8::is_ascii_alphabetic);
            other &= is_name(&line.text, &run);
        }
        let enough = digits >= FEWEST_DIGITS;
        (true, enough && letters && alike && !other)
    }

    /// Where the text stops making sense, when none of it did.
    fn nothing_found(&self) -> (At, ProblemKind) {
        for line in self.lines {
            let wrong = line
                .text
                .iter()
                .position(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_hexdigit());
            if let Some(index) = wrong {
                let character = line.character(index);
                return (line.at(index), ProblemKind::NothingFound(character));
            }
        }
        (At { line: 1, column: 1 }, ProblemKind::Empty)
    }
}

/// Whether a line of digits is as long as the checksum of a file or an address
/// is written, or begins with a mark as records of programmers do.
fn is_name(text: &[u8], run: &Run) -> bool {
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let marked = first.is_some_and(|byte| !byte.is_ascii_hexdigit() && !b"\\%|".contains(byte));
    let parted = text.iter().any(|byte| matches!(byte, b':' | b'-'));
    let is_address = parted && matches!(run.digits(), 12 | 16);
    let long = run
        .tokens
        .first()
        .is_some_and(|token| token.end - token.start > 2);
    marked
        || is_address
        || parted && long
        || (parted || run.tokens.len() == 1) && CHECKSUMS.contains(&run.digits())
}
