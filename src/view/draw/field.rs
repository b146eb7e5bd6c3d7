//! A packet field by field: what the selected one means, and where it stands in the
//! bytes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::super::Viewer;
use super::{below, put, put_lines, row, rule};
use crate::escape::escape;
use crate::report::explain::{Sheet, SheetRow};
use crate::report::wrap::{cut, pad, width, wrap};

/// Columns of the names of fields, at the most.
const WIDEST_LABEL: usize = 32;

/// The layers and fields of a packet, a line each.
pub(in crate::view) fn rows(sheet: &Sheet) -> String {
    let labels = sheet.rows.iter().map(|row| width(&row.label));
    let columns = labels.max().unwrap_or(0).min(WIDEST_LABEL);
    let line = |row: &SheetRow| {
        let mut line = String::new();
        pad(&mut line, &cut(&row.label, columns), columns + 2);
        line.push_str(&escape(&row.value));
        line
    };
    let lines: Vec<String> = sheet.rows.iter().map(line).collect();
    lines.join("\n")
}

/// Bytes in a row of a dump.
const DUMP: usize = 16;

/// What the selected field means, and all bytes, its own set off.
pub(super) fn field(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    let screen = viewer.screen();
    let selected = screen
        .main
        .number()
        .and_then(|at| screen.sheet.rows.get(at as usize));
    let title = selected.map_or("", |row| row.label.trim());
    rule(buffer, row(area, 0), title, false);
    let area = below(area, 1);
    let columns = usize::from(area.width);
    let mut said: Vec<String> = Vec::new();
    for text in selected.iter().flat_map(|row| &row.said) {
        said.extend(wrap(text, columns));
    }
    let bits = selected.map_or(0..0, |row| row.bits.clone());
    let bytes = (bits.start / 8) as usize..bits.end.div_ceil(8) as usize;
    let half = Rect {
        height: area.height / 2,
        ..area
    };
    let taken = put_lines(buffer, half, &said);
    let dump = below(area, taken);
    let rows = usize::from(dump.height);
    // The first of its bytes is always seen.
    let first = (bytes.start / DUMP).saturating_sub(rows / 2);
    let last = screen.sheet.bytes.len().div_ceil(DUMP).saturating_sub(rows);
    let top = first.min(last);
    let lines = screen
        .sheet
        .bytes
        .chunks(DUMP)
        .enumerate()
        .skip(top)
        .take(rows);
    for ((at, line), y) in lines.zip(0_u16..) {
        let offset = format!("  {:04x}  ", at * DUMP);
        put(
            buffer,
            dump,
            y,
            &offset,
            Style::new().add_modifier(Modifier::DIM),
        );
        for (place, byte) in line.iter().enumerate() {
            let style = match bytes.contains(&(at * DUMP + place)) {
                true => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
                false => Style::new(),
            };
            let character = match byte {
                0x20..=0x7e => char::from(*byte),
                _ => '·',
            };
            let gap = if place >= DUMP / 2 { 1 } else { 0 };
            let hex = Rect {
                x: dump.x + (8 + place * 3 + gap) as u16,
                ..dump
            };
            let text = Rect {
                x: dump.x + (10 + DUMP * 3 + place) as u16,
                ..dump
            };
            for (cell, shown) in [(hex, format!("{byte:02x}")), (text, character.to_string())] {
                if usize::from(cell.x - dump.x) + shown.len() <= columns {
                    buffer.set_stringn(cell.x, dump.y + y, &shown, 2, style);
                }
            }
        }
    }
}
