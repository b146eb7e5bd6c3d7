//! What the values of IP's fields mean: lengths, fragments, and what a time to
//! live suggests.

use std::net::IpAddr;

use crate::decode::FieldValue;
use crate::notes::fields::{Spot, named};

pub(super) fn ipv4(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "ipv4.header_length" => {
            let (words, bytes) = (number?, number? * 4);
            let options = bytes.saturating_sub(20);
            match options {
                0 => spot.say(
                    format!("{words} × 4 = {bytes} bytes: no options"),
                    format!("{words} × 4 = {bytes} 字节：没有选项"),
                ),
                _ => spot.say(
                    format!("{words} × 4 = {bytes} bytes: 20 and {options} of options"),
                    format!("{words} × 4 = {bytes} 字节：20 字节加选项 {options} 字节"),
                ),
            }
        }
        "ipv4.dscp" => named::dscp(number?, lang),
        "ipv4.ecn" => named::ecn(number?, lang).to_owned(),
        "ipv4.total_length" => match (number?, spot.beside("ipv4.header_length")) {
            (0, _) => spot.say(
                "0: the network card cuts the packet up and fills this in",
                "0：由网卡切分报文并填写",
            ),
            (total, Some(words)) => {
                let (header, data) = (words * 4, total.saturating_sub(words * 4));
                spot.say(
                    format!("{total} bytes = header {header} + data {data}"),
                    format!("{total} 字节 = 头部 {header} + 数据 {data}"),
                )
            }
            _ => return None,
        },
        "ipv4.identification" if number? == 0 => spot.say(
            "0: cannot be told apart, which is fine for what is never cut up",
            "0：不作区分；不会分片的报文无妨",
        ),
        "ipv4.flags.dont_fragment" if number? == 0 => {
            spot.say("not set: routers may cut it up", "未设置：路由器可以拆分")
        }
        "ipv4.flags.more_fragments" if number? == 0 => match spot.beside("ipv4.fragment_offset") {
            Some(0) | None => spot.say("not set: not a fragment", "未设置：不是分片"),
            Some(_) => spot.say(
                "not set: this is the last fragment",
                "未设置：这是最后一个分片",
            ),
        },
        "ipv4.fragment_offset" => offset(spot, number?),
        "ipv4.ttl" => hops(spot, number?),
        _ => return None,
    })
}

/// The place where a fragment's data belongs.
fn offset(spot: &Spot<'_>, units: u64) -> String {
    let bytes = units * 8;
    match units {
        0 => spot.say("0: the start of the data", "0：从数据开头起"),
        _ => spot.say(
            format!("{units} × 8 = byte {bytes} of the whole packet's data"),
            format!("{units} × 8 = 完整报文数据的第 {bytes} 字节起"),
        ),
    }
}

/// What a time to live suggests: systems start with 64, 128 or 255.
fn hops(spot: &Spot<'_>, remaining: u64) -> String {
    let address = spot.siblings.iter().find_map(|field| match field.value {
        FieldValue::Ip(address) if field.name.ends_with("destination") => Some(address),
        _ => None,
    });
    let local = match address {
        Some(IpAddr::V4(address)) => address.octets().starts_with(&[224, 0, 0]),
        Some(IpAddr::V6(address)) => address.segments()[0] == 0xff02,
        None => false,
    };
    let (start, who_en, who_zh) = match remaining {
        0 => {
            return spot.say("0: no router may pass it on", "0：任何路由器都不能再转发");
        }
        1 if local => {
            return spot.say("1: must not leave this link", "1：不得离开本链路");
        }
        1..=64 => (64, "Linux and macOS", "Linux 和 macOS "),
        65..=128 => (128, "Windows", "Windows "),
        _ => (255, "routers, and neighbour discovery", "路由器和邻居发现"),
    };
    match start - remaining {
        0 => spot.say(
            format!("{start}: as {who_en} start it, so no router has handled it"),
            format!("{start}：{who_zh}的初始值，说明还没有经过路由器"),
        ),
        used if remaining <= 30 && start == 64 => spot.say(
            format!("{remaining} left: {used} routers passed if it began with 64, or a small start as traceroute uses"),
            format!("剩 {remaining}：若初始为 64 则经过了 {used} 台路由器，也可能像 traceroute 那样初始就很小"),
        ),
        used => spot.say(
            format!("{remaining} left: {used} passed if it began with {start} ({who_en})", used = routers(used)),
            format!("剩 {remaining}：若初始为 {start}（{}），则经过了 {used} 台路由器", who_zh.trim_end()),
        ),
    }
}

fn routers(count: u64) -> String {
    match count {
        1 => "1 router".to_owned(),
        _ => format!("{count} routers"),
    }
}

pub(super) fn ipv6(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "ipv6.traffic_class.dscp" => named::dscp(number?, lang),
        "ipv6.traffic_class.ecn" => named::ecn(number?, lang).to_owned(),
        "ipv6.flow_label" if number? == 0 => spot.say("0: no flow is marked", "0：没有标记流"),
        "ipv6.payload_length" if number? > 0 => {
            let (data, all) = (number?, number? + 40);
            spot.say(
                format!("{data} bytes behind this header; with its 40 the packet has {all}"),
                format!("此头部之后有 {data} 字节；加上头部 40 字节共 {all} 字节"),
            )
        }
        "ipv6.hop_limit" => hops(spot, number?),
        "ipv6_fragment.offset" => offset(spot, number?),
        "ipv6_fragment.more_fragments" if number? == 0 => {
            spot.say("not set: the last fragment", "未设置：最后一个分片")
        }
        _ => return None,
    })
}
