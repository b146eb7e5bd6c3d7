//! Whether a direction's messages have their length before them: tried with
//! every usual form of the prefix, from the direction's first byte on, and
//! believed only after many messages without one exception.

use arrayvec::ArrayVec;

use super::Framing;
use super::place::Counted;

/// No message of a protocol that is not declared is longer.
pub(super) const LONGEST: u32 = 1 << 20;

/// Messages and segments that must have been exact.
const MESSAGES: u64 = 12;
const SEGMENTS: u32 = 8;

/// A single byte of length fits too much that is none.
const FORMS: [Framing; 4] = [
    length(2, true),
    length(2, false),
    length(4, true),
    length(4, false),
];

const fn length(bytes: u8, big_endian: bool) -> Framing {
    Framing::Length { bytes, big_endian }
}

/// One form that fits so far.
#[derive(Clone, Copy, Debug, Default)]
struct Attempt {
    form: Framing,
    counted: Counted,
}

/// The forms that fit all segments so far.
#[derive(Debug, Default)]
pub(super) struct PrefixEvidence {
    attempts: ArrayVec<Attempt, 4>,
    segments: u32,
}

impl PrefixEvidence {
    /// At the direction's first byte, or somewhere in the middle, where
    /// nothing can be tried.
    pub fn new(from_the_beginning: bool) -> Self {
        let attempts = FORMS
            .into_iter()
            .filter(|_| from_the_beginning)
            .map(|form| Attempt {
                form,
                counted: Counted::default(),
            });
        Self {
            attempts: attempts.collect(),
            segments: 0,
        }
    }

    /// Takes in a segment: every message must end in it.
    pub fn add(&mut self, bytes: &[u8]) {
        self.segments = self.segments.saturating_add(1);
        self.attempts
            .retain(|attempt| is_exact(attempt.form, bytes, &mut attempt.counted));
    }

    /// Whether a form is left.
    pub fn is_possible(&self) -> bool {
        !self.attempts.is_empty()
    }

    /// The form, when there is no doubt, and the messages so far.
    pub fn certain(&self) -> Option<(Framing, Counted)> {
        match self.attempts.as_slice() {
            [only] if only.counted.messages >= MESSAGES && self.segments >= SEGMENTS => {
                Some((only.form, only.counted))
            }
            _ => None,
        }
    }
}

/// Whether the segment consists of whole messages; they are counted.
pub(super) fn is_exact(form: Framing, bytes: &[u8], counted: &mut Counted) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((message, behind)) = first_message(form, rest) else {
            return false;
        };
        counted.add(message);
        rest = behind;
    }
    true
}

/// How long the first message is, its prefix included, and what stands behind
/// it.
fn first_message(form: Framing, bytes: &[u8]) -> Option<(u32, &[u8])> {
    let Framing::Length {
        bytes: prefix,
        big_endian,
    } = form
    else {
        return None;
    };
    let (front, behind) = bytes.split_at_checked(usize::from(prefix))?;
    let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
    let length = if big_endian {
        front.iter().fold(0, add)
    } else {
        front.iter().rev().fold(0, add)
    };
    if !(1..=LONGEST).contains(&length) {
        return None;
    }
    Some((u32::from(prefix) + length, behind.get(length as usize..)?))
}
