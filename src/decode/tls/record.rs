//! Records (RFC 8446, section 5.1): type, version, length.

use super::bytes::Bytes;
use super::handshake::HandshakeHeader;

/// What a record carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// From here on the new keys are used.
    ChangeCipherSpec,
    /// An alert.
    Alert,
    /// Handshake messages.
    Handshake,
    /// Application data, and under TLS 1.3 all that is encrypted.
    ApplicationData,
    /// Heartbeats (RFC 6520).
    Heartbeat,
}

impl ContentType {
    /// The name in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChangeCipherSpec => "change_cipher_spec",
            Self::Alert => "alert",
            Self::Handshake => "handshake",
            Self::ApplicationData => "application_data",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// The longest record: 2^14 bytes and what encryption may add (RFC 5246, section
/// 6.2.3).
const LONGEST: u16 = (1 << 14) + 2048;

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it carries.
    pub content: ContentType,
    /// The version that its header names, which is a formality.
    pub version: u16,
    /// Bytes behind the header.
    pub length: usize,
}

impl Record {
    /// Bytes of the header.
    pub const HEADER: usize = 5;

    /// Reads the header; `None` where it is none, or not whole.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [content, major, minor, high, low, ..] = *bytes else {
            return None;
        };
        let content = content_type(content)?;
        let length = u16::from_be_bytes([high, low]);
        let is_plain = major == 3 && minor <= 4 && length > 0 && length <= LONGEST;
        is_plain.then(|| Self {
            content,
            version: u16::from_be_bytes([major, minor]),
            length: length.into(),
        })
    }

    /// Whether these bytes may be the beginning of one, as far as they go.
    #[must_use]
    pub fn may_be(bytes: &[u8]) -> bool {
        let mut bytes = Bytes(bytes);
        let known = bytes.u8().is_none_or(|first| content_type(first).is_some());
        let major = bytes.u8().is_none_or(|major| major == 3);
        let minor = bytes.u8().is_none_or(|minor| minor <= 4);
        let length = bytes.u16();
        known && major && minor && length.is_none_or(|length| length > 0 && length <= LONGEST)
    }
}

pub(super) const fn content_type(number: u8) -> Option<ContentType> {
    Some(match number {
        20 => ContentType::ChangeCipherSpec,
        21 => ContentType::Alert,
        22 => ContentType::Handshake,
        23 => ContentType::ApplicationData,
        24 => ContentType::Heartbeat,
        _ => return None,
    })
}

/// Whether a side that begins with these bytes may speak TLS: a record with a
/// hello, or the hello of SSL 2.0, as far as the bytes go.
#[must_use]
pub fn may_begin(bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [22, ..] => {
            let is_hello = bytes.get(5).is_none_or(|kind| matches!(kind, 1 | 2));
            Record::may_be(bytes) && is_hello
        }
        _ => super::client_hello::is_ssl2(bytes),
    }
}

/// Whether these bytes begin with a record that begins with a ClientHello, beyond
/// doubt: for finding where TLS begins in the middle of a connection.
#[must_use]
pub fn begins_with_client_hello(bytes: &[u8]) -> bool {
    let [22, 3, ..] = bytes else { return false };
    let Some(record) = Record::parse(bytes) else {
        return false;
    };
    let Some(body) = bytes.get(Record::HEADER..) else {
        return false;
    };
    let Some(header) = HandshakeHeader::parse(body) else {
        return false;
    };
    // The message may go on in the next record, which most do not.
    let fits = HandshakeHeader::LENGTH + header.length >= record.length;
    let Some(&[major, minor]) = body.get(4..6) else {
        return false;
    };
    let session_id = body.get(38).is_none_or(|length| *length <= 32);
    header.kind == 1 && fits && major == 3 && minor <= 4 && header.length >= 40 && session_id
}

/// Whether these bytes begin with an alert in clear.
#[must_use]
pub fn begins_with_alert(bytes: &[u8]) -> bool {
    let is_alert = Record::parse(bytes)
        .is_some_and(|record| record.content == ContentType::Alert && record.length == 2);
    let body = bytes.get(Record::HEADER..Record::HEADER + 2);
    is_alert && body.is_some_and(|body| super::Alert::parse(body).is_some())
}
