//! `wirenotes graph FILE N`: what one conversation did over time, as a picture.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::commands::analyze::{AnalyzeError, Outcome, Pass, Tick, read};
use crate::commands::named::{Found, Named, Several};
use crate::commands::output_file::{may_write, write};
use crate::report::apart::Aside;
use crate::report::graph::{Drawing, GraphKind, LadderDrawing, Wanted};
use crate::report::selection::Selection;
use crate::report::{FORMATS, Report, Show};
use crate::track::Side;

/// What to draw.
#[derive(Debug)]
pub struct Graph {
    /// The conversation, where it is read from, and how it is to look.
    pub named: Named,
    /// What is drawn.
    pub shown: Shown,
    /// Whose bytes; `None`: of the side that sent most.
    pub side: Option<Side>,
    /// Rows of the terminal.
    pub rows: usize,
    /// The file for the picture as SVG; `None`: it is drawn on the terminal.
    pub svg: Option<PathBuf>,
}

/// What is drawn of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Something over time.
    Graph(GraphKind),
    /// Its packets as a ladder.
    Ladder,
}

/// How it went.
#[derive(Debug)]
pub struct Drawn {
    /// Beside what was written.
    pub outcome: Outcome,
    /// Why there is no picture, in the reader's language.
    pub missing: Option<String>,
}

impl From<Outcome> for Drawn {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            missing: None,
        }
    }
}

/// Draws the conversation that is asked for.
///
/// # Errors
/// As [`crate::commands::analyze::run`], and when the picture's file cannot be
/// written.
pub fn run(it: Graph, out: Box<dyn Write + Send>, tick: Tick<'_>) -> Result<Drawn, AnalyzeError> {
    if let Some(path) = &it.svg {
        may_write(path, &it.named.reading.files)?;
    }
    match it.named.find(tick)? {
        Found::Number(number) => draw(it, number, out, tick),
        Found::Nothing(outcome) => Ok(outcome.into()),
        Found::Several(..) if it.svg.is_none() => Ok(it.named.list(out, tick)?.into()),
        Found::Several(count, outcome) => {
            let lang = it.named.look.lang;
            Ok(Drawn {
                outcome,
                missing: Some(Several { count, lang }.to_string()),
            })
        }
    }
}

fn draw(
    it: Graph,
    number: u64,
    mut out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Drawn, AnalyzeError> {
    let lang = it.named.look.lang;
    let pass = Pass {
        show: Show {
            conversation: Some(number),
            lang,
            ..Show::default()
        },
        ..Pass::of_conversations(lang, Selection::default())
    };
    let missing = Arc::<Mutex<Option<String>>>::default();
    let (mut look, why) = (it.named.look.clone(), Arc::clone(&missing));
    let (shown, side, rows, is_svg) = (it.shown, it.side, it.rows, it.svg.is_some());
    let make = move |out| -> Box<dyn Report> {
        match shown {
            Shown::Graph(kind) => {
                let wanted = Wanted {
                    number,
                    kind,
                    side,
                    rows,
                    is_svg,
                };
                Box::new(Drawing::new(out, look, wanted, why))
            }
            Shown::Ladder if is_svg => Box::new(LadderDrawing::new(out, look, number)),
            Shown::Ladder => {
                look.conversation = Some(number);
                (FORMATS[0].make)(out, look)
            }
        }
    };
    let picture = Aside::default();
    let outcome = read(
        &it.named.reading,
        pass,
        make,
        Box::new(picture.clone()),
        tick,
    )?;
    let known = outcome.conversations;
    let unknown = (number > known).then(|| it.named.missing(known));
    let missing = missing
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let mut drawn = Vec::new();
    picture.take(&mut drawn);
    match &it.svg {
        Some(path) if !drawn.is_empty() => write(path, &drawn, &mut *out)?,
        _ => {
            out.write_all(&drawn)?;
            out.flush()?;
        }
    }
    Ok(Drawn {
        outcome: Outcome {
            missing: unknown,
            ..outcome
        },
        missing,
    })
}
