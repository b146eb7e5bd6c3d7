//! WebSocket.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::decode::http::Head;
use crate::decode::websocket::{Fault, Opcode};
use crate::track::{PacketNumber, Seen, Side};

/// HTTP ends, and frames follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocketUpgrade {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head, if it was captured.
    pub request: Option<Arc<Head>>,
    /// The response's head.
    pub response: Arc<Head>,
    /// The packet of the request.
    pub asked: Option<PacketNumber>,
}

/// A message is complete: one frame, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocketMessage {
    /// Who sent it.
    pub sender: Side,
    /// Which message of its side it is, from 1.
    pub index: u64,
    /// Text or binary.
    pub opcode: Opcode,
    /// Whether it is compressed (permessage-deflate): then `bytes` are those that
    /// were sent.
    pub is_compressed: bool,
    /// Its payload.
    pub bytes: u64,
    /// Those of it that were not captured, as far as that was looked at.
    pub missing_bytes: u64,
    /// Its frames.
    pub frames: u64,
    /// Bytes of their headers.
    pub overhead_bytes: u64,
    /// How its text begins, without the mask and with secrets hidden; empty where it
    /// is no text that can be read.
    pub text: Box<str>,
    /// Its first byte.
    pub first: Seen,
    /// Its last byte.
    pub last: Seen,
    /// Whether no frame before it may be missing.
    pub is_certain: bool,
}

/// A side asks whether the other is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocketPing {
    /// Who asks.
    pub sender: Side,
    /// Bytes of payload.
    pub bytes: u64,
    /// Bytes of its header.
    pub overhead_bytes: u64,
    /// How long ago this side asked before.
    pub since_last_ns: Option<u64>,
}

/// A side says that it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocketPong {
    /// Who says so.
    pub sender: Side,
    /// Bytes of payload.
    pub bytes: u64,
    /// Bytes of its header.
    pub overhead_bytes: u64,
    /// The Ping with the same payload, and how long ago that was; `None` where
    /// nothing asked.
    pub ping: Option<(PacketNumber, u64)>,
    /// Pings before that one that it leaves without an answer of their own.
    pub skipped: u32,
}

/// A side ends the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocketClose {
    /// Who.
    pub sender: Side,
    /// Its packet.
    pub packet: PacketNumber,
    /// The status code; `None` where it names none.
    pub code: Option<u16>,
    /// The reason in words, with secrets hidden; may be empty.
    pub reason: Box<str>,
    /// Bytes of payload.
    pub bytes: u64,
    /// Bytes of its header.
    pub overhead_bytes: u64,
    /// The Close of the other side that it answers, and how long ago that was.
    pub answers: Option<(PacketNumber, u64)>,
}

/// A frame that its receiver must not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebSocketProtocolError {
    /// Who sent it.
    pub sender: Side,
    /// Bytes of the side's stream before the frame.
    pub offset: u64,
    /// What is broken.
    pub fault: Fault,
    /// What the frame is.
    pub opcode: Opcode,
    /// Its reserved bits, the first as 4.
    pub reserved: u8,
    /// Bytes of payload that it announces.
    pub bytes: u64,
}
