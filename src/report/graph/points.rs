//! What a graph is drawn from: the packets of one TCP conversation come in one by
//! one, with what is said of them; out go points, marks and the pauses of each
//! side. Memory is bounded: where there are too many points, every second plain one
//! goes.

use smallvec::SmallVec;

use super::pauses::Pauses;
use crate::decode::{TcpFlags, TcpOption, TcpOptions};
use crate::notes::{Annotation, Kind};
use crate::report::PacketReport;
use crate::track::{Endpoint, PacketNumber, Side, Sides, endpoints};

/// So many points are kept of a conversation that is drawn alone.
pub const MANY: usize = 1 << 16;

/// So many marks are kept for every sixteen points.
const MARKS_OF_POINTS: usize = 16;

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The packet.
    pub packet: PacketNumber,
    /// When, in nanoseconds since the capture's first packet.
    pub time_ns: u64,
    /// Who sent it.
    pub side: Side,
    /// Its sequence number, relative, and over the turn of the 32 bits.
    pub start: u64,
    /// How much of the sequence space it takes.
    pub length: u32,
    /// Payload bytes, with those of points that were left out before it.
    pub payload: u64,
    /// Those of them that had not been sent before.
    pub new: u64,
    /// Its acknowledgment, relative like [`Point::start`].
    pub acknowledgment: Option<u64>,
    /// The window that it announces, in bytes.
    pub window: Option<u32>,
    /// The ranges that its SACK option names, relative likewise.
    pub sack: SmallVec<[(u64, u64); 1]>,
    /// Bytes that each side has in flight behind it.
    pub in_flight: Sides<u64>,
    /// A sample of the other side's round trip.
    pub round_trip_ns: Option<u64>,
}

/// Something that is said of a packet and has its place in the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The packet.
    pub packet: PacketNumber,
    /// When, in nanoseconds since the capture's first packet.
    pub time_ns: u64,
    /// Who sent it.
    pub side: Side,
    /// What is said.
    pub kind: Kind,
    /// The words.
    pub text: String,
    /// Behind the last sequence number of the packet.
    pub end: u64,
    /// Its acknowledgment.
    pub acknowledgment: Option<u64>,
    /// The window that it announces.
    pub window: Option<u32>,
    /// Bytes that each side has in flight behind it.
    pub in_flight: Sides<u64>,
}

/// The least and the most of something, each with the packet that shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extremes {
    /// The least, and its packet.
    pub least: Option<(u64, PacketNumber)>,
    /// The most, and its packet.
    pub most: Option<(u64, PacketNumber)>,
    /// How many there were.
    pub count: u64,
}

impl Extremes {
    fn add(&mut self, value: u64, packet: PacketNumber) {
        self.count += 1;
        if self.least.is_none_or(|(least, _)| value < least) {
            self.least = Some((value, packet));
        }
        if self.most.is_none_or(|(most, _)| value > most) {
            self.most = Some((value, packet));
        }
    }
}

/// The first and the last segment of a side that carried payload: the packet, and
/// its time in nanoseconds since the capture's first packet.
pub type Span = ((PacketNumber, u64), (PacketNumber, u64));

/// One direction, as far as it has come.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    /// Behind the highest sequence number.
    next: Option<u64>,
    /// The highest acknowledgment of the peer.
    acknowledged: Option<u64>,
    /// A sequence number that was seen last, from which the next ones are near.
    near: u64,
}

impl Reach {
    fn in_flight(&self) -> u64 {
        match (self.next, self.acknowledged) {
            (Some(next), Some(acknowledged)) => next.saturating_sub(acknowledged),
            _ => 0,
        }
    }

    /// A relative number of 32 bits, as near to the last one as can be.
    fn unwrap(&mut self, relative: u32) -> u64 {
        let number = unwrap(self.near, relative);
        self.near = number;
        number
    }
}

/// The number whose low 32 bits these are, nearest to another.
fn unwrap(near: u64, relative: u32) -> u64 {
    const TURN: u64 = 1 << 32;
    let same_turn = near & !(TURN - 1) | u64::from(relative);
    let candidates = [
        same_turn.checked_sub(TURN),
        Some(same_turn),
        same_turn.checked_add(TURN),
    ];
    let nearest = candidates.into_iter().flatten();
    nearest
        .min_by_key(|number| number.abs_diff(near))
        .unwrap_or(same_turn)
}

/// The points of a conversation.
#[derive(Clone, Debug)]
pub struct Points {
    most: usize,
    /// The time of the capture's first packet.
    first_ns: Option<u64>,
    /// The ends, once a packet has told them.
    pub ends: Option<Sides<Endpoint>>,
    /// Segments, in the order of the capture.
    pub all: Vec<Point>,
    /// What is said of them.
    pub marks: Vec<Mark>,
    /// Marks for which there was no room.
    pub more_marks: u64,
    /// How each side's bytes came to a stand.
    pub pauses: Sides<Pauses>,
    /// By side, payload bytes, each counted once.
    pub unique: Sides<u64>,
    /// By side, when it sent payload.
    pub spans: Sides<Option<Span>>,
    /// By side whose data it is, samples of the round trip, in nanoseconds.
    pub round_trips: Sides<Extremes>,
    /// By side, bytes in flight.
    pub flights: Sides<Extremes>,
    /// By side whose data it bounds, the window of the receiver.
    pub windows: Sides<Extremes>,
    /// By side of the sender, how often each kind of mark occurs.
    pub counts: Sides<Vec<(Kind, u64)>>,
    /// Packets that have no TCP header.
    pub not_tcp: u64,
    /// Packets whose time is not known.
    pub without_time: u64,
    /// How many of the points stand for two, and for two of those, and so on.
    pub halvings: u32,
    reach: Sides<Reach>,
}

impl Points {
    /// None yet, and never more than `most`.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(MARKS_OF_POINTS),
            first_ns: None,
            ends: None,
            all: Vec::new(),
            marks: Vec::new(),
            more_marks: 0,
            pauses: Sides::default(),
            unique: Sides::default(),
            spans: Sides::default(),
            round_trips: Sides::default(),
            flights: Sides::default(),
            windows: Sides::default(),
            counts: Sides::default(),
            not_tcp: 0,
            without_time: 0,
            halvings: 0,
            reach: Sides::default(),
        }
    }

    /// The capture's first packet came at this time: times are counted from there.
    pub fn begins(&mut self, first_ns: u64) {
        self.first_ns.get_or_insert(first_ns);
    }

    /// Takes in a packet. A copy of an earlier one changes nothing.
    pub fn add(&mut self, report: &PacketReport<'_>) {
        let packet = report.told();
        let (Some(tcp), Some(tracked)) = (packet.tcp(), &report.tracked.tcp) else {
            self.not_tcp += 1;
            return;
        };
        let Some(side) = report.tracked.sender else {
            return;
        };
        if report
            .annotations
            .iter()
            .any(|it| it.kind == Kind::IpDuplicate)
        {
            return;
        }
        if self.ends.is_none() {
            self.ends = endpoints(packet).map(|(source, destination)| match side {
                Side::Client => Sides {
                    client: source,
                    server: destination,
                },
                Side::Server => Sides {
                    client: destination,
                    server: source,
                },
            });
        }
        if !report.has_time {
            self.without_time += 1;
            return;
        }
        let frame = &report.packet.frame;
        let first_ns = *self.first_ns.get_or_insert(frame.time_ns);
        let time_ns = frame.time_ns.saturating_sub(first_ns);
        let flag = |flag| u32::from(tcp.flags.has(flag));
        let length = tcp
            .payload_length
            .saturating_add(flag(TcpFlags::SYN) + flag(TcpFlags::FIN));
        let refuses = is_refused(report.annotations);
        let (own, peer) = self.reach.pair(side);
        let start = match tracked.relative_sequence {
            Some(relative) if refuses => unwrap(own.near, relative),
            Some(relative) => own.unwrap(relative),
            None => own.near,
        };
        let end = start.saturating_add(length.into());
        let known = own.next.unwrap_or(start);
        let new = end.saturating_sub(known).min(tcp.payload_length.into());
        if length > 0 && !refuses {
            own.next = Some(end.max(known));
            // Nothing of it is acknowledged before it is sent.
            own.acknowledged.get_or_insert(start);
        }
        let acknowledgment = tracked
            .relative_acknowledgment
            .map(|it| unwrap(peer.near, it));
        if let (Some(acknowledgment), false) = (acknowledgment, refuses) {
            let known = peer.acknowledged.unwrap_or(acknowledgment);
            peer.acknowledged = Some(known.max(acknowledgment));
        }
        let sack = acknowledgment.map_or_else(SmallVec::new, |relative| {
            let at = |edge: u32| {
                let behind = edge.wrapping_sub(tcp.acknowledgment) as i32;
                relative.saturating_add_signed(behind.into())
            };
            let from = tcp.options_offset as usize;
            let options = from..from + usize::from(tcp.options_captured);
            let options = packet.frame.bytes.get(options).unwrap_or_default();
            let blocks = TcpOptions::new(options).filter_map(|option| match option {
                Ok((_, TcpOption::Sack(blocks))) => Some(blocks),
                _ => None,
            });
            blocks
                .flatten()
                .map(|(from, to)| (at(from), at(to)))
                .filter(|(from, to)| from < to)
                .collect()
        });
        let in_flight = Sides {
            client: self.reach.client.in_flight(),
            server: self.reach.server.in_flight(),
        };
        let point = Point {
            packet: frame.number,
            time_ns,
            side,
            start,
            length,
            payload: tcp.payload_length.into(),
            new,
            acknowledgment,
            window: tracked.scaled_window,
            sack,
            in_flight,
            round_trip_ns: tracked.round_trip_ns,
        };
        self.unique[side] += new;
        if point.payload > 0 {
            let here = (point.packet, time_ns);
            let first = self.spans[side].map_or(here, |(first, _)| first);
            self.spans[side] = Some((first, here));
        }
        if let Some(sample_ns) = point.round_trip_ns {
            self.round_trips[side.other()].add(sample_ns, point.packet);
        }
        if let Some(window) = point.window {
            self.windows[side.other()].add(window.into(), point.packet);
        }
        if point.length > 0 {
            self.flights[side].add(in_flight[side], point.packet);
        }
        let kinds: SmallVec<[Kind; 4]> = report.annotations.iter().map(|it| it.kind).collect();
        let runs_for_ns = report.tracked.clock_runs_for_ns;
        if !refuses {
            for of in Side::BOTH {
                self.pauses[of].segment(of, &point, &kinds, runs_for_ns);
            }
        }
        for annotation in report.annotations {
            self.mark(annotation, &point);
        }
        if self.all.len() >= self.most {
            self.thin_out();
        }
        self.all.push(point);
    }

    fn mark(&mut self, annotation: &Annotation, point: &Point) {
        if super::letter(annotation.kind).is_none() {
            return;
        }
        let counts = &mut self.counts[point.side];
        match counts.iter_mut().find(|(kind, _)| *kind == annotation.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((annotation.kind, 1)),
        }
        if self.marks.len() >= (self.most / MARKS_OF_POINTS).max(1) {
            self.more_marks += 1;
            return;
        }
        self.marks.push(Mark {
            packet: point.packet,
            time_ns: point.time_ns,
            side: point.side,
            kind: annotation.kind,
            text: annotation.text.clone(),
            end: point.start.saturating_add(point.length.into()),
            acknowledgment: point.acknowledgment,
            window: point.window,
            in_flight: point.in_flight,
        });
    }

    /// Every second point goes; what it carried counts with the one behind it.
    fn thin_out(&mut self) {
        self.halvings += 1;
        let mut carried = Sides::<(u64, u64)>::default();
        let mut number = 0_usize;
        self.all.retain_mut(|point| {
            number += 1;
            let (payload, new) = &mut carried[point.side];
            if number % 2 == 1 {
                *payload += point.payload;
                *new += point.new;
                return false;
            }
            point.payload += std::mem::take(payload);
            point.new += std::mem::take(new);
            true
        });
        // What the last one of a side carried would be lost.
        for side in Side::BOTH {
            let (payload, new) = carried[side];
            let last = self.all.iter_mut().rev().find(|point| point.side == side);
            if let Some(point) = last {
                point.payload += payload;
                point.new += new;
            }
        }
    }

    /// The side that sent most, each byte counted once.
    #[must_use]
    pub fn main_side(&self) -> Side {
        match self.unique.server > self.unique.client {
            true => Side::Server,
            false => Side::Client,
        }
    }
}

/// Whether the receiver must refuse it, so that it changes nothing.
fn is_refused(annotations: &[Annotation]) -> bool {
    annotations
        .iter()
        .any(|annotation| annotation.kind == Kind::TcpNotAcceptable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_over_the_turn_of_the_32_bits() {
        assert_eq!(unwrap(0, 5), 5);
        assert_eq!(unwrap(u32::MAX.into(), 5), (1 << 32) + 5);
        assert_eq!(unwrap((1 << 32) + 5, u32::MAX), u64::from(u32::MAX));
        assert_eq!(unwrap(7 << 32, 0), 7 << 32);
        assert_eq!(unwrap(0, u32::MAX), u64::from(u32::MAX));
    }

    fn point(packet: PacketNumber, side: Side, payload: u64) -> Point {
        Point {
            packet,
            time_ns: packet,
            side,
            start: 0,
            length: 0,
            payload,
            new: payload,
            acknowledgment: None,
            window: None,
            sack: SmallVec::new(),
            in_flight: Sides::default(),
            round_trip_ns: None,
        }
    }

    #[test]
    fn thinning_out_loses_no_byte() {
        let mut points = Points::new(64);
        for packet in 0..63 {
            let side = Side::BOTH[(packet % 3 == 0) as usize];
            points.all.push(point(packet, side, packet + 1));
        }
        let sum = |points: &Points, side| -> u64 {
            let of_side = points.all.iter().filter(|point| point.side == side);
            of_side.map(|point| point.payload).sum()
        };
        let before = Side::BOTH.map(|side| sum(&points, side));
        for _ in 0..3 {
            points.thin_out();
            assert_eq!(Side::BOTH.map(|side| sum(&points, side)), before);
        }
        assert_eq!(points.all.len(), 7);
    }
}
