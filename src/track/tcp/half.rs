//! One direction of a connection: what its sender has put into the sequence
//! space, as far as the capture shows it, and what the peer acknowledged.

use std::collections::VecDeque;

use super::State;
use super::round_trip::RoundTrips;
use super::sequence::{after, before, distance, earlier, later};
use crate::track::{Offer, PacketNumber, Transmission};

/// Acknowledged segments that are still remembered, so that needless copies
/// of them find their original.
const KEPT_ACKNOWLEDGED: usize = 3;

/// Segments in flight that are remembered at the most: some 12 MB of full
/// segments. Beyond it the oldest lose their round-trip sample.
const KEPT_IN_FLIGHT: usize = 8192;

/// How far behind an acknowledgment a byte that the capture has not seen may
/// still turn up.
const LATE_AT_MOST: u32 = 1 << 16;

/// Holes that are remembered at the most in one direction.
const KEPT_HOLES: usize = 1024;

/// Control bits that take sequence space, with when they were sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    /// The sequence number of the SYN or FIN itself.
    pub sequence: u32,
    /// The packet that first carried it.
    pub packet: PacketNumber,
    /// When it was first sent.
    pub first_ns: u64,
    /// When it was last sent.
    pub last_ns: u64,
    /// How many times it was sent.
    pub attempts: u32,
    /// Data bytes in the first segment that carried it.
    pub payload: u32,
    /// Whether the peer acknowledged it.
    pub acknowledged: bool,
}

impl Control {
    pub fn new(sequence: u32, packet: PacketNumber, time_ns: u64, payload: u32) -> Self {
        Self {
            sequence,
            packet,
            first_ns: time_ns,
            last_ns: time_ns,
            attempts: 1,
            payload,
            acknowledged: false,
        }
    }
}

/// A data segment as it was first (and maybe again) sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub start: u32,
    pub end: u32,
    pub packet: PacketNumber,
    pub time_ns: u64,
    /// Sent more than once: no round-trip sample (Karn's rule).
    pub again: bool,
    /// The peer has it.
    pub acknowledged: bool,
}

/// What a data segment brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::track) struct Arrival {
    /// Data bytes never seen before.
    pub new: u32,
    /// Data bytes seen before.
    pub repeated: u32,
    /// Bytes missing before it, first seen missing now.
    pub gap: u32,
    /// Whether its new bytes begin where everything before them is known.
    pub in_order: bool,
}

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// The sender's state; `None` while nothing is known.
    pub state: Option<State>,
    /// The number that relative numbers count from; `None` until known.
    base: Option<u32>,
    /// Whether `base` is only what the peer's acknowledgment suggests.
    base_is_guess: bool,
    /// The initial sequence number, when the SYN was seen (or, of a SYN not
    /// captured, when the SYN-ACK tells it).
    pub initial: Option<u32>,
    /// Whether anything of this direction was captured.
    pub seen: bool,
    /// Behind the highest sequence number seen.
    pub next: u32,
    /// The highest acknowledgment that the peer sent.
    pub acknowledged: Option<u32>,
    /// The packet that brought it.
    pub acknowledged_by: PacketNumber,
    /// The SYN or SYN-ACK.
    pub syn: Option<Control>,
    /// Whether this side sent a SYN-ACK.
    pub answered: bool,
    /// What it offered.
    pub offer: Offer,
    /// The FIN.
    pub fin: Option<Control>,
    /// The last packet of this direction.
    pub last: PacketNumber,
    /// The last packet of this direction that carried data, and when.
    pub last_data: Option<(PacketNumber, u64)>,
    /// Segments sent again.
    pub resent: Transmission,
    /// Ranges below `next` that were never seen.
    holes: Vec<(u32, u32)>,
    /// Segments not yet acknowledged, and the last that were.
    sent: VecDeque<Sent>,
    /// Times from data to its acknowledgment.
    pub round_trips: RoundTrips,
}

impl Half {
    /// Sets where relative numbers count from, and where the sender stands,
    /// at the SYN.
    pub fn begin_with_syn(&mut self, initial: u32) {
        self.base = Some(initial);
        self.base_is_guess = false;
        self.initial = Some(initial);
        self.next = initial.wrapping_add(1);
    }

    /// Sets both from the first segment of a direction that had begun before.
    pub fn begin_mid_stream(&mut self, sequence: u32) {
        if self.base.is_none() || (self.base_is_guess && before(sequence, self.next)) {
            self.base = Some(sequence.wrapping_sub(1));
            self.next = sequence;
        } else if self.base_is_guess {
            // What lies between was sent, but not while the capture looked.
            self.next = sequence;
        }
        self.base_is_guess = false;
    }

    /// Sets both from an acknowledgment by the peer, before anything of this
    /// direction was captured.
    pub fn begin_from_acknowledgment(&mut self, acknowledgment: u32) {
        if self.base.is_none() {
            self.base = Some(acknowledgment.wrapping_sub(1));
            self.base_is_guess = true;
            self.next = acknowledgment;
        }
    }

    /// Whether the sender's place in the sequence space is known.
    pub fn has_begun(&self) -> bool {
        self.base.is_some()
    }

    /// A sequence number counted from the initial one.
    pub fn relative(&self, sequence: u32) -> Option<u32> {
        self.base.map(|base| sequence.wrapping_sub(base))
    }

    /// Bytes (and SYN, FIN) sent and not acknowledged, as far as captured.
    pub fn in_flight(&self) -> u32 {
        self.acknowledged
            .map_or(0, |acknowledged| distance(acknowledged, self.next))
    }

    /// Whether nothing below `next` is missing at the peer.
    pub fn is_contiguous(&self) -> bool {
        self.holes.iter().all(|(_, end)| {
            self.acknowledged
                .is_some_and(|acknowledged| !after(*end, acknowledged))
        })
    }

    /// The peer has bytes that were not captured: goes on behind them. They
    /// stay known as never seen, should the capture have them late.
    pub fn skip_to(&mut self, acknowledgment: u32) {
        if self.seen {
            self.open_hole(self.next, acknowledgment);
        }
        self.next = acknowledgment;
    }

    /// Takes in a data segment.
    pub fn data(&mut self, start: u32, length: u32, packet: PacketNumber, time_ns: u64) -> Arrival {
        let end = start.wrapping_add(length);
        let mut arrival = Arrival {
            in_order: !after(start, self.next) && self.is_contiguous(),
            ..Arrival::default()
        };
        let beyond = distance(later(start, self.next), end);
        arrival.new = beyond;
        if before(start, self.next) {
            let filled = self.fill(start, earlier(end, self.next));
            arrival.new += filled;
            arrival.repeated = length.saturating_sub(arrival.new);
        } else if after(start, self.next) {
            arrival.gap = start.wrapping_sub(self.next);
            self.open_hole(self.next, start);
        }
        if beyond > 0 {
            self.next = end;
        }
        if arrival.repeated > 0 {
            self.mark_again(start, end);
        }
        if arrival.new > 0 {
            self.remember(Sent {
                start,
                end,
                packet,
                time_ns,
                again: arrival.repeated > 0,
                acknowledged: false,
            });
        }
        self.last_data = Some((packet, time_ns));
        arrival
    }

    fn open_hole(&mut self, from: u32, to: u32) {
        if self.holes.len() < KEPT_HOLES {
            self.holes.push((from, to));
        }
    }

    /// What the peer has acknowledged is missing only to the capture. It may
    /// still turn up a little late, but not after another window of data.
    fn forget_old_holes(&mut self, acknowledgment: u32) {
        if !self.holes.is_empty() {
            self.holes.retain(|(_, end)| {
                after(*end, acknowledgment) || distance(*end, acknowledgment) < LATE_AT_MOST
            });
        }
    }

    /// Takes `from..to` out of the holes; gives how many bytes that were.
    fn fill(&mut self, from: u32, to: u32) -> u32 {
        if self.holes.is_empty() {
            return 0;
        }
        let mut filled = 0;
        let mut left = Vec::with_capacity(self.holes.len() + 1);
        for (start, end) in self.holes.drain(..) {
            let (cut_start, cut_end) = (later(start, from), earlier(end, to));
            if !before(cut_start, cut_end) {
                left.push((start, end));
                continue;
            }
            filled += cut_end.wrapping_sub(cut_start);
            if before(start, cut_start) {
                left.push((start, cut_start));
            }
            if before(cut_end, end) {
                left.push((cut_end, end));
            }
        }
        self.holes = left;
        filled
    }

    fn remember(&mut self, sent: Sent) {
        if self.sent.len() == KEPT_IN_FLIGHT {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }

    fn mark_again(&mut self, start: u32, end: u32) {
        for sent in &mut self.sent {
            if before(sent.start, end) && after(sent.end, start) {
                sent.again = true;
            }
        }
    }

    /// The segment that first held this sequence number, if remembered.
    pub fn original(&self, sequence: u32) -> Option<&Sent> {
        self.sent
            .iter()
            .find(|sent| !after(sent.start, sequence) && after(sent.end, sequence))
    }

    /// Takes in an acknowledgment by the peer; gives how much of it is new.
    pub fn acknowledge(&mut self, acknowledgment: u32, packet: PacketNumber, time_ns: u64) -> u32 {
        let from = match self.acknowledged {
            Some(known) if !after(acknowledgment, known) => return 0,
            Some(known) => known,
            // What was acknowledged before the capture began is not new.
            None => self.initial.unwrap_or(earlier(acknowledgment, self.next)),
        };
        self.acknowledged = Some(acknowledgment);
        self.acknowledged_by = packet;
        self.forget_old_holes(acknowledgment);
        self.sample_round_trip(acknowledgment, time_ns);
        distance(from, acknowledgment)
    }

    /// The newest segment that this acknowledges gives a sample, unless any of
    /// those that it acknowledges was sent again (Karn's rule, RFC 6298
    /// section 3).
    fn sample_round_trip(&mut self, acknowledgment: u32, time_ns: u64) {
        let covered = self
            .sent
            .iter()
            .take_while(|sent| !after(sent.end, acknowledgment))
            .count();
        let mut newest = None;
        let mut again = false;
        for sent in self
            .sent
            .iter_mut()
            .take(covered)
            .filter(|sent| !sent.acknowledged)
        {
            sent.acknowledged = true;
            again |= sent.again;
            newest = Some(sent.time_ns);
        }
        if let (Some(sent_ns), false) = (newest, again) {
            self.round_trips.add(time_ns.saturating_sub(sent_ns));
        }
        for _ in KEPT_ACKNOWLEDGED..covered {
            self.sent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(initial: u32) -> Half {
        let mut half = Half::default();
        half.begin_with_syn(initial);
        half
    }

    #[test]
    fn bytes_in_order_are_new() {
        let mut half = half(999);
        let arrival = half.data(1000, 100, 1, 0);
        assert_eq!(
            arrival,
            Arrival {
                new: 100,
                in_order: true,
                ..Arrival::default()
            }
        );
        assert_eq!(half.next, 1100);
    }

    #[test]
    fn a_gap_is_counted_once_and_filled_across_the_wrap() {
        let mut half = half(0xffff_ffef);
        assert_eq!(half.data(0x10, 10, 1, 0).gap, 0x20);
        assert_eq!(half.data(0x1a, 10, 2, 0).gap, 0);
        assert!(!half.is_contiguous());
        let late = half.data(0xffff_fff0, 0x20, 3, 0);
        assert_eq!((late.new, late.repeated, late.gap), (0x20, 0, 0));
        assert!(half.is_contiguous());
    }

    #[test]
    fn a_copy_is_repeated_and_finds_its_original() {
        let mut half = half(999);
        half.data(1000, 100, 7, 0);
        half.data(1100, 100, 8, 0);
        let copy = half.data(1100, 150, 9, 0);
        assert_eq!((copy.new, copy.repeated), (50, 100));
        assert_eq!(half.original(1100).map(|sent| sent.packet), Some(8));
    }

    #[test]
    fn a_segment_that_covers_a_hole_and_more_counts_each_byte_once() {
        let mut half = half(999);
        half.data(1000, 10, 1, 0);
        half.data(1020, 10, 2, 0);
        half.data(1040, 10, 3, 0);
        let late = half.data(1005, 40, 4, 0);
        assert_eq!((late.new, late.repeated), (20, 20));
        assert!(half.is_contiguous());
    }

    #[test]
    fn a_segment_sent_again_gives_no_round_trip_sample() {
        let mut half = half(999);
        half.data(1000, 100, 1, 0);
        half.data(1000, 100, 2, 50);
        half.acknowledge(1100, 3, 80);
        assert_eq!(half.round_trips.summary().samples, 0);
        half.data(1100, 100, 4, 100);
        half.acknowledge(1200, 5, 130);
        assert_eq!(half.round_trips.summary().max_ns, 30);
    }

    #[test]
    fn acknowledged_segments_are_forgotten_but_for_the_last() {
        let mut half = half(999);
        for number in 0..100 {
            half.data(1000 + number * 10, 10, number.into(), 0);
        }
        // The SYN counts one.
        assert_eq!(half.acknowledge(2000, 200, 1), 1001);
        assert_eq!(half.sent.len(), KEPT_ACKNOWLEDGED);
        assert!(half.original(1995).is_some());
        assert_eq!(half.acknowledge(2000, 201, 2), 0);
    }
}
