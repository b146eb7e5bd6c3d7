//! What is said of queries and responses, paired or not.

use super::*;
use crate::capture::{Frame, LinkType};
use crate::decode::{Packet, decode};
use crate::notes::fixture::{annotated, annotated_on, endpoint};
use crate::notes::{Annotation, Severity, Value};
use crate::track::Event;

/// A packet whose bytes are the message itself: the link type does not matter
/// to the texts.
fn packet(message: &[u8]) -> Packet<'_> {
    decode(Frame {
        number: 15,
        file: 0,
        number_in_file: 15,
        time_ns: 0,
        has_time: true,
        interface: 0,
        link_type: LinkType(9999),
        original_length: message.len() as u32,
        bytes: message,
        comment: None,
    })
}

fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in text.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

/// A record with a TTL of 300.
fn record(owner: &str, record_type: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = name(owner);
    bytes.extend([0, record_type, 0, 1, 0, 0, 1, 44, 0, data.len() as u8]);
    bytes.extend(data);
    bytes
}

fn message_of(
    flags: u16,
    question: Option<(&str, u8)>,
    answers: &[Vec<u8>],
    authorities: &[Vec<u8>],
) -> Vec<u8> {
    let mut bytes = vec![0, 7];
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, u8::from(question.is_some()), 0, answers.len() as u8]);
    bytes.extend([0, authorities.len() as u8, 0, 0]);
    if let Some((text, record_type)) = question {
        bytes.extend(name(text));
        bytes.extend([0, record_type, 0, 1]);
    }
    bytes.extend(answers.concat());
    bytes.extend(authorities.concat());
    bytes
}

fn whole(message: &[u8]) -> DnsBytes {
    DnsBytes::InPacket {
        offset: 0,
        length: message.len() as u32,
    }
}

fn paired() -> DnsPairing {
    DnsPairing {
        query: Some(12),
        latency_ns: Some(23_400_000),
        since_first_ns: Some(23_400_000),
        attempts: 1,
        question_matches: Some(true),
        duplicate_of: None,
    }
}

fn response_with(message: &[u8], pairing: DnsPairing, severity: Severity) -> Annotation {
    let event = Event::DnsResponse(DnsResponse {
        id: 7,
        flavour: DnsFlavour::Unicast,
        pairing,
        message: whole(message),
    });
    annotated_on(Some(&packet(message)), &event, severity, &[])
}

fn value<'a>(note: &'a Annotation, wanted: &str) -> &'a Value {
    let found = note.values.iter().find(|(name, _)| *name == wanted);
    &found.unwrap().1
}

#[test]
fn a_query_says_what_it_asks_for_and_of_whom() {
    for (flags, word) in [(0x0100, "do the whole search"), (0, "whom to ask next")] {
        let bytes = message_of(flags, Some(("example.com", 28)), &[], &[]);
        let event = Event::DnsQuery(DnsQuery {
            id: 7,
            flavour: DnsFlavour::Unicast,
            attempt: 1,
            message: whole(&bytes),
        });
        let words = ["example.com", "AAAA", "7"];
        let note = annotated_on(Some(&packet(&bytes)), &event, Severity::Note, &words);
        assert!(note.text.contains(word), "{}", note.text);
        assert_eq!(value(&note, "type"), &Value::from("AAAA".to_owned()));
    }
}

#[test]
fn link_local_and_multicast_queries_ask_everyone() {
    for flavour in [DnsFlavour::Multicast, DnsFlavour::LinkLocal] {
        let bytes = message_of(0, Some(("nas.local", 1)), &[], &[]);
        let event = Event::DnsQuery(DnsQuery {
            id: 0,
            flavour,
            attempt: 1,
            message: whole(&bytes),
        });
        annotated_on(
            Some(&packet(&bytes)),
            &event,
            Severity::Note,
            &["nas.local"],
        );
    }
}

#[test]
fn an_answer_is_told_in_one_sentence_with_its_chain() {
    let bytes = message_of(
        0x8180,
        Some(("www.example.com", 1)),
        &[
            record("www.example.com", 5, &name("edge.example.net")),
            record("edge.example.net", 1, &[192, 0, 2, 7]),
        ],
        &[],
    );
    let note = response_with(&bytes, paired(), Severity::Note);
    assert_eq!(
        note.text,
        "Answers packet 12 after 23.4 ms: edge.example.net is 192.0.2.7 (TTL 300 s), reached \
         through the CNAME chain www.example.com → edge.example.net. It comes from a recursive \
         resolver (RA), perhaps out of its cache."
    );
    assert_eq!(note.related[..], [12]);
    assert!(note.checks.iter().all(|check| check.holds == Some(true)));
    assert_eq!(note.checks.len(), 2);
    assert_eq!(value(&note, "answer_count"), &Value::Number(1));
    assert_eq!(value(&note, "ttl"), &Value::Number(300));
    assert_eq!(
        value(&note, "response_code_name"),
        &Value::from("NOERROR".to_owned())
    );
}

#[test]
fn many_answers_are_counted_and_the_first_shown() {
    let answers: Vec<_> = (1..=6)
        .map(|host| record("a.test", 1, &[192, 0, 2, host]))
        .collect();
    let bytes = message_of(0x8580, Some(("a.test", 1)), &answers, &[]);
    let note = response_with(&bytes, paired(), Severity::Note);
    assert!(note.text.contains("192.0.2.4 and 2 more"), "{}", note.text);
    assert!(note.text.contains("authority"), "{}", note.text);
    assert!(note.text.contains("share load"), "{}", note.text);
}

#[test]
fn no_answer_is_told_apart_from_a_referral() {
    let soa = [
        &name("ns.test")[..],
        &name("hostmaster.test"),
        &[0; 19],
        &[60],
    ]
    .concat();
    let bytes = message_of(
        0x8580,
        Some(("a.test", 28)),
        &[],
        &[record("test", 6, &soa)],
    );
    let note = response_with(&bytes, paired(), Severity::Note);
    assert!(
        note.text
            .contains("a.test has no AAAA record (this may be kept for 60 s)")
    );
    let bytes = message_of(
        0x8000,
        Some(("a.test", 1)),
        &[],
        &[record("test", 2, &name("ns.test"))],
    );
    let note = response_with(&bytes, paired(), Severity::Note);
    assert!(note.text.contains("for test ask ns.test"), "{}", note.text);
}

#[test]
fn of_answers_that_cannot_be_read_nothing_is_claimed() {
    let mut bytes = message_of(0x8180, Some(("a.test", 1)), &[], &[]);
    bytes[7] = 2;
    bytes.extend([0x80, 1]);
    let note = response_with(&bytes, paired(), Severity::Note);
    assert!(note.text.contains("2 answers, which cannot be read"));
    assert!(!note.text.contains("has no A record"), "{}", note.text);
}

#[test]
fn another_question_than_the_query_s_is_an_error() {
    let bytes = message_of(0x8180, Some(("evil.test", 1)), &[], &[]);
    let pairing = DnsPairing {
        question_matches: Some(false),
        ..paired()
    };
    let note = response_with(&bytes, pairing, Severity::Error);
    assert_eq!(note.checks[1].holds, Some(false));
    assert!(note.text.contains("forged"));
}

#[test]
fn a_response_without_its_query_is_not_judged() {
    let bytes = message_of(0x8180, Some(("a.test", 1)), &[], &[]);
    let note = response_with(&bytes, DnsPairing::default(), Severity::Note);
    assert_eq!(note.checks.len(), 1);
    assert_eq!(note.checks[0].holds, None);
    assert_eq!(value(&note, "query"), &Value::Null);
}

#[test]
fn repeats_and_duplicates_are_counted() {
    let bytes = message_of(0x8180, Some(("a.test", 1)), &[], &[]);
    let pairing = DnsPairing {
        attempts: 2,
        since_first_ns: Some(5_000_000_000),
        duplicate_of: Some(13),
        ..paired()
    };
    let note = response_with(&bytes, pairing, Severity::Note);
    assert!(note.text.contains("2 queries") && note.text.contains("5.00 s"));
    assert_eq!(note.related[..], [12, 13]);
}

#[test]
fn an_announcement_lists_what_it_announces() {
    let bytes = message_of(
        0x8400,
        None,
        &[record("nas.local", 1, &[192, 0, 2, 9])],
        &[],
    );
    let event = Event::DnsResponse(DnsResponse {
        id: 0,
        flavour: DnsFlavour::Multicast,
        pairing: DnsPairing::default(),
        message: whole(&bytes),
    });
    let words = ["nas.local A 192.0.2.9", "TTL 300 s"];
    annotated_on(Some(&packet(&bytes)), &event, Severity::Note, &words);
}

#[test]
fn every_error_code_is_named_and_explained() {
    for code in 1..=12 {
        let bytes = message_of(0x8180 | code, Some(("a.test", 1)), &[], &[]);
        let event = Event::DnsError(DnsError {
            id: 7,
            pairing: paired(),
            response_code: code,
            message: whole(&bytes),
        });
        let name = rcode_name(code).to_string();
        let words = [name.as_str(), "12", "23.4 ms"];
        annotated_on(Some(&packet(&bytes)), &event, Severity::Warning, &words);
    }
}

#[test]
fn names_from_the_wire_cannot_break_the_line() {
    let bytes = message_of(0x8180, Some(("a\n\u{1b}[31m.test", 1)), &[], &[]);
    let note = response_with(&bytes, paired(), Severity::Note);
    assert!(note.text.contains("a\\010\\027[31m.test"), "{}", note.text);
}

#[test]
fn truncation_repeats_and_silence_have_their_numbers() {
    let bytes = message_of(0x8380, Some(("a.test", 1)), &[], &[]);
    let event = Event::DnsTruncated(DnsTruncated {
        id: 7,
        query: Some(12),
        message: whole(&bytes),
    });
    annotated_on(
        Some(&packet(&bytes)),
        &event,
        Severity::Warning,
        &["24", "TCP", "65535"],
    );
    for answered in [None, Some(9)] {
        let event = Event::DnsRetransmission(DnsRetransmission {
            id: 7,
            original: 4,
            attempt: 2,
            after_ns: 5_000_000_000,
            answered,
            elsewhere: None,
            rejected: None,
        });
        annotated(&event, Severity::Warning, &["4", "2", "5.00 s"]);
    }
    let event = Event::DnsRetransmission(DnsRetransmission {
        id: 7,
        original: 4,
        attempt: 2,
        after_ns: 5_000_000_000,
        answered: None,
        elsewhere: Some(6),
        rejected: None,
    });
    annotated(&event, Severity::Warning, &["4", "6"]);
    let event = Event::DnsRetransmission(DnsRetransmission {
        id: 7,
        original: 4,
        attempt: 2,
        after_ns: 5_000_000_000,
        answered: None,
        elsewhere: None,
        rejected: Some(5),
    });
    annotated(&event, Severity::Warning, &["4", "5", "ICMP"]);
    let event = Event::DnsUnanswered(DnsUnanswered {
        id: 7,
        name: "a.test".into(),
        record_type: 1,
        client: endpoint(1, 5000),
        server: endpoint(2, 53),
        queries: [4, 6].into_iter().collect(),
        attempts: 2,
        waited_ns: 35_000_000_000,
        heard: None,
        for_room: false,
    });
    let words = ["192.0.2.2:53", "a.test", "A", "2", "35.0 s"];
    let note = annotated(&event, Severity::Warning, &words);
    assert_eq!(note.related[..], [4, 6]);
}

#[test]
fn without_the_packet_the_texts_stay_short() {
    let event = Event::DnsQuery(DnsQuery {
        id: 7,
        flavour: DnsFlavour::Unicast,
        attempt: 1,
        message: whole(&[]),
    });
    annotated(&event, Severity::Note, &["7"]);
    let event = Event::DnsResponse(DnsResponse {
        id: 7,
        flavour: DnsFlavour::Unicast,
        pairing: paired(),
        message: whole(&[]),
    });
    annotated(&event, Severity::Note, &["12"]);
}

#[test]
fn an_answer_from_elsewhere_names_both_addresses() {
    let event = Event::DnsOtherAddress(DnsOtherAddress {
        id: 7,
        query: 12,
        asked: endpoint(1, 53),
        answerer: endpoint(2, 53),
    });
    let words = ["192.0.2.1:53", "192.0.2.2:53", "12"];
    annotated_on(None, &event, Severity::Warning, &words);
}

#[test]
fn a_server_that_answered_something_else_is_not_down() {
    let event = Event::DnsUnanswered(DnsUnanswered {
        id: 7,
        name: "a.test".into(),
        record_type: 1,
        client: endpoint(1, 5000),
        server: endpoint(2, 53),
        queries: [4].into_iter().collect(),
        attempts: 1,
        waited_ns: 30_000_000_000,
        for_room: false,
        heard: Some(9),
    });
    let note = annotated(&event, Severity::Warning, &["192.0.2.2:53", "30.0 s", "9"]);
    assert_eq!(note.related[..], [4, 9]);
    assert!(!note.text.contains("down"));
}

#[test]
fn a_second_response_that_says_something_else_is_shown_with_its_evidence() {
    let differ = DnsAnswersDiffer {
        id: 7,
        query: 1,
        first: 2,
        after_ns: 20_000_000,
        response_codes: (0, 3),
        time_to_live: (53, 101),
        hops_differ: true,
    };
    let event = Event::DnsAnswersDiffer(differ);
    let words = ["1", "2", "20.0 ms", "NOERROR", "NXDOMAIN", "53", "101"];
    let note = annotated(&event, Severity::Warning, &words);
    assert_eq!(note.related[..], [1, 2]);
    let event = Event::DnsAnswersDiffer(DnsAnswersDiffer {
        response_codes: (0, 0),
        hops_differ: false,
        ..differ
    });
    let note = annotated(&event, Severity::Warning, &["1", "2"]);
    assert!(!note.text.contains("NOERROR"));
}
