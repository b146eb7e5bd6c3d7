//! The topic `tcp-options`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::OptionsAgreed;

pub static TOPIC: Topic = Topic {
    name: "tcp-options",
    title_en: "TCP options",
    title_zh: "TCP 选项",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn agreed(event: &OptionsAgreed, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
