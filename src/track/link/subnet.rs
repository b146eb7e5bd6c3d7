//! The likely subnet of IPv4 hosts: by the mask that DHCP gave out, by the address
//! that broadcasts go to, else by who asks for whom.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use smallvec::SmallVec;

use super::{Hop, Lease};
use crate::decode::is_group_address;
use crate::track::hash::{Map, Set};
use crate::track::{Event, Finding, PacketNumber, Subnet, SubnetEvidence};

/// Addresses that are remembered, and subnets that are told of.
const ADDRESSES: usize = 4_096;
const TOLD: usize = 4;

/// The subnet that most links have, where nothing speaks against it.
const COMMON: u8 = 24;

/// Two hosts that ask for each other say too little of their subnet to tell of it.
const ENOUGH: u32 = 3;

/// The longest that a guess from questions may be: a few hosts are no subnet.
const LONGEST: u8 = 30;

#[derive(Debug, Default)]
pub(super) struct Subnets {
    /// Those that ask or are asked for, each with the packet.
    on_link: Map<Ipv4Addr, PacketNumber>,
    /// The pairs of who asks for whom, by the usual subnet of the asker.
    asks: Vec<(Ipv4Addr, Ipv4Addr, PacketNumber)>,
    /// Addresses whose packets went to all stations, and were of one subnet.
    broadcasts: Map<Ipv4Addr, (Ipv4Addr, PacketNumber)>,
    leases: Map<(Ipv4Addr, u8), (u32, PacketNumber)>,
    /// What follows from all that, once somebody has asked.
    known: OnceLock<Vec<(IpAddr, u8)>>,
}

impl Subnets {
    /// One host asked for another's station: both are on the link.
    pub fn asks(&mut self, asker: IpAddr, target: IpAddr, packet: PacketNumber) {
        let (IpAddr::V4(asker), IpAddr::V4(target)) = (asker, target) else {
            return;
        };
        if asker.is_link_local() || target.is_link_local() || self.on_link.len() >= ADDRESSES {
            return;
        }
        let is_new = !self.on_link.contains_key(&asker) || !self.on_link.contains_key(&target);
        self.on_link.entry(asker).or_insert(packet);
        self.on_link.entry(target).or_insert(packet);
        if is_new {
            self.known.take();
            self.asks.push((asker, target, packet));
        }
    }

    /// A packet went from one station to another, or to all.
    pub fn hop(&mut self, hop: &Hop) {
        let [IpAddr::V4(source), IpAddr::V4(to)] = hop.ips else {
            return;
        };
        let is_directed = hop.macs[1] == [0xff; 6]
            && !is_group_address(to.into())
            && u32::from(to).trailing_ones() >= 2
            && !source.is_unspecified();
        if is_directed && self.broadcasts.len() < ADDRESSES && !self.broadcasts.contains_key(&to) {
            self.known.take();
            self.broadcasts.insert(to, (source, hop.packet));
        }
    }

    /// A DHCP server gave out an address and a mask.
    pub fn lease(&mut self, lease: &Lease) {
        let (IpAddr::V4(address), Some(length)) = (lease.address, lease.prefix_length) else {
            return;
        };
        if length > 32 || self.leases.len() >= ADDRESSES {
            return;
        }
        self.known.take();
        let leases = self
            .leases
            .entry((network(address, length), length))
            .or_insert((0, lease.packet));
        leases.0 += 1;
    }

    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut found = self.found();
        found.retain(|one| one.evidence != SubnetEvidence::Asked || one.hosts >= ENOUGH);
        found.truncate(TOLD);
        findings.extend(found.into_iter().map(|subnet| Finding {
            conversation: None,
            first_packet: None,
            event: Event::Subnet(Box::new(subnet)),
        }));
    }

    /// The likely subnet that an address is in.
    pub fn of(&self, address: IpAddr) -> Option<(IpAddr, u8)> {
        let IpAddr::V4(address) = address else {
            return None;
        };
        let known = self.known.get_or_init(|| {
            let found = self.found().into_iter();
            found
                .map(|subnet| (subnet.network, subnet.prefix_length))
                .collect()
        });
        let mut known = known.iter().copied();
        known.find(|(of, length)| IpAddr::V4(network(address, *length)) == *of)
    }

    /// Those with most hosts first.
    fn found(&self) -> Vec<Subnet> {
        let mut found = self.by_dhcp();
        for subnet in self.by_broadcast().into_iter().chain(self.by_questions()) {
            if !found.iter().any(|known| overlap(known, &subnet)) {
                found.push(subnet);
            }
        }
        found.sort_by_key(|subnet| (std::cmp::Reverse(subnet.hosts), subnet.network));
        found
    }

    fn subnet(
        &self,
        network_address: Ipv4Addr,
        prefix_length: u8,
        evidence: SubnetEvidence,
        packet: PacketNumber,
    ) -> Subnet {
        let inside = |address: &Ipv4Addr| network(*address, prefix_length) == network_address;
        let hosts = self.on_link.iter().filter(|(address, _)| inside(address));
        let mut packets: Vec<PacketNumber> = hosts.clone().map(|(_, packet)| *packet).collect();
        packets.push(packet);
        packets.sort_unstable();
        packets.dedup();
        packets.truncate(4);
        Subnet {
            network: network_address.into(),
            prefix_length,
            evidence,
            hosts: hosts.count() as u32,
            packets: SmallVec::from_vec(packets),
        }
    }

    fn by_dhcp(&self) -> Vec<Subnet> {
        let mut found: Vec<Subnet> = self
            .leases
            .iter()
            .map(|(&(network, length), &(_, packet))| {
                self.subnet(network, length, SubnetEvidence::Dhcp, packet)
            })
            .collect();
        found.sort_by_key(|subnet| (subnet.network, subnet.prefix_length));
        found
    }

    /// The last address of a subnet is that of all its hosts (RFC 919): so many bits
    /// may be the host's as it has ones at its end, and so many must be that both
    /// ends of each question are in it.
    fn by_broadcast(&self) -> Vec<Subnet> {
        let mut broadcasts: Vec<_> = self.broadcasts.iter().collect();
        broadcasts.sort_unstable();
        let mut found = Vec::new();
        for (&to, &(source, packet)) in broadcasts {
            let ones = u32::from(to).trailing_ones();
            let shortest = 32_u8.saturating_sub(ones.min(24) as u8);
            let needed = common(to, source);
            // The sender is in its own subnet.
            if needed < shortest {
                continue;
            }
            let length = COMMON.clamp(shortest, needed.max(shortest));
            let subnet = self.subnet(
                network(to, length),
                length,
                SubnetEvidence::Broadcast,
                packet,
            );
            if !found.iter().any(|known| overlap(known, &subnet)) {
                found.push(subnet);
            }
        }
        found
    }

    /// Whoever asks for another takes it to be in the same subnet: the shortest that
    /// all questions need, and the usual one where they need a longer one.
    fn by_questions(&self) -> Vec<Subnet> {
        let mut groups: Vec<(Ipv4Addr, u8, PacketNumber)> = Vec::new();
        for &(asker, target, packet) in &self.asks {
            let length = common(asker, target).min(COMMON);
            // Who asks for everybody is a proxy's neighbour, or a scanner.
            if length < 8 {
                continue;
            }
            let group = (network(asker, length), length, packet);
            match groups.iter_mut().find(|(of, bits, _)| {
                let bits = (*bits).min(length);
                network(*of, bits) == network(asker, bits)
            }) {
                Some(known) if known.1 > length => *known = (group.0, length, known.2),
                Some(_) => {}
                None => groups.push(group),
            }
        }
        let mut seen = Set::default();
        groups
            .into_iter()
            .filter(|(of, length, _)| *length <= LONGEST && seen.insert((*of, *length)))
            .map(|(of, length, packet)| self.subnet(of, length, SubnetEvidence::Asked, packet))
            .collect()
    }
}

/// The first address of the subnet that an address is in.
fn network(address: Ipv4Addr, length: u8) -> Ipv4Addr {
    let mask = u32::MAX
        .checked_shl(32 - u32::from(length.min(32)))
        .unwrap_or(0);
    Ipv4Addr::from(u32::from(address) & mask)
}

/// How many bits two addresses have in common from the first on.
fn common(one: Ipv4Addr, other: Ipv4Addr) -> u8 {
    (u32::from(one) ^ u32::from(other)).leading_zeros() as u8
}

/// Whether one of two subnets lies in the other.
fn overlap(one: &Subnet, other: &Subnet) -> bool {
    let (IpAddr::V4(a), IpAddr::V4(b)) = (one.network, other.network) else {
        return false;
    };
    let length = one.prefix_length.min(other.prefix_length);
    network(a, length) == network(b, length)
}
