//! The one table of what follows what: link type, EtherType, IP protocol and
//! port to decoder. A number that is not here leaves the rest as payload,
//! which is no fault.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{
    Layer, Packet, Protocol, StopReason, View, arp, cooked, dhcp, dns, dns_messages, erspan,
    ethernet, fabric_path, frame_relay, gre, http, icmp, icmp_fields, icmpv6_fields, ieee80211,
    ipv4, ipv6, ipv6_extensions, llc, loopback, mpls, nflog, ppi, ppp, tcp, tls, udp, udp_tunnels,
    vlan, websocket,
};
use crate::capture::LinkType;

/// How the frame's bytes begin.
pub(super) fn link_type(cursor: &mut Cursor<'_, '_>, link_type: LinkType) {
    match link_type {
        LinkType::ETHERNET => ethernet::decode(cursor),
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 => loopback::decode_raw(cursor),
        LinkType::IPV4 => ipv4::decode(cursor),
        LinkType::IPV6 => ipv6::decode(cursor),
        LinkType::NULL => loopback::decode_null(cursor),
        LinkType::LOOP => loopback::decode_loop(cursor),
        LinkType::LINUX_SLL => cooked::decode(cursor),
        LinkType::LINUX_SLL2 => cooked::decode_v2(cursor),
        LinkType::PPP | LinkType::PPP_HDLC => ppp::decode_line(cursor),
        LinkType::PPP_ETHER => ppp::decode_pppoe(cursor),
        LinkType::PPP_PPPD | LinkType::PPP_WITH_DIRECTION => ppp::decode_with_direction(cursor),
        LinkType::ARP => arp::decode(cursor),
        LinkType::C_HDLC => ppp::decode_cisco(cursor),
        LinkType::FRAME_RELAY => frame_relay::decode(cursor),
        LinkType::IEEE802_11 => ieee80211::decode(cursor),
        LinkType::IEEE802_11_RADIOTAP => ieee80211::decode_radiotap(cursor),
        LinkType::PPI => ppi::decode(cursor),
        LinkType::NFLOG => nflog::decode(cursor),
        LinkType(other) => {
            cursor.stop(Protocol::Ethernet, StopReason::UnknownLinkType(other));
        }
    }
}

/// What an EtherType (0x600 and above) says comes next.
pub(super) fn ether_type(cursor: &mut Cursor<'_, '_>, ether_type: u16) {
    match ether_type {
        0x0800 => ipv4::decode(cursor),
        0x86dd => ipv6::decode(cursor),
        0x0806 | 0x8035 => arp::decode(cursor),
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => vlan::decode(cursor),
        0x8847 | 0x8848 => mpls::decode(cursor),
        0x8863 | 0x8864 => ppp::decode_pppoe(cursor),
        0x6558 => ethernet::decode(cursor),
        0x8903 => fabric_path::decode(cursor),
        _ => {}
    }
}

/// What an IP protocol number says comes next.
pub(super) fn ip_protocol(cursor: &mut Cursor<'_, '_>, number: u8) {
    match number {
        6 => tcp::decode(cursor),
        17 => udp::decode(cursor),
        1 => icmp::decode(cursor),
        58 => icmp::decode_v6(cursor),
        4 => ipv4::decode(cursor),
        41 => ipv6::decode(cursor),
        47 => gre::decode(cursor),
        137 => mpls::decode(cursor),
        0 | 43 | 44 | 51 | 60 => ipv6_extensions::decode(cursor, number),
        _ => {}
    }
}

/// Reads what comes next.
pub(super) type Decoder = fn(&mut Cursor<'_, '_>);

/// What is known of a UDP datagram's data.
#[derive(Clone, Copy)]
pub(super) enum UdpData {
    /// The data is a message of DNS, mDNS or LLMNR.
    Message(Protocol),
    /// The data is a message of DHCPv6, if it reads as one.
    Dhcpv6,
    /// The data is another packet, in a tunnel.
    Tunnel(Decoder),
}

impl UdpData {
    /// Reads it.
    pub fn decode(self, cursor: &mut Cursor<'_, '_>) {
        match self {
            Self::Message(protocol) => dns_messages::over_udp(cursor, protocol),
            Self::Dhcpv6 => dhcp::v6_on_its_port(cursor),
            Self::Tunnel(decode) => decode(cursor),
        }
    }
}

/// Ports behind which something known is spoken.
struct Ports<T, const N: usize> {
    /// Has a bit for the last six bits of each: one look says of most ports
    /// that they are not here.
    bits: u64,
    known: [(u16, T); N],
}

impl<T: Copy, const N: usize> Ports<T, N> {
    const fn new(known: [(u16, T); N]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < N {
            bits |= 1 << (known[index].0 % u64::BITS as u16);
            index += 1;
        }
        Self { bits, known }
    }

    fn may_have(&self, port: u32) -> bool {
        self.bits >> (port % u64::BITS) & 1 != 0
    }

    fn get(&self, port: u16) -> Option<T> {
        let mut known = self.known.iter();
        known.find(|known| known.0 == port).map(|known| known.1)
    }

    /// What is spoken between two ports. The lower is the service's, where the
    /// other was chosen at random.
    fn between(&self, one: u16, other: u16) -> Option<T> {
        let (lower, higher) = (one.min(other), one.max(other));
        let of_higher = || self.get(higher).filter(|_| lower >= FIRST_TO_CHOOSE);
        self.get(lower).or_else(of_higher)
    }
}

/// Ports below are those of services (RFC 6335, section 6): no client chooses
/// one for itself, and a client of such a service may have chosen any other.
pub(super) const FIRST_TO_CHOOSE: u16 = 1024;

/// The ports of UDP, on either side.
const UDP: Ports<UdpData, 8> = Ports::new([
    (53, UdpData::Message(Protocol::Dns)),
    (5353, UdpData::Message(Protocol::Mdns)),
    (5355, UdpData::Message(Protocol::Llmnr)),
    (546, UdpData::Dhcpv6),
    (547, UdpData::Dhcpv6),
    (1701, UdpData::Tunnel(udp_tunnels::decode_l2tp)),
    (2152, UdpData::Tunnel(udp_tunnels::decode_gtp)),
    (3544, UdpData::Tunnel(udp_tunnels::decode_teredo)),
]);

/// The ports of UDP where they are the destination's: any number may be the
/// source's, chosen to spread the load.
const UDP_DESTINATION: Ports<UdpData, 3> = Ports::new([
    (4789, UdpData::Tunnel(udp_tunnels::decode_vxlan)),
    (8472, UdpData::Tunnel(udp_tunnels::decode_vxlan)),
    (6081, UdpData::Tunnel(udp_tunnels::decode_geneve)),
]);

/// The ports of TCP, on either side.
const TCP: Ports<Decoder, 2> = Ports::new([
    (53, |cursor| dns_messages::over_tcp(cursor, Protocol::Dns)),
    (5355, |cursor| {
        dns_messages::over_tcp(cursor, Protocol::Llmnr)
    }),
]);

/// What the ports of a UDP datagram, the source's above the destination's, say
/// that its data is.
pub(super) fn udp_data(ports: u32) -> Option<UdpData> {
    let (source, destination) = (ports >> 16, ports);
    let known = UDP.may_have(source) || UDP.may_have(destination);
    if !known && !UDP_DESTINATION.may_have(destination) {
        return None;
    }
    exact_udp_data((ports >> 16) as u16, ports as u16)
}

fn exact_udp_data(source: u16, destination: u16) -> Option<UdpData> {
    let tunnel = || UDP_DESTINATION.get(destination);
    UDP.between(source, destination)
        .or_else(|| tunnel().filter(|_| source >= FIRST_TO_CHOOSE))
}

/// What the ports of a TCP segment say that its data is.
pub(super) fn tcp_data(ports: u32) -> Option<Decoder> {
    let (source, destination) = (ports >> 16, ports);
    if !TCP.may_have(source) && !TCP.may_have(destination) {
        return None;
    }
    exact_tcp_data((ports >> 16) as u16, ports as u16)
}

fn exact_tcp_data(source: u16, destination: u16) -> Option<Decoder> {
    TCP.between(source, destination)
}

/// Reads a layer's values, by the decoder of its protocol.
pub(super) fn view<'a>(packet: &Packet<'a>, layer: &Layer) -> Option<View<'a>> {
    let header = packet.header_bytes(layer);
    match layer.protocol {
        Protocol::Ethernet => ethernet::view(header),
        Protocol::LinuxCooked => cooked::view(header),
        Protocol::LinuxCooked2 => cooked::view_v2(header),
        Protocol::Vlan => vlan::view(header),
        Protocol::Arp => arp::view(header),
        Protocol::Ipv4 => ipv4::view(header),
        Protocol::Ipv6 => ipv6::view(header),
        Protocol::Tcp => tcp::view(packet, layer, header),
        Protocol::Udp => udp::view(header),
        Protocol::Icmp => icmp::view(header, false),
        Protocol::Icmpv6 => icmp::view(header, true),
        Protocol::Dns | Protocol::Mdns | Protocol::Llmnr => {
            Some(View::Dns(dns_messages::message(packet, layer)))
        }
        Protocol::Dhcp => dhcp::Message::parse(packet.payload_bytes()).map(View::Dhcp),
        Protocol::Dhcpv6 => dhcp::v6::Message::parse(packet.payload_bytes()).map(View::Dhcpv6),
        _ => None,
    }
}

/// The place of the bytes that [`fields`] describes, and how many they are.
pub(super) fn extent(packet: &Packet<'_>, layer: &Layer) -> (u32, u32) {
    let length = match layer.protocol {
        Protocol::Dns | Protocol::Mdns | Protocol::Llmnr => {
            dns_messages::message(packet, layer).len() as u32
        }
        Protocol::Dhcp
        | Protocol::Dhcpv6
        | Protocol::Tls
        | Protocol::Dtls
        | Protocol::WebSocket => packet.payload.captured,
        Protocol::Http => http::head_length(packet.payload_bytes()),
        _ => layer.header_length,
    };
    (layer.offset, length)
}

/// Describes a layer's fields, by the decoder of its protocol.
pub(super) fn fields(layer: &Layer, reader: &mut FieldReader<'_>) {
    match layer.protocol {
        Protocol::Ethernet => ethernet::fields(reader),
        Protocol::LinuxCooked => cooked::fields(reader),
        Protocol::LinuxCooked2 => cooked::fields_v2(reader),
        Protocol::Loopback => loopback::fields(reader),
        Protocol::Vlan => vlan::fields(reader),
        Protocol::Llc => llc::fields(reader),
        Protocol::Snap => llc::fields_snap(reader),
        Protocol::Ppp => ppp::fields(reader),
        Protocol::CiscoHdlc => ppp::cisco_fields(reader),
        Protocol::FrameRelay => frame_relay::fields(reader),
        Protocol::Ieee80211 => ieee80211::fields(reader),
        Protocol::Radiotap => ieee80211::radiotap_fields(reader),
        Protocol::Ppi => ppi::fields(reader),
        Protocol::Nflog => nflog::fields(reader),
        Protocol::FabricPath => fabric_path::fields(reader),
        Protocol::Pppoe => ppp::pppoe_fields(reader),
        Protocol::Mpls => mpls::fields(reader),
        Protocol::Gre => gre::fields(reader),
        Protocol::Erspan => erspan::fields(reader),
        Protocol::Vxlan => udp_tunnels::vxlan_fields(reader),
        Protocol::Geneve => udp_tunnels::geneve_fields(reader),
        Protocol::Teredo => udp_tunnels::teredo_fields(reader),
        Protocol::Gtp => udp_tunnels::gtp_fields(reader),
        Protocol::L2tp => udp_tunnels::l2tp_fields(reader),
        Protocol::Arp => arp::fields(reader),
        Protocol::Ipv4 => ipv4::fields(reader),
        Protocol::Ipv6 => ipv6::fields(reader),
        Protocol::Tcp => tcp::fields(reader),
        Protocol::Udp => udp::fields(reader),
        Protocol::Icmp => icmp_fields::fields(reader),
        Protocol::Icmpv6 => icmpv6_fields::fields(reader),
        Protocol::Ipv6HopByHop => {
            ipv6_extensions::option_fields(reader, &ipv6_extensions::HOP_BY_HOP);
        }
        Protocol::Ipv6Destination => {
            ipv6_extensions::option_fields(reader, &ipv6_extensions::DESTINATION);
        }
        Protocol::Ipv6Routing => ipv6_extensions::routing_fields(reader),
        Protocol::Ipv6Fragment => ipv6_extensions::fragment_fields(reader),
        Protocol::Ah => ipv6_extensions::authentication_fields(reader),
        Protocol::Dns | Protocol::Llmnr => dns::fields(reader, false),
        Protocol::Mdns => dns::fields(reader, true),
        Protocol::Dhcp => dhcp::fields(reader),
        Protocol::Dhcpv6 => dhcp::v6::fields(reader),
        Protocol::Http => http::fields(reader),
        Protocol::Tls => tls::fields(reader, false),
        Protocol::Dtls => tls::fields(reader, true),
        Protocol::WebSocket => websocket::fields(reader),
    }
}
