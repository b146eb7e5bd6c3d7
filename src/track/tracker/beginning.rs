//! Where a conversation begins: whether a packet goes on with the one that its
//! key has, what a new one is made of, and what it says of the one before.

use super::Tracker;
use crate::capture::Frame;
use crate::decode::{Brief, Packet, Protocol, Tcp, TcpFlags, Transport};
use crate::track::entry::{Entry, First};
use crate::track::key::Key;
use crate::track::roles;
use crate::track::syn_flood::Opening;
use crate::track::table::{Slot, is_silent};
use crate::track::tcp::Connection;
use crate::track::{Event, Output, PortReused, Side, TimeWaitReused};

impl Tracker {
    /// The packet's conversation: the open one that was found, or a new one.
    pub(super) fn conversation(
        &mut self,
        found: Option<Slot>,
        packet: &Packet<'_>,
        key: Key,
        source_second: bool,
        output: &mut Output,
    ) -> Slot {
        let now_ns = self.now_ns;
        if let Some(slot) = found {
            if is_in_a_connection(packet) {
                return slot;
            }
            let goes_on = self.table.get(slot).is_some_and(|entry| {
                let side = entry.side(source_second);
                match (&packet.transport, entry.tcp()) {
                    (Transport::Tcp(tcp), Some(connection)) => goes_on(connection, side, tcp),
                    _ => !is_silent(entry.end_ns, now_ns),
                }
            });
            if goes_on {
                return slot;
            }
            self.take_over(packet, slot, source_second, output);
        }
        let first = first(packet, key, source_second);
        let slot = self.table.add(&first);
        if let (Some(idle), true) = (&mut self.idle, first.is_tcp)
            && let Some(number) = self.table.number(slot)
        {
            idle.add(slot, number, self.now_ns);
        }
        if first.opening == Opening::HalfOpen
            && let Some(entry) = self.table.get(slot)
        {
            self.syn_floods.syn(entry.ends().server, first.time_ns);
        }
        slot
    }

    /// The 4-tuple's conversation ends because a new one begins.
    fn take_over(
        &mut self,
        packet: &Packet<'_>,
        slot: Slot,
        source_second: bool,
        output: &mut Output,
    ) {
        if let (Some(entry), Transport::Tcp(tcp)) = (self.table.get(slot), &packet.transport)
            && let Some(connection) = entry.tcp()
        {
            output
                .events
                .extend(reuse(entry, connection, source_second, packet, tcp));
        }
        self.end(slot, output);
    }
}

/// Whether the packet goes on with the conversation of its key in any case: a
/// segment that opens nothing. What could not be decoded stands under ports 0,
/// and is no connection.
#[inline]
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
    entry: &Entry,
    connection: &Connection,
    source_second: bool,
    packet: &Packet<'_>,
    tcp: &Tcp,
) -> Vec<Event> {
    let side = entry.side(source_second);
    let time_ns = packet.frame.time_ns;
    let mut events = vec![Event::PortReused(PortReused {
        earlier: entry.number,
        after_ns: time_ns.saturating_sub(entry.end_ns),
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
pub(super) fn first(packet: &Packet<'_>, key: Key, source_second: bool) -> First {
    let (source_is_client, roles) = roles::source_is_client(packet);
    First {
        key,
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

/// A new conversation, as its first frame shows it.
pub(super) fn first_of_brief(frame: &Frame<'_>, brief: &Brief, key: Key) -> First {
    let is_tcp = brief.build.is_tcp();
    let flags = brief.tcp.flags;
    let (source, destination) = brief.directed_ports();
    let (source_is_client, roles) = match is_tcp {
        true => roles::of_segment(flags, source, destination),
        false => roles::of_ports(source, destination),
    };
    First {
        key,
        protocol: Some(if is_tcp { Protocol::Tcp } else { Protocol::Udp }),
        vlan: key.vlan(),
        client_second: brief.source_second == source_is_client,
        roles,
        packet: frame.number,
        time_ns: frame.time_ns,
        is_tcp,
        opening: match is_tcp {
            true => Opening::of_first(flags),
            false => Opening::default(),
        },
    }
}
