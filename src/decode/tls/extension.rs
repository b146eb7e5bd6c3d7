//! Extensions of hellos (RFC 8446, section 4.2): type and data, and the data of those
//! that something is made of.

use super::bytes::Bytes;

/// Extensions that are told apart at the most.
const EXTENSIONS_AT_MOST: usize = 256;

/// Characters of a name that are kept: no host name is longer (RFC 1035).
const NAME_AT_MOST: usize = 255;

/// Protocols of a list that are kept.
const PROTOCOLS_AT_MOST: usize = 32;

pub(super) const SERVER_NAME: u16 = 0;
pub(super) const SUPPORTED_GROUPS: u16 = 10;
pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
pub(super) const ALPN: u16 = 16;
pub(super) const SESSION_TICKET: u16 = 35;
pub(super) const PRE_SHARED_KEY: u16 = 41;
pub(super) const EARLY_DATA: u16 = 42;
pub(super) const SUPPORTED_VERSIONS: u16 = 43;
pub(super) const KEY_SHARE: u16 = 51;
pub(super) const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;

/// The extensions at the end of a hello, in their order. What is behind the first that
/// is not whole is left out.
pub(super) fn extensions(mut bytes: Bytes<'_>) -> Vec<(u16, Bytes<'_>)> {
    let mut all = bytes.vector16().unwrap_or(Bytes(&[]));
    let mut found = Vec::new();
    while found.len() < EXTENSIONS_AT_MOST
        && let Some(kind) = all.u16()
        && let Some(data) = all.vector16()
    {
        found.push((kind, data));
    }
    found
}

/// The host name (RFC 6066, section 3).
pub(super) fn server_name(mut data: Bytes<'_>) -> Option<String> {
    let mut names = data.vector16()?;
    while let Some(kind) = names.u8() {
        let name = names.vector16()?;
        if kind == 0 && !name.is_empty() {
            return Some(name.text(NAME_AT_MOST));
        }
    }
    None
}

/// Protocols by name (RFC 7301, section 3.1).
pub(super) fn protocols(mut data: Bytes<'_>) -> Vec<String> {
    let mut all = data.vector16().unwrap_or(Bytes(&[]));
    let mut found = Vec::new();
    while found.len() < PROTOCOLS_AT_MOST
        && let Some(name) = all.vector8()
    {
        found.push(name.text(NAME_AT_MOST));
    }
    found
}

/// The groups for which a client sends its share of the key.
pub(super) fn key_shares(mut data: Bytes<'_>) -> Vec<u16> {
    let mut all = data.vector16().unwrap_or(Bytes(&[]));
    let mut found = Vec::new();
    while found.len() < EXTENSIONS_AT_MOST
        && let Some(group) = all.u16()
        && all.vector16().is_some()
    {
        found.push(group);
    }
    found
}
