//! The topic `reordering`: its note in both languages, and the words for its
//! events: late segments and copies.

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, packet};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{CopyMaker, IpDuplicate, LateEvidence, OutOfOrder};

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

pub fn duplicate(event: &IpDuplicate, _: &Scene, note: &mut Note) {
    let IpDuplicate {
        original,
        after_ns,
        made_by,
        time_to_live_lower,
        identification,
    } = *event;
    note.value("original", original)
        .value("after_ns", after_ns)
        .value("made_by", made_by.name())
        .value("time_to_live_lower", time_to_live_lower)
        .value("identification", identification)
        .related(original);
    note.say(|| copy_in_english(event), || copy_in_chinese(event));
    note.say(
        || {
            match made_by {
                CopyMaker::Network => {
                    "The network made it: the receiver reacted to the second arrival (D-SACK)."
                }
                CopyMaker::Recording => {
                    "The receiver did not react to it, so only the recording has it twice (a \
                     mirror port, or several interfaces captured)."
                }
                CopyMaker::Unknown => {
                    "Whether the network or the recording made it, the capture alone cannot tell."
                }
            }
            .to_owned()
        },
        || {
            match made_by {
                CopyMaker::Network => "副本出自网络：接收方对第二次到达作出了反应（D-SACK）。",
                CopyMaker::Recording => {
                    "接收方没有任何反应，所以只是抓包录了两遍（镜像端口，或同时抓了几个接口）。"
                }
                CopyMaker::Unknown => "副本出自网络还是抓包，仅凭抓包无法判断。",
            }
            .to_owned()
        },
    );
}

fn copy_in_english(event: &IpDuplicate) -> String {
    let identification = event.identification;
    let lower = match event.time_to_live_lower {
        0 => String::new(),
        lower => format!(", TTL {lower} lower, so recorded behind a router as well"),
    };
    let Some(original) = event.original else {
        return format!(
            "A copy of a packet that was seen before: its IP identification {identification:#06x} \
             is older than that of packets before it{lower}. The sender did not send it again; \
             that would have taken a new identification."
        );
    };
    let after = event
        .after_ns
        .map_or_else(String::new, |ns| format!(", {} after it", duration(ns)));
    format!(
        "A copy of {}{after}: the same IP identification {identification:#06x}, the same \
         bytes{lower}. The sender did not send it again; that would have taken a new \
         identification.",
        packet(original, Lang::En),
    )
}

fn copy_in_chinese(event: &IpDuplicate) -> String {
    let identification = event.identification;
    let lower = match event.time_to_live_lower {
        0 => String::new(),
        lower => format!("，TTL 低 {lower}，说明经过路由器之后又被录到一次"),
    };
    let Some(original) = event.original else {
        return format!(
            "先前某个报文的副本：它的 IP 标识 {identification:#06x} 比前面报文的更旧{lower}。\
             这不是发送方重发的，重发会换用新的标识。"
        );
    };
    let after = event
        .after_ns
        .map_or_else(String::new, |ns| format!("，晚 {}", duration(ns)));
    format!(
        "{}的副本{after}：IP 标识同为 {identification:#06x}，内容也相同{lower}。这不是发送方\
         重发的，重发会换用新的标识。",
        packet(original, Lang::Zh),
    )
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

    #[test]
    fn a_copy_says_who_made_it_as_far_as_that_is_known() {
        for (made_by, words) in [
            (CopyMaker::Network, "The network made it"),
            (CopyMaker::Recording, "only the recording"),
            (CopyMaker::Unknown, "cannot tell"),
        ] {
            let event = IpDuplicate {
                original: Some(4),
                after_ns: Some(12_000),
                made_by,
                time_to_live_lower: 0,
                identification: 0x1c46,
            };
            let annotation = annotated(
                &Event::IpDuplicate(event),
                Severity::Warning,
                &["4", "12.0 µs", "0x1c46"],
            );
            assert!(annotation.text.contains(words), "{}", annotation.text);
            let routed = IpDuplicate {
                time_to_live_lower: 1,
                ..event
            };
            let annotation = annotated(&Event::IpDuplicate(routed), Severity::Warning, &["TTL"]);
            assert!(annotation.text.contains("router"));
        }
    }
}
