//! Where a conversation begins: whether a packet goes on with the one that its
//! key has, what a new one is made of, and what it says of the one before.

use super::timeouts::is_silent;
use super::{FirstPacket, Flow, FlowId, Key, Side, Sides, roles};
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
        let mut key = *key;
        if let Some(id) = self.find(packet, &mut key, source_second) {
            if is_in_a_connection(packet) {
                return id;
            }
            let now_ns = self.clock.now_ns();
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
        let first = first(packet, &key, source_second);
        let id = self.table.add(&first);
        self.streams.conversation_begins(first.packet);
        if first.opening == Opening::HalfOpen
            && let Some(Sides { client, server }) = self.table.look(id, Flow::ends)
        {
            output.observations.push(Observation::Syn {
                packet: first.packet,
                client,
                listener: server,
                sequence: packet.tcp().map_or(0, |tcp| tcp.sequence),
                time_ns: first.time_ns,
            });
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
        self.end(id, self.clock.now_ns(), output);
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
/// with another initial number begins a new one, and so does any SYN where the
/// recording has only the rest of an older connection.
fn goes_on(connection: &Connection, side: Side, tcp: &Tcp) -> bool {
    if !tcp.flags.has(TcpFlags::SYN) || connection.begins_with(side, tcp.sequence) {
        return true;
    }
    if tcp.flags.has(TcpFlags::ACK) {
        return !connection.is_closed() || connection.is_asked(side, tcp.acknowledgment);
    }
    !connection.has_seen(side) && connection.is_only_asked(side)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Tracker;
    use crate::track::frames::{MS, ipv4, packet};

    const SYN: u8 = 2;
    const RST: u8 = 4;
    const ACK: u8 = 16;

    /// The conversations of segments between host 1, port 1000, and host 2, port
    /// 80, one after the other: who sends, flags, sequence number, acknowledgment.
    fn conversations(segments: &[(u8, u8, u32, u32)]) -> Vec<u64> {
        let mut tracker = Tracker::new();
        let mut output = Output::default();
        let mut found = Vec::new();
        for (number, (host, flags, sequence, acknowledgment)) in (1..).zip(segments) {
            let ports: [u8; 4] = match host {
                1 => [3, 232, 0, 80],
                _ => [0, 80, 3, 232],
            };
            let mut tcp = ports.to_vec();
            tcp.extend(sequence.to_be_bytes());
            tcp.extend(acknowledgment.to_be_bytes());
            tcp.extend([0x50, *flags, 16, 0, 0, 0, 0, 0]);
            let frame = ipv4(6, *host, 3 - host, &tcp);
            tracker.packet(&packet(number, number * 10 * MS, &frame), &mut output);
            found.extend(output.tracked.conversation);
        }
        found
    }

    #[test]
    fn a_syn_behind_the_rest_of_an_older_connection_begins_a_new_one() {
        let found = conversations(&[
            (2, ACK, 5000, 900),
            (2, RST, 5000, 0),
            (1, SYN, 1000, 0),
            (2, SYN | ACK, 7000, 1001),
            (1, ACK, 1001, 7001),
        ]);
        assert_eq!(found, [1, 1, 2, 2, 2]);
    }

    #[test]
    fn another_syn_after_a_rst_begins_a_new_one_and_the_same_does_not() {
        let refused = [(1, SYN, 1000, 0), (2, RST | ACK, 0, 1001)];
        for (again, expected) in [(1000, [1, 1, 1, 1]), (2000, [1, 1, 2, 2])] {
            let answered = [(1, SYN, again, 0), (2, SYN | ACK, 7000, again + 1)];
            assert_eq!(conversations(&[refused, answered].concat()), expected);
        }
    }

    #[test]
    fn a_syn_ack_behind_a_rst_in_its_name_belongs_to_the_syn() {
        let found = conversations(&[
            (1, SYN, 1000, 0),
            (2, RST | ACK, 0, 1001),
            (2, SYN | ACK, 7000, 1001),
        ]);
        assert_eq!(found, [1, 1, 1]);
    }

    #[test]
    fn a_syn_recorded_behind_its_answer_belongs_to_it() {
        let found = conversations(&[(2, SYN | ACK, 7000, 1001), (1, SYN, 1000, 0)]);
        assert_eq!(found, [1, 1]);
    }
}
