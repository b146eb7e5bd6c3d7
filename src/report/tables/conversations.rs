//! The table of conversations: a row when one has ended.

use super::column::{Column, Row};
use crate::decode::Protocol;
use crate::track::{Conversation, Roles, Side, Sides, TcpConversation, Transfer};

/// A conversation, and the name of the file that has its first packet.
pub(super) struct Conversations;

impl Row for Conversations {
    type Of<'a> = (&'a Conversation, &'a str);
}

type C = Column<Conversations>;

/// Header bytes of a layer.
pub(super) struct LayerBytes;

impl Row for LayerBytes {
    type Of<'a> = (Protocol, u64);
}

/// The text with the side's name in the place of `{side}`.
fn of_side(side: Side, (en, zh): (&str, &str)) -> (String, String) {
    let (in_english, in_chinese) = match side {
        Side::Client => ("client", "客户端"),
        Side::Server => ("server", "服务器"),
    };
    (
        en.replace("{side}", in_english),
        zh.replace("{side}", in_chinese),
    )
}

/// A column of 64 bits for each side.
fn i64_sides<V: Into<Option<u64>> + 'static>(
    name: &str,
    meaning: (&str, &str),
    of: fn(&Conversation, Side) -> V,
) -> [C; 2] {
    Side::BOTH.map(|side| {
        let name = format!("{}_{name}", side.name());
        C::i64(name, of_side(side, meaning), move |(it, _)| of(it, side)).always()
    })
}

/// A column of 64 bits for each side, of TCP.
fn i64_tcp(name: &str, meaning: (&str, &str), of: fn(&TcpConversation, Side) -> u64) -> [C; 2] {
    Side::BOTH.map(|side| {
        let name = format!("{}_{name}", side.name());
        C::i64(name, of_side(side, meaning), move |(it, _)| {
            it.tcp.as_ref().map(|tcp| of(tcp, side))
        })
    })
}

/// A column of 32 bits for each side, of TCP.
fn i32_tcp(name: &str, meaning: (&str, &str), of: fn(&TcpConversation, Side) -> u64) -> [C; 2] {
    Side::BOTH.map(|side| {
        let name = format!("{}_{name}", side.name());
        C::i32(name, of_side(side, meaning), move |(it, _)| {
            it.tcp.as_ref().map(|tcp| of(tcp, side))
        })
    })
}

fn transfer(it: &Conversation, side: Side) -> Option<&Transfer> {
    it.tcp.as_ref()?.transfer[side].as_ref()
}

/// A column of 64 bits for each side's data.
fn i64_transfer(name: &str, meaning: (&str, &str), of: fn(&Transfer) -> Option<u64>) -> [C; 2] {
    Side::BOTH.map(|side| {
        let name = format!("{}_{name}", side.name());
        C::i64(name, of_side(side, meaning), move |(it, _)| {
            transfer(it, side).and_then(of)
        })
    })
}

/// A text for each side.
fn text_sides(
    name: &str,
    meaning: (&str, &str),
    of: fn(&Conversation, Side) -> Option<&'static str>,
) -> [C; 2] {
    Side::BOTH.map(|side| {
        let name = format!("{}_{name}", side.name());
        C::text(name, of_side(side, meaning), move |(it, _), text| {
            text.put(of(it, side));
        })
    })
}

/// A column of a TCP connection's numbers.
fn i64_of_tcp(
    name: &'static str,
    meaning: (&'static str, &'static str),
    of: fn(&TcpConversation) -> Option<u64>,
) -> C {
    C::i64(name, meaning, move |(it, _)| it.tcp.as_ref().and_then(of))
}

/// `client`, `server`, `both`, or nobody.
fn who(sides: Sides<bool>) -> Option<&'static str> {
    match (sides.client, sides.server) {
        (true, true) => Some("both"),
        (true, false) => Some("client"),
        (false, true) => Some("server"),
        (false, false) => None,
    }
}

/// Every column.
pub(super) fn columns() -> Vec<C> {
    let mut columns = identity();
    columns.extend(amounts());
    columns.extend(opening_and_closing());
    columns.extend(quality());
    columns
}

fn identity() -> Vec<C> {
    vec![
        C::i64(
            "conversation",
            (
                "the key: the number of its first packet",
                "键：第一个报文的编号",
            ),
            |(it, _)| it.first_packet,
        )
        .always(),
        C::i64(
            "number",
            (
                "its number as wirenotes shows it, from 1",
                "wirenotes 显示的会话编号，从 1 起",
            ),
            |(it, _)| it.number,
        ),
        C::text(
            "capture",
            ("the file of its first packet", "第一个报文所在的文件"),
            |(_, capture), text| text.put(*capture),
        )
        .always(),
        C::text(
            "protocol",
            ("tcp, udp, icmp, arp and others", "tcp、udp、icmp、arp 等"),
            |(it, _), text| text.put(it.protocol),
        )
        .always(),
        C::i32("vlan", ("VLAN id", "VLAN 编号"), |(it, _)| {
            it.vlan.map(|vlan| u64::from(vlan & 0xfff))
        }),
        C::text(
            "client_address",
            ("who opened it", "发起方的地址"),
            |(it, _), text| text.show(it.client.map(|end| end.address)),
        ),
        C::i32(
            "client_port",
            ("its port", "发起方的端口"),
            |(it, _)| it.client.and_then(|end| end.port).map(u64::from),
        ),
        C::text(
            "server_address",
            ("the other end", "另一方的地址"),
            |(it, _), text| text.show(it.server.map(|end| end.address)),
        ),
        C::i32(
            "server_port",
            ("its port", "另一方的端口"),
            |(it, _)| it.server.and_then(|end| end.port).map(u64::from),
        ),
        C::text(
            "community_id",
            (
                "Community ID, version 1, to join with the logs of others",
                "Community ID 第 1 版，用于与其他工具的日志关联",
            ),
            |(it, _), text| text.show(super::community_id::of(it)),
        ),
        C::text(
            "roles_are",
            (
                "how client and server were told apart: handshake or inferred",
                "如何区分双方：handshake 握手，inferred 推断",
            ),
            |(it, _), text| {
                text.put(match it.roles {
                    Roles::Handshake => "handshake",
                    Roles::Inferred => "inferred",
                });
            },
        )
        .always(),
        C::texts(
            "application",
            (
                "what is spoken in it, outermost first",
                "其中所说的协议，外层在前",
            ),
            |(it, _), put| it.application().iter().for_each(|name| put(name)),
        ),
        C::text(
            "name",
            (
                "the name asked for: Host of HTTP, or SNI of TLS",
                "所请求的名称：HTTP 的 Host 或 TLS 的 SNI",
            ),
            |(it, _), text| {
                let host = it.http.as_ref().and_then(|http| http.host.as_deref());
                let named = it.tls.as_ref().and_then(|tls| tls.server_name.as_deref());
                text.put(host.or(named));
            },
        ),
    ]
}

fn amounts() -> Vec<C> {
    let mut columns = vec![
        C::i64(
            "start_ns",
            ("time of its first packet", "第一个报文的时间"),
            |(it, _)| it.start_ns,
        ),
        C::i64(
            "end_ns",
            ("time of its last packet", "最后一个报文的时间"),
            |(it, _)| it.end_ns,
        ),
        C::timestamp(
            "start",
            ("time of its first packet", "第一个报文的时间"),
            |(it, _)| it.start_ns,
        ),
    ];
    columns.extend(i64_sides(
        "packets",
        ("packets that the {side} sent", "{side}发送的报文数"),
        |it, side| it.sent[side].packets,
    ));
    columns.extend(i64_sides(
        "bytes",
        ("their bytes on the wire", "{side}发送的线上字节数"),
        |it, side| it.sent[side].bytes,
    ));
    columns.extend(i64_sides(
        "payload",
        (
            "payload that the {side} sent, bytes sent again included",
            "{side}发送的数据字节数，含重发",
        ),
        |it, side| it.sent[side].payload,
    ));
    columns.extend(i64_sides(
        "unique_payload",
        (
            "payload that the {side} sent, each byte counted once",
            "{side}发送的数据字节数，重发不重复计",
        ),
        |it, side| it.sent[side].unique_payload,
    ));
    columns.push(C::i64(
        "header_bytes",
        ("header bytes of both sides", "双方的头部字节数"),
        |(it, _)| it.overhead.total(),
    ));
    columns.push(C::structs::<LayerBytes>(
        "overhead",
        ("header bytes by layer", "各层的头部字节数"),
        layer_bytes(),
        |(it, _), put| it.overhead.0.iter().for_each(put),
    ));
    columns
}

fn layer_bytes() -> Vec<Column<LayerBytes>> {
    vec![
        Column::<LayerBytes>::text(
            "layer",
            ("the layer's protocol", "该层的协议"),
            |(layer, _), text| {
                text.put(layer.name());
            },
        )
        .always(),
        Column::<LayerBytes>::i64(
            "bytes",
            ("its header bytes", "头部字节数"),
            |(_, bytes)| *bytes,
        )
        .always(),
    ]
}

fn opening_and_closing() -> Vec<C> {
    let mut columns = Vec::new();
    columns.extend(text_sides(
        "state",
        (
            "the {side}'s last state (RFC 9293)",
            "{side}最后的状态（RFC 9293）",
        ),
        |it, side| Some(it.tcp.as_ref()?.state[side]?.name()),
    ));
    columns.push(C::texts(
        "completeness",
        ("what was seen of the connection", "看到了连接的哪些部分"),
        |(it, _), put| {
            let tcp = it.tcp.iter();
            tcp.flat_map(|tcp| tcp.completeness.names())
                .for_each(|name| put(&name));
        },
    ));
    columns.push(i64_of_tcp(
        "syn_to_syn_ack_ns",
        ("from the SYN to the SYN-ACK", "从 SYN 到 SYN-ACK 的时间"),
        |tcp| tcp.handshake.syn_to_syn_ack_ns,
    ));
    columns.push(i64_of_tcp(
        "syn_ack_to_ack_ns",
        (
            "from the SYN-ACK to the third step",
            "从 SYN-ACK 到第三步的时间",
        ),
        |tcp| tcp.handshake.syn_ack_to_ack_ns,
    ));
    let timed = |name, meaning, of: fn(&TcpConversation) -> Option<u64>| {
        C::i64(name, meaning, move |(it, _): &(&Conversation, &str)| {
            it.start_ns.and(it.tcp.as_ref()).and_then(of)
        })
    };
    columns.push(timed(
        "opened_ns",
        ("when the third step came", "第三步到来的时间"),
        |tcp| tcp.opened_ns,
    ));
    columns.push(timed(
        "closed_ns",
        (
            "when both directions were closed, or a RST came",
            "双向都已关闭或收到 RST 的时间",
        ),
        |tcp| tcp.closed_ns,
    ));
    let text = |name, meaning, of: fn(&TcpConversation) -> Option<&'static str>| {
        C::text(name, meaning, move |(it, _), text| {
            text.put(it.tcp.as_ref().and_then(of));
        })
    };
    columns.push(text(
        "close",
        (
            "how it ended: fin, reset, open",
            "如何结束：fin、reset 或 open（未结束）",
        ),
        |tcp| Some(tcp.close.name()),
    ));
    columns.push(text(
        "closed_by",
        (
            "who closed first: client, server, both",
            "谁先关闭：client、server 或 both",
        ),
        |tcp| tcp.closed_by.and_then(who),
    ));
    columns.push(text(
        "time_wait_held_by",
        ("who waits in TIME_WAIT", "谁处于 TIME_WAIT"),
        |tcp| tcp.time_wait_held_by.and_then(who),
    ));
    columns.push(C::bool(
        "left_in_close_wait",
        (
            "a side never closed, although its peer did",
            "一方始终没有关闭，而对方已经关闭",
        ),
        |(it, _)| it.tcp.as_ref().map(|tcp| tcp.stays_in_close_wait),
    ));
    columns
}

fn quality() -> Vec<C> {
    let mut columns = vec![i64_of_tcp(
        "rtt_samples",
        ("round trips that were measured", "测得的往返次数"),
        |tcp| Some(tcp.round_trip.samples),
    )];
    let rtt = |name, meaning, of: fn(&TcpConversation) -> u64| {
        C::i64(name, meaning, move |(it, _): &(&Conversation, &str)| {
            let measured = it.tcp.as_ref().filter(|tcp| tcp.round_trip.samples > 0);
            measured.map(of)
        })
    };
    columns.push(rtt(
        "rtt_min_ns",
        ("the shortest", "最短的往返时间"),
        |tcp| tcp.round_trip.min_ns,
    ));
    columns.push(rtt(
        "rtt_median_ns",
        (
            "half are shorter; within 1 %",
            "往返时间的中位数，误差 1 % 以内",
        ),
        |tcp| tcp.round_trip.median_ns,
    ));
    columns.push(rtt(
        "rtt_p95_ns",
        (
            "95 of 100 are shorter; within 1 %",
            "往返时间的 95 百分位，误差 1 % 以内",
        ),
        |tcp| tcp.round_trip.p95_ns,
    ));
    columns.push(rtt(
        "rtt_max_ns",
        ("the longest", "最长的往返时间"),
        |tcp| tcp.round_trip.max_ns,
    ));
    columns.extend(i32_tcp(
        "retransmissions",
        (
            "segments that the {side} sent again",
            "{side}重发的报文段数",
        ),
        |tcp, side| tcp.retransmissions[side].segments,
    ));
    columns.extend(i32_tcp(
        "spurious",
        (
            "those of the {side} that had arrived before",
            "{side}重发的报文段中原本已经到达的",
        ),
        |tcp, side| tcp.spurious[side].segments,
    ));
    columns.extend(i64_tcp(
        "payload_after_peer_fin",
        (
            "payload that the {side} sent after its peer's FIN",
            "对方 FIN 之后{side}发送的数据字节数",
        ),
        |tcp, side| tcp.payload_after_peer_fin[side],
    ));
    columns.extend(flow());
    columns.push(i64_of_tcp(
        "think_time_samples",
        (
            "answers of the server that were timed",
            "计时的服务器应答次数",
        ),
        |tcp| tcp.think_time.map(|time| time.answers),
    ));
    columns.push(i64_of_tcp(
        "think_time_mean_ns",
        (
            "how long the server took to answer, on average",
            "服务器应答的平均用时",
        ),
        |tcp| tcp.think_time.map(|time| time.mean_ns),
    ));
    columns.push(i64_of_tcp(
        "think_time_max_ns",
        ("the longest that it took", "服务器应答的最长用时"),
        |tcp| tcp.think_time.map(|time| time.most_ns),
    ));
    columns
}

/// What held each side's data back.
fn flow() -> Vec<C> {
    let mut columns = Vec::new();
    columns.extend(i64_transfer(
        "goodput_bits_per_second",
        (
            "of the {side}'s data, each byte once",
            "{side}数据的有效速率，每字节只计一次",
        ),
        |it| it.goodput_bits_per_second,
    ));
    columns.extend(i64_transfer(
        "bytes_in_flight_max",
        (
            "most bytes of the {side} in flight at once",
            "{side}同时在途的最多字节数",
        ),
        |it| Some(it.in_flight_most.into()),
    ));
    columns.extend(i64_transfer(
        "receive_window_min",
        (
            "the least window that the {side}'s receiver gave",
            "{side}的接收方给出的最小窗口",
        ),
        |it| it.receive_window.map(|(least, _)| least.into()),
    ));
    columns.extend(i64_transfer(
        "receive_window_max",
        ("the most that it gave", "{side}的接收方给出的最大窗口"),
        |it| it.receive_window.map(|(_, most)| most.into()),
    ));
    columns.extend(i64_transfer(
        "application_limited_ns",
        (
            "how long the {side} had nothing to send",
            "{side}没有数据可发的时间",
        ),
        |it| Some(it.idle_ns),
    ));
    columns.extend(i64_transfer(
        "receive_window_limited_ns",
        (
            "how long its receiver's window held the {side} back",
            "{side}受接收窗口限制的时间",
        ),
        |it| Some(it.window_limited_ns),
    ));
    columns.extend(i64_transfer(
        "network_limited_ns",
        (
            "how long the network held the {side} back",
            "{side}受网络限制的时间",
        ),
        |it| Some(it.network_limited_ns),
    ));
    columns.extend(text_sides(
        "limited_by",
        (
            "what took most of it: application, receive_window, network",
            "{side}主要受何限制：application、receive_window 或 network",
        ),
        |it, side| Some(transfer(it, side)?.limited_by?.name()),
    ));
    columns.extend(Side::BOTH.map(|side| {
        let meaning = (
            "how often loss made the {side} cut its window",
            "{side}因丢失而减小窗口的次数",
        );
        let name = format!("{}_congestion_cuts", side.name());
        C::i32(name, of_side(side, meaning), move |(it, _)| {
            transfer(it, side).map(|it| u64::from(it.cuts))
        })
    }));
    columns
}
