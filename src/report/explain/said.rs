//! What the notes say of the packet: where its decoding broke, what it does,
//! and where to read more.

use std::io;

use super::Explanation;
use crate::decode::Protocol;
use crate::notes::{Annotation, Kind, Severity, Topic};
use crate::report::style::Paint;
use crate::report::text::annotation::annotation;
use crate::report::text::screen::Screen;
use crate::report::wrap::{pad, width};

/// Where and why the decoding broke, before anything else is shown.
pub fn stop(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let mut out = String::new();
    for said in annotations_of(explanation).filter(|said| is_stop(said)) {
        annotation(&mut out, screen, 0, said);
    }
    screen.write(&out)
}

/// What the packet does, warnings included.
pub fn annotations(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let mut out = String::new();
    for said in annotations_of(explanation).filter(|said| !is_stop(said)) {
        annotation(&mut out, screen, 2, said);
    }
    if out.is_empty() {
        return Ok(());
    }
    screen.heading(screen.words.said_of_it())?;
    screen.write(&out)
}

fn annotations_of<'a>(explanation: &Explanation<'a>) -> impl Iterator<Item = &'a Annotation> {
    explanation.report.annotations.iter()
}

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
