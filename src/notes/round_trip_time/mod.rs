//! The topic `round-trip-time`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "round-trip-time",
    title_en: "Round-trip time: where the time goes",
    title_zh: "往返时间：时间花在哪里",
    also: &[
        "rtt",
        "round-trip",
        "srtt",
        "往返时间",
        "往返",
        "延迟",
        "latency",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
