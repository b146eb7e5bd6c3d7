//! What is joined, and what is not.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::*;
use crate::decode::http::{BodyEnd, Head, Secrets as Policy};
use crate::track::frames::{MS, ipv4, packet, udp};
use crate::track::{HttpMessage, Opening, Output, Tracker};

const CLIENT: [u8; 4] = [10, 0, 0, 1];
const SERVER: [u8; 4] = [10, 0, 0, 2];

fn end(address: [u8; 4], port: u16) -> Endpoint {
    Endpoint {
        address: Address::Ip(IpAddr::V4(Ipv4Addr::from(address))),
        port: Some(port),
    }
}

fn seen(packet: u64, milliseconds: u64) -> Seen {
    Seen {
        packet,
        time_ns: milliseconds * MS,
    }
}

fn message(text: &str, first: Seen, last: Seen) -> HttpMessage {
    HttpMessage {
        head: Arc::new(Head::parse(text.as_bytes(), Policy::Hide).unwrap()),
        body_ends_by: BodyEnd::None,
        body_bytes: 0,
        missing_bytes: 0,
        chunks: 0,
        is_complete: true,
        first,
        last,
    }
}

/// An exchange whose connection opens at so many milliseconds: 30 for the handshake,
/// 2 for the request, 120 of waiting, 300 for the answer.
fn exchange(host: &str, opened: u64) -> Exchange {
    let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let asked = seen(12, opened + 32);
    let answered = seen(14, opened + 152);
    Exchange {
        number: 1,
        conversation: 1,
        first_packet: 1,
        index: 1,
        ends: Sides {
            client: end(CLIENT, 40_000),
            server: end(SERVER, 80),
        },
        request: Some(message(&request, seen(11, opened + 30), asked)),
        response: Some(message(
            "HTTP/1.1 200 OK\r\n\r\n",
            answered,
            seen(92, opened + 452),
        )),
        informational: Vec::new(),
        is_complete: true,
        is_certain: true,
        blocked_ns: None,
        opening: Some(Opening {
            syn: seen(3, opened),
            syn_ack: seen(4, opened + 30),
        }),
        dns_ns: None,
        visit: None,
        events: Vec::new(),
    }
}

/// A question for a name's address, or its answer: 10.0.0.2, to be kept for a minute.
fn dns(is_answer: bool) -> Vec<u8> {
    let mut message = vec![0, 7, if is_answer { 0x81 } else { 1 }, 0, 0, 1];
    message.extend([0, u8::from(is_answer), 0, 0, 0, 0]);
    message.extend(b"\x07Example\x03com\0\0\x01\0\x01");
    if is_answer {
        message.extend(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04");
        message.extend(SERVER);
    }
    match is_answer {
        false => ipv4(17, 1, 9, &udp(40_000, 53, &message)),
        true => ipv4(17, 9, 1, &udp(53, 40_000, &message)),
    }
}

/// Visits of a client that asked for the name at 0 ms and was told at 12 ms.
fn resolved() -> Visits {
    let mut tracker = Tracker::new();
    let mut visits = Visits::default();
    for (number, at, is_answer) in [(1, 0, false), (2, 12, true)] {
        let bytes = dns(is_answer);
        let packet = packet(number, at * MS, &bytes);
        let mut output = Output::default();
        tracker.packet(&packet, &mut output);
        visits.packet(&packet, &output.events);
    }
    visits
}

fn all(visits: &mut Visits) -> Vec<Visit> {
    let mut ended = Vec::new();
    visits.all(&mut ended);
    ended
}

#[test]
fn a_visit_goes_from_the_question_for_the_name_to_the_last_byte_of_the_answer() {
    let mut visits = resolved();
    let mut first = exchange("example.com", 12);
    visits.exchange(&mut first, 5);
    assert_eq!((first.visit, first.dns_ns), (Some(1), Some(12 * MS)));
    let told = all(&mut visits);
    let [visit] = told.as_slice() else {
        panic!("{told:?}");
    };
    let phases: Vec<_> = visit
        .phases
        .iter()
        .map(|phase| (phase.name.name(), phase.took_ns() / MS, phase.start.packet))
        .collect();
    assert_eq!(
        phases,
        [
            ("dns", 12, 1),
            ("tcp", 30, 3),
            ("request", 2, 11),
            ("wait", 120, 12),
            ("response", 300, 14),
        ]
    );
    assert_eq!(visit.joined_by, [JoinedBy::Dns, JoinedBy::Host]);
    assert_eq!(visit.total_ns, 464 * MS);
    let longest = visit.longest().map(|(phase, share)| (phase.name, share));
    assert_eq!(longest, Some((PhaseName::Response, 64)));
}

#[test]
fn what_follows_within_half_a_minute_belongs_to_the_visit() {
    let mut visits = resolved();
    let mut told = Vec::new();
    for (opened, conversation) in [(12, 5), (500, 6), (60_000, 7)] {
        let mut one = exchange("EXAMPLE.com:80", opened);
        visits.exchange(&mut one, conversation);
        told.push((one.visit, one.dns_ns.is_some()));
    }
    assert_eq!(told, [(Some(1), true), (Some(1), false), (Some(2), false)]);
    let visits = all(&mut visits);
    assert_eq!(visits[0].conversations, [5, 6]);
    assert_eq!((visits[0].exchanges, visits[1].exchanges), (2, 1));
    // The answer is old by then; the client remembered it.
    assert_eq!(visits[1].without_dns, Some(WithoutDns::Known));
}

#[test]
fn names_that_disagree_are_both_told() {
    let mut visits = resolved();
    visits.exchange(&mut exchange("other.example", 12), 5);
    let told = all(&mut visits);
    assert_eq!(told[0].name, "other.example");
    assert_eq!(told[0].other_name.as_deref(), Some("example.com"));
    assert_eq!(told[0].joined_by, [JoinedBy::Host]);
    assert_eq!(told[0].without_dns, Some(WithoutDns::NotCaptured));
}

#[test]
fn an_answer_that_is_too_old_is_called_remembered() {
    let mut visits = resolved();
    visits.exchange(&mut exchange("example.com", 120_000), 5);
    let told = all(&mut visits);
    assert_eq!(told[0].joined_by, [JoinedBy::Cache, JoinedBy::Host]);
    let much_later = 2 * 3_600_000;
    let mut visits = resolved();
    visits.exchange(&mut exchange("example.com", much_later), 5);
    assert_eq!(all(&mut visits)[0].joined_by, [JoinedBy::Host]);
}

#[test]
fn no_more_visits_and_names_are_kept_than_there_is_room_for() {
    let mut visits = resolved();
    let mut ended = Vec::new();
    for number in 0..3 * OPEN_AT_MOST as u64 {
        let mut one = exchange(&format!("host-{number}.example"), number);
        visits.exchange(&mut one, number);
        visits.ended(number * MS, &mut ended);
        assert!(visits.open.len() <= OPEN_AT_MOST);
    }
    visits.all(&mut ended);
    assert_eq!(ended.len(), 3 * OPEN_AT_MOST);
    let mut numbers: Vec<u64> = ended.iter().map(|visit| visit.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 3 * OPEN_AT_MOST);
}

/// The first exchange of a connection that opens at 0: when the SYN was answered,
/// and when the answer began and ended, in milliseconds.
fn timed(opened: u64, begun: u64, ended: u64) -> Exchange {
    let mut one = exchange("a.example", 0);
    let opening = one.opening.as_mut().unwrap();
    opening.syn_ack = seen(4, opened);
    let request = one.request.as_mut().unwrap();
    (request.first, request.last) = (seen(11, opened), seen(11, opened));
    let response = one.response.as_mut().unwrap();
    (response.first, response.last) = (seen(14, begun), seen(92, ended));
    one
}

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
    assert_eq!(slow(timed(20, 180, 200)), Some((PhaseName::Wait, 80)));
    assert_eq!(slow(timed(20, 40, 200)), Some((PhaseName::Response, 80)));
    assert_eq!(slow(timed(150, 180, 200)), Some((PhaseName::Tcp, 75)));
    assert_eq!(slow(timed(25, 50, 100)), Some((PhaseName::Response, 50)));
}

#[test]
fn a_short_visit_or_one_that_no_phase_rules_is_not() {
    assert_eq!(slow(timed(10, 20, 99)), None);
    assert_eq!(slow(timed(60, 120, 180)), None);
}

#[test]
fn of_a_visit_that_is_not_whole_nothing_is_claimed() {
    let whole = timed(20, 180, 200);
    let mut uncertain = whole.clone();
    uncertain.is_certain = false;
    assert_eq!(slow(uncertain), None);
    let mut cut = whole;
    cut.is_complete = false;
    assert_eq!(slow(cut), None);
}

#[test]
fn the_visits_of_the_next_timeline_are_numbered_on() {
    let mut before = resolved();
    before.exchange(&mut exchange("example.com", 12), 5);
    let mut next = Visits::default();
    next.count_on(&before);
    let mut one = exchange("example.com", 12);
    next.exchange(&mut one, 6);
    assert_eq!(one.visit, Some(2));
}
