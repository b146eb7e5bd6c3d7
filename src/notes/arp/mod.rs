//! The topic `arp`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{
    ArpAddressConflict, ArpGratuitous, ArpProbe, ArpReply, ArpRequest, ArpUnanswered,
    NdpAdvertisement, NdpSolicitation,
};

pub static TOPIC: Topic = Topic {
    name: "arp",
    title_en: "ARP and neighbour discovery",
    title_zh: "ARP 与邻居发现",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn request(event: &ArpRequest, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn reply(event: &ArpReply, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn gratuitous(event: &ArpGratuitous, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn probe(event: &ArpProbe, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn unanswered(event: &ArpUnanswered, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn address_conflict(event: &ArpAddressConflict, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn solicitation(event: &NdpSolicitation, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn advertisement(event: &NdpAdvertisement, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
