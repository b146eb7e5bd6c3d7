//! The topic `close-wait`: its note in both languages, and the words for its
//! events (RFC 9293, section 3.6).

use crate::notes::units::duration;
use crate::notes::wording::packets;
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::CloseWait;

pub static TOPIC: Topic = Topic {
    name: "close-wait",
    title_en: "CLOSE_WAIT: the peer closed, this end did not",
    title_zh: "CLOSE_WAIT：对方已关闭，本端忘了关",
    also: &["closewait"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// A program may well take so long before it closes too.
const PATIENCE_NS: u64 = 1_000_000_000;

pub fn close_wait(event: &CloseWait, _: &Scene, note: &mut Note) {
    let CloseWait { endpoint, peer, .. } = event;
    note.value("side", event.side.name())
        .value("endpoint", endpoint.to_string())
        .value("peer", peer.to_string())
        .value("fin", event.fin)
        .value("for_ns", event.for_ns)
        .related([event.fin]);
    if event.for_ns < PATIENCE_NS {
        note.too_early();
        note.say(
            || {
                format!(
                    "{endpoint} is in CLOSE_WAIT: {peer} sent its FIN in {}, {} before the end of \
                     what was seen. That is too short to tell whether the program at {endpoint} \
                     closes too.",
                    packets(&[event.fin], Lang::En),
                    duration(event.for_ns),
                )
            },
            || {
                format!(
                    "{endpoint} 处于 CLOSE_WAIT：{peer} 在{}发来 FIN，距所见的末尾只有 {}，\
                     还看不出 {endpoint} 上的程序会不会关闭。",
                    packets(&[event.fin], Lang::Zh),
                    duration(event.for_ns),
                )
            },
        );
        return;
    }
    note.say(
        || {
            format!(
                "{endpoint} is left in CLOSE_WAIT, for {} up to the end of the capture: {peer} \
                 sent its FIN in {}, but the program at {endpoint} never called close(). Until it \
                 does, the connection keeps its file descriptor; many of these are a bug in that \
                 program, not in the network.",
                duration(event.for_ns),
                packets(&[event.fin], Lang::En),
            )
        },
        || {
            format!(
                "{endpoint} 停留在 CLOSE_WAIT，到抓包结束已有 {}：{peer} 在{}发来 FIN，\
                 而 {endpoint} 上的程序一直没有调用 close()。在它调用之前，这条连接会一直占用\
                 文件描述符；这样的连接如果很多，那是该程序的缺陷，不是网络的问题。",
                duration(event.for_ns),
                packets(&[event.fin], Lang::Zh),
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, endpoint};
    use crate::track::{Event, Side};

    #[test]
    fn it_says_who_must_close_and_for_how_long_it_has_waited() {
        let event = CloseWait {
            side: Side::Server,
            endpoint: endpoint(2, 3001),
            peer: endpoint(1, 3572),
            fin: 9,
            for_ns: 12_000_000_000,
        };
        let annotation = annotated(
            &Event::CloseWait(event),
            Severity::Warning,
            &["192.0.2.2:3001", "192.0.2.1:3572", "9", "12.0 s", "close()"],
        );
        assert!(annotation.text.contains("the program at 192.0.2.2:3001"));
        assert_eq!(annotation.related.as_slice(), [9]);
        let early = CloseWait {
            for_ns: 40_000_000,
            ..event
        };
        let annotation = annotated(
            &Event::CloseWait(early),
            Severity::Note,
            &["192.0.2.2:3001", "9", "40.0 ms"],
        );
        assert!(!annotation.text.contains("never called"));
    }
}
