//! What is said of each step of a handshake, and what its checks find.

use super::*;
use crate::notes::Value;
use crate::notes::fixture::{annotated, endpoint};
use crate::notes::{Annotation, Severity};
use crate::track::Event;
use crate::track::{
    AcceptQueueFull, HandshakeOtherAddress, HandshakeRefused, HandshakeRejected,
    HandshakeUnanswered, Scan, ScanBeside,
};

fn rule(annotation: &Annotation, rule: &Rule) -> (Option<Value>, Value, Option<bool>) {
    let check = annotation
        .checks
        .iter()
        .find(|check| check.rule == *rule)
        .unwrap_or_else(|| panic!("no check {}", rule.id));
    (check.expected.clone(), check.observed.clone(), check.holds)
}

const SYN_ACK: HandshakeSynAck = HandshakeSynAck {
    syn: Some(1),
    client_sequence: Some(1000),
    sequence: 2000,
    acknowledgment: 1001,
    syn_payload: 0,
    since_syn_ns: Some(412_000),
};

const ACK: HandshakeAck = HandshakeAck {
    syn_ack: 2,
    client_sequence: Some(1000),
    sequence: 1001,
    server_sequence: 2000,
    acknowledgment: 2001,
    syn_payload: 0,
    payload: 0,
    since_syn_ack_ns: 38_000,
    since_syn_ns: Some(450_000),
};

#[test]
fn the_first_step_names_x_and_what_must_come_back() {
    let event = HandshakeSyn {
        sequence: u32::MAX,
        maximum_segment_size: Some(1460),
    };
    annotated(
        &Event::HandshakeSyn(event),
        Severity::Note,
        &["x = 4294967295", "x + 1 = 0"],
    );
}

#[test]
fn the_second_step_is_checked_against_x() {
    let annotation = annotated(
        &Event::HandshakeSynAck(SYN_ACK),
        Severity::Note,
        &["1001", "x = 1000", "y = 2000", "412 µs"],
    );
    assert_eq!(
        rule(&annotation, &ACKNOWLEDGES_THE_SYN),
        (Some(1001_u32.into()), 1001_u32.into(), Some(true))
    );
    assert_eq!(annotation.related.as_slice(), [1]);
    assert_eq!(
        annotation.values[..2],
        [
            ("sequence", Value::Number(2000)),
            ("acknowledgment", Value::Number(1001))
        ]
    );
}

#[test]
fn acknowledging_x_instead_of_x_plus_one_is_an_error() {
    let event = HandshakeSynAck {
        acknowledgment: 1000,
        ..SYN_ACK
    };
    let annotation = annotated(
        &Event::HandshakeSynAck(event),
        Severity::Error,
        &["1000", "x + 1 = 1001", "RST"],
    );
    assert_eq!(
        rule(&annotation, &ACKNOWLEDGES_THE_SYN),
        (Some(1001_u32.into()), 1000_u32.into(), Some(false))
    );
}

#[test]
fn x_plus_one_wraps_to_zero() {
    let event = HandshakeSynAck {
        client_sequence: Some(u32::MAX),
        acknowledgment: 0,
        ..SYN_ACK
    };
    annotated(
        &Event::HandshakeSynAck(event),
        Severity::Note,
        &["4294967295"],
    );
}

#[test]
fn without_the_syn_nothing_is_judged() {
    let event = HandshakeSynAck {
        syn: None,
        client_sequence: None,
        since_syn_ns: None,
        ..SYN_ACK
    };
    let annotation = annotated(
        &Event::HandshakeSynAck(event),
        Severity::Note,
        &["2000", "1001"],
    );
    assert_eq!(
        rule(&annotation, &ACKNOWLEDGES_THE_SYN),
        (None, 1001_u32.into(), None)
    );
}

#[test]
fn fast_open_allows_the_data_of_the_syn_and_no_more() {
    for (acknowledgment, severity) in [
        (1000, Severity::Error),
        (1001, Severity::Note),
        (1006, Severity::Note),
        (1007, Severity::Error),
    ] {
        let event = HandshakeSynAck {
            syn_payload: 5,
            acknowledgment,
            ..SYN_ACK
        };
        annotated(
            &Event::HandshakeSynAck(event),
            severity,
            &[&acknowledgment.to_string()],
        );
    }
}

#[test]
fn the_third_step_is_checked_on_both_numbers() {
    let annotation = annotated(
        &Event::HandshakeAck(ACK),
        Severity::Note,
        &["x + 1 = 1001", "y + 1 = 2001", "38.0 µs", "450 µs"],
    );
    assert_eq!(annotation.checks.len(), 2);
    assert!(
        annotation
            .checks
            .iter()
            .all(|check| check.holds == Some(true))
    );
}

#[test]
fn a_third_step_with_wrong_numbers_says_which() {
    let wrong_ack = HandshakeAck {
        acknowledgment: 2000,
        ..ACK
    };
    let annotation = annotated(
        &Event::HandshakeAck(wrong_ack),
        Severity::Error,
        &["2000", "y + 1 = 2001"],
    );
    assert_eq!(rule(&annotation, &FOLLOWS_THE_SYN).2, Some(true));
    assert_eq!(rule(&annotation, &ACKNOWLEDGES_THE_SERVER).2, Some(false));
    let wrong_sequence = HandshakeAck {
        sequence: 1000,
        ..ACK
    };
    annotated(
        &Event::HandshakeAck(wrong_sequence),
        Severity::Error,
        &["1000", "x + 1 = 1001"],
    );
}

#[test]
fn data_on_the_third_step_is_mentioned() {
    let event = HandshakeAck { payload: 27, ..ACK };
    annotated(&Event::HandshakeAck(event), Severity::Note, &["27"]);
}

#[test]
fn a_refusal_says_which_syn_and_after_how_long() {
    let event = HandshakeRefused {
        syn: 1,
        attempts: 1,
        after_ns: 20_000,
        client_sequence: 1000,
        acknowledgment: 1001,
        syn_payload: 0,
    };
    annotated(
        &Event::HandshakeRefused(event),
        Severity::Warning,
        &["RST", "1001", "20.0 µs", "1000"],
    );
    let third = HandshakeRefused {
        attempts: 3,
        ..event
    };
    annotated(&Event::HandshakeRefused(third), Severity::Warning, &["3"]);
    let wrong = HandshakeRefused {
        acknowledgment: 7,
        ..event
    };
    annotated(
        &Event::HandshakeRefused(wrong),
        Severity::Error,
        &["7", "x + 1 = 1001"],
    );
}

#[test]
fn a_syn_without_answer_lists_its_waits() {
    let event = HandshakeUnanswered {
        client: endpoint(1, 3572),
        server: endpoint(2, 81),
        attempts: 4,
        syns: [1, 2, 3, 4].into_iter().collect(),
        intervals_ns: [1_000_000_000, 2_000_000_000, 4_100_000_000]
            .into_iter()
            .collect(),
        waited_ns: 15_000_000_000,
    };
    let annotation = annotated(
        &Event::HandshakeUnanswered(event.clone()),
        Severity::Warning,
        &[
            "192.0.2.1:3572",
            "192.0.2.2:81",
            "4",
            "1.00 s",
            "4.10 s",
            "15.0 s",
        ],
    );
    assert!(annotation.text.contains("twice as long"));
    assert_eq!(annotation.related.as_slice(), [1, 2, 3, 4]);
    let linear = HandshakeUnanswered {
        intervals_ns: [1_000_000_000; 3].into_iter().collect(),
        ..event.clone()
    };
    let annotation = annotated(
        &Event::HandshakeUnanswered(linear),
        Severity::Warning,
        &["1.00 s"],
    );
    assert!(!annotation.text.contains("twice"));
    let early = HandshakeUnanswered {
        waited_ns: 7_000,
        ..event.clone()
    };
    let annotation = annotated(
        &Event::HandshakeUnanswered(early),
        Severity::Note,
        &["7.00 µs"],
    );
    assert!(annotation.text.contains("too early"));
    let once = HandshakeUnanswered {
        attempts: 1,
        syns: [1].into_iter().collect(),
        intervals_ns: [].into_iter().collect(),
        ..event
    };
    let annotation = annotated(&Event::HandshakeUnanswered(once), Severity::Warning, &["1"]);
    assert!(annotation.text.contains("sent 1 SYN to"));
}

#[test]
fn an_icmp_error_says_who_rejects_the_syn_and_why() {
    let event = HandshakeRejected {
        client: endpoint(1, 3572),
        server: endpoint(2, 81),
        reporter: [192, 0, 2, 254].into(),
        time_exceeded: false,
        icmp_type: 3,
        code: 13,
        v6: false,
        attempts: 3,
        syn: 1,
        errors: [2, 4, 6].into_iter().collect(),
        after_ns: 3_000_000,
        waited_ns: 3_053_000_000,
    };
    let annotation = annotated(
        &Event::HandshakeRejected(event.clone()),
        Severity::Warning,
        &["192.0.2.1:3572", "192.0.2.2:81", "192.0.2.254", "3.00 ms"],
    );
    assert!(annotation.text.contains("administratively prohibited"));
    assert_eq!(annotation.related.as_slice(), [1, 2, 4, 6]);
    let unknown = HandshakeRejected {
        code: 99,
        attempts: 1,
        ..event
    };
    annotated(
        &Event::HandshakeRejected(unknown),
        Severity::Warning,
        &["99"],
    );
}

#[test]
fn an_answer_from_another_address_names_who_was_asked_and_who_answered() {
    let event = HandshakeOtherAddress {
        client: endpoint(1, 3572),
        server: endpoint(2, 81),
        answerer: endpoint(3, 81),
        attempts: 3,
        syns: [1, 5, 9].into_iter().collect(),
        answer: 3,
    };
    let annotation = annotated(
        &Event::HandshakeOtherAddress(event),
        Severity::Warning,
        &["192.0.2.1:3572", "192.0.2.2:81", "192.0.2.3:81"],
    );
    assert_eq!(annotation.related.as_slice(), [1, 5, 9, 3]);
}

#[test]
fn a_full_accept_queue_names_the_third_step_and_the_repeats() {
    for (third_step, taken) in [(Some(3), false), (None, true)] {
        let event = AcceptQueueFull {
            client: endpoint(1, 3572),
            server: endpoint(2, 81),
            third_step,
            repeats: 4,
            syn_acks: [7, 11, 14].into_iter().collect(),
            during_ns: 6_200_000_000,
            taken,
        };
        annotated(
            &Event::AcceptQueueFull(event),
            Severity::Warning,
            &["192.0.2.2:81", "4", "6.20 s", "accept()"],
        );
    }
}

#[test]
fn rarer_openings_name_the_other_packet() {
    let event = HandshakeSimultaneous { other_syn: 7 };
    annotated(
        &Event::HandshakeSimultaneous(event),
        Severity::Note,
        &["7", "SYN_RCVD"],
    );
    let event = FastOpen {
        syn: 9,
        accepted: 3,
        syn_payload: 5,
    };
    annotated(&Event::FastOpen(event), Severity::Note, &["3", "5", "9"]);
}

#[test]
fn a_scan_tells_what_was_tried_how_fast_and_what_it_found() {
    let scan = Scan {
        source: endpoint(1, 1).address,
        targets: 1000,
        hosts: 1,
        ports: 1000,
        host: Some(endpoint(2, 1).address),
        port: None,
        open: 2,
        refused: 990,
        rejected: 3,
        silent: 5,
        open_targets: vec![endpoint(2, 22), endpoint(2, 80)],
        during_ns: 2_000_000_000,
        examples: vec![1, 3, 5],
        beside: ScanBeside {
            refusals: 990,
            abandoned: 2,
            ..ScanBeside::default()
        },
    };
    let told = |scan: &Scan, words: &[&str]| {
        let event = Event::Scan(Box::new(scan.clone()));
        annotated(&event, Severity::Warning, words)
    };
    let annotation = told(
        &scan,
        &[
            "192.0.2.1",
            "1000",
            "192.0.2.2",
            "2.00 s",
            "500",
            "192.0.2.2:22",
            "990",
            "3",
            "5",
        ],
    );
    assert_eq!(annotation.related.as_slice(), [1, 3, 5]);
    assert!(annotation.text.contains("half-open scan"));
    let sweep = Scan {
        hosts: 1000,
        ports: 1,
        host: None,
        port: Some(22),
        open: 1,
        open_targets: vec![endpoint(2, 22)],
        beside: ScanBeside {
            abandoned: 1,
            ..ScanBeside::default()
        },
        ..scan.clone()
    };
    let annotation = told(&sweep, &["1000", "22"]);
    assert!(annotation.text.contains("1000 hosts on port 22"));
    let both = Scan {
        hosts: 10,
        ports: 100,
        host: None,
        open: 0,
        open_targets: Vec::new(),
        rejected: 0,
        during_ns: 0,
        beside: ScanBeside::default(),
        ..scan
    };
    let annotation = told(&both, &["100", "10", "1000"]);
    assert!(annotation.text.contains("none open"));
    assert!(annotation.values.contains(&("per_second", Value::Null)));
}
