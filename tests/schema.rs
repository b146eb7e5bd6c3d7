//! Everything that is written as JSON is held against the schema that `wirenotes
//! schema` prints; and the schema refuses what it should.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;
#[path = "schema/validator.rs"]
mod validator;

use std::path::Path;

use binary::{finish, wirenotes};
use serde_json::{Value, json};
use validator::Validator;

fn schema() -> Validator {
    let run = binary::run(["schema"]);
    run.assert_status(0);
    Validator::new(serde_json::from_str(&run.stdout).expect("the schema is JSON"))
}

#[track_caller]
fn assert_valid(schema: &Validator, record: &Value, at: &str) {
    if let Err(fault) = schema.validate(record) {
        panic!("{at}: {fault}\n{record}");
    }
}

fn records(sample: &Path, more: &[&str]) -> Vec<Value> {
    let run = finish(
        wirenotes()
            .arg("analyze")
            .arg(sample)
            .args(["--format", "ndjson"])
            .args(more),
    );
    let lines = run.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a record is JSON"))
        .collect()
}

#[test]
fn every_record_of_every_sample_is_valid() {
    let schema = schema();
    let mut count = 0;
    for sample in files::samples() {
        for record in records(&sample, &["--packets"]) {
            assert_valid(&schema, &record, &sample.display().to_string());
            count += 1;
        }
    }
    assert!(count > 1_000, "only {count} records");
}

#[test]
fn documents_explanations_lists_and_live_are_valid() {
    let schema = schema();
    let sample = files::sample("pet-collar.pcap");
    let sample = sample.to_string_lossy();
    for words in [
        &["analyze", &sample, "--packets", "--format", "json"][..],
        &["analyze", &sample, &sample, "--packets", "--format", "json"],
        &["conversations", &sample, "--format", "json"],
        &["hosts", &sample, "--format", "json"],
        &["follow", &sample, "1", "--format", "json"],
        &["live", "-r", &sample, "--format", "json"],
        &["explain", &sample, "10", "--format", "json"],
        &[
            "explain",
            &sample,
            "1",
            "--format",
            "json",
            "--field",
            "tcp.flags",
        ],
        &["explain", "--hex", "45 00 00 14 0", "--format", "json"],
        &["interfaces", "--format", "json"],
        &["notes", "--format", "json"],
    ] {
        let run = binary::run(words);
        let document: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}\n{}", run.stderr));
        assert_valid(&schema, &document, &format!("{words:?}"));
    }
}

#[test]
fn every_row_of_the_tables_is_valid() {
    let schema = schema();
    let mut count = 0;
    for sample in files::samples() {
        for table in ["conversations", "hosts"] {
            let sample = sample.to_string_lossy();
            let run = binary::run([table, &*sample, "--format", "ndjson"]);
            for line in run.stdout.lines() {
                let record: Value = serde_json::from_str(line).expect("a record is JSON");
                assert_valid(&schema, &record, &sample);
                count += 1;
            }
        }
    }
    assert!(count > 300, "only {count} rows");
}

#[test]
fn every_record_of_bytes_is_valid() {
    let schema = schema();
    let mut count = 0;
    for sample in [
        "loss",
        "snaplen",
        "one-sided",
        "udp",
        "mid-stream",
        "crafted-dropped",
    ] {
        let sample = files::sample(&format!("{sample}.pcap"));
        let sample = sample.to_string_lossy();
        let run = binary::run(["follow", &*sample, "1", "--format", "ndjson"]);
        for record in run.records("bytes") {
            assert_valid(&schema, &record, &sample);
            count += 1;
        }
    }
    assert!(count > 100, "only {count} records");
}

#[test]
fn one_type_of_record_comes_alone() {
    let sample = files::sample("close-wait.pcap");
    for (only, least) in [
        ("packet", 29),
        ("conversation", 4),
        ("finding", 3),
        ("summary", 1),
    ] {
        let all = records(&sample, &["--packets"]);
        let of_type = |record: &&Value| record["record"] == only;
        let wanted: Vec<_> = all.iter().filter(of_type).cloned().collect();
        assert!(wanted.len() >= least, "{only}: {}", wanted.len());
        for threads in ["1", "3"] {
            let alone = records(&sample, &["--only", only, "--threads", threads]);
            assert_eq!(alone, wanted, "{only}, {threads} threads");
        }
        // It implies the format.
        let run = finish(wirenotes().arg(&sample).args(["--only", only]));
        assert_eq!(run.stdout.lines().count(), wanted.len());
        let run = finish(
            wirenotes()
                .arg(&sample)
                .args(["--only", only, "--format", "json"]),
        );
        let document: Value = serde_json::from_str(&run.stdout).expect("a document");
        assert_eq!(document.as_object().map(|members| members.len()), Some(1));
    }
}

#[test]
fn addresses_and_ports_are_those_of_the_joined_pair() {
    for sample in files::samples() {
        for record in records(&sample, &["--packets"]) {
            for end in ["source", "destination", "client", "server"] {
                let Some(joined) = record.get(end).and_then(Value::as_str) else {
                    continue;
                };
                let address = record[format!("{end}_address")].as_str().expect("a text");
                let port = &record[format!("{end}_port")];
                let expected = match (port.as_u64(), address.matches(':').count()) {
                    (None, _) => address.to_owned(),
                    (Some(port), 0) => format!("{address}:{port}"),
                    (Some(port), _) => format!("[{address}]:{port}"),
                };
                assert_eq!(joined, expected);
            }
        }
    }
}

/// Every member of every object of some records, by the path to it.
fn members(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{path}/{name}");
                members(value, &path, found);
                found.push(path);
            }
        }
        Value::Array(all) => {
            for (index, value) in all.iter().enumerate() {
                members(value, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Members that only some records have, and maps whose names are open.
fn is_optional(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let layers = [
        "ethernet", "ipv4", "tcp", "arp", "udp", "dns", "outer", "echo", "ipv6", "icmp", "vlan",
    ];
    let is_layer = path.matches('/').count() == 1 && layers.contains(&name) && name != "tcp";
    is_layer
        || path == "/tcp"
        || name == "echo"
        || ["/values/", "/kinds/", "/protocols/"]
            .iter()
            .any(|open| path.contains(open))
}

#[test]
fn a_missing_a_mistyped_and_an_unknown_member_are_refused() {
    let schema = schema();
    let sample = files::sample("pet-collar.pcap");
    let mut tried = 0;
    let mut seen = Vec::new();
    for record in records(&sample, &["--packets"]) {
        let kind = record["record"].clone();
        if seen.iter().filter(|known| **known == kind).count() > 3 {
            continue;
        }
        let mut paths = Vec::new();
        members(&record, "", &mut paths);
        for path in paths {
            let (parent, name) = path.rsplit_once('/').expect("a path");
            let mut missing = record.clone();
            let fields = missing.pointer_mut(parent).and_then(Value::as_object_mut);
            fields.expect("an object").remove(name);
            assert!(
                is_optional(&path)
                    || kind == "conversation" && path == "/tcp"
                    || schema.validate(&missing).is_err(),
                "{kind} is valid without {path}"
            );
            let mut mistyped = record.clone();
            *mistyped.pointer_mut(&path).expect("it is there") = json!({"no": {"such": 1}});
            assert!(
                schema.validate(&mistyped).is_err(),
                "{kind}: {path} may be anything"
            );
            tried += 1;
        }
        let mut unknown = record.clone();
        unknown["surprise"] = json!(1);
        assert!(schema.validate(&unknown).is_err(), "{kind} may have more");
        seen.push(kind);
    }
    assert!(tried > 300, "only {tried} members");
}
