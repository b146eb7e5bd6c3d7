//! ICMP (RFC 792) and ICMPv6 (RFC 4443). The header is eight bytes, and what
//! follows is payload: an echo's data, the packet that an error quotes. The
//! messages that are nothing but header (timestamps, neighbour discovery,
//! multicast listeners) are header to their end.

use super::cursor::Cursor;
use super::{Icmp, Protocol, Transport, View};

/// Type, code, checksum: what every message has.
const FIXED: usize = 4;

/// The length of a header, with the four bytes that depend on the type.
const LENGTH: u32 = 8;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    decode_as(cursor, Protocol::Icmp);
}

pub(super) fn decode_v6(cursor: &mut Cursor<'_, '_>) {
    decode_as(cursor, Protocol::Icmpv6);
}

fn decode_as(cursor: &mut Cursor<'_, '_>, protocol: Protocol) {
    let Some(header) = cursor.header::<FIXED>(protocol) else {
        return;
    };
    let kind = header[0];
    let v6 = protocol == Protocol::Icmpv6;
    let icmp = read(cursor.rest, v6);
    let whole = if v6 {
        is_whole_v6(kind)
    } else {
        is_whole_v4(kind)
    };
    let wanted = if whole {
        cursor.remaining().max(LENGTH)
    } else {
        LENGTH
    };
    if wanted > cursor.remaining() {
        cursor.lacks(protocol, wanted);
    }
    cursor.layer(protocol, wanted.min(cursor.remaining()));
    cursor.packet.transport = icmp.map_or(Transport::None, Transport::Icmp);
}

/// Router advertisement and solicitation, timestamps, information, address
/// mask.
fn is_whole_v4(kind: u8) -> bool {
    matches!(kind, 9 | 10 | 13..=18)
}

/// Multicast listeners (RFC 2710, RFC 3810) and neighbour discovery (RFC
/// 4861).
fn is_whole_v6(kind: u8) -> bool {
    matches!(kind, 130..=137 | 143)
}

/// Missing bytes of the last four are read as 0.
fn read(bytes: &[u8], v6: bool) -> Option<Icmp> {
    let (&[kind, code, _, _], behind) = bytes.split_first_chunk::<FIXED>()?;
    Some(Icmp {
        kind,
        code,
        rest: behind.first_chunk().copied().map(u32::from_be_bytes),
        v6,
    })
}

pub(super) fn view<'a>(header: &'a [u8], v6: bool) -> Option<View<'a>> {
    read(header, v6).map(View::Icmp)
}
