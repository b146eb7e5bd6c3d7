//! HTTP.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::PacketNumber;
use crate::decode::http::{BodyEnd, Conflict, Head, Rule};
use crate::track::{HttpMessage, Informational, Opening, Seen, Side};

/// A request's head is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Which one of its connection it is, from 1.
    pub index: u64,
    /// Its head.
    pub head: Arc<Head>,
    /// How its body ends.
    pub body: BodyEnd,
    /// Where it began.
    pub first: Seen,
}

/// A response is complete, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// Which request of its connection it answers, from 1.
    pub index: u64,
    /// The request; `None` where it was not captured.
    pub request: Option<HttpMessage>,
    /// The response.
    pub response: HttpMessage,
    /// Answers before it.
    pub informational: Vec<Informational>,
    /// From the request's last byte to the response's first.
    pub wait_ns: Option<u64>,
    /// Whether it is sure that the two belong together.
    pub is_certain: bool,
}

/// The server says that it failed (5xx).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpServerError {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head, if it was captured.
    pub request: Option<Arc<Head>>,
    /// The response's head.
    pub response: Arc<Head>,
    /// The request's first packet.
    pub request_packet: Option<PacketNumber>,
    /// The response's first packet.
    pub packet: PacketNumber,
    /// From the request's last byte to the response's first.
    pub wait_ns: Option<u64>,
}

/// Nothing answered a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpUnanswered {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head.
    pub request: Arc<Head>,
    /// Its last byte.
    pub last: Seen,
    /// How long nothing came, until the connection was closed.
    pub waited_ns: Option<u64>,
    /// The answer before the answer, if there was one.
    pub informational: Option<u16>,
    /// Why none comes any more.
    pub because: NoAnswer,
}

/// Why no answer comes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoAnswer {
    /// The server closed its side.
    Closed,
    /// The connection was reset, or closed from the other side.
    Reset,
    /// The recording ended before, or the connection fell silent.
    Unknown,
}

/// A connection was closed in the middle of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpBodyCut {
    /// Which exchange of its connection.
    pub index: u64,
    /// Whether it is the body of a response.
    pub of_response: bool,
    /// The head before the body.
    pub head: Arc<Head>,
    /// The request's head, where the body is that of a response to it.
    pub request: Option<Arc<Head>>,
    /// How it should have ended.
    pub body: BodyEnd,
    /// The bytes that came.
    pub bytes: u64,
    /// Whether a RST closed it.
    pub by_reset: bool,
    /// The packet that brought the body's head.
    pub packet: PacketNumber,
}

/// A request was sent before the answer to the one before had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpPipelined {
    /// Which exchange of its connection.
    pub index: u64,
    /// Requests that wait for answers before it.
    pub before: u64,
    /// The packet of the oldest of them.
    pub oldest: PacketNumber,
}

/// An answer had to wait for the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpHeadOfLine {
    /// Which exchange of its connection.
    pub index: u64,
    /// From the last byte of its request until the answer before its own was
    /// complete.
    pub blocked_ns: u64,
    /// From then on to its own first byte.
    pub own_ns: u64,
    /// The packet that completed the answer before it.
    pub earlier: PacketNumber,
    /// The packet of its request.
    pub request: PacketNumber,
}

/// A connection is used for a second exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpReused {
    /// What the handshake took that is not needed again.
    pub opening: Option<Opening>,
    /// How long the connection lay idle before.
    pub idle_ns: Option<u64>,
}

/// From here on another protocol is spoken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpUpgrade {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head, if it was captured.
    pub request: Option<Arc<Head>>,
    /// The response's head.
    pub response: Arc<Head>,
}

/// A message that two readers may read in two ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFramingConflict {
    /// Whether it is a response.
    pub of_response: bool,
    /// Which exchange of its connection.
    pub index: u64,
    /// What they may not agree upon.
    pub conflicts: Vec<Conflict>,
    /// How the body ends after the rules.
    pub body: BodyEnd,
}

/// A message that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpMalformed {
    /// Who sent it.
    pub sender: Side,
    /// Whether it should have been a response.
    pub of_response: bool,
    /// Bytes of the side's stream before the fault.
    pub offset: u64,
    /// What is broken.
    pub rule: Rule,
}
