//! The capture as a whole: sums that grow packet by packet, and what became
//! certain at the end.

use std::borrow::Cow;

use arrayvec::ArrayVec;
use smallvec::SmallVec;

use super::digest::Digest;
use super::exchanges::Exchanges;
use super::tls::TlsTotals;
use crate::capture::{FileInfo, LinkType};
use crate::decode::{Layer, Packet, Protocol, Undecoded};
use crate::notes::{Kind, On, Severity};
use crate::track::{Evicted, LayerBytes, Listener, PacketNumber};

/// How many packet numbers are kept of each kind, to look at.
const FIRST: usize = 5;

/// One kind at one severity: how often, and where to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// The kind of the annotation.
    pub kind: Kind,
    /// How bad the kind was.
    pub severity: Severity,
    /// How often the kind was seen at this severity, but for what a finding
    /// stands for.
    pub count: u64,
    /// How often it was seen beside.
    explained: u64,
    /// The first packets that show it.
    pub first: SmallVec<[PacketNumber; FIRST]>,
    /// The conversation of the first of them.
    pub conversation: Option<u64>,
    /// What is said of the first of them, in the reader's language.
    pub example: Option<String>,
}

impl Attention {
    /// Whether the place of another of its kind is still wanted.
    #[must_use]
    pub fn wants_places(&self) -> bool {
        self.first.len() < FIRST
    }

    /// So many of these are told with their cause, and count there.
    pub fn explain(&mut self, count: u64) {
        let explained = count.min(self.count);
        self.count -= explained;
        self.explained += explained;
    }

    /// Notes where the kind is to be seen.
    pub fn add_places(&mut self, packets: impl IntoIterator<Item = PacketNumber>) {
        for packet in packets {
            if self.wants_places() && !self.first.contains(&packet) {
                self.first.push(packet);
            }
        }
    }
}

/// What a running capture says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// The interface; `None` when a file is played.
    pub interface: Option<String>,
    /// Packets that passed the filter, those included that were lost.
    pub received: u64,
    /// Received packets that the kernel lost because its ring was full.
    pub dropped_by_kernel: u64,
    /// Packets that the interface or its driver lost before anything counted
    /// them.
    pub dropped_by_interface: u64,
    /// Lost here: they came faster than they were shown or written.
    pub dropped_by_us: u64,
}

/// Out of how much conversations were selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// All conversations.
    pub of_conversations: u64,
    /// All packets that passed the filter.
    pub of_packets: u64,
}

/// One file of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Packets that passed the filter.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// The earliest packet's time, of those that have one.
    pub first_ns: Option<u64>,
    /// The latest packet's time.
    pub last_ns: Option<u64>,
    /// How its frames began.
    pub link_types: SmallVec<[LinkType; 1]>,
    /// Conversations that begin in it.
    pub conversations: u64,
    /// Which timeline it belongs to, from 1: what conversations are in one
    /// timeline does not go on in the next.
    pub timeline: u64,
}

/// What is said of a capture as a whole.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The files as they were named, in reading order; `-` is standard input.
    pub files: Vec<String>,
    /// What each of several files has, in the order of `files`.
    pub captured: Vec<Captured>,
    /// What is known of each file, in the order of `files`; empty while it is not over.
    pub file_infos: Vec<FileInfo>,
    /// How many packets were read, where a filter let some of them pass.
    pub read: Option<u64>,
    /// Where conversations were selected, out of how much: everything else here
    /// is of those alone.
    pub selected: Option<Selected>,
    /// How often something could not be read.
    pub faults: u64,
    /// How the frames began.
    pub link_types: Vec<LinkType>,
    /// Packets that passed the filter.
    pub packets: u64,
    /// The packets' bytes on the wire.
    pub bytes: u64,
    /// The earliest packet's time, of those that have one.
    pub first_ns: Option<u64>,
    /// The latest packet's time.
    pub last_ns: Option<u64>,
    /// Payload bytes.
    pub payload: u64,
    /// Bytes that are neither header nor payload.
    pub padding: u64,
    /// Conversations, over all protocols.
    pub conversations: u64,
    /// Requests with their responses.
    pub exchanges: Exchanges,
    /// The TLS of its conversations.
    pub tls: TlsTotals,
    /// Visits.
    pub visits: u64,
    /// Values that were hidden because they are secrets.
    pub secrets_hidden: u64,
    /// What was given up early for want of memory.
    pub evicted: Evicted,
    /// The busiest servers.
    pub listeners: Vec<Listener>,
    /// What only a running capture has.
    pub live: Option<Live>,
    /// Packets of which something below their data was not read, so that they
    /// were not followed.
    pub not_followed: u64,
    /// What was carried and not read, in the order of first sight.
    undecoded: Vec<(Undecoded, Amount)>,
    /// What happened, in groups; `None` where nobody wants to know.
    pub digest: Option<Box<Digest>>,
    /// What is counted of each protocol.
    by_protocol: [Layered; Protocol::COUNT],
    /// The protocols with header bytes, in the wire order of first sight.
    with_headers: ArrayVec<Protocol, { Protocol::COUNT }>,
    attention: Vec<Attention>,
    /// The row in `attention` of a kind at each severity, plus 1.
    rows: [[u16; Severity::COUNT]; Kind::ALL.len()],
}

/// So many things that were not read are told apart; more than any network
/// carries.
const UNDECODED_AT_MOST: usize = 1_000;

/// Packets, and the bytes in them that are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many packets.
    pub packets: u64,
    /// Bytes of payload.
    pub bytes: u64,
}

/// What is counted of a protocol.
#[derive(Clone, Copy, Debug, Default)]
struct Layered {
    packets: u64,
    header_bytes: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            captured: Vec::new(),
            file_infos: Vec::new(),
            read: None,
            selected: None,
            faults: 0,
            link_types: Vec::new(),
            packets: 0,
            bytes: 0,
            first_ns: None,
            last_ns: None,
            payload: 0,
            padding: 0,
            conversations: 0,
            exchanges: Exchanges::default(),
            tls: TlsTotals::default(),
            visits: 0,
            secrets_hidden: 0,
            evicted: Evicted::default(),
            listeners: Vec::new(),
            live: None,
            not_followed: 0,
            undecoded: Vec::new(),
            digest: None,
            by_protocol: [Layered::default(); Protocol::COUNT],
            with_headers: ArrayVec::new(),
            attention: Vec::new(),
            rows: [[0; Severity::COUNT]; Kind::ALL.len()],
        }
    }
}

impl Summary {
    /// Most of the packets could not be followed: what was found says little of
    /// the capture.
    #[must_use]
    pub fn is_mostly_not_followed(&self) -> bool {
        self.not_followed * 2 > self.packets
    }

    /// Counts a packet, and what of it was not read.
    pub fn packet(&mut self, packet: &Packet<'_>, undecoded: Option<Undecoded>) {
        let frame = &packet.frame;
        self.packets += 1;
        self.bytes += u64::from(frame.original_length);
        self.payload += u64::from(packet.payload.length);
        self.padding += u64::from(packet.payload.padding);
        if frame.has_time {
            let first_ns = self.first_ns.unwrap_or(frame.time_ns);
            self.first_ns = Some(first_ns.min(frame.time_ns));
            self.last_ns = self.last_ns.max(Some(frame.time_ns));
        }
        if !self.captured.is_empty() {
            self.in_its_file(packet);
        }
        if !self.link_types.contains(&frame.link_type) {
            self.link_types.push(frame.link_type);
        }
        self.layers(&packet.layers);
        if let Some(undecoded) = undecoded {
            self.not_followed += u64::from(packet.tcp().is_none());
            self.not_read(undecoded, packet.payload.length);
        }
        if let Some(digest) = &mut self.digest {
            digest.packet(packet);
        }
    }

    fn in_its_file(&mut self, packet: &Packet<'_>) {
        let frame = &packet.frame;
        let Some(file) = self.captured.get_mut(frame.file as usize) else {
            return;
        };
        file.packets += 1;
        file.bytes += u64::from(frame.original_length);
        if !file.link_types.contains(&frame.link_type) {
            file.link_types.push(frame.link_type);
        }
        if frame.has_time {
            let first_ns = file.first_ns.unwrap_or(frame.time_ns);
            file.first_ns = Some(first_ns.min(frame.time_ns));
            file.last_ns = file.last_ns.max(Some(frame.time_ns));
        }
    }

    fn not_read(&mut self, undecoded: Undecoded, bytes: u32) {
        let known = self.undecoded.iter().position(|(of, _)| *of == undecoded);
        let place = known.unwrap_or_else(|| {
            if self.undecoded.len() < UNDECODED_AT_MOST {
                self.undecoded.push((undecoded, Amount::default()));
            }
            // The last takes in what there is no room for.
            self.undecoded.len() - 1
        });
        if let Some((_, amount)) = self.undecoded.get_mut(place) {
            amount.packets += 1;
            amount.bytes += u64::from(bytes);
        }
    }

    /// What was carried and not read, by name, the largest first.
    #[must_use]
    pub fn undecoded(&self) -> Vec<(Cow<'static, str>, Amount)> {
        let mut named: Vec<(Cow<'static, str>, Amount)> = Vec::new();
        for (undecoded, amount) in &self.undecoded {
            let name = undecoded.name();
            match named.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => {
                    sum.packets += amount.packets;
                    sum.bytes += amount.bytes;
                }
                None => named.push((name, *amount)),
            }
        }
        named.sort_by(|(one, a), (other, b)| {
            (b.bytes, b.packets)
                .cmp(&(a.bytes, a.packets))
                .then_with(|| one.cmp(other))
        });
        named
    }

    fn layers(&mut self, layers: &[Layer]) {
        let mut seen = 0_u64;
        for layer in layers {
            // No place is ever missing.
            let Some(sums) = self.by_protocol.get_mut(layer.protocol as usize) else {
                continue;
            };
            let bit = 1 << (layer.protocol as u32);
            // A packet counts once for a protocol that it has twice.
            sums.packets += u64::from(seen & bit == 0);
            seen |= bit;
            if layer.header_length > 0 {
                if sums.header_bytes == 0 {
                    self.with_headers.push(layer.protocol);
                }
                sums.header_bytes += u64::from(layer.header_length);
            }
        }
    }

    /// Header bytes by layer.
    #[must_use]
    pub fn overhead(&self) -> LayerBytes {
        let mut overhead = LayerBytes::default();
        for protocol in &self.with_headers {
            let sums = self.by_protocol.get(*protocol as usize);
            overhead.add(*protocol, sums.map_or(0, |sums| sums.header_bytes));
        }
        overhead
    }

    /// Counts an annotation, and gives its row to note where it was.
    pub fn count(&mut self, kind: Kind, severity: Severity) -> &mut Attention {
        let row = &mut self.rows[kind as usize][severity as usize];
        if *row == 0 {
            self.attention.push(Attention {
                kind,
                severity,
                count: 0,
                explained: 0,
                first: SmallVec::new(),
                conversation: None,
                example: None,
            });
            *row = self.attention.len() as u16;
        }
        let row = &mut self.attention[usize::from(*row) - 1];
        row.count += 1;
        row
    }

    /// A finding stands for so many of a kind.
    pub fn explain(&mut self, kind: Kind, mut count: u64) {
        for row in self.attention.iter_mut().filter(|row| row.kind == kind) {
            let before = row.count;
            row.explain(count);
            count -= before - row.count;
        }
    }

    /// Packets by protocol, those that occur.
    pub fn protocols(&self) -> impl Iterator<Item = (Protocol, u64)> {
        Protocol::ALL
            .into_iter()
            .zip(&self.by_protocol)
            .map(|(protocol, sums)| (protocol, sums.packets))
            .filter(|(_, count)| *count > 0)
    }

    /// Packets and header bytes of each layer, those that occur.
    pub fn layers_seen(&self) -> impl Iterator<Item = (Protocol, u64, u64)> {
        let sums = Protocol::ALL.into_iter().zip(&self.by_protocol);
        sums.map(|(protocol, sums)| (protocol, sums.packets, sums.header_bytes))
            .filter(|(_, packets, _)| *packets > 0)
    }

    /// How often each kind was seen at each severity, in the registry's order.
    #[must_use]
    pub fn kinds_by_severity(&self) -> Vec<(Kind, Severity, u64)> {
        let rows = self.attention.iter();
        let mut rows: Vec<_> = rows
            .map(|row| (row.kind, row.severity, row.count + row.explained))
            .filter(|(_, _, count)| *count > 0)
            .collect();
        rows.sort_by_key(|(kind, severity, _)| (*kind, *severity));
        rows
    }

    /// How often each kind was seen, those that were, in the registry's order.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL
            .iter()
            .map(|kind| {
                let rows = self.attention.iter().filter(|row| row.kind == *kind);
                (*kind, rows.map(|row| row.count + row.explained).sum())
            })
            .filter(|(_, count)| *count > 0)
    }

    /// Whether a kind was seen.
    #[must_use]
    pub fn has_seen(&self, kind: Kind) -> bool {
        self.attention.iter().any(|row| row.kind == kind)
    }

    /// What deserves attention, the worst first, then the most frequent.
    #[must_use]
    pub fn attention(&self) -> Vec<&Attention> {
        let mut rows: Vec<_> = self
            .attention
            .iter()
            .filter(|row| row.severity > Severity::Note && row.count > 0)
            .collect();
        rows.sort_by(|a, b| {
            (b.severity, b.count)
                .cmp(&(a.severity, a.count))
                .then(a.kind.cmp(&b.kind))
        });
        rows
    }

    /// What is worth knowing although nothing is wrong: findings that are
    /// notes, of the recording above all.
    #[must_use]
    pub fn remarks(&self) -> Vec<&Attention> {
        let remark =
            |row: &&Attention| row.severity == Severity::Note && row.kind.on() == On::Finding;
        let mut rows: Vec<_> = self.attention.iter().filter(remark).collect();
        rows.sort_by_key(|row| row.kind);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Frame;
    use crate::decode::decode;

    /// Ethernet, perhaps a tag, and an IPv4 datagram of so many zeros.
    fn datagram(tagged: bool, protocol: u8, length: u8) -> Vec<u8> {
        let mut bytes = vec![2; 12];
        if tagged {
            bytes.extend([0x81, 0, 0, 7]);
        }
        bytes.extend([8, 0, 0x45, 0, 0, 20 + length, 0, 0, 0, 0, 64, protocol]);
        bytes.extend([10; 10]);
        bytes.extend(vec![0; length.into()]);
        bytes
    }

    fn tcp(tagged: bool, words: u8) -> Vec<u8> {
        let mut bytes = datagram(tagged, 6, words * 4);
        let at = if tagged { 38 } else { 34 };
        bytes[at + 12] = words << 4;
        bytes
    }

    #[test]
    fn a_protocol_that_a_packet_has_twice_counts_once_and_all_its_headers_do() {
        let mut in_ip = datagram(false, 4, 40);
        in_ip.splice(34.., datagram(false, 17, 20).drain(14..));
        let frames = [tcp(false, 8), tcp(true, 5), in_ip, tcp(false, 5)];
        let mut summary = Summary::default();
        for bytes in [0, 1, 0, 2, 3, 1, 0, 2].map(|index: usize| &frames[index]) {
            summary.packet(
                &decode(Frame {
                    number: 1,
                    file: 0,
                    number_in_file: 1,
                    time_ns: 5,
                    has_time: true,
                    interface: 0,
                    link_type: LinkType::ETHERNET,
                    original_length: bytes.len() as u32,
                    bytes,
                    comment: None,
                }),
                None,
            );
        }
        let protocols: Vec<_> = summary.protocols().collect();
        assert!(
            protocols.contains(&(Protocol::Ipv4, 8)) && protocols.contains(&(Protocol::Vlan, 2))
        );
        let overhead = summary.overhead();
        let of = |protocol| overhead.0.iter().find(|(of, _)| *of == protocol).copied();
        assert_eq!(of(Protocol::Tcp), Some((Protocol::Tcp, 3 * 32 + 3 * 20)));
        assert_eq!(of(Protocol::Ipv4), Some((Protocol::Ipv4, 10 * 20)));
        let order: Vec<_> = overhead.0.iter().map(|(of, _)| *of).collect();
        let expected = [
            Protocol::Ethernet,
            Protocol::Ipv4,
            Protocol::Tcp,
            Protocol::Vlan,
        ];
        assert_eq!(order.get(..4), Some(&expected[..]));
    }
}
