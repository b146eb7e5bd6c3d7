//! The straight way through a frame of the usual build: Ethernet, perhaps one
//! VLAN tag, IPv4 without options or IPv6 without extension headers, TCP or
//! UDP, captured to the end of the datagram and with lengths that agree. Nearly
//! every frame is like that, and each test is made once, before anything is
//! noted; every other frame goes from decoder to decoder.

use etherparse::Ipv6HeaderSlice;

use super::cursor::Cursor;
use super::plain_sums::{self, GoodSums};
use super::registry::{self, Decoder};
use super::{
    Build, Layer, Network, Packet, Payload, Protocol, Transport, ipv4, ipv6, tcp, udp, vlan,
};

/// Two addresses and the type.
const ETHERNET: usize = 14;

/// A frame that was decoded straight; where its sums are wanted, with what
/// [`super::good_sums`] says of them, if nothing is known of its payload.
type Straight = Option<GoodSums>;

/// Decodes an Ethernet frame of the usual build to its end; `None` where it is
/// another, and what is noted then is what will be found again.
#[inline(always)]
pub(super) fn decode<const SUMS: bool>(packet: &mut Packet<'_>) -> Option<Straight> {
    let bytes = packet.frame.bytes;
    let (ethernet, behind) = bytes.split_first_chunk::<ETHERNET>()?;
    // Otherwise not all that was captured belongs to the packet.
    if bytes.len() > packet.frame.original_length as usize {
        return None;
    }
    match ethernet {
        [.., 0x08, 0x00] => plain_ipv4::<0, SUMS>(packet, behind, None),
        [.., 0x86, 0xdd] => plain_ipv6::<0, SUMS>(packet, behind, None),
        [.., 0x81, 0x00] => tagged::<SUMS>(packet, behind),
        _ => None,
    }
}

/// A VLAN tag and what is behind it. Apart from the others, as fewer frames
/// have one.
#[inline(never)]
fn tagged<'a, const SUMS: bool>(packet: &mut Packet<'a>, bytes: &'a [u8]) -> Option<Straight> {
    let (tag, behind) = bytes.split_first_chunk()?;
    let (id, ether_type) = vlan::read(tag);
    match ether_type {
        0x0800 => plain_ipv4::<{ vlan::LENGTH }, SUMS>(packet, behind, Some(id)),
        0x86dd => plain_ipv6::<{ vlan::LENGTH }, SUMS>(packet, behind, Some(id)),
        _ => None,
    }
}

/// IPv4 behind Ethernet and so many bytes of a tag.
#[inline(always)]
fn plain_ipv4<'a, const TAG: usize, const SUMS: bool>(
    packet: &mut Packet<'a>,
    bytes: &'a [u8],
    vlan: Option<u32>,
) -> Option<Straight> {
    let header = bytes.first_chunk::<{ ipv4::FIXED }>()?;
    let fixed = ipv4::Fixed(header);
    if header[0] != 0x45 || fixed.is_fragment() {
        return None;
    }
    let datagram = bytes.get(..usize::from(fixed.total_length()))?;
    // With a length below the header's, as 0, there is no data.
    let data = datagram.get(ipv4::FIXED..)?;
    let network = fixed.unfragmented();
    let addresses = || plain_sums::good_ipv4(header);
    transport::<TAG, { ipv4::FIXED }, SUMS>(packet, data, network, vlan, addresses)
}

/// IPv6 behind Ethernet and so many bytes of a tag.
#[inline]
fn plain_ipv6<'a, const TAG: usize, const SUMS: bool>(
    packet: &mut Packet<'a>,
    bytes: &'a [u8],
    vlan: Option<u32>,
) -> Option<Straight> {
    let (header, behind) = bytes.split_first_chunk::<{ ipv6::LENGTH }>()?;
    let fixed = Ipv6HeaderSlice::from_slice(header).ok()?;
    let length = usize::from(fixed.payload_length());
    if length == 0 {
        return None;
    }
    let data = behind.get(..length)?;
    let network = ipv6::network(&fixed);
    let addresses = || Some(plain_sums::ipv6_addresses(header));
    transport::<TAG, { ipv6::LENGTH }, SUMS>(packet, data, network, vlan, addresses)
}

/// TCP or UDP behind an IP header of so many bytes, by which all is well;
/// `addresses` is what the sums include of it, if its own holds.
#[inline(always)]
fn transport<'a, const TAG: usize, const IP: usize, const SUMS: bool>(
    packet: &mut Packet<'a>,
    data: &'a [u8],
    network: Network,
    vlan: Option<u32>,
    addresses: impl FnOnce() -> Option<u64>,
) -> Option<Straight> {
    let (is_tagged, is_ipv6) = (TAG > 0, IP == ipv6::LENGTH);
    // Step by step it would come to the same.
    packet.network = Some(network);
    let (transport, good, beyond) = match network.protocol {
        6 => {
            let (tcp, header) = tcp::plain(data)?;
            let good = SUMS && plain_sums::hold(addresses, 6, tcp::checksum(tcp), data);
            note::<TAG, IP>(packet, Protocol::Tcp, header, data.len());
            let at = (ETHERNET + TAG + IP) as u32;
            let tcp = tcp::read_plain(tcp, at, header, data.len());
            packet.transport = Transport::Tcp(tcp);
            packet.build = Build::tcp(is_tagged, is_ipv6, header);
            let beyond = registry::tcp_data(tcp.source_port, tcp.destination_port);
            (Protocol::Tcp, good, beyond)
        }
        17 => {
            let (data, udp) = udp::plain(data)?;
            // 0: not computed.
            let good = SUMS && udp.checksum != 0;
            let good = good && plain_sums::hold(addresses, 17, udp.checksum, data);
            note::<TAG, IP>(packet, Protocol::Udp, udp::LENGTH, data.len());
            packet.transport = Transport::Udp(udp);
            packet.build = Build::udp(is_tagged, is_ipv6);
            let beyond = registry::udp_data(udp.source_port, udp.destination_port);
            (Protocol::Udp, good, beyond)
        }
        _ => return None,
    };
    if is_tagged {
        packet.vlan = vlan;
    }
    if let Some(decode) = beyond {
        behind(packet, decode);
    }
    Some(good.then_some(GoodSums {
        transport,
        ipv4: !is_ipv6,
    }))
}

/// Notes all headers and the payload; `data` is the length of the transport's
/// header and what it carries.
#[inline(always)]
fn note<const TAG: usize, const IP: usize>(
    packet: &mut Packet<'_>,
    transport: Protocol,
    header: usize,
    data: usize,
) {
    let ip = match IP {
        ipv6::LENGTH => Protocol::Ipv6,
        _ => Protocol::Ipv4,
    };
    let start = ETHERNET + TAG + IP;
    let ethernet = layer(Protocol::Ethernet, 0, ETHERNET);
    let ip = layer(ip, ETHERNET + TAG, IP);
    let transport = layer(transport, start, header);
    // There is always room for them.
    let _ = match TAG {
        0 => packet
            .layers
            .try_extend_from_slice(&[ethernet, ip, transport]),
        _ => {
            let tag = layer(Protocol::Vlan, ETHERNET, TAG);
            let layers = [ethernet, tag, ip, transport];
            packet.layers.try_extend_from_slice(&layers)
        }
    };
    let length = (data - header) as u32;
    packet.payload = Payload {
        offset: (start + header) as u32,
        captured: length,
        length,
        padding: packet.frame.original_length - (start + data) as u32,
    };
}

#[inline]
fn layer(protocol: Protocol, offset: usize, length: usize) -> Layer {
    Layer {
        protocol,
        offset: offset as u32,
        header_length: length as u32,
    }
}

/// Decodes the payload, whatever may be found there.
#[inline(never)]
fn behind(packet: &mut Packet<'_>, decode: Decoder) {
    packet.build = Build::OTHER;
    let mut cursor = Cursor::at_payload(packet);
    decode(&mut cursor);
    cursor.finish();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use crate::capture::LinkType;
    use crate::decode::{Build, Packet, tests::frame};

    /// An Ethernet frame of the usual build.
    fn usual(tagged: bool, v6: bool, udp: bool, options: &[u8], data: &[u8]) -> Vec<u8> {
        let transport = if udp {
            let length = (8 + data.len()) as u16;
            // DNS has no shorter messages.
            let port = if data.len() < 12 { 9 } else { 53 };
            [
                &[0x10, 0, 0, port][..],
                &length.to_be_bytes(),
                &[0, 0],
                data,
            ]
            .concat()
        } else {
            let words = options.len() as u8 / 4;
            let options = &options[..usize::from(words) * 4];
            let mut header = vec![0x10, 0, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8];
            header.extend([(5 + words) << 4, 0x10, 1, 0, 0, 0, 0, 0]);
            [&header, options, data].concat()
        };
        let number = if udp { 17 } else { 6 };
        let length = transport.len() as u16;
        let mut bytes = vec![2; 12];
        if tagged {
            bytes.extend([0x81, 0x00, 0xe0, 7]);
        }
        if v6 {
            bytes.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            bytes.extend(length.to_be_bytes());
            bytes.extend([number, 64]);
            bytes.extend([0x21; 32]);
        } else {
            bytes.extend([8, 0, 0x45, 0]);
            bytes.extend((length + 20).to_be_bytes());
            bytes.extend([0, 1, 0x40, 0, 64, number, 0, 0]);
            bytes.extend([10; 8]);
        }
        bytes.extend(transport);
        bytes
    }

    fn both_ways(bytes: &[u8], original_length: u32) -> [String; 2] {
        let frame = frame(LinkType::ETHERNET, bytes, original_length);
        let mut straight = Packet::undecoded(frame);
        straight.decode();
        straight.build = Build::OTHER;
        let mut step_by_step = Packet::undecoded(frame);
        step_by_step.decode_step_by_step();
        [straight, step_by_step].map(|packet| format!("{packet:?}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn the_straight_way_comes_to_the_same_as_from_decoder_to_decoder(
            (tagged, v6, udp) in any::<(bool, bool, bool)>(),
            options in proptest::collection::vec(0..6_u8, 0..41),
            data in proptest::collection::vec(any::<u8>(), 0..40),
            padding in 0..8_usize,
            damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..4),
            (cut, shorter) in (prop_oneof![Just(0_usize), 0..80_usize], 0..3_u32),
        ) {
            let mut bytes = usual(tagged, v6, udp, &options, &data);
            bytes.resize(bytes.len() + padding, 0);
            for (place, byte) in damage {
                // The headers are damaged more often than the data.
                let place = place.index(bytes.len().min(64));
                bytes[place] = byte;
            }
            let original_length = (bytes.len() as u32).saturating_sub(shorter);
            let captured = bytes.len().saturating_sub(cut);
            let [straight, step_by_step] = both_ways(&bytes[..captured], original_length);
            prop_assert_eq!(straight, step_by_step);
        }

        #[test]
        fn any_bytes_come_to_the_same_both_ways(
            bytes in proptest::collection::vec(any::<u8>(), 0..120),
            more in 0..20_u32,
        ) {
            let [straight, step_by_step] = both_ways(&bytes, bytes.len() as u32 + more);
            prop_assert_eq!(straight, step_by_step);
        }
    }

    #[test]
    fn the_usual_builds_are_told_apart_and_none_comes_to_the_other() {
        let mut seen = Vec::new();
        for number in 0..8 {
            let [tagged, v6, udp] = [1, 2, 4].map(|bit| number & bit != 0);
            for options in (0..=40).step_by(4) {
                let bytes = usual(tagged, v6, udp, &vec![1; options], b"data");
                let mut packet =
                    Packet::undecoded(frame(LinkType::ETHERNET, &bytes, bytes.len() as u32));
                packet.decode();
                assert_ne!(packet.build, Build::OTHER);
                let layers = packet.layers.clone();
                match seen.iter().find(|(build, _)| *build == packet.build) {
                    Some((_, same)) => assert_eq!(layers, *same),
                    None => seen.push((packet.build, layers)),
                }
            }
        }
        assert_eq!(seen.len(), 4 * (11 + 1));
        assert!(seen.iter().all(|(build, _)| build.number() < Build::COUNT));
    }
}
