//! What a visit's time goes to, and which visits one phase made slow.

use std::sync::Arc;

use super::*;
use crate::decode::http::{BodyEnd, Head, Secrets};
use crate::track::{HttpMessage, Opening};

const MS: u64 = 1_000_000;

fn seen(packet: u64, ms: u64) -> Seen {
    Seen {
        packet,
        time_ns: ms * MS,
    }
}

fn message(head: &str, first: Seen, last: Seen) -> HttpMessage {
    HttpMessage {
        head: Arc::new(Head::parse(head.as_bytes(), Secrets::Hide).unwrap()),
        body_ends_by: BodyEnd::None,
        body_bytes: 0,
        missing_bytes: 0,
        chunks: 0,
        is_complete: true,
        first,
        last,
    }
}

/// The first exchange of a connection that opens at 0: when the SYN was answered,
/// and when the answer began and ended, in milliseconds.
fn exchange(opened: u64, begun: u64, ended: u64) -> Exchange {
    let end = |host: u8, port| Endpoint {
        address: Address::Ip([192, 0, 2, host].into()),
        port: Some(port),
    };
    let request = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    Exchange {
        number: 1,
        conversation: 1,
        index: 1,
        ends: Sides {
            client: end(1, 40_000),
            server: end(2, 80),
        },
        request: Some(message(request, seen(4, opened), seen(4, opened))),
        response: Some(message(
            "HTTP/1.1 200 OK\r\n\r\n",
            seen(5, begun),
            seen(9, ended),
        )),
        informational: Vec::new(),
        is_complete: true,
        is_certain: true,
        blocked_ns: None,
        opening: Some(Opening {
            syn: seen(1, 0),
            syn_ack: seen(2, opened),
        }),
        dns_ns: None,
        visit: None,
        events: Vec::new(),
    }
}

/// The visits that these exchanges make.
fn visits(exchanges: impl IntoIterator<Item = Exchange>) -> Vec<Visit> {
    let mut all = Visits::default();
    for (number, mut exchange) in (1..).zip(exchanges) {
        all.exchange(&mut exchange, number);
    }
    let mut told = Vec::new();
    all.all(&mut told);
    told
}

/// The phase that made the visit slow, with its share.
fn slow(exchange: Exchange) -> Option<(PhaseName, u64)> {
    let told = visits([exchange]);
    let [visit] = told.as_slice() else {
        panic!("{told:?}");
    };
    let slow = visit.slow_phase()?;
    assert_eq!(slow.total_ns, visit.total_ns);
    Some((slow.phase.name, slow.percent))
}

#[test]
fn a_long_visit_of_which_one_phase_took_half_is_slow_by_it() {
    assert_eq!(slow(exchange(20, 180, 200)), Some((PhaseName::Wait, 80)));
    assert_eq!(slow(exchange(20, 40, 200)), Some((PhaseName::Response, 80)));
    assert_eq!(slow(exchange(150, 180, 200)), Some((PhaseName::Tcp, 75)));
    assert_eq!(slow(exchange(25, 50, 100)), Some((PhaseName::Response, 50)));
}

#[test]
fn a_short_visit_or_one_that_no_phase_rules_is_not() {
    assert_eq!(slow(exchange(10, 20, 99)), None);
    assert_eq!(slow(exchange(60, 120, 180)), None);
}

#[test]
fn of_a_visit_that_is_not_whole_nothing_is_claimed() {
    let whole = exchange(20, 180, 200);
    let mut uncertain = whole.clone();
    uncertain.is_certain = false;
    assert_eq!(slow(uncertain), None);
    let mut cut = whole;
    cut.is_complete = false;
    assert_eq!(slow(cut), None);
}

#[test]
fn exchanges_of_one_client_and_name_are_one_visit() {
    let first = exchange(20, 180, 200);
    let mut second = exchange(20, 280, 300);
    second.opening = None;
    let told = visits([first, second]);
    let [visit] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((visit.exchanges, visit.total_ns), (2, 200 * MS));
    assert_eq!(visit.conversations, [1, 2]);
    assert_eq!(visit.name, "a.example");
    assert_eq!(visit.without_dns, Some(WithoutDns::NotCaptured));
}
