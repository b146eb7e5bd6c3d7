//! The topic `retries-and-failover`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "retries-and-failover",
    title_en: "Retries and fail-over: again, or elsewhere",
    title_zh: "重试与故障转移：再问一次，换一个问",
    also: &[
        "retry",
        "failover",
        "fail-over",
        "back-off",
        "重试",
        "故障转移",
        "退避",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
