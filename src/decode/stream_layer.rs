//! What the data of a segment begin with: for the explanation of a single packet, which
//! has no stream to read.

use super::{Layer, Packet, Protocol, http, tls, websocket};

/// Adds the layer of what a segment's data begin with, where that shows: the head of an
/// HTTP message, records of TLS, frames of WebSocket. `is_websocket`: the connection is
/// known to speak it, which no bytes show.
pub fn add_stream_layer(packet: &mut Packet<'_>, is_websocket: bool) {
    let data = packet.payload_bytes();
    if packet.tcp().is_none() || data.is_empty() {
        return;
    }
    let protocol = if is_websocket && websocket::begins_with_frames(data) {
        Protocol::WebSocket
    } else if http::begins_with_head(data) {
        Protocol::Http
    } else if tls::begins_with_records(data) {
        Protocol::Tls
    } else {
        return;
    };
    packet.decoded.layers.push(Layer {
        protocol,
        offset: packet.payload.offset,
        header_length: 0,
    });
}
