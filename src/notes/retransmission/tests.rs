//! Each trigger of a retransmission in words, with its numbers and its proof.

use smallvec::{SmallVec, smallvec};

use crate::notes::fixture::annotated;
use crate::notes::{Annotation, Kind, Severity, Value};
use crate::track::{
    ControlSegment, Event, HandshakeRetransmission, NeedlessEvidence, Retransmission,
    SpuriousRetransmission, Trigger, TriggerEvidence,
};

fn again() -> Retransmission {
    Retransmission {
        trigger: Trigger::Unknown,
        evidence: TriggerEvidence::None,
        proof: SmallVec::new(),
        original: Some(12),
        relative_sequence: 5793,
        bytes: 1448,
        segments: 1,
        after_ns: Some(212_000_000),
        back_off: 0,
        waits_ns: SmallVec::new(),
        smoothed_round_trip_ns: Some(10_200_000),
        acknowledged_by: None,
    }
}

fn warned(event: Retransmission, words: &[&str]) -> Annotation {
    annotated(&Event::Retransmission(event), Severity::Warning, words)
}

fn value<'a>(annotation: &'a Annotation, name: &str) -> &'a Value {
    let found = annotation.values.iter().find(|(known, _)| *known == name);
    &found.unwrap_or_else(|| panic!("no value {name}")).1
}

#[test]
fn it_says_what_is_repeated_and_how_long_after() {
    let annotation = warned(again(), &["1448", "5793", "12", "212 ms"]);
    assert_eq!(annotation.related.as_slice(), [12]);
    assert_eq!(annotation.kind, Kind::TcpRetransmissionUnknown);
    assert!(annotation.text.contains("capture alone cannot tell"));
}

#[test]
fn pieces_cut_anew_name_the_error_and_its_mtu() {
    for mtu in [None, Some(1400)] {
        let event = Retransmission {
            trigger: Trigger::PathMtu,
            evidence: TriggerEvidence::TooBig(mtu),
            proof: smallvec![8],
            ..again()
        };
        let annotation = warned(event, &["8", "RFC 1191"]);
        assert_eq!(annotation.kind, Kind::TcpRetransmissionPathMtu);
        assert_eq!(annotation.text.contains("1400"), mtu.is_some());
    }
}

#[test]
fn a_needless_one_names_the_acknowledgment() {
    let event = Retransmission {
        acknowledged_by: Some(14),
        ..again()
    };
    let annotation = warned(event, &["14"]);
    assert!(annotation.text.contains("not needed"));
    assert_eq!(annotation.related.as_slice(), [12, 14]);
}

#[test]
fn an_original_outside_the_capture_is_said_to_be() {
    for after_ns in [None, Some(212_000_000)] {
        let event = Retransmission {
            original: None,
            after_ns,
            ..again()
        };
        let annotation = warned(event, &["1448"]);
        assert!(annotation.text.contains("the capture does not hold"));
    }
}

#[test]
fn segments_that_the_card_will_cut_are_counted_as_on_the_wire() {
    let event = Retransmission {
        bytes: 4344,
        segments: 3,
        ..again()
    };
    assert!(
        warned(event, &["4344"])
            .text
            .contains("3 segments on the wire")
    );
}

#[test]
fn the_first_timeout_gives_the_rto_and_what_it_rests_on() {
    let event = Retransmission {
        trigger: Trigger::Timeout,
        evidence: TriggerEvidence::Silence,
        back_off: 1,
        waits_ns: smallvec![212_000_000],
        ..again()
    };
    let annotation = warned(event, &["RTO", "212 ms", "10.2 ms"]);
    assert!(annotation.text.contains("judged by the silence"));
    assert_eq!(
        *value(&annotation, "retransmission_timeout_ns"),
        Value::Number(212_000_000)
    );
    assert!(annotation.checks.is_empty(), "doubling is no strict rule");
}

#[test]
fn a_row_of_timeouts_shows_its_back_off() {
    let row = |waits: &[u64]| Retransmission {
        trigger: Trigger::Timeout,
        evidence: TriggerEvidence::Silence,
        back_off: u32::try_from(waits.len()).unwrap(),
        waits_ns: waits.iter().map(|ms| ms * 1_000_000).collect(),
        ..again()
    };
    let annotation = warned(row(&[212, 424, 848]), &["212 ms", "424 ms", "848 ms", "3"]);
    assert!(annotation.text.contains("doubled each time"));
    let annotation = warned(row(&[61_440, 120_000, 120_000]), &["2 min"]);
    assert!(annotation.text.contains("up to the sender's limit"));
    let annotation = warned(row(&[212, 1_300]), &["1.30 s"]);
    assert!(annotation.text.contains("not clean doubling"));
    let annotation = warned(row(&[451, 568, 1_140, 2_280]), &["568 ms"]);
    assert!(annotation.text.contains("doubled from the second on"));
    let annotation = warned(row(&[451, 568, 1_140, 1_200]), &["1.20 s"]);
    assert!(annotation.text.contains("not clean doubling"));
    // The list is cut after eight, the count goes on.
    let long = Retransmission {
        back_off: 11,
        ..row(&[200, 400, 800, 1600, 3200, 6400, 12_800, 25_600])
    };
    assert!(warned(long, &["11"]).text.contains("the first waits"));
}

#[test]
fn at_the_receiver_a_timeout_is_said_to_rest_on_the_delay() {
    let event = Retransmission {
        trigger: Trigger::Timeout,
        evidence: TriggerEvidence::Delay,
        back_off: 1,
        original: None,
        ..again()
    };
    assert!(warned(event, &["212 ms"]).text.contains("likely"));
    for (back_off, words) in [(1, "Nothing had come"), (3, "3rd time in a row")] {
        let event = Retransmission {
            trigger: Trigger::Timeout,
            evidence: TriggerEvidence::Silence,
            back_off,
            ..again()
        };
        assert!(warned(event, &[]).text.contains(words));
    }
}

#[test]
fn the_rest_of_a_flight_points_to_its_timeout() {
    let event = Retransmission {
        trigger: Trigger::AfterTimeout,
        evidence: TriggerEvidence::AfterTimeout,
        proof: smallvec![20],
        ..again()
    };
    let annotation = warned(event, &["20"]);
    assert_eq!(annotation.kind, Kind::TcpRetransmissionAfterTimeout);
    assert_eq!(annotation.related.as_slice(), [12, 20]);
}

#[test]
fn a_fast_one_names_its_evidence() {
    let fast = |evidence, proof: &[u64]| Retransmission {
        trigger: Trigger::Fast,
        evidence,
        proof: proof.iter().copied().collect(),
        after_ns: Some(11_000_000),
        ..again()
    };
    let three = fast(TriggerEvidence::DuplicateAcks(3), &[14, 15, 16]);
    let annotation = warned(three, &["3", "14", "15", "16"]);
    assert_eq!(annotation.related.as_slice(), [12, 14, 15, 16]);
    assert_eq!(*value(&annotation, "duplicate_acks"), Value::Number(3));
    let many = fast(TriggerEvidence::DuplicateAcks(9), &[20, 21, 22]);
    assert!(
        warned(many, &["9"])
            .text
            .contains("the last of them packets 20")
    );
    let one = fast(TriggerEvidence::DuplicateAcks(1), &[14]);
    assert!(
        warned(one, &["14", "RACK"])
            .text
            .contains("1 duplicate ACK ")
    );
    assert!(
        warned(fast(TriggerEvidence::Sack, &[14]), &["SACK", "14"])
            .text
            .contains("three")
    );
    for proof in [&[][..], &[14]] {
        let partial = fast(TriggerEvidence::Recovery, proof);
        assert!(warned(partial, &[]).text.contains("under way"));
    }
    assert_eq!(
        *value(&warned(fast(TriggerEvidence::None, &[]), &[]), "evidence"),
        Value::from("none")
    );
}

#[test]
fn a_tail_loss_probe_is_no_proof_of_loss() {
    let event = Retransmission {
        trigger: Trigger::TailLossProbe,
        evidence: TriggerEvidence::Silence,
        after_ns: Some(22_000_000),
        ..again()
    };
    let annotation = warned(event, &["22.0 ms", "10.2 ms"]);
    assert!(annotation.text.contains("need not be lost"));
}

#[test]
fn a_needless_one_is_pointed_at_by_the_packet_that_shows_it() {
    let event = SpuriousRetransmission {
        retransmission: 20,
        original: Some(12),
        shown_by: 25,
        evidence: NeedlessEvidence::Dsack,
        bytes: 1448,
    };
    let annotation = annotated(
        &Event::SpuriousRetransmission(event),
        Severity::Warning,
        &["20", "12", "25", "D-SACK", "1448"],
    );
    assert_eq!(annotation.related.as_slice(), [20, 12, 25]);
    let by_timestamp = SpuriousRetransmission {
        evidence: NeedlessEvidence::Timestamp,
        ..event
    };
    annotated(
        &Event::SpuriousRetransmission(by_timestamp),
        Severity::Warning,
        &["20", "12", "25", "Eifel", "1448"],
    );
    let event = SpuriousRetransmission {
        shown_by: 14,
        evidence: NeedlessEvidence::Acknowledgment,
        original: None,
        ..event
    };
    let annotation = annotated(
        &Event::SpuriousRetransmission(event),
        Severity::Warning,
        &["20", "14"],
    );
    assert!(
        annotation
            .text
            .contains("Needless: packet 14 had acknowledged")
    );
}

#[test]
fn control_segments_count_their_attempts() {
    for (what, name) in [
        (ControlSegment::Syn, "SYN"),
        (ControlSegment::SynAck, "SYN-ACK"),
        (ControlSegment::Fin, "FIN"),
    ] {
        let event = HandshakeRetransmission {
            answered_by: None,
            asked_again: false,
            what,
            original: 1,
            attempt: 3,
            after_ns: 2_000_000_000,
        };
        annotated(
            &Event::HandshakeRetransmission(event),
            Severity::Warning,
            &[name, "3", "2.00 s", "1"],
        );
    }
}
