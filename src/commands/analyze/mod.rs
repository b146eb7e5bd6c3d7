//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

mod analysis;
mod batch;
mod choose;
mod faults;
mod flush;
mod packet_format;
mod pass;
mod pipeline;

use std::fmt;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::{CaptureError, Timelines, WriteError, WriteOptions, Written};
use crate::commands::conversations;
use crate::commands::output_file::FileError;
#[cfg(feature = "parquet")]
use crate::commands::tables::{Ended, TableFolder, TablesOptions};
use crate::decode::http::Secrets;
use crate::escape::escape;
use crate::notes::{Lang, Severity};
use crate::report::conversations::{Sort, Table};
use crate::report::numbers::grouped;
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::{Format, Look, PacketFormat, Show};
#[cfg(feature = "parquet")]
use crate::report::{Report, Several};
use crate::track::{Framing, MemoryLimit};

pub use analysis::Tick;
pub(in crate::commands) use choose::choose;
pub use faults::Fault;
pub(in crate::commands) use faults::Faults;
pub(in crate::commands) use pass::{Pass, read};

/// So many conversations are listed where a name fits several.
pub(in crate::commands) const MOST_LISTED: usize = 20;

/// More threads than this have little to do: one reads, one follows, the others
/// format.
pub const MOST_USEFUL_THREADS: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(5);

/// What to read, and how to follow it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The captures, `-` for standard input.
    pub files: Vec<PathBuf>,
    /// A filter in libpcap's grammar.
    pub filter: Option<String>,
    /// Stop after so many packets that passed it.
    pub count: Option<u64>,
    /// Which of several captures go on in the next.
    pub timelines: Timelines,
    /// How messages are told apart in TCP streams, if that is declared.
    pub framing: Option<Framing>,
    /// What is done with values that are secrets.
    pub secrets: Secrets,
    /// How much memory may be in use.
    pub memory: Option<MemoryLimit>,
    /// Checksums are verified, and something is said of them.
    pub verify_checksums: bool,
    /// With so many threads at most.
    pub threads: NonZero<usize>,
    /// Set when the reading is to end.
    pub interrupt: Arc<AtomicBool>,
}

impl Reading {
    /// Of no file, for who reads nothing.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self {
            files: Vec::new(),
            filter: None,
            count: None,
            timelines: Timelines::default(),
            framing: None,
            secrets: Secrets::default(),
            memory: None,
            verify_checksums: true,
            threads: NonZero::<usize>::MIN,
            interrupt: Arc::default(),
        }
    }
}

/// What to do.
#[derive(Debug)]
pub struct Analyze {
    /// What to read.
    pub reading: Reading,
    /// What to show.
    pub show: Show,
    /// Which conversations are asked for.
    pub selection: Selection,
    /// One of them is asked for by this name: several are listed.
    pub named: Option<String>,
    /// In which format.
    pub format: &'static Format,
    /// How it is to look.
    pub look: Look,
    /// Write the packets there too.
    pub write: Option<WriteOptions>,
    /// Write tables there too.
    #[cfg(feature = "parquet")]
    pub tables: Option<TablesOptions>,
    /// Fail from this severity on.
    pub fail_on: Option<Severity>,
}

/// Why there is no analysis at all.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// The filter is refused: wrong usage.
    #[error(transparent)]
    Filter(CaptureError),
    /// What is asked for is known only after a first reading, and there can be no
    /// second.
    #[error("{}", twice(Lang::En))]
    Twice,
    /// Packets cannot be written where they should be.
    #[error(transparent)]
    Packets(WriteError),
    /// A picture or a page cannot be written where it should be.
    #[error(transparent)]
    File(#[from] FileError),
    /// The output was closed before the tables were whole.
    #[cfg(feature = "parquet")]
    #[error("the output was closed before all was read: no tables are written")]
    TablesCut,
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Write(#[from] io::Error),
    /// The reading was ended from outside while the reader of the output stood
    /// still.
    #[error(
        "the output is not read: what was still to be written of {} packets that were read is \
         dropped",
        grouped(*.packets)
    )]
    StoodStill {
        /// Packets read.
        packets: u64,
    },
}

/// How it went, beside what was reported.
#[derive(Debug)]
pub struct Outcome {
    /// What could not be read, and why.
    pub faults: Vec<Fault>,
    /// How many faults are not in the list.
    pub more_faults: u64,
    /// The reading was ended from outside.
    pub interrupted: bool,
    /// What of the severity that was not to occur did, in the reader's language.
    pub failed_on: Option<String>,
    /// The conversation that was asked for does not exist.
    pub missing: Option<Missing>,
    /// Conversations, whether they were selected or not.
    pub conversations: u64,
    /// Packets read.
    pub packets: u64,
    /// Bytes read, of the files as they stand on the disk.
    pub bytes: u64,
    /// Threads that worked on it.
    pub threads: usize,
    /// What was written, if that was asked for and went well.
    pub written: Option<Written>,
    /// Values that the output hides, and that packets which were written hold.
    pub secrets_written: u64,
}

/// A conversation that was asked for and does not exist.
#[derive(Clone, Debug)]
pub struct Missing {
    /// As it was asked for.
    pub(in crate::commands) named: String,
    /// How many conversations there are.
    pub(in crate::commands) known: u64,
    /// There is a filter: the others did not pass it.
    pub(in crate::commands) filtered: bool,
    /// The words that select, which it may not fulfil.
    pub(in crate::commands) selecting: String,
    pub(in crate::commands) lang: Lang,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (named, known) = (escape(&self.named), grouped(self.known));
        let selecting = escape(&self.selecting);
        if !self.selecting.is_empty() {
            return match self.lang {
                Lang::En => write!(
                    f,
                    "there is no conversation {named} with {selecting}: the capture has {known} \
                     in all"
                ),
                Lang::Zh => write!(
                    f,
                    "没有符合 {selecting} 的会话 {named}：抓包中共有 {known} 个会话"
                ),
            };
        }
        match (self.lang, self.filtered) {
            (Lang::En, false) => {
                write!(
                    f,
                    "there is no conversation {named}: the capture has {known}"
                )
            }
            (Lang::En, true) => write!(
                f,
                "there is no conversation {named}: numbers count what passed the filter, and \
                 that is {known}"
            ),
            (Lang::Zh, false) => write!(f, "没有会话 {named}：抓包中共有 {known} 个"),
            (Lang::Zh, true) => write!(
                f,
                "没有会话 {named}：编号只计通过过滤器的会话，共 {known} 个"
            ),
        }
    }
}

pub(in crate::commands) fn twice(lang: Lang) -> &'static str {
    lang.pick(
        "what these words select is known only at the end, so that the capture is read twice: \
         standard input and pipes cannot be, save it to a file first",
        "这些词选中的会话要到最后才知道，因此抓包要读两遍：标准输入和管道不能重读，请先存成文件",
    )
}

/// Analyses captures and writes the report to `out`.
///
/// # Errors
/// When the filter is wrong or the output cannot be written. What cannot be
/// read is no such error: the rest is reported, and the faults are in the
/// outcome.
pub fn run(
    mut analyze: Analyze,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    let selection = std::mem::take(&mut analyze.selection);
    if !selection.is_empty() {
        let (found, outcome) = choose(&analyze.reading, &selection, tick)?;
        if outcome.interrupted {
            return Ok(outcome);
        }
        let asked = analyze.show.conversation;
        if asked.is_some_and(|number| !found.has(number)) {
            let missing = analyze.missing(outcome.conversations);
            return Ok(Outcome { missing, ..outcome });
        }
        match (&analyze.named, found.only()) {
            (Some(_), None) if found.count() == 0 => {
                let missing = analyze.missing(outcome.conversations);
                return Ok(Outcome { missing, ..outcome });
            }
            (Some(_), Some(number)) => {
                analyze.show.conversation = Some(number);
                analyze.look.conversation = Some(number);
            }
            (Some(_), None) if analyze.format.name == "text" => {
                let table = Table {
                    sort: Sort::Start,
                    top: Top::Rows(MOST_LISTED),
                    form: Form::Text,
                };
                if let Some(named) = &analyze.named {
                    analyze.look.selecting = named.clone();
                }
                let listed = conversations::Conversations {
                    reading: analyze.reading,
                    selection,
                    table,
                    look: analyze.look,
                };
                return conversations::run(listed, out, tick);
            }
            _ => analyze.show.selected = Some(Arc::new(found)),
        }
    }
    let outcome = report(&mut analyze, out, tick)?;
    let wanted = analyze.show.conversation;
    let missing = match wanted.is_some_and(|number| number > outcome.conversations) {
        true => analyze.missing(outcome.conversations),
        false => None,
    };
    Ok(Outcome { missing, ..outcome })
}

/// Reads the captures and reports them, as what is written to `out`; and as tables,
/// where they are asked for.
fn report(
    analyze: &mut Analyze,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    #[cfg(feature = "parquet")]
    if let Some(options) = analyze.tables.take() {
        return report_with_tables(analyze, options, out, tick);
    }
    let (format, look) = (analyze.format, analyze.look.clone());
    let packet = format.packet.filter(|_| look.packets);
    let make = |out| (format.make)(out, look);
    read(&analyze.reading, analyze.pass(packet), make, out, tick)
}

/// Reads the captures and reports them as tables, beside what is written to `out`.
#[cfg(feature = "parquet")]
fn report_with_tables(
    analyze: &Analyze,
    options: TablesOptions,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    let (format, look) = (analyze.format, analyze.look.clone());
    let alone = options.alone;
    let folder = TableFolder::begin(options)?;
    let tables = Box::new(folder.tables()?);
    let make = |out| -> Box<dyn Report> {
        match alone {
            true => tables,
            false => Box::new(Several::new(vec![tables, (format.make)(out, look)])),
        }
    };
    // Packets are told to the tables, so that no other thread formats them.
    let read = read(&analyze.reading, analyze.pass(None), make, out, tick);
    match folder.finish()? {
        Ended::Whole => read,
        Ended::TooSoon => Err(match read {
            Err(AnalyzeError::Write(source)) if source.kind() == io::ErrorKind::BrokenPipe => {
                AnalyzeError::TablesCut
            }
            Err(error) => error,
            Ok(_) => AnalyzeError::TablesCut,
        }),
    }
}

impl Analyze {
    /// What is told of the captures; `packet` writes packets in any thread.
    fn pass(&self, packet: Option<PacketFormat>) -> Pass {
        Pass {
            show: self.show.clone(),
            selection: Selection::default(),
            packet,
            write: self.write.clone(),
            fail_on: self.fail_on,
            bytes_of: None,
            so_far: None,
            keep: None,
        }
    }
}

impl Analyze {
    /// The conversation that is asked for, of which there are only so many.
    fn missing(&self, known: u64) -> Option<Missing> {
        let number = self.show.conversation.map(|number| number.to_string());
        Some(Missing {
            named: self.named.clone().or(number)?,
            known,
            filtered: self.reading.filter.is_some(),
            selecting: self.look.selecting.clone(),
            lang: self.look.lang,
        })
    }
}
