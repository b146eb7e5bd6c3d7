//! The topic `flow-control`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{WindowFull, WindowProbe, WindowProbeAck, WindowUpdate, ZeroWindow};

pub static TOPIC: Topic = Topic {
    name: "flow-control",
    title_en: "Flow control",
    title_zh: "流量控制与滑动窗口",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn zero(event: &ZeroWindow, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn full(event: &WindowFull, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn update(event: &WindowUpdate, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn probe(event: &WindowProbe, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn probe_ack(event: &WindowProbeAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
