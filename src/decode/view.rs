//! One layer's values, read on demand: what records and texts show.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Icmp, Layer, Packet, Tcp, Udp, dhcp, registry};

/// A layer's values. Layers that have no values of their own in records are
/// [`View::Bare`].
#[derive(Clone, Debug)]
pub enum View<'a> {
    /// Ethernet.
    Ethernet(Ethernet),
    /// Linux cooked, both versions.
    LinuxCooked(LinuxCooked),
    /// VLAN tag.
    Vlan(Vlan),
    /// ARP.
    Arp(Arp),
    /// IPv4.
    Ipv4(Ipv4),
    /// IPv6.
    Ipv6(Ipv6),
    /// TCP, with the captured option bytes.
    Tcp(Tcp, &'a [u8]),
    /// UDP.
    Udp(Udp),
    /// ICMP for IPv4 or IPv6.
    Icmp(Icmp),
    /// DNS, mDNS or LLMNR: the message.
    Dns(&'a [u8]),
    /// DHCP.
    Dhcp(dhcp::Message<'a>),
    /// DHCPv6.
    Dhcpv6(dhcp::v6::Message<'a>),
    /// Any other.
    Bare,
}

/// Ethernet II or 802.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// Destination MAC address.
    pub destination: [u8; 6],
    /// Source MAC address.
    pub source: [u8; 6],
    /// EtherType, or below 0x600 the 802.3 length.
    pub ether_type: u16,
}

/// Linux cooked capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinuxCooked {
    /// 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 sent by us.
    pub packet_type: u16,
    /// The sender's link-layer address, as far as eight bytes hold it.
    pub address: [u8; 8],
    /// Length of that address.
    pub address_length: u16,
    /// EtherType of what follows.
    pub ether_type: u16,
    /// Interface index (version 2).
    pub interface_index: Option<u32>,
}

/// An 802.1Q or 802.1ad tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vlan {
    /// VLAN id, 12 bits.
    pub id: u16,
    /// Priority code point.
    pub priority: u8,
    /// Drop eligible indicator.
    pub drop_eligible: bool,
    /// EtherType of what follows.
    pub ether_type: u16,
}

/// ARP with hardware and protocol addresses as captured; IP addresses only
/// where the protocol is IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// 1 request, 2 reply.
    pub operation: u16,
    /// Sender's hardware address.
    pub sender_mac: Option<[u8; 6]>,
    /// Sender's protocol address.
    pub sender_ip: Option<IpAddr>,
    /// Target's hardware address.
    pub target_mac: Option<[u8; 6]>,
    /// Target's protocol address.
    pub target_ip: Option<IpAddr>,
}

/// IPv4 (RFC 791).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4 {
    /// Source address.
    pub source: Ipv4Addr,
    /// Destination address.
    pub destination: Ipv4Addr,
    /// Header bytes, 20 to 60.
    pub header_length: u8,
    /// Differentiated services code point.
    pub dscp: u8,
    /// Explicit congestion notification.
    pub ecn: u8,
    /// Header and data, as the field says.
    pub total_length: u16,
    /// Identification.
    pub identification: u16,
    /// Don't fragment.
    pub dont_fragment: bool,
    /// More fragments.
    pub more_fragments: bool,
    /// Fragment offset in bytes.
    pub fragment_offset: u16,
    /// Time to live.
    pub time_to_live: u8,
    /// Protocol number.
    pub protocol: u8,
    /// Header checksum field.
    pub checksum: u16,
}

/// IPv6 (RFC 8200), the fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6 {
    /// Source address.
    pub source: Ipv6Addr,
    /// Destination address.
    pub destination: Ipv6Addr,
    /// Traffic class.
    pub traffic_class: u8,
    /// Flow label, 20 bits.
    pub flow_label: u32,
    /// Payload length field.
    pub payload_length: u16,
    /// Next header number.
    pub next_header: u8,
    /// Hop limit.
    pub hop_limit: u8,
}

/// The values of one layer of a packet.
#[must_use]
pub fn view<'a>(packet: &Packet<'a>, layer: &Layer) -> View<'a> {
    registry::view(packet, layer).unwrap_or(View::Bare)
}
