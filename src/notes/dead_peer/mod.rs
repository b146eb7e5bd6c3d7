//! The topic `dead-peer`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{HalfOpen, PeerSilent};

pub static TOPIC: Topic = Topic {
    name: "dead-peer",
    title_en: "When the peer is gone",
    title_zh: "对端消失的感知",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn peer_silent(event: &PeerSilent, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn half_open(event: &HalfOpen, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
