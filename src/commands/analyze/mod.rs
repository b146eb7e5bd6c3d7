//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

mod faults;
mod hand_on;
mod teller;
mod threads;

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::{BeforeWaiting, CaptureError, ReadOptions, Reader};
use crate::notes::Severity;
use crate::report::output::Output;
use crate::report::{Format, Look, Presenter, Show, Summary};
use crate::track::{Framing, Tracker};

use faults::Faults;
use hand_on::HandOn;
use teller::{Teller, Work};

pub use faults::Fault;
pub use teller::Tick;

/// Bytes of packets up to which one thread does it all: a small capture is
/// done before a second one would have begun.
const SMALL: usize = 256 * 1024;

/// More threads than this are not begun, whoever asks.
const MOST_THREADS: usize = 64;

/// More threads than this have nothing to do.
pub const MOST_USEFUL_THREADS: NonZero<usize> = NonZero::<usize>::MIN.saturating_add(2);

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
    /// What to show.
    pub show: Show,
    /// In which format.
    pub format: &'static Format,
    /// How it is to look.
    pub look: Look,
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
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Write(#[from] io::Error),
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
    /// The conversation that was asked for does not exist; this many do.
    pub no_conversation: Option<u64>,
    /// Packets read.
    pub packets: u64,
    /// Bytes read, of the files as they stand on the disk.
    pub bytes: u64,
    /// Threads that worked on it.
    pub threads: usize,
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
    let out = Output::new(out);
    let hand_on = HandOn::new(out.clone());
    let mut reader = open(&analyze, &hand_on)?;
    let names = names(&reader);
    let tracker = Tracker::new()
        .with_framing(analyze.framing)
        .of_selection(analyze.filter.is_some());
    let report = (analyze.format.make)(Box::new(out), analyze.look);
    let wanted = analyze.show.conversation;
    let presenter = Presenter::new(report, analyze.show);
    let mut teller = Teller::new(tracker, presenter, &names, tick);
    let mut faults = Faults::default();
    let mut threads = 1;
    if begin(&mut reader, &mut teller, &mut faults, analyze.threads.get())? {
        threads = analyze.threads.get().min(MOST_THREADS);
        threads::run(
            threads,
            &mut reader,
            &mut teller,
            &mut faults,
            &hand_on,
            &analyze.interrupt,
        )?;
    }
    faults.add_link_types(&teller.unknown, &names);
    let summary = teller.finish(reader.drops(), names, faults.count())?;
    Ok(Outcome {
        interrupted: reader.interrupted(),
        failed_on: is_met(analyze.fail_on, &summary),
        no_conversation: wanted
            .filter(|number| *number > summary.conversations)
            .map(|_| summary.conversations),
        packets: reader.packets(),
        bytes: reader.progress().read,
        threads,
        more_faults: faults.more,
        faults: faults.kept,
    })
}

/// Reads and tells in this thread: everything, or so much that more threads
/// are worth while (then true).
fn begin(
    reader: &mut Reader,
    teller: &mut Teller<'_>,
    faults: &mut Faults,
    threads: usize,
) -> io::Result<bool> {
    let mut work = Work::default();
    let mut bytes = 0;
    loop {
        match reader.read(&mut work.batch) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(fault) => {
                faults.add(fault);
                continue;
            }
        }
        work.progress = reader.progress();
        teller.tell(&work)?;
        bytes += work.batch.bytes();
        if threads > 1 && bytes > SMALL {
            return Ok(true);
        }
    }
}

fn open(analyze: &Analyze, hand_on: &HandOn) -> Result<Reader, AnalyzeError> {
    let hand_on = hand_on.clone();
    let options = ReadOptions {
        filter: analyze.filter.clone(),
        count: analyze.count,
        interrupt: Arc::clone(&analyze.interrupt),
        before_waiting: BeforeWaiting::new(move || hand_on.before_waiting()),
    };
    Reader::open(analyze.files.iter(), options).map_err(AnalyzeError::Filter)
}

/// The files' names in reading order.
fn names(reader: &Reader) -> Vec<String> {
    let files = reader.files().iter();
    files.map(|path| path.display().to_string()).collect()
}

fn is_met(fail_on: Option<Severity>, summary: &Summary) -> bool {
    matches!((fail_on, summary.worst()), (Some(limit), Some(worst)) if worst >= limit)
}
