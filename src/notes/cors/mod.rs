//! The topic `cors`: its note in both languages, and the words for what a browser
//! asks before a page may ask another origin (the Fetch standard).

use crate::decode::http::{Preflight, Refusal};
use crate::escape::escape;
use crate::notes::wording::{list, packet};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::Cors;

pub static TOPIC: Topic = Topic {
    name: "cors",
    title_en: "CORS: may this page ask there?",
    title_zh: "CORS：这个页面可以去那边取吗？",
    also: &[
        "preflight",
        "origin",
        "same-origin-policy",
        "access-control",
        "cross-origin",
        "跨域",
        "跨源",
        "同源策略",
        "预检",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ORIGIN: Rule = Rule {
    id: "allowed origin = Origin, or *",
    zh: "允许的源 = Origin，或 *",
};
const METHOD: Rule = Rule {
    id: "the method asked for is allowed",
    zh: "所问的方法在允许之列",
};
const HEADERS: Rule = Rule {
    id: "the header names asked for are allowed",
    zh: "所问的字段名都在允许之列",
};

/// Names as a text lists them.
fn names(all: &[&str], lang: Lang) -> String {
    let all: Vec<_> = all.iter().map(|name| escape(name)).collect();
    list(&all, lang)
}

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| (*name).to_owned()).collect()
}

pub fn preflight(event: &Cors, scene: &Scene, note: &mut Note) {
    let Some(asked) = Preflight::of(&event.request, &event.response) else {
        return;
    };
    let refused: Vec<&str> = asked.headers_refused().collect();
    let status = event.response.status().map(|(code, _)| u32::from(code));
    note.value("exchange", event.index)
        .value("origin", asked.origin.to_owned())
        .value("method", asked.method.to_owned())
        .value("headers", owned(&asked.headers))
        .value("status", status)
        .value("allowed_origin", asked.allowed_origin.map(str::to_owned))
        .value("allowed_methods", owned(&asked.allowed_methods))
        .value("allowed_headers", owned(&asked.allowed_headers))
        .value("credentials", asked.allows_credentials)
        .value("max_age_s", asked.max_age_s)
        .related(
            [event.asked]
                .into_iter()
                .filter(|number| !scene.is_on(*number)),
        );
    // What does not hold is told once, as the refusal.
    if let Some(allowed) = asked.allowed_origin
        && matches!(allowed, "*") | (allowed == asked.origin)
    {
        note.judge(
            ORIGIN,
            Some(asked.origin.to_owned()),
            allowed.to_owned(),
            Some(true),
        );
    }
    if asked.allows_method() {
        let allowed = match asked.allowed_methods.is_empty() {
            true => "GET, HEAD, POST".to_owned(),
            false => asked.allowed_methods.join(", "),
        };
        note.judge(METHOD, Some(asked.method.to_owned()), allowed, Some(true));
    }
    if refused.is_empty() && !asked.headers.is_empty() {
        let allowed = asked.allowed_headers.join(", ");
        note.judge(HEADERS, Some(asked.headers.join(", ")), allowed, Some(true));
    }
    note.say(
        || {
            let with = match asked.headers.is_empty() {
                true => String::new(),
                false => format!(" with {}", names(&asked.headers, Lang::En)),
            };
            format!(
                "Preflight: the browser asks (packet {}) whether a page of {} may send {}{with} \
                 here.",
                event.asked,
                escape(asked.origin),
                escape(asked.method),
            )
        },
        || {
            let with = match asked.headers.is_empty() {
                true => String::new(),
                false => format!("，带 {}", names(&asked.headers, Lang::Zh)),
            };
            format!(
                "预检：浏览器先问（{}），来自 {} 的页面能否在这里用 {}{with}。",
                packet(event.asked, Lang::Zh),
                escape(asked.origin),
                escape(asked.method),
            )
        },
    );
    if event.refusal.is_some() {
        return;
    }
    let kept_en = asked.max_age_s.map_or(String::new(), |age| {
        format!(" For {age} s it need not ask again.")
    });
    let kept_zh = asked
        .max_age_s
        .map_or(String::new(), |age| format!("{age} s 之内不必再问。"));
    let is_allowed = asked.allows_method() && refused.is_empty() && asked.allowed_origin.is_some();
    note.say(
        || match is_allowed {
            true => format!("It may.{kept_en}"),
            false => "Not as far as this answer says, but a proxy may add to it.".to_owned(),
        },
        || match is_allowed {
            true => format!("可以。{kept_zh}"),
            false => "从这个响应看还不行，但代理可能会补充。".to_owned(),
        },
    );
}

pub fn refused(event: &Cors, scene: &Scene, note: &mut Note) {
    let Some(refusal) = event.refusal else {
        return;
    };
    let asked = Preflight::of(&event.request, &event.response);
    let (method, target) = event.request.request().unwrap_or_default();
    let origin = event.request.value("Origin").unwrap_or_default();
    let allowed = event.response.value("Access-Control-Allow-Origin");
    let status = event.response.status().map_or(0, |(code, _)| code);
    note.value("exchange", event.index)
        .value("preflight", asked.is_some())
        .value("method", method.to_owned())
        .value("target", target.to_owned())
        .value("origin", origin.to_owned())
        .value("because", refusal.name())
        .value("allowed_origin", allowed.map(str::to_owned))
        .value("status", u32::from(status))
        .related(
            [event.asked]
                .into_iter()
                .filter(|number| !scene.is_on(*number)),
        );
    let allowed = escape(allowed.unwrap_or_default()).into_owned();
    let because = |lang: Lang| because(refusal, asked.as_ref(), &allowed, status, lang);
    let origin = escape(origin);
    note.say(
        || {
            let what = match asked.is_some() {
                true => "A browser does not send the request that the page wants",
                false => "The request was served, but a browser keeps the answer from the page",
            };
            format!("{what} (of {origin}): {}.", because(Lang::En))
        },
        || {
            let what = match asked.is_some() {
                true => "浏览器不会发出它所预检的请求",
                false => "请求已被处理，但浏览器不把响应交给页面",
            };
            format!("{what}（页面来自 {origin}）：{}。", because(Lang::Zh))
        },
    );
}

/// Why it is refused.
fn because(
    refusal: Refusal,
    asked: Option<&Preflight<'_>>,
    allowed: &str,
    status: u16,
    lang: Lang,
) -> String {
    let method = asked.map_or("", |asked| asked.method);
    let methods = asked.map_or(String::new(), |asked| names(&asked.allowed_methods, lang));
    let headers = asked.map_or(String::new(), |asked| {
        names(&asked.headers_refused().collect::<Vec<_>>(), lang)
    });
    match (refusal, lang) {
        (Refusal::Status, Lang::En) => {
            format!("the preflight was answered {status}, and has to be answered 2xx")
        }
        (Refusal::Status, Lang::Zh) => format!("预检得到的是 {status}，应为 2xx"),
        (Refusal::NoOrigin, _) => lang
            .pick(
                "the answer allows no origin (no Access-Control-Allow-Origin)",
                "响应没有允许任何源（没有 Access-Control-Allow-Origin）",
            )
            .to_owned(),
        (Refusal::Origin, Lang::En) => format!("the answer allows another origin, {allowed}"),
        (Refusal::Origin, Lang::Zh) => format!("响应允许的是别的源 {allowed}"),
        (Refusal::Method, Lang::En) if methods.is_empty() => {
            format!("{} is not allowed, as no method is named", escape(method))
        }
        (Refusal::Method, Lang::En) => {
            format!(
                "{} is not among the methods allowed, {methods}",
                escape(method)
            )
        }
        (Refusal::Method, Lang::Zh) if methods.is_empty() => {
            format!("{} 不在允许之列，响应没有列出方法", escape(method))
        }
        (Refusal::Method, Lang::Zh) => {
            format!("允许的方法是 {methods}，没有 {}", escape(method))
        }
        (Refusal::Header, Lang::En) => format!("a header name is not allowed: {headers}"),
        (Refusal::Header, Lang::Zh) => format!("有字段名不在允许之列：{headers}"),
        (Refusal::Wildcard, _) => lang
            .pick(
                "the request came with cookies, and then * allows nobody",
                "请求带有 Cookie，这时 * 不算允许",
            )
            .to_owned(),
        (Refusal::Credentials, _) => lang
            .pick(
                "the request came with cookies, and Access-Control-Allow-Credentials does not say \
                 true",
                "请求带有 Cookie，而 Access-Control-Allow-Credentials 不是 true",
            )
            .to_owned(),
    }
}

#[cfg(test)]
mod tests;
