//! Messages that break the rules.

use crate::decode::http::{BodyEnd, Conflict, Rule};
use crate::notes::wording::{self, list};
use crate::notes::{Lang, Note, Scene};
use crate::track::{HttpFramingConflict, HttpMalformed};

pub fn framing_conflict(event: &HttpFramingConflict, _: &Scene, note: &mut Note) {
    let names: Vec<&'static str> = event.conflicts.iter().map(|one| name(*one)).collect();
    let sections: Vec<&'static str> = event.conflicts.iter().map(|one| one.section()).collect();
    note.value("exchange", event.index)
        .value(
            "of",
            if event.of_response {
                "response"
            } else {
                "request"
            },
        )
        .value("conflicts", names)
        .value("rules", sections)
        .value("body_ends_by", event.body.name());
    let say = |lang| {
        let each = event
            .conflicts
            .iter()
            .map(|one| reading(*one, event.of_response, lang));
        list(&each.collect::<Vec<_>>(), lang)
    };
    let end = |lang: Lang| match event.body {
        BodyEnd::None => lang.pick("there is no body", "没有消息体").to_owned(),
        BodyEnd::Length(length) => match lang {
            Lang::En => format!("the body has {length} bytes"),
            Lang::Zh => format!("消息体有 {length} 字节"),
        },
        BodyEnd::Chunked => lang
            .pick("the body is read by its chunks", "消息体按分块读取")
            .to_owned(),
        BodyEnd::Close => lang
            .pick("the body ends with the connection", "消息体到连接关闭为止")
            .to_owned(),
    };
    note.say(
        || {
            format!(
                "Two readers may not agree on this message, which is how requests are smuggled \
                 past a proxy: {}. Here it is read so: {}.",
                say(Lang::En),
                end(Lang::En)
            )
        },
        || {
            format!(
                "两个接收者对这条消息的读法可能不同，请求走私就利用这一点：{}。这里的读法：{}。",
                say(Lang::Zh),
                end(Lang::Zh)
            )
        },
    );
}

/// The name in records.
const fn name(conflict: Conflict) -> &'static str {
    match conflict {
        Conflict::LengthTwice(..) => "content_length_twice",
        Conflict::LengthAndEncoding(_) => "content_length_and_transfer_encoding",
        Conflict::ChunkedNotLast => "chunked_not_last",
        Conflict::EncodingInOldVersion => "transfer_encoding_in_http_1_0",
        Conflict::BareCr => "bare_cr",
        Conflict::SpaceBeforeColon => "space_before_colon",
        Conflict::Folded => "obs_fold",
    }
}

/// What is in conflict, and what the rule asks for.
fn reading(conflict: Conflict, of_response: bool, lang: Lang) -> String {
    let section = conflict.section();
    let text = match (conflict, lang) {
        (Conflict::LengthTwice(one, other), Lang::En) => {
            format!("Content-Length is {one} and {other}; the message is to be refused")
        }
        (Conflict::LengthTwice(one, other), Lang::Zh) => {
            format!("Content-Length 既是 {one} 又是 {other}，应当拒绝该消息")
        }
        (Conflict::LengthAndEncoding(length), Lang::En) => format!(
            "Content-Length {length} stands beside Transfer-Encoding, which counts; the connection \
             is to be closed after the answer"
        ),
        (Conflict::LengthAndEncoding(length), Lang::Zh) => format!(
            "Content-Length {length} 与 Transfer-Encoding 并存，以后者为准，响应之后应关闭连接"
        ),
        (Conflict::ChunkedNotLast, _) => lang
            .pick(
                "the last transfer coding of a request is not chunked; it is to be refused with 400",
                "请求的最后一个传输编码不是 chunked，应以 400 拒绝",
            )
            .to_owned(),
        (Conflict::EncodingInOldVersion, _) => lang
            .pick(
                "HTTP/1.0 has no Transfer-Encoding; its framing is to be held for faulty",
                "HTTP/1.0 没有 Transfer-Encoding，应视为分界有误",
            )
            .to_owned(),
        (Conflict::BareCr, _) => lang
            .pick(
                "a CR stands without LF; it is to be refused or read as a space",
                "有 CR 而没有 LF，应当拒绝，或当作空格",
            )
            .to_owned(),
        (Conflict::SpaceBeforeColon, _) => match of_response {
            true => lang.pick(
                "white space stands before a colon; a proxy has to take it out",
                "冒号前有空白，代理必须把它去掉",
            ),
            false => lang.pick(
                "white space stands before a colon; a server has to refuse it with 400",
                "冒号前有空白，服务器必须以 400 拒绝",
            ),
        }
        .to_owned(),
        (Conflict::Folded, _) => lang
            .pick(
                "a value goes on in the next line (obs-fold); it is to be refused, or each break \
                 read as a space",
                "字段值折到下一行（obs-fold），应当拒绝，或把换行当作空格",
            )
            .to_owned(),
    };
    match lang {
        Lang::En => format!("{text} ({section})"),
        Lang::Zh => format!("{text}（{section}）"),
    }
}

pub fn malformed(event: &HttpMalformed, _: &Scene, note: &mut Note) {
    let rule = event.rule;
    note.value("sender", event.sender.name())
        .value(
            "of",
            if event.of_response {
                "response"
            } else {
                "request"
            },
        )
        .value("offset", event.offset)
        .value("rule", rule.section());
    let who = |lang| wording::side(event.sender, lang);
    note.say(
        || {
            format!(
                "At byte {} of what {} sent no HTTP message can be read on: {} ({}). The rest of \
                 its bytes is not read.",
                event.offset,
                who(Lang::En),
                broken(rule, Lang::En),
                rule.section()
            )
        },
        || {
            format!(
                "{}所发数据的第 {} 字节处无法继续读作 HTTP：{}（{}）。其后的字节不再解读。",
                who(Lang::Zh),
                event.offset,
                broken(rule, Lang::Zh),
                rule.section()
            )
        },
    );
}

/// What is broken.
const fn broken(rule: Rule, lang: Lang) -> &'static str {
    match rule {
        Rule::FirstLine => lang.pick(
            "a message has to begin with a request line or a status line",
            "消息应以请求行或状态行开头",
        ),
        Rule::StatusCode => lang.pick("a status code is three digits", "状态码应是三位数字"),
        Rule::Colon => lang.pick("a field line has no colon", "字段行没有冒号"),
        Rule::FieldName => lang.pick(
            "a field name holds a character that no name has",
            "字段名里有不允许的字符",
        ),
        Rule::Nul => lang.pick("a value holds NUL", "字段值里有 NUL"),
        Rule::ContentLength => lang.pick(
            "Content-Length is no decimal number",
            "Content-Length 不是十进制数",
        ),
        Rule::ChunkSize => lang.pick("a chunk does not begin with its size", "分块没有以大小开头"),
        Rule::ChunkEnd => lang.pick(
            "no line end stands behind a chunk's data",
            "分块数据之后没有换行",
        ),
    }
}
