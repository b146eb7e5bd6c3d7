//! Writes a capture to standard output:
//! `cargo bench --bench generate -- web 1000000 1 > web.pcap`.

mod generator;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const USAGE: &str =
    "usage: cargo bench --bench generate -- web|bulk|flows PACKETS [SEED] > FILE.pcap";

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` says so; `cargo test` only wants to know that it works.
    let Some(place) = words.iter().position(|word| word == "--bench") else {
        return test();
    };
    words.remove(place);
    let numbers: Vec<u64> = words
        .iter()
        .skip(1)
        .filter_map(|word| word.parse().ok())
        .collect();
    let (name, packets, seed) = match (words.as_slice(), numbers.as_slice()) {
        ([], []) => {
            eprintln!("{USAGE}");
            return test();
        }
        ([name, _], [packets]) => (name, *packets, 1),
        ([name, _, _], [packets, seed]) => (name, *packets, *seed),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    match generator::write(name, packets, seed, &mut out).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// Every workload gives packets.
fn test() -> ExitCode {
    for name in ["web", "bulk", "flows"] {
        let mut capture = Vec::new();
        let written = generator::write(name, 1_000, 1, &mut capture);
        assert!(written.is_ok() && capture.len() > 60_000, "{name}");
    }
    ExitCode::SUCCESS
}
