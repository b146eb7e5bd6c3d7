//! What the notes say of the packet: where its decoding broke, what it does,
//! which rules hold or fail, and where to read more.

use std::cmp::Reverse;
use std::io;

use super::{Explanation, value};
use crate::decode::Protocol;
use crate::notes::fields::ExplainedField;
use crate::notes::{Annotation, Check, Kind, Lang, Severity, Topic};
use crate::report::style::Paint;
use crate::report::text::annotation::{Base, annotation, check_line, head_line};
use crate::report::text::screen::Screen;
use crate::report::wrap::{cut, hang, pad, width};

/// What the packet does and which rules hold or fail, the most serious first:
/// in full, or in so many lines.
pub fn first(
    screen: &mut Screen,
    explanation: &Explanation<'_>,
    most: Option<usize>,
) -> io::Result<()> {
    let mut said: Vec<&Annotation> = annotations_of(explanation).collect();
    said.sort_by_key(|said| (Reverse(is_stop(said)), Reverse(said.severity)));
    let mut lines = rules_of_fields(screen, explanation);
    let room = most.map(|most| most.saturating_sub(lines.len()));
    let mut told = in_lines(screen, &said, Length::Whole);
    for length in [Length::TicksTogether, Length::Lines(2), Length::Lines(1)] {
        if room.is_none_or(|room| told.len() <= room) {
            break;
        }
        told = in_lines(screen, &said, length);
    }
    if let Some(room) = room.filter(|room| told.len() > *room) {
        let more = told.len() + 1 - room.max(1);
        told.truncate(room.saturating_sub(1));
        told.push(format!("  {}", screen.words.and_more(more)));
    }
    told.append(&mut lines);
    for line in told {
        screen.write(&format!("{line}\n"))?;
    }
    Ok(())
}

/// How much is told of each annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    /// All of it.
    Whole,
    /// Rules that hold side by side.
    TicksTogether,
    /// So many lines of its text, and rules that hold side by side.
    Lines(usize),
}

fn in_lines(screen: &Screen, all: &[&Annotation], length: Length) -> Vec<String> {
    all.iter()
        .flat_map(|said| one_in_lines(screen, said, length))
        .collect()
}

fn one_in_lines(screen: &Screen, said: &Annotation, length: Length) -> Vec<String> {
    let split = |out: &str| out.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut out = String::new();
    if length == Length::Whole {
        annotation(&mut out, screen, 0, said);
        return split(&out);
    }
    let (words, style) = (screen.words, screen.style);
    hang(
        &mut out,
        "",
        "  ",
        &head_line(said, words, style),
        screen.width,
    );
    let mut lines = split(&out);
    if let Length::Lines(most) = length
        && lines.len() > most
    {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{last} …"), screen.width);
        }
    }
    let (holding, others): (Vec<_>, Vec<_>) = said
        .checks
        .iter()
        .partition(|check| check.holds == Some(true));
    for check in others {
        let line = check_line(check, words, style, Base::Decimal);
        let mut out = String::new();
        hang(&mut out, "  ", "    ", &line, screen.width);
        lines.extend(split(&out));
    }
    if !holding.is_empty() {
        let mark = style.paint(Paint::Good, words.holds());
        let rules: Vec<_> = holding
            .iter()
            .map(|check| format!("{mark} {}", words.0.pick(check.rule.id, check.rule.zh)))
            .collect();
        let mut out = String::new();
        hang(&mut out, "  ", "  ", &rules.join("  "), screen.width);
        lines.extend(split(&out));
    }
    lines
}

/// The rules that its fields break, each in a line, and how many they keep.
fn rules_of_fields(screen: &Screen, explanation: &Explanation<'_>) -> Vec<String> {
    let mut fields: Vec<&ExplainedField> = Vec::new();
    for layer in &explanation.layers {
        collect(&layer.fields, &mut fields);
    }
    let said = |check: &Check| {
        let mut checks = annotations_of(explanation).flat_map(|said| &said.checks);
        checks.any(|known| known.rule == check.rule)
    };
    let mut lines = Vec::new();
    let mut hold = 0_u64;
    for field in fields {
        for check in &field.checks {
            match check.holds {
                Some(true) => hold += 1,
                Some(false) if !said(check) => {
                    let line = value::check(field, check, screen);
                    let mut out = String::new();
                    hang(&mut out, "", "  ", &line, screen.width);
                    lines.extend(out.lines().map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    if hold > 0 {
        let mark = screen.style.paint(Paint::Good, screen.words.holds());
        lines.push(match (screen.words.0, hold) {
            (Lang::En, 1) => format!("{mark} 1 rule of its fields holds"),
            (Lang::En, _) => format!("{mark} {hold} rules of its fields hold"),
            (Lang::Zh, _) => format!("{mark} 字段的 {hold} 条规则成立"),
        });
    }
    lines
}

fn collect<'a>(fields: &'a [ExplainedField], all: &mut Vec<&'a ExplainedField>) {
    for field in fields {
        all.push(field);
        collect(&field.fields, all);
    }
}

fn annotations_of<'a>(explanation: &Explanation<'a>) -> impl Iterator<Item = &'a Annotation> {
    explanation.report.annotations.iter()
}

/// Whether it says where and why the decoding broke.
fn is_stop(said: &Annotation) -> bool {
    matches!(said.kind, Kind::Malformed | Kind::Truncated)
}

/// The notes that apply, each with the command to read it.
pub fn notes(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let topics = topics(explanation);
    if topics.is_empty() {
        return Ok(());
    }
    screen.heading(screen.words.read_more())?;
    let commands: Vec<_> = topics
        .iter()
        .map(|topic| format!("wirenotes notes {}", topic.name))
        .collect();
    let widest = commands
        .iter()
        .map(|command| width(command))
        .max()
        .unwrap_or(0);
    for (topic, command) in topics.iter().zip(&commands) {
        let mut cell = String::new();
        pad(&mut cell, command, widest + 2);
        let head = format!("  {}", screen.style.paint(Paint::Command, &cell));
        let margin = " ".repeat(widest + 4);
        screen.paragraph(&head, &margin, topic.title(screen.words.0))?;
    }
    let field = telling_field(explanation);
    if let Some(field) = field.filter(|_| !explanation.command.is_empty()) {
        let command = format!("{} --field {field}", explanation.command);
        let command = screen.style.paint(Paint::Command, &command);
        let label = screen.words.0.pick("One field alone:", "单看一个字段：");
        screen.write(&format!("  {label}\n    {command}\n"))?;
    }
    Ok(())
}

/// A field of the innermost layer that is worth a look.
fn telling_field(explanation: &Explanation<'_>) -> Option<&'static str> {
    let layer = explanation
        .layers
        .iter()
        .rev()
        .find(|layer| !layer.fields.is_empty())?;
    let telling = [
        "tcp.flags",
        "icmp.type",
        "icmpv6.type",
        "arp.operation",
        "dns.flags",
        "dhcp.operation",
        "dhcpv6.type",
        "udp.length",
        "ipv4.ttl",
        "ipv6.hop_limit",
    ];
    let mut names = layer.fields.iter().map(|field| field.name);
    names
        .clone()
        .find(|name| telling.contains(name))
        .or_else(|| names.next())
}

/// Topics of what is said, the most serious first, then those of the
/// protocols.
fn topics(explanation: &Explanation<'_>) -> Vec<&'static Topic> {
    let mut names: Vec<(Severity, &'static str)> = annotations_of(explanation)
        .map(|said| (said.severity, said.kind.topic()))
        .collect();
    names.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let packet = explanation.report.packet;
    let by_protocol = packet.layers.iter().rev().filter_map(|layer| {
        Some(match layer.protocol {
            Protocol::Tcp => "tcp-states",
            Protocol::Udp => "udp",
            Protocol::Icmp | Protocol::Icmpv6 => "icmp",
            Protocol::Arp => "arp",
            Protocol::Dns | Protocol::Mdns | Protocol::Llmnr => "dns",
            Protocol::Dhcp | Protocol::Dhcpv6 => "dhcp",
            Protocol::Http => "http",
            Protocol::Tls | Protocol::Dtls => "tls",
            Protocol::WebSocket => "websocket",
            _ => return None,
        })
    });
    let general = ["header-overhead", "layers"];
    let mut topics: Vec<&'static Topic> = Vec::new();
    let all = names
        .into_iter()
        .map(|(_, name)| name)
        .chain(by_protocol)
        .chain(general);
    for topic in all.filter_map(Topic::from_name) {
        if !topics.iter().any(|known| known.name == topic.name) {
            topics.push(topic);
        }
    }
    topics
}
