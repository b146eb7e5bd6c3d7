//! BSD loopback (`LINKTYPE_NULL`, `LINKTYPE_LOOP`): four bytes of address
//! family; and raw IP, which has no link header at all.

use super::cursor::Cursor;
use super::field::{FieldReader, FieldValue};
use super::{Protocol, ipv4, ipv6, registry};

/// The address family.
const LENGTH: usize = 4;

/// `LINKTYPE_NULL`: the family in the byte order of the capturing host, which
/// the file does not tell.
pub(super) fn decode_null(cursor: &mut Cursor<'_, '_>) {
    let Some(&header) = cursor.header::<LENGTH>(Protocol::Loopback) else {
        return;
    };
    if cursor.layer(Protocol::Loopback, LENGTH as u32) {
        follow(cursor, host_order(header));
    }
}

/// Families are small, so the order that gives a small number is the right
/// one.
pub(super) fn host_order(header: [u8; LENGTH]) -> u32 {
    u32::from_le_bytes(header).min(u32::from_be_bytes(header))
}

/// `LINKTYPE_LOOP`: the family in network byte order.
pub(super) fn decode_loop(cursor: &mut Cursor<'_, '_>) {
    let Some(&header) = cursor.header::<LENGTH>(Protocol::Loopback) else {
        return;
    };
    if cursor.layer(Protocol::Loopback, LENGTH as u32) {
        // OpenBSD wrote host order for a while; no family is so large.
        follow(cursor, host_order(header));
    }
}

/// Families as the systems number them: IPv4 is 2 everywhere; IPv6 is 10 on
/// Linux, 23 on Windows, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS.
fn follow(cursor: &mut Cursor<'_, '_>, family: u32) {
    match family {
        2 => ipv4::decode(cursor),
        10 | 23 | 24 | 28 | 30 => ipv6::decode(cursor),
        // Some put an EtherType here.
        0x600..=0xffff => registry::ether_type(cursor, family as u16),
        _ => {}
    }
}

/// Raw IP: the version stands in the first four bits.
pub(super) fn decode_raw(cursor: &mut Cursor<'_, '_>) {
    match cursor.rest.first().map(|byte| byte >> 4) {
        Some(4) => ipv4::decode(cursor),
        Some(6) => ipv6::decode(cursor),
        Some(version) => cursor.invalid(Protocol::Ipv4, "ipv4.version", version.into()),
        None => cursor.lacks(Protocol::Ipv4, 1),
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    if let Some(&header) = reader.peek().first_chunk() {
        let family = host_order(header).into();
        let value = match family {
            2 => FieldValue::Named(family, "IPv4"),
            10 | 23 | 24 | 28 | 30 => FieldValue::Named(family, "IPv6"),
            _ => FieldValue::Number(family),
        };
        reader.value("loopback.family", 32, value);
    }
}
