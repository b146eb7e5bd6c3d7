//! The topic `byte-stream`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{MessageCut, SeveralMessages};

pub static TOPIC: Topic = Topic {
    name: "byte-stream",
    title_en: "A stream of bytes",
    title_zh: "字节流：粘包与分包",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn several_messages(event: &SeveralMessages, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn message_cut(event: &MessageCut, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
