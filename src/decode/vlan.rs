//! IEEE 802.1Q tags, 802.1ad service tags, and the older numbers for them.

use etherparse::SingleVlanHeaderSlice;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, View, Vlan, ethernet};

/// Tag control information and the next type.
const LENGTH: usize = 4;

#[inline]
pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH>(Protocol::Vlan) else {
        return;
    };
    let id = u32::from(u16::from_be_bytes([header[0], header[1]]) & 0xfff);
    let type_or_length = u16::from_be_bytes([header[2], header[3]]);
    if cursor.layer(Protocol::Vlan, LENGTH as u32) {
        let outer = cursor.packet.vlan.unwrap_or_default() & 0xfff;
        cursor.packet.vlan = Some(outer << 16 | id);
        ethernet::type_or_length_field(cursor, type_or_length);
    }
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
