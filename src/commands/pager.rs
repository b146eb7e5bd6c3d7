//! What is longer than the screen goes through the user's pager, as git does
//! it. The pager starts with the first byte that is written, so that a message
//! that stands alone needs none.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::signals::Signals;
use crate::patience::Patient;

/// The pager where none is named: it ends at once if all fits the screen, shows
/// colours, and leaves the text on the screen.
const DEFAULT: &str = "less -FRX";

/// How often it is looked whether the pager has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Standard output, through a pager if one is wanted.
#[derive(Clone)]
pub struct Pager(Arc<Mutex<State>>);

struct State {
    stdout: Patient<io::Stdout>,
    /// The pager that is to start with the first byte.
    wanted: Option<OsString>,
    /// Called before the first byte.
    before: Option<Box<dyn FnOnce() + Send>>,
    running: Option<(Child, Patient<ChildStdin>)>,
    signals: Signals,
    ended: bool,
}

impl Pager {
    /// Standard output; where `wanted`, through `$PAGER`. `before` is called
    /// before the first byte is written.
    #[must_use]
    pub fn new(wanted: bool, signals: &Signals, before: impl FnOnce() + Send + 'static) -> Self {
        let named = std::env::var_os("PAGER").unwrap_or_else(|| DEFAULT.into());
        // An empty name, and cat, mean that none is wanted.
        let named = Some(named).filter(|named| wanted && !named.is_empty() && named != "cat");
        Self(Arc::new(Mutex::new(State {
            stdout: Patient::new(io::stdout(), &signals.stop),
            signals: signals.clone(),
            wanted: named,
            before: Some(Box::new(before)),
            running: None,
            ended: false,
        })))
    }

    /// Where to write.
    #[must_use]
    pub fn output(&self) -> Box<dyn Write + Send> {
        Box::new(self.clone())
    }

    /// Waits until the user has read enough. Meanwhile Ctrl-C is the pager's,
    /// not ours: the flag is set back. A process that was told to end takes the
    /// pager with it.
    pub fn finish(&self) {
        let mut state = self.lock();
        state.ended = true;
        let Some((mut child, input)) = state.running.take() else {
            return;
        };
        drop(input);
        // A pager that cannot be waited for is not waited for.
        while let Ok(None) = child.try_wait() {
            if state.signals.terminated.load(Ordering::Relaxed) {
                // It puts the terminal back; one that is gone needs nothing.
                let _ = kill_process(Pid::from_child(&child), Signal::TERM);
                break;
            }
            state.signals.stop.store(false, Ordering::Relaxed);
            thread::sleep(LOOK_EVERY);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves a state that is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Does what is to be done before the first byte.
    fn begin(&mut self) {
        if let Some(before) = self.before.take() {
            before();
        }
        if let Some(named) = self.wanted.take() {
            // Without the pager, the text goes to the terminal as it is.
            let started = start(&named).ok();
            // Who reads page by page does not stand still, whatever Ctrl-C
            // meant to the pager.
            self.running = started
                .map(|(child, input)| (child, Patient::new(input, &self.signals.terminated)));
        }
    }
}

fn start(named: &OsString) -> io::Result<(Child, ChildStdin)> {
    let mut command = Command::new("sh");
    command.arg("-c").arg(named).stdin(Stdio::piped());
    if std::env::var_os("LESSCHARSET").is_none() {
        command.env("LESSCHARSET", "utf-8");
    }
    let mut child = command.spawn()?;
    match child.stdin.take() {
        Some(input) => Ok((child, input)),
        None => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.lock();
        state.begin();
        let ended = state.ended;
        match &mut state.running {
            Some((_, input)) => input.write(bytes),
            None if ended => Err(io::ErrorKind::BrokenPipe.into()),
            None => state.stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.lock();
        match &mut state.running {
            Some((_, input)) => input.flush(),
            None => state.stdout.flush(),
        }
    }
}
