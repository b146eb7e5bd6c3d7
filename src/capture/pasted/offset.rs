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
        let is_opening = |byte: &&u8| b"[(<{*#+@/!;'&".contains(byte);
        let opening = word.iter().take_while(is_opening).count();
        let body = word.get(opening..)?;
        let mark = match body {
            [b'0', b'x' | b'X', _, ..] => 2,
            _ => 0,
        };
        let body = body.get(mark..)?;
        let segment = segment(body);
        let glued = segment > 0 && !line::is_hex(body.get(..segment - 1)?);
        let digits = body.get(segment..)?;
        let length = digits
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'`' | b'_'))
            .count();
        let tail = digits.get(length..)?;
        let closed = match tail {
            [] => false,
            // gdb: `0x7ffe12345678 <packet+16>:`, when copied without spaces.
            [b'<', .., b'>', b':'] => true,
            _ if tail.iter().all(|byte| b":]>)}h*/".contains(byte)) => true,
            // `0010-001f:`, from and to.
            [b'-', last @ ..] if last.len() >= length => {
                let last = last.strip_suffix(b":").unwrap_or(last);
                if !line::is_hex(last) || last.len() != length {
                    return None;
                }
                true
            }
            _ => return None,
        };
        let bracket = word
            .get(..opening)?
            .iter()
            .any(|byte| b"[(<{".contains(byte));
        let touches = text.get(end) == Some(&b'|');
        let start = start + opening + mark + segment;
        let offset = Self {
            start,
            end: start + length,
            behind: behind(text, end),
            marked: closed || touches || bracket && !tail.is_empty(),
            hex_mark: mark > 0,
            glued,
        };
        // A number of one or two digits may be aligned to the right.
        let first = line::words(text, end)
            .next()
            .map_or(end, |(start, _)| start);
        let apart = text.get(end..first)?.len() > 1 && text.get(..start)?.trim_ascii().is_empty();
        let shortest = if offset.marked || apart { 1 } else { 3 };
        let starts = digits.first().is_some_and(u8::is_ascii_hexdigit);
        (starts && (shortest..=MOST_DIGITS).contains(&length)).then_some(offset)
    }
}

/// How many characters something before the offset takes that a colon ends: a
/// segment (`1234:0100`), the number of a line, the name of a logger.
fn segment(word: &[u8]) -> usize {
    let word = word.strip_suffix(b":").unwrap_or(word);
    let colon = word.iter().rposition(|&byte| byte == b':');
    let behind = colon.and_then(|colon| word.get(colon + 1..));
    match (colon, behind) {
        (Some(colon), Some(digits)) if digits.len() >= 4 && line::is_hex(digits) => colon + 1,
        _ => 0,
    }
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
