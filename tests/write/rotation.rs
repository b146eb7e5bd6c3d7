//! `-C`, `-G` and `-W`: several files, each complete by itself, that together
//! hold what one would.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::binary::{Run, finish, wirenotes};
use crate::files::sample;
use crate::{folder, records};

fn rotate(name: &str, path: &Path, flags: &[&str]) -> Run {
    let run = finish(
        wirenotes()
            .args(["analyze", "--packets", "--format", "ndjson"])
            .arg(sample(name))
            .arg("-w")
            .arg(path)
            .args(flags),
    );
    run.assert_status(0);
    run
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("our folder");
    let mut names: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .collect();
    names.sort();
    names
}

/// What each packet of a file is, whatever its number.
fn packets(run: &Run) -> Vec<(Value, Value, Value)> {
    let packets = run.records("packet").into_iter();
    packets
        .map(|mut packet| {
            (
                packet["time_ns"].take(),
                packet["original_length"].take(),
                packet["captured_length"].take(),
            )
        })
        .collect()
}

#[test]
fn by_size_the_files_together_hold_every_packet() {
    for base in ["x.pcapng", "x.pcap"] {
        let folder = folder();
        let whole = rotate("loss.pcap", &folder.path().join(base), &["-C", "20k"]);
        let files = names(folder.path());
        assert!(files.len() >= 3, "{files:?}");
        let mut seen = Vec::new();
        for number in 0..files.len() {
            let name = match number {
                0 => base.to_owned(),
                _ => format!("{base}{number}"),
            };
            let path = folder.path().join(&name);
            let size = path
                .metadata()
                .unwrap_or_else(|error| panic!("{name}: {error}"))
                .len();
            let is_last = number + 1 == files.len();
            assert!(is_last || size > 20 * 1_024, "{name}: {size}");
            // No more than a packet past the limit.
            assert!(size < 20 * 1_024 + 70_000, "{name}: {size}");
            let part = records(&path, [""; 0]);
            part.assert_status(0);
            seen.extend(packets(&part));
        }
        assert_eq!(seen, packets(&whole));
    }
}

#[test]
fn a_ring_keeps_the_newest() {
    let folder = folder();
    let whole = rotate(
        "loss.pcap",
        &folder.path().join("x"),
        &["-C", "10k", "-W", "11"],
    );
    let files = names(folder.path());
    assert!(files.iter().all(|name| name.len() == 3), "{files:?}");
    assert_eq!(files.first().map(String::as_str), Some("x00"));
    assert!(files.len() <= 11);
    let folder = crate::folder();
    rotate(
        "loss.pcap",
        &folder.path().join("x"),
        &["-C", "10k", "-W", "3"],
    );
    assert_eq!(names(folder.path()), ["x0", "x1", "x2"]);
    let paths: Vec<PathBuf> = names(folder.path())
        .iter()
        .map(|name| folder.path().join(name))
        .collect();
    let mut kept: Vec<_> = paths
        .iter()
        .map(|path| packets(&records(path, [""; 0])))
        .collect();
    kept.sort_by_key(|packets| packets[0].0.as_u64());
    let (kept, all) = (kept.concat(), packets(&whole));
    assert!(kept.len() < all.len());
    assert_eq!(kept, all[all.len() - kept.len()..]);
}

#[test]
fn by_time_a_file_is_named_by_its_first_packet() {
    let folder = folder();
    let whole = rotate(
        "keep-alive.pcap",
        &folder.path().join("%Y-%s.pcapng"),
        &["-G", "1"],
    );
    let files = names(folder.path());
    assert!(files.len() >= 3, "{files:?}");
    let mut seen = Vec::new();
    for name in &files {
        let part = records(&folder.path().join(name), [""; 0]);
        part.assert_status(0);
        let part = packets(&part);
        let times: Vec<u64> = part.iter().filter_map(|packet| packet.0.as_u64()).collect();
        let seconds = times[0] / 1_000_000_000;
        assert!(name.ends_with(&format!("-{seconds}.pcapng")), "{name}");
        assert!(times.iter().all(|time| time - times[0] < 1_000_000_000));
        seen.extend(part);
    }
    assert_eq!(seen, packets(&whole));
}

#[test]
fn by_time_with_a_count_the_writing_ends_and_the_analysis_goes_on() {
    let folder = folder();
    let whole = rotate(
        "keep-alive.pcap",
        &folder.path().join("x"),
        &["-G", "1", "-W", "2"],
    );
    assert_eq!(names(folder.path()), ["x", "x1"]);
    let mut seen = Vec::new();
    for name in ["x", "x1"] {
        seen.extend(packets(&records(&folder.path().join(name), [""; 0])));
    }
    let all = packets(&whole);
    assert!(seen.len() < all.len());
    assert_eq!(seen, all[..seen.len()]);
}
