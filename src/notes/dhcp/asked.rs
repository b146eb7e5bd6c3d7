//! Words for what clients ask: discover, request, inform.

use super::{common, lease_values, named, passed_on, seconds, tight, told};
use crate::notes::units::duration;
use crate::notes::wording::{ordinal_en, packet, packets};
use crate::notes::{Lang, Note, Rule, Scene};
use crate::track::{DhcpAttempt, DhcpDiscover, DhcpInform, DhcpLease, DhcpPurpose, DhcpRequest};

const SERVER_IS_CHOSEN: Rule = Rule {
    id: "server identifier = the chosen offer's",
    zh: "服务器标识 = 所选 offer 的服务器标识",
};

const TAKES_WHAT_WAS_OFFERED: Rule = Rule {
    id: "requested address = address offered",
    zh: "请求的地址 = 提供的地址",
};

fn attempt_values(attempt: &DhcpAttempt, note: &mut Note) {
    note.value("attempt", attempt.number)
        .value("first", attempt.first)
        .value("since_first_ns", attempt.since_first_ns)
        .related(attempt.first);
}

/// Says that it was asked before.
fn again(attempt: &DhcpAttempt, note: &mut Note) {
    let (Some(first), Some(since)) = (attempt.first, attempt.since_first_ns) else {
        return;
    };
    note.say(
        || {
            format!(
                "It is the {} try, {} after the first in {}.",
                ordinal_en(attempt.number),
                duration(since),
                packet(first, Lang::En)
            )
        },
        || {
            format!(
                "这是第 {} 次，距{}的第一次 {}。",
                attempt.number,
                packet(first, Lang::Zh),
                duration(since)
            )
        },
    );
}

pub fn discover(event: &DhcpDiscover, scene: &Scene, note: &mut Note) {
    if note.is_wordless() {
        return;
    }
    let told = told(scene);
    let told = told.as_ref();
    common(&event.step, told, note);
    attempt_values(&event.attempt, note);
    let client = told.and_then(|told| told.client.clone());
    let wanted = told.and_then(|told| told.address.clone());
    let host_name = told.and_then(|told| told.host_name());
    let rapid = told.is_some_and(|told| told.rapid);
    note.value("requested_address", wanted.clone())
        .value("host_name", host_name.clone())
        .value("rapid_commit", rapid)
        .value("asks_for", told.and_then(|told| told.wishes()));
    let client = client.unwrap_or_default();
    let v6 = event.step.v6;
    note.say(
        || {
            let name = named(v6, "Discover", "Solicit");
            let to = named(v6, "broadcast", "multicast");
            let host = host_name.as_ref().map_or(String::new(), |name| format!(", called {name},"));
            let wanted = wanted.as_ref().map_or(String::new(), |address| {
                format!(" It would like {address}.")
            });
            format!(
                "{name}: {client}{host} has no address yet and asks by {to} who gives it one.{wanted}"
            )
        },
        || {
            let name = named(v6, "Discover（发现）", "Solicit（征求）");
            let to = named(v6, "广播", "组播");
            let host = host_name.as_ref().map_or(String::new(), |name| format!("（名为 {name}）"));
            let wanted = wanted.as_ref().map_or(String::new(), |address| {
                format!("它希望得到 {address}。")
            });
            tight(&format!("{name}：{client} {host}还没有地址，用{to}询问谁能给它一个。{wanted}"))
        },
    );
    if rapid {
        note.say(
            || "With rapid commit a server may answer at once for good: two messages instead of four.".to_owned(),
            || "带有快速提交选项：服务器可以直接确认，用两条消息代替四条。".to_owned(),
        );
    }
    again(&event.attempt, note);
    passed_on(&event.step, told, note);
}

pub fn inform(event: &DhcpInform, scene: &Scene, note: &mut Note) {
    if note.is_wordless() {
        return;
    }
    let told = told(scene);
    let told = told.as_ref();
    common(&event.step, told, note);
    attempt_values(&event.attempt, note);
    let address = told.and_then(|told| told.address.clone());
    let wishes = told.and_then(|told| told.wishes());
    note.value("address", address.clone())
        .value("asks_for", wishes.clone());
    let v6 = event.step.v6;
    note.say(
        || {
            let name = named(v6, "Information-request", "Information-request");
            let name = if v6 { name } else { "Inform" };
            let has = address.as_ref().map_or("an address".to_owned(), |address| {
                format!("the address {address}")
            });
            let wishes = wishes.as_ref().map_or("the rest".to_owned(), Clone::clone);
            format!("{name}: the client has {has} from elsewhere and asks only for {wishes}.")
        },
        || {
            let name = if v6 {
                "Information-request（信息请求）"
            } else {
                "Inform（询问）"
            };
            let has = address
                .as_ref()
                .map_or("地址".to_owned(), |address| format!("地址 {address}"));
            let wishes = wishes.as_ref().map_or("其余设置".to_owned(), Clone::clone);
            format!("{name}：客户端已从别处得到{has}，只想知道：{wishes}。")
        },
    );
    again(&event.attempt, note);
    passed_on(&event.step, told, note);
}

pub fn request(event: &DhcpRequest, scene: &Scene, note: &mut Note) {
    let told = told(scene);
    let told = told.as_ref();
    let server = told.and_then(|told| told.server.clone());
    let address = told.and_then(|told| told.address.clone());
    if event.purpose == DhcpPurpose::Selecting
        && let Some(server) = &server
    {
        let chosen = event.offer.map(|_| server.clone());
        note.check(SERVER_IS_CHOSEN, chosen, server.clone());
    }
    // DHCPv6 may take a part of what was offered.
    if let (Some(offered), false, Some(address)) = (event.offered, event.step.v6, &address) {
        note.check(
            TAKES_WHAT_WAS_OFFERED,
            Some(offered.to_string()),
            address.clone(),
        );
    }
    if note.is_wordless() {
        return;
    }
    common(&event.step, told, note);
    attempt_values(&event.attempt, note);
    lease_values(event.lease.as_ref(), note);
    note.value("purpose", event.purpose.name())
        .value("address", address.clone())
        .value("server", server.clone())
        .value("offer", event.offer)
        .value("latency_ns", event.latency_ns)
        .value("lapsed", event.lapsed.to_vec())
        .related(event.offer)
        .related(event.lapsed.iter().copied());
    let address = |lang: Lang| {
        let nothing = || lang.pick("an address", "地址").to_owned();
        address.clone().unwrap_or_else(nothing)
    };
    match event.purpose {
        DhcpPurpose::Selecting => selecting(event, &address, server.as_deref(), note),
        DhcpPurpose::Restarting => note_restarting(event, &address, note),
        DhcpPurpose::Renewing | DhcpPurpose::Rebinding => extending(event, &address, note),
    }
    again(&event.attempt, note);
    passed_on(&event.step, told, note);
}

fn selecting(
    event: &DhcpRequest,
    address: &impl Fn(Lang) -> String,
    server: Option<&str>,
    note: &mut Note,
) {
    let server = |lang: Lang| {
        server
            .unwrap_or(lang.pick("a server", "某台服务器"))
            .to_owned()
    };
    note.say(
        || {
            let offer = match (event.offer, event.latency_ns) {
                (Some(offer), Some(latency)) => format!(
                    ", {} after its offer in {}",
                    duration(latency),
                    packet(offer, Lang::En)
                ),
                _ => ", whose offer the capture does not have".to_owned(),
            };
            format!(
                "Request: takes {} from {}{offer}. It is sent to all, so that every server sees \
                 who was chosen.",
                address(Lang::En),
                server(Lang::En)
            )
        },
        || {
            let offer = match (event.offer, event.latency_ns) {
                (Some(offer), Some(latency)) => format!(
                    "，距其 offer（{}）{}",
                    packet(offer, Lang::Zh),
                    duration(latency)
                ),
                _ => "，抓包中没有它的 offer".to_owned(),
            };
            tight(&format!(
                "Request（请求）：选用 {} 给的 {}{offer}。它发给所有人，让每台服务器都知道选了谁。",
                server(Lang::Zh),
                address(Lang::Zh)
            ))
        },
    );
    if !event.lapsed.is_empty() {
        note.say(
            || {
                let what = if event.lapsed.len() == 1 {
                    "The offer"
                } else {
                    "The offers"
                };
                let lapse = if event.lapsed.len() == 1 {
                    "lapses"
                } else {
                    "lapse"
                };
                let lapsed = packets(&event.lapsed, Lang::En);
                format!("{what} in {lapsed} {lapse}: those servers take their addresses back.")
            },
            || {
                let lapsed = packets(&event.lapsed, Lang::Zh);
                format!("{lapsed}的 offer 随之失效，那些服务器收回各自的地址。")
            },
        );
    }
}

fn note_restarting(event: &DhcpRequest, address: &impl Fn(Lang) -> String, note: &mut Note) {
    let v6 = event.step.v6;
    note.say(
        || {
            let name = named(v6, "Request", "Confirm");
            let silence = named(
                v6,
                "A server that does not know the client has to keep silent.",
                "Any server on the link can tell.",
            );
            format!(
                "{name}: the client starts again and asks whether its old address {} still fits \
                 this network. {silence}",
                address(Lang::En)
            )
        },
        || {
            let name = named(v6, "Request（请求）", "Confirm（确认）");
            let silence = named(
                v6,
                "不认识这个客户端的服务器必须保持沉默。",
                "本链路上的任何服务器都可以回答。",
            );
            tight(&format!(
                "{name}：客户端重新启动，询问原来的地址 {} 在这个网络上是否仍然可用。{silence}",
                address(Lang::Zh)
            ))
        },
    );
}

/// When a lease is extended, against the time at which it should be.
fn extending(event: &DhcpRequest, address: &impl Fn(Lang) -> String, note: &mut Note) {
    let v6 = event.step.v6;
    let is_renewal = event.purpose == DhcpPurpose::Renewing;
    note.value("renewal_time_s", event.lease.map(|lease| lease.t1))
        .value("rebinding_time_s", event.lease.map(|lease| lease.t2));
    note.say(
        || {
            let name = match (v6, is_renewal) {
                (false, true) => "Request (renewal)",
                (false, false) => "Request (rebinding)",
                (true, true) => "Renew",
                (true, false) => "Rebind",
            };
            let whom = match is_renewal {
                true => "asks the server that gave it",
                false => "asks every server, as the one that gave it has not answered,",
            };
            format!(
                "{name}: the client holds {} and {whom} to extend the lease{}.",
                address(Lang::En),
                since(event.lease.as_ref(), is_renewal, Lang::En)
            )
        },
        || {
            let name = match (v6, is_renewal) {
                (false, true) => "Request（续租）",
                (false, false) => "Request（重新绑定）",
                (true, true) => "Renew（续租）",
                (true, false) => "Rebind（重新绑定）",
            };
            let whom = match is_renewal {
                true => "请当初分配的服务器",
                false => "因那台服务器没有应答，转而请任何服务器",
            };
            tight(&format!(
                "{name}：客户端持有 {}，{whom}延长租期{}。",
                address(Lang::Zh),
                since(event.lease.as_ref(), is_renewal, Lang::Zh)
            ))
        },
    );
}

fn since(lease: Option<&DhcpLease>, is_renewal: bool, lang: Lang) -> String {
    let Some(lease) = lease else {
        return String::new();
    };
    let (name, due) = match is_renewal {
        true => ("T1", lease.t1),
        false => ("T2", lease.t2),
    };
    let (since, due) = (duration(lease.since_ns), seconds(due, lang));
    match lang {
        Lang::En => format!(
            ", {since} after {} gave it ({name} = {due})",
            packet(lease.packet, lang)
        ),
        Lang::Zh => format!(
            "，距{}分配 {since}（{name} = {due}）",
            packet(lease.packet, lang)
        ),
    }
}
