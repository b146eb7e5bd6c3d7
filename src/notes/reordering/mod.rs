//! The topic `reordering`: its note in both languages, and the words for its
//! events: late segments and copies.

mod copies;

pub use copies::{doubled, duplicate, ip_loop};

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, packet};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{LateEvidence, OutOfOrder};

pub static TOPIC: Topic = Topic {
    name: "reordering",
    title_en: "Reordering: late is not lost",
    title_zh: "乱序：迟到不等于丢失",
    also: &["out-of-order", "乱序"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn out_of_order(event: &OutOfOrder, _: &Scene, note: &mut Note) {
    let OutOfOrder {
        relative_sequence,
        expected,
        bytes,
        overtaken_by,
        overtaken_segments,
        late_ns,
        evidence,
    } = *event;
    note.value("relative_sequence", relative_sequence)
        .value("expected_sequence", expected)
        .value("bytes", bytes)
        .value("overtaken_by", overtaken_by)
        .value("overtaken_segments", overtaken_segments)
        .value("late_ns", late_ns)
        .value("evidence", evidence_name(evidence))
        .related([overtaken_by]);
    note.say(
        || {
            format!(
                "Late, not lost: {} from relative sequence number {relative_sequence} (next due \
                 was {expected}) were overtaken by {}, first {}, and came {} after it.",
                bytes_en(bytes),
                counted_en(u64::from(overtaken_segments), "segment"),
                packet(overtaken_by, Lang::En),
                duration(late_ns)
            )
        },
        || {
            format!(
                "迟到，但没有丢：相对序号 {relative_sequence} 起的 {bytes} 字节（接下来应到的是 \
                 {expected}）被 {overtaken_segments} 段超过，最先超过的是{}，比它晚到 {}。",
                packet(overtaken_by, Lang::Zh),
                duration(late_ns)
            )
        },
    );
    note.say(
        || {
            match evidence {
                LateEvidence::Identification => {
                    "Its IP identification is older than that of segments that came before it, so \
                     it was sent before them: reordered by the network, not sent again."
                }
                LateEvidence::Timestamp => {
                    "Its TCP timestamp is older than that of segments that came before it, so it \
                     was sent before them: reordered by the network, not sent again."
                }
                LateEvidence::Timing => {
                    "It came too soon after them for any acknowledgment to have asked for it, so \
                     it is taken for reordered; the time is all that this rests on."
                }
            }
            .to_owned()
        },
        || {
            match evidence {
                LateEvidence::Identification => {
                    "它的 IP 标识比先到的段还旧，说明它发送在前：是网络乱序，不是重传。"
                }
                LateEvidence::Timestamp => {
                    "它的 TCP 时间戳比先到的段还旧，说明它发送在前：是网络乱序，不是重传。"
                }
                LateEvidence::Timing => {
                    "它紧跟着就到了，快得不可能是哪个确认引发的重传，所以判为乱序；依据只有时间。"
                }
            }
            .to_owned()
        },
    );
}

const fn evidence_name(evidence: LateEvidence) -> &'static str {
    match evidence {
        LateEvidence::Identification => "identification",
        LateEvidence::Timestamp => "timestamp",
        LateEvidence::Timing => "timing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn a_late_segment_says_how_late_and_what_tells_it_from_a_retransmission() {
        for (evidence, words) in [
            (LateEvidence::Identification, "IP identification"),
            (LateEvidence::Timestamp, "TCP timestamp"),
            (LateEvidence::Timing, "all that this rests on"),
        ] {
            let event = OutOfOrder {
                relative_sequence: 1449,
                expected: 5793,
                bytes: 1448,
                overtaken_by: 9,
                overtaken_segments: 3,
                late_ns: 180_000,
                evidence,
            };
            let annotation = annotated(
                &Event::OutOfOrder(event),
                Severity::Note,
                &["1449", "5793", "1448", "9", "3", "180 µs"],
            );
            assert!(annotation.text.contains(words), "{}", annotation.text);
            assert_eq!(annotation.related.as_slice(), [9]);
        }
    }
}
