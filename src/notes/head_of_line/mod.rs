//! The topic `head-of-line`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::HeadOfLine;

pub static TOPIC: Topic = Topic {
    name: "head-of-line",
    title_en: "Head-of-line blocking",
    title_zh: "队头阻塞",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn head_of_line(event: &HeadOfLine, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
