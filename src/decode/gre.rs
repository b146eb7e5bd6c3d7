//! Generic routing encapsulation (RFC 2784, keys and sequence numbers of RFC
//! 2890) and the enhanced version that PPTP uses (RFC 2637, section 4.1).

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, erspan, names, ppp, registry};

/// Flags, version, and the type of what follows.
const FIXED: usize = 4;

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(&[f0, f1, t0, t1]) = cursor.header::<FIXED>(Protocol::Gre) else {
        return;
    };
    let flags = u16::from_be_bytes([f0, f1]);
    let ether_type = u16::from_be_bytes([t0, t1]);
    let version = flags & VERSION;
    if version > 1 {
        return cursor.invalid(Protocol::Gre, "gre.version", version.into());
    }
    let length = length(flags);
    if !cursor.fits(Protocol::Gre, length) || !cursor.layer(Protocol::Gre, length) {
        return;
    }
    match ether_type {
        // A list of source routes (RFC 1701) stands before the data; nobody
        // sends it, and what is behind it is left as payload.
        _ if version == 0 && flags & ROUTING != 0 => {}
        0x88be => erspan::decode(cursor, flags & SEQUENCE != 0),
        0x22eb => erspan::decode_v3(cursor),
        0x880b => ppp::decode(cursor),
        _ => registry::ether_type(cursor, ether_type),
    }
}

/// The header's length in bytes.
fn length(flags: u16) -> u32 {
    let words = if flags & VERSION == 0 {
        [flags & (CHECKSUM | ROUTING), flags & KEY, flags & SEQUENCE]
    } else {
        [flags & KEY, flags & SEQUENCE, flags & ACKNOWLEDGMENT]
    };
    let present = words.iter().filter(|word| **word != 0).count();
    (FIXED + 4 * present) as u32
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let Some(flags) = reader.peek_bits(16) else {
        return;
    };
    let has = |bit: u16| flags & u64::from(bit) != 0;
    reader.flag("gre.flags.checksum");
    reader.flag("gre.flags.routing");
    reader.flag("gre.flags.key");
    reader.flag("gre.flags.sequence");
    reader.flag("gre.flags.strict_source_route");
    reader.number("gre.recursion", 3);
    reader.flag("gre.flags.acknowledgment");
    reader.number("gre.reserved", 4);
    reader.number("gre.version", 3);
    reader.named("gre.type", 16, names::ether_type);
    if has(VERSION) {
        if has(KEY) {
            reader.number("gre.payload_length", 16);
            reader.number("gre.call_id", 16);
        }
    } else {
        if has(CHECKSUM | ROUTING) {
            reader.number("gre.checksum", 16);
            reader.number("gre.offset", 16);
        }
        if has(KEY) {
            reader.number("gre.key", 32);
        }
    }
    if has(SEQUENCE) {
        reader.number("gre.sequence", 32);
    }
    if has(VERSION) && has(ACKNOWLEDGMENT) {
        reader.number("gre.acknowledgment", 32);
    }
}
