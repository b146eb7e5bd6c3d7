//! The topic `sequence-and-ack`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{AckOfUnseen, Gap};

pub static TOPIC: Topic = Topic {
    name: "sequence-and-ack",
    title_en: "Sequence and acknowledgment numbers",
    title_zh: "序号与确认号",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn gap(event: &Gap, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn ack_of_unseen(event: &AckOfUnseen, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
