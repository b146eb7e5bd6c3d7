//! `-w`: what is written is read again, by wirenotes and by tshark; it says
//! the same, is complete however it ended, and overwrites nothing that is read.

#[path = "../common/binary.rs"]
mod binary;
#[path = "../common/files.rs"]
mod files;
#[path = "../common/traffic.rs"]
mod traffic;

mod ending;
mod places;
mod rotation;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use binary::{Run, finish, wirenotes};
use files::{sample, samples, shared_captures};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Analyses with every record shown.
fn records<A: AsRef<OsStr>>(file: &Path, more: impl IntoIterator<Item = A>) -> Run {
    let shown = ["--packets", "--format", "ndjson"];
    finish(wirenotes().arg("analyze").arg(file).args(shown).args(more))
}

/// The records without what a copy cannot have in common: the name of its
/// file, and the comments that it was given.
fn comparable(run: &Run) -> Vec<Value> {
    let records = run.stdout.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).expect("a record is JSON");
        let members = record.as_object_mut().expect("a record is an object");
        members.remove("files");
        members.remove("comment");
        record
    });
    records.collect()
}

/// Whether a sample has interfaces of two link types.
fn is_mixed(sample: &Path) -> bool {
    sample.ends_with("two-interfaces.pcapng")
}

#[test]
fn every_sample_says_the_same_when_it_was_written_and_read_again() {
    for sample in samples() {
        for name in ["copy.pcapng", "copy.pcap"] {
            if is_mixed(&sample) && name == "copy.pcap" {
                continue;
            }
            let folder = folder();
            let copy = folder.path().join(name);
            let original = records(&sample, [OsStr::new("-w"), copy.as_os_str()]);
            original.assert_status(0);
            let again = records(&copy, [""; 0]);
            again.assert_status(0);
            let (original, again) = (comparable(&original), comparable(&again));
            assert!(original.len() > 1, "{}", sample.display());
            assert_eq!(original, again, "{} as {name}", sample.display());
        }
    }
}

#[test]
fn the_files_are_the_same_whatever_the_number_of_threads() {
    let folder = folder();
    let capture = folder.path().join("capture.pcap");
    std::fs::write(&capture, traffic::traffic(20_000, 6)).expect("a file");
    let written = |threads: &str| {
        let folder = crate::folder();
        let path = folder.path().join("x");
        let write = ["--threads", threads, "-C", "1m", "-w"].map(OsStr::new);
        records(&capture, write.into_iter().chain([path.as_os_str()])).assert_status(0);
        let mut files: Vec<_> = std::fs::read_dir(folder.path())
            .expect("our folder")
            .map(|entry| entry.expect("a file").path())
            .map(|path| {
                (
                    path.file_name().map(OsStr::to_owned),
                    std::fs::read(path).expect("a file"),
                )
            })
            .collect();
        files.sort();
        files
    };
    let one = written("1");
    assert!(one.len() > 2, "{} files", one.len());
    for threads in ["2", "8"] {
        assert!(written(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_copy_of_a_copy_is_the_same_file() {
    for sample in samples() {
        let folder = folder();
        let (first, second) = (folder.path().join("1"), folder.path().join("2"));
        for (from, to) in [(&sample, &first), (&first, &second)] {
            records(from, [OsStr::new("-w"), to.as_os_str()]).assert_status(0);
        }
        let bytes = |path| std::fs::read(path).expect("a copy");
        assert!(bytes(first) == bytes(second), "{}", sample.display());
    }
}

/// What the text report says of each packet, by number: the lines beneath it.
fn said(sample: &Path, lang: &str) -> Vec<Vec<String>> {
    let run = finish(
        wirenotes()
            .arg("analyze")
            .arg(sample)
            .args(["--packets", "--notes", "full", "--overhead", "--lang", lang])
            .env("COLUMNS", "100000"),
    );
    run.assert_status(0);
    let mut packets: Vec<Vec<String>> = Vec::new();
    // The heading above; the summary behind the rule.
    for line in run.stdout.lines().skip(1) {
        if line.starts_with('─') {
            break;
        }
        match line.strip_prefix(&" ".repeat(18)) {
            // The bill for headers is no note.
            Some(line) if line.starts_with(|c: char| c.is_ascii_digit()) => {}
            Some(line) => packets
                .last_mut()
                .expect("a packet before it")
                .push(line.to_owned()),
            // Findings stand between the packets, two columns from the left.
            None if line.starts_with("  ")
                && !line.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {}
            None => packets.push(Vec::new()),
        }
    }
    packets
}

/// The comments of each packet, as tshark reads them.
fn tshark_comments(file: &Path) -> Vec<Vec<String>> {
    let output = Command::new("tshark")
        .args([
            "-n",
            "-T",
            "json",
            "-e",
            "frame.number",
            "-e",
            "frame.comment",
            "-r",
        ])
        .arg(file)
        .output()
        .expect("tshark starts (`bash tests/setup` installs it)");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", file.display());
    assert!(
        !complaint.contains("tshark: "),
        "{}: {complaint}",
        file.display()
    );
    let packets: Vec<Value> = serde_json::from_slice(&output.stdout).expect("tshark's JSON");
    let comments = packets.iter().map(|packet| {
        let list = packet["_source"]["layers"]["frame.comment"].as_array();
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    });
    comments.collect()
}

#[test]
fn tshark_shows_the_comments_that_the_text_report_shows() {
    let mut checked = 0;
    for sample in samples() {
        for lang in ["en", "zh"] {
            if lang == "zh" && checked > 0 && !is_mixed(&sample) {
                continue;
            }
            let folder = folder();
            let copy = folder.path().join("copy.pcapng");
            let write = [
                OsStr::new("--lang"),
                OsStr::new(lang),
                OsStr::new("-w"),
                copy.as_os_str(),
            ];
            records(&sample, write).assert_status(0);
            let mut theirs = tshark_comments(&copy);
            if is_mixed(&sample) {
                let had = theirs[6].remove(0);
                assert!(
                    had.starts_with("the collar's message inside the tunnel"),
                    "{had}"
                );
            }
            let ours = said(&sample, lang);
            assert_eq!(theirs.len(), ours.len(), "{}", sample.display());
            for (number, (theirs, ours)) in (1..).zip(theirs.iter().zip(&ours)) {
                let expected = match ours.is_empty() {
                    true => Vec::new(),
                    false => vec![ours.join("\n")],
                };
                assert_eq!(*theirs, expected, "{} packet {number}", sample.display());
                checked += ours.len();
            }
        }
    }
    assert!(checked > 500, "only {checked} lines");
}

#[test]
fn tshark_reads_classic_copies_with_the_times_and_lengths_of_the_original() {
    let fields = [
        "-e",
        "frame.time_epoch",
        "-e",
        "frame.cap_len",
        "-e",
        "frame.len",
        "-e",
        "frame.encap_type",
    ];
    let read = |file: &Path| {
        let command = Command::new("tshark")
            .args(["-n", "-T", "fields"])
            .args(fields)
            .arg("-r")
            .arg(file)
            .output();
        let output = command.expect("tshark starts (`bash tests/setup` installs it)");
        assert!(output.status.success(), "{}", file.display());
        String::from_utf8(output.stdout).expect("fields are text")
    };
    for name in [
        "cooked.pcap",
        "snaplen.pcap",
        "pet-collar.pcap",
        "two-interfaces.pcapng",
    ] {
        let folder = folder();
        let copy = folder.path().join("copy.pcap");
        let mut write = vec![OsStr::new("-w"), copy.as_os_str()];
        if is_mixed(&sample(name)) {
            write.extend(["-f", "ip proto 6"].map(OsStr::new));
            continue;
        }
        records(&sample(name), write).assert_status(0);
        assert_eq!(read(&copy), read(&sample(name)), "{name}");
    }
}

#[test]
fn capinfos_finds_application_interfaces_and_times() {
    let folder = folder();
    let copy = folder.path().join("copy");
    records(
        &sample("two-interfaces.pcapng"),
        [OsStr::new("-w"), copy.as_os_str()],
    )
    .assert_status(0);
    let output = Command::new("capinfos").arg(&copy).output();
    let output = output.expect("capinfos starts (`bash tests/setup` installs it)");
    let text = String::from_utf8_lossy(&output.stdout);
    for expected in [
        concat!("Capture application: wirenotes ", env!("CARGO_PKG_VERSION")),
        "Number of packets:   32",
        "Number of interfaces in file: 2",
        "Name = eth0",
        "Name = tun0",
        "Time precision = nanoseconds (9)",
        "Capture oper-sys:    Linux ",
    ] {
        assert!(text.contains(expected), "no {expected:?} in {text}");
    }
}

#[test]
fn what_the_recorder_lost_stays_lost_in_the_copy() {
    // One Ethernet interface, a packet, statistics: 3 dropped by the
    // interface, 7 by the system.
    let block = |kind: u32, body: &[u8]| {
        let length = (body.len() as u32 + 12).to_le_bytes();
        [&kind.to_le_bytes()[..], &length, body, &length].concat()
    };
    let packet = [
        [0; 12].as_slice(),
        &4_u32.to_le_bytes(),
        &60_u32.to_le_bytes(),
        b"data",
    ]
    .concat();
    let mut statistics = [0; 12].to_vec();
    for (code, count) in [(5_u16, 3_u64), (7, 7)] {
        statistics.extend(code.to_le_bytes());
        statistics.extend(8_u16.to_le_bytes());
        statistics.extend(count.to_le_bytes());
    }
    let header = [&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat();
    let file = [
        block(0x0a0d_0d0a, &header),
        block(1, &[1, 0, 0, 0, 0, 0, 0, 0]),
        block(6, &packet),
        block(5, &statistics),
    ];
    let folder = folder();
    let (original, copy) = (folder.path().join("a"), folder.path().join("b"));
    std::fs::write(&original, file.concat()).expect("a file");
    let first = records(&original, [OsStr::new("-w"), copy.as_os_str()]);
    let again = records(&copy, [""; 0]);
    let dropped = |run: &Run| {
        let findings = run.records("finding");
        let found = findings
            .iter()
            .find(|finding| finding["kind"] == "capture.dropped");
        found.expect("the finding")["values"].clone()
    };
    assert_eq!(dropped(&first)["packets"], 10);
    assert_eq!(dropped(&first), dropped(&again));
}

#[test]
fn only_what_passes_is_written() {
    let loss = sample("two-interfaces.pcapng");
    let numbers = |run: &Run| run.records("packet").len();
    for (chosen, count) in [
        (["-f", "icmp or udp"], None),
        (["--conversation", "1"], None),
        (["-c", "5"], Some(5)),
    ] {
        let folder = folder();
        let copy = folder.path().join("copy");
        let shown = records(
            &loss,
            chosen
                .map(OsStr::new)
                .into_iter()
                .chain([OsStr::new("-w"), copy.as_os_str()]),
        );
        shown.assert_status(0);
        let copied = records(&copy, [""; 0]);
        assert_eq!(numbers(&copied), numbers(&shown), "{chosen:?}");
        assert!(numbers(&copied) > 0 && numbers(&copied) < 32, "{chosen:?}");
        assert!(count.is_none_or(|count| count == numbers(&copied)));
        let interfaces = |run: &Run| -> Vec<Value> {
            run.records("packet")
                .iter()
                .map(|packet| packet["interface"].clone())
                .collect()
        };
        assert_eq!(
            interfaces(&copied),
            interfaces(&shown),
            "interfaces keep their numbers"
        );
    }
}

#[test]
fn comments_have_only_the_kinds_that_are_asked_for() {
    let folder = folder();
    let copy = folder.path().join("copy");
    let write = ["--kind", "tcp.handshake.*", "-w"].map(OsStr::new);
    let run = records(
        &sample("pet-collar.pcap"),
        write.into_iter().chain([copy.as_os_str()]),
    );
    run.assert_status(0);
    let comments: Vec<String> = tshark_comments(&copy).concat();
    assert!(comments.len() >= 3);
    for line in comments.iter().flat_map(|comment| comment.lines()) {
        assert!(
            line.starts_with("· tcp.handshake.") || line.starts_with("  ✓ "),
            "{line}"
        );
    }
    let all = records(&sample("pet-collar.pcap"), [""; 0])
        .records("packet")
        .len();
    assert_eq!(tshark_comments(&copy).len(), all, "every packet is written");
}

#[test]
fn several_files_become_one_whose_interfaces_are_told_apart() {
    let folder = folder();
    let copy = folder.path().join("copy.pcapng");
    let run = finish(
        wirenotes()
            .args(["analyze", "--format", "ndjson", "--packets"])
            .args([sample("cooked.pcap"), sample("pet-collar.pcap")])
            .arg("-w")
            .arg(&copy),
    );
    run.assert_status(0);
    let facts = |run: &Run, of_copy: bool| -> Vec<Value> {
        let packets = run.records("packet");
        packets
            .into_iter()
            .map(|mut packet| {
                let members = packet.as_object_mut().expect("an object");
                for name in ["file", "number_in_file", "interface", "comment"] {
                    assert!(of_copy || name == "comment" || members.contains_key(name));
                    members.remove(name);
                }
                packet
            })
            .collect()
    };
    let copied = records(&copy, [""; 0]);
    assert_eq!(facts(&copied, true), facts(&run, false));
    let mut interfaces: Vec<u64> = copied
        .records("packet")
        .iter()
        .filter_map(|packet| packet["interface"].as_u64())
        .collect();
    interfaces.dedup();
    assert_eq!(interfaces, [0, 1]);
}

#[test]
fn captures_from_elsewhere_say_the_same_too() {
    let Some(captures) = shared_captures() else {
        println!("captures from elsewhere: NOT RUN, ../shared/captures is absent");
        return;
    };
    // Every seventh capture is enough: the rest is more of the same, and takes
    // its time.
    let chosen: Vec<PathBuf> = captures.into_iter().step_by(7).collect();
    let mut compared = 0;
    for capture in &chosen {
        for name in ["copy.pcapng", "copy.pcap"] {
            let folder = folder();
            let copy = folder.path().join(name);
            let original = records(capture, [OsStr::new("-w"), copy.as_os_str()]);
            if original.stderr.contains("of one link type") || original.stderr.contains("2106") {
                original.assert_status(1);
                continue;
            }
            let again = records(&copy, [""; 0]);
            let (original, again) = (comparable(&original), comparable(&again));
            assert!(original == again, "{} as {name}", capture.display());
            compared += 1;
        }
    }
    assert!(compared > chosen.len(), "{compared} of {}", chosen.len());
}
