//! What a packet carries that no decoder reads: by its name, or by the number
//! that announced it. Nothing is wrong with such a packet; but what is said of
//! a capture should tell how much of it was not looked into.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::constant::{Constant, constant};
use super::{Packet, Protocol, Service, StopReason, Transport, ieee80211, names, ppp, registry};

/// What was carried and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Undecoded {
    /// A link type, so nothing of the frame is known.
    LinkType(u16),
    /// An EtherType.
    EtherType(u16),
    /// An IP protocol.
    IpProtocol(u8),
    /// The receiver's service access point of an LLC frame.
    Sap(u8),
    /// Organisation and type of a SNAP header.
    Snap(u32, u16),
    /// A protocol number of PPP.
    Ppp(u16),
    /// What is known by this name, without a number.
    Named(#[serde(deserialize_with = "constant")] Constant),
    /// The data of TCP or UDP, of a service that is known by name.
    Service(Service),
    /// The data of TCP or UDP, of whatever service.
    Data(Protocol),
    /// What stands behind this header, which does not say what it is.
    Behind(Protocol),
}

impl Undecoded {
    /// The field's name of it, or the number behind what kind of number it is.
    #[must_use]
    pub fn name(self) -> Cow<'static, str> {
        let (name, number) = match self {
            Self::LinkType(number) => (None, format!("link type {number}")),
            Self::EtherType(number) => (
                names::ether_type(number.into()),
                format!("EtherType 0x{number:04x}"),
            ),
            Self::IpProtocol(number) => (
                names::ip_protocol(number.into()),
                format!("IP protocol {number}"),
            ),
            Self::Sap(number) => (
                names::service_access_point(number.into()),
                format!("LLC SAP 0x{number:02x}"),
            ),
            Self::Snap(organization, number) => (
                names::snap(organization, number),
                format!("SNAP 0x{organization:06x} 0x{number:04x}"),
            ),
            Self::Ppp(number) => (
                ppp::protocol_name(number.into()),
                format!("PPP 0x{number:04x}"),
            ),
            Self::Named(name) => (Some(name), String::new()),
            Self::Service(service) => (Some(service.name()), String::new()),
            Self::Data(Protocol::Tcp) => (Some("TCP data"), String::new()),
            Self::Data(_) => (Some("UDP data"), String::new()),
            Self::Behind(protocol) => (None, format!("behind {}", protocol.name())),
        };
        name.map_or(Cow::Owned(number), Cow::Borrowed)
    }
}

/// What the innermost header of a packet announces and no decoder reads;
/// `None` where everything was read, or could not be. To which service the data
/// of TCP and UDP belong, [`super::recognise`] tells.
#[must_use]
pub fn undecoded(packet: &Packet<'_>) -> Option<Undecoded> {
    let Some(layer) = packet.layers.last() else {
        return match packet.stop?.reason {
            StopReason::UnknownLinkType(number) => Some(Undecoded::LinkType(number)),
            _ => None,
        };
    };
    let header = packet.header_bytes(layer);
    let found = match layer.protocol {
        Protocol::Tcp if is_read_as_stream(packet) => return None,
        Protocol::Tcp | Protocol::Udp => Undecoded::Data(layer.protocol),
        Protocol::Icmp
        | Protocol::Icmpv6
        | Protocol::Arp
        | Protocol::Dns
        | Protocol::Mdns
        | Protocol::Llmnr
        | Protocol::Dhcp
        | Protocol::Dhcpv6
        | Protocol::Http
        | Protocol::Tls
        | Protocol::Dtls
        | Protocol::WebSocket => return None,
        Protocol::Ipv4
        | Protocol::Ipv6
        | Protocol::Ipv6HopByHop
        | Protocol::Ipv6Routing
        | Protocol::Ipv6Fragment
        | Protocol::Ipv6Destination
        | Protocol::Ah => ip_protocol(packet)?,
        Protocol::Ethernet => ether_type(header, 12, packet),
        Protocol::Vlan => ether_type(header, 2, packet),
        Protocol::LinuxCooked => ether_type(header, 14, packet),
        Protocol::LinuxCooked2 => ether_type(header, 0, packet),
        Protocol::CiscoHdlc | Protocol::Gre | Protocol::Geneve => ether_type(header, 2, packet),
        Protocol::FrameRelay if header.get(2) != Some(&3) => ether_type(header, 2, packet),
        Protocol::Llc => llc(header, packet),
        Protocol::Snap => snap(header),
        Protocol::Ppp | Protocol::Pppoe => match ppp::announced(layer.protocol, header) {
            Some(number) => Undecoded::Ppp(number),
            None => Undecoded::Named("PPPoE discovery"),
        },
        Protocol::Ieee80211 => wireless(header),
        Protocol::Gtp => Undecoded::Named("GTP signalling"),
        Protocol::L2tp => Undecoded::Named("L2TP control"),
        Protocol::Mpls => Undecoded::Named("MPLS pseudowire"),
        other => Undecoded::Behind(other),
    };
    let is_inside = |stop: super::Stop| stop.protocol == layer.protocol;
    let was_tried = packet.stop.is_some_and(|stop| !is_inside(stop));
    (packet.payload.length > 0 && !was_tried).then_some(found)
}

/// Whether the data of a segment are read together with those of others.
fn is_read_as_stream(packet: &Packet<'_>) -> bool {
    match &packet.transport {
        Transport::Tcp(tcp) => registry::tcp_data(tcp.ports()).is_some(),
        _ => false,
    }
}

/// The protocol that IP announces. What continues in other fragments is not
/// unread: its beginning tells what it is.
fn ip_protocol(packet: &Packet<'_>) -> Option<Undecoded> {
    const READ: [u8; 4] = [1, 6, 17, 58];
    const NO_NEXT_HEADER: u8 = 59;
    let network = packet.network?;
    let number = network.protocol;
    if number == NO_NEXT_HEADER || (network.is_later_fragment() && READ.contains(&number)) {
        return None;
    }
    Some(Undecoded::IpProtocol(number))
}

/// The EtherType at this place of a header. Below 0x600 it is a length, and
/// what has no LLC behind that is Novell's frame.
fn ether_type(header: &[u8], at: usize, packet: &Packet<'_>) -> Undecoded {
    let number = header.get(at..).and_then(<[u8]>::first_chunk);
    match number.map(|number| u16::from_be_bytes(*number)) {
        Some(number @ 0x600..) => Undecoded::EtherType(number),
        _ if packet.payload_bytes().starts_with(&[0xff, 0xff]) => Undecoded::Named("IPX"),
        _ => Undecoded::Named("802.3"),
    }
}

/// What the receiver's access point says. Behind that of the OSI network layer
/// the first byte names the protocol (ISO/IEC TR 9577).
fn llc(header: &[u8], packet: &Packet<'_>) -> Undecoded {
    const OSI: u8 = 0xfe;
    let destination = header.first().copied().unwrap_or_default();
    match (destination, packet.payload_bytes().first()) {
        (OSI, Some(0x81)) => Undecoded::Named("CLNP"),
        (OSI, Some(0x82)) => Undecoded::Named("ES-IS"),
        (OSI, Some(0x83)) => Undecoded::Named("IS-IS"),
        _ => Undecoded::Sap(destination),
    }
}

fn snap(header: &[u8]) -> Undecoded {
    let [a, b, c, high, low] = header.first_chunk().copied().unwrap_or_default();
    let number = u16::from_be_bytes([high, low]);
    match u32::from_be_bytes([0, a, b, c]) {
        0 | 0xf8 => Undecoded::EtherType(number),
        organization => Undecoded::Snap(organization, number),
    }
}

fn wireless(header: &[u8]) -> Undecoded {
    let [first, second] = header.first_chunk().copied().unwrap_or_default();
    Undecoded::Named(match ieee80211::frame_type(first) {
        ieee80211::MANAGEMENT => "802.11 management",
        ieee80211::CONTROL => "802.11 control",
        ieee80211::DATA if ieee80211::is_protected(second) => "802.11 encrypted data",
        ieee80211::DATA => "802.11 data",
        _ => "802.11 extension",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType};
    use crate::decode::decode;

    fn name(link_type: LinkType, bytes: &[u8]) -> Option<String> {
        let found = undecoded(&decode(Frame::alone(link_type, bytes)));
        found.map(|undecoded| undecoded.name().into_owned())
    }

    fn ethernet(behind_addresses: &[u8]) -> Vec<u8> {
        [&[2; 12][..], behind_addresses].concat()
    }

    fn ipv4(protocol: u8, data: &[u8]) -> Vec<u8> {
        let length = 20 + data.len() as u8;
        let header = [0x45, 0, 0, length, 0, 0, 0, 0, 64, protocol, 0, 0];
        [&header[..], &[10, 0, 0, 1, 10, 0, 0, 2], data].concat()
    }

    #[test]
    fn what_no_decoder_reads_is_named_by_the_field_or_by_its_number() {
        let stp = [&[0, 6, 0x42, 0x42, 3][..], &[0; 3]].concat();
        let cdp = [&[0, 12, 0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0][..], &[1; 4]].concat();
        let is_is = [0, 5, 0xfe, 0xfe, 3, 0x83, 27];
        for (bytes, says) in [
            (ethernet(&[0x88, 0xcc, 1, 2]), "LLDP"),
            (ethernet(&[0x12, 0x34, 1, 2]), "EtherType 0x1234"),
            (ethernet(&[0x81, 0, 0, 7, 0x88, 0xcc, 1, 2]), "LLDP"),
            (ethernet(&stp), "STP"),
            (ethernet(&cdp), "CDP"),
            (ethernet(&is_is), "IS-IS"),
            (ethernet(&[0, 4, 0xff, 0xff, 0, 4]), "IPX"),
            (ethernet(&[0, 4, 0x16, 0x16, 3, 1]), "LLC SAP 0x16"),
        ] {
            assert_eq!(name(LinkType::ETHERNET, &bytes).as_deref(), Some(says));
        }
        for (protocol, says) in [(132, "SCTP"), (89, "OSPF"), (253, "IP protocol 253")] {
            let packet = ipv4(protocol, &[0; 12]);
            assert_eq!(name(LinkType::RAW, &packet).as_deref(), Some(says));
        }
        let wireless = [&[0x80, 0][..], &[0; 22], &[1; 8]].concat();
        let beacon = name(LinkType::IEEE802_11, &wireless);
        assert_eq!(beacon.as_deref(), Some("802.11 management"));
        let unknown = name(LinkType(147), &[1, 2, 3]);
        assert_eq!(unknown.as_deref(), Some("link type 147"));
    }

    #[test]
    fn what_was_read_or_is_broken_is_not_undecoded() {
        let udp = [0, 9, 0, 9, 0, 9, 0, 0, 1];
        let data = name(LinkType::RAW, &ipv4(17, &udp));
        assert_eq!(data.as_deref(), Some("UDP data"));
        let empty = [0, 9, 0, 9, 0, 8, 0, 0];
        assert_eq!(name(LinkType::RAW, &ipv4(17, &empty)), None);
        // The header breaks off: malformed, not unread.
        assert_eq!(name(LinkType::RAW, &ipv4(6, &[0; 4])), None);
        assert_eq!(name(LinkType::RAW, &ipv4(132, &[])), None);
        let mut later_fragment = ipv4(17, &[0; 8]);
        later_fragment[7] = 1;
        assert_eq!(name(LinkType::RAW, &later_fragment), None);
    }
}
