//! The answers to what the viewer asks: the texts that the other commands print, at
//! the width of the pane.

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::View;
use crate::capture::WriteOptions;
use crate::commands::analyze::{self, Analyze, AnalyzeError, Outcome, Pass, Reading, read};
use crate::commands::conversations::{self, Conversations};
use crate::commands::explain::{self, Explain, Subject};
use crate::commands::follow::{self, Follow};
use crate::commands::hosts::{self, Hosts};
use crate::commands::named::Named;
use crate::commands::notes::{self, Question as Note};
use crate::commands::visits::{self, Visits};
use crate::notes::Lang;
use crate::report::conversations::{Sort, Table};
use crate::report::errors::InLanguage;
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::{
    ExchangeList, FORMATS, Format, Look, Notes, PacketReport, Report, Show, Summary, Wants,
};
use crate::view::{Answered, Asked, PACKETS_AT_ONCE, Question};

/// Bytes of a text that are kept: what a pane can show of a conversation of
/// gigabytes is its beginning.
const MOST_BYTES: usize = 4 << 20;

/// Rows of a table.
const MOST_ROWS: usize = 1_000;

/// Takes down what is written, up to a bound; then it ends the reading.
#[derive(Clone)]
struct Page {
    bytes: Arc<Mutex<Vec<u8>>>,
    interrupt: Arc<AtomicBool>,
}

impl Page {
    fn new(interrupt: &Arc<AtomicBool>) -> Self {
        Self {
            bytes: Arc::default(),
            interrupt: Arc::clone(interrupt),
        }
    }

    fn output(&self) -> Box<dyn Write + Send> {
        Box::new(self.clone())
    }

    fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
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

/// The answer to a question, or why there is none.
pub(super) fn answer(
    view: &View,
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
    let out = page.output();
    let tick = &mut |_, _| {};
    let selection = Selection::default();
    let outcome = match asked.question {
        Question::Note(name) => return note(&page, Note::Named(name), &look),
        Question::Notes => return note(&page, Note::All, &look),
        Question::Explain { number, long } => {
            let explain = explained(view, &page, number, Look { long, ..look })?;
            explain::run(&explain, || page.output()).map_err(|error| told(&error, lang))?;
            return Ok(Answered::Text(page.text()));
        }
        Question::Fields(number) => {
            let explain = explained(view, &page, number, look)?;
            let sheet = explain::fields(&explain).map_err(|error| told(&error, lang))?;
            return Ok(Answered::Sheet(Box::new(sheet)));
        }
        Question::Conversations { words, sort } => {
            let selection = (view.select)(&words, view.utc, lang)?;
            let sort = Sort::NAMED.iter().find(|(name, _)| *name == sort);
            let table = Table {
                sort: sort.map(|(_, sort)| *sort).unwrap_or_default(),
                top: Top::Rows(MOST_ROWS),
                form: Form::Text,
            };
            let look = Look {
                selecting: words,
                ..look
            };
            let listed = Conversations {
                reading,
                selection,
                table,
                look,
            };
            conversations::run(listed, out, tick)
        }
        Question::Packets { from } => packets(&reading, look, from, out),
        Question::Exchanges => {
            let pass = Pass::of_conversations(lang, selection);
            let make = |out| -> Box<dyn Report> { Box::new(ExchangeList::new(out, look)) };
            read(&reading, pass, make, out, tick)
        }
        Question::Visits => {
            let (top, form) = (Top::Rows(MOST_ROWS), Form::Text);
            let visits = Visits {
                reading,
                selection,
                top,
                form,
                look,
            };
            visits::run(visits, out, tick)
        }
        Question::Hosts => {
            let (top, form) = (Top::Rows(MOST_ROWS), Form::Text);
            let hosts = Hosts {
                reading,
                selection,
                top,
                form,
                look,
            };
            hosts::run(hosts, out, tick)
        }
        Question::Conversation { number, unfold } => {
            let look = Look { unfold, ..look };
            let ladder = analysis(reading, look, Some(number), selection)?;
            analyze::run(ladder, out, tick)
        }
        Question::Follow(number) => {
            let named = Named {
                reading,
                number: Some(number),
                selection,
                typed: number.to_string(),
                look,
            };
            let view = follow::View::Text;
            let followed = Follow { named, view };
            follow::run(followed, out, tick).map(|followed| followed.outcome)
        }
    };
    let outcome = outcome.map_err(|error| told(&error, lang))?;
    match outcome.missing {
        Some(missing) => Err(missing.to_string()),
        None => Ok(Answered::Text(page.text())),
    }
}

fn note(page: &Page, question: Note, look: &Look) -> Result<Answered, String> {
    let mut out = page.output();
    notes::run(&mut out, &question, look.lang, look.width, look.style.color)
        .map_err(|error| told(&error, look.lang))?;
    Ok(Answered::Text(page.text()))
}

/// What is asked of `explain`.
fn explained(view: &View, page: &Page, number: u64, look: Look) -> Result<Explain, String> {
    let [file] = view.reading.files.as_slice() else {
        let why = look.lang.pick(
            "a packet is explained where one file is read",
            "只读一个文件时才能解释报文",
        );
        return Err(why.to_owned());
    };
    Ok(Explain {
        subject: Subject::Captured {
            file: file.clone(),
            numbers: vec![number],
        },
        link: None,
        field: None,
        compare: false,
        form: explain::Form::Text,
        look,
        interrupt: Arc::clone(&page.interrupt),
    })
}

/// The registry's format for reading.
fn text_format() -> Result<&'static Format, String> {
    FORMATS.first().ok_or_else(String::new)
}

fn analysis(
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

/// So many packets from one on: the reading ends behind them.
fn packets(
    reading: &Reading,
    look: Look,
    from: u64,
    out: Box<dyn Write + Send>,
) -> Result<Outcome, AnalyzeError> {
    let pass = Pass::of_conversations(look.lang, Selection::default());
    let look = Look {
        packets: true,
        notes: Some(Notes::None),
        ..look
    };
    let interrupt = Arc::clone(&reading.interrupt);
    let make = move |out| -> Box<dyn Report> {
        Box::new(Window {
            list: text_format().map(|format| (format.make)(out, look)).ok(),
            from,
            behind: from.saturating_add(PACKETS_AT_ONCE),
            interrupt,
        })
    };
    let reading = Reading {
        threads: NonZero::<usize>::MIN,
        ..reading.clone()
    };
    read(&reading, pass, make, out, &mut |_, _| {})
}

/// Gives on the packets of a window, and nothing else.
struct Window {
    list: Option<Box<dyn Report>>,
    from: u64,
    behind: u64,
    interrupt: Arc<AtomicBool>,
}

impl Report for Window {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            ..Wants::default()
        }
    }

    fn begins(&mut self, first_ns: u64) {
        if let Some(list) = &mut self.list {
            list.begins(first_ns);
        }
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        let number = report.packet.frame.number;
        if number >= self.behind {
            self.interrupt.store(true, Ordering::Relaxed);
            return Ok(());
        }
        match &mut self.list {
            Some(list) if number >= self.from => list.packet(report),
            _ => Ok(()),
        }
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.list.as_mut().map_or(Ok(()), |list| list.flush())
    }
}

/// Writes packets with what is said of them, and gives what is to be said of that.
pub(super) fn write(
    view: &View,
    path: PathBuf,
    conversation: Option<u64>,
    words: &str,
    interrupt: &Arc<AtomicBool>,
) -> String {
    let lang = view.look.lang;
    let name = crate::escape::escape_path(&path);
    if path.exists() {
        return match lang {
            Lang::En => format!("there is a file {name} already"),
            Lang::Zh => format!("文件 {name} 已经存在"),
        };
    }
    let written = || -> Result<Outcome, String> {
        let selection = (view.select)(words, view.utc, lang)?;
        let reading = Reading {
            interrupt: Arc::clone(interrupt),
            ..view.reading.clone()
        };
        let mut analyze = analysis(reading, view.look.clone(), conversation, selection)?;
        analyze.write = Some(WriteOptions {
            path,
            ..WriteOptions::default()
        });
        analyze::run(analyze, Box::new(io::sink()), &mut |_, _| {})
            .map_err(|error| told(&error, lang))
    };
    match written() {
        Err(error) => error,
        Ok(outcome) => match outcome.written {
            None => faults(&outcome, lang).join("; "),
            Some(written) => {
                let packets = written.packets;
                let secrets = outcome.secrets_written;
                match (lang, secrets) {
                    (Lang::En, 0) => format!("{packets} packets written to {name}"),
                    (Lang::Zh, 0) => format!("已把 {packets} 个报文写入 {name}"),
                    (Lang::En, _) => format!(
                        "{packets} packets written to {name}, with the {secrets} secrets that are hidden here"
                    ),
                    (Lang::Zh, _) => format!(
                        "已把 {packets} 个报文写入 {name}，其中含有这里所隐藏的 {secrets} 个秘密值"
                    ),
                }
            }
        },
    }
}
