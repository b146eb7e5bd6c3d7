//! Ethernet II and IEEE 802.3 (the type field below 0x600 is a length).

use etherparse::Ethernet2HeaderSlice;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Ethernet, Protocol, View, llc, names, registry};

/// Two addresses and the type or length.
const LENGTH: usize = 14;

/// Values from here on are EtherTypes, below they are lengths.
const FIRST_ETHER_TYPE: u16 = 0x600;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH>(Protocol::Ethernet) else {
        return;
    };
    let type_or_length = u16::from_be_bytes([header[12], header[13]]);
    if cursor.layer(Protocol::Ethernet, LENGTH as u32) {
        type_or_length_field(cursor, type_or_length);
    }
}

/// What follows the type or length field of Ethernet or of a VLAN tag.
pub(super) fn type_or_length_field(cursor: &mut Cursor<'_, '_>, type_or_length: u16) {
    if type_or_length >= FIRST_ETHER_TYPE {
        registry::ether_type(cursor, type_or_length);
    } else {
        cursor.limit_by_field(Protocol::Ethernet, type_or_length.into());
        if type_or_length > 0 {
            llc::decode(cursor);
        }
    }
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let header = Ethernet2HeaderSlice::from_slice(header).ok()?;
    Some(View::Ethernet(Ethernet {
        destination: header.destination(),
        source: header.source(),
        ether_type: header.ether_type().0,
    }))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.mac("ethernet.destination");
    reader.mac("ethernet.source");
    type_or_length_fields(reader, "ethernet.type", "ethernet.length");
}

/// Names the two bytes of type or length as their value demands.
pub(super) fn type_or_length_fields(
    reader: &mut FieldReader<'_>,
    ether_type: &'static str,
    length: &'static str,
) {
    if reader.peek_bits(16) < Some(FIRST_ETHER_TYPE.into()) {
        reader.number(length, 16);
    } else {
        reader.named(ether_type, 16, names::ether_type);
    }
}
