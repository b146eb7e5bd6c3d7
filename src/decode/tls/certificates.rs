//! The messages around certificates that go in clear up to TLS 1.2: Certificate,
//! CertificateRequest, ServerKeyExchange (RFC 5246, sections 7.4.2 to 7.4.4).

use super::bytes::Bytes;

/// The certificates of a message, each as DER; `None` where it is none.
#[must_use]
pub fn certificates(body: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all = Bytes(body).vector24()?;
    let mut found = Vec::new();
    while !all.is_empty() {
        found.push(all.vector24()?.0);
    }
    Some(found)
}

/// How many authorities a CertificateRequest names.
#[must_use]
pub fn certificate_request_authorities(body: &[u8], has_schemes: bool) -> Option<usize> {
    let mut bytes = Bytes(body);
    bytes.vector8()?;
    if has_schemes {
        bytes.vector16()?;
    }
    let mut names = bytes.vector16()?;
    let mut count = 0;
    while names.vector16().is_some() {
        count += 1;
    }
    Some(count)
}

/// The named group of an elliptic-curve ServerKeyExchange (RFC 8422, section 5.4).
#[must_use]
pub fn key_exchange_group(body: &[u8]) -> Option<u16> {
    const NAMED_CURVE: u8 = 3;
    let mut bytes = Bytes(body);
    (bytes.u8()? == NAMED_CURVE).then(|| bytes.u16())?
}
