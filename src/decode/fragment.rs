//! Fragments of IP (RFC 791, section 3.2; RFC 8200, section 4.5): in comes a
//! packet that is one, out go what tells its datagram from others, where its data
//! belong, and the header that the whole datagram had.

use std::net::IpAddr;

use super::ones_complement::{fold, sum};
use super::{Fragment, Packet, Protocol, ipv4, ipv6, ipv6_extensions};

/// The header in an IPv6 packet that says which fragment it is.
pub const IPV6_FRAGMENT_HEADER: u32 = 8;

/// The bits of IPv4's flags that the whole datagram keeps: "don't fragment" and
/// the reserved one.
const KEPT_FLAGS: u8 = 0b1100_0000;

/// One fragment, as it stands in its frame.
#[derive(Clone, Copy, Debug)]
pub struct FragmentView<'a> {
    /// The addresses of the header that was fragmented.
    pub source: IpAddr,
    /// Where it goes.
    pub destination: IpAddr,
    /// What IPv4's header says that the datagram carries; IPv6 names its
    /// datagrams without it, and it is 0.
    pub protocol: u8,
    /// The number that all fragments of one datagram have.
    pub identification: u32,
    /// Where its data belong, and whether more follow.
    pub part: Fragment,
    /// From the IP header to the data.
    pub header: &'a [u8],
    /// The data, as far as they were captured.
    pub data: &'a [u8],
    /// Bytes of the data on the wire.
    pub length: u32,
    /// Bytes of the frame before the data.
    pub headers: u32,
}

impl FragmentView<'_> {
    /// Whether it is the whole datagram: a packet of IPv6 with the header of a
    /// fragment, though it is not one of several (RFC 6946).
    #[must_use]
    pub fn is_atomic(&self) -> bool {
        self.part.offset == 0 && !self.part.more
    }

    /// Whether its data end where those of no datagram can.
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        let headers = match self.source {
            IpAddr::V4(_) => self.header.len() as u32,
            IpAddr::V6(_) => IPV6_FRAGMENT_HEADER,
        };
        self.end() > u32::from(u16::MAX) - headers
    }

    /// Where its data end in those of the datagram.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.part.offset + self.length
    }
}

/// The fragment that a packet is, of the outermost header that was fragmented;
/// `None` if it is none, or its lengths cannot be.
#[must_use]
pub fn fragment<'a>(packet: &Packet<'a>) -> Option<FragmentView<'a>> {
    let index = usize::from(packet.fragment?);
    let layers = packet.layers.get(..=index)?;
    let (last, outer) = layers.split_last()?;
    let data_offset = last.offset + last.header_length;
    if last.protocol == Protocol::Ipv4 {
        let header = packet.header_bytes(last);
        let fixed = ipv4::Fixed(header.first_chunk()?);
        let network = fixed.network();
        let length = u32::from(fixed.total_length()).checked_sub(last.header_length)?;
        return Some(FragmentView {
            source: network.source,
            destination: network.destination,
            protocol: network.protocol,
            identification: network.identification,
            part: network.fragment?,
            header,
            data: data(packet, data_offset, length)?,
            length,
            headers: data_offset,
        });
    }
    let start = outer.iter().rfind(|one| one.protocol == Protocol::Ipv6)?;
    let from = start.offset as usize;
    let header = packet.frame.bytes.get(from..data_offset as usize)?;
    let fixed = ipv6::Fixed(header.first_chunk()?);
    let network = fixed.network();
    let extensions = data_offset - start.offset - ipv6::LENGTH as u32;
    let length = u32::from(fixed.payload_length()).checked_sub(extensions)?;
    let own = packet.header_bytes(last);
    Some(FragmentView {
        source: network.source,
        destination: network.destination,
        protocol: 0,
        identification: u32::from_be_bytes(*own.get(4..)?.first_chunk()?),
        part: ipv6_extensions::fragment(own)?,
        header,
        data: data(packet, data_offset, length)?,
        length,
        headers: data_offset,
    })
}

/// The captured bytes of so many; `None` where the packet on the wire is shorter.
fn data<'a>(packet: &Packet<'a>, offset: u32, length: u32) -> Option<&'a [u8]> {
    let fits = offset.checked_add(length)? <= packet.frame.original_length;
    let from = packet.frame.bytes.get(offset as usize..)?;
    fits.then(|| from.get(..length as usize).unwrap_or(from))
}

/// The header of the datagram, made from its first fragment's: with the length of
/// all data, and as that of no fragment. (Of IPv6 the fragment header stays, and
/// says that it is the whole.) `None` where the lengths cannot be.
#[must_use]
pub fn whole_header(first: &[u8], data_length: u32) -> Option<Vec<u8>> {
    let mut header = first.to_vec();
    let total = u32::try_from(header.len()).ok()?.checked_add(data_length)?;
    match header.first()? >> 4 {
        4 => {
            let length = u16::try_from(total).ok()?.to_be_bytes();
            header.get_mut(2..4)?.copy_from_slice(&length);
            *header.get_mut(6)? &= KEPT_FLAGS;
            *header.get_mut(7)? = 0;
            header.get_mut(10..12)?.fill(0);
            let checksum = !fold(sum(&header));
            header
                .get_mut(10..12)?
                .copy_from_slice(&checksum.to_be_bytes());
        }
        _ => {
            let length = u16::try_from(total.checked_sub(ipv6::LENGTH as u32)?).ok()?;
            header.get_mut(4..6)?.copy_from_slice(&length.to_be_bytes());
            let place = header.len().checked_sub(IPV6_FRAGMENT_HEADER as usize)? + 2;
            header.get_mut(place..place + 2)?.fill(0);
        }
    }
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType};
    use crate::decode::{ChecksumVerdict, Transport, decode};

    /// An IPv4 fragment of a UDP datagram with its checksum right.
    fn ipv4(place: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 20 + data.len() as u8, 0, 7];
        bytes.extend(place.to_be_bytes());
        bytes.extend([64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend(data);
        bytes
    }

    #[test]
    fn a_fragment_says_where_its_data_belong() {
        let bytes = ipv4(0x2000 | 3, b"12345678");
        let packet = decode(Frame::alone(LinkType::RAW, &bytes));
        let found = fragment(&packet).unwrap();
        assert_eq!((found.part.offset, found.length, found.end()), (24, 8, 32));
        assert_eq!((found.identification, found.protocol), (7, 17));
        assert_eq!((found.data, found.headers), (&b"12345678"[..], 20));
        let whole = ipv4(0, b"\0\x09\0\x09\0\x08\0\0");
        assert!(fragment(&decode(Frame::alone(LinkType::RAW, &whole))).is_none());
    }

    #[test]
    fn the_whole_datagram_is_no_fragment_and_its_header_sum_is_right() {
        let first = ipv4(0x2000, b"\0\x09\0\x09\0\x0a\0\0");
        let packet = decode(Frame::alone(LinkType::RAW, &first));
        let mut whole = whole_header(fragment(&packet).unwrap().header, 10).unwrap();
        whole.extend(b"\0\x09\0\x09\0\x0a\0\0hi");
        let packet = decode(Frame::alone(LinkType::RAW, &whole));
        assert!(packet.fragment.is_none());
        assert!(matches!(packet.transport, Transport::Udp(_)));
        assert_eq!(packet.payload_bytes(), b"hi");
        assert_eq!(packet.checksums[0].verdict, ChecksumVerdict::Good);
        assert_eq!(whole_header(&first[..20], 65_516), None);
    }

    #[test]
    fn an_atomic_fragment_is_the_whole_datagram() {
        let mut bytes = vec![0x60, 0, 0, 0, 0, 16, 44, 64];
        bytes.extend([0x20; 32]);
        bytes.extend([17, 0, 0, 0, 0, 0, 0, 9]);
        bytes.extend([0, 9, 0, 9, 0, 8, 0, 0]);
        let packet = decode(Frame::alone(LinkType::RAW, &bytes));
        let found = fragment(&packet).unwrap();
        assert!(found.is_atomic());
        assert_eq!((found.identification, found.length), (9, 8));
        assert_eq!(whole_header(found.header, 8).unwrap(), &bytes[..48]);
    }
}
