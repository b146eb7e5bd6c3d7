//! pcapng (draft-ietf-opsawg-pcapng): blocks of a type, a length, a body and
//! the length again. Sections may differ in byte order and each describes its
//! own interfaces. Blocks that carry no packets and no drop counters are
//! skipped without being kept.

use std::ops::Range;

use smallvec::SmallVec;

use super::InterfaceInfo;
use super::error::{Fault, Place};
use super::pcapng_block::{self, FRAMING, MAXIMUM_BLOCK, cut};
use super::pcapng_interface::{Drops, Interface};
use super::pcapng_options::{Endian, Options};
use super::record::{Record, maximum_length};
use super::stream::Stream;

/// The type of a section header block, the same in either byte order.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
/// The obsolete packet block (section B of the draft).
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// Real captures have a handful; a limit keeps a hostile one from filling the
/// memory.
const MAXIMUM_INTERFACES: usize = 65_536;

/// People write a few on a packet.
const MAXIMUM_COMMENTS: usize = 1_000;

const OPTION_COMMENT: u16 = 1;
const OPTION_DROP_COUNT: u16 = 4;

/// The first four bytes of every pcapng file.
pub(super) fn is_pcapng(bytes: &[u8]) -> bool {
    bytes.starts_with(&SECTION_HEADER.to_be_bytes())
}

/// A pcapng file behind its first section header.
#[derive(Debug)]
pub(super) struct PcapngFile {
    endian: Endian,
    /// The interfaces of the present section.
    interfaces: Vec<Interface>,
    /// How many interfaces the sections before the present one had.
    interfaces_before: u32,
    /// The drops of the sections before the present one.
    drops_before: Drops,
    /// The time of the packet before, for the blocks that carry none.
    last_time_ns: u64,
    /// The place where the present block begins.
    block_start: u64,
    /// What the present block holds.
    place: Place,
}

/// What a file has said up to one of its packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    endian: Endian,
    interfaces_before: u32,
    last_time_ns: u64,
    /// Its interfaces among those that are [`Described`].
    first: u32,
    count: u32,
}

impl State {
    /// The interfaces of the packet's section, among those that are [`Described`].
    pub(super) fn interfaces(&self) -> Range<usize> {
        let first = self.first as usize;
        first..first + self.count as usize
    }
}

/// The interfaces of sections of a file, one section after the other.
#[derive(Debug, Default)]
pub(super) struct Described {
    pub(super) interfaces: Vec<Interface>,
    /// Of the last section: where they begin, and how many the file had before.
    first: usize,
    before: u32,
}

/// The places of the values in a packet block.
struct PacketBlock {
    interface: u32,
    units: u64,
    captured: u32,
    original: u32,
    /// Bytes before the packet's first byte, counted from the block's start.
    header: u32,
    /// Whether `units` means anything.
    has_time: bool,
}

impl PcapngFile {
    /// Reads the first section header.
    pub(super) fn open(stream: &mut Stream) -> Result<Self, Fault> {
        let mut file = Self {
            endian: Endian::Little,
            interfaces: Vec::new(),
            interfaces_before: 0,
            drops_before: Drops::default(),
            last_time_ns: 0,
            block_start: 0,
            place: Place::FileHeader,
        };
        match file.section(stream) {
            Err(Fault::CutRecord { needed, had }) => Err(Fault::CutHeader { needed, had }),
            result => result.map(|()| file),
        }
    }

    /// What the file says that its recorder lost, so far.
    pub(super) fn drops(&self) -> Drops {
        self.interfaces
            .iter()
            .fold(self.drops_before, |sum, interface| {
                sum.plus(interface.drops)
            })
    }

    /// How many interfaces were described, those of earlier sections included.
    pub(super) fn interface_count(&self) -> u32 {
        self.interfaces_before
            .saturating_add(self.interfaces.len() as u32)
    }

    /// The interfaces of the present section from this number in the file on,
    /// with their numbers.
    pub(super) fn interfaces(
        &self,
        from: u32,
    ) -> impl Iterator<Item = (u32, InterfaceInfo, Drops)> {
        let first = from.max(self.interfaces_before);
        let index = (first - self.interfaces_before) as usize;
        (first..)
            .zip(self.interfaces.get(index..).unwrap_or_default())
            .map(|(number, interface)| (number, interface.info(), interface.drops))
    }

    /// The place where the present block begins, and what it holds.
    pub(super) fn position(&self) -> (u64, Place) {
        (self.block_start, self.place)
    }

    /// What it has said; interfaces that are not described yet are added to those
    /// that are. `None` where these would become too many.
    pub(super) fn state(&self, described: &mut Described) -> Option<State> {
        if described.before != self.interfaces_before {
            described.first = described.interfaces.len();
            described.before = self.interfaces_before;
        }
        let known = described.interfaces.len() - described.first;
        let new = self.interfaces.get(known..).unwrap_or_default();
        if described.interfaces.len() + new.len() > MAXIMUM_INTERFACES {
            return None;
        }
        described.interfaces.extend_from_slice(new);
        Some(State {
            endian: self.endian,
            interfaces_before: self.interfaces_before,
            last_time_ns: self.last_time_ns,
            first: described.first as u32,
            count: self.interfaces.len() as u32,
        })
    }

    /// Goes on where it has said this.
    pub(super) fn resume(&mut self, state: &State, interfaces: Vec<Interface>) {
        self.endian = state.endian;
        self.interfaces_before = state.interfaces_before;
        self.interfaces = interfaces;
        self.last_time_ns = state.last_time_ns;
    }

    /// The next packet, or `None` where the file ends behind a whole block.
    pub(super) fn next(&mut self, stream: &mut Stream) -> Result<Option<Record>, Fault> {
        loop {
            stream.mark();
            self.block_start = stream.offset();
            self.place = Place::Block;
            let had = stream.require(8)?;
            let Some(head) = stream.available_bytes().first_chunk::<8>() else {
                if had == 0 {
                    return Ok(None);
                }
                return Err(cut(8, had));
            };
            let kind = self.endian.u32(head, 0).unwrap_or(0);
            let length = self.endian.u32(head, 4).unwrap_or(0);
            if kind == SECTION_HEADER {
                self.section(stream)?;
                continue;
            }
            if length < FRAMING {
                return Err(Fault::Corrupt(format!(
                    "a block of type {kind} says that it is {length} bytes long, the least is {FRAMING}"
                )));
            }
            if matches!(kind, ENHANCED_PACKET | PACKET | SIMPLE_PACKET) {
                self.place = Place::Packet;
            }
            match kind {
                ENHANCED_PACKET => return self.enhanced_packet(stream, length).map(Some),
                PACKET => return self.obsolete_packet(stream, length).map(Some),
                SIMPLE_PACKET => return self.simple_packet(stream, length).map(Some),
                INTERFACE_DESCRIPTION => self.interface_description(stream, length)?,
                INTERFACE_STATISTICS => self.interface_statistics(stream, length)?,
                _ => pcapng_block::skip(self.endian, stream, length)?,
            }
        }
    }

    fn section(&mut self, stream: &mut Stream) -> Result<(), Fault> {
        let had = stream.require(12)?;
        let Some(head) = stream.available_bytes().first_chunk::<12>() else {
            return Err(cut(12, had));
        };
        self.endian = match Endian::Little.u32(head, 8) {
            Some(BYTE_ORDER_MAGIC) => Endian::Little,
            Some(magic) if magic.swap_bytes() == BYTE_ORDER_MAGIC => Endian::Big,
            _ => {
                return Err(Fault::Corrupt(
                    "a section header without a byte-order magic".to_owned(),
                ));
            }
        };
        let length = self.endian.u32(head, 4).unwrap_or(0);
        if length < 28 {
            return Err(Fault::Corrupt(format!(
                "a section header says that it is {length} bytes long, the least is 28"
            )));
        }
        let block = pcapng_block::take_kept(self.endian, stream, length)?;
        let bytes = stream.bytes(&block);
        let major = self.endian.u16(bytes, 12).unwrap_or(0);
        let minor = self.endian.u16(bytes, 14).unwrap_or(0);
        if major != 1 {
            return Err(Fault::Version {
                format: "pcapng",
                major,
                minor,
            });
        }
        self.drops_before = self.drops();
        self.interfaces_before = self.interface_count();
        self.interfaces.clear();
        Ok(())
    }

    fn interface_description(&mut self, stream: &mut Stream, length: u32) -> Result<(), Fault> {
        let block = pcapng_block::take_kept(self.endian, stream, length)?;
        let bytes = stream.bytes(&block);
        let Some(interface) = Interface::of(bytes, self.endian) else {
            return Err(Fault::Corrupt(format!(
                "an interface description of {length} bytes, the least is 20"
            )));
        };
        if self.interfaces.len() >= MAXIMUM_INTERFACES {
            return Err(Fault::TooManyInterfaces(MAXIMUM_INTERFACES));
        }
        self.interfaces.push(interface);
        Ok(())
    }

    fn interface_statistics(&mut self, stream: &mut Stream, length: u32) -> Result<(), Fault> {
        let block = pcapng_block::take_kept(self.endian, stream, length)?;
        let bytes = stream.bytes(&block);
        let interface = self
            .endian
            .u32(bytes, 8)
            .and_then(|number| self.interfaces.get_mut(number as usize));
        // Statistics of an interface that was never described say nothing of
        // the packets; they are no reason to stop reading those.
        if let Some(interface) = interface {
            interface.statistics(bytes, self.endian);
        }
        Ok(())
    }

    fn enhanced_packet(&mut self, stream: &mut Stream, length: u32) -> Result<Record, Fault> {
        let had = stream.require(28)?;
        let Some(head) = stream.available_bytes().first_chunk::<28>() else {
            return Err(cut(length.max(28), had));
        };
        let field = |at| self.endian.u32(head, at).unwrap_or(0);
        let packet = PacketBlock {
            interface: field(8),
            units: u64::from(field(12)) << 32 | u64::from(field(16)),
            captured: field(20),
            original: field(24),
            header: 28,
            has_time: true,
        };
        self.packet(stream, length, &packet)
    }

    fn obsolete_packet(&mut self, stream: &mut Stream, length: u32) -> Result<Record, Fault> {
        let had = stream.require(28)?;
        let Some(head) = stream.available_bytes().first_chunk::<28>() else {
            return Err(cut(length.max(28), had));
        };
        let field = |at| self.endian.u32(head, at).unwrap_or(0);
        let packet = PacketBlock {
            interface: self.endian.u16(head, 8).unwrap_or(0).into(),
            units: u64::from(field(12)) << 32 | u64::from(field(16)),
            captured: field(20),
            original: field(24),
            header: 28,
            has_time: true,
        };
        // The count of packets lost before this one; all ones: not known.
        let lost = self.endian.u16(head, 10).unwrap_or(u16::MAX);
        let record = self.packet(stream, length, &packet)?;
        if lost != u16::MAX {
            self.lost_before_packet(packet.interface, lost.into());
        }
        Ok(record)
    }

    fn simple_packet(&mut self, stream: &mut Stream, length: u32) -> Result<Record, Fault> {
        let had = stream.require(12)?;
        let Some(head) = stream.available_bytes().first_chunk::<12>() else {
            return Err(cut(length.max(12), had));
        };
        let original = self.endian.u32(head, 8).unwrap_or(0);
        let snapshot_length = match self.interfaces.first() {
            Some(interface) if interface.snapshot_length > 0 => interface.snapshot_length,
            _ => u32::MAX,
        };
        let packet = PacketBlock {
            interface: 0,
            units: 0,
            captured: original
                .min(snapshot_length)
                .min(length.saturating_sub(FRAMING + 4)),
            original,
            header: 12,
            has_time: false,
        };
        self.packet(stream, length, &packet)
    }

    /// The common end of the three packet blocks: checks the lengths before
    /// anything is read for them, then takes the whole block.
    fn packet(
        &mut self,
        stream: &mut Stream,
        length: u32,
        packet: &PacketBlock,
    ) -> Result<Record, Fault> {
        let Some(interface) = self.interfaces.get(packet.interface as usize) else {
            return Err(Fault::Corrupt(format!(
                "it names interface {}, of which the section has no description (it has {})",
                packet.interface,
                self.interfaces.len()
            )));
        };
        let limit = maximum_length(interface.link_type, interface.snapshot_length);
        if packet.captured > limit {
            return Err(Fault::TooLarge {
                claimed: packet.captured.into(),
                limit: limit.into(),
            });
        }
        // Neither sum overflows: `captured` is below 2^28.
        let before_options = packet.header + packet.captured.next_multiple_of(4);
        if length < packet.header + packet.captured + 4 {
            return Err(Fault::Corrupt(format!(
                "{} captured bytes do not fit into its block of {length}",
                packet.captured
            )));
        }
        if length.saturating_sub(before_options) > MAXIMUM_BLOCK {
            return Err(Fault::TooLarge {
                claimed: length.into(),
                limit: u64::from(limit) + u64::from(MAXIMUM_BLOCK),
            });
        }
        let known_ns = match packet.has_time {
            true => interface.nanoseconds(packet.units),
            false => None,
        };
        let time_ns = known_ns.unwrap_or(self.last_time_ns);
        let link_type = interface.link_type;
        let block = pcapng_block::take_whole(self.endian, stream, length)?;
        self.last_time_ns = time_ns;
        let from = block.start + packet.header as usize;
        let options_start = block.start + before_options as usize;
        let comment = if options_start + 4 < block.end && packet.has_time {
            self.packet_options(stream, options_start..block.end - 4, packet.interface)
        } else {
            None
        };
        Ok(Record {
            time_ns,
            has_time: known_ns.is_some(),
            interface: self.interfaces_before.saturating_add(packet.interface),
            link_type,
            original_length: packet.original.max(packet.captured),
            bytes: from..from + packet.captured as usize,
            comment,
        })
    }

    /// Notes what was lost before the packet; gives its comments, joined to
    /// one of several lines.
    fn packet_options(
        &mut self,
        stream: &mut Stream,
        range: Range<usize>,
        interface: u32,
    ) -> Option<Range<usize>> {
        let mut comments: SmallVec<[Range<usize>; 2]> = SmallVec::new();
        let mut lost = 0;
        for (code, value) in Options::of(stream.bytes(&range), self.endian) {
            match code {
                OPTION_COMMENT if comments.len() < MAXIMUM_COMMENTS => {
                    comments.push(range.start + value.start..range.start + value.end);
                }
                OPTION_DROP_COUNT => {
                    let value = range.start + value.start..range.start + value.end;
                    lost = self.endian.u64(stream.bytes(&value), 0).unwrap_or(0);
                }
                _ => {}
            }
        }
        if lost > 0 {
            self.lost_before_packet(interface, lost);
        }
        stream.join(&comments)
    }

    fn lost_before_packet(&mut self, interface: u32, lost: u64) {
        if let Some(interface) = self.interfaces.get_mut(interface as usize) {
            let drops = &mut interface.drops;
            drops.before_packets = drops.before_packets.saturating_add(lost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::{
        Order, block, enhanced_packet, interface, option_list, read_all, read_whole, section,
    };
    use super::super::stream::Stream;
    use super::*;

    const LITTLE: Order = Order::Little;

    /// One section with one Ethernet interface, little endian.
    fn ethernet() -> Vec<u8> {
        [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat()
    }

    fn drops(file: Vec<u8>) -> Drops {
        let mut stream = Stream::new(Box::new(std::io::Cursor::new(file)), Vec::new()).unwrap();
        let mut file = PcapngFile::open(&mut stream).unwrap();
        while file.next(&mut stream).unwrap().is_some() {}
        file.drops()
    }

    #[test]
    fn sections_of_either_byte_order_follow_each_other_and_interfaces_count_on() {
        let mut file = Vec::new();
        for order in [Order::Big, Order::Little] {
            file.extend(section(order));
            file.extend(interface(order, 1, 0, &[]));
            file.extend(interface(order, 101, 0, &[(9, &[9])]));
            file.extend(enhanced_packet(order, 1, 5_000_000_000, b"raw", &[]));
            file.extend(enhanced_packet(order, 0, 5_000_000, b"ether", &[]));
        }
        let seen = read_whole(file);
        let facts: Vec<_> = seen
            .iter()
            .map(|packet| (packet.interface, packet.link_type, packet.time_ns))
            .collect();
        let time = 5_000_000_000;
        assert_eq!(
            facts,
            [(1, 101, time), (0, 1, time), (3, 101, time), (2, 1, time)]
        );
        assert_eq!(seen[2].bytes, b"raw");
    }

    #[test]
    fn the_interfaces_of_one_section_are_not_those_of_the_next() {
        let file = [
            ethernet(),
            section(LITTLE),
            enhanced_packet(LITTLE, 0, 0, b"", &[]),
        ];
        assert!(matches!(
            read_all(file.concat()),
            (_, Some(Fault::Corrupt(_)))
        ));
    }

    #[test]
    fn more_interfaces_than_are_kept_are_no_damage() {
        let mut file = section(LITTLE);
        for _ in 0..=MAXIMUM_INTERFACES {
            file.extend(interface(LITTLE, 1, 0, &[]));
        }
        assert!(matches!(
            read_all(file),
            (_, Some(Fault::TooManyInterfaces(MAXIMUM_INTERFACES)))
        ));
    }

    #[test]
    fn a_simple_packet_ends_at_the_snapshot_length_and_takes_the_time_before_it() {
        let simple =
            |data: &[u8], original: u32| block(LITTLE, 3, &[&LITTLE.u32(original), data].concat());
        let file = [
            section(LITTLE),
            interface(LITTLE, 1, 6, &[]),
            enhanced_packet(LITTLE, 0, 7_000_000, b"x", &[]),
            simple(b"abcdef", 100),
            simple(b"abc", 3),
        ];
        let seen = read_whole(file.concat());
        assert_eq!(
            (seen[1].bytes.as_slice(), seen[1].original_length),
            (&b"abcdef"[..], 100)
        );
        assert_eq!(
            (seen[2].bytes.as_slice(), seen[2].original_length),
            (&b"abc"[..], 3)
        );
        assert_eq!(seen[2].time_ns, 7_000_000_000);
    }

    #[test]
    fn an_obsolete_packet_block_is_read_with_its_comment_and_its_count_of_lost() {
        let body = |lost: u16| {
            let mut body = [LITTLE.u16(0), LITTLE.u16(lost)].concat();
            for value in [0, 3_000_000, 3, 90] {
                body.extend(LITTLE.u32(value));
            }
            body.extend(b"abc\0");
            body.extend(option_list(LITTLE, &[(1, b"old")]));
            block(LITTLE, 2, &body)
        };
        let file = [ethernet(), body(7), body(u16::MAX)].concat();
        let seen = read_whole(file.clone());
        assert_eq!(seen[0].bytes, b"abc");
        assert_eq!(seen[0].original_length, 90);
        assert_eq!(seen[0].time_ns, 3_000_000_000);
        assert_eq!(seen[0].comment.as_deref(), Some("old"));
        assert_eq!(drops(file).before_packets, 7);
    }

    #[test]
    fn unknown_blocks_are_skipped_even_when_larger_than_the_buffer() {
        let file = [
            block(LITTLE, 0x0bad, b"before any interface").clone(),
            interface(LITTLE, 1, 0, &[]),
            block(LITTLE, 10, &vec![1; 2_000_000]),
            enhanced_packet(LITTLE, 0, 0, b"abc", &[]),
        ];
        let seen = read_whole([section(LITTLE), file.concat()].concat());
        assert_eq!(seen[0].bytes, b"abc");
    }

    #[test]
    fn drops_are_the_latest_statistics_of_each_interface_over_all_sections() {
        let statistics = |order: Order, number: u32, dropped: u64, by_system: u64| {
            let mut body = order.u32(number).to_vec();
            body.extend([0; 8]);
            let values = [order.u64(dropped), order.u64(by_system)];
            body.extend(option_list(order, &[(5, &values[0]), (7, &values[1])]));
            block(order, 5, &body)
        };
        let mut file = Vec::new();
        for order in [Order::Little, Order::Big] {
            file.extend(section(order));
            file.extend(interface(order, 1, 0, &[]));
            file.extend(interface(order, 1, 0, &[]));
            file.extend(statistics(order, 0, 2, 1));
            file.extend(statistics(order, 0, 5, 3));
            file.extend(statistics(order, 1, 10, 0));
            file.extend(statistics(order, 9, 1000, 1000));
            file.extend(enhanced_packet(order, 0, 0, b"", &[(4, &order.u64(6))]));
        }
        let expected = Drops {
            by_interface: 30,
            by_system: 6,
            by_us: 0,
            before_packets: 12,
        };
        assert_eq!(drops(file), expected);
    }

    #[test]
    fn several_comments_are_lines_of_one() {
        let many = vec![(1, &b""[..]); 2_000];
        type Options<'a> = &'a [(u16, &'a [u8])];
        let lists: [(Options<'_>, Option<String>); 5] = [
            (&[], None),
            (&[(2, &[0; 4])], None),
            (&[(2, &[0; 4]), (1, b"one")], Some("one".to_owned())),
            (
                &[(1, b"one"), (2, &[0; 4]), (1, b""), (1, "zwölf".as_bytes())],
                Some("one\n\nzwölf".to_owned()),
            ),
            (&many, Some("\n".repeat(MAXIMUM_COMMENTS - 1))),
        ];
        for order in [Order::Little, Order::Big] {
            let mut file = [section(order), interface(order, 1, 0, &[])].concat();
            for (options, _) in &lists {
                file.extend(enhanced_packet(order, 0, 0, b"abcde", options));
            }
            let seen = read_whole(file);
            assert_eq!(seen.len(), lists.len());
            for (seen, (_, expected)) in seen.iter().zip(&lists) {
                assert_eq!(seen.comment, *expected);
                assert_eq!(seen.bytes, b"abcde");
            }
        }
    }

    #[test]
    fn a_length_that_is_not_rounded_up_is_read_with_the_padding_behind() {
        let mut body = vec![0; 20];
        body[12] = 1;
        body[16] = 1;
        let mut odd = [LITTLE.u32(6), LITTLE.u32(33)].concat();
        odd.extend(body);
        odd.extend(b"x\0\0\0");
        odd.extend(LITTLE.u32(33));
        let file = [ethernet(), odd, enhanced_packet(LITTLE, 0, 0, b"y", &[])];
        let seen = read_whole(file.concat());
        assert_eq!(seen[0].bytes, b"x");
        assert_eq!(seen[1].bytes, b"y");
    }

    #[test]
    fn a_block_that_ends_with_another_length_is_corrupt() {
        let mut file = [ethernet(), enhanced_packet(LITTLE, 0, 0, b"good", &[])].concat();
        let mut bad = enhanced_packet(LITTLE, 0, 0, b"bad", &[]);
        let last = bad.len() - 4;
        bad[last] = 99;
        file.extend(bad);
        let (seen, fault) = read_all(file);
        assert_eq!(seen.len(), 1);
        assert!(matches!(fault, Some(Fault::Corrupt(what)) if what.contains("99")));
    }

    #[test]
    fn a_packet_that_does_not_fit_its_block_is_corrupt() {
        let mut bad = enhanced_packet(LITTLE, 0, 0, b"four", &[]);
        bad[20] = 8;
        let (seen, fault) = read_all([ethernet(), bad].concat());
        assert!(seen.is_empty());
        assert!(matches!(fault, Some(Fault::Corrupt(_))), "{fault:?}");
    }

    #[test]
    fn blocks_that_claim_four_gigabytes_are_faults() {
        let mut packet = [LITTLE.u32(6), LITTLE.u32(0xffff_fffc)].concat();
        packet.extend([0; 20]);
        let mut captured = enhanced_packet(LITTLE, 0, 0, b"four", &[]);
        captured[20..24].copy_from_slice(&[0xff; 4]);
        let statistics = [LITTLE.u32(5), LITTLE.u32(0xffff_fffc)].concat();
        for block in [packet, captured, statistics] {
            let (_, fault) = read_all([ethernet(), block].concat());
            assert!(matches!(fault, Some(Fault::TooLarge { .. })), "{fault:?}");
        }
    }

    #[test]
    fn a_cut_file_gives_its_whole_packets_and_then_the_fault() {
        let mut whole = ethernet();
        whole.extend(enhanced_packet(LITTLE, 0, 0, b"first", &[]));
        let first_end = whole.len();
        whole.extend(enhanced_packet(LITTLE, 0, 0, b"second", &[(1, b"comment")]));
        let second_end = whole.len();
        whole.extend(block(LITTLE, 0x0bad, b"skipped"));
        for length in first_end + 1..whole.len() {
            if length == second_end {
                continue;
            }
            let (seen, fault) = read_all(&whole[..length]);
            assert_eq!(seen.len(), 1 + usize::from(length > second_end));
            match fault {
                Some(Fault::CutRecord { needed, had }) => {
                    let start = if length > second_end {
                        second_end
                    } else {
                        first_end
                    };
                    assert_eq!(had, (length - start) as u64);
                    assert!(needed > had);
                }
                fault => panic!("{fault:?} when cut to {length}"),
            }
        }
        for length in 4..28 {
            let (_, fault) = read_all(&whole[..length]);
            assert!(matches!(fault, Some(Fault::CutHeader { .. })), "{fault:?}");
        }
    }
}
