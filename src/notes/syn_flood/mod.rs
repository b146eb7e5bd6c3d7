//! The topic `syn-flood`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::SynFlood;

pub static TOPIC: Topic = Topic {
    name: "syn-flood",
    title_en: "SYN flood",
    title_zh: "SYN 洪泛",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn syn_flood(event: &SynFlood, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
