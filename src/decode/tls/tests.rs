//! Hellos, records and certificates, whole and broken.

use proptest::prelude::*;

use super::*;

/// A record of this type around these bytes.
pub(crate) fn record(content: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16).to_be_bytes();
    [&[content, 3, 3, length[0], length[1]], body].concat()
}

/// A handshake message.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_be_bytes();
    [&[kind, length[1], length[2], length[3]], body].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
    bytes
}

fn with_extensions(mut body: Vec<u8>, extensions: &[Vec<u8>]) -> Vec<u8> {
    let all = extensions.concat();
    body.extend((all.len() as u16).to_be_bytes());
    body.extend(all);
    body
}

/// The body of a ClientHello: TLS 1.3 and 1.2, `a.example`, one share.
pub(crate) fn client_hello(session_id: &[u8], more: &[Vec<u8>]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(session_id.len() as u8);
    body.extend(session_id);
    body.extend([0, 6, 0x0a, 0x0a, 0x13, 0x01, 0xc0, 0x2f, 1, 0]);
    let mut extensions = vec![
        extension(0, b"\0\x0c\0\0\x09a.example"),
        extension(16, b"\0\x03\x02h2"),
        extension(43, &[6, 0x1a, 0x1a, 3, 4, 3, 3]),
        extension(10, &[0, 4, 0, 29, 0, 23]),
        extension(51, &[0, 6, 0, 29, 0, 2, 1, 2]),
        extension(13, &[0, 2, 4, 3]),
    ];
    extensions.extend_from_slice(more);
    with_extensions(body, &extensions)
}

/// The body of a ServerHello of TLS 1.3, or of the retry that looks like one.
pub(crate) fn server_hello(suite: u16, is_retry: bool) -> Vec<u8> {
    let retry = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ];
    let mut body = vec![3, 3];
    body.extend(if is_retry { retry } else { [9; 32] });
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    let group = if is_retry { [0, 23] } else { [0, 29] };
    with_extensions(body, &[extension(43, &[3, 4]), extension(51, &group)])
}

/// The body of a ServerHello of TLS 1.2.
pub(crate) fn old_server_hello(session_id: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([9; 32]);
    body.push(session_id.len() as u8);
    body.extend(session_id);
    body.extend([0xc0, 0x2f, 0]);
    with_extensions(body, &[extension(35, &[])])
}

#[test]
fn a_hello_says_what_is_offered() {
    let body = client_hello(&[5; 32], &[extension(0xfe0d, &[0]), extension(42, &[])]);
    let hello = ClientHello::parse(&body, false).unwrap();
    assert_eq!(hello.server_name.as_deref(), Some("a.example"));
    assert_eq!(hello.alpn, ["h2"]);
    assert_eq!(hello.versions(), [Version::TLS13, Version::TLS12]);
    assert_eq!((hello.groups, hello.key_shares), (vec![29, 23], vec![29]));
    assert!(hello.encrypted_client_hello && hello.early_data && !hello.offers_psk);
    assert_eq!(hello.bytes, body.len() + 4);
    assert!(ClientHello::parse(&body[..30], false).is_none());
    assert!(ClientHello::parse(&[3; 40], false).is_none());
}

#[test]
fn a_retry_is_told_by_its_random() {
    let hello = ServerHello::parse(&server_hello(0x1301, true)).unwrap();
    assert!(hello.is_retry && hello.group == Some(23));
    let hello = ServerHello::parse(&server_hello(0x1301, false)).unwrap();
    assert!(!hello.is_retry && hello.version() == Version::TLS13);
    let old = ServerHello::parse(&old_server_hello(&[1; 8])).unwrap();
    assert_eq!((old.version(), old.sends_ticket), (Version::TLS12, true));
}

#[test]
fn only_a_hello_begins_tls() {
    let hello = record(22, &message(1, &client_hello(&[], &[])));
    assert!(begins_with_client_hello(&hello));
    for length in 1..hello.len() {
        assert!(may_begin(&hello[..length]), "{length}");
    }
    for other in [
        &b"GET / HTTP/1.1\r\n"[..],
        b"\x17\x03\x03\0\x10",
        b"\x16\x03\x03\0\x04\x0b\0\0\0",
        b"\x16\x02\x01",
        b"SSH-2.0-x",
        b"",
    ] {
        assert!(!may_begin(other) && !begins_with_client_hello(other));
    }
    // Of SSL 2.0: two length bytes, one suite, a challenge of 16 bytes.
    let mut old = vec![0x80, 9 + 3 + 16, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 5];
    old.extend([1; 16]);
    assert!(may_begin(&old));
    let hello = ClientHello::parse_ssl2(&old).unwrap();
    assert!(hello.is_ssl2 && hello.suites == [5]);
    assert_eq!(hello.versions(), [Version::TLS10]);
}

#[test]
fn an_alert_of_two_bytes_is_read_and_an_encrypted_one_is_not() {
    let alert = Alert::parse(&[2, 40]).unwrap();
    assert_eq!(
        (alert.name(), alert.is_fatal()),
        ("handshake_failure", true)
    );
    assert!(Alert::parse(&[2, 41, 1]).is_none() && Alert::parse(&[9, 40]).is_none());
    assert!(begins_with_alert(&record(21, &[2, 40])));
    assert!(!begins_with_alert(&record(21, &[200, 40])));
}

#[test]
fn numbers_have_the_names_of_the_registers() {
    assert_eq!(suite_name(0x1301), Some("TLS_AES_128_GCM_SHA256"));
    assert_eq!(
        suite_name(0xc02f),
        Some("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    );
    assert_eq!(
        (suite_name(0xfafa), suite_name(0x9999)),
        (Some("GREASE"), None)
    );
    assert_eq!(group_name(0x11ec), Some("X25519MLKEM768"));
    assert_eq!(extension_name(51), Some("key_share"));
    assert_eq!(scheme_name(0x0804), Some("rsa_pss_rsae_sha256"));
    assert_eq!((finished_record(0x1301), finished_record(0x1302)), (53, 69));
    assert!(is_grease(0x2a2a) && !is_grease(0x2a3a));
}

#[test]
fn records_are_named_as_far_as_they_go() {
    let hello = record(22, &message(1, &client_hello(&[], &[])));
    assert_eq!(outline(&hello).as_deref(), Some("ClientHello"));
    assert_eq!(outline(&hello[..20]).as_deref(), Some("ClientHello"));
    let flight = [record(20, &[1]), record(22, &[0xaa; 40])].concat();
    let named = "ChangeCipherSpec, handshake, encrypted";
    assert_eq!(outline(&flight).as_deref(), Some(named));
    assert_eq!(outline(b"hello"), None);
    let header = |content, epoch| [content, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 12];
    let flight = [
        &header(22, 0)[..],
        &[14, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0],
        &header(23, 1),
        &[9; 12],
    ];
    let named = "ServerHelloDone, application data";
    assert_eq!(datagram_outline(&flight.concat()).as_deref(), Some(named));
}

#[test]
fn a_star_stands_for_one_label() {
    assert!(names_host("*.example.com", "WWW.example.com"));
    assert!(names_host("example.com", "example.com."));
    for (name, host) in [
        ("*.example.com", "example.com"),
        ("*.example.com", "a.b.example.com"),
        ("*.example.com", ".example.com"),
        ("w*.example.com", "www.example.com"),
    ] {
        assert!(!names_host(name, host), "{name} {host}");
    }
}

/// A certificate is DER of `length` names; what is wrong in it is not read.
#[test]
fn hostile_certificates_are_no_certificates() {
    for der in [
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..],
        &[0x30, 0x80, 0, 0],
        &[0x30, 0x03, 0x02, 0x01],
        &[],
    ] {
        assert_eq!(Certificate::parse(der, Some("a")), None);
    }
    assert_eq!(certificates(&[0, 0, 9, 0, 0, 7, 1, 2]), None);
    assert_eq!(
        certificates(&[0, 0, 5, 0, 0, 2, 1, 2]),
        Some(vec![&[1, 2][..]])
    );
    assert_eq!(certificates(&[0, 0, 0]), Some(vec![]));
}

/// A value of DER: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32).to_be_bytes();
    let head = match content.len() {
        short @ ..0x80 => vec![tag, short as u8],
        _ => [&[tag, 0x84], &length[..]].concat(),
    };
    [head, content.to_vec()].concat()
}

/// A name of one common name.
fn name(common: &str) -> Vec<u8> {
    let kind = [0x06, 3, 0x55, 4, 3];
    let pair = [&kind, &der(0x0c, common.as_bytes())[..]].concat();
    der(0x30, &der(0x31, &der(0x30, &pair)))
}

/// A certificate of version 3 for these hosts, with a key of Ed25519.
pub(crate) fn certificate(subject: &str, issuer: &str, hosts: &[String]) -> Vec<u8> {
    let algorithm = der(0x30, &[0x06, 3, 0x2b, 0x65, 0x70]);
    let key = der(0x03, &[0; 33]);
    let hosts: Vec<u8> = hosts
        .iter()
        .flat_map(|host| der(0x82, host.as_bytes()))
        .collect();
    let names = [
        &[0x06, 3, 0x55, 0x1d, 17],
        &der(0x04, &der(0x30, &hosts))[..],
    ]
    .concat();
    let body = [
        der(0xa0, &[2, 1, 2]),
        vec![2, 1, 1],
        algorithm.clone(),
        name(issuer),
        der(
            0x30,
            &[der(0x17, b"250101000000Z"), der(0x17, b"350101000000Z")].concat(),
        ),
        name(subject),
        der(0x30, &[algorithm.clone(), key].concat()),
        der(0xa3, &der(0x30, &der(0x30, &names))),
    ];
    let signature = der(0x03, &[0; 65]);
    der(
        0x30,
        &[der(0x30, &body.concat()), algorithm, signature].concat(),
    )
}

#[test]
fn of_ten_thousand_names_a_hundred_are_kept_and_all_are_looked_at() {
    let hosts: Vec<String> = (0..10_000)
        .map(|number| format!("{number}.example"))
        .collect();
    let bytes = certificate("a", "b", &hosts);
    let read = Certificate::parse(&bytes, Some("9999.example")).unwrap();
    assert_eq!((read.names_count, read.names.len()), (10_000, 100));
    assert_eq!(read.names_host, Some(true));
    assert_eq!((read.key.as_str(), read.bytes), ("Ed25519", bytes.len()));
    let read = Certificate::parse(&bytes, Some("other.example")).unwrap();
    assert_eq!(read.names_host, Some(false));
    let long = certificate(&"a".repeat(60_000), "b", &["b".repeat(60_000)]);
    let read = Certificate::parse(&long, None).unwrap();
    assert!(read.subject.len() <= 256 && read.names[0].len() <= 256);
}

#[test]
fn a_certificate_with_any_byte_changed_is_read_or_refused() {
    let bytes = certificate("a", "b", &["a.example".to_owned()]);
    assert!(Certificate::parse(&bytes, Some("a.example")).is_some());
    for at in 0..bytes.len() {
        for byte in [0, 1, 0x7f, 0x80, 0x84, 0x88, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            if let Some(read) = Certificate::parse(&changed, Some("a.example")) {
                assert!(read.names_count <= 2, "{at} {byte}");
            }
        }
        assert_eq!(Certificate::parse(&bytes[..at], None), None);
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = ClientHello::parse(&bytes, false);
        let _ = ClientHello::parse(&bytes, true);
        let _ = ClientHello::parse_ssl2(&bytes);
        let _ = ServerHello::parse(&bytes);
        let _ = Certificate::parse(&bytes, Some("a.example"));
        let _ = (certificates(&bytes), key_exchange_group(&bytes), outline(&bytes));
        let _ = certificate_request_authorities(&bytes, true);
        prop_assert!(!begins_with_client_hello(&bytes) || may_begin(&bytes));
    }

    #[test]
    fn a_hello_with_a_changed_byte_is_read_or_refused(at in 0_usize..140, byte: u8) {
        let mut body = client_hello(&[5; 32], &[]);
        if let Some(changed) = body.get_mut(at) {
            *changed = byte;
        }
        if let Some(hello) = ClientHello::parse(&body, false) {
            prop_assert_eq!(ja4(&hello).len(), 36);
        }
    }
}
