//! What must hold for every packet, tried on arbitrary bytes and on damaged
//! copies of good packets of every kind; and the laws about lengths, one by
//! one.

use proptest::prelude::*;

use super::*;
use crate::capture::LinkType;

pub(super) fn frame(link_type: LinkType, bytes: &[u8], original_length: u32) -> Frame<'_> {
    Frame {
        original_length,
        ..Frame::alone(link_type, bytes)
    }
}

fn whole(link_type: LinkType, bytes: &[u8]) -> Packet<'_> {
    let packet = decode(frame(link_type, bytes, bytes.len() as u32));
    check(&packet);
    packet
}

fn cut(link_type: LinkType, bytes: &[u8], captured: usize) -> Packet<'_> {
    let packet = decode(frame(link_type, &bytes[..captured], bytes.len() as u32));
    check(&packet);
    packet
}

fn names(packet: &Packet<'_>) -> String {
    let names: Vec<_> = packet
        .layers
        .iter()
        .map(|layer| layer.protocol.name())
        .collect();
    names.join(" ")
}

/// What must hold for every packet, however damaged.
fn check(packet: &Packet<'_>) {
    let headers: u32 = packet.layers.iter().map(|layer| layer.header_length).sum();
    let payload = packet.payload;
    assert_eq!(
        headers + payload.length + payload.padding,
        packet.frame.original_length,
        "{packet:?}"
    );
    assert!(payload.captured <= payload.length, "{packet:?}");
    assert_eq!(packet.payload_bytes().len() as u32, payload.captured);
    for layer in &packet.layers {
        let _ = view(packet, layer);
    }
    let _ = quoted(packet);
    let layers = fields(packet);
    assert_eq!(layers.len(), packet.layers.len());
    for (layer, described) in packet.layers.iter().zip(&layers) {
        let captured = packet.header_bytes(layer).len() as u64 * 8;
        if layer.header_length > 0 {
            assert_eq!(described.bit_length, captured, "{packet:?}");
        }
        let end = cover(&described.fields, described.bit_offset);
        if described.bit_length > 0 {
            let wanted = described.bit_offset + described.bit_length;
            assert_eq!(end, wanted, "{:?}: {described:?}", layer.protocol);
            assert!(wanted <= packet.frame.bytes.len() as u64 * 8);
        }
    }
}

/// Fields follow each other without holes; gives where the last ends.
fn cover(fields: &[Field], start: u64) -> u64 {
    fields.iter().fold(start, |at, field| {
        assert_eq!(field.bit_offset, at, "{field:?}");
        assert!(field.bit_length > 0, "{field:?}");
        let end = at + field.bit_length;
        if !field.fields.is_empty() {
            assert_eq!(cover(&field.fields, at), end, "{field:?}");
        }
        end
    })
}

const LINK_TYPES: [LinkType; 22] = [
    LinkType::IEEE802_11,
    LinkType::IEEE802_11_RADIOTAP,
    LinkType::PPI,
    LinkType::NFLOG,
    LinkType::ETHERNET,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::RAW,
    LinkType::RAW_12,
    LinkType::RAW_14,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::PPP_ETHER,
    LinkType::PPP_PPPD,
    LinkType::PPP_WITH_DIRECTION,
    LinkType::C_HDLC,
    LinkType::FRAME_RELAY,
    LinkType(9999),
];

/// Bytes from hexadecimal text; spaces only separate.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect()
}

/// An IPv4 header of this protocol around these bytes.
fn ipv4(protocol: u8, inner: &[u8]) -> Vec<u8> {
    let mut bytes = hex("4500 0000 0007 4000 40 00 0000 0a000001 0a000002");
    bytes[9] = protocol;
    bytes.extend(inner);
    let length = bytes.len() as u16;
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// An IPv6 header of this next header around these bytes.
fn ipv6(next_header: u8, inner: &[u8]) -> Vec<u8> {
    let mut bytes = hex("6000 0000 0000 00 40");
    bytes[6] = next_header;
    bytes[4..6].copy_from_slice(&(inner.len() as u16).to_be_bytes());
    bytes.extend([0xfd; 32]);
    bytes.extend(inner);
    bytes
}

fn ethernet(ether_type: u16, inner: &[u8]) -> Vec<u8> {
    let mut bytes = hex("02420a000002 02420a000001");
    bytes.extend(ether_type.to_be_bytes());
    bytes.extend(inner);
    bytes
}

fn udp(destination: u16, inner: &[u8]) -> Vec<u8> {
    datagram(0xc000, destination, inner)
}

fn datagram(source: u16, destination: u16, inner: &[u8]) -> Vec<u8> {
    let mut bytes = [source, destination, 0, 0].map(u16::to_be_bytes).concat();
    bytes.extend(inner);
    let length = bytes.len() as u16;
    bytes[4..6].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// Ports 3572 and 3001, sequence 1001, acknowledgment 2001, and "hi".
fn tcp() -> Vec<u8> {
    hex("0df4 0bb9 000003e9 000007d1 5018 0100 0000 0000 6869")
}

/// A SYN between the ports of [`tcp`], with options.
fn syn() -> Vec<u8> {
    hex(
        "0df4 0bb9 000003e9 00000000 a002 0100 0000 0000 020405b4 0402 080a 00000007 00000000 01 030307",
    )
}

/// An address, a mail server, and EDNS with a cookie.
const RESPONSE: &str = "1234 8180 0001 0002 0000 0001 01 61 00 0001 0001 \
    c00c 0001 0001 0000003c 0004 0a000001 \
    c00c 000f 0001 0000003c 0006 000a 01 6d c00c \
    00 0029 04d0 00008000 000c 000a 0008 0102030405060708";

const QUERY: &str = "1234 0100 0001 0000 0000 0000 01 61 00 0001 0001";

/// A good packet of every kind, with the layers that it must give.
fn good() -> Vec<(LinkType, Vec<u8>, &'static str)> {
    let eth = LinkType::ETHERNET;
    let in_udp = |port, header: &str, inner: &[u8]| {
        let mut bytes = hex(header);
        bytes.extend(inner);
        ethernet(0x800, &ipv4(17, &udp(port, &bytes)))
    };
    let behind = |header: &str, inner: &[u8]| [hex(header), inner.to_vec()].concat();
    let packet = ipv4(6, &tcp());
    let frame = ethernet(0x800, &packet);
    let neighbor = hex("87 00 0000 00000000 fe800000000000000000000000000001 01 01 02420a000001");
    let arp = hex("0001 0800 06 04 0001 02420a000001 0a000001 000000000000 0a000002");
    vec![
        (eth, frame.clone(), "ethernet ipv4 tcp"),
        (eth, ethernet(0x800, &ipv4(6, &syn())), "ethernet ipv4 tcp"),
        (eth, ethernet(0x86dd, &ipv6(6, &syn())), "ethernet ipv6 tcp"),
        (eth, ethernet(0x806, &arp), "ethernet arp"),
        (eth, ethernet(0x8035, &arp), "ethernet arp"),
        (
            eth,
            ethernet(0x88a8, &behind("0064 8100 20c8 0800", &packet)),
            "ethernet vlan vlan ipv4 tcp",
        ),
        (
            eth,
            ethernet(46, &behind("aaaa03 000000 0800", &packet[..38])),
            "ethernet llc snap ipv4",
        ),
        (eth, ethernet(3, &hex("4242 03")), "ethernet llc"),
        (
            eth,
            ethernet(0x800, &ipv4(17, &udp(53, &hex(QUERY)))),
            "ethernet ipv4 udp dns",
        ),
        (
            eth,
            ethernet(0x800, &ipv4(17, &udp(53, &hex(RESPONSE)))),
            "ethernet ipv4 udp dns",
        ),
        (
            eth,
            ethernet(0x800, &ipv4(1, &hex("0800 0000 0001 0002 6869"))),
            "ethernet ipv4 icmp",
        ),
        (
            eth,
            ethernet(0x86dd, &ipv6(58, &neighbor)),
            "ethernet ipv6 icmpv6",
        ),
        (
            eth,
            ethernet(
                0x86dd,
                &ipv6(
                    0,
                    &behind(
                        "3c00 0502 0000 0100 2b00 0104 00000000 2c00 0000 00000000 0600 0000 00000009",
                        &tcp(),
                    ),
                ),
            ),
            "ethernet ipv6 ipv6_hop_by_hop ipv6_destination ipv6_routing ipv6_fragment tcp",
        ),
        (
            eth,
            ethernet(
                0x800,
                &ipv4(
                    51,
                    &behind(
                        "0604 0000 00000001 00000002 000000000000000000000000",
                        &tcp(),
                    ),
                ),
            ),
            "ethernet ipv4 ah tcp",
        ),
        (
            eth,
            ethernet(0x800, &ipv4(4, &packet)),
            "ethernet ipv4 ipv4 tcp",
        ),
        (
            eth,
            ethernet(0x800, &ipv4(41, &ipv6(6, &tcp()))),
            "ethernet ipv4 ipv6 tcp",
        ),
        (
            eth,
            ethernet(
                0x800,
                &ipv4(
                    47,
                    &behind("b000 0800 0000 0000 00000001 00000002", &packet),
                ),
            ),
            "ethernet ipv4 gre ipv4 tcp",
        ),
        (
            eth,
            ethernet(0x800, &ipv4(47, &behind("0000 6558", &frame))),
            "ethernet ipv4 gre ethernet ipv4 tcp",
        ),
        (
            eth,
            ethernet(
                0x800,
                &ipv4(
                    47,
                    &behind("3081 880b 002e 0001 00000001 00000002 ff03 0021", &packet),
                ),
            ),
            "ethernet ipv4 gre ppp ipv4 tcp",
        ),
        (
            eth,
            ethernet(
                0x800,
                &ipv4(47, &behind("1000 88be 00000001 1064 0001 00000002", &frame)),
            ),
            "ethernet ipv4 gre erspan ethernet ipv4 tcp",
        ),
        (
            eth,
            ethernet(0x800, &ipv4(47, &behind("0000 88be", &frame))),
            "ethernet ipv4 gre ethernet ipv4 tcp",
        ),
        (
            eth,
            ethernet(
                0x800,
                &ipv4(
                    47,
                    &behind(
                        "1000 22eb 00000001 2064 0001 00000002 0000 8001 0000000000000000",
                        &frame,
                    ),
                ),
            ),
            "ethernet ipv4 gre erspan ethernet ipv4 tcp",
        ),
        (
            eth,
            ethernet(0x8864, &behind("1100 0001 002c 0021", &packet)),
            "ethernet pppoe ipv4 tcp",
        ),
        (
            eth,
            ethernet(0x8847, &behind("00010040 00011140", &packet)),
            "ethernet mpls mpls ipv4 tcp",
        ),
        (
            eth,
            in_udp(4789, "08000000 00000100", &frame),
            "ethernet ipv4 udp vxlan ethernet ipv4 tcp",
        ),
        (
            eth,
            in_udp(6081, "0200 6558 00000100 0000 0001 00000000", &frame),
            "ethernet ipv4 udp geneve ethernet ipv4 tcp",
        ),
        (
            eth,
            in_udp(
                3544,
                "0001 0000 0000000000000000 00 0000 0000 00000000",
                &ipv6(6, &tcp()),
            ),
            "ethernet ipv4 udp teredo ipv6 tcp",
        ),
        (
            eth,
            in_udp(2152, "36ff 0032 00000001 0001 00 85 01 0000 00", &packet),
            "ethernet ipv4 udp gtp ipv4 tcp",
        ),
        (
            eth,
            in_udp(1701, "4802 003a 0001 0002 0000 0000 ff03 0021", &packet),
            "ethernet ipv4 udp l2tp ppp ipv4 tcp",
        ),
        (LinkType::RAW, packet.clone(), "ipv4 tcp"),
        (
            LinkType::IPV6,
            ipv6(17, &udp(5353, &hex(QUERY))),
            "ipv6 udp mdns",
        ),
        (
            LinkType::NULL,
            behind("02000000", &packet),
            "loopback ipv4 tcp",
        ),
        (
            LinkType::NULL,
            behind("0000001e", &ipv6(6, &tcp())),
            "loopback ipv6 tcp",
        ),
        (
            LinkType::LOOP,
            behind("00000002", &packet),
            "loopback ipv4 tcp",
        ),
        (
            LinkType::LINUX_SLL,
            behind("0000 0001 0006 02420a0000010000 0800", &packet),
            "linux_cooked ipv4 tcp",
        ),
        (
            LinkType::LINUX_SLL2,
            behind("0800 0000 00000002 0001 04 06 02420a0000010000", &packet),
            "linux_cooked_v2 ipv4 tcp",
        ),
        (LinkType::PPP, behind("21", &packet), "ppp ipv4 tcp"),
        (
            LinkType::PPP_HDLC,
            behind("0f00 0800", &packet),
            "cisco_hdlc ipv4 tcp",
        ),
        (
            LinkType::PPP_WITH_DIRECTION,
            behind("0103 0021", &packet),
            "ppp ipv4 tcp",
        ),
        (
            LinkType::IEEE802_11_RADIOTAP,
            behind(
                "0000 0a00 02000000 0000 0801 0000 020000000001 020000000002 020000000003 0000 \
                 aaaa03 000000 0800",
                &packet,
            ),
            "radiotap ieee80211 llc snap ipv4 tcp",
        ),
        (
            LinkType::PPI,
            behind("0000 0800 01000000", &ethernet(0x800, &packet)),
            "ppi ethernet ipv4 tcp",
        ),
        (
            LinkType::NFLOG,
            behind("02 00 0007 0700 0a00 61620000 2e00 0900", &packet),
            "nflog ipv4 tcp",
        ),
        (
            LinkType::ETHERNET,
            ethernet(0x8903, &behind("0840", &ethernet(0x800, &packet))),
            "ethernet fabric_path ethernet ipv4 tcp",
        ),
        (
            LinkType::FRAME_RELAY,
            behind("1841 03 cc", &packet),
            "frame_relay ipv4 tcp",
        ),
        (
            LinkType::FRAME_RELAY,
            behind("1841 0800", &packet),
            "frame_relay ipv4 tcp",
        ),
    ]
}

#[test]
fn a_good_packet_of_every_kind_gives_its_layers_and_nothing_is_wrong() {
    for (link_type, bytes, layers) in good() {
        let packet = whole(link_type, &bytes);
        assert_eq!(names(&packet), layers, "{packet:?}");
        let cut_by_us = layers == "ethernet llc snap ipv4";
        assert_eq!(
            packet.stop.is_some(),
            cut_by_us,
            "{layers}: {:?}",
            packet.stop
        );
        if layers.ends_with("tcp") {
            let tcp = packet.tcp().unwrap();
            assert_eq!((tcp.source_port, tcp.destination_port), (3572, 3001));
            assert_eq!(tcp.payload_length, packet.payload.length);
        }
    }
}

#[test]
fn a_packet_cut_anywhere_is_truncated_and_never_malformed() {
    for (link_type, bytes, layers) in good() {
        if layers == "ethernet llc snap ipv4" {
            continue;
        }
        for captured in 0..bytes.len() {
            let packet = cut(link_type, &bytes, captured);
            let fault = packet.stop.filter(|stop| !stop.reason.is_truncation());
            assert_eq!(fault, None, "{layers} cut at {captured}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_headers_payload_and_padding(
        link_type in proptest::sample::select(&LINK_TYPES[..]),
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        cut in 0u32..200,
    ) {
        let original = bytes.len() as u32 + cut;
        check(&decode(frame(link_type, &bytes, original)));
    }

    #[test]
    fn damaged_packets_are_headers_payload_and_padding(
        which in any::<proptest::sample::Index>(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        captured in any::<proptest::sample::Index>(),
        missing in 0u32..100,
    ) {
        let good = good();
        let (link_type, mut bytes, _) = good[which.index(good.len())].clone();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        check(&decode(frame(link_type, &bytes, bytes.len() as u32 + missing)));
        let captured = &bytes[..captured.index(bytes.len())];
        check(&decode(frame(link_type, captured, bytes.len() as u32)));
    }
}

#[test]
fn the_values_of_a_tcp_segment_and_the_padding_behind_it() {
    let mut bytes = ethernet(0x800, &ipv4(6, &tcp()));
    bytes.extend([0; 4]);
    let packet = whole(LinkType::ETHERNET, &bytes);
    assert_eq!(packet.payload_bytes(), b"hi");
    assert_eq!(packet.payload.padding, 4);
    let tcp = packet.tcp().unwrap();
    assert_eq!((tcp.sequence, tcp.acknowledgment), (1001, 2001));
    assert_eq!(tcp.flags, TcpFlags(0x18));
    assert_eq!((tcp.window, tcp.payload_length), (256, 2));
}

#[test]
fn the_check_sequence_of_a_wireless_frame_is_no_payload() {
    let data = "0801 0000 020000000001 020000000002 020000000003 0000 aaaa03 000000 88cc 0102";
    let bytes = hex(&format!("0000 0900 02000000 10 {data} deadbeef"));
    let packet = whole(LinkType::IEEE802_11_RADIOTAP, &bytes);
    assert_eq!(names(&packet), "radiotap ieee80211 llc snap");
    assert_eq!((packet.payload.length, packet.payload.padding), (2, 4));
}

#[test]
fn on_a_port_of_dns_what_cannot_be_a_message_is_something_else() {
    let datagram = |port: &str, data: &str| {
        let data = hex(data);
        let length = 8 + data.len() as u16;
        let header = hex(&format!("9c40 {port} {length:04x} 0000"));
        ipv4(17, &[header, data].concat())
    };
    let noise = "b7c3 9d41 e2f0 88a1 93c4 d7e5 91a2 b3c4 d5e6 f708";
    for port in ["14e9", "0035"] {
        let packet = datagram(port, noise);
        let packet = whole(LinkType::RAW, &packet);
        assert_eq!((names(&packet).as_str(), packet.stop), ("ipv4 udp", None));
    }
    let query = "1234 0100 0001 0000 0000 0000 01 61 00 0001 0001";
    let elsewhere = datagram("270f", query);
    assert_eq!(names(&whole(LinkType::RAW, &elsewhere)), "ipv4 udp dns");
    let netbios = datagram("0089", query);
    assert_eq!(names(&whole(LinkType::RAW, &netbios)), "ipv4 udp");
}

#[test]
fn both_vlan_ids_are_kept() {
    let bytes = ethernet(
        0x88a8,
        &[hex("0064 8100 20c8 0800"), ipv4(6, &tcp())].concat(),
    );
    assert_eq!(
        whole(LinkType::ETHERNET, &bytes).vlan,
        Some(100 << 16 | 200)
    );
}

#[test]
fn a_cut_header_still_gives_its_fixed_part() {
    let bytes = ipv4(6, &syn());
    let packet = cut(LinkType::RAW, &bytes, 50);
    let tcp = packet.tcp().unwrap();
    assert_eq!((tcp.source_port, tcp.options_captured), (3572, 10));
    assert_eq!(packet.layers[1].header_length, 40);
    let reason = StopReason::Truncated {
        needed: 40,
        had: 30,
    };
    assert_eq!(packet.stop.unwrap().reason, reason);
    let options = &fields(&packet)[1].fields;
    assert_eq!(options.last().unwrap().name, "tcp.cut");
}

#[test]
fn a_packet_that_ends_before_its_header_is_too_short() {
    let bytes = ipv4(6, &syn()[..30]);
    let packet = whole(LinkType::RAW, &bytes);
    let reason = StopReason::TooShort {
        needed: 40,
        had: 30,
    };
    assert_eq!(packet.stop.unwrap().reason, reason);
    assert_eq!(
        (names(&packet).as_str(), packet.payload.length),
        ("ipv4", 30)
    );
}

#[test]
fn a_total_length_beyond_the_frame_is_a_stop_and_what_is_there_is_read() {
    let mut bytes = ipv4(6, &tcp());
    bytes[3] += 10;
    let packet = whole(LinkType::RAW, &bytes);
    let reason = StopReason::TooShort {
        needed: 52,
        had: 42,
    };
    assert_eq!(packet.stop.unwrap().reason, reason);
    assert_eq!(packet.payload_bytes(), b"hi");
}

#[test]
fn a_total_length_of_zero_reaches_to_the_end_of_the_frame() {
    let mut bytes = ipv4(6, &tcp());
    bytes[3] = 0;
    let packet = whole(LinkType::RAW, &bytes);
    assert_eq!((packet.stop, packet.payload_bytes()), (None, &b"hi"[..]));
}

#[test]
fn values_that_cannot_be_are_named() {
    let change = |at: usize, value: u8| {
        let mut bytes = ipv4(6, &syn());
        bytes[at] = value;
        whole(LinkType::IPV4, &bytes).stop.unwrap().reason
    };
    let invalid = |field, value| StopReason::Invalid { field, value };
    assert_eq!(change(0, 0x55), invalid("ipv4.version", 5));
    assert_eq!(change(0, 0x44), invalid("ipv4.header_length", 4));
    assert_eq!(change(3, 19), invalid("ipv4.total_length", 19));
    assert_eq!(change(32, 0x40), invalid("tcp.data_offset", 4));
    assert_eq!(change(41, 1), invalid("tcp.option.length", 1));
    assert_eq!(
        change(41, 0x30),
        StopReason::TooShort {
            needed: 0x30,
            had: 20
        }
    );
}

#[test]
fn only_the_first_fragment_has_a_transport() {
    let mut bytes = ipv4(17, &udp(9, &[0; 20]));
    bytes[6] = 0x20;
    bytes[25] = 200;
    let first = whole(LinkType::RAW, &bytes);
    assert_eq!((names(&first).as_str(), first.stop), ("ipv4 udp", None));
    assert_eq!(first.payload.length, 20);
    bytes[7] = 2;
    let later = whole(LinkType::RAW, &bytes);
    assert_eq!((names(&later).as_str(), later.stop), ("ipv4", None));
    let fragment = Fragment {
        offset: 16,
        more: true,
    };
    assert_eq!(later.network.unwrap().fragment, Some(fragment));
}

#[test]
fn what_is_carried_in_a_first_fragment_goes_on_in_the_others() {
    let inner = ipv4(6, &[tcp(), vec![0; 200]].concat());
    let length = (inner.len() as u16).to_be_bytes();
    let gtp = [&[0x30, 0xff][..], &length, &[0, 0, 0, 1], &inner].concat();
    let mut bytes = ipv4(17, &udp(2152, &gtp));
    bytes.truncate(bytes.len() - 100);
    let length = (bytes.len() as u16).to_be_bytes();
    bytes[2..4].copy_from_slice(&length);
    let cut = whole(LinkType::RAW, &bytes);
    assert!(cut.stop.is_some());
    bytes[6] = 0x20;
    let first = whole(LinkType::RAW, &bytes);
    let found = (names(&first), first.stop);
    assert_eq!(found, ("ipv4 udp gtp ipv4 tcp".to_owned(), None));
    let inner = first.checksums.last().map(|sum| sum.verdict);
    assert_eq!(inner, Some(ChecksumVerdict::Unknown));
}

#[test]
fn deeper_nesting_than_there_is_room_for_stops_the_decoding() {
    let deep = (0..30).fold(tcp(), |inner, level| {
        ipv4(if level == 0 { 6 } else { 4 }, &inner)
    });
    let packet = whole(LinkType::RAW, &deep);
    assert_eq!(packet.layers.len(), MAX_LAYERS);
    assert_eq!(packet.stop.unwrap().reason, StopReason::TooDeep);
}

#[test]
fn an_unknown_protocol_is_payload_and_no_fault() {
    let bytes = ipv4(253, b"anything");
    let packet = whole(LinkType::RAW, &bytes);
    assert_eq!(
        (packet.stop, packet.payload_bytes()),
        (None, &b"anything"[..])
    );
    let unknown = decode(frame(LinkType(9999), b"anything", 8));
    let reason = StopReason::UnknownLinkType(9999);
    assert_eq!(unknown.stop.unwrap().reason, reason);
    assert_eq!(unknown.payload.length, 8);
}

#[test]
fn a_client_may_have_chosen_a_port_that_is_known_for_something_else() {
    // The first byte of this QUIC packet may begin a packet in a tunnel, too.
    let (query, quic) = (hex(QUERY), [0x36; 40]);
    for chosen in [1701, 2152, 3544, 4789, 5353, 5355] {
        for (service, data, layers) in [(53, &query[..], "ipv4 udp dns"), (443, &quic, "ipv4 udp")]
        {
            for (source, destination) in [(chosen, service), (service, chosen)] {
                let bytes = ipv4(17, &datagram(source, destination, data));
                let packet = whole(LinkType::RAW, &bytes);
                assert_eq!(names(&packet), layers, "{source} {destination}");
                assert_eq!(packet.stop, None);
            }
        }
    }
}

#[test]
fn dns_over_tcp_begins_behind_its_length() {
    let message = hex(QUERY);
    // A client may have chosen the port of LLMNR.
    for source in [0xc000_u16, 5355] {
        let mut segment = hex("c000 0035 00000001 00000001 5018 0100 0000 0000 00");
        segment[..2].copy_from_slice(&source.to_be_bytes());
        segment.push(message.len() as u8);
        segment.extend(&message);
        let bytes = ipv4(6, &segment);
        let packet = whole(LinkType::RAW, &bytes);
        assert_eq!(names(&packet), "ipv4 tcp dns");
        let View::Dns(found) = view(&packet, &packet.layers[2]) else {
            panic!("not DNS");
        };
        assert_eq!(found, message);
        assert_eq!(packet.payload.length as usize, message.len() + 2);
    }
}

#[test]
fn an_icmp_error_quotes_the_start_of_a_packet() {
    let inner = ipv4(6, &tcp());
    let message = [hex("0301 0000 00000000"), inner[..28].to_vec()].concat();
    let bytes = ipv4(1, &message);
    let packet = whole(LinkType::RAW, &bytes);
    assert_eq!(packet.stop, None);
    let quoted = quoted(&packet).unwrap();
    assert_eq!(quoted.protocols[..], [Protocol::Ipv4, Protocol::Tcp]);
    assert_eq!(
        quoted.source_port.zip(quoted.destination_port),
        Some((3572, 3001))
    );
    assert_eq!((quoted.sequence, quoted.network.protocol), (Some(1001), 6));
    let bytes = ipv4(1, &message[..8 + 20 + 4]);
    let fewer = super::quoted(&whole(LinkType::RAW, &bytes)).unwrap();
    assert_eq!((fewer.source_port, fewer.sequence), (Some(3572), None));
    let bytes = ipv4(1, &[hex("0800 0000 00010002"), inner].concat());
    assert_eq!(super::quoted(&whole(LinkType::RAW, &bytes)), None);
}

#[test]
fn an_icmpv6_error_quotes_behind_extension_headers() {
    let inner = ipv6(0, &[hex("1100 0502 0000 0100"), udp(33434, b"x")].concat());
    let bytes = ipv6(58, &[hex("0300 0000 00000000"), inner].concat());
    let quoted = quoted(&whole(LinkType::RAW, &bytes)).unwrap();
    let layers = [Protocol::Ipv6, Protocol::Ipv6HopByHop, Protocol::Udp];
    assert_eq!(quoted.protocols[..], layers);
    assert_eq!(
        (quoted.destination_port, quoted.udp_length),
        (Some(33434), Some(9))
    );
}

#[test]
fn fields_say_where_they_stand() {
    let bytes = ethernet(0x800, &ipv4(6, &syn()));
    let layers = fields(&whole(LinkType::ETHERNET, &bytes));
    let tcp = &layers[2];
    let find = |name| tcp.fields.iter().find(|field| field.name == name).unwrap();
    let flags = find("tcp.flags");
    assert_eq!((flags.bit_offset, flags.bit_length), ((34 + 12) * 8 + 7, 9));
    let syn = &flags.fields[7];
    assert_eq!(
        (syn.name, syn.bit_offset),
        ("tcp.flags.syn", (34 + 13) * 8 + 6)
    );
    assert_eq!(syn.value, FieldValue::Flag(true));
    let size = find("tcp.option.maximum_segment_size");
    let names: Vec<_> = size.fields.iter().map(|field| field.name).collect();
    assert_eq!(
        names,
        [
            "tcp.option.kind",
            "tcp.option.length",
            "tcp.option.maximum_segment_size.value"
        ]
    );
    assert_eq!(size.fields[2].value, FieldValue::Number(1460));
}
