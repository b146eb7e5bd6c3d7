//! What the outside world says of looks: terminal, locale, environment.

use std::ffi::{OsStr, OsString};

use crate::commands::signals::Signals;
use crate::notes::Lang;
use crate::track::MemoryLimit;

/// What of the outside world decides about looks.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Standard output is a terminal.
    pub terminal: bool,
    /// The terminal's columns.
    pub columns: Option<usize>,
    /// The terminal's rows.
    pub rows: Option<usize>,
    /// The flags that signals set.
    pub signals: Signals,
    /// Tells whether standard input begins like a capture, where it can be looked
    /// at.
    pub input_is_capture: Option<fn() -> bool>,
    /// Tells how many bytes of memory are in use, if that is counted.
    pub memory_in_use: Option<fn() -> usize>,
}

impl Surroundings {
    /// Whether standard input begins like a capture: it is read where no file is
    /// named.
    #[must_use]
    pub fn captures_come_in(&self) -> bool {
        self.input_is_capture.is_some_and(|look| look())
    }

    /// How much memory may be in use: what was asked for, or else a part of the
    /// machine's.
    #[must_use]
    pub fn memory_limit(&self, asked: Option<usize>) -> Option<MemoryLimit> {
        let in_use = self.memory_in_use?;
        let at_most = asked.unwrap_or_else(part_of_the_machines);
        Some(MemoryLimit {
            at_most,
            in_use,
            threads: 1,
        })
    }
}

/// A quarter of the machine's memory, and no more than 2 GiB.
fn part_of_the_machines() -> usize {
    const MOST: u64 = 2 << 30;
    let machine = rustix::system::sysinfo();
    let all = (machine.totalram as u64).saturating_mul(u64::from(machine.mem_unit));
    usize::try_from((all / 4).min(MOST)).unwrap_or(usize::MAX)
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The language of the locale.
pub fn lang_of_locale() -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(set)
        .and_then(|locale| locale.to_str().map(Lang::from_locale))
        .unwrap_or_default()
}

fn is_dumb() -> bool {
    set("TERM").as_deref() == Some(OsStr::new("dumb"))
}

/// Whether what is longer than the screen may go through a pager.
pub fn pages(surroundings: &Surroundings) -> bool {
    surroundings.terminal && !is_dumb()
}

/// Whether to colour when nothing was said: see no-color.org and
/// bixense.com/clicolors.
pub fn colored(terminal: bool) -> bool {
    let forced = || set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    set("NO_COLOR").is_none() && (forced() || (terminal && !is_dumb()))
}

/// The columns of the terminal, else what `COLUMNS` says, else 80.
pub fn width(surroundings: &Surroundings) -> usize {
    let asked = set("COLUMNS").and_then(|value| value.to_str()?.parse().ok());
    surroundings
        .columns
        .or(asked)
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}
