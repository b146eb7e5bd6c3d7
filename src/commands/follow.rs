//! `wirenotes follow FILE N`: the bytes of one conversation, as its ends had them.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use crate::commands::analyze::{
    AnalyzeError, MOST_LISTED, Missing, Outcome, Pass, Reading, Tick, choose, read,
};
use crate::commands::conversations::{self, Conversations};
use crate::notes::Lang;
use crate::report::conversations::{Sort, Table};
use crate::report::follow::{Gaps, Raw, Transcript};
use crate::report::numbers::grouped;
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::{Look, Report, Show, document_of_bytes, lines_of_bytes};
use crate::track::Side;

/// What to follow.
#[derive(Debug)]
pub struct Follow {
    /// What to read.
    pub reading: Reading,
    /// The conversation's number, if it is named by that.
    pub number: Option<u64>,
    /// Which conversations are asked for otherwise: one must be.
    pub selection: Selection,
    /// How it is named, as it was typed; empty where it is not.
    pub named: String,
    /// In which form.
    pub view: View,
    /// How it is to look.
    pub look: Look,
}

/// How bytes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// As text.
    Text,
    /// In hexadecimal beside the text.
    Hex,
    /// Those of one side as they are, and nothing else.
    Raw(Side),
    /// One JSON document.
    Document,
    /// One JSON object a line.
    Lines,
}

/// How it went.
#[derive(Debug)]
pub struct Followed {
    /// Beside what was written.
    pub outcome: Outcome,
    /// What was missing in bytes that were written as they are.
    pub gaps: Gaps,
    /// Several conversations are asked for, where there is room for one alone.
    pub several: Option<Several>,
}

/// Several conversations are asked for.
#[derive(Debug)]
pub struct Several {
    count: u64,
    lang: Lang,
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

impl From<Outcome> for Followed {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            gaps: Gaps::default(),
            several: None,
        }
    }
}

/// Writes the bytes of the conversation that is asked for.
///
/// # Errors
/// As [`crate::commands::analyze::run`].
pub fn run(
    it: Follow,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Followed, AnalyzeError> {
    if let (Some(number), true) = (it.number, it.selection.is_empty()) {
        return follow(it, number, out, tick);
    }
    let (found, outcome) = choose(&it.reading, &it.selection, tick)?;
    let number = match it.number {
        Some(number) => found.has(number).then_some(number),
        None => found.only(),
    };
    if outcome.interrupted {
        return Ok(outcome.into());
    }
    match number {
        Some(number) => follow(it, number, out, tick),
        None if it.number.is_none() && found.count() > 1 => match it.view {
            View::Text | View::Hex => Ok(list(it, out, tick)?.into()),
            _ => Ok(Followed {
                several: Some(Several {
                    count: found.count(),
                    lang: it.look.lang,
                }),
                ..outcome.into()
            }),
        },
        None => {
            let missing = Some(missing(&it, outcome.conversations));
            Ok(Outcome { missing, ..outcome }.into())
        }
    }
}

/// Lists the conversations that are asked for.
fn list(it: Follow, out: Box<dyn Write + Send>, tick: Tick<'_>) -> Result<Outcome, AnalyzeError> {
    let listed = Conversations {
        reading: it.reading,
        selection: it.selection,
        table: Table {
            sort: Sort::Start,
            top: Top::Rows(MOST_LISTED),
            form: Form::Text,
        },
        look: Look {
            selecting: it.named,
            ..it.look
        },
    };
    conversations::run(listed, out, tick)
}

fn follow(
    it: Follow,
    number: u64,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Followed, AnalyzeError> {
    let lang = it.look.lang;
    let pass = Pass {
        show: Show {
            conversation: Some(number),
            lang,
            ..Show::default()
        },
        bytes_of: Some(number),
        ..Pass::of_conversations(lang, Selection::default())
    };
    let gaps = Arc::<Mutex<Gaps>>::default();
    let (view, look) = (it.view, it.look.clone());
    let taken_down = Arc::clone(&gaps);
    let make = move |out| -> Box<dyn Report> {
        match view {
            View::Text | View::Hex => {
                Box::new(Transcript::new(out, look, number, view == View::Hex))
            }
            View::Raw(side) => Box::new(Raw::new(out, side, taken_down)),
            View::Document => document_of_bytes(out),
            View::Lines => lines_of_bytes(out),
        }
    };
    let outcome = read(&it.reading, pass, make, out, tick)?;
    let missing = (number > outcome.conversations).then(|| missing(&it, outcome.conversations));
    let mut gaps = gaps.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Followed {
        gaps: std::mem::take(&mut *gaps),
        ..Outcome { missing, ..outcome }.into()
    })
}

/// The conversation that is asked for, of which there are only so many.
fn missing(it: &Follow, known: u64) -> Missing {
    Missing {
        named: it.named.clone(),
        known,
        filtered: it.reading.filter.is_some(),
        selecting: it.look.selecting.clone(),
        lang: it.look.lang,
    }
}
