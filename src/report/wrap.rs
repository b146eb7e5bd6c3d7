//! Text into lines of a terminal: how many columns a text takes, and where it
//! may be broken. Chinese may be broken between characters, but no line begins
//! with a closing mark or ends with an opening one. Colour codes take no room.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Closing marks: no line begins with one.
const NOT_FIRST: &str = "，。、；：？！）》」』】〉〕…”’,.;:?!)]}%";
/// Opening marks: no line ends with one.
const NOT_LAST: &str = "（《「『【〈〔“‘([{";

/// The columns that a text takes, colour codes (`ESC [ … m`) not counted.
#[must_use]
pub fn width(text: &str) -> usize {
    if !text.contains('\x1b') {
        return text.width();
    }
    pieces(text)
        .filter(|piece| !piece.starts_with('\x1b'))
        .map(UnicodeWidthStr::width)
        .sum()
}

/// Breaks one paragraph into lines of at most `columns`; a word that is longer
/// than a line is cut. Line breaks in the text are kept.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        wrap_paragraph(paragraph, columns, &mut lines);
    }
    lines
}

/// Appends `text`, its first line behind `first`, the others behind `rest`,
/// no line wider than `columns`, each with a line break.
pub fn hang(out: &mut String, first: &str, rest: &str, text: &str, columns: usize) {
    let room = columns.saturating_sub(width(first).max(width(rest)));
    for (index, line) in wrap(text, room).iter().enumerate() {
        out.push_str(if index == 0 { first } else { rest });
        out.push_str(line);
        out.push('\n');
    }
}

/// Appends spaces until `text`, already written, fills `columns`.
pub fn pad(out: &mut String, text: &str, columns: usize) {
    out.push_str(text);
    for _ in width(text)..columns {
        out.push(' ');
    }
}

/// `text` cut to at most `columns`, with an ellipsis where it was cut.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut taken = 1;
    for piece in pieces(text) {
        if piece.starts_with('\x1b') {
            // Colours end behind the cut, too.
            out.push_str(piece);
            continue;
        }
        for character in piece.chars() {
            if taken > columns {
                break;
            }
            taken += character.width().unwrap_or(0);
            if taken > columns {
                out.push('…');
                break;
            }
            out.push(character);
        }
    }
    out
}

fn wrap_paragraph(text: &str, columns: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut line_width = 0;
    for unit in units(text) {
        let unit_width = width(unit.trim_end_matches(' '));
        if line_width + unit_width > columns && line_width > 0 {
            finish(&mut line, lines);
            line_width = 0;
        }
        if unit_width > columns {
            line_width = break_hard(unit, columns, &mut line, lines);
        } else if line_width > 0 || !unit.trim_end_matches(' ').is_empty() || lines.is_empty() {
            line.push_str(unit);
            line_width += width(unit);
        }
    }
    finish(&mut line, lines);
}

fn finish(line: &mut String, lines: &mut Vec<String>) {
    line.truncate(line.trim_end_matches(' ').len());
    lines.push(std::mem::take(line));
}

/// Cuts a unit that is wider than a line; gives the width of what is left.
fn break_hard(unit: &str, columns: usize, line: &mut String, lines: &mut Vec<String>) -> usize {
    let mut taken = 0;
    for piece in pieces(unit) {
        if piece.starts_with('\x1b') {
            line.push_str(piece);
            continue;
        }
        for character in piece.chars() {
            let wide = character.width().unwrap_or(0);
            if taken + wide > columns {
                finish(line, lines);
                taken = 0;
            }
            line.push(character);
            taken += wide;
        }
    }
    taken
}

/// What must stay together: a word with the spaces behind it, or a wide
/// character with the marks that cling to it.
fn units(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = unit_end(rest);
        let (unit, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(unit)
    })
}

fn unit_end(text: &str) -> usize {
    let mut before: Option<char> = None;
    let mut in_code = false;
    for (at, character) in text.char_indices() {
        if in_code {
            in_code = character != 'm';
            continue;
        }
        if character == '\x1b' {
            in_code = true;
            continue;
        }
        if before.is_some_and(|before| may_break(before, character)) {
            return at;
        }
        before = Some(character);
    }
    text.len()
}

fn may_break(before: char, after: char) -> bool {
    // A percent sign stays with its number, a space between them.
    if matches!(after, ' ' | '%') {
        return false;
    }
    if before == ' ' {
        return true;
    }
    let wide = |character: char| character.width() == Some(2);
    (wide(before) || wide(after)) && !NOT_LAST.contains(before) && !NOT_FIRST.contains(after)
}

/// Splits into colour codes and the text between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if rest.starts_with('\x1b') {
            rest.find('m').map_or(rest.len(), |end| end + 1)
        } else {
            rest.find('\x1b').unwrap_or(rest.len())
        };
        let (piece, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_to_the_next_line_whole() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_cut() {
        assert_eq!(wrap("a abcdefghij k", 4), ["a", "abcd", "efgh", "ij k"]);
    }

    #[test]
    fn chinese_breaks_between_characters_but_not_before_a_closing_mark() {
        assert_eq!(wrap("连接建立，完成", 8), ["连接建", "立，完成"]);
        assert_eq!(wrap("他说（你好）吧", 6), ["他说", "（你", "好）吧"]);
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text =
            "确认号 = 客户端序号 + 1：期望 1001，实际 1001，the SYN-ACK acknowledges 1001. ✓";
        for columns in 4..60 {
            for line in wrap(text, columns) {
                assert!(width(&line) <= columns, "{columns}: {line:?}");
            }
        }
    }

    #[test]
    fn a_percent_sign_stays_with_its_number() {
        assert_eq!(wrap("it is 33.3 %.", 11), ["it is", "33.3 %."]);
    }

    #[test]
    fn colour_codes_take_no_room() {
        assert_eq!(width("\x1b[31merror\x1b[0m"), 5);
        assert_eq!(
            wrap("\x1b[1mone two\x1b[0m three", 7),
            ["\x1b[1mone two\x1b[0m", "three"]
        );
    }

    #[test]
    fn a_hanging_paragraph_keeps_its_margin() {
        let mut out = String::new();
        hang(&mut out, "  ! ", "    ", "one two three four", 12);
        assert_eq!(out, "  ! one two\n    three\n    four\n");
    }

    #[test]
    fn an_empty_text_is_one_empty_line() {
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("连接建立", 5), "连接…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("\x1b[1mabcdef\x1b[0m", 4), "\x1b[1mabc…\x1b[0m");
    }
}
