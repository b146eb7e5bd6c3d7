//! Every field of the frames with which a segment's data begin, with its place, for the
//! explanation of a single packet.

use super::{Close, Frame, Opcode, unmask};
use crate::decode::field::{FieldReader, FieldValue};
use crate::decode::http::with_secrets_hidden;

/// Whether a segment's data are frames one behind the other, of which the last may go
/// on in the next segment. Only of a connection that is known to speak WebSocket: most
/// bytes could be a frame.
pub(in crate::decode) fn begins_with_frames(data: &[u8]) -> bool {
    let mut rest = data;
    while let Some(frame) = Frame::parse(rest) {
        if matches!(frame.opcode, Opcode::Reserved(_)) {
            return false;
        }
        let end = usize::try_from(frame.length).ok();
        let behind = end.and_then(|length| rest.get(frame.header.checked_add(length)?..));
        match behind {
            None | Some([]) => return true,
            Some(behind) => rest = behind,
        }
    }
    false
}

pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>) {
    while let Some(frame) = Frame::parse(reader.peek()) {
        let there = reader.bytes_remaining();
        let length = usize::try_from(frame.length).unwrap_or(usize::MAX);
        let whole = frame.header.saturating_add(length).min(there);
        reader.group("websocket.frame", whole, "websocket.cut", |inside| {
            header(inside, &frame);
            payload(inside, &frame);
        });
    }
}

fn header(inside: &mut FieldReader<'_>, frame: &Frame) {
    inside.flag("websocket.final");
    inside.number("websocket.reserved", 3);
    inside.named("websocket.opcode", 4, |_| Some(frame.opcode.name()));
    inside.flag("websocket.masked");
    let Some(short) = inside.number("websocket.length", 7) else {
        return;
    };
    match short {
        126 => drop(inside.number("websocket.extended_length", 16)),
        127 => drop(inside.number("websocket.extended_length", 64)),
        _ => {}
    }
    if frame.mask.is_some() {
        inside.bytes("websocket.mask", 4);
    }
}

/// The payload as it reads without its mask: a Close by its parts, text as text. Bytes
/// are left as they stand in the packet, like those that are compressed.
fn payload(inside: &mut FieldReader<'_>, frame: &Frame) {
    let there = inside.bytes_remaining();
    if there == 0 {
        return;
    }
    let mut clear = inside.peek().to_vec();
    unmask(&mut clear, frame.mask, 0);
    let bits = there as u64 * 8;
    // Behind a mask nobody has looked for secrets yet.
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(&with_secrets_hidden(bytes)).into_owned();
        FieldValue::Text(text.into())
    };
    match (frame.opcode, Close::parse(&clear)) {
        (Opcode::Close, Ok(close)) if there as u64 == frame.length => {
            if let Some(code) = close.code {
                let named = FieldValue::Number(code.into());
                inside.value("websocket.close.code", 16, named);
            }
            if bits > 16 {
                let reason = clear.get(2..).unwrap_or_default();
                inside.value("websocket.close.reason", bits - 16, text(reason));
            }
        }
        (Opcode::Text | Opcode::Ping | Opcode::Pong, _) if frame.reserved == 0 => {
            inside.value("websocket.text", bits, text(&clear));
        }
        _ => drop(inside.bytes("websocket.data", there)),
    }
}
