//! The topic `tcp-teardown`: its note in both languages, and the words for its
//! events (RFC 9293, sections 3.6 and 3.5.2 for resets).

mod reset;

pub use reset::{contradicted, reset};

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, packets, side, side_first};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{
    CloserSet, FirstAck, FirstFin, HalfClose, SecondAck, SecondFin, TeardownSimultaneous,
};

pub static TOPIC: Topic = Topic {
    name: "tcp-teardown",
    title_en: "The four-step teardown",
    title_zh: "四次挥手",
    also: &[
        "teardown",
        "close",
        "fin",
        "rst",
        "reset",
        "half-close",
        "四次挥手",
        "挥手",
        "半关闭",
        "重置",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ACKNOWLEDGES_THE_FIN: Rule = Rule {
    id: "acknowledgment = FIN sequence + 1",
    zh: "确认号 = FIN 序号 + 1",
};

pub fn first_fin(event: &FirstFin, _: &Scene, note: &mut Note) {
    let fin = event.fin_sequence;
    let next = fin.wrapping_add(1);
    note.value("side", event.side.name())
        .value("fin_sequence", fin)
        .value("payload", event.payload)
        .value("age_ns", event.age_ns);
    note.say(
        || {
            format!(
                "{} closes first{}: its FIN has sequence number {fin}{} and takes one number, so \
                 the answer must acknowledge {next}.",
                side_first(event.side, Lang::En),
                since_first(event.age_ns, Lang::En),
                behind(event.payload, Lang::En),
            )
        },
        || {
            format!(
                "{}先关闭{}：FIN 的序号是 {fin}{}，占用一个序号，所以应答的确认号应为 {next}。",
                side_first(event.side, Lang::Zh),
                since_first(event.age_ns, Lang::Zh),
                behind(event.payload, Lang::Zh),
            )
        },
    );
}

/// How old the connection is, unless this is its first packet.
fn since_first(age_ns: u64, lang: Lang) -> String {
    match (age_ns, lang) {
        (0, _) => String::new(),
        (_, Lang::En) => format!(", {} after the connection's first packet", duration(age_ns)),
        (_, Lang::Zh) => format!("，此时距连接的第一个报文 {}", duration(age_ns)),
    }
}

/// The place of the FIN when data precedes it in the same segment.
fn behind(payload: u32, lang: Lang) -> String {
    match (payload, lang) {
        (0, _) => String::new(),
        (_, Lang::En) => format!(" (behind {} of data in this segment)", bytes_en(payload)),
        (_, Lang::Zh) => format!("（排在本段 {payload} 字节数据之后）"),
    }
}

/// Says that a FIN was not acknowledged as it must be.
fn wrong_acknowledgment(fin_packet: u64, fin: u32, acknowledgment: u32, note: &mut Note) {
    let right = fin.wrapping_add(1);
    note.say(
        || {
            format!(
                "Acknowledges {acknowledgment}, but the FIN in packet {fin_packet} has sequence \
                 number {fin}, so only {fin} + 1 = {right} acknowledges it."
            )
        },
        || {
            format!(
                "确认号是 {acknowledgment}，但第 {fin_packet} 号报文的 FIN 序号为 {fin}，只有 \
                 {fin} + 1 = {right} 才是对它的确认。"
            )
        },
    );
}

pub fn first_ack(event: &FirstAck, _: &Scene, note: &mut Note) {
    let (fin, acknowledgment) = (event.fin_sequence, event.acknowledgment);
    let right = fin.wrapping_add(1);
    note.value("fin_sequence", fin)
        .value("acknowledgment", acknowledgment)
        .value("since_fin_ns", event.since_fin_ns)
        .value("with_second_fin", event.with_second_fin)
        .related([event.fin])
        .check(ACKNOWLEDGES_THE_FIN, Some(right), acknowledgment);
    if acknowledgment != right {
        wrong_acknowledgment(event.fin, fin, acknowledgment, note);
        return;
    }
    note.say(
        || {
            let then = if event.with_second_fin {
                "This packet carries the second FIN too, so three segments do instead of four"
            } else {
                "That direction is closed, the other still open: the closer is in FIN_WAIT_2, \
                 this side in CLOSE_WAIT until its program closes too"
            };
            format!(
                "Acknowledges the first FIN ({}) after {}: ack = {fin} + 1 = {acknowledgment}. \
                 {then}.",
                packets(&[event.fin], Lang::En),
                duration(event.since_fin_ns),
            )
        },
        || {
            let then = if event.with_second_fin {
                "本报文同时带着第二个 FIN，所以三个段就够了，不必四个"
            } else {
                "这个方向已关闭，另一个方向还开着：先关闭的一端进入 FIN_WAIT_2，\
                 这一端处于 CLOSE_WAIT，直到它的程序也关闭"
            };
            format!(
                "在 {} 后确认了第一个 FIN（{}）：确认号 {fin} + 1 = {acknowledgment}。{then}。",
                duration(event.since_fin_ns),
                packets(&[event.fin], Lang::Zh),
            )
        },
    );
}

pub fn second_fin(event: &SecondFin, _: &Scene, note: &mut Note) {
    let fin = event.fin_sequence;
    let next = fin.wrapping_add(1);
    note.value("side", event.side.name())
        .value("fin_sequence", fin)
        .value("payload", event.payload)
        .value("since_first_fin_ns", event.since_first_fin_ns)
        .related([event.first_fin]);
    note.say(
        || {
            format!(
                "{} closes too, {} after the first FIN ({}): its own FIN has sequence number \
                 {fin}{}, to be acknowledged with {next}.",
                side_first(event.side, Lang::En),
                duration(event.since_first_fin_ns),
                packets(&[event.first_fin], Lang::En),
                behind(event.payload, Lang::En),
            )
        },
        || {
            format!(
                "{}也关闭了，距第一个 FIN（{}）{}：它自己的 FIN 序号是 {fin}{}，\
                 应当用 {next} 来确认。",
                side_first(event.side, Lang::Zh),
                packets(&[event.first_fin], Lang::Zh),
                duration(event.since_first_fin_ns),
                behind(event.payload, Lang::Zh),
            )
        },
    );
}

pub fn second_ack(event: &SecondAck, _: &Scene, note: &mut Note) {
    let (fin, acknowledgment) = (event.fin_sequence, event.acknowledgment);
    let right = fin.wrapping_add(1);
    note.value("fin_sequence", fin)
        .value("acknowledgment", acknowledgment)
        .value("since_fin_ns", event.since_fin_ns)
        .value(
            "closed_by",
            match event.closed_by {
                CloserSet::One(side) => side.name(),
                CloserSet::Both => "both",
            },
        )
        .value("segments", event.segments)
        .related([event.fin])
        .check(ACKNOWLEDGES_THE_FIN, Some(right), acknowledgment);
    if acknowledgment != right {
        wrong_acknowledgment(event.fin, fin, acknowledgment, note);
        return;
    }
    let segments = event.segments;
    note.say(
        || {
            let holder = match event.closed_by {
                CloserSet::One(closer) => format!(
                    "{} closed first and now holds TIME_WAIT",
                    side_first(closer, Lang::En)
                ),
                CloserSet::Both => "Both closed at once, so both end in TIME_WAIT".to_owned(),
            };
            format!(
                "Acknowledges the second FIN ({}) after {}: ack = {fin} + 1 = {acknowledgment}. \
                 Both directions are closed, in {segments} segments. {holder}.",
                packets(&[event.fin], Lang::En),
                duration(event.since_fin_ns),
            )
        },
        || {
            let holder = match event.closed_by {
                CloserSet::One(closer) => format!(
                    "{}先关闭，所以由它停留在 TIME_WAIT",
                    side_first(closer, Lang::Zh)
                ),
                CloserSet::Both => "双方同时关闭，所以两端都进入 TIME_WAIT".to_owned(),
            };
            format!(
                "在 {} 后确认了第二个 FIN（{}）：确认号 {fin} + 1 = {acknowledgment}。\
                 两个方向都已关闭，共用 {segments} 个段。{holder}。",
                duration(event.since_fin_ns),
                packets(&[event.fin], Lang::Zh),
            )
        },
    );
}

pub fn simultaneous(event: &TeardownSimultaneous, _: &Scene, note: &mut Note) {
    let other = event.other_fin;
    note.value("other_fin", other).related([other]);
    note.say(
        || {
            format!(
                "Shows that both closed at once: each side sent its FIN before it saw the other's \
                 ({}). Both pass through CLOSING, and both end in TIME_WAIT.",
                packets(&[other], Lang::En)
            )
        },
        || {
            format!(
                "说明双方同时关闭：每一端发出 FIN 时都还没看到对方的 FIN（{}）。\
                 两端都经过 CLOSING，最后都进入 TIME_WAIT。",
                packets(&[other], Lang::Zh)
            )
        },
    );
}

pub fn half_close(event: &HalfClose, _: &Scene, note: &mut Note) {
    let closed = event.closed_side;
    note.value("closed_side", closed.name())
        .value("payload", event.payload)
        .value("since_fin_ns", event.since_fin_ns)
        .related([event.fin]);
    note.say(
        || {
            format!(
                "Carries {} to {}, which sent its FIN {} before ({}). That is allowed: a FIN says \
                 \"I send no more\", not \"I read no more\", and closes one direction alone \
                 (half-close). Only if its program called close() instead of shutdown() will a RST \
                 follow.",
                bytes_en(event.payload),
                side(closed, Lang::En),
                duration(event.since_fin_ns),
                packets(&[event.fin], Lang::En),
            )
        },
        || {
            format!(
                "向{}发送 {} 字节，而对方在 {} 之前就发了 FIN（{}）。这是允许的：FIN 的意思是\
                 “我不再发送”，不是“我不再接收”，它只关闭一个方向（半关闭）。\
                 只有当对方程序调用的是 close() 而不是 shutdown() 时，才会回 RST。",
                side(closed, Lang::Zh),
                event.payload,
                duration(event.since_fin_ns),
                packets(&[event.fin], Lang::Zh),
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::{Event, Side};

    const FIRST_ACK: FirstAck = FirstAck {
        fin: 8,
        fin_sequence: 1036,
        acknowledgment: 1037,
        since_fin_ns: 40_000,
        with_second_fin: false,
    };

    const SECOND_ACK: SecondAck = SecondAck {
        fin: 10,
        fin_sequence: 2001,
        acknowledgment: 2002,
        since_fin_ns: 30_000,
        closed_by: CloserSet::One(Side::Client),
        segments: 4,
    };

    #[test]
    fn the_first_fin_says_who_closes_and_what_must_come_back() {
        let event = FirstFin {
            side: Side::Client,
            fin_sequence: u32::MAX,
            payload: 0,
            age_ns: 3_200_000_000,
        };
        let annotation = annotated(
            &Event::FirstFin(event),
            Severity::Note,
            &["4294967295", "3.20 s"],
        );
        assert!(annotation.text.starts_with("The client closes first"));
        assert!(annotation.text.ends_with("acknowledge 0."));
        let behind = FirstFin {
            payload: 8,
            ..event
        };
        annotated(&Event::FirstFin(behind), Severity::Note, &["8"]);
    }

    #[test]
    fn the_first_acknowledgment_is_checked() {
        let annotation = annotated(
            &Event::FirstAck(FIRST_ACK),
            Severity::Note,
            &[
                "1036 + 1 = 1037",
                "8",
                "40.0 µs",
                "CLOSE_WAIT",
                "FIN_WAIT_2",
            ],
        );
        assert_eq!(
            annotation.checks[0].rule.id,
            "acknowledgment = FIN sequence + 1"
        );
        assert_eq!(annotation.checks[0].holds, Some(true));
        let merged = FirstAck {
            with_second_fin: true,
            ..FIRST_ACK
        };
        let annotation = annotated(&Event::FirstAck(merged), Severity::Note, &["1037"]);
        assert!(annotation.text.contains("three segments"));
    }

    #[test]
    fn a_fin_acknowledged_without_the_one_is_an_error() {
        let wrong = FirstAck {
            acknowledgment: 1036,
            ..FIRST_ACK
        };
        annotated(
            &Event::FirstAck(wrong),
            Severity::Error,
            &["1036 + 1 = 1037", "8"],
        );
        let wrong = SecondAck {
            acknowledgment: 2001,
            ..SECOND_ACK
        };
        annotated(
            &Event::SecondAck(wrong),
            Severity::Error,
            &["2001 + 1 = 2002", "10"],
        );
    }

    #[test]
    fn the_second_fin_says_how_long_after_the_first() {
        let event = SecondFin {
            side: Side::Server,
            fin_sequence: 2001,
            payload: 0,
            first_fin: 8,
            since_first_fin_ns: 5_000_000,
        };
        annotated(
            &Event::SecondFin(event),
            Severity::Note,
            &["2001", "2002", "5.00 ms", "8"],
        );
    }

    #[test]
    fn the_second_acknowledgment_names_the_holder_of_time_wait() {
        let annotation = annotated(
            &Event::SecondAck(SECOND_ACK),
            Severity::Note,
            &["2001 + 1 = 2002", "TIME_WAIT", "4", "10"],
        );
        assert!(annotation.text.contains("The client closed first"));
        let both = SecondAck {
            closed_by: CloserSet::Both,
            ..SECOND_ACK
        };
        let annotation = annotated(&Event::SecondAck(both), Severity::Note, &["TIME_WAIT"]);
        assert!(annotation.text.contains("both end in TIME_WAIT"));
    }

    #[test]
    fn crossing_fins_and_half_close_name_the_other_fin() {
        let event = TeardownSimultaneous { other_fin: 7 };
        annotated(
            &Event::TeardownSimultaneous(event),
            Severity::Note,
            &["7", "CLOSING"],
        );
        let event = HalfClose {
            closed_side: Side::Client,
            fin: 8,
            payload: 1,
            since_fin_ns: 20_000_000,
        };
        let annotation = annotated(
            &Event::HalfClose(event),
            Severity::Note,
            &["1", "8", "20.0 ms"],
        );
        assert!(annotation.text.contains("1 byte to the client"));
    }
}
