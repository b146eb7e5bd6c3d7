//! The topic `http`: its note in both languages, and the words for its events (RFC
//! 9110, RFC 9112).

mod answers;
mod broken;
mod endings;

pub use answers::{head_of_line, response, server_error, tunnel, upgrade};
pub use broken::{framing_conflict, malformed};
pub use endings::{body_cut, unanswered};

use crate::decode::http::{BodyEnd, Head, is_idempotent, is_safe};
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, ordinal_en, packet};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{HttpPipelined, HttpRequest, HttpReused, host};

pub static TOPIC: Topic = Topic {
    name: "http",
    title_en: "HTTP",
    title_zh: "HTTP",
    also: &[
        "http-1",
        "http/1.1",
        "request",
        "response",
        "method",
        "status-code",
        "keep-alive-connection",
        "请求",
        "响应",
        "方法",
        "状态码",
        "长连接",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// A target is cut behind so many characters.
const TARGET_AT_MOST: usize = 80;

/// What is asked for, as a text shows it: method and target.
fn asked(head: &Head) -> String {
    let Some((method, target)) = head.request() else {
        return String::new();
    };
    let mut shown: String = target.chars().take(TARGET_AT_MOST).collect();
    if shown.len() < target.len() {
        shown.push('…');
    }
    escape(&format!("{method} {shown}")).into_owned()
}

/// The host that is asked, as a text shows it.
fn of_host(head: &Head, lang: Lang) -> String {
    let host = host(head).filter(|host| !host.is_empty());
    host.map_or(String::new(), |host| {
        let host = escape(host);
        match lang {
            Lang::En => format!(" of {host}"),
            Lang::Zh => format!("（主机 {host}）"),
        }
    })
}

/// What every request has.
fn request_values(index: u64, head: Option<&Head>, note: &mut Note) {
    let (method, target) = head.and_then(Head::request).unzip();
    note.value("exchange", index)
        .value("method", method.map(str::to_owned))
        .value("target", target.map(str::to_owned))
        .value("host", head.and_then(host).map(str::to_owned));
}

/// `its 3rd request`, counted on a connection.
fn ordinal(index: u64) -> String {
    ordinal_en(u32::try_from(index).unwrap_or(u32::MAX))
}

pub fn request(event: &HttpRequest, _: &Scene, note: &mut Note) {
    let head = &event.head;
    let (method, _) = head.request().unwrap_or_default();
    let (safe, idempotent) = (is_safe(method), is_idempotent(method));
    request_values(event.index, Some(head), note);
    note.value("version", head.version().name())
        .value("head_bytes", head.length())
        .value("header_fields", head.fields_sent())
        .value("body_ends_by", event.body.name())
        .value("content_length", head.content_length())
        .value("safe", safe)
        .value("idempotent", idempotent);
    note.say(
        || {
            let body = match event.body {
                BodyEnd::Length(length) => format!("a body of {length} bytes follows"),
                BodyEnd::Chunked => "a body in chunks follows".to_owned(),
                BodyEnd::None | BodyEnd::Close => "no body".to_owned(),
            };
            let nature = match (safe, idempotent) {
                (true, _) => "is safe: it changes nothing and may be repeated",
                (false, true) => "changes something, but twice is as good as once",
                (false, false) => "changes something, and twice is not as good as once",
            };
            format!(
                "HTTP request {} of this connection: {}{}, {} of head, {body}. {method} {nature}.",
                event.index,
                asked(head),
                of_host(head, Lang::En),
                bytes_en(head.length()),
            )
        },
        || {
            let body = match event.body {
                BodyEnd::Length(length) => format!("后面是 {length} 字节的消息体"),
                BodyEnd::Chunked => "后面是分块的消息体".to_owned(),
                BodyEnd::None | BodyEnd::Close => "没有消息体".to_owned(),
            };
            let nature = match (safe, idempotent) {
                (true, _) => "是安全的方法：不改变任何东西，可以重复",
                (false, true) => "会改变东西，但做两次和做一次一样",
                (false, false) => "会改变东西，做两次和做一次不一样",
            };
            format!(
                "本连接的第 {} 个 HTTP 请求：{}{}，头部 {} 字节，{body}。{method} {nature}。",
                event.index,
                asked(head),
                of_host(head, Lang::Zh),
                head.length(),
            )
        },
    );
}

pub fn pipelined(event: &HttpPipelined, _: &Scene, note: &mut Note) {
    note.value("exchange", event.index)
        .value("waiting", event.before)
        .value("oldest", event.oldest)
        .related([event.oldest]);
    note.say(
        || {
            format!(
                "Pipelined: this request is sent before the answer to the one before is complete \
                 ({} still wait, the oldest since {}). The answers must come in the order of the \
                 requests, so a slow one holds up those behind it.",
                event.before,
                packet(event.oldest, Lang::En),
            )
        },
        || {
            format!(
                "流水线：上一个响应还没到齐就发出了这个请求（还有 {} 个在等，最早的是{}）。\
                 响应必须按请求的顺序返回，一个慢了，后面的都要等。",
                event.before,
                packet(event.oldest, Lang::Zh),
            )
        },
    );
}

pub fn reused(event: &HttpReused, _: &Scene, note: &mut Note) {
    let saved_ns = event.opening.map(|opening| opening.took_ns());
    note.value("saved_ns", saved_ns)
        .value("idle_ns", event.idle_ns)
        .related(event.opening.map(|opening| opening.syn.packet));
    note.say(
        || {
            let idle = event.idle_ns.map_or(String::new(), |ns| {
                format!(" after {} of silence", duration(ns))
            });
            let saved = match saved_ns {
                Some(ns) => format!(": it saves the handshake, {} here", duration(ns)),
                None => ": it saves a handshake".to_owned(),
            };
            format!("The connection is used for a second request{idle}{saved}.")
        },
        || {
            let idle = event
                .idle_ns
                .map_or(String::new(), |ns| format!("空闲 {} 之后，", duration(ns)));
            let saved = match saved_ns {
                Some(ns) => format!("省去了一次握手（这里是 {}）", duration(ns)),
                None => "省去了一次握手".to_owned(),
            };
            format!("{idle}同一连接上发出第二个请求：{saved}。")
        },
    );
}

#[cfg(test)]
mod tests;
