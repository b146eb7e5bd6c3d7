//! The column of characters that many dumps have behind the digits.

use super::dump_line::Group;
use super::line::{self, FOREIGN};

/// Bytes behind which the column may have a gap.
const HALF: usize = 8;

/// How wide that gap may be.
const GAP: usize = 2;

/// Bytes of a line that is searched for characters.
const MOST_BYTES: usize = 1024;

/// Blanks and bars at the end of a line.
const MOST_FRAME: usize = 32;

/// Whether the groups are followed by the same bytes as characters (those
/// that are none shown as dots), to the end of the line, perhaps between bars
/// or with a blank in the middle. `length`: how many bytes the groups are.
pub(super) fn has_characters(text: &[u8], groups: &[Group], length: usize) -> bool {
    let Some(last) = groups.last() else {
        return false;
    };
    let behind = text.get(last.end..).unwrap_or_default();
    let start = behind.iter().take_while(|byte| is_frame(byte)).count();
    let tail = behind.iter().rev().take(MOST_FRAME);
    let end = behind.len() - tail.take_while(|byte| is_frame(byte)).count();
    let shown = end.saturating_sub(start);
    // Blanks at the ends may be characters as well, and one may stand in the
    // middle; otherwise it is not worth a look.
    if length > MOST_BYTES || start == 0 || shown > length + GAP || shown * 2 + 2 < length {
        return false;
    }
    let words: Vec<Vec<u8>> = groups.iter().map(|group| group.read(text)).collect();
    let bytes: Vec<u8> = words.concat();
    // Words may be written as numbers, the characters in their order.
    let turned: Vec<u8> = words
        .iter()
        .flat_map(|word| word.iter().rev().copied())
        .collect();
    // What could as well be more digits has to show each byte.
    let strict = are_groups(behind, last.end - last.start);
    [bytes, turned]
        .iter()
        .any(|bytes| agree(bytes, behind, start, strict))
}

/// Whether all words are hexadecimal digits, as many as a group has.
fn are_groups(text: &[u8], digits: usize) -> bool {
    line::words(text, 0).all(|(start, end)| {
        let word = text.get(start..end).unwrap_or_default();
        word.len() == digits && line::is_hex(word)
    })
}

/// Whether the characters, which stand behind so many blanks, are those of the
/// bytes.
fn agree(bytes: &[u8], behind: &[u8], blanks: usize, strict: bool) -> bool {
    // Blanks and bars may be characters too.
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'|');
    let before = bytes.iter().take_while(is_blank).count();
    let before = before.min(blanks.saturating_sub(1));
    let is_shown = |byte: u8, character: Option<&u8>| match character {
        Some(b'.' | &FOREIGN) => true,
        Some(&character) if strict => character == byte,
        Some(&character) if character == byte || byte >= 0x80 => true,
        Some(b' ' | b'_' | b'?' | b'-') => !(0x20..0x7f).contains(&byte),
        Some(_) => false,
        // Blanks at the end are not written.
        None => !(0x21..0x7f).contains(&byte),
    };
    let with_gap = |before: usize, gap: usize| {
        let characters = behind.get(blanks - before..).unwrap_or_default();
        let mut characters = characters.iter();
        let all = bytes.iter().enumerate().all(|(index, &byte)| {
            let apart = gap > 0 && index == HALF;
            (!apart || characters.by_ref().take(gap).all(|&byte| byte == b' '))
                && is_shown(byte, characters.next())
        });
        all && characters.all(is_frame)
    };
    (0..=GAP).any(|gap| with_gap(before, gap) || before > 0 && with_gap(0, gap))
}

/// What may stand around the characters.
fn is_frame(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == b'|'
}
