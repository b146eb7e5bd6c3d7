//! What is said of pings and of errors, with the packets that they quote.

use std::net::IpAddr;

use super::*;
use crate::notes::fixture::{annotated, endpoint};
use crate::notes::{Severity, Value};
use crate::track::Event;
use crate::track::{TraceHop, Traceroute};

fn host(number: u8) -> IpAddr {
    [192, 0, 2, number].into()
}

fn a_reply() -> EchoReply {
    EchoReply {
        request: Some(3),
        identifier: 7,
        sequence: 2,
        bytes: 56,
        request_bytes: Some(56),
        round_trip_ns: Some(23_400_000),
        duplicate_of: None,
    }
}

#[test]
fn a_request_gives_identifier_sequence_and_size() {
    for (group, repeats) in [(false, None), (true, None), (false, Some(9))] {
        let event = Event::EchoRequest(EchoRequest {
            identifier: 7,
            sequence: 2,
            bytes: 56,
            group,
            repeats,
        });
        annotated(&event, Severity::Note, &["7", "2", "56"]);
    }
}

#[test]
fn a_reply_gives_its_request_and_the_round_trip() {
    let note = annotated(
        &Event::EchoReply(a_reply()),
        Severity::Note,
        &["3", "23.4 ms"],
    );
    assert_eq!(note.related[..], [3]);
    assert_eq!(note.checks[0].holds, Some(true));
    assert!(
        note.values
            .contains(&("round_trip_ns", Value::Number(23_400_000)))
    );
}

#[test]
fn a_reply_that_brings_back_less_is_an_error() {
    let event = Event::EchoReply(EchoReply {
        bytes: 40,
        ..a_reply()
    });
    let note = annotated(&event, Severity::Error, &["40", "56"]);
    assert_eq!(note.checks[0].expected, Some(Value::Number(56)));
    assert_eq!(note.checks[0].observed, Value::Number(40));
}

#[test]
fn a_reply_without_its_request_is_not_judged() {
    let event = Event::EchoReply(EchoReply {
        request: None,
        request_bytes: None,
        round_trip_ns: None,
        ..a_reply()
    });
    let note = annotated(&event, Severity::Note, &["7", "2"]);
    assert_eq!(note.checks[0].holds, None);
}

#[test]
fn a_duplicate_names_the_first_reply() {
    let event = Event::EchoReply(EchoReply {
        duplicate_of: Some(4),
        ..a_reply()
    });
    let note = annotated(&event, Severity::Note, &["4"]);
    assert!(note.text.contains("Packet 4 had answered"), "{}", note.text);
}

#[test]
fn lost_pings_are_counted_in_percent() {
    let event = Event::EchoUnanswered(EchoUnanswered {
        asker: host(1),
        target: host(2),
        requests: [1, 4].into_iter().collect(),
        unanswered: 2,
        sent: 8,
        errors: 1,
        watched_ns: 10_000_000_000,
        longest_ns: 12_000_000_000,
        for_room: false,
    });
    let note = annotated(&event, Severity::Warning, &["2", "8", "25 %", "10.0 s"]);
    assert!(note.values.contains(&("loss_percent", Value::Number(25))));
}

#[test]
fn pings_at_the_end_of_the_recording_are_too_early_to_tell() {
    let event = Event::EchoUnanswered(EchoUnanswered {
        asker: host(1),
        target: host(2),
        requests: [8].into_iter().collect(),
        unanswered: 1,
        sent: 8,
        errors: 0,
        watched_ns: 30_000_000,
        longest_ns: 30_000_000,
        for_room: false,
    });
    let note = annotated(&event, Severity::Note, &["1", "8", "30.0 ms"]);
    assert!(note.text.contains("too early"));
}

fn an_error(kind: IcmpErrorKind, icmp_type: u8, code: u8) -> IcmpError {
    IcmpError {
        kind,
        icmp_type,
        code,
        v6: false,
        reporter: host(254),
        quoted_protocol: Some(17),
        quoted_source: Some(endpoint(1, 5000)),
        quoted_destination: Some(endpoint(2, 53)),
        quoted: Some(12),
        after_ns: Some(1_500_000),
        mtu: None,
        gateway: None,
    }
}

#[test]
fn every_error_names_its_reporter_and_the_packet_that_it_quotes() {
    let cases = [
        an_error(IcmpErrorKind::Unreachable, 3, 3),
        an_error(IcmpErrorKind::Unreachable, 3, 77),
        an_error(IcmpErrorKind::TimeExceeded, 11, 0),
        an_error(IcmpErrorKind::TimeExceeded, 11, 1),
        an_error(IcmpErrorKind::FragmentationNeeded, 3, 4),
        IcmpError {
            mtu: Some(1400),
            ..an_error(IcmpErrorKind::FragmentationNeeded, 3, 4)
        },
        an_error(IcmpErrorKind::Redirect, 5, 1),
        IcmpError {
            gateway: Some(host(253)),
            ..an_error(IcmpErrorKind::Redirect, 5, 1)
        },
    ];
    for event in cases {
        let words = ["192.0.2.254", "12", "192.0.2.1:5000", "UDP", "1.50 ms"];
        let note = annotated(&Event::IcmpError(event), Severity::Warning, &words);
        assert_eq!(note.related[..], [12]);
        if let Some(mtu) = event.mtu {
            assert!(note.text.contains(&mtu.to_string()));
        }
        if let Some(gateway) = event.gateway {
            assert!(note.text.contains(&gateway.to_string()));
        }
    }
}

#[test]
fn an_error_about_what_was_not_captured_says_so() {
    let event = IcmpError {
        quoted: None,
        after_ns: None,
        ..an_error(IcmpErrorKind::Unreachable, 3, 1)
    };
    let note = annotated(
        &Event::IcmpError(event),
        Severity::Warning,
        &["192.0.2.2:53"],
    );
    assert!(note.related.is_empty());
    let event = IcmpError {
        quoted_source: None,
        quoted_destination: None,
        ..event
    };
    annotated(
        &Event::IcmpError(event),
        Severity::Warning,
        &["192.0.2.254"],
    );
}

#[test]
fn a_traceroute_tells_the_way_with_its_silent_hops_and_its_end() {
    let hop = |time_to_live, last: u8| TraceHop {
        time_to_live,
        routers: smallvec::smallvec![[192, 0, 2, last].into()],
        answers: 3,
        shortest_ns: 627_000,
    };
    let trace = Traceroute {
        source: [192, 0, 2, 1].into(),
        target: [192, 0, 2, 9].into(),
        protocol: 17,
        hops: vec![hop(1, 101), hop(3, 103), hop(4, 9)],
        reached: Some((7, 4)),
        exceeded: 6,
        unreachable: 3,
        packets: smallvec::smallvec![1, 2, 3],
    };
    let words = ["192.0.2.1", "192.0.2.9", "UDP", "192.0.2.103", "627 µs"];
    let event = Event::Traceroute(Box::new(trace.clone()));
    let note = annotated(&event, Severity::Note, &words);
    assert!(note.text.contains("hop 2 is silent") && note.text.contains("at hop 4"));
    assert_eq!(note.related.as_slice(), [1, 2, 3]);
    let unreached = Traceroute {
        protocol: 1,
        hops: vec![hop(4, 101), hop(5, 102)],
        reached: None,
        ..trace
    };
    let event = Event::Traceroute(Box::new(unreached));
    let note = annotated(&event, Severity::Note, &["ping", "192.0.2.102"]);
    assert!(note.text.contains("hops 1, 2 and 3 are silent"));
    assert!(note.text.contains("did not answer"));
}
