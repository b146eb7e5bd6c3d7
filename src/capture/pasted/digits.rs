//! Hexadecimal digits without offsets: in one piece or in groups, with `0x`,
//! `\x` or nothing before them, on one line, wrapped, or a packet a line.

use super::characters::has_characters;
use super::dump_line::{Group, Numerals};
use super::line::{self, Line};
use super::without_bytes;
use super::{At, Format, Found, PastedPacket, ProblemKind, Reading};

/// Bytes of an IPv4 header: a line of its own that holds fewer is part of a
/// packet.
const SHORTEST_PACKET: usize = 20;

/// Bytes of a line from which on lines of equal length are packets, not one
/// packet wrapped.
const LONGEST_WRAPPED: usize = 40;

/// The digits of a line.
pub(super) struct Run {
    pub tokens: Vec<Token>,
    /// Where something stands that is neither digit nor separator.
    pub stop: Option<usize>,
}

/// Digits that stand together.
#[derive(Clone, Copy)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    /// What stands before them.
    pub mark: Mark,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Number,
    Escape,
}

impl Run {
    /// Reads the digits from an index on, up to a comment.
    pub(super) fn read(text: &[u8], from: usize) -> Self {
        let mut tokens = Vec::new();
        let mut at = from;
        loop {
            while text.get(at).is_some_and(|byte| b" \t,:.-|_".contains(byte)) {
                at += 1;
            }
            let rest = text.get(at..).unwrap_or_default();
            let (mark, skip) = match rest {
                [] | [b'#' | b';', ..] | [b'/', b'/' | b'*', ..] | [b'\\'] => {
                    return Self { tokens, stop: None };
                }
                [b'0', b'x' | b'X', ..] => (Mark::Number, 2),
                [b'\\', b'x', ..] => (Mark::Escape, 2),
                [b'%', ..] => (Mark::Escape, 1),
                _ => (Mark::None, 0),
            };
            let digits = rest
                .iter()
                .skip(skip)
                .take_while(|byte| byte.is_ascii_hexdigit());
            let length = digits.count();
            if length == 0 {
                return Self {
                    tokens,
                    stop: Some(at + skip),
                };
            }
            let (start, end) = (at + skip, at + skip + length);
            tokens.push(Token { start, end, mark });
            at = end;
        }
    }

    /// How many digits there are.
    pub(super) fn digits(&self) -> usize {
        self.tokens
            .iter()
            .map(|token| token.end - token.start)
            .sum()
    }

    /// Cuts off the same bytes as characters behind the digits.
    fn without_characters(mut self, text: &[u8]) -> Self {
        let groups: Vec<Group> = self
            .tokens
            .iter()
            .map(|token| Group {
                start: token.start,
                end: token.end,
                numerals: Numerals::Hexadecimal,
            })
            .collect();
        let mut length = 0;
        for (index, group) in groups.iter().enumerate() {
            length += group.bytes();
            let shown = groups.get(..=index).unwrap_or_default();
            if length > 1 && has_characters(text, shown, length) {
                self.tokens.truncate(index + 1);
                self.stop = None;
                break;
            }
        }
        self
    }
}

/// A line with digits.
struct Data<'a> {
    index: usize,
    line: &'a Line<'a>,
    run: Run,
}

impl Data<'_> {
    /// Whether it numbers the columns below it: 0, 1, 2 and so on.
    fn is_ruler(&self) -> bool {
        let counts = (0..).zip(&self.run.tokens).all(|(column, token)| {
            let digits = std::str::from_utf8(self.line.slice(token.start, token.end));
            digits.is_ok_and(|digits| u32::from_str_radix(digits, 16) == Ok(column))
        });
        self.run.stop.is_none() && self.run.tokens.len() >= FEWEST_COLUMNS && counts
    }

    /// The last word before the digits: `skb:`, a logger's tag.
    fn label(&self) -> Option<&[u8]> {
        let first = self.run.tokens.first()?;
        let before = self.line.slice(0, first.start);
        let (start, end) = line::words(before, 0).take(WORDS).last()?;
        before.get(start..end)
    }
}

/// Digits behind a label that are worth a look.
const FEWEST_DIGITS: usize = 16;

/// Columns that a ruler numbers at least.
const FEWEST_COLUMNS: usize = 8;

/// Words at the start of a line among which a label is looked for.
const WORDS: usize = 16;

pub(super) fn read(reading: &mut Reading<'_>) {
    let lines = reading.lines;
    let mut paragraph: Vec<Data<'_>> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let data = (!reading.is_used(index))
            .then(|| data(line, paragraph.last(), reading.nothing_yet()))
            .flatten();
        match data {
            Some(run) => paragraph.push(Data { index, line, run }),
            None => take(reading, std::mem::take(&mut paragraph)),
        }
    }
    take(reading, paragraph);
}

/// The digits of a line, if that is what it consists of. `above`: the line
/// that it may continue.
fn data(line: &Line<'_>, above: Option<&Data<'_>>, nothing_yet: bool) -> Option<Run> {
    let continued = above.is_some();
    let run = Run::read(&line.text, 0).without_characters(&line.text);
    let digits = run.digits();
    if run.stop.is_none() {
        // "add", "dead beef": words, unless there is nothing else.
        let numeric = line.text.iter().any(u8::is_ascii_digit);
        return (digits > 0 && (numeric || nothing_yet || continued)).then_some(run);
    }
    let label = above.and_then(Data::label);
    if let Some(run) = labelled(line, label) {
        return Some(run);
    }
    if !nothing_yet || without_bytes::of_line(line.written).is_some() {
        return None;
    }
    let meant = |byte: &&u8| byte.is_ascii_hexdigit() || b" \t,:.-|\\x".contains(byte);
    let mostly = line.text.iter().filter(meant).count() * 10 >= line.text.len() * 7;
    let numeric = line
        .text
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .count()
        >= 2;
    let fewest = if continued { 1 } else { 4 };
    (mostly && numeric && digits >= fewest).then_some(run)
}

/// `Ethernet: 02 00 …`, `[12.345678] skb: 02 00 …`, `hex = 0200…`: text that
/// a mark ends, then nothing but digits. Behind the label of the line above,
/// a few digits are enough.
fn labelled(line: &Line<'_>, above: Option<&[u8]>) -> Option<Run> {
    let text = &line.text;
    let read = |start: usize, fewest: usize| {
        let run = Run::read(text, start).without_characters(text);
        (run.stop.is_none() && run.digits() >= fewest).then_some(run)
    };
    let mut fewest = None;
    for (start, end) in line::words(text, 0).take(WORDS) {
        if let Some(run) = fewest.and_then(|fewest| read(start, fewest)) {
            return Some(run);
        }
        let word = line.slice(start, end);
        // `data=0200…`
        let value = word.iter().position(|&byte| byte == b'=');
        if let Some(run) = value.and_then(|at| read(start + at + 1, FEWEST_DIGITS)) {
            return Some(run);
        }
        let marked = word.last().is_some_and(|byte| b":=]>".contains(byte));
        let repeated = above == Some(word);
        fewest = marked.then_some(if repeated { 2 } else { FEWEST_DIGITS });
    }
    None
}

/// Reads lines that follow each other: one packet, or one each.
fn take(reading: &mut Reading<'_>, mut paragraph: Vec<Data<'_>>) {
    let has_ruler = paragraph.first().is_some_and(Data::is_ruler);
    if has_ruler && (paragraph.len() > 1 || !reading.nothing_yet()) {
        paragraph.remove(0);
    }
    if paragraph.is_empty() {
        return;
    }
    if is_packet_a_line(&paragraph) {
        for data in &paragraph {
            packet(reading, std::slice::from_ref(data));
        }
    } else {
        packet(reading, &paragraph);
    }
}

/// Lines are packets when each is long enough for one, and they are not what
/// wrapping leaves: equal lines of a usual width, the last no longer.
fn is_packet_a_line(paragraph: &[Data<'_>]) -> bool {
    let lengths = || paragraph.iter().map(|data| data.run.digits() / 2);
    let Some(first) = lengths().next() else {
        return false;
    };
    let long = paragraph.len() > 1 && lengths().all(|length| length >= SHORTEST_PACKET);
    let equal = lengths().rev().skip(1).all(|length| length == first);
    let last_fits = lengths().next_back().is_some_and(|last| last <= first);
    long && !(equal && last_fits && first <= LONGEST_WRAPPED)
}

/// One packet from its lines.
fn packet(reading: &mut Reading<'_>, lines: &[Data<'_>]) {
    let Some((first, last)) = lines.first().zip(lines.last()) else {
        return;
    };
    let Some((start, end)) = first.run.tokens.first().zip(last.run.tokens.last()) else {
        return;
    };
    let mut bytes = Bytes::default();
    let pieces = lines.iter().all(|data| data.run.tokens.len() == 1);
    let format = if let Some(numbers) = decimal(lines) {
        bytes.bytes = numbers;
        Format::Array
    } else if pieces {
        bytes.joined(lines);
        Format::Hex
    } else {
        bytes.grouped(lines);
        match start.mark {
            Mark::None => Format::SeparatedHex,
            Mark::Number => Format::PrefixedHex,
            Mark::Escape => Format::EscapedString,
        }
    };
    // Beside a packet, a few digits are none, however they are written.
    let said = !bytes.problems.is_empty() && reading.nothing_yet();
    if !said && bytes.bytes.len() < reading.fewest() {
        return;
    }
    for data in lines {
        reading.mark_used(data.index);
    }
    reading.add(Found {
        packet: PastedPacket::new(
            bytes.bytes,
            format,
            (
                first.line.at(start.start),
                last.line.at(end.end.saturating_sub(1)),
            ),
        ),
        problems: bytes.problems,
    });
}

/// `2, 0, 0, 10`: numbers between commas that cannot all be digits of bytes.
fn decimal(lines: &[Data<'_>]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut odd = false;
    for data in lines {
        if data.run.stop.is_some() || !data.line.text.contains(&b',') {
            return None;
        }
        for token in &data.run.tokens {
            let text = data.line.slice(token.start, token.end);
            odd |= text.len() % 2 == 1 && token.mark == Mark::None;
            let number = std::str::from_utf8(text).ok()?.parse().ok()?;
            bytes.push(number);
        }
    }
    (odd && bytes.len() >= 4).then_some(bytes)
}

/// Bytes as they are put together, and what stopped that.
#[derive(Default)]
pub(super) struct Bytes {
    pub bytes: Vec<u8>,
    pub problems: Vec<(At, usize, ProblemKind)>,
}

impl Bytes {
    fn problem(&mut self, at: At, kind: ProblemKind) {
        self.problems.push((at, self.bytes.len(), kind));
    }

    /// Lines of one piece each: a byte may begin on one and end on the next.
    fn joined(&mut self, lines: &[Data<'_>]) {
        let mut digits = Vec::new();
        let mut fault = None;
        let mut end = None;
        for data in lines {
            for token in &data.run.tokens {
                digits.extend_from_slice(data.line.slice(token.start, token.end));
                end = Some(data.line.at(token.end.saturating_sub(1)));
            }
            if let Some(stop) = data.run.stop {
                fault = Some((data.line, stop));
                break;
            }
        }
        self.bytes.extend(line::hex_bytes(&digits));
        if let Some((line, stop)) = fault {
            self.problem(line.at(stop), ProblemKind::NotHex(line.character(stop)));
        } else if let Some(end) = end
            && digits.len() % 2 == 1
        {
            self.problem(end, ProblemKind::OddDigits(digits.len()));
        }
    }

    /// Lines of groups.
    fn grouped(&mut self, lines: &[Data<'_>]) {
        for data in lines {
            if !self.run(data.line, &data.run) {
                return;
            }
        }
    }

    /// One line's groups; whether all of it was read.
    pub(super) fn run(&mut self, line: &Line<'_>, run: &Run) -> bool {
        for token in &run.tokens {
            let digits = line.slice(token.start, token.end);
            match digits {
                [one] if token.mark == Mark::Number => self.bytes.extend(line::digit(*one)),
                _ if digits.len().is_multiple_of(2) => self.bytes.extend(line::hex_bytes(digits)),
                // The digit before a wrong character is part of that.
                _ if run.stop == Some(token.end) => {}
                _ => {
                    if digits.len() > 8 {
                        self.bytes.extend(line::hex_bytes(digits));
                    }
                    self.problem(line.at(token.start), ProblemKind::OddDigits(digits.len()));
                    return false;
                }
            }
        }
        if let Some(stop) = run.stop {
            self.problem(line.at(stop), ProblemKind::NotHex(line.character(stop)));
            return false;
        }
        true
    }
}
