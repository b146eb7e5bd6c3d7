//! What the outside world says of looks: terminal, locale, environment.

use std::ffi::{OsStr, OsString};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::commands::live::Signals;
use crate::commands::signals::Stop;
use crate::notes::Lang;

/// What of the outside world decides about looks.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Standard output is a terminal.
    pub terminal: bool,
    /// The terminal's columns.
    pub columns: Option<usize>,
    /// The flags that end the reading.
    pub stop: Stop,
    /// The flag that asks for the summary so far.
    pub so_far: Arc<AtomicBool>,
}

impl Surroundings {
    /// The flags that signals set.
    #[must_use]
    pub fn signals(&self) -> Signals {
        Signals {
            stop: Arc::clone(&self.stop.asked),
            so_far: Arc::clone(&self.so_far),
        }
    }
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
