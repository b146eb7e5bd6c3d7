//! Every packet of every capture, field by field, against tshark: a fixed list
//! of fields from link to transport, and DNS. At least 99.5 % must agree, and
//! every difference must be explained in `explained.rs`.
//!
//! A field counts in a packet where either of the two has it. Run with
//! `cargo test --test tshark`; the table is printed whatever the verdict.

#[path = "../common/binary.rs"]
mod binary;
mod dhcp;
mod dns;
mod explained;
mod fields;
#[path = "../common/files.rs"]
mod files;
mod fragments;
mod node;
mod ours;
mod table;
mod theirs;
mod values;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use explained::{Difference, REASONS};
use fields::FIELDS;
use table::Table;
use values::Packet;

/// The least share of compared values that must agree.
const AGREEMENT: f64 = 0.995;

/// Unexplained differences that are printed.
const SHOWN: usize = 60;

#[test]
fn every_packet_reads_as_tshark_reads_it() {
    let mut files = files::samples();
    let shared = files::shared_captures();
    let complete = shared.is_some();
    files.extend(shared.into_iter().flatten());
    let (table, differences) = compare_all(&files);

    let mut used = vec![0; REASONS.len()];
    let mut unexplained = Vec::new();
    for difference in &differences {
        match REASONS
            .iter()
            .position(|reason| (reason.explains)(difference))
        {
            Some(index) => used[index] += 1,
            None => unexplained.push(difference),
        }
    }
    // Not `print!`, which the test runner swallows when the test passes.
    let mut out = std::io::stdout().lock();
    let report = table.text(&used, unexplained.len());
    out.write_all(report.as_bytes())
        .expect("a table on the screen");
    if !complete {
        writeln!(
            out,
            "the captures from elsewhere: NOT RUN, ../shared/captures is absent"
        )
        .expect("a line on the screen");
    }
    drop(out);

    let lines: Vec<_> = unexplained
        .iter()
        .map(|difference| table::line(difference))
        .collect();
    for line in lines.iter().take(SHOWN) {
        eprintln!("{line}");
    }
    // The file lists all differences, also those beyond the printed ones.
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tshark-differences.txt");
    std::fs::write(list, lines.join("\n")).expect("the build folder is writable");
    assert!(
        unexplained.is_empty(),
        "{} unexplained differences",
        unexplained.len()
    );
    assert!(
        table.share() >= AGREEMENT,
        "only {:.3} % agree",
        table.share() * 100.0
    );
    let stale: Vec<_> = REASONS
        .iter()
        .zip(&used)
        .filter(|(_, used)| complete && **used == 0)
        .map(|(reason, _)| reason.because)
        .collect();
    assert!(stale.is_empty(), "explains nothing any more: {stale:#?}");
}

/// Compares all files, two at a time.
fn compare_all(files: &[PathBuf]) -> (Table, Vec<Difference>) {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((Table::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let theirs = theirs::read(file);
                    let ours = ours::read(file);
                    let mut results = results.lock().expect("no other thread failed");
                    let (table, differences) = &mut *results;
                    compare(file, &ours, &theirs, table, differences);
                }
            });
        }
    });
    let (table, mut differences) = results.into_inner().expect("no thread failed");
    differences.sort_by(|a, b| (&a.file, a.packet).cmp(&(&b.file, b.packet)));
    (table, differences)
}

fn compare(
    file: &Path,
    ours: &[Packet],
    theirs: &[Packet],
    table: &mut Table,
    differences: &mut Vec<Difference>,
) {
    let absent = Packet::default();
    table.file();
    for index in 0..ours.len().max(theirs.len()) {
        let ours = ours.get(index).unwrap_or(&absent);
        let theirs = theirs.get(index).unwrap_or(&absent);
        table.packet(theirs.beyond);
        for (number, field) in FIELDS.iter().enumerate() {
            let (our_values, their_values) = (ours.values.of(number), theirs.values.of(number));
            if our_values.is_empty() && their_values.is_empty() {
                continue;
            }
            let agreed = match ours.stack.contains("ip.reassembled") {
                false => our_values == their_values,
                // Behind what the last fragment has itself, we tell what the whole
                // datagram is; tshark is told here to show each packet's own bytes
                // alone, and `fragments` compares the wholes.
                true => our_values.starts_with(their_values),
            };
            table.value(number, agreed);
            if !agreed {
                differences.push(Difference {
                    file: short_name(file),
                    packet: index + 1,
                    field: field.name,
                    ours: our_values.to_vec(),
                    theirs: their_values.to_vec(),
                    our_stack: ours.stack.clone(),
                    their_stack: theirs.stack.clone(),
                });
            }
        }
    }
}

/// A capture's name in messages: its last two path components.
fn short_name(path: &Path) -> String {
    let names: Vec<_> = path
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    match names
        .iter()
        .rposition(|name| name == "captures" || name == "samples")
    {
        Some(folder) if names[folder] == "captures" => names[folder + 1..].join("/"),
        Some(folder) => names[folder..].join("/"),
        None => names.last().cloned().unwrap_or_default(),
    }
}
