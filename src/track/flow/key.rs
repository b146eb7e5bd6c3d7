//! What names a conversation: address pair, ports, protocol and VLAN, the same
//! for both directions.

use std::net::IpAddr;

use super::{Address, Endpoint};
use crate::decode::{Icmp, Network, Packet, Protocol, Quoted, Transport, View, quoted, view};
use crate::track::hash::hash;

/// IP protocol numbers.
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// In place of the ports of neighbour discovery.
const NEIGHBOUR_DISCOVERY: [u16; 2] = [1, 1];

/// The name of a conversation in the table. The lower end stands first, so
/// that both directions have the same key. Every packet makes one, and every
/// open conversation keeps one: 48 bytes, compared and hashed in a few words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::track) struct Key {
    /// As big-endian numbers.
    addresses: [u128; 2],
    /// 0 where there are none; of ICMP, what tells its conversations apart.
    ports: [u16; 2],
    /// The VLAN tag plus 1; 0 without one, as tag 0 is a tag too.
    vlan: u32,
    family: Family,
    /// The IP protocol number; 0 without IP.
    protocol: u8,
}

/// What the addresses of a key are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Family {
    #[default]
    Ipv4,
    Ipv6,
    /// ARP, between IPv4 addresses.
    Arp,
    /// No IP: between MAC addresses.
    Link,
}

impl Key {
    /// The conversation of a packet, and whether the packet's source stands
    /// second in the key; `None` where it carries no addresses.
    pub fn of(packet: &Packet<'_>) -> Option<(Self, bool)> {
        let vlan = tag(packet);
        if let Some(network) = &packet.network {
            let ports = match &packet.transport {
                Transport::Tcp(tcp) => [tcp.source_port, tcp.destination_port],
                Transport::Udp(udp) => [udp.source_port, udp.destination_port],
                Transport::Icmp(icmp) => told_apart(packet, *icmp),
                Transport::None => [0, 0],
            };
            return Some(Self::over_ip(network, ports, vlan));
        }
        let (ends, family) = without_ip(packet)?;
        let addresses = ends.map(|end| number(end.address));
        Some(Self::ordered(family, 0, addresses, [0, 0], vlan))
    }

    /// The conversation of the packet that an ICMP error quotes, as it would
    /// be on the wire that the error came over; and whether that packet's
    /// source stands second.
    pub fn of_quoted(quoted: &Quoted, packet: &Packet<'_>) -> (Self, bool) {
        let ports = [quoted.source_port, quoted.destination_port].map(Option::unwrap_or_default);
        Self::over_ip(&quoted.network, ports, tag(packet))
    }

    fn over_ip(network: &Network, ports: [u16; 2], vlan: u32) -> (Self, bool) {
        let protocol = network.protocol;
        let family = match network.source {
            IpAddr::V4(_) => Family::Ipv4,
            IpAddr::V6(_) => Family::Ipv6,
        };
        let ends = [network.source, network.destination];
        let addresses = ends.map(|ip| number(Address::Ip(ip)));
        Self::ordered(family, protocol, addresses, ports, vlan)
    }

    fn ordered(
        family: Family,
        protocol: u8,
        mut addresses: [u128; 2],
        mut ports: [u16; 2],
        vlan: u32,
    ) -> (Self, bool) {
        let swapped = (addresses[0], ports[0]) > (addresses[1], ports[1]);
        if swapped {
            addresses.swap(0, 1);
            ports.swap(0, 1);
        }
        let key = Self {
            addresses,
            ports,
            vlan,
            family,
            protocol,
        };
        (key, swapped)
    }

    /// Where the conversation is found in a table. The same in every run.
    pub fn hash(&self) -> u64 {
        let [first, second] = self.addresses;
        let kind = u64::from(self.protocol) << 8 | self.family as u64;
        let ports = u64::from(self.ports[0]) << 16 | u64::from(self.ports[1]);
        hash((first, second, ports << 32 | u64::from(self.vlan), kind))
    }

    /// The two ends, as they stand in the key.
    pub fn endpoints(&self) -> [Endpoint; 2] {
        let is_icmp = matches!(self.protocol, ICMP | ICMPV6);
        let has_ports = self.ports != [0, 0] && !is_icmp;
        let end = |place: usize| Endpoint {
            address: self.family.address(self.addresses[place]),
            port: has_ports.then_some(self.ports[place]),
        };
        [end(0), end(1)]
    }
}

/// Tells the conversations of ICMP between two hosts apart: neighbour discovery
/// from pings, as ARP is no ping either, and the errors about packets to a third
/// host from those about packets to a fourth. They go to different parts.
fn told_apart(packet: &Packet<'_>, icmp: Icmp) -> [u16; 2] {
    if icmp.is_neighbour_discovery() {
        return NEIGHBOUR_DISCOVERY;
    }
    quoted(packet).map_or([0, 0], |quoted| {
        let pair = hash((quoted.network.source, quoted.network.destination));
        [(pair >> 16) as u16, pair as u16]
    })
}

impl Family {
    fn address(self, number: u128) -> Address {
        match self {
            Self::Ipv4 | Self::Arp => Address::Ip(IpAddr::V4((number as u32).into())),
            Self::Ipv6 => Address::Ip(IpAddr::V6(number.into())),
            Self::Link => {
                let [_, _, a, b, c, d, e, f] = (number as u64).to_be_bytes();
                Address::Mac([a, b, c, d, e, f])
            }
        }
    }
}

/// Source and destination of a packet, as its conversation is told: IP
/// addresses with ports where there are ports; for ARP, sender and target;
/// else MAC addresses.
#[must_use]
pub fn endpoints(packet: &Packet<'_>) -> Option<(Endpoint, Endpoint)> {
    let Some(network) = &packet.network else {
        let ([source, destination], _) = without_ip(packet)?;
        return Some((source, destination));
    };
    let (source, destination) = match &packet.transport {
        Transport::Tcp(tcp) => (Some(tcp.source_port), Some(tcp.destination_port)),
        Transport::Udp(udp) => (Some(udp.source_port), Some(udp.destination_port)),
        Transport::Icmp(_) | Transport::None => (None, None),
    };
    let end = |ip, port| Endpoint {
        address: Address::Ip(ip),
        port,
    };
    Some((
        end(network.source, source),
        end(network.destination, destination),
    ))
}

/// The ends of a packet that has no IP header.
fn without_ip(packet: &Packet<'_>) -> Option<([Endpoint; 2], Family)> {
    let ends = |family, addresses: [Address; 2]| {
        let ends = addresses.map(|address| Endpoint {
            address,
            port: None,
        });
        (ends, family)
    };
    if let Some(addresses) = of_arp(packet) {
        return Some(ends(Family::Arp, addresses));
    }
    let layer = packet
        .layers
        .iter()
        .rev()
        .find(|layer| layer.protocol == Protocol::Ethernet)?;
    let View::Ethernet(ethernet) = view(packet, layer) else {
        return None;
    };
    let addresses = [ethernet.source, ethernet.destination];
    Some(ends(Family::Link, addresses.map(Address::Mac)))
}

fn of_arp(packet: &Packet<'_>) -> Option<[Address; 2]> {
    let layer = packet
        .layers
        .last()
        .filter(|layer| layer.protocol == Protocol::Arp)?;
    let View::Arp(arp) = view(packet, layer) else {
        return None;
    };
    Some([arp.sender_ip?, arp.target_ip?].map(Address::Ip))
}

fn tag(packet: &Packet<'_>) -> u32 {
    packet.vlan.map_or(0, |vlan| vlan.wrapping_add(1))
}

fn number(address: Address) -> u128 {
    match address {
        Address::Ip(IpAddr::V4(ip)) => u128::from(u32::from(ip)),
        Address::Ip(IpAddr::V6(ip)) => u128::from(ip),
        Address::Mac(mac) => mac.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::track::frames::{arp, ipv4, packet, udp};

    fn key(bytes: &[u8]) -> (Key, bool) {
        Key::of(&packet(1, 0, bytes)).unwrap()
    }

    fn datagram(source: (u8, u16), destination: (u8, u16)) -> Vec<u8> {
        ipv4(
            17,
            source.0,
            destination.0,
            &udp(source.1, destination.1, b""),
        )
    }

    #[test]
    fn a_key_stays_small() {
        assert_eq!(size_of::<Key>(), 48);
    }

    #[test]
    fn both_directions_have_one_key_and_know_who_stands_first() {
        let (there, swapped) = key(&datagram((1, 1000), (2, 53)));
        let (back, back_swapped) = key(&datagram((2, 53), (1, 1000)));
        assert_eq!(there, back);
        assert_eq!(there.hash(), back.hash());
        assert!(!swapped && back_swapped);
        // One host twice: the lower port stands first.
        let (_, swapped) = key(&datagram((1, 1000), (1, 53)));
        assert!(swapped);
    }

    #[test]
    fn ports_protocol_and_what_is_no_ip_make_other_keys() {
        let frames = [
            datagram((1, 1000), (2, 53)),
            datagram((1, 53), (2, 1000)),
            datagram((1, 1001), (2, 53)),
            datagram((1, 1000), (3, 53)),
            ipv4(1, 1, 2, &[8, 0, 0, 0, 0, 1, 0, 1]),
            ipv4(132, 1, 2, &[0; 8]),
            arp(1, [2; 6], 1, 2),
            [&[2; 6][..], &[3; 6], &[0x88, 0xcc], &[0; 46]].concat(),
        ];
        let keys: Vec<Key> = frames.iter().map(|frame| key(frame).0).collect();
        for (place, one) in keys.iter().enumerate() {
            assert_eq!(keys.iter().filter(|other| *other == one).count(), 1);
            let hashes = keys.iter().filter(|other| other.hash() == one.hash());
            assert_eq!(hashes.count(), 1, "{place}");
        }
    }

    #[test]
    fn a_key_tells_the_ends_that_it_was_made_of() {
        for frame in [
            datagram((1, 1000), (2, 53)),
            datagram((1, 1000), (2, 0)),
            ipv4(1, 1, 2, &[8, 0, 0, 0, 0, 1, 0, 1]),
            arp(1, [2; 6], 7, 2),
            [&[2; 6][..], &[3; 6], &[0x88, 0xcc], &[0; 46]].concat(),
        ] {
            let packet = packet(1, 0, &frame);
            let (key, swapped) = Key::of(&packet).unwrap();
            let [first, second] = key.endpoints();
            let ends = if swapped {
                (second, first)
            } else {
                (first, second)
            };
            assert_eq!(Some(ends), endpoints(&packet));
        }
    }

    fn at(source: u32, destination: u32, ports: [u16; 2]) -> Key {
        let addresses = [source, destination].map(u128::from);
        Key::ordered(Family::Ipv4, 6, addresses, ports, 0).0
    }

    #[test]
    fn neighbours_have_different_hashes() {
        // As a table sees them: by their lowest bits, and seven at the top.
        let (mut low, mut high) = (HashSet::new(), [0_u32; 128]);
        for host in 0..64_u32 {
            for port in 0..1024_u16 {
                let hash = at(0x0a00_0000 + host, 0x0a01_0000, [port, 80]).hash();
                low.insert(hash & 0xffff);
                high[(hash >> 57) as usize] += 1;
            }
        }
        // 65,536 balls thrown into as many boxes hit 63 % of them.
        assert!(low.len() > 40_500, "{}", low.len());
        assert!(high.iter().all(|count| (300..740).contains(count)));
    }

    #[test]
    fn ipv6_addresses_count_in_every_word() {
        let hashes: HashSet<u64> = (0..8)
            .map(|place| {
                let mut addresses = [0_u128; 2];
                addresses[place / 4] = 1 << (32 * (place % 4));
                Key::ordered(Family::Ipv6, 6, addresses, [1, 2], 0).0.hash()
            })
            .collect();
        assert_eq!(hashes.len(), 8);
    }
}
