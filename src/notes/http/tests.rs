//! What is told of HTTP, in both languages.

use std::sync::Arc;

use super::*;
use crate::decode::http::{Conflict, Rule as Broken};
use crate::notes::fixture::{annotated, head};
use crate::notes::{Annotation, Kind, Severity, Value};
use crate::track::{
    Event, HttpBodyCut, HttpFramingConflict, HttpHeadOfLine, HttpMalformed, HttpMessage,
    HttpResponse, HttpServerError, HttpUnanswered, HttpUpgrade, Informational, NoAnswer, Opening,
    Seen, Side,
};

const MS: u64 = 1_000_000;

fn seen(packet: u64, ms: u64) -> Seen {
    Seen {
        packet,
        time_ns: ms * MS,
    }
}

fn get() -> Arc<Head> {
    head("GET /collars HTTP/1.1", "Host: collars.example.com\r\n")
}

fn message(head: Arc<Head>, body: BodyEnd, bytes: u64, first: Seen, last: Seen) -> HttpMessage {
    HttpMessage {
        head,
        body_ends_by: body,
        body_bytes: bytes,
        missing_bytes: 0,
        chunks: 3,
        is_complete: true,
        first,
        last,
    }
}

fn value<'a>(annotation: &'a Annotation, name: &str) -> &'a Value {
    let mut values = annotation.values.iter();
    &values.find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn a_request_says_what_is_asked_and_whether_it_may_be_repeated() {
    let event = |head, body| {
        Event::HttpRequest(Box::new(HttpRequest {
            index: 3,
            head,
            body,
            first: seen(4, 0),
        }))
    };
    let words = ["3", "GET /collars", "collars.example.com", "52"];
    let told = annotated(&event(get(), BodyEnd::None), Severity::Note, &words);
    assert_eq!(value(&told, "safe"), &Value::Bool(true));
    for (method, safe, idempotent) in [
        ("PUT", false, true),
        ("POST", false, false),
        ("PATCH", false, false),
        ("OPTIONS", true, true),
    ] {
        let head = head(&format!("{method} / HTTP/1.1"), "");
        let event = event(head, BodyEnd::Length(12));
        let told = annotated(&event, Severity::Note, &[method, "12"]);
        assert_eq!(value(&told, "safe"), &Value::Bool(safe), "{method}");
        assert_eq!(value(&told, "idempotent"), &Value::Bool(idempotent));
    }
    let chunked = event(get(), BodyEnd::Chunked);
    let told = annotated(&chunked, Severity::Note, &["GET"]);
    assert!(told.text.contains("in chunks"), "{}", told.text);
}

#[test]
fn a_long_target_is_cut_in_the_text_and_whole_in_the_values() {
    let target = format!("/{}", "a".repeat(200));
    let event = Event::HttpRequest(Box::new(HttpRequest {
        index: 1,
        head: head(&format!("GET {target} HTTP/1.1"), ""),
        body: BodyEnd::None,
        first: seen(4, 0),
    }));
    let told = annotated(&event, Severity::Note, &["…"]);
    assert!(!told.text.contains(&target));
    assert_eq!(value(&told, "target"), &Value::from(target));
}

fn response(status: &str, body: BodyEnd, bytes: u64, complete: bool) -> Event {
    let request = message(get(), BodyEnd::None, 0, seen(4, 10), seen(4, 10));
    let mut response = message(
        head(&format!("HTTP/1.1 {status}"), ""),
        body,
        bytes,
        seen(6, 110),
        seen(9, 130),
    );
    response.is_complete = complete;
    Event::HttpResponse(Box::new(HttpResponse {
        index: 1,
        request: Some(request),
        response,
        informational: Vec::new(),
        wait_ns: Some(100 * MS),
        is_certain: true,
    }))
}

#[test]
fn the_wait_runs_to_the_first_byte_and_the_body_is_checked() {
    let whole = response("200 OK", BodyEnd::Length(1676), 1676, true);
    let words = ["200 OK", "GET /collars", "1676", "100 ms", "20.0 ms"];
    let told = annotated(&whole, Severity::Note, &words);
    assert_eq!(value(&told, "wait_ns"), &Value::Number(100 * MS));
    assert_eq!(value(&told, "receive_ns"), &Value::Number(20 * MS));
    assert_eq!(told.related.as_slice(), [4, 6]);
    assert_eq!(told.checks.len(), 1);
    assert_eq!(told.checks[0].holds, Some(true));
    let other = response("200 OK", BodyEnd::Length(1676), 1600, true);
    let told = annotated(&other, Severity::Error, &["1600"]);
    assert_eq!(told.checks[0].holds, Some(false));
    // What is cut is told as that: it is no fault of the length.
    let cut = response("200 OK", BodyEnd::Length(1676), 1200, false);
    let told = annotated(&cut, Severity::Note, &["1200"]);
    assert!(told.checks.is_empty() && told.text.contains("not complete"));
}

#[test]
fn a_response_says_its_class_and_how_its_body_ended() {
    for (status, body, words) in [
        ("204 No Content", BodyEnd::None, "no body"),
        ("200 OK", BodyEnd::Chunked, "in 3 chunks"),
        ("200 OK", BodyEnd::Close, "the end of the connection"),
        ("304 Not Modified", BodyEnd::None, "use what you have"),
        ("404 Not Found", BodyEnd::None, "the request is at fault"),
        ("502 Bad Gateway", BodyEnd::None, "the server failed"),
    ] {
        let told = annotated(&response(status, body, 12, true), Severity::Note, &[status]);
        assert!(
            told.text.contains(words),
            "{words:?} is not in {}",
            told.text
        );
    }
}

#[test]
fn a_response_without_its_request_does_not_invent_one() {
    let Event::HttpResponse(mut event) = response("200 OK", BodyEnd::None, 0, true) else {
        unreachable!()
    };
    event.request = None;
    event.wait_ns = None;
    event.is_certain = false;
    let told = annotated(&Event::HttpResponse(event), Severity::Note, &["200 OK"]);
    assert!(told.text.contains("was not captured"), "{}", told.text);
    assert_eq!(value(&told, "method"), &Value::Null);
    assert_eq!(value(&told, "wait_ns"), &Value::Null);
}

#[test]
fn an_error_of_the_server_says_which_and_after_how_long() {
    for (status, words) in [
        ("500 Internal Server Error", "an error of its own"),
        ("502 Bad Gateway", "answered nothing that can be used"),
        ("503 Service Unavailable", "overloaded"),
        ("504 Gateway Timeout", "in time"),
        ("599 X", "the fault is on its side"),
    ] {
        let event = Event::HttpServerError(Box::new(HttpServerError {
            index: 2,
            request: Some(get()),
            response: head(&format!("HTTP/1.1 {status}"), ""),
            request_packet: Some(8),
            packet: 10,
            wait_ns: Some(310 * MS),
        }));
        let told = annotated(
            &event,
            Severity::Warning,
            &[status, "GET /collars", "310 ms"],
        );
        assert!(told.text.contains(words), "{}", told.text);
        assert_eq!(told.related.as_slice(), [8, 10]);
    }
}

#[test]
fn a_request_without_answer_is_a_warning_only_where_one_would_have_been_seen() {
    for (because, severity, words) in [
        (NoAnswer::Closed, Severity::Warning, "closed the connection"),
        (NoAnswer::Reset, Severity::Warning, "closed or reset"),
        (
            NoAnswer::Unknown,
            Severity::Note,
            "the recording ends before",
        ),
    ] {
        let event = Event::HttpUnanswered(Box::new(HttpUnanswered {
            index: 1,
            request: get(),
            last: seen(22, 0),
            waited_ns: Some(501 * MS),
            informational: Some(100),
            because,
        }));
        let told = annotated(&event, severity, &["GET /collars", "22", "100"]);
        assert!(told.text.contains(words), "{}", told.text);
    }
}

#[test]
fn a_cut_body_says_what_came_and_what_is_missing() {
    let event = |body, of_response, by_reset| {
        Event::HttpBodyCut(Box::new(HttpBodyCut {
            index: 1,
            of_response,
            head: get(),
            request: of_response.then(get),
            body,
            bytes: 1200,
            by_reset,
            packet: 40,
        }))
    };
    let cut = event(BodyEnd::Length(3000), true, false);
    let told = annotated(
        &cut,
        Severity::Warning,
        &["GET /collars", "1200", "3000", "1800", "FIN"],
    );
    assert_eq!(value(&told, "missing_bytes"), &Value::Number(1800));
    let chunked = event(BodyEnd::Chunked, false, true);
    let told = annotated(&chunked, Severity::Warning, &["1200"]);
    assert!(told.text.contains("a reset"), "{}", told.text);
    assert_eq!(value(&told, "declared_bytes"), &Value::Null);
}

#[test]
fn requests_and_answers_in_a_queue() {
    let pipelined = Event::HttpPipelined(HttpPipelined {
        index: 3,
        before: 2,
        oldest: 4,
    });
    let told = annotated(&pipelined, Severity::Note, &["2", "4"]);
    assert_eq!(told.related.as_slice(), [4]);
    let waited = Event::HttpHeadOfLine(HttpHeadOfLine {
        index: 2,
        blocked_ns: 412 * MS,
        own_ns: 66_000,
        earlier: 6,
        request: 4,
    });
    let told = annotated(
        &waited,
        Severity::Warning,
        &["412 ms", "66.0 µs", "6", "HTTP/2"],
    );
    assert_eq!(told.related.as_slice(), [4, 6]);
}

#[test]
fn a_second_request_says_what_it_saves() {
    let event = |opening| {
        Event::HttpReused(HttpReused {
            opening,
            idle_ns: Some(2 * MS),
        })
    };
    let opening = Opening {
        syn: seen(1, 0),
        syn_ack: seen(2, 11),
    };
    let told = annotated(
        &event(Some(opening)),
        Severity::Note,
        &["11.0 ms", "2.00 ms"],
    );
    assert_eq!(told.related.as_slice(), [1]);
    let told = annotated(&event(None), Severity::Note, &["2.00 ms"]);
    assert_eq!(value(&told, "saved_ns"), &Value::Null);
}

#[test]
fn where_http_ends_the_next_protocol_is_named() {
    let upgrade = |request, fields| {
        Box::new(HttpUpgrade {
            index: 1,
            request: Some(head(request, "")),
            response: head("HTTP/1.1 101 X", fields),
        })
    };
    let event = Event::HttpUpgrade(upgrade("GET /chat HTTP/1.1", "Upgrade: websocket\r\n"));
    annotated(&event, Severity::Note, &["101", "websocket"]);
    let event = Event::HttpUpgrade(upgrade("GET /chat HTTP/1.1", ""));
    annotated(&event, Severity::Note, &["101"]);
    let event = Event::HttpTunnel(upgrade("CONNECT a.example:443 HTTP/1.1", ""));
    annotated(&event, Severity::Note, &["CONNECT", "a.example:443"]);
}

#[test]
fn every_conflict_is_explained_by_its_rule() {
    for conflict in [
        Conflict::LengthTwice(5, 9),
        Conflict::LengthAndEncoding(5),
        Conflict::ChunkedNotLast,
        Conflict::EncodingInOldVersion,
        Conflict::BareCr,
        Conflict::SpaceBeforeColon,
        Conflict::Folded,
    ] {
        for (of_response, body) in [
            (false, BodyEnd::Chunked),
            (true, BodyEnd::Close),
            (false, BodyEnd::Length(5)),
            (true, BodyEnd::None),
        ] {
            let event = Event::HttpFramingConflict(Box::new(HttpFramingConflict {
                of_response,
                index: 1,
                conflicts: vec![conflict],
                body,
            }));
            annotated(&event, Severity::Error, &[conflict.section()]);
        }
    }
}

#[test]
fn what_cannot_be_read_names_place_and_rule() {
    for rule in [
        Broken::FirstLine,
        Broken::StatusCode,
        Broken::Colon,
        Broken::FieldName,
        Broken::Nul,
        Broken::ContentLength,
        Broken::ChunkSize,
        Broken::ChunkEnd,
    ] {
        let event = Event::HttpMalformed(HttpMalformed {
            sender: Side::Client,
            of_response: false,
            offset: 96,
            rule,
        });
        annotated(&event, Severity::Error, &["96", rule.section()]);
    }
}

#[test]
fn every_kind_of_the_topic_has_a_test_here() {
    let source = include_str!("tests.rs");
    let kinds = Kind::ALL.iter().filter(|kind| kind.topic() == TOPIC.name);
    for kind in kinds {
        let event = format!("Event::{kind:?}(");
        assert!(source.contains(&event), "{event}");
    }
}

#[test]
fn an_answer_before_the_answer_is_no_answer() {
    let Event::HttpResponse(mut event) = response("200 OK", BodyEnd::None, 0, true) else {
        unreachable!()
    };
    event.informational.push(Informational {
        status: 100,
        seen: seen(5, 20),
    });
    let told = annotated(&Event::HttpResponse(event), Severity::Note, &["200 OK"]);
    assert_eq!(value(&told, "status"), &Value::Number(200));
}
