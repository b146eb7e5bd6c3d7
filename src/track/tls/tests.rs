//! One handshake in every cut and order gives one list of events.

use proptest::prelude::*;

use super::*;
use crate::decode::tls::tests::{
    certificate, client_hello, message, old_server_hello, record, server_hello,
};
use crate::track::TlsRetry;
use crate::track::talk::{FIN_ACK, PSH_ACK, RST, Talk, pieces};

/// A connection, and how far its sides have come.
struct Dialogue {
    talk: Talk,
    /// The next byte of the client and of the server.
    next: Sides<u32>,
}

impl Dialogue {
    fn of(talk: Talk) -> Self {
        let next = Sides {
            client: 1000,
            server: 1000,
        };
        Self { talk, next }
    }

    /// The recording begins when the connection is open.
    fn new() -> Self {
        Self::of(Talk::new())
    }

    fn opened() -> Self {
        Self::of(Talk::opened())
    }

    fn segment(&mut self, side: Side, flags: u8, sequence: u32, acknowledged: u32, data: &[u8]) {
        match side {
            Side::Client => self.talk.client(flags, sequence, acknowledged, data),
            Side::Server => self.talk.server(flags, sequence, acknowledged, data),
        }
    }

    /// A side sends these bytes, in pieces of this size.
    fn send(&mut self, side: Side, data: &[u8], size: usize) {
        for piece in data.chunks(size.max(1)) {
            let (sequence, acknowledged) = (self.next[side], self.next[side.other()]);
            self.segment(side, PSH_ACK, sequence, acknowledged, piece);
            self.next[side] += piece.len() as u32;
        }
    }

    /// A side sends these bytes in pieces, in any order and some of them twice.
    fn send_pieces(&mut self, side: Side, data: &[u8], pieces: &[(usize, usize)]) {
        let (first, acknowledged) = (self.next[side], self.next[side.other()]);
        for (start, end) in pieces {
            let sequence = first + *start as u32;
            self.segment(side, PSH_ACK, sequence, acknowledged, &data[*start..*end]);
        }
        self.next[side] += data.len() as u32;
    }

    fn close(&mut self, side: Side, flags: u8) {
        let (sequence, acknowledged) = (self.next[side], self.next[side.other()]);
        self.segment(side, flags, sequence, acknowledged, b"");
        self.next[side] += 1;
    }

    /// The capture ends.
    fn end(self) -> Told {
        let talk = self.talk.end();
        let told = talk.events.iter().chain(&talk.findings).filter_map(line);
        Told {
            told: told.collect(),
            sessions: talk.sessions,
        }
    }
}

/// What came of a connection.
struct Told {
    told: Vec<String>,
    sessions: Vec<TlsSession>,
}

/// What is told, without packets and times.
pub fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::TlsClientHello(it) => format!("client_hello {:?}", it.hello.server_name),
        Event::TlsServerHello(it) => format!("server_hello {}", it.hello.version().name()),
        Event::TlsRetry(it) => match **it {
            TlsRetry::Hello(_) => "retry".to_owned(),
            TlsRetry::Cookie { bytes, .. } => format!("cookie of {bytes}"),
        },
        Event::TlsCertificate(it) => format!("certificate {}", it.count),
        Event::TlsEstablished(it) => format!(
            "established {:?} {} of {:?}",
            it.resumed, it.round_trips, it.expected
        ),
        Event::TlsEarlyData(it) => format!("early_data {:?}", it.is_accepted),
        Event::TlsAlert(it) => format!("alert {} after {}", it.alert.name(), it.after),
        Event::TlsFailed(it) => format!("failed {:?} after {}", it.how, it.after),
        Event::TlsPlaintext(it) => format!("plaintext {:?}", it.other),
        Event::TlsNotOffered(it) => format!("not_offered {:?}", it.chosen),
        Event::TlsVersionOld(it) => format!("version_old {}", it.version.name()),
        _ => return None,
    })
}

fn hello() -> Vec<u8> {
    record(22, &message(1, &client_hello(&[5; 32], &[])))
}

/// What a server of TLS 1.3 answers: its hello, and what is encrypted.
fn answer() -> Vec<u8> {
    let hello = record(22, &message(2, &server_hello(0x1301, false)));
    [hello, record(20, &[1]), record(23, &[0xee; 900])].concat()
}

/// The client's Finished, and its request.
fn finished() -> Vec<u8> {
    [
        record(20, &[1]),
        record(23, &[0xee; 53]),
        record(23, &[0xee; 99]),
    ]
    .concat()
}

const WHOLE: [&str; 3] = [
    "client_hello Some(\"a.example\")",
    "server_hello TLS 1.3",
    "established Some(No) 1 of Some(1)",
];

#[test]
fn a_handshake_is_told_on_any_port_in_every_cut() {
    for size in [1, 2, 3, 5, 6, 9, 10, 44, 100, 5000] {
        let mut talk = Dialogue::opened();
        talk.send(Side::Client, &hello(), size);
        talk.send(Side::Server, &answer(), size);
        talk.send(Side::Client, &finished(), size);
        talk.send(Side::Server, &record(23, &[0xee; 300]), size);
        let talk = talk.end();
        assert_eq!(talk.told, WHOLE, "{size}");
        let last = talk.sessions.last().unwrap();
        assert!(last.request.is_some() && last.answer.is_some(), "{size}");
    }
}

#[test]
fn another_hello_may_be_asked_for() {
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 100);
    let retry = record(22, &message(2, &server_hello(0x1301, true)));
    talk.send(Side::Server, &retry, 100);
    talk.send(Side::Client, &hello(), 100);
    talk.send(Side::Server, &answer(), 2000);
    talk.send(Side::Client, &finished(), 100);
    let talk = talk.end();
    assert_eq!(talk.told[1], "retry");
    assert_eq!(talk.told[4], "established Some(No) 2 of Some(2)");
}

#[test]
fn an_old_session_goes_on_by_its_id() {
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 5000);
    let keys = [record(20, &[1]), record(22, &[0xee; 40])].concat();
    let answer = record(22, &message(2, &old_server_hello(&[5; 32])));
    talk.send(Side::Server, &[answer, keys.clone()].concat(), 5000);
    talk.send(Side::Client, &keys, 5000);
    let talk = talk.end();
    assert_eq!(talk.told[2], "established Some(Id) 1 of Some(1)");
}

#[test]
fn a_handshake_that_is_broken_off_has_failed() {
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 5000);
    talk.send(Side::Server, &record(21, &[2, 40]), 5000);
    talk.close(Side::Server, FIN_ACK);
    talk.close(Side::Client, FIN_ACK);
    let talk = talk.end();
    let told = [
        "alert handshake_failure after ClientHello",
        "failed Closed after ClientHello",
    ];
    assert_eq!(talk.told[1..], told);
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 5000);
    talk.close(Side::Server, RST);
    assert_eq!(talk.end().told[1], "failed Reset after ClientHello");
}

#[test]
fn a_capture_that_ends_first_shows_no_failure() {
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 5000);
    assert_eq!(talk.end().told.len(), 1);
}

#[test]
fn a_capture_that_begins_inside_claims_nothing() {
    let mut talk = Dialogue::new();
    talk.send(Side::Server, &record(23, &[0xee; 300]), 5000);
    talk.send(Side::Client, &record(22, &[0xee; 300]), 5000);
    let talk = talk.end();
    assert!(talk.told.is_empty() && talk.sessions.is_empty());
}

#[test]
fn what_is_answered_in_clear_is_told_once() {
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 5000);
    talk.send(Side::Server, b"HTTP/1.1 400 Bad Request\r\n\r\n", 5000);
    talk.close(Side::Server, FIN_ACK);
    talk.close(Side::Client, FIN_ACK);
    assert_eq!(talk.end().told[1..], ["plaintext Some(\"HTTP\")"]);
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, b"GET / HTTP/1.1\r\n\r\n", 5000);
    talk.send(Side::Server, &record(21, &[2, 10]), 5000);
    talk.close(Side::Server, FIN_ACK);
    assert_eq!(talk.end().told, ["plaintext Some(\"HTTP\")"]);
}

#[test]
fn tls_is_found_behind_other_words() {
    for words in [
        [&b"220 mail\r\n"[..], b"STARTTLS\r\n", b"220 go on\r\n"],
        [b"", &[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f], b"S"],
    ] {
        let mut talk = Dialogue::opened();
        talk.send(Side::Server, words[0], 5000);
        talk.send(Side::Client, words[1], 5000);
        talk.send(Side::Server, words[2], 5000);
        talk.send(Side::Client, &hello(), 5000);
        talk.send(Side::Server, &answer(), 400);
        talk.send(Side::Client, &finished(), 5000);
        assert_eq!(talk.end().told, WHOLE);
    }
}

#[test]
fn what_was_not_offered_is_told() {
    let mut talk = Dialogue::opened();
    talk.send(Side::Client, &hello(), 5000);
    let answer = record(22, &message(2, &server_hello(0x1303, false)));
    talk.send(Side::Server, &answer, 5000);
    assert_eq!(talk.end().told[2], "not_offered Suite(4867)");
}

#[test]
fn a_message_that_is_too_long_ends_the_reading() {
    let mut talk = Dialogue::opened();
    let mut long = message(1, &client_hello(&[], &[]));
    long[1] = 0xff;
    talk.send(Side::Client, &record(22, &long), 5000);
    talk.send(Side::Client, &record(22, &[1; 16_000]), 1400);
    talk.close(Side::Client, RST);
    assert!(talk.end().told.is_empty());
}

/// Each issued by the other: a chain that never comes to its root.
#[test]
fn a_loop_of_issuers_is_read_as_far_as_ten_certificates() {
    let [one, other] = [("a", "b"), ("b", "a")].map(|(subject, issuer)| {
        let der = certificate(subject, issuer, &[]);
        let [_, high, middle, low] = (der.len() as u32).to_be_bytes();
        [&[high, middle, low], &der[..]].concat()
    });
    let all = [one, other].concat().repeat(100);
    let [_, high, middle, low] = (all.len() as u32).to_be_bytes();
    let body = [&[high, middle, low], &all[..]].concat();
    let mut dialogue = Dialogue::opened();
    let hello = record(22, &message(1, &client_hello(&[], &[])));
    dialogue.send(Side::Client, &hello, 1400);
    let hello = record(22, &message(2, &old_server_hello(&[])));
    dialogue.send(Side::Server, &hello, 1400);
    for part in message(11, &body).chunks(16_000) {
        dialogue.send(Side::Server, &record(22, part), 1400);
    }
    dialogue.close(Side::Server, FIN_ACK);
    dialogue.close(Side::Client, FIN_ACK);
    let told = dialogue.end();
    assert!(
        told.told.contains(&"certificate 200".to_owned()),
        "{:?}",
        told.told
    );
    let session = told.sessions.last().unwrap();
    assert_eq!(session.certificates.len(), 10);
}

proptest! {
    #[test]
    fn any_cut_and_order_gives_the_same(
        asked in pieces(hello().len()),
        answered in pieces(answer().len()),
        ended in pieces(finished().len()),
    ) {
        let mut talk = Dialogue::opened();
        talk.send_pieces(Side::Client, &hello(), &asked);
        talk.send_pieces(Side::Server, &answer(), &answered);
        talk.send_pieces(Side::Client, &finished(), &ended);
        prop_assert_eq!(talk.end().told, WHOLE);
    }

    #[test]
    fn no_bytes_are_too_much(
        parts in proptest::collection::vec((any::<bool>(), 0_usize..8, any::<u8>()), 0..20),
    ) {
        let mut talk = Dialogue::opened();
        for (of_client, part, byte) in parts {
            let side = if of_client { Side::Client } else { Side::Server };
            let mut bytes = match part {
                0 => hello(),
                1 => answer(),
                2 => finished(),
                3 => record(21, &[2, byte]),
                4 => record(20, &[1]),
                5 => record(22, &message(byte, &[byte; 30])),
                6 => record(22, &message(11, &[0, 0, 9, 0, 0, 6, byte, 1, 2, 3, 4, 5])),
                _ => vec![byte; 40],
            };
            if let Some(last) = bytes.last_mut() {
                *last = byte;
            }
            talk.send(side, &bytes, 97);
        }
        talk.close(Side::Client, RST);
        let talk = talk.end();
        let failed = talk.told.iter().filter(|line| line.starts_with("failed"));
        prop_assert!(failed.count() <= 1);
    }
}
