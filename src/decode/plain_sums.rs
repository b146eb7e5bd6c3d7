//! The checksums of a packet of the usual build, in one go: TCP or UDP straight
//! behind IP, whole. Nearly every packet is like that and has good sums, and
//! this is all that needs to be known then; [`super::checksums`] tells the rest.

use super::ones_complement::{is_all_ones, raw, raw_sum};
use super::{Layer, Packet, Protocol, Transport, ipv4, ipv6};

/// Which checksums a packet has, all of them right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodSums {
    /// TCP or UDP.
    pub transport: Protocol,
    /// The header of IPv4 has one too.
    pub ipv4: bool,
}

/// The checksums of a packet, where it is of the usual build and they hold;
/// `None` says nothing. [`Packet::decode_and_sum`] comes to the same sooner.
#[must_use]
#[inline(never)]
pub fn good_sums(packet: &Packet<'_>) -> Option<GoodSums> {
    let (ip, transport) = usual_build(packet)?;
    let (number, field, length) = match &packet.transport {
        Transport::Tcp(tcp) => {
            let end = packet.payload.offset + packet.payload.length;
            (6, tcp.checksum, end.checked_sub(transport.offset)?)
        }
        // 0: not computed.
        Transport::Udp(udp) if udp.checksum != 0 => (17, udp.checksum, udp.length.into()),
        _ => return None,
    };
    let is_ipv4 = ip.protocol == Protocol::Ipv4;
    let header = packet.frame.bytes.get(ip.offset as usize..)?;
    let addresses = if is_ipv4 {
        behind_ipv4(header.first_chunk()?)?
    } else {
        behind_ipv6(header.first_chunk()?)?
    };
    let covered = packet.frame.bytes.get(transport.offset as usize..)?;
    let covered = covered.get(..length as usize)?;
    hold(|| Some(addresses), number, field, covered).then_some(GoodSums {
        transport: transport.protocol,
        ipv4: is_ipv4,
    })
}

/// Whether the sum of IP's header holds, by which there are these addresses,
/// and that of TCP or UDP; `covered` begins with its header.
#[inline(always)]
pub(super) fn hold(
    addresses: impl FnOnce() -> Option<u64>,
    number: u32,
    field: u16,
    covered: &[u8],
) -> bool {
    let Some(addresses) = addresses() else {
        return false;
    };
    let without_length = addresses + raw(number);
    let pseudo = without_length + raw(covered.len() as u32);
    // Not filled in yet: spares the sum over the data.
    let empty = raw(u32::from(!field));
    if is_all_ones(pseudo + empty) || is_all_ones(without_length + empty) {
        return false;
    }
    is_all_ones(raw_sum(covered) + pseudo)
}

/// The IP header and the one of TCP or UDP behind it, where no other layer has
/// a checksum and the packet could be read to its end.
#[inline]
fn usual_build<'p>(packet: &'p Packet<'_>) -> Option<(&'p Layer, &'p Layer)> {
    if packet.stop.is_some() {
        return None;
    }
    let (link, ip, transport, behind) = match packet.layers.as_slice() {
        [link, ip, transport, behind @ ..] if ip.protocol != Protocol::Vlan => {
            (link, ip, transport, behind)
        }
        [link, _, ip, transport, behind @ ..] => (link, ip, transport, behind),
        _ => return None,
    };
    let usual = matches!(
        link.protocol,
        Protocol::Ethernet | Protocol::LinuxCooked | Protocol::LinuxCooked2
    ) && matches!(ip.protocol, Protocol::Ipv4 | Protocol::Ipv6)
        && matches!(transport.protocol, Protocol::Tcp | Protocol::Udp);
    // A message behind the transport is part of its data; no tunnel is.
    let is_last = match behind {
        [] => true,
        [message] => message.header_length == 0,
        _ => false,
    };
    (usual && is_last).then_some((ip, transport))
}

/// The raw sum of both addresses, where this is a plain header of a whole
/// datagram with a good sum of its own.
#[inline]
fn behind_ipv4(header: &[u8; ipv4::FIXED]) -> Option<u64> {
    let fixed = ipv4::Fixed(header);
    // 0: to be cut by the network card, and the length is a guess.
    let plain = header[0] == 0x45 && fixed.total_length() != 0 && !fixed.is_fragment();
    good_ipv4(header).filter(|_| plain)
}

/// The raw sum of both addresses, where that of the header is good.
#[inline]
pub(super) fn good_ipv4(header: &[u8; ipv4::FIXED]) -> Option<u64> {
    let (words, _) = header.as_chunks::<4>();
    let &[first, second, third, source, destination] = words else {
        return None;
    };
    let raw = |word| u64::from(u32::from_le_bytes(word));
    let addresses = raw(source) + raw(destination);
    let total = raw(first) + raw(second) + raw(third) + addresses;
    is_all_ones(total).then_some(addresses)
}

/// The raw sum of both addresses, where the header says how long the datagram
/// is.
#[inline]
fn behind_ipv6(header: &[u8; ipv6::LENGTH]) -> Option<u64> {
    let [_, _, _, _, a, b, ..] = header;
    ([*a, *b] != [0, 0]).then(|| ipv6_addresses(header))
}

/// The raw sum of both addresses.
#[inline]
pub(super) fn ipv6_addresses(header: &[u8; ipv6::LENGTH]) -> u64 {
    let [_, _, _, _, _, _, _, _, addresses @ ..] = header;
    raw_sum(addresses)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::LinkType;
    use crate::decode::ones_complement::fold;
    use crate::decode::{ChecksumVerdict, checksums, decode, tests::frame};

    /// An Ethernet frame, tagged or not, with IPv4 or IPv6 and TCP or UDP and
    /// right sums; padded to the shortest frame.
    fn whole(tagged: bool, v6: bool, udp: bool, data: &[u8]) -> Vec<u8> {
        let mut transport = if udp {
            let length = 8 + data.len() as u16;
            [&[0x10, 0, 0x20, 0][..], &length.to_be_bytes(), &[0, 0]].concat()
        } else {
            let mut header = vec![0x10, 0, 0x20, 0, 0, 0, 0, 1, 0, 0, 0, 1];
            header.extend([0x50, 0x10, 1, 0, 0, 0, 0, 0]);
            header
        };
        let (number, field) = if udp { (17, 6) } else { (6, 16) };
        transport.extend(data);
        let length = transport.len() as u16;
        let addresses = if v6 {
            [0x21; 32].to_vec()
        } else {
            [10; 8].to_vec()
        };
        let sum = raw_sum(&transport) + raw_sum(&addresses) + raw(number) + raw(length.into());
        transport[field..field + 2].copy_from_slice(&(!fold(sum)).to_le_bytes());
        let mut ip = if v6 {
            let length = length.to_be_bytes();
            vec![0x60, 0, 0, 0, length[0], length[1], number as u8, 64]
        } else {
            let length = (length + 20).to_be_bytes();
            vec![
                0x45,
                0,
                length[0],
                length[1],
                0,
                1,
                0,
                0,
                64,
                number as u8,
                0,
                0,
            ]
        };
        ip.extend(addresses);
        if !v6 {
            let sum = !fold(raw_sum(&ip));
            ip[10..12].copy_from_slice(&sum.to_le_bytes());
        }
        let mut bytes = [2; 12].to_vec();
        if tagged {
            bytes.extend([0x81, 0x00, 0, 7]);
        }
        bytes.extend(if v6 { [0x86, 0xdd] } else { [8, 0] });
        bytes.extend([ip, transport].concat());
        bytes.resize(bytes.len().max(60), 0);
        bytes
    }

    /// Whether the right sum happens to be what stands for none, or for one
    /// that was not filled in (one in 20,000).
    fn looks_empty(udp: bool, v6: bool, data: &[u8], field: [u8; 2]) -> bool {
        let length = data.len() as u32 + if udp { 8 } else { 20 };
        let addresses = if v6 {
            raw_sum(&[0x21; 32])
        } else {
            raw_sum(&[10; 8])
        };
        let without_length = addresses + raw(if udp { 17 } else { 6 });
        let field = u16::from_le_bytes(field);
        let sums = [without_length, without_length + raw(length)];
        field == 0 || sums.into_iter().any(|sum| fold(sum) == field)
    }

    fn all_good(packet: &Packet<'_>) -> bool {
        let sums = checksums(packet);
        sums.iter().all(|sum| sum.verdict == ChecksumVerdict::Good) && !sums.is_empty()
    }

    /// What is said of a frame, both ways.
    fn good_of(bytes: &[u8], length: u32) -> Option<GoodSums> {
        let frame = frame(LinkType::ETHERNET, bytes, length);
        let mut packet = Packet::undecoded(frame);
        packet.decode_step_by_step();
        let good = good_sums(&packet);
        let mut packet = Packet::undecoded(frame);
        assert_eq!(packet.decode_and_sum(), good);
        good
    }

    proptest! {
        #[test]
        fn right_sums_are_seen_and_any_damage_too(
            (tagged, v6, udp) in any::<(bool, bool, bool)>(),
            data in proptest::collection::vec(any::<u8>(), 0..60),
            place in any::<proptest::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let mut bytes = whole(tagged, v6, udp, &data);
            let field = 14 + 4 * usize::from(tagged) + if v6 { 40 } else { 20 };
            let field = field + if udp { 6 } else { 16 };
            prop_assume!(!looks_empty(udp, v6, &data, [bytes[field], bytes[field + 1]]));
            let length = bytes.len() as u32;
            let good = good_of(&bytes, length);
            let transport = if udp { Protocol::Udp } else { Protocol::Tcp };
            prop_assert_eq!(good, Some(GoodSums { transport, ipv4: !v6 }));
            // Cut short, nothing is known.
            let end = 14 + 4 * usize::from(tagged) + if v6 { 40 } else { 20 };
            let end = end + if udp { 8 } else { 20 } + data.len();
            prop_assert_eq!(good_of(&bytes[..end - 1], length), None);
            bytes[place.index(length as usize)] ^= 1_u8 << bit;
            let packet = decode(frame(LinkType::ETHERNET, &bytes, length));
            if good_of(&bytes, length).is_some() {
                prop_assert!(all_good(&packet));
            }
        }
    }
}
