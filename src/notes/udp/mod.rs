//! The topic `udp`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "udp",
    title_en: "UDP",
    title_zh: "UDP",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
