//! The topic `time-wait`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{TimeWaitAnswered, TimeWaitReused};

pub static TOPIC: Topic = Topic {
    name: "time-wait",
    title_en: "TIME_WAIT",
    title_zh: "TIME_WAIT",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn answered(event: &TimeWaitAnswered, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn reused(event: &TimeWaitReused, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
