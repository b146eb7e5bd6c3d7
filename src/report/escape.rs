//! Text from packets made fit for a terminal: nothing in it can move the
//! cursor, change colours, reverse the writing direction or hide characters.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes control, format and direction characters; other text stays as it
/// is.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        push(&mut out, character);
    }
    Cow::Owned(out)
}

/// The first characters of a payload, escaped, where it is text; `None` where
/// it is not, or empty.
#[must_use]
pub fn text_preview(bytes: &[u8], columns: usize) -> Option<String> {
    let head = bytes.get(..bytes.len().min(256))?;
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        // The cut may fall inside a character.
        Err(error) if error.error_len().is_none() && head.len() < bytes.len() => {
            str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    if text.is_empty() || !text.chars().all(is_text) {
        return None;
    }
    let mut out = String::new();
    for character in text.chars() {
        let before = out.len();
        push(&mut out, character);
        if super::wrap::width(&out) >= columns {
            out.truncate(before);
            out.push('…');
            return Some(out);
        }
    }
    if head.len() < bytes.len() {
        out.push('…');
    }
    Some(out)
}

fn is_text(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t') || !character.is_control()
}

fn push(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push_str("\\0"),
        other if is_dangerous(other) => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", other as u32);
        }
        other => out.push(other),
    }
}

/// Control characters, and those of Unicode's format class that show nothing
/// themselves but change how their neighbours look.
fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_command_a_terminal_is_escaped() {
        assert_eq!(escape("a\x1b[31mb\x07\u{9b}"), "a\\u{1b}[31mb\\u{7}\\u{9b}");
    }

    #[test]
    fn what_reverses_or_hides_text_is_escaped() {
        assert_eq!(escape("evil\u{202e}gnp.exe"), "evil\\u{202e}gnp.exe");
        assert_eq!(escape("pay\u{200b}pal"), "pay\\u{200b}pal");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert!(matches!(escape("例え.jp ✓"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_payload_that_is_text_is_shown_with_its_line_breaks() {
        assert_eq!(
            text_preview(b"IDENTIFY:CE\n", 40).as_deref(),
            Some("IDENTIFY:CE\\n")
        );
        assert_eq!(text_preview(b"\x16\x03\x01\x00", 40), None);
        assert_eq!(text_preview(b"", 40), None);
        assert_eq!(
            text_preview(&[b'a'; 100], 10).as_deref(),
            Some("aaaaaaaaa…")
        );
    }
}
