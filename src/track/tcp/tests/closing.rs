//! SYN, FIN and keep-alive are no bytes, and what a close does not prove.

use super::*;

#[test]
fn a_fin_below_data_ends_nothing_and_spoils_no_acknowledgment() {
    let mut wire = Wire::open();
    wire.server("PA", 5001, 1001, 37);
    let fin = wire.server("FA", 5001, 1001, 0);
    assert_eq!(fin.names(), ["NotAcceptable"]);
    let ack = wire.client("A", 1001, 5038, 0);
    assert!(ack.names().is_empty(), "{:?}", ack.names());
    assert_eq!(wire.summary().closed_by, None);
}

#[test]
fn a_fin_sent_again_in_vain_is_no_byte_and_the_peers_fin_came() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 100);
    wire.server("FPA", 5001, 1101, 50);
    for _ in 0..3 {
        wire.wait_ms(500);
        wire.client("FA", 1101, 5052, 0);
    }
    let findings = wire.findings();
    let Some(Event::PeerSilent(event)) = findings
        .iter()
        .map(|finding| &finding.event)
        .find(|event| matches!(event, Event::PeerSilent(_)))
    else {
        panic!("{findings:?}");
    };
    assert_eq!((event.unacknowledged, event.peer_fin), (0, Some(5)));
}

#[test]
fn no_program_is_slow_when_nothing_more_can_come() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    wire.server("FA", 5001, 1002, 0);
    wire.window = 0;
    assert!(
        !wire
            .server("A", 5002, 1002, 0)
            .names()
            .contains(&"ZeroWindow".to_owned())
    );
}

#[test]
fn a_keep_alive_recorded_first_is_no_missing_byte() {
    let mut wire = Wire::new();
    wire.client("A", 1000, 5001, 0);
    let answer = wire.server("A", 5001, 1001, 0);
    assert!(answer.names().is_empty(), "{:?}", answer.names());
    assert!(wire.client("PA", 1001, 5001, 10).names().is_empty());
    // A byte that was recorded was there.
    let mut wire = Wire::new();
    wire.client("PA", 1000, 5001, 10);
    let answer = wire.server("A", 5001, 1011, 0);
    assert_eq!(answer.names(), ["AckOfUnseen"]);
}

#[test]
fn a_fin_behind_what_was_sent_again_has_not_arrived_in_order() {
    let mut wire = Wire::open();
    wire.server("A", 5001, 1001, 1000);
    wire.wait_ms(300);
    wire.server("A", 5001, 1001, 1000);
    wire.client("FA", 1001, 5001, 0);
    let fin = wire.server("FA", 6001, 1002, 0);
    assert_eq!(fin.tracked.destination_state, Some(State::FinWait2));
    let ack = wire.client("A", 1002, 6002, 0);
    assert_eq!(ack.tracked.source_state, Some(State::TimeWait));
}

#[test]
fn a_wait_that_no_program_notices_is_not_told() {
    for (late_ms, told) in [(0, false), (5, true)] {
        let mut wire = Wire::open();
        wire.identified(10).client("PA", 1001, 5001, 10);
        wire.identified(12).client("PA", 1021, 5001, 10);
        // Ten milliseconds pass from segment to segment.
        wire.now_ms = wire.now_ms + late_ms - 10;
        let late = wire.identified(11).client("PA", 1011, 5001, 10);
        let names = late.names();
        assert_eq!(names.contains(&"HeadOfLine".to_owned()), told, "{names:?}");
    }
}

#[test]
fn what_the_recorded_side_acknowledges_the_other_has_sent() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let third = wire.client("A", 1001, 5001, 0);
    assert_eq!(third.states(), both(State::Established, State::Established));
    wire.client("A", 1001, 10_001, 0);
    assert!(wire.findings().is_empty(), "{:?}", wire.findings());
    assert!(wire.connection.is_one_sided());
}
