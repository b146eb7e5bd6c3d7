//! Base64 (RFC 4648, the standard alphabet and that for URLs), on one line or
//! wrapped. Digits of another base are base64 too, so a text counts only when
//! it uses many more characters than digits do.

use super::{At, Format, Found, PastedPacket, Reading};

/// Fewest characters: shorter ones may be words.
const SHORTEST: usize = 24;

pub(super) fn read(reading: &mut Reading<'_>) {
    let lines = reading.lines;
    let mut run: Vec<usize> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let is_part = !reading.is_used(index) && !line.is_blank();
        let continues = is_part && word(reading, index).is_some_and(|word| word.whole);
        if !continues {
            take(reading, &std::mem::take(&mut run));
        }
        if is_part && word(reading, index).is_some() {
            run.push(index);
        }
    }
    take(reading, &run);
}

/// The word of a line that may be base64.
struct Word {
    start: usize,
    end: usize,
    /// Nothing else stands in the line.
    whole: bool,
}

fn word(reading: &Reading<'_>, index: usize) -> Option<Word> {
    let text = &reading.lines.get(index)?.text;
    let mut end = text.len();
    while end > 0 && text.get(end - 1).is_some_and(|&byte| !is_base64(byte)) {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && text.get(start - 1).is_some_and(|&byte| is_base64(byte)) {
        start -= 1;
    }
    let before = text.get(..start)?;
    let behind = text.get(end..)?;
    let quotes = |text: &[u8]| text.iter().all(|byte| b" \t\"'`,;)".contains(byte));
    let whole = quotes(before) && quotes(behind);
    let set_apart = before
        .last()
        .is_none_or(|byte| b" \t\"'`,(=:<".contains(byte));
    (end > start && set_apart && quotes(behind)).then_some(Word { start, end, whole })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}

/// Decodes lines that follow each other.
fn take(reading: &mut Reading<'_>, run: &[usize]) {
    let (Some(&first), Some(&last)) = (run.first(), run.last()) else {
        return;
    };
    let mut characters = Vec::new();
    let mut ends: Option<(At, At)> = None;
    for &index in run {
        let Some((line, word)) = reading.lines.get(index).zip(word(reading, index)) else {
            return;
        };
        characters.extend_from_slice(line.slice(word.start, word.end));
        let from = ends.map_or_else(|| line.at(word.start), |(from, _)| from);
        ends = Some((from, line.at(word.end.saturating_sub(1))));
    }
    let (Some((from, to)), Some(bytes)) = (ends, decode(&characters)) else {
        return;
    };
    if bytes.len() < reading.fewest() {
        return;
    }
    for index in first..=last {
        reading.mark_used(index);
    }
    reading.add(Found {
        packet: PastedPacket::new(bytes, Format::Base64, (from, to)),
        problems: Vec::new(),
    });
}

/// The bytes, when the text cannot well be anything else.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = text.get(..text.len().checked_sub(padding)?)?;
    let foreign = body.iter().filter(|byte| !byte.is_ascii_hexdigit()).count();
    let cases = body.iter().any(u8::is_ascii_uppercase) && body.iter().any(u8::is_ascii_lowercase);
    let length_fits = match padding {
        0 => body.len() % 4 != 1,
        1 | 2 => text.len().is_multiple_of(4),
        _ => false,
    };
    if text.len() < SHORTEST || foreign < 3 || foreign * 10 < body.len() || !cases || !length_fits {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for chunk in body.chunks(4) {
        let mut bits = 0u32;
        for &byte in chunk {
            bits = bits << 6 | u32::from(value(byte)?);
        }
        bits <<= 6 * (4 - chunk.len());
        let [_, a, b, c] = bits.to_be_bytes();
        bytes.extend([a, b, c].into_iter().take(chunk.len() - 1));
    }
    Some(bytes)
}

fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}
