//! The column of characters that many dumps have behind the digits.

use super::dump_line::Group;
use super::line::FOREIGN;

/// Bytes behind which the column may have a gap.
const HALF: usize = 8;

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
    let is_frame = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'|';
    let start = behind.iter().take_while(|byte| is_frame(byte)).count();
    let tail = behind.iter().rev().take(MOST_FRAME);
    let end = behind.len() - tail.take_while(|byte| is_frame(byte)).count();
    let shown = end.saturating_sub(start);
    // Blanks at the ends may be characters as well, and one may stand in the
    // middle; otherwise it is not worth a look.
    if length > MOST_BYTES || start == 0 || shown > length + 1 || shown * 2 + 2 < length {
        return false;
    }
    let bytes: Vec<u8> = groups.iter().flat_map(|group| group.read(text)).collect();
    let is_blank = |byte: &&u8| matches!(byte, b' ' | b'|');
    let before = bytes.iter().take_while(is_blank).count().min(start - 1);
    let characters = behind.get(start - before..).unwrap_or_default();
    let is_shown = |byte: u8, character: Option<&u8>| match character {
        Some(b'.' | &FOREIGN) => true,
        Some(&character) => character == byte || byte >= 0x80,
        None => byte == b' ',
    };
    let agree = |gap: Option<usize>| {
        let mut characters = characters.iter();
        let all = bytes.iter().enumerate().all(|(index, &byte)| {
            let apart = gap == Some(index);
            (!apart || characters.next() == Some(&b' ')) && is_shown(byte, characters.next())
        });
        all && characters.all(is_frame)
    };
    agree(None) || bytes.len() > HALF && agree(Some(HALF))
}
