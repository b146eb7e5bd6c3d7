//! What a TCP segment is, in a few words: by its flags, and by what is said of
//! it.

use super::payload;
use crate::decode::{Packet, Tcp, TcpFlags, TcpOption, TcpOptions, View, view};
use crate::notes::Lang;
use crate::report::explain::{Explanation, tracked};
use crate::report::words::Words;

pub(super) fn tcp(
    explanation: &Explanation<'_>,
    packet: &Packet<'_>,
    tcp: &Tcp,
    between: &str,
    words: Words,
) -> String {
    let says = |part: &str| {
        let annotations = explanation.report.annotations;
        annotations
            .iter()
            .any(|said| said.kind.name().starts_with(part))
    };
    let has = |flag| tcp.flags.has(flag);
    let again = says("tcp.retransmission");
    let (en, zh) = segment(packet, tcp, &says);
    let again = again && tcp.payload_length == 0;
    let mut out = match words.0 {
        Lang::En => format!("{en}{between}{}", if again { ", sent again" } else { "" }),
        Lang::Zh => format!("{between}{zh}{}", if again { "，重发" } else { "" }),
    };
    if tcp.payload_length > 0 {
        out.push_str(&payload(explanation, words));
    } else if let Some(number) = tracked(explanation)
        .tcp
        .and_then(|tcp| tcp.relative_acknowledgment)
        .filter(|_| has(TcpFlags::ACK) && !has(TcpFlags::SYN) && !has(TcpFlags::RST))
    {
        out.push_str(&match words.0 {
            Lang::En => format!(": expects byte {number} next"),
            Lang::Zh => format!("：接下来期待第 {number} 字节"),
        });
    }
    out
}

/// What a segment is, by its flags and by what is said of it.
fn segment(
    packet: &Packet<'_>,
    tcp: &Tcp,
    says: &dyn Fn(&str) -> bool,
) -> (&'static str, &'static str) {
    let has = |flag| tcp.flags.has(flag);
    let data = tcp.payload_length > 0;
    let rows: [(bool, &str, &str); 19] = [
        (has(TcpFlags::RST), "TCP reset (RST)", "TCP 重置（RST）"),
        (
            has(TcpFlags::SYN) && has(TcpFlags::ACK),
            "TCP SYN-ACK, second step of a handshake,",
            "TCP SYN-ACK（三次握手第二步）",
        ),
        (
            has(TcpFlags::SYN),
            "TCP SYN, first step of a handshake,",
            "TCP SYN（三次握手第一步）",
        ),
        (
            says("tcp.handshake.ack") && !data,
            "TCP ACK, third step of a handshake,",
            "TCP ACK（三次握手第三步）",
        ),
        (
            has(TcpFlags::FIN) && data,
            "TCP data with FIN (the sender closes)",
            "TCP 数据与 FIN（发送方关闭）",
        ),
        (
            has(TcpFlags::FIN),
            "TCP FIN (the sender closes)",
            "TCP FIN（发送方关闭）",
        ),
        (
            says("tcp.keep_alive_ack"),
            "TCP answer to a keep-alive probe",
            "TCP 保活探测的应答",
        ),
        (
            says("tcp.keep_alive"),
            "TCP keep-alive probe",
            "TCP 保活探测",
        ),
        (
            says("tcp.window.probe_ack"),
            "TCP answer to a window probe",
            "TCP 窗口探测的应答",
        ),
        (says("tcp.window.probe"), "TCP window probe", "TCP 窗口探测"),
        (
            data && says("tcp.retransmission"),
            "TCP data, sent again,",
            "TCP 重发数据",
        ),
        (data, "TCP data", "TCP 数据"),
        (
            says("tcp.window.zero"),
            "TCP acknowledgment with window 0 (the receiver is full)",
            "TCP 确认，窗口为 0（接收方已满）",
        ),
        (
            says("tcp.window.update"),
            "TCP window update",
            "TCP 窗口更新",
        ),
        (
            says("tcp.duplicate_ack"),
            "TCP duplicate acknowledgment",
            "TCP 重复 ACK",
        ),
        (
            sack_blocks(packet),
            "TCP acknowledgment with SACK (bytes are missing before others)",
            "TCP 确认，带 SACK（前面缺字节）",
        ),
        (
            says("tcp.teardown"),
            "TCP acknowledgment of a FIN",
            "TCP 对 FIN 的确认",
        ),
        (has(TcpFlags::ACK), "TCP acknowledgment", "TCP 确认"),
        (
            true,
            "TCP segment without any usual flag",
            "没有常见标志的 TCP 段",
        ),
    ];
    let row = rows.iter().find(|(holds, _, _)| *holds);
    row.map_or(("", ""), |(_, en, zh)| (*en, *zh))
}

fn sack_blocks(packet: &Packet<'_>) -> bool {
    packet.layers.iter().any(|layer| match view(packet, layer) {
        View::Tcp(_, options) => TcpOptions::new(options)
            .flatten()
            .any(|(_, option)| matches!(option, TcpOption::Sack(_))),
        _ => false,
    })
}
