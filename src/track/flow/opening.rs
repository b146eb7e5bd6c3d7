//! Where a conversation begins: whether a packet goes on with the one that its
//! key has, what a new one is made of, and what it says of the one before.

use super::timeouts::is_silent;
use super::{FirstPacket, Flow, FlowId, Key, Side, roles};
use crate::decode::{Packet, Protocol, Tcp, TcpFlags, Transport};
use crate::track::observation::Observation;
use crate::track::part::Part;
use crate::track::servers::Opening;
use crate::track::tcp::Connection;
use crate::track::{Event, Output, PortReused, TimeWaitReused};

impl Part {
    /// The packet's conversation: the open one of its key, or a new one.
    pub(in crate::track) fn conversation(
        &mut self,
        packet: &Packet<'_>,
        key: &Key,
        source_second: bool,
        output: &mut Output,
    ) -> FlowId {
        if let Some(id) = self.table.find(key) {
            if is_in_a_connection(packet) {
                return id;
            }
            let now_ns = self.now_ns;
            let goes_on = |flow: &Flow| {
                let side = flow.side(source_second);
                match (&packet.transport, flow.tcp()) {
                    (Transport::Tcp(tcp), Some(connection)) => goes_on(connection, side, tcp),
                    _ => !is_silent(flow.end_ns, now_ns),
                }
            };
            if self.table.get(id).is_some_and(|flow| goes_on(flow)) {
                return id;
            }
            self.take_over(packet, id, source_second, output);
        }
        let first = first(packet, key, source_second);
        let id = self.table.add(&first);
        if first.opening == Opening::HalfOpen
            && let Some(listener) = self.table.look(id, |flow| flow.ends().server)
        {
            let time_ns = first.time_ns;
            output
                .observations
                .push(Observation::Syn { listener, time_ns });
        }
        id
    }

    /// The 4-tuple's conversation ends because a new one begins.
    fn take_over(
        &mut self,
        packet: &Packet<'_>,
        id: FlowId,
        source_second: bool,
        output: &mut Output,
    ) {
        if let (Some(flow), Transport::Tcp(tcp)) = (self.table.get(id), &packet.transport)
            && let Some(connection) = flow.tcp()
        {
            output
                .events
                .extend(reuse(flow, connection, source_second, packet, tcp));
        }
        self.end(id, self.now_ns, output);
    }
}

/// Whether the packet goes on with the conversation of its key in any case: a
/// segment that opens nothing. What could not be decoded stands under ports 0,
/// and is no connection.
fn is_in_a_connection(packet: &Packet<'_>) -> bool {
    packet.tcp().is_some_and(|tcp| {
        let has_ports = tcp.source_port | tcp.destination_port != 0;
        has_ports && !tcp.flags.has(TcpFlags::SYN)
    })
}

/// Whether a segment belongs to the connection that its 4-tuple has: a SYN
/// with another initial number begins a new one.
fn goes_on(connection: &Connection, side: Side, tcp: &Tcp) -> bool {
    if !tcp.flags.has(TcpFlags::SYN) || !connection.has_seen(side) {
        return true;
    }
    if tcp.flags.has(TcpFlags::ACK) && !connection.is_closed() {
        return true;
    }
    connection.initial_of(side) == Some(tcp.sequence)
}

/// What a new connection says of the one that had its 4-tuple.
fn reuse(
    flow: &Flow,
    connection: &Connection,
    source_second: bool,
    packet: &Packet<'_>,
    tcp: &Tcp,
) -> Vec<Event> {
    let side = flow.side(source_second);
    let time_ns = packet.frame.time_ns;
    let mut events = vec![Event::PortReused(PortReused {
        earlier: flow.first_packet,
        after_ns: time_ns.saturating_sub(flow.end_ns),
        was_closed: connection.is_closed(),
    })];
    let waiting = Side::BOTH
        .into_iter()
        .find_map(|holder| Some((holder, connection.time_wait_since(holder)?)));
    if let Some((holder, since_ns)) = waiting {
        events.push(Event::TimeWaitReused(TimeWaitReused {
            holder,
            in_time_wait_ns: time_ns.saturating_sub(since_ns),
            old_end: connection.end_of(side),
            sequence: tcp.sequence,
        }));
    }
    events
}

/// A new conversation, as its first packet shows it.
fn first(packet: &Packet<'_>, key: &Key, source_second: bool) -> FirstPacket {
    let (source_is_client, roles) = roles::source_is_client(packet);
    FirstPacket {
        key: *key,
        protocol: protocol(packet),
        vlan: packet.vlan,
        client_second: source_second == source_is_client,
        roles,
        packet: packet.frame.number,
        time_ns: packet.frame.time_ns,
        is_tcp: matches!(packet.transport, Transport::Tcp(_)),
        opening: packet
            .tcp()
            .map_or_else(Opening::default, |tcp| Opening::of_first(tcp.flags)),
    }
}

/// What names a conversation: its transport, else the innermost layer.
fn protocol(packet: &Packet<'_>) -> Option<Protocol> {
    match &packet.transport {
        Transport::Tcp(_) => Some(Protocol::Tcp),
        Transport::Udp(_) => Some(Protocol::Udp),
        Transport::Icmp(icmp) if icmp.v6 => Some(Protocol::Icmpv6),
        Transport::Icmp(_) => Some(Protocol::Icmp),
        Transport::None => packet.layers.last().map(|layer| layer.protocol),
    }
}
