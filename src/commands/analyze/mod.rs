//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::{BeforeWaiting, CaptureError, ReadOptions, Reader};
use crate::decode::{Stop, StopReason, decode};
use crate::notes::Severity;
use crate::report::output::Output;
use crate::report::{Format, Look, Presenter, Show, Summary};
use crate::track::{self, Framing, Tracker};

/// Messages about faults beyond this many are only counted: a filter can fail
/// on every packet.
const MOST_FAULTS: usize = 20;

/// Between two updates of the progress bar.
const PACKETS_PER_TICK: u64 = 4096;

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

/// Something that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file, or a packet of it.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// Frames that begin in a way that nobody here knows.
    #[error(
        "{file}: {packets} packets are of link type {link_type}, which wirenotes does not decode \
         (it reads Ethernet, Linux cooked, loopback and raw IP among others); they are counted, \
         and nothing more can be said of them"
    )]
    LinkType {
        /// The file's name.
        file: String,
        /// LINKTYPE_ number.
        link_type: u16,
        /// How many.
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
    /// The conversation that was asked for does not exist; this many do.
    pub no_conversation: Option<u64>,
    /// Packets read.
    pub packets: u64,
}

/// Analyses captures and writes the report to `out`. `tick` is told how far
/// the reading is: bytes read, and all bytes where that is known.
///
/// # Errors
/// When the filter is wrong or the output cannot be written. What cannot be
/// read is no such error: the rest is reported, and the faults are in the
/// outcome.
pub fn run(
    analyze: Analyze,
    out: Box<dyn Write + Send>,
    tick: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Outcome, AnalyzeError> {
    let out = Output::new(out);
    let wanted = analyze.show.conversation;
    let mut reader = open(&analyze, &out)?;
    let names = names(&reader);
    let mut tracker = Tracker::new()
        .with_framing(analyze.framing)
        .of_selection(analyze.filter.is_some());
    let report = (analyze.format.make)(Box::new(out), analyze.look);
    let mut presenter = Presenter::new(report, analyze.show);
    let mut happened = track::Output::default();
    let mut faults = Faults::default();
    loop {
        let frame = match reader.next() {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(fault) => {
                faults.add(fault);
                continue;
            }
        };
        let file = names.get(frame.file as usize).filter(|_| names.len() > 1);
        let number = frame.number;
        let packet = decode(frame);
        if let Some(Stop {
            reason: StopReason::UnknownLinkType(link_type),
            ..
        }) = packet.stop
        {
            faults.add_link_type(frame.file, link_type);
        }
        tracker.packet(&packet, &mut happened);
        presenter.packet(&packet, &happened, file.map(String::as_str))?;
        if number % PACKETS_PER_TICK == 0 {
            let progress = reader.progress();
            tick(progress.read, progress.total);
        }
    }
    faults.name_link_types(&names);
    tracker.recorder_lost(reader.drops());
    let summary = presenter.finish(&mut tracker, names, faults.count())?;
    Ok(Outcome {
        interrupted: reader.interrupted(),
        failed_on: is_met(analyze.fail_on, &summary),
        no_conversation: wanted
            .filter(|number| *number > summary.conversations)
            .map(|_| summary.conversations),
        packets: reader.packets(),
        more_faults: faults.more,
        faults: faults.kept,
    })
}

fn open(analyze: &Analyze, out: &Output) -> Result<Reader, AnalyzeError> {
    let out = out.clone();
    let options = ReadOptions {
        filter: analyze.filter.clone(),
        count: analyze.count,
        interrupt: Arc::clone(&analyze.interrupt),
        // A failure shows again at the next write.
        before_waiting: BeforeWaiting::new(move || drop(out.clone().flush())),
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

/// The first faults, and how many more there were.
#[derive(Default)]
struct Faults {
    kept: Vec<Fault>,
    more: u64,
    /// By file and number: packets of link types that are not known.
    link_types: BTreeMap<(u32, u16), u64>,
}

impl Faults {
    fn add(&mut self, fault: impl Into<Fault>) {
        if self.kept.len() < MOST_FAULTS {
            self.kept.push(fault.into());
        } else {
            self.more += 1;
        }
    }

    fn add_link_type(&mut self, file: u32, link_type: u16) {
        *self.link_types.entry((file, link_type)).or_default() += 1;
    }

    /// Turns what was counted into faults.
    fn name_link_types(&mut self, names: &[String]) {
        for ((file, link_type), packets) in std::mem::take(&mut self.link_types) {
            let file = names.get(file as usize).cloned().unwrap_or_default();
            self.add(Fault::LinkType {
                file,
                link_type,
                packets,
            });
        }
    }

    fn count(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }
}
