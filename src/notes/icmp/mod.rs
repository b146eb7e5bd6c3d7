//! The topic `icmp`: its note in both languages, and the words for its events
//! (RFC 792, RFC 4443; codes: IANA).

mod codes;
mod traceroute;

pub use codes::code_meaning;
pub use traceroute::traceroute;

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, packets};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{EchoReply, EchoRequest, EchoUnanswered, IcmpError, IcmpErrorKind};

/// A reply may well take so long.
const TOO_EARLY_NS: u64 = 1_000_000_000;

pub static TOPIC: Topic = Topic {
    name: "icmp",
    title_en: "ICMP, ping and traceroute",
    title_zh: "ICMP、ping 与 traceroute",
    also: &[
        "ping",
        "traceroute",
        "path-mtu",
        "pmtud",
        "路由追踪",
        "不可达",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const SAME_DATA: Rule = Rule {
    id: "reply data length = request data length",
    zh: "应答数据长度 = 请求数据长度",
};

pub fn echo_request(event: &EchoRequest, _: &Scene, note: &mut Note) {
    let (identifier, sequence, bytes) = (event.identifier, event.sequence, event.bytes);
    note.value("identifier", identifier)
        .value("sequence", sequence)
        .value("bytes", bytes)
        .value("group", event.group)
        .value("repeats", event.repeats)
        .related(event.repeats);
    note.say(
        || {
            format!(
                "Ping {sequence} of the series {identifier}, with {} of data: whoever gets it \
                 sends the same numbers and the same data back.",
                bytes_en(bytes)
            )
        },
        || {
            format!(
                "标识 {identifier} 的第 {sequence} 个 ping，带 {bytes} 字节数据：\
                 收到的主机会把同样的编号和数据原样送回。"
            )
        },
    );
    if event.group {
        note.say(
            || "It goes to a group, so any number of hosts may answer.".to_owned(),
            || "它发往一组主机，可能有任意多台回答。".to_owned(),
        );
    }
    if let Some(earlier) = event.repeats {
        note.say(
            || {
                format!(
                    "Identifier and sequence are those of {}: sent again, or recorded twice.",
                    packets(&[earlier], Lang::En)
                )
            },
            || {
                format!(
                    "标识和序号与{}相同：要么是重发，要么被记录了两次。",
                    packets(&[earlier], Lang::Zh)
                )
            },
        );
    }
}

pub fn echo_reply(event: &EchoReply, _: &Scene, note: &mut Note) {
    let (identifier, sequence, bytes) = (event.identifier, event.sequence, event.bytes);
    note.value("request", event.request)
        .value("identifier", identifier)
        .value("sequence", sequence)
        .value("bytes", bytes)
        .value("request_bytes", event.request_bytes)
        .value("round_trip_ns", event.round_trip_ns)
        .value("duplicate_of", event.duplicate_of)
        .related(event.request)
        .related(event.duplicate_of);
    note.check(SAME_DATA, event.request_bytes, bytes);
    match (event.request, event.round_trip_ns) {
        (Some(request), Some(round_trip)) => note.say(
            || {
                format!(
                    "Answers {} (identifier {identifier}, sequence {sequence}): the round trip \
                     took {}.",
                    packets(&[request], Lang::En),
                    duration(round_trip)
                )
            },
            || {
                format!(
                    "回答{}（标识 {identifier}，序号 {sequence}），往返用时 {}。",
                    packets(&[request], Lang::Zh),
                    duration(round_trip)
                )
            },
        ),
        _ => note.say(
            || {
                format!(
                    "Answers ping {sequence} of the series {identifier}, which the capture does \
                     not have; so the round trip is not known."
                )
            },
            || {
                format!(
                    "回答标识 {identifier} 的第 {sequence} 个 ping，但抓包中没有该请求，\
                     因此无法得知往返时间。"
                )
            },
        ),
    };
    if let Some(request_bytes) = event.request_bytes.filter(|sent| *sent != bytes) {
        note.say(
            || {
                format!(
                    "It returns {} where {request_bytes} were sent: an echo must bring back all \
                     of them.",
                    bytes_en(bytes)
                )
            },
            || format!("请求带了 {request_bytes} 字节，它只送回 {bytes} 字节：回显必须原样送回全部数据。"),
        );
    }
    if let Some(first) = event.duplicate_of {
        note.say(
            || {
                format!(
                    "{} had answered already: the packet was duplicated on the way, or two hosts \
                     answer.",
                    capitalised(packets(&[first], Lang::En))
                )
            },
            || {
                format!(
                    "{}已经回答过：要么报文在途中被复制，要么有两台主机在回答。",
                    packets(&[first], Lang::Zh)
                )
            },
        );
    }
}

fn capitalised(text: String) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text,
    }
}

pub fn echo_unanswered(event: &EchoUnanswered, _: &Scene, note: &mut Note) {
    let (asker, target) = (event.asker, event.target);
    let (lost, sent) = (event.unanswered, event.sent);
    // A reply may come to a request that was sent before the recording began.
    let percent = u64::from(lost) * 100 / u64::from(sent.max(1));
    note.value("asker", asker.to_string())
        .value("target", target.to_string())
        .value("unanswered", lost)
        .value("sent", sent)
        .value("errors", event.errors)
        .value("loss_percent", percent)
        .value("requests", event.requests.to_vec())
        .value("watched_ns", event.watched_ns)
        .value("for_room", event.for_room)
        .related(event.requests.iter().copied());
    if event.longest_ns < TOO_EARLY_NS {
        note.too_early();
        return note_that_it_is_early(event, note);
    }
    let watched = |lang: Lang| match (event.watched_ns, lang) {
        (0, Lang::En) => "the capture ended with the last of them".to_owned(),
        (0, Lang::Zh) => "抓包到其中最后一个就结束了".to_owned(),
        (ns, Lang::En) => format!("the last of them was watched for {}", duration(ns)),
        (ns, Lang::Zh) => format!("其中最后一个之后继续观察了 {}", duration(ns)),
    };
    note.say(
        || {
            format!(
                "{lost} of {sent} pings from {asker} to {target} got no reply ({percent} % lost); \
                 {}. A silent host may be down, unreachable, or behind a firewall that drops \
                 pings.",
                watched(Lang::En)
            )
        },
        || {
            format!(
                "{asker} 发给 {target} 的 {sent} 个 ping 中有 {lost} 个没有应答（丢失 {percent} %），\
                 {}。没有应答的主机可能关机、不可达，也可能是防火墙丢弃了 ping。",
                watched(Lang::Zh)
            )
        },
    );
    if event.errors > 0 {
        note.say(
            || format!("{} more met an ICMP error instead.", event.errors),
            || format!("另有 {} 个得到的是 ICMP 差错。", event.errors),
        );
    }
}

/// The end came before a reply can be missed.
fn note_that_it_is_early(event: &EchoUnanswered, note: &mut Note) {
    let (asker, target) = (event.asker, event.target);
    let (lost, sent, waited) = (event.unanswered, event.sent, duration(event.longest_ns));
    if event.for_room {
        note.say(
            || {
                format!(
                    "Pings from {asker} to {target} were given up after at most {waited} to make \
                     room for others, of which too many waited at once: {lost} of {sent} had got \
                     no reply by then, too early to tell whether one came."
                )
            },
            || {
                format!(
                    "同时等待应答的 ping 太多，为给别的腾出位置，{asker} 发给 {target} 的 ping 最多\
                     等了 {waited} 就不再等：{sent} 个中有 {lost} 个尚无应答，时间太短，无法断定。"
                )
            },
        );
        return;
    }
    note.say(
        || {
            format!(
                "The recording ended {waited} after a ping from {asker} to {target}, before its \
                 reply: {lost} of {sent} had got none by then, too early to tell whether one came."
            )
        },
        || {
            format!(
                "{asker} 向 {target} 发出 ping 之后 {waited} 抓包就结束了，应答还没有到：{sent} 个中\
                 有 {lost} 个尚无应答，时间太短，无法断定。"
            )
        },
    );
}

/// What an error is about: the quoted packet, as far as the capture has it.
fn subject(event: &IcmpError, lang: Lang) -> String {
    let ends = match (event.quoted_source, event.quoted_destination) {
        (Some(source), Some(destination)) => Some((source, destination)),
        _ => None,
    };
    let protocol = match event.quoted_protocol {
        Some(6) => "TCP ",
        Some(17) => "UDP ",
        Some(1) => "ICMP ",
        Some(58) => "ICMPv6 ",
        _ => "",
    };
    match (event.quoted, ends, lang) {
        (Some(number), Some((source, destination)), Lang::En) => {
            format!("packet {number} ({protocol}{source} → {destination})")
        }
        (Some(number), Some((source, destination)), Lang::Zh) => {
            format!("第 {number} 号报文（{protocol}{source} → {destination}）")
        }
        (None, Some((source, destination)), Lang::En) => {
            format!("a packet that the capture does not have ({protocol}{source} → {destination})")
        }
        (None, Some((source, destination)), Lang::Zh) => {
            format!("未被捕获到的报文（{protocol}{source} → {destination}）")
        }
        (Some(number), None, _) => packets(&[number], lang),
        (None, None, Lang::En) => "a packet that it does not quote readably".to_owned(),
        (None, None, Lang::Zh) => "某个报文（引用的内容无法辨认）".to_owned(),
    }
}

/// What the code of an error means, without what stands in brackets.
pub(in crate::notes) fn short_meaning(event: &IcmpError, lang: Lang) -> Option<&'static str> {
    let (en, zh) = codes::meaning(event)?;
    let words = lang.pick(en, zh);
    words.split(['(', '（']).next().map(str::trim_end)
}

pub fn error(event: &IcmpError, _: &Scene, note: &mut Note) {
    let meaning = codes::meaning(event);
    note.value("type", event.icmp_type)
        .value("code", event.code)
        .value("meaning", meaning.map(|(en, _)| en))
        .value("reporter", event.reporter.to_string())
        .value("quoted", event.quoted)
        .value("after_ns", event.after_ns)
        .value(
            "quoted_source",
            event.quoted_source.map(|end| end.to_string()),
        )
        .value(
            "quoted_destination",
            event.quoted_destination.map(|end| end.to_string()),
        )
        .value("mtu", event.mtu)
        .value("gateway", event.gateway.map(|gateway| gateway.to_string()))
        .related(event.quoted);
    match event.kind {
        IcmpErrorKind::Unreachable => unreachable(event, meaning, note),
        IcmpErrorKind::TimeExceeded => time_exceeded(event, note),
        IcmpErrorKind::FragmentationNeeded => too_big(event, note),
        IcmpErrorKind::Redirect => redirect(event, note),
    }
    if let Some(after) = event.after_ns {
        note.say(
            || format!("It came {} after that packet.", duration(after)),
            || format!("距该报文 {}。", duration(after)),
        );
    }
}

/// English and Chinese.
type Meaning = (&'static str, &'static str);

fn unreachable(event: &IcmpError, meaning: Option<Meaning>, note: &mut Note) {
    let reporter = event.reporter;
    note.say(
        || {
            let what = meaning.map_or("unreachable", |(en, _)| en);
            format!(
                "{reporter} could not deliver {}: {what}.",
                subject(event, Lang::En)
            )
        },
        || {
            let what = meaning.map_or("不可达", |(_, zh)| zh);
            format!("{reporter} 无法送达{}：{what}。", subject(event, Lang::Zh))
        },
    );
}

fn time_exceeded(event: &IcmpError, note: &mut Note) {
    let reporter = event.reporter;
    if event.code == 1 {
        note.say(
            || {
                format!(
                    "{reporter} gave up putting {} together: fragments were missing when its \
                     time ran out.",
                    subject(event, Lang::En)
                )
            },
            || {
                format!(
                    "{reporter} 放弃重组{}：超时之前分片没有到齐。",
                    subject(event, Lang::Zh)
                )
            },
        );
        return;
    }
    note.say(
        || {
            let field = if event.v6 { "hop limit" } else { "TTL" };
            format!(
                "{reporter} dropped {}: its {field} ran out there. This is how traceroute \
                     finds the routers on the way, and how a routing loop shows itself.",
                subject(event, Lang::En)
            )
        },
        || {
            let field = if event.v6 { "跳数限制" } else { " TTL " };
            format!(
                "{reporter} 丢弃了{}：其{field}在这里减到 0。traceroute 靠它发现沿途的路由器，\
                     路由环路也会这样暴露出来。",
                subject(event, Lang::Zh)
            )
        },
    );
}

fn redirect(event: &IcmpError, note: &mut Note) {
    let reporter = event.reporter;
    note.say(
        || {
            let better = event
                .gateway
                .map_or("another gateway".to_owned(), |gateway| gateway.to_string());
            format!(
                "{reporter} passed {} on, but there is a shorter way: send to {better} next \
                     time.",
                subject(event, Lang::En)
            )
        },
        || {
            let better = event.gateway.map_or("另一个网关".to_owned(), |gateway| {
                format!(" {gateway}")
            });
            format!(
                "{reporter} 转发了{}，但有更近的路：下次请直接发给{better}。",
                subject(event, Lang::Zh)
            )
        },
    );
}

fn too_big(event: &IcmpError, note: &mut Note) {
    let reporter = event.reporter;
    note.say(
        || {
            let limit = match event.mtu {
                Some(mtu) => format!("its next link takes at most {mtu} bytes"),
                None => "it is too big for the next link, whose size this old router does not tell"
                    .to_owned(),
            };
            format!(
                "{reporter} dropped {}: {limit}, and it must not be cut into fragments. The \
                 sender should send smaller packets (path MTU discovery); a firewall that drops \
                 this message makes connections hang.",
                subject(event, Lang::En)
            )
        },
        || {
            let limit = match event.mtu {
                Some(mtu) => format!("下一段链路最多容纳 {mtu} 字节"),
                None => "它超过下一段链路的 MTU（这台老路由器没有说明大小）".to_owned(),
            };
            format!(
                "{reporter} 丢弃了{}：{limit}，而该报文又不允许分片。发送方应改发更小的报文\
                 （路径 MTU 发现）；如果防火墙丢弃这个消息，连接就会卡住。",
                subject(event, Lang::Zh)
            )
        },
    );
}

#[cfg(test)]
mod tests;
