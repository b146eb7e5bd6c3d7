//! The topic `cookies-and-sessions`: its note in both languages, and the words for
//! cookies that are set and sent (RFC 6265 and its revision, RFC 6265bis).

use crate::decode::http::{CookieAttributes, Head, Secret};
use crate::escape::escape;
use crate::notes::wording::{counted_en, list, packets};
use crate::notes::{Lang, Note, Scene, Topic, Value};
use crate::track::{CookieSent, CookieSet, CookieUnprotected, Exposure};

pub static TOPIC: Topic = Topic {
    name: "cookies-and-sessions",
    title_en: "Cookies and sessions: being known again",
    title_zh: "Cookie 与会话：再次被认出",
    also: &[
        "cookies",
        "session",
        "sessions",
        "set-cookie",
        "httponly",
        "samesite",
        "会话状态",
        "登录状态",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// So many cookies are named in a text.
const NAMED_AT_MOST: usize = 6;

/// The number of a secret, as a text shows it behind a name.
pub(in crate::notes) fn numbered(number: Option<u32>, lang: Lang) -> Option<String> {
    let number = number?;
    Some(match lang {
        Lang::En => format!("secret {number}"),
        Lang::Zh => format!("秘密 {number}"),
    })
}

/// A name with what is said of it.
fn with_remarks(name: &str, remarks: &[String], lang: Lang) -> String {
    let name = escape(name);
    match (remarks.is_empty(), lang) {
        (true, _) => name.into_owned(),
        (false, Lang::En) => format!("{name} ({})", remarks.join(", ")),
        (false, Lang::Zh) => format!("{name}（{}）", remarks.join("，")),
    }
}

/// The first of them, and how many there are more.
fn named(mut all: Vec<String>, lang: Lang) -> String {
    let more = all.len().saturating_sub(NAMED_AT_MOST);
    if more > 0 {
        all.truncate(NAMED_AT_MOST);
        all.push(match lang {
            Lang::En => format!("{more} more"),
            Lang::Zh => format!("另外 {more} 个"),
        });
    }
    list(&all, lang)
}

/// One cookie that a response sets.
struct Set<'h> {
    name: &'h str,
    secret: Option<u32>,
    attributes: CookieAttributes<'h>,
}

impl Set<'_> {
    fn remarks(&self, lang: Lang) -> Vec<String> {
        let attributes = &self.attributes;
        let mut remarks: Vec<String> = numbered(self.secret, lang).into_iter().collect();
        if attributes.is_deleted {
            return vec![lang.pick("forget it", "删除").to_owned()];
        }
        if attributes.is_secure {
            remarks.push("Secure".to_owned());
        }
        if attributes.is_http_only {
            remarks.push("HttpOnly".to_owned());
        }
        if let Some(same_site) = attributes.same_site {
            remarks.push(format!("SameSite={}", escape(same_site)));
        }
        if let Some(domain) = attributes.domain {
            remarks.push(format!("Domain={}", escape(domain)));
        }
        if let Some(age) = attributes.max_age_s {
            remarks.push(match lang {
                Lang::En => format!("kept {age} s"),
                Lang::Zh => format!("保存 {age} s"),
            });
        }
        remarks
    }
}

pub fn set(event: &CookieSet, _: &Scene, note: &mut Note) {
    let fields: Vec<_> = event.head.credentials("Set-Cookie").collect();
    let cookies: Vec<Set<'_>> = fields
        .iter()
        .filter_map(|field| {
            let (name, secret) = field.named.first()?;
            Some(Set {
                name,
                secret: secret.number(),
                attributes: CookieAttributes::read(&field.attributes),
            })
        })
        .collect();
    let each = |value: fn(&Set<'_>) -> Value| -> Vec<Value> { cookies.iter().map(value).collect() };
    note.value("exchange", event.index)
        .value("names", each(|one| one.name.to_owned().into()))
        .value("secrets", each(|one| one.secret.into()))
        .value("deleted", each(|one| one.attributes.is_deleted.into()))
        .value("secure", each(|one| one.attributes.is_secure.into()))
        .value("http_only", each(|one| one.attributes.is_http_only.into()))
        .value(
            "same_site",
            each(|one| one.attributes.same_site.map(str::to_owned).into()),
        )
        .value("max_age_s", each(|one| one.attributes.max_age_s.into()));
    let kept = || cookies.iter().filter(|one| !one.attributes.is_deleted);
    let are_deleted = kept().next().is_none();
    let shown = |lang| {
        let all = cookies.iter();
        let all = all.map(|one| with_remarks(one.name, &one.remarks(lang), lang));
        named(all.collect(), lang)
    };
    note.say(
        || match are_deleted {
            true => format!("The server takes a cookie back: {}.", shown(Lang::En)),
            false => format!(
                "The server gives the client {}, to be sent back with each request from now on: {}.",
                counted_en(cookies.len() as u64, "cookie"),
                shown(Lang::En)
            ),
        },
        || match are_deleted {
            true => format!("服务器收回 Cookie：{}。", shown(Lang::Zh)),
            false => format!(
                "服务器给客户端 {} 个 Cookie，此后每次请求都要带回来：{}。",
                cookies.len(),
                shown(Lang::Zh)
            ),
        },
    );
    let lacking = |lacks: fn(&CookieAttributes<'_>) -> bool| -> Vec<String> {
        let names = kept().filter(|one| lacks(&one.attributes));
        names.map(|one| escape(one.name).into_owned()).collect()
    };
    let readable = lacking(|attributes| !attributes.is_http_only);
    if !readable.is_empty() {
        note.say(
            || {
                format!(
                    "Without HttpOnly scripts can read {}.",
                    named(readable.clone(), Lang::En)
                )
            },
            || {
                format!(
                    "没有 HttpOnly，脚本可以读到 {}。",
                    named(readable.clone(), Lang::Zh)
                )
            },
        );
    }
    let anywhere = lacking(|attributes| attributes.same_site.is_none());
    if !anywhere.is_empty() {
        note.say(
            || {
                format!(
                    "Without SameSite it is for the browser to decide whether requests that other \
                     sites cause carry {} too.",
                    named(anywhere.clone(), Lang::En)
                )
            },
            || {
                format!(
                    "没有 SameSite，别的网站引发的请求是否也带上 {}，由浏览器决定。",
                    named(anywhere.clone(), Lang::Zh)
                )
            },
        );
    }
}

/// Name and number of each cookie that a request brings.
fn brought(head: &Head) -> Vec<(String, Option<u32>)> {
    let fields = head.credentials("Cookie");
    let each = |(name, secret): &(Box<str>, Secret)| (name.to_string(), secret.number());
    fields
        .flat_map(|field| field.named.iter().map(each).collect::<Vec<_>>())
        .collect()
}

pub fn sent(event: &CookieSent, _: &Scene, note: &mut Note) {
    let cookies = brought(&event.head);
    let (names, secrets): (Vec<String>, Vec<Option<u32>>) = cookies.iter().cloned().unzip();
    let bytes = event.head.credentials("Cookie").map(|field| field.bytes);
    let bytes: u32 = bytes.sum();
    note.value("exchange", event.index)
        .value("names", names)
        .value("secrets", secrets)
        .value("bytes", bytes)
        .value("set_by", event.set_by.clone())
        .related(event.set_by.iter().copied());
    let shown = |lang| {
        let all = cookies.iter().map(|(name, secret)| {
            let remarks: Vec<String> = numbered(*secret, lang).into_iter().collect();
            with_remarks(name, &remarks, lang)
        });
        named(all.collect(), lang)
    };
    let set_by = |lang: Lang| match (event.set_by.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::En) => format!(", set by {}", packets(&event.set_by, lang)),
        (false, Lang::Zh) => format!("，由{}设置", packets(&event.set_by, lang)),
    };
    note.say(
        || {
            format!(
                "The client brings {} along, {bytes} bytes{}: {}. That is how the server knows \
                 it again.",
                counted_en(cookies.len() as u64, "cookie"),
                set_by(Lang::En),
                shown(Lang::En)
            )
        },
        || {
            format!(
                "客户端带来 {} 个 Cookie，共 {bytes} 字节{}：{}。服务器就这样认出客户端。",
                cookies.len(),
                set_by(Lang::Zh),
                shown(Lang::Zh)
            )
        },
    );
}

/// Who can read what goes without TLS, as the end of a text.
pub(in crate::notes) const fn exposed(exposure: Exposure, lang: Lang) -> &'static str {
    match exposure {
        Exposure::Network => lang.pick(
            "Everyone on the way can read it and use it.",
            "沿途的任何人都能读到它，并拿去使用。",
        ),
        Exposure::Loopback => lang.pick("It does not leave this host.", "它没有离开本机。"),
        Exposure::BehindProxy => lang.pick(
            "The client sent it over TLS, and a proxy took it out: it is open on the way from \
             there to the server.",
            "客户端是经 TLS 发来的，由代理解开：从代理到服务器这一段是明文。",
        ),
    }
}

/// The name in records.
pub(in crate::notes) const fn exposure_name(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Network => "network",
        Exposure::Loopback => "loopback",
        Exposure::BehindProxy => "behind_proxy",
    }
}

pub fn unprotected(event: &CookieUnprotected, _: &Scene, note: &mut Note) {
    if event.exposure != Exposure::Network {
        note.too_early();
    }
    let names: Vec<String> = event.names.iter().map(|name| name.to_string()).collect();
    note.value("exchange", event.index)
        .value(
            "of",
            if event.of_response {
                "response"
            } else {
                "request"
            },
        )
        .value("names", names)
        .value("exposure", exposure_name(event.exposure));
    let shown = |lang| {
        let all = event.names.iter().map(|name| escape(name).into_owned());
        named(all.collect(), lang)
    };
    note.say(
        || {
            let what = match event.of_response {
                true => "The server sets it all the same, and a browser will not keep it",
                false => "The client sends it all the same",
            };
            format!(
                "A cookie for TLS alone (Secure) goes in clear text: {}. {what}. {}",
                shown(Lang::En),
                exposed(event.exposure, Lang::En)
            )
        },
        || {
            let what = match event.of_response {
                true => "服务器却这样设置了它，浏览器不会保存",
                false => "客户端却这样发送了它",
            };
            format!(
                "只许经 TLS 传送的 Cookie（Secure）以明文出现：{}。{what}。{}",
                shown(Lang::Zh),
                exposed(event.exposure, Lang::Zh)
            )
        },
    );
}

#[cfg(test)]
mod tests;
