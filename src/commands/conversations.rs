//! `wirenotes conversations FILE...`: the conversations that are asked for, as a
//! table.

use std::io::Write;

use crate::commands::analyze::{AnalyzeError, Outcome, Pass, Reading, Tick, read};
use crate::report::conversations::{Listing, Table};
use crate::report::selection::Selection;
use crate::report::{Look, Report};

/// What to list.
#[derive(Debug)]
pub struct Conversations {
    /// What to read.
    pub reading: Reading,
    /// Which conversations are asked for.
    pub selection: Selection,
    /// The table.
    pub table: Table,
    /// How it is to look.
    pub look: Look,
}

/// Lists conversations.
///
/// # Errors
/// As [`crate::commands::analyze::run`].
pub fn run(
    it: Conversations,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    let pass = Pass::of_conversations(it.look.lang, it.selection);
    let (look, table) = (it.look, it.table);
    let make = |out| -> Box<dyn Report> { Box::new(Listing::new(out, look, table)) };
    read(&it.reading, pass, make, out, tick)
}
