//! What a connection's TLS is, as far as it shows.

use super::super::{Endpoint, Opening, PacketNumber, Seen, Side, Sides};
use crate::decode::tls::{Alert, Certificate, Version};
use serde::{Deserialize, Serialize};

/// How an earlier session went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resumed {
    /// By a ticket that the client kept (RFC 5077).
    Ticket,
    /// By the session's name, which the server kept.
    Id,
    /// By a key from before (TLS 1.3).
    Psk,
    /// It did not.
    No,
}

impl Resumed {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Id => "id",
            Self::Psk => "psk",
            Self::No => "no",
        }
    }
}

/// What came of data with the client's first words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EarlyData {
    /// None were offered.
    #[default]
    None,
    /// Whether the server takes them, is encrypted.
    Offered,
    /// It did.
    Accepted,
    /// It did not.
    Rejected,
}

impl EarlyData {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// An alert, with who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertSeen {
    /// Who sent it.
    pub side: Side,
    /// What it says.
    pub alert: Alert,
    /// The packet.
    pub packet: PacketNumber,
}

/// The TLS of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSession {
    /// Its conversation's number.
    pub conversation: u64,
    /// The conversation's ends.
    pub ends: Sides<Endpoint>,
    /// The opening of the connection.
    pub opening: Option<Opening>,
    /// Who asked for TLS; the conversation's server may.
    pub asker: Side,
    /// The version that was really chosen.
    pub version: Option<Version>,
    /// The versions that were offered, the highest first.
    pub versions_offered: Vec<Version>,
    /// The cipher suite.
    pub suite: Option<u16>,
    /// The group of the key exchange.
    pub group: Option<u16>,
    /// The host that was asked: the outer one, where another is encrypted inside.
    pub server_name: Option<String>,
    /// What is spoken inside, where that went in clear.
    pub alpn: Option<String>,
    /// What the client would speak inside.
    pub alpn_offered: Vec<String>,
    /// Whether an earlier session went on, where it shows.
    pub resumed: Option<Resumed>,
    /// Data with the client's first words; `None` where its hello was not captured.
    pub early_data: Option<EarlyData>,
    /// Whether the client's hello has an encrypted one inside, or what looks like one;
    /// `None` where it was not captured.
    pub encrypted_client_hello: Option<bool>,
    /// Whether the server asked for a certificate; `None` where that is encrypted.
    pub client_certificate_asked: Option<bool>,
    /// The client's first byte.
    pub hello: Option<Seen>,
    /// Bytes of the client's hello.
    pub hello_bytes: Option<usize>,
    /// The last byte of the handshake.
    pub established: Option<Seen>,
    /// Round trips before the client had the keys.
    pub round_trips: Option<u32>,
    /// The server's certificates, its own first, where they went in clear.
    pub certificates: Vec<Certificate>,
    /// Alerts in clear.
    pub alerts: Vec<AlertSeen>,
    /// The fingerprint of the client's hello, JA4.
    pub fingerprint: Option<String>,
    /// Whether it failed.
    pub has_failed: bool,
    /// Whether a certificate was not valid at its time.
    pub has_expired: bool,
    /// Whether the certificate was for other hosts.
    pub is_for_another: bool,
    /// The first record of application data of the client, where that can be told from
    /// what else is encrypted.
    pub request: Option<Seen>,
    /// The first of the server behind it.
    pub answer: Option<Seen>,
    /// Nothing more of it is looked at; it is told before, when it is established.
    pub is_over: bool,
}

impl TlsSession {
    /// How long the handshake took.
    #[must_use]
    pub fn handshake_ns(&self) -> Option<u64> {
        let (hello, end) = (self.hello?, self.established?);
        end.time_ns.checked_sub(hello.time_ns)
    }
}
