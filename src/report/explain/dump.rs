//! The bytes as a hex dump, coloured by layer, each layer under its name: what
//! belongs to what can be seen without colour.

use std::io;

use super::Explanation;
use super::value::content_name;
use crate::notes::protocol_name;
use crate::report::preview::hidden_bytes;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;

/// Bytes a row.
const ROW: usize = 16;

/// Rows of a part that are shown.
const MOST_ROWS: usize = 16;

/// A stretch of the packet: from, to, name, colour.
struct Part {
    start: usize,
    end: usize,
    name: &'static str,
    layer: Option<usize>,
}

pub fn write(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let bytes = explanation.report.packet.frame.bytes;
    if bytes.is_empty() {
        return Ok(());
    }
    screen.heading(screen.words.the_bytes())?;
    let report = &explanation.report;
    let hidden = hidden_bytes(report.packet, Some(report.tracked), explanation.secrets);
    for part in parts(screen, explanation) {
        let shown = bytes.get(part.start..part.end).unwrap_or_default();
        let span = screen.words.span(
            part.start as u64,
            part.end.saturating_sub(1) as u64,
            shown.len() as u64,
        );
        let name = paint(screen, part.layer, part.name);
        let colon = screen.words.0.pick(": ", "：");
        let span = span.replace(": ", ", ").replace('：', "，");
        screen.write(&format!("  {name}{colon}{span}\n"))?;
        for (index, row) in shown.chunks(ROW).take(MOST_ROWS).enumerate() {
            let start = part.start + index * ROW;
            let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&(start + at)));
            let offset = format!("{:04x}", part.start + index * ROW);
            let offset = screen.style.paint(Paint::Faint, &offset);
            let hex = paint(screen, part.layer, &hex(row, is_hidden));
            let gap = " ".repeat(50 - hex_width(row.len()));
            let ascii = screen.style.paint(Paint::Faint, &ascii(row, is_hidden));
            screen.write(&format!("    {offset}  {hex}{gap}{ascii}\n"))?;
        }
        let remaining = shown.len().saturating_sub(ROW * MOST_ROWS);
        if remaining > 0 {
            let more = screen.words.more_bytes(remaining as u64);
            screen.write(&format!("          {more}\n"))?;
        }
    }
    Ok(())
}

/// Headers, payload and what is neither, in the packet's order.
fn parts(screen: &Screen, explanation: &Explanation<'_>) -> Vec<Part> {
    let packet = explanation.report.packet;
    let length = packet.frame.bytes.len();
    let mut parts = Vec::new();
    let mut at = 0;
    for (index, layer) in packet.layers.iter().enumerate() {
        let start = (layer.offset as usize).min(length);
        let end = start
            .saturating_add(layer.header_length as usize)
            .min(length);
        if end > start {
            parts.push(Part {
                start,
                end,
                name: protocol_name(layer.protocol, screen.words.0),
                layer: Some(index),
            });
            at = at.max(end);
        }
    }
    let data = packet.payload.captured as usize;
    let start = (packet.payload.offset as usize).clamp(at, length.max(at));
    let end = start.saturating_add(data).min(length);
    if end > start {
        let message = packet
            .layers
            .last()
            .filter(|layer| layer.header_length == 0);
        let name = content_name(explanation, screen.words);
        parts.push(Part {
            start,
            end,
            name,
            layer: message.map(|_| packet.layers.len().saturating_sub(1)),
        });
        at = end;
    }
    if at < length {
        let name = match packet.stop {
            Some(_) if (packet.payload.padding as usize) < length - at => {
                screen.words.not_decoded()
            }
            Some(_) => screen.words.padding(),
            None => screen.words.padding(),
        };
        parts.push(Part {
            start: at,
            end: length,
            name,
            layer: None,
        });
    }
    parts
}

fn paint(screen: &Screen, layer: Option<usize>, text: &str) -> String {
    match layer {
        Some(index) => screen.style.layer(index, text),
        None => text.to_owned(),
    }
}

/// Two groups of eight.
fn hex(row: &[u8], is_hidden: impl Fn(usize) -> bool) -> String {
    let mut out = String::new();
    for (index, byte) in row.iter().enumerate() {
        if index > 0 {
            out.push_str(if index == ROW / 2 { "  " } else { " " });
        }
        match is_hidden(index) {
            true => out.push_str("**"),
            false => out.push_str(&format!("{byte:02x}")),
        }
    }
    out
}

const fn hex_width(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        1..=8 => bytes * 3 - 1,
        _ => bytes * 3,
    }
}

fn ascii(row: &[u8], is_hidden: impl Fn(usize) -> bool) -> String {
    let shown = |(at, byte): (usize, &u8)| match byte {
        _ if is_hidden(at) => '*',
        0x20..=0x7e => char::from(*byte),
        _ => '·',
    };
    row.iter().enumerate().map(shown).collect()
}
