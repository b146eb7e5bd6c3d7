//! RST and what provoked it (RFC 9293, section 3.5.2 and 3.10.7).

use super::connection::Connection;
use super::dead_peer::Lost;
use super::segment::Segment;
use super::{Completeness, State, state_machine};
use crate::decode::TcpFlags;
use crate::track::{CloseKind, Event, HandshakeRefused, PacketNumber, Reset, ResetCause, Side};

/// Follows a RST; gives whether it ended the connection.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let was_closed = connection.is_closed();
    let (cause, provoked) = cause(connection, side, segment);
    if cause == ResetCause::Refused
        && let Some(event) = refused(connection, side, segment)
    {
        events.push(event);
    }
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    if cause == ResetCause::HalfOpen
        && !connection.is_opening()
        && let Some((provoked_by, _)) = provoked
    {
        let was_heard = from.last > 0;
        let silent_ns = was_heard.then(|| segment.time_ns.saturating_sub(from.last_ns));
        let reset = segment.number;
        connection.lost.get_or_insert_with(|| {
            Box::new(Lost {
                side,
                provoked_by,
                reset,
                silent_ns,
            })
        });
    }
    events.push(Event::Reset(Reset {
        side,
        cause,
        provoked_by: provoked.map(|(packet, _)| packet),
        after_ns: provoked
            .and_then(|(_, time_ns)| time_ns)
            .map(|time_ns| segment.time_ns.saturating_sub(time_ns)),
        unacknowledged: from.in_flight().saturating_add(to.in_flight()),
    }));
    connection.seen.0 |= Completeness::RST;
    connection.closed_by.get_or_insert(side);
    if !was_closed {
        connection.close = CloseKind::Reset;
    }
    let (from, to) = connection.halves.pair(side);
    state_machine::reset(from, to);
    !was_closed
}

type Provocation = (PacketNumber, Option<u64>);

/// Why this RST was sent, and the packet that provoked it.
fn cause(
    connection: &Connection,
    side: Side,
    segment: &Segment<'_>,
) -> (ResetCause, Option<Provocation>) {
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    if !from.seen
        && let Some(syn) = to.syn
        && to.state == Some(State::SynSent)
    {
        return (ResetCause::Refused, Some((syn.packet, Some(syn.last_ns))));
    }
    let last_data = to
        .last_data
        .map(|(packet, time_ns)| (packet, Some(time_ns)));
    if let Some(fin) = from.fin {
        // What came behind the FIN found nobody to take it.
        let provoked = last_data.filter(|(packet, _)| *packet > fin.packet);
        return (ResetCause::AfterClose, provoked);
    }
    if connection.close == CloseKind::Reset {
        return (ResetCause::AfterClose, last_data);
    }
    // A host that knows no such connection takes the number from the
    // acknowledgment that it answers, and acknowledges nothing itself
    // (RFC 9293, section 3.10.7.1).
    let answers = !segment.tcp.flags.has(TcpFlags::ACK)
        && to.seen
        && to.last > from.last
        && from.acknowledged == Some(segment.tcp.sequence);
    if answers {
        return (
            ResetCause::HalfOpen,
            Some((to.last, last_time(to.last, last_data))),
        );
    }
    (ResetCause::Aborted, None)
}

fn last_time(last: PacketNumber, data: Option<Provocation>) -> Option<u64> {
    data.filter(|(packet, _)| *packet == last)
        .and_then(|(_, time_ns)| time_ns)
}

fn refused(connection: &Connection, side: Side, segment: &Segment<'_>) -> Option<Event> {
    let syn = connection.halves[side.other()].syn?;
    Some(Event::HandshakeRefused(HandshakeRefused {
        syn: syn.packet,
        attempts: syn.attempts,
        after_ns: segment.time_ns.saturating_sub(syn.last_ns),
        client_sequence: syn.sequence,
        acknowledgment: segment.tcp.acknowledgment,
        syn_payload: syn.payload,
    }))
}
