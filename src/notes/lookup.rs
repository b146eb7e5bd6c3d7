//! Looks names up: from one that was typed to the topic or the kinds that it
//! means, or the names that come nearest.

use super::{Kind, TOPICS, Topic};
use crate::escape::escape;

/// What a name means.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A topic.
    Topic(&'static Topic),
    /// A kind, by its full name.
    Kind(Kind),
    /// All kinds below a prefix or that match a pattern.
    Kinds(Vec<Kind>),
}

/// No topic and no kind has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no note is called \"{}\"{}", escape(.name), suggestion(.nearest))]
pub struct UnknownName {
    /// What was typed.
    pub name: String,
    /// The nearest names, the best first; may be empty.
    pub nearest: Vec<&'static str>,
}

fn suggestion(nearest: &[&str]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", nearest.join(", "))
    }
}

/// What a name means: a topic (`tcp-handshake`), a kind (`tcp.window.zero`), a
/// prefix of kinds (`tcp.retransmission`) or a pattern (`tcp.*.syn`), or
/// another name of a topic in either language (`handshake`, `三次握手`).
/// Between words may stand `-`, `_` or spaces.
///
/// # Errors
/// With the nearest names, when there is nothing of that name.
pub fn look_up(name: &str) -> Result<Subject, UnknownName> {
    let lower = name.trim().to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '-' | '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let joined = words.join("-");
    if let Some(topic) = Topic::from_name(&joined) {
        return Ok(Subject::Topic(topic));
    }
    if let Some(kind) = Kind::from_name(&lower.replace('-', "_")) {
        return Ok(Subject::Kind(kind));
    }
    let kinds = Kind::matching(&lower.replace('-', "_"));
    if kinds.is_empty() {
        if let Some(topic) = Topic::from_other_name(&joined) {
            return Ok(Subject::Topic(topic));
        }
        return Err(UnknownName {
            name: name.to_owned(),
            nearest: nearest(&lower),
        });
    }
    Ok(Subject::Kinds(kinds))
}

impl Kind {
    /// The kinds that a pattern names, in the registry's order: a full name, a
    /// prefix up to a dot, or a pattern in which `*` stands for anything.
    #[must_use]
    pub fn matching(pattern: &str) -> Vec<Self> {
        let prefix = pattern.trim_end_matches('.');
        let below = |name: &str| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let matches = |name: &str| {
            if pattern.contains('*') {
                wildcard(pattern, name)
            } else {
                !prefix.is_empty() && below(name)
            }
        };
        Self::ALL
            .iter()
            .copied()
            .filter(|kind| matches(kind.name()))
            .collect()
    }
}

/// Whether `*`, standing for any characters or none, makes the pattern fit.
fn wildcard(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|start| name.strip_prefix(start)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(end) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(end)
}

/// At most this many suggestions.
const SUGGESTIONS: usize = 4;
/// Below this likeness a name is no suggestion (1 is equal).
const ALIKE: f64 = 0.78;

/// The names that contain what was typed, or else look most like it.
fn nearest(typed: &str) -> Vec<&'static str> {
    let names = || {
        TOPICS
            .iter()
            .map(|topic| topic.name)
            .chain(Kind::ALL.iter().map(|kind| kind.name()))
    };
    let mut all: Vec<(f64, &'static str)> = names()
        .filter_map(|name| {
            let part = typed.len() >= 3
                && (name.contains(typed) || name.split(['.', '-']).any(|word| word == typed));
            let alike = if part {
                2.0
            } else {
                strsim::jaro_winkler(typed, name)
            };
            (alike >= ALIKE).then_some((alike, name))
        })
        .collect();
    let others = TOPICS.iter().flat_map(|topic| {
        let title = [topic.title_zh];
        let names = topic.also.iter().chain(&title).copied();
        names.map(|other| (other, topic.name)).collect::<Vec<_>>()
    });
    all.extend(others.filter_map(|(other, name)| {
        let part = !typed.is_ascii() && other.contains(typed);
        let alike = if part {
            2.0
        } else {
            strsim::jaro_winkler(typed, other)
        };
        (alike >= ALIKE).then_some((alike, name))
    }));
    // A stable sort: of equals the earlier in the registry comes first.
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut named = std::collections::HashSet::new();
    all.retain(|(_, name)| named.insert(*name));
    all.into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(name: &str) -> Vec<&'static str> {
        match look_up(name) {
            Ok(Subject::Kinds(kinds)) => kinds.iter().map(|kind| kind.name()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_topic_comes_before_a_prefix_of_kinds() {
        assert!(matches!(look_up("dns"), Ok(Subject::Topic(topic)) if topic.name == "dns"));
        assert!(
            matches!(look_up("TIME_WAIT"), Ok(Subject::Topic(topic)) if topic.name == "time-wait")
        );
    }

    #[test]
    fn a_topic_has_other_names_in_both_languages() {
        for (typed, meant) in [
            ("handshake", "tcp-handshake"),
            ("三次握手", "tcp-handshake"),
            ("close wait", "close-wait"),
            ("Zero  Window", "flow-control"),
            ("重复 ACK", "duplicate-ack-and-sack"),
            ("timewait", "time-wait"),
        ] {
            let found = look_up(typed);
            assert!(
                matches!(found, Ok(Subject::Topic(topic)) if topic.name == meant),
                "{typed}: {found:?}"
            );
        }
    }

    #[test]
    fn no_other_name_means_two_things() {
        let mut all = std::collections::HashSet::new();
        for topic in TOPICS {
            for name in topic.also {
                assert!(all.insert(*name), "{name} twice");
                let found = look_up(name);
                assert!(
                    matches!(found, Ok(Subject::Topic(found)) if found.name == topic.name),
                    "{name} of {}: {found:?}",
                    topic.name
                );
            }
        }
    }

    #[test]
    fn a_full_name_is_one_kind() {
        assert!(matches!(
            look_up("tcp.handshake.syn"),
            Ok(Subject::Kind(Kind::TcpHandshakeSyn))
        ));
    }

    #[test]
    fn a_prefix_ends_at_a_dot() {
        assert_eq!(
            kinds("tcp.teardown"),
            [
                "tcp.teardown.first_fin",
                "tcp.teardown.first_ack",
                "tcp.teardown.second_fin",
                "tcp.teardown.second_ack",
                "tcp.teardown.simultaneous"
            ]
        );
        assert_eq!(kinds("tcp.teardown."), kinds("tcp.teardown"));
        assert!(look_up("tcp.tear").is_err());
        assert!(look_up("").is_err());
    }

    #[test]
    fn a_star_stands_for_anything() {
        assert_eq!(kinds("*.unanswered").len(), 6);
        assert_eq!(kinds("tcp.*.ack"), ["tcp.handshake.ack"]);
        assert_eq!(kinds("*").len(), Kind::ALL.len());
        assert!(look_up("*nothing*").is_err());
        assert!(!wildcard("a*a", "a"));
        assert!(wildcard("a*a", "aa"));
    }

    #[test]
    fn an_unknown_name_brings_the_nearest() {
        for (typed, meant) in [
            ("tcp-handshak", "tcp-handshake"),
            ("handshak", "tcp-handshake"),
            ("三次", "tcp-handshake"),
            ("tcp.handshake.synack", "tcp.handshake.syn_ack"),
            ("retransmision", "retransmission"),
            ("time-wate", "time-wait"),
        ] {
            let error = look_up(typed).unwrap_err();
            assert!(error.nearest.contains(&meant), "{typed}: {error}");
            assert!(error.to_string().contains("did you mean"));
        }
        let error = look_up("xyzzy").unwrap_err();
        assert_eq!(error.to_string(), "no note is called \"xyzzy\"");
    }
}
