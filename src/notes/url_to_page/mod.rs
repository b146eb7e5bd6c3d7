//! The topic `url-to-page`: its note in both languages, and the words for visits of
//! which one phase took most.

use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::packets;
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{Phase, PhaseName, VisitSlowPhase};

pub static TOPIC: Topic = Topic {
    name: "url-to-page",
    title_en: "From the address to the page",
    title_zh: "从输入网址到显示页面",
    also: &[
        "url",
        "visits",
        "page-load",
        "browser",
        "waterfall",
        "ttfb",
        "输入-url-之后",
        "访问",
        "网页加载",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// The phase as the middle of a sentence names it.
const fn name(phase: PhaseName, lang: Lang) -> &'static str {
    match phase {
        PhaseName::Dns => lang.pick("asking for the name (DNS)", "查询名字（DNS）"),
        PhaseName::Tcp => lang.pick("opening the connection (TCP)", "建立连接（TCP）"),
        PhaseName::Tls => lang.pick("agreeing on the keys (TLS)", "协商密钥（TLS）"),
        PhaseName::Request => lang.pick("sending the request", "发送请求"),
        PhaseName::Wait => lang.pick("waiting for the first byte", "等待第一个字节"),
        PhaseName::Response => lang.pick("receiving the answer", "接收响应"),
    }
}

/// What takes the time in a phase, and so what would help.
const fn because(phase: PhaseName, lang: Lang) -> &'static str {
    match phase {
        PhaseName::Dns => lang.pick(
            "The resolver had to ask elsewhere, or is far away.",
            "解析器要去别处询问，或者离得远。",
        ),
        PhaseName::Tcp => lang.pick(
            "The server is far away, or a SYN was lost.",
            "服务器离得远，或者丢了 SYN。",
        ),
        PhaseName::Tls => lang.pick(
            "It takes one or two round trips; resumed sessions and TLS 1.3 save one.",
            "它要一两次往返；恢复会话或用 TLS 1.3 可省一次。",
        ),
        PhaseName::Request => lang.pick(
            "The request has a large body, or the way there is narrow.",
            "请求的消息体大，或者上行的路窄。",
        ),
        PhaseName::Wait => lang.pick(
            "How much of it is the way there and back, the recording does not show.",
            "其中来回路上占多少，抓包看不出来。",
        ),
        PhaseName::Response => lang.pick(
            "The answer is large, the way is narrow, or the server makes it piece by piece.",
            "响应大、路窄，或者服务器边生成边发。",
        ),
    }
}

/// Packets of a phase, each once.
fn of_phase(phase: &Phase) -> Vec<u64> {
    let mut packets = vec![phase.start.packet, phase.end.packet];
    packets.dedup();
    packets
}

/// What of the wait is not the way there and back.
fn server_ns(visit: &VisitSlowPhase) -> Option<u64> {
    let is_wait = visit.phase.name == PhaseName::Wait;
    let round_trip_ns = visit.round_trip_ns.filter(|_| is_wait)?;
    visit.phase.took_ns().checked_sub(round_trip_ns)
}

pub fn slow_phase(visit: &VisitSlowPhase, _: &Scene, note: &mut Note) {
    let (phase, percent) = (visit.phase, visit.percent);
    let server_ns = server_ns(visit);
    let packets_of = of_phase(&phase);
    note.value("visit", visit.visit)
        .value("name", visit.name.clone())
        .value("phase", phase.name.name())
        .value("phase_ns", phase.took_ns())
        .value("total_ns", visit.total_ns)
        .value("percent", percent)
        .value("round_trip_ns", visit.round_trip_ns)
        .value("server_ns", server_ns)
        .related(packets_of.iter().copied());
    let host = escape(&visit.name);
    note.say(
        || {
            format!(
                "Of the {} from the first packet of the visit to {host} to the last byte of the \
                 first answer, {percent} % went to {}: {} ({}).",
                duration(visit.total_ns),
                name(phase.name, Lang::En),
                duration(phase.took_ns()),
                packets(&packets_of, Lang::En),
            )
        },
        || {
            format!(
                "访问 {host} 从第一个报文到第一个响应的最后一个字节共用 {}，其中 {percent} % 花在{}：{}（{}）。",
                duration(visit.total_ns),
                name(phase.name, Lang::Zh),
                duration(phase.took_ns()),
                packets(&packets_of, Lang::Zh),
            )
        },
    );
    let Some(round_trip_ns) = visit.round_trip_ns.filter(|_| server_ns.is_some()) else {
        note.say(
            || because(phase.name, Lang::En).to_owned(),
            || because(phase.name, Lang::Zh).to_owned(),
        );
        return;
    };
    // Where the server takes little beside the way, the network is what is slow.
    let server_ns = server_ns.unwrap_or_default();
    let is_server = server_ns > round_trip_ns;
    note.say(
        || {
            let rest = match is_server {
                true => "It is the server that is slow, not the network.",
                false => "The way there and back is most of it.",
            };
            format!(
                "The round trip takes {} of that, as the handshake shows, and the server {}. {rest}",
                duration(round_trip_ns),
                duration(server_ns)
            )
        },
        || {
            let rest = match is_server {
                true => "慢的是服务器，不是网络。",
                false => "大半是来回路上的时间。",
            };
            format!(
                "从握手看，往返路程占 {}，服务器占 {}。{rest}",
                duration(round_trip_ns),
                duration(server_ns)
            )
        },
    );
}

#[cfg(test)]
mod tests;
