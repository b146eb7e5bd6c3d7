//! ICMP errors as evidence, and loss that depends on size.

use super::*;
use crate::track::{IcmpError, IcmpErrorKind};

const SIZE: u32 = 1448;

fn error(kind: IcmpErrorKind, mtu: Option<u32>) -> IcmpError {
    IcmpError {
        kind,
        icmp_type: 3,
        code: 4,
        v6: false,
        reporter: [192, 0, 2, 254].into(),
        quoted_protocol: Some(6),
        quoted_source: None,
        quoted_destination: None,
        quoted: None,
        after_ns: None,
        mtu,
        gateway: None,
    }
}

impl Wire {
    /// A router says that a segment of this side was too big, or was rejected.
    fn router(&mut self, side: Side, kind: IcmpErrorKind, sequence: u32) {
        self.number += 1;
        let error = error(kind, Some(1400));
        let at = (self.number, self.now_ms * MS);
        for connection in [&mut self.connection, &mut self.unpredicted] {
            connection.icmp_error(side, at, &error, Some(sequence));
        }
    }

    fn found(&self, name: &str) -> bool {
        let findings = self.findings();
        let is = |finding: &Finding| format!("{:?}", finding.event).starts_with(name);
        findings.iter().any(is)
    }
}

fn triggers(seen: &Seen) -> Vec<Trigger> {
    let of = |event: &Event| match event {
        Event::Retransmission(event) => Some(event.trigger),
        _ => None,
    };
    seen.events.iter().filter_map(of).collect()
}

#[test]
fn a_syn_that_meets_an_error_is_rejected_and_not_met_by_silence() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.router(Side::Client, IcmpErrorKind::Unreachable, 1000);
    assert!(wire.found("HandshakeRejected") && !wire.found("HandshakeUnanswered"));
    // An error about something else is none about the SYN.
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.router(Side::Client, IcmpErrorKind::Unreachable, 999);
    assert!(!wire.found("HandshakeRejected") && wire.found("HandshakeUnanswered"));
}

#[test]
fn pieces_cut_smaller_after_an_error_have_it_as_their_reason() {
    let mut wire = Wire::open();
    wire.server("A", 5001, 1001, SIZE);
    wire.server("A", 5001 + SIZE, 1001, SIZE);
    wire.router(Side::Server, IcmpErrorKind::FragmentationNeeded, 5001);
    wire.router(
        Side::Server,
        IcmpErrorKind::FragmentationNeeded,
        5001 + SIZE,
    );
    for (start, length) in [(5001, 1348), (6349, 1348), (7697, 200)] {
        let piece = wire.server("A", start, 1001, length);
        assert_eq!(triggers(&piece), [Trigger::PathMtu], "{start}");
    }
    wire.client("A", 1001, 7897, 0);
    assert!(!wire.found("PathMtuBlackHole"));
}

#[test]
fn errors_that_are_not_obeyed_make_a_black_hole() {
    let mut wire = Wire::open();
    wire.server("A", 5001, 1001, SIZE);
    for _ in 0..3 {
        wire.router(Side::Server, IcmpErrorKind::FragmentationNeeded, 5001);
        wire.wait_ms(400);
        wire.server("A", 5001, 1001, SIZE);
    }
    assert!(wire.found("PathMtuBlackHole") && !wire.found("PeerSilent"));
}

/// A segment is sent again and again; in between the peer says something, or
/// nothing.
fn sent_in_vain(wire: &mut Wire, speaks: bool) {
    wire.server("A", 5001, 1001, SIZE);
    for _ in 0..5 {
        wire.wait_ms(400);
        wire.server("A", 5001, 1001, SIZE);
        if speaks {
            wire.client("A", 1001, 5001, 0);
        }
    }
}

#[test]
fn what_never_arrives_while_the_peer_is_heard_is_a_black_hole() {
    let mut wire = Wire::open();
    sent_in_vain(&mut wire, true);
    assert!(wire.found("PathMtuBlackHole"));
}

#[test]
fn a_dead_peer_a_closed_window_and_loss_for_a_while_are_no_black_hole() {
    let mut dead = Wire::open();
    sent_in_vain(&mut dead, false);
    assert!(!dead.found("PathMtuBlackHole") && dead.found("PeerSilent"));

    let mut slow = Wire::open();
    slow.window = 0;
    sent_in_vain(&mut slow, true);
    assert!(!slow.found("PathMtuBlackHole"));

    let mut lossy = Wire::open();
    sent_in_vain(&mut lossy, true);
    lossy.client("A", 1001, 5001 + SIZE, 0);
    assert!(!lossy.found("PathMtuBlackHole"));

    // A segment of this size has arrived before.
    let mut passed = Wire::open();
    passed.server("A", 5001, 1001, SIZE);
    passed.client("A", 1001, 5001 + SIZE, 0);
    for _ in 0..6 {
        passed.wait_ms(400);
        passed.server("A", 5001 + SIZE, 1001, SIZE);
        passed.client("A", 1001, 5001 + SIZE, 0);
    }
    assert!(!passed.found("PathMtuBlackHole"));
}
