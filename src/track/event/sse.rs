//! Server-sent events, and long polling.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::PacketNumber;
use crate::decode::http::Head;
use crate::track::{Endpoint, Seen, Sides};

/// Finding: a response was a stream of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SseStream {
    /// Which exchange of its connection.
    pub index: u64,
    /// The ends; the client is who asked.
    pub ends: Sides<Endpoint>,
    /// The request's head, if it was captured.
    pub request: Option<Arc<Head>>,
    /// The first byte of the response.
    pub first: Seen,
    /// The last byte that came.
    pub last: Seen,
    /// Events so far.
    pub events: u64,
    /// Lines that say nothing and keep the connection open.
    pub comments: u64,
    /// Bytes of the body.
    pub bytes: u64,
    /// From one event to the next: half of the times are no longer; `None` before
    /// the second event.
    pub median_ns: Option<u64>,
    /// The longest of them.
    pub longest_ns: Option<u64>,
    /// How long a client is to wait before it comes again, in milliseconds.
    pub retry_ms: Option<u64>,
    /// The id of the last event that has one; may be empty.
    pub last_id: Option<Box<str>>,
    /// Whether the response is complete.
    pub is_complete: bool,
    /// Whether all of it was captured up to its end.
    pub is_certain: bool,
}

/// A client comes again, and names the last event that it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SseReconnected {
    /// Which exchange of its connection.
    pub index: u64,
    /// The ends; the client is who asks.
    pub ends: Sides<Endpoint>,
    /// The request's head.
    pub head: Arc<Head>,
    /// Where it began.
    pub first: Seen,
    /// The stream before, where it was captured; known at the merge.
    pub earlier: Option<EarlierStream>,
}

/// The stream that a client had before it came again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierStream {
    /// The last packet of it.
    pub packet: PacketNumber,
    /// How long ago that was.
    pub ago_ns: u64,
    /// The id of its last event that has one.
    pub last_id: Option<Box<str>>,
    /// How long the client was to wait, in milliseconds.
    pub retry_ms: Option<u64>,
}

/// Finding: a client asks the same again and again, and each answer waits until
/// there is news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpLongPolling {
    /// The head of the first request.
    pub request: Arc<Head>,
    /// The first request's first packet.
    pub first: PacketNumber,
    /// The last answer's last packet.
    pub last: PacketNumber,
    /// Answers that were held.
    pub answers: u64,
    /// The shortest wait among them.
    pub shortest_ns: u64,
    /// The longest.
    pub longest_ns: u64,
    /// Half of all waits of the connection are no longer.
    pub median_ns: u64,
    /// Bytes of the heads of requests and responses, all of them together.
    pub head_bytes: u64,
    /// Bytes of the bodies of the answers.
    pub body_bytes: u64,
}
