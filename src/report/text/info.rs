//! One packet in a few words: protocol and what it says.

use std::fmt::Write;

use crate::decode::dhcp::{code, v6};
use crate::decode::dns::{Message, rcode_name, type_name};
use crate::decode::tls::datagram_outline;
use crate::decode::{Arp, Icmp, Packet, Protocol, StopReason, Tcp, Transport, View, view};
use crate::escape::escape;
use crate::notes::{Lang, protocol_name};
use crate::report::words::Words;
use crate::track::{Address, Tracked};

/// How many of a response's answers are listed.
const MOST_ANSWERS: usize = 4;

/// Protocol and content, as in `TCP SYN seq 0 len 0`.
#[must_use]
pub fn info(packet: &Packet<'_>, tracked: &Tracked, words: Words) -> String {
    let mut out = String::new();
    content(packet, tracked, words, &mut out);
    out
}

/// What is worth saying where there is room: TCP's window.
#[must_use]
pub fn more(packet: &Packet<'_>, tracked: &Tracked) -> String {
    let mut out = String::new();
    if let Some(tcp) = packet.tcp() {
        let window = tracked.tcp.and_then(|tcp| tcp.scaled_window);
        append(&mut out, " win ", window.unwrap_or(u32::from(tcp.window)));
    }
    out
}

fn content(packet: &Packet<'_>, tracked: &Tracked, words: Words, out: &mut String) {
    let message = dns(packet)
        .or_else(|| dhcp(packet))
        .or_else(|| dtls(packet));
    if let Some(message) = message {
        out.push_str(&message);
        return;
    }
    match &packet.transport {
        Transport::Tcp(tcp) => {
            out.push_str("TCP ");
            out.push_str(&flags(tcp));
            out.push(' ');
            out.push_str(&numbers(tcp, tracked));
        }
        Transport::Udp(_) => append(out, "UDP len ", packet.payload.length),
        Transport::Icmp(icmp) => echo(icmp, packet, out),
        Transport::None => other(packet, words, out),
    }
}

/// The flags of a segment, `SYN ACK`.
#[must_use]
pub fn flags(tcp: &Tcp) -> String {
    let names: Vec<_> = tcp.flags.names().collect();
    if names.is_empty() {
        "–".to_owned()
    } else {
        names.join(" ")
    }
}

/// Sequence and acknowledgment, relative where they can be, and the length.
#[must_use]
pub fn numbers(tcp: &Tcp, tracked: &Tracked) -> String {
    use crate::decode::TcpFlags;
    let relative = tracked.tcp.unwrap_or_default();
    let mut out = String::new();
    append(
        &mut out,
        "seq ",
        relative.relative_sequence.unwrap_or(tcp.sequence),
    );
    if tcp.flags.has(TcpFlags::ACK) {
        let acknowledgment = relative.relative_acknowledgment;
        append(
            &mut out,
            " ack ",
            acknowledgment.unwrap_or(tcp.acknowledgment),
        );
    }
    append(&mut out, " len ", tcp.payload_length);
    out
}

fn append(out: &mut String, label: &str, number: u32) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{label}{number}");
}

fn echo(icmp: &Icmp, packet: &Packet<'_>, out: &mut String) {
    out.push_str(if icmp.v6 { "ICMPv6 " } else { "ICMP " });
    out.push_str(&icmp.name().replace('_', " "));
    if let (true, Some(rest)) = (icmp.is_echo(), icmp.rest) {
        append(out, " id ", rest >> 16);
        append(out, " seq ", rest & 0xffff);
        append(out, " len ", packet.payload.length);
    } else {
        append(out, " (type ", u32::from(icmp.kind));
        append(out, ", code ", u32::from(icmp.code));
        out.push(')');
    }
}

fn other(packet: &Packet<'_>, words: Words, out: &mut String) {
    let Some(layer) = packet.layers.last() else {
        match packet.stop.map(|stop| stop.reason) {
            Some(StopReason::UnknownLinkType(number)) => {
                append(out, "link type ", u32::from(number));
            }
            _ => out.push_str(words.unknown()),
        }
        return;
    };
    if let View::Arp(arp) = view(packet, layer)
        && let Some(said) = arp_says(&arp, words)
    {
        out.push_str(&said);
        return;
    }
    out.push_str(protocol_name(layer.protocol, words.0));
    append(out, " len ", packet.payload.length);
}

fn arp_says(arp: &Arp, words: Words) -> Option<String> {
    let (sender, target) = (arp.sender_ip?, arp.target_ip?);
    Some(match (arp.operation, arp.sender_mac) {
        (1, _) => {
            let (who_has, tell) = (words.who_has(), words.tell());
            format!("ARP {who_has} {target}? {tell} {sender}")
        }
        (2, Some(mac)) => format!("ARP {sender} {} {}", words.is_at(), Address::Mac(mac)),
        (operation, _) => format!("ARP operation {operation}"),
    })
}

/// `DNS query A example.com`, `DNS response A example.com: 93.184.216.34`.
fn dns(packet: &Packet<'_>) -> Option<String> {
    let layer = packet.layers.last()?;
    let View::Dns(bytes) = view(packet, layer) else {
        return None;
    };
    let message = Message::parse(bytes).ok()?;
    let flags = message.header.flags;
    let mut out = format!(
        "{} {}",
        protocol_name(layer.protocol, Lang::En),
        if flags.response() {
            "response"
        } else {
            "query"
        }
    );
    let mut add = |text: &str| out.push_str(&escape(text));
    if let Some(question) = message.question() {
        add(&format!(
            " {} {}",
            type_name(question.record_type),
            question.name
        ));
    }
    match message.response_code() {
        0 => {}
        code => add(&format!(" {}", rcode_name(code))),
    }
    let answers: Vec<_> = message
        .answers()
        .take(MOST_ANSWERS)
        .map(|record| match record.data() {
            Ok(data) => data.to_string(),
            Err(_) => type_name(record.record_type).to_string(),
        })
        .collect();
    if !answers.is_empty() {
        add(": ");
        add(&answers.join(", "));
        if usize::from(message.header.counts.answers) > answers.len() {
            add(", …");
        }
    }
    Some(out)
}

/// `DTLS ClientHello len 212`.
fn dtls(packet: &Packet<'_>) -> Option<String> {
    let is_dtls = packet.layers.last()?.protocol == Protocol::Dtls;
    let records = is_dtls.then(|| datagram_outline(packet.payload_bytes()))??;
    Some(format!("DTLS {records} len {}", packet.payload.length))
}

/// `DHCP offer 10.0.0.53`, `DHCPv6 relay forward: solicit`.
fn dhcp(packet: &Packet<'_>) -> Option<String> {
    match view(packet, packet.layers.last()?) {
        View::Dhcp(message) => {
            let kind = message.message_type()?;
            let asked = || message.address_option(code::REQUESTED_ADDRESS);
            let address = match message.is_reply() {
                true => Some(message.your_address()),
                false => asked().or(Some(message.client_address())),
            };
            let address = address.filter(|address| !address.is_unspecified());
            let address = address.map_or(String::new(), |address| format!(" {address}"));
            Some(format!("DHCP {kind}{address}"))
        }
        View::Dhcpv6(message) => {
            let name = |message: &v6::Message<'_>| {
                let name = message.message_type().name();
                name.map(|name| name.replace('_', " "))
            };
            let mut out = format!("DHCPv6 {}", name(&message)?);
            if let Some(inner) = message
                .innermost()
                .filter(|_| message.hop_count().is_some())
            {
                out.push_str(": ");
                out.push_str(&name(&inner)?);
            }
            Some(out)
        }
        _ => None,
    }
}
