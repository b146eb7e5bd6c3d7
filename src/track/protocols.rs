//! The protocols beside TCP: each packet goes to the tracker that it concerns.

use super::tcp::Arrival;
use super::{ArpTracker, DnsStreams, DnsTracker, IcmpTracker, Output, PacketNumber, Side};
use crate::decode::{Packet, Protocol, Quoted, Tcp, Transport, View, view};

/// Ports of DNS over TCP: DNS itself, LLMNR.
const DNS_PORTS: [u16; 2] = [53, 5355];

/// Whether a segment may carry DNS.
fn is_dns(tcp: &Tcp) -> bool {
    DNS_PORTS.contains(&tcp.source_port) || DNS_PORTS.contains(&tcp.destination_port)
}

/// The trackers of ARP, ICMP and DNS.
#[derive(Debug, Default)]
pub(super) struct Protocols {
    arp: ArpTracker,
    /// Echoes, neighbour discovery, and the errors.
    icmp: IcmpTracker,
    dns: DnsTracker,
    dns_streams: DnsStreams,
    /// Before this time nothing has to be given up, so that most packets need
    /// not ask; 0: not known.
    due_ns: u64,
}

impl Protocols {
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
                if arrival.new == 0 {
                    return;
                }
                if is_dns(tcp) {
                    self.dns_bytes(packet, conversation, side, arrival, output);
                }
            }
            (Transport::Udp(_), _) => self.dns_message(packet, conversation, output),
            (Transport::Icmp(_), _) => {
                self.icmp.packet(packet, conversation, output);
                self.due_ns = self.due_ns.min(self.icmp.due_ns());
            }
            _ if packet.has(Protocol::Arp) => {
                self.arp.packet(packet, conversation, output);
                self.due_ns = self.due_ns.min(self.arp.due_ns());
            }
            _ => {}
        }
    }

    /// Hears of a question to a group, of which the answers may come in
    /// conversations that are followed here: nothing is told of it.
    pub fn overhear(&mut self, packet: &Packet<'_>) {
        let mut told_elsewhere = Output::default();
        let name = packet.frame.number;
        self.packet(packet, name, Side::Client, None, &mut told_elsewhere);
    }

    /// Tells of an ICMP error, the conversation of the packet that it quotes,
    /// and that packet's number and time.
    pub fn icmp_error(
        &mut self,
        packet: &Packet<'_>,
        quoted: &Quoted,
        conversation: Option<u64>,
        last: Option<(PacketNumber, u64)>,
        output: &mut Output,
    ) {
        self.icmp
            .error(packet, Some(quoted), conversation, last, output);
    }

    fn dns_message(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        if let Some(layer) = packet.layers.last()
            && let View::Dns(message) = view(packet, layer)
        {
            self.dns.message(packet, message, conversation, output);
            self.due_ns = self.due_ns.min(self.dns.due_ns());
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
        self.due_ns = self.due_ns.min(self.dns.due_ns());
    }

    /// Gives up what has waited long enough.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        if now_ns < self.due_ns {
            return;
        }
        self.arp.expire(now_ns, output);
        self.icmp.expire(now_ns, output);
        self.dns.expire(now_ns, output);
        let due = [self.arp.due_ns(), self.icmp.due_ns(), self.dns.due_ns()];
        self.due_ns = due.into_iter().fold(u64::MAX, u64::min);
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
