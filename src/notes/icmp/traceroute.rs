//! The words for a traceroute: the hops in their order, with their times.

use std::net::IpAddr;

use crate::notes::units::duration;
use crate::notes::wording::list;
use crate::notes::{Lang, Note, Scene, Value};
use crate::track::{TraceHop, Traceroute};

pub fn traceroute(event: &Traceroute, _: &Scene, note: &mut Note) {
    let hops = &event.hops;
    let numbers = hops.iter().map(|hop| Value::from(hop.time_to_live));
    let routers = hops.iter().map(|hop| Value::from(names(&hop.routers)));
    let times = hops.iter().map(|hop| Value::from(hop.shortest_ns));
    note.value("source", event.source.to_string())
        .value("target", event.target.to_string())
        .value("probes", protocol(event.protocol))
        .value("hops", Value::List(numbers.collect()))
        .value("routers", Value::List(routers.collect()))
        .value("shortest_ns", Value::List(times.collect()))
        .value("reached_with_hops", event.reached.map(|(_, hops)| hops))
        .value("exceeded", event.exceeded)
        .value("unreachable", event.unreachable)
        .related(event.packets.iter().copied());
    note.say(
        || {
            format!(
                "The way from {} to {}, traced with {} probes that each go one router further: {}{}. \
                 {}.",
                event.source,
                event.target,
                protocol(event.protocol),
                way(hops, Lang::En),
                silent(hops, Lang::En),
                end(event, Lang::En)
            )
        },
        || {
            format!(
                "从 {} 到 {} 的路径，用 {} 探测报文逐跳查出：{}{}。{}。",
                event.source,
                event.target,
                protocol(event.protocol),
                way(hops, Lang::Zh),
                silent(hops, Lang::Zh),
                end(event, Lang::Zh)
            )
        },
    );
    note.say(
        || {
            "The errors that answer such probes are meant to come, and are no fault of the network."
                .to_owned()
        },
        || "应答这些探测的 ICMP 差错正是所期待的，并非网络故障。".to_owned(),
    );
}

fn protocol(number: u8) -> &'static str {
    match number {
        6 => "TCP",
        17 => "UDP",
        _ => "ping",
    }
}

fn names(routers: &[IpAddr]) -> String {
    let names: Vec<String> = routers.iter().map(ToString::to_string).collect();
    names.join("/")
}

fn way(hops: &[TraceHop], lang: Lang) -> String {
    let hops: Vec<String> = hops.iter().map(|hop| hop_text(hop, lang)).collect();
    list(&hops, lang)
}

fn hop_text(hop: &TraceHop, lang: Lang) -> String {
    let (number, routers) = (hop.time_to_live, names(&hop.routers));
    let time = duration(hop.shortest_ns);
    match lang {
        Lang::En => format!("hop {number} {routers} ({time})"),
        Lang::Zh => format!("第 {number} 跳 {routers}（{time}）"),
    }
}

/// The hops that did not answer, between others that did.
fn silent(hops: &[TraceHop], lang: Lang) -> String {
    let answered: Vec<u8> = hops.iter().map(|hop| hop.time_to_live).collect();
    let last = answered.last().copied().unwrap_or(0);
    let silent: Vec<u8> = (1..last).filter(|hop| !answered.contains(hop)).collect();
    match (silent.len(), lang) {
        (0, _) => String::new(),
        (1, Lang::En) => format!("; hop {} is silent", list(&silent, lang)),
        (_, Lang::En) => format!("; hops {} are silent", list(&silent, lang)),
        (_, Lang::Zh) => format!("；第 {} 跳没有应答", list(&silent, lang)),
    }
}

fn end(event: &Traceroute, lang: Lang) -> String {
    match (event.reached, lang) {
        (Some((_, hops)), Lang::En) => format!("The target answered at hop {hops}"),
        (Some((_, hops)), Lang::Zh) => format!("目标在第 {hops} 跳应答"),
        (None, Lang::En) => "The target itself did not answer".to_owned(),
        (None, Lang::Zh) => "目标本身没有应答".to_owned(),
    }
}
