//! IEEE 802.2 logical link control, and SNAP behind it (RFC 1042).

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ipv4, names, registry};

/// The value of both service access points of a frame that SNAP follows.
const SNAP: u8 = 0xaa;

/// Unnumbered information, the control byte of data without a connection.
const UNNUMBERED_INFORMATION: u8 = 3;

/// Organisation code, and a type of that organisation.
const SNAP_LENGTH: usize = 5;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    // Novell's "raw 802.3" has no LLC: IPX begins with its checksum, ffff.
    if cursor.rest.starts_with(&[0xff, 0xff]) {
        return;
    }
    let Some(&[destination, source, control]) = cursor.header::<3>(Protocol::Llc) else {
        return;
    };
    let length = length(control);
    if !cursor.fits(Protocol::Llc, length) || !cursor.layer(Protocol::Llc, length) {
        return;
    }
    match (destination, source, control) {
        (SNAP, SNAP, UNNUMBERED_INFORMATION) => decode_snap(cursor),
        (0x06, 0x06, UNNUMBERED_INFORMATION) => ipv4::decode(cursor),
        _ => {}
    }
}

/// Unnumbered frames have one control byte, the numbered ones two.
pub(super) fn length(control: u8) -> u32 {
    if control & 3 == 3 { 3 } else { 4 }
}

pub(super) fn decode_snap(cursor: &mut Cursor<'_, '_>) {
    let Some(&[a, b, c, high, low]) = cursor.header::<SNAP_LENGTH>(Protocol::Snap) else {
        return;
    };
    if !cursor.layer(Protocol::Snap, SNAP_LENGTH as u32) {
        return;
    }
    // 00-00-00: EtherTypes; 00-00-f8: the same behind bridges that keep
    // 802.1H's distinction.
    if matches!([a, b, c], [0, 0, 0] | [0, 0, 0xf8]) {
        registry::ether_type(cursor, u16::from_be_bytes([high, low]));
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("llc.destination", 8);
    reader.number("llc.source", 8);
    let control = reader.bytes_remaining() as u64 * 8;
    reader.number("llc.control", control.max(8));
}

pub(super) fn fields_snap(reader: &mut FieldReader<'_>) {
    reader.number("snap.organization", 24);
    reader.named("snap.type", 16, names::ether_type);
}
