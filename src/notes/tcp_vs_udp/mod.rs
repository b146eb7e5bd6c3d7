//! The topic `tcp-vs-udp`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "tcp-vs-udp",
    title_en: "TCP against UDP",
    title_zh: "TCP 与 UDP 的对比",
    also: &[
        "tcp-or-udp",
        "tcp-udp",
        "udp-vs-tcp",
        "tcp-与-udp",
        "tcp-和-udp",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
