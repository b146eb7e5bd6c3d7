//! Each layer as a table of its fields.

use std::io;

use super::{Explanation, fields};
use crate::notes::fields::ExplainedLayer;
use crate::notes::{model_layers, protocol_name};
use crate::report::style::Paint;
use crate::report::text::screen::Screen;

pub fn write(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    for (index, layer) in explanation.layers.iter().enumerate() {
        one(screen, explanation, layer, index, "")?;
    }
    if explanation.quoted.is_empty() {
        return Ok(());
    }
    screen.heading(screen.words.quoted_packet())?;
    let outside = explanation.layers.len();
    for (index, layer) in explanation.quoted.iter().enumerate() {
        one(screen, explanation, layer, outside + index, "  ")?;
    }
    Ok(())
}

fn one(
    screen: &mut Screen,
    explanation: &Explanation<'_>,
    layer: &ExplainedLayer,
    index: usize,
    margin: &str,
) -> io::Result<()> {
    let words = screen.words;
    let (start, bytes) = (layer.bit_offset / 8, layer.bit_length / 8);
    let name = protocol_name(layer.protocol, words.0);
    let name = screen.style.layer(index, name);
    let name = screen.style.paint(Paint::Heading, &name);
    let span = words.span(start, (start + bytes).saturating_sub(1), bytes);
    let place = model_layers(layer.protocol, words.0);
    let broken = match layer.is_broken {
        true => words.broken_here(),
        false => "",
    };
    let span = format!("{span} · {place}{broken}");
    let span = screen.style.paint(Paint::Faint, &span);
    screen.write(&format!("\n{margin}{name}  {span}\n"))?;
    fields::table(
        screen,
        explanation.report.packet.frame.bytes,
        &layer.fields,
        margin,
    )
}
