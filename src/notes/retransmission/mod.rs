//! The topic `retransmission`: its note in both languages, and the words for
//! its events (RFC 6298, RFC 8985).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, ordinal_en, packets};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{ControlSegment, HandshakeRetransmission, Retransmission, Trigger};

pub static TOPIC: Topic = Topic {
    name: "retransmission",
    title_en: "Retransmission: sent again until acknowledged",
    title_zh: "重传：没有确认就再发",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn retransmission(event: &Retransmission, _: &Scene, note: &mut Note) {
    let (from, bytes) = (event.relative_sequence, event.bytes);
    note.value("original", event.original)
        .value("relative_sequence", from)
        .value("bytes", bytes)
        .value("after_ns", event.after_ns)
        .value("acknowledged_by", event.acknowledged_by)
        .related(event.original)
        .related(event.acknowledged_by);
    note.say(
        || {
            let since = match (event.original, event.after_ns) {
                (Some(packet), Some(after)) => {
                    format!(
                        ", first sent in packet {packet}, {} before",
                        duration(after)
                    )
                }
                (Some(packet), None) => format!(", first sent in packet {packet}"),
                (None, _) => ", whose first copy the capture does not hold".to_owned(),
            };
            format!(
                "Sends {} again, from relative sequence number {from}{since}.",
                bytes_en(bytes)
            )
        },
        || {
            let since = match (event.original, event.after_ns) {
                (Some(packet), Some(after)) => {
                    format!("，首次发送是在 {} 之前的第 {packet} 号包", duration(after))
                }
                (Some(packet), None) => format!("，首次发送是第 {packet} 号包"),
                (None, _) => "，抓包里没有首次发送的那一份".to_owned(),
            };
            format!("重发 {bytes} 字节，从相对序号 {from} 开始{since}。")
        },
    );
    match event.acknowledged_by {
        Some(ack) => note.say(
            || {
                format!(
                    "They had already been acknowledged ({}), so the receiver did not need them: \
                     the acknowledgment was lost, or came too late for the sender.",
                    packets(&[ack], Lang::En)
                )
            },
            || {
                format!(
                    "这些字节此前已被确认（{}），接收方并不需要：那个确认丢了，或到达发送方太晚。",
                    packets(&[ack], Lang::Zh)
                )
            },
        ),
        None => match event.trigger {
            Trigger::Unknown => note.say(
                || {
                    "No acknowledgment of them had been seen: they, or the acknowledgment, were \
                     lost or late."
                        .to_owned()
                },
                || "此前没有看到对它们的确认：数据或确认丢失了，或来迟了。".to_owned(),
            ),
        },
    };
}

pub fn handshake(event: &HandshakeRetransmission, _: &Scene, note: &mut Note) {
    let (name, original) = (event.what.name(), event.original);
    let (attempt, after) = (event.attempt, duration(event.after_ns));
    note.value("segment", name)
        .value("original", original)
        .value("attempt", attempt)
        .value("after_ns", event.after_ns)
        .related([original]);
    note.say(
        || {
            let why = match event.what {
                ControlSegment::Syn => {
                    "no answer had come, so the wait between tries grows (back-off)"
                }
                ControlSegment::SynAck => {
                    "the client's third step had not come, or the client asked again"
                }
                ControlSegment::Fin => "the close had not been acknowledged",
            };
            format!(
                "Sends the {name} for the {} time, {after} after the one before ({} was the \
                 first): {why}.",
                ordinal_en(attempt),
                packets(&[original], Lang::En),
            )
        },
        || {
            let why = match event.what {
                ControlSegment::Syn => "一直没有应答，重试的间隔会逐渐加大（退避）",
                ControlSegment::SynAck => "客户端的第三步没有到达，或客户端又请求了一次",
                ControlSegment::Fin => "关闭还没有被确认",
            };
            format!(
                "第 {attempt} 次发送 {name}，距上一次 {after}（首次是{}）：{why}。",
                packets(&[original], Lang::Zh),
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

    const AGAIN: Retransmission = Retransmission {
        trigger: Trigger::Unknown,
        original: Some(12),
        relative_sequence: 5793,
        bytes: 1448,
        after_ns: Some(204_000_000),
        acknowledged_by: None,
    };

    #[test]
    fn it_says_what_is_repeated_and_how_long_after() {
        let annotation = annotated(
            &Event::Retransmission(AGAIN),
            Severity::Warning,
            &["1448", "5793", "12", "204 ms"],
        );
        assert_eq!(annotation.related.as_slice(), [12]);
    }

    #[test]
    fn a_needless_one_names_the_acknowledgment() {
        let event = Retransmission {
            acknowledged_by: Some(14),
            ..AGAIN
        };
        let annotation = annotated(&Event::Retransmission(event), Severity::Warning, &["14"]);
        assert!(annotation.text.contains("already been acknowledged"));
        assert_eq!(annotation.related.as_slice(), [12, 14]);
    }

    #[test]
    fn an_original_outside_the_capture_is_said_to_be() {
        let event = Retransmission {
            original: None,
            after_ns: None,
            ..AGAIN
        };
        let annotation = annotated(&Event::Retransmission(event), Severity::Warning, &["1448"]);
        assert!(annotation.text.contains("the capture does not hold"));
    }

    #[test]
    fn control_segments_count_their_attempts() {
        for (what, name) in [
            (ControlSegment::Syn, "SYN"),
            (ControlSegment::SynAck, "SYN-ACK"),
            (ControlSegment::Fin, "FIN"),
        ] {
            let event = HandshakeRetransmission {
                what,
                original: 1,
                attempt: 3,
                after_ns: 2_000_000_000,
            };
            annotated(
                &Event::HandshakeRetransmission(event),
                Severity::Warning,
                &[name, "3", "2.00 s", "1"],
            );
        }
    }
}
