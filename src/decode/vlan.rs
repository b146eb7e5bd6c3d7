//! IEEE 802.1Q tags, 802.1ad service tags, and the older numbers for them.

use etherparse::SingleVlanHeaderSlice;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, View, Vlan, ethernet};

/// Tag control information and the next type.
pub(super) const LENGTH: usize = 4;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH>(Protocol::Vlan) else {
        return;
    };
    let (id, type_or_length) = read(header);
    if cursor.layer(Protocol::Vlan, LENGTH as u32) {
        let outer = cursor.packet.vlan.unwrap_or_default() & 0xfff;
        cursor.packet.vlan = Some(outer << 16 | id);
        ethernet::type_or_length_field(cursor, type_or_length);
    }
}

/// The id, and the type or length behind it.
pub(super) fn read(header: &[u8; LENGTH]) -> (u32, u16) {
    let [a, b, type_or_length @ ..] = *header;
    let id = u16::from_be_bytes([a, b]) & 0xfff;
    (id.into(), u16::from_be_bytes(type_or_length))
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let header = SingleVlanHeaderSlice::from_slice(header).ok()?;
    Some(View::Vlan(Vlan {
        id: header.vlan_identifier().value(),
        priority: header.priority_code_point().value(),
        drop_eligible: header.drop_eligible_indicator(),
        ether_type: header.ether_type().0,
    }))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("vlan.priority", 3);
    reader.flag("vlan.drop_eligible");
    reader.number("vlan.id", 12);
    ethernet::type_or_length_fields(reader, "vlan.type", "vlan.length");
}
