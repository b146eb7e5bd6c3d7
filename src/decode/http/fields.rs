//! Every field of a head with its place, for the explanation of a single packet.

use std::borrow::Cow;

use super::{FirstLine, end_of_head, field_lines, first_line, may_begin};
use crate::decode::field::{FieldReader, FieldValue};

/// Whether a segment's data begin with a head; it may be cut by the segment's end.
pub(in crate::decode) fn begins_with_head(data: &[u8]) -> bool {
    may_begin(data) && matches!(first_line(data), Some(Ok(_)))
}

/// Bytes of the head at the front of a segment's data.
pub(in crate::decode) fn head_length(payload: &[u8]) -> u32 {
    end_of_head(payload, 0).unwrap_or(payload.len()) as u32
}

pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>) {
    let bytes = reader.peek();
    let Some(Ok((first, behind))) = first_line(bytes) else {
        return;
    };
    reader.group("http.first_line", behind, "http.line_end", |inside| {
        first_line_fields(inside, &first);
    });
    let mut at = behind;
    for (line, ..) in field_lines(bytes, behind) {
        let end = line_end(bytes, line.end);
        let text = bytes.get(line.clone()).unwrap_or_default();
        reader.value("http.header", (end - at) as u64 * 8, text_of(text));
        at = end;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    if matches!(rest, [b'\r', b'\n'] | [b'\n']) {
        reader.bytes("http.end_of_head", rest.len());
    }
}

fn first_line_fields(reader: &mut FieldReader<'_>, first: &FirstLine) {
    match first {
        FirstLine::Request { method, target, .. } => {
            text(reader, "http.request.method", method.len());
            reader.bytes("http.space", 1);
            text(reader, "http.request.target", target.len());
            version(reader, true);
        }
        FirstLine::Status { reason, .. } => {
            version(reader, false);
            reader.bytes("http.space", 1);
            text(reader, "http.response.status", 3);
            if !reason.is_empty() {
                reader.bytes("http.space", 1);
                text(reader, "http.response.reason", reason.len());
            }
        }
    }
}

/// `HTTP/1.1`, where there is one.
fn version(reader: &mut FieldReader<'_>, behind_space: bool) {
    const LENGTH: usize = 8;
    if behind_space {
        if reader.peek().first() != Some(&b' ') {
            return;
        }
        reader.bytes("http.space", 1);
    }
    text(reader, "http.version", LENGTH);
}

fn text(reader: &mut FieldReader<'_>, name: &'static str, length: usize) {
    let bytes = reader.peek().get(..length).unwrap_or_default();
    reader.value(name, length as u64 * 8, text_of(bytes));
}

fn text_of(bytes: &[u8]) -> FieldValue {
    FieldValue::Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
}

/// Behind the end of a line whose text ends here.
fn line_end(bytes: &[u8], end: usize) -> usize {
    let rest = bytes.get(end..).unwrap_or_default();
    let newline = rest.iter().position(|byte| *byte == b'\n');
    newline.map_or(bytes.len(), |newline| end + newline + 1)
}
