//! The topic `tcp-states`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{MidStream, OneSided};

pub static TOPIC: Topic = Topic {
    name: "tcp-states",
    title_en: "The eleven states",
    title_zh: "TCP 的十一种状态",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn mid_stream(event: &MidStream, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn one_sided(event: &OneSided, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
