//! JA4, the fingerprint of a ClientHello (FoxIO, 2023; this part of JA4+ is free under
//! the BSD 3-clause licence): programs that offer the same have the same.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::extension::{ALPN, SERVER_NAME};
use super::names::is_grease;
use super::{ClientHello, Version};

/// Characters of each hash.
const HASH: usize = 12;

/// The fingerprint: `t13d1516h2_8daaf6152771_e5627efa2ab1`.
#[must_use]
pub fn ja4(hello: &ClientHello) -> String {
    let plain = |all: &[u16]| -> Vec<u16> {
        let all = all.iter().copied();
        all.filter(|number| !is_grease(*number)).collect()
    };
    let (mut suites, mut extensions) = (plain(&hello.suites), plain(&hello.extensions));
    let highest = hello.versions().first().copied();
    let highest = highest.unwrap_or(Version(hello.legacy_version));
    let transport = if highest.is_dtls() { 'd' } else { 't' };
    let name = match extensions.contains(&SERVER_NAME) {
        true => 'd',
        false => 'i',
    };
    let mut text = format!(
        "{transport}{}{name}{:02}{:02}{}",
        version(highest),
        suites.len().min(99),
        extensions.len().min(99),
        protocol(hello.alpn.first()),
    );
    suites.sort_unstable();
    extensions.retain(|kind| !matches!(*kind, SERVER_NAME | ALPN));
    extensions.sort_unstable();
    let schemes = plain(&hello.schemes);
    let mut listed = list(&extensions);
    if !schemes.is_empty() {
        let _ = write!(listed, "_{}", list(&schemes));
    }
    let _ = write!(text, "_{}", hash(&list(&suites), suites.is_empty()));
    let _ = write!(text, "_{}", hash(&listed, extensions.is_empty()));
    text
}

fn version(version: Version) -> &'static str {
    match version {
        Version::TLS13 => "13",
        Version::TLS12 => "12",
        Version::TLS11 => "11",
        Version::TLS10 => "10",
        Version::SSL3 => "s3",
        Version::SSL2 => "s2",
        Version::DTLS10 => "d1",
        Version::DTLS12 => "d2",
        Version::DTLS13 => "d3",
        _ => "00",
    }
}

/// The first and the last character of the first protocol.
fn protocol(first: Option<&String>) -> String {
    let bytes = first.map_or(&[][..], |name| name.as_bytes());
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return "00".to_owned();
    };
    match first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        true => format!("{}{}", *first as char, *last as char),
        false => format!("{:x}{:x}", first >> 4, last & 15),
    }
}

fn list(numbers: &[u16]) -> String {
    let each: Vec<String> = numbers.iter().map(|it| format!("{it:04x}")).collect();
    each.join(",")
}

fn hash(text: &str, is_empty: bool) -> String {
    if is_empty {
        return "0".repeat(HASH);
    }
    let digest = Sha256::digest(text.as_bytes());
    let mut hex = String::with_capacity(HASH);
    for byte in digest.iter().take(HASH / 2) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_reproduced() {
        let hello = ClientHello {
            legacy_version: 0x0303,
            suites: vec![
                0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
                0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ],
            extensions: vec![
                0x1a1a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
            ],
            alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
            supported_versions: vec![0x5a5a, 0x0304, 0x0303],
            schemes: vec![
                0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
            ],
            ..ClientHello::default()
        };
        assert_eq!(ja4(&hello), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    }

    #[test]
    fn what_is_not_there_is_zero() {
        let hello = ClientHello {
            legacy_version: 0x0301,
            suites: vec![0x0005],
            ..ClientHello::default()
        };
        let told = ja4(&hello);
        assert!(told.starts_with("t10i010000_"), "{told}");
        assert!(told.ends_with("_000000000000"), "{told}");
    }
}
