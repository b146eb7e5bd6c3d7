//! Per-packet information (`LINKTYPE_PPI`): fields about the reception, then a
//! frame of the link type that the header names.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, registry};
use crate::capture::LinkType;

/// Version, flags, length and link type.
const FIXED: usize = 8;

/// Type and length of each field.
const FIELD: usize = 4;

/// The field that tells of an 802.11 frame, in general.
const COMMON_802_11: u16 = 2;

/// Where the flags stand in the data of that field, and the flag that says
/// that the frame ends in its check sequence.
const FLAGS_AT: usize = 8;
const HAS_CHECK_SEQUENCE: u8 = 1;

/// The frame check sequence of 802.11 (IEEE 802.11, 9.2.4.9).
const CHECK_SEQUENCE: u32 = 4;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(&[_, _, l0, l1, t0, t1, t2, t3]) = cursor.header::<FIXED>(Protocol::Ppi) else {
        return;
    };
    let length = u16::from_le_bytes([l0, l1]);
    if usize::from(length) < FIXED {
        return cursor.invalid(Protocol::Ppi, "ppi.length", length.into());
    }
    let information = cursor.rest.get(FIXED..usize::from(length));
    let ends_in_check = ends_in_check_sequence(information.unwrap_or_default());
    if !cursor.fits(Protocol::Ppi, length.into()) || !cursor.layer(Protocol::Ppi, length.into()) {
        return;
    }
    if ends_in_check {
        cursor.limit(cursor.remaining().saturating_sub(CHECK_SEQUENCE));
    }
    // Numbers beyond 16 bits are no link types.
    if let Ok(link_type) = u16::try_from(u32::from_le_bytes([t0, t1, t2, t3])) {
        registry::link_type(cursor, LinkType(link_type));
    }
}

/// Whether the fields say that the frame ends in its check sequence.
fn ends_in_check_sequence(mut fields: &[u8]) -> bool {
    while let Some((&[t0, t1, l0, l1], behind)) = fields.split_first_chunk::<FIELD>() {
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        if u16::from_le_bytes([t0, t1]) == COMMON_802_11 {
            let flags = behind.get(..length).and_then(|data| data.get(FLAGS_AT));
            return flags.is_some_and(|flags| flags & HAS_CHECK_SEQUENCE != 0);
        }
        fields = behind.get(length..).unwrap_or_default();
    }
    false
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("ppi.version", 8);
    reader.number("ppi.flags", 8);
    reader.little_endian("ppi.length", 2);
    reader.little_endian("ppi.link_type", 4);
    reader.remainder("ppi.fields");
}
