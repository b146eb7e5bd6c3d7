//! The straight way through a frame of the usual build: Ethernet, IPv4 without
//! options or IPv6 without extension headers, TCP or UDP, captured to the end
//! of the datagram and with lengths that agree. Nearly every frame is like
//! that, and each test is made once, before anything is noted; every other
//! frame goes from decoder to decoder.

use etherparse::Ipv6HeaderSlice;

use super::cursor::Cursor;
use super::{Layer, Network, Protocol, Transport, ipv4, ipv6, registry, tcp, udp};

/// Two addresses and the type.
const ETHERNET: usize = 14;

/// Decodes an Ethernet frame of the usual build; gives false, and has noted
/// nothing, where it is another.
#[inline]
pub(super) fn decode(cursor: &mut Cursor<'_, '_>) -> bool {
    let Some((ethernet, behind)) = cursor.rest.split_first_chunk::<ETHERNET>() else {
        return false;
    };
    match [ethernet[12], ethernet[13]] {
        [0x08, 0x00] => plain_ipv4(cursor, behind),
        [0x86, 0xdd] => plain_ipv6(cursor, behind),
        _ => false,
    }
}

#[inline]
fn plain_ipv4(cursor: &mut Cursor<'_, '_>, bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<{ ipv4::FIXED }>() else {
        return false;
    };
    let fixed = ipv4::Fixed(header);
    if header[0] != 0x45 || fixed.is_fragment() {
        return false;
    }
    let datagram = bytes.get(..usize::from(fixed.total_length()));
    // With a length below the header's, as 0, there is no data.
    let Some(data) = datagram.and_then(|datagram| datagram.get(ipv4::FIXED..)) else {
        return false;
    };
    let ip = Ip {
        protocol: Protocol::Ipv4,
        header: ipv4::FIXED,
        network: fixed.network(),
    };
    ip.transport(cursor, data.len())
}

#[inline]
fn plain_ipv6(cursor: &mut Cursor<'_, '_>, bytes: &[u8]) -> bool {
    let Some((header, behind)) = bytes.split_first_chunk::<{ ipv6::LENGTH }>() else {
        return false;
    };
    let Ok(header) = Ipv6HeaderSlice::from_slice(header) else {
        return false;
    };
    let length = usize::from(header.payload_length());
    if length == 0 || length > behind.len() {
        return false;
    }
    let ip = Ip {
        protocol: Protocol::Ipv6,
        header: ipv6::LENGTH,
        network: ipv6::network(&header),
    };
    ip.transport(cursor, length)
}

/// A header of IP, by which all is well.
struct Ip {
    protocol: Protocol,
    header: usize,
    network: Network,
}

impl Ip {
    /// TCP or UDP in so many bytes, all of them captured.
    #[inline]
    fn transport(&self, cursor: &mut Cursor<'_, '_>, length: usize) -> bool {
        let start = ETHERNET + self.header;
        let Some(data) = cursor.rest.get(start..start + length) else {
            return false;
        };
        let at = start as u32;
        match self.network.protocol {
            6 => {
                let Some((header_length, tcp)) = tcp::plain(data, at) else {
                    return false;
                };
                let ports = (tcp.source_port, tcp.destination_port);
                let layer = (Protocol::Tcp, header_length);
                self.note(cursor, layer, data, Transport::Tcp(tcp));
                registry::tcp_ports(cursor, ports.0, ports.1);
            }
            17 => {
                let Some((data, udp)) = udp::plain(data) else {
                    return false;
                };
                let ports = (udp.source_port, udp.destination_port);
                let layer = (Protocol::Udp, udp::LENGTH);
                self.note(cursor, layer, data, Transport::Udp(udp));
                registry::udp_ports(cursor, ports.0, ports.1);
            }
            _ => return false,
        }
        true
    }

    /// Notes all three headers; `data` is the transport's, its header included.
    #[inline]
    fn note<'a>(
        &self,
        cursor: &mut Cursor<'_, 'a>,
        (transport, header): (Protocol, usize),
        data: &'a [u8],
        decoded: Transport,
    ) {
        let start = ETHERNET + self.header;
        let layers = [
            layer(Protocol::Ethernet, 0, ETHERNET),
            layer(self.protocol, ETHERNET, self.header),
            layer(transport, start, header),
        ];
        let packet = &mut *cursor.packet;
        // There is always room for three.
        let _ = packet.layers.try_extend_from_slice(&layers);
        packet.network = Some(self.network);
        packet.transport = decoded;
        cursor.at = (start + header) as u32;
        cursor.end = (start + data.len()) as u32;
        cursor.rest = data.get(header..).unwrap_or_default();
    }
}

#[inline]
fn layer(protocol: Protocol, offset: usize, length: usize) -> Layer {
    Layer {
        protocol,
        offset: offset as u32,
        header_length: length as u32,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use crate::capture::LinkType;
    use crate::decode::{Packet, tests::frame};

    /// An Ethernet frame of the usual build.
    fn usual(v6: bool, udp: bool, options: &[u8], data: &[u8]) -> Vec<u8> {
        let transport = if udp {
            let length = (8 + data.len()) as u16;
            [&[0x10, 0, 0, 53][..], &length.to_be_bytes(), &[0, 0], data].concat()
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
        let mut step_by_step = Packet::undecoded(frame);
        step_by_step.decode_step_by_step();
        [straight, step_by_step].map(|packet| format!("{packet:?}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn the_straight_way_comes_to_the_same_as_from_decoder_to_decoder(
            (v6, udp) in any::<(bool, bool)>(),
            options in proptest::collection::vec(0..6_u8, 0..41),
            data in proptest::collection::vec(any::<u8>(), 0..40),
            padding in 0..8_usize,
            damage in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..4),
            (cut, shorter) in (prop_oneof![Just(0_usize), 0..80_usize], 0..3_u32),
        ) {
            let mut bytes = usual(v6, udp, &options, &data);
            bytes.resize(bytes.len() + padding, 0);
            for (place, byte) in damage {
                // The headers are damaged more often than the data.
                let place = place.index(bytes.len().min(60));
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
}
