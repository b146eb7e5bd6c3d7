//! Whether nearly every packet of a recording stands in it twice: a bit for each
//! of the latest packets of the whole capture. Every part has the same, so that
//! all of them judge alike.

use super::copies::NEAR_NS;

/// So few packets do not show that nearly every one stands twice.
const FEW: u64 = 8;

/// How many of the latest packets are looked at.
const LATEST: u64 = 64;

/// Places for packets, each found by its contents: those of a millisecond, on a
/// fast link.
const PLACES: usize = 4_096;

/// A packet that came with its place, and with the first of its twins.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    contents: u64,
    time_ns: u64,
}

/// The latest packets.
#[derive(Debug)]
pub(super) struct Twins {
    seen: Vec<Seen>,
    packets: u64,
    /// Of the latest, which came soon after one with the same contents: a bit
    /// each, the lowest the last.
    latest: u64,
}

impl Default for Twins {
    fn default() -> Self {
        Self {
            seen: vec![Seen::default(); PLACES],
            packets: 0,
            latest: 0,
        }
    }
}

impl Twins {
    /// The next packet of the capture, with the hash of its contents.
    pub fn add(&mut self, contents: u64, time_ns: u64) {
        // The copies' table uses the upper bits.
        let place = contents as usize % PLACES;
        let Some(seen) = self.seen.get_mut(place) else {
            return;
        };
        let is_alike = self.packets > 0 && seen.contents == contents;
        let is_twin = is_alike && time_ns.abs_diff(seen.time_ns) < NEAR_NS;
        if !is_twin {
            *seen = Seen { contents, time_ns };
        }
        self.packets += 1;
        self.latest = self.latest << 1 | u64::from(is_twin);
    }

    /// Whether nearly every one of the latest packets stands twice.
    pub fn is_nearly_every(&self) -> bool {
        let latest = self.packets.min(LATEST);
        let twice = u64::from(self.latest.count_ones()) * 2;
        self.packets >= FEW && twice * 10 >= latest * 9 && twice * 10 <= latest * 11
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twins(packets: impl IntoIterator<Item = (u64, u64)>) -> Twins {
        let mut twins = Twins::default();
        for (contents, time_ns) in packets {
            twins.add(contents, time_ns);
        }
        twins
    }

    #[test]
    fn a_recording_that_has_each_packet_twice_is_known_by_it() {
        let twice = (1..=100).flat_map(|number| [(number, number * 10), (number, number * 10 + 1)]);
        assert!(twins(twice).is_nearly_every());
        let once = (1..=200).map(|number| (number, number));
        assert!(!twins(once).is_nearly_every());
        let thrice = (1..=100).flat_map(|number| [(number, number); 3]);
        assert!(!twins(thrice).is_nearly_every());
    }

    #[test]
    fn what_comes_again_after_a_round_trip_is_no_twin() {
        let later = NEAR_NS + 1;
        let again = (1..=100_u64).flat_map(|number| {
            let at = number * 10 * later;
            [(number, at), (number, at + later)]
        });
        assert!(!twins(again).is_nearly_every());
    }
}
