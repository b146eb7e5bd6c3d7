//! The logs of another analyser. `WIRENOTES_ZEEK` names a folder with `zeek.ndjson`,
//! an object a line: `traces` (names of captures), `log`, `rows`; the captures stand
//! where `WIRENOTES_CAPTURES` says.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::path::PathBuf;

use serde_json::Value;

use super::files;

/// What the other analyser says of a capture.
pub struct Log {
    /// The capture's name in the logs.
    pub trace: String,
    pub capture: PathBuf,
    /// All captures whose rows may be among these; the first is the one above.
    pub captures: Vec<PathBuf>,
    pub rows: Vec<Value>,
    /// All that it says, not the columns and rows that one of its own tests looks at.
    pub is_whole: bool,
}

/// The logs of this name and those cut, joined or renamed from it; `None` where there are
/// none on this machine.
pub fn of(name: &str) -> Option<Vec<Log>> {
    let folder = std::env::var_os("WIRENOTES_ZEEK").map(PathBuf::from)?;
    let captures = files::shared_captures().expect("captures beside the logs");
    let text = std::fs::read_to_string(folder.join("zeek.ndjson")).expect("the logs");
    let mut logs = Vec::new();
    for line in text.lines() {
        let log: Value = serde_json::from_str(line).expect("an object a line");
        let told = log["log"].as_str().expect("a log's name");
        let kind = told.strip_prefix(name);
        let Some(rows) = log["rows"].as_array().filter(|_| {
            kind.is_some_and(|behind| behind.is_empty() || behind.starts_with(['.', '-']))
        }) else {
            continue;
        };
        let traces = log["traces"].as_array().expect("names of captures");
        let traces = traces.iter().map(|it| it.as_str().expect("a name"));
        let found = traces.clone().map(|trace| {
            let capture = captures.iter().find(|path| path.ends_with(trace));
            capture
                .unwrap_or_else(|| panic!("{trace} is missing"))
                .clone()
        });
        let found: Vec<_> = found.collect();
        logs.push(Log {
            trace: traces.clone().next().expect("a capture").to_owned(),
            capture: found[0].clone(),
            captures: found,
            rows: rows.clone(),
            is_whole: told.trim_end_matches(".log") == name.trim_end_matches(".log"),
        });
    }
    Some(logs)
}
