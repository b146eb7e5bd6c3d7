//! The topic `websocket`: its note in both languages, and the words for its events
//! (RFC 6455, RFC 7692).

mod close;
#[cfg(test)]
mod tests;

pub use close::close;

use crate::decode::http::Head;
use crate::decode::websocket::{Fault, Opcode, accept_of};
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{
    PacketNumber, Side, WebSocketMessage, WebSocketPing, WebSocketPong, WebSocketProtocolError,
    WebSocketUpgrade,
};

pub static TOPIC: Topic = Topic {
    name: "websocket",
    title_en: "WebSocket",
    title_zh: "WebSocket",
    also: &[
        "web-socket",
        "ws",
        "wss",
        "ping-pong",
        "permessage-deflate",
        "full-duplex",
        "全双工",
        "双向通信",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ACCEPT: Rule = Rule {
    id: "Sec-WebSocket-Accept = base64(SHA-1(key + GUID))",
    zh: "Sec-WebSocket-Accept = base64(SHA-1(key + GUID))",
};
const OFFERED: Rule = Rule {
    id: "the subprotocol was offered",
    zh: "所选的子协议是客户端提出过的",
};

/// Who sent it.
pub(super) const fn who(side: Side, lang: Lang) -> &'static str {
    match side {
        Side::Client => lang.pick("client", "客户端"),
        Side::Server => lang.pick("server", "服务器"),
    }
}

/// The value of a field, as a text shows it.
fn field(head: &Head, name: &str) -> Option<String> {
    let value = head.value(name).filter(|value| !value.is_empty())?;
    Some(escape(value).into_owned())
}

pub fn upgrade(event: &WebSocketUpgrade, scene: &Scene, note: &mut Note) {
    let request = event.request.as_deref();
    let response = &event.response;
    let asked = |name: &str| request.and_then(|head| head.value(name));
    let key = asked("Sec-WebSocket-Key");
    let accept = response.value("Sec-WebSocket-Accept");
    let expected = key.map(accept_of);
    let subprotocol = response.value("Sec-WebSocket-Protocol");
    let extensions = response.value("Sec-WebSocket-Extensions");
    note.value("exchange", event.index)
        .value("version", asked("Sec-WebSocket-Version").map(str::to_owned))
        .value("key", key.map(str::to_owned))
        .value("accept", accept.map(str::to_owned))
        .value("subprotocol", subprotocol.map(str::to_owned))
        .value("extensions", extensions.map(str::to_owned))
        .related(event.asked.filter(|number| !scene.is_on(*number)));
    let holds = expected
        .as_deref()
        .map(|expected| Some(expected) == accept.map(str::trim));
    if accept.is_some() || expected.is_some() {
        let accept = accept.unwrap_or_default().to_owned();
        note.judge(ACCEPT, expected.clone(), accept, holds);
    }
    if let (Some(chosen), Some(head)) = (subprotocol, request) {
        let is_offered = head.lists("Sec-WebSocket-Protocol", chosen.trim());
        let offered = asked("Sec-WebSocket-Protocol").unwrap_or_default();
        let offered = offered.to_owned();
        note.judge(OFFERED, Some(offered), chosen.to_owned(), Some(is_offered));
    }
    let chosen = field(response, "Sec-WebSocket-Protocol");
    let agreed = field(response, "Sec-WebSocket-Extensions");
    note.say(
        || {
            let proof = match holds {
                Some(true) => "The server has proved that it understood the key",
                Some(false) => "Sec-WebSocket-Accept does not fit the key, so that a client must give up",
                None => "Whether the server's proof fits the key cannot be seen",
            };
            let chosen = chosen.as_ref().map_or(String::new(), |it| format!(" Subprotocol: {it}."));
            let agreed = agreed.as_ref().map_or(String::new(), |it| format!(" Extensions: {it}."));
            format!(
                "WebSocket begins: from here on both sides send frames, at any time. {proof}.{chosen}{agreed}"
            )
        },
        || {
            let proof = match holds {
                Some(true) => "服务器已证明它认得密钥",
                Some(false) => "Sec-WebSocket-Accept 与密钥不符，客户端必须放弃",
                None => "看不出服务器的证明是否与密钥相符",
            };
            let chosen = chosen.as_ref().map_or(String::new(), |it| format!("子协议：{it}。"));
            let agreed = agreed.as_ref().map_or(String::new(), |it| format!("扩展：{it}。"));
            format!("WebSocket 开始：从此双方随时可以发帧。{proof}。{chosen}{agreed}")
        },
    );
}

pub fn message(event: &WebSocketMessage, scene: &Scene, note: &mut Note) {
    let text = Some(&*event.text).filter(|text| !text.is_empty());
    note.value("side", event.sender.name())
        .value("message", event.index)
        .value("opcode", event.opcode.name())
        .value("bytes", event.bytes)
        .value("missing_bytes", event.missing_bytes)
        .value("frames", event.frames)
        .value("overhead_bytes", event.overhead_bytes)
        .value("compressed", event.is_compressed)
        .value("text", text.map(str::to_owned))
        .value("certain", event.is_certain)
        .related(
            [event.first.packet]
                .into_iter()
                .filter(|number| *number > 0 && !scene.is_on(*number)),
        );
    let shown = text.map_or(String::new(), |text| format!(" \"{}\"", escape(text)));
    note.say(
        || {
            let kind = match event.opcode {
                Opcode::Text => "text",
                _ => "binary message",
            };
            let compressed = if event.is_compressed { ", compressed" } else { "" };
            let frames = match event.frames {
                1 => String::new(),
                many => format!(" in {many} frames"),
            };
            let missing = match event.missing_bytes {
                0 => String::new(),
                many => format!(", {many} of them not captured"),
            };
            format!(
                "WebSocket {kind} {} of the {}: {}{compressed}{missing}{shown}, behind {} of header{frames}.",
                event.index,
                who(event.sender, Lang::En),
                counted_en(event.bytes, "byte"),
                counted_en(event.overhead_bytes, "byte"),
            )
        },
        || {
            let kind = match event.opcode {
                Opcode::Text => "文本",
                _ => "二进制",
            };
            let compressed = if event.is_compressed { "（已压缩）" } else { "" };
            let frames = match event.frames {
                1 => String::new(),
                many => format!("，分 {many} 帧"),
            };
            let missing = match event.missing_bytes {
                0 => String::new(),
                many => format!("，其中 {many} 字节没有抓到"),
            };
            format!(
                "{}的第 {} 条 WebSocket {kind}消息：{} 字节{compressed}{missing}{shown}，帧头 {} 字节{frames}。",
                who(event.sender, Lang::Zh),
                event.index,
                event.bytes,
                event.overhead_bytes,
            )
        },
    );
}

pub fn ping(event: &WebSocketPing, _: &Scene, note: &mut Note) {
    note.value("side", event.sender.name())
        .value("bytes", event.bytes)
        .value("since_last_ns", event.since_last_ns);
    note.say(
        || {
            let since = event.since_last_ns.map_or(String::new(), |ns| {
                format!(", {} after its last one", duration(ns))
            });
            format!(
                "WebSocket Ping of the {} with {}{since}: the other side must answer with a Pong \
                 that has the same payload.",
                who(event.sender, Lang::En),
                counted_en(event.bytes, "byte"),
            )
        },
        || {
            let since = event
                .since_last_ns
                .map_or(String::new(), |ns| format!("，距上一次 {}", duration(ns)));
            format!(
                "{}的 WebSocket Ping，{} 字节{since}：对方必须用载荷相同的 Pong 应答。",
                who(event.sender, Lang::Zh),
                event.bytes,
            )
        },
    );
}

pub fn pong(event: &WebSocketPong, _: &Scene, note: &mut Note) {
    note.value("side", event.sender.name())
        .value("bytes", event.bytes)
        .value("ping", event.ping.map(|(packet, _)| packet))
        .value("latency_ns", event.ping.map(|(_, ns)| ns))
        .value("skipped", event.skipped)
        .related(event.ping.map(|(packet, _)| packet));
    let Some((asked, latency_ns)) = event.ping else {
        note.say(
            || {
                format!(
                    "WebSocket Pong of the {} that no Ping of this recording asked for: allowed, as \
                     a heartbeat in one direction.",
                    who(event.sender, Lang::En)
                )
            },
            || {
                format!(
                    "{}的 WebSocket Pong，抓包里没有对应的 Ping：这是允许的，可作单向心跳。",
                    who(event.sender, Lang::Zh)
                )
            },
        );
        return;
    };
    note.say(
        || {
            let skipped = match event.skipped {
                0 => String::new(),
                1 => " The Ping before it gets no Pong of its own, which is allowed.".to_owned(),
                many => {
                    format!(" {many} Pings before it get no Pong of their own, which is allowed.")
                }
            };
            format!(
                "WebSocket Pong of the {}: answers the Ping in {} after {}, so its program is \
                 there.{skipped}",
                who(event.sender, Lang::En),
                packet(asked, Lang::En),
                duration(latency_ns),
            )
        },
        || {
            let skipped = match event.skipped {
                0 => String::new(),
                many => format!("此前的 {many} 个 Ping 没有各自的 Pong，这是允许的。"),
            };
            format!(
                "{}的 WebSocket Pong：{} 后应答{}的 Ping，说明它的程序还在。{skipped}",
                who(event.sender, Lang::Zh),
                duration(latency_ns),
                packet(asked, Lang::Zh),
            )
        },
    );
}

pub fn protocol_error(event: &WebSocketProtocolError, _: &Scene, note: &mut Note) {
    let WebSocketProtocolError {
        sender,
        offset,
        fault,
        opcode,
        reserved,
        bytes,
    } = *event;
    note.value("side", sender.name())
        .value("offset", offset)
        .value("because", fault.name())
        .value("rule", fault.section())
        .value("opcode", u32::from(opcode.bits()))
        .value("reserved_bits", u32::from(reserved))
        .value("bytes", bytes);
    note.say(
        || {
            let after = match fault.is_readable() {
                true => "it is told once, and the frames are read all the same",
                false => "what follows is not read",
            };
            format!(
                "No frame that the other side may accept: {} ({}). The {} sent it at byte {offset} \
                 of its stream; the connection must be failed, and {after}.",
                broken(event, Lang::En),
                fault.section(),
                who(sender, Lang::En),
            )
        },
        || {
            let after = match fault.is_readable() {
                true => "这里只报一次，各帧照样解读",
                false => "后面的内容不再解读",
            };
            format!(
                "对方不得接受的帧：{}（{}）。它由{}发出，在其字节流的第 {offset} 字节处；连接必须中止，\
                 {after}。",
                broken(event, Lang::Zh),
                fault.section(),
                who(sender, Lang::Zh),
            )
        },
    );
}

/// What is broken, with the frame's own numbers.
fn broken(event: &WebSocketProtocolError, lang: Lang) -> String {
    let WebSocketProtocolError {
        opcode,
        reserved,
        bytes,
        ..
    } = *event;
    let opcode = opcode.bits();
    match (event.fault, lang) {
        (Fault::ReservedBits, Lang::En) => {
            format!("reserved bits are {reserved:03b}, and no extension uses them")
        }
        (Fault::ReservedBits, Lang::Zh) => format!("保留位为 {reserved:03b}，却没有扩展用到它们"),
        (Fault::Opcode, Lang::En) => format!("opcode {opcode} has no meaning"),
        (Fault::Opcode, Lang::Zh) => format!("操作码 {opcode} 没有定义"),
        (Fault::Length, Lang::En) => format!("the length {bytes} is written in too many bytes"),
        (Fault::Length, Lang::Zh) => format!("长度 {bytes} 用了过多的字节来写"),
        (Fault::ControlLength, Lang::En) => {
            format!("a control frame has {bytes} bytes of payload, and may have 125")
        }
        (Fault::ControlLength, Lang::Zh) => format!("控制帧的载荷有 {bytes} 字节，最多只能有 125"),
        (Fault::CloseLength, Lang::En) => {
            format!("a Close has {bytes} byte of payload, and a code takes 2")
        }
        (Fault::CloseLength, Lang::Zh) => format!("Close 的载荷只有 {bytes} 字节，而状态码要占 2"),
        (fault, lang) => plainly(fault, lang).to_owned(),
    }
}

/// What is broken where no number says more.
const fn plainly(fault: Fault, lang: Lang) -> &'static str {
    match fault {
        Fault::NotMasked => lang.pick("a client's frame is not masked", "客户端的帧没有掩码"),
        Fault::Masked => lang.pick("a server's frame is masked", "服务器的帧带有掩码"),
        Fault::ControlFragmented => lang.pick("a control frame is fragmented", "控制帧被分片"),
        Fault::NothingToContinue => lang.pick(
            "a continuation goes on with no message",
            "延续帧之前没有未完的消息",
        ),
        Fault::NotContinued => lang.pick(
            "a new message begins before the one before has ended",
            "上一条消息未完就开始了新消息",
        ),
        Fault::CloseCode => lang.pick(
            "the code of a Close is one that is never sent",
            "Close 的状态码不允许在线路上出现",
        ),
        Fault::CloseReason => lang.pick(
            "the reason of a Close is not UTF-8",
            "Close 的理由不是 UTF-8",
        ),
        Fault::DataAfterClose => lang.pick(
            "data follow the side's own Close",
            "已发出 Close 之后又发送数据",
        ),
        Fault::ReservedBits
        | Fault::Opcode
        | Fault::Length
        | Fault::ControlLength
        | Fault::CloseLength => lang.pick("a frame that cannot be", "不可能存在的帧"),
    }
}

/// The packets among these that the event is not on itself.
pub(super) fn elsewhere(number: PacketNumber, scene: &Scene) -> Option<PacketNumber> {
    (number > 0 && !scene.is_on(number)).then_some(number)
}
