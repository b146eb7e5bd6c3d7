//! The checksums of a packet of the usual build, in one go: TCP or UDP straight
//! behind IP, whole. Nearly every packet is like that and has good sums, and
//! this is all that needs to be known then; [`super::checksums`] tells the rest.

use super::ones_complement::{is_all_ones, plus, raw, raw_sum};
use super::plain_ip::PlainIp;
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
    let (number, length) = match &packet.transport {
        Transport::Tcp(_) => {
            let end = packet.payload.offset + packet.payload.length;
            (6, end.checked_sub(transport.offset)?)
        }
        // 0: not computed.
        Transport::Udp(udp) if udp.checksum != 0 => (17, udp.length.into()),
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
    let words = [raw_sum(covered), raw(number + length)];
    is_all_ones(plus(addresses, words)).then_some(GoodSums {
        transport: transport.protocol,
        ipv4: is_ipv4,
    })
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
    (plain && fixed.is_good()).then(|| fixed.addresses_sum())
}

/// The raw sum of both addresses, where the header says how long the datagram
/// is.
#[inline]
fn behind_ipv6(header: &[u8; ipv6::LENGTH]) -> Option<u64> {
    let fixed = ipv6::Fixed(header);
    (fixed.payload_length() != 0).then(|| fixed.addresses_sum())
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::LinkType;
    use crate::decode::{ChecksumVerdict, checksums, decode, tests::frame};

    /// What a frame of the usual build is made of.
    pub(in crate::decode) struct Usual<'a> {
        pub tagged: bool,
        pub v6: bool,
        pub udp: bool,
        /// The last bytes of the addresses.
        pub ends: [u8; 2],
        pub ports: [u16; 2],
        /// Sequence number, acknowledgment, flags and window.
        pub tcp: [u8; 11],
        /// Of whole words.
        pub options: &'a [u8],
        pub data: &'a [u8],
    }

    impl Usual<'_> {
        /// An Ethernet frame with right sums, padded to the shortest.
        pub fn frame(&self) -> Vec<u8> {
            let mut bytes = [2; 12].to_vec();
            if self.tagged {
                bytes.extend([0x81, 0x00, 0xe0, 7]);
            }
            bytes.extend(if self.v6 { [0x86, 0xdd] } else { [8, 0] });
            bytes.extend(self.datagram());
            bytes.resize(bytes.len().max(60), 0);
            bytes
        }

        fn datagram(&self) -> Vec<u8> {
            let mut transport = self.transport();
            let (number, field) = if self.udp { (17, 6) } else { (6, 16) };
            let [source, destination] = self.ends;
            let addresses = if self.v6 {
                [&[0x21; 15][..], &[source], &[0x21; 15], &[destination]].concat()
            } else {
                vec![10, 9, 8, source, 10, 9, 8, destination]
            };
            let length = transport.len() as u16;
            let pseudo = [&[0, number][..], &length.to_be_bytes()].concat();
            let sum = !slow_sum(&[&addresses, &pseudo, &transport]);
            transport[field..field + 2].copy_from_slice(&sum.to_be_bytes());
            let mut ip = if self.v6 {
                let [high, low] = length.to_be_bytes();
                vec![0x60, 0, 0, 0, high, low, number, 63]
            } else {
                let [high, low] = (length + 20).to_be_bytes();
                vec![0x45, 0, high, low, 5, 1, 0x40, 0, 63, number, 0, 0]
            };
            ip.extend(addresses);
            if !self.v6 {
                let sum = !slow_sum(&[&ip]);
                ip[10..12].copy_from_slice(&sum.to_be_bytes());
            }
            [ip, transport].concat()
        }

        fn transport(&self) -> Vec<u8> {
            let mut header = self.ports.map(u16::to_be_bytes).concat();
            if self.udp {
                header.extend((8 + self.data.len() as u16).to_be_bytes());
                header.extend([0, 0]);
                return [&header, self.data].concat();
            }
            let words = 5 + self.options.len() as u8 / 4;
            header.extend(&self.tcp[..8]);
            header.extend([words << 4 | self.tcp[8] & 1]);
            header.extend(&self.tcp[8..]);
            header.extend([0, 0, 0, 0]);
            [&header, self.options, self.data].concat()
        }
    }

    /// RFC 1071, of parts of which only the last has an odd length.
    fn slow_sum(parts: &[&[u8]]) -> u16 {
        let bytes = parts.concat();
        let mut sum: u32 = 0;
        for pair in bytes.chunks(2) {
            let word = [pair[0], pair.get(1).copied().unwrap_or(0)];
            sum += u32::from(u16::from_be_bytes(word));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum as u16
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
        packet.decode();
        assert_eq!(good_sums(&packet), good);
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
            let mut bytes = Usual {
                tagged,
                v6,
                udp,
                ends: [1, 2],
                ports: [0x1000, 0x2000],
                tcp: [1; 11],
                options: &[],
                data: &data,
            }
            .frame();
            let field = 14 + 4 * usize::from(tagged) + if v6 { 40 } else { 20 } + 6;
            // 0 stands for none.
            prop_assume!(!udp || bytes[field..field + 2] != [0, 0]);
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
