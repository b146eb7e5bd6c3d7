//! Classic pcap (draft-ietf-opsawg-pcap): a 24-byte header, then records of a
//! 16-byte header and the packet's bytes. Either byte order, micro- or
//! nanoseconds, and the variant of Alexey Kuznetzov with 24-byte records.

use super::error::Fault;
use super::record::{Record, maximum_length};
use super::stream::Stream;
use super::{InterfaceInfo, LinkType};

const FILE_HEADER: usize = 24;

/// What the first four bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Magic {
    big_endian: bool,
    /// Nanoseconds in one unit of a record's second field.
    unit_ns: u32,
    /// Bytes of a record's header.
    record_header: u8,
}

impl Magic {
    /// Recognises the format.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let bytes = *bytes.first_chunk::<4>()?;
        [
            (false, u32::from_le_bytes(bytes)),
            (true, u32::from_be_bytes(bytes)),
        ]
        .into_iter()
        .find_map(|(big_endian, magic)| {
            let (unit_ns, record_header) = match magic {
                0xa1b2_c3d4 => (1000, 16),
                0xa1b2_3c4d => (1, 16),
                0xa1b2_cd34 => (1000, 24),
                _ => return None,
            };
            Some(Self {
                big_endian,
                unit_ns,
                record_header,
            })
        })
    }
}

/// Old versions disagree on which length comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    OriginalFirst,
    /// Version 2.3 was written both ways: the smaller one is the captured.
    Either,
}

/// A classic pcap file behind its header.
#[derive(Debug)]
pub(super) struct PcapFile {
    magic: Magic,
    lengths: Lengths,
    link_type: LinkType,
    snapshot_length: u32,
    maximum_length: u32,
}

impl PcapFile {
    /// Reads the file header.
    pub(super) fn open(magic: Magic, stream: &mut Stream) -> Result<Self, Fault> {
        let had = stream.require(FILE_HEADER)?;
        let Some(header) = stream
            .available_bytes()
            .first_chunk::<FILE_HEADER>()
            .copied()
        else {
            return Err(Fault::CutHeader {
                needed: FILE_HEADER as u64,
                had: had as u64,
            });
        };
        stream.take(FILE_HEADER);
        let [
            _,
            _,
            _,
            _,
            j0,
            j1,
            i0,
            i1,
            ..,
            s0,
            s1,
            s2,
            s3,
            n0,
            n1,
            n2,
            n3,
        ] = header;
        let (major, minor, snapshot_length, network) = if magic.big_endian {
            (
                u16::from_be_bytes([j0, j1]),
                u16::from_be_bytes([i0, i1]),
                u32::from_be_bytes([s0, s1, s2, s3]),
                u32::from_be_bytes([n0, n1, n2, n3]),
            )
        } else {
            (
                u16::from_le_bytes([j0, j1]),
                u16::from_le_bytes([i0, i1]),
                u32::from_le_bytes([s0, s1, s2, s3]),
                u32::from_le_bytes([n0, n1, n2, n3]),
            )
        };
        let lengths = match (major, minor) {
            (2, 4) => Lengths::CapturedFirst,
            (2, 3) => Lengths::Either,
            // 543.0 is what DG/UX wrote.
            (2, 0..3) | (543, 0) => Lengths::OriginalFirst,
            _ => {
                return Err(Fault::Version {
                    format: "pcap",
                    major,
                    minor,
                });
            }
        };
        // The upper half holds the length of a frame check sequence.
        let link_type = LinkType(network as u16);
        Ok(Self {
            magic,
            lengths,
            link_type,
            snapshot_length,
            maximum_length: maximum_length(link_type, snapshot_length),
        })
    }

    /// What the header says of where the packets come from.
    pub(super) fn interface(&self) -> InterfaceInfo {
        InterfaceInfo {
            snapshot_length: self.snapshot_length,
            microseconds: self.magic.unit_ns == 1_000,
            ..InterfaceInfo::of(self.link_type)
        }
    }

    /// Takes every packet that is wholly in hand, up to one that something is
    /// wrong with; nothing is read. Of files written in a rare way it takes
    /// none.
    pub(super) fn all_in_hand(&self, stream: &mut Stream, mut to: impl FnMut(Record)) {
        if self.magic.big_endian || self.lengths != Lengths::CapturedFirst {
            return;
        }
        let mut bytes = stream.available_bytes();
        let start = stream.place();
        let mut place = start;
        while let Some(header) = bytes.first_chunk() {
            let header = RecordHeader::read(header, u32::from_le_bytes);
            let Some((record, behind)) = self.record(&header, bytes, place) else {
                break;
            };
            bytes = behind;
            place = record.bytes.end;
            to(record);
        }
        stream.take(place - start);
    }

    /// The next packet where all of it is in hand and nothing is wrong with it;
    /// nothing is read.
    fn in_hand(&self, stream: &mut Stream) -> Option<Record> {
        let place = stream.place();
        let bytes = stream.available_bytes();
        let header = self.header(bytes.first_chunk()?);
        let (record, _) = self.record(&header, bytes, place)?;
        stream.take(record.bytes.end - place);
        Some(record)
    }

    /// The packet whose record these bytes begin with, if it is whole and
    /// nothing is wrong with it, and the bytes behind. They stand at this place
    /// in the buffer.
    fn record<'b>(
        &self,
        header: &RecordHeader,
        bytes: &'b [u8],
        place: usize,
    ) -> Option<(Record, &'b [u8])> {
        let header_length = usize::from(self.magic.record_header);
        let length = header_length + header.captured as usize;
        let behind = bytes.get(length..)?;
        if header.captured > self.maximum_length {
            return None;
        }
        let record = Record {
            time_ns: u64::from(header.seconds) * 1_000_000_000
                + u64::from(header.fraction) * u64::from(self.magic.unit_ns),
            has_time: true,
            interface: 0,
            link_type: self.link_type,
            original_length: header.original.max(header.captured),
            bytes: place + header_length..place + length,
            comment: None,
        };
        Some((record, behind))
    }

    /// The next packet, or `None` where the file ends behind a whole record.
    pub(super) fn next(&mut self, stream: &mut Stream) -> Result<Option<Record>, Fault> {
        stream.mark();
        if let Some(record) = self.in_hand(stream) {
            return Ok(Some(record));
        }
        self.wait_for(stream)
    }

    /// Bytes of a packet and of the header before it.
    pub(super) fn length_of(&self, record: &Record) -> u64 {
        u64::from(self.magic.record_header) + record.bytes.len() as u64
    }

    fn wait_for(&self, stream: &mut Stream) -> Result<Option<Record>, Fault> {
        let header_length = usize::from(self.magic.record_header);
        let had = stream.require(header_length)?;
        let Some(header) = stream.available_bytes().first_chunk() else {
            return cut_or_end(header_length, had);
        };
        if had < header_length {
            return cut_or_end(header_length, had);
        }
        let header = self.header(header);
        if header.captured > self.maximum_length {
            return Err(Fault::TooLarge {
                claimed: header.captured.into(),
                limit: self.maximum_length.into(),
            });
        }
        let length = header_length + header.captured as usize;
        let had = stream.require(length)?;
        if had < length {
            return Err(Fault::CutRecord {
                needed: length as u64,
                had: had as u64,
            });
        }
        Ok(self.in_hand(stream))
    }

    /// What every record begins with.
    fn header(&self, bytes: &[u8; 16]) -> RecordHeader {
        let mut header = match self.magic.big_endian {
            true => RecordHeader::read(bytes, u32::from_be_bytes),
            false => RecordHeader::read(bytes, u32::from_le_bytes),
        };
        let lengths = (header.captured, header.original);
        (header.captured, header.original) = match self.lengths {
            Lengths::CapturedFirst => lengths,
            Lengths::OriginalFirst => (lengths.1, lengths.0),
            Lengths::Either => (lengths.0.min(lengths.1), lengths.0.max(lengths.1)),
        };
        header
    }
}

/// What stands in front of a packet.
struct RecordHeader {
    seconds: u32,
    /// Parts of a second, in the file's unit.
    fraction: u32,
    captured: u32,
    original: u32,
}

impl RecordHeader {
    /// Reads a header with the fields in the order of nearly all files.
    fn read(bytes: &[u8; 16], word: impl Fn([u8; 4]) -> u32) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *bytes;
        Self {
            seconds: word([a, b, c, d]),
            fraction: word([e, f, g, h]),
            captured: word([i, j, k, l]),
            original: word([m, n, o, p]),
        }
    }
}

fn cut_or_end(needed: usize, had: usize) -> Result<Option<Record>, Fault> {
    if had == 0 {
        return Ok(None);
    }
    Err(Fault::CutRecord {
        needed: needed as u64,
        had: had as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::super::build::{
        Order, pcap, pcap_header, pcap_header_of, pcap_record, pcap_record_header, read_all,
        read_whole,
    };
    use super::*;

    #[test]
    fn both_byte_orders_and_both_time_units_give_the_same_nanoseconds() {
        for order in [Order::Little, Order::Big] {
            for (magic, fraction) in [(0xa1b2_c3d4, 250_000), (0xa1b2_3c4d, 250_000_000)] {
                let mut file = pcap_header(order, magic, 101);
                file.extend(pcap_record(order, 1_700_000_000, fraction, b"abc"));
                let seen = read_whole(file);
                assert_eq!(seen.len(), 1);
                assert_eq!(seen[0].time_ns, 1_700_000_000_250_000_000);
                assert_eq!(seen[0].bytes, b"abc");
                assert_eq!(seen[0].link_type, 101);
            }
        }
    }

    #[test]
    fn the_last_second_of_32_bits_does_not_overflow() {
        let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
        file.extend(pcap_record(Order::Little, u32::MAX, u32::MAX, b""));
        let expected = u64::from(u32::MAX) * 1_000_000_000 + u64::from(u32::MAX) * 1000;
        assert_eq!(read_whole(file)[0].time_ns, expected);
    }

    #[test]
    fn records_of_the_modified_format_have_eight_more_header_bytes() {
        let mut file = pcap_header(Order::Big, 0xa1b2_cd34, 1);
        for data in [b"one", b"two"] {
            file.extend(pcap_record_header(Order::Big, 1, 2, 3, 60));
            file.extend([0xee; 8]);
            file.extend(data);
        }
        let seen = read_whole(file);
        assert_eq!(seen[0].bytes, b"one");
        assert_eq!(seen[1].bytes, b"two");
        assert_eq!(seen[1].original_length, 60);
    }

    #[test]
    fn old_versions_have_the_original_length_first() {
        for (version, first, second) in [
            ((2, 4), 3, 60),
            ((2, 2), 60, 3),
            ((543, 0), 60, 3),
            ((2, 3), 60, 3),
            ((2, 3), 3, 60),
        ] {
            let mut file = pcap_header_of(Order::Little, 0xa1b2_c3d4, version, 1);
            file.extend(pcap_record_header(Order::Little, 1, 2, first, second));
            file.extend(b"abc");
            let seen = read_whole(file);
            assert_eq!(seen[0].bytes, b"abc", "{version:?}");
            assert_eq!(seen[0].original_length, 60, "{version:?}");
        }
    }

    #[test]
    fn an_unknown_version_is_named() {
        let file = pcap_header_of(Order::Little, 0xa1b2_c3d4, (3, 1), 1);
        assert!(matches!(
            read_all(file),
            (
                _,
                Some(Fault::Version {
                    major: 3,
                    minor: 1,
                    ..
                })
            )
        ));
    }

    #[test]
    fn the_frame_check_sequence_bits_are_not_part_of_the_link_type() {
        let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 0x5400_0001);
        file.extend(pcap_record(Order::Little, 1, 2, b"abc"));
        assert_eq!(read_whole(file)[0].link_type, 1);
    }

    #[test]
    fn an_original_length_below_the_captured_one_is_raised_to_it() {
        let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
        file.extend(pcap_record_header(Order::Little, 1, 2, 3, 1));
        file.extend(b"abc");
        assert_eq!(read_whole(file)[0].original_length, 3);
    }

    #[test]
    fn a_file_of_nothing_but_its_header_has_no_packets_and_no_fault() {
        assert!(read_whole(pcap(0, &[])).is_empty());
    }

    #[test]
    fn a_cut_file_gives_its_whole_records_and_then_the_fault() {
        let whole = pcap(0, &[b"first", b"second"]);
        let first_end = 24 + 16 + 5;
        for length in first_end + 1..whole.len() {
            let (seen, fault) = read_all(&whole[..length]);
            assert_eq!(seen.len(), 1, "cut to {length}");
            let expected_had = (length - first_end) as u64;
            match fault {
                Some(Fault::CutRecord { needed, had }) => {
                    assert_eq!(had, expected_had);
                    assert_eq!(needed, if had < 16 { 16 } else { 22 });
                }
                fault => panic!("{fault:?} when cut to {length}"),
            }
        }
        assert!(matches!(
            read_all(&whole[..23]),
            (
                _,
                Some(Fault::CutHeader {
                    needed: 24,
                    had: 23
                })
            )
        ));
    }

    #[test]
    fn a_record_that_claims_four_gigabytes_is_a_fault_behind_what_came_before() {
        let mut file = pcap(0, &[b"first"]);
        file.extend(pcap_record_header(Order::Little, 1, 2, u32::MAX, u32::MAX));
        let (seen, fault) = read_all(file);
        assert_eq!(seen.len(), 1);
        assert!(matches!(
            fault,
            Some(Fault::TooLarge {
                claimed: 0xffff_ffff,
                limit: 262_144
            })
        ));
    }

    #[test]
    fn a_packet_may_be_as_long_as_the_snapshot_length_up_to_a_mebibyte() {
        for (snapshot_length, length, fits) in [
            (0, 262_144, true),
            (0, 262_145, false),
            (524_288, 524_288, true),
            (u32::MAX, 1_048_577, false),
        ] {
            let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
            file[16..20].copy_from_slice(&Order::Little.u32(snapshot_length));
            file.extend(pcap_record(Order::Little, 1, 2, &vec![0; length]));
            let (seen, fault) = read_all(file);
            assert_eq!((seen.len() == 1, fault.is_none()), (fits, fits), "{length}");
        }
    }

    #[test]
    fn a_record_larger_than_the_read_buffer_is_read_where_its_link_type_has_such() {
        const DBUS: u32 = 231;
        let large: Vec<u8> = (0..3_000_000_u32).map(|byte| byte as u8).collect();
        let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, DBUS);
        file.extend(pcap_record(Order::Little, 1, 2, b"before"));
        file.extend(pcap_record(Order::Little, 1, 2, &large));
        file.extend(pcap_record(Order::Little, 1, 2, b"behind"));
        let seen = read_whole(file);
        assert_eq!(seen[1].bytes, large);
        assert_eq!(seen[2].bytes, b"behind");
    }
}
