//! Every record over every sample held against the contract: its fields and
//! their types, sums that must come out, and references that must lead
//! somewhere.

#[path = "../common/binary.rs"]
mod binary;
#[path = "../common/files.rs"]
mod files;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use shape::{Shape, assert_shape};

/// A sample's records.
struct Records {
    at: String,
    packets: Vec<Value>,
    conversations: Vec<Value>,
    exchanges: Vec<Value>,
    visits: Vec<Value>,
    findings: Vec<Value>,
    summary: Value,
}

fn ndjson(sample: &Path, more: &[&str]) -> String {
    let run = binary::finish(
        binary::wirenotes()
            .arg("analyze")
            .arg(sample)
            .args(["--format", "ndjson"])
            .args(more),
    );
    assert_eq!(run.status, Some(0), "{}: {}", sample.display(), run.stderr);
    run.stdout
}

fn records(sample: &Path) -> Records {
    let at = sample
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let mut records = Records {
        at: at.clone(),
        packets: Vec::new(),
        conversations: Vec::new(),
        exchanges: Vec::new(),
        visits: Vec::new(),
        findings: Vec::new(),
        summary: Value::Null,
    };
    for line in ndjson(sample, &["--packets"]).lines() {
        let record: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{at}: {error}: {line}"));
        assert!(
            records.summary.is_null(),
            "{at}: the summary is not the last record"
        );
        match record["record"].as_str() {
            Some("packet") => records.packets.push(record),
            Some("conversation") => records.conversations.push(record),
            Some("exchange") => records.exchanges.push(record),
            Some("visit") => records.visits.push(record),
            Some("finding") => records.findings.push(record),
            Some("summary") => records.summary = record,
            other => panic!("{at}: a record of kind {other:?}"),
        }
    }
    records
}

/// The records of every sample.
static ALL: LazyLock<Vec<Records>> = LazyLock::new(|| {
    let samples = files::samples();
    samples.iter().map(|sample| records(sample)).collect()
});

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is not a number"))
}

fn bytes_of(layers: &Value) -> u64 {
    list(layers)
        .iter()
        .map(|layer| number(&layer["bytes"]))
        .sum()
}

/// The annotations of packets, and findings: all have the same core.
fn notes(records: &Records) -> impl Iterator<Item = (String, &Value)> {
    let on_packets = records.packets.iter().flat_map(|packet| {
        let at = format!("{} packet {}", records.at, packet["number"]);
        list(&packet["annotations"])
            .iter()
            .map(move |note| (at.clone(), note))
    });
    let findings = records
        .findings
        .iter()
        .map(|finding| (format!("{} finding", records.at), finding));
    on_packets.chain(findings)
}

#[test]
fn every_record_has_its_fields_with_their_types() {
    for records in ALL.iter() {
        let at = &records.at;
        assert_shape(&records.summary, shape::SUMMARY, at);
        each(&records.summary["listeners"], shape::LISTENER, at);
        each(&records.summary["overhead"], shape::LAYER_BYTES, at);
        for finding in &records.findings {
            assert_shape(finding, shape::FINDING, at);
        }
        for (at, note) in notes(records) {
            assert_shape(note, shape::ANNOTATION, &at);
            each(&note["checks"], shape::CHECK, &at);
        }
        for packet in &records.packets {
            let at = format!("{at} packet {}", packet["number"]);
            assert_shape(packet, shape::PACKET, &at);
            each(&packet["overhead"], shape::LAYER_BYTES, &at);
            layers_have_their_fields(packet, &at);
        }
        for conversation in &records.conversations {
            let at = format!("{at} conversation {}", conversation["number"]);
            conversation_has_its_fields(conversation, &at);
        }
    }
}

fn each(objects: &Value, shape: Shape, at: &str) {
    for object in list(objects) {
        assert_shape(object, shape, at);
    }
}

fn layers_have_their_fields(packet: &Value, at: &str) {
    for (protocol, shape) in shape::LAYERS {
        let innermost = packet.get(protocol);
        let seen = list(&packet["protocols"])
            .iter()
            .any(|name| name == protocol);
        assert_eq!(
            innermost.is_some(),
            seen,
            "{at}: `{protocol}` in `protocols` and as object"
        );
        if let Some(layer) = innermost {
            assert_shape(layer, shape, at);
        }
    }
    each(&packet["tcp"]["options"], shape::OPTION, at);
    for layer in list(&packet["outer"]) {
        assert!(
            layer["protocol"].is_string(),
            "{at}: an outer layer without its protocol"
        );
    }
}

fn conversation_has_its_fields(conversation: &Value, at: &str) {
    assert_shape(conversation, shape::CONVERSATION, at);
    for sides in ["packets", "bytes", "payload", "unique_payload"] {
        assert_shape(&conversation[sides], shape::SIDES, at);
    }
    each(&conversation["overhead"], shape::LAYER_BYTES, at);
    one_of(
        &conversation["roles_are"],
        &[json!("handshake"), json!("inferred")],
        at,
    );
    if conversation["protocol"] != "tcp" {
        return;
    }
    let tcp = &conversation["tcp"];
    assert_shape(tcp, shape::CONVERSATION_TCP, at);
    assert_shape(&tcp["state"], shape::STATES, at);
    for name in ["retransmissions", "spurious", "payload_after_peer_fin"] {
        assert_shape(&tcp[name], shape::SIDES, at);
    }
    if !tcp["round_trip_ns"].is_null() {
        assert_shape(&tcp["round_trip_ns"], shape::ROUND_TRIP, at);
    }
    let sides = [json!("client"), json!("server"), json!("both"), Value::Null];
    one_of(&tcp["closed_by"], &sides, at);
    one_of(&tcp["time_wait_held_by"], &sides, at);
    one_of(
        &tcp["close"],
        &[json!("fin"), json!("reset"), json!("open")],
        at,
    );
    for side in ["client", "server"] {
        assert_state(&tcp["state"][side], at);
    }
}

#[track_caller]
fn one_of(value: &Value, allowed: &[Value], at: &str) {
    assert!(
        allowed.contains(value),
        "{at}: {value} is none of {allowed:?}"
    );
}

#[track_caller]
fn assert_state(state: &Value, at: &str) {
    const STATES: &[&str] = &[
        "LISTEN",
        "SYN_SENT",
        "SYN_RCVD",
        "ESTABLISHED",
        "FIN_WAIT_1",
        "FIN_WAIT_2",
        "CLOSE_WAIT",
        "CLOSING",
        "LAST_ACK",
        "TIME_WAIT",
        "CLOSED",
    ];
    let known = state.as_str().is_some_and(|state| STATES.contains(&state));
    assert!(
        state.is_null() || known,
        "{at}: {state} is no state of RFC 9293"
    );
}

#[test]
fn headers_payload_and_padding_are_the_whole_packet() {
    for records in ALL.iter() {
        for packet in &records.packets {
            let sum = bytes_of(&packet["overhead"])
                + number(&packet["payload"])
                + number(&packet["padding"]);
            let whole = number(&packet["original_length"]);
            assert_eq!(sum, whole, "{} packet {}", records.at, packet["number"]);
        }
    }
}

#[test]
fn packets_are_numbered_in_reading_order() {
    for records in ALL.iter() {
        for (index, packet) in records.packets.iter().enumerate() {
            assert_eq!(packet["number"], index + 1, "{}", records.at);
        }
        assert_eq!(
            records.summary["packets"],
            records.packets.len(),
            "{}",
            records.at
        );
    }
}

#[test]
fn conversations_are_the_sum_of_their_packets() {
    for records in ALL.iter() {
        let counted: BTreeMap<_, _> = records
            .conversations
            .iter()
            .map(|conversation| (number(&conversation["number"]), conversation))
            .collect();
        assert_eq!(
            counted.len(),
            records.conversations.len(),
            "{}: a number twice",
            records.at
        );
        assert_eq!(
            records.summary["conversations"],
            counted.len(),
            "{}",
            records.at
        );
        let mut sums: BTreeMap<u64, [u64; 4]> = BTreeMap::new();
        for packet in records.packets.iter().filter(|packet| !quotes(packet)) {
            if let Some(conversation) = packet["conversation"].as_u64() {
                let sum = sums.entry(conversation).or_default();
                sum[0] += 1;
                sum[1] += number(&packet["original_length"]);
                sum[2] += number(&packet["payload"]);
                sum[3] += bytes_of(&packet["overhead"]);
            }
        }
        for (conversation, sum) in sums {
            let at = format!("{} conversation {conversation}", records.at);
            let record = counted
                .get(&conversation)
                .unwrap_or_else(|| panic!("{at} has no record"));
            let both = |key: &str| number(&record[key]["client"]) + number(&record[key]["server"]);
            let told = [
                both("packets"),
                both("bytes"),
                both("payload"),
                bytes_of(&record["overhead"]),
            ];
            assert_eq!(told, sum, "{at}: packets, bytes, payload, overhead");
            assert!(
                both("unique_payload") <= both("payload"),
                "{at}: unique payload"
            );
        }
    }
}

/// An ICMP error carries the number of the conversation that it quotes and
/// does not count in it.
fn quotes(packet: &Value) -> bool {
    ["icmp", "icmpv6"]
        .iter()
        .any(|protocol| packet[protocol].get("quoted").is_some_and(Value::is_object))
}

#[test]
fn the_summary_is_the_sum_of_the_packets() {
    for records in ALL.iter() {
        let sum = |key: fn(&Value) -> u64| records.packets.iter().map(key).sum::<u64>();
        let summary = &records.summary;
        let at = &records.at;
        assert_eq!(
            summary["bytes"],
            sum(|packet| number(&packet["original_length"])),
            "{at}"
        );
        assert_eq!(
            summary["payload"],
            sum(|packet| number(&packet["payload"])),
            "{at}"
        );
        let overhead = sum(|packet| bytes_of(&packet["overhead"]));
        assert_eq!(bytes_of(&summary["overhead"]), overhead, "{at}");
        let times = || {
            records
                .packets
                .iter()
                .map(|packet| number(&packet["time_ns"]))
        };
        assert_eq!(summary["first_ns"].as_u64(), times().min(), "{at}");
        assert_eq!(summary["last_ns"].as_u64(), times().max(), "{at}");
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, note) in notes(records) {
            *kinds
                .entry(note["kind"].as_str().expect("a kind"))
                .or_default() += 1;
        }
        assert_eq!(summary["kinds"], json!(kinds), "{at}");
    }
}

#[test]
fn related_packets_exist() {
    for records in ALL.iter() {
        for (at, note) in notes(records) {
            for packet in list(&note["related"]) {
                let exists = (1..=records.packets.len() as u64).contains(&number(packet));
                assert!(exists, "{at}: {} relates to packet {packet}", note["kind"]);
            }
        }
        let conversations: BTreeSet<_> = records
            .conversations
            .iter()
            .map(|it| number(&it["number"]))
            .collect();
        for finding in &records.findings {
            if let Some(conversation) = finding["conversation"].as_u64() {
                assert!(
                    conversations.contains(&conversation),
                    "{}: {finding}",
                    records.at
                );
            }
        }
    }
}

/// Warnings that need time to pass.
const TOO_EARLY: [&str; 7] = [
    "tcp.handshake.unanswered",
    "tcp.close_wait",
    "tcp.peer_silent",
    "icmp.echo.unanswered",
    "dhcp.unanswered",
    "dhcp.several_servers",
    "http.unanswered",
];

#[test]
fn kinds_are_known_and_severities_follow_their_checks() {
    use wirenotes::notes::{Kind, Severity};
    for records in ALL.iter() {
        for (at, note) in notes(records) {
            let name = note["kind"].as_str().expect("a kind");
            let kind = Kind::from_name(name).unwrap_or_else(|| panic!("{at}: {name} is unknown"));
            assert_eq!(note["topic"], kind.topic(), "{at}: {name}");
            let broken = list(&note["checks"])
                .iter()
                .any(|check| check["holds"] == false);
            let severity = if broken {
                Severity::Error
            } else {
                kind.severity()
            };
            // What a recording ends too soon to tell is a note.
            let too_early = TOO_EARLY.contains(&name) && note["severity"] == "note";
            // A WebSocket may be closed for a reason that is none to warn of.
            let code = note["values"]["code"].as_u64();
            let is_fault = code.is_some_and(|code| code != 1000 && code != 1001);
            let by_code = name == "websocket.close" && is_fault && note["severity"] == "warning";
            assert!(
                too_early || by_code || note["severity"] == severity.name(),
                "{at}: {note}"
            );
            for check in list(&note["checks"]) {
                let unknown = check["expected"].is_null();
                assert!(
                    !unknown || check["holds"].is_null(),
                    "{at}: {check} judges the unknown"
                );
            }
            let text = note["text"].as_str().expect("a text");
            assert!(
                !text.is_empty() && !text.contains('\n'),
                "{at}: {name} says {text:?}"
            );
        }
    }
}

#[test]
fn tcp_states_are_those_of_the_rfc() {
    for records in ALL.iter() {
        for packet in &records.packets {
            let at = format!("{} packet {}", records.at, packet["number"]);
            let Some(tcp) = packet.get("tcp") else {
                continue;
            };
            assert_state(&tcp["source_state"], &at);
            assert_state(&tcp["destination_state"], &at);
            one_of(
                &tcp["state_is"],
                &[json!("observed"), json!("inferred")],
                &at,
            );
        }
    }
}

#[test]
fn the_document_holds_the_same_objects_as_the_lines() {
    for sample in files::samples() {
        let lines = records(&sample);
        let run = binary::finish(binary::wirenotes().arg("analyze").arg(&sample).args([
            "--packets",
            "--format",
            "json",
        ]));
        let document: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}", lines.at));
        assert_eq!(document["packets"], json!(lines.packets), "{}", lines.at);
        assert_eq!(document["findings"], json!(lines.findings), "{}", lines.at);
        assert_eq!(document["summary"], lines.summary, "{}", lines.at);
        assert_eq!(
            document["conversations"],
            json!(lines.conversations),
            "{}",
            lines.at
        );
        assert_eq!(
            document["exchanges"],
            json!(lines.exchanges),
            "{}",
            lines.at
        );
        assert_eq!(document["visits"], json!(lines.visits), "{}", lines.at);
    }
}

#[test]
fn exchanges_and_visits_add_up() {
    let mut count = 0;
    for records in ALL.iter() {
        let at = &records.at;
        for (place, exchange) in (1..).zip(&records.exchanges) {
            count += 1;
            assert_eq!(number(&exchange["number"]), place, "{at}");
            let timing = &exchange["timing_ns"];
            let [request, response] = ["request", "response"].map(|name| &exchange[name]);
            if request.is_null() {
                continue;
            }
            let sent = number(&request["end_ns"]) - number(&request["start_ns"]);
            assert_eq!(timing["send"], sent, "{at}: {exchange}");
            if let (Some(wait), false) = (timing["wait"].as_u64(), response.is_null()) {
                let waited = number(&response["start_ns"]) - number(&request["end_ns"]);
                assert_eq!(wait, waited, "{at}: {exchange}");
            }
        }
        for conversation in &records.conversations {
            let is_its = |it: &&Value| it["conversation"] == conversation["number"];
            let of_it = records.exchanges.iter().filter(is_its).count() as u64;
            let http = &conversation["http"];
            let counted = http["exchanges"].as_u64().unwrap_or_default();
            assert_eq!(counted, of_it, "{at}: {conversation}");
            assert_eq!(http.is_null(), of_it == 0, "{at}: {conversation}");
        }
        let summary = &records.summary;
        assert_eq!(
            summary["exchanges"]["count"],
            records.exchanges.len(),
            "{at}"
        );
        assert_eq!(summary["visits"], records.visits.len(), "{at}");
        for visit in &records.visits {
            let is_its = |it: &&Value| it["visit"] == visit["number"];
            let of_it = records.exchanges.iter().filter(is_its).count();
            assert_eq!(visit["exchanges"], of_it, "{at}: {visit}");
            let phases = list(&visit["phases"]).iter();
            let ends: Vec<[u64; 2]> = phases
                .map(|phase| [number(&phase["start_ns"]), number(&phase["end_ns"])])
                .collect();
            let first = ends.iter().map(|[start, _]| *start).min();
            let last = ends.iter().map(|[_, end]| *end).max();
            let total = last.zip(first).map(|(last, first)| last - first);
            assert_eq!(visit["total_ns"].as_u64(), total, "{at}: {visit}");
        }
    }
    assert!(count > 30, "only {count} exchanges in the samples");
}

#[test]
fn an_archive_holds_what_har_asks_for() {
    let mut count = 0;
    for sample in files::samples() {
        let records = records(&sample);
        let asked = records.exchanges.iter();
        let asked: Vec<_> = asked.filter(|it| !it["request"].is_null()).collect();
        let run = binary::finish(
            binary::wirenotes()
                .arg("analyze")
                .arg(&sample)
                .args(["--format", "har"]),
        );
        assert_eq!(run.status, Some(0), "{}: {}", records.at, run.stderr);
        let archive: Value = serde_json::from_str(&run.stdout).expect("an archive");
        let log = &archive["log"];
        assert_eq!(log["version"], "1.2");
        assert!(log["creator"]["name"].is_string());
        let entries = list(&log["entries"]);
        assert_eq!(entries.len(), asked.len(), "{}", records.at);
        for (entry, exchange) in entries.iter().zip(asked) {
            count += 1;
            let at = &records.at;
            let [request, response] = ["request", "response"].map(|name| &entry[name]);
            for name in ["method", "url", "httpVersion"] {
                assert!(request[name].is_string(), "{at}: {entry}");
            }
            assert_eq!(request["method"], exchange["request"]["method"]);
            let status = exchange["response"]["status"].as_u64().unwrap_or_default();
            assert_eq!(response["status"], status, "{at}: {entry}");
            for name in ["cookies", "headers"] {
                assert!(request[name].is_array() && response[name].is_array());
            }
            let timings = entry["timings"].as_object().expect("timings");
            for name in ["send", "wait", "receive"] {
                assert!(timings[name].as_f64() >= Some(0.0), "{at}: {entry}");
            }
            let known = timings.values().filter_map(Value::as_f64);
            let sum: f64 = known.filter(|time| *time >= 0.0).sum();
            let time = entry["time"].as_f64().expect("a time");
            assert!((sum - time).abs() < 1e-6, "{at}: {entry}");
            assert!(
                entry["startedDateTime"]
                    .as_str()
                    .expect("a time")
                    .ends_with('Z')
            );
        }
    }
    assert!(count > 30, "only {count} entries");
}

#[test]
fn without_packets_the_other_records_are_the_same() {
    for sample in files::samples() {
        let others = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.starts_with("{\"record\":\"packet\""))
                .map(str::to_owned)
                .collect()
        };
        let with = ndjson(&sample, &["--packets"]);
        let without = ndjson(&sample, &[]);
        assert_eq!(others(&with), others(&without), "{}", sample.display());
        assert_eq!(
            without.lines().count(),
            others(&without).len(),
            "{}",
            sample.display()
        );
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    for sample in files::samples() {
        for more in [&["--packets"][..], &[], &["--lang", "zh"]] {
            assert_eq!(
                ndjson(&sample, more),
                ndjson(&sample, more),
                "{}",
                sample.display()
            );
        }
    }
}

#[test]
fn the_reader_changes_language_and_nothing_but_the_text() {
    for sample in files::samples() {
        let silent = |lang| -> Vec<Value> {
            ndjson(&sample, &["--packets", "--lang", lang])
                .lines()
                .map(|line| {
                    let mut record: Value = serde_json::from_str(line).expect("a record is JSON");
                    remove_text(&mut record);
                    record
                })
                .collect()
        };
        assert_eq!(silent("en"), silent("zh"), "{}", sample.display());
    }
}

fn remove_text(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // What ICMP messages are called (`name`) and all else is for programs.
            fields.remove("text");
            fields.values_mut().for_each(remove_text);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_text),
        _ => {}
    }
}

#[test]
fn compressed_copies_give_the_same_records() {
    let samples = files::samples();
    let plain = samples
        .iter()
        .find(|sample| sample.ends_with("pet-collar.pcap"))
        .expect("the pet collar");
    let expected = records(plain).packets;
    for ending in ["pcap.gz", "pcap.zst"] {
        let copy = plain.with_extension(ending);
        assert_eq!(records(&copy).packets, expected, "{ending}");
    }
}
