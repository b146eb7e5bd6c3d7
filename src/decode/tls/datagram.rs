//! DTLS up to 1.2 and the hellos of 1.3: records in datagrams (RFC 6347, section 4.1;
//! RFC 9147, section 4) and the fragments of handshake messages in them (RFC 6347,
//! section 4.2.2).

use super::bytes::Bytes;
use super::record::content_type;
use super::{ContentType, Version, handshake_name};
use crate::decode::Protocol;
use crate::decode::cursor::Cursor;

/// A record, as far as it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatagramRecord<'a> {
    /// What it carries.
    pub content: ContentType,
    /// The version that its header names.
    pub version: Version,
    /// How often the keys have changed: 0 is in clear.
    pub epoch: u16,
    /// Bytes behind the header, on the wire.
    pub length: usize,
    /// Those that were captured.
    pub body: &'a [u8],
}

impl<'a> DatagramRecord<'a> {
    /// Bytes of the header: type, version, epoch, sequence number, length.
    pub const HEADER: usize = 13;

    /// Reads the record with which these bytes begin.
    #[must_use]
    pub fn parse(datagram: &'a [u8]) -> Option<Self> {
        let mut bytes = Bytes(datagram);
        let content = content_type(bytes.u8()?)?;
        let version = Version(bytes.u16()?);
        if !matches!(version, Version::DTLS10 | Version::DTLS12) {
            return None;
        }
        let epoch = bytes.u16()?;
        bytes.take(SEQUENCE_NUMBER)?;
        let length = usize::from(bytes.u16()?);
        let body = bytes.0.get(..length).unwrap_or(bytes.0);
        (length > 0).then_some(Self {
            content,
            version,
            epoch,
            length,
            body,
        })
    }

    /// The records of a datagram, in order, up to the first bytes that are none: from
    /// the keys of DTLS 1.3 on they have another header.
    pub fn all(datagram: &'a [u8]) -> impl Iterator<Item = Self> {
        let mut rest = datagram;
        std::iter::from_fn(move || {
            let record = Self::parse(rest)?;
            rest = rest.get(Self::HEADER + record.length..).unwrap_or_default();
            Some(record)
        })
    }
}

/// The epochs of the records behind the last one that begins as [`DatagramRecord`] does:
/// those under the keys of DTLS 1.3, as the lowest two bits of each (RFC 9147, section
/// 4). They end with the first of which the length is not known.
pub fn ciphertext_epochs(datagram: &[u8]) -> impl Iterator<Item = u8> {
    const HAS_CONNECTION_ID: u8 = 0x10;
    const HAS_LONG_NUMBER: u8 = 0x08;
    const HAS_LENGTH: u8 = 0x04;
    let records = DatagramRecord::all(datagram);
    let start: usize = records
        .map(|record| DatagramRecord::HEADER + record.length)
        .sum();
    let mut bytes = Bytes(datagram.get(start..).unwrap_or_default());
    std::iter::from_fn(move || {
        let first = bytes.u8().filter(|first| first >> 5 == 0b001)?;
        let number = if first & HAS_LONG_NUMBER == 0 { 1 } else { 2 };
        let is_measured = first & (HAS_CONNECTION_ID | HAS_LENGTH) == HAS_LENGTH;
        let skipped = bytes
            .take(number)
            .filter(|_| is_measured)
            .and_then(|_| bytes.vector16());
        if skipped.is_none() {
            bytes = Bytes(&[]);
        }
        Some(first & 0b11)
    })
}

/// Bytes of a record's sequence number.
const SEQUENCE_NUMBER: usize = 6;

/// One fragment of a handshake message, or all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeFragment<'a> {
    /// The message's type.
    pub kind: u8,
    /// Bytes of the whole message, without its header.
    pub length: usize,
    /// The message's number; sent again, it has the same.
    pub number: u16,
    /// Where the fragment stands in the message.
    pub offset: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
}

impl<'a> HandshakeFragment<'a> {
    /// Bytes of the header: type, length, number, and the fragment's offset and length.
    pub const HEADER: usize = 12;

    /// The fragments of a record in clear, up to the first that is not whole.
    pub fn all(record: &'a [u8]) -> impl Iterator<Item = Self> {
        let mut bytes = Bytes(record);
        std::iter::from_fn(move || {
            let kind = bytes.u8()?;
            let length = bytes.u24()? as usize;
            let number = bytes.u16()?;
            let offset = bytes.u24()? as usize;
            let fragment_length = bytes.u24()? as usize;
            let fits = offset + fragment_length <= length;
            let bytes = bytes.take(fragment_length).filter(|_| fits)?;
            Some(Self {
                kind,
                length,
                number,
                offset,
                bytes,
            })
        })
    }
}

/// The cookie of a HelloVerifyRequest, which the client has to send back (RFC 6347,
/// section 4.2.1): how many bytes it has.
#[must_use]
pub fn verify_request_cookie(body: &[u8]) -> Option<usize> {
    let mut bytes = Bytes(body);
    let version = Version(bytes.u16()?);
    let cookie = bytes.vector8()?;
    (version.is_dtls() && bytes.is_empty()).then_some(cookie.0.len())
}

/// A datagram that is DTLS by its bytes alone, whatever its ports: the first record is
/// one of a version that is known, all of them fill the datagram, and what is in clear
/// reads as what it says that it is.
pub(in crate::decode) fn on_any_port(cursor: &mut Cursor<'_, '_>) {
    let Some([20..=23, 0xfe, 0xfd | 0xff, ..]) = cursor.rest.first_chunk::<3>() else {
        return;
    };
    let on_wire = cursor.remaining() as usize;
    if is_dtls(cursor.rest, on_wire) {
        // Beyond the most layers it stays payload, and nothing is lost.
        let _ = cursor.layer(Protocol::Dtls, 0);
    }
}

fn is_dtls(datagram: &[u8], on_wire: usize) -> bool {
    let mut end = 0;
    for record in DatagramRecord::all(datagram) {
        end += DatagramRecord::HEADER + record.length;
        if end > on_wire || !reads(&record) {
            return false;
        }
    }
    let is_encrypted_next = || {
        // 001 and five bits (RFC 9147, section 4).
        let next = datagram.get(end);
        next.is_none_or(|first| first >> 5 == 0b001)
    };
    end > 0 && (end == on_wire || is_encrypted_next())
}

/// Whether what is in clear is what its type says, as far as it was captured.
fn reads(record: &DatagramRecord<'_>) -> bool {
    let is_whole = record.body.len() == record.length;
    match record.content {
        _ if record.epoch > 0 || !is_whole => true,
        ContentType::ChangeCipherSpec => record.body == [1],
        ContentType::Alert => super::Alert::parse(record.body).is_some(),
        ContentType::Handshake => {
            let mut all = HandshakeFragment::all(record.body);
            all.next()
                .is_some_and(|first| handshake_name(first.kind).is_some())
        }
        ContentType::ApplicationData | ContentType::Heartbeat => false,
    }
}
