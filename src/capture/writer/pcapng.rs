//! pcapng blocks (draft-ietf-opsawg-pcapng), little-endian, appended to a
//! buffer: section header, interface description, enhanced packet, interface
//! statistics. Every time counts nanoseconds.

use super::{InterfaceInfo, Statistics};
use crate::capture::Frame;

/// Section 4.1 of the draft.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
/// Section 4.2.
const INTERFACE_DESCRIPTION: u32 = 1;
/// Section 4.6.
const INTERFACE_STATISTICS: u32 = 5;
/// Section 4.3.
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// Not known before the section's end.
const SECTION_LENGTH: u64 = u64::MAX;

/// Section 3.5: of every block, and each block's own.
const END_OF_OPTIONS: u16 = 0;
const COMMENT: u16 = 1;
const SECTION_OS: u16 = 3;
const SECTION_APPLICATION: u16 = 4;
/// `epb_packetid` (section 4.3).
const PACKET_NUMBER: u16 = 5;
const INTERFACE_NAME: u16 = 2;
const INTERFACE_ABOUT: u16 = 3;
const TIME_RESOLUTION: u16 = 9;
const INTERFACE_FILTER: u16 = 11;
const START_TIME: u16 = 2;
const END_TIME: u16 = 3;
const RECEIVED: u16 = 4;
const DROPPED_BY_INTERFACE: u16 = 5;
const ACCEPTED: u16 = 6;
const DROPPED_BY_SYSTEM: u16 = 7;
const DELIVERED: u16 = 8;

/// The most bytes that an option holds: its length has 16 bits.
pub(super) const LONGEST_OPTION: usize = u16::MAX as usize;

/// What ends a comment that was cut.
const ELLIPSIS: &str = "…";

/// Begins a section, and with it a file.
pub(super) fn section_header(out: &mut Vec<u8>, application: &str, system: &str) {
    block(out, SECTION_HEADER, |out| {
        out.extend(BYTE_ORDER_MAGIC.to_le_bytes());
        // Version 1.0.
        out.extend(1_u16.to_le_bytes());
        out.extend(0_u16.to_le_bytes());
        out.extend(SECTION_LENGTH.to_le_bytes());
        text(out, SECTION_OS, system);
        text(out, SECTION_APPLICATION, application);
        option(out, END_OF_OPTIONS, &[]);
    });
}

/// Describes the next interface of the section.
pub(super) fn interface_description(out: &mut Vec<u8>, interface: &InterfaceInfo) {
    block(out, INTERFACE_DESCRIPTION, |out| {
        out.extend(interface.link_type.0.to_le_bytes());
        out.extend([0; 2]);
        out.extend(interface.snapshot_length.to_le_bytes());
        for (code, value) in [
            (INTERFACE_NAME, &interface.name),
            (INTERFACE_ABOUT, &interface.description),
        ] {
            if let Some(value) = value {
                text(out, code, value);
            }
        }
        // 10^-9 seconds.
        option(out, TIME_RESOLUTION, &[9]);
        if let Some(filter) = &interface.filter {
            // A zero before it: as text for libpcap, not as its code.
            let filter = [b"\0", up_to(filter, LONGEST_OPTION - 1).as_bytes()].concat();
            option(out, INTERFACE_FILTER, &filter);
        }
        option(out, END_OF_OPTIONS, &[]);
    });
}

/// A packet of the interface that the section describes under this number,
/// with the comment that it had, and then ours; and with its number in the whole, if it
/// is to have one.
pub(super) fn packet(
    out: &mut Vec<u8>,
    interface: u32,
    frame: &Frame<'_>,
    comment: &str,
    numbered: Option<u64>,
) {
    block(out, ENHANCED_PACKET, |out| {
        out.extend(interface.to_le_bytes());
        time(out, frame.time_ns);
        out.extend(frame.captured_length().to_le_bytes());
        out.extend(frame.original_length.to_le_bytes());
        out.extend(frame.bytes);
        pad(out);
        let had = before_ours(frame.comment.unwrap_or_default(), comment);
        if had.is_empty() && comment.is_empty() && numbered.is_none() {
            return;
        }
        let mut rest = had;
        while !rest.is_empty() {
            // What the reader joined may be longer than one option.
            let part = up_to(rest, LONGEST_OPTION);
            option(out, COMMENT, part.as_bytes());
            rest = rest.get(part.len()..).unwrap_or_default();
        }
        if !comment.is_empty() {
            text(out, COMMENT, comment);
        }
        if let Some(number) = numbered {
            option(out, PACKET_NUMBER, &number.to_le_bytes());
        }
        option(out, END_OF_OPTIONS, &[]);
    });
}

/// What became of the packets of an interface from the file's first packet to
/// its last; their times are not known when there was none.
pub(super) fn interface_statistics(
    out: &mut Vec<u8>,
    interface: u32,
    times_ns: Option<(u64, u64)>,
    statistics: &Statistics,
) {
    block(out, INTERFACE_STATISTICS, |out| {
        out.extend(interface.to_le_bytes());
        let (first_ns, last_ns) = times_ns.unwrap_or_default();
        time(out, last_ns);
        if times_ns.is_some() {
            for (code, moment) in [(START_TIME, first_ns), (END_TIME, last_ns)] {
                let mut value = Vec::with_capacity(8);
                time(&mut value, moment);
                option(out, code, &value);
            }
        }
        for (code, count) in [
            (RECEIVED, statistics.received),
            (DROPPED_BY_INTERFACE, statistics.dropped_by_interface),
            (ACCEPTED, statistics.accepted),
            (DROPPED_BY_SYSTEM, statistics.dropped_by_system),
            (DELIVERED, statistics.delivered),
        ] {
            if let Some(count) = count {
                option(out, code, &count.to_le_bytes());
            }
        }
        option(out, END_OF_OPTIONS, &[]);
    });
}

/// How many of the blocks' first `limit` bytes belong to blocks that are
/// whole, and how many of those blocks are packets.
pub(super) fn whole(blocks: &[u8], limit: usize) -> (usize, u64) {
    let (mut at, mut packets) = (0, 0);
    while let Some(head) = blocks.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let [k0, k1, k2, k3, l0, l1, l2, l3] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length == 0 || limit - at < length {
            break;
        }
        at += length;
        packets += u64::from(u32::from_le_bytes([k0, k1, k2, k3]) == ENHANCED_PACKET);
    }
    (at, packets)
}

/// Type, length, body, and the length again (section 3.1).
fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend(kind.to_le_bytes());
    out.extend([0; 4]);
    body(out);
    // No body comes near 4 GiB: a packet is at most 128 MiB, and options are
    // few.
    let length = (out.len() - start + 4) as u32;
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&length.to_le_bytes());
    }
    out.extend(length.to_le_bytes());
}

/// Code, length, value, padding (section 3.5).
fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    pad(out);
}

/// An option of text, cut where it is too long.
fn text(out: &mut Vec<u8>, code: u16, text: &str) {
    if text.len() <= LONGEST_OPTION {
        return option(out, code, text.as_bytes());
    }
    let kept = up_to(text, LONGEST_OPTION - ELLIPSIS.len());
    option(out, code, [kept, ELLIPSIS].concat().as_bytes());
}

/// The longest beginning of a text that so many bytes hold.
fn up_to(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// Every block begins at a multiple of four bytes, so the buffer's length
/// tells where padding ends. It does too where the buffer was emptied between
/// blocks.
fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

/// The upper half first, whatever the byte order (section 4.3).
fn time(out: &mut Vec<u8>, time_ns: u64) {
    out.extend(((time_ns >> 32) as u32).to_le_bytes());
    out.extend((time_ns as u32).to_le_bytes());
}

/// What a packet's comment says before ours, which it has already when the
/// packet was read from a file that was written here.
fn before_ours<'a>(had: &'a str, ours: &str) -> &'a str {
    match had.strip_suffix(ours) {
        _ if ours.is_empty() => had,
        Some("") => "",
        Some(before) => before.strip_suffix('\n').unwrap_or(had),
        None => had,
    }
}
