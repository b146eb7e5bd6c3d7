//! The topic `long-polling`: its note in both languages, and the words for its event.

use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::HttpLongPolling;

pub static TOPIC: Topic = Topic {
    name: "long-polling",
    title_en: "Long polling",
    title_zh: "长轮询",
    also: &[
        "polling",
        "comet",
        "hanging-get",
        "轮询",
        "长轮询",
        "短轮询",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// A held answer waits for so long, whatever the connection's other waits are.
const HELD_NS: u64 = 5_000_000_000;

const HELD: Rule = Rule {
    id: "wait ≥ 5 s, or ≥ 10 × the connection's median",
    zh: "等待 ≥ 5 s，或 ≥ 该连接中位数的 10 倍",
};

/// Bytes of a WebSocket frame's header.
const FRAME: (u64, u64) = (2, 14);

pub fn long_polling(event: &HttpLongPolling, _: &Scene, note: &mut Note) {
    let (method, target) = event.request.request().unwrap_or_default();
    let heads = event.head_bytes / event.answers.max(1);
    let held_ns = HELD_NS.min(event.median_ns.saturating_mul(10));
    let shortest_ns = event.shortest_ns;
    note.value("method", method.to_owned())
        .value("target", target.to_owned())
        .value("answers", event.answers)
        .value("shortest_wait_ns", shortest_ns)
        .value("longest_wait_ns", event.longest_ns)
        .value("median_wait_ns", event.median_ns)
        .value("head_bytes", event.head_bytes)
        .value("head_bytes_an_answer", heads)
        .value("body_bytes", event.body_bytes)
        .judge(
            HELD,
            Some(held_ns),
            shortest_ns,
            Some(shortest_ns >= held_ns),
        )
        .related([event.first, event.last]);
    let asked = escape(&format!("{method} {target}")).into_owned();
    let waits = |lang: Lang| match duration(event.shortest_ns) == duration(event.longest_ns) {
        true => duration(event.shortest_ns),
        false => format!(
            "{}{}{}",
            duration(event.shortest_ns),
            lang.pick(" to ", " 到 "),
            duration(event.longest_ns)
        ),
    };
    let (least, most) = FRAME;
    note.say(
        || {
            format!(
                "Long polling: {asked} was asked {} times, each answer was held for {}, and the \
                 client asked again within a second. Heads cost {heads} bytes an answer; the header \
                 of a WebSocket frame takes {least} to {most}.",
                event.answers,
                waits(Lang::En),
            )
        },
        || {
            format!(
                "长轮询：{asked} 被请求 {} 次，每个响应都被扣住 {}，客户端一秒之内又来问。每个响应光头部\
                 就要 {heads} 字节；WebSocket 的帧头只要 {least} 到 {most}。",
                event.answers,
                waits(Lang::Zh),
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, head};
    use crate::track::Event;

    #[test]
    fn long_polling_tells_what_it_costs() {
        let polling = HttpLongPolling {
            request: head("GET /news HTTP/1.1", ""),
            first: 4,
            last: 13,
            answers: 3,
            shortest_ns: 5_200_000_000,
            longest_ns: 5_300_000_000,
            median_ns: 5_200_000_000,
            head_bytes: 591,
            body_bytes: 96,
        };
        let event = Event::HttpLongPolling(Box::new(polling.clone()));
        let words = ["GET /news", "3", "5.20 s", "5.30 s", "197", "2", "14"];
        let told = annotated(&event, Severity::Note, &words);
        assert_eq!(told.related.as_slice(), [4, 13]);
        let alike = HttpLongPolling {
            shortest_ns: 1_200_000_000,
            longest_ns: 1_200_000_000,
            median_ns: 100_000_000,
            ..polling
        };
        annotated(
            &Event::HttpLongPolling(Box::new(alike)),
            Severity::Note,
            &["1.20 s"],
        );
    }
}
