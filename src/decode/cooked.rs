//! Linux cooked captures (`LINKTYPE_LINUX_SLL` and `LINKTYPE_LINUX_SLL2`):
//! what the kernel tells of a packet instead of its link-layer header.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{LinuxCooked, Protocol, View, llc, names, registry};

/// Packet type, hardware type, address length, address, protocol.
const LENGTH: usize = 16;

/// Protocol, reserved, interface, hardware type, packet type, address length,
/// address.
const LENGTH_V2: usize = 20;

/// Hardware types (`ARPHRD_*`) whose protocol field is no EtherType: 802.11
/// with its various headers (801 to 803), and netlink.
const NO_ETHER_TYPE: [u16; 4] = [801, 802, 803, 824];

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH>(Protocol::LinuxCooked) else {
        return;
    };
    let hardware = u16::from_be_bytes([header[2], header[3]]);
    let protocol = u16::from_be_bytes([header[14], header[15]]);
    if cursor.layer(Protocol::LinuxCooked, LENGTH as u32) {
        follow(cursor, hardware, protocol);
    }
}

pub(super) fn decode_v2(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH_V2>(Protocol::LinuxCooked2) else {
        return;
    };
    let hardware = u16::from_be_bytes([header[8], header[9]]);
    let protocol = u16::from_be_bytes([header[0], header[1]]);
    if cursor.layer(Protocol::LinuxCooked2, LENGTH_V2 as u32) {
        follow(cursor, hardware, protocol);
    }
}

fn follow(cursor: &mut Cursor<'_, '_>, hardware: u16, protocol: u16) {
    if NO_ETHER_TYPE.contains(&hardware) {
        return;
    }
    match protocol {
        // ETH_P_802_2: an 802.3 frame without its length.
        4 => llc::decode(cursor),
        // Other numbers below 0x600 are Linux's own (CAN, raw 802.3).
        0..0x600 => {}
        ether_type => registry::ether_type(cursor, ether_type),
    }
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let &[p0, p1, _, _, l0, l1, a, b, c, d, e, f, g, h, t0, t1] = header.first_chunk::<LENGTH>()?;
    Some(View::LinuxCooked(LinuxCooked {
        packet_type: u16::from_be_bytes([p0, p1]),
        address: [a, b, c, d, e, f, g, h],
        address_length: u16::from_be_bytes([l0, l1]),
        ether_type: u16::from_be_bytes([t0, t1]),
        interface_index: None,
    }))
}

pub(super) fn view_v2<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let &[
        t0,
        t1,
        _,
        _,
        i0,
        i1,
        i2,
        i3,
        _,
        _,
        kind,
        length,
        ref address @ ..,
    ] = header.first_chunk::<LENGTH_V2>()?;
    Some(View::LinuxCooked(LinuxCooked {
        packet_type: kind.into(),
        address: *address,
        address_length: length.into(),
        ether_type: u16::from_be_bytes([t0, t1]),
        interface_index: Some(u32::from_be_bytes([i0, i1, i2, i3])),
    }))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.named("linux_cooked.packet_type", 16, packet_type);
    reader.named("linux_cooked.hardware_type", 16, names::hardware_type);
    reader.number("linux_cooked.address_length", 16);
    reader.bytes("linux_cooked.address", 8);
    reader.named("linux_cooked.protocol", 16, names::ether_type);
}

pub(super) fn fields_v2(reader: &mut FieldReader<'_>) {
    reader.named("linux_cooked_v2.protocol", 16, names::ether_type);
    reader.number("linux_cooked_v2.reserved", 16);
    reader.number("linux_cooked_v2.interface_index", 32);
    reader.named("linux_cooked_v2.hardware_type", 16, names::hardware_type);
    reader.named("linux_cooked_v2.packet_type", 8, packet_type);
    reader.number("linux_cooked_v2.address_length", 8);
    reader.bytes("linux_cooked_v2.address", 8);
}

fn packet_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "to us",
        1 => "broadcast",
        2 => "multicast",
        3 => "to another host",
        4 => "sent by us",
        _ => return None,
    })
}
