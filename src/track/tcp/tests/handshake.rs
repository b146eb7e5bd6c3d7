//! What the packets of a handshake prove beside their order.

use super::*;

fn full(wire: &Wire) -> Option<(u32, bool)> {
    wire.findings()
        .into_iter()
        .find_map(|finding| match finding.event {
            Event::AcceptQueueFull(event) => Some((event.repeats, event.taken)),
            _ => None,
        })
}

#[test]
fn who_repeats_its_syn_has_not_received_the_answer() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let answer = wire.server("SA", 5000, 1001, 0);
    assert!(answer.tracked.destination_observed);
    wire.wait_ms(1000);
    let again = wire.client("S", 1000, 0, 0);
    assert_eq!(again.tracked.source_state, Some(State::SynSent));
    wire.wait_ms(300);
    let answer = wire.server("SA", 5000, 1001, 0);
    assert!(!answer.tracked.destination_observed);
    let third = wire.client("A", 1001, 5001, 0);
    assert_eq!(third.states(), both(State::Established, State::Established));
    let data = wire.server("PA", 5001, 1001, 10);
    assert!(data.tracked.destination_observed);
}

#[test]
fn a_listener_that_repeats_its_syn_ack_does_not_take_the_connection() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 18);
    wire.wait_ms(1000);
    let once = wire.server("SA", 5000, 1001, 0);
    assert_eq!(once.tracked.source_state, Some(State::SynReceived));
    let third = wire.client("A", 1019, 5001, 0);
    assert_eq!(third.tracked.destination_state, Some(State::Established));
    assert_eq!(full(&wire), None, "the third step may have been lost once");
    wire.wait_ms(2000);
    let twice = wire.server("SA", 5000, 1001, 0);
    assert_eq!(twice.tracked.source_state, Some(State::SynReceived));
    let third = wire.client("A", 1019, 5001, 0);
    assert_eq!(third.tracked.destination_state, Some(State::SynReceived));
    assert_eq!(wire.summary().state.server, Some(State::SynReceived));
    assert_eq!(full(&wire), Some((2, false)));
    // An acknowledgment of the data shows that it has taken it.
    wire.server("A", 5001, 1019, 0);
    assert_eq!(wire.summary().state.server, Some(State::Established));
    assert_eq!(full(&wire), Some((2, true)));
}

#[test]
fn an_echoed_timestamp_tells_which_syn_was_answered() {
    let mut wire = Wire::new();
    wire.stamped(100, 0).client("S", 1000, 0, 0);
    wire.wait_ms(1000);
    wire.stamped(1110, 0).client("S", 1000, 0, 0);
    wire.wait_ms(480);
    let answer = wire.stamped(7, 100).server("SA", 5000, 1001, 0);
    let Event::HandshakeSynAck(event) = &answer.events[0] else {
        panic!("{:?}", answer.events);
    };
    assert_eq!(event.syn, Some(1));
    assert_eq!(event.since_syn_ns, Some(1500 * MS));
    assert_eq!(wire.summary().handshake.syn_to_syn_ack_ns, Some(1500 * MS));
}

#[test]
fn of_two_syn_acks_the_one_counts_that_the_client_acknowledges() {
    for chosen in [5000, 2_000_000_000] {
        let mut wire = Wire::new();
        wire.client("S", 1000, 0, 0);
        wire.server("SA", 5000, 1001, 0);
        wire.server("SA", 2_000_000_000, 1001, 0);
        let third = wire.client("A", 1001, chosen + 1, 0);
        assert!(third.names().contains(&"HandshakeAck".to_owned()));
        assert_eq!(third.tracked.relative_acknowledgment, Some(1));
        let data = wire.server("PA", chosen + 1, 1001, 10);
        assert!(data.names().is_empty(), "{:?}", data.names());
        assert_eq!(data.tracked.relative_sequence, Some(1));
    }
}

#[test]
fn data_that_was_not_taken_with_the_syn_goes_out_again() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 5);
    wire.server("SA", 5000, 1001, 0);
    let again = wire.client("PA", 1001, 5001, 5);
    assert!(
        again
            .names()
            .contains(&"HandshakeRetransmission".to_owned())
    );
    assert!(!again.names().contains(&"Retransmission".to_owned()));
}
