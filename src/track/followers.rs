//! Who follows which protocol beside TCP: each packet goes to those that it
//! concerns.

use super::tcp::Arrival;
use super::{ArpTracker, DnsStreams, DnsTracker, IcmpTracker, Output, Side};
use crate::decode::{Packet, Protocol, Transport, View, view};

/// Ports of DNS over TCP: DNS itself, LLMNR.
const DNS_PORTS: [u16; 2] = [53, 5355];

/// The followers of ARP, ICMP and DNS.
#[derive(Debug, Default)]
pub(super) struct Followers {
    arp: ArpTracker,
    /// Echoes, neighbour discovery, and the errors.
    pub icmp: IcmpTracker,
    dns: DnsTracker,
    dns_streams: DnsStreams,
}

impl Followers {
    /// Tells of a packet in its conversation. `arrival`: what its TCP data
    /// brought.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        conversation: u64,
        side: Side,
        arrival: Option<Arrival>,
        output: &mut Output,
    ) {
        match (&packet.transport, arrival) {
            (Transport::Tcp(tcp), Some(arrival)) => {
                let ports = [tcp.source_port, tcp.destination_port];
                if ports.iter().any(|port| DNS_PORTS.contains(port)) {
                    self.dns_bytes(packet, conversation, side, arrival, output);
                }
            }
            (Transport::Udp(_), _) => self.dns_message(packet, conversation, output),
            (Transport::Icmp(_), _) => self.icmp.packet(packet, conversation, output),
            _ if packet.has(Protocol::Arp) => self.arp.packet(packet, conversation, output),
            _ => {}
        }
    }

    fn dns_message(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        if let Some(layer) = packet.layers.last()
            && let View::Dns(message) = view(packet, layer)
        {
            self.dns.message(packet, message, conversation, output);
        }
    }

    fn dns_bytes(
        &mut self,
        packet: &Packet<'_>,
        conversation: u64,
        side: Side,
        arrival: Arrival,
        output: &mut Output,
    ) {
        if arrival.new == 0 {
            return;
        }
        let whole = packet.payload.captured == packet.payload.length;
        if !arrival.in_order || !whole {
            self.dns_streams.lose(conversation, side);
            return;
        }
        let bytes = packet.payload_bytes();
        let new = bytes.get(arrival.repeated as usize..).unwrap_or_default();
        let dns = &mut self.dns;
        self.dns_streams.bytes(conversation, side, new, |message| {
            dns.message(packet, message, conversation, output);
        });
    }

    /// Gives up what has waited long enough.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        self.arp.expire(now_ns, output);
        self.icmp.expire(now_ns, output);
        self.dns.expire(now_ns, output);
    }

    /// Gives up everything: the capture has ended.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        self.arp.finish(now_ns, output);
        self.icmp.finish(now_ns, output);
        self.dns.finish(now_ns, output);
    }

    /// A TCP conversation has ended.
    pub fn end(&mut self, conversation: u64) {
        self.dns_streams.end(conversation);
    }
}
