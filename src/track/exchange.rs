//! What was asked and what was answered, as plain values.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::{Endpoint, Event, PacketNumber, Sides};
use crate::decode::http::{BodyEnd, Head};

/// Something that was seen: which packet brought it, and when it could be
/// delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The packet.
    pub packet: PacketNumber,
    /// In nanoseconds since 1970.
    pub time_ns: u64,
}

/// The opening of a TCP connection: both SYNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The client's SYN, when it was first sent.
    pub syn: Seen,
    /// The server's answer.
    pub syn_ack: Seen,
}

impl Opening {
    /// How long it took.
    #[must_use]
    pub const fn took_ns(&self) -> u64 {
        self.syn_ack.time_ns.saturating_sub(self.syn.time_ns)
    }
}

/// One message of HTTP, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpMessage {
    /// Its head.
    pub head: Arc<Head>,
    /// How its body ends.
    pub body_ends_by: BodyEnd,
    /// Bytes of the body, the lines of chunks apart.
    pub body_bytes: u64,
    /// Those of them that were not captured.
    pub missing_bytes: u64,
    /// Chunks with data.
    pub chunks: u64,
    /// Whether all of it came.
    pub is_complete: bool,
    /// Its first byte.
    pub first: Seen,
    /// Its last byte.
    pub last: Seen,
}

/// An answer before the answer (1xx).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Informational {
    /// Its status code.
    pub status: u16,
    /// Where it was seen.
    pub seen: Seen,
}

/// A request with its response.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Its number, from 1 in the order in which exchanges became complete; 0
    /// before the merge.
    pub number: u64,
    /// Its conversation's number.
    pub conversation: u64,
    /// The first packet of that conversation.
    pub first_packet: PacketNumber,
    /// Which one of its connection it is, from 1.
    pub index: u64,
    /// Client: who asked.
    pub ends: Sides<Endpoint>,
    /// The question; `None` where it was not captured.
    pub request: Option<HttpMessage>,
    /// The answer; `None` where there was none, or it was not captured.
    pub response: Option<HttpMessage>,
    /// Answers before the answer.
    pub informational: Vec<Informational>,
    /// Whether both messages are.
    pub is_complete: bool,
    /// Whether it is sure that the two belong together, and that neither is
    /// missing for the recording's sake.
    pub is_certain: bool,
    /// How long it waited for the answers before its own, where it was sent before
    /// they had come.
    pub blocked_ns: Option<u64>,
    /// The opening of its connection, on the first exchange of one.
    pub opening: Option<Opening>,
    /// The question for the server's name, on the exchange that paid for it.
    pub dns_ns: Option<u64>,
    /// The number of the visit that it is part of.
    pub visit: Option<u64>,
    /// What was told of it.
    pub events: Vec<Event>,
}

impl Exchange {
    /// What is spoken, as in `http/1.1`.
    #[must_use]
    pub fn protocol(&self) -> String {
        let message = self.response.as_ref().or(self.request.as_ref());
        let version = message.map_or("1.1", |message| message.head.version().name());
        format!("http/{version}")
    }

    /// From the first byte of the request to its last.
    #[must_use]
    pub fn send_ns(&self) -> Option<u64> {
        let request = self.request.as_ref()?;
        Some(request.last.time_ns.saturating_sub(request.first.time_ns))
    }

    /// From the last byte of the request to the first of the response; `None`
    /// where that came before.
    #[must_use]
    pub fn wait_ns(&self) -> Option<u64> {
        let request = self
            .request
            .as_ref()
            .filter(|request| request.is_complete)?;
        let response = self.response.as_ref()?;
        response.first.time_ns.checked_sub(request.last.time_ns)
    }

    /// From the first byte of the response to its last.
    #[must_use]
    pub fn receive_ns(&self) -> Option<u64> {
        let response = self.response.as_ref()?;
        Some(response.last.time_ns.saturating_sub(response.first.time_ns))
    }

    /// The host that was asked, as the request names it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.request
            .as_ref()
            .and_then(|request| host(&request.head))
    }

    /// The method and the target.
    #[must_use]
    pub fn asked(&self) -> Option<(&str, &str)> {
        self.request.as_ref()?.head.request()
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let head = &self.response.as_ref()?.head;
        head.status().map(|(code, _)| code)
    }
}

/// The host that a request names: in its target, else in its Host field (RFC 9112,
/// section 3.2.2).
#[must_use]
pub fn host(request: &Head) -> Option<&str> {
    let (method, target) = request.request()?;
    if method == "CONNECT" {
        return Some(target);
    }
    let authority = target.split_once("://").map(|(_, behind)| behind);
    let authority = authority.map(|behind| behind.split(['/', '?']).next().unwrap_or_default());
    authority.or_else(|| request.value("Host"))
}
