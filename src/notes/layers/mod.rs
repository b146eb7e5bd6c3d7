//! The topic `layers`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{Malformed, Truncated};

pub static TOPIC: Topic = Topic {
    name: "layers",
    title_en: "Layers",
    title_zh: "分层",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn malformed(event: &Malformed, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn truncated(event: &Truncated, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
