//! The topic `udp`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "udp",
    title_en: "UDP: datagrams without a connection",
    title_zh: "UDP：无连接的数据报",
    also: &["datagram", "数据报", "用户数据报"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
