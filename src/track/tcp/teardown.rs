//! Closing a connection: FIN, ACK, FIN, ACK (RFC 9293, section 3.6), merged or
//! crossed as they come; half-close, TIME_WAIT, CLOSE_WAIT.

use super::connection::Connection;
use super::direction::Control;
use super::segment::Segment;
use super::sequence::{after, later};
use super::{Completeness, State, state_machine};
use crate::decode::TcpFlags;
use crate::track::{
    CloseKind, CloseWait, CloserSet, ControlSegment, Endpoint, Event, FirstAck, FirstFin,
    HalfClose, HandshakeRetransmission, SecondAck, SecondFin, Side, Sides, TeardownSimultaneous,
    TimeWaitAnswered,
};

/// The state of both ends nearly all the time: a segment without SYN leaves
/// it so, unless a FIN is about.
const OPEN: Option<State> = Some(State::Established);

/// Follows a segment without RST, and moves both ends' states; gives whether
/// both directions are closed now.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let flags = segment.tcp.flags;
    let (from, to) = connection.halves.pair(side);
    if !flags.has(TcpFlags::FIN) && from.fin.is_none() && to.fin.is_none() {
        let stands = from.state == OPEN && to.state == OPEN;
        if !stands || flags.has(TcpFlags::SYN) {
            state_machine::advance(from, to, segment, false);
        }
        return false;
    }
    closing(connection, side, segment, events)
}

/// Follows a segment of a connection of which a side has sent its FIN.
fn closing(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let flags = segment.tcp.flags;
    let was_closed = connection.is_closed();
    if flags.has(TcpFlags::ACK) && connection.halves[side.other()].fin.is_some() {
        half_close(connection, side, segment, events);
        acknowledge_fin(connection, side, segment, events);
    }
    let mut in_order = false;
    if flags.has(TcpFlags::FIN) {
        in_order = fin(connection, side, segment, events);
    }
    let (from, to) = connection.halves.pair(side);
    state_machine::advance(from, to, segment, in_order);
    !was_closed && connection.is_closed()
}

/// A FIN; gives whether everything before it was seen.
fn fin(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let tcp = &segment.tcp;
    let sequence = tcp
        .sequence
        .wrapping_add(tcp.sequence_length())
        .wrapping_sub(1);
    let half = &mut connection.halves[side];
    half.holes.fill(sequence, sequence.wrapping_add(1));
    // What was sent again and is not acknowledged may still be missing: the
    // receiver takes the FIN behind it only then (RFC 9293, section 3.10.7.4).
    let in_order = half.is_contiguous()
        && !after(sequence, half.next)
        && !half.sent.waits_for_acknowledgment(tcp.sequence);
    connection.seen.0 |= Completeness::FIN;
    if half.fin.is_some_and(|fin| fin.sequence == sequence) {
        fin_again(connection, side, segment, events);
        return in_order;
    }
    if half.fin.is_none() {
        fin_first(connection, side, segment, sequence, events);
    }
    let half = &mut connection.halves[side];
    half.fin = Some(Control::new(
        sequence,
        segment.number,
        segment.time_ns,
        tcp.payload_length,
    ));
    if after(sequence, half.next) {
        // Data before it is missing, and may still come.
        half.skip_to(sequence, segment.number, segment.time_ns);
    }
    half.next = later(half.next, sequence.wrapping_add(1));
    in_order
}

fn fin_first(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    fin_sequence: u32,
    events: &mut Vec<Event>,
) {
    let payload = segment.tcp.payload_length;
    let Some(first) = connection.halves[side.other()].fin else {
        connection.closed_by.get_or_insert(side);
        connection.close = CloseKind::Fin;
        let age_ns = segment.time_ns.saturating_sub(connection.first_ns);
        events.push(Event::FirstFin(FirstFin {
            side,
            fin_sequence,
            payload,
            age_ns,
        }));
        return;
    };
    events.push(Event::SecondFin(SecondFin {
        side,
        fin_sequence,
        payload,
        first_fin: first.packet,
        since_first_fin_ns: segment.time_ns.saturating_sub(first.first_ns),
    }));
    if !first.acknowledged {
        connection.crossed = true;
        let other_fin = first.packet;
        events.push(Event::TeardownSimultaneous(TeardownSimultaneous {
            other_fin,
        }));
    }
}

fn fin_again(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    if connection.halves[side.other()].state == Some(State::TimeWait) {
        connection.repeated_fin = Some(segment.number);
    }
    let half = &mut connection.halves[side];
    let Some(fin) = half.fin.as_mut() else { return };
    let after_ns = segment.time_ns.saturating_sub(fin.last_ns);
    fin.attempts = fin.attempts.saturating_add(1);
    fin.last_ns = segment.time_ns;
    fin.last = segment.number;
    let fin = *fin;
    // With data, the data's own retransmission has been told.
    if segment.tcp.payload_length == 0 {
        half.recovery.fin_again(fin.sequence);
        half.sends_into_silence(segment.number);
        half.resent.segments += 1;
        events.push(Event::HandshakeRetransmission(HandshakeRetransmission {
            what: ControlSegment::Fin,
            original: fin.packet,
            attempt: fin.attempts,
            after_ns,
            answered_by: fin.acknowledged.then_some(half.acknowledged_by),
            asked_again: false,
        }));
    }
}

/// An acknowledgment that covers the peer's FIN: the first time it is a step
/// of the teardown, later it may be TIME_WAIT answering a repeated FIN.
fn acknowledge_fin(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    let tcp = &segment.tcp;
    let closer = side.other();
    if !state_machine::covers_fin(&connection.halves[closer], tcp.acknowledgment) {
        return;
    }
    if let Some(event) = answer_from_time_wait(connection, side, segment) {
        events.push(event);
    }
    let own_fin_follows = tcp.flags.has(TcpFlags::FIN) && connection.halves[side].fin.is_none();
    let Some(fin) = connection.halves[closer]
        .fin
        .as_mut()
        .filter(|fin| !fin.acknowledged)
    else {
        return;
    };
    fin.acknowledged = true;
    let fin = *fin;
    let since_fin_ns = segment.time_ns.saturating_sub(fin.last_ns);
    connection.last_ack = Some((segment.number, segment.time_ns));
    if connection.closed_by == Some(closer) || connection.closed_by.is_none() {
        connection.merged = own_fin_follows;
        events.push(Event::FirstAck(FirstAck {
            fin: fin.packet,
            fin_sequence: fin.sequence,
            acknowledgment: tcp.acknowledgment,
            since_fin_ns,
            with_second_fin: own_fin_follows,
        }));
    } else {
        events.push(Event::SecondAck(SecondAck {
            fin: fin.packet,
            fin_sequence: fin.sequence,
            acknowledgment: tcp.acknowledgment,
            since_fin_ns,
            closed_by: if connection.crossed {
                CloserSet::Both
            } else {
                CloserSet::One(side)
            },
            segments: if connection.merged { 3 } else { 4 },
        }));
    }
}

fn answer_from_time_wait(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
) -> Option<Event> {
    if connection.halves[side].state != Some(State::TimeWait) {
        return None;
    }
    let fin = connection.repeated_fin.take()?;
    let (first_ack, since_ns) = connection.last_ack?;
    Some(Event::TimeWaitAnswered(TimeWaitAnswered {
        fin,
        first_ack: Some(first_ack),
        fin_sequence: connection.halves[side.other()].fin?.sequence,
        acknowledgment: segment.tcp.acknowledgment,
        in_time_wait_ns: segment.time_ns.saturating_sub(since_ns),
    }))
}

/// Data by a side that knows that its peer has closed.
fn half_close(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    let peer = &connection.halves[side.other()];
    let Some(fin) = peer.fin else { return };
    if connection.half_close_told
        || segment.tcp.payload_length == 0
        || !state_machine::covers_fin(peer, segment.tcp.acknowledgment)
    {
        return;
    }
    connection.half_close_told = true;
    events.push(Event::HalfClose(HalfClose {
        closed_side: side.other(),
        fin: fin.packet,
        payload: segment.tcp.payload_length,
        since_fin_ns: segment.time_ns.saturating_sub(fin.first_ns),
    }));
}

/// The side whose peer closed and that has not, with the peer's FIN. Where the
/// capture began with that FIN, the side may have closed before it, and nothing is
/// claimed.
pub(super) fn in_close_wait(connection: &Connection) -> Option<(Side, Control)> {
    let side = Side::BOTH
        .into_iter()
        .find(|side| connection.halves[*side].state == Some(State::CloseWait))?;
    let fin = connection.halves[side.other()]
        .fin
        .filter(|fin| fin.acknowledged)?;
    let may_have_closed = connection.began_at_end() && connection.halves[side].last_data.is_none();
    (!may_have_closed).then_some((side, fin))
}

/// A side that is [in CLOSE_WAIT](in_close_wait), told when nothing more will come.
pub(super) fn stays_in_close_wait(
    connection: &Connection,
    ends: &Sides<Endpoint>,
    now_ns: u64,
) -> Option<Event> {
    let (side, fin) = in_close_wait(connection)?;
    Some(Event::CloseWait(CloseWait {
        side,
        endpoint: ends[side],
        peer: ends[side.other()],
        fin: fin.packet,
        for_ns: now_ns.saturating_sub(fin.first_ns),
    }))
}
