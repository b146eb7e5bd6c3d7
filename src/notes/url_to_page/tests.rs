//! What is told of a visit, in both languages.

use super::*;
use crate::notes::Severity;
use crate::notes::fixture::annotated;
use crate::track::{Event, Seen};

const MS: u64 = 1_000_000;

/// A visit of which this phase took so many milliseconds of 400.
fn told(name: PhaseName, took: u64, round_trip: Option<u64>, words: &[&str]) -> String {
    let seen = |packet, ms| Seen {
        packet,
        time_ns: ms * MS,
    };
    let event = Event::VisitSlowPhase(Box::new(VisitSlowPhase {
        visit: 2,
        name: "collars.example.com".to_owned(),
        phase: Phase {
            name,
            start: seen(4, 10),
            end: seen(6, 10 + took),
        },
        percent: took * 100 / 400,
        total_ns: 400 * MS,
        round_trip_ns: round_trip.map(|ms| ms * MS),
    }));
    let told = annotated(&event, Severity::Note, words);
    assert_eq!(told.related.as_slice(), [4, 6]);
    told.text
}

#[test]
fn each_phase_has_its_words() {
    for (name, words) in [
        (PhaseName::Dns, "DNS"),
        (PhaseName::Tcp, "TCP"),
        (PhaseName::Request, "75 %"),
        (PhaseName::Wait, "75 %"),
        (PhaseName::Response, "300 ms"),
    ] {
        told(name, 300, None, &["collars.example.com", words, "400 ms"]);
    }
}

#[test]
fn a_wait_is_the_server_s_only_beyond_the_round_trip() {
    let text = told(PhaseName::Wait, 300, Some(30), &["30.0 ms", "270 ms"]);
    assert!(
        text.ends_with("the server that is slow, not the network."),
        "{text}"
    );
    let text = told(PhaseName::Wait, 300, Some(280), &["280 ms", "20.0 ms"]);
    assert!(
        text.ends_with("The way there and back is most of it."),
        "{text}"
    );
    let text = told(PhaseName::Wait, 300, None, &["300 ms"]);
    assert!(text.ends_with("the recording does not show."), "{text}");
}
