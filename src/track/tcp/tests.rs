//! Connections segment by segment, sectioned by what they show. Times are in
//! milliseconds, one after the other.

use super::{Connection, Segment, State};
use crate::decode::{Tcp, TcpFlags};
use crate::track::{
    CloseKind, CloserSet, Event, Finding, LateEvidence, NeedlessEvidence, Offer, ResetCause, Side,
    Sides, TcpConversation, TcpTracked, Trigger, TriggerEvidence,
};

mod acceptable;
mod bounds;
mod closing;
mod data_differs;
mod handshake;
mod icmp_errors;
mod reset;
mod unfinished;

const MS: u64 = 1_000_000;

/// A wire between a client (sequence numbers from 1000) and a server (5000).
struct Wire {
    connection: Connection,
    /// Another of the same wire, in which nothing is predicted.
    unpredicted: Connection,
    number: u64,
    now_ms: u64,
    window: u16,
    /// The IP identification of the next segment; 0 for none.
    identification: u16,
    /// SACK blocks of the next segment.
    sack: Vec<(u32, u32)>,
    /// Timestamp and echo of the next segment.
    timestamps: Option<(u32, u32)>,
    /// Time to live of the next segment; 64 unless set.
    time_to_live: u8,
    /// The window scale that SYNs offer.
    scale: Option<u8>,
    /// Since when differences of times are known.
    known_since_ns: u64,
}

/// What one segment gave.
struct Seen {
    events: Vec<Event>,
    tracked: TcpTracked,
}

impl Seen {
    fn names(&self) -> Vec<String> {
        self.events
            .iter()
            .map(|event| {
                let text = format!("{event:?}");
                text.split('(').next().unwrap_or_default().to_owned()
            })
            .collect()
    }

    fn states(&self) -> (Option<State>, Option<State>) {
        (self.tracked.source_state, self.tracked.destination_state)
    }
}

fn flags(names: &str) -> TcpFlags {
    TcpFlags(names.chars().fold(0, |bits, name| {
        bits | match name {
            'S' => TcpFlags::SYN.0,
            'A' => TcpFlags::ACK.0,
            'F' => TcpFlags::FIN.0,
            'R' => TcpFlags::RST.0,
            'P' => TcpFlags::PSH.0,
            other => panic!("no flag {other}"),
        }
    }))
}

impl Wire {
    fn new() -> Self {
        Self {
            connection: Connection::default(),
            unpredicted: Connection::default(),
            number: 0,
            now_ms: 0,
            window: 1000,
            identification: 0,
            sack: Vec::new(),
            timestamps: None,
            time_to_live: 64,
            scale: None,
            known_since_ns: 0,
        }
    }

    fn open() -> Self {
        let mut wire = Self::new();
        wire.client("S", 1000, 0, 0);
        wire.server("SA", 5000, 1001, 0);
        wire.client("A", 1001, 5001, 0);
        wire
    }

    /// The next segment.
    fn next(&mut self, names: &str, seq: u32, ack: u32, payload: u32) -> Segment<'static> {
        self.number += 1;
        self.now_ms += 10;
        let tcp = Tcp {
            source_port: 1,
            destination_port: 2,
            sequence: seq,
            acknowledgment: ack,
            flags: flags(names),
            window: self.window,
            checksum: 0,
            options_offset: 0,
            options_captured: 0,
            payload_length: payload,
        };
        let mut segment = Segment::new(self.number, self.now_ms * MS, tcp, &[]);
        segment.identification = std::mem::take(&mut self.identification);
        segment.sack.extend(std::mem::take(&mut self.sack));
        segment.timestamps = std::mem::take(&mut self.timestamps);
        segment.known_since_ns = self.known_since_ns;
        segment.time_to_live = std::mem::replace(&mut self.time_to_live, 64);
        segment.offer.window_scale = self.scale;
        segment.offer.timestamps = segment.timestamps.is_some();
        segment
    }

    fn send(&mut self, side: Side, names: &str, seq: u32, ack: u32, payload: u32) -> Seen {
        let segment = self.next(names, seq, ack, payload);
        self.connection.follow_unfinished(side, &segment);
        self.unpredicted.follow_unfinished(side, &segment);
        let mut events = Vec::new();
        let followed = self.connection.segment(side, &segment, &mut events);
        let mut unpredicted_events = Vec::new();
        let unpredicted = self
            .unpredicted
            .any_segment(side, &segment, &mut unpredicted_events);
        assert_eq!(format!("{followed:?}"), format!("{unpredicted:?}"));
        assert_eq!(events, unpredicted_events);
        Seen {
            events,
            tracked: followed.tracked,
        }
    }

    /// Time passes without packets.
    fn wait_ms(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    /// The next segment bears this IP identification.
    fn identified(&mut self, identification: u16) -> &mut Self {
        self.identification = identification;
        self
    }

    /// The next segment bears these SACK blocks.
    fn with_sack(&mut self, blocks: &[(u32, u32)]) -> &mut Self {
        self.sack = blocks.to_vec();
        self
    }

    /// The next segment bears this timestamp and echoes that one.
    fn stamped(&mut self, timestamp: u32, echo: u32) -> &mut Self {
        self.timestamps = Some((timestamp, echo));
        self
    }

    /// The next segment has this time to live.
    fn hops(&mut self, time_to_live: u8) -> &mut Self {
        self.time_to_live = time_to_live;
        self
    }

    /// Both sides have offered this too.
    fn offer(&mut self, change: impl Fn(&mut Offer)) {
        for connection in [&mut self.connection, &mut self.unpredicted] {
            change(&mut connection.halves.client.offer);
            change(&mut connection.halves.server.offer);
        }
    }

    /// Both sides permit SACK.
    fn open_with_sack() -> Self {
        let mut wire = Self::open();
        wire.offer(|offer| offer.sack_permitted = true);
        wire
    }

    fn client(&mut self, names: &str, seq: u32, ack: u32, payload: u32) -> Seen {
        self.send(Side::Client, names, seq, ack, payload)
    }

    fn server(&mut self, names: &str, seq: u32, ack: u32, payload: u32) -> Seen {
        self.send(Side::Server, names, seq, ack, payload)
    }

    fn summary(&self) -> TcpConversation {
        self.connection.summary()
    }

    fn findings(&self) -> Vec<Finding> {
        use crate::track::{Address, Endpoint};
        let end = |last| Endpoint {
            address: Address::Ip([192, 0, 2, last].into()),
            port: Some(9),
        };
        let mut findings = Vec::new();
        let ends = Sides {
            client: end(1),
            server: end(2),
        };
        self.connection
            .finish(1, &ends, self.now_ms * MS + 1000 * MS, &mut findings);
        findings
    }
}

fn both(source: State, destination: State) -> (Option<State>, Option<State>) {
    (Some(source), Some(destination))
}

// --- Opening ---------------------------------------------------------------

#[test]
fn the_three_steps_with_both_ends_states() {
    let mut wire = Wire::new();
    let syn = wire.client("S", 1000, 0, 0);
    assert_eq!(syn.names(), ["HandshakeSyn"]);
    assert_eq!(syn.states(), both(State::SynSent, State::SynReceived));
    assert!(
        !syn.tracked.observed() && syn.tracked.source_observed,
        "whether anybody listens is not proven by a SYN"
    );
    let syn_ack = wire.server("SA", 5000, 1001, 0);
    assert_eq!(syn_ack.names(), ["HandshakeSynAck"]);
    assert_eq!(
        syn_ack.states(),
        both(State::SynReceived, State::Established)
    );
    assert!(syn_ack.tracked.observed());
    let ack = wire.client("A", 1001, 5001, 0);
    assert_eq!(ack.names(), ["HandshakeAck", "OptionsAgreed"]);
    assert_eq!(ack.states(), both(State::Established, State::Established));
    assert_eq!(ack.tracked.relative_sequence, Some(1));
    assert_eq!(ack.tracked.relative_acknowledgment, Some(1));
    let Event::HandshakeAck(event) = &ack.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.syn_ack, event.client_sequence, event.server_sequence),
        (2, Some(1000), 5000)
    );
    assert_eq!(
        (event.since_syn_ack_ns, event.since_syn_ns),
        (10 * MS, Some(20 * MS))
    );
}

#[test]
fn a_wrong_acknowledgment_leaves_the_client_where_it_was() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let syn_ack = wire.server("SA", 5000, 1000, 0);
    let Event::HandshakeSynAck(event) = &syn_ack.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.client_sequence, event.acknowledgment),
        (Some(1000), 1000)
    );
    assert_eq!(syn_ack.states(), both(State::SynReceived, State::SynSent));
}

#[test]
fn a_third_step_that_was_not_captured_is_not_made_up() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.server("SA", 5000, 1001, 0);
    wire.server("PA", 5001, 1001, 50);
    assert!(wire.client("A", 1001, 5051, 0).names().is_empty());
}

#[test]
fn data_may_ride_on_the_third_step() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.server("SA", 5000, 1001, 0);
    let third = wire.client("PA", 1001, 5001, 27);
    assert_eq!(third.names(), ["HandshakeAck", "OptionsAgreed"]);
}

#[test]
fn a_syn_sent_again_counts_its_attempts_and_waits() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.wait_ms(1000);
    assert_eq!(
        wire.client("S", 1000, 0, 0).names(),
        ["HandshakeRetransmission"]
    );
    wire.wait_ms(2000);
    wire.client("S", 1000, 0, 0);
    let findings = wire.findings();
    let Event::HandshakeUnanswered(event) = &findings[0].event else {
        panic!()
    };
    assert_eq!((event.attempts, event.syns.as_slice()), (3, &[1, 2, 3][..]));
    assert_eq!(event.intervals_ns.as_slice(), [1010 * MS, 2010 * MS]);
    assert_eq!(event.waited_ns, 4020 * MS);
}

#[test]
fn both_syns_may_cross() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let crossing = wire.server("S", 5000, 0, 0);
    assert_eq!(crossing.names(), ["HandshakeSyn", "HandshakeSimultaneous"]);
    assert_eq!(
        wire.client("SA", 1000, 5001, 0).names(),
        ["HandshakeSynAck"]
    );
    let last = wire.server("SA", 5000, 1001, 0);
    assert_eq!(last.names(), ["HandshakeSynAck"]);
    assert_eq!(last.states(), both(State::Established, State::Established));
}

#[test]
fn fast_open_data_is_accepted_and_not_sent_again() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 100);
    assert_eq!(
        wire.server("SA", 5000, 1101, 0).names(),
        ["HandshakeSynAck", "FastOpen"]
    );
    assert_eq!(
        wire.client("A", 1101, 5001, 0).names(),
        ["HandshakeAck", "OptionsAgreed"]
    );
}

// --- Refused and reset -----------------------------------------------------

#[test]
fn a_rst_to_a_syn_refuses_it() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    let rst = wire.server("RA", 0, 1001, 0);
    assert_eq!(rst.names(), ["HandshakeRefused", "Reset"]);
    let Event::Reset(event) = &rst.events[1] else {
        panic!()
    };
    assert_eq!(
        (event.cause, event.provoked_by),
        (ResetCause::Refused, Some(1))
    );
    assert_eq!(rst.states(), both(State::Closed, State::Closed));
    assert_eq!(wire.summary().close, CloseKind::Reset);
    assert!(wire.findings().is_empty());
}

#[test]
fn a_rst_that_acknowledges_is_an_abort() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 10);
    let rst = wire.server("RA", 5001, 1011, 0);
    let Event::Reset(event) = &rst.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.cause, event.side),
        (ResetCause::Aborted, Side::Server)
    );
    assert_eq!(
        wire.summary().closed_by,
        Some(Sides {
            client: false,
            server: true
        })
    );
}

#[test]
fn data_behind_a_fin_is_answered_by_a_rst() {
    let mut wire = Wire::open();
    wire.server("FA", 5001, 1001, 0);
    wire.client("A", 1001, 5002, 0);
    wire.client("PA", 1001, 5002, 8);
    let rst = wire.server("R", 5002, 0, 0);
    let Event::Reset(event) = &rst.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.cause, event.provoked_by),
        (ResetCause::AfterClose, Some(6))
    );
    assert_eq!(event.after_ns, Some(10 * MS));
}

#[test]
fn the_fin_behind_the_data_provokes_the_next_rst() {
    let mut wire = Wire::open();
    wire.server("FA", 5001, 1001, 0);
    wire.client("PA", 1001, 5001, 8);
    wire.server("R", 5002, 0, 0);
    wire.client("FA", 1009, 5002, 0);
    let rst = wire.server("R", 5002, 0, 0);
    let Event::Reset(event) = &rst.events[0] else {
        panic!("{:?}", rst.events)
    };
    assert_eq!(
        (event.cause, event.provoked_by),
        (ResetCause::AfterClose, Some(7))
    );
}

#[test]
fn a_host_that_knows_no_such_connection_answers_with_the_acknowledged_number() {
    let mut wire = Wire::open();
    wire.server("PA", 5001, 1001, 5);
    wire.client("A", 1001, 5006, 0);
    wire.client("PA", 1001, 5006, 8);
    let rst = wire.server("R", 5006, 0, 0);
    let Event::Reset(event) = &rst.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.cause, event.provoked_by),
        (ResetCause::HalfOpen, Some(6))
    );
}

// --- Closing ---------------------------------------------------------------

#[test]
fn four_steps_with_both_ends_states() {
    let mut wire = Wire::open();
    let fin = wire.client("FA", 1001, 5001, 0);
    assert_eq!(fin.names(), ["FirstFin"]);
    assert_eq!(fin.states(), both(State::FinWait1, State::CloseWait));
    let ack = wire.server("A", 5001, 1002, 0);
    assert_eq!(ack.names(), ["FirstAck"]);
    assert_eq!(ack.states(), both(State::CloseWait, State::FinWait2));
    let fin = wire.server("FA", 5001, 1002, 0);
    assert_eq!(fin.names(), ["SecondFin"]);
    assert_eq!(fin.states(), both(State::LastAck, State::TimeWait));
    let ack = wire.client("A", 1002, 5002, 0);
    let Event::SecondAck(event) = &ack.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.closed_by, event.segments),
        (CloserSet::One(Side::Client), 4)
    );
    assert_eq!(ack.states(), both(State::TimeWait, State::Closed));
    let summary = wire.summary();
    assert_eq!(
        summary.time_wait_held_by,
        Some(Sides {
            client: true,
            server: false
        })
    );
    assert_eq!(summary.close, CloseKind::Fin);
}

#[test]
fn acknowledgment_and_second_fin_in_one_segment_make_three() {
    let mut wire = Wire::open();
    wire.server("FA", 5001, 1001, 0);
    let merged = wire.client("FA", 1001, 5002, 0);
    assert_eq!(merged.names(), ["FirstAck", "SecondFin"]);
    assert_eq!(merged.states(), both(State::LastAck, State::TimeWait));
    let last = wire.server("A", 5002, 1002, 0);
    let Event::SecondAck(event) = &last.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.closed_by, event.segments),
        (CloserSet::One(Side::Server), 3)
    );
}

#[test]
fn crossing_fins_leave_both_in_time_wait() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    let crossing = wire.server("FA", 5001, 1001, 0);
    assert_eq!(crossing.names(), ["SecondFin", "TeardownSimultaneous"]);
    assert_eq!(crossing.states(), both(State::FinWait1, State::Closing));
    assert_eq!(wire.client("A", 1002, 5002, 0).names(), ["SecondAck"]);
    let last = wire.server("A", 5002, 1002, 0);
    assert_eq!(last.names(), ["FirstAck"]);
    assert_eq!(last.states(), both(State::TimeWait, State::TimeWait));
    let summary = wire.summary();
    assert_eq!(
        summary.closed_by,
        Some(Sides {
            client: true,
            server: true
        })
    );
    assert_eq!(
        summary.time_wait_held_by,
        Some(Sides {
            client: true,
            server: true
        })
    );
}

#[test]
fn data_towards_the_closed_side_is_told_once() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    assert_eq!(
        wire.server("PA", 5001, 1002, 10).names(),
        ["HalfClose", "FirstAck"]
    );
    assert!(wire.server("PA", 5011, 1002, 10).names().is_empty());
}

#[test]
fn data_that_crosses_a_fin_is_no_half_close() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    assert!(wire.server("PA", 5001, 1001, 10).names().is_empty());
}

#[test]
fn a_repeated_fin_is_answered_from_time_wait() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    wire.server("FA", 5001, 1002, 0);
    wire.client("A", 1002, 5002, 0);
    assert_eq!(
        wire.server("FA", 5001, 1002, 0).names(),
        ["HandshakeRetransmission"]
    );
    let answer = wire.client("A", 1002, 5002, 0);
    let Event::TimeWaitAnswered(event) = &answer.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.fin, event.first_ack, event.in_time_wait_ns),
        (7, Some(6), 20 * MS)
    );
}

#[test]
fn who_never_closes_stays_in_close_wait() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    wire.server("A", 5001, 1002, 0);
    let findings = wire.findings();
    let Event::CloseWait(event) = &findings[0].event else {
        panic!()
    };
    assert_eq!(
        (event.side, event.fin, event.for_ns),
        (Side::Server, 4, 1010 * MS)
    );
}

#[test]
fn a_fin_behind_missing_bytes_does_not_close_the_receiver_yet() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 10);
    let fin = wire.client("FA", 1021, 5001, 0);
    assert_eq!(fin.states(), both(State::FinWait1, State::Established));
    wire.client("PA", 1011, 5001, 10);
    let ack = wire.server("A", 5001, 1022, 0);
    assert_eq!(ack.states(), both(State::CloseWait, State::FinWait2));
}

// --- Bytes -----------------------------------------------------------------

#[test]
fn a_gap_says_how_much_is_missing_and_a_copy_what_it_repeats() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 100);
    let ahead = wire.client("PA", 1201, 5001, 100);
    let Event::Gap(gap) = &ahead.events[0] else {
        panic!()
    };
    assert_eq!((gap.expected, gap.observed, gap.missing), (101, 201, 100));
    let copy = wire.client("PA", 1201, 5001, 100);
    let Event::Retransmission(event) = &copy.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.original, event.bytes, event.after_ns),
        (Some(5), 100, Some(10 * MS))
    );
    assert_eq!(wire.summary().retransmissions.client.segments, 1);
}

#[test]
fn a_copy_of_acknowledged_bytes_names_the_acknowledgment() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    let copy = wire.client("PA", 1001, 5001, 100);
    let Event::Retransmission(event) = &copy.events[0] else {
        panic!()
    };
    assert_eq!(event.acknowledged_by, Some(5));
}

#[test]
fn a_probe_of_the_last_byte_is_no_retransmission() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    assert_eq!(wire.client("A", 1100, 5001, 1).names(), ["KeepAlive"]);
}

#[test]
fn bytes_acknowledged_but_not_captured_are_the_captures_gap() {
    let mut wire = Wire::open();
    let ack = wire.server("A", 5001, 1101, 0);
    let Event::AckOfUnseen(event) = &ack.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.seen, event.acknowledged, event.missing),
        (1, 101, 100)
    );
    // They turn up late: new to us, and not sent again.
    assert_eq!(wire.client("PA", 1001, 5001, 100).names(), ["OutOfOrder"]);
    assert!(wire.client("PA", 1101, 5001, 100).names().is_empty());
}

#[test]
fn a_late_start_counts_from_the_first_byte_seen() {
    let mut wire = Wire::new();
    let first = wire.client("PA", 777, 888, 10);
    assert_eq!(first.tracked.relative_sequence, Some(1));
    assert_eq!(first.tracked.relative_acknowledgment, Some(1));
    assert_eq!(first.states(), both(State::Established, State::Established));
    assert!(!first.tracked.observed());
    let answer = wire.server("PA", 888, 787, 10);
    assert_eq!(answer.tracked.relative_sequence, Some(1));
    assert!(answer.names().is_empty());
    assert!(wire.connection.is_mid_stream());
}

// --- Sent again: why ---------------------------------------------------------

fn trigger(seen: &Seen) -> (Trigger, TriggerEvidence) {
    seen.events
        .iter()
        .find_map(|event| match event {
            Event::Retransmission(event) => Some((event.trigger, event.evidence)),
            _ => None,
        })
        .expect("a retransmission")
}

#[test]
fn three_duplicate_acks_make_a_fast_retransmission() {
    let mut wire = Wire::open();
    for segment in 0..5 {
        wire.client("A", 1001 + segment * 100, 5001, 100);
    }
    wire.server("A", 5001, 1101, 0);
    for nth in 1..=3 {
        let ack = wire.server("A", 5001, 1101, 0);
        let Event::DuplicateAck(event) = &ack.events[0] else {
            panic!("{:?}", ack.events)
        };
        assert_eq!(
            (event.nth, event.relative_acknowledgment, event.first),
            (nth, 101, 9)
        );
    }
    let again = wire.client("A", 1101, 5001, 100);
    assert_eq!(
        trigger(&again),
        (Trigger::Fast, TriggerEvidence::DuplicateAcks(3))
    );
    let Event::Retransmission(event) = &again.events[0] else {
        panic!()
    };
    assert_eq!(
        (event.original, event.proof.as_slice()),
        (Some(5), &[10, 11, 12][..])
    );
}

#[test]
fn silence_makes_a_timeout_and_its_back_off_is_counted() {
    let mut wire = Wire::open();
    wire.client("A", 1001, 5001, 100);
    wire.client("A", 1101, 5001, 100);
    let mut waits = Vec::new();
    for (nth, wait_ms) in [(1, 300), (2, 600), (3, 1200)] {
        wire.wait_ms(wait_ms);
        let again = wire.client("A", 1001, 5001, 100);
        assert_eq!(
            trigger(&again),
            (Trigger::Timeout, TriggerEvidence::Silence)
        );
        let Event::Retransmission(event) = &again.events[0] else {
            panic!()
        };
        assert_eq!(event.back_off, nth);
        waits = event.waits_ns.to_vec();
    }
    assert_eq!(waits, [320 * MS, 610 * MS, 1210 * MS]);
    wire.server("A", 5001, 1101, 0);
    let rest = wire.client("A", 1101, 5001, 100);
    assert_eq!(
        trigger(&rest),
        (Trigger::AfterTimeout, TriggerEvidence::AfterTimeout)
    );
}

#[test]
fn what_was_acknowledged_long_ago_is_sent_again_on_a_timeout_too() {
    let mut wire = Wire::new();
    wire.client("A", 1001, 2001, 18);
    wire.server("A", 2001, 1019, 0);
    wire.wait_ms(300_000);
    let again = wire.client("A", 1001, 2001, 18);
    assert_eq!(trigger(&again).0, Trigger::Timeout);
}

#[test]
fn far_from_the_sender_the_rest_of_a_flight_follows_on_its_timeout() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    wire.server("SA", 5000, 1001, 0);
    wire.wait_ms(40);
    wire.client("A", 1001, 5001, 0);
    for segment in 0..3 {
        wire.client("A", 1001 + segment * 100, 5001, 100);
    }
    wire.wait_ms(600);
    let first = wire.client("A", 1001, 5001, 100);
    assert_eq!(trigger(&first), (Trigger::Timeout, TriggerEvidence::Delay));
    wire.server("A", 5001, 1101, 0);
    let rest = wire.client("A", 1101, 5001, 100);
    assert_eq!(
        trigger(&rest),
        (Trigger::AfterTimeout, TriggerEvidence::AfterTimeout)
    );
}

#[test]
fn what_is_new_behind_what_is_sent_again_is_not_counted_with_it() {
    let mut wire = Wire::open();
    wire.client("A", 1001, 5001, 100);
    wire.wait_ms(300);
    let again = wire.client("A", 1091, 5001, 100);
    let Event::Retransmission(event) = &again.events[0] else {
        panic!("{:?}", again.events)
    };
    assert_eq!((event.relative_sequence, event.bytes), (91, 10));
}

#[test]
fn a_wait_across_a_step_of_the_clock_is_no_timer() {
    let mut wire = Wire::open_with_sack();
    wire.client("PA", 1001, 5001, 100);
    wire.wait_ms(300);
    wire.known_since_ns = wire.now_ms * MS;
    let again = wire.client("PA", 1001, 5001, 100);
    assert_eq!(trigger(&again), (Trigger::Unknown, TriggerEvidence::None));
}

#[test]
fn where_no_later_bytes_waited_nothing_was_held_up() {
    let mut wire = Wire::open();
    wire.client("A", 1021, 5001, 0);
    wire.wait_ms(20);
    let late = wire.client("PA", 1001, 5001, 20);
    assert!(!late.names().contains(&"HeadOfLine".to_owned()));
}

/// The client's flight is given up, its first segment arrives, new data
/// follows; then as many more timeouts, until a SACK tells of the new data.
/// Gives the next segment that is sent again.
fn after_a_second_silence(timeouts: u32) -> Seen {
    let mut wire = Wire::open_with_sack();
    for segment in 0..4 {
        wire.client("A", 1001 + segment * 100, 5001, 100);
    }
    wire.wait_ms(300);
    wire.client("A", 1001, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    wire.client("A", 1401, 5001, 100);
    for nth in 0..timeouts {
        wire.wait_ms(300 << nth);
        let again = wire.client("A", 1101, 5001, 100);
        assert_eq!(trigger(&again).0, Trigger::Timeout);
    }
    wire.with_sack(&[(1401, 1501)]).server("A", 5001, 1101, 0);
    wire.client("A", 1201, 5001, 100)
}

#[test]
fn a_repeated_timeout_proves_needless_when_what_was_sent_before_arrives() {
    assert_eq!(
        trigger(&after_a_second_silence(2)),
        (Trigger::Fast, TriggerEvidence::Sack)
    );
}

#[test]
fn the_first_timeout_within_a_repair_is_not_taken_back() {
    assert_eq!(
        trigger(&after_a_second_silence(1)),
        (Trigger::AfterTimeout, TriggerEvidence::AfterTimeout)
    );
}

#[test]
fn an_echo_of_what_was_sent_again_after_a_timeout_takes_no_later_one_back() {
    let mut wire = Wire::open_with_sack();
    for segment in 0..4 {
        wire.stamped(10, 1)
            .client("A", 1001 + segment * 100, 5001, 100);
    }
    wire.wait_ms(300);
    wire.stamped(300, 1).client("A", 1001, 5001, 100);
    wire.stamped(2, 300).server("A", 5001, 1101, 0);
    wire.stamped(310, 2).client("A", 1101, 5001, 100);
    for nth in 0..2 {
        wire.wait_ms(300 << nth);
        let again = wire.stamped(700 + nth, 2).client("A", 1101, 5001, 100);
        assert_eq!(trigger(&again).0, Trigger::Timeout);
    }
    wire.stamped(3, 310).server("A", 5001, 1201, 0);
    let rest = wire.stamped(800, 3).client("A", 1201, 5001, 100);
    assert_eq!(trigger(&rest).0, Trigger::AfterTimeout);
}

#[test]
fn the_last_segment_again_is_first_a_probe_and_then_a_timeout() {
    let mut wire = Wire::open_with_sack();
    wire.client("A", 1001, 5001, 100);
    wire.client("A", 1101, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    wire.wait_ms(220);
    let probe = wire.client("A", 1101, 5001, 100);
    assert_eq!(trigger(&probe).0, Trigger::TailLossProbe);
    wire.wait_ms(400);
    let timeout = wire.client("A", 1101, 5001, 100);
    assert_eq!(trigger(&timeout).0, Trigger::Timeout);
}

/// The sender's SRTT lies between the handshake's round trip and that of its
/// data, which alone would let a probe of its last segment come too early here.
#[test]
fn a_probe_is_one_after_data_that_took_longer_than_the_handshake() {
    let mut wire = Wire::open_with_sack();
    wire.client("A", 1001, 5001, 100);
    wire.wait_ms(170);
    wire.server("A", 5001, 1101, 0);
    for segment in 0..3 {
        wire.client("A", 1101 + segment * 100, 5001, 100);
    }
    wire.wait_ms(75);
    let probe = wire.client("A", 1301, 5001, 100);
    assert_eq!(trigger(&probe).0, Trigger::TailLossProbe);
    wire.wait_ms(150);
    let timeout = wire.client("A", 1101, 5001, 100);
    assert_eq!(trigger(&timeout).0, Trigger::Timeout);
}

/// What the D-SACK tells is that the probe was not needed, so that the next
/// flight may have one of its own (RFC 8985, section 7.4.2).
#[test]
fn a_d_sack_of_a_probe_makes_room_for_the_next() {
    let mut wire = Wire::open_with_sack();
    for flight in 0..2 {
        let start = 1001 + flight * 200;
        wire.client("A", start, 5001, 100);
        wire.client("A", start + 100, 5001, 100);
        wire.wait_ms(40);
        let probe = wire.client("A", start + 100, 5001, 100);
        assert_eq!(trigger(&probe).0, Trigger::TailLossProbe);
        wire.with_sack(&[(start + 100, start + 200)])
            .server("A", 5001, start + 200, 0);
    }
}

#[test]
fn a_sack_of_later_bytes_makes_a_fast_retransmission_without_three_duplicates() {
    let mut wire = Wire::open_with_sack();
    for segment in 0..3 {
        wire.client("A", 1001 + segment * 100, 5001, 100);
    }
    let ack = wire.with_sack(&[(1101, 1301)]).server("A", 5001, 1001, 0);
    let Event::DuplicateAck(event) = &ack.events[0] else {
        panic!("{:?}", ack.events)
    };
    assert_eq!(
        (event.gap_end, event.sack.as_slice()),
        (Some(101), &[(101, 301)][..])
    );
    let again = wire.client("A", 1001, 5001, 100);
    assert_eq!(trigger(&again), (Trigger::Fast, TriggerEvidence::Sack));
}

#[test]
fn a_d_sack_points_back_at_the_needless_retransmission() {
    let mut wire = Wire::open_with_sack();
    wire.client("A", 1001, 5001, 100);
    wire.wait_ms(220);
    wire.client("A", 1001, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    let report = wire.with_sack(&[(1001, 1101)]).server("A", 5001, 1101, 0);
    assert_eq!(report.names(), ["Dsack", "SpuriousRetransmission"]);
    let Event::SpuriousRetransmission(event) = &report.events[1] else {
        panic!()
    };
    assert_eq!(
        (event.retransmission, event.original, event.evidence),
        (5, Some(4), NeedlessEvidence::Dsack)
    );
}

#[test]
fn a_d_sack_finds_its_segment_however_many_were_acknowledged_since() {
    let mut wire = Wire::open_with_sack();
    for nth in 0..20 {
        wire.client("A", 1001 + nth * 100, 5001, 100);
    }
    wire.wait_ms(220);
    // The timer runs out though all had arrived; the rest follows.
    for nth in 0..20 {
        wire.client("A", 1001 + nth * 100, 5001, 100);
    }
    wire.server("A", 5001, 3001, 0);
    for nth in 0..20 {
        let block = (1001 + nth * 100, 1101 + nth * 100);
        let report = wire.with_sack(&[block]).server("A", 5001, 3001, 0);
        assert_eq!(report.names()[..2], ["Dsack", "SpuriousRetransmission"]);
    }
    assert_eq!(wire.summary().retransmissions.client.segments, 20);
    assert_eq!(wire.summary().spurious.client.segments, 20);
}

#[test]
fn an_acknowledgment_that_echoes_the_original_shows_a_needless_timeout() {
    for (echo, evidence) in [(10, Some(NeedlessEvidence::Timestamp)), (230, None)] {
        let mut wire = Wire::open();
        wire.timestamps = Some((10, 1));
        wire.client("A", 1001, 5001, 100);
        wire.wait_ms(220);
        wire.timestamps = Some((230, 1));
        wire.client("A", 1001, 5001, 100);
        wire.timestamps = Some((300, echo));
        let ack = wire.server("A", 5001, 1101, 0);
        let told = ack.events.iter().find_map(|event| match event {
            Event::SpuriousRetransmission(event) => Some(event.evidence),
            _ => None,
        });
        assert_eq!(told, evidence);
        let spurious = wire.summary().spurious.client.segments;
        assert_eq!(spurious, u64::from(evidence.is_some()));
    }
}

#[test]
fn data_that_comes_after_the_peers_fin_is_counted() {
    let mut wire = Wire::open();
    wire.server("A", 5001, 1001, 70);
    wire.client("FA", 1001, 5071, 0);
    wire.server("A", 5071, 1002, 100);
    wire.server("A", 5171, 1002, 50);
    wire.server("A", 5071, 1002, 100);
    let after = wire.summary().payload_after_peer_fin;
    assert_eq!((after.client, after.server), (0, 150));
}

#[test]
fn bytes_sent_again_after_their_acknowledgment_were_sent_needlessly() {
    let mut wire = Wire::open();
    wire.client("A", 1001, 5001, 100);
    wire.server("A", 5001, 1101, 0);
    wire.wait_ms(300);
    let again = wire.client("A", 1001, 5001, 100);
    assert_eq!(again.names(), ["Retransmission", "SpuriousRetransmission"]);
}

// --- Late, or twice ----------------------------------------------------------

#[test]
fn an_older_identification_shows_that_a_segment_was_overtaken() {
    let mut wire = Wire::open();
    wire.identified(100).client("A", 1001, 5001, 100);
    wire.identified(101).client("A", 1101, 5001, 100);
    wire.identified(103).client("A", 1301, 5001, 100);
    wire.wait_ms(500);
    let late = wire.identified(102).client("A", 1201, 5001, 100);
    assert_eq!(late.names(), ["OutOfOrder", "HeadOfLine"]);
    let Event::OutOfOrder(event) = &late.events[0] else {
        panic!()
    };
    assert_eq!((event.overtaken_by, event.overtaken_segments), (6, 1));
    assert_eq!(event.evidence, LateEvidence::Identification);
}

#[test]
fn a_newer_identification_shows_that_it_was_sent_again() {
    let mut wire = Wire::open();
    wire.identified(100).client("A", 1001, 5001, 100);
    wire.identified(101).client("A", 1101, 5001, 100);
    wire.identified(103).client("A", 1301, 5001, 100);
    let again = wire.identified(104).client("A", 1201, 5001, 100);
    assert_eq!(again.names(), ["Retransmission", "HeadOfLine"]);
    let Event::HeadOfLine(event) = &again.events[1] else {
        panic!()
    };
    assert_eq!(
        (event.gap_bytes, event.waiting_bytes, event.waited_ns),
        (100, 100, 10 * MS)
    );
}

#[test]
fn a_rst_numbered_by_another_counter_is_no_copy() {
    let mut wire = Wire::open();
    for number in 0..4 {
        let identification = 0x1c90 + number;
        wire.identified(identification)
            .server("PA", 5001 + u32::from(number) * 10, 1001, 10);
    }
    assert_eq!(
        wire.identified(0x07a8).server("R", 5041, 0, 0).names(),
        ["Reset"]
    );
}

// --- Windows and signs of life -----------------------------------------------

#[test]
fn a_window_closes_is_probed_and_opens_again() {
    let mut wire = Wire::open();
    wire.client("A", 1001, 5001, 1000);
    wire.window = 0;
    assert_eq!(wire.server("A", 5001, 2001, 0).names(), ["ZeroWindow"]);
    wire.window = 1000;
    let probe = wire.client("A", 2000, 5001, 0);
    let Event::WindowProbe(event) = &probe.events[0] else {
        panic!("{:?}", probe.events)
    };
    assert_eq!((event.nth, event.closed_by), (1, 5));
    wire.window = 0;
    assert_eq!(wire.server("A", 5001, 2001, 0).names(), ["WindowProbeAck"]);
    wire.window = 1000;
    let update = wire.server("A", 5001, 2001, 0);
    let Event::WindowUpdate(event) = &update.events[0] else {
        panic!("{:?}", update.events)
    };
    assert_eq!(
        (event.to, event.closed_by, event.closed_ns),
        (Some(1000), Some(5), Some(30 * MS))
    );
}

#[test]
fn data_that_fills_the_window_says_so() {
    let mut wire = Wire::open();
    assert!(wire.client("A", 1001, 5001, 999).names().is_empty());
    let full = wire.client("PA", 2000, 5001, 1);
    let Event::WindowFull(event) = &full.events[0] else {
        panic!("{:?}", full.events)
    };
    assert_eq!(
        (event.in_flight, event.window, event.announced_by),
        (1000, 1000, 2)
    );
}

#[test]
fn a_keep_alive_and_its_answer() {
    let mut wire = Wire::open();
    wire.wait_ms(7_200_000);
    let probe = wire.client("A", 1000, 5001, 0);
    let Event::KeepAlive(event) = &probe.events[0] else {
        panic!("{:?}", probe.events)
    };
    assert_eq!((event.relative_sequence, event.expected), (0, 1));
    assert_eq!(event.idle_ns, 7_200_010 * MS);
    let answer = wire.server("A", 5001, 1001, 0);
    let Event::KeepAliveAck(event) = &answer.events[0] else {
        panic!("{:?}", answer.events)
    };
    assert_eq!(
        (event.probe, event.acknowledgment, event.expected),
        (4, 1, 1)
    );
}

#[test]
fn data_sent_again_into_silence_is_found_at_the_end() {
    let mut wire = Wire::open();
    wire.client("A", 1001, 5001, 8);
    for wait_ms in [300, 600] {
        wire.wait_ms(wait_ms);
        wire.client("A", 1001, 5001, 8);
    }
    let findings = wire.findings();
    let Event::PeerSilent(event) = &findings[0].event else {
        panic!("{findings:?}")
    };
    assert_eq!(
        (event.attempts, event.unacknowledged, event.last_heard),
        (2, 8, Some(2))
    );
}

#[test]
fn small_messages_at_a_steady_period_are_a_heartbeat() {
    let mut wire = Wire::open();
    for beat in 0..6 {
        wire.client("PA", 1001 + beat * 4, 5001, 4);
        wire.server("A", 5001, 1005 + beat * 4, 0);
        wire.wait_ms(980);
    }
    let findings = wire.findings();
    let Event::Heartbeat(event) = &findings[0].event else {
        panic!("{findings:?}")
    };
    assert_eq!(
        (event.messages, event.period_ns, event.bytes),
        (6, 1000 * MS, 4)
    );
    assert_eq!(event.answer_bytes, None);
}

#[test]
fn a_heartbeat_that_the_other_side_answers_is_told_once() {
    let mut wire = Wire::open();
    for beat in 0..6 {
        wire.client("PA", 1001 + beat * 4, 5001 + beat * 5, 4);
        wire.server("PA", 5001 + beat * 5, 1005 + beat * 4, 5);
        wire.wait_ms(980);
    }
    let findings = wire.findings();
    let heartbeats: Vec<_> = findings
        .iter()
        .filter_map(|finding| match &finding.event {
            Event::Heartbeat(event) => Some((event.bytes, event.answer_bytes)),
            _ => None,
        })
        .collect();
    assert_eq!(heartbeats, [(4, Some(5))]);
}

// --- What is missing, and to whom ------------------------------------------

#[test]
fn a_fin_behind_bytes_not_seen_shows_the_gap_and_older_bytes_are_reordered() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 10);
    let fin = wire.identified(101).server("FA", 5014, 1011, 0);
    assert_eq!(fin.names(), ["Gap", "FirstFin"]);
    let late = wire.identified(100).server("PA", 5001, 1011, 13);
    assert!(late.names().contains(&"OutOfOrder".to_owned()));
    assert!(!late.names().contains(&"Retransmission".to_owned()));
}

#[test]
fn an_acknowledgment_behind_a_fin_not_seen_misses_no_byte_and_the_fin_fills_its_place() {
    let mut wire = Wire::open();
    wire.client("FA", 1001, 5001, 0);
    let ahead = wire.server("A", 5002, 1002, 0);
    assert!(!ahead.names().contains(&"Gap".to_owned()));
    assert_eq!(
        wire.server("FA", 5001, 1001, 0).names()[0],
        "SecondFin".to_owned()
    );
    let ack = wire.client("A", 1002, 5002, 0);
    assert!(!ack.names().contains(&"AckOfUnseen".to_owned()));
}

#[test]
fn an_acknowledged_hole_is_missing_to_the_capture_alone_and_told_once() {
    let mut wire = Wire::open();
    assert_eq!(wire.client("A", 1101, 5001, 100).names(), ["Gap"]);
    assert_eq!(wire.server("A", 5001, 1201, 0).names(), ["AckOfUnseen"]);
    wire.client("A", 1201, 5001, 100);
    assert!(wire.server("A", 5001, 1301, 0).names().is_empty());
}

// --- Windows and duplicates ------------------------------------------------

#[test]
fn the_window_of_a_syn_is_not_scaled_when_the_next_is_compared_with_it() {
    let mut wire = Wire::open();
    wire.offer(|offer| offer.window_scale = Some(7));
    wire.window = 500;
    assert_eq!(wire.server("A", 5001, 1001, 0).names(), ["WindowUpdate"]);
    assert!(wire.server("A", 5001, 1001, 0).names().is_empty());
}

#[test]
fn a_fin_is_no_window_update() {
    let mut wire = Wire::open();
    wire.server("PA", 5001, 1001, 10);
    wire.client("A", 1001, 5011, 0);
    wire.window = 2000;
    assert_eq!(wire.client("FA", 1001, 5011, 0).names(), ["FirstFin"]);
}

#[test]
fn an_acknowledgment_with_another_window_is_no_duplicate() {
    let mut wire = Wire::open();
    wire.client("PA", 1001, 5001, 10);
    assert_eq!(wire.server("A", 5001, 1001, 0).names(), ["DuplicateAck"]);
    wire.window = 900;
    assert!(wire.server("A", 5001, 1001, 0).names().is_empty());
}
