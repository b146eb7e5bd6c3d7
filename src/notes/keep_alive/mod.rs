//! The topic `keep-alive`: its note in both languages, and the words for its
//! events (RFC 9293, section 3.8.4).

use crate::notes::units::duration;
use crate::notes::wording::{ordinal_en, packet};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{KeepAlive, KeepAliveAck};

pub static TOPIC: Topic = Topic {
    name: "keep-alive",
    title_en: "Keep-alive: are you there?",
    title_zh: "保活：你还在吗",
    also: &["keepalive", "tcp-keepalive", "保活", "保活与心跳"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ONE_BEFORE: Rule = Rule {
    id: "sequence = next expected − 1",
    zh: "序号 = 下一个应到的序号 − 1",
};

const ASKS_FOR_THE_NEXT: Rule = Rule {
    id: "acknowledgment = next expected",
    zh: "确认号 = 下一个应到的序号",
};

pub fn keep_alive(event: &KeepAlive, _: &Scene, note: &mut Note) {
    let KeepAlive {
        nth,
        idle_ns,
        relative_sequence: sequence,
        expected,
    } = *event;
    note.value("nth", nth)
        .value("idle_ns", idle_ns)
        .value("relative_sequence", sequence)
        .value("expected_sequence", expected)
        .check(ONE_BEFORE, Some(expected.wrapping_sub(1)), sequence);
    note.say(
        || {
            let which = match nth {
                0 | 1 => String::new(),
                nth => format!(", the {} in a row", ordinal_en(nth)),
            };
            format!(
                "Keep-alive probe{which}, after {} of idleness: sequence number {sequence} lies \
                 before {expected}, which is next (relative), so it brings nothing new and only \
                 makes the peer's kernel repeat its acknowledgment. No program notices. The peer's \
                 window is not zero, or it would be a window probe.",
                duration(idle_ns)
            )
        },
        || {
            let which = match nth {
                0 | 1 => String::new(),
                nth => format!("（连续第 {nth} 次）"),
            };
            format!(
                "空闲 {} 之后的保活探测{which}：序号 {sequence} 在下一个应到的 {expected}（相对序号）\
                 之前，不带来新数据，只为让对端内核再确认一次，程序毫无察觉。对端窗口不为零，\
                 否则它就是窗口探测。",
                duration(idle_ns)
            )
        },
    );
}

pub fn keep_alive_ack(event: &KeepAliveAck, _: &Scene, note: &mut Note) {
    let KeepAliveAck {
        probe,
        after_ns,
        acknowledgment,
        expected,
    } = *event;
    note.value("probe", probe)
        .value("after_ns", after_ns)
        .value("acknowledgment", acknowledgment)
        .value("expected_acknowledgment", expected)
        .related([probe])
        .check(ASKS_FOR_THE_NEXT, Some(expected), acknowledgment);
    if acknowledgment != expected {
        note.say(
            || {
                format!(
                    "Answers the keep-alive in {} after {}, but with ack = {acknowledgment}, not \
                     {expected}, the number that is next: the two ends do not agree on what has \
                     arrived.",
                    packet(probe, Lang::En),
                    duration(after_ns)
                )
            },
            || {
                format!(
                    "{} 后应答{}的保活探测，但确认号是 {acknowledgment}，而不是下一个应到的 \
                     {expected}：两端对已到达的数据看法不一致。",
                    duration(after_ns),
                    packet(probe, Lang::Zh)
                )
            },
        );
        return;
    }
    note.say(
        || {
            format!(
                "Answers the keep-alive in {} after {}: ack = {acknowledgment}, nothing is \
                 missing. The peer's kernel lives and still has the connection; whether its \
                 program works, this does not say.",
                packet(probe, Lang::En),
                duration(after_ns)
            )
        },
        || {
            format!(
                "{} 后应答{}的保活探测：确认号 {acknowledgment}，什么都不缺。对端内核还在，连接也\
                 还在；至于对端的程序是否正常，这里看不出来。",
                duration(after_ns),
                packet(probe, Lang::Zh)
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn a_probe_is_one_before_the_next_number() {
        let event = KeepAlive {
            nth: 1,
            idle_ns: 7_200_000_000_000,
            relative_sequence: 35,
            expected: 36,
        };
        let annotation = annotated(
            &Event::KeepAlive(event),
            Severity::Note,
            &["35", "36", "2 h"],
        );
        assert_eq!(annotation.checks[0].holds, Some(true));
        let wrapped = KeepAlive {
            nth: 3,
            relative_sequence: u32::MAX,
            expected: 0,
            ..event
        };
        let annotation = annotated(&Event::KeepAlive(wrapped), Severity::Note, &["3"]);
        assert_eq!(annotation.checks[0].holds, Some(true));
        let other = KeepAlive {
            relative_sequence: 30,
            ..event
        };
        annotated(&Event::KeepAlive(other), Severity::Error, &["30"]);
    }

    #[test]
    fn the_answer_asks_for_the_next_number() {
        let event = KeepAliveAck {
            probe: 20,
            after_ns: 412_000,
            acknowledgment: 36,
            expected: 36,
        };
        let annotation = annotated(
            &Event::KeepAliveAck(event),
            Severity::Note,
            &["20", "412 µs", "36"],
        );
        assert_eq!(annotation.checks[0].holds, Some(true));
        assert_eq!(annotation.related.as_slice(), [20]);
        let wrong = KeepAliveAck {
            acknowledgment: 30,
            ..event
        };
        annotated(&Event::KeepAliveAck(wrong), Severity::Error, &["30", "36"]);
    }
}
