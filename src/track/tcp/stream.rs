//! Bytes on their way: data that is new, missing or sent again, and what is
//! acknowledged (RFC 9293, section 3.4).

use super::Completeness;
use super::connection::{Connection, Segment};
use super::half::{Arrival, Half};
use super::sequence::after;
use crate::decode::TcpFlags;
use crate::track::{AckOfUnseen, Event, Gap, Retransmission, Side, TcpTracked, Trigger};

/// Follows acknowledgment and data of a segment without RST.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
    tracked: &mut TcpTracked,
) -> Arrival {
    if segment.tcp.flags.has(TcpFlags::ACK) {
        tracked.newly_acknowledged =
            acknowledge(&mut connection.halves[side.other()], segment, events);
    }
    if segment.tcp.payload_length == 0 {
        return Arrival::default();
    }
    connection.seen.0 |= Completeness::DATA;
    data(&mut connection.halves[side], segment, events)
}

/// An acknowledgment of what the peer sent; gives how much of it is new.
fn acknowledge(peer: &mut Half, segment: &Segment<'_>, events: &mut Vec<Event>) -> u32 {
    let acknowledgment = segment.tcp.acknowledgment;
    peer.begin_from_acknowledgment(acknowledgment);
    let seen = peer.next;
    if after(acknowledgment, seen) {
        if peer.seen {
            events.push(Event::AckOfUnseen(AckOfUnseen {
                seen: peer.relative(seen).unwrap_or_default(),
                acknowledged: peer.relative(acknowledgment).unwrap_or_default(),
                missing: acknowledgment.wrapping_sub(seen),
            }));
        }
        peer.skip_to(acknowledgment);
    }
    peer.acknowledge(acknowledgment, segment.number, segment.time_ns)
}

fn data(half: &mut Half, segment: &Segment<'_>, events: &mut Vec<Event>) -> Arrival {
    let tcp = &segment.tcp;
    let start = tcp
        .sequence
        .wrapping_add(u32::from(tcp.flags.has(TcpFlags::SYN)));
    if is_probe(half, start, tcp.payload_length) {
        return Arrival::default();
    }
    let expected = half.next;
    let original = half.original(start).map(|sent| (sent.packet, sent.time_ns));
    let acknowledged_by = half
        .acknowledged
        .filter(|known| !after(start.wrapping_add(tcp.payload_length), *known))
        .map(|_| half.acknowledged_by);
    let arrival = half.data(start, tcp.payload_length, segment.number, segment.time_ns);
    if arrival.gap > 0 {
        events.push(Event::Gap(Gap {
            expected: half.relative(expected).unwrap_or_default(),
            observed: half.relative(start).unwrap_or_default(),
            missing: arrival.gap,
        }));
    }
    if arrival.repeated > 0 {
        half.resent.segments += 1;
        half.resent.bytes += u64::from(arrival.repeated);
        events.push(Event::Retransmission(Retransmission {
            trigger: Trigger::Unknown,
            original: original.map(|(packet, _)| packet),
            relative_sequence: half.relative(start).unwrap_or_default(),
            bytes: arrival.repeated,
            after_ns: original.map(|(_, time_ns)| segment.time_ns.saturating_sub(time_ns)),
            acknowledged_by,
        }));
    }
    arrival
}

/// A keep-alive or window probe: at most one byte, at the last byte that the
/// peer has already acknowledged (RFC 9293, section 3.8.4). It is no data.
fn is_probe(half: &Half, start: u32, length: u32) -> bool {
    length == 1
        && start.wrapping_add(1) == half.next
        && half.acknowledged == Some(half.next)
        && half.fin.is_none()
}
