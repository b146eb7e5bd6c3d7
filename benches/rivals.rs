//! `cargo bench --bench rivals [-- PACKETS RUNS MOST]`: ours against the tools
//! that people use, whole processes, each run in turn with ours (A B A B …) on
//! captures of so many PACKETS, so many RUNS; what counts is the median of the
//! ratios, pair by pair. Then how time and memory grow up to MOST packets.
//! Prints Markdown.
//!
//! Both clocks are compared: the wall's, which is what people wait for, and the
//! processors', which other work on the machine disturbs less.

mod generator;
mod process;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use process::Cost;

const OURS: &str = env!("CARGO_BIN_EXE_wirenotes");

/// A comparison: our arguments, the other program's name and its arguments,
/// `FILE` standing for the capture.
struct Rival {
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
    /// Workloads on which it would take an hour to say what is known.
    not_on: &'static [&'static str],
    /// Whether the program takes so long that a tenth of the packets has to do.
    slow: bool,
}

const ANALYZE: &[&str] = &["wirenotes", "analyze", "FILE"];
const RECORDS: &[&str] = &[
    "wirenotes",
    "analyze",
    "--packets",
    "--format",
    "ndjson",
    "FILE",
];

const RIVALS: &[Rival] = &[
    Rival {
        ours: ANALYZE,
        theirs: &["wirenotes", "analyze", "--threads", "1", "FILE"],
        not_on: &[],
        slow: false,
    },
    Rival {
        ours: ANALYZE,
        theirs: &["tcpdump", "-nn", "-r", "FILE"],
        not_on: &["flows"],
        slow: false,
    },
    Rival {
        ours: ANALYZE,
        theirs: &["tcptrace", "-n", "FILE"],
        not_on: &[],
        slow: false,
    },
    Rival {
        ours: ANALYZE,
        theirs: &["tshark", "-n", "-q", "-z", "expert", "-r", "FILE"],
        not_on: &[],
        slow: false,
    },
    Rival {
        ours: ANALYZE,
        theirs: &["capinfos", "FILE"],
        not_on: &[],
        slow: false,
    },
    Rival {
        ours: RECORDS,
        theirs: &["tshark", "-n", "-T", "ek", "-r", "FILE"],
        not_on: &[],
        slow: true,
    },
];

fn main() -> io::Result<()> {
    if process::keep() {
        return Ok(());
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_bench = words.iter().any(|word| word == "--bench");
    let mut numbers = words.iter().filter_map(|word| word.parse().ok());
    let mut out = io::stdout().lock();
    if !is_bench {
        return test();
    }
    let packets: u64 = numbers.next().unwrap_or(1_000_000);
    let runs = numbers.next().unwrap_or(3).max(1);
    let most = numbers.next().unwrap_or(1_000_000);
    compare(packets, runs, &mut out)?;
    grow(most, runs, &mut out)
}

/// `cargo test`: that a process is measured, and nothing more.
fn test() -> io::Result<()> {
    let file = capture("web", 1_000)?;
    let cost = process::run(&command(ANALYZE, &file)).expect("our own binary runs");
    assert!(cost.wall > 0.0 && cost.peak > 1.0 && cost.cpu < 10.0);
    assert!(process::run(&[OURS, "analyze", "/nowhere"]).is_none());
    Ok(())
}

fn compare(packets: u64, runs: u64, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{}; captures of {packets} packets (/10: of a tenth). How many times as fast ours is: the median of {runs} \
         pairs of runs, with the smallest and the largest.\n",
        machine()
    )?;
    writeln!(
        out,
        "| ours | the other | times, by the wall's clock | by processor time | MiB, ours | MiB, \
         other |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --: | --: |")?;
    for name in ["web", "bulk", "flows"] {
        let file = capture(name, packets)?;
        let part = capture(name, packets / 10)?;
        for rival in RIVALS {
            let tenth = format!("{name}/10");
            let (name, file) = match rival.slow {
                true => (tenth.as_str(), &part),
                false => (name, &file),
            };
            row(name, rival, file, runs, out)?;
            out.flush()?;
        }
        std::fs::remove_file(file)?;
        std::fs::remove_file(part)?;
    }
    Ok(())
}

fn row(name: &str, rival: &Rival, file: &Path, runs: u64, out: &mut impl Write) -> io::Result<()> {
    let (ours, theirs) = (command(rival.ours, file), command(rival.theirs, file));
    let shown = |words: &[&str]| words.join(" ").replace("FILE", name);
    write!(
        out,
        "| `{}` | `{}` | ",
        shown(rival.ours),
        shown(rival.theirs)
    )?;
    if theirs[0] != OURS && !process::is_installed(theirs[0]) {
        return writeln!(out, "not installed | | | |");
    }
    if rival.not_on.contains(&name) {
        return writeln!(out, "not run: it takes minutes | | | |");
    }
    // Once for the caches.
    process::run(&ours);
    let mut pairs = Vec::new();
    for _ in 0..runs {
        match (process::run(&ours), process::run(&theirs)) {
            (Some(ours), Some(theirs)) => pairs.push((ours, theirs)),
            _ => return writeln!(out, "failed | | | |"),
        }
    }
    let of = |value: fn(&(Cost, Cost)) -> f64| sorted(pairs.iter().map(value));
    writeln!(
        out,
        "{} | {} | {:.0} | {:.0} |",
        spread(&of(|(ours, theirs)| theirs.wall / ours.wall)),
        spread(&of(|(ours, theirs)| theirs.cpu / ours.cpu.max(1e-3))),
        middle(&of(|(ours, _)| ours.peak)),
        middle(&of(|(_, theirs)| theirs.peak)),
    )
}

/// `3.1 (2.9–3.4)`.
fn spread(ratios: &[f64]) -> String {
    let (least, most) = (ratios.first(), ratios.last());
    format!(
        "**{:.1}** ({:.1}–{:.1})",
        middle(ratios),
        least.copied().unwrap_or_default(),
        most.copied().unwrap_or_default()
    )
}

/// Processors and their model, where Linux says so.
fn machine() -> String {
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let known = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known
        .lines()
        .find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim()))
        .unwrap_or("of unknown make");
    format!("{count} processors ({model})")
}

/// Time a packet and memory, from 10^5 packets up.
fn grow(most: u64, runs: u64, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n| capture | packets | CPU ns a packet | peak MiB |")?;
    writeln!(out, "| --- | --: | --: | --: |")?;
    for name in ["web", "bulk", "flows"] {
        let mut packets = 100_000;
        while packets <= most {
            let file = capture(name, packets)?;
            let costs: Vec<Cost> = (0..runs.min(3))
                .filter_map(|_| process::run(&command(ANALYZE, &file)))
                .collect();
            std::fs::remove_file(file)?;
            let cpu = middle(&sorted(costs.iter().map(|cost| cost.cpu)));
            let peak = middle(&sorted(costs.iter().map(|cost| cost.peak)));
            let each = cpu * 1e9 / packets as f64;
            writeln!(out, "| {name} | {packets} | {each:.0} | {peak:.0} |")?;
            out.flush()?;
            packets *= 10;
        }
    }
    Ok(())
}

fn command<'a>(words: &[&'a str], file: &'a Path) -> Vec<&'a str> {
    let file = file.to_str().unwrap_or_default();
    let word = |word: &&'a str| match *word {
        "FILE" => file,
        "wirenotes" => OURS,
        other => other,
    };
    words.iter().map(word).collect()
}

fn capture(name: &str, packets: u64) -> io::Result<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rivals-{name}-{packets}.pcap"));
    let mut out = BufWriter::with_capacity(1 << 18, File::create(&path)?);
    generator::write(name, packets, 1, &mut out)?;
    out.flush()?;
    Ok(path)
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
