//! The topic `sockets`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "sockets",
    title_en: "Sockets: where programs meet the network",
    title_zh: "套接字：程序与网络的交界",
    also: &["socket", "unix-socket", "套接字", "unix-套接字"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
