//! Responses, and what waits for them.

use super::{asked, ordinal, request_values};
use crate::decode::http::{BodyEnd, Head, StatusClass};
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Lang, Note, Rule, Scene};
use crate::track::{HttpHeadOfLine, HttpResponse, HttpServerError, HttpUpgrade, PacketNumber};

const BODY_LENGTH: Rule = Rule {
    id: "bytes of the body = Content-Length",
    zh: "消息体字节数 = Content-Length",
};

/// Status and reason, as a text shows them.
pub(super) fn status(head: &Head) -> String {
    match head.status() {
        Some((code, "")) => code.to_string(),
        Some((code, reason)) => escape(&format!("{code} {reason}")).into_owned(),
        None => "HTTP/0.9".to_owned(),
    }
}

/// What a status says, by its class.
const fn meaning(class: StatusClass, lang: Lang) -> &'static str {
    match class {
        StatusClass::Informational => lang.pick("go on", "请继续"),
        StatusClass::Successful => lang.pick("it succeeded", "成功"),
        StatusClass::Redirection => lang.pick(
            "look elsewhere, or use what you have",
            "去别处取，或用已有的",
        ),
        StatusClass::ClientError => lang.pick("the request is at fault", "请求有问题"),
        StatusClass::ServerError => lang.pick("the server failed", "服务器出错"),
        StatusClass::Unknown => lang.pick("no class that is known", "未知的类别"),
    }
}

pub fn response(event: &HttpResponse, scene: &Scene, note: &mut Note) {
    let response = &event.response;
    let head = &response.head;
    let request = event.request.as_ref();
    let code = head.status().map(|(code, _)| code);
    let class = StatusClass::of(code.unwrap_or(200));
    request_values(event.index, request.map(|request| &*request.head), note);
    let receive_ns = response.last.time_ns.saturating_sub(response.first.time_ns);
    note.value("status", code.map(u32::from))
        .value("version", head.version().name())
        .value("request", request.map(|request| request.first.packet))
        .value("wait_ns", event.wait_ns)
        .value("receive_ns", receive_ns)
        .value("head_bytes", head.length())
        .value("body_bytes", response.body_bytes)
        .value("missing_bytes", response.missing_bytes)
        .value("body_ends_by", response.body_ends_by.name())
        .value("chunks", response.chunks)
        .value("complete", response.is_complete)
        .value("certain", event.is_certain);
    let earlier = [
        request.map(|request| request.first.packet),
        Some(response.first.packet),
    ];
    note.related(
        earlier
            .into_iter()
            .flatten()
            .filter(|number| !scene.is_on(*number)),
    );
    if let BodyEnd::Length(length) = response.body_ends_by
        && response.is_complete
    {
        note.check(BODY_LENGTH, Some(length), response.body_bytes);
    }
    let waited = event.wait_ns.map(duration);
    let took = (response.last.packet != response.first.packet).then(|| duration(receive_ns));
    note.say(
        || {
            let to = match request {
                Some(request) => format!(
                    "answers {} ({})",
                    asked(&request.head),
                    packet(request.first.packet, Lang::En)
                ),
                None => "answers a request that was not captured".to_owned(),
            };
            let times = match (&waited, &took) {
                (Some(waited), Some(took)) => {
                    format!(" The first byte came after {waited}, the rest took {took}.")
                }
                (Some(waited), None) => format!(" It came after {waited}."),
                (None, Some(took)) => format!(" It took {took}."),
                (None, None) => String::new(),
            };
            let end = match response.is_complete {
                true => "",
                false => " It is not complete.",
            };
            format!(
                "HTTP {}: {}. It {to}, with {}.{times}{end}",
                status(head),
                meaning(class, Lang::En),
                body(event, Lang::En),
            )
        },
        || {
            let to = match request {
                Some(request) => format!(
                    "对 {} 的响应（{}）",
                    asked(&request.head),
                    packet(request.first.packet, Lang::Zh)
                ),
                None => "对一个未捕获到的请求的响应".to_owned(),
            };
            let times = match (&waited, &took) {
                (Some(waited), Some(took)) => {
                    format!("等了 {waited} 才来第一个字节，其余用了 {took}。")
                }
                (Some(waited), None) => format!("等了 {waited}。"),
                (None, Some(took)) => format!("传输用了 {took}。"),
                (None, None) => String::new(),
            };
            let end = match response.is_complete {
                true => "",
                false => "它不完整。",
            };
            format!(
                "HTTP {}：{}。这是{to}，{}。{times}{end}",
                status(head),
                meaning(class, Lang::Zh),
                body(event, Lang::Zh),
            )
        },
    );
}

/// What came of the body, and how it ended.
fn body(event: &HttpResponse, lang: Lang) -> String {
    let response = &event.response;
    let bytes = response.body_bytes;
    let amount = |lang| match lang {
        Lang::En => format!("a body of {}", counted_en(bytes, "byte")),
        Lang::Zh => format!("消息体 {bytes} 字节"),
    };
    match (response.body_ends_by, lang) {
        (BodyEnd::None, _) => lang.pick("no body", "没有消息体").to_owned(),
        (BodyEnd::Length(_), _) => amount(lang),
        (BodyEnd::Chunked, Lang::En) => {
            format!(
                "{} in {}",
                amount(lang),
                counted_en(response.chunks, "chunk")
            )
        }
        (BodyEnd::Chunked, Lang::Zh) => format!("{}，分 {} 块", amount(lang), response.chunks),
        (BodyEnd::Close, Lang::En) => {
            format!(
                "{}, which only the end of the connection ends",
                amount(lang)
            )
        }
        (BodyEnd::Close, Lang::Zh) => format!("{}，到连接关闭为止", amount(lang)),
    }
}

pub fn server_error(event: &HttpServerError, scene: &Scene, note: &mut Note) {
    let code = event.response.status().map_or(0, |(code, _)| code);
    request_values(event.index, event.request.as_deref(), note);
    note.value("status", u32::from(code))
        .value("request", event.request_packet)
        .value("wait_ns", event.wait_ns);
    let packets = [event.request_packet, Some(event.packet)];
    note.related(
        packets
            .into_iter()
            .flatten()
            .filter(|number| !scene.is_on(*number)),
    );
    let asked = event.request.as_deref().map(asked);
    note.say(
        || {
            let asked = asked
                .as_ref()
                .map_or(String::new(), |asked| format!(" to {asked}"));
            let after = event
                .wait_ns
                .map_or(String::new(), |ns| format!(" after {}", duration(ns)));
            format!(
                "The server answers {}{asked}{after}: {}.",
                status(&event.response),
                why(code, Lang::En)
            )
        },
        || {
            let asked = asked
                .as_ref()
                .map_or(String::new(), |asked| format!("对 {asked} "));
            let after = event
                .wait_ns
                .map_or(String::new(), |ns| format!("在 {} 之后", duration(ns)));
            format!(
                "服务器{after}{asked}返回 {}：{}。",
                status(&event.response),
                why(code, Lang::Zh)
            )
        },
    );
}

/// What usually stands behind a status of the class 5xx (RFC 9110, section 15.6).
const fn why(code: u16, lang: Lang) -> &'static str {
    match code {
        500 => lang.pick("it met an error of its own", "服务器自己遇到了错误"),
        501 => lang.pick("it does not know the method", "服务器不认识这个方法"),
        502 => lang.pick(
            "it is a gateway, and the server behind it answered nothing that can be used",
            "它是网关，后面的服务器没有给出可用的响应",
        ),
        503 => lang.pick("it is overloaded or down for now", "暂时过载，或正在维护"),
        504 => lang.pick(
            "it is a gateway, and the server behind it did not answer in time",
            "它是网关，后面的服务器没有及时应答",
        ),
        505 => lang.pick("it does not speak this version", "服务器不支持这个版本"),
        _ => lang.pick("the fault is on its side", "问题出在服务器一侧"),
    }
}

pub fn head_of_line(event: &HttpHeadOfLine, scene: &Scene, note: &mut Note) {
    note.value("exchange", event.index)
        .value("blocked_ns", event.blocked_ns)
        .value("own_ns", event.own_ns)
        .value("request", event.request)
        .value("earlier", event.earlier);
    let packets: [PacketNumber; 2] = [event.request, event.earlier];
    note.related(packets.into_iter().filter(|number| !scene.is_on(*number)));
    note.say(
        || {
            format!(
                "The answer to the {} request waited {} for the one before it, which was complete \
                 with {}; its own took {} from then on. HTTP/1.1 answers in the order of the \
                 requests (head-of-line blocking); HTTP/2 and several connections do not.",
                ordinal(event.index),
                duration(event.blocked_ns),
                packet(event.earlier, Lang::En),
                duration(event.own_ns),
            )
        },
        || {
            format!(
                "第 {} 个请求的响应为前一个响应等了 {}，前一个到{}才完整；此后它自己只用了 {}。\
                 HTTP/1.1 按请求顺序返回响应（队头阻塞）；HTTP/2 或多条连接不会这样。",
                event.index,
                duration(event.blocked_ns),
                packet(event.earlier, Lang::Zh),
                duration(event.own_ns),
            )
        },
    );
}

pub fn upgrade(event: &HttpUpgrade, _: &Scene, note: &mut Note) {
    let to = event
        .response
        .value("Upgrade")
        .map(|to| escape(to).into_owned());
    request_values(event.index, event.request.as_deref(), note);
    note.value("protocol", to.clone());
    let to_en = to.clone().unwrap_or_else(|| "another protocol".to_owned());
    let to_zh = to.map_or("另一种协议".to_owned(), |to| format!(" {to}"));
    note.say(
        || format!("101: both sides agree to speak {to_en} from here on. HTTP is over on this connection."),
        || format!("101：双方同意从此改用{to_zh}，本连接上的 HTTP 到此为止。"),
    );
}

pub fn tunnel(event: &HttpUpgrade, _: &Scene, note: &mut Note) {
    let target = event.request.as_ref().and_then(|head| head.request());
    let target = target.map_or(String::new(), |(_, target)| escape(target).into_owned());
    request_values(event.index, event.request.as_deref(), note);
    note.say(
        || {
            format!(
                "CONNECT succeeded: from here on the proxy passes bytes on to {target} and back, \
                 whatever they are."
            )
        },
        || {
            format!(
                "CONNECT 成功：从此代理只在客户端与 {target} 之间来回转发字节，不管内容是什么。"
            )
        },
    );
}
