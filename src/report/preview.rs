//! Payloads that are text, shown as such: bytes come in, their first characters
//! go out, escaped and cut to a number of columns.

use crate::escape::push;

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

#[cfg(test)]
mod tests {
    use super::*;

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
