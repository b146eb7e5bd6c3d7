//! Numbers in brackets: `{0x02, 0x00}`, `[2, 0]`, `[2 0]`, `{(byte) 0xff,
//! -1}`, `<<2,0>>`, `<Buffer 02 00>`.

use super::digits::Bytes;
use super::line;
use super::literal::{Source, escape};
use super::{LONGEST_PACKET, ProblemKind};

/// Numbers between brackets, as they stand.
pub(super) struct List {
    /// Each number's characters.
    pub items: Vec<(usize, usize)>,
    /// Something that is no number.
    pub fault: Option<usize>,
    /// The closing bracket, or where the reading stopped.
    pub end: usize,
}

impl List {
    /// Reads from an opening bracket on; `None` where no number follows.
    pub(super) fn read(source: &Source<'_, '_>, open: usize) -> Option<Self> {
        let mut at = open + 1;
        let buffer = source.text(at, at + 6) == b"Buffer";
        let close = match source.get(open)? {
            b'{' => b'}',
            b'[' => b']',
            b'(' => b')',
            b'<' if source.get(at) == Some(b'<') || buffer => b'>',
            _ => return None,
        };
        at += match (close, buffer) {
            (b'>', true) => 6,
            (b'>', false) => 1,
            _ => 0,
        };
        let mut list = Self {
            items: Vec::new(),
            fault: None,
            end: at,
        };
        while list.items.len() <= LONGEST_PACKET {
            at = skip(source, at);
            list.end = at;
            let Some(byte) = source.get(at).filter(|&byte| byte != close) else {
                break;
            };
            let end = item(source, at, byte);
            if end == at {
                list.fault = Some(at);
                break;
            }
            list.items.push((at, end));
            at = end;
        }
        (!list.items.is_empty()).then_some(list)
    }

    pub(super) fn start(&self) -> usize {
        self.items.first().map_or(self.end, |item| item.0)
    }

    pub(super) fn last(&self) -> usize {
        self.items
            .last()
            .map_or(self.end, |item| item.1.saturating_sub(1))
    }

    /// What the numbers are as bytes, up to one that is none.
    pub(super) fn bytes(&self, source: &Source<'_, '_>) -> Bytes {
        let mut bytes = Bytes::default();
        let hexadecimal = self.is_hexadecimal(source);
        for &(start, end) in &self.items {
            let text = source.text(start, end);
            let Some(byte) = number(text, hexadecimal) else {
                let written = String::from_utf8_lossy(text).chars().take(40).collect();
                let kind = ProblemKind::NotAByte(written);
                bytes
                    .problems
                    .push((source.at(start), bytes.bytes.len(), kind));
                return bytes;
            };
            bytes.bytes.push(byte);
        }
        if let Some(fault) = self.fault {
            let kind = ProblemKind::NotAByte(source.character(fault).to_string());
            bytes
                .problems
                .push((source.at(fault), bytes.bytes.len(), kind));
        }
        bytes
    }

    /// `[02, 00, 0a]`: two digits each, though decimal numbers would have
    /// fewer, or no letters.
    fn is_hexadecimal(&self, source: &Source<'_, '_>) -> bool {
        let texts = || {
            self.items
                .iter()
                .map(|&(start, end)| source.text(start, end))
        };
        let telling =
            |text: &[u8]| text.first() == Some(&b'0') || !text.iter().all(u8::is_ascii_digit);
        texts().all(|text| text.len() == 2 && line::is_hex(text)) && texts().any(telling)
    }
}

/// Behind white space, commas, comments, casts and types.
fn skip(source: &Source<'_, '_>, from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = source.get(at) {
        at = match byte {
            b' ' | b'\t' | b'\n' | b',' | b';' => at + 1,
            b'(' => match cast(source, at) {
                Some(behind) => behind,
                None => return at,
            },
            b'a' if matches!(source.text(at, at + 3), b"as " | b"as\t") => {
                let end = word(source, at + 3);
                if end == at + 3
                    || source
                        .text(at + 3, end)
                        .first()
                        .is_some_and(u8::is_ascii_digit)
                {
                    return at;
                }
                end
            }
            _ => match source.comment(at) {
                Some(behind) => behind,
                None => return at,
            },
        };
    }
    at
}

/// `(byte)`.
fn cast(source: &Source<'_, '_>, open: usize) -> Option<usize> {
    let text = source.text(open + 1, open + 24);
    let length = text.iter().position(|&byte| byte == b')')?;
    let name = text.get(..length)?.trim_ascii();
    let letters = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_ ".contains(byte));
    (name.first()?.is_ascii_alphabetic() && letters).then_some(open + length + 2)
}

/// Where the letters and digits end.
fn word(source: &Source<'_, '_>, from: usize) -> usize {
    let mut at = from;
    while source
        .get(at)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        at += 1;
    }
    at
}

/// Where the number or character that begins here ends.
fn item(source: &Source<'_, '_>, at: usize, byte: u8) -> usize {
    match byte {
        // `'0x2'`, as Python's hex() gives it.
        b'\'' | b'"' if source.text(at + 1, at + 3) == b"0x" => {
            let end = word(source, at + 1);
            if source.get(end) == Some(byte) {
                end + 1
            } else {
                at
            }
        }
        b'\'' => match source.text(at, at + 6) {
            [_, b'\\', b'x', _, _, b'\''] => at + 6,
            [_, b'\\', _, b'\'', ..] => at + 4,
            [_, _, b'\'', ..] => at + 3,
            _ => at,
        },
        b'-' | b'+' => {
            let end = word(source, at + 1);
            if end > at + 1 { end } else { at }
        }
        _ if byte.is_ascii_hexdigit() => word(source, at),
        _ => at,
    }
}

/// The byte that a number stands for; negative ones as Java counts.
fn number(text: &[u8], hexadecimal: bool) -> Option<u8> {
    let text = match text {
        [b'\'' | b'"', inside @ .., b'\'' | b'"'] if inside.starts_with(b"0x") => inside,
        _ => text,
    };
    if let [b'\'', inside @ .., b'\''] = text {
        return match inside {
            [b'\\', rest @ ..] => escape(rest).0,
            [one] => Some(*one),
            _ => None,
        };
    }
    if hexadecimal {
        return line::hex_bytes(text).next();
    }
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let digits: String = digits
        .iter()
        .filter(|&&b| b != b'_')
        .map(|&b| b as char)
        .collect();
    let digits = digits.to_ascii_lowercase();
    let (base, digits) = match (digits.get(..2), digits.get(2..)) {
        (Some("0x"), Some(rest)) => (16, rest),
        (Some("0b"), Some(rest)) => (2, rest),
        (Some("0o"), Some(rest)) => (8, rest),
        _ => (10, digits.as_str()),
    };
    let end = digits
        .find(|character: char| !character.is_digit(base))
        .unwrap_or(digits.len());
    let (digits, suffix) = digits.split_at_checked(end)?;
    let known = ["", "u8", "i8", "u", "l", "ul", "lu", "uy", "y"];
    if !known.contains(&suffix) {
        return None;
    }
    let value = i64::from_str_radix(digits, base).ok()?;
    let value = if negative { -value } else { value };
    match value {
        -128..0 => Some((value + 256) as u8),
        _ => u8::try_from(value).ok(),
    }
}
