//! TLS.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::PacketNumber;
use crate::decode::constant::{Constant, constant, optional};
use crate::decode::tls::{Alert, Certificate, ClientHello, ServerHello, Version};
use crate::track::{Resumed, Seen, Side};

/// A client offers TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsClientHello {
    /// What it offers.
    pub hello: Arc<ClientHello>,
    /// Its first byte.
    pub first: Seen,
    /// Its last byte.
    pub last: Seen,
    /// Packets that brought it.
    pub packets: u32,
    /// The one before it, where the server asked for another.
    pub before: Option<PacketNumber>,
    /// Its fingerprint, JA4.
    pub fingerprint: String,
}

/// A server chooses, or asks for another hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsServerHello {
    /// What it chooses.
    pub hello: Arc<ServerHello>,
    /// What it chooses from; `None` where that was not captured.
    pub offered: Option<Arc<ClientHello>>,
    /// The offer's first byte.
    pub asked: Option<Seen>,
    /// Its first byte.
    pub first: Seen,
}

impl TlsServerHello {
    /// Whether it sends back the session of the client, who made it up: TLS 1.3 that
    /// looks like TLS 1.2 to what stands on the way (RFC 8446, appendix D.4).
    #[must_use]
    pub fn is_compatible(&self) -> bool {
        let sent = self.offered.as_ref().map(|offered| &offered.session_id);
        self.hello.version().is_13()
            && sent.is_some_and(|sent| !sent.is_empty() && *sent == self.hello.session_id)
    }
}

/// A server asks for another hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsRetry {
    /// A HelloRetryRequest: with what it chooses (RFC 8446, section 4.1.4).
    Hello(TlsServerHello),
    /// A HelloVerifyRequest of DTLS: with a cookie that only who is at that address gets
    /// (RFC 6347, section 4.2.1).
    Cookie {
        /// Bytes of the cookie.
        bytes: usize,
        /// The first hello's first byte; `None` where that was not captured.
        asked: Option<Seen>,
        /// Its first byte.
        first: Seen,
    },
}

/// One side shows its certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsCertificate {
    /// Whether it is the server; else the client was asked for them.
    pub of_server: bool,
    /// Those that could be read, the sender's own first.
    pub certificates: Arc<[Certificate]>,
    /// All that were sent.
    pub count: usize,
    /// Bytes of the message.
    pub bytes: usize,
    /// The host that was asked.
    pub server_name: Option<String>,
    /// Whether each is signed by the next, by their names; `None` where there is only
    /// one.
    pub in_order: Option<bool>,
    /// Its first byte.
    pub first: Seen,
    /// Its last byte.
    pub last: Seen,
}

/// Both sides have the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsEstablished {
    /// The version that is spoken.
    pub version: Version,
    /// The cipher suite.
    pub suite: u16,
    /// What is spoken inside, where that went in clear.
    pub alpn: Option<String>,
    /// Whether an earlier session went on.
    pub resumed: Option<Resumed>,
    /// The client's first byte.
    pub hello: Seen,
    /// The last byte of the handshake.
    pub end: Seen,
    /// Round trips before the client had the keys, by the flights that were seen.
    pub round_trips: u32,
    /// As many as the version needs; `None` where that depends on what is encrypted.
    pub expected: Option<u32>,
    /// Whether the server asked for another hello.
    pub is_retried: bool,
    /// The end is known by the size of a record alone: all is encrypted there.
    pub is_certain: bool,
}

/// Data go along with the client's first words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsEarlyData {
    /// Where the offer was made.
    pub hello: PacketNumber,
    /// Whether the server takes them, where it shows.
    pub is_accepted: Option<bool>,
}

/// An alert in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsAlert {
    /// Whether the server sent it.
    pub of_server: bool,
    /// What it says.
    pub alert: Alert,
    /// The message before it, by name.
    #[serde(deserialize_with = "constant")]
    pub after: Constant,
}

/// Finding: it ended before both sides had the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFailed {
    /// The host that was asked.
    pub server_name: Option<String>,
    /// The last message that was seen, by name.
    #[serde(deserialize_with = "constant")]
    pub after: Constant,
    /// Whether the server sent that.
    pub after_server: bool,
    /// The alert in clear, with whether the server sent it.
    pub alert: Option<(Alert, bool)>,
    /// Who gave up, where it shows: whether the server did.
    pub by_server: Option<bool>,
    /// How it ended.
    pub how: TlsEnd,
    /// The client's first byte.
    pub hello: Seen,
    /// How long it had taken until then.
    pub took_ns: Option<u64>,
}

/// How a handshake that failed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsEnd {
    /// By an alert, nothing else was seen.
    Alert,
    /// By a FIN.
    Closed,
    /// By a RST, or a close while bytes were under way.
    Reset,
}

/// A certificate is not valid at the time of the capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsCertificateExpired {
    /// The certificate.
    pub certificate: Certificate,
    /// Which one of those that were sent, from 1: the server's own.
    pub place: usize,
    /// When it was shown.
    pub at_ns: u64,
}

/// A certificate is for other hosts than the one that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsCertificateName {
    /// The certificate.
    pub certificate: Certificate,
    /// The host that was asked.
    pub server_name: String,
}

/// TLS 1.1 or older is agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsVersionOld {
    /// What is agreed on.
    pub version: Version,
    /// The highest that the client offers.
    pub offered: Option<Version>,
}

/// One side speaks TLS, the other something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsPlaintext {
    /// Who speaks TLS.
    pub tls: Side,
    /// Where that was seen first.
    pub packet: PacketNumber,
    /// What the other speaks, by the looks.
    #[serde(deserialize_with = "optional")]
    pub other: Option<Constant>,
}

/// What a server chose that was not offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotOffered {
    /// The cipher suite.
    Suite(u16),
    /// The group.
    Group(u16),
    /// The version.
    Version(Version),
    /// The protocol inside.
    Alpn(String),
}

/// A server chose what was not offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsNotOffered {
    /// What it chose.
    pub chosen: NotOffered,
    /// What was offered instead.
    pub offered: Arc<ClientHello>,
    /// The offer's packet.
    pub hello: PacketNumber,
}
