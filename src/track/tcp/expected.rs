//! The segment that is due next on a connection in which nothing is out of the
//! ordinary: nearly all of them are. What it changes is little and known
//! beforehand ("header prediction", V. Jacobson), so it takes a short way
//! through the connection. The long way would change the same and tell the
//! same; whatever may be anything else takes it.

use super::calm::Bare;
use super::connection::{Connection, Scales};
use super::half::{Arrival, Half};
use super::handshake::Stage;
use super::measure::UNKNOWN_WINDOW;
use super::sequence::before;
use super::usual::{DueSegment, Usual};
use super::{Completeness, State, copies, flow, heartbeat};
use crate::decode::TcpFlags;
use crate::track::packed::{Packed, Packer, Unpacker};
use crate::track::{Event, PacketNumber, Side, Sides, TcpTracked};

/// The flags that have a say in following a connection. Of these, the segments
/// that take the short way have ACK alone.
const SAYING: u16 = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;

/// More than any packet carries: sequence numbers so near are in order. A power
/// of two.
const NEAR: u32 = 1 << 30;

/// What is known of a connection from the last segment that took the long way.
/// Segments that take the short way leave it so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steady {
    /// Nothing is out of the ordinary.
    holds: bool,
    /// By how much the window is shifted that each side announces,
    shifts: Sides<u8>,
    /// and all bits, where that is not known: no window is so large.
    unknown: u32,
    /// The window that each side announces, in bytes; [`UNKNOWN_WINDOW`] where
    /// that is not known.
    windows: Sides<u32>,
}

/// It is worked out again.
impl Packed for Steady {
    fn pack(&self, _: &mut Packer) {}

    fn unpack(&mut self, _: &mut Unpacker<'_>) {
        *self = Self::default();
    }

    fn is_nothing(&self) -> bool {
        true
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Steady {
    /// What is known of a connection now.
    pub fn of(connection: &Connection, scales: Scales) -> Self {
        let Sides { client, server } = &connection.halves;
        let answers_next = connection.stage == Stage::SynAck;
        let is_known = scales.client.is_some() && scales.server.is_some();
        let mut steady = Self {
            holds: !answers_next && stands(client) && stands(server),
            shifts: Sides {
                client: scales.client.unwrap_or(0),
                server: scales.server.unwrap_or(0),
            },
            unknown: if is_known { 0 } else { UNKNOWN_WINDOW },
            windows: Sides::default(),
        };
        steady.announce(Side::Client, client.advertised.raw_window());
        steady.announce(Side::Server, server.advertised.raw_window());
        steady
    }

    /// A side announces another window; gives the one before.
    #[inline(always)]
    fn announce(&mut self, side: Side, window: u16) -> u32 {
        let now = u32::from(window) << self.shifts[side] | self.unknown;
        std::mem::replace(&mut self.windows[side], now)
    }

    /// The shift of the window that a side announces.
    fn scale(&self, side: Side) -> Option<u8> {
        (self.unknown == 0).then_some(self.shifts[side])
    }
}

/// Whether a direction is open, all of it is known, and nothing is under way.
fn stands(half: &Half) -> bool {
    half.state == Some(State::Established)
        && half.seen
        && half.has_begun()
        && half.fin.is_none()
        && half.holes.len() == 0
        && !half.open_ended
        && half.unheard.is_none()
        && half
            .acknowledged
            .is_some_and(|known| !before(half.next, known))
        && half.past_syn
        && half.advertised.is_open()
        && half.recovery.is_calm()
}

impl Half {
    /// What is in flight, where more than the SYN has been acknowledged.
    #[inline(always)]
    fn outstanding(&self) -> u32 {
        self.next
            .wrapping_sub(self.acknowledged.unwrap_or_default())
    }

    /// How much of this a segment of the peer newly acknowledges, where more
    /// than the SYN has been.
    #[inline(always)]
    fn newly_acknowledged(&self, segment: &impl DueSegment) -> u32 {
        segment
            .acknowledgment()
            .wrapping_sub(self.acknowledged.unwrap_or_default())
    }
}

impl Connection {
    /// Follows a segment that `side` sent, if it is the one that is due next
    /// and will tell nothing that the short way cannot tell; gives how much it
    /// newly acknowledges. `None`: nothing has changed, it is to take the long
    /// way.
    #[inline(always)]
    pub fn due(&mut self, side: Side, segment: &Usual<'_>, events: &mut Vec<Event>) -> Option<u32> {
        if !self.is_due(side, segment) {
            return None;
        }
        let new = self.halves[side.other()].newly_acknowledged(segment);
        self.take_due(side, segment, events);
        Some(new)
    }

    /// Follows a segment that was noted, and of which nothing is to be told;
    /// gives what its data brought.
    #[inline]
    pub fn noted_segment(
        &mut self,
        side: Side,
        (bare, number, time_ns): (&Bare<'_>, PacketNumber, u64),
        unwanted: &mut Vec<Event>,
    ) -> Arrival {
        let usual = Usual::of_noted(bare, number, time_ns);
        if let Some(usual) = usual
            && self.due(side, &usual, unwanted).is_some()
        {
            return Arrival::due(usual.tcp.payload_length);
        }
        let segment = bare.segment(number, time_ns);
        // Those with other options may be due all the same, but for a SYN.
        let followed = match usual {
            None if !bare.tcp.flags.has(TcpFlags::SYN) => {
                self.due_segment(side, &segment, unwanted)
            }
            _ => None,
        };
        let followed = followed.unwrap_or_else(|| self.take_any(side, &segment, unwanted).0);
        followed.arrival
    }

    /// Whether a segment that `side` sent is the one that is due next, and will
    /// tell nothing that the short way cannot tell.
    #[inline(always)]
    pub fn is_due(&self, side: Side, segment: &impl DueSegment) -> bool {
        let (from, to) = (&self.halves[side], &self.halves[side.other()]);
        if !self.steady.holds
            || segment.sequence() != from.next
            || segment.flags().0 & SAYING != TcpFlags::ACK.0
            || segment.window() == 0
        {
            return false;
        }
        let (own, outstanding) = (from.outstanding(), to.outstanding());
        let left = to.next.wrapping_sub(segment.acknowledgment());
        let length = segment.length();
        if left > outstanding || (own | outstanding | length) >= NEAR {
            return false;
        }
        let new = outstanding.wrapping_sub(left);
        let is_doubtful = length == 0 && is_doubtful(from, segment, new, outstanding);
        !is_doubtful && !copies::may_be_last(from, segment)
    }

    /// Follows a segment of which [`Self::is_due`] is true.
    #[inline(always)]
    pub fn take_due(&mut self, side: Side, segment: &impl DueSegment, events: &mut Vec<Event>) {
        let (from, to) = self.halves.pair(side);
        let (length, window) = (segment.length(), segment.window());
        if length == 0
            && !from.advertised.is_at_least(window)
            && to.newly_acknowledged(segment) == 0
        {
            let scale = self.steady.scale(side);
            from.advertised.tell_wider(window, scale, events);
        }
        let before = self.steady.announce(side, window);
        if to.newly_acknowledged(segment) > 0 {
            acknowledged(to, segment, before);
        } else {
            to.pass_time_open(to.outstanding(), before, segment.time_ns());
        }
        let may_be = self.steady.windows[side.other()];
        let in_flight = said(from, segment, may_be);
        if length > 0 {
            if in_flight == may_be {
                flow::used_up(may_be, to, events);
            }
            self.seen.0 |= Completeness::DATA;
            self.think(side, segment.time_ns());
        }
    }

    /// What the packet's record says of the place of a segment that was due,
    /// and has acknowledged so much.
    pub fn tracked_due(
        &self,
        side: Side,
        segment: &Usual<'_>,
        newly_acknowledged: u32,
    ) -> TcpTracked {
        let (from, to) = (&self.halves[side], &self.halves[side.other()]);
        let expected = from.relative(segment.tcp.sequence);
        let answered = self.seen.0 & Completeness::SYN_ACK != 0;
        TcpTracked {
            relative_sequence: expected,
            relative_acknowledgment: to.relative(segment.tcp.acknowledgment),
            expected_sequence: expected,
            newly_acknowledged,
            scaled_window: self.steady.scale(side).map(|_| self.steady.windows[side]),
            source_state: from.state,
            destination_state: to.state,
            source_observed: from.initial.is_some(),
            destination_observed: answered && to.initial.is_some(),
        }
    }
}

/// Whether an acknowledgment without data, of `new` bytes of what was
/// outstanding, may be a duplicate ACK, or a copy of an earlier one.
#[inline(always)]
fn is_doubtful(from: &Half, segment: &impl DueSegment, new: u32, outstanding: u32) -> bool {
    let says_nothing = new == 0 && outstanding > 0 && from.advertised.is_now(segment.window());
    says_nothing || from.marks.may_be_older(segment.identification())
}

/// What a segment that is due next changes where it acknowledges something
/// new. `window`: what might have been in flight before.
#[inline(never)]
fn acknowledged(to: &mut Half, segment: &impl DueSegment, window: u32) {
    let (number, time_ns) = (segment.number(), segment.time_ns());
    to.pass_time_open(to.outstanding(), window, time_ns);
    let acknowledgment = segment.acknowledgment();
    if segment.length() == 0 {
        let left = to.next.wrapping_sub(acknowledgment);
        to.measure_acknowledged(acknowledgment, left, time_ns);
    }
    let taken = to.take_acknowledged(acknowledgment, number, time_ns, segment.echo());
    to.recovery.arrived(taken.latest_sent_ns);
}

/// What a segment that is due next changes on its own side; gives what is in
/// flight then. `window`: what may be.
#[inline(always)]
fn said(from: &mut Half, segment: &impl DueSegment, window: u32) -> u32 {
    let (outstanding, time_ns) = (from.outstanding(), segment.time_ns());
    from.pass_time_open(outstanding, window, time_ns);
    from.advertised.renew(segment.window(), segment.number());
    from.is_next(segment);
    let length = segment.length();
    let in_flight = outstanding + length;
    if length > 0 {
        from.data_in_order(segment);
        heartbeat::message(&mut from.beats, segment.number(), time_ns, length);
        from.measure_data(length, in_flight, time_ns);
    }
    in_flight
}

#[cfg(test)]
mod tests;
