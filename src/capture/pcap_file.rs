//! Classic pcap (draft-ietf-opsawg-pcap): a 24-byte header, then records of a
//! 16-byte header and the packet's bytes. Either byte order, micro- or
//! nanoseconds, and the variant of Alexey Kuznetzov with 24-byte records.

use super::LinkType;
use super::error::Fault;
use super::record::{Record, maximum_length};
use super::stream::Stream;

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
        let [_, _, _, _, j0, j1, i0, i1, .., n0, n1, n2, n3] = header;
        let (major, minor, network) = if magic.big_endian {
            (
                u16::from_be_bytes([j0, j1]),
                u16::from_be_bytes([i0, i1]),
                u32::from_be_bytes([n0, n1, n2, n3]),
            )
        } else {
            (
                u16::from_le_bytes([j0, j1]),
                u16::from_le_bytes([i0, i1]),
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
            maximum_length: maximum_length(link_type),
        })
    }

    /// The next packet, or `None` where the file ends behind a whole record.
    #[inline]
    pub(super) fn next(&mut self, stream: &mut Stream) -> Result<Option<Record>, Fault> {
        let header_length = usize::from(self.magic.record_header);
        let had = stream.require(header_length)?;
        let Some(
            [
                s0,
                s1,
                s2,
                s3,
                f0,
                f1,
                f2,
                f3,
                c0,
                c1,
                c2,
                c3,
                o0,
                o1,
                o2,
                o3,
            ],
        ) = stream.available_bytes().first_chunk::<16>().copied()
        else {
            return cut_or_end(header_length, had);
        };
        if had < header_length {
            return cut_or_end(header_length, had);
        }
        let (seconds, fraction, captured, original) = if self.magic.big_endian {
            (
                u32::from_be_bytes([s0, s1, s2, s3]),
                u32::from_be_bytes([f0, f1, f2, f3]),
                u32::from_be_bytes([c0, c1, c2, c3]),
                u32::from_be_bytes([o0, o1, o2, o3]),
            )
        } else {
            (
                u32::from_le_bytes([s0, s1, s2, s3]),
                u32::from_le_bytes([f0, f1, f2, f3]),
                u32::from_le_bytes([c0, c1, c2, c3]),
                u32::from_le_bytes([o0, o1, o2, o3]),
            )
        };
        let (captured, original) = match self.lengths {
            Lengths::CapturedFirst => (captured, original),
            Lengths::OriginalFirst => (original, captured),
            Lengths::Either => (captured.min(original), captured.max(original)),
        };
        if captured > self.maximum_length {
            return Err(Fault::TooLarge {
                claimed: captured.into(),
                limit: self.maximum_length.into(),
            });
        }
        let length = header_length + captured as usize;
        let had = stream.require(length)?;
        if had < length {
            return Err(Fault::CutRecord {
                needed: length as u64,
                had: had as u64,
            });
        }
        let mut bytes = stream.take(length);
        bytes.start += header_length;
        Ok(Some(Record {
            time_ns: u64::from(seconds) * 1_000_000_000
                + u64::from(fraction) * u64::from(self.magic.unit_ns),
            interface: 0,
            link_type: self.link_type,
            original_length: original.max(captured),
            bytes,
            comment: None,
        }))
    }
}

#[cold]
fn cut_or_end(needed: usize, had: usize) -> Result<Option<Record>, Fault> {
    if had == 0 {
        return Ok(None);
    }
    Err(Fault::CutRecord {
        needed: needed as u64,
        had: had as u64,
    })
}
