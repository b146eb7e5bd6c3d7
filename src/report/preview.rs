//! Payloads that are text, shown as such: bytes come in, their first characters
//! go out, escaped and cut to a number of columns. What is a secret in them is
//! replaced before anything shows them.

use std::borrow::Cow;
use std::ops::Range;

use crate::decode::Packet;
use crate::decode::http::{HIDDEN, Secrets, first_line, may_begin, secrets_in};
use crate::escape::{escape, push};
use crate::notes::{Annotation, Kind, Value};
use crate::track::Tracked;

/// The bytes of a packet that are not shown, by their place in the frame.
#[must_use]
pub fn hidden_bytes(
    packet: &Packet<'_>,
    tracked: Option<&Tracked>,
    secrets: Secrets,
) -> Vec<Range<usize>> {
    let payload = packet.payload_bytes();
    if secrets == Secrets::Show || payload.is_empty() {
        return Vec::new();
    }
    let start = packet.payload.offset as usize;
    let mut found = Vec::new();
    let mut at = 0;
    // A whole first line alone shows that a head begins here: capitals, as a method's
    // are, may be in the middle of a secret too.
    let begins = matches!(first_line(payload), Some(Ok(_)));
    if tracked.is_some_and(|tracked| tracked.in_head) && !begins {
        // The rest of a line whose beginning is elsewhere.
        at = memchr::memchr(b'\n', payload).unwrap_or(payload.len());
        found.push(start..start + at);
    }
    let rest = payload.get(at..).unwrap_or_default();
    let shifted = |range: Range<usize>| start + at + range.start..start + at + range.end;
    found.extend(secrets_in(rest).into_iter().map(shifted));
    found
}

/// Bytes with asterisks in place of those that are not shown.
#[must_use]
pub fn masked(bytes: &[u8], hidden: &[Range<usize>]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for range in hidden {
        out.get_mut(range.clone()).unwrap_or_default().fill(b'*');
    }
    out
}

/// The payload of a packet as it may be shown.
#[must_use]
pub fn shown_payload<'a>(
    packet: &Packet<'a>,
    tracked: Option<&Tracked>,
    secrets: Secrets,
) -> Cow<'a, [u8]> {
    let payload = packet.payload_bytes();
    let hidden = hidden_bytes(packet, tracked, secrets);
    if hidden.is_empty() {
        return payload.into();
    }
    let start = packet.payload.offset as usize;
    let mut out = Vec::new();
    let mut behind = 0;
    for range in &hidden {
        let before = payload.get(behind..range.start - start);
        out.extend_from_slice(before.unwrap_or_default());
        out.extend_from_slice(HIDDEN.as_bytes());
        behind = range.end - start;
    }
    out.extend_from_slice(payload.get(behind..).unwrap_or_default());
    out.into()
}

/// The first characters of a payload, escaped, where it is text; `None` where
/// it is not, or empty. Of what begins with a head of HTTP, its first line.
#[must_use]
pub fn text_preview(bytes: &[u8], columns: usize) -> Option<String> {
    let line = may_begin(bytes).then(|| first_line(bytes)).flatten();
    if let Some(Ok((_, behind))) = line {
        let line = bytes.get(..behind).unwrap_or_default().trim_ascii_end();
        return text_of(line, columns);
    }
    text_of(bytes, columns)
}

fn text_of(bytes: &[u8], columns: usize) -> Option<String> {
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

/// The frames of WebSocket that end in a packet, as its annotations tell them:
/// `text "location", ping`; `None` where there are none.
#[must_use]
pub fn frames_in(annotations: &[Annotation]) -> Option<String> {
    let frames: Vec<_> = annotations.iter().filter_map(frame).collect();
    (!frames.is_empty()).then(|| format!("WebSocket {}", frames.join(", ")))
}

fn frame(said: &Annotation) -> Option<String> {
    let of = |name: &str| said.values.iter().find(|(known, _)| *known == name);
    let text = |name: &str| match of(name) {
        Some((_, Value::Text(text))) => Some(&**text),
        _ => None,
    };
    match said.kind {
        Kind::WebSocketMessage => {
            let opcode = text("opcode").unwrap_or_default();
            Some(match text("text") {
                Some(said) => format!("{opcode} \"{}\"", escape(said)),
                None => opcode.to_owned(),
            })
        }
        Kind::WebSocketPing => Some("ping".to_owned()),
        Kind::WebSocketPong => Some("pong".to_owned()),
        Kind::WebSocketClose => Some(match of("code") {
            Some((_, Value::Number(code))) => format!("close {code}"),
            _ => "close".to_owned(),
        }),
        _ => None,
    }
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
