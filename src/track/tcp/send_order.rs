//! What segments bear that tells when they were sent: the IPv4 identification,
//! which most hosts raise by one with each packet of a connection, and the
//! timestamp option (RFC 7323).

use super::sequence::before;
use serde::{Deserialize, Serialize};

/// What a segment bears that tells when it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// IPv4 identification; 0 says nothing.
    pub identification: u16,
    /// The timestamp option's value (RFC 7323).
    pub timestamp: Option<u32>,
}

impl Mark {
    /// Whether this identification stands right before another: by chance so
    /// near it would be in one of 8,000 packets.
    pub fn is_just_before(self, other: Self) -> bool {
        let known = self.identification != 0 && other.identification != 0;
        known && (1..=8).contains(&other.identification.wrapping_sub(self.identification))
    }
}

/// Timestamps tick in milliseconds in the common stacks; two segments a round
/// trip of so much apart have different ones.
const TICKS_NS: u64 = 2_500_000;

/// A packet with an identification further behind the last one is not thought to
/// be late.
const NEAR: u16 = 256;

/// The marks of one direction so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Marks {
    last: Mark,
    rising: u16,
    falling: u16,
}

impl Marks {
    /// Takes in the mark of a packet that came in order.
    pub fn add(&mut self, mark: Mark) {
        if mark.identification != 0 {
            self.add_identification(mark.identification);
        }
        if mark.timestamp.is_some() {
            self.last.timestamp = mark.timestamp;
        }
    }

    fn add_identification(&mut self, identification: u16) {
        if self.last.identification != 0 {
            if rises(self.last.identification, identification) {
                self.rising = self.rising.saturating_add(1);
            } else {
                self.falling = self.falling.saturating_add(1);
            }
        }
        self.last.identification = identification;
    }

    /// The identification of the last packet that came in order and bore one; 0
    /// while none has.
    pub fn last_identification(&self) -> u16 {
        self.last.identification
    }

    /// The timestamp of the last packet that came in order and bore one.
    pub fn last_timestamp(&self) -> Option<u32> {
        self.last.timestamp
    }

    /// Whether identifications have risen so far.
    pub fn identifications_rise(&self) -> bool {
        mostly_rise(self.rising, self.falling)
    }

    /// Whether a packet whose bytes were seen before, and which is no copy, was
    /// overtaken, by its own retransmission among others: its host gave it a
    /// number a little before that of the last one.
    pub fn was_overtaken(&self, identification: u16) -> bool {
        let last = self.last.identification;
        let behind = last.wrapping_sub(identification);
        (1..NEAR).contains(&behind)
            && identification != 0
            && last != 0
            && self.identifications_rise()
    }
}

/// Whether an identification is a little higher than the one before it.
pub(super) fn rises(from: u16, to: u16) -> bool {
    to.wrapping_sub(from).wrapping_sub(1) < 1023
}

/// Whether identifications that have risen and fallen so often rise.
pub(super) fn mostly_rise(rising: u16, falling: u16) -> bool {
    rising >= 1 && falling.saturating_mul(8) <= rising
}

/// Whether a mark is older than another by its identification: `None` when
/// they do not tell.
pub(super) fn is_older_identification(late: Mark, other: Mark) -> Option<bool> {
    if late.identification == 0 || other.identification == 0 {
        return None;
    }
    match late.identification.wrapping_sub(other.identification) {
        0 => None,
        step => Some(step >= 0x8000),
    }
}

/// Whether a mark is older than another by its timestamp. Equal ones tell that neither was sent a round trip
/// after the other, if a round trip takes several ticks of their clock.
pub(super) fn is_older_timestamp(
    late: Mark,
    other: Mark,
    round_trip_ns: Option<u64>,
) -> Option<bool> {
    let (late, other) = (late.timestamp?, other.timestamp?);
    if late == other {
        return round_trip_ns
            .filter(|round_trip_ns| *round_trip_ns >= TICKS_NS)
            .map(|_| true);
    }
    Some(before(late, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(identification: u16) -> Mark {
        Mark {
            identification,
            timestamp: None,
        }
    }

    fn marks(seen: impl IntoIterator<Item = u16>) -> Marks {
        let mut marks = Marks::default();
        for identification in seen {
            marks.add(mark(identification));
        }
        marks
    }

    #[test]
    fn what_was_numbered_a_little_before_the_last_was_overtaken() {
        let marks = marks([10, 11, 13, 14, 200]);
        assert!(marks.was_overtaken(150));
        assert!(!marks.was_overtaken(200) && !marks.was_overtaken(201));
        assert!(!marks.was_overtaken(0xf000));
    }

    #[test]
    fn identifications_wrap_around() {
        let marks = marks([0xfffd, 0xfffe, 2, 3]);
        assert!(marks.was_overtaken(0xffff) && marks.was_overtaken(1));
    }

    #[test]
    fn identifications_at_random_tell_nothing() {
        let marks = marks([7000, 12, 50_000, 900, 33_000]);
        assert!(!marks.was_overtaken(32_999));
    }
}
