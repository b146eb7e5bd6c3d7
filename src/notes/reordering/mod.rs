//! The topic `reordering`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{IpDuplicate, OutOfOrder};

pub static TOPIC: Topic = Topic {
    name: "reordering",
    title_en: "Reordering",
    title_zh: "乱序",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn out_of_order(event: &OutOfOrder, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn duplicate(event: &IpDuplicate, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
