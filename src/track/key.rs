//! What names a conversation: address pair, ports, protocol and VLAN, the same
//! for both directions.

use std::net::IpAddr;

use super::hash::{MIX, mix};
use super::packed::{Kind, Packed, Packer, Plain, Seldom, Unpacker, packed_choice};
use super::{Address, Endpoint};
use crate::decode::{Brief, Network, Packet, Protocol, Quoted, Transport, View, view};

/// IP protocol numbers.
pub(super) const ICMP: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const ICMPV6: u8 = 58;
/// In their place where there is no IP.
pub(super) const NONE: u8 = 0;

/// The name of a conversation in the table. The lower end stands first, so
/// that both directions have the same key. Every packet makes one, and every
/// open conversation keeps one: 44 bytes, compared and hashed in a few words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    /// As big-endian numbers, the highest word first; IPv4 and MAC addresses
    /// in the last words.
    addresses: [[u32; 4]; 2],
    /// 0 where there are none.
    ports: [u16; 2],
    /// The VLAN tag plus 1; 0 without one, as tag 0 is a tag too.
    vlan: u32,
    family: Family,
    /// The IP protocol number; 0 without IP.
    protocol: u8,
}

impl Packed for Key {
    fn pack(&self, to: &mut Packer) {
        let Self {
            addresses,
            ports,
            vlan,
            family,
            protocol,
        } = self;
        family.pack(to);
        Plain::pack(protocol, to);
        Seldom::pack(vlan, to);
        let (upper, lower) = family.address_bytes();
        for [a, b, c, d] in addresses {
            to.put(pair(*a, *b), upper);
            to.put(pair(*c, *d), lower);
        }
        let [first, second] = ports;
        to.put(u64::from(*second) << 16 | u64::from(*first), 4);
    }

    fn unpack(&mut self, from: &mut Unpacker<'_>) {
        self.family.unpack(from);
        Plain::unpack(&mut self.protocol, from);
        Seldom::unpack(&mut self.vlan, from);
        let (upper, lower) = self.family.address_bytes();
        for address in &mut self.addresses {
            let (upper, lower) = (from.get(upper), from.get(lower));
            *address = words(u128::from(upper) << 64 | u128::from(lower));
        }
        let ports = from.get(4);
        self.ports = [ports as u16, (ports >> 16) as u16];
    }
}

/// What the addresses of a key are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Family {
    #[default]
    Ipv4,
    Ipv6,
    /// ARP, between IPv4 addresses.
    Arp,
    /// No IP: between MAC addresses.
    Link,
}

packed_choice!(Family, 2 bits { Ipv4, Ipv6, Arp, Link });

impl Family {
    /// What has addresses of IPv6 (`wide`) or of IPv4, and this IP protocol.
    #[inline(always)]
    const fn of(wide: bool, protocol: u8) -> Self {
        match (wide, protocol) {
            (true, _) => Self::Ipv6,
            (false, NONE) => Self::Arp,
            (false, _) => Self::Ipv4,
        }
    }

    /// Bytes of the upper and of the lower half of an address that are not
    /// always 0.
    const fn address_bytes(self) -> (usize, usize) {
        match self {
            Self::Ipv4 | Self::Arp => (0, 4),
            Self::Ipv6 => (8, 8),
            Self::Link => (0, 6),
        }
    }
}

impl Key {
    /// The conversation of a packet, and whether the packet's source stands
    /// second in the key; `None` where it carries no addresses.
    #[inline]
    pub fn of(packet: &Packet<'_>) -> Option<(Self, bool)> {
        let vlan = tag(packet);
        if let Some(network) = &packet.network {
            let ports = match &packet.transport {
                Transport::Tcp(tcp) => [tcp.source_port, tcp.destination_port],
                Transport::Udp(udp) => [udp.source_port, udp.destination_port],
                Transport::Icmp(_) | Transport::None => [0, 0],
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

    // Every packet comes by here: a call would copy the key.
    #[inline(always)]
    fn over_ip(network: &Network, ports: [u16; 2], vlan: u32) -> (Self, bool) {
        let protocol = network.protocol;
        if let (IpAddr::V4(source), IpAddr::V4(destination)) = (network.source, network.destination)
        {
            // Nearly every packet: no need to widen the numbers.
            let (source, destination) = (u32::from(source), u32::from(destination));
            let swapped = (source, ports[0]) > (destination, ports[1]);
            let addresses = [[0, 0, 0, source], [0, 0, 0, destination]];
            let key = Self::placed(Family::Ipv4, protocol, addresses, ports, vlan, swapped);
            return (key, swapped);
        }
        let source = number(Address::Ip(network.source));
        let destination = number(Address::Ip(network.destination));
        Self::ordered(Family::Ipv6, protocol, [source, destination], ports, vlan)
    }

    #[inline]
    fn ordered(
        family: Family,
        protocol: u8,
        addresses: [u128; 2],
        ports: [u16; 2],
        vlan: u32,
    ) -> (Self, bool) {
        let swapped = (addresses[0], ports[0]) > (addresses[1], ports[1]);
        let addresses = [words(addresses[0]), words(addresses[1])];
        let key = Self::placed(family, protocol, addresses, ports, vlan, swapped);
        (key, swapped)
    }

    #[inline]
    fn placed(
        family: Family,
        protocol: u8,
        [source, destination]: [[u32; 4]; 2],
        [source_port, destination_port]: [u16; 2],
        vlan: u32,
        swapped: bool,
    ) -> Self {
        let (addresses, ports) = if swapped {
            ([destination, source], [destination_port, source_port])
        } else {
            ([source, destination], [source_port, destination_port])
        };
        Self {
            addresses,
            ports,
            vlan,
            family,
            protocol,
        }
    }

    /// Where the conversation is found in a table, and by whom it is followed:
    /// all 64 bits are well mixed. The same in every run.
    // Where the key was just made, its family is known.
    #[inline(always)]
    pub fn hash(&self) -> u64 {
        let [first, second] = &self.addresses;
        let kind = u32::from(self.protocol) << 2 | self.family as u32;
        // In the order in which they lie in memory, mostly.
        let ports = u32::from(self.ports[1]) << 16 | u32::from(self.ports[0]);
        // The kind lies over the outer of two tags, which is rare.
        let rest = pair(ports, self.vlan ^ kind << 16);
        let addresses = if self.family == Family::Ipv6 {
            let mixed = |address: &[u32; 4], by| {
                mix(pair(address[0], address[1]) ^ by, by) ^ pair(address[2], address[3])
            };
            mix(mixed(first, MIX[1]), MIX[2]) ^ mixed(second, MIX[0])
        } else {
            // A MAC address's upper two bytes are its maker's.
            pair(first[3], second[3]) ^ pair(second[2], first[2])
        };
        mix(mix(addresses ^ MIX[2], MIX[0]) ^ rest, MIX[1])
    }

    /// The key of a conversation over IPv4 or IPv6 (`wide`), or of ARP, which
    /// has no IP protocol, put together from what it consists of; IPv4 addresses
    /// stand in the last words.
    #[inline(always)]
    pub fn restored(
        wide: bool,
        protocol: u8,
        addresses: [[u32; 4]; 2],
        ports: [u16; 2],
        vlan: u32,
    ) -> Self {
        Self {
            addresses,
            ports,
            vlan,
            family: Family::of(wide, protocol),
            protocol,
        }
    }

    /// The conversation of a frame of a usual build.
    #[inline(always)]
    pub fn of_brief(brief: &Brief) -> Self {
        let protocol = if brief.build.is_tcp() { TCP } else { UDP };
        let wide = brief.build.is_ipv6();
        Self::restored(wide, protocol, brief.addresses, brief.ports, brief.tag)
    }

    /// Whether it is the connection of a frame of a usual build with TCP.
    #[inline(always)]
    pub fn is_connection_of(&self, brief: &Brief) -> bool {
        self.addresses == brief.addresses
            && self.ports == brief.ports
            && self.vlan == brief.tag
            && self.protocol == TCP
            && self.is_over(brief.build.is_ipv6())
    }

    /// Whether it is that of a conversation over IP between addresses like
    /// these: IPv6 (`wide`) or IPv4.
    #[inline]
    pub fn is_over(&self, wide: bool) -> bool {
        self.family == if wide { Family::Ipv6 } else { Family::Ipv4 }
    }

    /// Whether [`Key::restored`] makes it of its parts; `wide`: with addresses of
    /// IPv6.
    #[inline]
    pub fn is_restorable(&self, wide: bool) -> bool {
        self.family == Family::of(wide, self.protocol)
    }

    /// The addresses, as they stand in the key: the highest word first, IPv4's
    /// in the last word.
    #[inline]
    pub fn addresses(&self) -> &[[u32; 4]; 2] {
        &self.addresses
    }

    /// The IP protocol number; 0 without IP.
    #[inline]
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// The VLAN tag plus 1; 0 without one.
    #[inline]
    pub fn tag(&self) -> u32 {
        self.vlan
    }

    /// The VLAN, as [`Packet::vlan`] has it.
    pub fn vlan(&self) -> Option<u32> {
        self.vlan.checked_sub(1)
    }

    /// The ports, as they stand in the key.
    #[inline]
    pub fn ports(&self) -> [u16; 2] {
        self.ports
    }

    /// The two ends, as they stand in the key.
    pub fn endpoints(&self) -> [Endpoint; 2] {
        let has_ports = self.ports != [0, 0];
        let end = |place: usize| Endpoint {
            address: self.family.address(self.addresses[place]),
            port: has_ports.then_some(self.ports[place]),
        };
        [end(0), end(1)]
    }
}

#[inline]
fn pair(upper: u32, lower: u32) -> u64 {
    u64::from(upper) << 32 | u64::from(lower)
}

impl Family {
    fn address(self, address: [u32; 4]) -> Address {
        let [a, b, c, d] = address;
        match self {
            Self::Ipv4 | Self::Arp => Address::Ip(IpAddr::V4(d.into())),
            Self::Ipv6 => {
                let number = u128::from(pair(a, b)) << 64 | u128::from(pair(c, d));
                Address::Ip(IpAddr::V6(number.into()))
            }
            Self::Link => {
                let [_, _, a, b, c, d, e, f] = pair(c, d).to_be_bytes();
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

#[inline]
fn tag(packet: &Packet<'_>) -> u32 {
    packet.vlan.map_or(0, |vlan| vlan.wrapping_add(1))
}

#[inline]
fn number(address: Address) -> u128 {
    match address {
        Address::Ip(IpAddr::V4(ip)) => u128::from(u32::from(ip)),
        Address::Ip(IpAddr::V6(ip)) => u128::from(ip),
        Address::Mac(mac) => mac.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)),
    }
}

/// The number's words, the highest first.
#[inline]
fn words(number: u128) -> [u32; 4] {
    let word = |shift: u32| (number >> shift) as u32;
    [word(96), word(64), word(32), word(0)]
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
        assert_eq!(size_of::<Key>(), 44);
    }

    #[test]
    fn both_directions_have_one_key_and_know_who_stands_first() {
        let (there, swapped) = key(&datagram((1, 1000), (2, 53)));
        let (back, back_swapped) = key(&datagram((2, 53), (1, 1000)));
        assert_eq!(there, back);
        assert_eq!(there.hash(), back.hash());
        assert!(!swapped && back_swapped);
        // The same host twice: the lower port stands first.
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
        let addresses = [source, destination].map(|word| [0, 0, 0, word]);
        Key::placed(Family::Ipv4, 6, addresses, ports, 0, false)
    }

    #[test]
    fn neighbours_do_not_fall_together() {
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
        assert!((40_500..42_500).contains(&low.len()), "{}", low.len());
        assert!(high.iter().all(|count| (400..640).contains(count)));
    }

    #[test]
    fn ipv6_addresses_count_in_every_word() {
        let wide = |first: [u32; 4], second| {
            Key::placed(Family::Ipv6, 6, [first, second], [1, 2], 0, false).hash()
        };
        let hashes: HashSet<u64> = (0..8)
            .map(|place| {
                let mut words = [0; 8];
                words[place] = 1;
                let (first, second) = words.split_at(4);
                wide(first.try_into().unwrap(), second.try_into().unwrap())
            })
            .collect();
        assert_eq!(hashes.len(), 8);
    }
}
