//! The topic `heartbeat`: its note in both languages, and the words for its event.

use crate::notes::units::duration;
use crate::notes::wording::bytes_en;
use crate::notes::{Note, Scene, Topic};
use crate::track::Heartbeat;

pub static TOPIC: Topic = Topic {
    name: "heartbeat",
    title_en: "Heartbeat: is the program there?",
    title_zh: "心跳：程序还在吗",
    also: &[
        "heart-beat",
        "app-heartbeat",
        "liveness",
        "心跳",
        "心跳包",
        "应用心跳",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn heartbeat(event: &Heartbeat, _: &Scene, note: &mut Note) {
    let Heartbeat {
        endpoint,
        period_ns,
        messages,
        bytes,
        answer_bytes,
        packets: (first, last),
        ..
    } = *event;
    note.value("side", event.side.name())
        .value("endpoint", endpoint.to_string())
        .value("period_ns", period_ns)
        .value("messages", messages)
        .value("bytes", bytes)
        .value("answer_bytes", answer_bytes)
        .value("first", first)
        .value("last", last)
        .related([first, last]);
    note.say(
        || {
            let answer = match answer_bytes {
                Some(answer) => format!(
                    " The other side answers at the same period, with {}: both programs live.",
                    bytes_en(answer)
                ),
                None => String::new(),
            };
            format!(
                "{endpoint} sends a small message of {} every {} ({messages} of them, packets \
                 {first} to {last}): most likely an application's heartbeat.{answer} Unlike TCP's \
                 keep-alive it is data: it shows that the program lives, and it shares the stream \
                 and its framing.",
                bytes_en(bytes),
                duration(period_ns)
            )
        },
        || {
            let answer = match answer_bytes {
                Some(answer) => {
                    format!("对方按同样的周期应答，每次 {answer} 字节：两边的程序都还活着。")
                }
                None => String::new(),
            };
            format!(
                "{endpoint} 每隔 {} 发送一条 {bytes} 字节的小消息（共 {messages} 条，第 {first} 到 \
                 {last} 号报文）：多半是应用层心跳。{answer}与 TCP 保活不同，它是数据：能证明程序还活着，\
                 但也和业务数据共用字节流，需要分帧。",
                duration(period_ns)
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, endpoint};
    use crate::track::{Event, Side};

    #[test]
    fn a_heartbeat_gives_its_sender_period_and_size() {
        let event = Heartbeat {
            side: Side::Client,
            endpoint: endpoint(1, 3572),
            period_ns: 30_000_000_000,
            messages: 12,
            bytes: 5,
            answer_bytes: None,
            packets: (8, 63),
        };
        let annotation = annotated(
            &Event::Heartbeat(event),
            Severity::Note,
            &["192.0.2.1:3572", "30.0 s", "12", "5", "8", "63"],
        );
        assert_eq!(annotation.related.as_slice(), [8, 63]);
        let answered = Heartbeat {
            answer_bytes: Some(7),
            ..event
        };
        annotated(&Event::Heartbeat(answered), Severity::Note, &["5", "7"]);
    }
}
