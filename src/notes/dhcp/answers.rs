//! Words for what servers say: offer, ack, renewed, nak.

use super::checks;
use super::told::Told;
use super::{SAME_TRANSACTION, common, lease_values, named, passed_on, seconds, tight, told};
use crate::notes::fields::usable;
use crate::notes::units::duration;
use crate::notes::wording::{packet, packets};
use crate::notes::{Lang, Note, Scene};
use crate::track::{DhcpAck, DhcpNak, DhcpOffer, DhcpQuestion};

/// What the server gives.
fn given_values(told: &Told<'_>, note: &mut Note) {
    let lease = told.lease.filter(|lease| *lease != u32::MAX);
    let half = lease.map(|lease| lease / 2);
    let late = lease.map(|lease| (u64::from(lease) * 7 / 8) as u32);
    let prefix_length = told.prefix_length();
    note.value("address", told.address.clone())
        .value("server", told.server.clone())
        .value("lease_s", told.lease)
        .value("renewal_time_s", told.t1.or(half))
        .value("rebinding_time_s", told.t2.or(late))
        .value("times_given", told.t1.is_some())
        .value("subnet_mask", told.mask().map(|mask| mask.to_string()))
        .value("prefix_length", prefix_length)
        .value("usable_addresses", prefix_length.map(usable))
        .value("gateway", told.gateway())
        .value("domain_name_servers", told.dns())
        .value("reason", told.reason.clone());
}

/// The address and for how long; `None` where no address is given.
fn lease_told(told: &Told<'_>, lang: Lang) -> Option<String> {
    let address = told.address.as_ref()?;
    let Some(lease) = told.lease else {
        return Some(address.clone());
    };
    let lease = seconds(lease, lang);
    Some(match lang {
        Lang::En => format!("{address} for {lease}"),
        Lang::Zh => format!("{address}，租期 {lease}"),
    })
}

fn network_told(told: &Told<'_>, note: &mut Note) {
    if told.network(Lang::En).is_some() {
        note.say(
            || {
                let network = told.network(Lang::En).unwrap_or_default();
                format!("It tells of the network: {network}.")
            },
            || {
                let network = told.network(Lang::Zh).unwrap_or_default();
                format!("它告知的网络设置：{network}。")
            },
        );
    }
}

/// When the client will come back.
fn times_told(told: &Told<'_>, note: &mut Note) {
    let Some(lease) = told.lease.filter(|lease| *lease > 0 && *lease != u32::MAX) else {
        return;
    };
    let t1 = told.t1.unwrap_or(lease / 2);
    let t2 = told.t2.unwrap_or((u64::from(lease) * 7 / 8) as u32);
    let given = told.t1.is_some();
    note.say(
        || {
            let why = if given {
                "as the server says"
            } else {
                "half and seven eighths of the lease"
            };
            format!(
                "The client renews at T1 = {}, and asks any server at T2 = {} ({why}).",
                seconds(t1, Lang::En),
                seconds(t2, Lang::En)
            )
        },
        || {
            let why = if given {
                "由服务器指定"
            } else {
                "租期的 ½ 和 ⅞"
            };
            format!(
                "客户端在 T1 = {} 时续租，到 T2 = {} 时改问任意服务器（{why}）。",
                seconds(t1, Lang::Zh),
                seconds(t2, Lang::Zh)
            )
        },
    );
}

pub fn offer(event: &DhcpOffer, scene: &Scene, note: &mut Note) {
    let told = told(scene);
    let told = told.as_ref();
    note.check(
        SAME_TRANSACTION,
        event.discover.map(|_| event.step.transaction),
        event.step.transaction,
    );
    if let Some(told) = told {
        checks::times(told, event.step.v6, note);
    }
    if note.is_wordless() {
        return;
    }
    common(&event.step, told, note);
    note.value("discover", event.discover)
        .value("latency_ns", event.latency_ns)
        .value("other_offers", event.others.to_vec())
        .related(event.discover)
        .related(event.others.iter().copied());
    let Some(told) = told else {
        return;
    };
    given_values(told, note);
    let v6 = event.step.v6;
    note.say(
        || {
            let name = named(v6, "Offer", "Advertise");
            let server = told.server.as_deref().unwrap_or("a server");
            let what = lease_told(told, Lang::En).unwrap_or_else(|| "its services".to_owned());
            let when = match (event.discover, event.latency_ns) {
                (Some(discover), Some(latency)) => {
                    format!(
                        ", {} after {}",
                        duration(latency),
                        packet(discover, Lang::En)
                    )
                }
                _ => ", to a question that the capture does not have".to_owned(),
            };
            format!("{name}: {server} offers {what}{when}. Nothing is the client's yet.")
        },
        || {
            let name = named(v6, "Offer（提供）", "Advertise（通告）");
            let server = told.server.as_deref().unwrap_or("某台服务器");
            let what = lease_told(told, Lang::Zh).unwrap_or_else(|| "自己的服务".to_owned());
            let when = match (event.discover, event.latency_ns) {
                (Some(discover), Some(latency)) => {
                    format!("，距{} {}", packet(discover, Lang::Zh), duration(latency))
                }
                _ => "，抓包中没有对应的询问".to_owned(),
            };
            tight(&format!(
                "{name}：{server} 愿意提供 {what}{when}。此时还不归客户端所有。"
            ))
        },
    );
    network_told(told, note);
    if !event.others.is_empty() {
        note.say(
            || {
                let others = packets(&event.others, Lang::En);
                format!("Another server has offered before ({others}): the client chooses one.")
            },
            || {
                let others = packets(&event.others, Lang::Zh);
                format!("此前已有别的服务器提供过（{others}）：由客户端选一个。")
            },
        );
    }
    passed_on(&event.step, Some(told), note);
}

fn ack_values(event: &DhcpAck, told: &Told<'_>, note: &mut Note) {
    common(&event.step, Some(told), note);
    note.value("request", event.answers.map(|(packet, _)| packet))
        .value("latency_ns", event.latency_ns)
        .value("began", event.began.map(|(packet, _)| packet))
        .value("exchange_ns", event.began.map(|(_, since)| since))
        .related(event.answers.map(|(packet, _)| packet))
        .related(event.began.map(|(packet, _)| packet));
    lease_values(event.lease.as_ref(), note);
    given_values(told, note);
}

/// Behind what it came.
fn answers(event: &DhcpAck, lang: Lang) -> String {
    match (event.answers, event.latency_ns, lang) {
        (Some((request, _)), Some(latency), Lang::En) => {
            format!(", {} after {}", duration(latency), packet(request, lang))
        }
        (Some((request, _)), Some(latency), Lang::Zh) => {
            format!("，距{} {}", packet(request, lang), duration(latency))
        }
        (_, _, Lang::En) => ", to a question that the capture does not have".to_owned(),
        (_, _, Lang::Zh) => "，抓包中没有对应的询问".to_owned(),
    }
}

pub fn ack(event: &DhcpAck, scene: &Scene, note: &mut Note) {
    let Some(told) = told(scene) else {
        return;
    };
    checks::ack(event, &told, note);
    if note.is_wordless() {
        return;
    }
    ack_values(event, &told, note);
    let v6 = event.step.v6;
    let (name_en, name_zh) = (
        named(v6, "Ack", "Reply"),
        named(v6, "Ack（确认）", "Reply（答复）"),
    );
    let gives = match event.answers.map(|(_, question)| question) {
        Some(DhcpQuestion::Inform | DhcpQuestion::Release | DhcpQuestion::Decline) => false,
        _ => told.address.is_some(),
    };
    match gives {
        true => note.say(
            || {
                let what = lease_told(&told, Lang::En).unwrap_or_default();
                let server = told.server.as_deref().unwrap_or("the server");
                format!(
                    "{name_en}: {server} gives {what}{}: it is the client's now.",
                    answers(event, Lang::En)
                )
            },
            || {
                let what = lease_told(&told, Lang::Zh).unwrap_or_default();
                let server = told.server.as_deref().unwrap_or("服务器");
                tight(&format!(
                    "{name_zh}：{server} 分配 {what}{}：从现在起归客户端使用。",
                    answers(event, Lang::Zh)
                ))
            },
        ),
        false => note.say(
            || {
                let what = match event.answers.map(|(_, question)| question) {
                    Some(DhcpQuestion::Release | DhcpQuestion::Decline) => {
                        "the server has taken the address back"
                    }
                    Some(DhcpQuestion::Request(_)) => "the address still fits this network",
                    _ => "the server tells the settings that were asked for, without a lease",
                };
                format!("{name_en}: {what}{}.", answers(event, Lang::En))
            },
            || {
                let what = match event.answers.map(|(_, question)| question) {
                    Some(DhcpQuestion::Release | DhcpQuestion::Decline) => "服务器已收回地址",
                    Some(DhcpQuestion::Request(_)) => "地址在这个网络上仍然可用",
                    _ => "服务器只告知所问的设置，不分配租约",
                };
                format!("{name_zh}：{what}{}。", answers(event, Lang::Zh))
            },
        ),
    };
    network_told(&told, note);
    if gives {
        times_told(&told, note);
    }
    if let (Some((DhcpQuestion::Discover, true)), false) = (
        event.answers.map(|(_, question)| (question, told.rapid)),
        event.step.relayed.is_some(),
    ) {
        note.say(
            || "By rapid commit: two messages instead of four.".to_owned(),
            || "快速提交：两条消息代替四条。".to_owned(),
        );
    }
    if let Some((first, since)) = event.began {
        note.say(
            || {
                let first = packet(first, Lang::En);
                format!(
                    "From {first} to here, the whole exchange took {}.",
                    duration(since)
                )
            },
            || {
                let first = packet(first, Lang::Zh);
                format!("从{first}到这里，整个过程用了 {}。", duration(since))
            },
        );
    }
    passed_on(&event.step, Some(&told), note);
}

pub fn renewed(event: &DhcpAck, scene: &Scene, note: &mut Note) {
    let Some(told) = told(scene) else {
        return;
    };
    checks::ack(event, &told, note);
    if note.is_wordless() {
        return;
    }
    ack_values(event, &told, note);
    let v6 = event.step.v6;
    note.say(
        || {
            let name = named(v6, "Ack", "Reply");
            let what = lease_told(&told, Lang::En).unwrap_or_else(|| "the lease".to_owned());
            let held = event.lease.map_or(String::new(), |lease| {
                format!(
                    " The client has had it for {} since {}.",
                    duration(lease.since_ns),
                    packet(lease.packet, Lang::En)
                )
            });
            format!(
                "{name}: the lease is extended, {what} from now on{}.{held}",
                answers(event, Lang::En)
            )
        },
        || {
            let name = named(v6, "Ack（确认）", "Reply（答复）");
            let what = lease_told(&told, Lang::Zh).unwrap_or_else(|| "租约".to_owned());
            let held = event.lease.map_or(String::new(), |lease| {
                format!(
                    "客户端自{}起已持有 {}。",
                    packet(lease.packet, Lang::Zh),
                    duration(lease.since_ns)
                )
            });
            tight(&format!(
                "{name}：租约得到延长，从现在起重新计算：{what}{}。{held}",
                answers(event, Lang::Zh)
            ))
        },
    );
    times_told(&told, note);
    passed_on(&event.step, Some(&told), note);
}

pub fn nak(event: &DhcpNak, scene: &Scene, note: &mut Note) {
    if note.is_wordless() {
        return;
    }
    let told = told(scene);
    let told = told.as_ref();
    common(&event.step, told, note);
    let requested = event.requested.map(|address| address.to_string());
    let reason = told.and_then(|told| told.reason.clone());
    note.value("request", event.request)
        .value("latency_ns", event.latency_ns)
        .value("requested_address", requested.clone())
        .value("server", told.and_then(|told| told.server.clone()))
        .value("reason", reason.clone())
        .related(event.request);
    let v6 = event.step.v6;
    note.say(
        || {
            let name = named(v6, "Nak", "No");
            let server = told
                .and_then(|told| told.server.as_deref())
                .unwrap_or("The server");
            let what = requested.as_deref().unwrap_or("what was asked for");
            let when = match (event.request, event.latency_ns) {
                (Some(request), Some(latency)) => {
                    format!(
                        ", {} after {}",
                        duration(latency),
                        packet(request, Lang::En)
                    )
                }
                _ => String::new(),
            };
            let reason = reason
                .as_ref()
                .map_or(String::new(), |reason| format!(" ({reason})"));
            let then = named(
                v6,
                " The client must not use it and begins anew with a Discover.",
                " The client tries another server, or begins anew.",
            );
            format!("{name}: {server} refuses {what}{when}{reason}.{then}")
        },
        || {
            let name = named(v6, "Nak（否认）", "拒绝");
            let server = told
                .and_then(|told| told.server.as_deref())
                .unwrap_or("服务器");
            let what = requested.as_deref().unwrap_or("所请求的内容");
            let when = match (event.request, event.latency_ns) {
                (Some(request), Some(latency)) => {
                    format!("，距{} {}", packet(request, Lang::Zh), duration(latency))
                }
                _ => String::new(),
            };
            let reason = reason
                .as_ref()
                .map_or(String::new(), |reason| format!("（{reason}）"));
            let then = named(
                v6,
                "客户端不得使用它，要从 Discover 重新开始。",
                "客户端会另找服务器，或重新开始。",
            );
            tight(&format!(
                "{name}：{server} 不同意 {what}{when}{reason}。{then}"
            ))
        },
    );
    passed_on(&event.step, told, note);
}
