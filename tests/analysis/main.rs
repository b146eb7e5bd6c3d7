//! Our TCP verdicts against tshark's `tcp.analysis` flags, packet by packet.
//! Where the two disagree, a listed reason must show in the packets why ours
//! is right; at most 2 % of the flagged packets may disagree without.
//!
//! Run with `cargo test --test analysis`; the table is printed whatever the
//! verdict.

#[path = "../common/binary.rs"]
mod binary;
mod family;
#[path = "../common/files.rs"]
mod files;
mod reasons;
mod table;
mod trace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use family::FAMILIES;
use reasons::{Disagreement, REASONS};
use table::Table;
use trace::Place;

/// The most of the flagged packets that may disagree for no listed reason.
const UNLISTED_AT_MOST: f64 = 0.02;

#[test]
fn tcp_verdicts_agree_with_tshark_or_the_packets_show_why_not() {
    let mut files = files::samples();
    let shared = files::shared_captures();
    let complete = shared.is_some();
    files.extend(shared.into_iter().flatten());
    let table = compare_all(&files);
    table.print(complete);
    assert!(
        table.flagged > 0 && table.unlisted_share() <= UNLISTED_AT_MOST,
        "{} of {} flagged packets disagree for no listed reason",
        table.unlisted.len(),
        table.flagged
    );
    let stale: Vec<_> = REASONS
        .iter()
        .zip(&table.used)
        .filter(|(_, used)| complete && **used == 0)
        .map(|(reason, _)| reason.name)
        .collect();
    assert!(stale.is_empty(), "explains nothing any more: {stale:#?}");
}

/// Compares all files, two at a time.
fn compare_all(files: &[PathBuf]) -> Table {
    let next = AtomicUsize::new(0);
    let table = Mutex::new(Table::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let trace = trace::read(file);
                    // There is nothing to compare without TCP.
                    let ours = if trace.segments.is_empty() {
                        BTreeMap::new()
                    } else {
                        ours(file)
                    };
                    let mut table = table.lock().expect("no other thread failed");
                    table.files += 1;
                    table.beyond += trace.beyond;
                    compare(file, &trace, &ours, &mut table);
                }
            });
        }
    });
    let mut table = table.into_inner().expect("no thread failed");
    table.unlisted.sort();
    table
}

/// The kinds of our annotations on each packet.
fn ours(file: &Path) -> BTreeMap<usize, Vec<String>> {
    binary::packets(file)
        .iter()
        .map(|record| {
            let number = record["number"].as_u64().expect("a packet has a number");
            let kinds = record["annotations"].as_array().into_iter().flatten();
            let kinds = kinds
                .filter_map(|annotation| annotation["kind"].as_str().map(str::to_owned))
                .collect();
            (number as usize, kinds)
        })
        .collect()
}

fn compare(
    file: &Path,
    trace: &trace::Trace,
    ours: &BTreeMap<usize, Vec<String>>,
    table: &mut Table,
) {
    let none = Vec::new();
    for (at, segment) in trace.segments.iter().enumerate() {
        table.segments += 1;
        let kinds = ours.get(&segment.packet).unwrap_or(&none);
        let families: Vec<_> = kinds
            .iter()
            .filter_map(|kind| family::of_kind(kind))
            .collect();
        let mut unlisted = Vec::new();
        for (row, family) in FAMILIES.into_iter().enumerate() {
            let pair = (families.contains(&family), segment.told.contains(&family));
            let ours = match pair {
                (false, false) => continue,
                (true, true) => {
                    table.rows[row].both += 1;
                    continue;
                }
                (ours, _) => ours,
            };
            let disagreement = Disagreement {
                family,
                ours,
                place: Place { trace, at },
                kinds,
            };
            let reason = REASONS
                .iter()
                .position(|reason| (reason.holds)(&disagreement));
            table.disagreement(row, ours, reason);
            if reason.is_none() {
                unlisted.push(format!(
                    "{family:?} by {} only",
                    if ours { "us" } else { "tshark" }
                ));
            }
        }
        table.flagged += usize::from(!families.is_empty() || !segment.told.is_empty());
        if !unlisted.is_empty() {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            table.unlisted.push((
                name.into_owned(),
                segment.packet,
                format!("{} (we say {})", unlisted.join(", "), kinds.join(", ")),
            ));
        }
    }
    let known: std::collections::BTreeSet<_> = trace
        .segments
        .iter()
        .map(|segment| segment.packet)
        .collect();
    unseen_by_tshark(file, ours, &known, table);
}

/// Verdicts of ours on packets in which tshark sees no TCP.
fn unseen_by_tshark(
    file: &Path,
    ours: &BTreeMap<usize, Vec<String>>,
    known: &std::collections::BTreeSet<usize>,
    table: &mut Table,
) {
    for (packet, kinds) in ours.iter().filter(|(packet, _)| !known.contains(packet)) {
        let families: Vec<_> = kinds
            .iter()
            .filter_map(|kind| family::of_kind(kind))
            .collect();
        if families.is_empty() {
            continue;
        }
        table.flagged += 1;
        for family in &families {
            let row = FAMILIES.iter().position(|it| it == family).expect("a row");
            table.disagreement(row, true, None);
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let told = format!("{families:?} by us only, where tshark sees no TCP");
        table.unlisted.push((name.into_owned(), *packet, told));
    }
}
