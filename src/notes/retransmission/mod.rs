//! The topic `retransmission`: its note in both languages, and the words for
//! its events (RFC 6298, RFC 8985).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, ordinal_en, packet, packet_first, packets};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{
    ControlSegment, HandshakeRetransmission, NeedlessEvidence, SpuriousRetransmission,
};

mod black_hole;
mod data;
#[cfg(test)]
mod tests;

pub use black_hole::black_hole;
pub use data::retransmission;

pub static TOPIC: Topic = Topic {
    name: "retransmission",
    title_en: "Retransmission: sent again until acknowledged",
    title_zh: "重传：没有确认就再发",
    also: &[
        "retransmit",
        "rto",
        "timeout",
        "tail-loss-probe",
        "tlp",
        "fast-retransmit",
        "重传",
        "超时重传",
        "快速重传",
        "丢包",
        "loss",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn spurious(event: &SpuriousRetransmission, scene: &Scene, note: &mut Note) {
    let SpuriousRetransmission {
        retransmission,
        original,
        shown_by,
        evidence,
        bytes,
    } = *event;
    note.value("retransmission", retransmission)
        .value("original", original)
        .value("shown_by", shown_by)
        .value("by_dsack", evidence == NeedlessEvidence::Dsack)
        .value("evidence", evidence.name())
        .value("bytes", bytes);
    let others = [Some(retransmission), original, Some(shown_by)];
    note.related(
        others
            .into_iter()
            .flatten()
            .filter(|packet| !scene.is_on(*packet)),
    );
    note.say(
        || {
            let first = original.map_or_else(String::new, |original| {
                format!(" (first sent in {})", packet(original, Lang::En))
            });
            match evidence {
                NeedlessEvidence::Dsack => format!(
                    "{} needlessly sent {} again{first}: the D-SACK in {} says that the receiver \
                     had them already. They had been late, or their acknowledgment was lost.",
                    packet_first(retransmission, Lang::En),
                    bytes_en(bytes),
                    packet(shown_by, Lang::En)
                ),
                NeedlessEvidence::Timestamp => format!(
                    "{} needlessly sent {} again{first}: {} echoes a timestamp older than that \
                     retransmission, so what arrived was the original (Eifel detection, RFC \
                     3522). It had only been late, or its acknowledgment was lost.",
                    packet_first(retransmission, Lang::En),
                    bytes_en(bytes),
                    packet(shown_by, Lang::En)
                ),
                NeedlessEvidence::Acknowledgment => format!(
                    "Needless: {} had acknowledged these {}{first} before they were sent again \
                     in {}; the acknowledgment was lost, or came too late for the sender.",
                    packet(shown_by, Lang::En),
                    bytes_en(bytes),
                    packet(retransmission, Lang::En)
                ),
            }
        },
        || {
            let first = original.map_or_else(String::new, |original| {
                format!("（首次发送见{}）", packet(original, Lang::Zh))
            });
            match evidence {
                NeedlessEvidence::Dsack => format!(
                    "{}重发的 {bytes} 字节{first}是多余的：{}的 D-SACK 说接收方早已收到。\
                     数据只是迟到了，或者丢的是确认。",
                    packet(retransmission, Lang::Zh),
                    packet(shown_by, Lang::Zh)
                ),
                NeedlessEvidence::Timestamp => format!(
                    "{}重发的 {bytes} 字节{first}是多余的：{}回显的时间戳早于那次重传，可见到达的是\
                     原来的那一份（Eifel 检测，RFC 3522）。数据只是迟到了，或者丢的是确认。",
                    packet(retransmission, Lang::Zh),
                    packet(shown_by, Lang::Zh)
                ),
                NeedlessEvidence::Acknowledgment => format!(
                    "多余的重传：{}重发这 {bytes} 字节{first}之前，{}就已确认了它们；\
                     那个确认丢了，或到达发送方太晚。",
                    packet(retransmission, Lang::Zh),
                    packet(shown_by, Lang::Zh)
                ),
            }
        },
    );
}

pub fn handshake(event: &HandshakeRetransmission, _: &Scene, note: &mut Note) {
    let (name, original) = (event.what.name(), event.original);
    let (attempt, after) = (event.attempt, duration(event.after_ns));
    note.value("segment", name)
        .value("original", original)
        .value("attempt", attempt)
        .value("after_ns", event.after_ns)
        .value("answered_by", event.answered_by)
        .related([original])
        .related(event.answered_by);
    note.say(
        || {
            format!(
                "Sends the {name} for the {} time, {after} after the one before ({} was the \
                 first): {}.",
                ordinal_en(attempt),
                packets(&[original], Lang::En),
                why_en(event),
            )
        },
        || {
            format!(
                "第 {attempt} 次发送 {name}，距上一次 {after}（首次是{}）：{}。",
                packets(&[original], Lang::Zh),
                why_zh(event),
            )
        },
    );
}

fn why_en(event: &HandshakeRetransmission) -> String {
    let answer = event.answered_by.map(|number| packet(number, Lang::En));
    match (event.what, answer) {
        (ControlSegment::Syn, Some(answer)) => {
            format!("the answer in {answer} had not reached it")
        }
        (ControlSegment::Syn, None) => "no answer had come".to_owned(),
        (ControlSegment::SynAck, Some(answer)) => format!(
            "it does not take the third step, which stands in {answer}, or that had not reached it"
        ),
        (ControlSegment::SynAck, None) if event.asked_again => "the client asked again".to_owned(),
        (ControlSegment::SynAck, None) => "the client's third step had not come".to_owned(),
        (ControlSegment::Fin, Some(answer)) => {
            format!("the acknowledgment in {answer} had not reached it")
        }
        (ControlSegment::Fin, None) => "the close had not been acknowledged".to_owned(),
        (ControlSegment::SynData, Some(answer)) => {
            format!("the SYN-ACK in {answer} had acknowledged the SYN alone, not its data")
        }
        (ControlSegment::SynData, None) => {
            "the SYN-ACK had acknowledged the SYN alone, not its data".to_owned()
        }
    }
}

fn why_zh(event: &HandshakeRetransmission) -> String {
    let answer = event.answered_by.map(|number| packet(number, Lang::Zh));
    match (event.what, answer) {
        (ControlSegment::Syn, Some(answer)) => format!("{answer}的应答没有到达它"),
        (ControlSegment::Syn, None) => "一直没有应答".to_owned(),
        (ControlSegment::SynAck, Some(answer)) => {
            format!("第三步见{answer}，但它没有接受，或者没有收到")
        }
        (ControlSegment::SynAck, None) if event.asked_again => "客户端又请求了一次".to_owned(),
        (ControlSegment::SynAck, None) => "客户端的第三步没有到达".to_owned(),
        (ControlSegment::Fin, Some(answer)) => format!("{answer}的确认没有到达它"),
        (ControlSegment::Fin, None) => "关闭还没有被确认".to_owned(),
        (ControlSegment::SynData, Some(answer)) => {
            format!("{answer}的 SYN-ACK 只确认了 SYN，没有确认它带的数据")
        }
        (ControlSegment::SynData, None) => "SYN-ACK 只确认了 SYN，没有确认它带的数据".to_owned(),
    }
}
