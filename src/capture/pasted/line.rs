//! The pasted text as lines whose characters are one byte each, so that an
//! index is a column: what editors, mail and chat programs put between the
//! digits (no-break spaces, typographic quotes, `>` marks, code fences) is
//! made plain here.

use super::At;

/// Stands for a character that is not ASCII and means nothing in a dump.
pub(super) const FOREIGN: u8 = 0xff;

/// Begins what a terminal does not show.
const ESCAPE: u8 = 0x1b;

/// One line of the paste.
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub number: u32,
    /// As it was written.
    pub written: &'a str,
    /// One byte for each character, quote marks replaced by spaces.
    pub text: Vec<u8>,
    /// The characters as they were written, where they are not all ASCII.
    foreign: Vec<char>,
}

impl Line<'_> {
    /// The place of the character at `index`.
    pub(super) fn at(&self, index: usize) -> At {
        At {
            line: self.number,
            column: index as u32 + 1,
        }
    }

    /// The character at `index` as it was written.
    pub(super) fn character(&self, index: usize) -> char {
        match self.foreign.get(index) {
            Some(&character) => character,
            None => self
                .written
                .as_bytes()
                .get(index)
                .map_or(' ', |&byte| byte.into()),
        }
    }

    /// The line as it was written, without what surrounds it, cut where it is
    /// long.
    pub(super) fn title(&self) -> String {
        self.written.trim().chars().take(200).collect()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }

    /// The text between two indices; empty where there is none.
    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// The lines of a text, made plain.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    for (number, written) in (1..).zip(text.split('\n')) {
        let mut text: Vec<u8> = written.chars().map(plain).collect();
        while text.last().is_some_and(u8::is_ascii_whitespace) {
            text.pop();
        }
        blank_colors(&mut text);
        blank_quote_marks(&mut text);
        if is_fence(&text) {
            text.clear();
        }
        let foreign = match written.is_ascii() {
            true => Vec::new(),
            false => written.chars().collect(),
        };
        lines.push(Line {
            number,
            written,
            text,
            foreign,
        });
    }
    lines
}

/// The ASCII character that is meant.
fn plain(character: char) -> u8 {
    match character {
        '\r' => b' ',
        '\u{201c}' | '\u{201d}' | '\u{201e}' => b'"',
        '\u{2018}' | '\u{2019}' => b'\'',
        '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' => b' ',
        '\u{2010}'..='\u{2013}' => b'-',
        character if character.is_ascii() => character as u8,
        character if character.is_whitespace() => b' ',
        _ => FOREIGN,
    }
}

/// `ESC [ 0 ; 32 m`, by which a terminal colours what a logger writes.
fn blank_colors(text: &mut [u8]) {
    let mut inside = false;
    let mut before = 0;
    for byte in text {
        let begins = *byte == ESCAPE;
        let ends = inside && before != ESCAPE && byte.is_ascii_alphabetic();
        inside |= begins;
        before = *byte;
        if inside {
            *byte = b' ';
        }
        inside &= !ends;
    }
}

/// `> > 0000  45 …`, as mail quotes.
fn blank_quote_marks(text: &mut [u8]) {
    let mut rest = text.iter_mut().peekable();
    while let Some(mark) = rest.next() {
        match *mark {
            b' ' | b'\t' => {}
            b'>' if rest.peek().is_none_or(|next| matches!(**next, b' ' | b'>')) => *mark = b' ',
            _ => return,
        }
    }
}

/// ```` ``` ````, with a language or without, or `~~~`.
fn is_fence(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.starts_with(b"```") || text.starts_with(b"~~~")
}

/// The words of a line between white space, bars and quotation marks, as
/// index ranges.
pub(super) fn words(text: &[u8], from: usize) -> impl Iterator<Item = (usize, usize)> {
    let parts = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'|' | b'"');
    let mut at = from;
    std::iter::from_fn(move || {
        while text.get(at).is_some_and(parts) {
            at += 1;
        }
        let start = at;
        while text.get(at).is_some_and(|byte| !parts(byte)) {
            at += 1;
        }
        (at > start).then_some((start, at))
    })
}

/// The value of a hexadecimal digit.
pub(super) fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|value| value as u8)
}

/// Whether these are hexadecimal digits and nothing else (and at least one).
pub(super) fn is_hex(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit)
}

/// The bytes of an even number of hexadecimal digits; a digit too many, or
/// what is none, ends them.
pub(super) fn hex_bytes(digits: &[u8]) -> impl Iterator<Item = u8> {
    digits.chunks_exact(2).map_while(|pair| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    })
}

/// `0x45` without its `0x`, and how many characters that took.
pub(super) fn without_prefix(word: &[u8]) -> (&[u8], usize) {
    match word {
        [b'0' | b'\\', b'x' | b'X', rest @ ..] => (rest, 2),
        _ => (word, 0),
    }
}
