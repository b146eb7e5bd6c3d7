//! The turns of phrase that several topics share: numbers with their noun,
//! sides and packets by name, in both languages. Texts only; records carry
//! plain numbers.

use std::fmt::Display;

use super::Lang;
use super::units::duration;
use crate::decode::Protocol;
use crate::track::{PacketNumber, Side};

/// `1 byte`, `27 bytes`.
pub fn bytes_en(count: u32) -> String {
    counted_en(u64::from(count), "byte")
}

/// `1 SYN`, `4 SYNs`.
pub fn counted_en(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`, `22nd`.
pub fn ordinal_en(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// The side as the middle of a sentence names it.
pub const fn side(side: Side, lang: Lang) -> &'static str {
    match side {
        Side::Client => lang.pick("the client", "客户端"),
        Side::Server => lang.pick("the server", "服务器"),
    }
}

/// The side as the start of a sentence names it.
pub const fn side_first(side: Side, lang: Lang) -> &'static str {
    match side {
        Side::Client => lang.pick("The client", "客户端"),
        Side::Server => lang.pick("The server", "服务器"),
    }
}

/// `packet 4`, `packets 4, 7 and 9`; Chinese `第 4、7、9 号报文`.
pub fn packets(numbers: &[PacketNumber], lang: Lang) -> String {
    match (lang, numbers) {
        (Lang::En, [only]) => format!("packet {only}"),
        (Lang::En, _) => format!("packets {}", list(numbers, lang)),
        (Lang::Zh, _) => format!("第 {} 号报文", list(numbers, lang)),
    }
}

/// `packet 4`; Chinese `第 4 号报文`.
pub fn packet(number: PacketNumber, lang: Lang) -> String {
    packets(&[number], lang)
}

/// `Packet 4`, as the start of a sentence names it.
pub fn packet_first(number: PacketNumber, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Packet {number}"),
        Lang::Zh => packet(number, lang),
    }
}

/// `1.00 s, 2.00 s and 4.00 s`; Chinese `1.00 s、2.00 s、4.00 s`.
pub fn durations(all: &[u64], lang: Lang) -> String {
    let all: Vec<String> = all.iter().map(|ns| duration(*ns)).collect();
    list(&all, lang)
}

/// `a, b and c`; Chinese `a、b、c`.
pub fn list(items: &[impl Display], lang: Lang) -> String {
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(match lang {
                Lang::Zh => "、",
                Lang::En if index + 1 == items.len() => " and ",
                Lang::En => ", ",
            });
        }
        text.push_str(&item.to_string());
    }
    text
}

/// A protocol's name as prose writes it.
#[must_use]
pub const fn protocol(protocol: Protocol, lang: Lang) -> &'static str {
    match protocol {
        Protocol::Ethernet => lang.pick("Ethernet", "以太网"),
        Protocol::LinuxCooked => "Linux cooked (SLL)",
        Protocol::LinuxCooked2 => "Linux cooked v2 (SLL2)",
        Protocol::Loopback => lang.pick("loopback", "环回"),
        Protocol::Vlan => "VLAN (802.1Q)",
        Protocol::Llc => "LLC (802.2)",
        Protocol::Snap => "SNAP",
        Protocol::Ppp => "PPP",
        Protocol::Pppoe => "PPPoE",
        Protocol::Mpls => "MPLS",
        Protocol::CiscoHdlc => "Cisco HDLC",
        Protocol::FrameRelay => lang.pick("Frame Relay", "帧中继"),
        Protocol::Ieee80211 => lang.pick("802.11", "802.11（无线局域网）"),
        Protocol::Radiotap => "radiotap",
        Protocol::Ppi => "PPI",
        Protocol::Nflog => "NFLOG",
        Protocol::FabricPath => "FabricPath",
        Protocol::Arp => "ARP",
        Protocol::Ipv4 => "IPv4",
        Protocol::Ipv6 => "IPv6",
        Protocol::Ipv6HopByHop => lang.pick("IPv6 hop-by-hop options", "IPv6 逐跳选项"),
        Protocol::Ipv6Routing => lang.pick("IPv6 routing", "IPv6 路由"),
        Protocol::Ipv6Fragment => lang.pick("IPv6 fragment", "IPv6 分片"),
        Protocol::Ipv6Destination => lang.pick("IPv6 destination options", "IPv6 目的选项"),
        Protocol::Ah => "IPsec AH",
        Protocol::Gre => "GRE",
        Protocol::Erspan => "ERSPAN",
        Protocol::Vxlan => "VXLAN",
        Protocol::Geneve => "Geneve",
        Protocol::Teredo => "Teredo",
        Protocol::Gtp => "GTP-U",
        Protocol::L2tp => "L2TP",
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Icmp => "ICMP",
        Protocol::Icmpv6 => "ICMPv6",
        Protocol::Dns => "DNS",
        Protocol::Mdns => "mDNS",
        Protocol::Llmnr => "LLMNR",
        Protocol::Dhcp => "DHCP",
        Protocol::Dhcpv6 => "DHCPv6",
        Protocol::Http => "HTTP",
        Protocol::Tls => "TLS",
        Protocol::Dtls => "DTLS",
        Protocol::WebSocket => "WebSocket",
    }
}

/// The layers where both models put a protocol, as in `OSI 2, TCP/IP link`.
#[must_use]
pub fn model_layers(protocol: Protocol, lang: Lang) -> String {
    let tcp_ip = match (protocol.tcp_ip_layer(), lang) {
        (name, Lang::En) => name,
        ("link", Lang::Zh) => "链路层",
        ("internet", Lang::Zh) => "网际层",
        ("transport", Lang::Zh) => "传输层",
        (_, Lang::Zh) => "应用层",
    };
    let between = matches!(protocol, Protocol::Arp | Protocol::Mpls);
    match (protocol.osi_layer(), lang) {
        (Some(number), Lang::En) => format!("OSI {number}, TCP/IP {tcp_ip}"),
        (Some(number), Lang::Zh) => format!("OSI 第 {number} 层，TCP/IP {tcp_ip}"),
        (None, Lang::En) if between => format!("OSI between 2 and 3, TCP/IP {tcp_ip}"),
        (None, Lang::Zh) if between => format!("OSI 第 2、3 层之间，TCP/IP {tcp_ip}"),
        (None, Lang::En) => format!("OSI none (a tunnel), TCP/IP {tcp_ip}"),
        (None, Lang::Zh) => format!("OSI 无对应层（隧道），TCP/IP {tcp_ip}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_the_rest_plural() {
        assert_eq!(bytes_en(1), "1 byte");
        assert_eq!(bytes_en(0), "0 bytes");
        assert_eq!(counted_en(4, "SYN"), "4 SYNs");
    }

    #[test]
    fn lists_read_as_each_language_joins_them() {
        assert_eq!(list(&[1], Lang::En), "1");
        assert_eq!(list(&[1, 2], Lang::En), "1 and 2");
        assert_eq!(packets(&[4, 7, 9], Lang::En), "packets 4, 7 and 9");
        assert_eq!(packets(&[4], Lang::En), "packet 4");
        assert_eq!(packets(&[4, 7, 9], Lang::Zh), "第 4、7、9 号报文");
    }

    #[test]
    fn ordinals_have_their_english_endings() {
        for (number, text) in [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (112, "112th"),
            (23, "23rd"),
        ] {
            assert_eq!(ordinal_en(number), text);
        }
    }

    #[test]
    fn every_protocol_has_a_place_in_both_models() {
        for protocol in Protocol::ALL {
            assert!(
                ["link", "internet", "transport", "application"].contains(&protocol.tcp_ip_layer())
            );
            // OSI counts from the bottom, as the TCP/IP layers stand.
            match (protocol.osi_layer(), protocol.tcp_ip_layer()) {
                (None, "link" | "internet")
                | (Some(2), "link")
                | (Some(3), "internet")
                | (Some(4), "transport")
                | (Some(7), "application") => {}
                (osi, tcp_ip) => panic!("{}: {osi:?}, {tcp_ip}", protocol.name()),
            }
        }
        let place = |protocol| model_layers(protocol, Lang::En);
        assert_eq!(place(Protocol::Tcp), "OSI 4, TCP/IP transport");
        assert_eq!(place(Protocol::Arp), "OSI between 2 and 3, TCP/IP link");
        assert_eq!(place(Protocol::Vxlan), "OSI none (a tunnel), TCP/IP link");
    }
}
