//! The capture as a whole: sums that grow packet by packet, and what became
//! certain at the end.

use arrayvec::ArrayVec;
use smallvec::SmallVec;

use super::sums::{Builds, Sums};
use crate::capture::{Frame, LinkType};
use crate::decode::{Build, Layer, Layers, Packet, Protocol};
use crate::notes::{Kind, On, Severity};
use crate::track::{LayerBytes, Listener, PacketNumber};

/// How many packet numbers are kept of each kind, to look at.
const FIRST: usize = 5;

/// One kind at one severity: how often, and where to look.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// What.
    pub kind: Kind,
    /// How bad it was.
    pub severity: Severity,
    /// How often.
    pub count: u64,
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

    /// Notes where it is to be seen.
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
    /// Of them, lost by the kernel, whose ring was full.
    pub dropped_by_kernel: u64,
    /// Lost by the interface or its driver, before anybody counted them.
    pub dropped_by_interface: u64,
    /// Lost here: they came faster than they were shown or written.
    pub dropped_by_us: u64,
}

/// What is said of a capture as a whole.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The files as they were named, in reading order; `-` is standard input.
    pub files: Vec<String>,
    /// How often something could not be read.
    pub faults: u64,
    /// How the frames began.
    pub link_types: Vec<LinkType>,
    /// Packets that passed the filter.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// The earliest packet's time.
    pub first_ns: Option<u64>,
    /// The latest packet's time.
    pub last_ns: Option<u64>,
    /// Payload bytes.
    pub payload: u64,
    /// Bytes that are neither.
    pub padding: u64,
    /// Conversations, over all protocols.
    pub conversations: u64,
    /// Of them, ended early because too many were open.
    pub evicted: u64,
    /// The busiest servers.
    pub listeners: Vec<Listener>,
    /// What only a running capture has.
    pub live: Option<Live>,
    /// Packets by build, [`Build::OTHER`] not among them.
    builds: [u64; Build::COUNT],
    /// The builds that were met,
    met: Builds,
    /// and their layers.
    usual: Vec<(Build, Layers)>,
    /// By protocol, of packets of no usual build.
    others: [Layered; Protocol::COUNT],
    /// Those with header bytes, in the wire order of first sight.
    with_headers: ArrayVec<Protocol, { Protocol::COUNT }>,
    attention: Vec<Attention>,
    /// Where in `attention` a kind's row of each severity stands, plus 1.
    rows: [[u16; Severity::COUNT]; Kind::ALL.len()],
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
            faults: 0,
            link_types: Vec::new(),
            packets: 0,
            bytes: 0,
            first_ns: None,
            last_ns: None,
            payload: 0,
            padding: 0,
            conversations: 0,
            evicted: 0,
            listeners: Vec::new(),
            live: None,
            builds: [0; Build::COUNT],
            met: Builds::default(),
            usual: Vec::new(),
            others: [Layered::default(); Protocol::COUNT],
            with_headers: ArrayVec::new(),
            attention: Vec::new(),
            rows: [[0; Severity::COUNT]; Kind::ALL.len()],
        }
    }
}

impl Summary {
    /// Counts a packet.
    #[inline]
    pub fn packet(&mut self, packet: &Packet<'_>) {
        self.frame(&packet.frame, packet.payload.length, packet.payload.padding);
        if !self.met.has(packet.build) {
            self.meet(packet);
        }
        match self.builds.get_mut(packet.build.number()) {
            Some(count) if packet.build != Build::OTHER => *count += 1,
            _ => add_layers(&mut self.others, &packet.layers, 1),
        }
    }

    /// Whether it has met packets like all those that are in these sums.
    #[must_use]
    #[inline]
    pub fn has_met(&self, sums: &Sums) -> bool {
        self.met.have(sums.seen)
    }

    /// Adds the sums of frames, where packets like them were met.
    pub fn add(&mut self, sums: &Sums) {
        let mut packets = 0;
        for (count, more) in self.builds.iter_mut().zip(sums.builds) {
            *count += u64::from(more);
            packets += u64::from(more);
        }
        if packets == 0 {
            return;
        }
        self.packets += packets;
        self.bytes += sums.bytes;
        self.payload += sums.payload;
        self.padding += sums.padding;
        self.last_ns = self.last_ns.max(Some(sums.last_ns));
        let first_ns = self.first_ns.unwrap_or(u64::MAX);
        self.first_ns = Some(first_ns.min(sums.first_ns));
    }

    #[inline]
    fn frame(&mut self, frame: &Frame<'_>, payload: u32, padding: u32) {
        self.packets += 1;
        self.bytes += u64::from(frame.original_length);
        self.payload += u64::from(payload);
        self.padding += u64::from(padding);
        let time = frame.time_ns;
        // Nearly always it is the latest so far.
        if self.last_ns.is_none_or(|last| time > last) {
            self.last_ns = Some(time);
        }
        if self.first_ns.is_none_or(|first| time < first) {
            self.first_ns = Some(time);
        }
        if self.link_types.last() != Some(&frame.link_type) {
            self.link_type(frame.link_type);
        }
    }

    /// Meets a packet, which is counted later: what stands in the order of
    /// first sight takes its place.
    #[inline(never)]
    pub fn meet(&mut self, packet: &Packet<'_>) {
        self.link_type(packet.frame.link_type);
        for layer in &packet.layers {
            if layer.header_length > 0 && !self.with_headers.contains(&layer.protocol) {
                self.with_headers.push(layer.protocol);
            }
        }
        if packet.build != Build::OTHER && !self.met.has(packet.build) {
            self.met.add(packet.build);
            self.usual.push((packet.build, packet.layers.clone()));
        }
    }

    /// What is counted of every protocol.
    fn by_protocol(&self) -> [Layered; Protocol::COUNT] {
        let mut sums = self.others;
        for (build, layers) in &self.usual {
            let packets = self.builds.get(build.number()).copied();
            add_layers(&mut sums, layers, packets.unwrap_or_default());
        }
        sums
    }

    #[cold]
    #[inline(never)]
    fn link_type(&mut self, link_type: LinkType) {
        if !self.link_types.contains(&link_type) {
            self.link_types.push(link_type);
        }
    }

    /// Header bytes by layer.
    #[must_use]
    pub fn overhead(&self) -> LayerBytes {
        let mut overhead = LayerBytes::default();
        let sums = self.by_protocol();
        for protocol in &self.with_headers {
            let sums = sums.get(*protocol as usize);
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

    /// Packets by protocol, those that occur.
    pub fn protocols(&self) -> impl Iterator<Item = (Protocol, u64)> {
        Protocol::ALL
            .into_iter()
            .zip(self.by_protocol())
            .map(|(protocol, sums)| (protocol, sums.packets))
            .filter(|(_, count)| *count > 0)
    }

    /// How often each kind was seen, those that were, in the registry's order.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL
            .iter()
            .map(|kind| {
                let rows = self.attention.iter().filter(|row| row.kind == *kind);
                (*kind, rows.map(|row| row.count).sum())
            })
            .filter(|(_, count)| *count > 0)
    }

    /// What deserves attention, the worst first, then the most frequent.
    #[must_use]
    pub fn attention(&self) -> Vec<&Attention> {
        let mut rows: Vec<_> = self
            .attention
            .iter()
            .filter(|row| row.severity > Severity::Note)
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

    /// Whether anything was as bad as `limit`, where there is one.
    #[must_use]
    pub fn reaches(&self, limit: Option<Severity>) -> bool {
        let worst = self.attention.iter().map(|row| row.severity).max();
        matches!((limit, worst), (Some(limit), Some(worst)) if worst >= limit)
    }
}

/// Adds so many packets with these layers.
fn add_layers(sums: &mut [Layered; Protocol::COUNT], layers: &[Layer], packets: u64) {
    let mut seen = 0_u64;
    for layer in layers {
        // No place is ever missing.
        let Some(sums) = sums.get_mut(layer.protocol as usize) else {
            continue;
        };
        let bit = 1 << (layer.protocol as u32);
        // A packet counts once for a protocol that it has twice.
        sums.packets += packets * u64::from(seen & bit == 0);
        seen |= bit;
        sums.header_bytes += packets * u64::from(layer.header_length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Brief, decode};

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
    fn packets_counted_by_their_build_come_to_the_same_as_layer_by_layer() {
        // The third is IP in IP: no usual build, and a layer that comes twice.
        let mut in_ip = datagram(false, 4, 40);
        in_ip.splice(34.., datagram(false, 17, 20).drain(14..));
        let frames = [tcp(false, 8), tcp(true, 5), in_ip, tcp(false, 5)];
        let (mut by_build, mut by_layer) = (Summary::default(), Summary::default());
        let (mut by_sums, mut sums) = (Summary::default(), Sums::default());
        let order = [0, 1, 0, 2, 3, 1, 0, 2].map(|index: usize| &frames[index]);
        for (bytes, time_ns) in order.into_iter().zip([5, 7, 6, 8, 4, 9, 2, 3]) {
            let mut packet = decode(Frame {
                number: 1,
                file: 0,
                number_in_file: 1,
                time_ns,
                interface: 0,
                link_type: LinkType::ETHERNET,
                original_length: bytes.len() as u32,
                bytes,
                comment: None,
            });
            by_build.packet(&packet);
            if packet.build == Build::OTHER {
                by_sums.packet(&packet);
            } else {
                let brief = Brief {
                    build: packet.build,
                    payload_length: packet.payload.length as u16,
                    padding: packet.payload.padding,
                    ..Brief::default()
                };
                sums.add(&packet.frame, &brief);
                assert_eq!(
                    by_sums.has_met(&sums),
                    by_build.usual.len() == by_sums.usual.len()
                );
                by_sums.meet(&packet);
            }
            packet.build = Build::OTHER;
            by_layer.packet(&packet);
        }
        by_sums.add(&sums);
        assert_eq!(by_build.usual.len(), 3);
        assert!(by_sums.protocols().eq(by_build.protocols()));
        assert_eq!(by_sums.overhead(), by_build.overhead());
        let all = |summary: &Summary| {
            let times = (summary.first_ns, summary.last_ns);
            let sums = [
                summary.packets,
                summary.bytes,
                summary.payload,
                summary.padding,
            ];
            (times, sums, summary.link_types.clone())
        };
        assert_eq!(all(&by_sums), all(&by_build));
        assert_eq!(by_build.overhead(), by_layer.overhead());
        let protocols: Vec<_> = by_build.protocols().collect();
        assert!(
            protocols.contains(&(Protocol::Ipv4, 8)) && protocols.contains(&(Protocol::Vlan, 2))
        );
        assert!(by_layer.protocols().eq(protocols));
        let overhead = by_build.overhead();
        let tcp = overhead.0.iter().find(|(of, _)| *of == Protocol::Tcp);
        assert_eq!(tcp, Some(&(Protocol::Tcp, 3 * 32 + 3 * 20)));
    }
}
