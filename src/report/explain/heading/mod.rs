//! What the packet is, in one sentence.

mod segment;

use super::{Explanation, Source};
use unicode_width::UnicodeWidthChar;

use crate::decode::dns::{Message, rcode_name, type_name};
use crate::decode::tls::{datagram_outline, outline};
use crate::decode::{
    Arp, Icmp, Packet, Protocol, Quoted, StopReason, Transport, View, quoted, view,
};
use crate::escape::escape;
use crate::notes::{Lang, protocol_name};
use crate::report::preview::text_preview;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::text::when::date;
use crate::report::words::Words;
use crate::report::wrap::wrap;
use crate::track::{Address, Endpoint, endpoints};

/// Columns of payload in the heading.
const MOST_TEXT: usize = 40;

/// Which packet, and what it is.
pub fn lines(screen: &Screen, explanation: &Explanation<'_>) -> Vec<String> {
    let line = which(screen.words, explanation);
    let line = screen.style.paint(Paint::Faint, &line);
    let sentence = sentence(explanation, screen.words);
    let sentence = screen.style.paint(Paint::Heading, &sentence);
    let mut lines = wrap(&line, screen.width);
    lines.extend(wrap(&sentence, screen.width));
    if let Some(next_hop) = explanation.next_hop {
        lines.extend(wrap(next_hop, screen.width));
    }
    lines
}

/// The first line: which packet, of what, when.
pub fn which(words: Words, explanation: &Explanation<'_>) -> String {
    let frame = &explanation.report.packet.frame;
    let number = frame.number;
    match (explanation.origin.source, words.0) {
        (Source::Capture(name), Lang::En) => format!(
            "Packet {number} of {}, {} UTC",
            escape(name),
            date(frame.time_ns)
        ),
        (Source::Capture(name), Lang::Zh) => format!(
            "{} 的第 {number} 号报文，{}（UTC）",
            escape(name),
            date(frame.time_ns)
        ),
        (Source::Pasted { of: 1, .. }, _) => {
            words.0.pick("The pasted packet", "粘贴的报文").to_owned()
        }
        (Source::Pasted { of, .. }, Lang::En) => format!("Pasted packet {number} of {of}"),
        (Source::Pasted { of, .. }, Lang::Zh) => format!("粘贴的第 {number} 个报文（共 {of} 个）"),
    }
}

/// The packet in one sentence.
pub fn sentence(explanation: &Explanation<'_>, words: Words) -> String {
    let packet = explanation.report.packet;
    let lang = words.0;
    let mut out = tidy(&what(explanation, packet, words));
    if let Some(vlan) = packet.vlan {
        let id = vlan & 0xfff;
        out.push_str(&match lang {
            Lang::En => format!(" (VLAN {id})"),
            Lang::Zh => format!("（VLAN {id}）"),
        });
    }
    if let Some(tunnel) = tunnel(packet) {
        let name = protocol_name(tunnel, lang);
        out.push_str(&match lang {
            Lang::En => format!(", inside {name}"),
            Lang::Zh => format!("，封装在 {name} 中"),
        });
    }
    out
}

/// Removes spaces between Chinese characters, which the parts leave.
fn tidy(text: &str) -> String {
    let wide = |character: Option<char>| character.and_then(|c| c.width()) == Some(2);
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_gap = wide(out.chars().next_back()) && wide(characters.peek().copied());
        if character != ' ' || !is_gap {
            out.push(character);
        }
    }
    out
}

/// The innermost tunnel header before another network header.
fn tunnel(packet: &Packet<'_>) -> Option<Protocol> {
    let is_network = |protocol| matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6);
    let inner = packet
        .layers
        .iter()
        .rposition(|layer| is_network(layer.protocol))?;
    let outer = packet.layers.get(..inner)?;
    if !outer.iter().any(|layer| is_network(layer.protocol)) {
        return None;
    }
    outer
        .iter()
        .rev()
        .map(|layer| layer.protocol)
        .find(|protocol| {
            !matches!(
                protocol,
                Protocol::Ethernet | Protocol::Udp | Protocol::Vlan
            )
        })
}

fn what(explanation: &Explanation<'_>, packet: &Packet<'_>, words: Words) -> String {
    let Some(layer) = packet.layers.last() else {
        return nothing(packet, words);
    };
    let between = between(packet, words);
    match view(packet, layer) {
        View::Arp(arp) => return self::arp(&arp, words),
        View::Dns(bytes) => {
            if let Some(sentence) = dns(bytes, layer.protocol, &between, words) {
                return sentence;
            }
        }
        _ => {}
    }
    match &packet.transport {
        Transport::Tcp(tcp) => segment::tcp(explanation, packet, tcp, &between, words),
        Transport::Udp(_) => datagram(explanation, &between, words),
        Transport::Icmp(icmp) => self::icmp(packet, icmp, &between, words),
        Transport::None => other(packet, &between, words),
    }
}

fn nothing(packet: &Packet<'_>, words: Words) -> String {
    let count = words.count_bytes(packet.frame.bytes.len() as u64);
    match words.0 {
        Lang::En => format!("{count} that cannot be read as a packet"),
        Lang::Zh => format!("{count}，无法当作报文解读"),
    }
}

/// ` from A to B`; in Chinese `从 A 到 B 的 `, which stands before the noun.
fn between(packet: &Packet<'_>, words: Words) -> String {
    match (endpoints(packet), words.0) {
        (Some((source, destination)), Lang::En) => format!(" from {source} to {destination}"),
        (Some((source, destination)), Lang::Zh) => format!("从 {source} 到 {destination} 的 "),
        (None, _) => String::new(),
    }
}

/// `: 8 bytes, "location"`.
fn payload(explanation: &Explanation<'_>, words: Words) -> String {
    let packet = explanation.report.packet;
    let length = words.count_bytes(packet.payload.length.into());
    if let Some(records) = records(packet) {
        return match words.0 {
            Lang::En => format!(": {length}, {records}"),
            Lang::Zh => format!("：{length}，{records}"),
        };
    }
    let text = text_preview(&explanation.shown_payload(), MOST_TEXT);
    match (words.0, text) {
        (Lang::En, Some(text)) => format!(": {length}, `{text}`"),
        (Lang::En, None) => format!(": {length}"),
        (Lang::Zh, Some(text)) => format!("：{length}，`{text}`"),
        (Lang::Zh, None) => format!("：{length}"),
    }
}

/// `TLS ServerHello, Certificate`.
fn records(packet: &Packet<'_>) -> Option<String> {
    let data = packet.payload_bytes();
    match packet.layers.last()?.protocol {
        Protocol::Tls => outline(data).map(|records| format!("TLS {records}")),
        Protocol::Dtls => datagram_outline(data).map(|records| format!("DTLS {records}")),
        _ => None,
    }
}

fn datagram(explanation: &Explanation<'_>, between: &str, words: Words) -> String {
    let payload = payload(explanation, words);
    match words.0 {
        Lang::En => format!("UDP datagram{between}{payload}"),
        Lang::Zh => format!("{between}UDP 数据报{payload}"),
    }
}

fn arp(arp: &Arp, words: Words) -> String {
    let ip = |ip: Option<std::net::IpAddr>| ip.map_or("?".to_owned(), |ip| ip.to_string());
    let mac =
        |mac: Option<[u8; 6]>| mac.map_or("?".to_owned(), |mac| Address::Mac(mac).to_string());
    let (sender, target) = (ip(arp.sender_ip), ip(arp.target_ip));
    let hardware = mac(arp.sender_mac);
    match (arp.operation, words.0) {
        (1, Lang::En) if sender == target => {
            format!("ARP announcement: {sender} is at {hardware}")
        }
        (1, Lang::Zh) if sender == target => format!("ARP 宣告：{sender} 位于 {hardware}"),
        (1, Lang::En) => format!("ARP request: {sender} asks who has {target}"),
        (1, Lang::Zh) => format!("ARP 请求：{sender} 询问谁有 {target}"),
        (2, Lang::En) => format!("ARP reply to {target}: {sender} is at {hardware}"),
        (2, Lang::Zh) => format!("ARP 应答（给 {target}）：{sender} 位于 {hardware}"),
        (number, Lang::En) => format!("ARP operation {number} from {sender}, about {target}"),
        (number, Lang::Zh) => format!("ARP 操作 {number}，来自 {sender}，关于 {target}"),
    }
}

fn dns(bytes: &[u8], protocol: Protocol, between: &str, words: Words) -> Option<String> {
    let message = Message::parse(bytes).ok()?;
    let name = protocol_name(protocol, words.0);
    let question = message.question().map(|question| {
        let kind = type_name(question.record_type);
        escape(&format!("{} {kind}", question.name)).into_owned()
    });
    let question = question.unwrap_or_default();
    if !message.header.flags.response() {
        return Some(match words.0 {
            Lang::En => format!("{name} query{between}: {question}"),
            Lang::Zh => format!("{between}{name} 查询：{question}"),
        });
    }
    let outcome = match (
        message.response_code(),
        message.header.counts.answers,
        words.0,
    ) {
        (0, 1, Lang::En) => "1 answer".to_owned(),
        (0, count, Lang::En) => format!("{count} answers"),
        (0, count, Lang::Zh) => format!("{count} 条答案"),
        (code, _, _) => rcode_name(code).to_string(),
    };
    Some(match words.0 {
        Lang::En => format!("{name} response{between}: {question}, {outcome}"),
        Lang::Zh => format!("{between}{name} 响应：{question}，{outcome}"),
    })
}

fn icmp(packet: &Packet<'_>, icmp: &Icmp, between: &str, words: Words) -> String {
    let family = if icmp.v6 { "ICMPv6" } else { "ICMP" };
    let rest = icmp.rest.unwrap_or_default();
    let (identifier, sequence) = (rest >> 16, rest & 0xffff);
    if icmp.is_echo() {
        let request = matches!(icmp.kind, 8 | 128);
        return match (words.0, request) {
            (Lang::En, true) => format!(
                "Ping ({family} echo request){between}: number {sequence} of ping {identifier}"
            ),
            (Lang::En, false) => format!(
                "Answer to a ping ({family} echo reply){between}: number {sequence} of ping {identifier}"
            ),
            (Lang::Zh, true) => {
                format!("{between}ping（{family} 回显请求）：标识 {identifier} 的第 {sequence} 个")
            }
            (Lang::Zh, false) => format!(
                "{between}ping 的应答（{family} 回显应答）：标识 {identifier} 的第 {sequence} 个"
            ),
        };
    }
    let name = icmp.name().replace('_', " ");
    let about = quoted(packet).map(|quoted| about(&quoted, words));
    let about = about.unwrap_or_default();
    match words.0 {
        Lang::En => format!("{family} {name}{between}{about}"),
        Lang::Zh => format!(
            "{between}{family} {}{about}",
            icmp_zh(icmp).unwrap_or(&name)
        ),
    }
}

const fn icmp_zh(icmp: &Icmp) -> Option<&'static str> {
    Some(match (icmp.v6, icmp.kind) {
        (false, 3) | (true, 1) => "差错：目的不可达",
        (false, 11) | (true, 3) => "差错：超时",
        (true, 2) => "差错：报文太大",
        (false, 5) | (true, 137) => "重定向",
        (false, 12) | (true, 4) => "差错：参数错误",
        (true, 133) => "路由器请求",
        (true, 134) => "路由器通告",
        (true, 135) => "邻居请求",
        (true, 136) => "邻居通告",
        (true, 143) => "组播侦听报告",
        _ => return None,
    })
}

/// `, about a UDP packet from A to B`.
fn about(quoted: &Quoted, words: Words) -> String {
    let end = |address, port| Endpoint {
        address: Address::Ip(address),
        port,
    };
    let source = end(quoted.network.source, quoted.source_port);
    let destination = end(quoted.network.destination, quoted.destination_port);
    let protocol = quoted.protocols.last();
    let name = protocol.map_or("IP", |protocol| protocol_name(*protocol, words.0));
    match words.0 {
        Lang::En => {
            let vowel = name.starts_with(['A', 'I', 'L', 'M']);
            let article = if vowel { "an" } else { "a" };
            format!(", about {article} {name} packet from {source} to {destination}")
        }
        Lang::Zh => format!("，涉及从 {source} 到 {destination} 的 {name} 报文"),
    }
}

fn other(packet: &Packet<'_>, between: &str, words: Words) -> String {
    let layer = packet.layers.last();
    let name = layer.map_or("", |layer| protocol_name(layer.protocol, words.0));
    if let Some(fragment) = packet.network.and_then(|network| network.fragment) {
        let (from, to) = (fragment.offset, fragment.offset + packet.payload.length);
        let last = to.saturating_sub(1);
        return match words.0 {
            Lang::En => format!("Fragment of a packet{between}: bytes {from}–{last} of its data"),
            Lang::Zh => format!("{between}报文的一个分片：数据的第 {from}–{last} 字节"),
        };
    }
    if let Some(stop) = packet.stop.filter(|stop| !stop.reason.is_truncation()) {
        let inner = protocol_name(stop.protocol, words.0);
        let offset = stop.offset;
        return match (stop.reason, words.0) {
            (StopReason::TooShort { .. }, Lang::En) => {
                format!("{name}{between}, which ends too early")
            }
            (StopReason::TooShort { .. }, Lang::Zh) => format!("{between}{name}，结束得太早"),
            (_, Lang::En) => format!("{name}{between}, broken in {inner} at byte {offset}"),
            (_, Lang::Zh) => format!("{between}{name}，在第 {offset} 字节的 {inner} 处有损坏"),
        };
    }
    let length = words.count_bytes(packet.payload.length.into());
    match words.0 {
        Lang::En => format!("{name}{between}, carrying {length}"),
        Lang::Zh => format!("{between}{name}，载有 {length}"),
    }
}
