//! The topic `network-performance`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "network-performance",
    title_en: "Why is it slow? Latency, bandwidth, loss",
    title_zh: "为什么慢？延迟、带宽、丢包",
    also: &[
        "performance",
        "bandwidth",
        "throughput",
        "slow",
        "带宽",
        "吞吐量",
        "网络性能",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
