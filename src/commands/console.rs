//! Standard output and standard error, which may be one terminal: results go to
//! the one, messages and a status line to the other. A message is fit for a
//! terminal, whatever names and words it repeats; the status line is out of the
//! way whenever something else is written.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::escape::escape_lines;
use crate::notes::Lang;
use crate::patience::Patient;
use crate::report::errors::InLanguage;

/// Back to the first column, and nothing left on the line.
const CLEAR: &str = "\r\x1b[K";

/// Standard output and standard error of this process. Clones are the same.
#[derive(Clone, Debug)]
pub struct Console {
    line: Arc<Mutex<Line>>,
    /// The language of messages.
    pub lang: Lang,
    stop: Arc<AtomicBool>,
}

/// What is said to somebody who shows it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Lines of a message.
    Message(String),
    /// Another status line.
    Status(String),
}

#[derive(Debug)]
struct Line {
    /// Where messages and the status line go while the terminal is somebody else's.
    elsewhere: Option<Sender<Told>>,
    error: Patient<io::Stderr>,
    /// Somebody may look at it.
    wanted: bool,
    /// Both outputs go to the same place, or may.
    shared: bool,
    /// The line stands on the terminal.
    shown: bool,
    /// Standard output is not in the middle of a line.
    between_lines: bool,
}

impl Console {
    /// The console of this process, with a status line where that is a terminal;
    /// `stop` says that the process is to end.
    #[must_use]
    pub fn new(stop: &Arc<AtomicBool>, lang: Lang) -> Self {
        let line = Line {
            elsewhere: None,
            error: Patient::new(io::stderr(), stop),
            wanted: io::stderr().is_terminal(),
            shared: io::stdout().is_terminal(),
            shown: false,
            between_lines: true,
        };
        Self {
            line: Arc::new(Mutex::new(line)),
            lang,
            stop: Arc::clone(stop),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // A panic elsewhere leaves a few flags that are still whole.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something on a line of its own, with the program's name before it.
    pub fn tell(&self, message: &dyn Display) {
        self.write(&format!("wirenotes: {message}"));
    }

    /// Says what went wrong, in the reader's language.
    pub fn tell_error(&self, error: &dyn InLanguage) {
        self.tell(&error.told(self.lang));
    }

    /// From now on nothing is written to standard error: it comes out here.
    pub fn send_elsewhere(&self) -> Receiver<Told> {
        let (elsewhere, told) = channel();
        let mut line = self.lock();
        line.clear();
        line.elsewhere = Some(elsewhere);
        told
    }

    /// Standard error is written to again; first what of the messages nobody took.
    pub fn send_back(&self, told: Receiver<Told>) {
        self.lock().elsewhere = None;
        for told in told {
            if let Told::Message(message) = told {
                self.write(&message);
            }
        }
    }

    /// Writes lines to standard error.
    pub fn write(&self, lines: &str) {
        let mut line = self.lock();
        if let Some(elsewhere) = &line.elsewhere {
            // Nobody is left to be told if this fails.
            let _ = elsewhere.send(Told::Message(lines.to_owned()));
            return;
        }
        line.clear();
        // Nobody is left to be told if this fails.
        let _ = line
            .error
            .write_all(format!("{}\n", escape_lines(lines)).as_bytes());
    }

    /// Whether a status line is of any use.
    #[must_use]
    pub fn has_status(&self) -> bool {
        let line = self.lock();
        line.wanted || line.elsewhere.is_some()
    }

    /// Shows another status line, cut to the terminal's width.
    pub fn status(&self, text: &str) {
        let mut line = self.lock();
        if let Some(elsewhere) = &line.elsewhere {
            let _ = elsewhere.send(Told::Status(text.to_owned()));
            return;
        }
        if line.wanted && line.between_lines {
            line.shown = true;
            let _ = line.error.write_all(format!("{CLEAR}{text}").as_bytes());
        }
    }

    /// Takes the status line away.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Standard output, before which the status line makes way; standard error
    /// where that is `taken`.
    #[must_use]
    pub fn output(&self, taken: bool) -> Box<dyn Write + Send> {
        let out: Box<dyn Write + Send> = match taken {
            true => {
                self.lock().shared = true;
                Box::new(Patient::new(io::stderr(), &self.stop))
            }
            false => Box::new(Patient::new(io::stdout(), &self.stop)),
        };
        Box::new(Beside {
            console: self.clone(),
            out,
        })
    }
}

impl Line {
    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = self.error.write_all(CLEAR.as_bytes());
        }
    }
}

/// See [`Console::output`].
struct Beside {
    console: Console,
    out: Box<dyn Write + Send>,
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut line = self.console.lock();
        if line.shared {
            line.clear();
        }
        let written = self.out.write(bytes)?;
        if let Some(last) = bytes.get(..written).and_then(<[u8]>::last) {
            line.between_lines = !line.shared || *last == b'\n';
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
