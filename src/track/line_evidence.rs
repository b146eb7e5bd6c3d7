//! Whether the segments of a direction look like messages that each end with
//! a newline. Cautious on purpose: a header block, a document or a multi-line
//! reply has lines too, and its lines are no messages.
use crate::track::packed::{Flag, Seldom, packed};

/// Segments and lines that must speak for it,
const SEGMENTS: u32 = 4;
/// at this many segments it must have become certain.
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

packed!(LineEvidence {
    segments: Seldom,
    ended: Seldom,
    single: Seldom,
    certain: Flag,
    refuted: Flag,
});

impl LineEvidence {
    /// Takes in a segment.
    pub fn add(&mut self, bytes: &[u8]) {
        if self.refuted {
            return;
        }
        self.refuted = !is_text(bytes) || has_structure(bytes, self.segments == 0);
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

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// Whether these are characters to read; anything beyond ASCII may be.
fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..))
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
        let http = is_first
            && number == 0
            && (line.starts_with(b"HTTP/") || line.windows(6).any(|part| part == b" HTTP/"));
        line.is_empty() || line == b"." || counts || goes_on || http
    })
}
