//! Bytes that should have come and have not: each hole with what first showed
//! it, so that what fills it can be judged.

use std::ops::Range;

use arrayvec::ArrayVec;

use super::send_order::Mark;
use super::sequence::{after, before, distance, earlier, later};
use crate::track::PacketNumber;
use crate::track::dormant::near;
use serde::{Deserialize, Serialize};

/// How far behind an acknowledgment a byte that the capture has not seen may
/// still turn up.
const LATE_AT_MOST: u32 = 1 << 16;

/// Holes that are remembered at the most in one direction.
const AT_MOST: usize = 1024;

/// A range that was not seen.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Hole {
    #[serde(with = "near::sequence")]
    pub start: u32,
    #[serde(with = "near::sequence")]
    pub end: u32,
    /// The packet that came in its place.
    #[serde(with = "near::packet")]
    pub seen_at: PacketNumber,
    /// When.
    #[serde(with = "near::time")]
    pub since_ns: u64,
    /// That packet's mark: the hole's bytes were first sent before it.
    pub mark: Mark,
    /// What [`Holes`] had counted when it opened.
    pub opened_after: u32,
}

/// The holes of one direction, lowest first, none overlapping another.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Holes {
    all: Vec<Hole>,
    /// Segments that came behind all others while there were holes.
    overtakes: u32,
    /// Holes that were one too many: they are not known to be missing.
    given_up: u32,
}

impl Holes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether all of them lie below what the peer has acknowledged: missing
    /// to the capture, not to the peer.
    pub fn all_below(&self, acknowledged: Option<u32>) -> bool {
        let Some(last) = self.all.last() else {
            return true;
        };
        acknowledged.is_some_and(|acknowledged| !after(last.end, acknowledged))
    }

    /// Holes that were one too many.
    pub fn given_up(&self) -> u32 {
        self.given_up
    }

    /// A new hole, behind all others.
    pub fn open(&mut self, hole: Hole) {
        let opened_after = self.overtakes;
        self.all.push(Hole {
            opened_after,
            ..hole
        });
        self.bound();
    }

    /// Gives up the last where there is one too many.
    fn bound(&mut self) {
        if self.all.len() > AT_MOST {
            self.all.truncate(AT_MOST);
            self.given_up = self.given_up.saturating_add(1);
        }
    }

    /// The first byte that is missing.
    pub fn lowest(&self) -> Option<u32> {
        self.all.first().map(|hole| hole.start)
    }

    /// One more segment came while they stood.
    pub fn overtake(&mut self) {
        if !self.all.is_empty() {
            self.overtakes = self.overtakes.wrapping_add(1);
        }
    }

    /// Segments that came since a hole was opened.
    pub fn overtaken(&self, hole: &Hole) -> u32 {
        self.overtakes.wrapping_sub(hole.opened_after)
    }

    /// Those that overlap the range.
    fn within(&self, from: u32, to: u32) -> Range<usize> {
        let first = self.all.partition_point(|hole| !after(hole.end, from));
        let behind = self.all.partition_point(|hole| before(hole.start, to));
        first..behind.max(first)
    }

    /// The first hole that overlaps the range.
    pub fn at(&self, from: u32, to: u32) -> Option<&Hole> {
        self.all.get(self.within(from, to))?.first()
    }

    /// Bytes missing in the range.
    pub fn missing(&self, from: u32, to: u32) -> u32 {
        let within = self.all.get(self.within(from, to));
        missing(within.unwrap_or_default(), from, to)
    }

    /// The first byte behind `from` that is missing too.
    pub fn next_start(&self, from: u32) -> Option<u32> {
        let at = self.all.partition_point(|hole| before(hole.start, from));
        self.all.get(at).map(|hole| hole.start)
    }

    /// Takes a range out; gives how many bytes of it had been missing. Where
    /// that makes one hole too many, the upper part of it is no longer known to
    /// be missing.
    pub fn fill(&mut self, from: u32, to: u32) -> u32 {
        let within = self.within(from, to);
        let cut = self.all.get(within.clone()).unwrap_or_default();
        let filled = missing(cut, from, to);
        let (Some(first), Some(last)) = (cut.first(), cut.last()) else {
            return 0;
        };
        let below = Hole {
            end: from,
            ..*first
        };
        let above = Hole { start: to, ..*last };
        let left = [below, above].into_iter();
        let left: ArrayVec<Hole, 2> = left.filter(|hole| before(hole.start, hole.end)).collect();
        self.all.splice(within, left);
        self.bound();
        filled
    }

    /// What the peer has acknowledged is missing only to the capture. It may
    /// still turn up a little late, but not after another window of data.
    pub fn forget_old(&mut self, acknowledgment: u32) {
        let is_old = |hole: &Hole| {
            !after(hole.end, acknowledgment) && distance(hole.end, acknowledgment) >= LATE_AT_MOST
        };
        let old = self.all.partition_point(is_old);
        self.all.drain(..old);
    }
}

/// Bytes of a range that lie in these holes.
fn missing(holes: &[Hole], from: u32, to: u32) -> u32 {
    holes
        .iter()
        .map(|hole| distance(later(hole.start, from), earlier(hole.end, to)))
        .fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(ranges: &[(u32, u32)]) -> Holes {
        let mut holes = Holes::default();
        for (start, end) in ranges {
            holes.open(Hole {
                start: *start,
                end: *end,
                ..Hole::default()
            });
        }
        holes
    }

    fn ranges(holes: &Holes) -> Vec<(u32, u32)> {
        holes
            .all
            .iter()
            .map(|hole| (hole.start, hole.end))
            .collect()
    }

    #[test]
    fn what_comes_is_taken_out_of_every_hole_that_it_touches() {
        // The numbers come round.
        let start = u32::MAX - 14;
        let at = |offset: u32| start.wrapping_add(offset);
        for (from, to, filled, left) in [
            (0, 10, 0, vec![(10, 20), (30, 40), (50, 60)]),
            (10, 20, 10, vec![(30, 40), (50, 60)]),
            (12, 15, 3, vec![(10, 12), (15, 20), (30, 40), (50, 60)]),
            (15, 55, 20, vec![(10, 15), (55, 60)]),
            (20, 30, 0, vec![(10, 20), (30, 40), (50, 60)]),
            (0, 99, 30, vec![]),
        ] {
            let mut holes = holes(&[(at(10), at(20)), (at(30), at(40)), (at(50), at(60))]);
            assert_eq!(holes.fill(at(from), at(to)), filled, "{from} {to}");
            let left: Vec<_> = left.into_iter().map(|(a, b)| (at(a), at(b))).collect();
            assert_eq!(ranges(&holes), left, "{from} {to}");
        }
    }

    #[test]
    fn holes_are_bounded_whether_they_are_opened_or_cut() {
        let mut holes = holes(&[(0, 4 * AT_MOST as u32)]);
        for byte in (0..4 * AT_MOST as u32).rev().step_by(2) {
            assert_eq!(holes.fill(byte, byte + 1), 1);
        }
        assert_eq!(holes.len(), AT_MOST);
        assert!(holes.all.capacity() <= 2 * AT_MOST);
        // After the first, each of the 2 × AT_MOST cuts makes one more.
        assert_eq!(holes.given_up() as usize, AT_MOST);
    }
}
