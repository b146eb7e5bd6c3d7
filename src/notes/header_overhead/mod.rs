//! The topic `header-overhead`: its note in both languages, and the words for
//! its events.

use std::fmt::Write as _;

use crate::notes::wording::{bytes_en, protocol};
use crate::notes::{Lang, Note, Scene, Topic, Value};
use crate::track::SmallMessage;

pub static TOPIC: Topic = Topic {
    name: "header-overhead",
    title_en: "Header overhead: what each byte costs",
    title_zh: "头部开销：每个字节的代价",
    also: &["headers", "header", "头部开销", "开销", "头部"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn small_message(event: &SmallMessage, scene: &Scene, note: &mut Note) {
    let SmallMessage { headers, payload } = *event;
    let padding = scene.packet.map_or(0, |packet| packet.payload.padding);
    let total = headers.saturating_add(payload).saturating_add(padding);
    // A frame always has bytes, but a share of nothing must not become NaN.
    let share = f64::from(payload) / f64::from(total.max(1));
    note.value("headers", headers)
        .value("payload", payload)
        .value("padding", padding)
        .value("length", total)
        .value("payload_share", Value::Real(share));
    note.say(
        || {
            let sum = sum(scene, Lang::En);
            let padding = match padding {
                0 => String::new(),
                padding => format!(" and {padding} of padding"),
            };
            format!(
                "{headers} of {} are headers{sum}: {} of payload{padding}, {:.1} %.",
                bytes_en(total),
                bytes_en(payload),
                share * 100.0,
            )
        },
        || {
            let sum = sum(scene, Lang::Zh);
            let padding = match padding {
                0 => String::new(),
                padding => format!("，填充 {padding} 字节"),
            };
            format!(
                "{total} 字节中有 {headers} 字节是头部{sum}：载荷 {payload} 字节，占 {:.1} %{padding}。",
                share * 100.0,
            )
        },
    );
}

/// ` (Ethernet 14 + IPv4 20 + TCP 20)`. Most packets have this sentence, so
/// that it is put together in one string.
fn sum(scene: &Scene, lang: Lang) -> String {
    let mut text = String::new();
    let layers = scene.packet.iter().flat_map(|packet| &packet.layers);
    for layer in layers.filter(|layer| layer.header_length > 0) {
        text.push_str(match (text.is_empty(), lang) {
            (true, Lang::En) => " (",
            (true, Lang::Zh) => "（",
            (false, _) => " + ",
        });
        // A string takes whatever is written.
        let _ = write!(
            text,
            "{} {}",
            protocol(layer.protocol, lang),
            layer.header_length
        );
    }
    if !text.is_empty() {
        text.push_str(lang.pick(")", "）"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType};
    use crate::decode::{Decoded, Layer, Layers, Packet, Payload, Protocol};
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, annotated_on};
    use crate::track::Event;

    fn packet(padding: u32) -> Packet<'static> {
        let mut layers = Layers::new();
        for (protocol, offset, header_length) in [
            (Protocol::Ethernet, 0, 14),
            (Protocol::Ipv4, 14, 20),
            (Protocol::Tcp, 34, 20),
        ] {
            layers.push(Layer {
                protocol,
                offset,
                header_length,
            });
        }
        Packet {
            frame: Frame {
                number: 1,
                file: 0,
                number_in_file: 1,
                time_ns: 0,
                has_time: true,
                interface: 0,
                link_type: LinkType::ETHERNET,
                original_length: 62 + padding,
                bytes: &[],
                comment: None,
            },
            decoded: Decoded {
                layers,
                payload: Payload {
                    padding,
                    ..Payload::default()
                },
                ..Decoded::default()
            },
        }
    }

    #[test]
    fn the_sum_comes_from_the_packets_own_layers() {
        let event = Event::SmallMessage(SmallMessage {
            headers: 54,
            payload: 8,
        });
        let annotation = annotated_on(
            Some(&packet(0)),
            &event,
            Severity::Note,
            &["54", "62", " 14 + IPv4 20 + TCP 20", "8", "12.9 %"],
        );
        assert!(
            annotation
                .text
                .starts_with("54 of 62 bytes are headers (Ethernet 14")
        );
        assert!(annotation.values.contains(&("length", Value::Number(62))));
    }

    #[test]
    fn padding_is_told_apart() {
        let event = Event::SmallMessage(SmallMessage {
            headers: 54,
            payload: 2,
        });
        annotated_on(
            Some(&packet(4)),
            &event,
            Severity::Note,
            &["54", "60", "2", "4", "3.3 %"],
        );
    }

    #[test]
    fn without_a_packet_or_bytes_there_is_still_a_sentence() {
        let event = Event::SmallMessage(SmallMessage {
            headers: 0,
            payload: 0,
        });
        annotated(&event, Severity::Note, &["0.0 %"]);
    }
}
