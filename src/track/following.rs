//! The way of a packet of a conversation that is followed: it is counted, and a
//! segment goes through its connection.

use super::flow::{Counted, Flow, FlowId, Stream};
use super::nat::{COMPARED, Fingerprint};
use super::observation::Observation;
use super::part::Part;
use super::recording::OversizeSegment;
use super::servers::Opening;
use super::stream::{self, Events, Streams};
use super::tcp::{Followed, Purpose, Segment};
use super::{Event, Output, PacketNumber, Side, Sides, Tracked};
use crate::decode::{
    Checksum, ChecksumVerdict, Packet, Protocol, Tcp, TcpFlags, Transport, tcp_data_sum,
};

/// A TCP header without options (RFC 9293, section 3.1).
const TCP_HEADER: u32 = 20;

impl Part {
    /// Counts the packet in its conversation, as what it was on the wire, and tells
    /// who follows it. `datagram`: the fragment of it that was seen first, if it came
    /// in fragments.
    pub(super) fn follow(
        &mut self,
        packet: &Packet<'_>,
        on_wire: &Packet<'_>,
        datagram: Option<PacketNumber>,
        (id, source_second): (FlowId, bool),
        output: &mut Output,
    ) {
        let Some(flow) = self.table.get(id) else {
            return;
        };
        let side = flow.side(source_second);
        let name = flow.first_packet;
        output.tracked = Tracked::of(name, side);
        output.tracked.undecoded = flow.content.undecoded(packet);
        if self.clock.has_stepped() {
            flow.clock_stepped(&self.clock);
        }
        flow.count(side, &Counted::of(on_wire), &on_wire.layers);
        if flow.compared < COMPARED && packet.payload.length > 0 {
            let found = Fingerprint::of(packet, name, flow.ends(), side);
            flow.compared += u8::from(found.is_some());
            output.observations.extend(found.map(Observation::Data));
        }
        let Transport::Tcp(tcp) = &packet.transport else {
            if let Transport::Udp(_) = &packet.transport {
                flow.datagram(side, packet.frame.time_ns);
            }
            flow.sent[side].unique_payload += u64::from(on_wire.payload.length);
            if self.streams.reads_datagram(packet, name) {
                let events = &mut Events {
                    conversation: name,
                    ends: flow.ends(),
                    opening: None,
                    secrets: self.secrets,
                    packet: Some(packet),
                    output,
                    protocols: &mut self.protocols,
                };
                self.streams.datagram(side, packet, events);
            }
            return self.protocols.packet(packet, name, output);
        };
        let Some(stream) = flow.stream.as_deref_mut() else {
            return;
        };
        let mut segment = segment(packet, tcp);
        segment.known_since_ns = self.clock.known_since_ns();
        if segment.is_sound {
            let (start, bytes) = (first_data(tcp), segment.payload);
            segment.other_bytes =
                self.streams
                    .other_bytes(&stream.interest, name, side, start, bytes);
        }
        let connection = &mut stream.connection;
        let known_in_part = datagram.is_some_and(|datagram| connection.is_whole(datagram));
        let before = connection.follow_unfinished(side, &segment);
        flow.sent.client.unique_payload += u64::from(before.client);
        flow.sent.server.unique_payload += u64::from(before.server);
        let followed = match known_in_part {
            true => connection.known_in_part(side, &segment),
            false => connection.segment(side, &segment, &mut output.events),
        };
        output.tracked.tcp = Some(followed.tracked);
        if tcp.payload_length > 0 {
            let offered = stream.connection.offered_segment_size(side.other());
            let oversize = OversizeSegment::of(packet, offered);
            output
                .observations
                .extend(oversize.map(Observation::Oversize));
        }
        if tcp.flags.has(TcpFlags::SYN) && tcp.flags.has(TcpFlags::ACK) {
            let ends = flow.ends();
            output.observations.push(Observation::SynAck {
                packet: packet.frame.number,
                conversation: name,
                client: ends[side.other()],
                server: ends[side],
                acknowledgment: tcp.acknowledgment,
            });
        }
        flow.sent[side].unique_payload += u64::from(followed.arrival.new);
        let now_ns = self.clock.now_ns();
        let completes =
            !followed.is_refused && open(flow, side, tcp, now_ns, &mut output.observations);
        if let Some(stream) = &mut flow.stream {
            let purpose = Purpose {
                bytes: on_wire.frame.original_length,
                header: header_length(packet),
                new: followed.arrival.new,
                completes,
                is_closing: stream.connection.is_closing(),
            };
            stream.reliability.add(tcp, &purpose);
        }
        // What comes behind a close opens nothing.
        let carries = followed.arrival.new > 0
            && flow.tcp().is_some_and(|connection| !connection.is_closed());
        let counted = (flow.counted || followed.opened || carries) && !followed.closed;
        match (std::mem::replace(&mut flow.counted, counted), counted) {
            (false, true) => {
                let Sides { client, server } = flow.ends();
                output
                    .observations
                    .push(Observation::Opened { server, client });
            }
            (true, false) => {
                let server = flow.ends().server;
                output.observations.push(Observation::Closed { server });
            }
            _ => {}
        }
        if let Some(stream) = &flow.stream {
            output.tracked.in_head = is_in_head(&self.streams, stream, name, side, tcp);
        }
        let read = stream_segment(packet, tcp, side, &followed, segment.is_sound);
        let ends = flow.ends();
        if let Some(stream) = &mut flow.stream
            && (stream.interest.concerns(&read) || self.streams.gives_on(name))
        {
            let numbers = stream.connection.numbers();
            let opening = stream.connection.opened_by();
            let events = &mut Events {
                conversation: name,
                ends,
                opening,
                secrets: self.secrets,
                packet: Some(packet),
                output,
                protocols: &mut self.protocols,
            };
            self.streams
                .segment(&mut stream.interest, &read, &numbers, events);
            if output.events.iter().any(Event::is_of_dns) {
                flow.content.speaks(Protocol::Dns);
            }
        }
        if followed.closed {
            self.table.close(id, now_ns, packet.frame.number);
        }
    }
}

/// Whether the data of a segment go on with a head that other packets begin, or may.
pub(super) fn is_in_head(
    streams: &Streams,
    stream: &Stream,
    conversation: PacketNumber,
    side: Side,
    tcp: &Tcp,
) -> bool {
    let numbers = || stream.connection.numbers();
    tcp.payload_length > 0
        && streams.is_in_head(
            &stream.interest,
            conversation,
            side,
            first_data(tcp),
            numbers,
        )
}

/// Bytes of TCP's header on the wire.
fn header_length(packet: &Packet<'_>) -> u32 {
    let mut layers = packet.layers.iter();
    let tcp = layers.rfind(|layer| layer.protocol == Protocol::Tcp);
    tcp.map_or(0, |layer| layer.header_length)
}

/// Takes a connection's handshake as far as a segment brings it; gives whether
/// the segment completed it.
fn open(
    flow: &mut Flow,
    side: Side,
    tcp: &Tcp,
    now_ns: u64,
    observations: &mut Vec<Observation>,
) -> bool {
    let since_syn_ns = now_ns.saturating_sub(flow.start_ns);
    let after = flow.opening.after(side, tcp.flags, since_syn_ns);
    let before = std::mem::replace(&mut flow.opening, after);
    if before != after {
        observations.push(Observation::OpeningChanged {
            syn: flow.first_packet,
            listener: flow.ends().server,
            syn_ns: flow.start_ns,
            from: before,
            to: after,
        });
    }
    before != after && after == Opening::Completed
}

pub(super) fn segment<'p>(packet: &Packet<'p>, tcp: &Tcp) -> Segment<'p> {
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
    segment.payload = packet.payload_bytes();
    if tcp.payload_length > 0 {
        let sum = tcp_data_sum(packet);
        segment.data_sum = sum.map(|(sum, _)| sum);
        segment.is_sound = match sum {
            Some((_, holds)) => holds,
            None => is_offloaded(packet),
        };
    }
    segment
}

/// Whether the packet was recorded whole before the network card filled in its
/// checksum.
fn is_offloaded(packet: &Packet<'_>) -> bool {
    let sum = packet.checksums.last();
    let offloaded = |sum: &Checksum| matches!(sum.verdict, ChecksumVerdict::Offloaded { .. });
    sum.is_some_and(offloaded) && packet.payload.captured == packet.payload.length
}

/// The sequence number of a segment's first data byte.
fn first_data(tcp: &Tcp) -> u32 {
    let syn = u32::from(tcp.flags.has(TcpFlags::SYN));
    tcp.sequence.wrapping_add(syn)
}

/// A segment as far as it bears on its connection's bytes: those that its
/// receiver does not take are not read.
fn stream_segment<'p>(
    packet: &Packet<'p>,
    tcp: &Tcp,
    side: Side,
    followed: &Followed,
    is_sound: bool,
) -> stream::Segment<'p> {
    let arrival = &followed.arrival;
    let is_taken = arrival.new > 0 || arrival.repeated > 0;
    stream::Segment {
        packet: packet.frame.number,
        time_ns: packet.frame.time_ns,
        side,
        start: first_data(tcp),
        length: if is_taken { tcp.payload_length } else { 0 },
        bytes: packet.payload_bytes(),
        is_sound,
        is_last: tcp.flags.has(TcpFlags::FIN),
        closes: followed.closed,
    }
}
