//! What the values of TCP's and UDP's fields mean, with what the tracker knows
//! of the conversation: relative numbers, what was to come, the scaled window.

use crate::decode::TcpFlags;
use crate::notes::fields::port::service;
use crate::notes::fields::{Spot, place};

pub(super) fn tcp(spot: &Spot<'_>) -> Option<String> {
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
            let left_edge = spot
                .siblings
                .iter()
                .take_while(|field| field.bit_offset < spot.field.bit_offset)
                .last()
                .and_then(|field| crate::notes::fields::number(&field.value))?;
            let bytes = (number? as u32).wrapping_sub(left_edge as u32);
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

pub(super) fn udp(spot: &Spot<'_>) -> Option<String> {
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
