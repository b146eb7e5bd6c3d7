//! A progress bar on standard error for work that takes long.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bar, once the work has taken long enough.
#[derive(Debug)]
pub struct Progress {
    wanted: bool,
    started: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// None shown yet; `wanted` is false where nobody is looking.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        Self {
            wanted,
            started: Instant::now(),
            bar: None,
        }
    }

    /// Shows how far the work is: `read` bytes, of `total` where that is known.
    pub fn tick(&mut self, read: u64, total: Option<u64>) {
        if !self.wanted || (self.bar.is_none() && self.started.elapsed() < PATIENCE) {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| bar(total));
        bar.set_position(read);
    }

    /// Takes it away.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
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
