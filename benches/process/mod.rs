//! Whole processes measured from outside. A command is started by this very
//! program, run again as a small keeper that waits for one child alone, so
//! that the operating system's account of time and memory is that child's.

#![allow(dead_code, reason = "each benchmark uses a part of this")]

use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

/// The first argument of a keeper.
const KEEPER: &str = "--keep";

/// What one run took.
#[derive(Clone, Copy)]
pub struct Cost {
    /// The time from start to end, in seconds.
    pub wall: f64,
    /// User and system time, in seconds.
    pub cpu: f64,
    /// The most memory, in MiB.
    pub peak: f64,
}

/// Runs a command, its output thrown away. `None` when it cannot be started or
/// fails.
pub fn run(command: &[&str]) -> Option<Cost> {
    let me = std::env::current_exe().ok()?;
    let keeper = Command::new(me).arg(KEEPER).args(command).output().ok()?;
    let text = String::from_utf8(keeper.stdout).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some(Cost {
        wall: next()?,
        cpu: next()?,
        peak: next()?,
    })
}

/// Does the work of a keeper when this process is one; gives true when it was.
pub fn keep() -> bool {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() != Some(KEEPER) {
        return false;
    }
    let Some(program) = words.next() else {
        return true;
    };
    let start = Instant::now();
    let status = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let wall = start.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN);
    if let (Ok(status), Ok(usage)) = (status, usage)
        && status.success()
    {
        let seconds = |time: nix::sys::time::TimeVal| {
            time.tv_sec() as f64 + time.tv_usec() as f64 / 1_000_000.0
        };
        let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
        println!("{wall} {cpu} {}", usage.max_rss() as f64 / 1024.0);
    }
    true
}

/// Whether a program is installed.
pub fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}
