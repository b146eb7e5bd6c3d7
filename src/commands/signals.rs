//! What signals ask of this process, and which of them it was told to ignore.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What signal handlers set.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// The process is to end, whoever asked for it.
    pub stop: Arc<AtomicBool>,
    /// It was not Ctrl-C, which on a terminal may be meant for a pager.
    pub terminated: Arc<AtomicBool>,
    /// The summary so far is to be shown.
    pub so_far: Arc<AtomicBool>,
}

/// Whether a signal was set to be ignored by who started this process, as
/// `nohup` does with SIGHUP: then it stays so. Where the system does not say,
/// it was not.
#[must_use]
pub fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores(&status, signal)
}

/// `SigIgn:` of proc(5) has a bit for each signal, that of signal 1 the lowest.
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = u32::try_from(signal).ok().and_then(|it| it.checked_sub(1));
    match (mask, bit.and_then(|bit| 1_u64.checked_shl(bit))) {
        (Some(mask), Some(bit)) => mask & bit != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_read_as_the_system_writes_it() {
        let status = "Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        assert!(ignores(status, 1) && ignores(status, 13));
        assert!(!ignores(status, 2) && !ignores(status, 15));
        assert!(!ignores(status, 0) && !ignores(status, 99) && !ignores("", 1));
    }
}
