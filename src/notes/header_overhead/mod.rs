//! The topic `header-overhead`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::SmallMessage;

pub static TOPIC: Topic = Topic {
    name: "header-overhead",
    title_en: "Header overhead",
    title_zh: "头部开销",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn small_message(event: &SmallMessage, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
