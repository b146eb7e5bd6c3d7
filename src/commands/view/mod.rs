//! `wirenotes view FILE`: the capture is read in the background, what the viewer asks
//! is answered by the other commands, and keys are waited for in between.

mod answer;
pub mod recording;
mod tables;
mod write;

use std::io::{self, IsTerminal};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, TempPath};

use crate::capture::Bookmarks;
use crate::commands::analyze::{Pass, Reading, read};
use crate::commands::kept::Kept;
use crate::escape::escape;
use crate::notes::Lang;
use crate::report::selection::Selection;
use crate::report::{Look, Several, Watch};
use crate::view::{Action, Asked, Commands, Key, News, Slot, Source, Terminal, Viewer};
use tables::{Answers, Tables};

/// How often how things stand is told while the reading goes on, at the most: to find
/// that out may take a while, and is to take a tenth of the time.
const EVERY: Duration = Duration::from_millis(250);
const SHARE: u32 = 10;

/// How long a key is waited for before what the commands answered is looked at.
const GLANCE: Duration = Duration::from_millis(15);

/// And where nothing is waited for.
const REST: Duration = Duration::from_millis(500);

/// Understands the words that select conversations; times of the day in them may be
/// in UTC.
pub type Select = fn(&str, bool, Lang) -> Result<Selection, String>;

/// What to look at.
#[derive(Clone, Debug)]
pub struct View {
    /// What to read.
    pub reading: Reading,
    /// How it is to look.
    pub look: Look,
    /// The words that select conversations at first, as they were typed.
    pub words: String,
    /// Times of the day in such words are in UTC.
    pub utc: bool,
    /// Understands the words that are typed behind `/`.
    pub select: Select,
}

/// Why there is no viewer.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Nothing can be drawn there.
    #[error(
        "the viewer draws on a terminal, and {}: `wirenotes FILE` prints the same",
        if *.dumb { "TERM=dumb says that this one cannot be drawn on" }
        else { "standard output is none" }
    )]
    NoTerminal {
        /// It is a terminal that cannot be drawn on.
        dumb: bool,
    },
    /// What is read only once cannot be kept to be read again.
    #[error("what comes through a pipe cannot be kept in a temporary file: {0}")]
    Copy(#[source] io::Error),
    /// The terminal fails.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
    /// Something has panicked.
    #[error("the viewer has come to an end by a fault of its own")]
    Panicked,
}

/// Looks at it until the reader has seen enough.
///
/// # Errors
/// When there is no terminal to draw on.
pub fn run(view: View) -> Result<(), ViewError> {
    let stop = Arc::clone(&view.reading.interrupt);
    let mut terminal = terminal_or_error()?;
    let mut session = Session::new(view, terminal.size()?)?;
    while !stop.load(Ordering::Relaxed) && session.turn(&mut terminal)? {}
    Ok(())
}

/// The terminal, if there is one that can be drawn on.
fn terminal_or_error() -> Result<Terminal, ViewError> {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let is_terminal = io::stdout().is_terminal();
    match is_terminal && !dumb {
        true => Ok(Terminal::take()?),
        false => Err(ViewError::NoTerminal { dumb: is_terminal }),
    }
}

/// Work in the background, which ends when this is dropped.
struct Job {
    interrupt: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Job {
    /// Begins it.
    fn begin(work: impl FnOnce(Arc<AtomicBool>) + Send + 'static) -> io::Result<Self> {
        let interrupt = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&interrupt);
        let thread = thread::Builder::new().name("view".to_owned());
        Ok(Self {
            thread: Some(thread.spawn(move || work(own))?),
            interrupt,
        })
    }

    fn is_done(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.interrupt.store(true, Ordering::Relaxed);
    }
}

/// The viewer with what works for it.
pub struct Session {
    view: View,
    /// The viewer.
    pub viewer: Viewer,
    news: Receiver<News>,
    tell: Sender<News>,
    /// The reading of all of it.
    pass: Option<Job>,
    /// The names of what is read.
    names: Vec<String>,
    /// What is found of the packets.
    kept: Option<Kept>,
    /// What was answered since all is read.
    answered: Arc<Mutex<Answers>>,
    /// That packets are kept in temporary files was said.
    copies_told: bool,
    /// What can be read only once, with the copy that is made of it.
    pipes: Vec<(PathBuf, TempPath)>,
    /// The files as the first reading finds them, until it has begun.
    first: Option<Vec<PathBuf>>,
    so_far: Arc<AtomicBool>,
    /// When how things stand was asked for last, and how long after that it is again.
    asked: Instant,
    every: Duration,
    /// What answers the questions of each pane.
    answers: [Option<Job>; Slot::ALL.len()],
    /// What writes packets.
    writing: Option<Job>,
}

impl Session {
    /// Begins to read, for a screen of so many columns and rows.
    ///
    /// # Errors
    /// When a pipe cannot be kept.
    pub fn new(mut view: View, size: (u16, u16)) -> Result<Self, ViewError> {
        let names: Vec<_> = view.reading.files.iter().map(|file| name(file)).collect();
        let first = view.reading.files.clone();
        let mut pipes = Vec::new();
        for file in view.reading.files.iter_mut().filter(|file| is_pipe(file)) {
            let copy = NamedTempFile::with_prefix("wirenotes-").map_err(ViewError::Copy)?;
            let copy = copy.into_temp_path();
            let again = copy.to_path_buf();
            pipes.push((std::mem::replace(file, again), copy));
        }
        let source = Source {
            name: match names.as_slice() {
                [one] => one.clone(),
                [first, ..] => format!("{first} …"),
                [] => String::new(),
            },
            commands: Commands {
                analyze: view.look.command.clone(),
                listing: view.look.listing.clone(),
            },
            live: false,
            color: view.look.style.color,
        };
        let mut session = Self {
            first: Some(first),
            pipes,
            names,
            ..Self::of(view, source, size)
        };
        session.read();
        if !session.view.words.is_empty() {
            let words = session.view.words.clone();
            session.viewer.select(words);
        }
        Ok(session)
    }

    /// What is being recorded elsewhere.
    fn of_recording(look: Look, size: (u16, u16)) -> Self {
        let view = View {
            reading: Reading::of_nothing(),
            words: String::new(),
            utc: look.utc,
            look,
            select: |_, _, _| Ok(Selection::default()),
        };
        let source = Source {
            live: true,
            color: view.look.style.color,
            ..Source::default()
        };
        Self::of(view, source, size)
    }

    /// Nothing is read yet.
    fn of(view: View, source: Source, size: (u16, u16)) -> Self {
        let (tell, news) = channel();
        Self {
            viewer: Viewer::new(source, view.look.lang, size),
            view,
            news,
            tell,
            pass: None,
            names: Vec::new(),
            kept: None,
            answered: Arc::default(),
            copies_told: false,
            pipes: Vec::new(),
            first: None,
            so_far: Arc::new(AtomicBool::new(true)),
            asked: Instant::now(),
            every: EVERY,
            answers: [None, None],
            writing: None,
        }
    }

    /// Reads all of it in the background.
    fn read(&mut self) {
        let look = Look {
            width: usize::from(self.viewer.size().0),
            command: String::new(),
            listing: String::new(),
            ..self.view.look.clone()
        };
        let mut reading = self.view.reading.clone();
        let bookmarks = Bookmarks::default();
        if let Some(first) = self.first.take() {
            reading.files = first;
            for (pipe, copy) in &self.pipes {
                bookmarks.copy(pipe.clone(), copy.to_path_buf());
            }
        }
        let kept = Kept::new(&reading, bookmarks).map_err(|error| error.to_string());
        self.kept = match kept {
            Ok(kept) => Some(kept),
            Err(error) => {
                self.viewer.news(News::Message(error));
                None
            }
        };
        let keep = self.kept.clone();
        self.answered = Arc::default();
        let answered = Arc::clone(&self.answered);
        let names = self.names.clone();
        let (tell, so_far) = (self.tell.clone(), Arc::clone(&self.so_far));
        self.ask_how_things_stand();
        let lang = look.lang;
        let work = move |interrupt: Arc<AtomicBool>| {
            let openings = tell.clone();
            let (tables, mut reports) = Tables::new(&look);
            // Nobody is left to be told if it fails.
            let watch = Watch::new(
                look,
                names,
                Box::new(move |opening| {
                    let _ = openings.send(News::Opening(Box::new(opening)));
                }),
            );
            let reading = Reading {
                interrupt: Arc::clone(&interrupt),
                threads: NonZero::<usize>::MIN,
                ..reading
            };
            let pass = Pass {
                so_far: Some(so_far),
                keep,
                ..Pass::of_conversations(lang, Selection::default())
            };
            let progress = tell.clone();
            let mut tick = |read, total| {
                let _ = progress.send(News::Progress(read, total));
            };
            let out = Box::new(io::sink());
            reports.push(Box::new(watch));
            let reports = Box::new(Several::new(reports));
            let read = read(&reading, pass, |_| reports, out, &mut tick);
            if interrupt.load(Ordering::Relaxed) {
                return;
            }
            let faults = match read {
                Ok(outcome) => {
                    tables.give(&mut lock(&answered));
                    answer::faults(&outcome, lang)
                }
                Err(error) => vec![answer::told(&error, lang)],
            };
            let _ = tell.send(News::Read(faults));
        };
        self.pass = self.begin(work);
    }

    /// Asks how things stand; not again before that is told.
    fn ask_how_things_stand(&mut self) {
        (self.asked, self.every) = (Instant::now(), Duration::MAX);
        self.so_far.store(true, Ordering::Relaxed);
    }

    fn begin(&mut self, work: impl FnOnce(Arc<AtomicBool>) + Send + 'static) -> Option<Job> {
        match Job::begin(work) {
            Ok(job) => Some(job),
            Err(error) => {
                self.viewer.news(News::Message(error.to_string()));
                None
            }
        }
    }

    /// Takes in what there is to take in, and begins what is to be begun. True where
    /// something was.
    pub fn step(&mut self) -> bool {
        let mut any = false;
        while let Ok(news) = self.news.try_recv() {
            if let News::Opening(_) = news {
                self.every = EVERY.max(self.asked.elapsed() * SHARE);
            }
            self.viewer.news(news);
            any = true;
        }
        let copies = self.kept.as_ref().map(|kept| kept.bookmarks().has_copies());
        if copies == Some(true) && !std::mem::replace(&mut self.copies_told, true) {
            let told = self.view.look.lang.pick(
                "what comes packed or through a pipe is kept in a temporary file",
                "压缩文件和管道的内容保存在临时文件中",
            );
            self.viewer.news(News::Message(told.to_owned()));
        }
        if self.asked.elapsed() >= self.every {
            self.ask_how_things_stand();
        }
        while let Some(asked) = self.viewer.asks() {
            self.answer(asked);
            any = true;
        }
        any
    }

    /// Answers a question in the background; an earlier one of the same pane is void.
    fn answer(&mut self, asked: Asked) {
        if let Some(known) = lock(&self.answered).get(&asked) {
            self.viewer.news(News::Answer(asked.serial, Ok(known)));
            return;
        }
        let (view, tell, slot) = (self.view.clone(), self.tell.clone(), asked.slot);
        let kept = self.kept.clone();
        // What is known before all is read may be known better then.
        let is_read = self.pass.as_ref().is_none_or(Job::is_done);
        let answered = is_read.then(|| Arc::clone(&self.answered));
        let work = move |interrupt: Arc<AtomicBool>| {
            let (serial, same) = (asked.serial, asked.clone());
            let answer = answer::answer(&view, kept.as_ref(), asked, &interrupt);
            let whole = answer
                .as_ref()
                .ok()
                .filter(|_| !interrupt.load(Ordering::Relaxed));
            if let (Some(answered), Some(answer)) = (answered, whole) {
                lock(&answered).add(same.question, same.width, same.lang, answer.clone());
            }
            if !interrupt.load(Ordering::Relaxed) || answer.is_ok() {
                let _ = tell.send(News::Answer(serial, answer));
            }
        };
        let job = self.begin(work);
        if let Some(place) = self.answers.get_mut(slot as usize) {
            *place = job;
        }
    }

    /// Takes in a key, as if it came from the terminal.
    pub fn key(&mut self, key: Key) {
        self.viewer.key(key);
        while let Some(action) = self.viewer.acts() {
            self.act(action);
        }
        self.step();
    }

    /// Does what the viewer wants done, but for what only a terminal can do.
    fn act(&mut self, action: Action) {
        match action {
            Action::Language(lang) => {
                self.view.look.lang = lang;
                // What still comes through a pipe is being read the only time that
                // all of it can be.
                let is_recorded = self.view.reading.files.is_empty();
                let is_read = self.pass.as_ref().is_none_or(Job::is_done);
                if !is_recorded && (self.pipes.is_empty() || is_read) {
                    self.read();
                }
                self.viewer.speak(lang);
            }
            Action::Write { path, shown } => {
                let (view, tell, kept) = (self.view.clone(), self.tell.clone(), self.kept.clone());
                let work = move |interrupt: Arc<AtomicBool>| {
                    let path = PathBuf::from(path);
                    let said = write::write(&view, kept.as_ref(), path, &shown, &interrupt);
                    let _ = tell.send(News::Message(said));
                };
                self.writing = self.begin(work);
            }
            Action::Quit | Action::Copy(_) | Action::Pause(_) => {}
        }
    }

    /// Takes in what there is, draws it, and waits a little for keys; false when the
    /// reader has seen enough.
    fn turn(&mut self, terminal: &mut Terminal) -> Result<bool, ViewError> {
        self.step();
        while let Some(action) = self.viewer.acts() {
            match action {
                Action::Quit => return Ok(false),
                Action::Copy(text) => terminal.copy(&text)?,
                other => self.act(other),
            }
        }
        terminal.draw(&mut self.viewer)?;
        let patience = if self.viewer.waits() { GLANCE } else { REST };
        let mut key = terminal.key(patience)?;
        // Keys that wait already are taken in before anything is drawn.
        while let Some(one) = key {
            self.viewer.key(one);
            key = match terminal.has_key()? {
                true => terminal.key(Duration::ZERO)?,
                false => None,
            };
        }
        match terminal.has_panicked() {
            true => Err(ViewError::Panicked),
            false => Ok(true),
        }
    }

    /// Where the viewer is told something.
    fn news_sender(&self) -> Sender<News> {
        self.tell.clone()
    }

    /// Whether anything is at work in the background.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let jobs = self
            .answers
            .iter()
            .flatten()
            .chain(&self.pass)
            .chain(&self.writing);
        jobs.into_iter().any(|job| !job.is_done())
    }

    /// Waits until nothing is at work any longer, and takes it all in.
    pub fn settle(&mut self) {
        loop {
            let busy = self.is_busy();
            let any = self.step();
            if !busy && !any {
                return;
            }
            if !any {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// The last part of a file's name, as it may be shown.
fn name(file: &Path) -> String {
    if file.as_os_str() == "-" {
        return file.display().to_string();
    }
    let name = file.file_name().unwrap_or(file.as_os_str());
    escape(&name.to_string_lossy()).into_owned()
}

/// Whether it can be read only once.
fn is_pipe(file: &Path) -> bool {
    let can_go_back = |file: &Path| file.metadata().is_ok_and(|it| it.is_file() || it.is_dir());
    file.as_os_str() == "-" || (file.exists() && !can_go_back(file))
}

fn lock(answered: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    // Answers are whole after any panic.
    answered.lock().unwrap_or_else(PoisonError::into_inner)
}
