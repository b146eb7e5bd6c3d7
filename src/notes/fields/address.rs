//! What an address says by its value alone: whose it can be and how far it
//! reaches (RFC 1918, 5737, 6598, 6890; RFC 4291, 4193, 3849).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::notes::Lang;

/// What kind of IP address this is, with the network that it is of.
#[must_use]
pub fn class(address: IpAddr, lang: Lang) -> &'static str {
    match address {
        IpAddr::V4(address) => v4(address, lang),
        IpAddr::V6(address) => v6(address, lang),
    }
}

/// Whether an address of a packet between these two must be rewritten on the way:
/// one is private or shared by a provider's customers, the other global.
#[must_use]
pub fn needs_translation(one: IpAddr, other: IpAddr) -> bool {
    is_inside(one) && is_global(other) || is_inside(other) && is_global(one)
}

fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || first == 100 && second & 0xc0 == 64
        }
        IpAddr::V6(_) => false,
    }
}

fn is_global(address: IpAddr) -> bool {
    address.is_ipv4() && class(address, Lang::En).starts_with("global")
}

fn v4(address: Ipv4Addr, lang: Lang) -> &'static str {
    let (en, zh) = match address.octets() {
        [0, 0, 0, 0] => ("unspecified: has no address yet", "未指定：还没有地址"),
        [0, ..] => ("this network (0.0.0.0/8)", "本网络（0.0.0.0/8）"),
        [10, ..] => (
            "private (10.0.0.0/8, RFC 1918)",
            "私有地址（10.0.0.0/8，RFC 1918）",
        ),
        [100, 64..=127, ..] => (
            "shared by a provider's customers (100.64.0.0/10, RFC 6598)",
            "运营商共享地址（100.64.0.0/10，RFC 6598）",
        ),
        [127, ..] => (
            "loopback: never leaves the host (127.0.0.0/8)",
            "环回：不出本机（127.0.0.0/8）",
        ),
        [169, 254, ..] => (
            "link-local: made up without a server (169.254.0.0/16)",
            "链路本地：没有服务器分配时自选（169.254.0.0/16）",
        ),
        [172, 16..=31, ..] => (
            "private (172.16.0.0/12, RFC 1918)",
            "私有地址（172.16.0.0/12，RFC 1918）",
        ),
        [192, 168, ..] => (
            "private (192.168.0.0/16, RFC 1918)",
            "私有地址（192.168.0.0/16，RFC 1918）",
        ),
        [192, 0, 2, _] => (
            "for documentation (192.0.2.0/24)",
            "文档示例地址（192.0.2.0/24）",
        ),
        [198, 51, 100, _] => (
            "for documentation (198.51.100.0/24)",
            "文档示例地址（198.51.100.0/24）",
        ),
        [203, 0, 113, _] => (
            "for documentation (203.0.113.0/24)",
            "文档示例地址（203.0.113.0/24）",
        ),
        [198, 18..=19, ..] => (
            "for benchmarks (198.18.0.0/15)",
            "性能测试地址（198.18.0.0/15）",
        ),
        [224, 0, 0, 251] => ("multicast: mDNS (224.0.0.251)", "组播：mDNS（224.0.0.251）"),
        [224, 0, 0, 252] => (
            "multicast: LLMNR (224.0.0.252)",
            "组播：LLMNR（224.0.0.252）",
        ),
        [224, 0, 0, _] => (
            "multicast on this link (224.0.0.0/24)",
            "本链路组播（224.0.0.0/24）",
        ),
        [239, 255, 255, 250] => (
            "multicast: SSDP (239.255.255.250)",
            "组播：SSDP（239.255.255.250）",
        ),
        [224..=239, ..] => ("multicast (224.0.0.0/4)", "组播（224.0.0.0/4）"),
        [255, 255, 255, 255] => (
            "broadcast: every host on this link",
            "广播：本链路的所有主机",
        ),
        [240..=255, ..] => ("reserved (240.0.0.0/4)", "保留（240.0.0.0/4）"),
        _ => (
            "global: routed on the Internet",
            "全球地址：可在互联网上路由",
        ),
    };
    lang.pick(en, zh)
}

fn v6(address: Ipv6Addr, lang: Lang) -> &'static str {
    let (en, zh) = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => ("unspecified: has no address yet", "未指定：还没有地址"),
        [0, 0, 0, 0, 0, 0, 0, 1] => (
            "loopback: never leaves the host (::1)",
            "环回：不出本机（::1）",
        ),
        [0, 0, 0, 0, 0, 0xffff, ..] => (
            "an IPv4 address inside IPv6 (::ffff:0:0/96)",
            "写成 IPv6 的 IPv4 地址（::ffff:0:0/96）",
        ),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => (
            "translated to IPv4 (64:ff9b::/96, NAT64)",
            "转换到 IPv4（64:ff9b::/96，NAT64）",
        ),
        [0x2001, 0, ..] => ("Teredo (2001::/32)", "Teredo（2001::/32）"),
        [0x2001, 0xdb8, ..] => (
            "for documentation (2001:db8::/32)",
            "文档示例地址（2001:db8::/32）",
        ),
        [0x2002, ..] => ("6to4 (2002::/16)", "6to4（2002::/16）"),
        [0xfe80..=0xfebf, ..] => (
            "link-local: this link only (fe80::/10)",
            "链路本地：只在本链路（fe80::/10）",
        ),
        [0xfc00..=0xfdff, ..] => (
            "private: unique local (fc00::/7, RFC 4193)",
            "私有：唯一本地地址（fc00::/7，RFC 4193）",
        ),
        [0xff02, 0, 0, 0, 0, 0, 0, 1] => (
            "multicast: all hosts on this link",
            "组播：本链路的所有主机",
        ),
        [0xff02, 0, 0, 0, 0, 0, 0, 2] => (
            "multicast: all routers on this link",
            "组播：本链路的所有路由器",
        ),
        [0xff02, 0, 0, 0, 0, 0, 0, 0x16] => (
            "multicast: routers that follow listeners (MLDv2)",
            "组播：MLDv2 路由器",
        ),
        [0xff02, 0, 0, 0, 0, 0, 0, 0xfb] => ("multicast: mDNS", "组播：mDNS"),
        [0xff02, 0, 0, 0, 0, 1, 0xff00..=0xffff, _] => (
            "multicast: solicited-node, the few hosts whose address ends alike",
            "组播：被请求节点，地址末尾相同的少数主机",
        ),
        [0xff02, ..] => (
            "multicast on this link (ff02::/16)",
            "本链路组播（ff02::/16）",
        ),
        [0xff00..=0xffff, ..] => ("multicast (ff00::/8)", "组播（ff00::/8）"),
        [0x2000..=0x3fff, ..] => (
            "global: routed on the Internet (2000::/3)",
            "全球地址：可在互联网上路由（2000::/3）",
        ),
        _ => ("reserved", "保留"),
    };
    lang.pick(en, zh)
}

/// What a hardware address says.
pub fn mac_class(mac: [u8; 6], lang: Lang) -> &'static str {
    let (en, zh) = match mac {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => (
            "broadcast: every station on the link",
            "广播：链路上的所有站点",
        ),
        [0, 0, 0, 0, 0, 0] => ("all zero: no address", "全零：没有地址"),
        [0x01, 0x00, 0x5e, 0..=0x7f, ..] => {
            ("multicast for IPv4 (01:00:5e)", "IPv4 组播（01:00:5e）")
        }
        [0x33, 0x33, ..] => ("multicast for IPv6 (33:33)", "IPv6 组播（33:33）"),
        [0x01, 0x80, 0xc2, ..] => (
            "multicast among switches (01:80:c2)",
            "交换机之间的组播（01:80:c2）",
        ),
        [first, ..] if first & 1 == 1 => ("multicast: a group of stations", "组播：一组站点"),
        [first, ..] if first & 2 == 2 => (
            "one station; the address was made up locally, not by a manufacturer",
            "单个站点；地址由本地设定，不是厂商分配",
        ),
        _ => (
            "one station; the first three bytes tell the manufacturer",
            "单个站点；前三个字节代表厂商",
        ),
    };
    lang.pick(en, zh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_global_addresses_need_translation() {
        let of = |one: [u8; 4], other: [u8; 4]| needs_translation(one.into(), other.into());
        assert!(of([10, 0, 0, 1], [8, 8, 8, 8]) && of([1, 1, 1, 1], [192, 168, 1, 1]));
        assert!(of([100, 64, 0, 1], [8, 8, 8, 8]));
        assert!(!of([10, 0, 0, 1], [10, 0, 0, 2]) && !of([8, 8, 8, 8], [1, 1, 1, 1]));
        // Nobody routes these, so nobody translates to them.
        assert!(!of([10, 0, 0, 1], [203, 0, 113, 1]) && !of([10, 0, 0, 1], [224, 0, 0, 1]));
    }

    #[test]
    fn addresses_are_told_apart_by_their_network() {
        for (address, word) in [
            ("10.0.0.1", "RFC 1918"),
            ("172.32.0.1", "global"),
            ("172.31.255.1", "RFC 1918"),
            ("192.0.2.9", "documentation"),
            ("127.0.0.53", "loopback"),
            ("169.254.1.1", "link-local"),
            ("224.0.0.251", "mDNS"),
            ("255.255.255.255", "broadcast"),
            ("8.8.8.8", "global"),
            ("fe80::1", "link-local"),
            ("ff02::1:ff00:2", "solicited-node"),
            ("2001:db8::1", "documentation"),
            ("2606:4700::1111", "global"),
            ("fd00::1", "unique local"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert!(class(address, Lang::En).contains(word), "{address}");
            assert_ne!(class(address, Lang::En), class(address, Lang::Zh));
        }
    }

    #[test]
    fn hardware_addresses_tell_groups_from_stations() {
        assert!(mac_class([0xff; 6], Lang::En).contains("broadcast"));
        assert!(mac_class([2, 0x42, 0, 0, 0, 1], Lang::En).contains("locally"));
        assert!(mac_class([0, 0x1b, 0x21, 0, 0, 1], Lang::En).contains("manufacturer"));
        assert!(mac_class([0x33, 0x33, 0, 0, 0, 1], Lang::En).contains("IPv6"));
    }
}
