//! The topic `dead-peer`: its note in both languages, and the words for its
//! events (RFC 9293, sections 3.5.1 and 3.8.3).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, packet, packets};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::{HalfOpen, PeerSilent};

pub static TOPIC: Topic = Topic {
    name: "dead-peer",
    title_en: "When the peer is gone, and who notices",
    title_zh: "对端消失：谁能察觉",
    also: &[
        "half-open",
        "peer-silent",
        "断开感知",
        "半开",
        "半开连接",
        "对端消失",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// A sender tries for longer than this before silence means anything.
const PATIENCE_NS: u64 = 3_000_000_000;

pub fn peer_silent(event: &PeerSilent, _: &Scene, note: &mut Note) {
    let (endpoint, peer) = (event.endpoint, event.peer);
    note.value("side", event.side.name())
        .value("endpoint", endpoint.to_string())
        .value("peer", peer.to_string())
        .value("last_heard", event.last_heard)
        .value("silent_ns", event.silent_ns)
        .value("unacknowledged", event.unacknowledged)
        .value("attempts", event.attempts)
        .value("transmissions", event.transmissions)
        .value("retransmissions", event.retransmissions.to_vec())
        .related(event.last_heard)
        .related(event.retransmissions.iter().copied());
    note.value("peer_fin", event.peer_fin)
        .related(event.peer_fin);
    if event.silent_ns < PATIENCE_NS {
        note.too_early();
    }
    note.say(|| silent_en(event), || silent_zh(event));
    if let Some(fin) = event.peer_fin {
        note.say(
            || {
                format!(
                    "Its FIN had come in {}, so its program had closed; that its kernel says no \
                     more points to a host, or a device on the path, that has given up the \
                     connection altogether.",
                    packet(fin, Lang::En)
                )
            },
            || {
                format!(
                    "它的 FIN 已在{}到来，程序早已关闭；内核也不再作声，多半是主机或途中设备已把\
                     这条连接完全丢掉了。",
                    packet(fin, Lang::Zh)
                )
            },
        );
        return;
    }
    note.say(
        || {
            format!(
                "No FIN or RST came, as after a crash, a power cut or a broken path; which of \
                 them it was, the capture alone cannot tell. {endpoint} stays connected until its \
                 kernel gives up (Linux: some 15 minutes)."
            )
        },
        || {
            format!(
                "没有 FIN，也没有 RST，像是主机崩溃、断电或路径中断；究竟是哪一种，仅凭抓包无法判断。\
                 {endpoint} 会一直保持连接，直到内核放弃（Linux 约 15 分钟）。"
            )
        },
    );
}

fn silent_en(event: &PeerSilent) -> String {
    let (endpoint, peer) = (event.endpoint, event.peer);
    let heard = match event.last_heard {
        Some(last) => format!(
            "it was last heard in {}, {} before the end of what was seen",
            packet(last, Lang::En),
            duration(event.silent_ns)
        ),
        None => format!("it was never heard, in {}", duration(event.silent_ns)),
    };
    let what = match event.unacknowledged {
        0 => "its FIN".to_owned(),
        bytes => bytes_en(bytes),
    };
    let again = match event.attempts {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    };
    let which = match (event.retransmissions.as_slice(), event.attempts as usize) {
        ([], _) => String::new(),
        (some, count) if some.len() < count => {
            format!(" (the first in {})", packets(some, Lang::En))
        }
        (all, _) => format!(" ({})", packets(all, Lang::En)),
    };
    format!(
        "{peer} no longer answers: {endpoint} has {what} unacknowledged and sent again \
         {again}{which}, the first of them sent {} in all; {heard}.",
        counted_en(u64::from(event.transmissions), "time")
    )
}

fn silent_zh(event: &PeerSilent) -> String {
    let (endpoint, peer) = (event.endpoint, event.peer);
    let heard = match event.last_heard {
        Some(last) => format!(
            "最后一次收到它的报文是{}，到所见的末尾已有 {}",
            packet(last, Lang::Zh),
            duration(event.silent_ns)
        ),
        None => format!("在 {} 里从未见过它的报文", duration(event.silent_ns)),
    };
    let what = match event.unacknowledged {
        0 => "的 FIN ".to_owned(),
        bytes => format!("有 {bytes} 字节"),
    };
    let which = match (event.retransmissions.as_slice(), event.attempts as usize) {
        ([], _) => String::new(),
        (some, count) if some.len() < count => {
            format!("（最初几次是{}）", packets(some, Lang::Zh))
        }
        (all, _) => format!("（{}）", packets(all, Lang::Zh)),
    };
    format!(
        "{peer} 不再应答：{endpoint} {what}未被确认，重发了 {} 次{which}，最前面的一共发送了 \
         {} 次；{heard}。",
        event.attempts, event.transmissions
    )
}

pub fn half_open(event: &HalfOpen, _: &Scene, note: &mut Note) {
    let HalfOpen {
        survivor,
        lost,
        provoked_by,
        reset,
        silent_ns,
    } = *event;
    note.value("survivor", survivor.to_string())
        .value("lost", lost.to_string())
        .value("provoked_by", provoked_by)
        .value("reset", reset)
        .value("silent_ns", silent_ns)
        .related([provoked_by, reset]);
    note.say(
        || {
            let silent = silent_ns.map_or_else(String::new, |ns| {
                format!(", after {lost} had said nothing for {}", duration(ns))
            });
            format!(
                "Half-open: {survivor} still held the connection, {lost} knew nothing of it (any \
                 more). It came to light when {survivor} sent {} and got RST in {}{silent}. Most \
                 likely that host had been restarted, or a device on the path had dropped the \
                 connection and answers in its name.",
                packet(provoked_by, Lang::En),
                packet(reset, Lang::En),
            )
        },
        || {
            let silent = silent_ns.map_or_else(String::new, |ns| {
                format!("，此前 {lost} 已有 {} 没有任何动静", duration(ns))
            });
            format!(
                "半开连接：{survivor} 还保持着连接，而 {lost} 已不认识它。{survivor} 发出{}、\
                 得到{}的 RST 时才暴露出来{silent}。多半是那台主机重启过，\
                 也可能是途中设备丢掉了连接记录并代为回应。",
                packet(provoked_by, Lang::Zh),
                packet(reset, Lang::Zh),
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, endpoint};
    use crate::track::{Event, Side};
    use smallvec::smallvec;

    #[test]
    fn a_silent_peer_is_named_with_its_last_words_and_the_tries() {
        let event = PeerSilent {
            side: Side::Client,
            endpoint: endpoint(1, 3572),
            peer: endpoint(2, 3001),
            last_heard: Some(9),
            silent_ns: 12_700_000_000,
            unacknowledged: 35,
            attempts: 3,
            transmissions: 4,
            retransmissions: smallvec![11, 12, 13],
            peer_fin: None,
        };
        let annotation = annotated(
            &Event::PeerSilent(event.clone()),
            Severity::Warning,
            &[
                "192.0.2.1:3572",
                "192.0.2.2:3001",
                "9",
                "12.7 s",
                "35",
                "3",
                "11",
                "13",
            ],
        );
        assert_eq!(annotation.related.as_slice(), [9, 11, 12, 13]);
        assert!(annotation.text.contains("cannot tell"));
        let longer = PeerSilent {
            last_heard: None,
            attempts: 11,
            ..event.clone()
        };
        let annotation = annotated(&Event::PeerSilent(longer), Severity::Warning, &["11"]);
        assert!(annotation.text.contains("never heard"));
        assert!(annotation.text.contains("(the first in packets 11"));
        let closed = PeerSilent {
            peer_fin: Some(7),
            unacknowledged: 0,
            ..event.clone()
        };
        let annotation = annotated(&Event::PeerSilent(closed), Severity::Warning, &["7", "FIN"]);
        assert!(!annotation.text.contains("No FIN") && !annotation.text.contains("0 byte"));
        let early = PeerSilent {
            silent_ns: 700_000_000,
            ..event.clone()
        };
        annotated(&Event::PeerSilent(early), Severity::Note, &["35"]);
        let once = PeerSilent {
            attempts: 1,
            transmissions: 2,
            retransmissions: smallvec![],
            ..event
        };
        annotated(&Event::PeerSilent(once), Severity::Warning, &["1"]);
    }

    #[test]
    fn half_open_names_who_lost_the_connection_and_what_found_out() {
        let event = HalfOpen {
            survivor: endpoint(1, 3572),
            lost: endpoint(2, 3001),
            provoked_by: 20,
            reset: 21,
            silent_ns: Some(61_000_000_000),
        };
        let annotation = annotated(
            &Event::HalfOpen(event),
            Severity::Warning,
            &[
                "192.0.2.1:3572",
                "192.0.2.2:3001",
                "20",
                "21",
                "RST",
                "1 min 1 s",
            ],
        );
        assert_eq!(annotation.related.as_slice(), [20, 21]);
        let unheard = HalfOpen {
            silent_ns: None,
            ..event
        };
        let annotation = annotated(&Event::HalfOpen(unheard), Severity::Warning, &["20", "21"]);
        assert!(!annotation.text.contains("said nothing"));
    }
}
