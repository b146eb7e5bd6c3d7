//! What the codes of "destination unreachable" and "time exceeded" mean, as
//! IANA lists them, in words.

use crate::track::{IcmpError, IcmpErrorKind};

/// English and Chinese; `None` for codes without a meaning of their own.
pub(super) fn meaning(event: &IcmpError) -> Option<(&'static str, &'static str)> {
    code_meaning(event.kind, event.v6, event.code)
}

/// What a code of these errors means, in both languages.
pub fn code_meaning(
    kind: IcmpErrorKind,
    v6: bool,
    code: u8,
) -> Option<(&'static str, &'static str)> {
    match (kind, v6) {
        (IcmpErrorKind::Unreachable, false) => unreachable_v4(code),
        (IcmpErrorKind::Unreachable, true) => unreachable_v6(code),
        (IcmpErrorKind::TimeExceeded, _) => Some(match code {
            1 => ("fragment reassembly time exceeded", "分片重组超时"),
            _ if v6 => ("hop limit exceeded in transit", "途中跳数限制耗尽"),
            _ => ("time to live exceeded in transit", "途中 TTL 耗尽"),
        }),
        (IcmpErrorKind::FragmentationNeeded, true) => Some(("packet too big", "报文太大")),
        (IcmpErrorKind::FragmentationNeeded, false) => Some((
            "fragmentation needed but not allowed",
            "需要分片但不允许分片",
        )),
        (IcmpErrorKind::Redirect, _) => None,
    }
}

fn unreachable_v4(code: u8) -> Option<(&'static str, &'static str)> {
    Some(match code {
        0 => ("the network is not reachable", "网络不可达"),
        1 => (
            "the host is not reachable (it does not answer ARP, or nothing leads to it)",
            "主机不可达（不回答 ARP，或者没有通往它的路）",
        ),
        2 => ("the host does not speak this protocol", "主机不支持该协议"),
        3 => ("no program listens on that port", "没有程序在监听该端口"),
        5 => ("the source route failed", "源路由失败"),
        6 => ("the network is unknown", "未知的网络"),
        7 => ("the host is unknown", "未知的主机"),
        8 => ("the source host is isolated", "源主机被隔离"),
        9 => (
            "the network is administratively prohibited (a firewall says so)",
            "网络被管理策略禁止（防火墙的回答）",
        ),
        10 | 13 => (
            "administratively prohibited (a firewall says so)",
            "被管理策略禁止（防火墙的回答）",
        ),
        11 => (
            "the network is not reachable for this type of service",
            "该服务类型下网络不可达",
        ),
        12 => (
            "the host is not reachable for this type of service",
            "该服务类型下主机不可达",
        ),
        14 => ("host precedence violation", "违反主机优先级"),
        15 => ("precedence cutoff in effect", "优先级低于下限"),
        _ => return None,
    })
}

fn unreachable_v6(code: u8) -> Option<(&'static str, &'static str)> {
    Some(match code {
        0 => ("there is no route to it", "没有通往它的路由"),
        1 => (
            "administratively prohibited (a firewall says so)",
            "被管理策略禁止（防火墙的回答）",
        ),
        2 => (
            "it is beyond the scope of the source address",
            "超出源地址的作用域",
        ),
        3 => (
            "the address is not reachable (the host does not answer neighbour discovery)",
            "地址不可达（主机不回答邻居发现）",
        ),
        4 => ("no program listens on that port", "没有程序在监听该端口"),
        5 => (
            "the source address failed the ingress or egress policy",
            "源地址不符合出入口策略",
        ),
        6 => ("the route to it says reject", "通往它的路由被设为拒绝"),
        7 => ("error in the source routing header", "源路由头部有错"),
        _ => return None,
    })
}
