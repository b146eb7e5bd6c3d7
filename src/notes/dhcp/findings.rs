//! Words for what nobody answered, and for servers that contradict each other.

use super::named;
use crate::notes::units::duration;
use crate::notes::wording::{list, packet, packets};
use crate::notes::{Lang, Note, Scene};
use crate::track::{Address, DhcpPurpose, DhcpQuestion, DhcpSeveralServers, DhcpUnanswered};

/// A recording that ends sooner proves nothing: clients ask again after four seconds,
/// one more or less (RFC 2131, section 4.1).
const TOO_EARLY_NS: u64 = 5_000_000_000;

/// What the client said, by name.
const fn question(event: &DhcpUnanswered, lang: Lang) -> &'static str {
    match (event.question, event.v6) {
        (DhcpQuestion::Discover, false) => "Discover",
        (DhcpQuestion::Discover, true) => "Solicit",
        (DhcpQuestion::Inform, false) => "Inform",
        (DhcpQuestion::Inform, true) => "Information-request",
        (DhcpQuestion::Release, _) => "Release",
        (DhcpQuestion::Decline, _) => "Decline",
        (DhcpQuestion::Request(purpose), v6) => match (purpose, v6) {
            (DhcpPurpose::Selecting, _) => "Request",
            (DhcpPurpose::Restarting, false) => {
                lang.pick("Request for its old address", "Request（询问原有地址）")
            }
            (DhcpPurpose::Restarting, true) => "Confirm",
            (DhcpPurpose::Renewing, false) => lang.pick("Request to renew", "Request（续租）"),
            (DhcpPurpose::Renewing, true) => "Renew",
            (DhcpPurpose::Rebinding, false) => {
                lang.pick("Request to rebind", "Request（重新绑定）")
            }
            (DhcpPurpose::Rebinding, true) => "Rebind",
        },
    }
}

/// Whether silence is what a healthy network would give: a server that does not know a
/// client that starts again says nothing (RFC 2131, section 4.3.2).
const fn may_be_silent(event: &DhcpUnanswered) -> bool {
    matches!(
        event.question,
        DhcpQuestion::Request(DhcpPurpose::Restarting)
    )
}

pub fn unanswered(event: &DhcpUnanswered, _: &Scene, note: &mut Note) {
    let client = event.client.map(|mac| Address::Mac(mac).to_string());
    note.value("version", if event.v6 { 6_u32 } else { 4 })
        .value("question", question(event, Lang::En))
        .value("client", client.clone())
        .value("attempts", event.attempts)
        .value("packets", event.packets.to_vec())
        .value("waited_ns", event.waited_ns)
        .value("began_anew", event.began_anew)
        .value("for_room", event.for_room)
        .related(event.packets.iter().copied());
    // A client that asks again, or anew, has had no answer. Of one that asks once an
    // answer may have gone past the recording, unless it had to be broadcast.
    let asked_again = event.attempts > 1 || event.began_anew || event.wants_broadcast;
    let early = event.waited_ns < TOO_EARLY_NS;
    let is_sure = asked_again && !early && !may_be_silent(event);
    if !is_sure {
        note.too_early();
    }
    let waited = duration(event.waited_ns);
    note.say(
        || {
            let who = client.as_deref().unwrap_or("A client");
            let times = match event.attempts {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            let what = question(event, Lang::En);
            let outcome = if event.for_room {
                format!("was given up after {waited} to make room for others, of which too many waited")
            } else if event.began_anew {
                format!("had no answer within {waited}: the client gave up and began anew")
            } else if event.waited_ns == 0 {
                "is the last of the recording: whether an answer came is not known".to_owned()
            } else if early {
                format!("had no answer yet {waited} later, when the recording ended: too early to tell")
            } else if may_be_silent(event) {
                format!(
                    "had no answer within {waited}. Servers that do not know the client keep \
                     silent, so that it begins anew with a Discover"
                )
            } else if asked_again {
                format!(
                    "had no answer within {waited}: no server or relay on this network, a full \
                     pool, or the answers do not come through"
                )
            } else {
                format!(
                    "had no answer within {waited}, and was not repeated: the answer may have been \
                     unicast, past the recording"
                )
            };
            format!("{who} sent its {what} {times}, and it {outcome}.")
        },
        || {
            let who = client.as_deref().unwrap_or("某客户端");
            let what = question(event, Lang::Zh);
            let outcome = if event.for_room {
                format!("同时等待的太多，为腾出位置，{waited} 后不再等它")
            } else if event.began_anew {
                format!("{waited} 内没有应答，客户端放弃并重新开始")
            } else if event.waited_ns == 0 {
                "抓包到此结束，有没有应答不得而知".to_owned()
            } else if early {
                format!("{waited} 后抓包就结束了，还没有应答，时间太短，无法断定")
            } else if may_be_silent(event) {
                format!(
                    "{waited} 内没有应答。不认识该客户端的服务器会保持沉默，客户端随后从 Discover 重新开始"
                )
            } else if asked_again {
                format!("{waited} 内没有应答：这个网络上没有服务器或中继，地址池已满，或者应答传不过来")
            } else {
                format!("{waited} 内没有应答，也没有重发：应答可能是单播的，没有被录到")
            };
            let times = event.attempts;
            format!("{who} 发了 {times} 次 {what}，{outcome}。")
        },
    );
}

pub fn several_servers(event: &DhcpSeveralServers, _: &Scene, note: &mut Note) {
    let [one, two] = event.servers;
    let addresses = event
        .addresses
        .map(|address| address.map_or_else(|| "–".to_owned(), |address| address.to_string()));
    let differ = |lang: Lang| -> Vec<&'static str> {
        let names = [
            lang.pick("the mask", "掩码"),
            lang.pick("the gateway", "网关"),
            lang.pick("the DNS servers", "DNS 服务器"),
        ];
        let differing = names
            .into_iter()
            .zip(event.differ)
            .filter(|(_, differs)| *differs);
        differing.map(|(name, _)| name).collect()
    };
    note.value("version", if event.v6 { 6_u32 } else { 4 })
        .value("transaction_id", event.transaction)
        .value("servers", vec![one.to_string(), two.to_string()])
        .value("addresses", addresses.to_vec())
        .value("offers", event.offers.to_vec())
        .value("same_way", event.same_way)
        .value("mask_differs", event.differ[0])
        .value("gateway_differs", event.differ[1])
        .value("domain_name_servers_differ", event.differ[2])
        .related(event.offers);
    if !event.contradict() {
        note.too_early();
    }
    let [first, second] = &addresses;
    note.say(
        || {
            let what = named(event.v6, "Discover", "Solicit");
            let offers = packets(&event.offers, Lang::En);
            let meaning = if event.contradict() {
                let differ = list(&differ(Lang::En), Lang::En);
                format!(
                    "They do not agree on {differ}: which network the client gets depends on who is \
                     faster. One of them may be a router or a program that nobody meant to serve here"
                )
            } else if event.same_way {
                "They tell the same of the network, as two servers that share the work do".to_owned()
            } else {
                "They came through different relays".to_owned()
            };
            format!(
                "Two servers answer one {what} ({offers}): {one} offers {first}, {two} offers \
                 {second}. {meaning}."
            )
        },
        || {
            let what = named(event.v6, "Discover", "Solicit");
            let offers = event.offers.map(|number| packet(number, Lang::Zh)).join("、");
            let meaning = if event.contradict() {
                let differ = list(&differ(Lang::Zh), Lang::Zh);
                format!(
                    "两者给出的{differ}不同：客户端得到哪种网络设置，取决于谁更快。\
                     其中一台可能是无意中开启了服务的路由器或程序"
                )
            } else if event.same_way {
                "两者告知的网络设置相同，像是互为备份的两台服务器".to_owned()
            } else {
                "它们经由不同的中继而来".to_owned()
            };
            format!(
                "有两台服务器应答同一个 {what}（{offers}）：{one} 提供 {first}，{two} 提供 {second}。{meaning}。"
            )
        },
    );
}
