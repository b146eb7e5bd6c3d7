//! What a receiver refuses, and what it takes.

use super::*;

fn test(seen: &Seen) -> Option<&'static str> {
    seen.events.iter().find_map(|event| match event {
        Event::NotAcceptable(event) => Some(event.test.name()),
        _ => None,
    })
}

fn cause(seen: &Seen) -> Option<ResetCause> {
    seen.events.iter().find_map(|event| match event {
        Event::Reset(event) => Some(event.cause),
        _ => None,
    })
}

/// Both sides know each other's window, which has no scale.
fn open() -> Wire {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    wire
}

#[test]
fn a_rst_beyond_the_window_ends_nothing_and_is_answered() {
    let mut wire = open();
    let reset = wire.server("R", 3_005_001, 0, 0);
    assert_eq!(reset.names(), ["NotAcceptable", "Reset"]);
    assert_eq!(
        (test(&reset), cause(&reset)),
        (Some("window"), Some(ResetCause::NotAccepted))
    );
    let answer = wire.client("A", 1101, 5001, 0);
    assert_eq!(answer.names(), ["ChallengeAck"]);
    assert_eq!(
        answer.states(),
        both(State::Established, State::Established)
    );
    assert_eq!(wire.summary().close, CloseKind::Open);
    assert!(wire.client("PA", 1101, 5001, 10).names().is_empty());
}

#[test]
fn a_rst_below_what_was_acknowledged_ends_nothing() {
    let mut wire = open();
    assert_eq!(test(&wire.client("R", 1100, 0, 0)), Some("window"));
    assert_eq!(wire.summary().close, CloseKind::Open);
    assert_eq!(test(&wire.client("R", 1101, 0, 0)), None);
    assert_eq!(wire.summary().close, CloseKind::Reset);
}

#[test]
fn a_rst_within_what_may_have_been_lost_is_taken() {
    let mut wire = open();
    let reset = wire.client("RA", 1501, 5001, 0);
    assert_eq!(test(&reset), None);
    assert_eq!(wire.summary().close, CloseKind::Reset);
}

#[test]
fn a_rst_far_above_all_that_was_sent_ends_nothing_though_in_the_window() {
    let mut wire = Wire::new();
    wire.scale = Some(7);
    wire.client("S", 1000, 0, 0);
    wire.server("SA", 5000, 1001, 0);
    wire.scale = None;
    wire.window = 64_240;
    wire.client("A", 1001, 5001, 0);
    assert_eq!(test(&wire.server("R", 3_005_001, 0, 0)), Some("window"));
    assert_eq!(test(&wire.server("R", 5_101, 0, 0)), None);
}

#[test]
fn in_syn_sent_a_rst_counts_only_with_the_right_acknowledgment() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let wrong = wire.server("RA", 0, 1000, 0);
    assert_eq!(
        (test(&wrong), cause(&wrong)),
        (Some("acknowledgment"), Some(ResetCause::NotAccepted))
    );
    assert_eq!(test(&wire.server("R", 0, 0, 0)), Some("no_ack"));
    wire.wait_ms(1000);
    let again = wire.client("S", 1000, 0, 0);
    assert_eq!(again.names(), ["HandshakeRetransmission"]);
    assert_eq!(again.tracked.source_state, Some(State::SynSent));
    assert_eq!(wire.summary().close, CloseKind::Open);
    // It was answered, though not well.
    assert!(wire.findings().is_empty());
    let right = wire.server("RA", 0, 1001, 0);
    assert_eq!(cause(&right), Some(ResetCause::Refused));
}

#[test]
fn a_syn_that_meets_an_older_connection_is_not_refused_by_it() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let challenge = wire.server("A", 777_000, 3_000_000_000, 0);
    assert_eq!(challenge.names(), ["ChallengeAck"]);
    let denied = wire.client("R", 3_000_000_000, 0, 0);
    assert_eq!(cause(&denied), Some(ResetCause::HalfOpen));
    assert_eq!(wire.summary().close, CloseKind::Open);
    wire.wait_ms(1000);
    wire.client("S", 1000, 0, 0);
    let answer = wire.server("SA", 5000, 1001, 0);
    assert_eq!(answer.names(), ["HandshakeSynAck"]);
    let third = wire.client("A", 1001, 5001, 0);
    assert!(third.names().contains(&"HandshakeAck".to_owned()));
    assert_eq!(third.states(), both(State::Established, State::Established));
}

#[test]
fn an_old_timestamp_is_not_sent_and_the_next_bytes_are_new() {
    let mut wire = Wire::new();
    wire.stamped(2_000_000, 0).client("S", 1000, 0, 0);
    wire.stamped(900_000, 2_000_000).server("SA", 5000, 1001, 0);
    wire.stamped(2_000_010, 900_000).client("A", 1001, 5001, 0);
    let old = wire.stamped(1000, 1).client("PA", 1001, 5001, 100);
    assert_eq!(test(&old), Some("timestamp"));
    let answer = wire.stamped(900_020, 2_000_010).server("A", 5001, 1001, 0);
    assert_eq!(answer.names(), ["ChallengeAck"]);
    let fresh = wire
        .stamped(2_000_030, 900_020)
        .client("PA", 1001, 5001, 100);
    assert!(fresh.names().is_empty());
    assert_eq!(wire.summary().retransmissions.client.segments, 0);
}

#[test]
fn a_timestamp_a_little_older_is_that_of_a_segment_overtaken() {
    let mut wire = Wire::new();
    wire.stamped(2_000_000, 0).client("S", 1000, 0, 0);
    wire.stamped(900_000, 2_000_000).server("SA", 5000, 1001, 0);
    wire.stamped(2_000_010, 900_000).client("A", 1001, 5001, 0);
    let late = wire.stamped(1_999_990, 900_000).client("A", 1001, 5001, 0);
    assert_eq!(test(&late), None);
}

#[test]
fn a_second_clock_is_believed() {
    let mut wire = Wire::new();
    wire.stamped(2_000_000, 0).client("S", 1000, 0, 0);
    wire.stamped(900_000, 2_000_000).server("SA", 5000, 1001, 0);
    wire.stamped(2_000_010, 900_000).client("A", 1001, 5001, 0);
    assert!(test(&wire.stamped(500, 1).client("PA", 1001, 5001, 10)).is_some());
    assert_eq!(
        test(&wire.stamped(700, 1).client("PA", 1011, 5001, 10)),
        None
    );
    assert_eq!(
        test(&wire.stamped(900, 1).client("PA", 1021, 5001, 10)),
        None
    );
}

#[test]
fn what_its_receiver_acknowledges_it_had_taken() {
    let mut wire = Wire::new();
    wire.stamped(2_000_000, 0).client("S", 1000, 0, 0);
    wire.stamped(900_000, 2_000_000).server("SA", 5000, 1001, 0);
    wire.stamped(2_000_010, 900_000).client("A", 1001, 5001, 0);
    wire.stamped(1000, 1).client("PA", 1001, 5001, 100);
    let taken = wire.stamped(900_020, 1000).server("A", 5001, 1101, 0);
    assert!(taken.names().is_empty(), "{:?}", taken.names());
    assert!(wire.client("PA", 1101, 5001, 10).names().is_empty());
}

#[test]
fn what_lies_before_the_first_number_never_was() {
    let mut wire = open();
    assert_eq!(
        test(&wire.client("PA", 900, 5001, 50)),
        Some("before_initial")
    );
    // A keep-alive before any data has the number of the SYN.
    let mut wire = Wire::open();
    wire.server("A", 5001, 1001, 0);
    assert_eq!(test(&wire.client("A", 1000, 5001, 0)), None);
}

#[test]
fn a_segment_of_a_connection_that_stands_must_acknowledge() {
    let mut wire = open();
    assert_eq!(test(&wire.client("F", 1101, 0, 0)), Some("no_ack"));
    assert_eq!(wire.summary().closed_by, None);
    // Where nothing stands, nothing is known of what is expected.
    let mut scan = Wire::new();
    assert_eq!(test(&scan.client("F", 1101, 0, 0)), None);
    assert_eq!(test(&scan.client("F", 1101, 0, 0)), None);
}

#[test]
fn numbers_of_another_connection_are_refused_and_believed_when_they_go_on() {
    let mut wire = open();
    let elsewhere = wire.client("PA", 2_000_000_000, 5001, 100);
    assert_eq!(test(&elsewhere), Some("window"));
    assert_eq!(
        test(&wire.client("PA", 2_000_000_100, 5001, 100)),
        None,
        "the recording may have missed what lies between"
    );
}

#[test]
fn a_closed_host_refuses_nothing() {
    let mut wire = open();
    wire.server("R", 5001, 0, 0);
    assert_eq!(test(&wire.server("R", 4_000, 0, 0)), None);
}
