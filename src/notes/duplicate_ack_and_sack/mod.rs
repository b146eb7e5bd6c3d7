//! The topic `duplicate-ack-and-sack`: its note in both languages, and the
//! words for its events (RFC 5681, RFC 2018, RFC 2883).

use crate::notes::wording::{bytes_en, list, ordinal_en, packet, packet_first};
use crate::notes::{Lang, Note, Scene, Topic, Value};
use crate::track::{Dsack, DuplicateAck};

pub static TOPIC: Topic = Topic {
    name: "duplicate-ack-and-sack",
    title_en: "Duplicate ACKs and SACK: what is missing",
    title_zh: "重复 ACK 与 SACK：缺了什么",
    also: &[
        "duplicate-ack",
        "dupack",
        "sack",
        "dsack",
        "d-sack",
        "重复-ack",
        "选择确认",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn duplicate_ack(event: &DuplicateAck, _: &Scene, note: &mut Note) {
    let (nth, due, first) = (event.nth, event.relative_acknowledgment, event.first);
    let gap = event.gap_end.map(|end| end.wrapping_sub(due));
    let blocks = event.sack.iter();
    let blocks = blocks.map(|(start, end)| Value::List(vec![(*start).into(), (*end).into()]));
    note.value("nth", nth)
        .value("relative_acknowledgment", due)
        .value("first", first)
        .value("gap_end", event.gap_end)
        .value("gap_bytes", gap)
        .value("sack", Value::List(blocks.collect()))
        .related([first]);
    note.say(
        || {
            format!(
                "The {} duplicate ACK in a row: the receiver still waits for relative sequence \
                 number {due}, as first said in {}.",
                ordinal_en(nth),
                packet(first, Lang::En)
            )
        },
        || {
            format!(
                "连续第 {nth} 个重复 ACK：接收方仍在等相对序号 {due}，最早见{}。",
                packet(first, Lang::Zh)
            )
        },
    );
    note.say(|| missing_en(event, gap), || missing_zh(event, gap));
    if nth == 3 {
        note.say(
            || {
                "With the third, a sender by RFC 5681 sends the first missing segment again \
                 without waiting for its timer."
                    .to_owned()
            },
            || "到了第三个，按 RFC 5681，发送方不等定时器就重发缺少的第一段。".to_owned(),
        );
    }
}

fn missing_en(event: &DuplicateAck, gap: Option<u32>) -> String {
    let beyond = beyond(event, Lang::En);
    match (event.gap_end, gap) {
        (Some(end), Some(gap)) if !beyond.is_empty() => format!(
            "Missing are {} ({}); beyond it, SACK reports {beyond} as arrived.",
            bytes_en(gap),
            range(event.relative_acknowledgment, end, Lang::En)
        ),
        (Some(end), Some(gap)) => format!(
            "Missing are {} ({}).",
            bytes_en(gap),
            range(event.relative_acknowledgment, end, Lang::En)
        ),
        _ => "Something arrived out of turn; no SACK block tells how much is missing before it."
            .to_owned(),
    }
}

fn missing_zh(event: &DuplicateAck, gap: Option<u32>) -> String {
    let beyond = beyond(event, Lang::Zh);
    match (event.gap_end, gap) {
        (Some(end), Some(gap)) if !beyond.is_empty() => format!(
            "缺 {gap} 字节（{}）；SACK 报告其后已到达 {beyond}。",
            range(event.relative_acknowledgment, end, Lang::Zh)
        ),
        (Some(end), Some(gap)) => format!(
            "缺 {gap} 字节（{}）。",
            range(event.relative_acknowledgment, end, Lang::Zh)
        ),
        _ => "有数据没按顺序到达；没有 SACK 块说明，无从得知前面缺多少。".to_owned(),
    }
}

/// The SACK blocks past the acknowledgment (a D-SACK may lie before it).
fn beyond(event: &DuplicateAck, lang: Lang) -> String {
    let blocks = event.sack.iter().filter(|(start, _)| {
        let distance = start.wrapping_sub(event.relative_acknowledgment);
        (1..0x8000_0000).contains(&distance)
    });
    let blocks: Vec<String> = blocks
        .map(|(start, end)| range(*start, *end, lang))
        .collect();
    list(&blocks, lang)
}

/// The range from `start` up to the byte before `end`.
fn range(start: u32, end: u32, lang: Lang) -> String {
    match (end.wrapping_sub(1), lang) {
        (last, _) if last == start => start.to_string(),
        (last, Lang::En) => format!("{start} to {last}"),
        (last, Lang::Zh) => format!("{start} 到 {last}"),
    }
}

pub fn dsack(event: &Dsack, _: &Scene, note: &mut Note) {
    let Dsack {
        start,
        end,
        duplicate,
    } = *event;
    let bytes = end.wrapping_sub(start);
    note.value("start", start)
        .value("end", end)
        .value("bytes", bytes)
        .value("duplicate", duplicate)
        .related(duplicate);
    note.say(
        || {
            let which = match duplicate {
                Some(duplicate) => format!(
                    "{} brought them the second time",
                    packet_first(duplicate, Lang::En)
                ),
                None => "The packet that brought them again is not known".to_owned(),
            };
            format!(
                "D-SACK: {} ({}, relative) arrived though the receiver had them already. {which}: \
                 a retransmission that was not needed, or a copy made by the network.",
                bytes_en(bytes),
                range(start, end, Lang::En)
            )
        },
        || {
            let which = match duplicate {
                Some(duplicate) => format!("第二次送来的是{}", packet(duplicate, Lang::Zh)),
                None => "不知道是哪个报文再次送来的".to_owned(),
            };
            format!(
                "D-SACK：{bytes} 字节（相对序号 {}）到达时接收方早已有了。{which}：要么是多余的重传，\
                 要么是网络复制的副本。",
                range(start, end, Lang::Zh)
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
    use smallvec::{SmallVec, smallvec};

    #[test]
    fn a_duplicate_names_its_place_the_gap_and_what_lies_beyond() {
        let event = DuplicateAck {
            nth: 3,
            relative_acknowledgment: 1001,
            first: 7,
            gap_end: Some(2449),
            sack: smallvec![(2449, 5345), (6793, 8241)],
        };
        let annotation = annotated(
            &Event::DuplicateAck(event.clone()),
            Severity::Note,
            &[
                "1001", "1448", "2448", "2449", "5344", "6793", "8240", "RFC 5681",
            ],
        );
        assert_eq!(annotation.related.as_slice(), [7]);
        assert!(annotation.text.contains("3rd duplicate ACK"));
        let blocks = annotation.values.iter().find(|(name, _)| *name == "sack");
        let Some((_, Value::List(blocks))) = blocks else {
            panic!("no SACK blocks");
        };
        assert_eq!(blocks[0], Value::from(vec![2449_u32, 5345]));
        // A D-SACK block lies before the acknowledgment and is not beyond it.
        let only_dsack = DuplicateAck {
            nth: 1,
            sack: smallvec![(1, 1001)],
            ..event
        };
        let annotation = annotated(&Event::DuplicateAck(only_dsack), Severity::Note, &["1448"]);
        assert!(!annotation.text.contains("SACK reports"));
    }

    #[test]
    fn without_sack_the_size_of_the_gap_is_said_to_be_unknown() {
        let event = DuplicateAck {
            nth: 1,
            relative_acknowledgment: 1001,
            first: 7,
            gap_end: None,
            sack: SmallVec::new(),
        };
        let annotation = annotated(&Event::DuplicateAck(event), Severity::Note, &["1001", "7"]);
        assert!(annotation.text.contains("no SACK block tells"));
    }

    #[test]
    fn a_dsack_points_back_to_the_second_arrival() {
        let event = Dsack {
            start: u32::MAX,
            end: 1447,
            duplicate: Some(20),
        };
        let annotation = annotated(
            &Event::Dsack(event),
            Severity::Note,
            &["1448", "4294967295", "1446", "20"],
        );
        assert_eq!(annotation.related.as_slice(), [20]);
        let unknown = Dsack {
            duplicate: None,
            ..event
        };
        let annotation = annotated(&Event::Dsack(unknown), Severity::Note, &["1448"]);
        assert!(annotation.text.contains("is not known"));
    }
}
