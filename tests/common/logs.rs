//! The logs of another analyser. `WIRENOTES_ZEEK` names a folder with `zeek.ndjson`,
//! an object a line: `traces` (names of captures), `log`, `rows`; the captures stand
//! where `WIRENOTES_CAPTURES` says.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::io::Write;
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
/// none on this machine, which is said.
pub fn of(name: &str, what: &str) -> Option<Vec<Log>> {
    let Some(folder) = std::env::var_os("WIRENOTES_ZEEK").map(PathBuf::from) else {
        // Not `print!`, which the test runner swallows when the test passes.
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{what} against logs: NOT RUN, WIRENOTES_ZEEK is not set"
        )
        .expect("a line");
        return None;
    };
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

/// The least share that has to agree.
const AGREEMENT: f64 = 0.99;

/// A value that differs, or a row that the other side does not have.
#[derive(Debug)]
pub struct Difference {
    pub trace: String,
    pub client_port: String,
    /// The log's name of the value; `row` where we have nothing for a row of the log,
    /// the name of ours where the log has no row for it.
    pub field: &'static str,
    /// How many values differ.
    pub values: u32,
    pub ours: Option<String>,
    pub theirs: String,
}

impl Difference {
    pub fn is_in(&self, trace: &str) -> bool {
        self.trace == trace
    }

    pub fn is_row(&self) -> bool {
        self.field == "row" && self.ours.is_none()
    }

    /// Both sides have a number here: ours, and how much more the log's is.
    pub fn numbers(&self) -> Option<(i64, i64)> {
        let ours: i64 = self.ours.as_ref()?.parse().ok()?;
        let theirs: i64 = self.theirs.parse().ok()?;
        Some((ours, theirs - ours))
    }
}

/// A reason for differences.
pub struct Reason {
    pub explains: fn(&Difference) -> bool,
    /// Whether both speak of the same thing. What only one of them reads, or counts
    /// otherwise, cannot be compared.
    pub is_comparable: bool,
    pub because: &'static str,
}

/// What a comparison comes to.
#[derive(Default)]
pub struct Count {
    pub agreed: u32,
    pub differences: Vec<Difference>,
}

impl Count {
    /// Prints what agrees and why the rest does not. Fails where a difference has no
    /// reason or a reason no difference, and where not so many values agree or not the
    /// share that has to.
    pub fn tell(&self, what: &str, reasons: &[Reason], at_least: u32) {
        let mut used = vec![0; reasons.len()];
        let mut unexplained = Vec::new();
        let mut differing = 0;
        for difference in &self.differences {
            let of = reasons.iter().position(|it| (it.explains)(difference));
            let Some(index) = of else {
                unexplained.push(difference);
                differing += difference.values;
                continue;
            };
            used[index] += difference.values;
            if reasons[index].is_comparable {
                differing += difference.values;
            }
        }
        let all = self.agreed + differing;
        let share = f64::from(self.agreed) / f64::from(all);
        let (agreed, percent) = (self.agreed, share * 100.0);
        // Not `print!`, which the test runner swallows when the test passes.
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{what} against logs: {agreed} of {all} values agree, {percent:.2} %"
        )
        .expect("a line");
        for (reason, used) in reasons.iter().zip(&used) {
            let left_out = match reason.is_comparable {
                true => "",
                false => ", not compared",
            };
            writeln!(out, "  {used} values{left_out}: {}", reason.because).expect("a line");
        }
        assert!(unexplained.is_empty(), "unexplained: {unexplained:#?}");
        let unused = reasons.iter().zip(&used).filter(|(_, used)| **used == 0);
        let stale: Vec<_> = unused.map(|(reason, _)| reason.because).collect();
        assert!(stale.is_empty(), "explains nothing any more: {stale:#?}");
        assert!(agreed > at_least, "only {agreed} values agree");
        assert!(share >= AGREEMENT, "only {percent:.2} % agree");
    }
}
