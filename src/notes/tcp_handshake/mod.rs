//! The topic `tcp-handshake`: its note in both languages, and the words for its events.

use crate::notes::{Note, Scene, Topic};
use crate::track::{
    FastOpen, HandshakeAck, HandshakeRefused, HandshakeSimultaneous, HandshakeSyn, HandshakeSynAck,
    HandshakeUnanswered,
};

pub static TOPIC: Topic = Topic {
    name: "tcp-handshake",
    title_en: "The three-step handshake",
    title_zh: "三次握手",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn syn(event: &HandshakeSyn, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn syn_ack(event: &HandshakeSynAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn ack(event: &HandshakeAck, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn refused(event: &HandshakeRefused, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn unanswered(event: &HandshakeUnanswered, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn simultaneous(event: &HandshakeSimultaneous, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}

pub fn fast_open(event: &FastOpen, scene: &Scene, note: &mut Note) {
    let _ = (event, scene, note);
}
