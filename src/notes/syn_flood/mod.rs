//! The topic `syn-flood`: its note in both languages, and the words for its
//! events (RFC 4987).

use crate::notes::units::{duration, per_second};
use crate::notes::wording::{counted_en, packets};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::SynFlood;

pub static TOPIC: Topic = Topic {
    name: "syn-flood",
    title_en: "SYN flood: handshakes never finished",
    title_zh: "SYN 洪泛：永不完成的握手",
    also: &[
        "flood",
        "syn-cookie",
        "syn-cookies",
        "洪泛",
        "syn-洪泛",
        "syn-泛洪",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn syn_flood(event: &SynFlood, _: &Scene, note: &mut Note) {
    let SynFlood {
        listener,
        half_open,
        completed,
        sources,
        during_ns,
        ..
    } = *event;
    let rate = per_second(half_open, during_ns);
    note.value("listener", listener.to_string())
        .value("half_open", half_open)
        .value("completed", completed)
        .value("sources", sources)
        .value("during_ns", during_ns)
        .value("per_second", rate)
        .value("examples", event.examples.to_vec())
        .related(event.examples.iter().copied());
    note.say(
        || {
            let speed = rate.map_or_else(String::new, |rate| format!(", some {rate} a second"));
            format!(
                "{} at {listener} never got their third step, from {} within {}{speed}; {completed} \
                 {} completed (see {}).",
                counted_en(half_open, "handshake"),
                counted_en(sources, "source"),
                duration(during_ns),
                if completed == 1 { "was" } else { "were" },
                packets(&event.examples, Lang::En)
            )
        },
        || {
            let speed = rate.map_or_else(String::new, |rate| format!("，约每秒 {rate} 个"));
            format!(
                "{listener} 有 {half_open} 个握手一直没有第三步，来自 {sources} 个源地址，集中在 {} \
                 之内{speed}；完成的只有 {completed} 个（例如{}）。",
                duration(during_ns),
                packets(&event.examples, Lang::Zh)
            )
        },
    );
    note.say(
        || {
            "Each of them takes a place in the backlog until it times out, so that honest clients \
             are turned away. SYN cookies keep nothing until a valid third step comes. The source \
             addresses may be forged."
                .to_owned()
        },
        || {
            "每一个都要占用半连接队列的一个位置，直到超时，正常的客户端因此被拒之门外。SYN cookie \
             在收到合法的第三步之前什么也不保存。源地址可能是伪造的。"
                .to_owned()
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::{annotated, endpoint};
    use crate::notes::{Severity, Value};
    use crate::track::Event;
    use smallvec::smallvec;

    #[test]
    fn it_gives_the_target_the_number_the_sources_and_the_rate() {
        let event = SynFlood {
            listener: endpoint(2, 3001),
            half_open: 4000,
            completed: 3,
            sources: 250,
            during_ns: 2_000_000_000,
            examples: smallvec![1, 2, 3],
        };
        let annotation = annotated(
            &Event::SynFlood(event.clone()),
            Severity::Error,
            &[
                "192.0.2.2:3001",
                "4000",
                "3",
                "250",
                "2.00 s",
                "2000",
                "SYN cookie",
            ],
        );
        assert_eq!(annotation.related.as_slice(), [1, 2, 3]);
        let at_once = SynFlood {
            during_ns: 0,
            sources: 1,
            ..event
        };
        let annotation = annotated(&Event::SynFlood(at_once), Severity::Error, &["4000"]);
        assert!(annotation.values.contains(&("per_second", Value::Null)));
        assert!(annotation.text.contains("from 1 source within"));
    }
}
