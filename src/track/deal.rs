//! Which part a packet goes to: by the unordered pair of addresses of the
//! conversation that it belongs to, so that a part has whole conversations.
//!
//! Part 0 has what has no IP, and what asks or answers beyond one pair:
//! neighbour discovery, DHCP, DNS over UDP, and whatever is sent to a multicast or
//! broadcast address. An ICMP error goes where the packet went that it quotes.
//! Fragments go to all parts: only together they show where they belong.

use std::net::IpAddr;

use super::icmp;
use super::recording::{Contents, contents};
use crate::decode::{Network, Packet, Protocol, Transport, is_group_address, quoted};

/// FNV-1a, 64 bit: its offset basis and its prime.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// The prime to the power of ten: ten steps over bytes that are 0, as an IPv4
/// address in the form of IPv6 begins.
const PRIME_10: u64 = {
    let (mut power, mut step) = (1_u64, 0);
    while step < 10 {
        power = power.wrapping_mul(PRIME);
        step += 1;
    }
    power
};
/// 2^64 divided by the golden ratio: spreads the hash over its upper bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// DHCP and DHCPv6 (RFC 2131, RFC 8415); and DNS, as an answer may come from
/// another address than was asked.
const IN_ONE_PART: [u16; 5] = [53, 67, 68, 546, 547];

/// Where a packet goes.
#[derive(Clone, Copy, Debug)]
pub struct Dealt {
    /// The part that follows it, from 0.
    pub part: u16,
    /// It asks a group, whose members answer from addresses of their own, or is a
    /// fragment: the other parts have to know of it.
    pub concerns_all: bool,
    /// What it has in common with its copies.
    pub(super) contents: Contents,
}

/// Deals a packet to one of so many parts (1 to 65,535).
#[must_use]
pub fn deal(packet: &Packet<'_>, parts: usize) -> Dealt {
    let is_dealt = parts > 1;
    Dealt {
        part: part_of(packet, parts),
        concerns_all: is_dealt && (packet.fragment.is_some() || asks_all(packet)),
        contents: contents(packet),
    }
}

/// The part of the conversation that a packet belongs to, of so many (1 to 65,535).
#[must_use]
pub fn part_of(packet: &Packet<'_>, parts: usize) -> u16 {
    match parts {
        0 | 1 => 0,
        _ => part(packet, parts as u64) as u16,
    }
}

/// The part of a pair of addresses.
pub(super) fn part_of_pair(ends: [IpAddr; 2], parts: usize) -> u16 {
    of_ends(ends, parts as u64) as u16
}

fn part(packet: &Packet<'_>, parts: u64) -> u64 {
    let Some(network) = &packet.network else {
        return 0;
    };
    match &packet.transport {
        Transport::Tcp(_) | Transport::None => of_pair(network, parts),
        Transport::Udp(_) if is_dhcp(packet) => 0,
        Transport::Udp(udp) => of_datagram(network, [udp.source_port, udp.destination_port], parts),
        Transport::Icmp(icmp) if icmp.is_neighbour_discovery() => 0,
        Transport::Icmp(_) => match quoted(packet) {
            Some(quoted) => {
                let ports = [quoted.source_port, quoted.destination_port];
                let ports = ports.map(Option::unwrap_or_default);
                of_datagram(&quoted.network, ports, parts)
            }
            None => of_pair(network, parts),
        },
    }
}

/// Whether it is a message of DHCP, on whatever port: the parts of an exchange have
/// other addresses.
fn is_dhcp(packet: &Packet<'_>) -> bool {
    let last = packet.layers.last().map(|layer| layer.protocol);
    matches!(last, Some(Protocol::Dhcp | Protocol::Dhcpv6))
}

/// Whether datagrams between these ports go to part 0, whatever their addresses.
pub(super) fn goes_beyond_pairs(ports: [u16; 2]) -> bool {
    ports.iter().any(|port| IN_ONE_PART.contains(port))
}

fn of_datagram(network: &Network, ports: [u16; 2], parts: u64) -> u64 {
    match goes_beyond_pairs(ports) && network.protocol == 17 {
        true => 0,
        false => of_pair(network, parts),
    }
}

fn of_pair(network: &Network, parts: u64) -> u64 {
    of_ends([network.source, network.destination], parts)
}

fn of_ends([source, destination]: [IpAddr; 2], parts: u64) -> u64 {
    if is_group_address(source) || is_group_address(destination) {
        return 0;
    }
    let pair = match source <= destination {
        true => [source, destination],
        false => [destination, source],
    };
    let hash = pair.into_iter().fold(BASIS, with_address);
    let spread = hash.wrapping_mul(SPREAD);
    ((u128::from(spread) * u128::from(parts)) >> 64) as u64
}

/// Takes the 16 bytes of an address into a hash, those of IPv4 as mapped into
/// IPv6 (RFC 4291, section 2.5.5.2).
fn with_address(hash: u64, address: IpAddr) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    match address {
        IpAddr::V4(address) => {
            let prefix = [0xff, 0xff].iter().fold(hash.wrapping_mul(PRIME_10), step);
            address.octets().iter().fold(prefix, step)
        }
        IpAddr::V6(address) => address.octets().iter().fold(hash, step),
    }
}

/// Whether members of a group answer this from other addresses: a ping to a
/// group, a question of multicast DNS (RFC 6762) or LLMNR (RFC 4795).
fn asks_all(packet: &Packet<'_>) -> bool {
    match &packet.transport {
        Transport::Icmp(icmp) => icmp::asks_group(packet, *icmp),
        Transport::Udp(_) => packet
            .layers
            .last()
            .is_some_and(|layer| matches!(layer.protocol, Protocol::Mdns | Protocol::Llmnr)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{arp, icmp, icmpv6, ipv4, neighbour, packet, udp};

    fn part_of(bytes: &[u8], parts: usize) -> u16 {
        deal(&packet(1, 0, bytes), parts).part
    }

    fn datagram(source: u8, destination: u8, ports: [u16; 2]) -> Vec<u8> {
        ipv4(17, source, destination, &udp(ports[0], ports[1], b"hi"))
    }

    #[test]
    fn ipv4_is_hashed_as_mapped_into_ipv6() {
        for address in ["10.1.2.3", "0.0.0.0", "255.255.255.255"] {
            let IpAddr::V4(address) = address.parse().unwrap() else {
                panic!();
            };
            let mapped = IpAddr::V6(address.to_ipv6_mapped());
            let hash = with_address(BASIS, IpAddr::V4(address));
            assert_eq!(hash, with_address(BASIS, mapped));
        }
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // The FNV-1a hash of sixteen bytes 0x61, byte by byte.
        let address = IpAddr::V6([0x61; 16].into());
        let expected = (0..16).fold(BASIS, |hash: u64, _| {
            (hash ^ 0x61).wrapping_mul(0x0000_0100_0000_01b3)
        });
        assert_eq!(with_address(BASIS, address), expected);
    }

    #[test]
    fn both_directions_and_all_ports_of_a_pair_go_to_one_part() {
        let parts: Vec<u16> = (1..=60)
            .map(|host| part_of(&datagram(1, host + 1, [9, 80]), 8))
            .collect();
        for (host, part) in (1..=60).zip(&parts) {
            assert_eq!(part_of(&datagram(host + 1, 1, [80, 9]), 8), *part);
            assert_eq!(part_of(&datagram(1, host + 1, [5, 4]), 8), *part);
        }
        for part in 0..8 {
            assert!(parts.contains(&part), "no pair of sixty in part {part}");
        }
    }

    #[test]
    fn an_error_goes_where_the_packet_went_that_it_quotes() {
        for host in 1..=30 {
            let lost = datagram(1, host + 1, [9, 80]);
            let error = ipv4(1, 77, 1, &icmp(3, 1, [0; 4], &lost[14..]));
            assert_eq!(part_of(&error, 8), part_of(&lost, 8));
        }
    }

    #[test]
    fn what_goes_beyond_one_pair_is_in_part_0() {
        assert_eq!(part_of(&arp(1, [2, 0, 0, 0, 0, 9], 1, 2), 8), 0);
        for host in 1..=30 {
            assert_eq!(part_of(&datagram(host, 31, [68, 67]), 8), 0);
            assert_eq!(part_of(&datagram(host, 31, [40_000, 53]), 8), 0);
            assert_eq!(
                part_of(&icmpv6(host, 31, &neighbour(135, 0, 1, [2; 6])), 8),
                0
            );
            let mut to_group = datagram(host, 31, [9, 80]);
            to_group[30..34].copy_from_slice(&[224, 0, 0, 251]);
            assert_eq!(part_of(&to_group, 8), 0);
        }
    }

    #[test]
    fn all_parts_hear_of_a_ping_to_a_group() {
        let mut ping = ipv4(1, 1, 2, &icmp(8, 0, [0, 1, 0, 1], b"hi"));
        assert!(!deal(&packet(1, 0, &ping), 2).concerns_all);
        ping[30..34].copy_from_slice(&[255; 4]);
        assert!(deal(&packet(1, 0, &ping), 2).concerns_all);
    }
}
