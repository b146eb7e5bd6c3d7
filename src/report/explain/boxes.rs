//! The encapsulation twice: the nested boxes that learners know, and the
//! peeling that the receiver's kernel does, header by header.

use std::io;

use super::Explanation;
use super::value::{content_name, unit};
use crate::decode::{Layer, Packet, Protocol, Transport, View, view};
use crate::notes::{Lang, protocol_name};
use crate::report::numbers::percent;
use crate::report::preview::text_preview;
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
    boxes(screen, explanation)?;
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

fn boxes(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let packet = explanation.report.packet;
    let room = screen.width.min(WIDEST).saturating_sub(2);
    let list: Vec<_> = headers(packet).collect();
    // Two columns each way; sixteen layers deep there is still a line.
    let inner = |depth: usize| room.saturating_sub(4 * depth).max(8);
    let words = screen.words;
    for (depth, (index, layer)) in list.iter().enumerate() {
        let name = protocol_name(layer.protocol, words.0);
        let (header, all) = (layer.header_length, carried(packet, layer));
        let rest = all.saturating_sub(header);
        let unit = match (unit(layer.protocol, words), words.0) {
            ("", _) => String::new(),
            (unit, Lang::En) => format!(" {unit}"),
            (unit, Lang::Zh) => format!("{}{unit}", if name.is_ascii() { " " } else { "" }),
        };
        let title = match words.0 {
            Lang::En => format!(" {name}{unit}: {all} = header {header} + {rest} "),
            Lang::Zh => format!(" {name}{unit}：{all} = 头部 {header} + {rest} "),
        };
        let title = cut(&title, inner(depth).saturating_sub(3));
        let line = "─".repeat(inner(depth).saturating_sub(3 + width(&title)));
        let title = screen.style.layer(*index, &title);
        let line = format!("┌─{title}{line}┐");
        screen.write(&walled(screen, &list, depth, &line))?;
    }
    let depth = list.len();
    let space = inner(depth);
    let text = cut(&content(screen, explanation), space);
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
fn content(screen: &Screen, explanation: &Explanation<'_>) -> String {
    let words = screen.words;
    let packet = explanation.report.packet;
    let length = packet.payload.length;
    if length == 0 {
        return words.0.pick("no payload", "没有载荷").to_owned();
    }
    let name = content_name(explanation, words);
    let count = words.count_bytes(length.into());
    let colon = words.0.pick(": ", "：");
    match text_preview(&explanation.shown_payload(), 60) {
        Some(text) if name == words.payload() => format!("{name}{colon}{count}  {text}"),
        _ => format!("{name}{colon}{count}"),
    }
}

/// Puts a space behind Latin letters, as Chinese is set.
fn spaced(name: &str) -> String {
    match name.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        true => format!("{name} "),
        false => name.to_owned(),
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
    let mut remaining = total;
    for (index, layer) in list.iter().filter(|(_, layer)| layer.header_length > 0) {
        let before = remaining;
        remaining = carried(packet, layer).saturating_sub(layer.header_length);
        chain.push(remaining);
        let next = packet.layers.get(index + 1).map(|layer| layer.protocol);
        let name = protocol_name(layer.protocol, words.0);
        let head = format!("  {before:>digits$} → {remaining:>digits$}  ");
        let margin = " ".repeat(head.len() - 2);
        let takes = match words.0 {
            Lang::En => format!("{name} takes off {}", layer.header_length),
            Lang::Zh => format!("{}取下 {}", spaced(name), layer.header_length),
        };
        let dropped = before.saturating_sub(remaining + layer.header_length);
        let also = match (dropped, words.0) {
            (0, _) => String::new(),
            (dropped, Lang::En) => format!(" and {dropped} of padding"),
            (dropped, Lang::Zh) => format!(" 和填充 {dropped}"),
        };
        let colon = words.0.pick(": ", "：");
        let why = step(packet, layer.protocol, next, remaining).of(words.0);
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

/// What a layer looks at before it hands `remaining` bytes up, and to whom.
fn step(packet: &Packet<'_>, protocol: Protocol, next: Option<Protocol>, remaining: u32) -> Step {
    let hands = |by_en: &str, by_zh: &str| match next {
        Some(next) => Step {
            en: format!(
                "{by_en} hands {remaining} up to {}",
                protocol_name(next, Lang::En)
            ),
            zh: format!(
                "{by_zh}把 {remaining} 字节向上交给 {}",
                protocol_name(next, Lang::Zh)
            ),
        },
        None if is_fragment(packet) => Step {
            en: format!("{by_en} keeps these {remaining} until all fragments are there"),
            zh: format!("{by_zh}把这 {remaining} 字节留到所有分片到齐"),
        },
        None => Step {
            en: format!("{by_en} finds who wants the other {remaining}"),
            zh: format!("{by_zh}决定其余 {remaining} 字节归谁"),
        },
    };
    match protocol {
        Protocol::Ethernet if is_to_group(packet) => hands(
            "sees that it is for a group that this station belongs to, and by the type",
            "确认是发给本站所在的一组的，按类型",
        ),
        Protocol::Ethernet => hands(
            "sees that it is for this station, and by the type",
            "确认是发给本站的，按类型",
        ),
        Protocol::LinuxCooked | Protocol::LinuxCooked2 | Protocol::Loopback => hands(
            "stands in the recording for the link's own header; by its protocol",
            "是抓包时代替链路头部的记录，按其中的协议",
        ),
        Protocol::Vlan => hands(
            "sees which virtual network it is of, and by the type",
            "看它属于哪个虚拟局域网，按类型",
        ),
        Protocol::Ipv4 => hands(
            "checks the checksum, sees that it is for this host, and by the protocol number",
            "核对校验和，确认是发给本机的，按协议号",
        ),
        Protocol::Ipv6 => hands(
            "sees that it is for this host, and by the next header number",
            "确认是发给本机的，按下一个头部的编号",
        ),
        Protocol::Arp => Step::both(
            "notes the sender's addresses down, and answers if this host is asked",
            "记下发送方的地址；若问的是本机就应答",
        ),
        Protocol::Tcp | Protocol::Udp | Protocol::Icmp | Protocol::Icmpv6
            if next.is_none_or(is_message) =>
        {
            transport_step(packet, remaining)
        }
        _ => hands("by its own fields", "按自己的字段"),
    }
}

/// Whether the frame is for several stations at once.
fn is_to_group(packet: &Packet<'_>) -> bool {
    let outermost = packet.layers.first().map(|layer| view(packet, layer));
    matches!(outermost, Some(View::Ethernet(frame)) if frame.destination[0] & 1 == 1)
}

fn is_fragment(packet: &Packet<'_>) -> bool {
    packet
        .network
        .is_some_and(|network| network.fragment.is_some())
}

/// Whether a layer is a program's message, not a header below another.
fn is_message(protocol: Protocol) -> bool {
    protocol.osi_layer() == Some(7)
}

/// The last step, to the program.
fn transport_step(packet: &Packet<'_>, remaining: u32) -> Step {
    match packet.transport {
        Transport::Tcp(_) if remaining == 0 => Step::both(
            "checks the checksum, finds the connection by addresses and ports, and updates its \
             state; the program gets nothing",
            "核对校验和，由地址和端口找到连接并更新状态；没有数据交给程序",
        ),
        Transport::Tcp(tcp) => {
            let port = tcp.destination_port;
            Step {
                en: format!(
                    "checks the checksum, finds the connection by addresses and ports, puts the \
                     {remaining} bytes in their place by the sequence number; the program at port \
                     {port} reads them"
                ),
                zh: format!(
                    "核对校验和，由地址和端口找到连接，按序号放好 {remaining} 字节，由端口 {port} \
                     的程序读取"
                ),
            }
        }
        Transport::Udp(udp) => {
            let port = udp.destination_port;
            Step {
                en: format!(
                    "checks the checksum; the program at port {port} gets the datagram's {remaining} \
                     bytes, all at once"
                ),
                zh: format!("核对校验和，把数据报的 {remaining} 字节一次交给端口 {port} 的程序"),
            }
        }
        Transport::Icmp(icmp) if icmp.is_error() => Step::both(
            "finds by the quoted packet whose connection the error is about, and tells it",
            "由所引用的报文找到差错属于哪个连接，并通知它",
        ),
        Transport::Icmp(_) => Step::both("is dealt with by the kernel itself", "由内核自己处理"),
        Transport::None => Step::both("ends here", "到此为止"),
    }
}

/// A sentence in both languages.
struct Step {
    en: String,
    zh: String,
}

impl Step {
    fn both(en: &str, zh: &str) -> Self {
        Self {
            en: en.to_owned(),
            zh: zh.to_owned(),
        }
    }

    fn of(self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}
