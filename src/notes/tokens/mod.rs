//! The topic `tokens`: its note in both languages, and the words for passwords and
//! tokens that can be read (RFC 6750, RFC 7617).

use crate::escape::escape;
use crate::notes::cookies_and_sessions::{exposed, exposure_name, numbered};
use crate::notes::wording::list;
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{Exposure, TokenInClear, TokenInUrl};

pub static TOPIC: Topic = Topic {
    name: "tokens",
    title_en: "Tokens: who holds it is let in",
    title_zh: "令牌：谁拿着就放谁进",
    also: &[
        "jwt",
        "bearer",
        "bearer-token",
        "authorization",
        "basic-authentication",
        "access-token",
        "令牌",
        "访问令牌",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// So many secrets are named in a text.
const NAMED_AT_MOST: usize = 6;

pub fn in_clear(event: &TokenInClear, _: &Scene, note: &mut Note) {
    if event.exposure != Exposure::Network {
        note.too_early();
    }
    let field = event.head.credentials(event.field).next();
    let scheme = field.as_ref().and_then(|field| field.scheme.as_deref());
    let scheme = scheme.unwrap_or_default().to_owned();
    let number = field.as_ref().and_then(|field| field.secret.number());
    let is_basic = scheme.eq_ignore_ascii_case("Basic");
    note.value("exchange", event.index)
        .value("field", event.field)
        .value("scheme", scheme.clone())
        .value("bytes", field.as_ref().map(|field| field.bytes))
        .value("secret", number)
        .value("exposure", exposure_name(event.exposure));
    let scheme = escape(&scheme);
    let which = |lang: Lang| match (numbered(number, lang), lang) {
        (Some(number), Lang::En) => format!(" ({number})"),
        (Some(number), Lang::Zh) => format!("（{number}）"),
        (None, _) => String::new(),
    };
    note.say(
        || {
            let what = match is_basic {
                true => "name and password, merely written in base64",
                false => "a token, and who holds it is let in",
            };
            format!(
                "{}: {scheme} goes in clear text{}: {what}. {}",
                event.field,
                which(Lang::En),
                exposed(event.exposure, Lang::En)
            )
        },
        || {
            let what = match is_basic {
                true => "用户名和口令，只是写成了 base64",
                false => "令牌，谁拿着就放谁进",
            };
            format!(
                "{}: {scheme} 以明文传送{}：{what}。{}",
                event.field,
                which(Lang::Zh),
                exposed(event.exposure, Lang::Zh)
            )
        },
    );
}

pub fn in_url(event: &TokenInUrl, _: &Scene, note: &mut Note) {
    if event.is_meant || event.exposure == Exposure::Loopback {
        note.too_early();
    }
    let secrets = event.head.secrets_of_target();
    let names: Vec<String> = secrets.iter().map(|(name, _)| name.to_string()).collect();
    let numbers: Vec<Option<u32>> = secrets.iter().map(|(_, number)| *number).collect();
    note.value("exchange", event.index)
        .value("names", names)
        .value("secrets", numbers)
        .value("meant", event.is_meant)
        .value("exposure", exposure_name(event.exposure));
    let shown = |lang: Lang| {
        let each = secrets.iter().take(NAMED_AT_MOST).map(|(name, number)| {
            let name = match name.is_empty() {
                true => lang.pick("a token", "一个令牌").into(),
                false => escape(name),
            };
            match (numbered(*number, lang), lang) {
                (Some(number), Lang::En) => format!("{name} ({number})"),
                (Some(number), Lang::Zh) => format!("{name}（{number}）"),
                (None, _) => name.into_owned(),
            }
        });
        list(&each.collect::<Vec<_>>(), lang)
    };
    note.say(
        || match event.is_meant {
            true => format!(
                "The address that is asked for holds {}: made for one use or a short time, such \
                 values may stand there, but who sees the address can be faster.",
                shown(Lang::En)
            ),
            false => format!(
                "The address that is asked for holds a secret, {}. Addresses are kept in logs, in \
                 the history of browsers, in bookmarks, and may be told to the next site \
                 (Referer): a secret belongs in a header or in the body.",
                shown(Lang::En)
            ),
        },
        || match event.is_meant {
            true => format!(
                "所请求的地址里有 {}：这类值只用一次或短时有效，可以放在那里，但看到地址的人可能抢先使用。",
                shown(Lang::Zh)
            ),
            false => format!(
                "所请求的地址里有秘密：{}。地址会留在日志、浏览器历史和书签里，还可能告诉下一个网站（Referer）：\
                 秘密应放在头部字段或消息体里。",
                shown(Lang::Zh)
            ),
        },
    );
}

#[cfg(test)]
mod tests;
