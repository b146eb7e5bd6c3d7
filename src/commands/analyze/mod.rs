//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

mod analysis;
mod batch;
mod faults;
mod flush;
mod packet_format;
mod pipeline;

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::{
    BeforeWaiting, CaptureError, Interfaces, ReadOptions, Reader, WriteError, WriteOptions, Written,
};
use crate::commands::writing::Writing;
use crate::notes::Severity;
use crate::patience::stood_still;
use crate::report::apart::{Aside, PacketWriter};
use crate::report::numbers::grouped;
use crate::report::output::Output;
use crate::report::{Format, Look, Presenter, Show, failed_on};
use crate::track::{Framing, MemoryLimit, Tracker};

use analysis::Analysis;
use batch::PacketBatch;
use faults::Faults;
use flush::Flusher;
use packet_format::PacketOutput;
use pipeline::Stages;

pub use analysis::Tick;
pub use faults::Fault;

/// Bytes of packets up to which one thread does it all: a small capture is
/// done before a second one would have begun.
const SMALL: usize = 256 * 1024;

/// More threads than this are not begun, whoever asks.
const MOST_THREADS: usize = 64;

/// More threads than this have little to do: one reads, one follows, the others
/// format.
pub const MOST_USEFUL_THREADS: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(5);

/// What to do.
#[derive(Debug)]
pub struct Analyze {
    /// The captures, `-` for standard input.
    pub files: Vec<PathBuf>,
    /// A filter in libpcap's grammar.
    pub filter: Option<String>,
    /// Stop after so many packets that passed it.
    pub count: Option<u64>,
    /// How messages are told apart in TCP streams, if that is declared.
    pub framing: Option<Framing>,
    /// How much memory may be in use.
    pub memory: Option<MemoryLimit>,
    /// Checksums are verified, and something is said of them.
    pub verify_checksums: bool,
    /// What to show.
    pub show: Show,
    /// In which format.
    pub format: &'static Format,
    /// How it is to look.
    pub look: Look,
    /// Write the packets there too.
    pub write: Option<WriteOptions>,
    /// Fail from this severity on.
    pub fail_on: Option<Severity>,
    /// With so many threads at most.
    pub threads: NonZero<usize>,
    /// Set when the reading is to end.
    pub interrupt: Arc<AtomicBool>,
}

/// Why there is no analysis at all.
#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    /// The filter is refused: wrong usage.
    #[error(transparent)]
    Filter(CaptureError),
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
    /// What of the severity that was not to occur did, in the reader's language.
    pub failed_on: Option<String>,
    /// The conversation that was asked for does not exist; this many do.
    pub no_conversation: Option<u64>,
    /// Packets read.
    pub packets: u64,
    /// Bytes read, of the files as they stand on the disk.
    pub bytes: u64,
    /// Threads that worked on it.
    pub threads: usize,
    /// What was written, if that was asked for and went well.
    pub written: Option<Written>,
}

/// Analyses captures and writes the report to `out`.
///
/// # Errors
/// When the filter is wrong or the output cannot be written. What cannot be
/// read is no such error: the rest is reported, and the faults are in the
/// outcome.
pub fn run(
    analyze: Analyze,
    out: Box<dyn Write + Send>,
    tick: Tick<'_>,
) -> Result<Outcome, AnalyzeError> {
    let mut out = Output::new(out);
    let flusher = Flusher::new(out.clone());
    let interfaces = Interfaces::default();
    let mut reader = open(&analyze, &flusher, &interfaces)?;
    // Only now: a wrong filter is not to empty a file.
    let writing = begin_writing(&analyze, interfaces)?;
    let names = names(&reader);
    let several: &[String] = if names.len() > 1 { &names } else { &[] };
    let wanted_threads = analyze.threads.get().min(MOST_THREADS);
    let tracker = Tracker::with_parts(wanted_threads)
        .with_framing(analyze.framing)
        .within_memory(analyze.memory)
        .of_selection(analyze.filter.is_some());
    let (format, lang) = (analyze.format, analyze.show.lang);
    let wanted = analyze.show.conversation;
    let mut packets = packet_output(&analyze, wanted_threads, several, &out);
    let aside = packets.as_ref().map(|_| Aside::default());
    let to: Box<dyn Write + Send> = match &aside {
        Some(aside) => Box::new(aside.clone()),
        None => Box::new(out.clone()),
    };
    let presenter = Presenter::new((format.make)(to, analyze.look), analyze.show);
    let mut analysis = Analysis::new(tracker, presenter, aside.clone(), several, tick);
    if let Some(writing) = &writing {
        flusher.with_packets(writing.clone());
        analysis.writing = Some(writing.clone());
    }
    let mut faults = Faults::default();
    let stages = Stages {
        reader: &mut reader,
        analysis: &mut analysis,
        packets: packets.as_mut(),
        faults: &mut faults,
        flusher: &flusher,
        interrupt: &analyze.interrupt,
        memory: analyze.memory,
        verify_checksums: analyze.verify_checksums,
    };
    let threads = all_packets(stages, wanted_threads);
    let reported = threads.and_then(|threads| {
        faults.add_link_types(&analysis.unknown, &names);
        let summary = analysis.finish(reader.drops(), names.clone(), faults.count())?;
        if let Some(aside) = aside {
            let mut rest = Vec::new();
            aside.take(&mut rest);
            out.write_all(&rest)?;
        }
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
        failed_on: failed_on(&summary, analyze.fail_on, lang),
        no_conversation: wanted
            .filter(|number| *number > summary.conversations)
            .map(|_| summary.conversations),
        packets: reader.packets(),
        bytes: reader.progress().read,
        threads,
        written,
        more_faults: faults.more,
        faults: faults.kept,
    })
}

/// The file that packets are written to, unless it is one of those that are
/// read.
fn begin_writing(
    analyze: &Analyze,
    interfaces: Interfaces,
) -> Result<Option<Writing>, AnalyzeError> {
    let Some(options) = analyze.write.clone() else {
        return Ok(None);
    };
    let options = WriteOptions {
        inputs: analyze.files.clone(),
        interfaces,
        stop: Arc::clone(&analyze.interrupt),
        ..options
    };
    Writing::begin(options, analyze.show.clone())
        .map(Some)
        .map_err(AnalyzeError::Packets)
}

/// Where formatters write records of packets: with several threads, and in a
/// format that allows it.
fn packet_output(
    analyze: &Analyze,
    threads: usize,
    names: &[String],
    out: &Output,
) -> Option<PacketOutput> {
    let format = analyze.format.packet?;
    if threads == 1 || !analyze.look.packets {
        return None;
    }
    let writer = PacketWriter::new(format, analyze.show.clone());
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
        batch.decode(parts.len(), stages.verify_checksums);
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
    analyze: &Analyze,
    flusher: &Flusher,
    interfaces: &Interfaces,
) -> Result<Reader, AnalyzeError> {
    let flusher = flusher.clone();
    let options = ReadOptions {
        filter: analyze.filter.clone(),
        count: analyze.count,
        interrupt: Arc::clone(&analyze.interrupt),
        before_waiting: BeforeWaiting::new(move || flusher.before_waiting()),
        interfaces: analyze.write.as_ref().map(|_| interfaces.clone()),
    };
    Reader::open(analyze.files.iter(), options).map_err(AnalyzeError::Filter)
}

/// The files' names in reading order.
fn names(reader: &Reader) -> Vec<String> {
    let files = reader.files().iter();
    files.map(|path| path.display().to_string()).collect()
}
