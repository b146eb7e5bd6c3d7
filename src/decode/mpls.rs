//! MPLS label stack entries (RFC 3032).

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ipv4, ipv6};

/// Label, class, bottom mark, time to live.
const LENGTH: usize = 4;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let mut bottom = false;
    while !bottom {
        let Some(entry) = cursor.header::<LENGTH>(Protocol::Mpls) else {
            return;
        };
        bottom = entry[2] & 1 != 0;
        if !cursor.layer(Protocol::Mpls, LENGTH as u32) {
            return;
        }
    }
    // The labels do not tell what they carry; the first four bits do for IP,
    // and pseudowires keep away from its numbers (RFC 4385).
    match cursor.rest.first().map(|byte| byte >> 4) {
        Some(4) => ipv4::decode(cursor),
        Some(6) => ipv6::decode(cursor),
        _ => {}
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("mpls.label", 20);
    reader.number("mpls.traffic_class", 3);
    reader.flag("mpls.bottom");
    reader.number("mpls.ttl", 8);
}
