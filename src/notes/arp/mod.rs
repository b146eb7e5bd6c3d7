//! The topic `arp`: its note in both languages, and the words for its events
//! (ARP: RFC 826, RFC 5227; neighbour discovery: RFC 4861).

use crate::notes::units::duration;
use crate::notes::wording::{ordinal_en, packets};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{
    Address, ArpAddressConflict, ArpGratuitous, ArpProbe, ArpReply, ArpRequest, ArpUnanswered,
    NdpAdvertisement, NdpSolicitation,
};

pub static TOPIC: Topic = Topic {
    name: "arp",
    title_en: "ARP and neighbour discovery",
    title_zh: "ARP 与邻居发现",
    also: &[
        "neighbour-discovery",
        "neighbor-discovery",
        "地址解析",
        "邻居发现",
        "免费-arp",
        "gratuitous-arp",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const TELLS_WHAT_WAS_ASKED: Rule = Rule {
    id: "address told = address asked",
    zh: "告知的地址 = 询问的地址",
};

/// Routers lower the hop limit, so 255 proves that the sender is on the link
/// (RFC 4861, sections 7.1.1 and 7.1.2).
const FROM_THIS_LINK: Rule = Rule {
    id: "hop limit = 255",
    zh: "跳数限制 = 255",
};

/// A recording that ends sooner after a question proves nothing.
const TOO_EARLY_NS: u64 = 1_000_000_000;

fn mac(address: [u8; 6]) -> String {
    Address::Mac(address).to_string()
}

pub fn request(event: &ArpRequest, _: &Scene, note: &mut Note) {
    let (asker, target) = (event.asker, event.target);
    note.value("target", target.to_string())
        .value("asker", asker.to_string())
        .value("attempt", event.attempt);
    note.say(
        || {
            format!(
                "Asks everyone on the LAN: who has {target}? Tell {asker}. Only the owner answers, \
                 with its MAC address, and {asker} keeps the answer in its ARP cache."
            )
        },
        || {
            format!(
                "向局域网内所有主机询问：谁有 {target}？请告诉 {asker}。只有该地址的主人会回答自己的 \
                 MAC 地址，{asker} 会把答案存入 ARP 缓存。"
            )
        },
    );
    if event.attempt > 1 {
        again(event.attempt, note);
    }
}

/// Says that the question was asked before without an answer.
fn again(attempt: u32, note: &mut Note) {
    note.say(
        || {
            let attempt = ordinal_en(attempt);
            format!("This is the {attempt} request; the earlier ones have had no answer.")
        },
        || format!("这是第 {attempt} 次询问，之前的询问都没有得到回答。"),
    );
}

pub fn reply(event: &ArpReply, _: &Scene, note: &mut Note) {
    let (address, asker) = (event.address, event.asker);
    let at = mac(event.mac);
    note.value("request", event.request)
        .value("latency_ns", event.latency_ns)
        .value("attempts", event.attempts)
        .value("address", address.to_string())
        .value("mac", at.clone())
        .value("asker", asker.to_string())
        .value("answers_probe", event.answers_probe)
        .related(event.request);
    note.check(
        TELLS_WHAT_WAS_ASKED,
        event.asked.map(|asked| asked.to_string()),
        address.to_string(),
    );
    match (event.request, event.latency_ns) {
        (Some(request), Some(latency)) if event.answers_probe => note.say(
            || {
                format!(
                    "Answers the probe in {} after {}: {address} is taken, by {at}. The host that \
                     probed must choose another address.",
                    packets(&[request], Lang::En),
                    duration(latency)
                )
            },
            || {
                format!(
                    "{} 后回答{}的探测：{address} 已被 {at} 占用，探测的主机必须另选地址。",
                    duration(latency),
                    packets(&[request], Lang::Zh)
                )
            },
        ),
        (Some(request), Some(latency)) => note.say(
            || {
                format!(
                    "Answers {} after {}: {address} is at {at}. From now on {asker} addresses its \
                     frames for {address} to that MAC.",
                    packets(&[request], Lang::En),
                    duration(latency)
                )
            },
            || {
                format!(
                    "{} 后回答{}：{address} 的 MAC 地址是 {at}。此后 {asker} 发往 {address} \
                     的帧都写这个 MAC 地址。",
                    duration(latency),
                    packets(&[request], Lang::Zh)
                )
            },
        ),
        _ => note.say(
            || {
                format!(
                    "Tells {asker} that {address} is at {at}. The capture holds no request for it: \
                     it was asked before the recording began, or nobody asked."
                )
            },
            || {
                format!(
                    "告诉 {asker}：{address} 的 MAC 地址是 {at}。抓包中没有对应的请求：\
                     要么请求早于抓包开始，要么根本没有人问。"
                )
            },
        ),
    };
    if event.attempts > 1 {
        note.say(
            || format!("It took {} requests.", event.attempts),
            || format!("一共问了 {} 次。", event.attempts),
        );
    }
}

pub fn gratuitous(event: &ArpGratuitous, _: &Scene, note: &mut Note) {
    let address = event.address;
    let at = mac(event.mac);
    note.value("address", address.to_string())
        .value("mac", at.clone())
        .value("reply", event.reply);
    note.say(
        || {
            format!(
                "Announces its own address (gratuitous ARP): {address} is at {at}. Nobody asked; \
                 all neighbours that know {address} update their caches."
            )
        },
        || {
            format!(
                "宣告自己的地址（免费 ARP）：{address} 的 MAC 地址是 {at}。没有人询问，\
                 缓存中有 {address} 的邻居都会随之更新。"
            )
        },
    );
}

pub fn probe(event: &ArpProbe, _: &Scene, note: &mut Note) {
    let address = event.address;
    let host = mac(event.mac);
    note.value("address", address.to_string())
        .value("mac", host.clone())
        .value("attempt", event.attempt);
    note.say(
        || {
            format!(
                "Probes whether {address} is free ({} time): {host} would like to use it and asks \
                 from 0.0.0.0, so that no cache learns anything yet. Silence means free.",
                ordinal_en(event.attempt)
            )
        },
        || {
            format!(
                "第 {} 次探测 {address} 是否空闲：{host} 想使用它，以 0.0.0.0 的身份询问，\
                 免得别人的缓存提前改动。没有回答就表示空闲。",
                event.attempt
            )
        },
    );
}

pub fn unanswered(event: &ArpUnanswered, _: &Scene, note: &mut Note) {
    let (asker, target) = (event.asker, event.target);
    let waited = duration(event.waited_ns);
    note.value("asker", asker.to_string())
        .value("target", target.to_string())
        .value("attempts", event.attempts)
        .value("requests", event.requests.to_vec())
        .value("waited_ns", event.waited_ns)
        .value("for_room", event.for_room)
        .related(event.requests.iter().copied());
    let early = event.waited_ns < TOO_EARLY_NS;
    if early {
        note.too_early();
    }
    note.say(
        || {
            let times = match event.attempts {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            let outcome = match early {
                true if event.for_room => format!(
                    "the question was given up after {waited} to make room for others, of which \
                     too many waited at once: too early to tell whether an answer came"
                ),
                true => format!(
                    "the recording ended {waited} later without an answer, too early to tell \
                     whether one came"
                ),
                false => format!(
                    "no answer was seen within {waited}: that host is off, not on this LAN, or \
                     nobody has the address. Answers are unicast, so a recording made elsewhere \
                     on a switched LAN would miss them"
                ),
            };
            format!("{asker} asked {times} who has {target}, and {outcome}.")
        },
        || {
            let outcome = match early {
                true if event.for_room => format!(
                    "同时等待回答的询问太多，为给别的询问腾出位置，{waited} 后就不再等它：时间太短，\
                     无法断定有没有回答"
                ),
                true => format!("{waited} 后抓包就结束了，还没有看到回答，时间太短，无法断定"),
                false => format!(
                    "{waited} 内没有看到回答：该主机已关机、不在这个局域网内，或者这个地址无人使用。\
                     回答是单播的，在交换式局域网的其他位置抓包看不到它"
                ),
            };
            format!(
                "{asker} 询问了 {} 次谁有 {target}，{outcome}。",
                event.attempts
            )
        },
    );
}

pub fn address_conflict(event: &ArpAddressConflict, _: &Scene, note: &mut Note) {
    let address = event.address;
    let (earlier, now) = (mac(event.earlier_mac), mac(event.mac));
    note.value("address", address.to_string())
        .value("earlier_mac", earlier.clone())
        .value("earlier", event.earlier)
        .value("mac", now.clone())
        .value("later", event.later)
        .value("between_ns", event.between_ns)
        .related([event.earlier, event.later]);
    let between = duration(event.between_ns);
    note.say(
        || {
            format!(
                "{address} is claimed by two hosts: {earlier} in packet {} and {now} in packet {}, \
                 {between} later. Neighbours send to whoever spoke last: either two hosts are \
                 configured alike, or the address was taken over, or someone is spoofing ARP.",
                event.earlier, event.later
            )
        },
        || {
            format!(
                "{address} 被两台主机声称：第 {} 号报文中的 {earlier}，以及 {between} 后第 {} 号报文中的 \
                 {now}。邻居会把帧发给最后宣告的一方：可能是两台主机配置了同一地址，\
                 可能是地址被接管，也可能是 ARP 欺骗。",
                event.earlier, event.later
            )
        },
    );
}

/// Checks that no router has passed the message on.
fn check_hop_limit(scene: &Scene, note: &mut Note) {
    if let Some(network) = scene.packet.and_then(|packet| packet.network) {
        note.check(FROM_THIS_LINK, Some(255), network.time_to_live);
    }
}

pub fn solicitation(event: &NdpSolicitation, scene: &Scene, note: &mut Note) {
    let (asker, target) = (event.asker, event.target);
    note.value("target", target.to_string())
        .value("asker", asker.to_string())
        .value("probe", event.probe)
        .value("unicast", event.unicast)
        .value("attempt", event.attempt);
    check_hop_limit(scene, note);
    if event.probe {
        note.say(
            || {
                format!(
                    "Asks whether anyone uses {target} yet (duplicate address detection, from the \
                     unspecified address ::). Silence means free."
                )
            },
            || {
                format!(
                    "询问是否已有主机在使用 {target}（重复地址检测，源地址为 ::）。\
                     没有回答就表示空闲。"
                )
            },
        );
        return;
    }
    if event.unicast {
        note.say(
            || {
                format!(
                    "{asker} asks {target} itself whether it is still there, before it trusts the \
                     cached link-layer address any longer."
                )
            },
            || format!("{asker} 直接询问 {target} 是否还在，以确认缓存的链路层地址仍然有效。"),
        );
    } else {
        note.say(
            || {
                format!(
                    "Asks who has {target}, on behalf of {asker}: IPv6's form of ARP. It goes to \
                     the target's solicited-node group, not to everyone."
                )
            },
            || {
                format!(
                    "{asker} 询问谁有 {target}：这是 IPv6 版的 ARP，发往目标的被请求节点组播组，\
                     而不是广播给所有主机。"
                )
            },
        );
    }
    if event.attempt > 1 {
        again(event.attempt, note);
    }
}

pub fn advertisement(event: &NdpAdvertisement, scene: &Scene, note: &mut Note) {
    let target = event.target;
    let at = event.mac.map(mac);
    note.value("target", target.to_string())
        .value("solicitation", event.solicitation)
        .value("latency_ns", event.latency_ns)
        .value("mac", at.clone())
        .value("solicited", event.solicited)
        .value("router", event.router)
        .value("override", event.overrides)
        .value("answers_probe", event.answers_probe)
        .related(event.solicitation);
    check_hop_limit(scene, note);
    let place = |lang: Lang| match (&at, lang) {
        (Some(at), Lang::En) => format!("{target} is at {at}"),
        (Some(at), Lang::Zh) => format!("{target} 的链路层地址是 {at}"),
        (None, Lang::En) => format!("{target} is still there"),
        (None, Lang::Zh) => format!("{target} 仍然可达"),
    };
    match (event.solicitation, event.latency_ns) {
        (Some(solicitation), Some(latency)) if event.answers_probe => note.say(
            || {
                format!(
                    "Answers the probe in {} after {}: {target} is taken. The host that asked \
                     must not use it.",
                    packets(&[solicitation], Lang::En),
                    duration(latency)
                )
            },
            || {
                format!(
                    "{} 后回答{}的探测：{target} 已被占用，提问的主机不得使用它。",
                    duration(latency),
                    packets(&[solicitation], Lang::Zh)
                )
            },
        ),
        (Some(solicitation), Some(latency)) => note.say(
            || {
                format!(
                    "Answers {} after {}: {}.",
                    packets(&[solicitation], Lang::En),
                    duration(latency),
                    place(Lang::En)
                )
            },
            || {
                format!(
                    "{} 后回答{}：{}。",
                    duration(latency),
                    packets(&[solicitation], Lang::Zh),
                    place(Lang::Zh)
                )
            },
        ),
        _ if event.solicited => note.say(
            || {
                format!(
                    "Answers a question that the capture does not have: {}.",
                    place(Lang::En)
                )
            },
            || format!("回答一个未被捕获到的询问：{}。", place(Lang::Zh)),
        ),
        _ => note.say(
            || format!("Announces without being asked: {}.", place(Lang::En)),
            || format!("主动宣告：{}。", place(Lang::Zh)),
        ),
    };
    if event.router {
        note.say(
            || "The sender is a router.".to_owned(),
            || "发送者是一台路由器。".to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::annotated;
    use crate::notes::{Severity, Value};
    use crate::track::Event;
    use std::net::IpAddr;

    const A: [u8; 6] = [2, 0, 0, 0, 0, 0xa];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 0xb];

    fn host(number: u8) -> IpAddr {
        [192, 0, 2, number].into()
    }

    fn a_reply() -> ArpReply {
        ArpReply {
            request: Some(4),
            latency_ns: Some(412_000),
            attempts: 1,
            address: host(2),
            mac: B,
            asker: host(1),
            asked: Some(host(2)),
            answers_probe: false,
        }
    }

    #[test]
    fn a_request_names_who_asks_for_whom() {
        let event = Event::ArpRequest(ArpRequest {
            target: host(2),
            asker: host(1),
            attempt: 3,
        });
        annotated(&event, Severity::Note, &["192.0.2.2", "192.0.2.1", "3"]);
    }

    #[test]
    fn a_reply_names_its_request_latency_and_address() {
        let event = Event::ArpReply(a_reply());
        let note = annotated(
            &event,
            Severity::Note,
            &["4", "412 µs", "192.0.2.2", "02:00:00:00:00:0b"],
        );
        assert_eq!(note.related[..], [4]);
        assert_eq!(note.checks[0].holds, Some(true));
        assert!(
            note.values
                .contains(&("latency_ns", Value::Number(412_000)))
        );
    }

    #[test]
    fn a_reply_without_its_request_is_not_judged() {
        let event = Event::ArpReply(ArpReply {
            request: None,
            latency_ns: None,
            attempts: 0,
            asked: None,
            ..a_reply()
        });
        let note = annotated(&event, Severity::Note, &["192.0.2.2"]);
        assert_eq!(note.checks[0].holds, None);
        assert!(note.values.contains(&("request", Value::Null)));
    }

    #[test]
    fn an_answered_probe_says_taken() {
        let event = Event::ArpReply(ArpReply {
            answers_probe: true,
            asker: [0, 0, 0, 0].into(),
            ..a_reply()
        });
        let note = annotated(&event, Severity::Note, &["192.0.2.2"]);
        assert!(note.text.contains("taken"));
    }

    #[test]
    fn announcements_and_probes_say_what_they_are_for() {
        let event = Event::ArpGratuitous(ArpGratuitous {
            address: host(2),
            mac: A,
            reply: false,
        });
        annotated(&event, Severity::Note, &["192.0.2.2", "02:00:00:00:00:0a"]);
        let event = Event::ArpProbe(ArpProbe {
            address: host(2),
            mac: A,
            attempt: 2,
        });
        annotated(&event, Severity::Note, &["192.0.2.2", "0.0.0.0", "2"]);
    }

    #[test]
    fn silence_and_conflict_are_findings_with_their_packets() {
        let event = Event::ArpUnanswered(ArpUnanswered {
            asker: host(1),
            target: host(9),
            requests: [1, 2, 3].into_iter().collect(),
            attempts: 3,
            waited_ns: 7_000_000_000,
            for_room: true,
        });
        let note = annotated(&event, Severity::Warning, &["192.0.2.9", "3", "7.00 s"]);
        assert_eq!(note.related[..], [1, 2, 3]);
        let event = Event::ArpUnanswered(ArpUnanswered {
            asker: host(1),
            target: host(9),
            requests: [1].into_iter().collect(),
            attempts: 1,
            waited_ns: 7_000_000,
            for_room: true,
        });
        let note = annotated(&event, Severity::Note, &["192.0.2.9", "7.00 ms"]);
        assert!(note.text.contains("to make room") && !note.text.contains("ended"));
        let event = Event::ArpAddressConflict(ArpAddressConflict {
            address: host(2),
            earlier_mac: A,
            earlier: 5,
            mac: B,
            later: 8,
            between_ns: 40_000_000,
        });
        let note = annotated(
            &event,
            Severity::Error,
            &["02:00:00:00:00:0a", "02:00:00:00:00:0b", "40.0 ms"],
        );
        assert_eq!(note.related[..], [5, 8]);
    }

    #[test]
    fn neighbour_discovery_reads_in_every_form() {
        let target: IpAddr = "2001:db8::2".parse().unwrap();
        let asker: IpAddr = "2001:db8::1".parse().unwrap();
        for (probe, unicast) in [(true, false), (false, true), (false, false)] {
            let event = Event::NdpSolicitation(NdpSolicitation {
                target,
                asker,
                probe,
                unicast,
                attempt: 1,
            });
            annotated(&event, Severity::Note, &["2001:db8::2"]);
        }
        for (solicitation, solicited, mac, answers_probe) in [
            (Some(7), true, Some(A), false),
            (Some(7), true, Some(A), true),
            (Some(7), true, None, false),
            (None, true, Some(A), false),
            (None, false, Some(A), false),
        ] {
            let event = Event::NdpAdvertisement(NdpAdvertisement {
                target,
                solicitation,
                latency_ns: solicitation.map(|_| 1_000_000),
                mac,
                solicited,
                router: true,
                overrides: true,
                answers_probe,
            });
            annotated(&event, Severity::Note, &["2001:db8::2"]);
        }
    }
}
