//! The topic `round-trip-time`: its note in both languages, and the words for
//! its events: what the recording's own clock did.

use crate::notes::units::duration;
use crate::notes::{Note, Scene, Topic};
use crate::track::{CapturePause, TimeDisorder};

pub static TOPIC: Topic = Topic {
    name: "round-trip-time",
    title_en: "Round-trip time: where the time goes",
    title_zh: "往返时间：时间花在哪里",
    also: &[
        "rtt",
        "round-trip",
        "srtt",
        "往返时间",
        "往返",
        "延迟",
        "latency",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn disorder(event: &TimeDisorder, _: &Scene, note: &mut Note) {
    let TimeDisorder {
        before,
        after,
        times,
        most_ns,
    } = *event;
    note.value("times", times)
        .value("most_ns", most_ns)
        .related([before, after]);
    let most = duration(most_ns);
    note.say(
        || {
            let how_often = match times {
                1 => format!("went back by {most} between packets {before} and {after}"),
                _ => format!(
                    "went back {times} times, by {most} at the most, first between packets \
                     {before} and {after}"
                ),
            };
            format!(
                "The clock of the recording {how_often}: it was set, or the packets were stamped \
                 by several clocks. The order of the packets is what counts; times across such a \
                 place are not known and not told."
            )
        },
        || {
            let how_often = match times {
                1 => format!("在报文 {before} 与 {after} 之间倒退了 {most}"),
                _ => format!(
                    "倒退了 {times} 次，最多一次 {most}，第一次在报文 {before} 与 {after} 之间"
                ),
            };
            format!(
                "抓包的时钟{how_often}：时钟被调整过，或者报文由不同的时钟打上时间。以报文的先后次序为准；\
                 跨过这些位置的时间无从得知，也不再给出。"
            )
        },
    );
}

pub fn pause(event: &CapturePause, _: &Scene, note: &mut Note) {
    let CapturePause {
        before,
        after,
        for_ns,
    } = *event;
    note.value("for_ns", for_ns).related([before, after]);
    let length = duration(for_ns);
    note.say(
        || {
            format!(
                "Nothing was recorded for {length} between packets {before} and {after}: the \
                 recording paused, or was joined from several. What is said to have lasted across \
                 that may be due to it."
            )
        },
        || {
            format!(
                "报文 {before} 与 {after} 之间有 {length} 没有录下任何报文：抓包中断过，或者由几次抓包拼接而成。\
                 跨过这段时间的时长可能由此而来。"
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
    fn a_clock_that_went_back_is_told_with_where_and_how_far() {
        let once = TimeDisorder {
            before: 7,
            after: 8,
            times: 1,
            most_ns: 3_374_000_000_000,
        };
        let words = ["7", "8", "56 min 14 s"];
        let annotation = annotated(&Event::TimeDisorder(once), Severity::Warning, &words);
        assert_eq!(annotation.related.as_slice(), [7, 8]);
        let often = TimeDisorder { times: 31, ..once };
        annotated(
            &Event::TimeDisorder(often),
            Severity::Warning,
            &["31", "56 min 14 s"],
        );
    }

    #[test]
    fn a_pause_is_told_with_its_place_and_length() {
        let pause = CapturePause {
            before: 7,
            after: 8,
            for_ns: 7_200_000_000_000,
        };
        let words = ["7", "8", "2 h"];
        annotated(&Event::CapturePause(pause), Severity::Note, &words);
    }
}
