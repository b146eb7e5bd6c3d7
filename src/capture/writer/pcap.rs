//! Classic pcap (draft-ietf-opsawg-pcap), little-endian, appended to a buffer:
//! a 24-byte header, then records of a 16-byte header and the packet's bytes.

use super::InterfaceInfo;
use crate::capture::Frame;

const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// The place of the snapshot length in the file header, in bytes.
pub(super) const SNAPSHOT_LENGTH_AT: u64 = 16;

/// What libpcap takes for no limit (`MAXIMUM_SNAPLEN`).
const NO_LIMIT: u32 = 262_144;

/// Bytes of the file header.
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// The file header.
pub(super) fn file_header(out: &mut Vec<u8>, interface: &InterfaceInfo) {
    let magic = match interface.microseconds {
        true => MICROSECONDS,
        false => NANOSECONDS,
    };
    out.extend(magic.to_le_bytes());
    // Version 2.4, and two fields that are zero.
    out.extend(2_u16.to_le_bytes());
    out.extend(4_u16.to_le_bytes());
    out.extend([0; 8]);
    out.extend(snapshot_length(interface.snapshot_length).to_le_bytes());
    out.extend(u32::from(interface.link_type.0).to_le_bytes());
}

/// The snapshot length that the header gets: readers cut what is longer.
pub(super) const fn snapshot_length(of_interface: u32) -> u32 {
    match of_interface {
        0 => NO_LIMIT,
        length => length,
    }
}

/// A packet. `None`: its time is beyond what 32 bits of seconds can say.
pub(super) fn packet(out: &mut Vec<u8>, frame: &Frame<'_>, microseconds: bool) -> Option<()> {
    let seconds = u32::try_from(frame.time_ns / 1_000_000_000).ok()?;
    let fraction = (frame.time_ns % 1_000_000_000) as u32;
    let fraction = if microseconds {
        fraction / 1_000
    } else {
        fraction
    };
    for field in [
        seconds,
        fraction,
        frame.captured_length(),
        frame.original_length,
    ] {
        out.extend(field.to_le_bytes());
    }
    out.extend(frame.bytes);
    Some(())
}

/// How many of the records' first `limit` bytes belong to records that are
/// whole, and how many those are. The first of a file stand behind its header.
pub(super) fn whole(records: &[u8], limit: usize, begins_file: bool) -> (usize, u64) {
    let (mut at, mut packets) = (0, 0);
    if begins_file {
        if limit < FILE_HEADER {
            return (0, 0);
        }
        at = FILE_HEADER;
    }
    while let Some(head) = records
        .get(at..)
        .and_then(<[u8]>::first_chunk::<RECORD_HEADER>)
    {
        let [.., c0, c1, c2, c3, _, _, _, _] = *head;
        let length = RECORD_HEADER + u32::from_le_bytes([c0, c1, c2, c3]) as usize;
        if limit - at < length {
            break;
        }
        at += length;
        packets += 1;
    }
    (at, packets)
}
