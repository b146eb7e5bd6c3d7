//! Who ends a WebSocket connection, and why.

use super::{elsewhere, who};
use crate::decode::websocket::Close;
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::packet;
use crate::notes::{Lang, Note, Scene};
use crate::track::WebSocketClose;

pub fn close(event: &WebSocketClose, scene: &Scene, note: &mut Note) {
    let is_first = event.answers.is_none();
    if is_first && !Close::is_ordinary(event.code) {
        note.unusual();
    }
    let reason = Some(&*event.reason).filter(|reason| !reason.is_empty());
    note.value("side", event.sender.name())
        .value("code", event.code.map(u32::from))
        .value("meaning", event.code.map(|code| meaning(code, Lang::En)))
        .value("reason", reason.map(str::to_owned))
        .value("answers", event.answers.map(|(packet, _)| packet))
        .value("after_ns", event.answers.map(|(_, ns)| ns))
        .related(
            event
                .answers
                .and_then(|(packet, _)| elsewhere(packet, scene)),
        );
    let quoted = reason.map_or(String::new(), |it| format!(" \"{}\"", escape(it)));
    note.say(
        || {
            let code = match event.code {
                Some(code) => format!("code {code}: {}{quoted}", meaning(code, Lang::En)),
                None => "without a code".to_owned(),
            };
            match event.answers {
                None => format!(
                    "WebSocket Close: the {} ends the connection, {code}. The other side answers \
                     with a Close of its own, then the server closes TCP.",
                    who(event.sender, Lang::En),
                ),
                Some((first, after_ns)) => format!(
                    "WebSocket Close of the {}, {code}: answers the one in {} after {}. Now the \
                     server closes TCP.",
                    who(event.sender, Lang::En),
                    packet(first, Lang::En),
                    duration(after_ns),
                ),
            }
        },
        || {
            let code = match event.code {
                Some(code) => format!("状态码 {code}：{}{quoted}", meaning(code, Lang::Zh)),
                None => "没有状态码".to_owned(),
            };
            match event.answers {
                None => format!(
                    "WebSocket Close：{}要结束连接，{code}。对方应答自己的 Close，然后由服务器关闭 TCP。",
                    who(event.sender, Lang::Zh),
                ),
                Some((first, after_ns)) => format!(
                    "{}的 WebSocket Close，{code}：在 {} 后应答{}。接下来由服务器关闭 TCP。",
                    who(event.sender, Lang::Zh),
                    duration(after_ns),
                    packet(first, Lang::Zh),
                ),
            }
        },
    );
}

/// What a code says (section 7.4.1, and the registry of IANA).
pub(super) const fn meaning(code: u16, lang: Lang) -> &'static str {
    match code {
        1000 => lang.pick("all is done", "正常结束"),
        1001 => lang.pick("going away", "离开"),
        1002 => lang.pick("protocol error", "协议错误"),
        1003 => lang.pick("this kind of data is not accepted", "不接受这类数据"),
        1007 => lang.pick("the data do not fit their kind", "数据与其类型不符"),
        1008 => lang.pick("against the policy", "违反策略"),
        1009 => lang.pick("the message is too big", "消息太大"),
        1010 => lang.pick("an extension is missing", "缺少扩展"),
        1011 => lang.pick("the server failed", "服务器出错"),
        1012 => lang.pick("the service restarts", "服务重启"),
        1013 => lang.pick("try again later", "请稍后再试"),
        1014 => lang.pick("a gateway got a bad answer", "网关得到错误的响应"),
        3000..=3999 => lang.pick("a code of a library's", "某个库自定义的代码"),
        4000..=4999 => lang.pick("a code of the application's", "应用自定义的代码"),
        _ => lang.pick("no meaning that is known", "没有已知的含义"),
    }
}
