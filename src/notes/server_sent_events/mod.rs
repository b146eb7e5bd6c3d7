//! The topic `server-sent-events`: its note in both languages, and the words for its
//! events (WHATWG HTML, 9.2).

use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{SseReconnected, SseStream};

pub static TOPIC: Topic = Topic {
    name: "server-sent-events",
    title_en: "Server-sent events",
    title_zh: "服务器推送事件（SSE）",
    also: &[
        "event-stream",
        "eventsource",
        "event-source",
        "text/event-stream",
        "last-event-id",
        "服务器推送",
        "服务器推送事件",
        "事件流",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const LAST_ID: Rule = Rule {
    id: "Last-Event-ID = id of the last event",
    zh: "Last-Event-ID = 最后一个事件的 id",
};

pub fn stream(event: &SseStream, _: &Scene, note: &mut Note) {
    let asked = event.request.as_ref().and_then(|head| head.request());
    let target = asked.map(|(_, target)| target);
    let lasted_ns = event.last.time_ns.saturating_sub(event.first.time_ns);
    note.value("exchange", event.index)
        .value("target", target.map(str::to_owned))
        .value("events", event.events)
        .value("comments", event.comments)
        .value("body_bytes", event.bytes)
        .value("median_interval_ns", event.median_ns)
        .value("longest_interval_ns", event.longest_ns)
        .value("lasted_ns", lasted_ns)
        .value("retry_ms", event.retry_ms)
        .value("last_id", event.last_id.as_deref().map(str::to_owned))
        .value("complete", event.is_complete)
        .value("certain", event.is_certain)
        .related([event.first.packet, event.last.packet]);
    let target = target.map(|target| escape(target).into_owned());
    let id = event.last_id.as_deref().map(|id| escape(id).into_owned());
    note.say(
        || {
            let of = target
                .as_ref()
                .map_or(String::new(), |it| format!(" for {it}"));
            let interval = match (event.median_ns, event.longest_ns) {
                (Some(median), Some(longest)) => format!(
                    ", typically {} apart, {} at most",
                    duration(median),
                    duration(longest)
                ),
                _ => String::new(),
            };
            let quiet = match event.comments {
                0 => String::new(),
                many => format!(
                    " and {} that keep the connection open",
                    counted_en(many, "comment")
                ),
            };
            let id = id
                .as_ref()
                .map_or(String::new(), |id| format!(" The last id is {id}."));
            let retry = event.retry_ms.map_or(String::new(), |ms| {
                format!(" A client that lost it is to come again after {ms} ms.")
            });
            let end = match event.is_complete {
                true => "The server ended it",
                false => "It was cut or went on",
            };
            format!(
                "A stream of events{of}: {}{quiet} in {}{interval}. {end} after {}.{id}{retry}",
                counted_en(event.events, "event"),
                counted_en(event.bytes, "byte"),
                duration(lasted_ns),
            )
        },
        || {
            let of = target
                .as_ref()
                .map_or(String::new(), |it| format!("（{it}）"));
            let interval = match (event.median_ns, event.longest_ns) {
                (Some(median), Some(longest)) => format!(
                    "，一般相隔 {}，最长 {}",
                    duration(median),
                    duration(longest)
                ),
                _ => String::new(),
            };
            let quiet = match event.comments {
                0 => String::new(),
                many => format!("、{many} 条用来保持连接的注释"),
            };
            let id = id
                .as_ref()
                .map_or(String::new(), |id| format!("最后的 id 是 {id}。"));
            let retry = event.retry_ms.map_or(String::new(), |ms| {
                format!("断线的客户端应在 {ms} ms 后重连。")
            });
            let end = match event.is_complete {
                true => "后由服务器结束",
                false => "后中断，或仍在继续",
            };
            format!(
                "事件流{of}：{} 个事件{quiet}，共 {} 字节{interval}。{} {end}。{id}{retry}",
                event.events,
                event.bytes,
                duration(lasted_ns),
            )
        },
    );
}

pub fn reconnected(event: &SseReconnected, _: &Scene, note: &mut Note) {
    let asked = event.head.value("Last-Event-ID").unwrap_or_default();
    let earlier = event.earlier.as_ref();
    let known = earlier.and_then(|earlier| earlier.last_id.as_deref());
    note.value("exchange", event.index)
        .value("last_event_id", asked.to_owned())
        .value("earlier", earlier.map(|it| it.packet))
        .value("ago_ns", earlier.map(|it| it.ago_ns))
        .value("retry_ms", earlier.and_then(|it| it.retry_ms))
        .value("last_id", known.map(str::to_owned))
        .related(earlier.map(|it| it.packet));
    // Another id may be that of an event which the client never took in.
    if known == Some(asked) {
        note.judge(
            LAST_ID,
            Some(asked.to_owned()),
            asked.to_owned(),
            Some(true),
        );
    }
    let asked = escape(asked);
    note.say(
        || {
            let after = match earlier {
                Some(it) => {
                    let wait = it.retry_ms.map_or(String::new(), |ms| {
                        format!(" (it was told to wait {ms} ms)")
                    });
                    format!(
                        ", {} after the stream that ended with {}{wait}",
                        duration(it.ago_ns),
                        packet(it.packet, Lang::En)
                    )
                }
                None => String::new(),
            };
            format!(
                "The client comes again for its events{after}: Last-Event-ID {asked} says which one \
                 it had last, so that the server can go on behind it."
            )
        },
        || {
            let after = match earlier {
                Some(it) => {
                    let wait = it
                        .retry_ms
                        .map_or(String::new(), |ms| format!("（要求它等 {ms} ms）"));
                    format!(
                        "，距结束于{}的事件流 {}{wait}",
                        packet(it.packet, Lang::Zh),
                        duration(it.ago_ns)
                    )
                }
                None => String::new(),
            };
            format!(
                "客户端重连，继续接收事件{after}：Last-Event-ID {asked} 说明它最后收到哪一个，\
                 服务器便可接着往下发。"
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, endpoint, head};
    use crate::track::{EarlierStream, Event, Seen, Sides};

    fn seen(packet: u64, ms: u64) -> Seen {
        Seen {
            packet,
            time_ns: ms * 1_000_000,
        }
    }

    fn ends() -> Sides<crate::track::Endpoint> {
        Sides {
            client: endpoint(1, 40_000),
            server: endpoint(2, 8080),
        }
    }

    #[test]
    fn a_stream_gives_its_events_and_their_interval() {
        let stream = SseStream {
            index: 1,
            ends: ends(),
            request: Some(head("GET /events HTTP/1.1", "")),
            first: seen(6, 100),
            last: seen(30, 1900),
            events: 5,
            comments: 1,
            bytes: 250,
            median_ns: Some(340_000_000),
            longest_ns: Some(350_000_000),
            retry_ms: Some(500),
            last_id: Some("5".into()),
            is_complete: true,
            is_certain: true,
        };
        let event = Event::SseStream(Box::new(stream.clone()));
        let words = [
            "/events", "5", "340 ms", "350 ms", "250", "500 ms", "1.80 s",
        ];
        let told = annotated(&event, Severity::Note, &words);
        assert_eq!(told.related.as_slice(), [6, 30]);
        let bare = SseStream {
            request: None,
            events: 0,
            comments: 0,
            median_ns: None,
            longest_ns: None,
            retry_ms: None,
            last_id: None,
            is_complete: false,
            ..stream
        };
        annotated(
            &Event::SseStream(Box::new(bare)),
            Severity::Note,
            &["0", "250"],
        );
    }

    #[test]
    fn who_comes_again_names_the_last_event() {
        let event = |id: &str, earlier| {
            Event::SseReconnected(Box::new(SseReconnected {
                index: 1,
                ends: ends(),
                head: head("GET /events HTTP/1.1", &format!("Last-Event-ID: {id}\r\n")),
                first: seen(38, 2400),
                earlier,
            }))
        };
        let earlier = EarlierStream {
            packet: 30,
            ago_ns: 510_000_000,
            last_id: Some("5".into()),
            retry_ms: Some(500),
        };
        let known = event("5", Some(earlier.clone()));
        let told = annotated(&known, Severity::Note, &["5", "30", "510 ms", "500 ms"]);
        assert_eq!(told.checks[0].holds, Some(true));
        assert_eq!(told.related.as_slice(), [30]);
        let told = annotated(&event("4", Some(earlier)), Severity::Note, &["4"]);
        assert!(told.checks.is_empty());
        annotated(&event("4", None), Severity::Note, &["4"]);
    }
}
