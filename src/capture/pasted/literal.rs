//! Literals of programming languages: strings with escapes or digits, and
//! numbers in brackets, as C, Rust, Go, Java, Python and others write them
//! and Wireshark copies them.

use super::digits::{Bytes, Run};
use super::line;
use super::list::List;
use super::{At, Format, Found, LONGEST_PACKET, PastedPacket, ProblemKind, Reading};

/// Characters that a comment over several lines may have.
const LONGEST_COMMENT: usize = 4096;

pub(super) fn read(reading: &mut Reading<'_>) {
    let source = Source::new(reading);
    let mut found: Vec<Literal> = Vec::new();
    let mut at = 0;
    let mut declared = None;
    while let Some(byte) = source.get(at) {
        if let Some(behind) = source.comment(at) {
            at = behind;
            continue;
        }
        let (literal, behind) = match byte {
            b'"' | b'\'' => source.strings(at),
            b'{' | b'[' | b'(' | b'<' => list(&source, at, &mut declared),
            _ => (None, at + 1),
        };
        found.extend(literal);
        at = behind;
    }
    for literal in found {
        take(reading, &source, literal);
    }
}

/// A literal that was found.
struct Literal {
    start: usize,
    end: usize,
    format: Format,
    bytes: Bytes,
}

fn take(reading: &mut Reading<'_>, source: &Source<'_, '_>, literal: Literal) {
    if literal.bytes.bytes.len() < reading.fewest() {
        return;
    }
    let (first, last) = (source.line(literal.start), source.line(literal.end));
    for index in first..=last {
        reading.mark_used(index);
    }
    reading.add(Found {
        packet: PastedPacket::new(
            literal.bytes.bytes,
            literal.format,
            (source.at(literal.start), source.at(literal.end)),
        ),
        problems: literal.bytes.problems,
    });
}

/// Numbers in brackets; a single one is remembered as the length that the
/// declaration of an array gives.
fn list(
    source: &Source<'_, '_>,
    open: usize,
    declared: &mut Option<(usize, usize)>,
) -> (Option<Literal>, usize) {
    let Some(list) = List::read(source, open) else {
        return (None, open + 1);
    };
    if list.items.len() == 1 && list.fault.is_none() {
        let (start, end) = (list.start(), list.end);
        let number = source.text(start, end).trim_ascii();
        let number = std::str::from_utf8(number)
            .ok()
            .and_then(|text| text.parse().ok());
        *declared = number.map(|number| (number, end));
        return (None, list.end);
    }
    if list.items.len() < 2 || list.fault.is_some() && list.items.len() < 4 {
        return (None, open + 1);
    }
    let mut bytes = list.bytes(source);
    if let Some((number, end)) = declared.take()
        && open - end < 40
        && bytes.problems.is_empty()
        && number != bytes.bytes.len()
    {
        let found = bytes.bytes.len();
        let kind = ProblemKind::Length {
            declared: number,
            found,
        };
        bytes.problems.push((source.at(list.end), found, kind));
    }
    let literal = Literal {
        start: list.start(),
        end: list.last(),
        format: Format::Array,
        bytes,
    };
    (Some(literal), list.end)
}

/// The text that is left, in one piece.
pub(super) struct Source<'r, 'a> {
    reading: &'r [line::Line<'a>],
    text: Vec<u8>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Source<'a, 'a> {
    /// Joins the lines that no reader has used.
    pub(super) fn new(reading: &Reading<'a>) -> Self {
        let mut text = Vec::new();
        let mut starts = Vec::new();
        for (index, line) in reading.lines.iter().enumerate() {
            starts.push(text.len());
            if !reading.is_used(index) {
                text.extend_from_slice(&line.text);
            }
            text.push(b'\n');
        }
        Self {
            reading: reading.lines,
            text,
            starts,
        }
    }
}

impl Source<'_, '_> {
    pub(super) fn get(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    pub(super) fn text(&self, start: usize, end: usize) -> &[u8] {
        self.text.get(start..end).unwrap_or_default()
    }

    /// How many characters there are.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Which line this stands in, from 0.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts
            .partition_point(|&start| start <= at)
            .saturating_sub(1)
    }

    /// Where the line ends that this stands in: at its line feed.
    fn line_end(&self, at: usize) -> usize {
        let next = self.starts.partition_point(|&start| start <= at);
        let end = self.starts.get(next).map_or(self.text.len(), |next| *next);
        end.saturating_sub(1).max(at)
    }

    pub(super) fn at(&self, at: usize) -> At {
        let line = self.line(at);
        let start = self.starts.get(line).copied().unwrap_or_default();
        At {
            line: line as u32 + 1,
            column: (at - start) as u32 + 1,
        }
    }

    /// The character as it was written.
    pub(super) fn character(&self, at: usize) -> char {
        let place = self.at(at);
        let line = self.reading.get(place.line as usize - 1);
        line.map_or(' ', |line| line.character(place.column as usize - 1))
    }

    /// Behind the comment that begins here, if one does.
    pub(super) fn comment(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if !matches!(rest.first()?, b'/' | b'#') {
            return None;
        }
        let line = self.line_end(at) - at;
        let starts_word = at == 0 || self.get(at - 1).is_some_and(|b| b.is_ascii_whitespace());
        match rest {
            [b'/', b'/', ..] => Some(at + line),
            [b'#', ..] if starts_word => Some(at + line),
            [b'/', b'*', inside @ ..] => {
                // Wireshark shows bytes as characters in comments, which may
                // hold an end mark: the last one of the line counts, before
                // another comment begins.
                let line = inside.get(..line.saturating_sub(2)).unwrap_or_default();
                let next = find(line, b"/*").unwrap_or(line.len());
                let ends = line.get(..next).unwrap_or_default();
                let end = ends.windows(2).rposition(|pair| pair == b"*/").or_else(|| {
                    let bounded = inside.get(..LONGEST_COMMENT).unwrap_or(inside);
                    find(bounded, b"*/")
                });
                Some(at + 2 + end? + 2)
            }
            _ => None,
        }
    }

    /// The string that begins with the quote at `open`, with those that
    /// follow it in the same expression.
    fn strings(&self, open: usize) -> (Option<Literal>, usize) {
        let Some((mut literal, mut behind)) = self.string(open, None) else {
            return (None, open + 1);
        };
        while let Some(next) = self.next_string(behind)
            && let Some(whole) = &mut literal
            && let Some((Some(more), end)) = self.string(next, Some(whole.format))
            && whole.bytes.problems.is_empty()
            && whole.bytes.bytes.len() <= LONGEST_PACKET
        {
            let before = whole.bytes.bytes.len();
            whole.bytes.bytes.extend(more.bytes.bytes);
            for (at, understood, kind) in more.bytes.problems {
                whole.bytes.problems.push((at, before + understood, kind));
            }
            whole.end = more.end;
            behind = end;
        }
        (literal, behind)
    }

    /// The quote of a string that continues the one before. Python prints
    /// each object on a line of its own, from its first column on.
    fn next_string(&self, behind: usize) -> Option<usize> {
        let mut at = behind;
        let mut joined = false;
        loop {
            match self.get(at)? {
                mark @ (b' ' | b'\t' | b'\n' | b'\\' | b'+' | b'.') => {
                    joined |= matches!(mark, b'\\' | b'+');
                    at += 1;
                }
                b'b' if !joined && at > behind && self.get(at - 1)? == b'\n' => return None,
                b'b' | b'B' | b'r' | b'R' if matches!(self.get(at + 1)?, b'"' | b'\'') => at += 1,
                b'"' | b'\'' => return Some(at),
                _ => at = self.comment(at)?,
            }
        }
    }

    /// One string: what it means, if it is bytes, and where it ends. `None`:
    /// the quote opens no string. `before`: how the string was written that
    /// this one continues.
    fn string(&self, open: usize, before: Option<Format>) -> Option<(Option<Literal>, usize)> {
        let quote = self.get(open)?;
        let is_bytes = open
            .checked_sub(1)
            .and_then(|before| self.get(before))
            .is_some_and(|before| matches!(before, b'b' | b'B'));
        let mut bytes = Bytes::default();
        let mut numeric = 0;
        let mut at = open + 1;
        let closed = loop {
            let byte = self.get(at)?;
            if byte == quote {
                break true;
            }
            match byte {
                b'\n' => break false,
                b'\\' => {
                    let (value, length) = escape(self.text.get(at + 1..).unwrap_or_default());
                    numeric += usize::from(length > 1);
                    bytes.bytes.extend(value);
                    at += 1 + length;
                }
                line::FOREIGN => {
                    if bytes.problems.is_empty() {
                        let kind = ProblemKind::NotAByte(self.character(at).to_string());
                        bytes.problems.push((self.at(at), bytes.bytes.len(), kind));
                    }
                    at += 1;
                }
                _ => {
                    bytes.bytes.push(byte);
                    at += 1;
                }
            }
        };
        if !closed && numeric == 0 {
            return None;
        }
        if let Some((_, understood, _)) = bytes.problems.first() {
            bytes.bytes.truncate(*understood);
        }
        let (start, end) = (open + 1, at.max(open + 2) - 1);
        let format = if is_bytes {
            Format::BytesLiteral
        } else {
            Format::EscapedString
        };
        let digits = matches!(before, Some(Format::Hex | Format::SeparatedHex));
        let continues = before.is_some() && !digits;
        let is_data = numeric > 0 || continues || is_bytes && bytes.bytes.len() >= 4;
        let literal = is_data.then_some(Literal {
            start,
            end,
            format,
            bytes,
        });
        Some((
            literal.or_else(|| self.quoted_digits(start, at, digits)),
            at + 1,
        ))
    }

    /// `"0200…"`, `"02 00 …"`.
    fn quoted_digits(&self, start: usize, end: usize, continues: bool) -> Option<Literal> {
        let line = self.reading.get(self.line(start))?;
        let column = self.at(start).column as usize - 1;
        let content = line.text.get(..column + (end - start))?;
        let run = Run::read(content, column);
        let mut bytes = Bytes::default();
        bytes.run(line, &run);
        let single = run.tokens.len() == 1;
        let most = run.stop.is_none_or(|_| bytes.bytes.len() * 3 > end - start);
        ((bytes.bytes.len() >= 4 || continues) && most).then_some(Literal {
            start,
            end: end.saturating_sub(1),
            format: if single {
                Format::Hex
            } else {
                Format::SeparatedHex
            },
            bytes,
        })
    }
}

fn find(text: &[u8], mark: &[u8; 2]) -> Option<usize> {
    text.windows(2).position(|pair| pair == mark)
}

/// What follows a backslash: the byte that is meant, if one is, and how many
/// characters that took.
pub(super) fn escape(rest: &[u8]) -> (Option<u8>, usize) {
    let number = |digits: &[u8], base: u32| {
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, base).ok()
    };
    match rest {
        [b'x', a, b, ..] if line::is_hex(&[*a, *b]) => (number(&[*a, *b], 16), 3),
        [b'x', a, ..] if line::is_hex(&[*a]) => (number(&[*a], 16), 2),
        [b'u', b'0', b'0', a, b, ..] if line::is_hex(&[*a, *b]) => (number(&[*a, *b], 16), 5),
        [b'0'..=b'7', ..] => {
            let octal = |byte: &&u8| matches!(**byte, b'0'..=b'7');
            let length = rest.iter().take(3).take_while(octal).count();
            let value = number(rest.get(..length).unwrap_or_default(), 8);
            // `\0` alone is as much an escape of bytes as `\x00`.
            (value, length.max(1))
        }
        [b'\n', ..] => (None, 1),
        [letter, ..] => {
            let value = match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'v' => 11,
                b'e' => 27,
                other => *other,
            };
            (Some(value), 1)
        }
        [] => (None, 0),
    }
}
