//! `analyze --parquet`: the tables hold what the records hold, value by value, and a
//! table has its name only when it is whole.

#[path = "common/binary.rs"]
mod binary;
#[path = "tables/expected.rs"]
mod expected;
#[path = "common/files.rs"]
mod files;
#[path = "../benches/generator/mod.rs"]
mod generator;
#[path = "tables/read.rs"]
mod read;

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use binary::{Run, finish, wirenotes};
use expected::{Records, is_as_expected};
use files::sample;
use read::{Table, table};
use serde_json::Value;
use tempfile::TempDir;

const TABLES: [&str; 11] = [
    "annotations",
    "captures",
    "conversations",
    "dns",
    "exchanges",
    "findings",
    "kinds",
    "layers",
    "listeners",
    "packets",
    "visits",
];

/// What is still under its own name in a folder.
fn final_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for name in TABLES {
        if folder.join(name).join("part-00000.parquet").exists() {
            found.push(name.to_owned());
        }
    }
    if folder.join("_wirenotes-00000.json").exists() {
        found.push("_wirenotes-00000.json".to_owned());
    }
    found
}

fn analyze(captures: &[PathBuf], more: &[&str]) -> Run {
    finish(
        wirenotes()
            .arg("analyze")
            .args(captures)
            .args(more)
            .timeout(Duration::from_secs(60)),
    )
}

fn to_tables(captures: &[PathBuf], folder: &Path, more: &[&str]) -> Run {
    let folder = folder.to_str().expect("a plain path");
    let options = [&["--parquet", folder][..], more].concat();
    analyze(captures, &options)
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn generated(folder: &TempDir, name: &str, packets: u64) -> PathBuf {
    let path = folder.path().join(format!("{name}.pcap"));
    let mut bytes = Vec::new();
    generator::write(name, packets, 7, &mut bytes).expect("a vector takes everything");
    fs::write(&path, bytes).expect("the folder is there");
    path
}

/// Fails unless each row has what is expected of it, in every column.
#[track_caller]
fn assert_rows(at: &str, table: &Table, count: usize, expected: impl Fn(usize, &str) -> Value) {
    assert_eq!(table.rows.len(), count, "{at}: rows");
    for (place, row) in table.rows.iter().enumerate() {
        assert_eq!(row.len(), table.columns.len(), "{at}: columns");
        for (column, cell) in row {
            let expected = expected(place, column);
            assert!(
                is_as_expected(cell, &expected),
                "{at}.{column}, row {place}: {cell} instead of {expected}\n{row:?}"
            );
        }
    }
}

/// Fails unless the tables of some captures hold what their records hold.
#[track_caller]
fn assert_tables_are_records(captures: &[PathBuf], more: &[&str]) {
    let at = format!("{captures:?} {more:?}");
    let out = folder();
    let tables = to_tables(
        captures,
        out.path(),
        &[&["--packets", "--texts"][..], more].concat(),
    );
    let printed = analyze(
        captures,
        &[&["--packets", "--format", "ndjson"][..], more].concat(),
    );
    assert_eq!(tables.status, printed.status, "{at}: {}", tables.stderr);
    let name = captures.first().expect("a capture").to_string_lossy();
    let records = Records::new(&name, &printed.stdout);
    let table = |name: &str| table(out.path(), name);
    let rows = |name, count, expected: &dyn Fn(usize, &str) -> Value| {
        assert_rows(&format!("{at}: {name}"), &table(name), count, expected);
    };
    rows("packets", records.packets.len(), &|place, column| {
        records.packet_cell(&records.packets[place], column)
    });
    rows(
        "conversations",
        records.conversations.len(),
        &|place, column| records.conversation(&records.conversations[place], column),
    );
    let annotations = records.annotations();
    rows("annotations", annotations.len(), &|place, column| {
        records.annotation(annotations[place], column)
    });
    rows("findings", records.findings.len(), &|place, column| {
        records.finding((place, &records.findings[place]), column)
    });
    rows("exchanges", records.exchanges.len(), &|place, column| {
        records.exchange(&records.exchanges[place], column)
    });
    rows("visits", records.visits.len(), &|place, column| {
        records.visit(&records.visits[place], column)
    });
    assert_sums(&at, &records, &table);
    assert_dns(&at, &records, &table("dns"));
    for packet in &table("packets").rows {
        let part = |name: &str| packet[name].as_i64().expect("a number");
        let sum = part("headers") + part("payload") + part("padding");
        assert_eq!(sum, part("original_length"), "{at}: {packet:?}");
    }
}

/// The tables of what is known at the end.
fn assert_sums(at: &str, records: &Records, table: &dyn Fn(&str) -> Table) {
    let summary = &records.summary;
    let of = |name: &str, key: &str, value: &str| {
        let mut sums = serde_json::Map::new();
        for row in table(name).rows {
            let key = row[key].as_str().expect("a name").to_owned();
            let value = row[value].as_u64().expect("a number");
            let sum = sums.entry(key).or_insert(Value::from(0));
            *sum = Value::from(sum.as_u64().expect("a number") + value);
        }
        Value::Object(sums)
    };
    assert_eq!(of("kinds", "kind", "count"), summary["kinds"], "{at}");
    assert_eq!(
        of("layers", "layer", "packets"),
        summary["protocols"],
        "{at}"
    );
    let headers = of("layers", "layer", "header_bytes");
    for layer in summary["overhead"].as_array().expect("a list") {
        let name = layer["layer"].as_str().expect("a name");
        assert_eq!(headers[name], layer["bytes"], "{at}: {name}");
    }
    let listeners = summary["listeners"].as_array().expect("a list");
    let rows = table("listeners").rows;
    assert_eq!(rows.len(), listeners.len(), "{at}");
    for (row, listener) in rows.iter().zip(listeners) {
        for name in ["connections", "clients", "peak_concurrent", "close_wait"] {
            assert_eq!(row[name], listener[name], "{at}: {name}");
        }
        let port = row["port"].as_i64().expect("a port");
        let address = listener["address"].as_str().expect("an address");
        assert!(address.ends_with(&format!(":{port}")), "{at}: {address}");
        let host = row["address"].as_str().expect("an address");
        assert!(address.contains(host), "{at}: {address} {host}");
    }
    let captures = table("captures").rows;
    let sum = |name: &str| {
        let rows = captures.iter();
        rows.map(|row| row[name].as_u64().expect("a number"))
            .sum::<u64>()
    };
    assert_eq!(summary["packets"], sum("packets"), "{at}");
    assert_eq!(summary["bytes"], sum("bytes"), "{at}");
    for (row, file) in captures
        .iter()
        .zip(summary["files"].as_array().expect("files"))
    {
        assert_eq!(&row["capture"], file, "{at}");
    }
    for (name, fewest) in [("first_ns", true), ("last_ns", false)] {
        let mut times: Vec<_> = captures
            .iter()
            .filter_map(|row| row[name].as_u64())
            .collect();
        times.sort_unstable();
        let time = if fewest { times.first() } else { times.last() };
        assert_eq!(summary[name], serde_json::json!(time), "{at}: {name}");
    }
}

/// A row for each response and each question without one, as the annotations and the
/// findings have them.
fn assert_dns(at: &str, records: &Records, dns: &Table) {
    let responses = ["dns.response", "dns.error", "dns.truncated"];
    let is_response = |it: &Value| responses.contains(&it["kind"].as_str().expect("a kind"));
    let annotations = records.annotations();
    let answered = annotations.iter().filter(|(.., it)| is_response(it));
    let mut expected: Vec<_> = answered
        .map(|(packet, _, it)| (packet["number"].as_u64(), it["values"].clone()))
        .collect();
    let findings = records.findings.iter();
    let unanswered = findings.filter(|it| it["kind"] == "dns.unanswered");
    expected.extend(unanswered.map(|it| (None, it["values"].clone())));
    let mut rows: Vec<_> = dns.rows.iter().collect();
    assert_eq!(rows.len(), expected.len(), "{at}: dns");
    rows.sort_by_key(|row| {
        let response = row["response_packet"].as_u64();
        (response.is_none(), response)
    });
    for (row, (response, values)) in rows.iter().zip(&expected) {
        assert_eq!(row["response_packet"].as_u64(), *response, "{at}: {row:?}");
        assert_eq!(row["id"], values["id"], "{at}: {row:?} {values}");
        for (column, member) in [("latency_ns", "latency_ns"), ("name", "name")] {
            if let Some(value) = values.get(member) {
                assert_eq!(row[column], *value, "{at}: {row:?} {values}");
            }
        }
        let Some(packet) = records
            .packets
            .iter()
            .find(|it| it["number"].as_u64() == *response)
        else {
            continue;
        };
        // A message that came in several segments is not in the packet's record.
        let dns = &packet["dns"];
        if dns["id"] != row["id"] {
            continue;
        }
        assert_eq!(row["response_code"], dns["response_code"], "{at}: {row:?}");
        assert_eq!(row["type"], dns["questions"][0]["type"], "{at}: {row:?}");
        let answers = row["answers"].as_array().expect("a list");
        let told = dns["answers"].as_array().expect("a list");
        assert_eq!(answers.len(), told.len(), "{at}: {row:?}");
        for (answer, told) in answers.iter().zip(told) {
            for column in ["name", "type", "ttl", "data"] {
                assert_eq!(answer[column], told[column], "{at}: {row:?}");
            }
        }
    }
}

#[test]
fn the_tables_of_every_sample_hold_what_its_records_hold() {
    for sample in files::samples() {
        assert_tables_are_records(&[sample], &[]);
    }
}

#[test]
fn the_tables_of_generated_captures_hold_what_their_records_hold() {
    let place = folder();
    for name in ["web", "bulk", "flows"] {
        let capture = generated(&place, name, 12_000);
        assert_tables_are_records(&[capture], &[]);
    }
}

#[test]
fn of_several_captures_in_chinese_and_behind_a_filter_it_is_the_same() {
    let several = ["dns-http.pcap", "close-wait.pcap", "http.pcap"].map(sample);
    assert_tables_are_records(&several, &[]);
    assert_tables_are_records(&several, &["--apart", "--lang", "zh", "-f", "tcp"]);
    assert_tables_are_records(&several, &["--secrets", "show", "port:80"]);
}

#[test]
fn the_footer_says_the_version_and_the_language_and_zstd_is_all_that_is_used() {
    let (place, out) = (folder(), folder());
    let capture = generated(&place, "bulk", 150_000);
    let more = ["--packets", "--texts", "--lang", "zh", "-q"];
    let run = to_tables(&[capture], out.path(), &more);
    run.assert_status(0);
    assert_eq!(run.stdout, "");
    for name in TABLES {
        let table = table(out.path(), name);
        assert_eq!(table.footer["wirenotes.schema"], "1", "{name}");
        assert_eq!(table.footer["wirenotes.language"], "zh", "{name}");
        let is_zstd = |compression: &String| compression.starts_with("ZSTD");
        assert!(table.compressions.iter().all(is_zstd), "{name}");
    }
    assert_eq!(table(out.path(), "packets").groups, [131_072, 18_928]);
    let manifest = fs::read_to_string(out.path().join("_wirenotes-00000.json"));
    let manifest: Value = serde_json::from_str(&manifest.expect("it is there")).expect("JSON");
    assert_eq!(manifest["schema"], 1);
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["packets"], 150_000);
    assert_eq!(manifest["rows"]["packets"], 150_000);
    assert_eq!(manifest["inputs"].as_array().map(Vec::len), Some(1));
    assert!(manifest["first_ns"].as_u64() < manifest["last_ns"].as_u64());
}

#[test]
fn without_packets_and_texts_there_are_none_and_the_rest_is_the_same() {
    let (all, few) = (folder(), folder());
    let captures = [sample("dns-http.pcap")];
    to_tables(&captures, all.path(), &["--packets", "--texts"]).assert_status(0);
    let summary = to_tables(&captures, few.path(), &[]);
    summary.assert_status(0);
    assert_eq!(summary.stdout, analyze(&captures, &[]).stdout);
    assert!(!few.path().join("packets").exists());
    for name in TABLES.iter().filter(|name| **name != "packets") {
        let (all, few) = (table(all.path(), name), table(few.path(), name));
        let mut columns = all.columns.clone();
        columns.retain(|column| column != "text");
        assert_eq!(few.columns, columns, "{name}");
        assert_eq!(all.rows.len(), few.rows.len(), "{name}");
        for (all, few) in all.rows.iter().zip(&few.rows) {
            // The annotations of exchanges have their texts inside.
            for column in few.keys().filter(|column| *column != "annotations") {
                assert_eq!(all[column], few[column], "{name}.{column}");
            }
        }
        assert!(!few.footer.contains_key("wirenotes.language"), "{name}");
    }
}

#[test]
fn every_other_output_is_as_it_is_without_tables() {
    let captures = [sample("http-errors.pcap")];
    for more in [
        &["--format", "ndjson", "--packets"][..],
        &["--format", "json"],
        &["--format", "har"],
        &["--conversation", "1"],
        &["--only", "finding"],
        &["-v"],
    ] {
        let out = folder();
        let with = to_tables(&captures, out.path(), more);
        let without = analyze(&captures, more);
        assert_eq!(with.status, without.status, "{more:?}: {}", with.stderr);
        assert_eq!(with.stdout, without.stdout, "{more:?}");
        assert!(!table(out.path(), "captures").rows.is_empty(), "{more:?}");
    }
    let out = folder();
    let with = to_tables(&captures, out.path(), &["--packets"]);
    assert_eq!(with.stdout, analyze(&captures, &[]).stdout);
}

#[test]
fn tables_that_are_there_are_refused_unless_they_are_to_be_replaced() {
    let out = folder();
    let captures = [sample("pet-collar.pcap")];
    to_tables(&captures, out.path(), &["--packets"]).assert_status(0);
    let others = [sample("close-wait.pcap")];
    let refused = to_tables(&others, out.path(), &[]);
    refused.assert_status(2).assert_says("--overwrite");
    assert_eq!(refused.stdout, "");
    assert_eq!(table(out.path(), "captures").rows[0]["packets"], 15);
    let chinese = to_tables(&others, out.path(), &["--lang", "zh"]);
    chinese.assert_status(2).assert_says("已经存在");
    to_tables(&others, out.path(), &["--overwrite"]).assert_status(0);
    assert_eq!(table(out.path(), "captures").rows[0]["packets"], 29);
    // The packets were those of the other capture.
    assert!(!final_files(out.path()).contains(&"packets".to_owned()));
    assert_eq!(final_files(out.path()).len(), TABLES.len());
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing_under_a_name() {
    let place = folder();
    let capture = generated(&place, "web", 20_000);
    for name in ["packets", "annotations", "captures"] {
        let out = folder();
        let inside = out.path().join(name);
        fs::create_dir(&inside).expect("a folder");
        let partial = inside.join(".part-00000.parquet.partial");
        symlink("/dev/full", partial).expect("a link");
        let run = to_tables(std::slice::from_ref(&capture), out.path(), &["--packets"]);
        run.assert_status(1)
            .assert_says(&format!("{name}/part-00000.parquet"))
            .assert_says("No space");
        assert_eq!(final_files(out.path()), [""; 0], "{name}");
        let zh = to_tables(
            std::slice::from_ref(&capture),
            out.path(),
            &["--lang", "zh"],
        );
        zh.assert_status(0);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_said() {
    let place = folder();
    let file = place.path().join("file");
    fs::write(&file, "text").expect("written");
    let run = to_tables(&[sample("pet-collar.pcap")], &file.join("tables"), &[]);
    run.assert_status(1).assert_says("cannot be written");
    let wrong = to_tables(
        &[sample("pet-collar.pcap")],
        &place.path().join("new"),
        &["-f", "tcp prot 80"],
    );
    wrong.assert_status(2);
    assert!(!place.path().join("new").exists(), "nothing is made of it");
}

#[test]
fn what_is_killed_leaves_nothing_under_a_name_and_can_be_done_again() {
    let (place, out) = (folder(), folder());
    let capture = generated(&place, "web", 60_000);
    let bytes = fs::read(&capture).expect("it is there");
    let mut child = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .args(["analyze", "-", "--packets", "--parquet"])
        .arg(out.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(&bytes).expect("it reads");
    let partial = out.path().join("packets/.part-00000.parquet.partial");
    assert!(partial.exists(), "it has begun");
    // Whoever writes to one folder is alone there.
    let busy = to_tables(&[sample("pet-collar.pcap")], out.path(), &[]);
    busy.assert_status(1).assert_says("another wirenotes");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(final_files(out.path()), [""; 0]);
    assert!(partial.exists(), "what was begun may stay");
    to_tables(&[capture], out.path(), &["--packets"]).assert_status(0);
    assert_eq!(table(out.path(), "packets").rows.len(), 60_000);
    assert!(!partial.exists());
}

#[test]
fn an_output_that_is_closed_too_soon_is_no_success() {
    let (place, out) = (folder(), folder());
    let capture = generated(&place, "web", 60_000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .args(["analyze", "--packets", "--format", "ndjson", "--parquet"])
        .arg(out.path())
        .arg(&capture)
        .env("LANG", "C")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no tables are written"), "{said}");
    assert_eq!(final_files(out.path()), [""; 0]);
}
