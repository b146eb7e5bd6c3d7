//! IPv6 extension headers (RFC 8200, section 4) and the authentication header
//! of IPv4 and IPv6 (RFC 4302).

use std::net::IpAddr;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Fragment, Network, Protocol, names, registry};

/// What every one of them has at least. Only the authentication header is
/// longer, by its own length field.
const SHORTEST: usize = 8;

/// Decodes the header of this number, which the header before it gave.
pub(super) fn decode(cursor: &mut Cursor<'_, '_>, number: u8) {
    let Some(mut network) = cursor.packet.network else {
        return;
    };
    let Some(protocol) = protocol(&network, number) else {
        return;
    };
    let Some((protocol, length)) = read(&mut network, cursor.rest) else {
        return cursor.lacks(protocol, SHORTEST as u32);
    };
    if !cursor.fits(protocol, length) {
        return;
    }
    cursor.packet.network = Some(network);
    let readable = cursor.layer(protocol, length);
    if protocol == Protocol::Ipv6Fragment {
        cursor.is_in_fragment();
    }
    if readable && !network.is_later_fragment() {
        registry::ip_protocol(cursor, network.protocol);
    }
}

/// Reads the extension header that the network's protocol number announces,
/// puts what it says into `network`, and gives its name and length. `None`:
/// the number means none, or fewer than eight bytes are there.
pub(super) fn read(network: &mut Network, bytes: &[u8]) -> Option<(Protocol, u32)> {
    let protocol = protocol(network, network.protocol)?;
    let &[next, length_field, _, _, i0, i1, i2, i3] = bytes.first_chunk::<SHORTEST>()?;
    network.protocol = next;
    if protocol == Protocol::Ipv6Fragment {
        network.identification = u32::from_be_bytes([i0, i1, i2, i3]);
        // A single fragment that is the whole packet (RFC 6946) is none.
        network.fragment = fragment(bytes).filter(|fragment| fragment.offset != 0 || fragment.more);
    }
    Some((protocol, length(protocol, length_field)))
}

/// The part that a fragment header says that this is.
pub(super) fn fragment(header: &[u8]) -> Option<Fragment> {
    let &[_, _, high, low] = header.first_chunk()?;
    let word = u16::from_be_bytes([high, low]);
    Some(Fragment {
        offset: u32::from(word & !7),
        more: word & 1 != 0,
    })
}

/// The header that the number means; over IPv4 only authentication exists.
fn protocol(network: &Network, number: u8) -> Option<Protocol> {
    let v6 = matches!(network.source, IpAddr::V6(_));
    match number {
        51 => Some(Protocol::Ah),
        0 if v6 => Some(Protocol::Ipv6HopByHop),
        43 if v6 => Some(Protocol::Ipv6Routing),
        44 if v6 => Some(Protocol::Ipv6Fragment),
        60 if v6 => Some(Protocol::Ipv6Destination),
        _ => None,
    }
}

/// The header's length in bytes, from its length field.
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

/// The fields of hop-by-hop and destination options, whose names differ.
pub(super) fn option_fields(reader: &mut FieldReader<'_>, names: &OptionNames) {
    reader.named(names.next_header, 8, names::ip_protocol);
    reader.number(names.length, 8);
    while let Some(&kind) = reader.peek().first() {
        let length = match kind {
            // A single byte of padding, without length.
            0 => 1,
            _ => reader
                .peek()
                .get(1)
                .map_or(usize::MAX, |length| usize::from(*length) + 2),
        };
        if length > reader.bytes_remaining() {
            return;
        }
        reader.group(names.option, length, names.option_data, |option| {
            option.named(names.option_type, 8, option_name);
            if kind == 0 {
                return;
            }
            option.number(names.option_length, 8);
            let bits = option.remaining();
            match kind {
                5 if bits == 16 => drop(option.number("ipv6_hop_by_hop.router_alert", 16)),
                0xc2 if bits == 32 => drop(option.number("ipv6_hop_by_hop.jumbo_length", 32)),
                _ => {}
            }
        });
    }
}

/// What the fields are called in one of the two headers that carry options.
pub(super) struct OptionNames {
    next_header: &'static str,
    length: &'static str,
    option: &'static str,
    option_type: &'static str,
    option_length: &'static str,
    option_data: &'static str,
}

/// The names in the hop-by-hop options header.
pub(super) const HOP_BY_HOP: OptionNames = OptionNames {
    next_header: "ipv6_hop_by_hop.next_header",
    length: "ipv6_hop_by_hop.length",
    option: "ipv6_hop_by_hop.option",
    option_type: "ipv6_hop_by_hop.option.type",
    option_length: "ipv6_hop_by_hop.option.length",
    option_data: "ipv6_hop_by_hop.option.data",
};

/// The names in the destination options header.
pub(super) const DESTINATION: OptionNames = OptionNames {
    next_header: "ipv6_destination.next_header",
    length: "ipv6_destination.length",
    option: "ipv6_destination.option",
    option_type: "ipv6_destination.option.type",
    option_length: "ipv6_destination.option.length",
    option_data: "ipv6_destination.option.data",
};

fn option_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0 | 1 => "padding",
        4 => "tunnel encapsulation limit",
        5 => "router alert",
        7 => "CALIPSO",
        0x63 => "RPL",
        0xc2 => "jumbo payload",
        0xc9 => "home address",
        _ => return None,
    })
}

pub(super) fn routing_fields(reader: &mut FieldReader<'_>) {
    reader.named("ipv6_routing.next_header", 8, names::ip_protocol);
    reader.number("ipv6_routing.length", 8);
    let kind = reader.number("ipv6_routing.type", 8);
    reader.number("ipv6_routing.segments_left", 8);
    match kind {
        Some(0 | 2) => drop(reader.number("ipv6_routing.reserved", 32)),
        // Segment routing, RFC 8754.
        Some(4) => {
            reader.number("ipv6_routing.last_entry", 8);
            reader.number("ipv6_routing.flags", 8);
            reader.number("ipv6_routing.tag", 16);
        }
        _ => return,
    }
    while reader.bytes_remaining() >= 16 {
        reader.ipv6("ipv6_routing.address");
    }
}

pub(super) fn fragment_fields(reader: &mut FieldReader<'_>) {
    reader.named("ipv6_fragment.next_header", 8, names::ip_protocol);
    reader.number("ipv6_fragment.reserved", 8);
    reader.number("ipv6_fragment.offset", 13);
    reader.number("ipv6_fragment.reserved", 2);
    reader.flag("ipv6_fragment.more_fragments");
    reader.number("ipv6_fragment.identification", 32);
}

pub(super) fn authentication_fields(reader: &mut FieldReader<'_>) {
    reader.named("ah.next_header", 8, names::ip_protocol);
    reader.number("ah.length", 8);
    reader.number("ah.reserved", 16);
    reader.number("ah.security_parameters_index", 32);
    reader.number("ah.sequence", 32);
    reader.remainder("ah.integrity_check_value");
}
