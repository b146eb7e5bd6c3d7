//! The topic `congestion-control`: its note in both languages.

use crate::notes::Topic;

pub static TOPIC: Topic = Topic {
    name: "congestion-control",
    title_en: "Congestion control: the limit of the road",
    title_zh: "拥塞控制：来自网络的限制",
    also: &[
        "congestion",
        "cwnd",
        "slow-start",
        "cubic",
        "bbr",
        "拥塞控制",
        "拥塞",
        "慢启动",
        "拥塞窗口",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};
