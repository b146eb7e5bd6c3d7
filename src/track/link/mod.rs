//! The link that a capture was made on: which of its stations is a gateway, and
//! which addresses its subnet has. In come the first packets of conversations and
//! what ARP, neighbour discovery and DHCP say, out go findings at the end.
//!
//! Judged at the merge, as it rests on many pairs of addresses.

mod gateways;
mod subnet;

use std::net::IpAddr;

use gateways::Gateways;
use subnet::Subnets;

use super::{Finding, NextHop, PacketNumber, Tracked};
use crate::decode::{Arp, Packet, Protocol, TcpFlags, Transport, View, is_group_address, view};

/// ARP's questions and answers (RFC 826).
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// ICMPv6's router advertisement, the place of its lifetime, and the neighbour
/// messages (RFC 4861, section 4).
const ROUTER_ADVERTISEMENT: u8 = 134;
const LIFETIME: usize = 6;
const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;

/// What a DHCP server gave a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub packet: PacketNumber,
    pub address: IpAddr,
    /// Bits of the mask (option 1).
    pub prefix_length: Option<u8>,
    /// The first router (option 3).
    pub router: Option<IpAddr>,
}

/// A frame between two stations, as far as its addresses go.
#[derive(Clone, Copy, Debug)]
struct Hop {
    packet: PacketNumber,
    macs: [[u8; 6]; 2],
    ips: [IpAddr; 2],
    time_to_live: u8,
}

#[derive(Debug, Default)]
pub(super) struct Link {
    gateways: Gateways,
    subnets: Subnets,
}

impl Link {
    /// Looks at the next packet: most tell nothing new.
    pub fn packet(&mut self, packet: &Packet<'_>, tracked: &Tracked) {
        let number = packet.frame.number;
        let opens = tracked.conversation == Some(number)
            || match &packet.transport {
                Transport::Tcp(tcp) => tcp.flags.has(TcpFlags::SYN),
                Transport::Icmp(icmp) => icmp.is_neighbour_discovery(),
                Transport::Udp(_) => false,
                Transport::None => packet.network.is_none(),
            };
        if !opens {
            return;
        }
        let Some(macs) = macs(packet) else {
            return;
        };
        match &packet.network {
            None => self.arp(packet, macs),
            Some(network) => {
                let ips = [network.source, network.destination];
                self.neighbour(packet, macs[0], network.source);
                if ips[0] == ips[1]
                    || packet
                        .layers
                        .iter()
                        .filter(|one| is_ip(one.protocol))
                        .count()
                        != 1
                {
                    return;
                }
                let hop = Hop {
                    packet: number,
                    macs,
                    ips,
                    time_to_live: network.time_to_live,
                };
                self.gateways.hop(&hop);
                self.subnets.hop(&hop);
            }
        }
    }

    /// A DHCP server gave this to a client.
    pub fn lease(&mut self, lease: &Lease) {
        if let Some(router) = lease.router {
            self.gateways.named_by_dhcp(router, lease.packet);
        }
        self.subnets.lease(lease);
    }

    fn arp(&mut self, packet: &Packet<'_>, macs: [[u8; 6]; 2]) {
        let layer = packet.layers.last();
        let Some(View::Arp(arp)) = layer.map(|layer| view(packet, layer)) else {
            return;
        };
        let Arp {
            operation: REQUEST | REPLY,
            sender_mac: Some(mac),
            sender_ip: Some(sender),
            target_ip: Some(target),
            ..
        } = arp
        else {
            return;
        };
        // Who answers for others is a proxy, and says nothing of itself.
        if sender.is_unspecified() || mac != macs[0] {
            return;
        }
        let number = packet.frame.number;
        self.gateways.owns(mac, sender, number);
        if arp.operation == REQUEST && sender != target {
            self.gateways.asked(target);
            self.subnets.asks(sender, target, number);
        }
    }

    /// Neighbour discovery, if it is that.
    fn neighbour(&mut self, packet: &Packet<'_>, mac: [u8; 6], source: IpAddr) {
        let Transport::Icmp(icmp) = &packet.transport else {
            return;
        };
        if !icmp.v6 || source.is_unspecified() {
            return;
        }
        let number = packet.frame.number;
        match icmp.kind {
            ROUTER_ADVERTISEMENT => {
                let layer = packet.layers.last();
                let header = layer
                    .map(|layer| packet.header_bytes(layer))
                    .unwrap_or_default();
                let lifetime = header.get(LIFETIME..LIFETIME + 2);
                if lifetime.is_some_and(|bytes| bytes != [0, 0]) {
                    self.gateways.advertises(mac, source, number);
                }
            }
            SOLICITATION | ADVERTISEMENT => self.gateways.owns(mac, source, number),
            _ => {}
        }
    }

    /// The gateway that a frame goes to, or comes from, by what was seen so far.
    pub fn next_hop(&self, packet: &Packet<'_>) -> Option<NextHop> {
        let macs = macs(packet)?;
        let network = packet.network?;
        let is_one = packet
            .layers
            .iter()
            .filter(|one| is_ip(one.protocol))
            .count()
            == 1;
        let ips = [network.source, network.destination];
        if !is_one || !ips.iter().all(|ip| reaches_beyond(*ip)) {
            return None;
        }
        [
            (macs[1], ips[0], ips[1], false),
            (macs[0], ips[1], ips[0], true),
        ]
        .into_iter()
        .find_map(|(mac, near, far, comes)| {
            let subnet = self.subnets.of(near);
            let is_elsewhere = self.subnets.of(far) != subnet && subnet.is_some();
            let gateway = self.gateways.passes_on(mac, far, is_elsewhere)?;
            Some(NextHop {
                mac,
                address: gateway.address,
                comes,
                near,
                far,
                subnet: subnet.filter(|_| is_elsewhere),
                behind: gateway.behind,
            })
        })
    }

    /// What there is to tell.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        self.gateways.findings(findings);
        self.subnets.findings(findings);
    }
}

fn is_ip(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6)
}

/// The stations that a frame went from and to; `None` where it has none, or both
/// are one.
fn macs(packet: &Packet<'_>) -> Option<[[u8; 6]; 2]> {
    let first = packet.layers.first()?;
    if first.protocol != Protocol::Ethernet {
        return None;
    }
    let View::Ethernet(ethernet) = view(packet, first) else {
        return None;
    };
    let (source, destination) = (ethernet.source, ethernet.destination);
    let is_known = |mac: [u8; 6]| mac != [0; 6];
    (source != destination && is_known(source) && is_known(destination))
        .then_some([source, destination])
}

/// Whether this is the address of a group of stations.
fn is_group(mac: [u8; 6]) -> bool {
    let [first, ..] = mac;
    first & 1 != 0
}

/// Whether an address can stand behind a gateway: those of a link never do.
fn reaches_beyond(address: IpAddr) -> bool {
    if is_group_address(address) || address.is_unspecified() || address.is_loopback() {
        return false;
    }
    match address {
        IpAddr::V4(address) => !address.is_link_local() && address.octets()[0] != 0,
        IpAddr::V6(address) => !address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
