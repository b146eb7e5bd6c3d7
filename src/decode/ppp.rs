//! PPP (RFC 1661, RFC 1662), PPP over Ethernet (RFC 2516), and Cisco's HDLC,
//! which shares its line.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ipv4, ipv6, mpls, names, registry};

/// Address ff and control 03, unless both sides agreed to leave them out.
const ADDRESS_AND_CONTROL: [u8; 2] = [0xff, 0x03];

/// Cisco's keep-alives take RARP's number.
const SLARP: u16 = 0x8035;

/// Version, type, code, session, length.
const PPPOE: usize = 6;

/// A PPP frame, with or without address and control.
pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let before = if cursor.rest.starts_with(&ADDRESS_AND_CONTROL) {
        2
    } else {
        0
    };
    let Some((number, length)) = protocol_field(cursor.rest.get(before..).unwrap_or_default())
    else {
        return cursor.lacks(Protocol::Ppp, before as u32 + 2);
    };
    if cursor.layer(Protocol::Ppp, before as u32 + length) {
        follow(cursor, number);
    }
}

/// A line with PPP or Cisco's HDLC on it: their address bytes differ.
pub(super) fn decode_line(cursor: &mut Cursor<'_, '_>) {
    match cursor.rest.first() {
        Some(0x0f | 0x8f) => decode_cisco(cursor),
        _ => decode(cursor),
    }
}

/// PPP as `pppd` writes it: the first byte is the direction instead of the
/// address.
pub(super) fn decode_with_direction(cursor: &mut Cursor<'_, '_>) {
    let Some(&[_, _, high, low]) = cursor.header::<4>(Protocol::Ppp) else {
        return;
    };
    if cursor.layer(Protocol::Ppp, 4) {
        follow(cursor, u16::from_be_bytes([high, low]));
    }
}

/// Cisco's HDLC: address, control, EtherType.
pub(super) fn decode_cisco(cursor: &mut Cursor<'_, '_>) {
    let Some(&[_, _, high, low]) = cursor.header::<4>(Protocol::CiscoHdlc) else {
        return;
    };
    let ether_type = u16::from_be_bytes([high, low]);
    if cursor.layer(Protocol::CiscoHdlc, 4) && ether_type != SLARP {
        registry::ether_type(cursor, ether_type);
    }
}

/// The session stage of PPPoE. Its frames are code 0; others carry tags.
pub(super) fn decode_pppoe(cursor: &mut Cursor<'_, '_>) {
    let Some(&[_, code, _, _, l0, l1]) = cursor.header::<PPPOE>(Protocol::Pppoe) else {
        return;
    };
    let (_, behind) = cursor.rest.split_at_checked(PPPOE).unwrap_or_default();
    let field = protocol_field(behind);
    let length = PPPOE as u32 + u32::from(u16::from_be_bytes([l0, l1]));
    cursor.limit_by_field(Protocol::Pppoe, length);
    let header_length = match field {
        Some((_, field)) if code == 0 => PPPOE as u32 + field,
        _ => PPPOE as u32,
    };
    if cursor.fits(Protocol::Pppoe, header_length)
        && cursor.layer(Protocol::Pppoe, header_length)
        && code == 0
        && let Some((number, _)) = field
    {
        follow(cursor, number);
    }
}

/// The protocol number and the bytes that it takes: its last byte is odd, all
/// others even, and an upper byte of 0 may be left out.
fn protocol_field(bytes: &[u8]) -> Option<(u16, u32)> {
    match *bytes {
        [low, ..] if low & 1 == 1 => Some((low.into(), 1)),
        [high, low, ..] => Some((u16::from_be_bytes([high, low]), 2)),
        _ => None,
    }
}

fn follow(cursor: &mut Cursor<'_, '_>, number: u16) {
    match number {
        0x0021 => ipv4::decode(cursor),
        0x0057 => ipv6::decode(cursor),
        0x0281 | 0x0283 => mpls::decode(cursor),
        _ => {}
    }
}

/// The protocol number in a header of PPP or PPPoE; `None` where it has none,
/// as the stage has that finds a partner for PPPoE.
pub(super) fn announced(protocol: Protocol, header: &[u8]) -> Option<u16> {
    let field = match protocol {
        Protocol::Pppoe => header.get(PPPOE..)?,
        // Address (or direction) and control, where they were sent.
        _ if header.len() > 2 => header.get(2..)?,
        _ => header,
    };
    protocol_field(field).map(|(number, _)| number)
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let length = reader.bytes_remaining();
    if length > 2 {
        reader.number("ppp.address", 8);
        reader.number("ppp.control", 8);
    }
    let bits = reader.remaining();
    reader.named("ppp.protocol", bits, protocol_name);
}

pub(super) fn cisco_fields(reader: &mut FieldReader<'_>) {
    reader.number("cisco_hdlc.address", 8);
    reader.number("cisco_hdlc.control", 8);
    reader.named("cisco_hdlc.type", 16, names::ether_type);
}

pub(super) fn pppoe_fields(reader: &mut FieldReader<'_>) {
    reader.number("pppoe.version", 4);
    reader.number("pppoe.type", 4);
    reader.number("pppoe.code", 8);
    reader.number("pppoe.session", 16);
    reader.number("pppoe.length", 16);
    let bits = reader.remaining();
    if bits > 0 {
        reader.named("pppoe.protocol", bits, protocol_name);
    }
}

pub(super) fn protocol_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0x0021 => "IPv4",
        0x0023 => "OSI network layer",
        0x0029 => "AppleTalk",
        0x002b => "IPX",
        0x002d => "compressed TCP",
        0x002f => "Van Jacobson TCP",
        0x0031 => "bridged frame",
        0x003d => "multilink",
        0x0057 => "IPv6",
        0x00fb => "compressed link",
        0x00fd => "compressed",
        0x0281 => "MPLS",
        0x0283 => "MPLS multicast",
        0x8021 => "IPCP",
        0x8023 => "OSINLCP",
        0x802b => "IPXCP",
        0x8031 => "BCP",
        0x8057 => "IPV6CP",
        0x80fb => "link CCP",
        0x80fd => "CCP",
        0x8281 => "MPLSCP",
        0xc021 => "LCP",
        0xc023 => "PAP",
        0xc025 => "LQR",
        0xc223 => "CHAP",
        0xc227 => "EAP",
        _ => return None,
    })
}
