//! The topic `retransmission`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{HandshakeRetransmission, Retransmission};

pub static TOPIC: Topic = Topic {
    name: "retransmission",
    title_en: "Retransmission",
    title_zh: "重传",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn retransmission(event: &Retransmission, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn handshake(event: &HandshakeRetransmission, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
