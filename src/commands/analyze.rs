//! `wirenotes analyze FILE...`: packets are read, decoded, followed, annotated
//! and reported, one after the other.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use crate::capture::{
    BeforeWaiting, CaptureError, Interfaces, ReadOptions, Reader, WriteError, WriteOptions, Written,
};
use crate::commands::writing::Writing;
use crate::decode::{Stop, StopReason, decode};
use crate::notes::Severity;
use crate::report::output::Output;
use crate::report::{Format, Look, Presenter, Show};
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
    /// Write the packets there too.
    pub write: Option<WriteOptions>,
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
    /// Packets cannot be written where they should be.
    #[error(transparent)]
    Packets(WriteError),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Something that could not be read, or not be written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file, or a packet of it.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// Packets, from one of them on.
    #[error(transparent)]
    Packets(#[from] WriteError),
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
    /// What was written, if that was asked for and went well.
    pub written: Option<Written>,
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
    // Only behind the reader: a wrong filter is not to empty a file.
    let later = Arc::new(OnceLock::new());
    let interfaces = Interfaces::default();
    let mut reader = open(&analyze, &out, &later, &interfaces)?;
    let writing = begin_writing(&analyze, interfaces)?;
    writing.clone().map(|writing| later.set(writing));
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
        if let Some(writing) = &writing {
            writing.packet(&packet, &happened);
        }
        presenter.packet(&packet, &happened, file.map(String::as_str))?;
        if number % PACKETS_PER_TICK == 0 {
            let progress = reader.progress();
            tick(progress.read, progress.total);
        }
    }
    faults.name_link_types(&names);
    tracker.recorder_lost(reader.drops());
    let summary = presenter.finish(&mut tracker, names, faults.count())?;
    let written = match writing.map(|writing| writing.finish()).transpose() {
        Ok(written) => written,
        Err(error) => {
            faults.add(error);
            None
        }
    };
    Ok(Outcome {
        interrupted: reader.interrupted(),
        failed_on: summary.reaches(analyze.fail_on),
        no_conversation: wanted
            .filter(|number| *number > summary.conversations)
            .map(|_| summary.conversations),
        packets: reader.packets(),
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
        ..options
    };
    Writing::begin(options, analyze.show.clone())
        .map(Some)
        .map_err(AnalyzeError::Packets)
}

fn open(
    analyze: &Analyze,
    out: &Output,
    writing: &Arc<OnceLock<Writing>>,
    interfaces: &Interfaces,
) -> Result<Reader, AnalyzeError> {
    let (out, writing) = (out.clone(), Arc::clone(writing));
    let options = ReadOptions {
        filter: analyze.filter.clone(),
        count: analyze.count,
        interrupt: Arc::clone(&analyze.interrupt),
        before_waiting: BeforeWaiting::new(move || {
            // A failure shows again at the next write.
            drop(out.clone().flush());
            if let Some(writing) = writing.get() {
                writing.flush();
            }
        }),
        interfaces: analyze.write.as_ref().map(|_| interfaces.clone()),
    };
    Reader::open(analyze.files.iter(), options).map_err(AnalyzeError::Filter)
}

/// The files' names in reading order.
fn names(reader: &Reader) -> Vec<String> {
    let files = reader.files().iter();
    files.map(|path| path.display().to_string()).collect()
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
