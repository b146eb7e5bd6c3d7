//! Fields as rows: place, name, value, meaning; their checks beneath.

use std::io;

use super::value::{self, is_head, is_wrapper, place, value};
use crate::decode::FieldValue;
use crate::notes::fields::ExplainedField;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::wrap::{hang, pad, width, wrap};

/// The widest that the columns become; longer values take a line of their
/// own, longer names are broken.
const WIDEST_LABEL: usize = 22;
const WIDEST_VALUE: usize = 17;

/// Columns between two columns of the table.
const GAP: usize = 2;

/// The columns of one table.
#[derive(Clone, Copy)]
struct Columns {
    margin: usize,
    place: usize,
    label: usize,
    value: usize,
    meaning: usize,
}

/// One row before it is laid out.
pub struct Row<'a> {
    place: String,
    /// The name of the field, further in the deeper it stands.
    pub label: String,
    /// The value.
    pub value: String,
    /// The field.
    pub field: &'a ExplainedField,
}

/// The rows of a header, within `margin`.
pub fn table(
    screen: &mut Screen,
    bytes: &[u8],
    fields: &[ExplainedField],
    margin: &str,
) -> io::Result<()> {
    let mut rows = Vec::new();
    collect(screen, bytes, fields, 0, &mut rows);
    let columns = columns(screen, &rows, width(margin) + 2);
    let mut out = String::new();
    for row in &rows {
        lay_out(screen, columns, row, &mut out);
    }
    screen.write(&out)
}

/// The rows of fields, those within them behind them.
pub fn collect<'a>(
    screen: &Screen,
    bytes: &[u8],
    fields: &'a [ExplainedField],
    depth: usize,
    rows: &mut Vec<Row<'a>>,
) {
    for field in fields {
        // An option's own row tells them.
        if is_head(field) {
            continue;
        }
        if is_wrapper(field) {
            collect(screen, bytes, &field.fields, depth, rows);
            continue;
        }
        rows.push(Row {
            place: place(field),
            label: format!("{}{}", "  ".repeat(depth), field.label),
            value: value(field, bytes, screen.words),
            field,
        });
        collect(screen, bytes, &field.fields, depth + 1, rows);
    }
}

fn columns(screen: &Screen, rows: &[Row<'_>], margin: usize) -> Columns {
    let widest = |of: for<'r> fn(&'r Row<'_>) -> &'r str, most: usize| {
        rows.iter()
            .map(|row| width(of(row)))
            .filter(|wide| *wide <= most)
            .max()
            .unwrap_or(0)
    };
    let place = widest(|row| &row.place, 16);
    let label = widest(|row| &row.label, WIDEST_LABEL).max(8);
    let value = widest(|row| &row.value, WIDEST_VALUE).max(4);
    let taken = margin + place + label + value + 3 * GAP;
    Columns {
        margin,
        place,
        label,
        value,
        meaning: screen.width.saturating_sub(taken).max(12),
    }
}

fn lay_out(screen: &Screen, columns: Columns, row: &Row<'_>, out: &mut String) {
    let field = row.field;
    let unset = field.value == FieldValue::Flag(false);
    let indent = row.label.len() - row.label.trim_start().len();
    let labels: Vec<String> = wrap(row.label.trim_start(), columns.label - indent)
        .into_iter()
        .map(|line| format!("{}{line}", " ".repeat(indent)))
        .collect();
    let meanings = wrap(&field.meaning, columns.meaning);
    let is_long = width(&row.value) > columns.value;
    let values = if is_long {
        wrap(&row.value, columns.value + GAP + columns.meaning)
    } else {
        vec![row.value.clone()]
    };
    // The meaning begins on a line of its own behind a long value.
    let first_meaning = if is_long { values.len() } else { 0 };
    let lines = labels.len().max(first_meaning + meanings.len());
    for index in 0..lines {
        let mut line = " ".repeat(columns.margin);
        let place = if index == 0 { row.place.as_str() } else { "" };
        let mut cell = String::new();
        pad(&mut cell, place, columns.place + GAP);
        line.push_str(&screen.style.paint(Paint::Faint, &cell));
        let label = labels.get(index).map_or("", String::as_str);
        pad(&mut line, label, columns.label + GAP);
        let value = values.get(index).map_or("", String::as_str);
        pad(&mut line, value, columns.value + GAP);
        let meaning = index
            .checked_sub(first_meaning)
            .and_then(|index| meanings.get(index));
        let meaning = meaning.map_or("", String::as_str);
        match unset {
            true => line.push_str(&screen.style.paint(Paint::Faint, meaning)),
            false => line.push_str(meaning),
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    checks(screen, columns, field, out);
}

/// Writes checks under the field's name, where there is more room than under
/// its meaning.
fn checks(screen: &Screen, columns: Columns, field: &ExplainedField, out: &mut String) {
    let indent = columns.margin + columns.place + GAP;
    let (first, rest) = (" ".repeat(indent), " ".repeat(indent + 2));
    for check in &field.checks {
        let line = value::check(field, check, screen);
        hang(out, &first, &rest, &line, screen.width);
    }
}
