//! pcapng (draft-ietf-opsawg-pcapng): blocks of a type, a length, a body and
//! the length again. Sections may differ in byte order and each describes its
//! own interfaces. Blocks that carry no packets and no drop counters are
//! skipped without being kept.

use std::ops::Range;

use super::error::Fault;
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
/// Type, length, and the length again behind the body.
const FRAMING: u32 = 12;
/// A block that is kept holds at most so much beside a packet's bytes; as in
/// libpcap.
const MAXIMUM_BLOCK: u32 = 16 * 1024 * 1024;
/// Real captures have a handful; a limit keeps a hostile one from filling the
/// memory.
const MAXIMUM_INTERFACES: usize = 65_536;

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
    /// Of the present section.
    interfaces: Vec<Interface>,
    /// How many interfaces the sections before it had.
    interfaces_before: u32,
    /// Of the sections before it.
    drops_before: Drops,
    /// The time of the packet before, for the blocks that carry none.
    last_time_ns: u64,
}

/// Where a packet block says what.
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

    /// The next packet, or `None` where the file ends behind a whole block.
    pub(super) fn next(&mut self, stream: &mut Stream) -> Result<Option<Record>, Fault> {
        loop {
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
            match kind {
                ENHANCED_PACKET => return self.enhanced_packet(stream, length).map(Some),
                PACKET => return self.obsolete_packet(stream, length).map(Some),
                SIMPLE_PACKET => return self.simple_packet(stream, length).map(Some),
                INTERFACE_DESCRIPTION => self.interface_description(stream, length)?,
                INTERFACE_STATISTICS => self.interface_statistics(stream, length)?,
                _ => self.skip(stream, length)?,
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
        let block = self.whole_block(stream, length)?;
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
        self.interfaces_before = self
            .interfaces_before
            .saturating_add(self.interfaces.len() as u32);
        self.interfaces.clear();
        Ok(())
    }

    fn interface_description(&mut self, stream: &mut Stream, length: u32) -> Result<(), Fault> {
        let block = self.whole_block(stream, length)?;
        let bytes = stream.bytes(&block);
        let Some(interface) = Interface::of(bytes, self.endian) else {
            return Err(Fault::Corrupt(format!(
                "an interface description of {length} bytes, the least is 20"
            )));
        };
        if self.interfaces.len() >= MAXIMUM_INTERFACES {
            return Err(Fault::Corrupt(format!(
                "more than {MAXIMUM_INTERFACES} interfaces in one section"
            )));
        }
        self.interfaces.push(interface);
        Ok(())
    }

    fn interface_statistics(&mut self, stream: &mut Stream, length: u32) -> Result<(), Fault> {
        let block = self.whole_block(stream, length)?;
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
        let limit = maximum_length(interface.link_type);
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
        let time_ns = if packet.has_time {
            interface.nanoseconds(packet.units)
        } else {
            self.last_time_ns
        };
        let link_type = interface.link_type;
        let block = self.framed(stream, length)?;
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
            interface: self.interfaces_before.saturating_add(packet.interface),
            link_type,
            original_length: packet.original.max(packet.captured),
            bytes: from..from + packet.captured as usize,
            comment,
        })
    }

    fn packet_options(
        &mut self,
        stream: &Stream,
        range: Range<usize>,
        interface: u32,
    ) -> Option<Range<usize>> {
        let mut comment = None;
        let mut lost = 0;
        for (code, value) in Options::of(stream.bytes(&range), self.endian) {
            match code {
                OPTION_COMMENT if comment.is_none() => {
                    comment = Some(range.start + value.start..range.start + value.end);
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
        comment
    }

    fn lost_before_packet(&mut self, interface: u32, lost: u64) {
        if let Some(interface) = self.interfaces.get_mut(interface as usize) {
            let drops = &mut interface.drops;
            drops.before_packets = drops.before_packets.saturating_add(lost);
        }
    }

    /// Takes a block that is kept although it holds no packet.
    fn whole_block(&self, stream: &mut Stream, length: u32) -> Result<Range<usize>, Fault> {
        if length > MAXIMUM_BLOCK {
            return Err(Fault::TooLarge {
                claimed: length.into(),
                limit: MAXIMUM_BLOCK.into(),
            });
        }
        self.framed(stream, length)
    }

    /// Takes a whole block and checks that it ends with its length.
    fn framed(&self, stream: &mut Stream, length: u32) -> Result<Range<usize>, Fault> {
        let padded = padded(length);
        let had = stream.require(padded)?;
        if had < padded {
            return Err(Fault::CutRecord {
                needed: padded as u64,
                had: had as u64,
            });
        }
        let trailer = stream
            .ahead(padded)
            .and_then(|block| self.endian.u32(block, padded - 4));
        check_trailer(length, trailer)?;
        Ok(stream.take(padded))
    }

    /// Passes over a block of any size.
    fn skip(&self, stream: &mut Stream, length: u32) -> Result<(), Fault> {
        let padded = padded(length) as u64;
        let before_trailer = padded - 4;
        let skipped = stream.skip(before_trailer)?;
        let had = stream.require(4)?;
        if skipped < before_trailer || had < 4 {
            return Err(Fault::CutRecord {
                needed: padded,
                had: skipped + had.min(4) as u64,
            });
        }
        let trailer = stream.ahead(4).and_then(|bytes| self.endian.u32(bytes, 0));
        check_trailer(length, trailer)?;
        stream.take(4);
        Ok(())
    }
}

/// Some writers forgot to round the length up, but did write the padding.
fn padded(length: u32) -> usize {
    (length as usize).next_multiple_of(4)
}

fn check_trailer(length: u32, trailer: Option<u32>) -> Result<(), Fault> {
    match trailer {
        Some(trailer) if trailer == length => Ok(()),
        trailer => Err(Fault::Corrupt(format!(
            "a block begins with the length {length} and ends with {}",
            trailer.unwrap_or(0)
        ))),
    }
}

fn cut(needed: u32, had: usize) -> Fault {
    Fault::CutRecord {
        needed: needed.into(),
        had: had as u64,
    }
}
