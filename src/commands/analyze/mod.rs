//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

mod apart;
mod faults;
mod hand_on;
mod teller;
mod threads;
mod work;

use std::io::{self, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::{BeforeWaiting, CaptureError, ReadOptions, Reader};
use crate::notes::Severity;
use crate::report::apart::{Aside, PacketWriter};
use crate::report::output::Output;
use crate::report::{Format, Look, Presenter, Show, Summary};
use crate::track::{Framing, Tracker};

use apart::Apart;
use faults::Faults;
use hand_on::HandOn;
use teller::Teller;
use threads::Stations;
use work::Work;

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
    let mut out = Output::new(out);
    let hand_on = HandOn::new(out.clone());
    let mut reader = open(&analyze, &hand_on)?;
    let names = names(&reader);
    let several: &[String] = if names.len() > 1 { &names } else { &[] };
    let tracker = Tracker::new()
        .with_framing(analyze.framing)
        .of_selection(analyze.filter.is_some());
    let format = analyze.format;
    let wanted = analyze.show.conversation;
    let mut apart = apart(&analyze, several, &out);
    let aside = apart.as_ref().map(|_| Aside::default());
    let to: Box<dyn Write + Send> = match &aside {
        Some(aside) => Box::new(aside.clone()),
        None => Box::new(out.clone()),
    };
    let presenter = Presenter::new((format.make)(to, analyze.look), analyze.show);
    let mut teller = Teller::new(tracker, presenter, aside.clone(), several, tick);
    let mut faults = Faults::default();
    let mut stations = Stations {
        reader: &mut reader,
        teller: &mut teller,
        apart: apart.as_mut(),
        faults: &mut faults,
        hand_on: &hand_on,
        interrupt: &analyze.interrupt,
    };
    let mut threads = 1;
    if begin(&mut stations, analyze.threads.get())? {
        threads = analyze.threads.get().min(MOST_THREADS);
        threads::run(threads, stations)?;
    }
    faults.add_link_types(&teller.unknown, &names);
    let summary = teller.finish(reader.drops(), names.clone(), faults.count())?;
    if let Some(aside) = aside {
        let mut rest = Vec::new();
        aside.take(&mut rest);
        out.write_all(&rest)?;
    }
    out.flush()?;
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

/// Where packets are written apart: with several threads, and in a format that
/// allows it.
fn apart(analyze: &Analyze, names: &[String], out: &Output) -> Option<Apart> {
    let format = analyze.format.packet?;
    if analyze.threads.get() == 1 || !analyze.look.packets {
        return None;
    }
    let writer = PacketWriter::new(format, analyze.show.clone());
    Some(Apart::new(writer, names, out.clone()))
}

/// Reads and tells in this thread: everything, or so much that more threads
/// are worth while (then true).
fn begin(stations: &mut Stations<'_, '_>, threads: usize) -> io::Result<bool> {
    let mut work = Work::default();
    let mut formatter = stations.apart.as_ref().map(|apart| apart.writer());
    let mut bytes = 0;
    loop {
        match work.read(stations.reader) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(fault) => {
                stations.faults.add(fault);
                continue;
            }
        }
        stations.teller.tell(&mut work)?;
        if let (Some(formatter), Some(apart)) = (&mut formatter, &mut stations.apart) {
            formatter.format(&mut work);
            apart.write(&work)?;
        }
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
