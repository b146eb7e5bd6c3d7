//! A first way through the captures, which finds the numbers of the conversations
//! that are asked for: most conditions are known to hold only at a conversation's
//! end.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{AnalyzeError, Outcome, Pass, Reading, Tick, read};
use crate::notes::Lang;
use crate::report::selection::{Numbers, Selection};
use crate::report::{ConversationReport, Report, Summary, Wants};

/// Reads the captures, and gives the numbers of what is selected.
pub(in crate::commands) fn choose(
    reading: &Reading,
    selection: &Selection,
    tick: Tick<'_>,
) -> Result<(Numbers, Outcome), AnalyzeError> {
    let once = |file: &PathBuf| !file.metadata().is_ok_and(|it| it.is_file() || it.is_dir());
    if reading.files.iter().any(once) {
        return Err(AnalyzeError::Twice);
    }
    let pass = Pass::of_conversations(Lang::default(), selection.clone());
    let found = Found::default();
    let report = found.clone();
    let out = Box::new(io::sink());
    let outcome = read(reading, pass, |_| Box::new(report), out, tick)?;
    let mut numbers = found.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok((std::mem::take(&mut *numbers), outcome))
}

/// Takes down the numbers of the conversations that it is told of.
#[derive(Clone, Default)]
struct Found(Arc<Mutex<Numbers>>);

impl Report for Found {
    fn wants(&self) -> Wants {
        Wants {
            conversations: true,
            ..Wants::default()
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.add(report.conversation.number);
        Ok(())
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
