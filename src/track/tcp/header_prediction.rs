//! Header prediction (V. Jacobson, "4BSD TCP header prediction", 1990): on an
//! established connection on which nothing is missing, sent again or closed,
//! nearly every segment is the one that is due next. What such a segment
//! changes is little and known beforehand, so it returns early here. In comes a
//! [`Segment`] that the whole of [`Connection::segment`] would treat in the same
//! way and say the same of (the tests hold the two against each other);
//! whatever may be anything else is not predicted.

use super::connection::{Connection, Followed, Scales};
use super::direction::{Arrival, Half};
use super::handshake::Stage;
use super::segment::Segment;
use super::sequence::before;
use super::transfer::UNKNOWN_WINDOW;
use super::{Completeness, State, flow_control, heartbeat};
use crate::decode::TcpFlags;
use crate::track::{Event, Side, Sides, TcpTracked};

/// The flags that bear on following a connection. A predicted segment has ACK
/// alone of these.
const CONTROL: u16 = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;

/// Sequence numbers nearer than this are in order: more than any packet
/// carries, and a power of two.
const NEAR: u32 = 1 << 30;

/// What the prediction rests on. It is worked out whenever a segment was not
/// predicted, and predicted segments leave it true.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prediction {
    /// Both directions are established and quiet.
    holds: bool,
    /// The shift of the window that each side announces.
    shifts: Sides<u8>,
    /// All bits where the shifts are not known (no window is so large), else 0.
    unknown: u32,
    /// The window that each side announces, in bytes; [`UNKNOWN_WINDOW`] where
    /// that is not known.
    windows: Sides<u32>,
}

impl Prediction {
    /// What can be predicted of a connection as it stands.
    pub fn of(connection: &Connection, scales: Scales) -> Self {
        let Sides { client, server } = &connection.halves;
        let third_step_is_due = connection.stage == Stage::SynAck;
        let is_known = scales.client.is_some() && scales.server.is_some();
        let mut prediction = Self {
            holds: !third_step_is_due && is_quiet(client) && is_quiet(server),
            shifts: Sides {
                client: scales.client.unwrap_or(0),
                server: scales.server.unwrap_or(0),
            },
            unknown: if is_known { 0 } else { UNKNOWN_WINDOW },
            windows: Sides::default(),
        };
        prediction.announce(Side::Client, client.advertised.raw_window());
        prediction.announce(Side::Server, server.advertised.raw_window());
        prediction
    }

    /// A side announces another window; gives the one before.
    fn announce(&mut self, side: Side, window: u16) -> u32 {
        let now = u32::from(window) << self.shifts[side] | self.unknown;
        std::mem::replace(&mut self.windows[side], now)
    }

    /// The shift of the window that a side announces.
    fn scale(&self, side: Side) -> Option<u8> {
        (self.unknown == 0).then_some(self.shifts[side])
    }
}

/// Whether a direction is established, all of it is known, and nothing is under
/// way in it.
fn is_quiet(half: &Half) -> bool {
    half.state == Some(State::Established)
        && half.seen
        && half.has_begun()
        && half.fin.is_none()
        && half.holes.len() == 0
        && half.unheard.is_none()
        && half.refused.is_none()
        && half
            .acknowledged
            .is_some_and(|known| !before(half.next, known))
        && half.past_syn
        && half.advertised.is_open()
        && half.recovery.is_open()
        && half
            .repeats
            .as_ref()
            .is_none_or(|repeats| repeats.are_acknowledged())
}

impl Half {
    /// What is in flight, where more than the SYN has been acknowledged.
    fn outstanding(&self) -> u32 {
        self.next
            .wrapping_sub(self.acknowledged.unwrap_or_default())
    }
}

impl Connection {
    /// Follows a segment that `side` sent, if it is predicted; `None` where it
    /// is not, and then nothing has changed.
    pub(super) fn predicted(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        events: &mut Vec<Event>,
    ) -> Option<Followed> {
        if !self.predicts(side, segment) {
            return None;
        }
        let to = &self.halves[side.other()];
        let left = to.next.wrapping_sub(segment.tcp.acknowledgment);
        let newly_acknowledged = to.outstanding().wrapping_sub(left);
        self.follow_predicted(side, segment, newly_acknowledged, events);
        Some(Followed {
            tracked: self.predicted_place(side, segment, newly_acknowledged),
            arrival: Arrival::due(segment.tcp.payload_length),
            opened: false,
            closed: false,
            is_refused: false,
        })
    }

    fn predicts(&self, side: Side, segment: &Segment<'_>) -> bool {
        let (from, to) = (&self.halves[side], &self.halves[side.other()]);
        let tcp = &segment.tcp;
        if !self.prediction.holds
            || tcp.sequence != from.next
            || tcp.flags.0 & CONTROL != TcpFlags::ACK.0
            || tcp.window == 0
            || !segment.sack.is_empty()
        {
            return false;
        }
        let (own, outstanding) = (from.outstanding(), to.outstanding());
        let left = to.next.wrapping_sub(tcp.acknowledgment);
        let length = tcp.payload_length;
        if left > outstanding || (own | outstanding | length) >= NEAR {
            return false;
        }
        let new = outstanding.wrapping_sub(left);
        let is_doubtful = length == 0 && may_be_duplicate_ack(from, segment, new, outstanding);
        !is_doubtful && !is_older(from, segment)
    }

    fn follow_predicted(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        newly_acknowledged: u32,
        events: &mut Vec<Event>,
    ) {
        let (from, to) = self.halves.pair(side);
        let (length, window) = (segment.tcp.payload_length, segment.tcp.window);
        if length == 0 && newly_acknowledged == 0 && !from.advertised.is_at_least(window) {
            let scale = self.prediction.scale(side);
            from.advertised.tell_wider(window, scale, events);
        }
        let before = self.prediction.announce(side, window);
        if newly_acknowledged > 0 {
            acknowledged(to, segment, before);
        } else {
            to.pass_time_open(to.outstanding(), before, segment.time_ns);
        }
        let peer_window = self.prediction.windows[side.other()];
        let in_flight = sent(from, segment, peer_window);
        if length > 0 {
            if in_flight == peer_window {
                flow_control::used_up(peer_window, to, events);
            }
            self.seen.0 |= Completeness::DATA;
            self.think(side, segment.time_ns);
        }
    }

    /// What the packet's record says of the place of a predicted segment.
    fn predicted_place(
        &self,
        side: Side,
        segment: &Segment<'_>,
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
            round_trip_ns: to.sample_ns.filter(|_| newly_acknowledged > 0),
            scaled_window: self
                .prediction
                .scale(side)
                .map(|_| self.prediction.windows[side]),
            source_state: from.state,
            destination_state: to.state,
            source_observed: from.initial.is_some(),
            destination_observed: answered && to.initial.is_some(),
        }
    }
}

/// Whether the timestamp is older than the last, so that the peer may not take
/// the segment.
fn is_older(from: &Half, segment: &Segment<'_>) -> bool {
    match (segment.timestamps, from.marks.last_timestamp()) {
        (Some((value, _)), Some(last)) => before(value, last),
        _ => false,
    }
}

/// Whether an acknowledgment without data, of `new` bytes of what was
/// outstanding, may be a duplicate ACK.
fn may_be_duplicate_ack(from: &Half, segment: &Segment<'_>, new: u32, outstanding: u32) -> bool {
    new == 0 && outstanding > 0 && from.advertised.is_now(segment.tcp.window)
}

/// What a predicted segment that acknowledges something new changes at the
/// peer. `window`: what the peer was allowed to have in flight before.
fn acknowledged(to: &mut Half, segment: &Segment<'_>, window: u32) {
    let (number, time_ns) = (segment.number, segment.time_ns);
    to.pass_time_open(to.outstanding(), window, time_ns);
    let acknowledgment = segment.tcp.acknowledgment;
    if segment.tcp.payload_length == 0 {
        let left = to.next.wrapping_sub(acknowledgment);
        to.measure_acknowledged(acknowledgment, left, time_ns);
    }
    let taken = to.take_acknowledged(acknowledgment, number, time_ns, segment.echo());
    to.recovery.arrived(taken.latest_sent_ns);
}

/// What a predicted segment changes at its sender; gives what is in flight
/// then. `window`: what the peer allows.
fn sent(from: &mut Half, segment: &Segment<'_>, window: u32) -> u32 {
    let (outstanding, time_ns) = (from.outstanding(), segment.time_ns);
    from.pass_time_open(outstanding, window, time_ns);
    from.advertised.renew(segment.tcp.window, segment.number);
    from.is_next(segment);
    let length = segment.tcp.payload_length;
    let in_flight = outstanding + length;
    if length > 0 {
        from.data_in_order(segment);
        heartbeat::message(&mut from.beats, segment.number, time_ns, length);
        from.measure_data(length, in_flight, time_ns);
    }
    in_flight
}

#[cfg(test)]
mod tests;
