//! The way of a packet of a conversation that is followed: it is counted, and
//! goes through its connection. The segment that is due next takes the short
//! way ([`Connection::due`]).

use super::sharing::Leaving;
use super::{Tracker, opened_further, opened_or_closed};
use crate::capture::Frame;
use crate::decode::{Brief, Layer, Packet, Protocol, Tcp, TcpFlags, Transport};
use crate::track::entry::{Counted, Entry, Stream};
use crate::track::followers;
use crate::track::framing::Stretch;
use crate::track::journal::Stacks;
use crate::track::oversize::{OversizeSegments, is_too_large};
use crate::track::syn_flood::{Opening, SynFloods};
use crate::track::table::Slot;
use crate::track::tcp::{Arrival, BriefSegment, Connection, DueSegment, Segment, Usual};
use crate::track::{Event, Framing, Output, Side, Tracked};

/// A TCP header without options (RFC 9293, section 3.1).
const TCP_HEADER: u32 = 20;

impl Tracker {
    /// Counts the packet in its conversation and tells who follows it.
    #[inline(never)]
    pub(super) fn follow(
        &mut self,
        packet: &Packet<'_>,
        slot: Slot,
        source_second: bool,
        output: &mut Output,
    ) {
        let Some(entry) = self.table.get(slot) else {
            return;
        };
        let side = entry.side(source_second);
        output.tracked = Tracked::of(entry.number, side);
        entry.count(side, &counted(packet));
        let build = packet.build.number() as u16;
        entry.overhead.add(build, &packet.layers);
        let Transport::Tcp(tcp) = &packet.transport else {
            return self.follow_any(packet, slot, side, output);
        };
        let Some(usual) = Usual::of_packet(packet, tcp) else {
            return self.follow_any(packet, slot, side, output);
        };
        let Some(stream) = entry.stream() else {
            return self.follow_any(packet, slot, side, output);
        };
        let Some(new) = stream.connection.due(side, &usual, &mut output.events) else {
            return self.follow_any(packet, slot, side, output);
        };
        if !output.only_attention {
            output.tracked.tcp = Some(stream.connection.tracked_due(side, &usual, new));
        }
        if tcp.payload_length == 0 {
            if is_opening(entry) {
                open(entry, side, tcp, self.now_ns, &mut self.syn_floods);
            }
            return;
        }
        let offered = stream.connection.offered_segment_size(side.other());
        oversize(
            &mut self.oversize,
            self.leaves.as_deref_mut(),
            packet,
            offered,
        );
        if !stream.framed[side].is_opaque() {
            let (arrival, events) = (Arrival::due(tcp.payload_length), &mut output.events);
            messages(self.framing, packet, tcp, &arrival, stream, side, events);
        }
        entry.sent[side].unique_payload += u64::from(tcp.payload_length);
        if !entry.counted {
            entry.counted = true;
            opened_or_closed(&mut self.listeners, (false, true), || entry.ends());
        }
        if is_opening(entry) {
            open(entry, side, tcp, self.now_ns, &mut self.syn_floods);
        }
        let number = entry.number;
        if followers::is_dns(tcp) {
            let arrival = Some(Arrival::due(tcp.payload_length));
            self.tell_followers(packet, Some(slot), (number, side), arrival, output);
        }
    }

    /// Follows a packet that cannot take the short way, or is no segment.
    #[inline(never)]
    fn follow_any(&mut self, packet: &Packet<'_>, slot: Slot, side: Side, output: &mut Output) {
        let Some(entry) = self.table.get(slot) else {
            return;
        };
        let number = entry.number;
        let mut payload = u64::from(packet.payload.length);
        let (mut arrival, mut closed) = (None, false);
        if let (Transport::Tcp(tcp), Some(stream)) = (&packet.transport, entry.stream()) {
            let segment = segment(packet, tcp);
            let connection = &mut stream.connection;
            let followed = connection.segment(side, &segment, &mut output.events);
            output.tracked.tcp = Some(followed.tracked);
            payload = u64::from(followed.arrival.new);
            arrival = Some(followed.arrival);
            closed = followed.closed;
            if tcp.payload_length > 0 {
                let offered = connection.offered_segment_size(side.other());
                let leaves = self.leaves.as_deref_mut();
                oversize(&mut self.oversize, leaves, packet, offered);
            }
            if !stream.framed[side].is_opaque() {
                let events = &mut output.events;
                messages(
                    self.framing,
                    packet,
                    tcp,
                    &followed.arrival,
                    stream,
                    side,
                    events,
                );
            }
            open(entry, side, tcp, self.now_ns, &mut self.syn_floods);
            let carries = followed.arrival.new > 0;
            let counted = (entry.counted || followed.opened || carries) && !closed;
            let counted = (std::mem::replace(&mut entry.counted, counted), counted);
            opened_or_closed(&mut self.listeners, counted, || entry.ends());
        }
        entry.sent[side].unique_payload += payload;
        if closed {
            self.table.close(slot, self.now_ns);
        }
        self.tell_followers(packet, Some(slot), (number, side), arrival, output);
    }
}

/// Looks whether a segment is too large.
#[inline(always)]
fn oversize(
    segments: &mut OversizeSegments,
    leaves: Option<&mut Leaving>,
    packet: &Packet<'_>,
    offered: Option<u16>,
) {
    match leaves {
        None => segments.segment(packet, offered),
        Some(leaves) if is_too_large(packet, offered) => leaves.oversize(offered),
        Some(_) => {}
    }
}

/// Follows a frame of a usual build, if it is the segment that is due next on
/// its connection and everything else is as usual too; gives false, and has
/// done nothing, where it is not.
#[inline(always)]
pub(super) fn follow_brief(
    frame: &Frame<'_>,
    brief: &Brief,
    (entry, stacks): (&mut Entry, &Stacks),
    output: &mut Output,
) -> bool {
    let Some(segment) = BriefSegment::of(frame, brief) else {
        return false;
    };
    let build = brief.build.number() as u16;
    if !entry.overhead.goes_on(build) {
        return follow_after_other_headers(entry, &segment, (build, stacks), output);
    }
    follow_side(entry, &segment, output)
}

/// The same of a segment whose headers are not those of the packet before.
#[cold]
#[inline(never)]
fn follow_after_other_headers(
    entry: &mut Entry,
    segment: &BriefSegment<'_>,
    (build, stacks): (u16, &Stacks),
    output: &mut Output,
) -> bool {
    let stack = stacks.get(build);
    stack.is_some_and(|stack| entry.overhead.begin(build, &stack.layers))
        && follow_side(entry, segment, output)
}

/// The same where they are.
#[inline(always)]
fn follow_side(entry: &mut Entry, segment: &BriefSegment<'_>, output: &mut Output) -> bool {
    match entry.side(segment.source_second()) {
        Side::Client => follow_due::<true>(entry, segment, output),
        Side::Server => follow_due::<false>(entry, segment, output),
    }
}

/// The same of a segment of one side. There is one of these for each side, as
/// then it is known where everything stands.
#[inline(never)]
fn follow_due<const CLIENT: bool>(
    entry: &mut Entry,
    segment: &BriefSegment<'_>,
    output: &mut Output,
) -> bool {
    let side = if CLIENT { Side::Client } else { Side::Server };
    let (length, is_counted) = (segment.length(), entry.counted);
    if is_opening(entry) {
        return false;
    }
    let Some(stream) = entry.stream() else {
        return false;
    };
    if length > 0 {
        let offered = stream.connection.offered_segment_size(side.other());
        let fits = offered.is_some_and(|size| length <= size.into());
        if !fits || !is_counted || !stream.framed[side].is_opaque() {
            return false;
        }
    }
    if !stream.connection.is_due(side, segment) {
        return false;
    }
    let counted = Counted {
        number: segment.number(),
        time_ns: segment.time_ns(),
        bytes: segment.frame().original_length,
        payload: length,
        identification: segment.identification().into(),
    };
    entry.count(side, &counted);
    entry.overhead.go_on();
    entry.sent[side].unique_payload += u64::from(length);
    output.tracked = Tracked::of(entry.number, side);
    if let Some(stream) = entry.stream() {
        let connection = &mut stream.connection;
        connection.take_due(side, segment, &mut output.events);
    }
    true
}

/// Whether its handshake has not been completed.
#[inline]
fn is_opening(entry: &Entry) -> bool {
    matches!(entry.opening, Opening::HalfOpen | Opening::AskedAgain)
}

/// How far a connection's handshake has come with a segment.
fn open(entry: &mut Entry, side: Side, tcp: &Tcp, now_ns: u64, floods: &mut SynFloods) {
    let since_syn_ns = now_ns.saturating_sub(entry.start_ns);
    let opening = entry.opening.after(side, tcp.flags, since_syn_ns);
    let opening = (std::mem::replace(&mut entry.opening, opening), opening);
    opened_further(floods, entry.start_ns, opening, || entry.ends());
}

fn segment<'p>(packet: &Packet<'p>, tcp: &Tcp) -> Segment<'p> {
    let start = tcp.options_offset as usize;
    let end = start + usize::from(tcp.options_captured);
    let options = packet.frame.bytes.get(start..end).unwrap_or_default();
    let mut segment = Segment::new(packet.frame.number, packet.frame.time_ns, *tcp, options);
    segment.options_cut = packet.layers.last().is_some_and(|layer| {
        let on_the_wire = layer.header_length.saturating_sub(TCP_HEADER);
        layer.protocol == Protocol::Tcp && on_the_wire > u32::from(tcp.options_captured)
    });
    if let Some(network) = &packet.network {
        segment.identification = if network.source.is_ipv4() {
            network.identification as u16
        } else {
            0
        };
        segment.time_to_live = network.time_to_live;
    }
    segment.continues = tcp.payload_length > 0 && is_first_fragment(packet);
    segment
}

/// Whether the packet is the first fragment of a datagram, or travels in one:
/// its last bytes are in other frames.
fn is_first_fragment(packet: &Packet<'_>) -> bool {
    let byte = |layer: &Layer, at: usize| packet.frame.bytes.get(layer.offset as usize + at);
    packet.layers.iter().any(|layer| match layer.protocol {
        Protocol::Ipv4 => byte(layer, 6).is_some_and(|flags| flags & 0x20 != 0),
        Protocol::Ipv6Fragment => byte(layer, 3).is_some_and(|flags| flags & 1 != 0),
        _ => false,
    })
}

/// Follows the messages in what a segment brings in order, if it does.
#[inline(never)]
fn messages(
    framing: Option<Framing>,
    packet: &Packet<'_>,
    tcp: &Tcp,
    arrival: &Arrival,
    stream: &mut Stream,
    side: Side,
    events: &mut Vec<Event>,
) {
    if let Some(stretch) = stretch(packet, tcp, arrival, &stream.connection, side) {
        stream.framed[side].follow(framing, &stretch, events);
    }
}

/// The new bytes that a packet brings in order, if it does.
fn stretch<'p>(
    packet: &Packet<'p>,
    tcp: &Tcp,
    arrival: &Arrival,
    connection: &Connection,
    side: Side,
) -> Option<Stretch<'p>> {
    if !arrival.in_order || arrival.new == 0 {
        return None;
    }
    let first = tcp
        .sequence
        .wrapping_add(u32::from(tcp.flags.has(TcpFlags::SYN)));
    let start = first.wrapping_add(arrival.repeated);
    let initial = connection.initial_of(side);
    let bytes = packet.payload_bytes();
    Some(Stretch {
        packet: packet.frame.number,
        start,
        length: arrival.new,
        bytes: bytes.get(arrival.repeated as usize..).unwrap_or_default(),
        is_beginning: initial.is_some_and(|initial| initial.wrapping_add(1) == start),
    })
}

/// What is counted of a packet.
#[inline]
fn counted(packet: &Packet<'_>) -> Counted {
    Counted {
        number: packet.frame.number,
        time_ns: packet.frame.time_ns,
        bytes: packet.frame.original_length,
        payload: packet.payload.length,
        identification: packet.network.map_or(0, |network| network.identification),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::Build;
    use crate::track::frames::{ipv4, packet};

    proptest! {
        #[test]
        fn the_usual_segment_of_a_packet_says_what_the_whole_one_says(
            fragment in prop_oneof![6 => Just([0_u8, 0]), 1 => Just([0x20, 0]), 1 => Just([0, 1])],
            identification: [u8; 2],
            options in prop_oneof![
                Just(Vec::new()),
                Just(vec![1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8]),
                Just(vec![1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8]),
                Just(vec![1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1, 1, 1]),
            ],
            payload in 0..3_usize,
            cut in prop_oneof![4 => Just(0_usize), 1 => 1..20_usize],
        ) {
            let length = (20 + options.len()) as u8;
            let mut data = vec![0, 7, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, length << 2, 0x10];
            data.extend([1, 0, 0, 0, 0, 0]);
            data.extend(&options);
            data.resize(data.len() + payload, b'x');
            let mut frame = ipv4(6, 1, 2, &data);
            frame[18..20].copy_from_slice(&identification);
            frame[20..22].copy_from_slice(&fragment);
            let packet = packet(3, 4, &frame[..frame.len() - cut]);
            if let Some(tcp) = packet.tcp()
                && let Some(usual) = Usual::of_packet(&packet, tcp)
            {
                let segment = segment(&packet, tcp);
                let whole = Usual::of(&segment);
                prop_assert_eq!(format!("{:?}", Some(usual)), format!("{whole:?}"));
                prop_assert!(!segment.options_cut);
            } else {
                let is_usual = matches!(options.len(), 0 | 12) && options.get(2) != Some(&5);
                prop_assert!(!is_usual || packet.build == Build::OTHER);
            }
        }
    }
}
