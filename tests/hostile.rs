//! No input makes it panic, hang, or leave by another status than 0 or 1: not
//! the captures that were made to break dissectors, not a sample cut anywhere,
//! not a sample with bytes damaged.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Every way of looking at a capture.
const VIEWS: &[&[&str]] = &[
    &[],
    &["--packets"],
    &["--packets", "--format", "ndjson"],
    &["--packets", "--format", "json"],
    &["--conversation", "1"],
    &["--packets", "--lang", "zh"],
    &["--conversation", "1", "--lang", "zh"],
    &["--lang", "zh", "--format", "ndjson"],
];

/// The views for damaged samples, of which there are many.
const FEW_VIEWS: &[&[&str]] = &[
    &["--packets"],
    &["--packets", "--format", "ndjson", "--lang", "zh"],
    &["--conversation", "1"],
];

/// Cuts of each sample, spread evenly, beside every one of the first bytes.
const CUTS: usize = 24;

/// The file header of a classic capture, one record header, and some.
const FIRST_BYTES: usize = 44;

/// Damaged copies of each sample.
const DAMAGED: usize = 24;

/// Larger samples are damaged fewer times; their packets are more of the same.
const LARGE: usize = 32 * 1024;

#[test]
fn every_capture_from_elsewhere_in_every_view() {
    match files::shared_captures() {
        Some(captures) => {
            assert!(captures.len() > 1000, "only {} captures", captures.len());
            let views = captures.len() * VIEWS.len();
            all_survive(&captures, VIEWS);
            say(&format!(
                "{} captures from elsewhere, {views} runs: all survive",
                captures.len()
            ));
        }
        None => say("captures from elsewhere: NOT RUN, ../shared/captures is absent"),
    }
}

#[test]
fn every_sample_in_every_view() {
    all_survive(&files::samples(), VIEWS);
}

#[test]
fn every_sample_cut_short() {
    for sample in files::samples() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bytes = std::fs::read(&sample).expect("a sample is readable");
        let cuts = if bytes.len() > LARGE { CUTS / 6 } else { CUTS };
        let spread = (1..=cuts).map(|part| bytes.len() * part / (cuts + 1));
        let early = (0..FIRST_BYTES.min(bytes.len())).step_by(if cuts < CUTS { 7 } else { 3 });
        let copies: Vec<_> = early
            .chain(spread)
            .map(|length| write_copy(folder.path(), &sample, length, &bytes[..length]))
            .collect();
        all_survive(&copies, FEW_VIEWS);
    }
}

#[test]
fn every_sample_with_bytes_damaged() {
    for (index, sample) in files::samples().iter().enumerate() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bytes = std::fs::read(sample).expect("a sample is readable");
        let times = if bytes.len() > LARGE {
            DAMAGED / 6
        } else {
            DAMAGED
        };
        let copies: Vec<_> = (0..times)
            .map(|time| {
                let mut random = Random::seeded((index * DAMAGED + time) as u64);
                let damaged = damage(&bytes, &mut random);
                write_copy(folder.path(), sample, time, &damaged)
            })
            .collect();
        all_survive(&copies, FEW_VIEWS);
    }
}

/// Changes one byte in some thirty, at least one: to anything, or to the
/// values where lengths and counters go wrong.
fn damage(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return bytes;
    }
    for _ in 0..=bytes.len() / 30 {
        let at = random.below(bytes.len());
        bytes[at] = match random.below(4) {
            0 => 0x00,
            1 => 0xff,
            2 => bytes[at] ^ 1 << random.below(8),
            _ => random.below(256) as u8,
        };
    }
    bytes
}

/// A small generator (splitmix64), so that a failure can be had again.
struct Random(u64);

impl Random {
    fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % limit as u64) as usize
    }
}

fn write_copy(folder: &Path, sample: &Path, number: usize, bytes: &[u8]) -> PathBuf {
    let name = sample.file_name().expect("a sample has a name");
    let copy = folder.join(format!("{number}-{}", name.to_string_lossy()));
    std::fs::write(&copy, bytes).expect("the temporary folder is writable");
    copy
}

/// Runs every view of every file, two at a time, and fails with all that
/// did not survive. What failed is kept beside the build for a closer look.
fn all_survive(captures: &[PathBuf], views: &[&[&str]]) {
    let jobs: Vec<_> = captures
        .iter()
        .flat_map(|capture| views.iter().map(move |view| (capture, *view)))
        .collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((capture, view)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(failure) = failure(capture, view) {
                        failures
                            .lock()
                            .expect("no other thread failed")
                            .push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no thread failed");
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        jobs.len(),
        failures.join("\n")
    );
}

/// What went wrong, if anything did.
fn failure(capture: &Path, view: &[&str]) -> Option<String> {
    let start = Instant::now();
    let run = binary::finish(binary::wirenotes().arg("analyze").arg(capture).args(view));
    let panicked = run.stderr.contains("panicked") || run.stdout.contains("panicked at");
    let silent = run.stdout.is_empty() && run.stderr.is_empty();
    if matches!(run.status, Some(0 | 1))
        && !panicked
        && !silent
        && start.elapsed() < binary::TIME_LIMIT
    {
        return None;
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(capture.file_name()?);
    let kept = std::fs::copy(capture, &kept).map(|_| kept.display().to_string());
    Some(format!(
        "{} {}: status {:?} after {:?}, kept as {}: {}",
        capture.display(),
        view.join(" "),
        run.status,
        start.elapsed(),
        kept.unwrap_or_else(|error| error.to_string()),
        run.stderr.lines().take(4).collect::<Vec<_>>().join(" / "),
    ))
}

/// Not `print!`, which the test runner swallows when the test passes.
fn say(line: &str) {
    writeln!(std::io::stdout().lock(), "{line}").expect("a line on the screen");
}
