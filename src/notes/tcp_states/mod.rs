//! The topic `tcp-states`: its note in both languages, and the words for its
//! events: what a capture cannot know of them.

mod acceptable;

pub use acceptable::{challenge_ack, not_acceptable};

use crate::notes::units::bytes as amount;
use crate::notes::wording::{counted_en, packets};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{CaptureDropped, MidStream, OneSided, PacketNumber};

pub static TOPIC: Topic = Topic {
    name: "tcp-states",
    title_en: "The eleven states of TCP",
    title_zh: "TCP 的十一种状态",
    also: &[
        "states",
        "state-machine",
        "状态",
        "状态机",
        "十一种状态",
        "tcp-状态",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn mid_stream(event: &MidStream, _: &Scene, note: &mut Note) {
    let (count, of) = (event.conversations, event.of);
    values(count, of, &event.examples, note);
    note.say(
        || {
            format!(
                "{} had begun before the recording did{}: without their handshake the initial \
                 sequence numbers and options are unknown, who is the client is inferred, and \
                 states are known only from what came later.",
                some(count, of),
                beginning(&event.examples, Lang::En),
            )
        },
        || {
            format!(
                "{of} 个 TCP 会话中有 {count} 个在抓包开始前就已建立{}：没有握手，初始序号和选项\
                 未知，客户端是谁只能推断，状态也只能从后来的报文得知。",
                beginning(&event.examples, Lang::Zh),
            )
        },
    );
}

pub fn one_sided(event: &OneSided, _: &Scene, note: &mut Note) {
    let (count, of) = (event.conversations, event.of);
    values(count, of, &event.examples, note);
    note.say(
        || {
            format!(
                "{} can be seen in one direction only{}, though the acknowledgments show that the \
                 other was there: the two take different paths, or the mirror port copies only \
                 one. What the silent side did is inferred.",
                some(count, of),
                beginning(&event.examples, Lang::En),
            )
        },
        || {
            format!(
                "{of} 个 TCP 会话中有 {count} 个只能看到一个方向{}，而确认号说明另一个方向确实存在：\
                 两个方向走了不同的路径，或镜像端口只复制了一个方向。看不到的那一端只能推断。",
                beginning(&event.examples, Lang::Zh),
            )
        },
    );
}

pub fn dropped(event: &CaptureDropped, _: &Scene, note: &mut Note) {
    note.value("packets", event.packets)
        .value("by_interface", event.by_interface)
        .value("by_system", event.by_system)
        .value("by_wirenotes", event.by_us)
        .value("unrecorded_bytes", event.unrecorded_bytes)
        .value("conversations", event.conversations)
        .related(event.examples.iter().copied());
    let (missing, count) = (event.unrecorded_bytes, event.conversations);
    if event.packets > 0 {
        note.say(
            || {
                format!(
                    "The recorder itself counted {} that it lost ({} by the interface, {} by the \
                     operating system{}): they did pass.",
                    counted_en(event.packets, "packet"),
                    event.by_interface,
                    event.by_system,
                    match event.by_us {
                        0 => String::new(),
                        by_us => format!(", {by_us} by wirenotes, which could not keep up"),
                    },
                )
            },
            || {
                format!(
                    "抓包程序自己统计丢了 {} 个报文（接口丢 {} 个，操作系统丢 {} 个{}）：这些报文确实经过了。",
                    event.packets,
                    event.by_interface,
                    event.by_system,
                    match event.by_us {
                        0 => String::new(),
                        by_us => format!("，wirenotes 来不及处理丢 {by_us} 个"),
                    },
                )
            },
        );
    }
    if missing > 0 {
        note.say(
            || {
                format!(
                    "{} in {}{} were acknowledged, so they arrived, but no recorded packet holds \
                     them: the recording lost packets, or a capture filter left them out, and \
                     no network fault follows from the gaps.",
                    amount(missing),
                    counted_en(count, "TCP conversation"),
                    beginning(&event.examples, Lang::En),
                )
            },
            || {
                format!(
                    "{count} 个 TCP 会话{}里有 {} 已被确认，说明已经送达，录下的报文里却没有：是抓包\
                     丢了报文，或被捕获过滤器排除，不能据此认为网络有故障。",
                    beginning(&event.examples, Lang::Zh),
                    amount(missing),
                )
            },
        );
    }
}

fn values(count: u64, of: u64, examples: &[PacketNumber], note: &mut Note) {
    note.value("conversations", count)
        .value("tcp_conversations", of)
        .related(examples.iter().copied());
}

/// `1 of 5 TCP conversations`.
fn some(count: u64, of: u64) -> String {
    let plural = if of == 1 { "" } else { "s" };
    format!("{count} of {of} TCP conversation{plural}")
}

/// The packets with which the conversations begin.
fn beginning(examples: &[PacketNumber], lang: Lang) -> String {
    if examples.is_empty() {
        return String::new();
    }
    let examples = packets(examples, lang);
    match lang {
        Lang::En => format!(" (beginning with {examples})"),
        Lang::Zh => format!("（始于{examples}）"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn what_the_capture_lacks_is_counted_with_examples() {
        let examples: smallvec::SmallVec<[PacketNumber; 8]> = [1, 4, 9].into_iter().collect();
        for event in [
            Event::MidStream(MidStream {
                conversations: 3,
                of: 5,
                examples: examples.clone(),
            }),
            Event::OneSided(OneSided {
                conversations: 3,
                of: 5,
                examples,
            }),
        ] {
            let annotation = annotated(&event, Severity::Note, &["3", "5", "4", "9"]);
            assert!(annotation.text.starts_with("3 of 5 TCP conversations "));
            assert_eq!(annotation.related.as_slice(), [1, 4, 9]);
        }
    }

    #[test]
    fn what_the_recording_lost_is_told_by_both_counts() {
        let event = CaptureDropped {
            packets: 12,
            by_interface: 2,
            by_system: 7,
            by_us: 3,
            unrecorded_bytes: 2896,
            conversations: 1,
            examples: [7].into_iter().collect(),
        };
        let both = annotated(
            &Event::CaptureDropped(event.clone()),
            Severity::Warning,
            &["12", "2", "7", "3", "2.90 kB"],
        );
        assert_eq!(both.related.as_slice(), [7]);
        let by_recorder = CaptureDropped {
            unrecorded_bytes: 0,
            conversations: 0,
            examples: [].into_iter().collect(),
            ..event.clone()
        };
        let text = annotated(
            &Event::CaptureDropped(by_recorder),
            Severity::Warning,
            &["12"],
        )
        .text;
        assert!(!text.contains("acknowledged"), "{text}");
        let by_acknowledgment = CaptureDropped {
            packets: 0,
            by_interface: 0,
            by_system: 0,
            by_us: 0,
            ..event
        };
        let text = annotated(
            &Event::CaptureDropped(by_acknowledgment),
            Severity::Warning,
            &["2.90 kB"],
        )
        .text;
        assert!(!text.contains("recorder"), "{text}");
    }

    #[test]
    fn without_examples_none_are_named() {
        let event = MidStream {
            conversations: 1,
            of: 1,
            examples: [].into_iter().collect(),
        };
        let annotation = annotated(&Event::MidStream(event), Severity::Note, &["1"]);
        assert!(annotation.text.starts_with("1 of 1 TCP conversation "));
        assert!(!annotation.text.contains("packet"));
    }
}
