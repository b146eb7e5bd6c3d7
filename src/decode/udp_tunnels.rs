//! Tunnels in UDP: VXLAN (RFC 7348), Geneve (RFC 8926), Teredo (RFC 4380),
//! GTP-U (3GPP TS 29.281) and L2TP (RFC 2661). Datagrams that only share the
//! port do not look like it and stay payload.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ethernet, ipv4, ipv6, names, ppp, registry};

/// VXLAN's header; the fixed ones of Geneve and GTP-U are as long.
const LENGTH: usize = 8;

/// A VXLAN header with a network identifier.
const VXLAN_FLAGS: u8 = 0x08;

pub(super) fn decode_vxlan(cursor: &mut Cursor<'_, '_>) {
    if cursor
        .rest
        .first()
        .is_none_or(|flags| flags & VXLAN_FLAGS == 0)
    {
        return;
    }
    if cursor.header::<LENGTH>(Protocol::Vxlan).is_some()
        && cursor.layer(Protocol::Vxlan, LENGTH as u32)
    {
        ethernet::decode(cursor);
    }
}

pub(super) fn vxlan_fields(reader: &mut FieldReader<'_>) {
    reader.number("vxlan.flags", 8);
    reader.number("vxlan.reserved", 24);
    reader.number("vxlan.network_identifier", 24);
    reader.number("vxlan.reserved", 8);
}

pub(super) fn decode_geneve(cursor: &mut Cursor<'_, '_>) {
    let Some(&[first, _, t0, t1, ..]) = cursor.header::<LENGTH>(Protocol::Geneve) else {
        return;
    };
    if first >> 6 != 0 {
        return;
    }
    let length = LENGTH as u32 + u32::from(first & 0x3f) * 4;
    if cursor.fits(Protocol::Geneve, length) && cursor.layer(Protocol::Geneve, length) {
        match u16::from_be_bytes([t0, t1]) {
            0x6558 => ethernet::decode(cursor),
            ether_type => registry::ether_type(cursor, ether_type),
        }
    }
}

pub(super) fn geneve_fields(reader: &mut FieldReader<'_>) {
    reader.number("geneve.version", 2);
    reader.number("geneve.options_length", 6);
    reader.flag("geneve.control");
    reader.flag("geneve.critical_options");
    reader.number("geneve.reserved", 6);
    reader.named("geneve.type", 16, names::ether_type);
    reader.number("geneve.network_identifier", 24);
    reader.number("geneve.reserved", 8);
    while let Some(&[_, _, _, length]) = reader.peek().first_chunk() {
        let length = 4 + usize::from(length & 0x1f) * 4;
        if length > reader.bytes_remaining() {
            return;
        }
        reader.group("geneve.option", length, "geneve.option.data", |option| {
            option.number("geneve.option.class", 16);
            option.number("geneve.option.type", 8);
            option.number("geneve.option.reserved", 3);
            option.number("geneve.option.length", 5);
        });
    }
}

/// What Teredo may put before the IPv6 packet: proof of identity, and where
/// the packet came from.
const AUTHENTICATION: [u8; 2] = [0, 1];
const ORIGIN: [u8; 2] = [0, 0];
const ORIGIN_LENGTH: usize = 8;

pub(super) fn decode_teredo(cursor: &mut Cursor<'_, '_>) {
    let length = teredo_length(cursor.rest);
    let inner = cursor.rest.get(length..).unwrap_or_default();
    if inner.first().is_some_and(|byte| byte >> 4 == 6)
        && cursor.layer(Protocol::Teredo, length as u32)
    {
        ipv6::decode(cursor);
    }
}

fn teredo_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    if bytes.starts_with(&AUTHENTICATION) {
        let lengths = bytes.get(2..4).unwrap_or_default();
        // Nonce and confirmation byte, beside the two lengths' data.
        length = 13
            + lengths
                .iter()
                .map(|length| usize::from(*length))
                .sum::<usize>();
    }
    let rest = bytes.get(length..).unwrap_or_default();
    if rest.starts_with(&ORIGIN) {
        length += ORIGIN_LENGTH;
    }
    length
}

pub(super) fn teredo_fields(reader: &mut FieldReader<'_>) {
    if reader.peek().starts_with(&AUTHENTICATION) {
        reader.number("teredo.authentication.type", 16);
        let identifier = reader.number("teredo.authentication.identifier_length", 8);
        let value = reader.number("teredo.authentication.value_length", 8);
        for (name, length) in [
            ("teredo.authentication.identifier", identifier),
            ("teredo.authentication.value", value),
        ] {
            reader.bytes(name, length.unwrap_or_default() as usize);
        }
        reader.number("teredo.authentication.nonce", 64);
        reader.number("teredo.authentication.confirmation", 8);
    }
    if reader.bytes_remaining() >= ORIGIN_LENGTH {
        reader.number("teredo.origin.type", 16);
        reader.number("teredo.origin.obfuscated_port", 16);
        reader.number("teredo.origin.obfuscated_address", 32);
    }
}

/// GTP-U version 1 (and not GTP'), carrying a user's packet.
const GTP_VERSION: u8 = 0x30;
const GTP_PACKET: u8 = 255;

/// Extension header, sequence number, or N-PDU number: each alone makes the
/// header four bytes longer.
const GTP_OPTIONAL: u8 = 0x07;

pub(super) fn decode_gtp(cursor: &mut Cursor<'_, '_>) {
    let Some(&[flags, kind, l0, l1, ..]) = cursor.rest.first_chunk::<LENGTH>() else {
        return;
    };
    if flags & 0xf0 != GTP_VERSION {
        return;
    }
    let Some(length) = gtp_length(cursor.rest, flags) else {
        return cursor.lacks(Protocol::Gtp, LENGTH as u32 + 4);
    };
    let data = u32::from(u16::from_be_bytes([l0, l1]));
    cursor.limit_by_field(Protocol::Gtp, LENGTH as u32 + data);
    if !cursor.fits(Protocol::Gtp, length)
        || !cursor.layer(Protocol::Gtp, length)
        || kind != GTP_PACKET
    {
        return;
    }
    match cursor.rest.first().map(|byte| byte >> 4) {
        Some(4) => ipv4::decode(cursor),
        Some(6) => ipv6::decode(cursor),
        _ => {}
    }
}

/// The header's length with the extension headers, each of which says the type
/// of the next in its last byte.
fn gtp_length(bytes: &[u8], flags: u8) -> Option<u32> {
    if flags & GTP_OPTIONAL == 0 {
        return Some(LENGTH as u32);
    }
    let mut length = LENGTH + 4;
    let mut next = *bytes.get(length - 1)?;
    while flags & 4 != 0 && next != 0 {
        let extension = usize::from(*bytes.get(length)?) * 4;
        if extension == 0 {
            break;
        }
        length += extension;
        next = *bytes.get(length - 1)?;
    }
    Some(length as u32)
}

pub(super) fn gtp_fields(reader: &mut FieldReader<'_>) {
    reader.number("gtp.version", 3);
    reader.flag("gtp.protocol_type");
    reader.flag("gtp.reserved");
    let extension = reader.flag("gtp.flags.extension");
    let sequence = reader.flag("gtp.flags.sequence");
    let number = reader.flag("gtp.flags.n_pdu_number");
    reader.number("gtp.message_type", 8);
    reader.number("gtp.length", 16);
    reader.number("gtp.tunnel_endpoint", 32);
    if [extension, sequence, number].contains(&Some(true)) {
        reader.number("gtp.sequence", 16);
        reader.number("gtp.n_pdu_number", 8);
        reader.number("gtp.next_extension", 8);
        reader.remainder("gtp.extensions");
    }
}

const L2TP_CONTROL: u16 = 0x8000;
const L2TP_LENGTH: u16 = 0x4000;
const L2TP_SEQUENCE: u16 = 0x0800;
const L2TP_OFFSET: u16 = 0x0200;
const L2TP_VERSION: u16 = 0x000f;

pub(super) fn decode_l2tp(cursor: &mut Cursor<'_, '_>) {
    let Some(&flags) = cursor.rest.first_chunk::<2>() else {
        return;
    };
    let flags = u16::from_be_bytes(flags);
    if flags & L2TP_VERSION != 2 {
        return;
    }
    let has = |bit: u16| flags & bit != 0;
    let mut length = 6;
    let total = cursor.rest.get(2..4).filter(|_| has(L2TP_LENGTH));
    length += if has(L2TP_LENGTH) { 2 } else { 0 };
    length += if has(L2TP_SEQUENCE) { 4 } else { 0 };
    if has(L2TP_OFFSET) {
        let Some(&[o0, o1]) = cursor.rest.get(length..length + 2) else {
            return cursor.lacks(Protocol::L2tp, length as u32 + 2);
        };
        length += 2 + usize::from(u16::from_be_bytes([o0, o1]));
    }
    let length = length as u32;
    if let Some(&[l0, l1]) = total {
        cursor.limit_by_field(Protocol::L2tp, u16::from_be_bytes([l0, l1]).into());
    }
    if cursor.fits(Protocol::L2tp, length)
        && cursor.layer(Protocol::L2tp, length)
        && !has(L2TP_CONTROL)
        && cursor.remaining() > 0
    {
        ppp::decode(cursor);
    }
}

pub(super) fn l2tp_fields(reader: &mut FieldReader<'_>) {
    let Some(flags) = reader.peek_bits(16) else {
        return;
    };
    let has = |bit: u16| flags & u64::from(bit) != 0;
    reader.flag("l2tp.flags.control");
    reader.flag("l2tp.flags.length");
    reader.number("l2tp.reserved", 2);
    reader.flag("l2tp.flags.sequence");
    reader.number("l2tp.reserved", 1);
    reader.flag("l2tp.flags.offset");
    reader.flag("l2tp.flags.priority");
    reader.number("l2tp.reserved", 4);
    reader.number("l2tp.version", 4);
    if has(L2TP_LENGTH) {
        reader.number("l2tp.length", 16);
    }
    reader.number("l2tp.tunnel", 16);
    reader.number("l2tp.session", 16);
    if has(L2TP_SEQUENCE) {
        reader.number("l2tp.sequence", 16);
        reader.number("l2tp.expected_sequence", 16);
    }
    if has(L2TP_OFFSET) {
        reader.number("l2tp.offset", 16);
        reader.remainder("l2tp.offset_padding");
    }
}
