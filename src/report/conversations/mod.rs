//! `wirenotes conversations`: ended conversations come in as they are chosen, and
//! go out as a table, sorted, in text or for scripts.

mod order;
mod row;
mod text;
mod worst;

use std::io::{self, Write};

use serde::Serialize;

use super::table::{Form, Top, write_records};
use super::text::screen::Screen;
use super::{ConversationReport, Look, Report, Summary, Wants};
use order::Kept;
use row::Record;

pub use order::Sort;
pub use worst::{Line, Worst};

/// How a table of conversations is to look.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it is sorted by.
    pub sort: Sort,
    /// How many rows are shown.
    pub top: Top,
    /// In which form.
    pub form: Form,
}

/// The renderer of the table.
pub struct Listing {
    out: Screen,
    table: Table,
    kept: Kept,
}

/// What the rows are rows of, for scripts.
#[derive(Serialize)]
struct Sums {
    record: &'static str,
    rows: u64,
    selected: u64,
    conversations: u64,
    packets: u64,
    packets_read: Option<u64>,
}

impl Listing {
    /// A table without rows.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, look: Look, table: Table) -> Self {
        Self {
            out: Screen::new(out, look),
            kept: Kept::new(table.sort, table.top),
            table,
        }
    }
}

impl Report for Listing {
    fn wants(&self) -> Wants {
        Wants {
            conversations: true,
            groups: true,
            ..Wants::default()
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.kept.add(report);
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.packets == 0 && summary.faults > 0 {
            // Nothing was read: the error messages say it all.
            return Ok(());
        }
        let empty = Kept::new(self.table.sort, self.table.top);
        let kept = std::mem::replace(&mut self.kept, empty);
        let selected = kept.all();
        let (sorted, names) = kept.sorted();
        if self.table.form == Form::Text {
            return text::write(
                &mut self.out,
                &self.table,
                summary,
                selected,
                sorted,
                &names,
            );
        }
        let sums = Sums {
            record: "table",
            rows: selected.min(self.table.top.most() as u64),
            selected,
            conversations: summary.conversations,
            packets: summary.packets,
            packets_read: summary.read,
        };
        let records = sorted.map(|row| Record::new(&row, &names));
        write_records(self.table.form, self.out.output(), records, &sums)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
