//! The topic `layers`: its note in both languages, and the words for its
//! events: where the decoding of a packet had to stop.

use crate::decode::{MAX_LAYERS, Stop, StopReason};
use crate::notes::wording::{bytes_en, protocol};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{Malformed, Truncated};

pub static TOPIC: Topic = Topic {
    name: "layers",
    title_en: "Layers: OSI and TCP/IP",
    title_zh: "分层：OSI 与 TCP/IP",
    also: &[
        "osi",
        "tcp/ip",
        "tcp-ip",
        "encapsulation",
        "layering",
        "分层",
        "七层模型",
        "封装",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// Adds the layer that stopped, the place, and the numbers of the reason.
fn stop_values(stop: Option<&Stop>, note: &mut Note) {
    let (reason, needed, had, field, value) = match stop.map(|stop| stop.reason) {
        Some(StopReason::Truncated { needed, had }) => {
            (Some("truncated"), Some(needed), Some(had), None, None)
        }
        Some(StopReason::TooShort { needed, had }) => {
            (Some("too_short"), Some(needed), Some(had), None, None)
        }
        Some(StopReason::Invalid { field, value }) => {
            (Some("invalid_field"), None, None, Some(field), Some(value))
        }
        Some(StopReason::TooDeep) => (Some("too_deep"), None, None, None, None),
        Some(StopReason::UnknownLinkType(number)) => (
            Some("unknown_link_type"),
            None,
            None,
            Some("link_type"),
            Some(u32::from(number)),
        ),
        None => (None, None, None, None, None),
    };
    note.value("layer", stop.map(|stop| stop.protocol.name()))
        .value("offset", stop.map(|stop| stop.offset))
        .value("reason", reason)
        .value("needed", needed)
        .value("had", had)
        .value("field", field)
        .value("field_value", value);
}

pub fn malformed(event: &Malformed, _: &Scene, note: &mut Note) {
    let Stop {
        protocol: layer,
        offset,
        reason,
    } = event.stop;
    stop_values(Some(&event.stop), note);
    note.say(
        || {
            let layer = protocol(layer, Lang::En);
            let before = match offset {
                0 => "",
                _ => " What stands before it could be read.",
            };
            match reason {
                StopReason::TooShort { needed, had } | StopReason::Truncated { needed, had } => {
                    format!(
                        "Breaks off in {layer} at byte {offset}: {} would be needed there, but the \
                         packet has only {had}.{before}",
                        bytes_en(needed)
                    )
                }
                StopReason::Invalid { field, value } => format!(
                    "Cannot be read beyond byte {offset}: {layer} has {value} in its field \
                     `{field}`, which cannot be right.{before}"
                ),
                StopReason::TooDeep => format!(
                    "Nests more than {MAX_LAYERS} headers in each other; {layer} at byte {offset} \
                     is not decoded any more. No ordinary network makes such packets."
                ),
                StopReason::UnknownLinkType(number) => format!(
                    "Has link type {number}, which wirenotes does not decode, so none of its \
                     layers is known."
                ),
            }
        },
        || {
            let layer = protocol(layer, Lang::Zh);
            let before = match offset {
                0 => "",
                _ => "在此之前的各层都能读出。",
            };
            match reason {
                StopReason::TooShort { needed, had } | StopReason::Truncated { needed, had } => {
                    format!(
                        "在第 {offset} 字节处（{layer}）中断：那里需要 {needed} 字节，而报文里只有 \
                         {had} 字节。{before}"
                    )
                }
                StopReason::Invalid { field, value } => format!(
                    "从第 {offset} 字节起（{layer}）无法继续解码：字段 `{field}` 的值为 {value}，\
                     不可能正确。{before}"
                ),
                StopReason::TooDeep => format!(
                    "头部嵌套超过 {MAX_LAYERS} 层；第 {offset} 字节处（{layer}）不再解码。\
                     正常的网络不会产生这样的报文。"
                ),
                StopReason::UnknownLinkType(number) => {
                    format!("链路类型是 {number}，wirenotes 不能解码，因此不知道它有哪些层。")
                }
            }
        },
    );
}

pub fn truncated(event: &Truncated, _: &Scene, note: &mut Note) {
    let (captured, original) = (event.captured, event.original);
    note.value("captured", captured).value("original", original);
    stop_values(event.stop.as_ref(), note);
    note.say(
        || {
            format!(
                "Was recorded only in part: {captured} of {}, cut by the capture's snapshot \
                 length; the packet on the wire was whole.",
                bytes_en(original)
            )
        },
        || {
            format!(
                "只录下了一部分：{original} 字节中的 {captured} 字节，被抓包的截取长度（snaplen）\
                 截断；线路上的报文是完整的。"
            )
        },
    );
    let Some(stop) = event.stop else { return };
    if let StopReason::Truncated { needed, had } | StopReason::TooShort { needed, had } =
        stop.reason
    {
        note.say(
            || {
                format!(
                    "The cut falls into {} at byte {}: {had} of {} are there.",
                    protocol(stop.protocol, Lang::En),
                    stop.offset,
                    bytes_en(needed),
                )
            },
            || {
                format!(
                    "截断发生在第 {} 字节处的 {} 层：需要 {needed} 字节，只有 {had} 字节。",
                    stop.offset,
                    protocol(stop.protocol, Lang::Zh),
                )
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Protocol;
    use crate::notes::fixture::annotated;
    use crate::notes::{Severity, Value};
    use crate::track::Event;

    fn stop(reason: StopReason) -> Stop {
        Stop {
            protocol: Protocol::Tcp,
            offset: 34,
            reason,
        }
    }

    #[test]
    fn every_reason_says_where_and_what() {
        let most = MAX_LAYERS.to_string();
        for (reason, words) in [
            (
                StopReason::TooShort { needed: 20, had: 8 },
                ["TCP", "34", "20", "8"],
            ),
            (
                StopReason::Truncated { needed: 20, had: 8 },
                ["TCP", "34", "20", "8"],
            ),
            (
                StopReason::Invalid {
                    field: "data_offset",
                    value: 3,
                },
                ["TCP", "34", "data_offset", "3"],
            ),
            (StopReason::TooDeep, ["TCP", "34", &most, &most]),
            (StopReason::UnknownLinkType(147), ["147"; 4]),
        ] {
            let event = Event::Malformed(Malformed { stop: stop(reason) });
            let annotation = annotated(&event, Severity::Error, &words);
            assert!(annotation.values.contains(&("layer", Value::from("tcp"))));
        }
    }

    #[test]
    fn a_cut_packet_says_how_much_is_there() {
        let whole = Truncated {
            captured: 96,
            original: 1514,
            stop: None,
        };
        let annotation = annotated(&Event::Truncated(whole), Severity::Note, &["96", "1514"]);
        assert!(annotation.values.contains(&("needed", Value::Null)));
        let within = Truncated {
            captured: 40,
            stop: Some(stop(StopReason::Truncated { needed: 20, had: 6 })),
            ..whole
        };
        annotated(
            &Event::Truncated(within),
            Severity::Note,
            &["40", "1514", "TCP", "34", "20", "6"],
        );
    }
}
