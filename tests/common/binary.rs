//! Runs the finished binary.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// What a run gave.
pub struct Run {
    /// The exit status; `None` when a signal or the time limit ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Longer than this is a hang.
pub const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A command with the surroundings that tests rely on: English, no colour, 80
/// columns, whatever the caller's environment says.
pub fn wirenotes() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirenotes"));
    for name in [
        "LC_ALL",
        "LC_MESSAGES",
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "RUST_BACKTRACE",
    ] {
        command.env_remove(name);
    }
    command
        .env("LANG", "C")
        .env("TZ", "UTC")
        .env("COLUMNS", "80")
        .timeout(TIME_LIMIT);
    command
}

/// Runs a prepared command to its end.
pub fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the binary starts");
    Run {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs the binary with these arguments to its end.
pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    finish(wirenotes().args(arguments))
}

/// The packet records of a capture, which may have faults.
pub fn packets(file: &Path) -> Vec<Value> {
    let arguments = ["--packets", "--format", "ndjson"];
    let run = finish(wirenotes().arg("analyze").arg(file).args(arguments));
    assert!(
        matches!(run.status, Some(0 | 1)),
        "{}: status {:?}: {}",
        file.display(),
        run.status,
        run.stderr
    );
    run.records("packet")
}

impl Run {
    /// The records of `--format ndjson` of one kind.
    pub fn records(&self, kind: &str) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .filter(|record: &Value| record["record"] == kind)
            .collect()
    }

    /// Fails unless it ended with this status.
    #[track_caller]
    pub fn assert_status(&self, status: i32) -> &Self {
        assert_eq!(
            self.status,
            Some(status),
            "stdout: {}\nstderr: {}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Fails unless standard error says this.
    #[track_caller]
    pub fn assert_says(&self, what: &str) -> &Self {
        assert!(
            self.stderr.contains(what),
            "no {what:?} in {:?}",
            self.stderr
        );
        self
    }
}
