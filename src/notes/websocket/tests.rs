//! What is said of WebSocket, with its numbers.

use super::*;
use crate::notes::Severity;
use crate::notes::fixture::{annotated, head};
use crate::track::{Event, Seen, WebSocketClose};

fn seen(packet: u64, ms: u64) -> Seen {
    Seen {
        packet,
        time_ns: ms * 1_000_000,
    }
}

fn began(accept: &str, more: &str) -> Event {
    let request = "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: chat, v1\r\n";
    let response = format!("Upgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n{more}");
    Event::WebSocketUpgrade(Box::new(WebSocketUpgrade {
        index: 1,
        request: Some(head("GET /chat HTTP/1.1", request)),
        response: head("HTTP/1.1 101 X", &response),
        asked: Some(4),
    }))
}

#[test]
fn the_proof_is_checked() {
    let right = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    let told = annotated(&began(right, ""), Severity::Note, &["WebSocket"]);
    assert_eq!(told.checks[0].holds, Some(true));
    assert_eq!(told.related.as_slice(), [4]);
    let wrong = began("xwr2NLQ/CfHRI1QnfQWXRFAuMrw=", "");
    annotated(&wrong, Severity::Error, &["Sec-WebSocket-Accept"]);
    let more = "Sec-WebSocket-Protocol: v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
    annotated(
        &began(right, more),
        Severity::Note,
        &["v1", "permessage-deflate"],
    );
    let other = "Sec-WebSocket-Protocol: v2\r\n";
    annotated(&began(right, other), Severity::Error, &["v2"]);
    let unseen = Event::WebSocketUpgrade(Box::new(WebSocketUpgrade {
        index: 1,
        request: None,
        response: head("HTTP/1.1 101 X", "Sec-WebSocket-Accept: a\r\n"),
        asked: None,
    }));
    annotated(&unseen, Severity::Note, &["WebSocket"]);
}

#[test]
fn a_message_gives_its_kind_size_and_text() {
    let message = WebSocketMessage {
        sender: Side::Client,
        index: 2,
        opcode: Opcode::Text,
        is_compressed: false,
        bytes: 16,
        missing_bytes: 0,
        frames: 3,
        overhead_bytes: 18,
        text: "where is the cat".into(),
        first: seen(5, 10),
        last: seen(7, 11),
        is_certain: true,
    };
    let event = Event::WebSocketMessage(Box::new(message.clone()));
    let words = ["16", "18", "3", "\"where is the cat\""];
    let told = annotated(&event, Severity::Note, &words);
    assert_eq!(told.related.as_slice(), [5]);
    let other = WebSocketMessage {
        opcode: Opcode::Binary,
        is_compressed: true,
        missing_bytes: 9,
        frames: 1,
        text: Box::default(),
        ..message
    };
    let event = Event::WebSocketMessage(Box::new(other));
    annotated(&event, Severity::Note, &["16", "9"]);
}

#[test]
fn a_pong_tells_how_long_it_took() {
    let ping = WebSocketPing {
        sender: Side::Server,
        bytes: 4,
        overhead_bytes: 2,
        since_last_ns: Some(20_000_000_000),
    };
    annotated(
        &Event::WebSocketPing(ping.clone()),
        Severity::Note,
        &["4", "20.0 s"],
    );
    let first = WebSocketPing {
        since_last_ns: None,
        ..ping
    };
    annotated(&Event::WebSocketPing(first), Severity::Note, &["4"]);
    let pong = |ping, skipped| {
        Event::WebSocketPong(WebSocketPong {
            sender: Side::Client,
            bytes: 4,
            overhead_bytes: 6,
            ping,
            skipped,
        })
    };
    let told = annotated(
        &pong(Some((9, 8_400_000)), 0),
        Severity::Note,
        &["9", "8.40 ms"],
    );
    assert_eq!(told.related.as_slice(), [9]);
    annotated(&pong(Some((9, 8_400_000)), 1), Severity::Note, &["9"]);
    annotated(&pong(Some((9, 8_400_000)), 3), Severity::Note, &["3"]);
    annotated(&pong(None, 0), Severity::Note, &["Pong"]);
}

#[test]
fn a_close_that_is_not_ordinary_is_told_once() {
    let close = |code, reason: &str, answers| {
        Event::WebSocketClose(Box::new(WebSocketClose {
            sender: Side::Server,
            packet: 12,
            code,
            reason: reason.into(),
            bytes: 2,
            overhead_bytes: 2,
            answers,
        }))
    };
    annotated(&close(Some(1000), "", None), Severity::Note, &["1000"]);
    annotated(
        &close(Some(1001), "bye", None),
        Severity::Note,
        &["1001", "\"bye\""],
    );
    annotated(&close(None, "", None), Severity::Note, &["Close"]);
    let told = annotated(
        &close(Some(1011), "", Some((10, 5_000_000))),
        Severity::Note,
        &["1011", "10", "5.00 ms"],
    );
    assert_eq!(told.related.as_slice(), [10]);
    for code in [
        1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 2000, 3001, 4000,
    ] {
        annotated(
            &close(Some(code), "", None),
            Severity::Warning,
            &[&code.to_string()],
        );
    }
}

#[test]
fn every_fault_is_told_with_its_rule() {
    for fault in Fault::ALL {
        let event = Event::WebSocketProtocolError(WebSocketProtocolError {
            sender: Side::Client,
            offset: 170,
            fault,
            opcode: Opcode::Reserved(5),
            reserved: 2,
            bytes: 200,
        });
        let told = annotated(&event, Severity::Error, &[fault.section(), "170"]);
        assert!(!told.text.contains("that cannot be"), "{}", told.text);
    }
}
