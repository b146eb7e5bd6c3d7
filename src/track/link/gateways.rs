//! Stations behind which addresses from elsewhere stand.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::{Hop, is_group, reaches_beyond};
use crate::track::hash::{Map, Set};
use crate::track::{Event, Finding, Gateway, GatewayEvidence, PacketNumber};

/// Stations that are remembered, addresses of each, and gateways that are told of.
const STATIONS: usize = 4_096;
const ADDRESSES: usize = 64;
const TOLD: usize = 8;

/// A host may have so many addresses of its own, and so many of them of IPv4.
const OWN: usize = 4;
const OWN_V4: usize = 2;

/// Addresses of so many networks are no host's own; of fewer, where packets from
/// them have passed routers.
const NETWORKS: usize = 5;
const PASSED_NETWORKS: usize = 3;

/// Packets that show it.
const PACKETS: usize = 4;

/// An address behind a station.
#[derive(Clone, Copy, Debug)]
struct Behind {
    address: IpAddr,
    packet: PacketNumber,
    /// A packet from it had passed a router.
    passed: bool,
}

#[derive(Debug, Default)]
struct Station {
    behind: Vec<Behind>,
    /// Addresses that it says are its own, each with the packet.
    own: SmallVec<[(IpAddr, PacketNumber); 2]>,
    advertises: Option<(IpAddr, PacketNumber)>,
    /// The stations that it talks with, up to [`OWN`] + 1.
    peers: SmallVec<[[u8; 6]; 2]>,
}

#[derive(Debug, Default)]
pub(super) struct Gateways {
    stations: Map<[u8; 6], Station>,
    /// Addresses that were asked for, and how often.
    asked: Map<IpAddr, u64>,
    /// Named by DHCP.
    named: SmallVec<[(IpAddr, PacketNumber); 1]>,
}

impl Gateways {
    fn station(&mut self, mac: [u8; 6]) -> Option<&mut Station> {
        if is_group(mac) || (self.stations.len() >= STATIONS && !self.stations.contains_key(&mac)) {
            return None;
        }
        Some(self.stations.entry(mac).or_default())
    }

    /// A packet went from one station to another.
    pub fn hop(&mut self, hop: &Hop) {
        let passed = [has_passed(hop.time_to_live), false];
        let ends = hop.macs.into_iter().zip(hop.ips).zip(passed);
        for (((mac, address), passed), peer) in ends.zip([hop.macs[1], hop.macs[0]]) {
            if !reaches_beyond(address) {
                continue;
            }
            if let Some(station) = self.station(mac) {
                station.see(address, hop.packet, passed);
                if !is_group(peer) && station.peers.len() <= OWN && !station.peers.contains(&peer) {
                    station.peers.push(peer);
                }
            }
        }
    }

    /// A station says that an address is its own.
    pub fn owns(&mut self, mac: [u8; 6], address: IpAddr, packet: PacketNumber) {
        if let Some(station) = self.station(mac) {
            let is_known = station.own.iter().any(|(own, _)| *own == address);
            if !is_known && station.own.len() < ADDRESSES {
                station.own.push((address, packet));
            }
        }
    }

    /// Somebody asked for the station of an address.
    pub fn asked(&mut self, address: IpAddr) {
        if self.asked.len() < STATIONS || self.asked.contains_key(&address) {
            *self.asked.entry(address).or_default() += 1;
        }
    }

    /// A station advertises itself as a router.
    pub fn advertises(&mut self, mac: [u8; 6], address: IpAddr, packet: PacketNumber) {
        if let Some(station) = self.station(mac) {
            station.advertises.get_or_insert((address, packet));
        }
    }

    /// A DHCP server names a router.
    pub fn named_by_dhcp(&mut self, address: IpAddr, packet: PacketNumber) {
        if self.named.len() < TOLD && !self.named.iter().any(|(known, _)| *known == address) {
            self.named.push((address, packet));
        }
    }

    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let gateways = self.stations.iter();
        let mut gateways: Vec<Gateway> = gateways
            .filter_map(|(mac, station)| self.judge(*mac, station))
            .collect();
        gateways.sort_by_key(|gateway| (std::cmp::Reverse(gateway.behind), gateway.mac));
        gateways.truncate(TOLD);
        findings.extend(gateways.into_iter().map(|gateway| Finding {
            conversation: None,
            first_packet: None,
            event: Event::Gateway(Box::new(gateway)),
        }));
    }

    /// The station, if it is a gateway for packets to or from this address: it is
    /// known as one, or has another address of its own where this one is elsewhere.
    pub fn passes_on(&self, mac: [u8; 6], far: IpAddr, is_elsewhere: bool) -> Option<Gateway> {
        let station = self.stations.get(&mac)?;
        if station.own.iter().any(|(own, _)| *own == far) {
            return None;
        }
        let judged = self.judge(mac, station);
        let own = station.own.first().filter(|_| is_elsewhere);
        judged.or_else(|| {
            let (address, _) = own?;
            Some(Gateway {
                mac,
                address: Some(*address),
                behind: station.behind.len() as u32,
                examples: SmallVec::new(),
                asked: 0,
                evidence: SmallVec::new(),
                packets: SmallVec::new(),
            })
        })
    }

    /// Whether a station is a gateway: claimed only where it says so, or where what
    /// stands behind it can be no host's own.
    fn judge(&self, mac: [u8; 6], station: &Station) -> Option<Gateway> {
        let is_own = |address: IpAddr| station.own.iter().any(|(own, _)| *own == address);
        let far: Vec<&Behind> = station
            .behind
            .iter()
            .filter(|behind| !is_own(behind.address))
            .collect();
        let asked = |address: &IpAddr| self.asked.get(address).copied().unwrap_or(0);
        let own = station.own.iter();
        // The earliest of those that were asked for most.
        let own = own.rev().max_by_key(|(address, _)| asked(address)).copied();
        let own_asked = own.map_or(0, |(address, _)| asked(&address));
        let mut evidence = SmallVec::new();
        let mut packets: SmallVec<[PacketNumber; PACKETS]> = SmallVec::new();
        if let Some((_, packet)) = station.advertises {
            evidence.push(GatewayEvidence::RouterAdvertisement);
            packets.push(packet);
        }
        let named = self.named.iter().find(|(address, _)| is_own(*address));
        if let Some((_, packet)) = named {
            evidence.push(GatewayEvidence::Dhcp);
            packets.push(*packet);
        }
        let passed: Vec<&&Behind> = far.iter().filter(|behind| behind.passed).collect();
        let far_networks = networks(far.iter().map(|behind| behind.address), wide);
        let elsewhere = networks(far.iter().map(|behind| behind.address), narrow);
        let own_network = own.map(|(address, _)| narrow(address));
        let others = elsewhere.iter().filter(|one| Some(**one) != own_network);
        let others = others.count();
        if own_asked > 0 && others > 0 && (!passed.is_empty() || others > 1) {
            evidence.push(GatewayEvidence::AskedFor);
            packets.extend(own.map(|(_, packet)| packet));
        }
        let needed = match passed.is_empty() {
            true => NETWORKS,
            false => PASSED_NETWORKS,
        };
        if far_networks.len() >= needed && self.serves_hosts(station) {
            evidence.push(GatewayEvidence::ManyNetworks);
        }
        if evidence.is_empty() {
            return None;
        }
        if !passed.is_empty() {
            evidence.push(GatewayEvidence::TimeToLive);
        }
        packets.extend(passed.iter().map(|behind| behind.packet));
        packets.extend(far.iter().map(|behind| behind.packet));
        packets.sort_unstable();
        packets.dedup();
        packets.truncate(PACKETS);
        let advertised = station.advertises.map(|(address, _)| address);
        Some(Gateway {
            mac,
            address: own.map(|(address, _)| address).or(advertised),
            behind: far.len() as u32,
            examples: far.iter().map(|behind| behind.address).take(4).collect(),
            asked: own_asked,
            evidence,
            packets,
        })
    }

    /// Whether one of the stations that it talks with is a host: behind that stand
    /// hardly any addresses. Where all are like it, the recording is of a line
    /// between routers, or its MAC addresses mean nothing.
    fn serves_hosts(&self, station: &Station) -> bool {
        station.peers.iter().any(|peer| {
            let peer = self.stations.get(peer);
            peer.is_some_and(|peer| {
                let v4 = peer.behind.iter().filter(|one| one.address.is_ipv4());
                peer.behind.len() <= OWN && v4.count() <= OWN_V4
            })
        })
    }
}

impl Station {
    fn see(&mut self, address: IpAddr, packet: PacketNumber, passed: bool) {
        let has_room = self.behind.len() < ADDRESSES;
        let known = self.behind.iter_mut().find(|one| one.address == address);
        match known {
            Some(known) => known.passed |= passed,
            None if has_room => self.behind.push(Behind {
                address,
                packet,
                passed,
            }),
            None => {}
        }
    }
}

/// Whether a packet with this TTL has passed a router: hosts begin with 64, 128 or
/// 255, and hardly a way is longer than 30 hops.
fn has_passed(time_to_live: u8) -> bool {
    [64_u8, 128, 255].iter().any(|start| {
        (1..=30).contains(&start.saturating_sub(time_to_live)) && *start > time_to_live
    })
}

fn networks(addresses: impl Iterator<Item = IpAddr>, of: fn(IpAddr) -> u64) -> Set<u64> {
    addresses.map(of).collect()
}

/// The first 16 bits of an IPv4 address, 32 of IPv6.
fn wide(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(u32::from(address) >> 16),
        IpAddr::V6(address) => 1 << 63 | (u128::from(address) >> 96) as u64,
    }
}

/// The first 24 bits of an IPv4 address, 64 of IPv6.
fn narrow(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(u32::from(address) >> 8),
        IpAddr::V6(address) => (u128::from(address) >> 64) as u64,
    }
}
