//! Every protocol that a layer can be of, with its name in records.
use serde::{Deserialize, Serialize};

/// A protocol that wirenotes decodes at least the header of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Protocol {
    /// Ethernet II, or IEEE 802.3 with a length.
    Ethernet,
    /// Linux cooked capture, version 1.
    LinuxCooked,
    /// Linux cooked capture, version 2.
    LinuxCooked2,
    /// BSD null or OpenBSD loop.
    Loopback,
    /// IEEE 802.1Q or 802.1ad tag.
    Vlan,
    /// IEEE 802.2 logical link control.
    Llc,
    /// Subnetwork access protocol.
    Snap,
    /// PPP's protocol field, with address and control where they are sent.
    Ppp,
    /// PPPoE session header with the PPP protocol field.
    Pppoe,
    /// One MPLS label stack entry.
    Mpls,
    /// Cisco's HDLC.
    CiscoHdlc,
    /// Frame Relay (RFC 2427).
    FrameRelay,
    /// IEEE 802.11, the header of a wireless frame.
    Ieee80211,
    /// What a wireless receiver tells of a frame (radiotap.org).
    Radiotap,
    /// Per-packet information (CACE), with a link type of its own behind it.
    Ppi,
    /// What Linux's netfilter log tells of a packet.
    Nflog,
    /// Cisco FabricPath, between an outer and an inner Ethernet header.
    FabricPath,
    /// Address resolution (RFC 826).
    Arp,
    /// RFC 791.
    Ipv4,
    /// RFC 8200.
    Ipv6,
    /// IPv6 hop-by-hop options.
    Ipv6HopByHop,
    /// IPv6 routing header.
    Ipv6Routing,
    /// IPv6 fragment header.
    Ipv6Fragment,
    /// IPv6 destination options.
    Ipv6Destination,
    /// IP authentication header (RFC 4302).
    Ah,
    /// Generic routing encapsulation (RFC 2784, 2890).
    Gre,
    /// Mirrored Ethernet in GRE (ERSPAN).
    Erspan,
    /// RFC 7348.
    Vxlan,
    /// RFC 8926.
    Geneve,
    /// RFC 4380; the header is empty unless indications are sent.
    Teredo,
    /// GTP-U (3GPP TS 29.281).
    Gtp,
    /// RFC 2661.
    L2tp,
    /// RFC 9293.
    Tcp,
    /// RFC 768.
    Udp,
    /// RFC 792.
    Icmp,
    /// RFC 4443 (and RFC 4861 for neighbour discovery).
    Icmpv6,
    /// RFC 1035 over UDP or TCP.
    Dns,
    /// Multicast DNS (RFC 6762).
    Mdns,
    /// Link-local multicast name resolution (RFC 4795).
    Llmnr,
    /// RFC 2131.
    Dhcp,
    /// RFC 8415.
    Dhcpv6,
    /// The head of an HTTP/1.x message.
    Http,
    /// Records of TLS (RFC 8446).
    Tls,
    /// Records of DTLS (RFC 6347).
    Dtls,
    /// Frames of RFC 6455.
    WebSocket,
}

impl Protocol {
    /// How many protocols there are; `as usize` of each is below it.
    pub const COUNT: usize = Self::ALL.len();

    /// Every protocol, in the order of declaration.
    pub const ALL: [Self; 45] = [
        Self::Ethernet,
        Self::LinuxCooked,
        Self::LinuxCooked2,
        Self::Loopback,
        Self::Vlan,
        Self::Llc,
        Self::Snap,
        Self::Ppp,
        Self::Pppoe,
        Self::Mpls,
        Self::CiscoHdlc,
        Self::FrameRelay,
        Self::Ieee80211,
        Self::Radiotap,
        Self::Ppi,
        Self::Nflog,
        Self::FabricPath,
        Self::Arp,
        Self::Ipv4,
        Self::Ipv6,
        Self::Ipv6HopByHop,
        Self::Ipv6Routing,
        Self::Ipv6Fragment,
        Self::Ipv6Destination,
        Self::Ah,
        Self::Gre,
        Self::Erspan,
        Self::Vxlan,
        Self::Geneve,
        Self::Teredo,
        Self::Gtp,
        Self::L2tp,
        Self::Tcp,
        Self::Udp,
        Self::Icmp,
        Self::Icmpv6,
        Self::Dns,
        Self::Mdns,
        Self::Llmnr,
        Self::Dhcp,
        Self::Dhcpv6,
        Self::Http,
        Self::Tls,
        Self::Dtls,
        Self::WebSocket,
    ];
}

impl Protocol {
    /// The layer of OSI's model (ISO/IEC 7498-1) that the protocol works at, 1
    /// to 7. `None` where the model has no place for it: ARP maps addresses of
    /// layer 3 to those of layer 2, an MPLS label stands between the two, and
    /// a tunnel carries a lower layer within a higher one.
    #[must_use]
    pub const fn osi_layer(self) -> Option<u8> {
        match self {
            Self::Ethernet
            | Self::LinuxCooked
            | Self::LinuxCooked2
            | Self::Loopback
            | Self::Vlan
            | Self::Llc
            | Self::Snap
            | Self::Ppp
            | Self::Pppoe
            | Self::CiscoHdlc
            | Self::FrameRelay
            | Self::Ieee80211
            | Self::Radiotap
            | Self::Ppi
            | Self::Nflog
            | Self::FabricPath => Some(2),
            Self::Ipv4
            | Self::Ipv6
            | Self::Ipv6HopByHop
            | Self::Ipv6Routing
            | Self::Ipv6Fragment
            | Self::Ipv6Destination
            | Self::Ah
            | Self::Icmp
            | Self::Icmpv6 => Some(3),
            Self::Tcp | Self::Udp => Some(4),
            Self::Dns
            | Self::Mdns
            | Self::Llmnr
            | Self::Dhcp
            | Self::Dhcpv6
            | Self::Http
            | Self::Tls
            | Self::Dtls
            | Self::WebSocket => Some(7),
            Self::Mpls
            | Self::Arp
            | Self::Gre
            | Self::Erspan
            | Self::Vxlan
            | Self::Geneve
            | Self::Teredo
            | Self::Gtp
            | Self::L2tp => None,
        }
    }

    /// The layer of the Internet's model (RFC 1122, section 1.1.3): `link`,
    /// `internet`, `transport` or `application`. RFC 1122 treats ARP with the
    /// link layer and ICMP as a part of IP. A tunnel's header is counted to
    /// the layer that it stands in for: VXLAN carries frames as a link does,
    /// GRE and GTP-U carry packets.
    #[must_use]
    pub const fn tcp_ip_layer(self) -> &'static str {
        match self {
            Self::Ethernet
            | Self::LinuxCooked
            | Self::LinuxCooked2
            | Self::Loopback
            | Self::Vlan
            | Self::Llc
            | Self::Snap
            | Self::Ppp
            | Self::Pppoe
            | Self::Mpls
            | Self::CiscoHdlc
            | Self::FrameRelay
            | Self::Ieee80211
            | Self::Radiotap
            | Self::Ppi
            | Self::Nflog
            | Self::FabricPath
            | Self::Arp
            | Self::Erspan
            | Self::Vxlan
            | Self::Geneve
            | Self::L2tp => "link",
            Self::Ipv4
            | Self::Ipv6
            | Self::Ipv6HopByHop
            | Self::Ipv6Routing
            | Self::Ipv6Fragment
            | Self::Ipv6Destination
            | Self::Ah
            | Self::Gre
            | Self::Teredo
            | Self::Gtp
            | Self::Icmp
            | Self::Icmpv6 => "internet",
            Self::Tcp | Self::Udp => "transport",
            Self::Dns
            | Self::Mdns
            | Self::Llmnr
            | Self::Dhcp
            | Self::Dhcpv6
            | Self::Http
            | Self::Tls
            | Self::Dtls
            | Self::WebSocket => "application",
        }
    }
}

/// One row a protocol: its name in records, and from it those of the fields
/// that stand for bytes without a field of their own.
macro_rules! names {
    ($($protocol:ident => $name:literal,)*) => {
        impl Protocol {
            /// The name in records and in `protocols`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$protocol => $name,)*
                }
            }

            /// The name of the field for what is left of a header that was
            /// not captured to its end.
            pub(super) const fn cut(self) -> &'static str {
                match self {
                    $(Self::$protocol => concat!($name, ".cut"),)*
                }
            }

            /// The name of the field for header bytes of no known meaning.
            pub(super) const fn rest(self) -> &'static str {
                match self {
                    $(Self::$protocol => concat!($name, ".rest"),)*
                }
            }
        }
    };
}

names! {
    Ethernet => "ethernet",
    LinuxCooked => "linux_cooked",
    LinuxCooked2 => "linux_cooked_v2",
    Loopback => "loopback",
    Vlan => "vlan",
    Llc => "llc",
    Snap => "snap",
    Ppp => "ppp",
    Pppoe => "pppoe",
    Mpls => "mpls",
    CiscoHdlc => "cisco_hdlc",
    FrameRelay => "frame_relay",
    Ieee80211 => "ieee80211",
    Radiotap => "radiotap",
    Ppi => "ppi",
    Nflog => "nflog",
    FabricPath => "fabric_path",
    Arp => "arp",
    Ipv4 => "ipv4",
    Ipv6 => "ipv6",
    Ipv6HopByHop => "ipv6_hop_by_hop",
    Ipv6Routing => "ipv6_routing",
    Ipv6Fragment => "ipv6_fragment",
    Ipv6Destination => "ipv6_destination",
    Ah => "ah",
    Gre => "gre",
    Erspan => "erspan",
    Vxlan => "vxlan",
    Geneve => "geneve",
    Teredo => "teredo",
    Gtp => "gtp",
    L2tp => "l2tp",
    Tcp => "tcp",
    Udp => "udp",
    Icmp => "icmp",
    Icmpv6 => "icmpv6",
    Dns => "dns",
    Mdns => "mdns",
    Llmnr => "llmnr",
    Dhcp => "dhcp",
    Dhcpv6 => "dhcpv6",
    Http => "http",
    Tls => "tls",
    Dtls => "dtls",
    WebSocket => "websocket",
}
