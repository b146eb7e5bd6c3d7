//! Queries and responses fed to the tracker, and what it makes of them.

use super::super::DnsUnanswered;
use super::super::frames::{self, MS};
use super::*;

/// A query or response with one question and, if given, one A record for it.
fn message(id: u16, flags: u16, name: &str, answer: Option<[u8; 4]>) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(flags.to_be_bytes());
    bytes.extend([0, 1, 0, u8::from(answer.is_some()), 0, 0, 0, 0]);
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    if let Some(address) = answer {
        bytes.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4]);
        bytes.extend(address);
    }
    bytes
}

/// A tracker that is fed one datagram after the other.
#[derive(Default)]
struct Line {
    tracker: DnsTracker,
    number: u64,
    output: Output,
}

impl Line {
    fn see(&mut self, ms: u64, hosts: (u8, u8), ports: (u16, u16), message: &[u8]) -> Vec<Event> {
        self.number += 1;
        let bytes = frames::ipv4(
            17,
            hosts.0,
            hosts.1,
            &frames::udp(ports.0, ports.1, message),
        );
        let packet = frames::packet(self.number, ms * MS, &bytes);
        self.tracker.expire(ms * MS, &mut self.output);
        let payload = packet.payload_bytes();
        // Host 1 and host 2 have the first conversation.
        let conversation = (u64::from(hosts.0) + u64::from(hosts.1)).saturating_sub(2);
        self.tracker
            .message(&packet, payload, conversation, &mut self.output);
        for event in &self.output.events {
            if let Event::DnsQuery(query) = event {
                assert_eq!(query.message.of(&packet), message);
            }
        }
        std::mem::take(&mut self.output.events)
    }

    fn query(&mut self, ms: u64, id: u16, name: &str) -> Vec<Event> {
        let message = message(id, 0x0100, name, None);
        self.see(ms, (1, 2), (5000, 53), &message)
    }

    fn response(&mut self, ms: u64, id: u16, flags: u16, name: &str) -> Vec<Event> {
        let message = message(id, flags, name, Some([192, 0, 2, 7]));
        self.see(ms, (2, 1), (53, 5000), &message)
    }

    fn finish(&mut self, ms: u64) -> Vec<Event> {
        self.tracker.finish(ms * MS, &mut self.output);
        let findings = self.output.findings.drain(..);
        findings.map(|finding| finding.event).collect()
    }
}

fn pairing(events: &[Event]) -> DnsPairing {
    match &events[0] {
        Event::DnsResponse(response) => response.pairing,
        Event::DnsError(error) => error.pairing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_response_is_paired_by_id_and_question() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    line.query(1, 8, "b.test");
    let pairing = pairing(&line.response(24, 7, 0x8180, "A.tEst"));
    assert_eq!(
        pairing,
        DnsPairing {
            query: Some(1),
            latency_ns: Some(24 * MS),
            since_first_ns: Some(24 * MS),
            attempts: 1,
            question_matches: Some(true),
            duplicate_of: None,
        }
    );
}

#[test]
fn two_questions_under_one_id_keep_apart() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    line.query(1, 7, "b.test");
    assert_eq!(
        pairing(&line.response(5, 7, 0x8180, "a.test")).query,
        Some(1)
    );
    assert_eq!(
        pairing(&line.response(6, 7, 0x8180, "b.test")).query,
        Some(2)
    );
    assert_eq!(line.finish(100_000), []);
}

#[test]
fn a_response_to_another_question_is_shown_with_the_latest_of_its_id() {
    let mut line = Line::default();
    let other = |line: &mut Line, ms| pairing(&line.response(ms, 7, 0x8180, "c.test"));
    line.query(0, 7, "a.test");
    line.query(1, 7, "b.test");
    line.query(2, 8, "d.test");
    assert_eq!(other(&mut line, 3).query, Some(2));
    line.query(5, 7, "a.test");
    let found = other(&mut line, 6);
    assert_eq!(
        (found.query, found.question_matches),
        (Some(5), Some(false))
    );
    // The other one is given up, and this one is still the latest.
    let found = other(&mut line, 30_002);
    assert_eq!((found.query, found.attempts), (Some(5), 2));
    line.query(30_003, 7, "b.test");
    assert_eq!(other(&mut line, 30_004).query, Some(8));
    assert_eq!(
        pairing(&line.response(30_004, 7, 0x8180, "a.test")).query,
        Some(5)
    );
    assert_eq!(other(&mut line, 60_003), DnsPairing::default());
    assert_eq!(line.tracker.asked.ids(), 0);
}

#[test]
fn an_answer_to_another_question_does_not_close_the_query() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    let wrong = pairing(&line.response(5, 7, 0x8180, "evil.test"));
    assert_eq!(
        (wrong.query, wrong.question_matches),
        (Some(1), Some(false))
    );
    assert_eq!(line.finish(100_000).len(), 1);
}

#[test]
fn the_same_query_again_is_counted_and_timed() {
    let mut line = Line::default();
    assert_eq!(line.query(0, 7, "a.test").len(), 1);
    let again = line.query(5_000, 7, "a.test");
    assert_eq!(
        again[1],
        Event::DnsRetransmission(DnsRetransmission {
            id: 7,
            original: 1,
            attempt: 2,
            after_ns: 5_000 * MS,
            answered: None,
            elsewhere: None,
            rejected: None,
        })
    );
    let pairing = pairing(&line.response(5_010, 7, 0x8180, "a.test"));
    assert_eq!((pairing.query, pairing.attempts), (Some(2), 2));
    assert_eq!(pairing.latency_ns, Some(10 * MS));
    assert_eq!(pairing.since_first_ns, Some(5_010 * MS));
}

#[test]
fn a_second_response_is_a_duplicate() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    line.response(5, 7, 0x8180, "a.test");
    let second = pairing(&line.response(6, 7, 0x8180, "a.test"));
    assert_eq!(second.duplicate_of, Some(2));
}

#[test]
fn a_query_that_nobody_answers_is_a_finding_after_thirty_seconds() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    line.query(5_000, 7, "a.test");
    line.tracker.expire(34_999 * MS, &mut line.output);
    assert!(line.output.findings.is_empty());
    line.tracker.expire(99_000 * MS, &mut line.output);
    let endpoint = |host, port| Endpoint {
        address: Address::Ip([10, 0, 0, host].into()),
        port: Some(port),
    };
    assert_eq!(
        line.output.findings[0].event,
        Event::DnsUnanswered(DnsUnanswered {
            id: 7,
            name: "a.test".into(),
            record_type: 1,
            client: endpoint(1, 5000),
            server: endpoint(2, 53),
            queries: [1, 2].into_iter().collect(),
            attempts: 2,
            waited_ns: 35_000 * MS,
            heard: None,
            for_room: false,
        })
    );
    assert_eq!(line.tracker.asked.ids(), 0);
}

#[test]
fn at_the_end_of_the_capture_the_wait_is_as_long_as_it_was_watched() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    let findings = line.finish(3);
    let Event::DnsUnanswered(unanswered) = &findings[0] else {
        panic!();
    };
    assert_eq!(unanswered.waited_ns, 3 * MS);
}

#[test]
fn a_query_without_a_question_that_can_be_read_is_not_waited_for() {
    let mut line = Line::default();
    let mut query = message(7, 0x0100, "a.test", None);
    // The name points at itself.
    query[12..14].copy_from_slice(&[0xc0, 12]);
    line.see(0, (1, 2), (5000, 53), &query);
    assert!(line.finish(30_000).is_empty());
}

#[test]
fn a_query_that_has_to_make_room_is_told_with_the_time_that_it_waited() {
    let mut line = Line::default();
    line.tracker.asked = Queries::with_most(2);
    line.query(0, 1, "answered.test");
    line.response(1, 1, 0x8180, "answered.test");
    for (ms, id) in [(1000, 2), (1500, 3), (2500, 4)] {
        line.query(ms, id, "silent.test");
    }
    let told: Vec<_> = line
        .finish(3000)
        .into_iter()
        .map(|event| match event {
            Event::DnsUnanswered(event) => (event.id, event.waited_ns, event.for_room),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            (2, 1500 * MS, true),
            (3, 1500 * MS, false),
            (4, 500 * MS, false)
        ]
    );
    assert_eq!(line.tracker.evicted(), 1);
    assert_eq!(line.tracker.asked.ids(), 0);
}

#[test]
fn an_error_code_and_truncation_have_events_of_their_own() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    let events = line.response(5, 7, 0x8383, "a.test");
    assert!(matches!(&events[0], Event::DnsError(error) if error.response_code == 3));
    assert!(matches!(&events[1], Event::DnsTruncated(cut) if cut.query == Some(1)));
    assert_eq!(events.len(), 2);
}

#[test]
fn a_response_without_a_question_is_paired_by_its_id() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    let bare = [0, 7, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    let pairing = pairing(&line.see(4, (2, 1), (53, 5000), &bare));
    assert_eq!((pairing.query, pairing.question_matches), (Some(1), None));
    assert_eq!(line.finish(100_000), []);
}

#[test]
fn multicast_answers_are_paired_by_name_and_type() {
    let mut line = Line::default();
    let asks = message(0, 0, "printer.local", None);
    line.see(0, (1, 251), (5353, 5353), &asks);
    let tells = message(0, 0x8400, "printer.local", Some([10, 0, 0, 9]));
    let found = pairing(&line.see(30, (9, 251), (5353, 5353), &tells));
    assert_eq!((found.query, found.latency_ns), (Some(1), Some(30 * MS)));
    let announced = pairing(&line.see(10_000, (9, 251), (5353, 5353), &tells));
    assert_eq!(announced.query, None);
}

#[test]
fn multicast_queries_are_repeated_and_unanswered_as_a_matter_of_course() {
    let mut line = Line::default();
    let asks = message(0, 0, "printer.local", None);
    for second in [0, 1, 3] {
        let events = line.see(second * 1000, (1, 251), (5353, 5353), &asks);
        assert_eq!(events.len(), 1);
    }
    assert_eq!(line.finish(100_000), []);
}

#[test]
fn link_local_answers_come_from_another_address() {
    let mut line = Line::default();
    let asks = message(9, 0, "nas", None);
    line.see(0, (1, 252), (6000, 5355), &asks);
    let events = line.see(100, (1, 252), (6000, 5355), &asks);
    assert!(matches!(&events[..], [Event::DnsQuery(query)] if query.attempt == 2));
    let tells = message(9, 0x8000, "nas", Some([10, 0, 0, 9]));
    let found = pairing(&line.see(130, (9, 1), (5355, 6000), &tells));
    assert_eq!((found.query, found.attempts), (Some(2), 2));
    line.see(200, (1, 252), (6000, 5355), &message(10, 0, "absent", None));
    assert_eq!(line.finish(100_000), []);
}

#[test]
fn bytes_that_lie_elsewhere_are_kept_with_the_event() {
    let bytes = frames::ipv4(17, 1, 2, &frames::udp(5000, 53, b"\x00"));
    let packet = frames::packet(1, 0, &bytes);
    let elsewhere = message(7, 0x0100, "a.test", None);
    let mut output = Output::default();
    DnsTracker::default().message(&packet, &elsewhere, 1, &mut output);
    let Event::DnsQuery(query) = &output.events[0] else {
        panic!();
    };
    assert_eq!(
        query.message,
        DnsBytes::Reassembled {
            bytes: elsewhere.clone().into(),
            first: 1,
            last: 1,
        }
    );
    assert_eq!(query.message.of(&packet), elsewhere);
}

#[test]
fn an_answer_from_another_address_is_told_and_the_query_was_not_met_by_silence() {
    let mut line = Line::default();
    let query = message(7, 0x0100, "a.test", None);
    line.see(0, (1, 2), (5000, 53), &query);
    let answer = message(7, 0x8180, "a.test", Some([192, 0, 2, 7]));
    let elsewhere = line.see(1, (3, 1), (53, 5000), &answer);
    let other = elsewhere.iter().find_map(|event| match event {
        Event::DnsOtherAddress(other) => Some(*other),
        _ => None,
    });
    assert_eq!(other.map(|other| other.query), Some(1));
    let Some(Event::DnsResponse(response)) = elsewhere.first() else {
        panic!("{elsewhere:?}");
    };
    assert_eq!(response.pairing.query, Some(1));
    line.tracker.finish(60_000 * MS, &mut line.output);
    assert!(line.output.findings.is_empty());
}

#[test]
fn an_answer_to_another_port_or_question_is_not_from_elsewhere() {
    let mut line = Line::default();
    let query = message(7, 0x0100, "a.test", None);
    line.see(0, (1, 2), (5000, 53), &query);
    for (port, name) in [(5001, "a.test"), (5000, "b.test")] {
        let answer = message(7, 0x8180, name, Some([192, 0, 2, 7]));
        let events = line.see(1, (3, 1), (53, port), &answer);
        let is_other = |event: &Event| matches!(event, Event::DnsOtherAddress(_));
        assert!(!events.iter().any(is_other), "{events:?}");
    }
}

/// A response of host 2 to `a.test` with these A records and this time to live.
fn records(id: u16, flags: u16, ttl: u32, addresses: &[u8]) -> Vec<u8> {
    let mut bytes = message(id, flags, "a.test", None);
    bytes[7] = addresses.len() as u8;
    for address in addresses {
        bytes.extend([0xc0, 12, 0, 1, 0, 1]);
        bytes.extend(ttl.to_be_bytes());
        bytes.extend([0, 4, 192, 0, 2, *address]);
    }
    bytes
}

fn differs(events: &[Event]) -> Option<DnsAnswersDiffer> {
    events.iter().find_map(|event| match event {
        Event::DnsAnswersDiffer(event) => Some(*event),
        _ => None,
    })
}

#[test]
fn a_second_response_to_one_query_that_says_something_else_is_told() {
    let mut line = Line::default();
    let answer =
        |line: &mut Line, ms, message: &[u8]| differs(&line.see(ms, (2, 1), (53, 5000), message));
    line.query(0, 7, "a.test");
    let first = records(7, 0x8180, 300, &[1, 2, 3]);
    assert_eq!(answer(&mut line, 5, &first), None);
    // The records in another order, to be kept for another time.
    let turned = records(7, 0x8580, 17, &[2, 3, 1]);
    assert_eq!(answer(&mut line, 6, &turned), None);
    let another = records(7, 0x8180, 300, &[9]);
    let told = answer(&mut line, 25, &another).unwrap();
    assert_eq!((told.query, told.first), (1, 2));
    assert_eq!((told.after_ns, told.response_codes), (20 * MS, (0, 0)));
    assert!(!told.hops_differ);
    let no_name = records(7, 0x8183, 0, &[]);
    let told = answer(&mut line, 26, &no_name).unwrap();
    assert_eq!(told.response_codes, (0, 3));
}

#[test]
fn what_was_asked_twice_may_be_answered_in_two_ways() {
    let mut line = Line::default();
    let answer =
        |line: &mut Line, ms, message: &[u8]| differs(&line.see(ms, (2, 1), (53, 5000), message));
    line.query(0, 7, "a.test");
    line.query(1_000, 7, "a.test");
    assert_eq!(answer(&mut line, 1_001, &records(7, 0x8180, 9, &[1])), None);
    assert_eq!(answer(&mut line, 1_002, &records(7, 0x8180, 9, &[2])), None);
    assert!(answer(&mut line, 1_003, &records(7, 0x8180, 9, &[3])).is_some());
}

#[test]
fn what_was_cut_or_cannot_be_read_says_nothing_else() {
    let mut line = Line::default();
    let answer =
        |line: &mut Line, ms, message: &[u8]| differs(&line.see(ms, (2, 1), (53, 5000), message));
    line.query(0, 7, "a.test");
    assert_eq!(answer(&mut line, 1, &records(7, 0x8180, 9, &[1, 2])), None);
    assert_eq!(answer(&mut line, 2, &records(7, 0x8380, 9, &[1])), None);
    let whole = records(7, 0x8180, 9, &[3, 4]);
    let cut = &whole[..whole.len() - 3];
    assert_eq!(answer(&mut line, 3, cut), None);
    // Another question's answer is no answer to this one.
    let other = message(7, 0x8180, "b.test", Some([192, 0, 2, 9]));
    assert_eq!(answer(&mut line, 4, &other), None);
}

#[test]
fn a_server_that_answers_another_query_is_heard() {
    let mut line = Line::default();
    line.query(0, 7, "a.test");
    line.query(5_000, 8, "a.test");
    line.response(5_020, 8, 0x8180, "a.test");
    let [Event::DnsUnanswered(event)] = &line.finish(40_000)[..] else {
        panic!();
    };
    assert_eq!((event.id, event.heard), (7, Some(3)));
    // What came before says nothing of later.
    let mut line = Line::default();
    line.query(0, 8, "a.test");
    line.response(20, 8, 0x8180, "a.test");
    line.query(5_000, 7, "a.test");
    let [Event::DnsUnanswered(event)] = &line.finish(40_000)[..] else {
        panic!();
    };
    assert_eq!((event.id, event.heard), (7, None));
}

/// What a whole capture makes of a query (packet 1) that gets this ICMP error,
/// which quotes so many bytes behind the IP header, and is sent again later.
fn with_error(kind: u8, code: u8, quoted: usize) -> (Vec<Event>, Vec<Event>) {
    let ask = frames::ipv4(
        17,
        1,
        2,
        &frames::udp(5000, 53, &message(7, 0x100, "a.test", None)),
    );
    let quote = &ask[14..][..20 + quoted];
    let error = frames::ipv4(1, 2, 1, &frames::icmp(kind, code, [0; 4], quote));
    let mut tracker = crate::track::Tracker::new();
    let (mut events, mut findings) = (Vec::new(), Vec::new());
    let mut output = Output::default();
    for (number, (ms, bytes)) in (1..).zip([(0, &ask), (1, &error), (5_000, &ask)]) {
        tracker.packet(&frames::packet(number, ms * MS, bytes), &mut output);
        events.append(&mut output.events);
    }
    tracker.advance(60_000 * MS, &mut output);
    while {
        findings.extend(output.findings.drain(..).map(|finding| finding.event));
        tracker.finish(&mut output)
    } {}
    findings.extend(output.findings.drain(..).map(|finding| finding.event));
    findings.retain(|event| !matches!(event, Event::ChecksumOffload(_)));
    (events, findings)
}

#[test]
fn an_icmp_error_answers_the_query_that_it_quotes() {
    // Port unreachable, and forbidden on the way; quoted whole, or as little as
    // RFC 792 asks for.
    for (kind, code, quoted) in [(3, 3, 32), (3, 13, 8), (11, 0, 8)] {
        let (events, findings) = with_error(kind, code, quoted);
        let again = events.iter().find_map(|event| match event {
            Event::DnsRetransmission(event) => Some(event.rejected),
            _ => None,
        });
        assert_eq!(again, Some(Some(2)), "{events:?}");
        let error = events.iter().find_map(|event| match event {
            Event::IcmpError(event) => Some(event.quoted),
            _ => None,
        });
        assert_eq!(error, Some(Some(1)));
        assert_eq!(findings, []);
    }
    // A redirected query goes on.
    let (_, findings) = with_error(5, 1, 8);
    assert!(
        matches!(findings[..], [Event::DnsUnanswered(_)]),
        "{findings:?}"
    );
}
