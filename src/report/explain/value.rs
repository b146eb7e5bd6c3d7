//! A field's value as the table shows it, and its place.

use super::Explanation;
use crate::decode::{FieldValue, Protocol, Stop};
use crate::notes::fields::ExplainedField;
use crate::notes::{Check, Value, protocol_name};
use crate::report::preview::text_preview;
use crate::report::style::Paint;
use crate::report::text::annotation::{Base, check_line};
use crate::report::text::screen::Screen;
use crate::report::words::Words;
use crate::track::Address;

/// Bytes of a value that are shown before it is cut.
const MOST_BYTES: usize = 16;

/// Columns of text in a value.
const MOST_TEXT: usize = 60;

/// The value in short.
pub fn value(field: &ExplainedField, bytes: &[u8], words: Words) -> String {
    match &field.value {
        FieldValue::Number(number) => match base(field.name) {
            Base::Decimal => number.to_string(),
            Base::Hexadecimal => hexadecimal(*number, field.bit_length),
        },
        FieldValue::Flag(set) => u8::from(*set).to_string(),
        FieldValue::Named(number, name) if field.name.starts_with("dns.") => {
            format!("{name}{}", words.in_brackets(&number.to_string()))
        }
        FieldValue::Named(number, _) if is_ether_type(field) => hexadecimal(*number, 16),
        FieldValue::Named(number, _) => match base(field.name) {
            Base::Decimal => number.to_string(),
            Base::Hexadecimal => hexadecimal(*number, field.bit_length),
        },
        FieldValue::Text(text) => crate::escape::escape(text).into_owned(),
        FieldValue::Mac(mac) => Address::Mac(*mac).to_string(),
        FieldValue::Ip(address) => address.to_string(),
        FieldValue::Bytes(_) if is_option(field) => option_head(field, words),
        FieldValue::Bytes(_) if !field.fields.is_empty() => String::new(),
        FieldValue::Bytes(range) => {
            let range = range.start as usize..range.end as usize;
            let bytes = bytes.get(range).unwrap_or_default();
            let is_text = matches!(field.name, "dns.txt.text" | "dns.caa.tag" | "dns.caa.value");
            text_preview(bytes, MOST_TEXT)
                .filter(|_| is_text)
                .unwrap_or_else(|| short_hex(bytes))
        }
    }
}

/// An option with its kind and length, which then need no rows of their own.
fn option_head(field: &ExplainedField, words: Words) -> String {
    let number = |end: &str| {
        field.fields.iter().find_map(|inner| {
            let wanted = inner.name.ends_with(end) && is_head(inner);
            match inner.value {
                FieldValue::Number(number) | FieldValue::Named(number, _) if wanted => Some(number),
                _ => None,
            }
        })
    };
    let kind = number(".kind").or(number(".type")).or(number(".code"));
    match (kind, number(".length")) {
        (Some(kind), Some(_)) => {
            let bytes = words.count_bytes(field.bit_length / 8);
            let comma = words.0.pick(", ", "，");
            format!("{} {kind}{comma}{bytes}", words.0.pick("kind", "种类"))
        }
        (Some(kind), None) => format!("{} {kind}", words.0.pick("kind", "种类")),
        _ => String::new(),
    }
}

/// Whether it is an option with kind and length in its first two fields.
pub fn is_option(field: &ExplainedField) -> bool {
    field.fields.first().is_some_and(is_head)
}

/// Whether a field is an option's kind or length, which its head tells.
pub fn is_head(field: &ExplainedField) -> bool {
    matches!(
        field.name,
        "tcp.option.kind"
            | "tcp.option.length"
            | "icmpv6.option.type"
            | "icmpv6.option.length"
            | "dhcp.option.code"
            | "dhcp.option.length"
            | "dhcp.sub_option.code"
            | "dhcp.sub_option.length"
            | "dhcpv6.option.code"
            | "dhcpv6.option.length"
            | "tls.extension.type"
            | "tls.extension.length"
    )
}

/// Whether a field only wraps the one field inside it.
pub fn is_wrapper(field: &ExplainedField) -> bool {
    field.name == "dns.record.data" && field.fields.len() == 1
}

/// How a field's numbers are written.
pub fn base(name: &str) -> Base {
    let hexadecimal = name.ends_with("checksum")
        || name.ends_with(".identification")
        || matches!(
            name,
            "dns.id"
                | "dns.flags"
                | "dhcp.flags"
                | "dhcp.cookie"
                | "dhcp.transaction_id"
                | "dhcpv6.transaction_id"
                | "dhcpv6.option.association"
                | "tcp.flags"
                | "ipv6.flow_label"
                | "ethernet.type"
                | "tls.record.version"
                | "tls.hello.version"
                | "tls.hello.cipher_suite"
                | "tls.extension.version"
                | "tls.extension.group"
                | "vlan.type"
                | "snap.type"
                | "snap.organization"
                | "llc.destination"
                | "llc.source"
                | "llc.control"
                | "ppp.protocol"
                | "pppoe.protocol"
                | "pppoe.session"
                | "gre.type"
                | "gre.key"
                | "gtp.tunnel_endpoint"
                | "ah.security_parameters_index"
                | "icmp.identifier"
                | "icmpv6.identifier"
                | "icmpv6.option.prefix.valid_lifetime"
                | "frame_relay.address"
                | "vxlan.flags"
        );
    if hexadecimal {
        Base::Hexadecimal
    } else {
        Base::Decimal
    }
}

/// Whether a 16-bit number names a protocol, as EtherTypes do.
fn is_ether_type(field: &ExplainedField) -> bool {
    let last = field.name.rsplit('.').next();
    field.bit_length == 16 && matches!(last, Some("type" | "protocol" | "protocol_type"))
}

fn hexadecimal(number: u64, bits: u64) -> String {
    let digits = bits.div_ceil(4) as usize;
    format!("0x{number:0digits$x}")
}

fn short_hex(bytes: &[u8]) -> String {
    let shown = bytes.get(..bytes.len().min(MOST_BYTES)).unwrap_or_default();
    let mut out: String = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > MOST_BYTES {
        out.push('…');
    }
    out
}

/// Where a field stands: `14–15`, and in parts of bytes `20.3–21.7`, the
/// highest bit of a byte being 0.
pub fn place(field: &ExplainedField) -> String {
    let end = field.bit_offset + field.bit_length;
    let (first, last) = (field.bit_offset / 8, end.saturating_sub(1) / 8);
    if field.bit_offset.is_multiple_of(8) && end.is_multiple_of(8) {
        return match last {
            last if last == first => first.to_string(),
            last => format!("{first}–{last}"),
        };
    }
    let (from, to) = (field.bit_offset % 8, end.saturating_sub(1) % 8);
    if first == last && from == to {
        format!("{first}.{from}")
    } else if first == last {
        format!("{first}.{from}–{to}")
    } else {
        format!("{first}.{from}–{last}.{to}")
    }
}

/// What the bytes behind the last header are called.
pub fn content_name(explanation: &Explanation<'_>, words: Words) -> &'static str {
    let packet = explanation.report.packet;
    let broke = |stop: &Stop| !stop.reason.is_truncation() && stop.offset == packet.payload.offset;
    if packet.stop.as_ref().is_some_and(broke) {
        return words.not_decoded();
    }
    let last = packet.layers.last();
    match last.filter(|layer| layer.header_length == 0) {
        Some(message) => protocol_name(message.protocol, words.0),
        None if explanation.quoted.is_empty() => words.payload(),
        None => words.0.pick("quoted packet", "所引用的报文"),
    }
}

/// What a protocol's unit is called: frame, packet, segment….
pub fn unit(protocol: Protocol, words: Words) -> &'static str {
    match protocol {
        Protocol::Ethernet | Protocol::LinuxCooked | Protocol::LinuxCooked2 => {
            words.0.pick("frame", "帧")
        }
        Protocol::Ipv4 | Protocol::Ipv6 => words.0.pick("packet", "报文"),
        Protocol::Tcp => words.0.pick("segment", "段"),
        Protocol::Udp => words.0.pick("datagram", "数据报"),
        Protocol::Arp | Protocol::Icmp | Protocol::Icmpv6 => words.0.pick("message", "消息"),
        _ => "",
    }
}

/// A check in a line: a bound as `20 ≤ 28`, anything else as annotations
/// write it.
pub fn check(field: &ExplainedField, check: &Check, screen: &Screen) -> String {
    let base = base(field.name);
    for sign in ["≤", "≥"] {
        let is_bound = check.rule.id.matches(sign).count() == 1;
        let (Some(Value::Number(bound)), Value::Number(observed)) =
            (&check.expected, &check.observed)
        else {
            continue;
        };
        if is_bound && base == Base::Decimal {
            let (holds, paint) = match check.holds {
                Some(false) => (screen.words.fails(), Paint::Error),
                _ => (screen.words.holds(), Paint::Good),
            };
            let mark = screen.style.paint(paint, holds);
            let rule = screen.words.0.pick(check.rule.id, check.rule.zh);
            let colon = screen.words.0.pick(": ", "：");
            let not = if check.holds == Some(false) {
                screen.words.0.pick("not ", "并非 ")
            } else {
                ""
            };
            return format!("{mark} {rule}{colon}{not}{observed} {sign} {bound}");
        }
    }
    check_line(check, screen.words, screen.style, base)
}
