//! Between whom a packet goes, as records and texts name it.

use std::net::IpAddr;

use crate::decode::{Packet, Transport, View, view};
use crate::track::{Address, Endpoint};

/// Source and destination: IP addresses with ports where there are ports;
/// for ARP, sender and target; else MAC addresses.
#[must_use]
pub fn endpoints(packet: &Packet<'_>) -> Option<(Endpoint, Endpoint)> {
    if let Some(network) = &packet.network {
        let (source, destination) = match &packet.transport {
            Transport::Tcp(tcp) => (Some(tcp.source_port), Some(tcp.destination_port)),
            Transport::Udp(udp) => (Some(udp.source_port), Some(udp.destination_port)),
            Transport::Icmp(_) | Transport::None => (None, None),
        };
        return Some((
            ip(network.source, source),
            ip(network.destination, destination),
        ));
    }
    // The innermost layer that names anybody.
    packet
        .layers
        .iter()
        .rev()
        .find_map(|layer| match view(packet, layer) {
            View::Arp(arp) => Some((ip(arp.sender_ip?, None), ip(arp.target_ip?, None))),
            View::Ethernet(ethernet) => Some((mac(ethernet.source), mac(ethernet.destination))),
            _ => None,
        })
}

fn ip(address: IpAddr, port: Option<u16>) -> Endpoint {
    Endpoint {
        address: Address::Ip(address),
        port,
    }
}

fn mac(address: [u8; 6]) -> Endpoint {
    Endpoint {
        address: Address::Mac(address),
        port: None,
    }
}
