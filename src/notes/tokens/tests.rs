//! What is told of passwords and tokens, in both languages.

use super::*;
use crate::notes::fixture::{annotated, head};
use crate::notes::{Severity, Value};
use crate::track::Event;

#[test]
fn a_password_and_a_token_in_clear_are_told_apart() {
    let event = |field: &'static str, value: &str, exposure| {
        Event::TokenInClear(Box::new(TokenInClear {
            index: 4,
            head: head("GET / HTTP/1.1", &format!("{field}: {value}\r\n")),
            field,
            exposure,
        }))
    };
    let basic = event("Authorization", "Basic Y2F0LTc=", Exposure::Network);
    let told = annotated(
        &basic,
        Severity::Warning,
        &["Authorization: Basic", "base64"],
    );
    assert!(!format!("{told:?}").contains("Y2F0LTc="));
    let bearer = event("Proxy-Authorization", "Bearer abcdef", Exposure::Network);
    let told = annotated(&bearer, Severity::Warning, &["Proxy-Authorization: Bearer"]);
    assert!(told.text.contains("a token"), "{}", told.text);
    for exposure in [Exposure::Loopback, Exposure::BehindProxy] {
        let event = event("Authorization", "Bearer abcdef", exposure);
        annotated(&event, Severity::Note, &["Bearer"]);
    }
}

#[test]
fn a_secret_in_the_address_is_named_and_not_shown() {
    let event = |target: &str, is_meant, exposure| {
        Event::TokenInUrl(Box::new(TokenInUrl {
            index: 6,
            head: head(&format!("GET {target} HTTP/1.1"), "X-Key: other\r\n"),
            exposure,
            is_meant,
        }))
    };
    let target = "/me?access_token=topsecret&page=2";
    let told = annotated(
        &event(target, false, Exposure::Network),
        Severity::Warning,
        &["access_token", "Referer"],
    );
    assert!(!format!("{told:?}").contains("topsecret"));
    let names = told.values.iter().find(|(name, _)| *name == "names");
    let expected: Value = vec!["access_token".to_owned()].into();
    assert_eq!(names.map(|(_, value)| value), Some(&expected));
    let local = event(target, false, Exposure::Loopback);
    annotated(&local, Severity::Note, &["access_token"]);
    let meant = event("/back?code=once", true, Exposure::Network);
    annotated(&meant, Severity::Note, &["code"]);
}
