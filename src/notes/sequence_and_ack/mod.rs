//! The topic `sequence-and-ack`: its note in both languages, and the words for
//! its events (RFC 9293, section 3.4).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, packet};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{AckOfUnseen, DataDiffers, Gap};

pub static TOPIC: Topic = Topic {
    name: "sequence-and-ack",
    title_en: "Sequence and acknowledgment numbers",
    title_zh: "序号与确认号",
    also: &[
        "sequence",
        "seq",
        "ack",
        "sequence-number",
        "acknowledgment",
        "acknowledgement",
        "序号",
        "确认号",
        "序号与确认号",
        "确认",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn gap(event: &Gap, _: &Scene, note: &mut Note) {
    let Gap {
        expected,
        observed,
        missing,
    } = *event;
    note.value("expected_sequence", expected)
        .value("relative_sequence", observed)
        .value("missing", missing);
    note.say(
        || {
            format!(
                "Begins at relative sequence number {observed} where {expected} was next: {} \
                 before this segment have not been seen. They are lost, late, or missed by the \
                 capture.",
                bytes_en(missing)
            )
        },
        || {
            format!(
                "从相对序号 {observed} 开始，而下一个应当是 {expected}：此段之前还有 {missing} \
                 字节没有见到，可能丢失、迟到，或抓包漏掉了。"
            )
        },
    );
}

pub fn ack_of_unseen(event: &AckOfUnseen, _: &Scene, note: &mut Note) {
    let AckOfUnseen {
        seen,
        acknowledged,
        missing,
    } = *event;
    note.value("seen", seen)
        .value("acknowledged", acknowledged)
        .value("missing", missing);
    note.say(
        || {
            format!(
                "Acknowledges everything before {acknowledged} (relative), but the capture holds \
                 this stream whole only up to {seen}: {} arrived that the recording missed, so this is a \
                 hole in the capture, not a loss in the network.",
                bytes_en(missing)
            )
        },
        || {
            format!(
                "确认了 {acknowledged}（相对序号）之前的全部字节，但抓包里这个方向只有 {seen} \
                 之前的数据：有 {missing} 字节确实送到了，只是没有录下来。是抓包漏了，不是网络丢包。"
            )
        },
    );
}

pub fn data_differs(event: &DataDiffers, _: &Scene, note: &mut Note) {
    let (original, from) = (event.original, event.relative_sequence);
    let after = duration(event.after_ns);
    note.value("original", original)
        .value("relative_sequence", from)
        .value("bytes", event.bytes)
        .value("original_bytes", event.original_bytes)
        .value("after_ns", event.after_ns)
        .value("acknowledged_by", event.acknowledged_by)
        .related([original])
        .related(event.acknowledged_by);
    note.say(
        || {
            let kept = event.acknowledged_by.map_or_else(String::new, |number| {
                format!(
                    " Acknowledged is the first of them ({}), and the receiver keeps that.",
                    packet(number, Lang::En)
                )
            });
            format!(
                "Carries {} from relative sequence number {from}, as {} did {after} before, but \
                 they are other bytes: what a host sends again is the same. Somebody on the path \
                 has written one of the two, or changes what passes.{kept}",
                bytes_en(event.bytes),
                packet(original, Lang::En),
            )
        },
        || {
            let kept = event.acknowledged_by.map_or_else(String::new, |number| {
                format!(
                    "接收方在{}里已确认了这些序号，留下的是先到的那一份。",
                    packet(number, Lang::Zh)
                )
            });
            format!(
                "从相对序号 {from} 开始的 {} 字节，{after} 前{}已经发过这些序号，可内容不同：主机重发的\
                 应当一模一样。其中一份是途中有人写的，或者途中设备改动了数据。{kept}",
                event.bytes,
                packet(original, Lang::Zh),
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
    fn a_gap_says_its_size() {
        let event = Gap {
            expected: 1449,
            observed: 2897,
            missing: 1448,
        };
        annotated(
            &Event::Gap(event),
            Severity::Warning,
            &["1449", "2897", "1448"],
        );
    }

    #[test]
    fn other_bytes_under_the_same_numbers_name_the_first() {
        for acknowledged_by in [None, Some(6)] {
            let event = DataDiffers {
                original: 5,
                relative_sequence: 1,
                bytes: 43,
                original_bytes: 46,
                after_ns: 130_000_000,
                acknowledged_by,
            };
            annotated(
                &Event::DataDiffers(event),
                Severity::Error,
                &["43", "5", "130 ms"],
            );
        }
    }

    #[test]
    fn an_acknowledgment_of_the_unseen_blames_the_capture() {
        let event = AckOfUnseen {
            seen: 4000,
            acknowledged: 4001,
            missing: 1,
        };
        let annotation = annotated(
            &Event::AckOfUnseen(event),
            Severity::Warning,
            &["4000", "4001", "1"],
        );
        assert!(annotation.text.contains("1 byte arrived"));
    }
}
