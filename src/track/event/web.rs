//! What HTTP carries for programs: cookies, tokens, the leave to ask another
//! origin; and what a connection and a visit were.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::PacketNumber;
use crate::decode::constant::{Constant, constant};
use crate::decode::http::{Head, Refusal, Version};
use crate::track::Phase;

/// A response sets cookies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieSet {
    /// Which exchange of its connection.
    pub index: u64,
    /// The response's head.
    pub head: Arc<Head>,
}

/// A request brings cookies back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieSent {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head.
    pub head: Arc<Head>,
    /// The packets that set them, as far as this connection shows it.
    pub set_by: Vec<PacketNumber>,
}

/// Who can read what goes without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exposure {
    /// Everyone on the way.
    #[default]
    Network,
    /// It does not leave the host.
    Loopback,
    /// A proxy took it out of TLS: it is behind that, on the way to the server.
    BehindProxy,
}

/// Cookies that are for TLS alone go in clear text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CookieUnprotected {
    /// Which exchange of its connection.
    pub index: u64,
    /// Whether a response sets them; else a request brings them.
    pub of_response: bool,
    /// Their names.
    pub names: Vec<Box<str>>,
    /// Who can read them.
    pub exposure: Exposure,
}

/// A password or a token goes in clear text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInClear {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head.
    pub head: Arc<Head>,
    /// The field that it stands in.
    #[serde(deserialize_with = "constant")]
    pub field: Constant,
    /// Who can read it.
    pub exposure: Exposure,
}

/// A secret stands in what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInUrl {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head.
    pub head: Arc<Head>,
    /// Who can read it.
    pub exposure: Exposure,
    /// Whether all of it is made to stand there: a code that serves once, or the
    /// signature of a link.
    pub is_meant: bool,
}

/// A browser asked whether a page may ask, and was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Which exchange of its connection.
    pub index: u64,
    /// The request's head.
    pub request: Arc<Head>,
    /// The response's head.
    pub response: Arc<Head>,
    /// The packet of the request.
    pub asked: PacketNumber,
    /// Why a browser refuses, if it surely does.
    pub refusal: Option<Refusal>,
}

/// Finding: which version a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpVersion {
    /// The request names this one.
    pub of_request: Version,
    /// The response this one.
    pub of_response: Version,
    /// The first request's packet.
    pub request: PacketNumber,
    /// The first response's.
    pub response: PacketNumber,
}

impl HttpVersion {
    /// What both can do.
    #[must_use]
    pub fn spoken(&self) -> Version {
        self.of_request.min(self.of_response)
    }
}

/// Finding: one phase took at least half of a visit that was long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitSlowPhase {
    /// The visit's number.
    pub visit: u64,
    /// Whom it was to.
    pub name: String,
    /// The phase.
    pub phase: Phase,
    /// Its share of the whole.
    pub percent: u64,
    /// The whole: from the first phase's start to the last's end.
    pub total_ns: u64,
    /// How long the network takes there and back, as the handshake shows it.
    pub round_trip_ns: Option<u64>,
}
