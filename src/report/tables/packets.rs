//! The table of packets: a row for each, in the order of the capture.

use super::column::{Column, Row};
use crate::decode::{Icmp, Network, StopReason, Tcp, Transport};
use crate::report::PacketReport;
use crate::track::tcp::State;
use crate::track::{Endpoint, Side, TcpTracked, endpoints};

/// Packets.
pub(super) struct Packets;

/// A packet, with what several of its columns rest on.
pub(super) struct PacketRow<'a> {
    report: &'a PacketReport<'a>,
    /// The name of its file.
    capture: &'a str,
    source: Option<Endpoint>,
    destination: Option<Endpoint>,
}

impl<'a> PacketRow<'a> {
    pub(super) fn new(report: &'a PacketReport<'a>, capture: &'a str) -> Self {
        let (source, destination) = endpoints(report.told()).unzip();
        Self {
            report,
            capture,
            source,
            destination,
        }
    }

    fn time_ns(&self) -> Option<u64> {
        let frame = &self.report.packet.frame;
        self.report.has_time.then_some(frame.time_ns)
    }

    fn network(&self) -> Option<&Network> {
        self.report.told().network.as_ref()
    }

    fn tcp(&self) -> Option<&Tcp> {
        self.report.told().tcp()
    }

    /// What is known of the segment.
    fn tracked(&self) -> Option<TcpTracked> {
        self.tcp()
            .map(|_| self.report.tracked.tcp.unwrap_or_default())
    }

    fn icmp(&self) -> Option<&Icmp> {
        match &self.report.told().transport {
            Transport::Icmp(icmp) => Some(icmp),
            _ => None,
        }
    }
}

impl Row for Packets {
    type Of<'a> = PacketRow<'a>;
}

type C = Column<Packets>;

/// Every column.
pub(super) fn columns() -> Vec<C> {
    let mut columns = place();
    columns.extend(ends());
    columns.extend(headers());
    columns.extend(tcp());
    columns.extend(rest());
    columns
}

fn place() -> Vec<C> {
    vec![
        C::i64(
            "number",
            (
                "the key: counted from 1 over everything that is read",
                "键：在所读的全部报文中从 1 编号",
            ),
            |row| row.report.packet.frame.number,
        )
        .always(),
        C::text("capture", ("its file", "所在的文件"), |row, text| {
            text.put(row.capture);
        })
        .always(),
        C::i64(
            "number_in_file",
            ("counted from 1 in its file", "在文件中从 1 编号"),
            |row| row.report.packet.frame.number_in_file,
        )
        .always(),
        C::i64(
            "time_ns",
            ("when it was captured", "捕获的时间"),
            |row| row.time_ns(),
        ),
        C::timestamp("time", ("when it was captured", "捕获的时间"), |row| {
            row.time_ns()
        }),
        C::i32(
            "interface",
            (
                "the capture's number of the interface",
                "抓包文件中的接口编号",
            ),
            |row| u64::from(row.report.packet.frame.interface),
        ),
        C::i32(
            "captured_length",
            ("bytes that were captured", "捕获的字节数"),
            |row| u64::from(row.report.packet.frame.captured_length()),
        ),
        C::i32(
            "original_length",
            (
                "bytes on the wire: headers + payload + padding",
                "线上的字节数：headers + payload + padding",
            ),
            |row| u64::from(row.report.packet.frame.original_length),
        ),
        C::text(
            "protocols",
            (
                "its layers, outermost first, as in ethernet/ipv4/tcp",
                "各层协议，外层在前，如 ethernet/ipv4/tcp",
            ),
            |row, text| {
                let (own, behind) = row.report.layers();
                for (place, layer) in own.iter().chain(behind).enumerate() {
                    if place > 0 {
                        text.put("/");
                    }
                    text.put(layer.protocol.name());
                }
            },
        ),
    ]
}

fn ends() -> Vec<C> {
    vec![
        C::i64(
            "conversation",
            ("its conversation's key", "所属会话的键"),
            |row| row.report.tracked.first_packet,
        ),
        C::bool(
            "from_client",
            ("whether the client sent it", "是否由客户端发送"),
            |row| row.report.tracked.sender.map(|side| side == Side::Client),
        ),
        C::text(
            "source_address",
            (
                "who sent it; IP, else MAC",
                "发送方的地址：IP，没有则为 MAC",
            ),
            |row, text| text.show(row.source.map(|end| end.address)),
        ),
        C::i32("source_port", ("its port", "发送方的端口"), |row| {
            row.source.and_then(|end| end.port).map(u64::from)
        }),
        C::text(
            "destination_address",
            ("who it is for", "接收方的地址"),
            |row, text| text.show(row.destination.map(|end| end.address)),
        ),
        C::i32(
            "destination_port",
            ("its port", "接收方的端口"),
            |row| row.destination.and_then(|end| end.port).map(u64::from),
        ),
    ]
}

fn headers() -> Vec<C> {
    vec![
        C::i32(
            "headers",
            ("header bytes of all layers", "各层头部的字节数"),
            |row| {
                let layers = row.report.packet.layers.iter();
                layers
                    .map(|layer| u64::from(layer.header_length))
                    .sum::<u64>()
            },
        ),
        C::i32(
            "payload",
            (
                "bytes behind the innermost header",
                "最内层头部之后的字节数",
            ),
            |row| u64::from(row.report.packet.payload.length),
        ),
        C::i32(
            "padding",
            ("bytes that belong to neither", "既非头部也非数据的字节数"),
            |row| u64::from(row.report.packet.payload.padding),
        ),
        C::i32(
            "vlan",
            ("innermost VLAN id", "最内层的 VLAN 编号"),
            |row| {
                let vlan = row.report.packet.vlan;
                vlan.map(|vlan| u64::from(vlan & 0xfff))
            },
        ),
        C::i16("ttl", ("TTL or hop limit", "TTL 或跳数限制"), |row| {
            row.network().map(|ip| u64::from(ip.time_to_live))
        }),
        C::i64(
            "ip_id",
            (
                "IPv4's identification, or that of an IPv6 fragment",
                "IPv4 的标识，或 IPv6 分片的标识",
            ),
            |row| {
                let ip = row.network()?;
                let has_one = ip.source.is_ipv4() || ip.fragment.is_some();
                has_one.then(|| u64::from(ip.identification))
            },
        ),
    ]
}

fn tcp() -> Vec<C> {
    let number = |name, meaning, of: fn(&Tcp) -> u32| {
        C::i64(name, meaning, move |row: &PacketRow<'_>| {
            row.tcp().map(|tcp| u64::from(of(tcp)))
        })
    };
    let tracked = |name, meaning, of: fn(&TcpTracked) -> Option<u32>| {
        C::i64(name, meaning, move |row: &PacketRow<'_>| {
            row.tracked().and_then(|it| of(&it)).map(u64::from)
        })
    };
    let state = |name, meaning, of: fn(&TcpTracked) -> Option<State>| {
        C::text(name, meaning, move |row: &PacketRow<'_>, text| {
            let state = row.tracked().and_then(|it| of(&it));
            text.put(state.map(State::name));
        })
    };
    vec![
        C::i16(
            "tcp_flags",
            (
                "the flag bits, FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16",
                "标志位：FIN = 1，SYN = 2，RST = 4，PSH = 8，ACK = 16",
            ),
            |row| row.tcp().map(|tcp| u64::from(tcp.flags.0)),
        ),
        number("sequence", ("sequence number", "序列号"), |tcp| {
            tcp.sequence
        }),
        number(
            "acknowledgment",
            ("acknowledgment number", "确认号"),
            |tcp| tcp.acknowledgment,
        ),
        tracked(
            "relative_sequence",
            (
                "counted from the sender's initial number (SYN = 0)",
                "相对于发送方初始序列号（SYN = 0）",
            ),
            |it| it.relative_sequence,
        ),
        tracked(
            "relative_acknowledgment",
            (
                "counted from the peer's initial number",
                "相对于对方的初始序列号",
            ),
            |it| it.relative_acknowledgment,
        ),
        C::i32(
            "window",
            ("the window field as it is", "窗口字段的原值"),
            |row| row.tcp().map(|tcp| u64::from(tcp.window)),
        ),
        tracked(
            "scaled_window",
            ("the window in bytes", "以字节计的窗口"),
            |it| it.scaled_window,
        ),
        state(
            "source_state",
            (
                "the sender's state after it sent it (RFC 9293)",
                "发送方发出之后的状态（RFC 9293）",
            ),
            |it| it.source_state,
        ),
        state(
            "destination_state",
            (
                "the receiver's state after it received it",
                "接收方收到之后的状态",
            ),
            |it| it.destination_state,
        ),
        C::bool(
            "state_observed",
            (
                "whether the packets prove both states",
                "两个状态是否都有报文为证",
            ),
            |row| row.tracked().map(|it| it.observed()),
        ),
    ]
}

fn rest() -> Vec<C> {
    vec![
        C::i16(
            "icmp_type",
            ("type of an ICMP message", "ICMP 报文的类型"),
            |row| row.icmp().map(|icmp| u64::from(icmp.kind)),
        ),
        C::i16("icmp_code", ("its code", "ICMP 报文的代码"), |row| {
            row.icmp().map(|icmp| u64::from(icmp.code))
        }),
        C::text(
            "stop",
            (
                "why decoding stopped, and in which layer, as in truncated:tcp",
                "解码为何停止、停在哪一层，如 truncated:tcp",
            ),
            |row, text| {
                if let Some(stop) = row.report.packet.stop {
                    text.put(match stop.reason {
                        StopReason::Truncated { .. } => "truncated",
                        StopReason::TooShort { .. } => "too_short",
                        StopReason::Invalid { .. } => "invalid",
                        StopReason::TooDeep => "too_deep",
                        StopReason::UnknownLinkType(_) => "unknown_link_type",
                    });
                    text.put(":");
                    text.put(stop.protocol.name());
                }
            },
        ),
    ]
}
