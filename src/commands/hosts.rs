//! `wirenotes hosts FILE...`: what each host and listener was asked and how it
//! went, as tables.

use std::io::Write;

use crate::commands::analyze::{AnalyzeError, Outcome, Pass, Reading, Tick, read};
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::{Look, Report, hosts};

/// What to list.
#[derive(Debug)]
pub struct Hosts {
    /// What to read.
    pub reading: Reading,
    /// Which conversations are counted.
    pub selection: Selection,
    /// How many rows each table has.
    pub top: Top,
    /// In which form.
    pub form: Form,
    /// How it is to look.
    pub look: Look,
}

/// Lists hosts.
///
/// # Errors
/// As [`crate::commands::analyze::run`].
pub fn run(it: Hosts, out: Box<dyn Write + Send>, tick: Tick<'_>) -> Result<Outcome, AnalyzeError> {
    let pass = Pass::of_conversations(it.look.lang, it.selection);
    let (look, top, form) = (it.look, it.top, it.form);
    let make = |out| -> Box<dyn Report> { Box::new(hosts::Hosts::new(out, look, top, form)) };
    read(&it.reading, pass, make, out, tick)
}
