//! IPv6 extension headers (RFC 8200, section 4) and the authentication header
//! of IPv4 and IPv6 (RFC 4302).

use std::net::IpAddr;

use super::cursor::Cursor;
use super::{Fragment, Protocol, registry};

/// What every one of them has at least. Only the authentication header is
/// longer, by its own length field.
const SHORTEST: usize = 8;

/// Decodes the header of this number, which the header before it gave.
pub(super) fn decode(cursor: &mut Cursor<'_, '_>, number: u8) {
    let Some(protocol) = protocol(cursor, number) else {
        return;
    };
    let Some(&start) = cursor.header::<SHORTEST>(protocol) else {
        return;
    };
    let length = length(protocol, start[1]);
    if !cursor.fits(protocol, length) {
        return;
    }
    let mut later_fragment = false;
    if let Some(network) = &mut cursor.packet.network {
        network.protocol = start[0];
        if protocol == Protocol::Ipv6Fragment {
            let fragment = fragment(start);
            network.identification = u32::from_be_bytes([start[4], start[5], start[6], start[7]]);
            network.fragment = (fragment.offset != 0 || fragment.more).then_some(fragment);
            later_fragment = fragment.offset != 0;
        }
    }
    if cursor.layer(protocol, length) && !later_fragment {
        registry::ip_protocol(cursor, start[0]);
    }
}

/// Which header the number means; over IPv4 only authentication exists.
fn protocol(cursor: &Cursor<'_, '_>, number: u8) -> Option<Protocol> {
    let v6 = cursor
        .packet
        .network
        .is_some_and(|network| matches!(network.source, IpAddr::V6(_)));
    match number {
        51 => Some(Protocol::Ah),
        0 if v6 => Some(Protocol::Ipv6HopByHop),
        43 if v6 => Some(Protocol::Ipv6Routing),
        44 if v6 => Some(Protocol::Ipv6Fragment),
        60 if v6 => Some(Protocol::Ipv6Destination),
        _ => None,
    }
}

/// In bytes, from the header's length field.
fn length(protocol: Protocol, field: u8) -> u32 {
    let field = u32::from(field);
    match protocol {
        // The byte is reserved there.
        Protocol::Ipv6Fragment => SHORTEST as u32,
        // RFC 4302, section 2.2: four-byte words, minus 2.
        Protocol::Ah => (field + 2) * 4,
        // RFC 8200: eight-byte units, without the first.
        _ => (field + 1) * 8,
    }
}

fn fragment(header: [u8; SHORTEST]) -> Fragment {
    let word = u16::from_be_bytes([header[2], header[3]]);
    Fragment {
        offset: u32::from(word & !7),
        more: word & 1 != 0,
    }
}
