//! The encapsulation twice: the nested boxes that learners know, and the
//! peeling that the receiver's kernel does, header by header.

use std::io;

use super::Explanation;
use super::value::unit;
use crate::decode::{Layer, Packet, Protocol, Transport};
use crate::notes::{Lang, protocol_name};
use crate::report::escape::text_preview;
use crate::report::numbers::percent;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::wrap::{cut, width};

/// The boxes are no wider, however wide the terminal is.
const WIDEST: usize = 76;

pub fn write(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let packet = explanation.report.packet;
    if headers(packet).next().is_none() {
        return Ok(());
    }
    screen.heading(screen.words.wrapped())?;
    boxes(screen, packet)?;
    screen.heading(screen.words.peeled())?;
    peel(screen, packet)
}

/// Layers with bytes of their own.
fn headers<'a>(packet: &'a Packet<'_>) -> impl Iterator<Item = (usize, &'a Layer)> {
    packet
        .layers
        .iter()
        .enumerate()
        .filter(|(_, layer)| layer.header_length > 0)
}

/// What a layer with all inside it takes: to the end of the data.
fn carried(packet: &Packet<'_>, layer: &Layer) -> u32 {
    let end = packet.payload.offset.saturating_add(packet.payload.length);
    end.saturating_sub(layer.offset)
}

fn boxes(screen: &mut Screen, packet: &Packet<'_>) -> io::Result<()> {
    let room = screen.width.min(WIDEST).saturating_sub(2);
    let list: Vec<_> = headers(packet).collect();
    // Two columns each way; sixteen layers deep there is still a line.
    let inner = |depth: usize| room.saturating_sub(4 * depth).max(8);
    let words = screen.words;
    for (depth, (index, layer)) in list.iter().enumerate() {
        let name = protocol_name(layer.protocol, words.0);
        let (header, all) = (layer.header_length, carried(packet, layer));
        let rest = all.saturating_sub(header);
        let unit = unit(layer.protocol, words);
        let title = match words.0 {
            Lang::En => format!(" {name} {unit}: {all} = header {header} + {rest} "),
            Lang::Zh => format!(" {name} {unit}：{all} = 头部 {header} + {rest} "),
        };
        let title = cut(&title, inner(depth).saturating_sub(3));
        let line = "─".repeat(inner(depth).saturating_sub(3 + width(&title)));
        let title = screen.style.layer(*index, &title);
        let line = format!("┌─{title}{line}┐");
        screen.write(&walled(screen, &list, depth, &line))?;
    }
    let depth = list.len();
    let space = inner(depth);
    let text = cut(&content(screen, packet), space);
    let text = format!("{text}{}", " ".repeat(space.saturating_sub(width(&text))));
    screen.write(&walled(screen, &list, depth, &text))?;
    for depth in (0..list.len()).rev() {
        let line = format!("└{}┘", "─".repeat(inner(depth).saturating_sub(2)));
        screen.write(&walled(screen, &list, depth, &line))?;
    }
    let padding = packet.payload.padding;
    if padding > 0 {
        let line = match words.0 {
            Lang::En => {
                format!("  and {padding} bytes behind it that belong to no packet (padding)\n")
            }
            Lang::Zh => format!("  其后还有 {padding} 字节不属于任何报文（填充）\n"),
        };
        screen.write(&line)?;
    }
    Ok(())
}

/// A line within the walls of the boxes around it.
fn walled(screen: &Screen, list: &[(usize, &Layer)], depth: usize, line: &str) -> String {
    let mut out = "  ".to_owned();
    let around = list.get(..depth).unwrap_or_default();
    for (index, _) in around {
        out.push_str(&screen.style.layer(*index, "│"));
        out.push(' ');
    }
    out.push_str(line);
    for (index, _) in around.iter().rev() {
        out.push(' ');
        out.push_str(&screen.style.layer(*index, "│"));
    }
    out.push('\n');
    out
}

/// The payload, as text where it is text.
fn content(screen: &Screen, packet: &Packet<'_>) -> String {
    let words = screen.words;
    let length = packet.payload.length;
    if length == 0 {
        return words.0.pick("no payload", "没有载荷").to_owned();
    }
    let message = packet
        .layers
        .last()
        .filter(|layer| layer.header_length == 0);
    let name = message.map_or(words.payload(), |layer| {
        protocol_name(layer.protocol, words.0)
    });
    let count = words.count_bytes(length.into());
    let colon = words.0.pick(": ", "：");
    let text = text_preview(packet.payload_bytes(), 60);
    match text {
        Some(text) if message.is_none() => format!("{name}{colon}{count}  {text}"),
        _ => format!("{name}{colon}{count}"),
    }
}

/// `62 → 48  Ethernet takes off 14 …`.
fn peel(screen: &mut Screen, packet: &Packet<'_>) -> io::Result<()> {
    let words = screen.words;
    let total = packet.frame.original_length;
    let digits = total.to_string().len();
    let padding = packet.payload.padding;
    let list: Vec<_> = packet.layers.iter().enumerate().collect();
    let mut chain = vec![total];
    let mut left = total;
    for (index, layer) in list.iter().filter(|(_, layer)| layer.header_length > 0) {
        let before = left;
        left = carried(packet, layer).saturating_sub(layer.header_length);
        chain.push(left);
        let next = packet.layers.get(index + 1).map(|layer| layer.protocol);
        let name = protocol_name(layer.protocol, words.0);
        let head = format!("  {before:>digits$} → {left:>digits$}  ");
        let margin = " ".repeat(head.len() - 2);
        let takes = match words.0 {
            Lang::En => format!("{name} takes off {}", layer.header_length),
            Lang::Zh => format!("{name}取下 {}", layer.header_length),
        };
        let dropped = before.saturating_sub(left + layer.header_length);
        let also = match (dropped, words.0) {
            (0, _) => String::new(),
            (dropped, Lang::En) => format!(" and {dropped} of padding"),
            (dropped, Lang::Zh) => format!(" 和填充 {dropped}"),
        };
        let colon = words.0.pick(": ", "：");
        let why = step(packet, layer.protocol, next, words.0);
        let line = format!("{}{also}{colon}{why}", screen.style.layer(*index, &takes));
        screen.paragraph(&head, &margin, &line)?;
    }
    let chain: Vec<_> = chain.iter().map(u32::to_string).collect();
    let payload = packet.payload.length;
    let headers = total.saturating_sub(payload).saturating_sub(padding);
    let share = percent(payload.into(), total.into());
    let bill = words.bill(
        headers.into(),
        payload.into(),
        padding.into(),
        total.into(),
        &share,
    );
    let unit = words.0.pick(" bytes; ", " 字节；");
    let sum = format!("{}{unit}{bill}", chain.join(" → "));
    let sum = screen.style.paint(Paint::Heading, &sum);
    screen.paragraph("  ", "  ", &sum)
}

/// What a layer looks at before it hands the rest up, and to whom.
fn step(packet: &Packet<'_>, protocol: Protocol, next: Option<Protocol>, lang: Lang) -> String {
    let looks = match protocol {
        Protocol::Ethernet => lang.pick("is it for this station? the type", "是发给本站的吗？类型"),
        Protocol::Vlan => lang.pick(
            "which virtual network? the type",
            "属于哪个虚拟局域网？类型",
        ),
        Protocol::Ipv4 => lang.pick(
            "is the checksum right, is it for this host? the protocol number",
            "校验和对吗？是发给本机的吗？协议号",
        ),
        Protocol::Ipv6 => lang.pick(
            "is it for this host? the next header number",
            "是发给本机的吗？下一个头部的编号",
        ),
        Protocol::Arp => {
            return lang
                .pick(
                    "notes the sender's addresses down, and answers if it is asked",
                    "记下发送方的地址；若问的是本机就应答",
                )
                .to_owned();
        }
        _ => return transport_step(packet, protocol, next, lang),
    };
    match (next, lang) {
        (Some(next), Lang::En) => format!("{looks} hands up to {}", protocol_name(next, lang)),
        (Some(next), Lang::Zh) => format!("{looks}决定向上交给 {}", protocol_name(next, lang)),
        (None, Lang::En) => format!("{looks} says what follows"),
        (None, Lang::Zh) => format!("{looks}说明后面是什么"),
    }
}

fn transport_step(
    packet: &Packet<'_>,
    protocol: Protocol,
    next: Option<Protocol>,
    lang: Lang,
) -> String {
    let empty = packet.payload.length == 0;
    match (protocol, packet.transport) {
        (Protocol::Tcp, Transport::Tcp(tcp)) => {
            let port = tcp.destination_port;
            match (empty, lang) {
                (true, Lang::En) => "is the checksum right? the ports find the connection, whose state changes; the program gets nothing".to_owned(),
                (true, Lang::Zh) => "校验和对吗？由端口找到连接并更新状态；没有数据交给程序".to_owned(),
                (false, Lang::En) => format!("is the checksum right? the ports find the connection, the sequence number orders the bytes; the program at port {port} reads them"),
                (false, Lang::Zh) => format!("校验和对吗？由端口找到连接，按序号排好字节，端口 {port} 的程序读取"),
            }
        }
        (Protocol::Udp, Transport::Udp(udp))
            if next.is_none_or(|next| {
                matches!(next, Protocol::Dns | Protocol::Mdns | Protocol::Llmnr)
            }) =>
        {
            let port = udp.destination_port;
            match lang {
                Lang::En => format!(
                    "is the checksum right? the program at port {port} gets the whole datagram"
                ),
                Lang::Zh => format!("校验和对吗？整个数据报交给端口 {port} 的程序"),
            }
        }
        (Protocol::Icmp | Protocol::Icmpv6, Transport::Icmp(icmp)) if icmp.is_error() => lang
            .pick(
                "the quoted packet tells which connection the error is for",
                "由所引用的报文找到差错属于哪个连接",
            )
            .to_owned(),
        (Protocol::Icmp | Protocol::Icmpv6, _) => lang
            .pick("the kernel deals with it itself", "由内核自己处理")
            .to_owned(),
        (_, _) => match (next, lang) {
            (Some(next), Lang::En) => format!("hands up to {}", protocol_name(next, lang)),
            (Some(next), Lang::Zh) => format!("向上交给 {}", protocol_name(next, lang)),
            (None, Lang::En) => "what follows is not decoded".to_owned(),
            (None, Lang::Zh) => "后面的内容没有解码".to_owned(),
        },
    }
}
