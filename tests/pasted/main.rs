//! Pastes as people make them: three packets in the output of many tools, each
//! read to the last byte; texts of many kinds that hold no packet; faults,
//! cuts and times.
//!
//! `formats/` holds the frames 1, 4 and 10 of `samples/pet-collar.pcap`,
//! printed by the tools themselves where they run on Linux (tcpdump, tshark,
//! xxd, hexdump, od, gdb, lldb, scapy, Python). The others were not at hand:
//! they are written in the form in which snoop, Cisco IOS and ASA, FortiGate,
//! Zephyr, ESP-IDF, OpenThread, Arduino, pktmon, Format-Hex, WinDbg, U-Boot,
//! HxD, Suricata, loggers and people print and paste bytes.
//! `without_packet/` holds the output of programs, logs, code and prose.
//!
//! After a change that is meant to be seen:
//! `INSTA_UPDATE=always cargo test --test pasted`, then read the difference.

#[path = "../common/binary.rs"]
mod binary;
#[path = "../common/files.rs"]
mod files;
mod texts;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;
use texts::{KINDS, Random};
use wirenotes::capture::pasted::parse;
use wirenotes::capture::{ReadOptions, Reader};

/// The texts of a folder, by name.
fn folder(name: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pasted")
        .join(name);
    let entries = std::fs::read_dir(folder).expect("the folder");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let text = |path: &PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy();
        (
            name.into_owned(),
            std::fs::read_to_string(path).expect("a text"),
        )
    };
    paths.iter().map(text).collect()
}

/// The frames that every text of `formats/` holds.
fn frames() -> Vec<Vec<u8>> {
    let sample = files::sample("pet-collar.pcap");
    let mut reader = Reader::open([sample], ReadOptions::default()).expect("the sample");
    let mut frames = Vec::new();
    while let Some(frame) = reader.next().expect("a frame") {
        if [1, 4, 10].contains(&frame.number) {
            frames.push(frame.bytes.to_vec());
        }
    }
    frames
}

fn explain(text: &str, arguments: &[&str]) -> binary::Run {
    let mut command = binary::wirenotes();
    command
        .args(["explain", "-"])
        .args(arguments)
        .write_stdin(text);
    binary::finish(&mut command)
}

fn records(run: &binary::Run) -> Vec<Value> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("a record"))
        .collect()
}

/// What was read of every format, in a table.
#[test]
fn three_packets_in_the_output_of_every_tool() {
    let frames = frames();
    let mut table = String::new();
    let mut wrong = Vec::new();
    for (name, text) in folder("formats") {
        let run = explain(&text, &["--format", "ndjson"]);
        let records = records(&run);
        let _ = write!(table, "{name:<24}");
        for record in &records {
            let packet = &record["packet"];
            let layers = packet["protocols"].as_array().expect("a list");
            let layers: Vec<_> = layers.iter().filter_map(Value::as_str).collect();
            let _ = write!(
                table,
                " {:>2} {}",
                packet["captured_length"],
                layers.join("/")
            );
        }
        let format = records.first().map(|record| &record["input"]["format"]);
        let format = format.and_then(Value::as_str).unwrap_or("nothing");
        let _ = writeln!(table, "  as {format}");
        let read: Vec<Vec<u8>> = parse(&text)
            .packets
            .into_iter()
            .map(|packet| match name.as_str() {
                // Only its bytes show how the words of these are written.
                "od-tx2-big" | "xxd-e" | "u-boot-md-l" => packet.turned().expect("words"),
                _ => packet.bytes,
            })
            .collect();
        let filled = |frame: &Vec<u8>, read: &Vec<u8>| match name.as_str() {
            "tcpdump-x" | "tcpdump-ascii-x" | "tcpdump-3-x" => read == &frame[14..],
            // Words of four bytes show zeros behind the end.
            "windbg-dd" | "windbg-dc" | "gdb-x-words" | "u-boot-md-l" => {
                read.starts_with(frame) && read.len() < frame.len() + 4
            }
            _ => read == frame,
        };
        let all = records.len() == 3
            && read.len() == 3
            && frames
                .iter()
                .zip(&read)
                .all(|(frame, read)| filled(frame, read));
        let sums = records.iter().all(|record| checks_hold(&record["layers"]));
        if run.status != Some(0) || !all || !sums {
            wrong.push(format!("{name}: {:?} {}", run.status, run.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/pasted");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("formats", table));
}

/// Whether every rule in the fields holds, checksums among them.
fn checks_hold(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(checks_hold),
        Value::Object(object) => {
            object.get("holds") != Some(&Value::Bool(false)) && object.values().all(checks_hold)
        }
        _ => true,
    }
}

#[track_caller]
fn assert_no_packet(name: &str, text: &str) {
    let run = explain(text, &["--format", "ndjson"]);
    assert_eq!(run.status, Some(1), "{name}:\n{text}\n{}", run.stdout);
    assert_eq!(run.stdout, "", "{name}:\n{text}");
    assert!(run.stderr.contains("line "), "{name}: {}", run.stderr);
}

#[test]
fn texts_without_a_packet_hold_none() {
    let texts = folder("without_packet");
    assert!(texts.len() > 90, "only {}", texts.len());
    for (name, text) in texts {
        assert_no_packet(&name, &text);
    }
}

#[test]
fn generated_texts_hold_no_packet() {
    for (name, make) in KINDS {
        for seed in 1..=5 {
            let text = make(&mut Random::new(seed));
            assert_no_packet(&format!("{name} {seed}"), &text);
        }
    }
}

/// What is missing is said in both languages.
#[test]
fn a_text_without_bytes_says_what_is_missing() {
    for (name, says) in [
        ("tcpdump-summary", "tcpdump -xx"),
        ("tcpdump-verbose", "tcpdump -xx"),
        ("tshark-summary", "tshark -x"),
        ("tshark-verbose", "Hex Dump"),
        ("tshark-pdml", "tshark -x"),
        ("tshark-json", "tshark -T json -x"),
        ("json-event-without-packet", "packet: yes"),
        ("scapy-repr", "bytes(packet).hex()"),
        ("scapy-show", "tshark -x"),
        ("scapy-command", "hexdump(packet)"),
        ("dpkt", "bytes(packet).hex()"),
        ("iptables-log", "tcpdump -xx"),
        ("c-code", "--link"),
        ("csv", "tcpdump -xx"),
    ] {
        let texts = folder("without_packet");
        let text = texts.iter().find(|(known, _)| known == name);
        let text = &text.expect("the text").1;
        for lang in ["en", "zh"] {
            explain(text, &["--lang", lang])
                .assert_status(1)
                .assert_says(says);
        }
    }
}

/// Faults are told after what could be read.
#[test]
fn a_fault_ends_with_status_1_behind_the_explanation() {
    let dump = folder("formats");
    let dump = &dump.iter().find(|(name, _)| name == "snoop-x");
    let dump = &dump.expect("the text").1;
    let first: Vec<&str> = dump.lines().take(8).collect();
    let stray = format!(
        "{}\n          96: fd27 fffd 24      .'..$\n",
        first.join("\n")
    );
    let odd = first.join("\n").replace("6f99", "6f9");
    for (text, says, length) in [(stray, "line 9", 66), (odd, "3 digits", 50)] {
        let run = explain(&text, &["--format", "ndjson"]);
        run.assert_status(1).assert_says(says);
        let records = records(&run);
        assert_eq!(records.len(), 1, "{text}");
        assert_eq!(records[0]["packet"]["captured_length"], length, "{text}");
        assert!(
            !records[0]["input"]["problems"]
                .as_array()
                .expect("a list")
                .is_empty()
        );
        let run = explain(&text, &[]);
        run.assert_status(1);
        assert!(run.stdout.contains("10.0.0.1"), "{}", run.stdout);
    }
}

/// A paste has no length on the wire but the one in its IP header.
#[test]
fn a_dump_that_was_cut_is_truncated() {
    let texts = folder("formats");
    for (name, lines, length) in [("fortigate", 6, 32), ("tcpdump-xx", 3, 32), ("xxd", 4, 48)] {
        let text = &texts.iter().find(|(known, _)| known == name).expect("it").1;
        let cut: Vec<&str> = text.lines().take(lines).collect();
        let run = explain(&cut.join("\n"), &["--format", "ndjson"]);
        run.assert_status(0);
        let packet = &records(&run)[0]["packet"];
        assert_eq!(packet["captured_length"], length, "{name}");
        assert_eq!(packet["original_length"], 66, "{name}");
        let said: Vec<_> = packet["annotations"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["kind"].as_str().expect("a kind"))
            .collect();
        assert!(said.contains(&"truncated"), "{name}: {said:?}");
        assert!(!said.contains(&"malformed"), "{name}: {said:?}");
    }
}

/// Times of day above the packets give differences, no more.
#[test]
fn times_above_a_dump_serve_for_differences_in_words() {
    let texts = folder("formats");
    for (name, difference) in [
        ("tcpdump-xx", Some("8.84 ms")),
        ("tcpdump-xx-date", Some("8.84 ms")),
        ("tcpdump-xx-no-time", None),
        ("python-hex", None),
    ] {
        let text = &texts.iter().find(|(known, _)| known == name).expect("it").1;
        let run = explain(text, &["--format", "ndjson"]);
        let records = records(&run);
        assert!(records.iter().all(|one| one["packet"]["time_ns"].is_null()));
        let said = &records[1]["packet"]["annotations"][0];
        assert_eq!(said["kind"], "tcp.handshake.syn_ack", "{name}");
        assert_eq!(
            said["values"]["since_syn_ns"].is_null(),
            difference.is_none()
        );
        for (lang, unknown) in [("en", "an unknown time"), ("zh", "未知的时间")] {
            // Lines are broken anywhere in Chinese.
            let text = explain(text, &["--lang", lang]).stdout;
            let has = |words: &str| without_space(&text).contains(&without_space(words));
            assert!(has(difference.unwrap_or(unknown)), "{name}: {text}");
            assert!(!text.contains(" 0 ns"), "{name}: {text}");
        }
    }
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn of_a_single_packet_no_duration_is_said() {
    let sample = files::sample("pet-collar.pcap");
    let mut reader = Reader::open([sample], ReadOptions::default()).expect("the sample");
    while let Some(frame) = reader.next().expect("a frame") {
        let digits: String = frame
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let run = explain(&format!("12:00:00.123456\n{digits}\n"), &[]);
        run.assert_status(0);
        for unit in [" ns", " µs", " ms", "unknown time"] {
            assert!(!run.stdout.contains(unit), "{}", run.stdout);
        }
    }
}

/// A large paste takes a time that grows as the paste does, whatever it looks
/// like.
#[test]
fn five_megabytes_are_read_in_time() {
    let texts = folder("formats");
    let mut pieces: Vec<String> = ["tcpdump-ascii-xx", "suricata-eve"]
        .iter()
        .filter_map(|name| texts.iter().find(|(known, _)| known == name))
        .map(|(_, text)| text.clone())
        .collect();
    pieces.push("The quick brown fox adds 12 beads at 10:45.\n".to_owned());
    for piece in pieces {
        let time = |length: usize| {
            let text = piece.repeat(length / piece.len());
            let start = Instant::now();
            let _ = parse(&text);
            start.elapsed()
        };
        // Eight times the text takes sixty-four times as long if every part of
        // it is compared with every other. The machine may be busy.
        let (short, long) = (time(5 << 17), time(5 << 20));
        assert!(long < short * 30, "{piece}: {short:?}, {long:?}");
    }
}
