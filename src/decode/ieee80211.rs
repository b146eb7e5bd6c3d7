//! Wireless frames (IEEE 802.11, section 9.2) as they were in the air, and the
//! radiotap header (radiotap.org) in which receivers tell how they heard them.
//! Data frames are read on; what they carry is encrypted in most networks.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, llc};

/// Frame control, duration and the receiver's address: what all frames have.
const SHORTEST: usize = 10;

/// The header of a management or data frame with three addresses.
const THREE_ADDRESSES: u32 = 24;

/// Types of frames, two bits of the first byte.
pub(super) const MANAGEMENT: u8 = 0;
pub(super) const CONTROL: u8 = 1;
pub(super) const DATA: u8 = 2;

/// Bits of a data frame's subtype.
const NO_DATA: u8 = 4;
const QOS: u8 = 8;

/// Bits of the second byte of frame control.
const TO_AND_FROM: u8 = 3;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;

/// The bit of QoS control that says that several frames are joined in one.
const AGGREGATE: u8 = 0x80;

/// The version, a byte of padding, the length, and which fields are present.
const RADIOTAP: usize = 8;

/// Bits of the radiotap flags: the frame ends in its check sequence; padding
/// stands between its header and its data.
const CHECK_SEQUENCE_FOLLOWS: u8 = 0x10;
const HEADER_IS_PADDED: u8 = 0x20;

/// The frame check sequence (IEEE 802.11, section 9.2.4.9).
const CHECK_SEQUENCE: u32 = 4;

/// The type of a frame, by its first byte.
pub(super) const fn frame_type(first: u8) -> u8 {
    first >> 2 & 3
}

/// Whether a frame's data are encrypted, by its second byte.
pub(super) const fn is_protected(second: u8) -> bool {
    second & PROTECTED != 0
}

/// A frame without anything before it.
pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    decode_frame(cursor, false);
}

pub(super) fn decode_radiotap(cursor: &mut Cursor<'_, '_>) {
    let Some(&[version, _, l0, l1, ..]) = cursor.header::<RADIOTAP>(Protocol::Radiotap) else {
        return;
    };
    let length = u16::from_le_bytes([l0, l1]);
    if version != 0 {
        return cursor.invalid(Protocol::Radiotap, "radiotap.version", version.into());
    }
    if usize::from(length) < RADIOTAP {
        return cursor.invalid(Protocol::Radiotap, "radiotap.length", length.into());
    }
    let length = u32::from(length);
    let header = cursor.rest.get(..length as usize).unwrap_or(cursor.rest);
    let flags = radiotap_flags(header).unwrap_or_default();
    if !cursor.fits(Protocol::Radiotap, length) || !cursor.layer(Protocol::Radiotap, length) {
        return;
    }
    if flags & CHECK_SEQUENCE_FOLLOWS != 0 {
        cursor.limit(cursor.remaining().saturating_sub(CHECK_SEQUENCE));
    }
    decode_frame(cursor, flags & HEADER_IS_PADDED != 0);
}

/// The flags field, if it is present. Fields stand in the order of their bits,
/// each at a multiple of its size: before the flags there is only the time.
fn radiotap_flags(header: &[u8]) -> Option<u8> {
    let word = |at: usize| {
        let bytes = header.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let present = word(4)?;
    let mut at = RADIOTAP;
    // Each word of presence bits says in its last whether another follows.
    let mut last = present;
    while last >> 31 != 0 {
        last = word(at)?;
        at += 4;
    }
    if present & 1 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    if present & 2 == 0 {
        return None;
    }
    header.get(at).copied()
}

fn decode_frame(cursor: &mut Cursor<'_, '_>, is_padded: bool) {
    let Some(&[first, second, ..]) = cursor.header::<SHORTEST>(Protocol::Ieee80211) else {
        return;
    };
    if first & 3 != 0 {
        return cursor.invalid(Protocol::Ieee80211, "ieee80211.version", (first & 3).into());
    }
    let length = header_length(first, second);
    // The first byte of QoS control is the second to last of the header, or
    // stands before the four bytes of HT control.
    let qos = qos_control(cursor.rest, first, second);
    let length = match is_padded {
        true => length.next_multiple_of(4),
        false => length,
    };
    if !cursor.fits(Protocol::Ieee80211, length) || !cursor.layer(Protocol::Ieee80211, length) {
        return;
    }
    let subtype = first >> 4;
    let holds_one_frame = frame_type(first) == DATA
        && subtype & NO_DATA == 0
        && !is_protected(second)
        && qos.is_none_or(|qos| qos & AGGREGATE == 0);
    // Only the first fragment begins with LLC.
    if holds_one_frame && cursor.remaining() > 0 && !is_later_fragment(cursor, length) {
        llc::decode(cursor);
    }
}

/// Whether a data frame continues another: its fragment number is not 0.
fn is_later_fragment(cursor: &Cursor<'_, '_>, header_length: u32) -> bool {
    let start = (cursor.at - header_length) as usize;
    let sequence_control = cursor.packet.frame.bytes.get(start + 22);
    sequence_control.is_some_and(|byte| byte & 0x0f != 0)
}

/// Bytes of the header, as frame control says.
fn header_length(first: u8, second: u8) -> u32 {
    match (frame_type(first), first >> 4) {
        (DATA, subtype) => {
            let fourth_address = if second & TO_AND_FROM == TO_AND_FROM {
                6
            } else {
                0
            };
            let qos = if subtype & QOS != 0 { 2 } else { 0 };
            let high_throughput = if subtype & QOS != 0 && second & ORDER != 0 {
                4
            } else {
                0
            };
            THREE_ADDRESSES + fourth_address + qos + high_throughput
        }
        (MANAGEMENT, _) => THREE_ADDRESSES + if second & ORDER != 0 { 4 } else { 0 },
        // Block acknowledgments and the like have both addresses, clear to
        // send and acknowledgments the receiver's only.
        (CONTROL, 0x0c | 0x0d) => SHORTEST as u32,
        (CONTROL, _) => 16,
        _ => SHORTEST as u32,
    }
}

/// The first byte of QoS control, where there is one.
fn qos_control(frame: &[u8], first: u8, second: u8) -> Option<u8> {
    if frame_type(first) != DATA || first >> 4 & QOS == 0 {
        return None;
    }
    let behind_addresses = if second & TO_AND_FROM == TO_AND_FROM {
        30
    } else {
        24
    };
    frame.get(behind_addresses).copied()
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let [first, second] = reader.peek().first_chunk().copied().unwrap_or_default();
    reader.number("ieee80211.subtype", 4);
    reader.named("ieee80211.type", 2, |number| {
        Some(match number as u8 {
            MANAGEMENT => "management",
            CONTROL => "control",
            DATA => "data",
            _ => "extension",
        })
    });
    reader.number("ieee80211.version", 2);
    reader.flag("ieee80211.flags.order");
    reader.flag("ieee80211.flags.protected");
    reader.flag("ieee80211.flags.more_data");
    reader.flag("ieee80211.flags.power_management");
    reader.flag("ieee80211.flags.retry");
    reader.flag("ieee80211.flags.more_fragments");
    reader.flag("ieee80211.flags.from_distribution");
    reader.flag("ieee80211.flags.to_distribution");
    reader.little_endian("ieee80211.duration", 2);
    reader.mac("ieee80211.receiver");
    if reader.bytes_remaining() >= 6 {
        reader.mac("ieee80211.transmitter");
    }
    if frame_type(first) == CONTROL || reader.bytes_remaining() < 8 {
        return;
    }
    reader.mac("ieee80211.address_3");
    reader.little_endian("ieee80211.sequence_control", 2);
    if frame_type(first) == DATA {
        if second & TO_AND_FROM == TO_AND_FROM {
            reader.mac("ieee80211.address_4");
        }
        if first >> 4 & QOS != 0 {
            reader.little_endian("ieee80211.qos_control", 2);
        }
    }
}

pub(super) fn radiotap_fields(reader: &mut FieldReader<'_>) {
    reader.number("radiotap.version", 8);
    reader.number("radiotap.padding", 8);
    reader.little_endian("radiotap.length", 2);
    reader.little_endian("radiotap.present", 4);
    reader.remainder("radiotap.fields");
}
