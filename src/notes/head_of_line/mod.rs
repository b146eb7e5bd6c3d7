//! The topic `head-of-line`: its note in both languages, and the words for its
//! events (in-order delivery: RFC 9293, section 3.4).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, packet};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::HeadOfLine;

pub static TOPIC: Topic = Topic {
    name: "head-of-line",
    title_en: "Head-of-line blocking: later bytes wait",
    title_zh: "队头阻塞：后面的字节在等",
    also: &["head-of-line-blocking", "hol", "hol-blocking", "队头阻塞"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn head_of_line(event: &HeadOfLine, _: &Scene, note: &mut Note) {
    let HeadOfLine {
        gap_seen_at,
        waited_ns,
        waiting_bytes,
        waiting_segments,
        gap_bytes,
    } = *event;
    note.value("gap_seen_at", gap_seen_at)
        .value("waited_ns", waited_ns)
        .value("waiting_bytes", waiting_bytes)
        .value("waiting_segments", waiting_segments)
        .value("gap_bytes", gap_bytes)
        .related([gap_seen_at]);
    note.say(
        || {
            let them = if waiting_segments == 1 { "it" } else { "them" };
            format!(
                "Fills a gap of {} that was first seen at {}, {} ago. Behind it {} in {} had \
                 already arrived, but TCP delivers in order only, so no program could read {them} \
                 until now.",
                bytes_en(gap_bytes),
                packet(gap_seen_at, Lang::En),
                duration(waited_ns),
                bytes_en(waiting_bytes),
                counted_en(u64::from(waiting_segments), "segment"),
            )
        },
        || {
            format!(
                "填上了 {gap_bytes} 字节的空洞；它最早见{}，已有 {}。空洞后面的 {waiting_bytes} \
                 字节（{waiting_segments} 段）早已到达，但 TCP 只按序交付，程序直到此刻才能读到。",
                packet(gap_seen_at, Lang::Zh),
                duration(waited_ns),
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
    fn it_says_how_much_waited_for_how_long_behind_how_little() {
        let event = HeadOfLine {
            gap_seen_at: 14,
            waited_ns: 212_000_000,
            waiting_bytes: 7240,
            waiting_segments: 5,
            gap_bytes: 1448,
        };
        let annotation = annotated(
            &Event::HeadOfLine(event),
            Severity::Warning,
            &["14", "212 ms", "7240", "5", "1448"],
        );
        assert_eq!(annotation.related.as_slice(), [14]);
        let one = HeadOfLine {
            waiting_bytes: 1,
            waiting_segments: 1,
            ..event
        };
        let annotation = annotated(&Event::HeadOfLine(one), Severity::Warning, &["1"]);
        assert!(annotation.text.contains("1 byte in 1 segment had"));
    }
}
