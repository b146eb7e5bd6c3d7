//! `wirenotes deal`: every packet comes into one bucket, with its number in the whole,
//! and a conversation into one bucket alone.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const BUCKETS: u16 = 8;

fn deal(inputs: &[&Path], folder: &Path, more: &[&str]) -> binary::Run {
    let buckets = BUCKETS.to_string();
    let mut command = binary::wirenotes();
    command.arg("deal").args(inputs).arg("-w").arg(folder);
    binary::finish(command.args(["--buckets", &buckets]).args(more))
}

/// The files of the buckets, by bucket.
fn dealt(folder: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for bucket in fs::read_dir(folder).expect("the folder") {
        let bucket = bucket.expect("an entry").path();
        if bucket.is_dir() {
            let name = bucket.file_name().expect("a name").to_string_lossy();
            let files = fs::read_dir(&bucket).expect("a bucket");
            let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
            files.sort();
            found.insert(name.into_owned(), files);
        }
    }
    found
}

fn pieces(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("_pieces.ndjson")).expect("the list");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The packets of a pcapng file in little-endian: number in the whole, and bytes.
fn numbered(path: &Path) -> Vec<(u64, Vec<u8>)> {
    const ENHANCED_PACKET: u32 = 6;
    const PACKET_NUMBER: u16 = 5;
    let bytes = fs::read(path).expect("a file");
    let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (kind, length) = (number(at), number(at + 4) as usize);
        if kind == ENHANCED_PACKET {
            let captured = number(at + 20) as usize;
            let data = bytes[at + 28..at + 28 + captured].to_vec();
            let mut option = at + 28 + captured.next_multiple_of(4);
            let mut numbered = None;
            while option + 4 < at + length - 4 {
                let head = number(option);
                let (code, length) = (head as u16, (head >> 16) as usize);
                if code == PACKET_NUMBER {
                    let value = bytes[option + 4..option + 12].try_into().unwrap();
                    numbered = Some(u64::from_le_bytes(value));
                }
                option += 4 + length.next_multiple_of(4);
            }
            found.push((numbered.expect("its number"), data));
        }
        at += length;
    }
    found
}

/// Protocol and ends of a conversation, whichever is the client.
fn ends(conversation: &Value) -> BTreeSet<String> {
    ["protocol", "client", "server"]
        .iter()
        .map(|member| conversation[member].to_string())
        .collect()
}

#[test]
fn every_packet_comes_into_one_bucket_with_its_number_and_every_conversation() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples: Vec<PathBuf> = files::samples()
        .into_iter()
        .filter(|sample| fs::metadata(sample).expect("a sample").len() < 200_000)
        .collect();
    let (mut packets, mut conversations) = (0, 0);
    for sample in &samples {
        let name = sample.file_name().expect("a name").to_string_lossy();
        let into = folder.path().join(&*name);
        let run = deal(&[sample], &into, &["--base", "1000"]);
        let analysis = |files: &[PathBuf]| {
            let mut command = binary::wirenotes();
            command.arg("analyze").args(files);
            binary::finish(command.args(["--format", "ndjson", "--join"]))
        };
        let whole = analysis(std::slice::from_ref(sample));
        assert_eq!(run.status, whole.status, "{name}: {}", run.stderr);
        let summary = whole.records("summary").pop().expect("a summary");
        let count = summary["packets"].as_u64().expect("a number");
        let files: Vec<PathBuf> = dealt(&into).into_values().flatten().collect();
        let mut numbers: Vec<u64> = files
            .iter()
            .flat_map(|file| numbered(file))
            .map(|(number, _)| number)
            .collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(1001..=1000 + count), "{name}");
        packets += count;
        let [piece] = pieces(&into).try_into().expect("one piece");
        assert_eq!(piece["packets"], count, "{name}");
        assert_eq!(piece["base"], 1000, "{name}");
        // A conversation in two buckets would be two.
        let mut parts = Vec::new();
        for files in dealt(&into).into_values() {
            parts.extend(analysis(&files).records("conversation"));
        }
        let counted = |all: &[Value]| {
            let mut counts: BTreeMap<(BTreeSet<String>, u64), usize> = BTreeMap::new();
            for conversation in all {
                let packets = &conversation["packets"];
                let packets = ["client", "server"].map(|side| packets[side].as_u64());
                let sum = packets.into_iter().flatten().sum();
                *counts.entry((ends(conversation), sum)).or_default() += 1;
            }
            counts
        };
        let of_whole = whole.records("conversation");
        assert_eq!(counted(&parts), counted(&of_whole), "{name}");
        conversations += of_whole.len();
    }
    assert!(
        packets > 3000 && conversations > 200,
        "{packets} {conversations}"
    );
}

#[test]
fn several_captures_are_dealt_in_the_order_of_their_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let inputs = ["tls-1.3.pcap", "pet-collar.pcap"].map(|name| samples.join(name));
    let [later, earlier] = &inputs;
    let run = deal(&[later, earlier], folder.path(), &[]);
    run.assert_status(0);
    assert!(
        run.stdout.contains("pet-collar: 15 packets"),
        "{}",
        run.stdout
    );
    let listed: Vec<_> = pieces(folder.path())
        .iter()
        .map(|piece| (piece["piece"].to_string(), piece["base"].as_u64()))
        .collect();
    let expected = [
        ("\"pet-collar\"".to_owned(), Some(0)),
        ("\"tls-1.3\"".to_owned(), Some(15)),
    ];
    assert_eq!(listed, expected);
}

#[test]
fn a_piece_that_was_dealt_before_is_refused_and_nothing_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let collar = samples.join("pet-collar.pcap");
    deal(&[&collar], folder.path(), &["-q"]).assert_status(0);
    let before = (dealt(folder.path()), pieces(folder.path()));
    let again = deal(&[&collar], folder.path(), &[]);
    again.assert_status(2);
    assert!(again.stderr.contains("pet-collar"), "{}", again.stderr);
    assert_eq!((dealt(folder.path()), pieces(folder.path())), before);
    // Two of one name cannot be told apart either.
    let other = folder.path().join("pet-collar.pcapng");
    fs::copy(&collar, &other).expect("copied");
    let into = folder.path().join("other");
    deal(&[&collar, &other], &into, &[]).assert_status(2);
    assert!(dealt(&into).is_empty());
}

#[test]
fn what_is_damaged_is_dealt_as_far_as_it_can_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut bytes = fs::read(samples.join("pet-collar.pcap")).expect("a sample");
    bytes.truncate(bytes.len() - 10);
    let cut = folder.path().join("cut.pcap");
    fs::write(&cut, bytes).expect("written");
    let into = folder.path().join("dealt");
    let run = deal(&[&cut], &into, &[]);
    run.assert_status(1);
    assert!(run.stderr.contains("cut.pcap"), "{}", run.stderr);
    assert_eq!(pieces(&into)[0]["packets"], 14);
}

#[test]
fn where_it_cannot_be_written_nothing_half_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let into = folder.path().join("dealt");
    fs::create_dir(&into).expect("made");
    // In place of the bucket of the connection stands a file.
    fs::write(into.join("bucket=00004"), b"").expect("written");
    let run = deal(&[&samples.join("pet-collar.pcap")], &into, &[]);
    run.assert_status(1);
    assert!(run.stderr.contains("bucket=00004"), "{}", run.stderr);
    let left: usize = dealt(&into).values().map(Vec::len).sum();
    assert_eq!(left, 0);
    assert!(!into.join("_pieces.ndjson").exists());
}
