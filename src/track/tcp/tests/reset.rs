//! Who wrote a RST, what provoked it, and what its host does afterwards.

use super::*;
use crate::track::Reset;

fn reset(seen: &Seen) -> &Reset {
    let found = seen.events.iter().find_map(|event| match event {
        Event::Reset(event) => Some(event),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no RST in {:?}", seen.events))
}

fn contradiction(wire: &Wire) -> Option<(u64, u64)> {
    wire.findings()
        .into_iter()
        .find_map(|finding| match finding.event {
            Event::ResetContradicted(event) => Some((event.reset, event.goes_on)),
            _ => None,
        })
}

/// Both sides have agreed on timestamps; the server is 12 hops away.
fn stamped() -> Wire {
    let mut wire = Wire::new();
    wire.stamped(100, 0).client("S", 1000, 0, 0);
    wire.hops(52).stamped(900, 100).server("SA", 5000, 1001, 0);
    wire.stamped(110, 900).client("A", 1001, 5001, 0);
    wire.stamped(120, 900).client("PA", 1001, 5001, 36);
    wire
}

#[test]
fn a_rst_from_elsewhere_on_the_path_is_not_the_hosts() {
    let mut wire = stamped();
    let seen = wire.hops(101).server("RA", 5001, 1037, 0);
    let event = reset(&seen);
    assert_eq!(event.cause, ResetCause::ThirdParty);
    assert_eq!(
        event.evidence.names().collect::<Vec<_>>(),
        ["time_to_live", "options"]
    );
    // The client took it; of the server nothing follows.
    assert_eq!(
        seen.states(),
        (Some(State::Established), Some(State::Closed))
    );
    assert_eq!(wire.summary().closed_by, None);
    assert_eq!(contradiction(&wire), None);
    let more = wire.hops(102).server("RA", 6461, 1037, 0);
    assert_eq!(reset(&more).cause, ResetCause::ThirdParty);
    let goes_on = wire.hops(52).stamped(950, 120).server("A", 5001, 1037, 0);
    assert_eq!(goes_on.tracked.source_state, Some(State::Established));
    assert_eq!(contradiction(&wire), Some((5, 7)));
}

#[test]
fn another_beginning_of_the_time_to_live_is_no_other_host() {
    let mut wire = stamped();
    // 255 - 12 hops.
    let seen = wire.hops(243).server("RA", 5001, 1037, 0);
    assert_eq!(reset(&seen).cause, ResetCause::Aborted);
    let mut wire = stamped();
    let seen = wire.hops(53).server("RA", 5001, 1037, 0);
    assert_eq!(reset(&seen).cause, ResetCause::Aborted);
}

#[test]
fn a_host_that_goes_on_did_not_reset() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 36);
    wire.server("RA", 5001, 1037, 0);
    assert_eq!(wire.summary().close, CloseKind::Reset);
    let goes_on = wire.server("PA", 5001, 1037, 24);
    assert_eq!(goes_on.tracked.source_state, Some(State::Established));
    assert_eq!(contradiction(&wire), Some((5, 6)));
    assert_eq!(wire.summary().close, CloseKind::Open);
    assert_eq!(wire.summary().closed_by, None);
}

#[test]
fn what_a_rst_overtook_does_not_contradict_it() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 36);
    wire.server("A", 5001, 1037, 0);
    wire.server("RA", 5101, 1037, 0);
    wire.server("PA", 5001, 1037, 100);
    wire.client("PA", 1037, 5001, 10);
    assert_eq!(contradiction(&wire), None);
    assert_eq!(wire.summary().close, CloseKind::Reset);
}

#[test]
fn who_resets_the_answer_to_his_own_syn_abandons_it() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.server("SA", 5000, 1001, 0);
    let seen = wire.client("R", 1001, 0, 0);
    let event = reset(&seen);
    assert_eq!(event.cause, ResetCause::Abandoned);
    assert_eq!(event.provoked_by, Some(2));
    assert!(wire.findings().is_empty());
    // Whose SYN was not recorded may know nothing of it.
    let mut wire = Wire::new();
    wire.server("SA", 5000, 1001, 0);
    let seen = wire.client("R", 1001, 0, 0);
    assert_eq!(reset(&seen).cause, ResetCause::HalfOpen);
}

#[test]
fn the_same_syn_after_a_rst_asks_anew() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.server("RA", 0, 1001, 0);
    wire.wait_ms(500);
    let again = wire.client("S", 1000, 0, 0);
    assert_eq!(again.tracked.source_state, Some(State::SynSent));
    let answer = wire.server("SA", 5000, 1001, 0);
    assert_eq!(answer.names(), ["HandshakeSynAck"]);
    wire.client("A", 1001, 5001, 0);
    assert_eq!(wire.summary().close, CloseKind::Open);
    assert_eq!(contradiction(&wire), None);
}

#[test]
fn nothing_is_said_of_the_silence_of_a_host_that_was_never_heard() {
    let mut wire = Wire::new();
    wire.client("PA", 1001, 5001, 36);
    wire.server("R", 5001, 0, 0);
    let silent = wire
        .findings()
        .into_iter()
        .find_map(|finding| match finding.event {
            Event::HalfOpen(event) => Some(event.silent_ns),
            _ => None,
        });
    assert_eq!(silent, Some(None));
}

#[test]
fn a_fin_is_no_byte_that_may_be_lost() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 10);
    wire.server("A", 5001, 1011, 0);
    wire.client("FA", 1011, 5001, 0);
    let seen = wire.server("RA", 5001, 1011, 0);
    assert_eq!(reset(&seen).unacknowledged, 0);
}

#[test]
fn of_what_a_rst_carries_the_beginning_is_kept() {
    let mut wire = Wire::open();
    let text = [b'x'; 500];
    let tcp = Tcp {
        source_port: 1,
        destination_port: 2,
        sequence: 5001,
        acknowledgment: 1001,
        flags: flags("RA"),
        window: 0,
        checksum: 0,
        options_offset: 0,
        options_captured: 0,
        payload_length: 500,
    };
    let mut segment = Segment::new(9, 90 * MS, tcp, &[]);
    segment.payload = &text;
    let mut events = Vec::new();
    wire.connection.segment(Side::Server, &segment, &mut events);
    let Some(Event::Reset(event)) = events.first() else {
        panic!("{events:?}");
    };
    assert_eq!((event.payload, event.message.len()), (500, 80));
}

#[test]
fn a_rst_over_another_way_that_nothing_provoked_is_not_the_hosts() {
    for (waits_ms, cause) in [(100, ResetCause::Aborted), (4_000, ResetCause::ThirdParty)] {
        let mut wire = Wire::new();
        wire.client("S", 1000, 0, 0);
        wire.hops(53).server("SA", 5000, 1001, 0);
        wire.client("A", 1001, 5001, 0);
        wire.wait_ms(waits_ms);
        // A router next to the client, which gave up the connection.
        let seen = wire.hops(255).server("RA", 5001, 1001, 0);
        assert_eq!(reset(&seen).cause, cause);
    }
}
