//! One connection in every cut, order and overlap gives one list of exchanges.

use proptest::prelude::*;

use crate::decode::http::BodyEnd;
use crate::track::frames::MS;
use crate::track::talk::{ACK, FIN_ACK, PSH_ACK, RST, Talk, pieces};
use crate::track::{Event, Exchange, HttpMessage};

/// What was asked and answered, in a line each.
fn told(talk: &Talk) -> Vec<String> {
    let one = |exchange: &Exchange| {
        let (method, target) = exchange.asked().unwrap_or(("-", "-"));
        let bytes =
            |message: &Option<HttpMessage>| message.as_ref().map(|message| message.body_bytes);
        format!(
            "{} {method} {target} {:?} {:?} {:?} complete {} certain {}",
            exchange.index,
            exchange.status(),
            bytes(&exchange.request),
            bytes(&exchange.response),
            exchange.is_complete,
            exchange.is_certain,
        )
    };
    talk.exchanges.iter().map(one).collect()
}

const REQUESTS: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n\
    POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello\
    HEAD /c HTTP/1.1\r\nHost: a\r\n\r\n\
    PUT /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";

const RESPONSES: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789\
    HTTP/1.1 100 Continue\r\n\r\n\
    HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n\
    HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n\
    HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\nto the end";

fn expected() -> Vec<String> {
    [
        "1 GET /a Some(200) Some(0) Some(10) complete true certain true",
        "2 POST /b Some(201) Some(5) Some(4) complete true certain true",
        "3 HEAD /c Some(200) Some(0) Some(0) complete true certain true",
        "4 PUT /d Some(500) Some(5) Some(10) complete true certain true",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Both sides' bytes in pieces, requests first, then the close.
fn whole(requests: &[(usize, usize)], responses: &[(usize, usize)]) -> Talk {
    let mut talk = Talk::opened();
    for (start, end) in requests {
        talk.client(PSH_ACK, 1000 + *start as u32, 1000, &REQUESTS[*start..*end]);
    }
    let asked = 1000 + REQUESTS.len() as u32;
    for (start, end) in responses {
        talk.server(
            PSH_ACK,
            1000 + *start as u32,
            asked,
            &RESPONSES[*start..*end],
        );
    }
    let answered = 1000 + RESPONSES.len() as u32;
    talk.server(FIN_ACK, answered, asked, b"");
    talk.client(FIN_ACK, asked, answered + 1, b"");
    talk.server(ACK, answered + 1, asked + 1, b"");
    talk.end()
}

#[test]
fn exchanges_are_paired_in_their_order() {
    let talk = whole(&[(0, REQUESTS.len())], &[(0, RESPONSES.len())]);
    assert_eq!(told(&talk), expected());
    let second = &talk.exchanges[1];
    let informational: Vec<u16> = second.informational.iter().map(|it| it.status).collect();
    assert_eq!(informational, [100]);
    let errors = talk.events.iter();
    let errors = errors.filter(|event| matches!(event, Event::HttpServerError(_)));
    assert_eq!(errors.count(), 1);
    assert!(
        talk.findings
            .iter()
            .all(|event| !matches!(event, Event::HttpUnanswered(_)))
    );
    assert!(talk.exchanges[0].opening.is_some() && talk.exchanges[1].opening.is_none());
}

const REQUEST_PARTS: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "\r\n",
    "Host: a\r\n",
    "\0",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 3\r\n",
    "abc",
];

const RESPONSE_PARTS: &[&str] = &[
    "HTTP/1.1 200 OK\r\n",
    "\r\n",
    "HTTP/1.1 100 C\r\n\r\n",
    "Transfer-Encoding: chunked\r\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "HTTP/1.1 101 S\r\n\r\n",
    "Content-Length: 3\r\n",
];

proptest! {
    #[test]
    fn any_cut_and_order_gives_the_same_exchanges(
        requests in pieces(REQUESTS.len()),
        responses in pieces(RESPONSES.len()),
    ) {
        prop_assert_eq!(told(&whole(&requests, &responses)), expected());
    }

    #[test]
    fn no_bytes_are_too_much(
        requests in proptest::collection::vec(proptest::sample::select(REQUEST_PARTS), 0..20),
        responses in proptest::collection::vec(proptest::sample::select(RESPONSE_PARTS), 0..20),
        lost in 0_usize..40,
    ) {
        let mut talk = Talk::opened();
        let (mut asked, mut answered) = (1000, 1000);
        for (at, bytes) in requests.iter().enumerate() {
            if at != lost {
                talk.client(PSH_ACK, asked, answered, bytes.as_bytes());
            }
            asked += bytes.len() as u32;
        }
        for (at, bytes) in responses.iter().enumerate() {
            if at + 20 != lost {
                talk.server(PSH_ACK, answered, asked, bytes.as_bytes());
            }
            answered += bytes.len() as u32;
        }
        talk.client(RST, asked, answered, b"");
        let talk = talk.end();
        for exchange in &talk.exchanges {
            prop_assert!(exchange.request.is_some() || exchange.response.is_some());
        }
    }
}

fn is_unanswered(event: &Event) -> bool {
    matches!(event, Event::HttpUnanswered(_))
}

#[test]
fn a_request_that_the_server_closes_on_is_unanswered() {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    talk.server(FIN_ACK, 1000, asked, b"");
    talk.client(FIN_ACK, asked, 1001, b"");
    talk.server(ACK, 1001, asked + 1, b"");
    let talk = talk.end();
    assert_eq!(
        told(&talk),
        ["1 GET /a None Some(0) None complete false certain true"]
    );
    assert!(talk.findings.iter().any(is_unanswered));
}

#[test]
fn what_the_recording_may_have_missed_is_not_called_unanswered() {
    // The client acknowledges an answer that was not captured.
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    talk.client(FIN_ACK, asked, 1400, b"");
    talk.server(FIN_ACK, 1400, asked + 1, b"");
    talk.client(ACK, asked + 1, 1401, b"");
    let talk = talk.end();
    assert_eq!(
        told(&talk),
        ["1 GET /a None Some(0) None complete false certain false"]
    );
    assert!(!talk.findings.iter().any(is_unanswered));
}

#[test]
fn a_body_that_a_close_cuts_is_told_with_both_numbers() {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabcdef";
    let answered = 1000 + response.len() as u32;
    talk.server(PSH_ACK, 1000, asked, response);
    talk.server(FIN_ACK, answered, asked, b"");
    let talk = talk.end();
    let cut = talk.events.iter().find_map(|event| match event {
        Event::HttpBodyCut(cut) => Some((cut.bytes, cut.body, cut.by_reset)),
        _ => None,
    });
    assert_eq!(cut, Some((6, BodyEnd::Length(100), false)));
    assert_eq!(
        told(&talk),
        ["1 GET /a Some(200) Some(0) Some(6) complete false certain true"]
    );
}

#[test]
fn bytes_that_are_missing_from_a_body_are_counted_and_the_next_answer_is_found() {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    let body = 1000 + head.len() as u32;
    talk.server(PSH_ACK, 1000, asked, head);
    // 40 of the 100 bytes are not captured, and acknowledged.
    talk.server(PSH_ACK, body + 40, asked, &[b'x'; 60]);
    talk.client(ACK, asked, body + 100, b"");
    talk.client(PSH_ACK, asked, body + 100, request);
    talk.server(
        PSH_ACK,
        body + 100,
        asked + request.len() as u32,
        b"HTTP/1.1 204 No\r\n\r\n",
    );
    let talk = talk.end();
    assert_eq!(
        told(&talk),
        [
            "1 GET /a Some(200) Some(0) Some(100) complete true certain true",
            "2 GET /a Some(204) Some(0) Some(0) complete true certain true",
        ]
    );
    let response = talk.exchanges[0].response.as_ref().unwrap();
    assert_eq!(response.missing_bytes, 40);
}

#[test]
fn a_head_that_is_missing_makes_the_rest_uncertain_and_is_not_mispaired() {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let length = request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    // The answer of 50 bytes is not captured.
    talk.client(PSH_ACK, 1000 + length, 1050, request);
    talk.server(PSH_ACK, 1050, 1000 + 2 * length, b"HTTP/1.1 204 No\r\n\r\n");
    let talk = talk.end();
    assert_eq!(
        told(&talk),
        [
            "1 GET /a None Some(0) None complete false certain false",
            "2 GET /a Some(204) Some(0) Some(0) complete true certain false",
        ]
    );
    assert!(!talk.findings.iter().any(is_unanswered));
}

#[test]
fn what_begins_like_a_method_and_is_none_is_not_called_http() {
    let mut talk = Talk::opened();
    talk.client(PSH_ACK, 1000, 1000, b"EHLO mail.example.com\r\n");
    talk.server(PSH_ACK, 1000, 1023, b"250 OK\r\n");
    let talk = talk.end();
    assert!(talk.exchanges.is_empty());
    let is_http = |event: &&Event| format!("{event:?}").starts_with("Http");
    assert_eq!(talk.events.iter().filter(is_http).count(), 0);
}

#[test]
fn what_follows_an_upgrade_or_a_tunnel_is_no_http() {
    let mut talk = Talk::opened();
    let request = b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    let response = b"HTTP/1.1 200 Connected\r\n\r\n";
    let answered = 1000 + response.len() as u32;
    talk.server(PSH_ACK, 1000, asked, response);
    talk.client(PSH_ACK, asked, answered, b"\x16\x03\x01\x00\x05hello");
    talk.server(PSH_ACK, answered, asked + 10, b"\x16\x03\x01\x00\x05hello");
    let talk = talk.end();
    assert_eq!(
        told(&talk),
        ["1 CONNECT a:443 Some(200) Some(0) Some(0) complete true certain true"]
    );
    assert!(
        talk.events
            .iter()
            .any(|event| matches!(event, Event::HttpTunnel(_)))
    );
    assert!(
        talk.events
            .iter()
            .all(|event| !matches!(event, Event::HttpMalformed(_)))
    );
}

#[test]
fn more_requests_than_are_kept_are_counted_and_not_told() {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\n\r\n";
    let response = b"HTTP/1.1 204 No\r\n\r\n";
    let (mut asked, mut answered) = (1000, 1000);
    for _ in 0..200 {
        talk.client(PSH_ACK, asked, answered, request);
        asked += request.len() as u32;
    }
    for _ in 0..200 {
        talk.server(PSH_ACK, answered, asked, response);
        answered += response.len() as u32;
    }
    talk.client(PSH_ACK, asked, answered, request);
    talk.server(PSH_ACK, answered, asked + request.len() as u32, response);
    let talk = talk.end();
    assert_eq!(talk.exchanges.len(), 129);
    let last = talk.exchanges.last().unwrap();
    assert_eq!((last.index, last.is_complete), (201, true));
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let mut talk = Talk::opened();
    let mut sequence = 1000;
    talk.client(PSH_ACK, sequence, 1000, b"GET /a HTTP/1.1\r\n");
    sequence += 17;
    for _ in 0..80 {
        let field = format!("X: {}\r\n", "y".repeat(1_000));
        talk.client(PSH_ACK, sequence, 1000, field.as_bytes());
        sequence += field.len() as u32;
    }
    let talk = talk.end();
    assert!(talk.exchanges.is_empty());
}

#[test]
fn a_body_that_is_spared_after_a_refusal_is_not_cut() {
    let mut talk = Talk::opened();
    let request = b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    let response = b"HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n";
    let answered = 1000 + response.len() as u32;
    talk.server(PSH_ACK, 1000, asked, response);
    talk.client(FIN_ACK, asked, answered, b"");
    let talk = talk.end();
    let is_cut = |event: &Event| matches!(event, Event::HttpBodyCut(_));
    assert!(!talk.events.iter().any(is_cut));
}

#[test]
fn cookies_and_refusals_are_told_of_the_exchange_and_the_version_once() {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: b\r\nOrigin: http://c\r\nCookie: a=1\r\n\r\n";
    let response = b"HTTP/1.1 204 No\r\nSet-Cookie: a=2\r\n\r\n";
    let (mut asked, mut answered) = (1000, 1000);
    for _ in 0..2 {
        talk.client(PSH_ACK, asked, answered, request);
        asked += request.len() as u32;
        talk.server(PSH_ACK, answered, asked, response);
        answered += response.len() as u32;
    }
    let talk = talk.end();
    let of_web = |event: &&Event| {
        matches!(
            event,
            Event::CookieSent(_) | Event::CookieSet(_) | Event::CorsRefused(_)
        )
    };
    assert_eq!(talk.events.iter().filter(of_web).count(), 6);
    for exchange in &talk.exchanges {
        assert_eq!(exchange.events.iter().filter(of_web).count(), 3);
    }
    let is_version = |event: &&Event| matches!(event, Event::HttpVersion(_));
    assert_eq!(talk.findings.iter().filter(is_version).count(), 1);
}

/// The answer of 3,000 bytes to one request in these pieces, then the end.
fn answered_in(pieces: &[(u32, u32)], ends: bool) -> Talk {
    let mut talk = Talk::opened();
    let request = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, request);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n";
    let body = 1000 + head.len() as u32;
    talk.server(PSH_ACK, 1000, asked, head);
    for (start, end) in pieces {
        let data = vec![b'x'; (end - start) as usize];
        talk.server(PSH_ACK, body + start, asked, &data);
    }
    if ends {
        talk.client(RST, asked, 0, b"");
    }
    talk.end()
}

/// Bytes of the body, and how many of them are missing.
fn body(talk: &Talk) -> (u64, u64) {
    let response = talk.exchanges[0].response.as_ref().unwrap();
    (response.body_bytes, response.missing_bytes)
}

#[test]
fn what_is_late_in_a_body_is_not_missing() {
    let whole = [(0, 1000), (1000, 2000), (2000, 3000)];
    assert_eq!(body(&answered_in(&whole, false)), (3000, 0));
    let late = [(0, 500), (900, 2000), (500, 900), (2000, 3000)];
    assert_eq!(body(&answered_in(&late, false)), (3000, 0));
    let again = [
        (0, 1000),
        (0, 1000),
        (1000, 2000),
        (500, 1500),
        (2000, 3000),
    ];
    assert_eq!(body(&answered_in(&again, false)), (3000, 0));
}

#[test]
fn all_that_came_of_a_body_is_counted_when_it_is_cut() {
    let cut = [(0, 1000), (1000, 2000), (2000, 2500)];
    let talk = answered_in(&cut, true);
    assert_eq!(body(&talk), (2500, 0));
    let told = talk.events.iter().find_map(|event| match event {
        Event::HttpBodyCut(cut) => Some(cut.bytes),
        _ => None,
    });
    assert_eq!(told, Some(2500));
    assert_eq!(body(&answered_in(&cut, false)), (2500, 0));
}

#[test]
fn what_stands_behind_the_header_of_a_load_balancer_is_read() {
    let mut talk = Talk::opened();
    let request = b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 80\r\nGET /a HTTP/1.1\r\n\r\n";
    let asked = 1000 + request.len() as u32;
    talk.client(PSH_ACK, 1000, 1000, &request[..20]);
    talk.client(PSH_ACK, 1020, 1000, &request[20..]);
    talk.server(PSH_ACK, 1000, asked, b"HTTP/1.1 204 No\r\n\r\n");
    let talk = talk.end();
    assert_eq!(
        told(&talk),
        ["1 GET /a Some(204) Some(0) Some(0) complete true certain true"]
    );
}

/// A connection on which a client asks for a target again and again: each answer waits
/// for so many milliseconds, and after each the client waits for so many.
fn polled(targets: &[&str], held_ms: u64, idle_ms: u64) -> Talk {
    let mut talk = Talk::opened();
    let (mut asked, mut answered) = (1000, 1000);
    for target in targets {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        talk.client(PSH_ACK, asked, answered, request.as_bytes());
        asked += request.len() as u32;
        talk.wait(held_ms * MS);
        let response = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        talk.server(PSH_ACK, answered, asked, response);
        answered += response.len() as u32;
        talk.wait(idle_ms * MS);
    }
    talk.server(FIN_ACK, answered, asked, b"");
    talk.client(FIN_ACK, asked, answered + 1, b"");
    talk.server(ACK, answered + 1, asked + 1, b"");
    talk.end()
}

fn polling(talk: &Talk) -> Vec<(u64, u64, u64)> {
    let found = talk.findings.iter().filter_map(|event| match event {
        Event::HttpLongPolling(found) => Some((
            found.answers,
            found.head_bytes / found.answers,
            found.body_bytes,
        )),
        _ => None,
    });
    found.collect()
}

#[test]
fn the_same_asked_again_at_once_and_held_each_time_is_long_polling() {
    assert_eq!(polling(&polled(&["/n"; 3], 5200, 10)), [(3, 28 + 38, 15)]);
    // Twice is not a habit, nor is what is asked after a while, or not held.
    assert_eq!(polling(&polled(&["/n"; 2], 5200, 10)), []);
    assert_eq!(polling(&polled(&["/n"; 3], 5200, 1500)), []);
    assert_eq!(polling(&polled(&["/n"; 5], 4000, 10)), []);
    // Slow answers to different questions are slow answers.
    assert_eq!(polling(&polled(&["/1", "/2", "/3", "/4"], 5200, 10)), []);
}

#[test]
fn an_answer_is_held_too_where_it_waits_far_longer_than_others() {
    let mut talk = Talk::opened();
    let (mut asked, mut answered) = (1000, 1000);
    let waits = [20, 20, 1200, 20, 1200, 20, 20, 1200, 20];
    for held_ms in waits {
        let target = if held_ms > 1000 { "/n" } else { "/a" };
        let request = format!("GET {target} HTTP/1.1\r\n\r\n");
        talk.client(PSH_ACK, asked, answered, request.as_bytes());
        asked += request.len() as u32;
        talk.wait(held_ms * MS);
        let response = b"HTTP/1.1 204 No\r\n\r\n";
        talk.server(PSH_ACK, answered, asked, response);
        answered += response.len() as u32;
    }
    assert_eq!(polling(&talk.end()), [(3, 19 + 19, 0)]);
}

#[test]
fn only_so_many_targets_of_a_connection_are_followed() {
    let targets = ["/1", "/2", "/3", "/4", "/5", "/5", "/5", "/5"];
    assert_eq!(polling(&polled(&targets, 5200, 10)), []);
    let targets = ["/1", "/2", "/3", "/5", "/5", "/5", "/6"];
    assert_eq!(polling(&polled(&targets, 5200, 10)).len(), 1);
}

/// A stream of events in chunks: an event, a part of one, its end, a comment.
const EVENTS: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
    Transfer-Encoding: chunked\r\n\r\n\
    1a\r\nretry: 300\nid: 1\ndata: a\n\n\r\n8\r\nid: 2\nda\r\n7\r\nta: b\n\n\r\n9\r\n: quiet\n\n\r\n0\r\n\r\n";

fn streamed(pieces: &[(usize, usize)], again: &str) -> Talk {
    let mut talk = Talk::opened();
    let request = b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
    talk.client(PSH_ACK, 1000, 1000, request);
    let mut asked = 1000 + request.len() as u32;
    for (start, end) in pieces {
        talk.server(PSH_ACK, 1000 + *start as u32, asked, &EVENTS[*start..*end]);
        talk.wait(200 * MS);
    }
    let answered = 1000 + EVENTS.len() as u32;
    let request = format!("GET {again} HTTP/1.1\r\nLast-Event-ID: 2\r\n\r\n");
    talk.client(PSH_ACK, asked, answered, request.as_bytes());
    asked += request.len() as u32;
    talk.server(FIN_ACK, answered, asked, b"");
    talk.client(FIN_ACK, asked, answered + 1, b"");
    talk.server(ACK, answered + 1, asked + 1, b"");
    talk.end()
}

fn streams(talk: &Talk) -> Vec<String> {
    let found = talk.findings.iter().filter_map(|event| match event {
        Event::SseStream(found) => Some(format!(
            "{} events, {} comments, {} bytes, id {:?}, retry {:?}, complete {} certain {}",
            found.events,
            found.comments,
            found.bytes,
            found.last_id,
            found.retry_ms,
            found.is_complete,
            found.is_certain
        )),
        _ => None,
    });
    found.collect()
}

#[test]
fn who_comes_again_for_events_is_joined_with_the_stream_before() {
    let whole = [(0, EVENTS.len())];
    let talk = streamed(&whole, "/events");
    let expected = "2 events, 1 comments, 50 bytes, id Some(\"2\"), retry Some(300), complete \
                    true certain true";
    assert_eq!(streams(&talk), [expected]);
    let earlier = |talk: &Talk| {
        let mut all = talk.events.iter();
        all.find_map(|event| match event {
            Event::SseReconnected(found) => Some(found.earlier.clone()),
            _ => None,
        })
        .expect("comes again")
    };
    let found = earlier(&talk).expect("the stream before");
    assert_eq!(
        (found.last_id.as_deref(), found.retry_ms),
        (Some("2"), Some(300))
    );
    assert_eq!(earlier(&streamed(&whole, "/others")), None);
}

#[test]
fn a_gap_in_a_chunk_of_events_loses_no_more_than_it_hides() {
    let cut = EVENTS.windows(3).position(|it| it == b"ry:").unwrap();
    let talk = streamed(&[(0, cut), (cut + 4, EVENTS.len())], "/events");
    let expected = "2 events, 1 comments, 50 bytes, id Some(\"2\"), retry None, complete true \
                    certain false";
    assert_eq!(streams(&talk), [expected]);
}

proptest! {
    #[test]
    fn events_are_counted_the_same_in_any_cut(pieces in pieces(EVENTS.len())) {
        let whole = streams(&streamed(&[(0, EVENTS.len())], "/events"));
        prop_assert_eq!(streams(&streamed(&pieces, "/events")), whole);
    }
}
