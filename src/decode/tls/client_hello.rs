//! The ClientHello (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2), and that of
//! SSL 2.0 (RFC 5246, appendix E.2).

use super::Version;
use super::bytes::Bytes;
use super::extension::{
    ALPN, EARLY_DATA, ENCRYPTED_CLIENT_HELLO, KEY_SHARE, PRE_SHARED_KEY, SERVER_NAME,
    SESSION_TICKET, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS, SUPPORTED_VERSIONS, extensions,
    key_shares, protocols, server_name,
};
use super::names::is_grease;
use serde::{Deserialize, Serialize};

/// What a client offers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientHello {
    /// The version in its old place, which TLS 1.3 keeps at 1.2.
    pub legacy_version: u16,
    /// The session that it would resume, or random bytes that only look like one.
    pub session_id: Vec<u8>,
    /// Cipher suites, in the client's order.
    pub suites: Vec<u16>,
    /// Types of the extensions, in their order.
    pub extensions: Vec<u16>,
    /// The host that it wants.
    pub server_name: Option<String>,
    /// What it would speak inside, the most wanted first.
    pub alpn: Vec<String>,
    /// The extension supported_versions, as it stands there.
    pub supported_versions: Vec<u16>,
    /// Groups for the key exchange.
    pub groups: Vec<u16>,
    /// Those of which it sends its share at once.
    pub key_shares: Vec<u16>,
    /// Signature schemes.
    pub schemes: Vec<u16>,
    /// Bytes of the session ticket that it would resume; `None` where it does not even
    /// take one.
    pub ticket: Option<usize>,
    /// Whether it knows a key from before (pre_shared_key).
    pub offers_psk: bool,
    /// Whether data follow it at once (0-RTT).
    pub early_data: bool,
    /// Whether it has an encrypted hello inside, or only what looks like one.
    pub encrypted_client_hello: bool,
    /// Whether it is the hello of SSL 2.0.
    pub is_ssl2: bool,
    /// Bytes of the message.
    pub bytes: usize,
}

impl ClientHello {
    /// Reads the body of the message. `has_cookie`: of DTLS, which has one more field.
    #[must_use]
    pub fn parse(body: &[u8], has_cookie: bool) -> Option<Self> {
        let mut bytes = Bytes(body);
        let legacy_version = bytes.u16()?;
        bytes.take(32)?;
        let session_id = bytes.vector8().filter(|id| id.0.len() <= 32)?;
        if has_cookie {
            bytes.vector8()?;
        }
        let suites = bytes.vector16()?;
        if suites.is_empty() || !suites.0.len().is_multiple_of(2) {
            return None;
        }
        bytes.vector8().filter(|methods| !methods.is_empty())?;
        let mut hello = Self {
            legacy_version,
            session_id: session_id.0.to_vec(),
            suites: suites.numbers(),
            bytes: body.len() + super::HandshakeHeader::LENGTH,
            ..Self::default()
        };
        for (kind, data) in extensions(bytes) {
            hello.extension(kind, data);
        }
        Some(hello)
    }

    fn extension(&mut self, kind: u16, mut data: Bytes<'_>) {
        let list16 = |mut data: Bytes<'_>| data.vector16().map_or_else(Vec::new, Bytes::numbers);
        self.extensions.push(kind);
        match kind {
            SERVER_NAME => self.server_name = server_name(data),
            ALPN => self.alpn = protocols(data),
            SUPPORTED_VERSIONS => {
                self.supported_versions = data.vector8().map_or_else(Vec::new, Bytes::numbers);
            }
            SUPPORTED_GROUPS => self.groups = list16(data),
            SIGNATURE_ALGORITHMS => self.schemes = list16(data),
            KEY_SHARE => self.key_shares = key_shares(data),
            SESSION_TICKET => self.ticket = Some(data.0.len()),
            PRE_SHARED_KEY => self.offers_psk = true,
            EARLY_DATA => self.early_data = true,
            ENCRYPTED_CLIENT_HELLO => self.encrypted_client_hello = true,
            _ => {}
        }
    }

    /// Reads the hello of SSL 2.0, all of its record. Servers answered it with TLS.
    #[must_use]
    pub fn parse_ssl2(record: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(record.get(3..)?);
        let legacy_version = bytes.u16()?;
        let (suites, session_id, challenge) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
        let suites = bytes.take(suites.into())?.chunks_exact(3);
        let session_id = bytes.take(session_id.into())?;
        bytes.take(challenge.into())?;
        Some(Self {
            legacy_version,
            session_id: session_id.to_vec(),
            // Those of SSL 2.0 itself have a first byte that is not 0.
            suites: suites
                .filter_map(|suite| match suite {
                    [0, high, low] => Some(u16::from_be_bytes([*high, *low])),
                    _ => None,
                })
                .collect(),
            is_ssl2: true,
            bytes: record.len().saturating_sub(2),
            ..Self::default()
        })
    }

    /// The versions that it offers, the highest first; up to the one in the old place
    /// where it does not list them.
    #[must_use]
    pub fn versions(&self) -> Vec<Version> {
        let listed = self.supported_versions.iter().copied();
        let listed = listed.filter(|version| !is_grease(*version)).map(Version);
        let mut all: Vec<Version> = listed.collect();
        if all.is_empty() {
            all.push(Version(self.legacy_version));
        }
        all.sort_by_key(|version| std::cmp::Reverse(version.rank()));
        all
    }

    /// Whether it offers a version: those below the one in the old place too, where it
    /// lists none.
    #[must_use]
    pub fn offers_version(&self, version: Version) -> bool {
        match self.supported_versions.is_empty() {
            true => version.rank() <= Version(self.legacy_version).rank(),
            false => self.supported_versions.contains(&version.0),
        }
    }
}

/// Whether bytes may be the beginning of the hello of SSL 2.0: a record of two length
/// bytes, type 1, a version that is known, and lengths that add up.
pub(super) fn is_ssl2(bytes: &[u8]) -> bool {
    let [high @ 0x80..=0x83, low, 1, major, minor, rest @ ..] = bytes else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes([high & 0x7f, *low]));
    let mut rest = Bytes(rest);
    let is_known = matches!((major, minor), (0, 2) | (3, 0..=3));
    let lengths = [rest.u16(), rest.u16(), rest.u16()];
    let [Some(suites), Some(session_id), Some(challenge)] = lengths.map(|it| it.map(usize::from))
    else {
        return false;
    };
    let sum = 9 + suites + session_id + challenge;
    let is_list = suites > 0 && suites.is_multiple_of(3);
    is_known && sum == length && is_list && matches!(session_id, 0 | 16) && challenge >= 16
}
