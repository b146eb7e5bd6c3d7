//! Datagrams that come in fragments, against tshark: on which packet each is whole,
//! how long it is, and what it is then. Every difference must be explained here.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{binary, files, short_name};

/// What tshark is asked for: the number, then how long the datagram is that the packet
/// made whole (IPv4, IPv6), the last transport's ports.
const ASKED: [&str; 7] = [
    "frame.number",
    "ip.reassembled.length",
    "ipv6.reassembled.length",
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
];

/// Where the two may differ: file, packet, and why.
const EXPLAINED: [(&str, u64, &str); 3] = [
    (
        "zeek/ipv4/fragmented-1.pcap",
        3,
        "overlaps with other bytes: tshark says conflict and puts it together, we do not",
    ),
    (
        "zeek/ipv4/fragmented-4.pcap",
        5,
        "overlaps with other bytes: tshark says conflict and puts it together, we do not",
    ),
    (
        "samples/crafted-fragment-overlap.pcap",
        3,
        "overlaps with other bytes: tshark says conflict and puts it together, we do not",
    ),
];

/// Bytes of the datagram, and its ports.
type Whole = (u64, Vec<u64>);

#[test]
fn datagrams_are_whole_where_tshark_says_so() {
    let mut all = files::samples();
    let shared = files::shared_captures();
    let complete = shared.is_some();
    all.extend(shared.into_iter().flatten());
    let (mut compared, mut used, mut wrong) = (0, [false; EXPLAINED.len()], Vec::new());
    for file in all.iter().filter(|file| has_fragments(file)) {
        let (ours, theirs) = (ours(file), theirs(file));
        let mut numbers: Vec<u64> = ours.keys().chain(theirs.keys()).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            compared += 1;
            let pair = (ours.get(&number), theirs.get(&number));
            if pair.0 == pair.1 {
                continue;
            }
            let name = short_name(file);
            let is_this = |one: &(&str, u64, &str)| one.0 == name && one.1 == number;
            match EXPLAINED.iter().position(is_this) {
                Some(place) => used[place] = true,
                None => wrong.push(format!("{name}, packet {number}: {pair:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 10, "only {compared} datagrams");
    assert!(!complete || used.iter().all(|used| *used), "{used:?}");
}

/// Whether the file holds a fragment: tshark is asked of no others.
fn has_fragments(file: &Path) -> bool {
    let mut found = false;
    files::each_packet(file, u64::MAX, |packet, _| {
        found |= packet.fragment.is_some();
    });
    found
}

fn ours(file: &Path) -> BTreeMap<u64, Whole> {
    let mut found = BTreeMap::new();
    for packet in binary::packets(file) {
        let notes = packet["annotations"].as_array();
        let mut whole = notes
            .into_iter()
            .flatten()
            .filter(|note| note["kind"] == "ip.reassembled");
        let Some(bytes) = whole
            .next_back()
            .and_then(|note| note["values"]["bytes"].as_u64())
        else {
            continue;
        };
        let ports = ["tcp", "udp"].into_iter().flat_map(|transport| {
            let port = |key: &str| packet[transport][key].as_u64();
            [port("source_port"), port("destination_port")]
        });
        let number = packet["number"].as_u64().expect("a number");
        found.insert(number, (bytes, ports.flatten().collect()));
    }
    found
}

fn theirs(file: &Path) -> BTreeMap<u64, Whole> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "json", "-r"]).arg(file);
    for field in ASKED {
        command.args(["-e", field]);
    }
    let output = command
        .stderr(Stdio::null())
        .output()
        .expect("tshark starts (`bash tests/setup` installs it)");
    let text = String::from_utf8_lossy(&output.stdout);
    let packets: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let mut found = BTreeMap::new();
    for packet in &packets {
        let values = |name: &str| -> Vec<u64> {
            let list = packet["_source"]["layers"][name].as_array();
            let texts = list.into_iter().flatten().filter_map(Value::as_str);
            texts.filter_map(|text| text.parse().ok()).collect()
        };
        let lengths = [values(ASKED[1]), values(ASKED[2])].concat();
        if let (Some(length), Some(number)) = (lengths.last(), values(ASKED[0]).first()) {
            // Of a tunnel, those of the innermost.
            let last = |name: &str| values(name).last().copied();
            let ports = ASKED[3..].iter().filter_map(|name| last(name));
            found.insert(*number, (*length, ports.collect()));
        }
    }
    found
}
