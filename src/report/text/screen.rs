//! What every text renderer writes on: the output with its width, colours and
//! words.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use super::when::TimeColumn;
use crate::report::Look;
use crate::report::style::{Paint, Style};
use crate::report::words::Words;
use crate::report::wrap::hang;

/// Narrower than this nothing is laid out well.
const NARROWEST: usize = 40;

/// The page.
pub struct Screen {
    out: Box<dyn Write + Send>,
    /// How it is to look.
    pub look: Look,
    /// The words of the reader's language.
    pub words: Words,
    /// The colours.
    pub style: Style,
    /// The width in columns.
    pub width: usize,
    /// The times of packets.
    pub time: TimeColumn,
}

impl Screen {
    /// An empty page.
    pub fn new(out: Box<dyn Write + Send>, look: Look) -> Self {
        Self {
            out,
            words: Words(look.lang),
            style: look.style,
            width: look.width.max(NARROWEST),
            time: TimeColumn::new(&look),
            look,
        }
    }

    /// Writes text as it is.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// The output itself, for what is not text.
    pub fn output(&mut self) -> &mut (dyn Write + Send) {
        &mut *self.out
    }

    /// An empty line and a heading.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.paint(Paint::Heading, text);
        self.write(&format!("\n{text}\n"))
    }

    /// A paragraph, its first line behind `first`, the others behind `rest`.
    pub fn paragraph(&mut self, first: &str, rest: &str, text: &str) -> io::Result<()> {
        let mut out = String::new();
        hang(&mut out, first, rest, text, self.width);
        self.write(&out)
    }

    /// A laid-out table, two columns from the left, its head so many lines.
    pub fn table(&mut self, table: &Table, head: usize) -> io::Result<()> {
        for (index, line) in table.lines().enumerate() {
            let line = format!("  {}", line.trim_end());
            let line = match index < head {
                true => self.style.paint(Paint::Faint, line.trim_end()),
                false => line.trim_end().to_owned(),
            };
            self.write(&format!("{line}\n"))?;
        }
        Ok(())
    }

    /// Flushes what was written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A table without rules or borders, two columns between its cells. `right`:
/// the columns whose cells stand to the right.
pub fn lay_out(mut table: Table, right: &[usize]) -> Table {
    table.load_style(presets::NOTHING);
    let last = table.column_count().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { 2 }));
        if right.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
