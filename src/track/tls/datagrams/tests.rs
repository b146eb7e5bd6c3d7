//! One handshake over datagrams, however its messages are cut, lost and sent again.

use proptest::prelude::*;

use crate::track::TlsSession;
use crate::track::talk::{Talk, pieces};
use crate::track::tls::tests::line;

const HANDSHAKE: u8 = 22;

/// A record of DTLS 1.2.
fn record(content: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16).to_be_bytes();
    let header = [content, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0];
    [&header[..], &length, body].concat()
}

fn three(number: usize) -> [u8; 3] {
    let [.., high, middle, low] = (number as u32).to_be_bytes();
    [high, middle, low]
}

/// A part of a message, in a record of its own.
fn part(kind: u8, number: u8, body: &[u8], (start, end): (usize, usize)) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(three(body.len()));
    bytes.extend([0, number]);
    bytes.extend(three(start));
    bytes.extend(three(end - start));
    bytes.extend(&body[start..end]);
    record(HANDSHAKE, 0, &bytes)
}

fn whole(kind: u8, number: u8, body: &[u8]) -> Vec<u8> {
    part(kind, number, body, (0, body.len()))
}

/// The body of a hello that offers DTLS 1.2 and one suite.
fn client_hello(cookie: &[u8]) -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([7; 32]);
    body.extend([0, cookie.len() as u8]);
    body.extend(cookie);
    body.extend([0, 2, 0xc0, 0x2f, 1, 0]);
    body
}

fn server_hello() -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend([9; 32]);
    body.extend([0, 0xc0, 0x2f, 0]);
    body
}

const CHANGE: &[u8] = &[20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];

/// Up to the second hello.
fn asked() -> Talk {
    let mut talk = Talk::new();
    let verify = [&[0xfe, 0xff, 20][..], &[3; 20]].concat();
    talk.datagram(true, &whole(1, 0, &client_hello(b"")));
    talk.datagram(false, &whole(3, 0, &verify));
    // The answer was lost, as far as the client knows.
    talk.datagram(true, &whole(1, 0, &client_hello(b"")));
    talk.datagram(true, &whole(1, 1, &client_hello(&[3; 20])));
    talk
}

/// From the server's last message on.
fn agreed(mut talk: Talk) -> (Vec<String>, Vec<TlsSession>) {
    talk.datagram(false, &whole(14, 3, b""));
    let last = record(HANDSHAKE, 1, &[1; 40]);
    let flight = [&whole(16, 2, &[4; 33]), CHANGE, &last].concat();
    talk.datagram(true, &flight);
    talk.datagram(true, &flight);
    talk.datagram(false, &[CHANGE, &last].concat());
    talk.datagram(true, &record(23, 1, &[1; 60]));
    let talk = talk.end();
    let told = talk.events.iter().chain(&talk.findings).filter_map(line);
    (told.collect(), talk.sessions)
}

const TOLD: [&str; 6] = [
    "client_hello None",
    "cookie of 20",
    "client_hello None",
    "server_hello DTLS 1.2",
    "certificate 0",
    "established Some(No) 3 of Some(3)",
];

#[test]
fn a_handshake_is_told_once_whatever_is_sent_again() {
    let mut talk = asked();
    talk.datagram(false, &whole(2, 1, &server_hello()));
    talk.datagram(false, &whole(11, 2, &[0, 0, 0]));
    let (told, sessions) = agreed(talk);
    assert_eq!(told, TOLD);
    let session = sessions.last().unwrap();
    assert_eq!(session.version.unwrap().name(), "DTLS 1.2");
    assert_eq!(session.round_trips, Some(3));
    assert!(session.established.is_some() && session.request.is_some());
}

/// A hello of DTLS 1.3: with the version in an extension.
fn hello_of_13(mut body: Vec<u8>, version: &[u8]) -> Vec<u8> {
    let length = version.len() as u8;
    body.extend([0, 4 + length, 0, 43, 0, length]);
    body.extend(version);
    body
}

#[test]
fn under_the_keys_of_1_3_the_epoch_tells_where_the_handshake_ends() {
    let mut talk = Talk::new();
    let mut server_hello = server_hello();
    // TLS_AES_128_GCM_SHA256.
    let suite = server_hello.len() - 3;
    server_hello[suite..suite + 2].copy_from_slice(&[0x13, 1]);
    let client_hello = hello_of_13(client_hello(b""), &[2, 0xfe, 0xfc]);
    talk.datagram(true, &whole(1, 0, &client_hello));
    let server_hello = hello_of_13(server_hello, &[0xfe, 0xfc]);
    let under_keys = |epoch: u8| [&[0x2c | epoch, 0, 1, 0, 3][..], &[9; 3]].concat();
    talk.datagram(false, &[whole(2, 0, &server_hello), under_keys(2)].concat());
    talk.datagram(true, &[under_keys(2), under_keys(2)].concat());
    talk.datagram(true, &under_keys(3));
    let talk = talk.end();
    let told: Vec<_> = talk.events.iter().filter_map(line).collect();
    assert_eq!(told.last().unwrap(), "established Some(No) 1 of Some(1)");
    let session = talk.sessions.last().unwrap();
    assert_eq!(session.established.unwrap().packet, 3);
}

#[test]
fn data_that_only_look_alike_are_not_read() {
    let hello = whole(1, 0, &client_hello(b""));
    let mut longer = hello.clone();
    longer.push(0);
    let mut odd = hello.clone();
    odd[13] = 99;
    for data in [&longer[..], &odd, &hello[..20], &[22, 0xfe, 0xfd]] {
        let mut talk = Talk::new();
        talk.datagram(true, data);
        let talk = talk.end();
        assert!(talk.sessions.is_empty(), "{data:02x?}");
        assert_eq!(talk.events.iter().filter_map(line).count(), 0);
    }
}

#[test]
fn messages_that_never_become_whole_do_not_pile_up() {
    let mut talk = Talk::new();
    talk.datagram(true, &whole(1, 0, &client_hello(b"")));
    for number in 1..=255 {
        let body = vec![0; 60_000];
        talk.datagram(true, &part(11, number, &body, (0, 1)));
    }
    assert_eq!(talk.end().sessions.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cut_and_order_of_a_flight_tells_the_same(
        hello in pieces(38),
        certificate in pieces(200),
        order in any::<u64>(),
    ) {
        let mut body = vec![0, 0, 197, 0, 0, 194];
        body.extend([5; 194]);
        let server_hello = server_hello();
        let mut datagrams: Vec<Vec<u8>> = Vec::new();
        datagrams.extend(hello.iter().map(|piece| part(2, 1, &server_hello, *piece)));
        datagrams.extend(certificate.iter().map(|piece| part(11, 2, &body, *piece)));
        // The two are mixed.
        datagrams.sort_by_cached_key(|datagram| {
            let sum = datagram.iter().map(|byte| u64::from(*byte)).sum::<u64>();
            order.wrapping_mul(sum.wrapping_add(datagram.len() as u64))
        });
        let mut talk = asked();
        for datagram in datagrams {
            talk.datagram(false, &datagram);
        }
        let (told, _) = agreed(talk);
        let mut expected = TOLD;
        expected[4] = "certificate 1";
        prop_assert_eq!(told, expected);
    }
}
