//! The topic `io-multiplexing`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "io-multiplexing",
    title_en: "I/O multiplexing: one program, many connections",
    title_zh: "I/O 多路复用：一个程序，许多连接",
    also: &[
        "select",
        "poll",
        "epoll",
        "kqueue",
        "多路复用",
        "异步-io",
        "阻塞",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
