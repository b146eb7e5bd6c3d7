//! The answers to what the viewer asks: the texts that the other commands print, at
//! the width of the pane.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::View;
use crate::commands::analyze::{self, Analyze, AnalyzeError, Outcome, Pass, Reading, read};
use crate::commands::explain::{self, Explain, Subject};
use crate::commands::follow::{self, Follow};
use crate::commands::graph::{self, Graph, Shown};
use crate::commands::kept::Kept;
use crate::commands::named::Named;
use crate::commands::notes::{self, Question as Note};
use crate::escape::shell_word;
use crate::notes::Lang;
use crate::report::conversations::{Listing, Sort, Table};
use crate::report::errors::InLanguage;
use crate::report::graph::GraphKind;
use crate::report::hosts::Hosts;
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::visits::Visits;
use crate::report::{ExchangeList, FORMATS, Format, Look, Notes, Presenter, Report, Show};
use crate::track::PacketNumber;
use crate::view::{Answered, Asked, Content, PACKETS_AT_ONCE, Question};

/// Bytes of a text that are kept: what a pane can show of a conversation of
/// gigabytes is its beginning.
const MOST_BYTES: usize = 4 << 20;

/// Rows of a table.
const MOST_ROWS: usize = 1_000;

/// Takes down what is written, up to a bound; then it ends the reading.
#[derive(Clone)]
pub(super) struct Page {
    bytes: Arc<Mutex<Vec<u8>>>,
    interrupt: Arc<AtomicBool>,
}

impl Page {
    pub(super) fn new(interrupt: &Arc<AtomicBool>) -> Self {
        Self {
            bytes: Arc::default(),
            interrupt: Arc::clone(interrupt),
        }
    }

    pub(super) fn output(&self) -> Box<dyn Write + Send> {
        Box::new(self.clone())
    }

    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// All of it, as an answer.
    pub(super) fn answer(&self) -> Answered {
        Answered {
            content: Content::Text(self.text()),
            command: None,
        }
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut page = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST_BYTES.saturating_sub(page.len());
        page.extend(bytes.iter().take(room));
        if room < bytes.len() {
            self.interrupt.store(true, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is to be said of an error.
pub(super) fn told(error: &dyn InLanguage, lang: Lang) -> String {
    error.told(lang).to_string()
}

/// What could not be read.
pub(super) fn faults(outcome: &Outcome, lang: Lang) -> Vec<String> {
    outcome
        .faults
        .iter()
        .map(|fault| told(fault, lang))
        .collect()
}

/// The answer to a question, or why there is none; `kept`: what the reading has found
/// of each packet.
pub(super) fn answer(
    view: &View,
    kept: Option<&Kept>,
    asked: Asked,
    interrupt: &Arc<AtomicBool>,
) -> Result<Answered, String> {
    let page = Page::new(interrupt);
    let reading = Reading {
        interrupt: Arc::clone(interrupt),
        ..view.reading.clone()
    };
    let look = Look {
        lang: asked.lang,
        width: asked.width,
        command: String::new(),
        listing: String::new(),
        ..view.look.clone()
    };
    let lang = asked.lang;
    let kept = || kept.ok_or_else(|| nothing_kept(lang));
    let out = page.output();
    let tick = &mut |_, _| {};
    let selection = Selection::default();
    let outcome = match asked.question {
        Question::Note(name) => return note(&page, Note::Named(name), &look),
        Question::Notes => return note(&page, Note::All, &look),
        Question::Explain { number, long } => {
            let explain = explained(kept()?, &page, number, Look { long, ..look });
            explain::run(&explain, || page.output()).map_err(|error| told(&error, lang))?;
            return Ok(Answered {
                command: command(kept()?, number),
                ..page.answer()
            });
        }
        Question::Fields(number) => {
            let explain = explained(kept()?, &page, number, look);
            let sheet = explain::fields(&explain, kept()?, number);
            let sheet = sheet.map_err(|error| told(&error, lang))?;
            return Ok(Answered {
                content: Content::Sheet(Box::new(sheet)),
                command: command(kept()?, number),
            });
        }
        Question::Packets { from } => {
            packets(kept()?, look, from, &page)?;
            return Ok(page.answer());
        }
        question @ (Question::Conversations { .. }
        | Question::Exchanges
        | Question::Visits
        | Question::Hosts) => {
            let selection = match &question {
                Question::Conversations { words, .. } => (view.select)(words, view.utc, lang)?,
                _ => selection,
            };
            let pass = Pass::of_conversations(lang, selection);
            let report = table(&question, page.output(), look).ok_or_else(String::new)?;
            read(&reading, pass, |_| report, out, tick)
        }
        Question::Conversation { number, unfold } => {
            let look = Look { unfold, ..look };
            let ladder = analysis(reading, look, Some(number), selection)?;
            analyze::run(ladder, out, tick)
        }
        Question::Follow(number) => {
            let followed = Follow {
                named: named(reading, look, number),
                view: follow::View::Text,
            };
            follow::run(followed, out, tick).map(|followed| followed.outcome)
        }
        Question::Graph { number, rows } => {
            let graph = Graph {
                named: named(reading, look, number),
                shown: Shown::Graph(GraphKind::default()),
                side: None,
                rows,
                svg: None,
            };
            let drawn = graph::run(graph, out, tick).map_err(|error| told(&error, lang))?;
            if let Some(missing) = drawn.missing {
                return Err(missing);
            }
            Ok(drawn.outcome)
        }
    };
    let outcome = outcome.map_err(|error| told(&error, lang))?;
    match outcome.missing {
        Some(missing) => Err(missing.to_string()),
        None => Ok(page.answer()),
    }
}

/// What draws up the table that is asked for, if one is.
pub(super) fn table(
    question: &Question,
    out: Box<dyn Write + Send>,
    look: Look,
) -> Option<Box<dyn Report>> {
    let (top, form) = (Top::Rows(MOST_ROWS), Form::Text);
    Some(match question {
        Question::Conversations { words, sort } => {
            let sort = Sort::NAMED.iter().find(|(name, _)| name == sort);
            let sort = sort.map(|(_, sort)| *sort).unwrap_or_default();
            let look = Look {
                selecting: words.clone(),
                ..look
            };
            Box::new(Listing::new(out, look, Table { sort, top, form }))
        }
        Question::Exchanges => Box::new(ExchangeList::new(out, look)),
        Question::Visits => Box::new(Visits::new(out, look, top, form, false)),
        Question::Hosts => Box::new(Hosts::new(out, look, top, form)),
        _ => return None,
    })
}

fn note(page: &Page, question: Note, look: &Look) -> Result<Answered, String> {
    let mut out = page.output();
    notes::run(&mut out, &question, look.lang, look.width, look.style.color)
        .map_err(|error| told(&error, look.lang))?;
    Ok(page.answer())
}

/// Why there is no answer where packets are not kept.
pub(super) fn nothing_kept(lang: Lang) -> String {
    let why = lang.pick(
        "nothing is kept of the packets, so that none can be shown again",
        "没有保存报文的分析结果，无法再次显示",
    );
    why.to_owned()
}

/// The command that explains a packet where several files are read: it takes one.
fn command(kept: &Kept, number: PacketNumber) -> Option<String> {
    if kept.files().len() < 2 {
        return None;
    }
    let (file, number) = kept.place_of(number)?;
    (file != "-").then(|| {
        let file = shell_word(file.as_ref());
        format!("wirenotes explain {file} {number}")
    })
}

/// A conversation by its number.
fn named(reading: Reading, look: Look, number: u64) -> Named {
    Named {
        reading,
        number: Some(number),
        selection: Selection::default(),
        typed: number.to_string(),
        look,
    }
}

/// What is asked of `explain`.
fn explained(kept: &Kept, page: &Page, number: PacketNumber, look: Look) -> Explain {
    Explain {
        subject: Subject::Kept(kept.clone(), number),
        link: None,
        field: None,
        compare: false,
        form: explain::Form::Text,
        look,
        interrupt: Arc::clone(&page.interrupt),
    }
}

/// The registry's format for reading.
fn text_format() -> Result<&'static Format, String> {
    FORMATS.first().ok_or_else(String::new)
}

pub(super) fn analysis(
    reading: Reading,
    look: Look,
    conversation: Option<u64>,
    selection: Selection,
) -> Result<Analyze, String> {
    Ok(Analyze {
        reading,
        show: Show {
            lang: look.lang,
            conversation,
            ..Show::default()
        },
        selection,
        named: None,
        format: text_format()?,
        look: Look {
            conversation,
            notes: Some(Notes::None),
            ..look
        },
        write: None,
        #[cfg(feature = "parquet")]
        tables: None,
        fail_on: None,
    })
}

/// So many packets from one on, or the last so many.
fn packets(kept: &Kept, look: Look, from: PacketNumber, page: &Page) -> Result<(), String> {
    let most = PACKETS_AT_ONCE;
    let last = kept.number_at(kept.count().saturating_sub(most));
    let from = from.min(last.unwrap_or(from));
    let lang = look.lang;
    let look = Look {
        packets: true,
        notes: Some(Notes::None),
        ..look
    };
    let show = Show {
        lang,
        ..Show::default()
    };
    let mut presenter = Presenter::new((text_format()?.make)(page.output(), look), show);
    if let Some(first_ns) = kept.first_ns() {
        presenter.begins(first_ns);
    }
    let of_several = kept.files().len() > 1;
    let (mut count, mut written) = (0, Ok(()));
    let each = kept.each(from, None, &page.interrupt, |one| {
        let file = of_several.then_some(one.file);
        written = presenter.packet(one.packet, one.output, file);
        count += 1;
        match count == most || written.is_err() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    each.map_err(|error| told(&error, lang))?;
    let written = written.and_then(|()| presenter.flush());
    written.map_err(|error| told(&AnalyzeError::Write(error), lang))
}
