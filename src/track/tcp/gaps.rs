//! Bytes that should have come and have not: each hole with what first showed
//! it, so that what fills it can be judged.

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
    /// Segments that came since.
    pub overtaken: u32,
}

/// The holes of one direction, lowest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Holes(Vec<Hole>);

impl Holes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether all of them lie below what the peer has acknowledged: missing
    /// to the capture, not to the peer.
    pub fn all_below(&self, acknowledged: Option<u32>) -> bool {
        self.0
            .iter()
            .all(|hole| acknowledged.is_some_and(|acknowledged| !after(hole.end, acknowledged)))
    }

    /// A new hole, behind all others.
    pub fn open(&mut self, hole: Hole) {
        if self.0.len() < AT_MOST {
            self.0.push(hole);
        }
    }

    /// The first byte that is missing.
    pub fn lowest(&self) -> Option<u32> {
        self.0.first().map(|hole| hole.start)
    }

    /// One more segment came while they stood.
    pub fn overtake(&mut self) {
        for hole in &mut self.0 {
            hole.overtaken = hole.overtaken.saturating_add(1);
        }
    }

    /// The first hole that overlaps the range.
    pub fn at(&self, from: u32, to: u32) -> Option<&Hole> {
        self.0
            .iter()
            .find(|hole| before(hole.start, to) && after(hole.end, from))
    }

    /// Bytes missing in the range.
    pub fn missing(&self, from: u32, to: u32) -> u32 {
        self.0
            .iter()
            .map(|hole| distance(later(hole.start, from), earlier(hole.end, to)))
            .fold(0, u32::saturating_add)
    }

    /// The first byte behind `from` that is missing too.
    pub fn next_start(&self, from: u32) -> Option<u32> {
        self.0
            .iter()
            .map(|hole| hole.start)
            .find(|start| !before(*start, from))
    }

    /// Takes a range out; gives how many bytes of it had been missing.
    pub fn fill(&mut self, from: u32, to: u32) -> u32 {
        if self.0.is_empty() {
            return 0;
        }
        let mut filled = 0;
        let mut left = Vec::with_capacity(self.0.len() + 1);
        for hole in self.0.drain(..) {
            let (cut_start, cut_end) = (later(hole.start, from), earlier(hole.end, to));
            if !before(cut_start, cut_end) {
                left.push(hole);
                continue;
            }
            filled += cut_end.wrapping_sub(cut_start);
            if before(hole.start, cut_start) {
                left.push(Hole {
                    end: cut_start,
                    ..hole
                });
            }
            if before(cut_end, hole.end) {
                left.push(Hole {
                    start: cut_end,
                    ..hole
                });
            }
        }
        self.0 = left;
        filled
    }

    /// What the peer has acknowledged is missing only to the capture. It may
    /// still turn up a little late, but not after another window of data.
    pub fn forget_old(&mut self, acknowledgment: u32) {
        if !self.0.is_empty() {
            self.0.retain(|hole| {
                after(hole.end, acknowledgment) || distance(hole.end, acknowledgment) < LATE_AT_MOST
            });
        }
    }
}
