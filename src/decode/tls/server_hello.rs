//! The ServerHello, and the HelloRetryRequest that looks like one (RFC 8446, sections
//! 4.1.3 and 4.1.4).

use super::Version;
use super::bytes::Bytes;
use super::extension::{
    ALPN, KEY_SHARE, PRE_SHARED_KEY, SESSION_TICKET, SUPPORTED_VERSIONS, extensions, protocols,
};
use serde::{Deserialize, Serialize};

/// The random of a HelloRetryRequest: SHA-256 of `HelloRetryRequest`.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a server chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerHello {
    /// The version in its old place.
    pub legacy_version: u16,
    /// The version in the extension supported_versions, which counts.
    pub selected_version: Option<u16>,
    /// The session's name, or the client's sent back.
    pub session_id: Vec<u8>,
    /// The cipher suite.
    pub suite: u16,
    /// Types of the extensions, in their order.
    pub extensions: Vec<u16>,
    /// The group of the key exchange, of TLS 1.3.
    pub group: Option<u16>,
    /// Whether it takes the key that the client knows from before, of TLS 1.3.
    pub takes_psk: bool,
    /// What is spoken inside, where that goes in clear.
    pub alpn: Option<String>,
    /// Whether it will send a ticket.
    pub sends_ticket: bool,
    /// Whether it asks for another hello.
    pub is_retry: bool,
    /// Bytes of the message.
    pub bytes: usize,
}

impl ServerHello {
    /// Reads the body of the message.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(body);
        let legacy_version = bytes.u16()?;
        let random = bytes.take(32)?;
        // Drafts of TLS 1.3 up to 21 have neither session nor compression.
        let is_early_draft = legacy_version >> 8 == 0x7f && legacy_version & 0xff <= 21;
        let session_id = match is_early_draft {
            true => Bytes(&[]),
            false => bytes.vector8().filter(|id| id.0.len() <= 32)?,
        };
        let suite = bytes.u16()?;
        if !is_early_draft {
            bytes.u8()?;
        }
        let mut hello = Self {
            legacy_version,
            session_id: session_id.0.to_vec(),
            suite,
            is_retry: random == RETRY,
            bytes: body.len() + super::HandshakeHeader::LENGTH,
            ..Self::default()
        };
        for (kind, mut data) in extensions(bytes) {
            hello.extensions.push(kind);
            match kind {
                SUPPORTED_VERSIONS => hello.selected_version = data.u16(),
                KEY_SHARE => hello.group = data.u16(),
                PRE_SHARED_KEY => hello.takes_psk = true,
                ALPN => hello.alpn = protocols(data).into_iter().next(),
                SESSION_TICKET => hello.sends_ticket = true,
                _ => {}
            }
        }
        Some(hello)
    }

    /// The version that is really chosen.
    #[must_use]
    pub fn version(&self) -> Version {
        Version(self.selected_version.unwrap_or(self.legacy_version))
    }
}
