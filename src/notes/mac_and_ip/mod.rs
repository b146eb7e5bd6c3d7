//! The topic `mac-and-ip`: its note in both languages, and the words for gateways
//! (RFC 1812, RFC 1122, section 3.3.1).

use crate::notes::wording::{counted_en, list};
use crate::notes::{Lang, Note, Scene, Topic, Value};
use crate::track::{Address, Gateway, GatewayEvidence, NextHop};

pub static TOPIC: Topic = Topic {
    name: "mac-and-ip",
    title_en: "MAC and IP: the next hop and the end host",
    title_zh: "MAC 与 IP：下一跳与最终主机",
    also: &["mac", "mac-address", "next-hop", "mac-地址", "下一跳"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn gateway(event: &Gateway, _: &Scene, note: &mut Note) {
    let mac = Address::Mac(event.mac).to_string();
    let evidence = event.evidence.iter().map(|one| Value::from(name(*one)));
    let examples = event.examples.iter().map(ToString::to_string);
    note.value("mac", mac.clone())
        .value("address", event.address.map(|address| address.to_string()))
        .value("addresses_behind", event.behind)
        .value("examples", examples.collect::<Vec<_>>())
        .value("asked_for", event.asked)
        .value("evidence", Value::List(evidence.collect()))
        .related(event.packets.iter().copied());
    let own = event.address.map(|address| address.to_string());
    let reasons = |lang: Lang| {
        let reasons = event.evidence.iter().map(|one| reason(*one, event, lang));
        let reasons: Vec<String> = reasons.collect();
        reasons.join(lang.pick("; ", "；"))
    };
    note.say(
        || {
            let own = own
                .as_ref()
                .map_or_else(String::new, |own| format!(" ({own})"));
            format!(
                "{} is a gateway{own}: {}. Frames for hosts elsewhere carry this MAC address, and \
                 the IP address of the host that they are for.",
                station(&mac),
                reasons(Lang::En)
            )
        },
        || {
            let own = own
                .as_ref()
                .map_or_else(String::new, |own| format!("（{own}）"));
            format!(
                "{mac}{own} 是网关：{}。发往别处主机的帧写的是这个 MAC 地址，\
                 而 IP 地址仍是目的主机的。",
                reasons(Lang::Zh)
            )
        },
    );
}

/// Why a frame goes to a gateway, or comes from one.
#[must_use]
pub fn next_hop(hop: &NextHop, lang: Lang) -> String {
    let mac = Address::Mac(hop.mac);
    let own = hop.address.map(|address| match lang {
        Lang::En => format!(" ({address})"),
        Lang::Zh => format!("（{address}）"),
    });
    let own = own.unwrap_or_default();
    let (near, far) = (hop.near, hop.far);
    let because = match (hop.subnet, lang) {
        (Some((network, length)), Lang::En) => {
            format!("{far} is not in {network}/{length}, the likely subnet of {near}")
        }
        (Some((network, length)), Lang::Zh) => {
            format!("{far} 不在 {near} 可能的子网 {network}/{length} 里")
        }
        (None, Lang::En) => format!(
            "{far} is elsewhere: it is one of {} seen behind that MAC address",
            match hop.behind {
                1 => "1 address".to_owned(),
                count => format!("{count} addresses"),
            }
        ),
        (None, Lang::Zh) => format!("{far} 在别处：这个 MAC 地址后面见到 {} 个地址", hop.behind),
    };
    match (hop.comes, lang) {
        (false, Lang::En) => {
            format!("This frame goes to the gateway {mac}{own}, because {because}.")
        }
        (false, Lang::Zh) => format!("这一帧发给网关 {mac}{own}，因为 {because}。"),
        (true, Lang::En) => {
            format!("This frame comes from the gateway {mac}{own}, because {because}.")
        }
        (true, Lang::Zh) => format!("这一帧来自网关 {mac}{own}，因为 {because}。"),
    }
}

/// A sentence begins with a word.
fn station(mac: &str) -> String {
    format!("Station {mac}")
}

/// The name in records.
fn name(evidence: GatewayEvidence) -> &'static str {
    match evidence {
        GatewayEvidence::RouterAdvertisement => "router_advertisement",
        GatewayEvidence::Dhcp => "dhcp_router",
        GatewayEvidence::AskedFor => "asked_for",
        GatewayEvidence::ManyNetworks => "addresses_of_several_networks",
        GatewayEvidence::TimeToLive => "time_to_live",
    }
}

fn reason(evidence: GatewayEvidence, event: &Gateway, lang: Lang) -> String {
    let behind = u64::from(event.behind);
    let examples: Vec<String> = event.examples.iter().map(ToString::to_string).collect();
    let examples = list(&examples, lang);
    match (evidence, lang) {
        (GatewayEvidence::RouterAdvertisement, Lang::En) => {
            "it says so itself, in a router advertisement".to_owned()
        }
        (GatewayEvidence::RouterAdvertisement, Lang::Zh) => "它在路由器通告里自称如此".to_owned(),
        (GatewayEvidence::Dhcp, Lang::En) => "a DHCP server names it as the router".to_owned(),
        (GatewayEvidence::Dhcp, Lang::Zh) => "DHCP 服务器指定它为路由器".to_owned(),
        (GatewayEvidence::AskedFor, Lang::En) => format!(
            "hosts asked for its own address ({}) and sent to it what is for {examples}",
            counted_en(event.asked, "time")
        ),
        (GatewayEvidence::AskedFor, Lang::Zh) => format!(
            "主机询问过它自己的地址（{} 次），却把发往 {examples} 的帧交给它",
            event.asked
        ),
        (GatewayEvidence::ManyNetworks, Lang::En) => format!(
            "{} of several networks stand behind it ({examples})",
            match behind {
                1 => "1 address".to_owned(),
                _ => format!("{behind} addresses"),
            }
        ),
        (GatewayEvidence::ManyNetworks, Lang::Zh) => {
            format!("有 {behind} 个属于不同网络的地址在它后面（{examples}）")
        }
        (GatewayEvidence::TimeToLive, Lang::En) => {
            "packets come from it whose TTL shows that routers have passed them on".to_owned()
        }
        (GatewayEvidence::TimeToLive, Lang::Zh) => {
            "从它来的报文，TTL 表明已经过路由器转发".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn a_gateway_is_told_with_everything_that_shows_it() {
        let event = Gateway {
            mac: [2, 0, 0, 0, 0, 9],
            address: Some([10, 0, 0, 254].into()),
            behind: 3,
            examples: smallvec![[203, 0, 113, 5].into()],
            asked: 2,
            evidence: smallvec![
                GatewayEvidence::RouterAdvertisement,
                GatewayEvidence::Dhcp,
                GatewayEvidence::AskedFor,
                GatewayEvidence::ManyNetworks,
                GatewayEvidence::TimeToLive,
            ],
            packets: smallvec![4, 9],
        };
        let annotation = annotated(
            &Event::Gateway(Box::new(event)),
            Severity::Note,
            &[
                "02:00:00:00:00:09",
                "10.0.0.254",
                "203.0.113.5",
                "3",
                "2",
                "DHCP",
                "TTL",
            ],
        );
        assert_eq!(annotation.related.as_slice(), [4, 9]);
    }
}
