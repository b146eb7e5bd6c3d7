//! The one conversation that a command is about: named by its number, or by words
//! that select it. Where several fit, they are listed.

use std::fmt;
use std::io::Write;

use super::analyze::{AnalyzeError, MOST_LISTED, Missing, Outcome, Reading, Tick, choose};
use super::conversations::{self, Conversations};
use crate::notes::Lang;
use crate::report::Look;
use crate::report::conversations::{Sort, Table};
use crate::report::numbers::grouped;
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};

/// A conversation as it was asked for.
#[derive(Clone, Debug)]
pub struct Named {
    /// What to read.
    pub reading: Reading,
    /// Its number, if it is named by that.
    pub number: Option<u64>,
    /// Which conversations are asked for otherwise: one must be.
    pub selection: Selection,
    /// How it is named, as it was typed; empty where it is not.
    pub typed: String,
    /// How the output is to look.
    pub look: Look,
}

/// Which conversation that is.
#[derive(Debug)]
pub(in crate::commands) enum Found {
    /// This one, though it need not exist where it is named by its number alone.
    Number(u64),
    /// So many fit.
    Several(u64, Outcome),
    /// None: the outcome says so, or the reading was interrupted.
    Nothing(Outcome),
}

/// Several conversations are asked for, where there is room for one alone.
#[derive(Debug)]
pub struct Several {
    /// How many.
    pub(in crate::commands) count: u64,
    pub(in crate::commands) lang: Lang,
}

impl fmt::Display for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = grouped(self.count);
        match self.lang {
            Lang::En => write!(
                f,
                "{count} conversations fit: name one by its number, as `wirenotes conversations` \
                 lists them"
            ),
            Lang::Zh => write!(
                f,
                "有 {count} 个会话符合：请用编号指明一个，编号由 wirenotes conversations 列出"
            ),
        }
    }
}

impl Named {
    /// Finds it, by reading the captures once where words select.
    pub(in crate::commands) fn find(&self, tick: Tick<'_>) -> Result<Found, AnalyzeError> {
        if let (Some(number), true) = (self.number, self.selection.is_empty()) {
            return Ok(Found::Number(number));
        }
        let (found, outcome) = choose(&self.reading, &self.selection, tick)?;
        if outcome.interrupted {
            return Ok(Found::Nothing(outcome));
        }
        let number = match self.number {
            Some(number) => found.has(number).then_some(number),
            None => found.only(),
        };
        Ok(match number {
            Some(number) => Found::Number(number),
            None if self.number.is_none() && found.count() > 1 => {
                Found::Several(found.count(), outcome)
            }
            None => {
                let missing = Some(self.missing(outcome.conversations));
                Found::Nothing(Outcome { missing, ..outcome })
            }
        })
    }

    /// Lists the conversations that are asked for.
    pub(in crate::commands) fn list(
        self,
        out: Box<dyn Write + Send>,
        tick: Tick<'_>,
    ) -> Result<Outcome, AnalyzeError> {
        let listed = Conversations {
            reading: self.reading,
            selection: self.selection,
            table: Table {
                sort: Sort::Start,
                top: Top::Rows(MOST_LISTED),
                form: Form::Text,
            },
            look: Look {
                selecting: self.typed,
                ..self.look
            },
        };
        conversations::run(listed, out, tick)
    }

    /// The conversation that is asked for, of which there are only so many.
    pub(in crate::commands) fn missing(&self, known: u64) -> Missing {
        Missing {
            named: self.typed.clone(),
            known,
            filtered: self.reading.filter.is_some(),
            selecting: self.look.selecting.clone(),
            lang: self.look.lang,
        }
    }
}
