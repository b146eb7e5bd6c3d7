//! The protocols beside TCP: each packet goes to the tracker that it concerns.

use super::icmp;
use super::traceroute::Traceroutes;
use super::{
    ArpTracker, DhcpTracker, DnsTracker, Endpoint, Event, Evicted, IcmpTracker, Kept, Output,
    PacketNumber,
};
use crate::capture::Frame;
use crate::decode::{Packet, Protocol, Quoted, Transport, View, view};

/// The trackers of ARP, ICMP, DNS and DHCP.
#[derive(Debug, Default)]
pub(super) struct Protocols {
    arp: ArpTracker,
    /// Echoes, neighbour discovery, and the errors.
    icmp: IcmpTracker,
    dns: DnsTracker,
    dhcp: DhcpTracker,
    traceroutes: Traceroutes,
    /// Before this time nothing has to be given up, so that most packets need
    /// not ask; 0: not known.
    due_ns: u64,
}

impl Protocols {
    /// Tells of a packet in its conversation. What TCP carries is read as a
    /// stream.
    pub fn packet(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        match &packet.transport {
            Transport::Tcp(_) => {}
            Transport::Udp(_) => self.datagram(packet, conversation, output),
            Transport::Icmp(_) => {
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
        self.packet(packet, name, &mut told_elsewhere);
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
        let error = packet.frame.number;
        let query = match (&packet.transport, conversation) {
            (Transport::Icmp(icmp), Some(name)) if icmp::says_lost(*icmp) => {
                self.dns.rejected(error, quoted, name)
            }
            _ => None,
        };
        self.icmp
            .error(packet, Some(quoted), conversation, query.or(last), output);
        if let Some(Event::IcmpError(error)) = output.events.last() {
            self.traceroutes.error(packet, quoted, error);
            self.due_ns = self.due_ns.min(self.traceroutes.due_ns());
        }
    }

    /// Sees a packet in its conversation, whatever its protocol.
    pub fn may_be_probe(&mut self, packet: &Packet<'_>, conversation: u64) {
        self.traceroutes.packet(packet, conversation);
        self.due_ns = self.due_ns.min(self.traceroutes.due_ns());
    }

    /// Whether a traceroute is under way, to which any packet may belong.
    pub fn traces(&self) -> bool {
        self.traceroutes.is_under_way()
    }

    fn datagram(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        let Some(layer) = packet.layers.last() else {
            return;
        };
        match view(packet, layer) {
            View::Dns(message) => {
                self.dns.message(packet, message, conversation, output);
                self.due_ns = self.due_ns.min(self.dns.due_ns());
            }
            View::Dhcp(_) | View::Dhcpv6(_) => {
                self.dhcp.packet(packet, conversation, output);
                self.due_ns = self.due_ns.min(self.dhcp.due_ns());
            }
            _ => {}
        }
    }

    /// A DNS message over TCP was completed by this frame.
    pub fn dns_over_tcp(
        &mut self,
        frame: &Frame<'_>,
        ends: (Endpoint, Endpoint),
        message: &[u8],
        carried_by: (PacketNumber, PacketNumber),
        conversation: u64,
        output: &mut Output,
    ) {
        self.dns
            .message_over_tcp(frame, ends, message, carried_by, conversation, output);
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
        self.dhcp.expire(now_ns, output);
        self.traceroutes.expire(now_ns, output);
        let due = [
            self.arp.due_ns(),
            self.icmp.due_ns(),
            self.dns.due_ns(),
            self.dhcp.due_ns(),
            self.traceroutes.due_ns(),
        ];
        self.due_ns = due.into_iter().fold(u64::MAX, u64::min);
    }

    /// How many questions were given up to make room for others.
    pub fn evicted(&self) -> Evicted {
        let by_kind = [
            Evicted::of(Kept::Arp, self.arp.evicted()),
            self.icmp.evicted(),
            Evicted::of(Kept::Dns, self.dns.evicted()),
            Evicted::of(Kept::Dhcp, self.dhcp.evicted()),
        ];
        by_kind.into_iter().sum()
    }

    /// Gives up everything: the capture has ended.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        self.arp.finish(now_ns, output);
        self.icmp.finish(now_ns, output);
        self.dns.finish(now_ns, output);
        self.dhcp.finish(now_ns, output);
        self.traceroutes.expire(u64::MAX, output);
    }
}
