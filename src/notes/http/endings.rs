//! Requests that nothing answers, and bodies that are cut.

use super::{asked, of_host, ordinal, request_values};
use crate::decode::http::BodyEnd;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Lang, Note, Scene};
use crate::track::{HttpBodyCut, HttpUnanswered, NoAnswer};

pub fn unanswered(event: &HttpUnanswered, _: &Scene, note: &mut Note) {
    let because = match event.because {
        NoAnswer::Closed => "closed",
        NoAnswer::Reset => "reset",
        NoAnswer::Unknown => "capture_ended",
    };
    if event.because == NoAnswer::Unknown {
        // The answer may have come after the recording.
        note.too_early();
    }
    request_values(event.index, Some(&event.request), note);
    note.value("request", event.last.packet)
        .value("waited_ns", event.waited_ns)
        .value("informational", event.informational.map(u32::from))
        .value("because", because)
        .related([event.last.packet]);
    note.say(
        || {
            let after = event
                .waited_ns
                .filter(|ns| *ns > 0)
                .map_or(String::new(), |ns| format!(" after {}", duration(ns)));
            let end = match event.because {
                NoAnswer::Closed => format!("the server closed the connection{after} instead"),
                NoAnswer::Reset => format!("the connection was closed or reset{after}"),
                NoAnswer::Unknown => "the recording ends before".to_owned(),
            };
            let so_far = event.informational.map_or(String::new(), |status| {
                format!(" All that came was {status}, which is no answer yet.")
            });
            format!(
                "No answer to {}{} ({}): {end}.{so_far}",
                asked(&event.request),
                of_host(&event.request, Lang::En),
                packet(event.last.packet, Lang::En),
            )
        },
        || {
            let after = event
                .waited_ns
                .filter(|ns| *ns > 0)
                .map_or(String::new(), |ns| format!("在 {} 之后", duration(ns)));
            let end = match event.because {
                NoAnswer::Closed => format!("服务器{after}直接关闭了连接"),
                NoAnswer::Reset => format!("连接{after}被关闭或复位"),
                NoAnswer::Unknown => "抓包在此之前就结束了".to_owned(),
            };
            let so_far = event.informational.map_or(String::new(), |status| {
                format!("只来过 {status}，它还不是响应。")
            });
            format!(
                "{}{}（{}）没有响应：{end}。{so_far}",
                asked(&event.request),
                of_host(&event.request, Lang::Zh),
                packet(event.last.packet, Lang::Zh),
            )
        },
    );
}

pub fn body_cut(event: &HttpBodyCut, scene: &Scene, note: &mut Note) {
    let request = match event.of_response {
        true => event.request.as_deref(),
        false => Some(&*event.head),
    };
    let declared = match event.body {
        BodyEnd::Length(length) => Some(length),
        _ => None,
    };
    request_values(event.index, request, note);
    note.value(
        "of",
        if event.of_response {
            "response"
        } else {
            "request"
        },
    )
    .value("declared_bytes", declared)
    .value("body_bytes", event.bytes)
    .value(
        "missing_bytes",
        declared.map(|length| length.saturating_sub(event.bytes)),
    )
    .value("by_reset", event.by_reset)
    .related(
        [event.packet]
            .into_iter()
            .filter(|number| !scene.is_on(*number)),
    );
    let name = request.map(asked);
    note.say(
        || {
            let whose = match (event.of_response, &name) {
                (true, Some(name)) => format!("the answer to {name}"),
                (true, None) => "an answer".to_owned(),
                (false, _) => format!("the {} request", ordinal(event.index)),
            };
            let how = if event.by_reset { "a reset" } else { "a FIN" };
            match declared {
                Some(length) => format!(
                    "The body of {whose} is cut by {how}: {} of {length} came, {} are missing.",
                    counted_en(event.bytes, "byte"),
                    length.saturating_sub(event.bytes),
                ),
                None => format!(
                    "The body of {whose} is cut by {how}: after {} the last chunk has not come.",
                    counted_en(event.bytes, "byte"),
                ),
            }
        },
        || {
            let whose = match (event.of_response, &name) {
                (true, Some(name)) => format!(" {name} 的响应"),
                (true, None) => "一个响应".to_owned(),
                (false, _) => format!("第 {} 个请求", event.index),
            };
            let how = if event.by_reset { "RST" } else { "FIN" };
            match declared {
                Some(length) => format!(
                    "{how} 截断了{whose}的消息体：应有 {length} 字节，来了 {}，缺 {}。",
                    event.bytes,
                    length.saturating_sub(event.bytes),
                ),
                None => format!(
                    "{how} 截断了{whose}的消息体：来了 {} 字节，最后一块没有来。",
                    event.bytes,
                ),
            }
        },
    );
}
