//! Every sample in every format and both languages, as it is printed: one
//! expected text for each in `tests/snapshots/`, named after the sample.
//!
//! After a change that is meant to be seen:
//! `INSTA_UPDATE=always cargo test --test golden`, then read the difference
//! (`git diff tests/snapshots`) line by line before committing it.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::BTreeSet;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

/// Samples larger than this show the heads of their ladders only, and no packet
/// lists: the expected texts are there to be read.
const LARGE: u64 = 1_800;

/// Packets whose records are kept of each sample.
const PACKET_RECORDS: usize = 4;

/// Lines of a large sample's ladder.
const HEAD: usize = 60;

/// Conversations that are drawn of one sample.
const DRAWN: usize = 1;

/// The terminal's width.
const COLUMNS: usize = 80;

struct Sample {
    name: String,
    large: bool,
    conversations: usize,
}

fn samples() -> Vec<Sample> {
    files::samples()
        .iter()
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let conversations = binary::run(["analyze", &at(&name), "--format", "ndjson"])
                .records("conversation")
                .len();
            Sample {
                large: path.metadata().expect("a sample").len() > LARGE,
                conversations,
                name,
            }
        })
        // The compressed copies print what the plain one does.
        .filter(|sample| !sample.name.ends_with(".gz") && !sample.name.ends_with(".zst"))
        .collect()
}

fn at(name: &str) -> String {
    format!("samples/{name}")
}

/// One command's output under the command itself.
fn transcript(arguments: &[&str], lines: usize) -> String {
    let run = binary::finish(
        binary::wirenotes()
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    run.assert_status(0);
    assert!(run.stderr.is_empty(), "{arguments:?}: {}", run.stderr);
    let mut text = format!("$ wirenotes {}\n", arguments.join(" "));
    let total = run.stdout.lines().count();
    for line in run.stdout.lines().take(lines) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if total > lines {
        text.push_str(&format!("[{} more lines]\n", total - lines));
    }
    text
}

fn texts(sample: &Sample, lang: &str) -> String {
    let file = at(&sample.name);
    let mut arguments = vec!["analyze", &file, "--lang", lang];
    if !sample.large {
        // The summary comes behind the packets.
        arguments.push("--packets");
    }
    let mut all = transcript(&arguments, usize::MAX);
    for number in 1..=sample.conversations.min(DRAWN) {
        let number = number.to_string();
        let arguments = ["analyze", &file, "--conversation", &number, "--lang", lang];
        all += "\n";
        all += &transcript(&arguments, if sample.large { HEAD } else { usize::MAX });
    }
    all
}

/// The first packets' records, and all others; that the document of `--format
/// json` holds the same, and the other language but other texts, is tested with
/// the contract.
fn records(sample: &Sample) -> String {
    let file = at(&sample.name);
    let arguments = ["analyze", &file, "--format", "ndjson"];
    let packets = [&arguments[..], &["--packets"]].concat();
    transcript(&packets, PACKET_RECORDS) + "\n" + &transcript(&arguments, HEAD)
}

/// The tables of conversations and of hosts, in both languages, and the first of
/// them for scripts.
fn tables(sample: &Sample) -> String {
    let file = at(&sample.name);
    let mut all = Vec::new();
    for command in ["conversations", "hosts"] {
        for lang in ["en", "zh"] {
            all.push(transcript(&[command, &file, "--lang", lang], HEAD));
        }
        let records = [command, &file, "--format", "ndjson", "--top", "2"];
        all.push(transcript(&records, HEAD));
    }
    all.join("\n")
}

fn stem(sample: &Sample) -> &str {
    sample
        .name
        .rsplit_once(".pcap")
        .map_or(&sample.name, |(stem, _)| stem)
}

/// Compares with the expected text; gives the name if it differs.
fn differs(name: &str, text: String) -> Option<String> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let compare = || settings.bind(|| insta::assert_snapshot!(name, text));
    // All are compared, so that all differences are seen at once.
    let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare));
    compared.is_err().then(|| name.to_owned())
}

#[track_caller]
fn assert_as_expected(outcomes: impl IntoIterator<Item = Option<String>>) {
    let different: Vec<_> = outcomes.into_iter().flatten().collect();
    assert!(
        different.is_empty(),
        "printed otherwise than expected: {different:?}"
    );
}

#[test]
fn every_sample_reads_as_expected_in_english() {
    assert_as_expected(
        samples()
            .iter()
            .map(|sample| differs(&format!("{}.en", stem(sample)), texts(sample, "en"))),
    );
}

#[test]
fn every_sample_reads_as_expected_in_chinese() {
    assert_as_expected(
        samples()
            .iter()
            .map(|sample| differs(&format!("{}.zh", stem(sample)), texts(sample, "zh"))),
    );
}

#[test]
fn every_sample_gives_the_expected_records() {
    assert_as_expected(
        samples()
            .iter()
            .map(|sample| differs(&format!("{}.records", stem(sample)), records(sample))),
    );
}

#[test]
fn every_sample_gives_the_expected_tables() {
    assert_as_expected(
        samples()
            .iter()
            .map(|sample| differs(&format!("{}.tables", stem(sample)), tables(sample))),
    );
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let mut wide = Vec::new();
    for sample in samples() {
        for lang in ["en", "zh"] {
            for line in texts(&sample, lang)
                .lines()
                .filter(|line| !line.starts_with("$ "))
            {
                if line.width() > COLUMNS {
                    wide.push(format!("{} {lang} ({}): {line}", sample.name, line.width()));
                }
            }
        }
    }
    assert!(
        wide.is_empty(),
        "{} lines:\n{}",
        wide.len(),
        wide.join("\n")
    );
}

#[test]
fn every_expected_text_has_its_sample() {
    let samples = samples();
    let expected: BTreeSet<_> = samples
        .iter()
        .flat_map(|sample| {
            ["en", "zh", "records", "tables"].map(|view| format!("{}.{view}.snap", stem(sample)))
        })
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let found: BTreeSet<_> = std::fs::read_dir(folder)
        .expect("the expected texts")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.ends_with(".snap"))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_pictures_in_the_readme_are_real() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).expect("the README");
    let pictures: Vec<_> = readme.split("```console\n$ wirenotes ").skip(1).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        let (picture, _) = picture.split_once("```").expect("its end");
        let (command, shown) = picture.split_once('\n').expect("a command");
        let arguments: Vec<_> = command.split(' ').collect();
        let printed = transcript(&arguments, usize::MAX);
        let mut printed = printed.lines();
        for line in shown.lines().filter(|line| line.trim() != "[…]") {
            assert!(
                printed.any(|real| real == line),
                "not in the output: {line}"
            );
        }
    }
}
