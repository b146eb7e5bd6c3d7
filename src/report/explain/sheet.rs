//! A packet for a viewer that lays it out itself: its bytes, and its fields as rows,
//! each with the bits that it takes, what it means, and its checks. The words are
//! those of the tables.

use std::io;
use std::ops::Range;

use super::Explanation;
use super::fields::collect;
use super::value::check;
use crate::notes::fields::ExplainedLayer;
use crate::notes::{model_layers, protocol_name};
use crate::report::Look;
use crate::report::text::screen::Screen;

/// A packet, field by field.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its bytes as captured, secrets hidden.
    pub bytes: Vec<u8>,
    /// Layers and their fields, in wire order.
    pub rows: Vec<SheetRow>,
}

/// A layer or a field.
#[derive(Clone, Debug)]
pub struct SheetRow {
    /// It is the head of a layer.
    pub is_layer: bool,
    /// Its name, further in the deeper it stands.
    pub label: String,
    /// Its value, or what the layer is; may be empty.
    pub value: String,
    /// What it means, and its checks; a paragraph each.
    pub said: Vec<String>,
    /// The bits that it takes, from the packet's first.
    pub bits: Range<u64>,
}

/// The sheet of a packet.
#[must_use]
pub fn sheet(look: Look, explanation: &Explanation<'_>) -> Sheet {
    let screen = Screen::new(Box::new(io::sink()), look);
    let bytes = explanation.report.packet.frame.bytes;
    let mut rows = Vec::new();
    for layer in &explanation.layers {
        add(&screen, bytes, layer, &mut rows);
    }
    if !explanation.quoted.is_empty() {
        rows.push(SheetRow {
            is_layer: true,
            label: screen.words.quoted_packet().to_owned(),
            value: String::new(),
            said: Vec::new(),
            bits: 0..0,
        });
        for layer in &explanation.quoted {
            add(&screen, bytes, layer, &mut rows);
        }
    }
    Sheet {
        bytes: bytes.to_vec(),
        rows,
    }
}

fn add(screen: &Screen, bytes: &[u8], layer: &ExplainedLayer, rows: &mut Vec<SheetRow>) {
    let words = screen.words;
    let (start, length) = (layer.bit_offset / 8, layer.bit_length / 8);
    let broken = match layer.is_broken {
        true => words.broken_here(),
        false => "",
    };
    let span = words.span(start, (start + length).saturating_sub(1), length);
    rows.push(SheetRow {
        is_layer: true,
        label: protocol_name(layer.protocol, words.0).to_owned(),
        value: format!("{}{broken}", model_layers(layer.protocol, words.0)),
        said: vec![span],
        bits: layer.bit_offset..layer.bit_offset.saturating_add(layer.bit_length),
    });
    let mut fields = Vec::new();
    collect(screen, bytes, &layer.fields, 1, &mut fields);
    rows.extend(fields.into_iter().map(|row| {
        let field = row.field;
        let checks = field.checks.iter().map(|one| check(field, one, screen));
        let meaning = Some(field.meaning.clone()).filter(|meaning| !meaning.is_empty());
        SheetRow {
            is_layer: false,
            label: row.label,
            value: row.value,
            said: meaning.into_iter().chain(checks).collect(),
            bits: field.bit_offset..field.bit_offset.saturating_add(field.bit_length),
        }
    }));
}
