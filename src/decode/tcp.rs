//! TCP (RFC 9293, section 3.1).

use super::cursor::Cursor;
use super::field::{FieldReader, FieldValue};
use super::{
    Layer, Packet, Protocol, StopReason, Tcp, TcpFlags, Transport, View, registry,
    tcp_option_fields,
};

/// The header without options.
pub(super) const FIXED: usize = 20;
pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<FIXED>(Protocol::Tcp) else {
        return;
    };
    let header_length = u32::from(header[12] >> 4) * 4;
    if header_length < FIXED as u32 {
        return cursor.invalid(Protocol::Tcp, "tcp.data_offset", header_length / 4);
    }
    if !cursor.fits(Protocol::Tcp, header_length) {
        return;
    }
    let options_offset = cursor.at + FIXED as u32;
    let options = options(cursor.rest, header_length as usize);
    let readable = cursor.layer(Protocol::Tcp, header_length);
    let tcp = read(
        header,
        options_offset,
        options.len() as u8,
        cursor.remaining(),
    );
    cursor.packet.transport = Transport::Tcp(tcp);
    if readable {
        if !options.is_empty() {
            check_options(cursor, options_offset, options);
        }
        if let Some(decode) = registry::tcp_data(tcp.ports()) {
            decode(cursor);
        }
    }
}

/// The captured option bytes of a header that `bytes` begin with.
fn options(bytes: &[u8], header_length: usize) -> &[u8] {
    let behind = bytes.get(FIXED..).unwrap_or_default();
    behind.get(..header_length - FIXED).unwrap_or(behind)
}

fn read(header: &[u8; FIXED], options_offset: u32, options: u8, payload_length: u32) -> Tcp {
    let [
        s0,
        s1,
        d0,
        d1,
        q0,
        q1,
        q2,
        q3,
        a0,
        a1,
        a2,
        a3,
        f0,
        f1,
        w0,
        w1,
        c0,
        c1,
        ..,
    ] = *header;
    Tcp {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        sequence: u32::from_be_bytes([q0, q1, q2, q3]),
        acknowledgment: u32::from_be_bytes([a0, a1, a2, a3]),
        flags: TcpFlags(u16::from_be_bytes([f0, f1]) & 0x1ff),
        window: u16::from_be_bytes([w0, w1]),
        checksum: u16::from_be_bytes([c0, c1]),
        options_offset,
        options_captured: options,
        payload_length,
    }
}

/// Notes an option whose length cannot be; the data behind the header is not
/// touched by it.
fn check_options(cursor: &mut Cursor<'_, '_>, offset: u32, options: &[u8]) {
    let bad = unreadable(options);
    let had = bad.len() as u32;
    let reason = match *bad {
        [] => return,
        [_] => StopReason::TooShort { needed: 2, had },
        [_, length, ..] if length < 2 => StopReason::Invalid {
            field: "tcp.option.length",
            value: length.into(),
        },
        [_, length, ..] => StopReason::TooShort {
            needed: length.into(),
            had,
        },
    };
    let offset = offset + options.len() as u32 - had;
    cursor.stop_at(Protocol::Tcp, offset, reason);
}

/// The options from the first on that cannot be read; empty when all can.
/// Steps from length to length, as every segment comes by here.
fn unreadable(mut options: &[u8]) -> &[u8] {
    loop {
        options = match *options {
            [] | [0, ..] => return &[],
            [1, ref behind @ ..] => behind,
            [_, length, ..] if length >= 2 => match options.get(usize::from(length)..) {
                Some(behind) => behind,
                None => return options,
            },
            _ => return options,
        };
    }
}

pub(super) fn view<'a>(packet: &Packet<'a>, layer: &Layer, header: &'a [u8]) -> Option<View<'a>> {
    let fixed = header.first_chunk::<FIXED>()?;
    let options = header.get(FIXED..).unwrap_or_default();
    let options_offset = layer.offset + FIXED as u32;
    let payload_length = packet.tcp().map_or(0, |tcp| tcp.payload_length);
    let tcp = read(fixed, options_offset, options.len() as u8, payload_length);
    Some(View::Tcp(tcp, options))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("tcp.source_port", 16);
    reader.number("tcp.destination_port", 16);
    reader.number("tcp.sequence", 32);
    reader.number("tcp.acknowledgment", 32);
    reader.number("tcp.data_offset", 4);
    reader.number("tcp.reserved", 3);
    if let Some(flags) = reader.peek_bits(9) {
        let value = FieldValue::Number(flags);
        reader.bit_group("tcp.flags", 9, value, "tcp.flags.rest", |flags| {
            for name in FLAGS {
                flags.flag(name);
            }
        });
    }
    reader.number("tcp.window", 16);
    reader.number("tcp.checksum", 16);
    reader.number("tcp.urgent_pointer", 16);
    tcp_option_fields::fields(reader);
}

/// The names of the flags, from the highest bit.
const FLAGS: [&str; 9] = [
    "tcp.flags.ae",
    "tcp.flags.cwr",
    "tcp.flags.ece",
    "tcp.flags.urg",
    "tcp.flags.ack",
    "tcp.flags.psh",
    "tcp.flags.rst",
    "tcp.flags.syn",
    "tcp.flags.fin",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::TcpOptions;

    proptest! {
        #[test]
        fn options_are_unreadable_where_their_reader_stops(
            options in proptest::collection::vec(0u8..12, 0..40),
        ) {
            let bad = TcpOptions::new(&options).find_map(Result::err);
            let at = options.len() - unreadable(&options).len();
            prop_assert_eq!(bad.map_or(options.len(), |bad| bad.offset), at);
        }
    }
}
