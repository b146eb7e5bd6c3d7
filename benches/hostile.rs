//! `cargo bench --bench hostile [-- PACKETS WORD…]`: captures that are meant to
//! hurt, all of them or those with one of the WORDs in their names. What a packet
//! costs must be bounded whatever comes, and so must the memory: for each shape
//! the time a packet with a hundredth of the PACKETS and with all
//! of them, their ratio, and the most memory that a run takes that may use
//! 256 MiB. Prints Markdown.

mod hostile_shapes;
mod process;

use std::fs::File;
use std::io::{self, BufWriter, Write};

use hostile_shapes::{SHAPES, Shape};
use process::Cost;

const OURS: &str = env!("CARGO_BIN_EXE_wirenotes");

fn main() -> io::Result<()> {
    if process::keep() {
        return Ok(());
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        return test();
    }
    let mut numbers = words.iter().filter_map(|word| word.parse().ok());
    let packets: u32 = numbers.next().unwrap_or(1_000_000);
    let is_name = |word: &&String| *word != "--bench" && word.parse::<u32>().is_err();
    let names: Vec<&String> = words.iter().filter(is_name).collect();
    let is_wanted = |shape: &&Shape| {
        names.is_empty() || names.iter().any(|name| shape.name.contains(name.as_str()))
    };
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "| shape | µs a packet, {} | {packets} | ratio | MiB |\n|---|--:|--:|--:|--:|",
        packets / 100
    )?;
    let start = cost(&SHAPES[0], 1)?.cpu;
    for shape in SHAPES.iter().filter(is_wanted) {
        let each = |packets: u32, cost: Cost| (cost.cpu - start) * 1e6 / f64::from(packets);
        let few = each(packets / 100, cost(shape, packets / 100)?);
        let all = cost(shape, packets)?;
        let many = each(packets, all);
        let (name, ratio) = (shape.name, many / few);
        writeln!(
            out,
            "| {name} | {few:.2} | {many:.2} | {ratio:.1} | {:.0} |",
            all.peak
        )?;
    }
    Ok(())
}

/// `cargo test`: every shape is read to its end.
fn test() -> io::Result<()> {
    for shape in SHAPES {
        assert!(cost(shape, 300)?.peak > 1.0, "{}", shape.name);
    }
    Ok(())
}

fn cost(shape: &Shape, packets: u32) -> io::Result<Cost> {
    let file = tempfile::NamedTempFile::new()?;
    let mut capture = BufWriter::with_capacity(1 << 18, File::create(file.path())?);
    shape.write(packets, &mut capture)?;
    capture.flush()?;
    let path = file.path().to_string_lossy();
    let command = [
        OURS,
        "analyze",
        "--threads",
        "1",
        "--max-memory",
        "256M",
        &path,
    ];
    process::run(&command).ok_or_else(|| io::Error::other(format!("{}: it failed", shape.name)))
}
