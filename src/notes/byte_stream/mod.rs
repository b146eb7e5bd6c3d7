//! The topic `byte-stream`: its note in both languages, and the words for its
//! events.

use std::borrow::Cow;

use crate::notes::wording::{bytes_en, counted_en, packet, packet_first};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{Framing, MessageCut, MessagesOfOneSize, PacketNumber, SeveralMessages};

pub static TOPIC: Topic = Topic {
    name: "byte-stream",
    title_en: "A stream of bytes, not of messages",
    title_zh: "字节流：粘包与拆包",
    also: &[
        "framing",
        "sticky-packets",
        "nagle",
        "粘包",
        "拆包",
        "分包",
        "字节流",
        "分帧",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// The packet that an event is about, where that is another than the one that
/// it stands on.
fn elsewhere(packet_number: PacketNumber, scene: &Scene) -> Option<PacketNumber> {
    let here = scene.packet.map(|packet| packet.frame.number);
    here.filter(|here| *here != packet_number)
        .and(Some(packet_number))
}

pub fn several_messages(event: &SeveralMessages, scene: &Scene, note: &mut Note) {
    let SeveralMessages {
        packet: carrier,
        messages,
        framing,
        begun_bytes,
    } = *event;
    let elsewhere = elsewhere(carrier, scene);
    note.value("messages", messages)
        .value("framing", framing_name(framing))
        .value("begun_bytes", begun_bytes)
        .related(elsewhere);
    note.say(
        || {
            let rest = match begun_bytes {
                0 => String::new(),
                begun => format!(
                    ", and the first {} of another, which goes on in the next",
                    bytes_en(begun)
                ),
            };
            let segment = match elsewhere {
                None => "This one segment".to_owned(),
                Some(earlier) => format!(
                    "{}, which can be read only now,",
                    packet_first(earlier, Lang::En)
                ),
            };
            format!(
                "{segment} holds {}{rest} ({}). TCP carries bytes, not messages, so several \
                 sends may come together: one recv() is not one message.",
                counted_en(u64::from(messages), "whole message"),
                framed(framing, Lang::En)
            )
        },
        || {
            let rest = match begun_bytes {
                0 => String::new(),
                begun => format!("，外加下一条的前 {begun} 字节（其余在下一段）"),
            };
            let segment = match elsewhere {
                None => "这一段".to_owned(),
                Some(earlier) => format!("到现在才能读懂的{}", packet(earlier, Lang::Zh)),
            };
            format!(
                "{segment}里有 {messages} 条完整的消息{rest}（{}），也就是“粘包”。TCP 传的是字节，\
                 不是消息，几次发送可能一起到达：一次 recv() 不等于一条消息。",
                framed(framing, Lang::Zh)
            )
        },
    );
}

pub fn message_cut(event: &MessageCut, scene: &Scene, note: &mut Note) {
    let MessageCut {
        packet: carrier,
        begins_in,
        bytes,
        complete,
        framing,
    } = *event;
    let elsewhere = elsewhere(carrier, scene);
    note.value("begins_in", begins_in)
        .value("bytes", bytes)
        .value("complete", complete)
        .value("framing", framing_name(framing))
        .related(elsewhere);
    if carrier == begins_in && !complete {
        begins(bytes, framing, elsewhere, note);
        return;
    }
    note.related([begins_in]);
    note.say(
        || {
            let place = match elsewhere {
                None => "here".to_owned(),
                Some(earlier) => format!("in {}", packet(earlier, Lang::En)),
            };
            let end = if complete {
                format!("ends {place}, {} long", bytes_en(bytes))
            } else {
                format!(
                    "goes on {place}, {} so far, and does not end yet",
                    bytes_en(bytes)
                )
            };
            format!(
                "The message that begins in {} {end} ({}). TCP may cut the stream anywhere, so a \
                 program must keep what it has and go on reading until the message is whole.",
                packet(begins_in, Lang::En),
                framed(framing, Lang::En)
            )
        },
        || {
            let place = match elsewhere {
                None => "这里".to_owned(),
                Some(earlier) => packet(earlier, Lang::Zh),
            };
            let end = if complete {
                format!("到{place}结束，共 {bytes} 字节")
            } else {
                format!("到{place}有 {bytes} 字节，还没有结束")
            };
            format!(
                "从{}开始的消息{end}（{}），也就是“拆包”。TCP 可以在任何位置切开字节流，程序必须\
                 留住已收到的部分，继续读到消息完整为止。",
                packet(begins_in, Lang::Zh),
                framed(framing, Lang::Zh)
            )
        },
    );
}

/// The message begins in this packet and goes on in the next.
fn begins(bytes: u32, framing: Framing, elsewhere: Option<PacketNumber>, note: &mut Note) {
    note.say(
        || {
            let place = match elsewhere {
                None => "here and does not end in this segment".to_owned(),
                Some(earlier) => format!(
                    "in {} and does not end in it",
                    packet(earlier, Lang::En)
                ),
            };
            format!(
                "A message begins {place}: its first {} came so far \
                 ({}). TCP may cut the stream anywhere, so a program must keep what it has and go \
                 on reading until the message is whole.",
                bytes_en(bytes),
                framed(framing, Lang::En)
            )
        },
        || {
            let place = match elsewhere {
                None => "这里".to_owned(),
                Some(earlier) => packet(earlier, Lang::Zh),
            };
            format!(
                "一条消息从{place}开始，到那一段末尾还没有结束：目前只有前 {bytes} 字节（{}），也就是\
                 “拆包”。TCP 可以在任何位置切开字节流，程序必须留住已收到的部分，继续读到消息完整\
                 为止。",
                framed(framing, Lang::Zh)
            )
        },
    );
}

pub fn messages_of_one_size(event: &MessagesOfOneSize, _: &Scene, note: &mut Note) {
    let MessagesOfOneSize {
        side,
        endpoint,
        messages,
        bytes,
        framing,
    } = *event;
    note.value("side", side.name())
        .value("endpoint", endpoint.to_string())
        .value("messages", messages)
        .value("bytes", bytes)
        .value("framing", framing_name(framing));
    note.say(
        || {
            format!(
                "{endpoint} sent {}, all of {} ({}).",
                counted_en(messages, "message"),
                bytes_en(bytes),
                framed(framing, Lang::En)
            )
        },
        || {
            format!(
                "{endpoint} 发送了 {messages} 条消息，每条都是 {bytes} 字节（{}）。",
                framed(framing, Lang::Zh)
            )
        },
    );
}

/// The framing as `--frame` spells it.
fn framing_name(framing: Framing) -> Cow<'static, str> {
    Cow::Borrowed(match framing {
        Framing::Line => "line",
        Framing::Length { bytes, big_endian } => match (bytes, big_endian) {
            (0 | 1, _) => "len:u8",
            (2, true) => "len:u16be",
            (2, false) => "len:u16le",
            (_, true) => "len:u32be",
            (_, false) => "len:u32le",
        },
        Framing::Fixed { bytes } => return Cow::Owned(format!("{}{bytes}", Framing::FIXED)),
    })
}

/// How messages are told apart here.
fn framed(framing: Framing, lang: Lang) -> String {
    match (framing, lang) {
        (Framing::Line, Lang::En) => "each ends with a newline".to_owned(),
        (Framing::Line, Lang::Zh) => "每条以换行结尾".to_owned(),
        (Framing::Length { bytes, .. }, Lang::En) => {
            format!(
                "each begins with its length in {}",
                bytes_en(u32::from(bytes))
            )
        }
        (Framing::Length { bytes, .. }, Lang::Zh) => {
            format!("每条以 {bytes} 字节的长度开头")
        }
        (Framing::Fixed { bytes }, Lang::En) => format!("each has {}", bytes_en(bytes)),
        (Framing::Fixed { bytes }, Lang::Zh) => format!("每条长 {bytes} 字节"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType};
    use crate::decode::decode;
    use crate::notes::fixture::{annotated, annotated_on};
    use crate::notes::{Severity, Value};
    use crate::track::Event;

    #[test]
    fn messages_in_one_segment_are_counted() {
        let event = SeveralMessages {
            packet: 6,
            messages: 3,
            framing: Framing::Line,
            begun_bytes: 0,
        };
        let annotation = annotated(
            &Event::SeveralMessages(event),
            Severity::Note,
            &["3", "recv()"],
        );
        assert!(annotation.text.contains("newline"));
        let and_more = SeveralMessages {
            messages: 1,
            begun_bytes: 4,
            ..event
        };
        annotated(
            &Event::SeveralMessages(and_more),
            Severity::Note,
            &["1", "4"],
        );
    }

    #[test]
    fn a_cut_message_points_to_its_beginning() {
        for complete in [true, false] {
            let event = MessageCut {
                packet: 7,
                begins_in: 6,
                bytes: 27,
                complete,
                framing: Framing::Length {
                    bytes: 2,
                    big_endian: true,
                },
            };
            let annotation =
                annotated(&Event::MessageCut(event), Severity::Note, &["6", "27", "2"]);
            assert_eq!(annotation.related.as_slice(), [6]);
            assert!(
                annotation
                    .values
                    .contains(&("framing", Value::from("len:u16be")))
            );
            assert_eq!(annotation.text.contains("does not end yet"), !complete);
        }
    }

    #[test]
    fn a_message_that_begins_here_is_told_as_such() {
        let packet = decode(Frame {
            number: 6,
            file: 0,
            number_in_file: 6,
            time_ns: 0,
            has_time: true,
            interface: 0,
            link_type: LinkType::RAW,
            original_length: 0,
            bytes: &[],
            comment: None,
        });
        let event = Event::MessageCut(MessageCut {
            packet: 6,
            begins_in: 6,
            bytes: 8,
            complete: false,
            framing: Framing::Line,
        });
        let annotation = annotated_on(Some(&packet), &event, Severity::Note, &["8"]);
        assert!(annotation.text.starts_with("A message begins here"));
        assert!(annotation.related.is_empty());
    }

    #[test]
    fn framings_are_named_as_they_are_declared() {
        let named = |bytes, big_endian| framing_name(Framing::Length { bytes, big_endian });
        assert_eq!(framing_name(Framing::Line), "line");
        assert_eq!(named(1, true), "len:u8");
        assert_eq!(named(2, false), "len:u16le");
        assert_eq!(named(4, true), "len:u32be");
        assert_eq!(named(4, false), "len:u32le");
        assert_eq!(framing_name(Framing::Fixed { bytes: 8 }), "fixed:8");
    }
}
