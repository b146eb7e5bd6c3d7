//! The topic `tcp-teardown`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{
    FirstAck, FirstFin, HalfClose, Reset, SecondAck, SecondFin, TeardownSimultaneous,
};

pub static TOPIC: Topic = Topic {
    name: "tcp-teardown",
    title_en: "The four-step teardown",
    title_zh: "四次挥手",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn first_fin(event: &FirstFin, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn first_ack(event: &FirstAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn second_fin(event: &SecondFin, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn second_ack(event: &SecondAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn simultaneous(event: &TeardownSimultaneous, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn half_close(event: &HalfClose, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn reset(event: &Reset, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
