//! `wirenotes follow FILE N`: the bytes of one conversation, as its ends had them.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use crate::commands::analyze::{AnalyzeError, Outcome, Pass, Tick, read};
use crate::commands::named::{Found, Named, Several};
use crate::report::follow::{Gaps, Raw, Transcript};
use crate::report::selection::Selection;
use crate::report::{Report, Show, document_of_bytes, lines_of_bytes};
use crate::track::Side;

/// What to follow.
#[derive(Debug)]
pub struct Follow {
    /// The conversation, where it is read from, and how it is to look.
    pub named: Named,
    /// In which form.
    pub view: View,
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
    match it.named.find(tick)? {
        Found::Number(number) => follow(it, number, out, tick),
        Found::Nothing(outcome) => Ok(outcome.into()),
        Found::Several(..) if matches!(it.view, View::Text | View::Hex) => {
            Ok(it.named.list(out, tick)?.into())
        }
        Found::Several(count, outcome) => Ok(Followed {
            several: Some(Several {
                count,
                lang: it.named.look.lang,
            }),
            ..outcome.into()
        }),
    }
}

fn follow(
    it: Follow,
    number: u64,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Followed, AnalyzeError> {
    let lang = it.named.look.lang;
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
    let (view, look) = (it.view, it.named.look.clone());
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
    let outcome = read(&it.named.reading, pass, make, out, tick)?;
    let known = outcome.conversations;
    let missing = (number > known).then(|| it.named.missing(known));
    let mut gaps = gaps.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Followed {
        gaps: std::mem::take(&mut *gaps),
        ..Outcome { missing, ..outcome }.into()
    })
}
