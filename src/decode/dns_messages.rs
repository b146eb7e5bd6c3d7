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

/// NetBIOS names are asked for with DNS's header, and mean something else.
const NETBIOS_NAME_SERVICE: u16 = 137;

/// A datagram on a port of DNS is one message, unless its bytes cannot be one:
/// then it is something else, and nothing is malformed. The bytes stay payload: the layer's header is
/// empty. Notes where the message breaks, if it does; the rest of one that
/// continues in other fragments is not missing.
pub(super) fn over_udp(cursor: &mut Cursor<'_, '_>, protocol: Protocol) {
    let length = cursor.remaining();
    if length < SHORTEST
        || !Message::parse(cursor.rest).is_ok_and(|message| message.may_be(length))
        || !cursor.layer(protocol, 0)
    {
        return;
    }
    if cursor.is_fragment() {
        return;
    }
    if let Some(fault) = fault(cursor.rest) {
        let cut = (cursor.rest.len() as u32) < cursor.remaining();
        cursor.stop_at(protocol, cursor.at + fault.offset, fault.stop_reason(cut));
    }
}

/// A datagram on ports of nothing that is known: DNS, if all of it reads as one
/// plain question or the answer to one.
pub(super) fn on_any_port(cursor: &mut Cursor<'_, '_>, ports: [u16; 2]) {
    // Most other data end here: they have not exactly one question.
    let Some([_, _, _, _, 0, 1, _, _]) = cursor.rest.first_chunk() else {
        return;
    };
    let is_whole = cursor.rest.len() as u32 == cursor.remaining();
    let is_dns = is_whole
        && !ports.contains(&NETBIOS_NAME_SERVICE)
        && Message::parse(cursor.rest).is_ok_and(|message| message.is_plain());
    if is_dns {
        // Beyond the most layers it stays payload, and nothing is lost.
        let _ = cursor.layer(Protocol::Dns, 0);
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
