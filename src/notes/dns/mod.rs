//! The topic `dns`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{
    DnsError, DnsQuery, DnsResponse, DnsRetransmission, DnsTruncated, DnsUnanswered,
};

pub static TOPIC: Topic = Topic {
    name: "dns",
    title_en: "DNS",
    title_zh: "DNS",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn query(event: &DnsQuery, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn response(event: &DnsResponse, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn error(event: &DnsError, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn truncated(event: &DnsTruncated, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn retransmission(event: &DnsRetransmission, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn unanswered(event: &DnsUnanswered, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
