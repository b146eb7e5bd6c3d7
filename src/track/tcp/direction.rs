//! One direction of a connection: what its sender has put into the sequence
//! space, as far as the capture shows it, and what the peer acknowledged.

use super::State;
use super::acceptable::Refused;
use super::dead_peer::Unheard;
use super::flow_control::Advertised;
use super::gaps::{Hole, Holes};
use super::heartbeat::Beats;
use super::icmp_errors::PathMtu;
use super::in_flight::{Sent, SentSegments, Taken};
use super::recovery::Recovery;
use super::repeats::{Needless, Repeats};
use super::round_trip::RoundTrips;
use super::segment::Segment;
use super::send_order::{Mark, Marks};
use super::sequence::{after, before, distance, earlier, later};
use super::timer::Estimate;
use super::transfer::Progress;
use crate::track::dormant::near;
use crate::track::{GivenUp, Offer, PacketNumber, Transmission};
use serde::{Deserialize, Serialize};

/// An acknowledgment that comes a day after what it acknowledges measures no
/// round trip.
const LONGEST_ROUND_TRIP_NS: u64 = 86_400_000_000_000;

/// Control bits that take sequence space, with when they were sent.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Control {
    /// The sequence number of the SYN or FIN itself.
    #[serde(with = "near::sequence")]
    pub sequence: u32,
    /// The packet that first carried it.
    #[serde(with = "near::packet")]
    pub packet: PacketNumber,
    /// The packet that last carried it.
    #[serde(with = "near::packet")]
    pub last: PacketNumber,
    /// When it was first sent.
    #[serde(with = "near::time")]
    pub first_ns: u64,
    /// When it was last sent.
    #[serde(with = "near::time")]
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
            last: packet,
            first_ns: time_ns,
            last_ns: time_ns,
            attempts: 1,
            payload,
            acknowledged: false,
        }
    }
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

impl Arrival {
    /// Of the segment that is due next, with so much data.
    pub fn due(length: u32) -> Self {
        Self {
            new: length,
            in_order: length > 0,
            ..Self::default()
        }
    }
}

/// One direction. What nearly every segment reads or writes stands together in
/// front: several hundred connections take turns in the processor's cache.
#[derive(Debug, Default, Serialize, Deserialize)]
#[repr(C)]
pub(super) struct Half {
    /// Behind the highest sequence number seen.
    #[serde(with = "near::sequence")]
    pub next: u32,
    /// The highest acknowledgment that the peer sent.
    #[serde(with = "near::sequence::optional")]
    pub acknowledged: Option<u32>,
    /// The initial sequence number, when the SYN was seen (or, of a SYN not
    /// captured, when the SYN-ACK tells it).
    #[serde(with = "near::sequence::optional")]
    pub initial: Option<u32>,
    /// The number that relative numbers count from; `None` until known.
    #[serde(with = "near::sequence::optional")]
    base: Option<u32>,
    /// What was acknowledged is more than the SYN: where the numbers began says
    /// nothing of it any more, for they come round.
    pub past_syn: bool,
    /// The sender's state; `None` while nothing is known.
    pub state: Option<State>,
    /// Its time to live.
    pub time_to_live: u8,
    /// Whether anything of this direction was captured.
    pub seen: bool,
    /// The receive window that this side announces.
    pub advertised: Advertised,
    /// The packet that brought the highest acknowledgment.
    #[serde(with = "near::packet")]
    pub acknowledged_by: PacketNumber,
    /// The last packet of this direction.
    #[serde(with = "near::packet")]
    pub last: PacketNumber,
    /// When something of this direction that takes sequence space or
    /// acknowledges was last seen.
    #[serde(with = "near::time")]
    pub last_ns: u64,
    /// The last packet of this direction that carried data, and when.
    #[serde(with = "near::moment")]
    pub last_data: Option<(PacketNumber, u64)>,
    /// Payload bytes, each counted once.
    pub unique_bytes: u64,
    /// Identifications and timestamps of what came in order.
    pub marks: Marks,
    /// Segments not yet acknowledged, and the last that were.
    pub sent: SentSegments,
    /// The sender's timer.
    pub estimate: Estimate,
    /// What the sender does about loss.
    pub recovery: Recovery,
    /// How its data goes, from the first on.
    pub progress: Option<Box<Progress>>,
    /// Times from data to its acknowledgment.
    pub round_trips: Option<Box<RoundTrips>>,
    /// The sample that the last acknowledgment of something new gave.
    #[serde(skip)]
    pub sample_ns: Option<u64>,
    /// Small messages at a steady period.
    pub beats: Option<Box<Beats>>,
    /// What it offered.
    pub offer: Offer,
    /// Whether the recording has cut what it offered.
    pub offer_cut: bool,
    /// Whether `base` is only what the peer's acknowledgment suggests.
    base_is_guess: bool,
    /// Whether this side sent a SYN-ACK.
    pub answered: bool,
    /// The SYN or SYN-ACK.
    pub syn: Option<Control>,
    /// The FIN.
    pub fin: Option<Control>,
    /// Segments sent again.
    pub resent: Transmission,
    /// Those of them that are known to have been needless.
    pub spurious: Transmission,
    /// What was sent again and may prove needless.
    pub repeats: Option<Box<Repeats>>,
    /// Payload bytes that came after the peer's FIN, each counted once.
    pub after_peer_fin: u64,
    /// Ranges below `next` that were never seen.
    pub holes: Holes,
    /// What was sent again since the peer was last heard.
    pub unheard: Option<Box<Unheard>>,
    /// What of it was too big for a link, or seems so.
    pub path_mtu: Option<Box<PathMtu>>,
    /// The last segment of this direction that the peer did not take, until it
    /// is answered.
    pub refused: Option<Box<Refused>>,
    /// It repeated what it would not have, had it received what was sent to it:
    /// until it answers, what is sent to it proves nothing of its state.
    pub doubted: bool,
    /// The peer did not take something of this direction.
    pub was_refused: bool,
}

impl Half {
    /// What of it was more than is followed of one connection.
    pub fn given_up(&self) -> GivenUp {
        let repeats = self.repeats.as_ref();
        GivenUp {
            gaps: self.holes.given_up(),
            in_flight: self.sent.given_up(),
            sent_again: repeats.map_or(0, |repeats| repeats.given_up()),
        }
    }

    /// This is its last segment now.
    pub fn is_last(&mut self, segment: &Segment<'_>) {
        self.last = segment.number;
        self.last_ns = segment.time_ns;
        self.time_to_live = segment.time_to_live;
    }

    /// This is its last segment now, and came in order.
    pub fn is_next(&mut self, segment: &Segment<'_>) {
        self.is_last(segment);
        self.marks.add(segment.mark());
    }

    /// Sets where relative numbers count from, and where the sender stands,
    /// at the SYN.
    pub fn begin_with_syn(&mut self, initial: u32) {
        self.base = Some(initial);
        self.base_is_guess = false;
        self.initial = Some(initial);
        self.past_syn = false;
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

    /// Bytes (and FIN) sent and not acknowledged, as far as captured.
    pub fn in_flight(&self) -> u32 {
        let Some(acknowledged) = self.acknowledged else {
            return 0;
        };
        let from = match self.initial {
            Some(initial) if !self.past_syn => later(acknowledged, initial.wrapping_add(1)),
            _ => acknowledged,
        };
        distance(from, self.next)
    }

    /// Bytes sent and not acknowledged, as far as captured; a FIN is none.
    pub fn bytes_in_flight(&self) -> u32 {
        let fin = self
            .fin
            .filter(|fin| !fin.acknowledged && before(fin.sequence, self.next));
        self.in_flight().saturating_sub(u32::from(fin.is_some()))
    }

    /// Whether nothing below `next` is missing at the peer.
    pub fn is_contiguous(&self) -> bool {
        self.holes.all_below(self.acknowledged)
    }

    /// The peer has bytes that were not captured: goes on behind them. They
    /// stay known as never seen, should the capture have them late.
    pub fn skip_to(&mut self, acknowledgment: u32, packet: PacketNumber, time_ns: u64) {
        if self.seen {
            self.open_hole(acknowledgment, packet, time_ns, Mark::default());
        }
        self.next = acknowledgment;
    }

    /// What was recorded first of a direction stood one below the number that is
    /// acknowledged, and had no data: a keep-alive, not a byte that the recording
    /// missed. Goes on behind it.
    pub fn began_with_probe(&mut self, acknowledgment: u32) -> bool {
        let is_probe = self.seen
            && self.initial.is_none()
            && self.last_data.is_none()
            && self.fin.is_none()
            && self.acknowledged.is_none()
            && acknowledgment == self.next.wrapping_add(1);
        if is_probe {
            self.next = acknowledgment;
        }
        is_probe
    }

    /// A segment without data stands behind bytes that were not seen; gives
    /// how many.
    pub fn jump(&mut self, start: u32, packet: PacketNumber, time_ns: u64, mark: Mark) -> u32 {
        let gap = distance(self.next, start);
        if gap > 0 {
            self.open_hole(start, packet, time_ns, mark);
            self.next = start;
        }
        gap
    }

    /// Takes in a data segment.
    pub fn data(
        &mut self,
        start: u32,
        length: u32,
        packet: PacketNumber,
        time_ns: u64,
        mark: Mark,
    ) -> Arrival {
        let end = start.wrapping_add(length);
        let mut arrival = Arrival {
            in_order: !after(start, self.next) && self.is_contiguous(),
            ..Arrival::default()
        };
        let beyond = distance(later(start, self.next), end);
        arrival.new = beyond;
        if before(start, self.next) {
            arrival.new += self.holes.fill(start, earlier(end, self.next));
            arrival.repeated = length.saturating_sub(arrival.new);
        } else if after(start, self.next) {
            arrival.gap = start.wrapping_sub(self.next);
            self.open_hole(start, packet, time_ns, mark);
        }
        if beyond > 0 {
            self.next = end;
            self.holes.overtake();
        }
        if arrival.repeated > 0 {
            self.sent
                .send_again(start, end, packet, time_ns, mark.timestamp);
        }
        if arrival.repeated == 0 && arrival.new > 0 {
            self.remember(start, end, packet, time_ns, mark);
        } else if beyond > 0 {
            self.remember(end.wrapping_sub(beyond), end, packet, time_ns, mark);
        }
        self.last_data = Some((packet, time_ns));
        arrival
    }

    /// Segments that were sent again turn out to have been needless.
    pub fn count_needless(&mut self, needless: Needless) {
        self.spurious.segments += u64::from(needless.segments);
        self.spurious.bytes += u64::from(needless.bytes);
    }

    /// Takes in data that begins at `next`, where nothing is missing.
    pub fn data_in_order(&mut self, segment: &Segment<'_>) {
        self.sent.add_due(self.next, segment);
        self.next = self.next.wrapping_add(segment.tcp.payload_length);
        self.last_data = Some((segment.number, segment.time_ns));
    }

    fn remember(&mut self, start: u32, end: u32, packet: PacketNumber, time_ns: u64, mark: Mark) {
        self.sent.add(Sent::new(start, end, packet, time_ns, mark));
    }

    fn open_hole(&mut self, end: u32, seen_at: PacketNumber, since_ns: u64, mark: Mark) {
        self.holes.open(Hole {
            start: self.next,
            end,
            seen_at,
            since_ns,
            mark,
            ..Hole::default()
        });
    }

    /// Takes in an acknowledgment by the peer; gives how much of it is new,
    /// and what it took.
    pub fn acknowledge(
        &mut self,
        acknowledgment: u32,
        packet: PacketNumber,
        time_ns: u64,
        echo: Option<u32>,
    ) -> (u32, Taken) {
        let from = match self.acknowledged {
            Some(known) if !after(acknowledgment, known) => return (0, Taken::default()),
            Some(known) => known,
            // What was acknowledged before the capture began is not new.
            None => self.initial.unwrap_or(earlier(acknowledgment, self.next)),
        };
        let taken = self.advance(acknowledgment, packet, time_ns, echo);
        (distance(from, acknowledgment), taken)
    }

    fn advance(
        &mut self,
        acknowledgment: u32,
        packet: PacketNumber,
        time_ns: u64,
        echo: Option<u32>,
    ) -> Taken {
        let is_past = |initial| after(acknowledgment, initial);
        self.past_syn = self.past_syn || self.initial.is_none_or(is_past);
        self.holes.forget_old(acknowledgment);
        self.take_acknowledged(acknowledgment, packet, time_ns, echo)
    }

    /// Takes in an acknowledgment of something new, where no more is missing.
    pub fn take_acknowledged(
        &mut self,
        acknowledgment: u32,
        packet: PacketNumber,
        time_ns: u64,
        echo: Option<u32>,
    ) -> Taken {
        self.acknowledged = Some(acknowledgment);
        self.acknowledged_by = packet;
        let taken = self.sent.acknowledge(acknowledgment, echo);
        self.sample_ns = None;
        if let Some(sent_ns) = taken.sample_from_ns {
            let sample_ns = time_ns.saturating_sub(sent_ns);
            if sample_ns < LONGEST_ROUND_TRIP_NS {
                self.round_trips.get_or_insert_default().add(sample_ns);
                self.estimate.add(sample_ns);
                self.sample_ns = Some(sample_ns);
            }
        }
        taken
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
        let arrival = half.data(1000, 100, 1, 0, Mark::default());
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
        assert_eq!(half.data(0x10, 10, 1, 0, Mark::default()).gap, 0x20);
        assert_eq!(half.data(0x1a, 10, 2, 0, Mark::default()).gap, 0);
        assert!(!half.is_contiguous());
        let late = half.data(0xffff_fff0, 0x20, 3, 0, Mark::default());
        assert_eq!((late.new, late.repeated, late.gap), (0x20, 0, 0));
        assert!(half.is_contiguous());
    }

    #[test]
    fn a_copy_is_repeated_and_finds_its_original() {
        let mut half = half(999);
        half.data(1000, 100, 7, 0, Mark::default());
        half.data(1100, 100, 8, 0, Mark::default());
        let copy = half.data(1100, 150, 9, 0, Mark::default());
        assert_eq!((copy.new, copy.repeated), (50, 100));
        assert_eq!(half.sent.find(1100).map(|sent| sent.packet), Some(8));
    }

    #[test]
    fn a_segment_that_covers_a_hole_and_more_counts_each_byte_once() {
        let mut half = half(999);
        half.data(1000, 10, 1, 0, Mark::default());
        half.data(1020, 10, 2, 0, Mark::default());
        half.data(1040, 10, 3, 0, Mark::default());
        let late = half.data(1005, 40, 4, 0, Mark::default());
        assert_eq!((late.new, late.repeated), (20, 20));
        assert!(half.is_contiguous());
    }

    #[test]
    fn a_segment_sent_again_gives_no_round_trip_sample() {
        let mut half = half(999);
        half.data(1000, 100, 1, 0, Mark::default());
        half.data(1000, 100, 2, 50, Mark::default());
        half.acknowledge(1100, 3, 80, None);
        assert!(half.round_trips.is_none());
        half.data(1100, 100, 4, 100, Mark::default());
        half.acknowledge(1200, 5, 130, None);
        assert_eq!(
            half.round_trips.map(|times| times.summary().max_ns),
            Some(30)
        );
    }

    #[test]
    fn an_echoed_timestamp_tells_which_transmission_arrived() {
        let mark = |timestamp| Mark {
            identification: 0,
            timestamp: Some(timestamp),
        };
        let mut half = half(999);
        half.data(1000, 100, 1, 0, mark(7));
        half.data(1000, 100, 2, 500, mark(9));
        half.acknowledge(1100, 3, 530, Some(9));
        let max_ns = half
            .round_trips
            .as_ref()
            .map(|times| times.summary().max_ns);
        assert_eq!(max_ns, Some(30));
        half.data(1100, 100, 4, 1000, mark(11));
        half.data(1100, 100, 5, 1500, mark(13));
        half.acknowledge(1200, 6, 1600, Some(11));
        let max_ns = half.round_trips.map(|times| times.summary().max_ns);
        assert_eq!(max_ns, Some(600));
    }

    #[test]
    fn what_is_in_flight_is_known_when_the_numbers_have_come_round() {
        let mut half = half(999);
        let mut next = 1000_u32;
        for number in 0..100_u64 {
            half.data(next, 60_000_000, number, 0, Mark::default());
            next = next.wrapping_add(60_000_000);
            half.acknowledge(next.wrapping_sub(5000), number, 0, None);
            assert_eq!(half.in_flight(), 5000, "{number}");
        }
    }

    #[test]
    fn acknowledged_segments_are_forgotten_but_for_the_last() {
        let mut half = half(999);
        for number in 0..100 {
            half.data(1000 + number * 10, 10, number.into(), 0, Mark::default());
        }
        // The SYN counts one.
        assert_eq!(half.acknowledge(2000, 200, 1, None).0, 1001);
        assert_eq!(half.sent.len(), 3);
        assert!(half.sent.find(1995).is_some());
        assert_eq!(half.acknowledge(2000, 201, 2, None).0, 0);
    }
}
