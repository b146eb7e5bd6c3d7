//! What is fuzzed: any bytes come in, and each target takes them for something
//! else. None may panic, overflow, or hang, and what is promised of the result
//! is asserted. The fuzzer and the test of its earlier finds
//! (`tests/regressions.rs`) run these same functions.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use tempfile::NamedTempFile;
use wirenotes::capture::pasted::parse;
use wirenotes::capture::{CaptureError, Frame, LinkType, ReadOptions, Reader};
use wirenotes::cli::{self, Job, Surroundings};
use wirenotes::commands::analyze::{self, Fault};
use wirenotes::decode::decode;
use wirenotes::notes::Lang;
use wirenotes::report::{Kinds, annotations};
use wirenotes::track::{Output, Tracker};

/// A target by its name.
pub type Target = fn(&[u8]);

/// All targets.
pub const ALL: &[(&str, Target)] = &[
    ("reader", reader),
    ("analysis", analysis),
    ("writer", writer),
    ("paste", paste),
    ("packet", packet),
    ("command_line", command_line),
];

/// The bytes are a file: it is read to its end, past every fault.
pub fn reader(data: &[u8]) {
    let file = file_of(data);
    for frame in read(file.path()).0 {
        assert!(frame.bytes.len() <= frame.original_length as usize);
    }
}

/// The bytes are a capture, the first of them says how it is looked at.
pub fn analysis(data: &[u8]) {
    const VIEWS: &[&[&str]] = &[
        &["--packets", "--notes", "full"],
        &["--packets", "--format", "ndjson", "--lang", "zh"],
        &["--format", "json", "--packets"],
        &["--conversation", "1", "--unfold"],
        &["-v", "--lang", "zh"],
        &["--packets", "--threads", "3", "--format", "ndjson"],
        &["-f", "tcp or udp", "--overhead", "--packets"],
    ];
    let Some((&first, capture)) = data.split_first() else {
        return;
    };
    let view = VIEWS[usize::from(first) % VIEWS.len()];
    let file = file_of(capture);
    let words = view.iter().map(OsString::from);
    analyze(file.path(), words.collect());
}

/// The bytes are a capture: its copy is whole and holds the same packets.
pub fn writer(data: &[u8]) {
    let file = file_of(data);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("copy.pcapng");
    let words = vec!["-w".into(), copy.clone().into_os_string()];
    if !analyze(file.path(), words) {
        return;
    }
    let (before, _) = read(file.path());
    let (after, faults) = read(&copy);
    assert!(faults.is_empty(), "{faults:?}");
    assert!(before == after, "{} and {}", before.len(), after.len());
}

/// The bytes are a text that somebody pasted.
pub fn paste(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pasted = parse(&text);
    for packet in pasted.packets {
        follow(Frame::alone(LinkType::ETHERNET, &packet.bytes));
    }
}

/// The bytes are one packet behind the number of its link type.
pub fn packet(data: &[u8]) {
    if let Some((number, bytes)) = data.split_first_chunk() {
        follow(Frame::alone(LinkType(u16::from_be_bytes(*number)), bytes));
    }
}

/// The bytes are words, each ended by a zero byte.
pub fn command_line(data: &[u8]) {
    let words = data.split(|byte| *byte == 0);
    let words = words.map(|word| OsString::from_vec(word.to_vec()));
    let all = std::iter::once("wirenotes".into()).chain(words);
    // Right or wrong, it has to be understood as one of them.
    let _ = cli::parse(all, &Surroundings::default());
}

fn file_of(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// A packet as far as a copy has to be like it.
#[derive(PartialEq)]
struct Read {
    link_type: LinkType,
    original_length: u32,
    bytes: Vec<u8>,
}

/// All packets of a capture, and its faults.
fn read(path: &Path) -> (Vec<Read>, Vec<CaptureError>) {
    let (mut packets, mut faults) = (Vec::new(), Vec::new());
    let mut reader = Reader::open([path], ReadOptions::default()).expect("there is no filter");
    loop {
        match reader.next() {
            Ok(Some(frame)) => packets.push(Read {
                link_type: frame.link_type,
                original_length: frame.original_length,
                bytes: frame.bytes.to_vec(),
            }),
            Ok(None) => return (packets, faults),
            Err(fault) => faults.push(fault),
        }
        assert!(faults.len() <= 1, "a file ends with its first fault");
    }
}

/// Analyses a capture; gives whether all that was read could be written.
fn analyze(path: &Path, words: Vec<OsString>) -> bool {
    let first = ["wirenotes".into(), "analyze".into(), path.into()];
    let all = first.into_iter().chain(words);
    let Ok(Job::Analyze { analyze, .. }) = cli::parse(all, &Surroundings::default()) else {
        panic!("the words are right");
    };
    let done = analyze::run(*analyze, Box::new(io::sink()), &mut |_, _| ());
    match done {
        Ok(outcome) => !outcome
            .faults
            .iter()
            .any(|it| matches!(it, Fault::Packets(_))),
        Err(error) => panic!("{error}"),
    }
}

/// Takes one packet all the way.
fn follow(frame: Frame<'_>) {
    let packet = decode(frame);
    let mut output = Output::default();
    Tracker::new().packet(&packet, &mut output);
    for lang in [Lang::En, Lang::Zh] {
        for annotation in annotations(&packet, &output, &Kinds::All, lang) {
            assert!(!annotation.text.is_empty());
        }
    }
}
