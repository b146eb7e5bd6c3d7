//! Whether the segments of a direction look like messages that each end with
//! a newline. Cautious on purpose: a header block, a document or a multi-line
//! reply has lines too, and its lines are no messages.

use memchr::{memchr, memchr_iter};

/// Segments and lines that must speak for lines.
const SEGMENTS: u32 = 3;
/// At this many segments it must have become certain.
const GIVE_UP: u32 = 16;

/// What the segments so far have shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LineEvidence {
    segments: u32,
    /// Segments that end with a newline.
    ended: u32,
    /// Segments that hold one line exactly.
    single: u32,
    certain: bool,
    refuted: bool,
}

impl LineEvidence {
    /// Takes in a segment.
    pub fn add(&mut self, bytes: &[u8]) {
        if self.refuted {
            return;
        }
        self.refuted = !are_lines(bytes, self.segments == 0);
        let ended = bytes.last() == Some(&b'\n');
        self.segments = self.segments.saturating_add(1);
        self.ended += u32::from(ended);
        self.single += u32::from(ended && lines(bytes).count() == 1);
        let most_end = self.ended * 4 >= self.segments * 3;
        let many_single = self.single * 2 >= self.segments;
        self.certain |= self.single >= 2 && self.segments >= SEGMENTS && most_end && many_single;
        // Long lines may be cut, but not most of them.
        let too_long =
            self.segments >= GIVE_UP && (!self.certain || self.ended * 2 < self.segments);
        self.refuted |= too_long;
    }

    /// Whether it may still be so.
    pub fn is_possible(&self) -> bool {
        !self.refuted
    }

    /// Whether it is so.
    pub fn is_certain(&self) -> bool {
        self.certain && !self.refuted
    }
}

/// Behind the first newline.
pub(super) fn end_of_line(bytes: &[u8]) -> Option<usize> {
    memchr(b'\n', bytes).map(|at| at + 1)
}

/// Each with its newline; the last may have none.
fn lines(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = end_of_line(bytes).unwrap_or(bytes.len());
        let (line, behind) = bytes.split_at_checked(end)?;
        bytes = behind;
        (!line.is_empty()).then_some(line)
    })
}

/// Whether these may be lines that are messages. The first bytes and lines
/// tell it of most, and the rest need not be looked at then.
fn are_lines(bytes: &[u8], is_first: bool) -> bool {
    let (front, behind) = bytes.split_at_checked(64).unwrap_or((bytes, &[]));
    !are_plainly_other(bytes, is_first)
        && is_text(front)
        && !has_structure(bytes, is_first)
        && is_text(behind)
}

/// Whether the first bytes or the last alone tell that these are no lines that
/// are messages: a control character (TLS), the name of HTTP, or the empty line
/// that ends a header block.
fn are_plainly_other(bytes: &[u8], is_first: bool) -> bool {
    match bytes {
        [b'H', b'T', b'T', b'P', b'/', ..] if is_first => true,
        [.., b'\n', b'\r', b'\n'] | [.., b'\n', b'\n'] => true,
        [first, ..] => !is_readable(*first),
        [] => false,
    }
}

/// Whether this is a character to read, or the end of a line.
fn is_readable(byte: u8) -> bool {
    let is_control = byte < 0x20 || byte == 0x7f;
    !is_control | matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Whether these are characters to read; anything beyond ASCII may be.
fn is_text(bytes: &[u8]) -> bool {
    bytes.chunks(64).all(|chunk| {
        chunk
            .iter()
            .fold(true, |all, byte| all & is_readable(*byte))
    })
}

/// Whether lines belong together: empty ones divide blocks (HTTP, mail), a dot
/// ends a text, `220-` goes on in the next line, and Redis counts what follows
/// in the lines before it.
fn has_structure(bytes: &[u8], is_first: bool) -> bool {
    lines(bytes).enumerate().any(|(number, line)| {
        let line = line.trim_ascii_end();
        let counts = matches!(line, [b'*' | b'$', b'0'..=b'9', ..]);
        let goes_on = matches!(line, [a, b, c, b'-', ..]
            if [a, b, c].into_iter().all(u8::is_ascii_digit));
        let http = is_first && number == 0 && (line.starts_with(b"HTTP/") || is_request(line));
        line.is_empty() || line == b"." || counts || goes_on || http
    })
}

/// Whether it names HTTP, as a request does.
fn is_request(line: &[u8]) -> bool {
    const NAME: &[u8] = b" HTTP/";
    memchr_iter(b'/', line).any(|slash| line.get(..=slash).is_some_and(|to| to.ends_with(NAME)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mostly_text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![40 => Just(b'a'), 3 => Just(b'\n'), 1 => any::<u8>()];
        proptest::collection::vec(byte, 0..200)
    }

    proptest! {
        #[test]
        fn lines_end_with_their_newline(bytes in mostly_text()) {
            let plain: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            prop_assert_eq!(lines(&bytes).collect::<Vec<_>>(), plain);
        }

        #[test]
        fn what_is_plainly_other_is_so_all_the_same(
            front in prop_oneof![Just(""), Just("HTTP/"), Just("\u{16}"), Just("GET ")],
            middle in mostly_text(),
            end in prop_oneof![Just(""), Just("\n"), Just("\r\n\r\n"), Just("\n\n")],
            is_first: bool,
        ) {
            let bytes = [front.as_bytes(), &middle, end.as_bytes()].concat();
            let plain = is_text(&bytes) && !has_structure(&bytes, is_first);
            prop_assert_eq!(are_lines(&bytes, is_first), plain);
        }

        #[test]
        fn text_has_no_control_characters_but_those_of_lines(bytes in mostly_text()) {
            let plain = bytes
                .iter()
                .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..));
            prop_assert_eq!(is_text(&bytes), plain);
        }
    }
}
