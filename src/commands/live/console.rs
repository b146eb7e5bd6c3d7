//! Standard error beside standard output, on what may be the same terminal:
//! messages, and a status line that is out of the way whenever something else
//! is written.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Back to the first column, and nothing left on the line.
const CLEAR: &str = "\r\x1b[K";

/// Standard error.
#[derive(Clone, Debug)]
pub struct Console(Arc<Mutex<Line>>);

#[derive(Debug)]
struct Line {
    /// Somebody may look at it.
    wanted: bool,
    /// Both outputs go to the same place, or may.
    shared: bool,
    /// The line stands on the terminal.
    shown: bool,
    /// Standard output is not in the middle of a line.
    between_lines: bool,
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Console {
    /// The console of this process; with a status line where that is a terminal.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Line {
            wanted: io::stderr().is_terminal(),
            shared: io::stdout().is_terminal(),
            shown: false,
            between_lines: true,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // A panic elsewhere leaves a few flags that are still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something on a line of its own.
    pub fn tell(&self, message: &str) {
        let mut line = self.lock();
        line.clear();
        // Nobody is left to be told if this fails.
        let _ = writeln!(io::stderr(), "wirenotes: {message}");
    }

    /// Whether a status line is of any use.
    #[must_use]
    pub fn has_status(&self) -> bool {
        self.lock().wanted
    }

    /// Shows another status line, cut to the terminal's width.
    pub fn status(&self, text: &str) {
        let mut line = self.lock();
        if line.wanted && line.between_lines {
            line.shown = true;
            let _ = write!(io::stderr(), "{CLEAR}{text}");
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
                Box::new(io::stderr())
            }
            false => Box::new(io::stdout()),
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
            let _ = write!(io::stderr(), "{CLEAR}");
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
