//! One way through the captures: they are read, decoded, followed and annotated,
//! and a renderer is told, timeline by timeline.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::analysis::Analysis;
use super::batch::PacketBatch;
use super::faults::Faults;
use super::flush::Flusher;
use super::packet_format::PacketOutput;
use super::pipeline::{self, Stages};
use super::{AnalyzeError, Outcome, Reading, Tick};
use crate::capture::{BeforeWaiting, Bookmarks, Interfaces, ReadOptions, Reader, WriteOptions};
use crate::commands::kept::Kept;
use crate::commands::writing::Writing;
use crate::notes::{Lang, Severity};
use crate::patience::stood_still;
use crate::report::apart::{Aside, PacketWriter};
use crate::report::output::Output;
use crate::report::selection::Selection;
use crate::report::{PacketFormat, Presenter, Report, Show, failed_on};
use crate::track::Tracker;

/// Bytes of packets up to which one thread does it all: a small capture is
/// done before a second one would have begun.
const SMALL: usize = 256 * 1024;

/// More threads than this are not begun, whoever asks.
const MOST_THREADS: usize = 64;

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
    /// The conversation whose bytes are told, if one's are.
    pub(in crate::commands) bytes_of: Option<u64>,
    /// Set when how things stand is to be told while the reading goes on.
    pub(in crate::commands) so_far: Option<Arc<AtomicBool>>,
    /// Where what is found of each packet is kept.
    pub(in crate::commands) keep: Option<Kept>,
}

impl Pass {
    /// That of which only these conversations are told, and nothing else.
    pub(in crate::commands) fn of_conversations(lang: Lang, selection: Selection) -> Self {
        Self {
            show: Show {
                lang,
                ..Show::default()
            },
            selection,
            packet: None,
            write: None,
            fail_on: None,
            bytes_of: None,
            so_far: None,
            keep: None,
        }
    }
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
    let bookmarks = pass.keep.as_ref().map(|kept| kept.bookmarks().clone());
    let mut reader = open(
        reading,
        &flusher,
        writes.then(|| interfaces.clone()),
        bookmarks,
    )?;
    // Only now: a wrong filter is not to empty a file.
    let writing = begin_writing(reading, &pass, interfaces)?;
    let names = names(&reader);
    let several: &[String] = if names.len() > 1 { &names } else { &[] };
    let most_threads = match (pass.bytes_of, &pass.so_far) {
        // Its number is known beforehand where all conversations are one part's; and
        // how things stand, where no part is at work elsewhere.
        (Some(_), _) | (_, Some(_)) => 1,
        (None, None) => reading.threads.get().min(MOST_THREADS),
    };
    let (memory, wanted_threads) = match reading.memory {
        Some(memory) => {
            let (memory, threads) = memory.for_threads(most_threads);
            (Some(memory), threads)
        }
        None => (None, most_threads),
    };
    let tracker = || {
        Tracker::with_parts(wanted_threads)
            .with_framing(reading.framing)
            .with_secrets(reading.secrets)
            .giving_on(pass.bytes_of)
            .within_memory(memory)
            .of_selection(reading.filter.is_some())
    };
    let lang = pass.show.lang;
    let mut packets = packet_output(&pass, wanted_threads, several, &out);
    let aside = packets.as_ref().map(|_| Aside::default());
    let to: Box<dyn Write + Send> = match &aside {
        Some(aside) => Box::new(aside.clone()),
        None => Box::new(out.clone()),
    };
    let presenter = Presenter::new(make(to), pass.show)
        .choosing(pass.selection)
        .of_files(names.clone());
    let mut analysis = Analysis::new(tracker(), presenter, aside.clone(), several, tick);
    analysis.so_far = pass.so_far.clone();
    if let Some(kept) = &pass.keep {
        kept.begins(&names);
        analysis.keep = Some(kept.clone());
    }
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
                memory,
                verify_checksums: reading.verify_checksums,
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
        analysis.read_files(reader.file_infos());
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
        failed_on: failed_on(&summary, pass.fail_on, lang),
        missing: None,
        conversations: summary
            .selected
            .map_or(summary.conversations, |selected| selected.of_conversations),
        packets: reader.packets(),
        bytes: reader.progress().read,
        threads,
        secrets_written: match written {
            Some(_) => summary.secrets_hidden,
            None => 0,
        },
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
    reading: &Reading,
    flusher: &Flusher,
    interfaces: Option<Interfaces>,
    bookmarks: Option<Bookmarks>,
) -> Result<Reader, AnalyzeError> {
    let flusher = flusher.clone();
    let options = ReadOptions {
        filter: reading.filter.clone(),
        count: reading.count,
        interrupt: Arc::clone(&reading.interrupt),
        before_waiting: BeforeWaiting::new(move || flusher.before_waiting()),
        interfaces,
        bookmarks,
        timelines: reading.timelines,
    };
    Reader::open(reading.files.iter(), options).map_err(AnalyzeError::Filter)
}

/// The files' names in reading order.
fn names(reader: &Reader) -> Vec<String> {
    let files = reader.files().iter();
    files.map(|path| path.display().to_string()).collect()
}
