//! Cisco FabricPath: an Ethernet header between switches, whose type 0x8903 is
//! followed by a tag of two bytes and the Ethernet frame of the hosts.

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, ethernet};

/// Forwarding tag (10 bits) and time to live (6 bits).
const LENGTH: u32 = 2;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    if cursor.fits(Protocol::FabricPath, LENGTH) && cursor.layer(Protocol::FabricPath, LENGTH) {
        ethernet::decode(cursor);
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("fabric_path.tag", 10);
    reader.number("fabric_path.ttl", 6);
}
