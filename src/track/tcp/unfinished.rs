//! Segments of which the first fragment has come and the whole datagram has not
//! (RFC 791, section 3.2). In comes that fragment, with TCP's header and the
//! first of the data; the segment waits for the rest, and is followed when it is
//! whole. Where the connection goes on beyond it before that, it had been sent:
//! then it is followed as far as it is known, and what its other fragments
//! carried is neither missing nor new. A recording that was filtered by ports has
//! no other fragments.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::connection::Connection;
use super::header_prediction::Prediction;
use super::segment::Segment;
use super::sequence::{after, before, distance, earlier, later};
use crate::decode::{Tcp, TcpFlags};
use crate::track::dormant::near;
use crate::track::{PacketNumber, Side, Sides};

/// Segments that wait at the most, and those that were followed in part, of
/// which the rest may still come.
const WAITING: usize = 256;
const FOLLOWED: usize = 16;

/// No IP datagram is longer.
const DATAGRAM_AT_MOST: u32 = 1 << 16;

/// A segment as its first fragment shows it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Beginning {
    /// The fragment of its datagram that was seen first.
    #[serde(with = "near::packet")]
    datagram: PacketNumber,
    #[serde(with = "near::packet")]
    packet: PacketNumber,
    #[serde(with = "near::time")]
    time_ns: u64,
    side: Side,
    #[serde(with = "near::sequence")]
    sequence: u32,
    #[serde(with = "near::sequence")]
    acknowledgment: u32,
    flags: u16,
    window: u16,
    /// Bytes of its data in the first fragment.
    length: u32,
    identification: u16,
    time_to_live: u8,
    timestamps: Option<(u32, u32)>,
}

impl Beginning {
    fn of(side: Side, segment: &Segment<'_>, datagram: PacketNumber) -> Self {
        let tcp = &segment.tcp;
        Self {
            datagram,
            packet: segment.number,
            time_ns: segment.time_ns,
            side,
            sequence: tcp.sequence,
            acknowledgment: tcp.acknowledgment,
            flags: tcp.flags.0,
            window: tcp.window,
            length: tcp.payload_length,
            identification: segment.identification,
            time_to_live: segment.time_to_live,
            timestamps: segment.timestamps,
        }
    }

    /// The segment up to the end of the first fragment, or with nothing but the
    /// FIN that stands here.
    fn segment(&self, fin_at: Option<u32>, known_since_ns: u64) -> Segment<'static> {
        let flags = match fin_at {
            Some(_) => self.flags & !TcpFlags::SYN.0,
            None => self.flags & !TcpFlags::FIN.0,
        };
        let tcp = Tcp {
            source_port: 0,
            destination_port: 0,
            sequence: fin_at.unwrap_or(self.sequence),
            acknowledgment: self.acknowledgment,
            flags: TcpFlags(flags),
            window: self.window,
            checksum: 0,
            options_offset: 0,
            options_captured: 0,
            payload_length: if fin_at.is_some() { 0 } else { self.length },
        };
        Segment {
            known_since_ns,
            identification: self.identification,
            time_to_live: self.time_to_live,
            timestamps: self.timestamps,
            ..Segment::new(self.packet, self.time_ns, tcp, &[])
        }
    }

    /// Up to which number a segment shows that this one was sent, if it does: its
    /// host goes on behind it or sends the same again, or its peer acknowledges
    /// some of it.
    fn sent_up_to(&self, side: Side, tcp: &Tcp) -> Option<u32> {
        if side != self.side {
            let acknowledges =
                tcp.flags.has(TcpFlags::ACK) && after(tcp.acknowledgment, self.sequence);
            return acknowledges.then_some(tcp.acknowledgment);
        }
        if after(tcp.sequence, self.sequence) {
            return Some(tcp.sequence);
        }
        let is_again = tcp.sequence == self.sequence && tcp.payload_length > 0;
        is_again.then(|| tcp.sequence.wrapping_add(tcp.sequence_length()))
    }
}

/// The segments of one connection of which the first fragments have come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Unfinished {
    waiting: Vec<Beginning>,
    /// Datagrams whose segments were followed as far as they were known.
    followed: Vec<PacketNumber>,
}

impl Unfinished {
    /// How many are kept.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.waiting.len() + self.followed.len()
    }

    /// Takes out what a segment of `side` shows its host or its peer, `of`, to have
    /// sent, in the order of the numbers, each with the number behind it.
    fn due(&mut self, of: Side, side: Side, tcp: &Tcp) -> Vec<(Beginning, u32)> {
        let is_due = |one: &mut Beginning| one.side == of && one.sent_up_to(side, tcp).is_some();
        let due = self.waiting.extract_if(.., is_due);
        let mut due: Vec<(Beginning, u32)> = due
            .filter_map(|one| Some((one, one.sent_up_to(side, tcp)?)))
            .collect();
        due.sort_by_key(|(one, end)| Reverse(end.wrapping_sub(one.sequence)));
        let mut next = None;
        for (one, end) in due.iter_mut().rev() {
            *end = next.map_or(*end, |next| earlier(next, *end));
            next = Some(one.sequence);
        }
        due
    }
}

impl Connection {
    /// The first fragment of a segment came; `datagram`: the fragment of it that
    /// was seen first.
    pub fn begins(&mut self, side: Side, segment: &Segment<'_>, datagram: PacketNumber) {
        let half = &self.halves[side];
        let (start, length) = (segment.tcp.sequence, segment.tcp.payload_length);
        let is_known = half.seen
            && before(start, half.next)
            && half.holes.at(start, start.wrapping_add(length)).is_none();
        let unfinished = self.unfinished.get_or_insert_default();
        let mut waiting = unfinished.waiting.iter();
        let is_again = waiting.any(|one| (one.side, one.sequence) == (side, start));
        if length == 0 || is_known || is_again || unfinished.waiting.len() >= WAITING {
            return;
        }
        let beginning = Beginning::of(side, segment, datagram);
        unfinished.waiting.push(beginning);
    }

    /// A datagram with one of its segments is whole; gives whether that was
    /// followed before, as far as it was known.
    pub fn is_whole(&mut self, datagram: PacketNumber) -> bool {
        let Some(unfinished) = &mut self.unfinished else {
            return false;
        };
        unfinished.waiting.retain(|one| one.datagram != datagram);
        unfinished.followed.contains(&datagram)
    }

    /// Follows what this segment of `side` shows to have been sent before it; gives
    /// how many bytes of each side that brought.
    pub fn follow_unfinished(&mut self, side: Side, segment: &Segment<'_>) -> Sides<u32> {
        let mut brought = Sides::default();
        let Some(unfinished) = &mut self.unfinished else {
            return brought;
        };
        if unfinished.waiting.is_empty() {
            return brought;
        }
        let due = [side, side.other()].map(|of| unfinished.due(of, side, &segment.tcp));
        for (one, end) in due.into_iter().flatten() {
            brought[one.side] += self.follow_beginning(&one, end, segment.known_since_ns);
        }
        brought
    }

    /// Follows a segment of which the first fragment is known, and the number
    /// behind it. What is told of it beside is not worth an alarm: nothing of it
    /// can be judged.
    fn follow_beginning(&mut self, one: &Beginning, end: u32, known_since_ns: u64) -> u32 {
        let mut untold = Vec::new();
        let beginning = one.segment(None, known_since_ns);
        let followed = self.any_segment(one.side, &beginning, &mut untold);
        if let Some(unfinished) = &mut self.unfinished {
            if unfinished.followed.len() >= FOLLOWED {
                unfinished.followed.remove(0);
            }
            unfinished.followed.push(one.datagram);
        }
        if followed.is_refused {
            return 0;
        }
        let has_fin = one.flags & TcpFlags::FIN.0 != 0;
        let data_end = end.wrapping_sub(u32::from(has_fin));
        let half = &mut self.halves[one.side];
        let known_end = one.sequence.wrapping_add(beginning.tcp.sequence_length());
        if distance(one.sequence, data_end) < DATAGRAM_AT_MOST {
            half.holes.fill(known_end, later(known_end, data_end));
            if half.next == known_end && after(data_end, known_end) {
                half.next = data_end;
            }
        }
        if has_fin && half.next == data_end {
            let fin = one.segment(Some(data_end), known_since_ns);
            self.any_segment(one.side, &fin, &mut untold);
        }
        self.prediction = Prediction::default();
        followed.arrival.new
    }
}
