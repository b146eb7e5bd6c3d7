//! What stands in front of a line's bytes and says where they belong: an
//! offset or a memory address, in any base, with the marks that tools put
//! around it.

use super::line;

/// Most digits: those of an address of 64 bits with a mark in the middle.
const MOST_DIGITS: usize = 17;

/// A word that may be an offset.
pub(super) struct Offset {
    /// Where its digits begin.
    pub start: usize,
    /// Where its digits end.
    pub end: usize,
    /// Where the bytes may begin.
    pub behind: usize,
    /// A mark behind it, or brackets around it, set it apart.
    pub marked: bool,
    /// `0x` stands before it.
    pub hex_mark: bool,
    /// It stands behind a name and a colon, in one word.
    pub glued: bool,
}

impl Offset {
    /// Reads the word between two indices.
    pub(super) fn read(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let word = text.get(start..end)?;
        let name = name(word);
        let body = word.get(name..)?;
        let is_opening = |byte: &&u8| b"[(<{*#+@/!;'&".contains(byte);
        let opening = body.iter().take_while(is_opening).count();
        let bracket = body.iter().take(opening).any(|byte| b"[(<{".contains(byte));
        let body = body.get(opening..)?;
        let mark = match body {
            [b'0', b'x' | b'X', _, ..] => 2,
            _ => 0,
        };
        let digits = body.get(mark..)?;
        let length = digits
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'`' | b'_'))
            .count();
        let tail = digits.get(length..)?;
        let closed = is_closed(tail, length)?;
        let touches = text.get(end) == Some(&b'|');
        let start = start + name + opening + mark;
        let offset = Self {
            start,
            end: start + length,
            behind: behind(text, end),
            marked: closed || touches || bracket && !tail.is_empty(),
            hex_mark: mark > 0,
            glued: name > 0,
        };
        // A number of one or two digits may be aligned to the right.
        let first = line::words(text, end)
            .next()
            .map_or(end, |(start, _)| start);
        let apart = text.get(end..first)?.len() > 1 && text.get(..start)?.trim_ascii().is_empty();
        let shortest = match offset.glued {
            true => 4,
            false if offset.marked || apart => 1,
            false => 3,
        };
        let starts = digits.first().is_some_and(u8::is_ascii_hexdigit);
        (starts && (shortest..=MOST_DIGITS).contains(&length)).then_some(offset)
    }
}

/// Whether a mark stands behind the digits, of which there are so many; `None`
/// where something else does.
fn is_closed(tail: &[u8], length: usize) -> Option<bool> {
    match tail {
        [] => Some(false),
        // gdb: `0x7ffe12345678 <packet+16>:`, when copied without spaces.
        [b'<', .., b'>', b':'] => Some(true),
        _ if tail.iter().all(|byte| b":]>)}h*/".contains(byte)) => Some(true),
        // `0010-001f:`, from and to.
        [b'-', last @ ..] => {
            let last = last.strip_suffix(b":").unwrap_or(last);
            (line::is_hex(last) && last.len() == length).then_some(true)
        }
        _ => None,
    }
}

/// How many characters something before the offset takes that a colon ends: a
/// segment (`1234:0100`), the number of a line, the name of a logger.
fn name(word: &[u8]) -> usize {
    let body = word.strip_suffix(b":").unwrap_or(word);
    let colon = body.iter().rposition(|&byte| byte == b':');
    colon.map_or(0, |colon| colon + 1)
}

/// Behind what tools write between an offset and the bytes: the name of a
/// symbol, the end of a comment, an arrow.
fn behind(text: &[u8], from: usize) -> usize {
    let mut at = from;
    for (start, end) in line::words(text, from).take(2) {
        let word = text.get(start..end).unwrap_or_default();
        let symbol = matches!(word, [b'<', .., b'>', b':']);
        let mark = word.iter().all(|byte| b":*/=>-".contains(byte));
        if !symbol && !mark {
            break;
        }
        at = end;
    }
    at
}
