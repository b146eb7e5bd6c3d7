//! What names a conversation: address pair, ports, protocol and VLAN, the same
//! for both directions.

use std::net::IpAddr;

use super::{Address, Endpoint};
use crate::decode::{Network, Packet, Protocol, Quoted, Transport, View, view};

/// The name of a conversation in the table. The lower end stands first, so
/// that both directions have the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    ends: [(u128, u16); 2],
    class: Class,
    vlan: u32,
}

/// What kind of addresses and which protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// IP, with the IP protocol number.
    Ip { version: u8, protocol: u8 },
    /// ARP, between IP addresses.
    Arp,
    /// No IP: between MAC addresses.
    Link,
}

/// Both ends of a packet, as its conversation names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub source: Endpoint,
    pub destination: Endpoint,
    pub class: Class,
    pub vlan: u32,
}

impl Ends {
    /// The ends of a packet; `None` where it carries no addresses.
    pub fn of(packet: &Packet<'_>) -> Option<Self> {
        let vlan = tag(packet);
        if let Some(network) = &packet.network {
            let (source, destination) = match packet.transport {
                Transport::Tcp(tcp) => (Some(tcp.source_port), Some(tcp.destination_port)),
                Transport::Udp(udp) => (Some(udp.source_port), Some(udp.destination_port)),
                Transport::Icmp(_) | Transport::None => (None, None),
            };
            let version = if network.source.is_ipv4() { 4 } else { 6 };
            let class = Class::Ip {
                version,
                protocol: network.protocol,
            };
            return Some(Self {
                source: Endpoint {
                    address: Address::Ip(network.source),
                    port: source,
                },
                destination: Endpoint {
                    address: Address::Ip(network.destination),
                    port: destination,
                },
                class,
                vlan,
            });
        }
        Self::of_arp(packet, vlan).or_else(|| Self::of_link(packet, vlan))
    }

    /// The ends of the packet that an ICMP error quotes, as they would be on
    /// the wire that the error came over.
    pub fn of_quoted(quoted: &Quoted, packet: &Packet<'_>) -> Self {
        Self::over_ip(
            &quoted.network,
            quoted.source_port,
            quoted.destination_port,
            tag(packet),
        )
    }

    fn over_ip(
        network: &Network,
        source: Option<u16>,
        destination: Option<u16>,
        vlan: u32,
    ) -> Self {
        let end = |ip, port| Endpoint {
            address: Address::Ip(ip),
            port,
        };
        let version = if network.source.is_ipv4() { 4 } else { 6 };
        Self {
            source: end(network.source, source),
            destination: end(network.destination, destination),
            class: Class::Ip {
                version,
                protocol: network.protocol,
            },
            vlan,
        }
    }

    fn of_arp(packet: &Packet<'_>, vlan: u32) -> Option<Self> {
        let layer = packet
            .layers
            .last()
            .filter(|layer| layer.protocol == Protocol::Arp)?;
        let View::Arp(arp) = view(packet, layer) else {
            return None;
        };
        let end = |ip: IpAddr| Endpoint {
            address: Address::Ip(ip),
            port: None,
        };
        Some(Self {
            source: end(arp.sender_ip?),
            destination: end(arp.target_ip?),
            class: Class::Arp,
            vlan,
        })
    }

    fn of_link(packet: &Packet<'_>, vlan: u32) -> Option<Self> {
        let layer = packet
            .layers
            .iter()
            .rev()
            .find(|layer| layer.protocol == Protocol::Ethernet)?;
        let View::Ethernet(ethernet) = view(packet, layer) else {
            return None;
        };
        let end = |mac| Endpoint {
            address: Address::Mac(mac),
            port: None,
        };
        Some(Self {
            source: end(ethernet.source),
            destination: end(ethernet.destination),
            class: Class::Link,
            vlan,
        })
    }

    /// The conversation's key, and whether the source stands second in it.
    pub fn key(&self) -> (Key, bool) {
        let source = (number(self.source.address), self.source.port.unwrap_or(0));
        let destination = (
            number(self.destination.address),
            self.destination.port.unwrap_or(0),
        );
        let swapped = source > destination;
        let ends = if swapped {
            [destination, source]
        } else {
            [source, destination]
        };
        (
            Key {
                ends,
                class: self.class,
                vlan: self.vlan,
            },
            swapped,
        )
    }
}

/// Source and destination of a packet, as its conversation is told: IP
/// addresses with ports where there are ports; for ARP, sender and target;
/// else MAC addresses.
#[must_use]
pub fn endpoints(packet: &Packet<'_>) -> Option<(Endpoint, Endpoint)> {
    Ends::of(packet).map(|ends| (ends.source, ends.destination))
}

impl Key {
    /// The two ends, as they stand in the key.
    pub fn endpoints(&self) -> [Endpoint; 2] {
        let has_ports = self.ends.iter().any(|(_, port)| *port != 0);
        self.ends.map(|(address, port)| Endpoint {
            address: self.class.address(address),
            port: has_ports.then_some(port),
        })
    }
}

impl Class {
    fn address(self, number: u128) -> Address {
        match self {
            Self::Ip { version: 6, .. } => Address::Ip(IpAddr::V6(number.into())),
            Self::Ip { .. } | Self::Arp => Address::Ip(IpAddr::V4((number as u32).into())),
            Self::Link => {
                let [.., a, b, c, d, e, f] = number.to_be_bytes();
                Address::Mac([a, b, c, d, e, f])
            }
        }
    }
}

/// VLAN id 0 is a tag too.
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
