//! The lab's runs, recorded once for all tests of this file, and what is true
//! about each. `WIRENOTES_LAB_DATA` names a folder that `tests/lab/run.py` has
//! filled already; without it the lab runs into a temporary one, of which only
//! the runs stay that disagree with the kernel about triggers. How often a run
//! had to be made anew, because the machine starved or the scenario did not
//! come out, is printed; a run that fails every time fails all tests.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use crate::analysis::Analysis;
use crate::triggers::Triggers;

/// Runs of each scenario.
pub const SEEDS: usize = 5;

/// One host of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Sends most of the data; calls, in the scenarios that show a state.
    A,
    /// The other host.
    B,
}

/// Both hosts.
pub const SIDES: [Side; 2] = [Side::A, Side::B];

/// One scenario with one seed.
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of the run.
    pub seed: usize,
    /// How many frames met a fault.
    pub faults: u64,
    /// Recordings that have every frame twice, by file name.
    pub twice: Vec<(&'static str, Analysis)>,
    /// The exchanges of HTTP that the server logged.
    pub exchanges: Vec<Value>,
    /// What each host recorded, and what is true about it.
    pub hosts: [Host; 2],
    /// The folder where recording and truth are to be had afterwards, if kernel
    /// and we disagree about triggers.
    pub kept: Option<PathBuf>,
    /// The attempts at this run that failed before this one.
    failed: Vec<FailedAttempt>,
}

/// An attempt whose recording was thrown away.
struct FailedAttempt {
    /// Whether it showed the machine instead of the network.
    starved: bool,
    /// What was wrong with it.
    why: String,
}

/// What one host recorded.
pub struct Host {
    /// How the kernel's counters rose.
    counters: BTreeMap<String, u64>,
    /// The segments sent again: number in the host's capture → wire segments.
    pub sent_again: BTreeMap<u64, u64>,
    /// The segments sent again that carry data.
    pub data_again: HashSet<u64>,
    /// The segments sent again between two readings of the counters.
    pub bursts: Vec<Burst>,
    /// Data that arrived below the highest that had arrived.
    pub late: Vec<Late>,
    /// What the binary says of the host's capture.
    pub analysis: Analysis,
}

/// Segments sent again between two readings of the kernel's counters.
pub struct Burst {
    /// The packets' numbers.
    pub numbers: Vec<u64>,
    /// What the kernel counted in [`Cause`]'s order.
    pub counted: [u64; 3],
}

/// Why the kernel sent something again.
#[derive(Clone, Copy)]
pub enum Cause {
    /// A timer: the first segment, or the rest of the flight given up with it.
    Timeout,
    /// SACK, RACK or duplicate ACKs.
    Fast,
    /// A tail-loss probe.
    Probe,
}

/// What a late segment was, by the relay's log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lateness {
    /// The segment's bytes had been sent before.
    Retransmitted,
    /// The segment's bytes had not been sent before.
    Reordered,
    /// The very frame had arrived before.
    Copy,
}

/// A late segment.
pub struct Late {
    /// The segment's number in the receiver's capture.
    pub number: u64,
    /// What the segment was.
    pub was: Lateness,
    /// Whether it brought bytes that had not arrived yet.
    pub new_bytes: bool,
}

impl Host {
    /// How a counter of this host's kernel rose.
    pub fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or(0)
    }
}

impl Run {
    /// `loss-5/3`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.scenario, self.seed)
    }

    /// Whether the network harmed or moved frames.
    pub fn is_about_faults(&self) -> bool {
        let name = self.scenario.as_str();
        ["loss", "reordering", "lost", "duplication"]
            .iter()
            .any(|word| name.contains(word))
    }

    fn disagrees(&self) -> bool {
        let mut triggers = Triggers::default();
        self.hosts.iter().for_each(|host| triggers.take(host));
        !triggers.are_enough()
    }
}

/// All runs, by scenario in the lab's order, then by seed.
pub static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let data = std::env::var_os("WIRENOTES_LAB_DATA").map(PathBuf::from);
    let is_temporary = data.is_none();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = data.unwrap_or_else(|| {
        record(temporary.path());
        temporary.path().to_path_buf()
    });
    let folders: Vec<(String, usize, PathBuf)> = scenarios()
        .into_iter()
        .flat_map(|name| (1..=SEEDS).map(move |seed| (name.clone(), seed)))
        .map(|(name, seed)| {
            let folder = folder.join(&name).join(seed.to_string());
            (name, seed, folder)
        })
        .collect();
    let mut runs = side_by_side(&folders, |(name, seed, folder)| load(name, *seed, folder));
    if is_temporary {
        keep(&mut runs);
    }
    crate::print(&made_anew(&runs));
    runs
});

/// The runs of each scenario together.
pub fn by_scenario() -> impl Iterator<Item = (&'static str, &'static [Run])> {
    RUNS.chunk_by(|a, b| a.scenario == b.scenario)
        .map(|runs| (runs[0].scenario.as_str(), runs))
}

/// Which attempts failed, and why.
fn made_anew(runs: &[Run]) -> String {
    let failed = || runs.iter().flat_map(|run| &run.failed);
    let mut table = format!(
        "\nRecordings made anew: {} for {} runs, {} of them because the machine starved\n",
        failed().count(),
        runs.len(),
        failed().filter(|attempt| attempt.starved).count(),
    );
    for run in runs {
        for attempt in &run.failed {
            table.push_str(&format!("{}: {}\n", run.name(), attempt.why));
        }
    }
    table
}

fn script() -> Command {
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/run.py"));
    command
}

fn scenarios() -> Vec<String> {
    let output = script()
        .arg("list")
        .output()
        .expect("the lab needs python3");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).expect("names are UTF-8");
    names.lines().map(str::to_owned).collect()
}

fn record(folder: &Path) {
    let output = script()
        .arg(folder)
        .args(["--seeds", &SEEDS.to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("the lab needs python3");
    assert!(
        output.status.success(),
        "the lab did not make all recordings (it needs root and Linux network namespaces, \
         and a machine that keeps up):\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Copies what would be gone to where it stays until the lab records again.
fn keep(runs: &mut [Run]) {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lab-disagrees");
    // Mostly there is none.
    let _ = std::fs::remove_dir_all(&place);
    for run in runs {
        if let Some(folder) = &mut run.kept {
            let copy = place.join(format!("{}-{}", run.scenario, run.seed));
            copy_files(folder, &copy).expect("room for a recording");
            *folder = copy;
        }
    }
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

/// Does the same with everything, on as many threads as the machine has.
fn side_by_side<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let shares: Vec<_> = all
            .chunks(share)
            .map(|share| scope.spawn(|| share.iter().map(&work).collect::<Vec<R>>()))
            .collect();
        shares
            .into_iter()
            .flat_map(|share| share.join().expect("reading a run"))
            .collect()
    })
}

fn load(scenario: &str, seed: usize, folder: &Path) -> Run {
    let meta = json(&folder.join("meta.json"));
    let faults = meta["faults"].as_object().expect("faults by name");
    let counters = json(&folder.join("counters.json"));
    let host = |side: &str| {
        let truth = json(&folder.join(format!("truth_{side}.json")));
        let rise = counters["rise"][side].as_object().expect("counters");
        Host {
            counters: rise
                .iter()
                .map(|(name, value)| (name.clone(), value.as_u64().unwrap_or(0)))
                .collect(),
            sent_again: list(&truth["sent_again"])
                .map(|frame| (number(&frame["number"]), number(&frame["segments"])))
                .collect(),
            data_again: list(&truth["sent_again"])
                .filter(|frame| frame["kind"] == "data")
                .map(|frame| number(&frame["number"]))
                .collect(),
            bursts: list(&truth["bursts"]).map(burst).collect(),
            late: list(&truth["late"]).map(late).collect(),
            analysis: Analysis::of(&folder.join(format!("{side}.pcap"))),
        }
    };
    let mut run = Run {
        scenario: scenario.to_owned(),
        seed,
        faults: faults.values().map(number).sum(),
        twice: ["r.pcap", "doubled.pcap"]
            .into_iter()
            .filter(|_| scenario == "clean")
            .map(|name| (name, Analysis::of(&folder.join(name))))
            .collect(),
        exchanges: exchanges(folder),
        hosts: [host("a"), host("b")],
        kept: None,
        failed: list(&meta["failed_attempts"]).map(failed).collect(),
    };
    run.kept = run.disagrees().then(|| folder.to_owned());
    run
}

fn exchanges(folder: &Path) -> Vec<Value> {
    let path = folder.join("exchanges.json");
    let log = path.is_file().then(|| json(&path));
    log.iter().flat_map(list).cloned().collect()
}

fn failed(attempt: &Value) -> FailedAttempt {
    FailedAttempt {
        starved: attempt["starved"] == true,
        why: attempt["why"].as_str().unwrap_or_default().to_owned(),
    }
}

fn burst(burst: &Value) -> Burst {
    Burst {
        numbers: list(&burst["numbers"]).map(number).collect(),
        counted: [
            number(&burst["timeout"]) + number(&burst["slow_start"]),
            number(&burst["fast"]),
            number(&burst["tail_loss_probe"]),
        ],
    }
}

fn late(late: &Value) -> Late {
    Late {
        number: number(&late["number"]),
        was: match late["kind"].as_str() {
            Some("retransmitted") => Lateness::Retransmitted,
            Some("reordered") => Lateness::Reordered,
            Some("copy") => Lateness::Copy,
            other => panic!("a late segment that was {other:?}"),
        },
        new_bytes: late["new_bytes"] == true,
    }
}

fn json(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The elements of a list; none of null.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}
