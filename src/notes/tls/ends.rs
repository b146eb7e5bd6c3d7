//! How the handshake ends, and what goes wrong.

use super::{host, part, suite};
use crate::decode::tls::Alert;
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Lang, Note, Rule, Scene};
use crate::track::{
    Resumed, TlsAlert, TlsEarlyData, TlsEnd, TlsEstablished, TlsFailed, TlsPlaintext,
};

const ROUND_TRIPS: Rule = Rule {
    id: "round trips: TLS 1.2 full 2, resumed 1; TLS 1.3 1, with a retry 2",
    zh: "往返次数：TLS 1.2 完整 2、恢复 1；TLS 1.3 为 1，重试则 2",
};

pub fn established(event: &TlsEstablished, scene: &Scene, note: &mut Note) {
    let took_ns = event.end.time_ns.saturating_sub(event.hello.time_ns);
    note.value("version", event.version.name())
        .value("cipher_suite", suite(event.suite))
        .value("alpn", event.alpn.clone())
        .value("resumed", event.resumed.map(Resumed::name))
        .value("handshake_ns", took_ns)
        .value("round_trips", event.round_trips)
        .value("client_hello", event.hello.packet)
        .value("certain", event.is_certain)
        .related([event.hello.packet])
        .related(Some(event.end.packet).filter(|number| !scene.is_on(*number)));
    note.check(ROUND_TRIPS, event.expected, event.round_trips);
    note.say(
        || {
            let how = match event.resumed {
                Some(Resumed::Ticket) => ", an earlier session goes on by its ticket",
                Some(Resumed::Id) => ", an earlier session goes on by its id",
                Some(Resumed::Psk) => ", with a key from an earlier session",
                Some(Resumed::No) | None => "",
            };
            let trips = match event.round_trips {
                0 => "no round trip before the first data".to_owned(),
                trips => counted_en(trips.into(), "round trip"),
            };
            let retried = match event.is_retried {
                true => ", one of them for the second hello",
                false => "",
            };
            format!(
                "{} stands after {} and {trips}{retried}{how}: from here on all is encrypted.",
                event.version.name(),
                duration(took_ns),
            )
        },
        || {
            let how = match event.resumed {
                Some(Resumed::Ticket) => "，凭票据恢复了先前的会话",
                Some(Resumed::Id) => "，凭会话标识恢复了先前的会话",
                Some(Resumed::Psk) => "，用的是先前会话的密钥",
                Some(Resumed::No) | None => "",
            };
            let trips = match event.round_trips {
                0 => "首批数据之前没有往返".to_owned(),
                trips => format!("{trips} 次往返"),
            };
            let retried = match event.is_retried {
                true => "（其中一次用于第二个 hello）",
                false => "",
            };
            format!(
                "{} 建立，用时 {}，{trips}{retried}{how}：此后全部加密。",
                event.version.name(),
                duration(took_ns),
            )
        },
    );
}

pub fn early_data(event: &TlsEarlyData, scene: &Scene, note: &mut Note) {
    note.value("client_hello", event.hello)
        .value("accepted", event.is_accepted)
        .related(Some(event.hello).filter(|number| !scene.is_on(*number)));
    note.say(
        || match event.is_accepted {
            Some(true) => format!(
                "The server has taken the data that came with {} (0-RTT): they did not wait for \
                 any answer, and could have been recorded and sent again by others.",
                packet(event.hello, Lang::En)
            ),
            _ => "Early data (0-RTT): the client sends data at once, under a key from an earlier \
                  session. Whether the server takes them is encrypted. They can be recorded and \
                  sent again by others."
                .to_owned(),
        },
        || match event.is_accepted {
            Some(true) => format!(
                "服务器接受了随{}发来的数据（0-RTT）：它们没有等待任何应答，\
                 也可能被他人录下重放。",
                packet(event.hello, Lang::Zh)
            ),
            _ => "早期数据（0-RTT）：客户端立即发送数据，用先前会话的密钥加密。\
                  服务器是否接受，看不见。这些数据可能被他人录下重放。"
                .to_owned(),
        },
    );
}

pub fn alert(event: &TlsAlert, _: &Scene, note: &mut Note) {
    let alert = event.alert;
    if !alert.is_fatal() || alert.description == Alert::CLOSE_NOTIFY {
        note.too_early();
    }
    note.value("of", if event.of_server { "server" } else { "client" })
        .value("level", level(alert))
        .value("name", alert.name())
        .value("number", alert.description)
        .value("after", event.after);
    note.say(
        || {
            format!(
                "Alert {} ({}) from {}: {}.",
                alert.name(),
                level(alert),
                part(event.of_server, Lang::En),
                meaning(alert, event.after, Lang::En)
            )
        },
        || {
            let level = match alert.is_fatal() {
                true => "致命",
                false => "警告",
            };
            format!(
                "{}发来警报 {}（{level}）：{}。",
                part(event.of_server, Lang::Zh),
                alert.name(),
                meaning(alert, event.after, Lang::Zh)
            )
        },
    );
}

const fn level(alert: Alert) -> &'static str {
    match alert.is_fatal() {
        true => "fatal",
        false => "warning",
    }
}

/// What an alert says, and what usually causes it.
fn meaning(alert: Alert, after: &str, lang: Lang) -> &'static str {
    let (en, zh) = match alert.description {
        0 => ("it sends no more, all is well", "它不再发送，一切正常"),
        10 => (
            "a message came that does not belong here",
            "收到了不该在此时出现的消息",
        ),
        20 => (
            "a record does not authenticate: other keys, or it was changed on the way",
            "记录校验不通过：密钥不一致，或途中被改",
        ),
        22 => ("a record is too long", "记录过长"),
        40 if after == "ClientHello" => (
            "nothing in common: no version, cipher suite or group that both take",
            "没有共同可用的：版本、密码套件或密钥交换的组",
        ),
        40 => (
            "it does not go on, often because a certificate is missing",
            "不再继续，常因缺少证书",
        ),
        42 => (
            "the certificate is damaged, its signature wrong, or its name another",
            "证书损坏、签名不对，或名字不符",
        ),
        43 => ("it cannot use this kind of certificate", "不支持这种证书"),
        44 => ("the certificate was revoked", "证书已被吊销"),
        45 => (
            "the certificate has expired, or a clock is wrong",
            "证书已过期，或时钟不准",
        ),
        46 => (
            "something about the certificate is not accepted",
            "证书有问题，不予接受",
        ),
        47 => (
            "a field has a value that is not allowed",
            "某字段的值不合规定",
        ),
        48 => (
            "it does not know who signed the certificate: a private authority, or an \
             intermediate certificate is missing",
            "不认识证书的签发者：私有的签发机构，或缺少中间证书",
        ),
        49 => (
            "the certificate is good, and access is denied",
            "证书有效，但拒绝访问",
        ),
        50 => ("a message cannot be read", "消息无法解读"),
        51 => (
            "a signature or the Finished is wrong",
            "签名或 Finished 不对",
        ),
        70 => ("no version that both speak", "没有共同的版本"),
        71 => (
            "the ciphers offered are too weak for it",
            "所提供的密码太弱",
        ),
        80 => ("something failed in the sender itself", "发送方自身出错"),
        86 => (
            "the client came back with a lower version though a higher one works",
            "明明有更高的版本可用，客户端却降级重试",
        ),
        90 => ("the user gave up", "用户取消"),
        100 => ("it does not negotiate again", "不重新协商"),
        109 => (
            "an extension is missing that must be there",
            "缺少必须有的扩展",
        ),
        110 => (
            "an extension came that was not asked for",
            "出现了未请求的扩展",
        ),
        112 => ("the server has no such name", "服务器没有这个名字"),
        115 => (
            "it does not know the key that was named",
            "不认识所指的密钥",
        ),
        116 => ("the client must show a certificate", "客户端必须出示证书"),
        120 => (
            "no protocol for the inside in common (ALPN)",
            "没有共同的内层协议（ALPN）",
        ),
        121 => ("it wants the encrypted hello", "要求使用加密的 hello"),
        _ => ("see its name", "见其名称"),
    };
    lang.pick(en, zh)
}

pub fn failed(event: &TlsFailed, _: &Scene, note: &mut Note) {
    let how = match event.how {
        TlsEnd::Alert => "alert",
        TlsEnd::Closed => "closed",
        TlsEnd::Reset => "reset",
    };
    let role = |of_server: bool| if of_server { "server" } else { "client" };
    note.value("server_name", event.server_name.clone())
        .value("after", event.after)
        .value("after_of", role(event.after_server))
        .value("alert", event.alert.map(|(alert, _)| alert.name()))
        .value("by", event.by_server.map(role))
        .value("ended_by", how)
        .value("client_hello", event.hello.packet)
        .value("took_ns", event.took_ns)
        .related([event.hello.packet]);
    note.say(
        || {
            let to = event
                .server_name
                .as_ref()
                .map_or(String::new(), |name| format!(" to {}", host(name)));
            let who = event.by_server.map(|by| part(by, Lang::En));
            let end = match (event.alert, who, event.how) {
                (Some((alert, of_server)), ..) => format!(
                    "{} broke off with {}: {}",
                    part(of_server, Lang::En),
                    alert.name(),
                    meaning(alert, event.after, Lang::En)
                ),
                (None, Some(who), TlsEnd::Reset) => format!("{who} reset the connection"),
                (None, Some(who), _) => format!("{who} closed the connection without a word"),
                (None, None, TlsEnd::Reset) => "the connection was reset".to_owned(),
                (None, None, _) => "the connection was closed".to_owned(),
            };
            format!(
                "TLS{to} was not established: after the {} of {}, {end}.",
                event.after,
                part(event.after_server, Lang::En),
            )
        },
        || {
            let to = event
                .server_name
                .as_ref()
                .map_or(String::new(), |name| format!("（{}）", host(name)));
            let who = event.by_server.map(|by| part(by, Lang::Zh));
            let end = match (event.alert, who, event.how) {
                (Some((alert, of_server)), ..) => format!(
                    "{}以 {} 中止：{}",
                    part(of_server, Lang::Zh),
                    alert.name(),
                    meaning(alert, event.after, Lang::Zh)
                ),
                (None, Some(who), TlsEnd::Reset) => format!("{who}重置了连接"),
                (None, Some(who), _) => format!("{who}一言不发就关闭了连接"),
                (None, None, TlsEnd::Reset) => "连接被重置".to_owned(),
                (None, None, _) => "连接被关闭".to_owned(),
            };
            format!(
                "TLS {to}没有建立：在{}的 {} 之后，{end}。",
                part(event.after_server, Lang::Zh),
                event.after,
            )
            .replace("TLS （", "TLS（")
        },
    );
}

pub fn plaintext(event: &TlsPlaintext, _: &Scene, note: &mut Note) {
    let is_client = event.tls == crate::track::Side::Client;
    note.value("tls", if is_client { "client" } else { "server" })
        .value("packet", event.packet)
        .value("other", event.other)
        .related([event.packet]);
    let lang_side = |of: bool, lang: Lang| part(!of, lang);
    note.say(
        || {
            let other = event.other.map_or_else(
                || "something that is no TLS".to_owned(),
                |name| format!("{} in clear text", escape(name)),
            );
            format!(
                "One side speaks TLS, the other does not: {} sent TLS ({}), and {} sends {other}. \
                 Most often the port is that of the other service, or the scheme is wrong.",
                lang_side(is_client, Lang::En),
                packet(event.packet, Lang::En),
                lang_side(!is_client, Lang::En),
            )
        },
        || {
            let other = event.other.map_or_else(
                || "别的内容".to_owned(),
                |name| format!("明文的 {}", escape(name)),
            );
            format!(
                "一方说 TLS，另一方不是：{}发的是 TLS（{}），{}发的却是{other}。\
                 多半是端口属于另一服务，或协议写错了。",
                lang_side(is_client, Lang::Zh),
                packet(event.packet, Lang::Zh),
                lang_side(!is_client, Lang::Zh),
            )
        },
    );
}
