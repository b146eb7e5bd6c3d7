//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

mod analysis;
mod batch;
mod choose;
mod faults;
mod flush;
mod packet_format;
mod pipeline;

use std::fmt;
use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::{
    BeforeWaiting, CaptureError, Interfaces, ReadOptions, Reader, Timelines, WriteError,
    WriteOptions, Written,
};
use crate::commands::conversations;
use crate::commands::writing::Writing;
use crate::escape::escape;
use crate::notes::{Lang, Severity};
use crate::patience::stood_still;
use crate::report::apart::{Aside, PacketWriter};
use crate::report::conversations::{Sort, Table};
use crate::report::numbers::grouped;
use crate::report::output::Output;
use crate::report::selection::Selection;
use crate::report::table::{Form, Top};
use crate::report::{Format, Look, PacketFormat, Presenter, Report, Show};
use crate::track::{Framing, MemoryLimit, Tracker};

use analysis::Analysis;
use batch::PacketBatch;
use choose::choose;
use faults::Faults;
use flush::Flusher;
use packet_format::PacketOutput;
use pipeline::Stages;

pub use analysis::Tick;
pub use faults::Fault;

/// Bytes of packets up to which one thread does it all: a small capture is
/// done before a second one would have begun.
const SMALL: usize = 256 * 1024;

/// So many conversations are listed where a name fits several.
const MOST_LISTED: usize = 20;

/// More threads than this are not begun, whoever asks.
const MOST_THREADS: usize = 64;

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
    /// How much memory may be in use.
    pub memory: Option<MemoryLimit>,
    /// With so many threads at most.
    pub threads: NonZero<usize>,
    /// Set when the reading is to end.
    pub interrupt: Arc<AtomicBool>,
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
    #[error("{}", twice(*.0))]
    Twice(Lang),
    /// Packets cannot be written where they should be.
    #[error(transparent)]
    Packets(WriteError),
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
    /// The severity that was not to occur did.
    pub failed_on: bool,
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
}

/// A conversation that was asked for and does not exist.
#[derive(Clone, Debug)]
pub struct Missing {
    /// As it was asked for.
    named: String,
    /// How many conversations there are.
    known: u64,
    /// There is a filter: the others did not pass it.
    filtered: bool,
    /// The words that select, which it may not fulfil.
    selecting: String,
    lang: Lang,
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

fn twice(lang: Lang) -> &'static str {
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
        let (found, outcome) = choose(&analyze.reading, &selection, analyze.look.lang, tick)?;
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
    let (format, look) = (analyze.format, analyze.look.clone());
    let pass = Pass {
        show: analyze.show.clone(),
        selection: Selection::default(),
        packet: format.packet.filter(|_| look.packets),
        write: analyze.write.clone(),
        fail_on: analyze.fail_on,
    };
    let make = |out| (format.make)(out, look);
    let outcome = read(&analyze.reading, pass, make, out, tick)?;
    let wanted = analyze.show.conversation;
    let missing = match wanted.is_some_and(|number| number > outcome.conversations) {
        true => analyze.missing(outcome.conversations),
        false => None,
    };
    Ok(Outcome { missing, ..outcome })
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

/// One way through the captures: what is told of them.
pub(in crate::commands) struct Pass {
    /// What is shown.
    pub(in crate::commands) show: Show,
    /// Only these conversations are told, as they turn out to be at their end.
    pub(in crate::commands) selection: Selection,
    /// What writes packets apart from everything else, in any thread.
    pub(in crate::commands) packet: Option<PacketFormat>,
    /// Where the packets are written too.
    pub(in crate::commands) write: Option<WriteOptions>,
    /// Fail from this severity on.
    pub(in crate::commands) fail_on: Option<Severity>,
}

/// Reads captures once and tells the renderer that `make` makes of them.
pub(in crate::commands) fn read(
    reading: &Reading,
    pass: Pass,
    make: impl FnOnce(Box<dyn Write + Send>) -> Box<dyn Report>,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    let mut out = Output::new(out);
    let flusher = Flusher::new(out.clone());
    let interfaces = Interfaces::default();
    let writes = pass.write.is_some();
    let mut reader = open(reading, &flusher, writes.then(|| interfaces.clone()))?;
    // Only now: a wrong filter is not to empty a file.
    let writing = begin_writing(reading, &pass, interfaces)?;
    let names = names(&reader);
    let several: &[String] = if names.len() > 1 { &names } else { &[] };
    let wanted_threads = reading.threads.get().min(MOST_THREADS);
    let tracker = || {
        Tracker::with_parts(wanted_threads)
            .with_framing(reading.framing)
            .within_memory(reading.memory)
            .of_selection(reading.filter.is_some())
    };
    let mut packets = packet_output(&pass, wanted_threads, several, &out);
    let aside = packets.as_ref().map(|_| Aside::default());
    let to: Box<dyn Write + Send> = match &aside {
        Some(aside) => Box::new(aside.clone()),
        None => Box::new(out.clone()),
    };
    let presenter = Presenter::new(make(to), pass.show)
        .choosing(pass.selection)
        .of_files(names.len());
    let mut analysis = Analysis::new(tracker(), presenter, aside.clone(), several, tick);
    if let Some(writing) = &writing {
        flusher.with_packets(writing.clone());
        analysis.writing = Some(writing.clone());
    }
    let mut faults = Faults::default();
    let mut all = || {
        let mut threads = 1;
        loop {
            let stages = Stages {
                reader: &mut reader,
                analysis: &mut analysis,
                packets: packets.as_mut(),
                faults: &mut faults,
                flusher: &flusher,
                interrupt: &reading.interrupt,
                memory: reading.memory,
            };
            threads = all_packets(stages, wanted_threads)?.max(threads);
            let Some(next) = reader.next_timeline() else {
                return Ok(threads);
            };
            analysis.next_timeline(reader.drops(), next as usize, tracker())?;
            write_aside(aside.as_ref(), &mut out)?;
        }
    };
    let threads: io::Result<usize> = all();
    let reported = threads.and_then(|threads| {
        faults.add_link_types(&analysis.unknown, &names);
        let read = reading.filter.as_ref().map(|_| reader.packets());
        let summary = analysis.finish(reader.drops(), names.clone(), faults.count(), read)?;
        write_aside(aside.as_ref(), &mut out)?;
        out.flush()?;
        Ok((threads, summary))
    });
    let (threads, summary) = reported.map_err(|error| match stood_still(&error) {
        true => AnalyzeError::StoodStill {
            packets: reader.packets(),
        },
        false => error.into(),
    })?;
    let written = match writing.map(|writing| writing.finish()).transpose() {
        Ok(written) => written,
        Err(error) => {
            faults.add(error);
            None
        }
    };
    Ok(Outcome {
        interrupted: reader.interrupted(),
        failed_on: summary.reaches(pass.fail_on),
        missing: None,
        conversations: summary
            .selected
            .map_or(summary.conversations, |selected| selected.of_conversations),
        packets: reader.packets(),
        bytes: reader.progress().read,
        threads,
        written,
        more_faults: faults.more,
        faults: faults.kept,
    })
}

/// What the renderer wrote beside the packets, behind them.
fn write_aside(aside: Option<&Aside>, out: &mut Output) -> io::Result<()> {
    let Some(aside) = aside else { return Ok(()) };
    let mut rest = Vec::new();
    aside.take(&mut rest);
    out.write_all(&rest)
}

/// The file that packets are written to, unless it is one of those that are
/// read.
fn begin_writing(
    reading: &Reading,
    pass: &Pass,
    interfaces: Interfaces,
) -> Result<Option<Writing>, AnalyzeError> {
    let Some(options) = pass.write.clone() else {
        return Ok(None);
    };
    let options = WriteOptions {
        inputs: reading.files.clone(),
        interfaces,
        stop: Arc::clone(&reading.interrupt),
        ..options
    };
    Writing::begin(options, pass.show.clone())
        .map(Some)
        .map_err(AnalyzeError::Packets)
}

/// Where formatters write records of packets: with several threads, and in a
/// format that allows it.
fn packet_output(
    pass: &Pass,
    threads: usize,
    names: &[String],
    out: &Output,
) -> Option<PacketOutput> {
    let format = pass.packet.filter(|_| threads > 1)?;
    let writer = PacketWriter::new(format, pass.show.clone());
    Some(PacketOutput::new(writer, names, out.clone()))
}

/// Takes all packets through the stages; gives the number of threads that it
/// took.
fn all_packets(mut stages: Stages<'_, '_>, threads: usize) -> io::Result<usize> {
    match begin(&mut stages, threads)? {
        Begun::Whole => Ok(1),
        Begun::More => pipeline::run(threads, stages).map(|()| threads),
    }
}

/// How far it has come in one thread.
#[derive(PartialEq, Eq)]
enum Begun {
    /// To the end.
    Whole,
    /// More threads are worth while.
    More,
}

/// Takes packets through the stages in this thread: all of them, or so many that
/// more threads are worth while.
fn begin(stages: &mut Stages<'_, '_>, threads: usize) -> io::Result<Begun> {
    let mut batch = PacketBatch::default();
    let packets = stages.packets.as_ref();
    let mut formatter = packets.map(|packets| packets.formatter());
    let mut bytes = 0;
    loop {
        match batch.read(stages.reader) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                stages.faults.add(fault);
                continue;
            }
        }
        bytes += batch.frames.bytes();
        // Each step for all of the batch's packets: the code of one step stays in
        // the processor's cache meanwhile, that of all of them does not fit.
        let parts = &mut stages.analysis.tracker.parts;
        batch.decode(parts.len());
        for (number, part) in parts.iter_mut().enumerate() {
            batch.follow(number, part);
        }
        stages.analysis.batch(&mut batch)?;
        if let (Some(formatter), Some(packets)) = (&mut formatter, &mut stages.packets) {
            formatter.format(&mut batch);
            packets.write(&batch)?;
        }
        if threads > 1 && bytes > SMALL {
            return Ok(Begun::More);
        }
    }
    Ok(Begun::Whole)
}

fn open(
    reading: &Reading,
    flusher: &Flusher,
    interfaces: Option<Interfaces>,
) -> Result<Reader, AnalyzeError> {
    let flusher = flusher.clone();
    let options = ReadOptions {
        filter: reading.filter.clone(),
        count: reading.count,
        interrupt: Arc::clone(&reading.interrupt),
        before_waiting: BeforeWaiting::new(move || flusher.before_waiting()),
        interfaces,
        timelines: reading.timelines,
    };
    Reader::open(reading.files.iter(), options).map_err(AnalyzeError::Filter)
}

/// The files' names in reading order.
fn names(reader: &Reader) -> Vec<String> {
    let files = reader.files().iter();
    files.map(|path| path.display().to_string()).collect()
}
