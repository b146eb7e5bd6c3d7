//! When DHCP's events are notes, warnings and errors.

use crate::capture::{Frame, LinkType};
use crate::decode::decode;
use crate::notes::fixture::{annotated, annotated_on};
use crate::notes::{Severity, Value};
use crate::track::{
    DhcpAck, DhcpAttempt, DhcpPurpose, DhcpQuestion, DhcpRequest, DhcpSeveralServers, DhcpStep,
    DhcpUnanswered, Event,
};

fn silence(question: DhcpQuestion, attempts: u32, waited_ns: u64) -> DhcpUnanswered {
    DhcpUnanswered {
        v6: false,
        question,
        client: Some([2, 0, 0, 0, 0, 0xa]),
        packets: (1..=u64::from(attempts)).collect(),
        attempts,
        waited_ns,
        wants_broadcast: false,
        began_anew: false,
        for_room: false,
    }
}

#[test]
fn only_a_client_that_asks_again_is_surely_not_answered() {
    let told = |event: DhcpUnanswered, severity| {
        annotated(
            &Event::DhcpUnanswered(event),
            severity,
            &["02:00:00:00:00:0a"],
        )
    };
    const MINUTE: u64 = 60_000_000_000;
    told(
        silence(DhcpQuestion::Discover, 3, MINUTE),
        Severity::Warning,
    );
    told(silence(DhcpQuestion::Discover, 1, MINUTE), Severity::Note);
    told(
        silence(DhcpQuestion::Discover, 2, 4_000_000_000),
        Severity::Note,
    );
    told(silence(DhcpQuestion::Discover, 1, 0), Severity::Note);
    let restart = DhcpQuestion::Request(DhcpPurpose::Restarting);
    told(silence(restart, 3, MINUTE), Severity::Note);
    let renewal = DhcpQuestion::Request(DhcpPurpose::Renewing);
    told(silence(renewal, 2, MINUTE), Severity::Warning);
    let alone = DhcpUnanswered {
        wants_broadcast: true,
        ..silence(DhcpQuestion::Discover, 1, MINUTE)
    };
    told(alone, Severity::Warning);
}

#[test]
fn servers_that_contradict_each_other_are_a_warning_and_others_a_note() {
    let several = DhcpSeveralServers {
        v6: false,
        transaction: 7,
        offers: [2, 3],
        servers: [[10, 0, 0, 1].into(), [10, 0, 0, 2].into()],
        addresses: [Some([10, 0, 0, 50].into()), None],
        same_way: true,
        differ: [false, true, true],
    };
    let words = ["10.0.0.1", "10.0.0.2", "10.0.0.50"];
    annotated(
        &Event::DhcpSeveralServers(several),
        Severity::Warning,
        &words,
    );
    let agree = DhcpSeveralServers {
        differ: [false; 3],
        ..several
    };
    annotated(&Event::DhcpSeveralServers(agree), Severity::Note, &words);
    let relayed = DhcpSeveralServers {
        same_way: false,
        ..several
    };
    annotated(&Event::DhcpSeveralServers(relayed), Severity::Note, &words);
}

const STEP: DhcpStep = DhcpStep {
    v6: false,
    transaction: 7,
    relayed: None,
};

/// A message with these options, as raw IPv4.
fn datagram(operation: u8, given: [u8; 4], options: &[u8]) -> Vec<u8> {
    let mut data = vec![operation, 1, 6, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0];
    data.extend(given);
    data.resize(28, 0);
    data.extend([2, 0, 0, 0, 0, 0xa]);
    data.resize(236, 0);
    data.extend([0x63, 0x82, 0x53, 0x63]);
    data.extend(options);
    let length = 8 + data.len() as u16;
    let mut bytes = vec![0x45, 0];
    bytes.extend((20 + length).to_be_bytes());
    bytes.extend([
        0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 67, 0, 68,
    ]);
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(data);
    bytes
}

fn ack(requested: [u8; 4]) -> DhcpAck {
    DhcpAck {
        step: STEP,
        answers: Some((3, DhcpQuestion::Request(DhcpPurpose::Selecting))),
        latency_ns: Some(2_000_000),
        requested: Some(requested.into()),
        chosen: Some([10, 0, 0, 1].into()),
        began: Some((1, 5_000_000)),
        lease: None,
    }
}

#[test]
fn an_address_that_was_not_asked_for_and_times_out_of_order_are_errors() {
    let option = |t1: u8, t2: u8| {
        [
            53, 1, 5, 54, 4, 10, 0, 0, 1, 51, 4, 0, 0, 0, 80, 1, 4, 255, 255, 255, 0, //
            58, 4, 0, 0, 0, t1, 59, 4, 0, 0, 0, t2, 255,
        ]
    };
    let told = |options: &[u8], requested, severity, word: &str| {
        let bytes = datagram(2, [10, 0, 0, 50], options);
        let packet = decode(Frame::alone(LinkType::RAW, &bytes));
        annotated_on(
            Some(&packet),
            &Event::DhcpAck(ack(requested)),
            severity,
            &[word],
        )
    };
    let good = told(&option(40, 70), [10, 0, 0, 50], Severity::Note, "/24");
    let rules: Vec<_> = good.checks.iter().map(|check| check.rule.id).collect();
    assert!(rules.contains(&"T1 = lease ÷ 2") && rules.contains(&"T2 = lease × 7 ÷ 8"));
    let usable = good
        .values
        .iter()
        .find(|(name, _)| *name == "usable_addresses");
    assert_eq!(usable.unwrap().1, Value::Number(254));
    told(
        &option(40, 70),
        [10, 0, 0, 51],
        Severity::Error,
        "10.0.0.50",
    );
    told(
        &option(70, 40),
        [10, 0, 0, 50],
        Severity::Error,
        "10.0.0.50",
    );
    // Given otherwise, but in order.
    told(&option(10, 20), [10, 0, 0, 50], Severity::Note, "10.0.0.50");
}

#[test]
fn a_request_for_another_address_than_was_offered_is_an_error() {
    let request = |offered: [u8; 4]| {
        Event::DhcpRequest(DhcpRequest {
            step: STEP,
            purpose: DhcpPurpose::Selecting,
            attempt: DhcpAttempt {
                number: 2,
                first: Some(3),
                since_first_ns: Some(4_000_000_000),
            },
            offer: Some(2),
            latency_ns: Some(1_000_000),
            offered: Some(offered.into()),
            lapsed: [4].into_iter().collect(),
            lease: None,
        })
    };
    let bytes = datagram(
        1,
        [0; 4],
        &[53, 1, 3, 54, 4, 10, 0, 0, 1, 50, 4, 10, 0, 0, 50, 255],
    );
    let packet = decode(Frame::alone(LinkType::RAW, &bytes));
    let words = ["10.0.0.50", "10.0.0.1"];
    annotated_on(
        Some(&packet),
        &request([10, 0, 0, 50]),
        Severity::Note,
        &words,
    );
    annotated_on(
        Some(&packet),
        &request([10, 0, 0, 51]),
        Severity::Error,
        &words,
    );
}
