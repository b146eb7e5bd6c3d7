//! Frame Relay with multiprotocol encapsulation (RFC 2427), or with Cisco's,
//! which puts an EtherType behind the address.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ipv4, ipv6, llc, names, registry};

/// Control byte of unnumbered information.
const UNNUMBERED_INFORMATION: u8 = 3;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(&[_, second, third, fourth]) = cursor.header::<4>(Protocol::FrameRelay) else {
        return;
    };
    // Addresses of three and four bytes exist on paper.
    if second & 1 == 0 {
        return;
    }
    if third != UNNUMBERED_INFORMATION {
        if cursor.layer(Protocol::FrameRelay, 4) {
            registry::ether_type(cursor, u16::from_be_bytes([third, fourth]));
        }
        return;
    }
    // A byte of padding may stand before the protocol's identifier.
    let padding = u32::from(fourth == 0);
    let Some(&identifier) = cursor.rest.get(3 + padding as usize) else {
        return cursor.lacks(Protocol::FrameRelay, 4 + padding);
    };
    if !cursor.layer(Protocol::FrameRelay, 4 + padding) {
        return;
    }
    match identifier {
        0xcc => ipv4::decode(cursor),
        0x8e => ipv6::decode(cursor),
        0x80 => llc::decode_snap(cursor),
        _ => {}
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("frame_relay.address", 16);
    if reader.peek_bits(8) == Some(UNNUMBERED_INFORMATION.into()) {
        reader.number("frame_relay.control", 8);
        if reader.bytes_remaining() > 1 {
            reader.number("frame_relay.padding", 8);
        }
        reader.number("frame_relay.protocol", 8);
    } else {
        reader.named("frame_relay.type", 16, names::ether_type);
    }
}
