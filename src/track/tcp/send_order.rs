//! What segments bear that tells when they were sent: the IPv4 identification,
//! which most hosts raise by one with each packet of a connection, and the
//! timestamp option (RFC 7323).

use super::identifications::{REMEMBERED, Seen};
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

/// The marks of one direction so far.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Marks {
    last: Mark,
    rising: u16,
    falling: u16,
    /// The latest identifications.
    seen: Seen,
}

/// What an identification tells of a packet whose bytes were seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// This very packet was seen before.
    Copy,
    /// It was sent before the latest packet, but had not been seen: it was
    /// overtaken, by its own retransmission among others.
    Overtaken,
    /// It was sent before the latest packet, so long ago that whether it was
    /// seen is forgotten.
    Forgotten,
    /// Nothing.
    Unknown,
}

impl Marks {
    /// Takes in the mark of a packet that came in order, and remembers that it
    /// was seen.
    pub fn add_seen(&mut self, mark: Mark) {
        if mark.identification != 0 {
            self.seen.add(mark.identification);
            self.add_identification(mark.identification);
        }
        if mark.timestamp.is_some() {
            self.last.timestamp = mark.timestamp;
        }
    }

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

    /// Remembers that a packet with this identification was seen.
    pub fn see(&mut self, identification: u16) {
        if identification != 0 {
            self.seen.add(identification);
        }
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

    /// Whether identifications rise and have come to where they wrap around,
    /// so that 0 is one of them.
    pub fn pass_zero(&self) -> bool {
        self.identifications_rise() && self.seen.latest().wrapping_add(REMEMBERED) < 2 * REMEMBERED
    }

    /// Whether an identification may be one of those before the last.
    pub fn may_be_older(&self, identification: u16) -> bool {
        let last = self.last.identification;
        // The first of these is hardly ever true.
        identification.wrapping_sub(last) >= 0x8000
            && identification != 0
            && last != 0
            && self.identifications_rise()
    }

    /// What a packet's identification tells when its bytes were seen before.
    pub fn again(&self, mark: Mark) -> Again {
        if !self.may_be_older(mark.identification) {
            return Again::Unknown;
        }
        match self.seen.holds(mark.identification) {
            Some(true) => Again::Copy,
            Some(false) => Again::Overtaken,
            None => Again::Forgotten,
        }
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
            marks.see(identification);
            marks.add(mark(identification));
        }
        marks
    }

    #[test]
    fn what_was_seen_is_a_copy_and_what_was_not_was_overtaken() {
        let marks = marks([10, 11, 13, 14, 200]);
        assert_eq!(marks.again(mark(13)), Again::Copy);
        assert_eq!(marks.again(mark(12)), Again::Overtaken);
        assert_eq!(marks.again(mark(150)), Again::Overtaken);
        assert_eq!(marks.again(mark(201)), Again::Unknown);
        assert_eq!(marks.again(mark(0xf000)), Again::Forgotten);
    }

    #[test]
    fn identifications_wrap_around() {
        let marks = marks([0xfffd, 0xfffe, 2, 3]);
        assert_eq!(marks.again(mark(0xfffe)), Again::Copy);
        assert_eq!(marks.again(mark(0xffff)), Again::Overtaken);
        assert_eq!(marks.again(mark(1)), Again::Overtaken);
    }

    #[test]
    fn zero_is_an_identification_only_where_they_wrap_around() {
        assert!(marks([0xfffd, 0xfffe, 0xffff]).pass_zero());
        assert!(marks([0xfffe, 0xffff, 0, 1]).pass_zero());
        assert!(!marks([100, 101, 1000]).pass_zero());
        assert!(!marks([0, 0, 0]).pass_zero());
    }

    #[test]
    fn identifications_at_random_tell_nothing() {
        let marks = marks([7000, 12, 50_000, 900, 33_000]);
        assert_eq!(marks.again(mark(12)), Again::Unknown);
    }
}
