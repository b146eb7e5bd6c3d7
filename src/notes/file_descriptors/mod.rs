//! The topic `file-descriptors`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "file-descriptors",
    title_en: "File descriptors: what a connection costs",
    title_zh: "文件描述符：连接占用的资源",
    also: &["fd", "ulimit", "nofile", "文件描述符", "句柄"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
