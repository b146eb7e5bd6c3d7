//! What a frame of a usual build says, in few words: all that following its
//! conversation needs where nothing unusual happens. It borrows nothing, so
//! that it can be made ahead, in another thread, and kept. In comes a frame, out
//! goes a [`Brief`] if its checksums hold (RFC 1071); every packet of a capture
//! comes by here, so that it is read straight from the bytes.

use super::ones_complement::{is_all_ones, plus, raw, raw_sum};
use super::plain::{self, Headers, Reading};
use super::plain_ip::PlainIp;
use super::registry::{self, UdpData};
use super::{Build, TcpFlags, Udp, dns_messages, tcp, udp};
use crate::capture::Frame;

/// A frame of a usual build ([`Build`]) whose checksums hold: TCP or UDP, whole,
/// with a payload that is not decoded, or with a DNS message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// The addresses as big-endian numbers, the highest word first; IPv4's in
    /// the last word. The lower end (address, then port) stands first, so that
    /// both directions name the same pair.
    pub addresses: [[u32; 4]; 2],
    /// The ports, in the same order.
    pub ports: [u16; 2],
    /// Whether the source stands second.
    pub source_second: bool,
    /// Which of the usual builds.
    pub build: Build,
    /// The VLAN tag plus 1; 0 without one, as tag 0 is a tag too.
    pub tag: u32,
    /// IPv4's identification, else 0.
    pub identification: u16,
    /// Time to live, or IPv6's hop limit.
    pub time_to_live: u8,
    /// Where the payload begins, from the start of the frame.
    pub payload_offset: u8,
    /// Bytes of it, all of them captured.
    pub payload_length: u16,
    /// Bytes of the frame that belong to no header and no payload.
    pub padding: u32,
    /// Of TCP; else nothing but zeros.
    pub tcp: BriefTcp,
}

/// The rest of a TCP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BriefTcp {
    /// Sequence number of the first data byte (of the SYN, if set).
    pub sequence: u32,
    /// The next byte expected from the peer; meaningful with ACK set.
    pub acknowledgment: u32,
    /// The flag bits.
    pub flags: TcpFlags,
    /// The raw window field.
    pub window: u16,
    /// The checksum field.
    pub checksum: u16,
    /// What the options are.
    pub options: BriefOptions,
    /// Value and echo, where the options are timestamps.
    pub timestamps: [u32; 2],
}

/// What a TCP header's options are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BriefOptions {
    /// There are none.
    #[default]
    None,
    /// Timestamps, padded in front (RFC 7323, appendix A).
    Timestamps,
    /// Others, which the frame has between TCP's first 20 bytes and the
    /// payload.
    Other,
}

/// What is made of a brief at once, while all its values are at hand.
pub trait Beside {
    /// Is made of this one.
    fn make(&mut self, brief: &Brief);
}

impl Beside for () {
    fn make(&mut self, _: &Brief) {}
}

impl Brief {
    /// Of a frame, if it has a usual build and so on, and carries no message.
    #[must_use]
    pub fn of(frame: &Frame<'_>) -> Option<Self> {
        let mut brief = Self::default();
        brief.read(frame, &mut ()).then_some(brief)
    }

    /// Says what a frame says, if that has a usual build and so on; where it has
    /// not, gives false and says nothing of worth. Nothing is copied.
    #[must_use]
    #[inline(always)]
    pub fn read(&mut self, frame: &Frame<'_>, beside: &mut impl Beside) -> bool {
        plain::read(frame, Summing { to: self, beside }).is_some()
    }

    /// Of a frame that carries a message of DNS, mDNS or LLMNR which can be
    /// read to its end.
    #[must_use]
    pub fn of_message(frame: &Frame<'_>) -> Option<Self> {
        let mut brief = Self::default();
        brief.read_message(frame, &mut ()).then_some(brief)
    }

    /// The same as [`Self::read`] of such a frame. Apart from the others, as
    /// fewer frames have a message.
    #[must_use]
    #[inline]
    pub fn read_message(&mut self, frame: &Frame<'_>, beside: &mut impl Beside) -> bool {
        plain::read(frame, Messages { to: self, beside }).is_some()
    }

    /// The payload, in the frame that it is of.
    #[must_use]
    #[inline]
    pub fn payload<'f>(&self, frame: &Frame<'f>) -> &'f [u8] {
        let behind = frame.bytes.get(usize::from(self.payload_offset)..);
        let behind = behind.unwrap_or_default();
        behind
            .get(..usize::from(self.payload_length))
            .unwrap_or_default()
    }

    /// The source's address.
    #[must_use]
    #[inline]
    pub fn source(&self) -> &[u32; 4] {
        let [first, second] = &self.addresses;
        if self.source_second { second } else { first }
    }

    /// Value and echo of TCP's timestamps, if its options are those.
    #[must_use]
    #[inline]
    pub fn timestamps(&self) -> Option<[u32; 2]> {
        (self.tcp.options == BriefOptions::Timestamps).then_some(self.tcp.timestamps)
    }

    /// The source's port, then the destination's.
    #[must_use]
    #[inline]
    pub fn directed_ports(&self) -> (u16, u16) {
        let [first, second] = self.ports;
        match self.source_second {
            true => (second, first),
            false => (first, second),
        }
    }
}

/// Makes a brief where the checksums hold, and what is made beside it.
struct Summing<'b, B> {
    to: &'b mut Brief,
    beside: &'b mut B,
}

impl<B: Beside> Reading for Summing<'_, B> {
    type Made = ();

    #[inline(always)]
    fn tcp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        segment: &tcp::Plain<'_>,
    ) -> Option<()> {
        let sum = segment.sum();
        segment.write(&mut self.to.tcp);
        let (ports, header) = (segment.ports(), segment.header_length);
        let build = Build::tcp(Headers::<I, TAG>::TAGGED, Headers::<I, TAG>::IPV6, header);
        write(
            self.to,
            self.beside,
            headers,
            build,
            ports,
            header,
            segment.length,
        );
        are_good(headers, raw(6 + segment.length as u32), sum)?;
        // Last, as it may call.
        registry::tcp_data(ports).is_none().then_some(())
    }

    #[inline(always)]
    fn udp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        udp: &Udp,
        datagram: &[u8],
    ) -> Option<()> {
        // 0: not computed.
        if udp.checksum == 0 {
            return None;
        }
        if registry::udp_data(udp.ports()).is_some() {
            return None;
        }
        let build = Build::udp(Headers::<I, TAG>::TAGGED, Headers::<I, TAG>::IPV6);
        of_udp(self.to, self.beside, headers, build, udp, datagram)
    }
}

/// Makes a brief of a message where the checksums hold, and what is made beside
/// it.
struct Messages<'b, B> {
    to: &'b mut Brief,
    beside: &'b mut B,
}

impl<B: Beside> Reading for Messages<'_, B> {
    type Made = ();

    #[inline(always)]
    fn tcp<I: PlainIp, const TAG: usize>(
        self,
        _: &Headers<I, TAG>,
        _: &tcp::Plain<'_>,
    ) -> Option<()> {
        None
    }

    #[inline(always)]
    fn udp<I: PlainIp, const TAG: usize>(
        self,
        headers: &Headers<I, TAG>,
        udp: &Udp,
        datagram: &[u8],
    ) -> Option<()> {
        let Some(UdpData::Message(protocol)) = registry::udp_data(udp.ports()) else {
            return None;
        };
        if udp.checksum == 0 || !dns_messages::is_readable(datagram.get(udp::LENGTH..)?) {
            return None;
        }
        let (tagged, ipv6) = (Headers::<I, TAG>::TAGGED, Headers::<I, TAG>::IPV6);
        let build = Build::message(tagged, ipv6, protocol);
        of_udp(self.to, self.beside, headers, build, udp, datagram)
    }
}

/// Of a datagram with a sum, if that holds.
#[inline(always)]
fn of_udp<I: PlainIp, const TAG: usize>(
    to: &mut Brief,
    beside: &mut impl Beside,
    headers: &Headers<I, TAG>,
    build: Build,
    udp: &Udp,
    datagram: &[u8],
) -> Option<()> {
    let sum = raw_sum(datagram);
    to.tcp = BriefTcp::default();
    let (ports, length) = (udp.ports(), datagram.len());
    write(to, beside, headers, build, ports, udp::LENGTH, length);
    are_good(headers, raw(17 + length as u32), sum)
}

/// Writes what is the same with TCP and UDP, one after the other, so that each
/// value goes straight to its place. `header` is the length of the transport's,
/// `length` of it and what it carries.
#[inline(always)]
fn write<I: PlainIp, const TAG: usize>(
    to: &mut Brief,
    beside: &mut impl Beside,
    headers: &Headers<I, TAG>,
    build: Build,
    ports: u32,
    header: usize,
    length: usize,
) {
    to.build = build;
    to.tag = match Headers::<I, TAG>::TAGGED {
        true => headers.vlan + 1,
        false => 0,
    };
    to.identification = headers.ip.identification();
    to.time_to_live = headers.ip.time_to_live();
    to.payload_offset = (Headers::<I, TAG>::LENGTH + header) as u8;
    to.payload_length = (length - header) as u16;
    to.padding = headers.padding(length);
    let ends = headers.ip.ends(ports);
    to.addresses = ends.addresses;
    to.ports = ends.ports;
    to.source_second = ends.source_second;
    beside.make(to);
}

/// Whether both sums hold, where this is of the pseudo header without its
/// addresses, and that of the transport.
#[inline(always)]
fn are_good<I: PlainIp, const TAG: usize>(
    headers: &Headers<I, TAG>,
    pseudo: u64,
    transport: u64,
) -> Option<()> {
    if !headers.ip.is_good() {
        return None;
    }
    let all = plus(transport, [headers.ip.addresses_sum(), pseudo]);
    is_all_ones(all).then_some(())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::capture::LinkType;
    use crate::decode::plain_sums::tests::Usual;
    use crate::decode::{Network, Packet, Transport, good_sums, tests::frame};

    /// The same by way of a whole packet.
    fn slow(frame: &Frame<'_>) -> Option<Brief> {
        let mut packet = Packet::undecoded(*frame);
        packet.decode();
        good_sums(&packet)?;
        if packet.build == Build::OTHER {
            return None;
        }
        let network = packet.network.as_ref()?;
        let (ports, tcp) = match &packet.transport {
            Transport::Tcp(tcp) => {
                let start = tcp.options_offset as usize;
                let end = start + usize::from(tcp.options_captured);
                let (options, timestamps) = match *frame.bytes.get(start..end)? {
                    [] => (BriefOptions::None, [0; 2]),
                    [1, 1, 8, 10, a, b, c, d, e, f, g, h] => {
                        let both = [[a, b, c, d], [e, f, g, h]].map(u32::from_be_bytes);
                        (BriefOptions::Timestamps, both)
                    }
                    _ => (BriefOptions::Other, [0; 2]),
                };
                let ports = [tcp.source_port, tcp.destination_port];
                let tcp = BriefTcp {
                    sequence: tcp.sequence,
                    acknowledgment: tcp.acknowledgment,
                    flags: tcp.flags,
                    window: tcp.window,
                    checksum: tcp.checksum,
                    options,
                    timestamps,
                };
                (ports, tcp)
            }
            Transport::Udp(udp) => ([udp.source_port, udp.destination_port], BriefTcp::default()),
            _ => return None,
        };
        let [source, destination] = addresses(network);
        let source_second = (source, ports[0]) > (destination, ports[1]);
        let (addresses, ports) = match source_second {
            true => ([destination, source], [ports[1], ports[0]]),
            false => ([source, destination], ports),
        };
        Some(Brief {
            addresses,
            ports,
            source_second,
            build: packet.build,
            tag: packet.vlan.map_or(0, |vlan| vlan.wrapping_add(1)),
            identification: network.identification as u16,
            time_to_live: network.time_to_live,
            payload_offset: packet.payload.offset as u8,
            payload_length: packet.payload.length as u16,
            padding: packet.payload.padding,
            tcp,
        })
    }

    fn addresses(network: &Network) -> [[u32; 4]; 2] {
        [network.source, network.destination].map(|address| match address {
            IpAddr::V4(ip) => [0, 0, 0, ip.into()],
            IpAddr::V6(ip) => {
                let number = u128::from(ip);
                [96, 64, 32, 0].map(|shift| (number >> shift) as u32)
            }
        })
    }

    fn both_ways(bytes: &[u8], original_length: u32) -> [Option<Brief>; 2] {
        let frame = frame(LinkType::ETHERNET, bytes, original_length);
        [
            Brief::of(&frame).or_else(|| Brief::of_message(&frame)),
            slow(&frame),
        ]
    }

    /// Ports of nothing in particular, of what is decoded, and of what has the
    /// same last bits as those.
    fn port() -> impl Strategy<Value = u16> {
        let known = [
            53, 5353, 5355, 1701, 2152, 3544, 4789, 8472, 6081, 80, 117, 107, 24,
        ];
        prop_oneof![4 => any::<u16>(), 1 => select(known.to_vec())]
    }

    fn options() -> impl Strategy<Value = Vec<u8>> {
        let timestamps = any::<[u8; 8]>().prop_map(|values| [&[1, 1, 8, 10], &values[..]].concat());
        let syn = vec![
            2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7,
        ];
        let any = proptest::collection::vec(0..6_u8, 0..41).prop_map(|mut options| {
            options.truncate(options.len() / 4 * 4);
            options
        });
        prop_oneof![Just(Vec::new()), timestamps, Just(syn), any]
    }

    /// A message with a question, and records some of which may be broken.
    fn message() -> impl Strategy<Value = Vec<u8>> {
        let record = select(vec![
            &b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\0\0\x01"[..],
            b"\xc0\x0c\0\x1c\0\x01\0\0\0\x3c\0\x100123456789abcdef",
            b"\x01a\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c",
            b"\0\0\x29\x04\xd0\0\0\0\0\0\0",
            b"\0\0\x29\x04\xd0\x01\0\0\0\0\x05\0\x0a\0\x01z",
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x03\x0a\0\0",
            b"\xc0\xff\0\x01\0\x01\0\0\0\x3c\0\0",
        ]);
        let records = proptest::collection::vec(record, 0..4);
        let name = select(vec![&b"\x03www\x04Test"[..], b"", b"\x01a", b"\xc0\x0c"]);
        let flags = select(vec![[1, 0], [0x81, 0x80], [0x83, 0x83]]);
        (any::<[u8; 2]>(), flags, name, records, 0..5_u8).prop_map(
            |(id, flags, name, records, wrong)| {
                let count = records.len() as u8;
                let questions = u8::from(wrong != 1);
                let counts = [0, questions, 0, count, 0, 0, 0, u8::from(wrong == 2)];
                [
                    &id[..],
                    &flags,
                    &counts,
                    name,
                    &[0, 0, 1, 0, 1],
                    &records.concat(),
                ]
                .concat()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        #[test]
        fn a_brief_says_what_the_packet_says(
            (tagged, v6, udp) in any::<(bool, bool, bool)>(),
            ends in [0..3_u8, 0..3],
            ports in [port(), port()],
            tcp in any::<[u8; 11]>(),
            options in options(),
            data in prop_oneof![
                Just(Vec::new()),
                proptest::collection::vec(any::<u8>(), 0..40),
                proptest::collection::vec(any::<u8>(), 0..1600),
                message(),
            ],
            padding in prop_oneof![Just(0_usize), 0..8_usize],
            damage in prop_oneof![
                Just(Vec::new()),
                proptest::collection::vec((any::<Index>(), any::<u8>()), 0..4),
            ],
            (cut, shorter) in prop_oneof![3 => Just((0_usize, 0)), 1 => (0..80_usize, 0..3_u32)],
        ) {
            let usual = Usual { tagged, v6, udp, ends, ports, tcp, options: &options, data: &data };
            let mut bytes = usual.frame();
            bytes.resize(bytes.len() + padding, 0);
            let is_whole = damage.is_empty() && (cut, shorter) == (0, 0);
            for (place, byte) in damage {
                // The headers are damaged more often than the data.
                let place = place.index(bytes.len().min(64));
                bytes[place] = byte;
            }
            let original_length = (bytes.len() as u32).saturating_sub(shorter);
            let captured = bytes.len().saturating_sub(cut);
            let [straight, by_packet] = both_ways(&bytes[..captured], original_length);
            prop_assert_eq!(straight, by_packet);
            if is_whole && !udp && options.len() < 13 && ports.iter().all(|port| port % 64 < 20) {
                prop_assert!(straight.is_some() || !options.is_empty());
            }
        }

        #[test]
        fn any_bytes_come_to_the_same(
            bytes in proptest::collection::vec(any::<u8>(), 0..120),
            more in 0..20_u32,
        ) {
            let [straight, by_packet] = both_ways(&bytes, bytes.len() as u32 + more);
            prop_assert_eq!(straight, by_packet);
        }
    }

    #[test]
    fn no_other_link_type_has_a_brief() {
        let usual = Usual {
            tagged: false,
            v6: false,
            udp: false,
            ends: [1, 2],
            ports: [80, 4000],
            tcp: [0; 11],
            options: &[],
            data: b"data",
        };
        let bytes = usual.frame();
        let of = |link_type| Brief::of(&frame(link_type, &bytes, bytes.len() as u32));
        assert!(of(LinkType::ETHERNET).is_some());
        assert_eq!(of(LinkType::RAW), None);
    }

    #[test]
    fn it_is_small() {
        assert!(size_of::<Brief>() <= 92);
    }
}
