//! Finds where the DNS messages (and mDNS's, LLMNR's) of a packet begin and
//! end.

use super::cursor::Cursor;
use super::dns::{Fault, Message, length_prefixed};
use super::{Layer, MAX_LAYERS, Packet, Protocol};

/// The header that every message has (RFC 1035, section 4.1.1).
const SHORTEST: u32 = 12;

/// The two bytes of length before each message over TCP (RFC 1035, section
/// 4.2.2).
const PREFIX: usize = 2;

/// A datagram is one message. The bytes stay payload: the layer's header is
/// empty. Notes where the message breaks, if it does; the rest of one that
/// continues in other fragments is not missing.
pub(super) fn over_udp(cursor: &mut Cursor<'_, '_>, protocol: Protocol) {
    if cursor.remaining() < SHORTEST || !cursor.layer(protocol, 0) {
        return;
    }
    let fragmented = cursor
        .packet
        .network
        .is_some_and(|network| network.fragment.is_some());
    if fragmented {
        return;
    }
    if let Some(fault) = fault(cursor.rest) {
        let cut = (cursor.rest.len() as u32) < cursor.remaining();
        cursor.stop_at(protocol, cursor.at + fault.offset, fault.stop_reason(cut));
    }
}

fn fault(message: &[u8]) -> Option<Fault> {
    match Message::parse(message) {
        Ok(message) => message.fault(),
        Err(fault) => Some(fault),
    }
}

/// A segment that begins with a whole message, as far as its length says. One
/// that continues an earlier segment may look the same, so what was captured
/// whole must also read as a message.
pub(super) fn over_tcp(cursor: &mut Cursor<'_, '_>, protocol: Protocol) {
    let Some((length, message)) = length_prefixed(cursor.rest) else {
        return;
    };
    let wire_length = u32::from(length);
    if wire_length < SHORTEST || wire_length > cursor.remaining() - PREFIX as u32 {
        return;
    }
    let whole = message.len() == usize::from(length);
    if whole && !Message::parse(message).is_ok_and(|message| message.fault().is_none()) {
        return;
    }
    let layer = Layer {
        protocol,
        offset: cursor.at + PREFIX as u32,
        header_length: 0,
    };
    // A message beyond the most layers is still payload, and nothing is lost.
    if cursor.packet.layers.len() < MAX_LAYERS {
        cursor.packet.layers.push(layer);
    }
}

/// The captured bytes of the message that the layer stands for.
pub(super) fn message<'a>(packet: &Packet<'a>, layer: &Layer) -> &'a [u8] {
    let payload = packet.payload_bytes();
    if layer.offset == packet.payload.offset {
        return payload;
    }
    length_prefixed(payload).map_or(&[], |(_, message)| message)
}
