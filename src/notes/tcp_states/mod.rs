//! The topic `tcp-states`: its note in both languages, and the words for its
//! events: what a capture cannot know of them.

use crate::notes::wording::packets;
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{MidStream, OneSided, PacketNumber};

pub static TOPIC: Topic = Topic {
    name: "tcp-states",
    title_en: "The eleven states of TCP",
    title_zh: "TCP 的十一种状态",
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
                 未知，客户端是谁只能推断，状态也只能从后来的包得知。",
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

/// Where to look.
fn beginning(examples: &[PacketNumber], lang: Lang) -> String {
    if examples.is_empty() {
        return String::new();
    }
    let examples = packets(examples, lang);
    match lang {
        Lang::En => format!(" (first seen in {examples})"),
        Lang::Zh => format!("（首次出现于{examples}）"),
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
