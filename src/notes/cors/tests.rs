//! What is told of preflights and refusals, in both languages.

use std::sync::Arc;

use super::*;
use crate::decode::http::Head;
use crate::notes::fixture::{annotated, head};
use crate::notes::{Annotation, Severity};
use crate::track::Event;

const PREFLIGHT: &str = "Host: b.example\r\nOrigin: https://a.example\r\n\
    Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-collar\r\n";

fn cors(request: &Arc<Head>, response: &str, refusal: Option<Refusal>) -> Box<Cors> {
    Box::new(Cors {
        index: 1,
        request: Arc::clone(request),
        response: head("HTTP/1.1 204 No Content", response),
        asked: 4,
        refusal,
    })
}

#[test]
fn a_preflight_that_is_granted_has_three_checks_that_hold() {
    let request = head("OPTIONS /a HTTP/1.1", PREFLIGHT);
    let answer = "Access-Control-Allow-Origin: https://a.example\r\n\
        Access-Control-Allow-Methods: GET, PUT\r\nAccess-Control-Allow-Headers: X-Collar\r\n\
        Access-Control-Max-Age: 600\r\n";
    let event = Event::CorsPreflight(cors(&request, answer, None));
    let words = ["https://a.example", "PUT", "x-collar", "600 s", "4"];
    let told = annotated(&event, Severity::Note, &words);
    assert_eq!(told.checks.len(), 3);
    assert!(told.checks.iter().all(|check| check.holds == Some(true)));
    assert_eq!(told.related.as_slice(), [4]);
}

#[test]
fn what_does_not_hold_is_told_by_the_refusal_alone() {
    let request = head("OPTIONS /a HTTP/1.1", PREFLIGHT);
    let answer = "Access-Control-Allow-Origin: https://a.example\r\n\
        Access-Control-Allow-Methods: GET\r\nAccess-Control-Allow-Headers: x-collar\r\n";
    let both = cors(&request, answer, Some(Refusal::Method));
    let told = annotated(
        &Event::CorsPreflight(both.clone()),
        Severity::Note,
        &["PUT"],
    );
    assert_eq!(told.checks.len(), 2);
    assert!(!told.text.contains("It may"), "{}", told.text);
    let told = annotated(
        &Event::CorsRefused(both),
        Severity::Warning,
        &["PUT", "GET"],
    );
    assert!(told.checks.is_empty());
}

#[test]
fn every_refusal_has_its_reason() {
    let preflight = head("OPTIONS /a HTTP/1.1", PREFLIGHT);
    let read = head(
        "GET /a HTTP/1.1",
        "Host: b.example\r\nOrigin: https://a.example\r\nCookie: a=b\r\n",
    );
    let other = "Access-Control-Allow-Origin: https://c.example\r\n";
    let told = |request: &Arc<Head>, answer: &str, refusal, words: &[&str]| -> Annotation {
        let event = Event::CorsRefused(cors(request, answer, Some(refusal)));
        annotated(&event, Severity::Warning, words)
    };
    told(&preflight, "", Refusal::Status, &["204", "2xx"]);
    told(
        &preflight,
        "",
        Refusal::NoOrigin,
        &["Access-Control-Allow-Origin"],
    );
    told(&preflight, other, Refusal::Origin, &["https://c.example"]);
    told(&preflight, "", Refusal::Method, &["PUT"]);
    told(&preflight, "", Refusal::Header, &["x-collar"]);
    let text = told(&read, "", Refusal::Wildcard, &["*"]).text;
    assert!(text.contains("keeps the answer"), "{text}");
    told(
        &read,
        "",
        Refusal::Credentials,
        &["Access-Control-Allow-Credentials"],
    );
}

#[test]
fn behind_a_proxy_nothing_is_claimed_of_a_refusal() {
    let request = head("OPTIONS /a HTTP/1.1", &format!("Via: 1.1 p\r\n{PREFLIGHT}"));
    let event = Event::CorsPreflight(cors(&request, "", None));
    let told = annotated(&event, Severity::Note, &["PUT"]);
    assert!(told.text.contains("a proxy may add"), "{}", told.text);
}
