//! What a field's value means here. Where the value itself tells nothing more,
//! it is what the field is for.

use std::net::IpAddr;

use super::address::{class, mac_class};
use super::named::{self, localized};
use super::port::service;
use super::{Spot, place, row};
use crate::decode::{ChecksumVerdict, FieldValue, TcpFlags};
use crate::notes::{Lang, duration};

/// In the reader's language; never empty for a field that the table has.
pub fn of(spot: &Spot<'_>) -> String {
    particular(spot).unwrap_or_else(|| general(spot))
}

/// By what kind of value it is.
fn general(spot: &Spot<'_>) -> String {
    let lang = spot.scene.lang;
    let about = row(spot.field.name).map_or("", |row| row.about(lang));
    match &spot.field.value {
        FieldValue::Flag(false) => lang.pick("not set", "未设置").to_owned(),
        FieldValue::Named(_, name) => localized(name, lang).to_owned(),
        FieldValue::Ip(address) => class(*address, lang).to_owned(),
        FieldValue::Mac(mac) => mac_class(*mac, lang).to_owned(),
        _ => about.to_owned(),
    }
}

/// By what field it is.
fn particular(spot: &Spot<'_>) -> Option<String> {
    let (family, field) = spot.field.name.split_once('.')?;
    if field == "checksum"
        && let Some(text) = checksum(spot)
    {
        return Some(text);
    }
    match family {
        "ethernet" | "vlan" | "linux_cooked" | "linux_cooked_v2" | "arp" | "llc" => link(spot),
        "ipv4" => ipv4(spot),
        "ipv6" | "ipv6_fragment" | "mpls" => ipv6(spot),
        "tcp" => tcp(spot),
        "udp" => udp(spot),
        "icmp" | "icmpv6" => icmp(spot),
        "dns" => dns(spot),
        _ => None,
    }
}

/// What became of a checksum, where it is not simply right or wrong.
fn checksum(spot: &Spot<'_>) -> Option<String> {
    let mut sums = spot.scene.sums.iter();
    let sum = sums.find(|sum| sum.layer == spot.layer)?;
    match sum.verdict {
        ChecksumVerdict::LeftToCard { expected } => Some(spot.say(
            format!(
                "not finished yet: recorded at the sender, before its network card computed it \
                 (0x{expected:04x} on the wire)"
            ),
            format!("尚未算完：在发送方抓包，网卡还没有计算（线路上应为 0x{expected:04x}）"),
        )),
        ChecksumVerdict::Unknown => Some(spot.say(
            "cannot be computed again: not all that it covers is here",
            "无法重新计算：它覆盖的字节不全在这里",
        )),
        _ => None,
    }
}

fn link(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "vlan.id" => match number? {
            0 => spot.say(
                "no VLAN: only the priority counts",
                "不属于任何 VLAN：只有优先级有意义",
            ),
            id => spot.say(format!("belongs to VLAN {id}"), format!("属于 VLAN {id}")),
        },
        "arp.operation" if number? == 1 => spot.say(
            "request: who has this address?",
            localized("request", Lang::Zh),
        ),
        "arp.operation" if number? == 2 => {
            spot.say("reply: it is here", localized("reply", Lang::Zh))
        }
        "arp.hardware_length" if number? == 6 => spot.say("a MAC address", "一个 MAC 地址"),
        "arp.protocol_length" if number? == 4 => spot.say("an IPv4 address", "一个 IPv4 地址"),
        "arp.target_mac" => match spot.field.value {
            FieldValue::Mac([0, 0, 0, 0, 0, 0]) => spot.say(
                "not known yet: this is what is asked",
                "还不知道：这正是要问的",
            ),
            FieldValue::Mac(mac) => mac_class(mac, lang).to_owned(),
            _ => return None,
        },
        _ => return None,
    })
}

fn ipv4(spot: &Spot<'_>) -> Option<String> {
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

/// Where a fragment's data belongs.
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
fn hops(spot: &Spot<'_>, left: u64) -> String {
    let address = spot.siblings.iter().find_map(|field| match field.value {
        FieldValue::Ip(address) if field.name.ends_with("destination") => Some(address),
        _ => None,
    });
    let local = match address {
        Some(IpAddr::V4(address)) => address.octets().starts_with(&[224, 0, 0]),
        Some(IpAddr::V6(address)) => address.segments()[0] == 0xff02,
        None => false,
    };
    let (start, who_en, who_zh) = match left {
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
    match start - left {
        0 => spot.say(
            format!("{start}: as {who_en} start it, so no router has handled it"),
            format!("{start}：{who_zh}的初始值，说明还没有经过路由器"),
        ),
        used if left <= 30 && start == 64 => spot.say(
            format!("{left} left: {used} routers passed if it began with 64, or a small start as traceroute uses"),
            format!("剩 {left}：若初始为 64 则经过了 {used} 台路由器，也可能像 traceroute 那样初始就很小"),
        ),
        used => spot.say(
            format!("{left} left: {used} passed if it began with {start} ({who_en})", used = routers(used)),
            format!("剩 {left}：若初始为 {start}（{}），则经过了 {used} 台路由器", who_zh.trim_end()),
        ),
    }
}

fn routers(count: u64) -> String {
    match count {
        1 => "1 router".to_owned(),
        _ => format!("{count} routers"),
    }
}

fn ipv6(spot: &Spot<'_>) -> Option<String> {
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

fn tcp(spot: &Spot<'_>) -> Option<String> {
    let number = spot.number();
    Some(match spot.field.name {
        "tcp.source_port" | "tcp.destination_port" => port(spot, number?),
        "tcp.sequence" => sequence(spot)?,
        "tcp.acknowledgment" => acknowledgment(spot)?,
        "tcp.data_offset" => {
            let (words, bytes) = (number?, number? * 4);
            match bytes.saturating_sub(20) {
                0 => spot.say(
                    format!("{words} × 4 = {bytes} bytes: no options"),
                    format!("{words} × 4 = {bytes} 字节：没有选项"),
                ),
                options => spot.say(
                    format!("{words} × 4 = {bytes} bytes: 20 and {options} of options"),
                    format!("{words} × 4 = {bytes} 字节：20 字节加选项 {options} 字节"),
                ),
            }
        }
        "tcp.flags" => flags(spot, number?),
        "tcp.window" => window(spot, number?),
        "tcp.urgent_pointer" if number? == 0 => spot.say("not in use", "没有使用"),
        _ => return tcp_option(spot),
    })
}

fn port(spot: &Spot<'_>, port: u64) -> String {
    match service(port as u16) {
        Some(name) => spot.say(
            format!("{name} (well known)"),
            format!("{name}（知名端口）"),
        ),
        None if port == 0 => spot.say("0: no port", "0：没有端口"),
        None if spot.field.name == "udp.destination_port" && (33_434..33_534).contains(&port) => {
            spot.say(
                "traceroute counts its probes from 33434 on",
                "traceroute 的探测从 33434 开始编号",
            )
        }
        None if port < 1024 => spot.say(
            "a system port (below 1024): a service",
            "系统端口（小于 1024）：某种服务",
        ),
        None if port >= 49_152 => spot.say(
            "picked for this conversation by the system (49152 and above)",
            "系统为这次通信临时选取（49152 及以上）",
        ),
        None if port >= 32_768 => spot.say(
            "probably picked for this conversation (Linux: 32768 to 60999)",
            "多半是为这次通信临时选取（Linux：32768 至 60999）",
        ),
        None => spot.say("no well-known service", "没有知名服务"),
    }
}

/// Relative, and compared with what was to come.
fn sequence(spot: &Spot<'_>) -> Option<String> {
    if !place::is_innermost(spot.scene.packet, spot.layer) {
        return None;
    }
    let tracked = spot.scene.tracked.tcp?;
    let relative = tracked.relative_sequence?;
    let tcp = spot.scene.packet.tcp()?;
    let last = relative.wrapping_add(tcp.payload_length).wrapping_sub(1);
    let what = match tcp.payload_length {
        0 if tcp.flags.has(TcpFlags::SYN) => spot.say(
            "relative 0: where counting starts, chosen at random",
            "相对序号 0：计数的起点，随机选取",
        ),
        0 => spot.say(
            format!("relative {relative}; no data"),
            format!("相对序号 {relative}；没有数据"),
        ),
        1 => spot.say(
            format!("relative {relative}: one byte"),
            format!("相对序号 {relative}：1 个字节"),
        ),
        _ => spot.say(
            format!("relative {relative}: bytes {relative} to {last} of the stream"),
            format!("相对序号 {relative}：字节流的第 {relative} 至 {last} 字节"),
        ),
    };
    let Some(expected) = tracked.expected_sequence else {
        return Some(what);
    };
    let distance = relative.wrapping_sub(expected).cast_signed();
    let place = match distance {
        0 => spot.say("; just what was to come next", "；正是接下来应有的"),
        1.. => spot.say(
            format!("; {distance} beyond the {expected} that was to come: something is missing"),
            format!("；比应有的 {expected} 超前 {distance}：中间有缺失"),
        ),
        _ => {
            let back = distance.unsigned_abs();
            spot.say(
                format!("; {back} before the {expected} that was to come: sent before"),
                format!("；比应有的 {expected} 落后 {back}：以前发过"),
            )
        }
    };
    Some(what + &place)
}

fn acknowledgment(spot: &Spot<'_>) -> Option<String> {
    let tcp = spot.scene.packet.tcp()?;
    if !place::is_innermost(spot.scene.packet, spot.layer) {
        return None;
    }
    if !tcp.flags.has(TcpFlags::ACK) {
        return Some(spot.say("means nothing: ACK is not set", "没有意义：ACK 未设置"));
    }
    let tracked = spot.scene.tracked.tcp?;
    let relative = tracked.relative_acknowledgment?;
    let new = tracked.newly_acknowledged;
    Some(match new {
        0 => spot.say(
            format!("relative {relative}: nothing new is acknowledged"),
            format!("相对确认号 {relative}：没有确认新的内容"),
        ),
        _ => spot.say(
            format!("relative {relative}: {new} more acknowledged (SYN and FIN count as one each)"),
            format!("相对确认号 {relative}：新确认 {new} 个（SYN、FIN 各算一个）"),
        ),
    })
}

fn flags(spot: &Spot<'_>, bits: u64) -> String {
    let names: Vec<_> = TcpFlags(bits as u16).names().collect();
    if names.is_empty() {
        return spot.say("none, which no segment should have", "一个也没有，这不正常");
    }
    names.join(" ")
}

fn window(spot: &Spot<'_>, raw: u64) -> String {
    let tcp = spot.scene.packet.tcp();
    if tcp.is_some_and(|tcp| tcp.flags.has(TcpFlags::SYN)) {
        return spot.say(
            format!("{raw} bytes can be received (never scaled in a SYN)"),
            format!("还能接收 {raw} 字节（SYN 中从不放大）"),
        );
    }
    if tcp.is_some_and(|tcp| tcp.flags.has(TcpFlags::RST)) {
        return spot.say("means nothing in a reset", "在重置中没有意义");
    }
    let scaled = spot.scene.tracked.tcp.and_then(|tcp| tcp.scaled_window);
    match scaled.map(u64::from) {
        Some(0) => spot.say(
            "0: the receiver is full, send nothing",
            "0：接收方已满，请停止发送",
        ),
        Some(scaled) if raw > 0 && scaled != raw => {
            let factor = scaled / raw;
            spot.say(
                format!("{raw} × {factor} = {scaled} bytes can be received"),
                format!("{raw} × {factor} = 还能接收 {scaled} 字节"),
            )
        }
        Some(scaled) => spot.say(
            format!("{scaled} bytes can be received (scale 1)"),
            format!("还能接收 {scaled} 字节（不放大）"),
        ),
        None => spot.say(
            format!("{raw} times the scale, which was agreed on in a handshake not seen here"),
            format!("{raw} 乘以放大倍数；倍数在握手时商定，这里没有看到"),
        ),
    }
}

fn tcp_option(spot: &Spot<'_>) -> Option<String> {
    let number = spot.number();
    Some(match spot.field.name {
        "tcp.option.maximum_segment_size.value" => {
            let size = number?;
            let link = match size {
                1460 => spot.say(" (1500 of Ethernet − 20 − 20)", "（以太网 1500 − 20 − 20）"),
                1440 => spot.say(" (1500 of Ethernet − 40 − 20)", "（以太网 1500 − 40 − 20）"),
                65_495 | 65_475 => spot.say(" (loopback)", "（环回接口）"),
                _ => String::new(),
            };
            spot.say(
                format!("at most {size} bytes of data in a segment{link}"),
                format!("每段最多 {size} 字节数据{link}"),
            )
        }
        "tcp.option.window_scale.shift" => {
            let shift = number?.min(14);
            let factor = 1_u64 << shift;
            spot.say(
                format!("windows of this side × 2^{shift} = × {factor}"),
                format!("本方的窗口 × 2^{shift} = × {factor}"),
            )
        }
        "tcp.option.timestamps.echo" if number? == 0 => spot.say(
            "0: nothing heard from the peer yet",
            "0：还没有收到对方的时间戳",
        ),
        "tcp.option.sack.left_edge" => {
            let relative = in_peers_stream(spot, number? as u32)?;
            spot.say(
                format!("relative {relative}: the block's first byte"),
                format!("相对序号 {relative}：该块的第一个字节"),
            )
        }
        "tcp.option.sack.right_edge" => {
            let left = spot
                .siblings
                .iter()
                .take_while(|field| field.bit_offset < spot.field.bit_offset)
                .last()
                .and_then(|field| super::number(&field.value))?;
            let bytes = (number? as u32).wrapping_sub(left as u32);
            let relative = in_peers_stream(spot, number? as u32);
            let (en, zh) = relative.map_or_else(Default::default, |end| {
                (
                    format!("up to relative {end}: "),
                    format!("到相对序号 {end} 为止："),
                )
            });
            spot.say(
                format!("{en}a block of {bytes} bytes has arrived"),
                format!("{zh}这一块 {bytes} 字节已经收到"),
            )
        }
        _ => return None,
    })
}

/// A sequence number of the peer's, counted as its own relative ones are.
fn in_peers_stream(spot: &Spot<'_>, number: u32) -> Option<u32> {
    if !place::is_innermost(spot.scene.packet, spot.layer) {
        return None;
    }
    let relative = spot.scene.tracked.tcp?.relative_acknowledgment?;
    let acknowledged = spot.scene.packet.tcp()?.acknowledgment;
    Some(number.wrapping_sub(acknowledged).wrapping_add(relative))
}

fn udp(spot: &Spot<'_>) -> Option<String> {
    let number = spot.number();
    Some(match spot.field.name {
        "udp.source_port" | "udp.destination_port" => port(spot, number?),
        "udp.length" if number? >= 8 => {
            let (all, data) = (number?, number? - 8);
            spot.say(
                format!("{all} bytes = header 8 + data {data}"),
                format!("{all} 字节 = 头部 8 + 数据 {data}"),
            )
        }
        "udp.checksum" if number? == 0 => {
            spot.say("0: the sender did not compute it", "0：发送方没有计算")
        }
        _ => return None,
    })
}

fn icmp(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "icmp.code" => named::icmp_code(spot.beside("icmp.type")?, number?, lang)?.to_owned(),
        "icmpv6.code" => named::icmpv6_code(spot.beside("icmpv6.type")?, number?, lang)?.to_owned(),
        "icmp.quoted_length" | "icmpv6.quoted_length" if number? == 0 => spot.say(
            "0: quoted to the end of the message",
            "0：一直引用到消息末尾",
        ),
        "icmp.next_hop_mtu" | "icmpv6.mtu" => {
            let size = number?;
            spot.say(
                format!("packets of at most {size} bytes pass"),
                format!("最多 {size} 字节的报文才能通过"),
            )
        }
        _ => return None,
    })
}

fn dns(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "dns.flags.response" if number? == 0 => spot.say("not set: a question", "未设置：这是询问"),
        "dns.flags.response_code" => match named::response_code(number?, lang) {
            Some(text) => text.to_owned(),
            None => return None,
        },
        "dns.flags.truncated" if number? == 0 => spot.say("not set: complete", "未设置：内容完整"),
        "dns.flags.opcode" if number? == 0 => spot.say("an ordinary query", "普通查询"),
        "dns.question.type" | "dns.record.type" | "dns.rrsig.covered" => match spot.field.value {
            FieldValue::Named(_, name) => named::record_type(name, lang)?.to_owned(),
            _ => return None,
        },
        "dns.question.class" | "dns.record.class" if number? == 1 => {
            spot.say("the Internet", "互联网")
        }
        "dns.answer" | "dns.authority" | "dns.additional" => record(spot)?,
        "dns.record.ttl" => {
            let seconds = duration(number?.saturating_mul(1_000_000_000));
            spot.say(
                format!("may be kept for {seconds}"),
                format!("可以缓存 {seconds}"),
            )
        }
        _ => return None,
    })
}

/// A record in a line: `www.example.com CNAME e7.example.net`.
fn record(spot: &Spot<'_>) -> Option<String> {
    let inside = |name: &str| spot.field.fields.iter().find(|field| field.name == name);
    let FieldValue::Text(name) = &inside("dns.record.name")?.value else {
        return None;
    };
    let FieldValue::Named(_, kind) = inside("dns.record.type")?.value else {
        return None;
    };
    let data = inside("dns.record.data").and_then(|data| data.fields.first());
    let data = data.map(|data| match &data.value {
        FieldValue::Text(text) => text.to_string(),
        FieldValue::Ip(address) => address.to_string(),
        _ => "…".to_owned(),
    });
    if kind == "OPT" {
        return None;
    }
    Some(format!("{name} {kind} {}", data.unwrap_or_default()))
}
