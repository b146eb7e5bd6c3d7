//! `wirenotes live`: packets are annotated as they arrive on an interface, or
//! as a capture is played, until the user ends it.

mod privileges;
mod session;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::capture::live::{self, Ending, LiveError, LiveOptions, Next, Notice};
use crate::capture::{
    Batch, BeforeWaiting, CaptureError, Interfaces, ReadOptions, Reader, Timelines, WriteError,
    WriteOptions,
};
use crate::commands::console::Console;
use crate::commands::signals::Signals;
use crate::commands::writing::Writing;
use crate::decode::http::Secrets;
use crate::notes::{Lang, Severity};
use crate::patience::stood_still;
use crate::report::errors::{InLanguage, libpcap};
use crate::report::numbers::grouped;
use crate::report::output::Output;
use crate::report::{Format, Look, Presenter, Report, Show, failed_on, link_type_name};
use crate::track::{Framing, MemoryLimit, Tracker};

pub use privileges::PrivilegeError;
use privileges::Somebody;
use session::Session;

/// How long to wait for packets before signals are looked at.
const PATIENCE: Duration = Duration::from_millis(100);

/// What to do.
#[derive(Debug)]
pub struct Live {
    /// The source of the packets.
    pub source: Source,
    /// Stop after so many packets that passed the filter.
    pub count: Option<u64>,
    /// Stop after this time.
    pub duration: Option<Duration>,
    /// Show the summary so far every so often.
    pub summary_every: Option<Duration>,
    /// The user to become.
    pub user: Option<String>,
    /// Write the packets there too.
    pub write: Option<WriteOptions>,
    /// How messages are told apart in TCP streams, if that is declared.
    pub framing: Option<Framing>,
    /// What is done with values that are secrets.
    pub secrets: Secrets,
    /// How much memory may be in use.
    pub memory: Option<MemoryLimit>,
    /// Checksums are verified, and something is said of them.
    pub verify_checksums: bool,
    /// What to show.
    pub show: Show,
    /// The format of the report.
    pub format: &'static Format,
    /// The look of the output.
    pub look: Look,
    /// Fail from this severity on.
    pub fail_on: Option<Severity>,
    /// What is asked for from outside.
    pub signals: Signals,
    /// Makes the report in place of the format's.
    pub report: Option<MakeReport>,
}

/// Makes a report of this look.
#[derive(Clone)]
pub struct MakeReport(Arc<dyn Fn(Look) -> Box<dyn Report> + Send + Sync>);

impl MakeReport {
    /// Makes it by this.
    #[must_use]
    pub fn new(make: impl Fn(Look) -> Box<dyn Report> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }
}

impl fmt::Debug for MakeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MakeReport")
    }
}

impl Live {
    /// Whether packets are written to standard output, so that the report has
    /// to go elsewhere.
    fn takes_stdout(&self) -> bool {
        let write = self.write.as_ref();
        write.is_some_and(|options| options.path.as_os_str() == "-")
    }
}

/// A source of packets.
#[derive(Debug)]
pub enum Source {
    /// An interface.
    Interface(LiveOptions),
    /// A capture, `-` for standard input.
    File {
        /// The file's path.
        path: PathBuf,
        /// A filter in libpcap's grammar.
        filter: Option<String>,
    },
}

/// Why there is no report, or only a part of it.
#[derive(Debug, thiserror::Error)]
pub enum LiveFailure {
    /// There is no capture.
    #[error(transparent)]
    Interface(#[from] LiveError),
    /// The filter is refused.
    #[error(transparent)]
    Filter(CaptureError),
    /// The process would keep privileges.
    #[error(transparent)]
    Privileges(#[from] PrivilegeError),
    /// Packets cannot be written where they should be.
    #[error(transparent)]
    Packets(WriteError),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Write(#[from] io::Error),
    /// The capture was ended from outside while the reader of the output stood
    /// still.
    #[error(
        "the output is not read: {} packets that were queued are dropped, {} were read before \
         them; what was still to be written of these is dropped too",
        grouped(*.dropped),
        grouped(*.packets)
    )]
    StoodStill {
        /// Packets that were followed.
        packets: u64,
        /// Packets that waited to be followed.
        dropped: u64,
    },
}

impl LiveFailure {
    /// The output failed, with so many packets followed and so many dropped.
    fn of_output(error: io::Error, packets: u64, dropped: u64) -> Self {
        match stood_still(&error) {
            true => Self::StoodStill { packets, dropped },
            false => Self::Write(error),
        }
    }

    /// Whether the command line was wrong, not the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Interface(error) => error.is_usage(),
            Self::Filter(_) => true,
            Self::Privileges(error) => matches!(error, PrivilegeError::NoSuchUser(_)),
            Self::Packets(error) => error.is_usage(),
            Self::Write(_) | Self::StoodStill { .. } => false,
        }
    }
}

/// How the capture went, beside what was reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Something went wrong, and was told.
    pub failed: bool,
    /// What of the severity that was not to occur did, in the reader's language.
    pub failed_on: Option<String>,
    /// Packets that were followed.
    pub packets: u64,
}

/// Follows packets until the end.
///
/// # Errors
/// When nothing can be captured, or the output cannot be written.
pub fn run(live: Live, console: &Console) -> Result<Outcome, LiveFailure> {
    match &live.source {
        Source::Interface(options) => on_interface(&live, options, console),
        Source::File { path, filter } => of_file(&live, path, filter.as_deref(), console),
    }
}

fn on_interface(
    live: &Live,
    options: &LiveOptions,
    console: &Console,
) -> Result<Outcome, LiveFailure> {
    let user = privileges::whom(live.user.as_deref())?;
    let opened = live::Live::open(options)?;
    let writing = live.write.clone().map(|options| {
        let options = WriteOptions {
            owner: user.as_ref().map(Somebody::numbers),
            stop: Arc::clone(&live.signals.stop),
            ..options
        };
        Writing::begin(options, live.show.clone())
    });
    let writing = writing.transpose().map_err(LiveFailure::Packets)?;
    privileges::drop_privileges(user.as_ref())?;
    if let Some(writing) = &writing {
        writing.can_begin_files().map_err(LiveFailure::Packets)?;
        writing.describe(opened.info());
    }
    console.tell(&listening(&opened, options, user.as_ref(), console.lang));
    let name = opened.name().to_owned();
    let running = opened.start(live.duration)?;
    let filtered = options.filter.is_some();
    let mut session = session(
        live,
        Output::new(console.output(live.takes_stdout())),
        filtered,
        console,
    )
    .on_interface(name.clone())
    .with_writing(writing.clone());
    let ending = match follow(&running, &mut session, live, writing.as_ref(), console) {
        Ok(ending) => ending,
        Err(error) => {
            session.dropped(running.drop_queued());
            session.lost(running.drops());
            return Err(session.unreported(error));
        }
    };
    session.lost(running.drops());
    let failed = match ending {
        Ending::Stopped => None,
        Ending::Deleted => Some(match console.lang {
            Lang::En => format!("{name} does not exist any more: the capture ends"),
            Lang::Zh => format!("{name} 已不存在：抓包结束"),
        }),
        Ending::Failed(message) => Some(match console.lang {
            Lang::En => format!("{name}: the capture ends: {message}"),
            Lang::Zh => format!("{name}：抓包结束：{}", libpcap(&message.to_string())),
        }),
    };
    if let Some(message) = failed {
        console.tell(&message);
        session.fault();
    }
    conclude(live, session, Vec::new(), writing.as_ref(), console)
}

/// The summary, and the end of the file that was written.
fn conclude(
    live: &Live,
    mut session: Session,
    files: Vec<String>,
    writing: Option<&Writing>,
    console: &Console,
) -> Result<Outcome, LiveFailure> {
    console.clear();
    if let Some(Err(error)) = writing.map(Writing::finish) {
        console.tell_error(&error);
        if !error.stood_still() {
            session.fault();
        }
    }
    let packets = session.packets();
    let finished = session.finish(files);
    let summary = finished.map_err(|error| LiveFailure::of_output(error, packets, 0))?;
    Ok(Outcome {
        failed: summary.faults > 0,
        failed_on: failed_on(&summary, live.fail_on, live.show.lang),
        packets: summary.packets,
    })
}

/// What is captured, and by whom.
fn listening(
    opened: &live::Live,
    options: &LiveOptions,
    user: Option<&Somebody>,
    lang: Lang,
) -> String {
    let (name, link) = (opened.name(), link_type_name(opened.link_type()));
    let mut line = match lang {
        Lang::En => format!("listening on {name} ({link})"),
        Lang::Zh => format!("正在 {name}（{link}）上抓包"),
    };
    if options.interface.is_none() {
        line.push_str(lang.pick(
            ", the first interface that is up (-i chooses another)",
            "，它是第一个已启用的接口（可用 -i 另选）",
        ));
    }
    if options.snapshot_length != 0 {
        let length = opened.snapshot_length();
        line.push_str(&match lang {
            Lang::En => format!(", {length} bytes of each packet"),
            Lang::Zh => format!("，每个报文保留 {length} 字节"),
        });
    }
    if let Some(user) = user {
        let name = user.name();
        line.push_str(&match lang {
            Lang::En => format!(", as user {name}"),
            Lang::Zh => format!("，身份为用户 {name}"),
        });
    }
    line.push_str(lang.pick(
        "; Ctrl-C ends it with a summary",
        "；按 Ctrl-C 结束并给出摘要",
    ));
    line
}

fn session(live: &Live, out: Output, filtered: bool, console: &Console) -> Session {
    let tracker = Tracker::new()
        .with_framing(live.framing)
        .with_secrets(live.secrets)
        .within_memory(live.memory)
        .of_selection(filtered)
        .forgetting_idle();
    let report = match &live.report {
        Some(make) => (make.0)(live.look.clone()),
        None => (live.format.make)(Box::new(out), live.look.clone()),
    };
    let presenter = Presenter::new(report, live.show.clone());
    Session::new(tracker, presenter)
        .verifying_checksums(live.verify_checksums)
        .with_count(live.count)
        .with_summaries(live.summary_every)
        .with_status(console, live.look.clone())
}

/// Takes packets off the queue until the capture ends.
fn follow(
    running: &live::Running,
    session: &mut Session,
    live: &Live,
    writing: Option<&Writing>,
    console: &Console,
) -> io::Result<Ending> {
    let signals = &live.signals;
    loop {
        if signals.stop.load(Ordering::Relaxed) {
            running.stop();
        }
        session.lost(running.drops());
        if signals.so_far.swap(false, Ordering::Relaxed) {
            session.so_far()?;
        }
        session.beat()?;
        match running.next(PATIENCE) {
            Next::Packets(batch) => {
                let mut queued = batch.len() as u64;
                for frame in batch.frames(session.next_number(), running.link_type()) {
                    queued -= 1;
                    if let Err(error) = session.frame(frame) {
                        session.dropped(queued);
                        return Err(error);
                    }
                    if session.is_complete() {
                        return Ok(Ending::Stopped);
                    }
                }
                running.give_back(batch);
                session.flush()?;
            }
            Next::Idle(now_ns) => session.idle(now_ns)?,
            Next::Notice(Notice::Down) => {
                console.tell(&console.lang.pick(
                    "the interface went down; the capture goes on when it is up again",
                    "接口被停用；重新启用后抓包继续",
                ));
            }
            Next::Notice(Notice::Up) => {
                console.tell(
                    &console
                        .lang
                        .pick("the interface is up again", "接口又启用了"),
                );
            }
            Next::Nothing => {}
            Next::End(ending) => return Ok(ending),
        }
        if let Some(error) = writing.and_then(Writing::take_failure) {
            if error.is_closed_pipe() {
                return Ok(Ending::Stopped);
            }
            if error.stood_still() {
                console.tell_error(&error);
                return Ok(Ending::Stopped);
            }
            let error = error.told(console.lang);
            let goes_on = console.lang.pick("; the capture goes on", "；抓包继续");
            console.tell(&format!("{error}{goes_on}"));
            session.fault();
        }
        nobody_reads()?;
    }
}

/// A reader that has gone is noticed also while there is nothing to write.
fn nobody_reads() -> io::Result<()> {
    let stdout = io::stdout();
    let mut descriptors = [PollFd::new(&stdout, PollFlags::empty())];
    match poll(&mut descriptors, Some(&Timespec::default())) {
        Ok(1..) if descriptors[0].revents().contains(PollFlags::ERR) => {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        _ => Ok(()),
    }
}

fn of_file(
    live: &Live,
    path: &Path,
    filter: Option<&str>,
    console: &Console,
) -> Result<Outcome, LiveFailure> {
    let out = Output::new(console.output(live.takes_stdout()));
    let flushed = out.clone();
    let packets = Arc::<OnceLock<Writing>>::default();
    let flushed_packets = Arc::clone(&packets);
    let interfaces = Interfaces::default();
    let options = ReadOptions {
        bookmarks: None,
        filter: filter.map(str::to_owned),
        count: live.count,
        interrupt: Arc::clone(&live.signals.stop),
        // A failure shows again at the next write.
        before_waiting: BeforeWaiting::new(move || {
            drop(flushed.clone().flush());
            if let Some(writing) = flushed_packets.get() {
                writing.flush();
            }
        }),
        interfaces: live.write.as_ref().map(|_| interfaces.clone()),
        timelines: Timelines::Joined,
    };
    let mut reader = Reader::open([path], options).map_err(LiveFailure::Filter)?;
    let inputs = vec![path.to_owned()];
    let writing = live.write.clone().map(|options| {
        let options = WriteOptions {
            inputs,
            interfaces,
            stop: Arc::clone(&live.signals.stop),
            ..options
        };
        Writing::begin(options, live.show.clone())
    });
    let writing = writing.transpose().map_err(LiveFailure::Packets)?;
    if let Some(writing) = &writing {
        packets.get_or_init(|| writing.clone());
    }
    let mut session = session(live, out, filter.is_some(), console).with_writing(writing.clone());
    match play(&mut reader, &mut session, live, console) {
        Ok(()) => session.lost(reader.drops()),
        Err(error) => return Err(session.unreported(error)),
    }
    let files = vec![path.display().to_string()];
    conclude(live, session, files, writing.as_ref(), console)
}

/// Takes packets out of a capture until it ends.
fn play(
    reader: &mut Reader,
    session: &mut Session,
    live: &Live,
    console: &Console,
) -> io::Result<()> {
    let mut batch = Batch::default();
    loop {
        match reader.read(&mut batch) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(fault) => {
                session.fault();
                console.tell_error(&fault);
                continue;
            }
        }
        let first_ns = reader.progress().first_ns;
        if let Some(first_ns) = first_ns {
            session.begins(first_ns);
        }
        for frame in batch.frames() {
            let elapsed_ns = frame.time_ns.saturating_sub(first_ns.unwrap_or_default());
            if frame.has_time && is_over(live.duration, elapsed_ns) {
                return Ok(());
            }
            session.frame(frame)?;
            if live.signals.so_far.swap(false, Ordering::Relaxed) {
                session.so_far()?;
            }
            session.beat()?;
        }
    }
}

fn is_over(duration: Option<Duration>, elapsed_ns: u64) -> bool {
    duration.is_some_and(|duration| u128::from(elapsed_ns) >= duration.as_nanos())
}
