//! TCP (RFC 9293, section 3.1).

use super::cursor::Cursor;
use super::field::{FieldReader, FieldValue};
use super::ones_complement::{eight, four, plus, raw_sum};
use super::{
    BriefOptions, BriefTcp, Layer, Packet, Protocol, StopReason, Tcp, TcpFlags, Transport, View,
    registry, tcp_option_fields,
};

/// The header without options.
pub(super) const FIXED: usize = 20;
/// Where its length stands, in the upper half of the byte.
const DATA_OFFSET: usize = 12;

/// The header with timestamps, padded in front (RFC 7323, appendix A): what most
/// have.
const WITH_TIMESTAMPS: usize = FIXED + 12;
const BEFORE_TIMESTAMPS: [u8; 4] = [1, 1, 8, 10];

#[inline]
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
    let tcp = read(header, options_offset, options.len() as u8, cursor.left());
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

/// A segment whose header is whole and in order.
pub(super) struct Plain<'a> {
    pub header: &'a [u8; FIXED],
    /// With its options.
    pub header_length: usize,
    pub options: BriefOptions,
    /// Of options that are nothing but timestamps, value and echo.
    timestamps: [u8; 8],
    /// Bytes of header and payload.
    pub length: usize,
    /// What is behind the first 20 bytes, without those timestamps and what is
    /// in front of them.
    behind: &'a [u8],
}

/// A segment that has timestamps and no other options.
#[inline(always)]
pub(super) fn with_timestamps(segment: &[u8]) -> Option<Plain<'_>> {
    let (whole, behind) = segment.split_first_chunk::<WITH_TIMESTAMPS>()?;
    let (header, options) = whole.split_first_chunk()?;
    let timestamps = options.last_chunk()?;
    let is_one = header[DATA_OFFSET] >> 4 == (WITH_TIMESTAMPS / 4) as u8
        && options.first_chunk() == Some(&BEFORE_TIMESTAMPS);
    is_one.then_some(Plain {
        header,
        header_length: WITH_TIMESTAMPS,
        options: BriefOptions::Timestamps,
        timestamps: *timestamps,
        length: segment.len(),
        behind,
    })
}

/// Another segment that can be read to its end; nothing is noted.
#[inline(always)]
pub(super) fn plain(segment: &[u8]) -> Option<Plain<'_>> {
    let (header, behind) = segment.split_first_chunk::<FIXED>()?;
    let header_length = usize::from(header[DATA_OFFSET] >> 4) * 4;
    let mut options = BriefOptions::None;
    if header_length != FIXED {
        let of_header = behind.get(..header_length.checked_sub(FIXED)?)?;
        if !are_of_a_syn(of_header) && !unreadable(of_header).is_empty() {
            return None;
        }
        options = BriefOptions::Other;
    }
    Some(Plain {
        header,
        header_length,
        options,
        timestamps: [0; 8],
        length: segment.len(),
        behind,
    })
}

/// Whether options are those that most SYNs have: the largest segment, SACK
/// permitted, timestamps, one byte of padding and the window scale (RFC 9293,
/// section 3.2, RFC 2018 and RFC 7323).
#[inline]
fn are_of_a_syn(options: &[u8]) -> bool {
    const FRONT: [u8; 8] = [2, 4, 0, 0, 4, 2, 8, 10];
    const BACK: [u8; 4] = [1, 3, 3, 0];
    // Without the segment's size and the scale.
    const FRONT_MASK: u64 = u64::from_le_bytes([255, 255, 0, 0, 255, 255, 255, 255]);
    const BACK_MASK: u64 = u64::from_le_bytes([255, 255, 255, 0, 0, 0, 0, 0]);
    let Ok(options) = <&[u8; 20]>::try_from(options) else {
        return false;
    };
    eight(options, 0) & FRONT_MASK == u64::from_le_bytes(FRONT)
        && four(options, 16) & BACK_MASK == u64::from(u32::from_le_bytes(BACK))
}

/// Value and echo of the timestamps option.
#[inline(always)]
fn both(timestamps: [u8; 8]) -> [u32; 2] {
    let both = u64::from_be_bytes(timestamps);
    [(both >> 32) as u32, both as u32]
}

impl Plain<'_> {
    /// The ports, the source's above the destination's.
    #[inline]
    pub fn ports(&self) -> u32 {
        (four(self.header, 0) as u32).swap_bytes()
    }

    /// The raw sum of all.
    #[inline(always)]
    pub fn sum(&self) -> u64 {
        let before = match self.options {
            BriefOptions::Timestamps => u32::from_le_bytes(BEFORE_TIMESTAMPS).into(),
            BriefOptions::None | BriefOptions::Other => 0,
        };
        let behind = match self.behind.is_empty() {
            true => 0,
            false => raw_sum(self.behind),
        };
        let words = [
            eight(self.header, 0),
            eight(self.header, 8),
            // Two words of 32 bits make less than one of 64.
            four(self.header, 16) + before,
            u64::from_le_bytes(self.timestamps),
        ];
        plus(behind, words)
    }

    /// Writes the header's values there, one after the other.
    #[inline(always)]
    pub fn write(&self, to: &mut BriefTcp) {
        let number = |at| (four(self.header, at) as u32).swap_bytes();
        to.sequence = number(4);
        to.acknowledgment = number(8);
        let flags = number(12);
        to.window = flags as u16;
        to.flags = flags_of(flags);
        to.checksum = u16::from_be_bytes([self.header[16], self.header[17]]);
        to.options = self.options;
        to.timestamps = both(self.timestamps);
    }

    /// The header's values, in a segment that begins at this offset.
    #[inline(always)]
    pub fn read(&self, at: u32) -> Tcp {
        let options = (self.header_length - FIXED) as u8;
        let payload = (self.length - self.header_length) as u32;
        read(self.header, at + FIXED as u32, options, payload)
    }
}

/// The captured option bytes of a header that `bytes` begin with.
#[inline]
fn options(bytes: &[u8], header_length: usize) -> &[u8] {
    let behind = bytes.get(FIXED..).unwrap_or_default();
    behind.get(..header_length - FIXED).unwrap_or(behind)
}

#[inline]
fn read(header: &[u8; FIXED], options_offset: u32, options: u8, payload_length: u32) -> Tcp {
    let number = |at| (four(header, at) as u32).swap_bytes();
    let (ports, flags) = (number(0), number(12));
    Tcp {
        source_port: (ports >> 16) as u16,
        destination_port: ports as u16,
        sequence: number(4),
        acknowledgment: number(8),
        flags: flags_of(flags),
        window: flags as u16,
        checksum: (number(16) >> 16) as u16,
        options_offset,
        options_captured: options,
        payload_length,
    }
}

/// Of the four bytes that begin with the data offset.
#[inline(always)]
fn flags_of(number: u32) -> TcpFlags {
    TcpFlags((number >> 16) as u16 & 0x1ff)
}

/// Notes an option whose length cannot be; the data behind the header is not
/// touched by it.
#[inline]
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
#[inline]
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

/// From the highest bit.
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
        fn the_options_of_a_syn_are_readable(
            values in any::<[u8; 11]>(),
            damage in proptest::option::of((0..20_usize, any::<u8>())),
        ) {
            let [a, b, c, d, e, f, g, h, i, j, k] = values;
            let mut options = [2, 4, a, b, 4, 2, 8, 10, c, d, e, f, g, h, i, j, 1, 3, 3, k];
            if let Some((place, byte)) = damage {
                options[place] = byte;
            }
            prop_assert!(damage.is_some() || are_of_a_syn(&options));
            prop_assert!(!are_of_a_syn(&options) || unreadable(&options).is_empty());
        }

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
