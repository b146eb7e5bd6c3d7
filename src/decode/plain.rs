//! The straight way through a frame of the usual build: Ethernet, perhaps one
//! VLAN tag, IPv4 without options or IPv6 without extension headers, TCP or
//! UDP, captured to the end of the datagram and with lengths that agree. Nearly
//! every frame is like that, and each test is made once, before anything is
//! noted; every other frame goes from decoder to decoder.
//!
//! What is made of such a frame is the reader's: a [`Packet`] here, a
//! [`super::Brief`] in its own file.

use super::cursor::Cursor;
use super::ones_complement::four;
use super::plain_ip::PlainIp;
use super::registry::{self, UdpData};
use super::{Build, Layer, Packet, Payload, Protocol, Transport, Udp, ipv4, ipv6, tcp, udp, vlan};
use crate::capture::{Frame, LinkType};

/// Two addresses and the type.
const ETHERNET: usize = 14;

/// IPv4's EtherType, its version and its shortest header's length.
const IPV4_PLAIN: u32 = u32::from_le_bytes([0x08, 0x00, 0x45, 0]);

/// What a frame of the usual build is read by.
pub(super) trait Reading: Sized {
    /// What it makes of it.
    type Made;

    /// Reads a TCP segment behind the headers.
    fn tcp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        segment: &tcp::Plain<'_>,
    ) -> Option<Self::Made>;

    /// Reads a UDP datagram behind the headers, and its data.
    fn udp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        udp: &Udp,
        datagram: &[u8],
    ) -> Option<Self::Made>;
}

/// The headers before the transport's; `TAG` is how many bytes a VLAN tag has
/// among them.
pub(super) struct Headers<I, const TAG: usize> {
    pub ip: I,
    /// The tag's id.
    pub vlan: u32,
    /// Bytes that the frame had on the wire.
    pub original_length: u32,
}

impl<I: PlainIp, const TAG: usize> Headers<I, TAG> {
    /// Where the transport's header begins.
    pub const LENGTH: usize = ETHERNET + TAG + I::LENGTH;
    pub const TAGGED: bool = TAG > 0;
    pub const IPV6: bool = I::LENGTH == ipv6::LENGTH;

    /// Bytes of the frame behind a transport header and data of this length.
    #[inline]
    pub fn padding(&self, length: usize) -> u32 {
        self.original_length - (Self::LENGTH + length) as u32
    }
}

/// Reads a frame of the usual build to its end; `None` where it is another.
#[inline(always)]
pub(super) fn read<R: Reading>(frame: &Frame<'_>, by: R) -> Option<R::Made> {
    let (bytes, length) = (frame.bytes, frame.original_length);
    // Otherwise not all that was captured belongs to the packet.
    if frame.link_type != LinkType::ETHERNET || bytes.len() > length as usize {
        return None;
    }
    let headers = bytes.first_chunk::<{ ETHERNET + ipv4::FIXED }>()?;
    // The EtherType and the first byte behind it: one comparison.
    if four(headers, ETHERNET - 2) as u32 & 0x00ff_ffff != IPV4_PLAIN {
        return rarer(by, bytes, length);
    }
    let (_, behind) = bytes.split_at_checked(ETHERNET)?;
    plain_ipv4::<R, 0>(by, behind, 0, length)
}

/// What else may be behind Ethernet. Apart from the others, as fewer frames
/// have it.
#[inline(never)]
fn rarer<R: Reading>(by: R, bytes: &[u8], length: u32) -> Option<R::Made> {
    const TAG: usize = vlan::LENGTH;
    let (ethernet, behind) = bytes.split_first_chunk::<ETHERNET>()?;
    match ethernet {
        [.., 0x86, 0xdd] => plain_ipv6::<R, 0>(by, behind, 0, length),
        [.., 0x81, 0x00] => {
            let (tag, behind) = behind.split_first_chunk()?;
            match vlan::read(tag) {
                (id, 0x0800) => plain_ipv4::<R, TAG>(by, behind, id, length),
                (id, 0x86dd) => plain_ipv6::<R, TAG>(by, behind, id, length),
                _ => None,
            }
        }
        _ => None,
    }
}

/// IPv4 behind Ethernet and a tag.
#[inline(always)]
fn plain_ipv4<R: Reading, const TAG: usize>(
    by: R,
    bytes: &[u8],
    vlan: u32,
    original_length: u32,
) -> Option<R::Made> {
    let header = bytes.first_chunk::<{ ipv4::FIXED }>()?;
    let ip = ipv4::Fixed(header);
    if header[0] != 0x45 || ip.is_fragment() {
        return None;
    }
    // With a length below the header's, as 0, there is no data.
    let data = bytes.get(ipv4::FIXED..usize::from(ip.total_length()))?;
    let headers = Headers::<_, TAG> {
        ip,
        vlan,
        original_length,
    };
    transport(by, &headers, data)
}

/// IPv6 behind Ethernet and a tag.
#[inline]
fn plain_ipv6<R: Reading, const TAG: usize>(
    by: R,
    bytes: &[u8],
    vlan: u32,
    original_length: u32,
) -> Option<R::Made> {
    let (header, behind) = bytes.split_first_chunk::<{ ipv6::LENGTH }>()?;
    let ip = ipv6::Fixed(header);
    let length = usize::from(ip.payload_length());
    if ip.version() != 6 || length == 0 {
        return None;
    }
    let data = behind.get(..length)?;
    let headers = Headers::<_, TAG> {
        ip,
        vlan,
        original_length,
    };
    transport(by, &headers, data)
}

/// TCP or UDP behind IP.
#[inline(always)]
fn transport<R: Reading, I: PlainIp, const TAG: usize>(
    by: R,
    headers: &Headers<I, TAG>,
    data: &[u8],
) -> Option<R::Made> {
    match headers.ip.protocol() {
        6 => match tcp::with_timestamps(data) {
            // Nearly all: apart from the others, so that all that they have in
            // common is known beforehand.
            Some(segment) => by.tcp(headers, &segment),
            None => by.tcp(headers, &tcp::plain(data)?),
        },
        17 => {
            let (datagram, udp) = udp::plain(data)?;
            by.udp(headers, &udp, datagram)
        }
        _ => None,
    }
}

/// Decodes an Ethernet frame of the usual build to its end; `None` where it is
/// another, of which nothing was noted.
#[inline(always)]
pub(super) fn decode(packet: &mut Packet<'_>) -> Option<()> {
    let frame = packet.frame;
    read(&frame, packet)
}

impl Reading for &mut Packet<'_> {
    type Made = ();

    #[inline(always)]
    fn tcp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        segment: &tcp::Plain<'_>,
    ) -> Option<()> {
        let header = segment.header_length;
        note(self, headers, Protocol::Tcp, header, segment.length);
        let tcp = segment.read(Headers::<I, TAG>::LENGTH as u32);
        self.transport = Transport::Tcp(tcp);
        self.build = Build::tcp(Headers::<I, TAG>::TAGGED, Headers::<I, TAG>::IPV6, header);
        if let Some(decode) = registry::tcp_data(segment.ports()) {
            behind(self, decode);
        }
        Some(())
    }

    #[inline(always)]
    fn udp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        udp: &Udp,
        datagram: &[u8],
    ) -> Option<()> {
        note(self, headers, Protocol::Udp, udp::LENGTH, datagram.len());
        self.transport = Transport::Udp(*udp);
        self.build = Build::udp(Headers::<I, TAG>::TAGGED, Headers::<I, TAG>::IPV6);
        if let Some(data) = registry::udp_data(udp.ports()) {
            behind(self, |cursor| data.decode(cursor));
            if let UdpData::Message(protocol) = data
                && is_message(self, protocol)
            {
                let (tagged, ipv6) = (Headers::<I, TAG>::TAGGED, Headers::<I, TAG>::IPV6);
                self.build = Build::message(tagged, ipv6, protocol);
            }
        }
        Some(())
    }
}

/// Notes all headers and the payload; `header` is the length of the
/// transport's, `length` of it and what it carries.
#[inline(always)]
fn note<I: PlainIp, const TAG: usize>(
    packet: &mut Packet<'_>,
    headers: &Headers<I, TAG>,
    transport: Protocol,
    header: usize,
    length: usize,
) {
    let data = (length - header) as u32;
    let start = Headers::<I, TAG>::LENGTH;
    let ethernet = layer(Protocol::Ethernet, 0, ETHERNET);
    let ip = layer(I::PROTOCOL, ETHERNET + TAG, I::LENGTH);
    let transport = layer(transport, start, header);
    // There is always room for them.
    let _ = if TAG == 0 {
        let layers = [ethernet, ip, transport];
        packet.layers.try_extend_from_slice(&layers)
    } else {
        packet.vlan = Some(headers.vlan);
        let tag = layer(Protocol::Vlan, ETHERNET, TAG);
        let layers = [ethernet, tag, ip, transport];
        packet.layers.try_extend_from_slice(&layers)
    };
    packet.network = Some(headers.ip.network());
    packet.payload = Payload {
        offset: (start + header) as u32,
        captured: data,
        length: data,
        padding: headers.padding(length),
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
fn behind(packet: &mut Packet<'_>, decode: impl FnOnce(&mut Cursor<'_, '_>)) {
    packet.build = Build::OTHER;
    let mut cursor = Cursor::at_payload(packet);
    decode(&mut cursor);
    cursor.finish();
}

/// Whether a packet's payload is a message of this protocol, and can be read to
/// its end.
fn is_message(packet: &Packet<'_>, protocol: Protocol) -> bool {
    let last = packet.layers.last();
    packet.stop.is_none() && last.is_some_and(|last| last.protocol == protocol)
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
        for (number, port) in (0..4).flat_map(|number| [53, 5353, 5355].map(|port| (number, port)))
        {
            let [tagged, v6] = [1, 2].map(|bit| number & bit != 0);
            let mut bytes = usual(tagged, v6, true, &[], &[0; 12]);
            let ports = bytes.len() - 20;
            bytes[ports + 2..ports + 4].copy_from_slice(&u16::to_be_bytes(port));
            let mut packet =
                Packet::undecoded(frame(LinkType::ETHERNET, &bytes, bytes.len() as u32));
            packet.decode();
            assert!(seen.iter().all(|(build, _)| *build != packet.build));
            assert!(packet.build.has_message() && !packet.build.is_tcp());
            seen.push((packet.build, packet.layers.clone()));
        }
        assert_eq!(seen.len(), 4 * (11 + 1 + 3));
        assert!(seen.iter().all(|(build, _)| build.number() < Build::COUNT));
    }
}
