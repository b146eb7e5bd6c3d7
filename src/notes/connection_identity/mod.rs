//! The topic `connection-identity`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::PortReused;

pub static TOPIC: Topic = Topic {
    name: "connection-identity",
    title_en: "What names a connection",
    title_zh: "连接的四元组",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn port_reused(event: &PortReused, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
