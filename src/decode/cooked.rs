//! Linux cooked captures (`LINKTYPE_LINUX_SLL` and `LINKTYPE_LINUX_SLL2`):
//! what the kernel tells of a packet instead of its link-layer header.

use super::cursor::Cursor;
use super::{LinuxCooked, Protocol, View, llc, registry};

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
        // Others below 0x600 are Linux's own numbers (CAN, raw 802.3).
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
