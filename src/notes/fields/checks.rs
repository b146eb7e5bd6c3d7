//! The rules that a field should obey, with the packet's own numbers put in:
//! checksums computed again, lengths against each other, values that are
//! fixed, and what the tracker checked on this field.

use super::{Spot, place};
use crate::decode::{Checksum, ChecksumVerdict, FieldValue, Protocol, TcpFlags};
use crate::notes::{Check, Rule, Value};

macro_rules! rules {
    ($($name:ident $en:literal $zh:literal;)*) => {
        $(const $name: Rule = Rule { id: $en, zh: $zh };)*
    };
}

rules! {
    CHECKSUM "checksum = complement of the sum of all 16-bit words" "校验和 = 所有 16 位字之和取反";
    HEADER_LENGTH "header length ≥ 5 words" "头部长度 ≥ 5 个字";
    TOTAL_FITS "total length ≤ bytes of the frame behind the headers before" "总长度 ≤ 帧中前面各头部之后的字节数";
    TOTAL_LENGTH "total length ≥ header length" "总长度 ≥ 头部长度";
    UDP_HEADER "UDP length ≥ 8" "UDP 长度 ≥ 8";
    TCP_HEADER_FITS "header length ≤ data length of the IP packet" "头部长度 ≤ IP 报文的数据长度";
    UDP_LENGTH "UDP length = data length of the IP packet" "UDP 长度 = IP 报文的数据长度";
    RESERVED "reserved bit = 0" "保留位 = 0";
    SOURCE_STATION "source is one station, not a group" "源地址是单个站点，不是一组";
    SOURCE_HOST "source is one host, not a group" "源地址是单个主机，不是一组";
    LENGTH_802_3 "length ≤ bytes of the frame behind it" "长度 ≤ 帧中其后的字节数";
    MAC_LENGTH "Ethernet's addresses have 6 bytes" "以太网地址为 6 字节";
    IP_LENGTH "IPv4's addresses have 4 bytes" "IPv4 地址为 4 字节";
    SYN_AND_FIN "SYN and FIN are not set together" "SYN 与 FIN 不同时设置";
    URGENT "urgent pointer = 0 without URG" "没有 URG 时紧急指针 = 0";
    SCALE "window scale ≤ 14" "窗口放大 ≤ 14";
    RECORDS "count = records that could be read" "计数 = 能读出的条数";
}

/// The checks of one field.
pub fn of(spot: &Spot<'_>) -> Vec<Check> {
    let mut found = Vec::new();
    found.extend(sum(spot));
    found.extend(own(spot));
    found.extend(tracked(spot));
    found
}

fn check(rule: Rule, expected: impl Into<Value>, observed: u64, holds: bool) -> Option<Check> {
    Some(Check {
        rule,
        expected: Some(expected.into()),
        observed: observed.into(),
        holds: Some(holds),
    })
}

fn equal(rule: Rule, expected: u64, observed: u64) -> Option<Check> {
    check(rule, expected, observed, expected == observed)
}

fn own(spot: &Spot<'_>) -> Option<Check> {
    let packet = spot.scene.packet;
    let observed = spot.number();
    match spot.field.name {
        "ipv4.header_length" | "tcp.data_offset" if observed? < 5 => {
            check(HEADER_LENGTH, 5_u32, observed?, false)
        }
        "tcp.data_offset" => {
            let room = place::remaining_by_ip(packet, spot.layer)?;
            let length = observed? * 4;
            check(TCP_HEADER_FITS, room, length, length <= u64::from(room))
        }
        "ipv4.total_length" if is_below_header(spot) => {
            let header = spot.beside("ipv4.header_length")? * 4;
            check(TOTAL_LENGTH, header, observed?, false)
        }
        "ipv4.total_length" | "ipv6.payload_length" if observed? > 0 => {
            let counted = u64::from(place::counted(packet, spot.layer)?);
            let room = place::to_end(packet, spot.layer)?;
            check(TOTAL_FITS, room, counted, counted <= u64::from(room))
        }
        "udp.length" if (1..8).contains(&observed?) => check(UDP_HEADER, 8_u32, observed?, false),
        "udp.length" if observed? > 0 => equal(
            UDP_LENGTH,
            place::remaining_by_ip(packet, spot.layer)?.into(),
            observed?,
        ),
        "ethernet.length" | "vlan.length" => {
            let behind = (spot.field.bit_offset + spot.field.bit_length) / 8;
            let room = u64::from(packet.frame.original_length).saturating_sub(behind);
            check(LENGTH_802_3, room, observed?, observed? <= room)
        }
        "ipv4.flags.reserved" | "tcp.reserved" if observed? > 0 => equal(RESERVED, 0, observed?),
        "arp.hardware_length" if spot.beside("arp.hardware_type") == Some(1) => {
            equal(MAC_LENGTH, 6, observed?)
        }
        "arp.protocol_length" if spot.beside("arp.protocol_type") == Some(0x0800) => {
            equal(IP_LENGTH, 4, observed?)
        }
        "tcp.flags" => {
            let both = TcpFlags(observed? as u16);
            let wrong = both.has(TcpFlags::SYN) && both.has(TcpFlags::FIN);
            wrong.then(|| check(SYN_AND_FIN, 0_u32, 1, false)).flatten()
        }
        "tcp.urgent_pointer" if observed? > 0 && !has_urgent(spot) => equal(URGENT, 0, observed?),
        "tcp.option.window_scale.shift" => check(SCALE, 14_u32, observed?, observed? <= 14),
        "dns.count.questions" => records(spot, "dns.question"),
        "dns.count.answers" => records(spot, "dns.answer"),
        "dns.count.authorities" => records(spot, "dns.authority"),
        "dns.count.additionals" => records(spot, "dns.additional"),
        _ => group_source(spot),
    }
}

/// A length that leaves out part of its own header.
fn is_below_header(spot: &Spot<'_>) -> bool {
    let header = spot.beside("ipv4.header_length").map(|words| words * 4);
    let total = spot.number().filter(|total| *total > 0);
    matches!((total, header), (Some(total), Some(header)) if total < header)
}

fn has_urgent(spot: &Spot<'_>) -> bool {
    spot.beside("tcp.flags")
        .is_some_and(|bits| TcpFlags(bits as u16).has(TcpFlags::URG))
}

/// A message cut by the capture shows fewer records than it counts; that is
/// no fault of its.
fn records(spot: &Spot<'_>, name: &str) -> Option<Check> {
    let announced = spot.number().filter(|announced| *announced > 0)?;
    let found = spot
        .siblings
        .iter()
        .filter(|field| field.name == name)
        .count() as u64;
    if found < announced
        && spot
            .scene
            .packet
            .stop
            .is_none_or(|stop| stop.reason.is_truncation())
    {
        let frame = &spot.scene.packet.frame;
        if frame.captured_length() < frame.original_length {
            return None;
        }
    }
    equal(RECORDS, found, announced)
}

/// A group cannot send; told only where it is broken.
fn group_source(spot: &Spot<'_>) -> Option<Check> {
    let rule = match (&spot.field.value, spot.field.name) {
        (FieldValue::Mac([first, ..]), "ethernet.source") if first & 1 == 1 => SOURCE_STATION,
        (FieldValue::Ip(address), "ipv4.source" | "ipv6.source") if address.is_multicast() => {
            SOURCE_HOST
        }
        _ => return None,
    };
    check(rule, true, 0, false).map(|check| Check {
        observed: false.into(),
        ..check
    })
}

/// The checksum computed again.
fn sum(spot: &Spot<'_>) -> Option<Check> {
    let of_layer = |sum: &&Checksum| usize::from(sum.layer) == spot.layer;
    let layer = spot.scene.packet.layers.get(spot.layer)?;
    let own = match layer.protocol {
        Protocol::Ipv4 => "ipv4.checksum",
        Protocol::Tcp => "tcp.checksum",
        Protocol::Udp => "udp.checksum",
        Protocol::Icmp => "icmp.checksum",
        Protocol::Icmpv6 => "icmpv6.checksum",
        _ => return None,
    };
    if spot.field.name != own {
        return None;
    }
    let sum = spot.scene.sums.iter().find(of_layer)?;
    let field = u64::from(sum.field);
    match sum.verdict {
        ChecksumVerdict::Good => equal(CHECKSUM, field, field),
        ChecksumVerdict::Bad { expected } => equal(CHECKSUM, expected.into(), field),
        ChecksumVerdict::Unknown => Some(Check {
            rule: CHECKSUM,
            expected: None,
            observed: field.into(),
            holds: None,
        }),
        // Not to be judged: the meaning says why.
        ChecksumVerdict::Offloaded { .. } | ChecksumVerdict::NotComputed => None,
    }
}

/// What the tracker checked on this field, from the annotations.
fn tracked(spot: &Spot<'_>) -> Vec<Check> {
    let subject = match spot.field.name {
        "tcp.sequence" => "sequence",
        "tcp.acknowledgment" => "acknowledgment",
        _ => return Vec::new(),
    };
    if !place::is_innermost(spot.scene.packet, spot.layer) {
        return Vec::new();
    }
    let is_about = |check: &&Check| {
        let subject_of = check.rule.id.split([' ', '=']).next();
        subject_of == Some(subject)
    };
    let mut found: Vec<Check> = Vec::new();
    for annotation in spot.scene.annotations {
        for check in annotation.checks.iter().filter(is_about) {
            if !found.contains(check) {
                found.push(check.clone());
            }
        }
    }
    found
}
