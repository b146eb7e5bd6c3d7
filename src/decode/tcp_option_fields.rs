//! The fields of TCP options: kinds, lengths and values with their places.

use super::field::FieldReader;
use super::{TcpOption, TcpOptions};

/// Reads one field for each option from here to the end of the header.
pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let bytes = reader.peek();
    let mut options = TcpOptions::new(bytes).peekable();
    while let Some(option) = options.next() {
        let Ok((offset, option)) = option else {
            return reader.remainder("tcp.option.malformed");
        };
        let next = match (&option, options.peek()) {
            (TcpOption::EndOfOptions, _) => offset + 1,
            (_, Some(Ok((next, _)))) => *next,
            (_, Some(Err(bad))) => bad.offset,
            (_, None) => bytes.len(),
        };
        let length = next.saturating_sub(offset);
        reader.group(name(&option), length, "tcp.option.data", |inside| {
            values(inside, &option);
        });
    }
    reader.remainder("tcp.option.padding");
}

fn values(inside: &mut FieldReader<'_>, option: &TcpOption<'_>) {
    inside.number("tcp.option.kind", 8);
    if matches!(option, TcpOption::EndOfOptions | TcpOption::NoOperation) {
        return;
    }
    inside.number("tcp.option.length", 8);
    match option {
        TcpOption::MaximumSegmentSize(_) => {
            inside.number("tcp.option.maximum_segment_size.value", 16);
        }
        TcpOption::WindowScale(_) => {
            inside.number("tcp.option.window_scale.shift", 8);
        }
        TcpOption::Sack(blocks) => {
            for _ in blocks {
                inside.number("tcp.option.sack.left_edge", 32);
                inside.number("tcp.option.sack.right_edge", 32);
            }
        }
        TcpOption::Timestamps { .. } => {
            inside.number("tcp.option.timestamps.value", 32);
            inside.number("tcp.option.timestamps.echo", 32);
        }
        TcpOption::UserTimeout { .. } => {
            inside.flag("tcp.option.user_timeout.minutes");
            inside.number("tcp.option.user_timeout.value", 15);
        }
        TcpOption::Md5Signature(digest) => {
            inside.bytes("tcp.option.md5_signature.digest", digest.len());
        }
        TcpOption::Authentication { code, .. } => {
            inside.number("tcp.option.authentication.key_id", 8);
            inside.number("tcp.option.authentication.next_key_id", 8);
            inside.bytes("tcp.option.authentication.code", code.len());
        }
        TcpOption::Multipath { .. } => {
            inside.number("tcp.option.multipath.subtype", 4);
            inside.number("tcp.option.multipath.flags", 4);
        }
        TcpOption::FastOpen { cookie } => {
            if inside.bytes_remaining() > cookie.len() {
                inside.number("tcp.option.fast_open.magic", 16);
            }
            inside.bytes("tcp.option.fast_open.cookie", cookie.len());
        }
        TcpOption::AccurateEcn { .. } => {
            while inside.bytes_remaining() >= 3 {
                inside.number("tcp.option.accurate_ecn.counter", 24);
            }
        }
        _ => {}
    }
}

fn name(option: &TcpOption<'_>) -> &'static str {
    match option {
        TcpOption::EndOfOptions => "tcp.option.end_of_options",
        TcpOption::NoOperation => "tcp.option.no_operation",
        TcpOption::MaximumSegmentSize(_) => "tcp.option.maximum_segment_size",
        TcpOption::WindowScale(_) => "tcp.option.window_scale",
        TcpOption::SackPermitted => "tcp.option.sack_permitted",
        TcpOption::Sack(_) => "tcp.option.sack",
        TcpOption::Timestamps { .. } => "tcp.option.timestamps",
        TcpOption::Md5Signature(_) => "tcp.option.md5_signature",
        TcpOption::UserTimeout { .. } => "tcp.option.user_timeout",
        TcpOption::Authentication { .. } => "tcp.option.authentication",
        TcpOption::Multipath { .. } => "tcp.option.multipath",
        TcpOption::FastOpen { .. } => "tcp.option.fast_open",
        TcpOption::AccurateEcn { .. } => "tcp.option.accurate_ecn",
        TcpOption::Other { .. } => "tcp.option.unknown",
    }
}
