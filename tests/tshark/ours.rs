//! Our view of a capture: the packet records, brought into the compared form.

use std::path::Path;

use serde_json::Value;

use crate::binary;
use crate::dns;
use crate::fields::{FIELDS, Field, Ours};
use crate::values::{Packet, Values};

/// Reads a capture with the binary under test.
pub fn read(file: &Path) -> Vec<Packet> {
    let run = binary::finish(binary::wirenotes().arg("analyze").arg(file).args([
        "--packets",
        "--format",
        "ndjson",
    ]));
    assert!(
        matches!(run.status, Some(0 | 1)),
        "{}: status {:?}: {}",
        file.display(),
        run.status,
        run.stderr
    );
    run.stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a record is JSON"))
        .filter(|record| record["record"] == "packet")
        .map(|record| packet(&record))
        .collect()
}

fn packet(record: &Value) -> Packet {
    let mut values = Values::default();
    for (index, field) in FIELDS.iter().enumerate() {
        let found = plain(record, field);
        values.extend(index, found);
    }
    for vlan in layers(record, "vlan") {
        values.push("vlan.id", number_or_text(&vlan["id"]));
    }
    for tcp in layers(record, "tcp") {
        values.push("tcp.flags", flag_bits(&tcp["flags"]).to_string());
        for block in options(tcp, "sack")
            .flat_map(|option| option["blocks"].as_array())
            .flatten()
        {
            values.push("tcp.options.sack_le", number_or_text(&block["left"]));
            values.push("tcp.options.sack_re", number_or_text(&block["right"]));
        }
    }
    for protocol in ["dns", "mdns", "llmnr"] {
        for message in layers(record, protocol) {
            dns::ours(message, &mut values);
        }
    }
    Packet {
        values,
        stack: stack(record),
    }
}

/// The protocols in order, with why the decoding stopped, if it did.
fn stack(record: &Value) -> String {
    let mut names: Vec<_> = strings(&record["protocols"]).collect();
    names.extend(
        record["annotations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|annotation| annotation["kind"].as_str())
            .filter(|kind| matches!(*kind, "malformed" | "truncated")),
    );
    names.join(":")
}

fn plain(record: &Value, field: &Field) -> Vec<String> {
    match field.ours {
        Ours::Packet(key) => known(&record[key]).into_iter().collect(),
        Ours::Layer(protocol, key) => layers(record, protocol)
            .filter_map(|layer| known(&layer[key]))
            .collect(),
        Ours::TcpOption(name, key) => layers(record, "tcp")
            .flat_map(|tcp| options(tcp, name))
            .filter_map(|option| known(&option[key]))
            .collect(),
        Ours::Special => Vec::new(),
    }
}

/// Every layer of a protocol, outermost first: those in `outer`, then the one
/// under the protocol's own name.
fn layers<'a>(record: &'a Value, protocol: &'a str) -> impl Iterator<Item = &'a Value> {
    record["outer"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(move |layer| layer["protocol"] == protocol)
        .chain(record.get(protocol))
}

fn options<'a>(tcp: &'a Value, name: &'a str) -> impl Iterator<Item = &'a Value> {
    tcp["options"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(move |option| option["name"] == name)
}

fn known(value: &Value) -> Option<String> {
    (!value.is_null()).then(|| number_or_text(value))
}

/// A number or text as text.
pub fn number_or_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A text's text.
pub fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn flag_bits(flags: &Value) -> u64 {
    ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"]
        .iter()
        .enumerate()
        .filter(|(_, name)| strings(flags).any(|flag| flag == **name))
        .map(|(bit, _)| 1 << bit)
        .sum()
}
