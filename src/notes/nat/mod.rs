//! The topic `nat`: its note in both languages, and the words for flows that were
//! seen on both sides of a translator (RFC 2663, RFC 3022, RFC 4787).

use crate::notes::units::duration;
use crate::notes::wording::packets;
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{Endpoint, Translated};

pub static TOPIC: Topic = Topic {
    name: "nat",
    title_en: "NAT: addresses rewritten at the border",
    title_zh: "NAT：在边界改写地址",
    also: &[
        "pat",
        "masquerade",
        "masquerading",
        "address-translation",
        "snat",
        "dnat",
        "cgnat",
        "地址转换",
        "网络地址转换",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ONE_HOP: Rule = Rule {
    id: "data packets found on both sides, one hop apart >= 2",
    zh: "两侧都见到、相隔一跳的数据报文 >= 2",
};

pub fn translated(event: &Translated, _: &Scene, note: &mut Note) {
    let (before, after) = (event.before, event.after);
    let source = before.0 != after.0;
    let destination = before.1 != after.1;
    let ports = before.0.port != after.0.port || before.1.port != after.1.port;
    let what = match (ports, event.is_shared) {
        (false, false) => "addresses",
        _ => "addresses_and_ports",
    };
    let rewritten = match (source, destination) {
        (true, false) => "source",
        (false, _) => "destination",
        (true, true) => "both",
    };
    note.value("client_before", before.0.to_string())
        .value("server_before", before.1.to_string())
        .value("client_after", after.0.to_string())
        .value("server_after", after.1.to_string())
        .value("rewritten", rewritten)
        .value("translation", what)
        .value("shared", event.is_shared)
        .value("conversation_before", event.conversations.0)
        .value("conversation_after", event.conversations.1)
        .value("took_ns", event.took_ns)
        .related(event.packets)
        .check(ONE_HOP, Some(2_u64), event.packets.len() as u64 / 2);
    note.say(
        || {
            format!(
                "One flow, seen on both sides of a translator: {} before it is {} behind it ({}, \
                 conversations {} and {}). {} carry the same data one hop apart, {} after each \
                 other.",
                pair(before),
                pair(after),
                side(source, destination, Lang::En),
                event.conversations.0,
                event.conversations.1,
                capital(&packets(&event.packets, Lang::En)),
                duration(event.took_ns),
            )
        },
        || {
            format!(
                "同一条流在地址转换器两侧都被录到：转换前是 {}，转换后是 {}（{}，会话 {} 和 {}）。\
                 {}携带相同的数据，只差一跳，相隔 {}。",
                pair(before),
                pair(after),
                side(source, destination, Lang::Zh),
                event.conversations.0,
                event.conversations.1,
                packets(&event.packets, Lang::Zh),
                duration(event.took_ns),
            )
        },
    );
    kind(event, ports, note);
}

/// Whether ports take part.
fn kind(event: &Translated, ports: bool, note: &mut Note) {
    let (en, zh) = if event.is_shared {
        (
            "Another host inside has the same address outside: only the port tells them apart (PAT).",
            "内侧另有主机在外侧用的是同一个地址：只能靠端口区分（PAT）。",
        )
    } else if ports {
        (
            "The port is rewritten too (PAT): so many hosts can share one address.",
            "端口也被改写（PAT）：许多主机因此能共用一个地址。",
        )
    } else {
        (
            "The ports are kept; that alone does not say whether others share the address.",
            "端口保持不变；单凭这一点还不知道有没有别的主机共用该地址。",
        )
    };
    note.say(|| en.to_owned(), || zh.to_owned());
}

fn pair((client, server): (Endpoint, Endpoint)) -> String {
    format!("{client} → {server}")
}

fn side(source: bool, destination: bool, lang: Lang) -> &'static str {
    match (source, destination) {
        (true, false) => lang.pick("the client's side is rewritten", "改写的是客户端一侧"),
        (false, _) => lang.pick("the server's side is rewritten", "改写的是服务器一侧"),
        (true, true) => lang.pick("both sides are rewritten", "两侧都被改写"),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, endpoint};
    use crate::track::Event;

    #[test]
    fn both_4_tuples_are_named_and_pat_is_told_from_plain_translation() {
        let event = Translated {
            protocol: 17,
            before: (endpoint(1, 4000), endpoint(2, 53)),
            after: (endpoint(9, 1024), endpoint(2, 53)),
            conversations: (1, 2),
            packets: [3, 4, 5, 6],
            took_ns: 50_000,
            is_shared: false,
        };
        let words = [
            "192.0.2.1:4000",
            "192.0.2.9:1024",
            "192.0.2.2:53",
            "50.0 µs",
        ];
        let of = |event| Event::Translated(Box::new(event));
        let annotation = annotated(&of(event), Severity::Note, &words);
        assert_eq!(annotation.related.as_slice(), [3, 4, 5, 6]);
        assert!(annotation.text.contains("PAT"));
        let mut kept = event;
        kept.after.0.port = Some(4000);
        let annotation = annotated(&of(kept), Severity::Note, &["192.0.2.9:4000"]);
        assert!(!annotation.text.contains("PAT"));
        kept.is_shared = true;
        annotated(&of(kept), Severity::Note, &["PAT"]);
        let mut inward = event;
        inward.after = (inward.before.0, endpoint(7, 8053));
        let annotation = annotated(&of(inward), Severity::Note, &["192.0.2.7:8053"]);
        assert!(annotation.text.contains("the server's side"));
    }
}
