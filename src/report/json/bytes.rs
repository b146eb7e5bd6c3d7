//! A conversation's bytes as records, one for each run of bytes that a packet brought,
//! and for what is missing or came again.

use std::ops::Range;

use super::write::{Json, Plain, list, members, object};
use crate::report::preview::masked;
use crate::track::{Delivered, StreamPart};

/// A `bytes` record.
impl Json for Delivered {
    fn write(&self, out: &mut Vec<u8>) {
        let shown = |bytes: &[u8]| Hex(masked(bytes, &self.hidden));
        let (what, length, bytes, cause) = match &self.part {
            StreamPart::Bytes(bytes) => ("stream", bytes.len() as u64, Some(shown(bytes)), None),
            StreamPart::Datagram(bytes) => {
                ("datagram", bytes.len() as u64, Some(shown(bytes)), None)
            }
            StreamPart::Missing { bytes, is_cut } => {
                let cause = if *is_cut { "cut_off" } else { "not_captured" };
                ("missing", u64::from(*bytes), None, Some(cause))
            }
            StreamPart::SentAgain { bytes } => ("sent_again", u64::from(*bytes), None, None),
        };
        object(out, |out| {
            members!(
                out,
                "record": Plain("bytes"),
                "conversation": self.conversation,
                "side": Plain(self.side.name()),
                "what": Plain(what),
                "offset": self.offset,
                "from_beginning": self.from_beginning,
                "length": length,
                "packet": self.packet,
                "time_ns": self.time_ns,
                "cause": cause.map(Plain),
                "bytes": bytes,
                "hidden": HiddenBytes(&self.hidden),
            );
        });
    }
}

/// Where bytes are hidden: how many come before them, and how many they are.
struct HiddenBytes<'a>(&'a [Range<usize>]);

impl Json for HiddenBytes<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0, |out, range| {
            object(out, |out| {
                members!(out, "offset": range.start as u64, "bytes": range.len() as u64);
            });
        });
    }
}

/// Bytes as a string of hexadecimal digits.
struct Hex(Vec<u8>);

impl Json for Hex {
    fn write(&self, out: &mut Vec<u8>) {
        let digit = |value: u8| match value {
            0..=9 => b'0' + value,
            _ => b'a' + value - 10,
        };
        out.push(b'"');
        out.extend(
            self.0
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
        );
        out.push(b'"');
    }
}
