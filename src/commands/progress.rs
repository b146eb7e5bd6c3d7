//! A progress bar on standard error for work that takes long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bar, once the work has taken long enough. All copies are one.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    wanted: bool,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// None shown yet; `wanted` is false where nobody is looking.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        Self(Arc::new(Mutex::new(State {
            wanted,
            started: Instant::now(),
            bar: None,
        })))
    }

    /// Shows how far the work is: `read` bytes, of `total` where that is known.
    pub fn tick(&self, read: u64, total: Option<u64>) {
        let mut state = self.lock();
        if !state.wanted || (state.bar.is_none() && state.started.elapsed() < PATIENCE) {
            return;
        }
        let bar = state.bar.get_or_insert_with(|| bar(total));
        bar.set_position(read);
    }

    /// Takes it away for good: the first byte of output is to stand in its
    /// place.
    pub fn finish(&self) {
        let mut state = self.lock();
        state.wanted = false;
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves a bar that is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        ),
        None => (
            ProgressBar::new_spinner(),
            "{spinner} {bytes} {bytes_per_sec}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
