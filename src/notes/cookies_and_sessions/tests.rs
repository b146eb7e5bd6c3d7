//! What is told of cookies, in both languages.

use std::sync::Arc;

use super::*;
use crate::notes::Severity;
use crate::notes::fixture::{annotated, head};
use crate::track::Event;

fn set_by(fields: &str) -> Event {
    Event::CookieSet(Box::new(CookieSet {
        index: 2,
        head: head("HTTP/1.1 200 OK", fields),
    }))
}

#[test]
fn all_cookies_of_a_response_are_told_at_once_with_what_they_lack() {
    let event = set_by(
        "Set-Cookie: session=topsecret; Path=/; HttpOnly; SameSite=Lax\r\n\
         Set-Cookie: theme=teal; Max-Age=60\r\n",
    );
    let words = ["2", "session", "HttpOnly, SameSite=Lax", "theme", "60 s"];
    let words = words.map(|word| word.split(", ").next().unwrap());
    let told = annotated(&event, Severity::Note, &words);
    assert!(
        told.text
            .contains("Without HttpOnly scripts can read theme.")
    );
    assert!(told.text.contains("carry theme too"), "{}", told.text);
    assert!(!format!("{told:?}").contains("topsecret"));
    let value = |name: &str| {
        let found = told.values.iter().find(|(known, _)| *known == name);
        found.unwrap().1.clone()
    };
    assert_eq!(value("http_only"), vec![true, false].into());
    assert_eq!(value("same_site"), vec![Some("Lax"), None].into());
}

#[test]
fn a_cookie_that_is_deleted_is_taken_back() {
    let event = set_by("Set-Cookie: session=; Max-Age=0\r\n");
    let told = annotated(&event, Severity::Note, &["session"]);
    assert!(told.text.starts_with("The server takes"), "{}", told.text);
    assert!(!told.text.contains("HttpOnly"), "{}", told.text);
}

#[test]
fn many_cookies_are_counted() {
    let fields: String = (0..9)
        .map(|n| format!("Set-Cookie: c{n}=v{n}; HttpOnly; SameSite=Lax\r\n"))
        .collect();
    let told = annotated(&set_by(&fields), Severity::Note, &["9", "c5", "3"]);
    assert!(told.text.contains("3 more"), "{}", told.text);
    assert!(!told.text.contains("c6"), "{}", told.text);
}

#[test]
fn what_comes_back_says_who_set_it() {
    let head = head(
        "GET / HTTP/1.1",
        "Cookie: session=topsecret; theme=teal\r\n",
    );
    let event = |set_by: &[u64]| {
        Event::CookieSent(Box::new(CookieSent {
            index: 3,
            head: Arc::clone(&head),
            set_by: set_by.to_vec(),
        }))
    };
    let told = annotated(
        &event(&[9]),
        Severity::Note,
        &["session", "theme", "29", "9"],
    );
    assert_eq!(told.related.as_slice(), [9]);
    assert!(!format!("{told:?}").contains("topsecret"));
    let told = annotated(&event(&[]), Severity::Note, &["session"]);
    assert!(!told.text.contains("set by"), "{}", told.text);
}

#[test]
fn a_secure_cookie_in_clear_is_a_warning_only_where_others_can_read_it() {
    let event = |exposure, of_response| {
        Event::CookieUnprotected(Box::new(CookieUnprotected {
            index: 1,
            of_response,
            names: vec!["__Host-key".into()],
            exposure,
        }))
    };
    let words = ["__Host-key", "Secure"];
    annotated(&event(Exposure::Network, true), Severity::Warning, &words);
    annotated(&event(Exposure::Network, false), Severity::Warning, &words);
    annotated(&event(Exposure::Loopback, true), Severity::Note, &words);
    annotated(&event(Exposure::BehindProxy, false), Severity::Note, &words);
}
