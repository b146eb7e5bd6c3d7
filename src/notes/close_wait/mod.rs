//! The topic `close-wait`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::CloseWait;

pub static TOPIC: Topic = Topic {
    name: "close-wait",
    title_en: "CLOSE_WAIT",
    title_zh: "CLOSE_WAIT",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn close_wait(event: &CloseWait, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
