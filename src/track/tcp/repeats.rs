//! What a sender has sent again, each time by itself: kept until two round trips
//! after it was acknowledged, so that what shows later that it was needless
//! finds it: a D-SACK (RFC 2883), or an acknowledgment that echoes the timestamp
//! of the original (the Eifel detection, RFC 3522).

use serde::{Deserialize, Serialize};

use super::sequence::{after, before, earlier, later};
use crate::track::PacketNumber;
use crate::track::dormant::near;

/// Transmissions that are remembered at the most in one direction.
const AT_MOST: usize = 1024;

/// Acknowledged ones are kept at least as long, whatever the round trip is
/// thought to be.
const KEPT_AT_LEAST_NS: u64 = 1_000_000_000;

/// One segment that was sent again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repeat {
    #[serde(with = "near::sequence")]
    pub start: u32,
    #[serde(with = "near::sequence")]
    pub end: u32,
    /// The packet that first carried its first byte, if it was captured.
    #[serde(with = "near::packet::optional")]
    pub original: Option<PacketNumber>,
    /// The packet that sent it again.
    #[serde(with = "near::packet")]
    pub packet: PacketNumber,
    /// The timestamp that this packet bears.
    pub timestamp: Option<u32>,
    /// Segments that it makes on the wire.
    pub segments: u32,
    /// So many of its bytes are known to have been sent needlessly.
    needless: u32,
    /// Of so many of them a D-SACK has told.
    reported: u32,
    /// The original came after it, in this packet.
    #[serde(with = "near::packet::optional")]
    overtaken: Option<PacketNumber>,
    /// When it was acknowledged.
    acknowledged_ns: Option<u64>,
}

/// What shows that a segment was sent again needlessly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needless {
    /// The packet that sent it again.
    pub packet: PacketNumber,
    /// The packet that it repeats.
    pub original: Option<PacketNumber>,
    /// Bytes that were not known to be needless before.
    pub bytes: u32,
    /// Segments that they make on the wire.
    pub segments: u32,
}

impl Repeat {
    /// A segment as it is sent again; `is_needless`: it had been acknowledged
    /// before.
    pub fn new(
        (start, end): (u32, u32),
        (original, packet): (Option<PacketNumber>, PacketNumber),
        timestamp: Option<u32>,
        segments: u32,
        is_needless: bool,
    ) -> Self {
        Self {
            start,
            end,
            original,
            packet,
            timestamp,
            segments,
            needless: if is_needless {
                end.wrapping_sub(start)
            } else {
                0
            },
            reported: 0,
            overtaken: None,
            acknowledged_ns: None,
        }
    }

    fn bytes(&self) -> u32 {
        self.end.wrapping_sub(self.start)
    }

    fn overlaps(&self, start: u32, end: u32) -> bool {
        before(self.start, end) && after(self.end, start)
    }

    /// Some of its bytes turn out to be needless; gives what is new of them.
    fn prove(&mut self, bytes: u32) -> Option<Needless> {
        let known = self.needless;
        self.needless = known.saturating_add(bytes).min(self.bytes());
        let news = self.needless - known;
        // Whole segments: each of those that a network card makes of one is
        // reported by itself.
        let in_segments = |bytes: u32| {
            let all = u64::from(self.bytes().max(1));
            (u64::from(bytes) * u64::from(self.segments)).div_ceil(all) as u32
        };
        (news > 0).then(|| Needless {
            packet: self.packet,
            original: self.original,
            bytes: news,
            segments: in_segments(self.needless) - in_segments(known),
        })
    }
}

/// What was sent again in one direction, in the order of packets.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Repeats {
    all: Vec<Repeat>,
    /// Transmissions that were one too many.
    given_up: u32,
}

impl Repeats {
    /// One more. `round_trip_ns`: from end to end, if it is known.
    pub fn add(&mut self, repeat: Repeat, time_ns: u64, round_trip_ns: Option<u64>) {
        let kept_ns = round_trip_ns.map_or(0, |time| time.saturating_mul(2));
        let kept_ns = kept_ns.max(KEPT_AT_LEAST_NS);
        self.all.retain(|known| {
            known
                .acknowledged_ns
                .is_none_or(|since_ns| time_ns.saturating_sub(since_ns) <= kept_ns)
        });
        if self.all.len() >= AT_MOST {
            self.all.remove(0);
            self.given_up = self.given_up.saturating_add(1);
        }
        self.all.push(repeat);
    }

    /// Transmissions that were one too many.
    pub fn given_up(&self) -> u32 {
        self.given_up
    }

    /// Whether all of them are acknowledged: what comes next tells nothing new
    /// of them but by a D-SACK.
    pub fn are_acknowledged(&self) -> bool {
        self.all.iter().all(|known| known.acknowledged_ns.is_some())
    }

    /// The original of what was sent again came after it, in this packet.
    pub fn overtook(&mut self, start: u32, end: u32, packet: PacketNumber, time_ns: u64) {
        match self
            .all
            .iter_mut()
            .rfind(|known| known.overlaps(start, end))
        {
            Some(known) => known.overtaken = Some(packet),
            // What came first was not known to be sent again.
            None => {
                let repeat = Repeat::new((start, end), (None, packet), None, 1, true);
                self.add(repeat, time_ns, None);
            }
        }
    }

    /// How often this byte was sent again.
    pub fn count(&self, sequence: u32) -> u32 {
        let end = sequence.wrapping_add(1);
        let of_it = self
            .all
            .iter()
            .filter(|known| known.overlaps(sequence, end));
        u32::try_from(of_it.count()).unwrap_or(u32::MAX)
    }

    /// Takes in an acknowledgment of everything up to here, where `from` was the
    /// first byte not acknowledged before. Where it echoes a timestamp older
    /// than that of the first time that `from` was sent again, the original had
    /// arrived (RFC 3522, section 3.2): gives what was needless then.
    pub fn acknowledge(
        &mut self,
        from: u32,
        to: u32,
        echo: Option<u32>,
        time_ns: u64,
    ) -> Vec<Needless> {
        let holds_first = |known: &Repeat| known.overlaps(from, from.wrapping_add(1));
        let first = self.all.iter().find(|known| holds_first(known));
        let first_timestamp = first.and_then(|known| known.timestamp);
        let is_of_original = echo
            .zip(first_timestamp)
            .is_some_and(|(echo, first)| before(echo, first));
        let mut needless = Vec::new();
        for known in &mut self.all {
            if after(known.end, to) {
                continue;
            }
            known.acknowledged_ns.get_or_insert(time_ns);
            if is_of_original && holds_first(known) {
                needless.extend(known.prove(known.bytes()));
            }
        }
        needless
    }

    /// A D-SACK reports that these bytes arrived twice. Gives the packet that
    /// brought them the second time, and what is known to be needless by it.
    pub fn arrived_twice(
        &mut self,
        start: u32,
        end: u32,
        echo: Option<u32>,
    ) -> Option<(PacketNumber, Option<Needless>)> {
        let is_news = |known: &Repeat| known.reported < known.bytes();
        let is_echoed = |known: &Repeat| echo.is_some() && known.timestamp == echo;
        // The segment that made the receiver say so is echoed; without
        // timestamps, it is the last that nothing else has reported.
        let best = self
            .all
            .iter_mut()
            .filter(|known| known.overlaps(start, end))
            .max_by_key(|known| (is_news(known), is_echoed(known), known.packet))?;
        let bytes = earlier(best.end, end).wrapping_sub(later(best.start, start));
        best.reported = best.reported.saturating_add(bytes);
        let second = best.overtaken.unwrap_or(best.packet);
        Some((second, best.prove(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeat(start: u32, packet: PacketNumber, timestamp: Option<u32>) -> Repeat {
        Repeat::new((start, start + 100), (Some(1), packet), timestamp, 1, false)
    }

    #[test]
    fn a_d_sack_finds_what_it_reports_long_after_others_were_acknowledged() {
        let mut repeats = Repeats::default();
        for nth in 0..50 {
            repeats.add(repeat(nth * 100, 100 + u64::from(nth), None), 0, None);
        }
        assert_eq!(repeats.acknowledge(0, 5000, None, 10), []);
        let (second, needless) = repeats.arrived_twice(700, 800, None).expect("it is known");
        assert_eq!(second, 107);
        assert_eq!(needless.map(|needless| needless.bytes), Some(100));
        // A second report of it tells nothing new.
        assert_eq!(repeats.arrived_twice(700, 800, None), Some((107, None)));
        assert_eq!(repeats.arrived_twice(9000, 9100, None), None);
    }

    #[test]
    fn two_needless_transmissions_are_told_by_two_reports() {
        let mut repeats = Repeats::default();
        repeats.add(repeat(0, 5, Some(50)), 0, None);
        repeats.add(repeat(0, 9, Some(90)), 0, None);
        let mut told = |echo| {
            repeats
                .arrived_twice(0, 100, Some(echo))
                .map(|(packet, _)| packet)
        };
        assert_eq!(told(50), Some(5));
        assert_eq!(told(90), Some(9));
    }

    #[test]
    fn what_was_known_to_be_needless_is_reported_all_the_same() {
        let mut repeats = Repeats::default();
        repeats.add(repeat(0, 5, None), 0, None);
        let known = Repeat::new((0, 100), (Some(5), 9), None, 1, true);
        repeats.add(known, 0, None);
        assert_eq!(repeats.arrived_twice(0, 100, None), Some((9, None)));
    }

    #[test]
    fn an_original_that_comes_last_is_what_arrived_twice() {
        let mut repeats = Repeats::default();
        repeats.add(repeat(0, 5, None), 0, None);
        repeats.overtook(0, 100, 8, 0);
        repeats.overtook(500, 600, 9, 0);
        let second = |found: Option<(PacketNumber, _)>| found.map(|(packet, _)| packet);
        assert_eq!(second(repeats.arrived_twice(0, 100, None)), Some(8));
        assert_eq!(second(repeats.arrived_twice(500, 600, None)), Some(9));
    }

    #[test]
    fn segments_that_a_network_card_makes_of_one_are_reported_one_by_one() {
        let mut repeats = Repeats::default();
        let large = Repeat::new((0, 300), (None, 7), None, 3, false);
        repeats.add(large, 0, None);
        for start in [0, 100, 200] {
            let (_, needless) = repeats
                .arrived_twice(start, start + 100, None)
                .expect("known");
            let counted = needless.map(|needless| (needless.bytes, needless.segments));
            assert_eq!(counted, Some((100, 1)), "{start}");
        }
    }

    #[test]
    fn an_older_echo_shows_that_the_original_had_arrived() {
        let mut repeats = Repeats::default();
        repeats.add(repeat(0, 5, Some(50)), 0, None);
        repeats.add(repeat(100, 6, Some(51)), 0, None);
        let needless = repeats.acknowledge(0, 200, Some(49), 10);
        let packets: Vec<_> = needless.iter().map(|needless| needless.packet).collect();
        assert_eq!(packets, [5], "of the second nothing is known");
        let mut repeats = Repeats::default();
        repeats.add(repeat(0, 5, Some(50)), 0, None);
        assert_eq!(repeats.acknowledge(0, 100, Some(50), 10), []);
    }

    #[test]
    fn what_was_acknowledged_is_forgotten_after_two_round_trips() {
        let mut repeats = Repeats::default();
        repeats.add(repeat(0, 5, None), 0, None);
        repeats.acknowledge(0, 100, None, 1_000);
        let round_trip_ns = 2_000_000_000;
        repeats.add(repeat(100, 6, None), 4_000_001_000, Some(round_trip_ns));
        assert!(repeats.arrived_twice(0, 100, None).is_some());
        repeats.add(repeat(100, 7, None), 4_000_001_001, Some(round_trip_ns));
        assert!(repeats.arrived_twice(0, 100, None).is_none());
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let mut repeats = Repeats::default();
        for nth in 0..3000 {
            repeats.add(repeat(nth * 100, nth.into(), None), 0, None);
        }
        assert_eq!(repeats.all.len(), AT_MOST);
        assert_eq!(repeats.given_up() as usize, 3000 - AT_MOST);
        assert!(repeats.arrived_twice(299_900, 300_000, None).is_some());
    }
}
