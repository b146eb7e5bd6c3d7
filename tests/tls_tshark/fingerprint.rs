//! JA4 once more, out of the fields that tshark gives, by its description alone.

use sha2::{Digest, Sha256};

use crate::theirs::ClientHello;

fn is_grease(number: &u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

/// The first six bytes of a hash, or zeros where there is nothing to hash.
fn hashed(text: &str) -> String {
    if text.is_empty() {
        return "000000000000".to_owned();
    }
    let bytes = Sha256::digest(text.as_bytes());
    bytes
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn listed(numbers: &[u16]) -> String {
    let texts: Vec<String> = numbers.iter().map(|it| format!("{it:04x}")).collect();
    texts.join(",")
}

/// The fingerprint of a hello.
pub fn ja4(hello: &ClientHello) -> String {
    let plain = |numbers: &[u16]| -> Vec<u16> {
        let kept = numbers.iter().filter(|it| !is_grease(it));
        kept.copied().collect()
    };
    let mut suites = plain(&hello.suites);
    let mut extensions = plain(&hello.extensions);
    let transport = if hello.is_datagram { 'd' } else { 't' };
    // DTLS counts downwards, so that the lowest number is the highest version.
    let versions = plain(&hello.versions);
    let highest = match hello.is_datagram {
        true => versions.iter().min(),
        false => versions.iter().max(),
    };
    let version = match highest.copied().unwrap_or(hello.version) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    };
    let name = if extensions.contains(&0) { 'd' } else { 'i' };
    let alpn = match hello.alpn.first().map(String::as_bytes) {
        Some([first, .., last]) => format!("{}{}", char::from(*first), char::from(*last)),
        Some([only]) => format!("{0}{0}", char::from(*only)),
        _ => "00".to_owned(),
    };
    let counts = [suites.len().min(99), extensions.len().min(99)];
    let first = format!(
        "{transport}{version}{name}{:02}{:02}{alpn}",
        counts[0], counts[1]
    );
    suites.sort_unstable();
    extensions.retain(|it| !matches!(it, 0 | 16));
    extensions.sort_unstable();
    let mut behind = listed(&extensions);
    if !hello.schemes.is_empty() && !behind.is_empty() {
        behind = format!("{behind}_{}", listed(&plain(&hello.schemes)));
    }
    format!("{first}_{}_{}", hashed(&listed(&suites)), hashed(&behind))
}

#[test]
fn it_is_that_of_the_description() {
    // The example of the description: Chrome on Windows.
    let hello = ClientHello {
        version: 0x0303,
        versions: vec![0x2a2a, 0x0304, 0x0303],
        suites: vec![
            0x3a3a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
            0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ],
        extensions: vec![
            0x4a4a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023,
            0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015,
        ],
        schemes: vec![
            0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
        ],
        server_name: Some("example.com".to_owned()),
        alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
        is_datagram: false,
    };
    assert_eq!(ja4(&hello), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}
