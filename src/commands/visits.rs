//! `wirenotes visits FILE...`: what each visit's time went to, as bars.

use std::io::Write;

use crate::commands::analyze::{AnalyzeError, Outcome, Pass, Reading, Tick, read};
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::{Look, Report, visits};

/// What to draw.
#[derive(Debug)]
pub struct Visits {
    /// What to read.
    pub reading: Reading,
    /// Of which conversations.
    pub selection: Selection,
    /// How many visits are shown.
    pub top: Top,
    /// In which form.
    pub form: Form,
    /// How it is to look.
    pub look: Look,
}

/// Draws visits.
///
/// # Errors
/// As [`crate::commands::analyze::run`].
pub fn run(
    it: Visits,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    let selects = !it.selection.is_empty();
    let pass = Pass::of_conversations(it.look.lang, it.selection);
    let (look, top, form) = (it.look, it.top, it.form);
    let make =
        |out| -> Box<dyn Report> { Box::new(visits::Visits::new(out, look, top, form, selects)) };
    read(&it.reading, pass, make, out, tick)
}
