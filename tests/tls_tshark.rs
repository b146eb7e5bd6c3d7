//! TLS against tshark: which conversations are TLS at all, what is offered and what
//! is chosen in each, the alerts, and JA4 out of tshark's fields. Every difference
//! must be explained in `tls_tshark/explained.rs`.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/differences.rs"]
mod differences;
#[path = "tls_tshark/explained.rs"]
mod explained;
#[path = "common/files.rs"]
mod files;
#[path = "tls_tshark/fingerprint.rs"]
mod fingerprint;
#[path = "tls_tshark/theirs.rs"]
mod theirs;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use differences::{Count, Difference, short_name};
use explained::REASONS;
use serde_json::Value;
use wirenotes::decode::tls::{Version, alert_name, suite_name};

/// Of the samples alone so many values are compared.
const COMPARED_AT_LEAST: u64 = 250;

#[test]
fn conversations_are_those_of_tshark() {
    // Ports of servers on which both find TLS.
    let ports = Mutex::new(BTreeSet::new());
    let compare_file = |file: &Path, count: &Mutex<Count>| {
        let ours = conversations(file);
        if ours.iter().all(|it| it["tls"].is_null()) && !has_records(file) {
            return;
        }
        let theirs = theirs::read(file);
        let mut count = count.lock().expect("no other thread failed");
        let mut ports = ports.lock().expect("no other thread failed");
        compare(file, &ours, &theirs, &mut count, &mut ports);
    };
    Count::of_all(compare_file, REASONS, COMPARED_AT_LEAST);
    let ports = ports.into_inner().expect("no thread failed");
    // Not `print!`, which the test runner swallows when the test passes.
    writeln!(std::io::stdout().lock(), "  TLS on ports {ports:?}").expect("a line");
    for port in [22, 80, 110, 143, 443, 587, 3128, 4433] {
        assert!(ports.contains(&port), "no TLS on port {port}");
    }
}

/// Whether the beginning of a record is somewhere in the file.
fn has_records(file: &Path) -> bool {
    let bytes = std::fs::read(file).expect("a capture");
    let begins: [&[u8]; 4] = [b"\x16\x03", b"\x17\x03", b"\x16\xfe", b"\x17\xfe"];
    begins
        .iter()
        .any(|begin| memchr::memmem::find(&bytes, begin).is_some())
}

/// Our conversations of a capture.
fn conversations(file: &Path) -> Vec<Value> {
    let arguments = ["--format", "ndjson", "--only", "conversation"];
    let run = binary::finish(binary::wirenotes().arg("analyze").arg(file).args(arguments));
    run.records("conversation")
}

fn compare(
    file: &Path,
    ours: &[Value],
    theirs: &theirs::Capture,
    count: &mut Count,
    ports: &mut BTreeSet<u64>,
) {
    let file = short_name(file);
    let mut of_stream: BTreeMap<theirs::Key, &Value> = BTreeMap::new();
    for conversation in ours {
        let first = conversation["first_packet"].as_u64();
        let Some(key) = first.and_then(|packet| theirs.stream_of.get(&packet)) else {
            continue;
        };
        // Where one of theirs is several of ours, that with TLS.
        let known = of_stream.entry(*key).or_insert(conversation);
        if known["tls"].is_null() {
            *known = conversation;
        }
    }
    let nothing = theirs::Stream::default();
    for (key, conversation) in &of_stream {
        let their = theirs.streams.get(key).unwrap_or(&nothing);
        let tls = &conversation["tls"];
        let mut differ = |field, ours: String, theirs: String| {
            count.differences.push(Difference {
                file: file.clone(),
                stream: key.1,
                field,
                ours,
                theirs,
            });
        };
        let yes = |it: bool| if it { "yes" } else { "" }.to_owned();
        if their.is_tls == tls.is_null() {
            differ("is TLS", yes(!tls.is_null()), yes(their.is_tls));
            continue;
        }
        if tls.is_null() {
            continue;
        }
        let port = conversation["server_port"].as_u64();
        ports.extend(port);
        for (field, ours, theirs) in values(tls, their) {
            if ours == theirs {
                *count.agreed.entry(field).or_default() += 1;
            } else {
                differ(field, ours, theirs);
            }
        }
        *count.agreed.entry("is TLS").or_default() += 1;
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(" "),
        _ => value.to_string(),
    }
}

/// What is compared of a conversation: the field, ours, and tshark's in our words.
fn values(tls: &Value, their: &theirs::Stream) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    if let Some(hello) = &their.client_hello {
        let name = hello.server_name.clone().unwrap_or_default();
        found.push(("server_name", text(&tls["server_name"]), name));
        found.push((
            "alpn_offered",
            text(&tls["alpn_offered"]),
            hello.alpn.join(" "),
        ));
        let ja4 = fingerprint::ja4(hello);
        found.push(("fingerprint", text(&tls["fingerprint"]), ja4));
    }
    if let Some((version, suite)) = their.chosen {
        let name = Version(version).name();
        found.push(("version", text(&tls["version"]), name));
        let name = suite_name(suite).map_or_else(|| format!("0x{suite:04x}"), str::to_owned);
        found.push(("cipher_suite", text(&tls["cipher_suite"]), name));
        let alpn = their.alpn.clone().unwrap_or_default();
        found.push(("alpn", text(&tls["alpn"]), alpn));
        let asked = tls["client_certificate_asked"] == true;
        found.push((
            "client_certificate_asked",
            asked.to_string(),
            their.is_certificate_asked.to_string(),
        ));
    }
    let ours: Vec<String> = tls["alerts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| text(&it["name"]))
        .collect();
    let theirs: Vec<&str> = their
        .alerts
        .iter()
        .map(|it| alert_name(*it).unwrap_or("unknown"))
        .collect();
    if !ours.is_empty() || !theirs.is_empty() {
        found.push(("alerts", ours.join(" "), theirs.join(" ")));
    }
    found
}
