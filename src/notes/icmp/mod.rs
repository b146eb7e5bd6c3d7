//! The topic `icmp`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{EchoReply, EchoRequest, EchoUnanswered, IcmpError};

pub static TOPIC: Topic = Topic {
    name: "icmp",
    title_en: "ICMP, ping and traceroute",
    title_zh: "ICMP、ping 与 traceroute",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn echo_request(event: &EchoRequest, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn echo_reply(event: &EchoReply, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn echo_unanswered(event: &EchoUnanswered, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn error(event: &IcmpError, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
