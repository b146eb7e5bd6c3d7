//! The topic `keep-alive`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{Heartbeat, KeepAlive, KeepAliveAck};

pub static TOPIC: Topic = Topic {
    name: "keep-alive",
    title_en: "Keep-alive and heartbeat",
    title_zh: "保活与心跳",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn keep_alive(event: &KeepAlive, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn keep_alive_ack(event: &KeepAliveAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn heartbeat(event: &Heartbeat, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
