//! One field alone: its place, bits, value, meaning, rule, and note.

use std::io::{self, Write};

use super::value::{self, place, value};
use super::{Explanation, heading};
use crate::decode::FieldValue;
use crate::escape::escape;
use crate::notes::fields::{ExplainedField, ExplainedLayer, find, row};
use crate::report::json::raw;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::{Look, wrap};

/// A packet has no field of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the packet has no field \"{}\"{}", escape(.name), hint(.nearest))]
pub struct UnknownField {
    /// What was typed.
    pub name: String,
    /// The nearest names that the packet has, the best first.
    pub nearest: Vec<&'static str>,
}

fn hint(nearest: &[&str]) -> String {
    match nearest.is_empty() {
        true => String::new(),
        false => format!("; did you mean {}?", nearest.join(" or ")),
    }
}

/// Below this likeness a name is no suggestion (1 is equal).
const ALIKE: f64 = 0.8;
/// At most this many suggestions.
const SUGGESTIONS: usize = 4;

/// Explains one field (of every layer that has it).
///
/// # Errors
/// When it cannot be written; inside, when the packet has no such field.
pub fn one_field(
    out: Box<dyn Write + Send>,
    look: Look,
    explanation: &Explanation<'_>,
    name: &str,
) -> io::Result<Result<(), UnknownField>> {
    let typed = name.trim().to_ascii_lowercase();
    let mut found = find(&explanation.layers, &typed);
    found.extend(find(&explanation.quoted, &typed));
    if found.is_empty() {
        return Ok(Err(UnknownField {
            name: name.to_owned(),
            nearest: nearest(&typed, explanation),
        }));
    }
    let mut screen = Screen::new(out, look);
    let which = heading::which(screen.words, explanation);
    let which = screen.style.paint(Paint::Faint, &which);
    screen.paragraph("", "", &which)?;
    let sentence = heading::sentence(explanation, screen.words);
    screen.paragraph("", "", &sentence)?;
    for field in found {
        screen.write("\n")?;
        one(&mut screen, explanation, field)?;
    }
    screen.flush()?;
    Ok(Ok(()))
}

fn one(
    screen: &mut Screen,
    explanation: &Explanation<'_>,
    field: &ExplainedField,
) -> io::Result<()> {
    let words = screen.words;
    let bytes = explanation.report.packet.frame.bytes;
    let head = format!("{}  {}", field.name, field.label);
    let head = screen.style.paint(Paint::Heading, &head);
    screen.write(&format!("{head}\n"))?;
    let raw = raw(bytes, field.bit_offset, field.bit_length);
    let raw = match field.bit_length {
        1..=64 => format!("{raw} = {}", binary(bytes, field)),
        _ => raw,
    };
    let bits = match words.0 {
        crate::notes::Lang::En if field.bit_length == 1 => "1 bit".to_owned(),
        crate::notes::Lang::En => format!("{} bits", field.bit_length),
        crate::notes::Lang::Zh => format!("{} 位", field.bit_length),
    };
    let place = match words.0 {
        crate::notes::Lang::En => format!("{} ({bits})", place(field)),
        crate::notes::Lang::Zh => format!("{}（{bits}）", place(field)),
    };
    let about = row(field.name).map_or("", |row| row.about(words.0));
    let mut lines = vec![
        (words.at_column(), place),
        (words.raw(), raw),
        (words.value_column(), value(field, bytes, words)),
        (words.meaning_column(), field.meaning.clone()),
    ];
    if about != field.meaning && !about.is_empty() {
        lines.push((words.0.pick("is for", "作用"), about.to_owned()));
    }
    let widest = lines
        .iter()
        .map(|(label, _)| wrap::width(label))
        .max()
        .unwrap_or(0);
    for (label, text) in lines.iter().filter(|(_, text)| !text.is_empty()) {
        let mut first = "  ".to_owned();
        wrap::pad(&mut first, label, widest + 2);
        let rest = " ".repeat(wrap::width(&first));
        screen.paragraph(&first, &rest, text)?;
    }
    for check in &field.checks {
        let line = value::check(field, check, screen);
        screen.paragraph("  ", "    ", &line)?;
    }
    if !field.fields.is_empty() {
        super::fields::table(screen, bytes, &field.fields, "")?;
    }
    note(screen, field)
}

/// The note of its protocol.
fn note(screen: &mut Screen, field: &ExplainedField) -> io::Result<()> {
    let family = field.name.split('.').next().unwrap_or_default();
    let topic = match field.name {
        name if name.starts_with("tcp.option") => "tcp-options",
        "tcp.sequence" | "tcp.acknowledgment" => "sequence-and-ack",
        "tcp.source_port" | "tcp.destination_port" => "connection-identity",
        _ => match family {
            "tcp" => "tcp-states",
            "udp" => "udp",
            "icmp" | "icmpv6" => "icmp",
            "arp" => "arp",
            "dns" => "dns",
            _ => "layers",
        },
    };
    let command = screen
        .style
        .paint(Paint::Command, &format!("wirenotes notes {topic}"));
    let label = screen.words.0.pick("read more: ", "进一步阅读：");
    screen.write(&format!("  {label}{command}\n"))
}

/// The bits in groups of four, from the highest.
fn binary(bytes: &[u8], field: &ExplainedField) -> String {
    let mut out = String::new();
    for index in 0..field.bit_length {
        let remaining = field.bit_length - index;
        if index > 0 && remaining.is_multiple_of(4) {
            out.push(' ');
        }
        let at = field.bit_offset + index;
        let byte = bytes.get((at / 8) as usize).copied().unwrap_or(0);
        out.push(if byte >> (7 - at % 8) & 1 == 1 {
            '1'
        } else {
            '0'
        });
    }
    out
}

fn nearest(typed: &str, explanation: &Explanation<'_>) -> Vec<&'static str> {
    let mut names = Vec::new();
    for layer in explanation.layers.iter().chain(&explanation.quoted) {
        collect(layer, &mut names);
    }
    let mut all: Vec<(f64, &'static str)> = names
        .into_iter()
        .filter_map(|name| {
            let part = typed.len() >= 2 && name.rsplit('.').next() == Some(typed);
            let alike = if part || (typed.len() >= 3 && name.contains(typed)) {
                1.5 + strsim::jaro_winkler(typed, name) / 2.0
            } else {
                strsim::jaro_winkler(typed, name)
            };
            (alike >= ALIKE).then_some((alike, name))
        })
        .collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.dedup_by_key(|(_, name)| *name);
    all.into_iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| name)
        .collect()
}

fn collect(layer: &ExplainedLayer, names: &mut Vec<&'static str>) {
    fn within(fields: &[ExplainedField], names: &mut Vec<&'static str>) {
        for field in fields {
            if !names.contains(&field.name) {
                names.push(field.name);
            }
            within(&field.fields, names);
        }
    }
    within(&layer.fields, names);
}

/// Whether two fields hold the same.
pub(super) fn same(
    (first, first_bytes): (&ExplainedField, &[u8]),
    (second, second_bytes): (&ExplainedField, &[u8]),
) -> bool {
    match (&first.value, &second.value) {
        (FieldValue::Bytes(_), FieldValue::Bytes(_)) => {
            raw(first_bytes, first.bit_offset, first.bit_length)
                == raw(second_bytes, second.bit_offset, second.bit_length)
        }
        (first, second) => first == second,
    }
}
