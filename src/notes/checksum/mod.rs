//! The topic `checksum`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{ChecksumBad, ChecksumOffload, Oversize};

pub static TOPIC: Topic = Topic {
    name: "checksum",
    title_en: "Checksums",
    title_zh: "校验和",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn bad(event: &ChecksumBad, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn offload(event: &ChecksumOffload, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn oversize(event: &Oversize, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
