//! `cargo bench --bench instructions`: instructions a packet of every stage,
//! counted by callgrind, which gives the same numbers on a busy machine. Each
//! stage is run over two captures; the difference leaves the start-up out.
//! Prints Markdown.

mod generator;
#[path = "stages/mod.rs"]
mod pipeline;
mod process;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use pipeline::{STAGES, Stage};

/// The two sizes.
const PACKETS: [u64; 2] = [10_000, 40_000];
/// The first argument of a run under callgrind.
const STAGE: &str = "--stage";

fn main() -> io::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [STAGE, stage, path] => {
            let stage = STAGES.into_iter().find(|known| known.name() == stage);
            stage.map(|stage| pipeline::run(stage, Path::new(path)));
        }
        ref words if words.contains(&"--bench") => {
            if !process::is_installed("valgrind") {
                println!("valgrind is not installed: NOT RUN");
                return Ok(ExitCode::SUCCESS);
            }
            table(&mut io::stdout().lock())?;
        }
        // `cargo test`: that every stage takes every packet.
        _ => {
            let file = capture("web", 1_000)?;
            for stage in STAGES {
                assert_eq!(pipeline::run(stage, &file), 1_000, "{}", stage.name());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn table(out: &mut impl Write) -> io::Result<()> {
    write!(
        out,
        "Instructions a packet; each stage less what it adds to.\n\n"
    )?;
    let names: Vec<_> = STAGES.iter().map(|stage| stage.name()).collect();
    writeln!(out, "| capture | {} |", names.join(" | "))?;
    writeln!(out, "| --- |{}", " --: |".repeat(STAGES.len()))?;
    for name in ["web", "bulk", "flows"] {
        let files = [capture(name, PACKETS[0])?, capture(name, PACKETS[1])?];
        let mut all = Vec::new();
        for stage in STAGES {
            let counts = [count(stage, &files[0])?, count(stage, &files[1])?];
            all.push(counts[1].saturating_sub(counts[0]) / (PACKETS[1] - PACKETS[0]));
        }
        let of = |stage: Stage| STAGES.iter().position(|known| *known == stage);
        write!(out, "| {name} |")?;
        for (stage, total) in STAGES.into_iter().zip(&all) {
            let place = stage.before().and_then(of);
            let before = place.and_then(|place| all.get(place)).unwrap_or(&0);
            write!(out, " {} |", total.saturating_sub(*before))?;
        }
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

/// Instructions of one run of this program.
fn count(stage: Stage, file: &Path) -> io::Result<u64> {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args([STAGE, stage.name()])
        .arg(file)
        .output()?;
    let said = String::from_utf8_lossy(&run.stderr);
    let count = said.lines().find_map(|line| {
        let (_, number) = line.split_once("Collected :")?;
        number.trim().parse().ok()
    });
    count.ok_or_else(|| io::Error::other(format!("valgrind counted nothing: {said}")))
}

fn capture(name: &str, packets: u64) -> io::Result<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("count-{name}-{packets}.pcap"));
    let mut out = BufWriter::new(File::create(&path)?);
    generator::write(name, packets, 1, &mut out)?;
    out.flush()?;
    Ok(path)
}
