//! What tables of many rows have in common: how many rows are shown, the formats
//! for scripts, the columns of text.

use std::io::{self, Write};

use serde::Serialize;

use super::style::Paint;
use super::text::screen::Screen;
use super::wrap::{cut, pad, width};

/// How many rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Top {
    /// So many at most.
    Rows(usize),
    /// All of them.
    All,
}

impl Top {
    /// So many, or all.
    #[must_use]
    pub fn most(self) -> usize {
        match self {
            Self::Rows(most) => most,
            Self::All => usize::MAX,
        }
    }
}

/// A table's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For reading.
    Text,
    /// One JSON document.
    Document,
    /// One JSON object a line.
    Lines,
    /// Values with commas between them (RFC 4180), a head before them.
    Csv,
}

/// Every form by its name on the command line.
pub const FORMS: [(&str, Form); 4] = [
    ("text", Form::Text),
    ("json", Form::Document),
    ("ndjson", Form::Lines),
    ("csv", Form::Csv),
];

/// Writes rows for scripts as they come, and then the sums.
///
/// # Errors
/// When they cannot be written.
pub(super) fn write_records<R: Serialize>(
    form: Form,
    out: &mut dyn Write,
    rows: impl Iterator<Item = R>,
    sums: &impl Serialize,
) -> io::Result<()> {
    match form {
        Form::Csv => {
            let mut lines = csv::Writer::from_writer(out);
            for row in rows {
                lines.serialize(row).map_err(io::Error::other)?;
            }
            return lines.flush();
        }
        Form::Document => {
            out.write_all(b"{\"rows\":[")?;
            for (place, row) in rows.enumerate() {
                out.write_all(if place == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *out, &row)?;
            }
            out.write_all(b"\n],\n\"table\":")?;
            serde_json::to_writer(&mut *out, sums)?;
            out.write_all(b"}\n")?;
        }
        Form::Text | Form::Lines => {
            for row in rows {
                serde_json::to_writer(&mut *out, &row)?;
                out.write_all(b"\n")?;
            }
            serde_json::to_writer(&mut *out, sums)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}

/// A column of text: its head, its cells, and how it stands.
pub(super) struct Column {
    pub(super) head: String,
    pub(super) cells: Vec<String>,
    pub(super) to_the_right: bool,
}

impl Column {
    /// Columns of the terminal that it takes.
    pub(super) fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| width(cell));
        cells.max().unwrap_or(0).max(width(&self.head))
    }
}

/// Writes columns side by side, two apart; the last is cut where it does not fit.
/// Their head stands above those that come first, and the others, which come in
/// blocks, are as wide at least.
///
/// # Errors
/// When they cannot be written.
pub(super) fn write_columns(
    screen: &mut Screen,
    columns: &[Column],
    widths: &mut Vec<usize>,
) -> io::Result<()> {
    let is_first = widths.is_empty();
    widths.resize(columns.len(), 0);
    for (widest, column) in widths.iter_mut().zip(columns) {
        *widest = (*widest).max(column.width());
    }
    let line = |cell: &dyn Fn(&Column) -> String| {
        let mut line = String::new();
        for (column, widest) in columns.iter().zip(widths.iter()) {
            line.push_str("  ");
            let cell = cell(column);
            match column.to_the_right {
                true => {
                    line.push_str(&" ".repeat(widest.saturating_sub(width(&cell))));
                    line.push_str(&cell);
                }
                false => pad(&mut line, &cell, *widest),
            }
        }
        cut(line.trim_end(), screen.width)
    };
    let head = line(&|column| column.head.clone());
    let rows = columns.iter().map(|column| column.cells.len()).max();
    let rows: Vec<_> = (0..rows.unwrap_or(0))
        .map(|row| line(&|column| column.cells.get(row).cloned().unwrap_or_default()))
        .collect();
    let head = screen.style.paint(Paint::Faint, &head);
    if is_first {
        screen.write(&format!("{head}\n"))?;
    }
    for row in rows {
        screen.write(&format!("{row}\n"))?;
    }
    Ok(())
}
