//! Names of numbers that several headers carry (IANA's lists, the common
//! part).

/// EtherTypes.
pub(super) fn ether_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0x0800 => "IPv4",
        0x0806 => "ARP",
        0x0842 => "Wake-on-LAN",
        0x6558 => "Ethernet",
        0x8035 => "RARP",
        0x8100 => "802.1Q VLAN",
        0x86dd => "IPv6",
        0x8808 => "flow control",
        0x8809 => "LACP",
        0x880b => "PPP",
        0x8847 => "MPLS",
        0x8848 => "MPLS multicast",
        0x8863 => "PPPoE discovery",
        0x8864 => "PPPoE session",
        0x888e => "802.1X",
        0x88a8 => "802.1ad VLAN",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88f7 => "PTP",
        _ => return None,
    })
}

/// IP protocol numbers, which IPv6's next header shares.
pub(super) fn ip_protocol(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "hop-by-hop options",
        1 => "ICMP",
        2 => "IGMP",
        4 => "IPv4",
        6 => "TCP",
        17 => "UDP",
        41 => "IPv6",
        43 => "routing header",
        44 => "fragment header",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "ICMPv6",
        59 => "no next header",
        60 => "destination options",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        115 => "L2TP",
        132 => "SCTP",
        136 => "UDP-Lite",
        137 => "MPLS",
        _ => return None,
    })
}

/// Hardware types, as ARP and Linux cooked captures carry them.
pub(super) fn hardware_type(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "Ethernet",
        6 => "IEEE 802",
        24 => "IEEE 1394",
        32 => "InfiniBand",
        512 => "PPP",
        768 => "IP in IP",
        772 => "loopback",
        776 => "IPv6 in IPv4",
        778 => "GRE",
        801..=803 => "802.11",
        824 => "netlink",
        65534 => "none",
        _ => return None,
    })
}
