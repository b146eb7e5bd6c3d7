//! A fixture of the notes' tests: one event annotated in both languages, and
//! what every text must keep to.

use std::sync::Arc;

use crate::decode::Packet;
use crate::decode::http::{Head, Secrets};
use crate::notes::{Annotation, Lang, Scene, Severity, annotate, has_rule, severity};
use crate::track::{Address, Endpoint, Event};

/// An IPv4 endpoint of the documentation range, `192.0.2.HOST:PORT`.
pub fn endpoint(host: u8, port: u16) -> Endpoint {
    Endpoint {
        address: Address::Ip([192, 0, 2, host].into()),
        port: Some(port),
    }
}

/// The head of an HTTP message: its first line, and its fields with their line ends.
pub fn head(first: &str, fields: &str) -> Arc<Head> {
    let text = format!("{first}\r\n{fields}\r\n");
    Arc::new(Head::parse(text.as_bytes(), Secrets::Hide).unwrap())
}

/// The annotation in English, after both languages were found to contain the
/// words, to be of the severity, and to be a clean sentence.
pub fn annotated(event: &Event, expected: Severity, words: &[&str]) -> Annotation {
    annotated_on(None, event, expected, words)
}

/// Annotates an event as [`annotated`] does, on a packet.
pub fn annotated_on(
    packet: Option<&Packet<'_>>,
    event: &Event,
    expected: Severity,
    words: &[&str],
) -> Annotation {
    let [english, chinese] = Lang::ALL.map(|lang| {
        let scene = Scene {
            packet,
            tracked: None,
            lang,
        };
        let annotation = annotate(event, &scene);
        let text = &annotation.text;
        for word in words {
            assert!(text.contains(word), "{word:?} is not in: {text}");
        }
        assert_eq!(annotation.severity, expected, "{text}");
        assert_eq!(severity(event, &scene), expected, "without words: {text}");
        assert!(annotation.checks.is_empty() || has_rule(event), "{text}");
        reads_well(text, lang);
        annotation
    });
    assert_ne!(english.text, chinese.text);
    assert_eq!(english.values, chinese.values);
    assert_eq!(english.related, chinese.related);
    assert_eq!(english.checks, chinese.checks);
    english
}

/// No line break, no placeholder, no debug form, no doubled space, a full stop
/// at the end, and each language in its own punctuation.
fn reads_well(text: &str, lang: Lang) {
    for bad in ["\n", "{", "}", "None", "Some(", "  ", " ,", " .", "()."] {
        let allowed = bad == "()." && text.contains("close().");
        assert!(!text.contains(bad) || allowed, "{bad:?} in: {text}");
    }
    match lang {
        Lang::En => {
            assert!(text.ends_with('.'), "no full stop: {text}");
            assert!(
                text.starts_with(|c: char| c.is_uppercase() || c.is_numeric()),
                "{text}"
            );
            assert!(!text.contains(is_chinese), "Chinese in English: {text}");
        }
        Lang::Zh => {
            assert!(text.ends_with('。'), "no full stop: {text}");
            assert!(text.contains(is_chinese), "no Chinese: {text}");
            let characters: Vec<char> = text.chars().collect();
            for pair in characters.windows(2) {
                let [before, after] = pair else { continue };
                assert!(
                    !(is_chinese(*before) && matches!(after, ',' | ';' | ':' | '.' | '(' | ')')),
                    "half-width punctuation after {before}: {text}"
                );
                let touching = is_chinese(*before) && after.is_ascii_alphanumeric()
                    || before.is_ascii_alphanumeric() && is_chinese(*after);
                assert!(!touching, "no space between {before} and {after}: {text}");
            }
            for triple in characters.windows(3) {
                let apart = matches!(triple, [a, ' ', b] if is_chinese(*a) && is_chinese(*b));
                assert!(!apart, "a space within Chinese, {triple:?}: {text}");
            }
        }
    }
}

/// A Han character (punctuation is not).
pub fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}
