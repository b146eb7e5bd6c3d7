//! The topic `duplicate-ack-and-sack`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{Dsack, DuplicateAck};

pub static TOPIC: Topic = Topic {
    name: "duplicate-ack-and-sack",
    title_en: "Duplicate ACKs and SACK",
    title_zh: "重复确认与 SACK",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn duplicate_ack(event: &DuplicateAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn dsack(event: &Dsack, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
