//! Mirrored Ethernet frames in GRE (draft-foschiano-erspan): type I has no
//! header of its own, types II and III have.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ethernet, loopback};

/// The header of type II.
const LENGTH_2: usize = 8;

/// The header of type III, and the platform's header that may follow it.
const LENGTH_3: usize = 12;
const PLATFORM: u32 = 8;

/// GRE type 88be: type II when GRE numbers its packets, else type I.
pub(super) fn decode(cursor: &mut Cursor<'_, '_>, numbered: bool) {
    if numbered
        && (cursor.header::<LENGTH_2>(Protocol::Erspan).is_none()
            || !cursor.layer(Protocol::Erspan, LENGTH_2 as u32))
    {
        return;
    }
    ethernet::decode(cursor);
}

/// GRE type 22eb.
pub(super) fn decode_v3(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH_3>(Protocol::Erspan) else {
        return;
    };
    let platform = header[11] & 1 != 0;
    let frame_type = header[10] >> 2 & 0x1f;
    let length = LENGTH_3 as u32 + if platform { PLATFORM } else { 0 };
    if !cursor.fits(Protocol::Erspan, length) || !cursor.layer(Protocol::Erspan, length) {
        return;
    }
    match frame_type {
        0 => ethernet::decode(cursor),
        2 => loopback::decode_raw(cursor),
        _ => {}
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let version = reader.number("erspan.version", 4);
    reader.number("erspan.vlan", 12);
    reader.number("erspan.class_of_service", 3);
    reader.number("erspan.encapsulation", 2);
    reader.flag("erspan.truncated");
    reader.number("erspan.session", 10);
    if version == Some(1) {
        reader.number("erspan.reserved", 12);
        reader.number("erspan.index", 20);
        return;
    }
    reader.number("erspan.timestamp", 32);
    reader.number("erspan.security_group", 16);
    reader.flag("erspan.ethernet");
    reader.number("erspan.frame_type", 5);
    reader.number("erspan.hardware", 6);
    reader.flag("erspan.egress");
    reader.number("erspan.granularity", 2);
    reader.flag("erspan.platform_header");
    reader.remainder("erspan.platform");
}
