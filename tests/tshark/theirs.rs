//! tshark's view of a capture: one [`Values`] for each packet.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::dhcp;
use crate::dns;
use crate::fields::{FIELDS, Reading};
use crate::node::Node;
use crate::values::{Packet, Values};

/// What would make the comparison unfair: everything that joins packets
/// before dissecting, guesses protocols by content, or looks names up. What
/// remains is one packet's own bytes.
const PREFERENCES: &[&str] = &[
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.desegment_tcp_streams:FALSE",
    "tcp.analyze_sequence_numbers:FALSE",
    "tcp.relative_sequence_numbers:FALSE",
    "tcp.check_checksum:FALSE",
    "udp.check_checksum:FALSE",
    "ip.check_checksum:FALSE",
    "dns.desegment_dns_messages:FALSE",
];

/// The protocols that are compared, by tshark's names.
const COMPARED: &[&str] = &[
    "eth",
    "vlan",
    "ieee8021ad",
    "sll",
    "arp",
    "ip",
    "ipv6",
    "tcp",
    "udp",
    "icmp",
    "icmpv6",
    "dns",
    "mdns",
    "llmnr",
];

/// Carriers whose inside wirenotes does not claim to read: link types and
/// tunnels that are not in its list of protocols. Packets in which tshark reads
/// on inside them are counted apart.
const BEYOND: &[&str] = &[
    // Link types.
    "arcnet", "atm", "ipnet", "ipoib", "juniper", "nflog", "pktap", "radiotap", "user_dlt", "wlan",
    "wpan", // Tunnels and tags.
    "avsp", "ayiya", "cmd", "gtpprime", "isl", "l2tp", "lwapp", "macsec", "nsh", "pim",
];

/// Reads a capture with tshark. An unreadable file gives the packets before
/// the fault, as ours does.
pub fn read(file: &Path) -> Vec<Packet> {
    let mut command = Command::new("tshark");
    // DNS on the ports of DNS only; a heuristic would take any datagram for it.
    command
        .args(["-n", "--disable-heuristic", "dns_udp", "-T", "json", "-r"])
        .arg(file);
    for preference in PREFERENCES {
        command.args(["-o", preference]);
    }
    let output = command
        .stderr(Stdio::null())
        .output()
        .expect("tshark starts (`bash tests/setup` installs it)");
    // At a fault in the file, tshark leaves its list open.
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    let end = text.trim_end().len();
    text.truncate(end);
    if text.is_empty() {
        return Vec::new();
    }
    if !text.ends_with(']') {
        text.push(']');
    }
    let packets: Node = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("tshark's JSON of {}: {error}", file.display()));
    match &packets {
        Node::List(packets) => packets.iter().map(packet).collect(),
        _ => panic!("tshark's JSON of {} is no list", file.display()),
    }
}

fn packet(node: &Node) -> Packet {
    let layers = node
        .get("_source")
        .and_then(|source| source.get("layers"))
        .expect("a packet of tshark's has layers");
    let mut values = Values::default();
    let (within, beyond) = within_reach(on_the_wire(layers.children()));
    for (protocol, layer) in within {
        for (index, field) in FIELDS.iter().enumerate() {
            if !field.protocols.contains(&protocol.as_str()) {
                continue;
            }
            let mut found = Vec::new();
            layer.find(field.name, COMPARED, &mut found);
            // A header's field stands in it once; options may repeat.
            values.extend(
                index,
                found.into_iter().map(|text| canonical(text, field.reading)),
            );
        }
        if matches!(protocol.as_str(), "dns" | "mdns" | "llmnr") {
            dns::theirs(layer, &mut values);
        }
        match protocol.as_str() {
            "dhcp" => dhcp::theirs(layer, &mut values),
            "dhcpv6" => dhcp::theirs6(layer, &mut values),
            _ => {}
        }
    }
    let stack = layers
        .get("frame")
        .and_then(|frame| frame.get("frame.protocols"))
        .and_then(Node::text)
        .unwrap_or_default()
        .to_owned();
    Packet {
        values,
        stack,
        beyond,
    }
}

/// The layers that this packet really has: behind an ICMP error that quotes a
/// packet, tshark puts the quotation's application data beside them.
fn on_the_wire(layers: &[(String, Node)]) -> &[(String, Node)] {
    let quotes = |(name, layer): &(String, Node)| {
        matches!(name.as_str(), "icmp" | "icmpv6")
            && layer
                .children()
                .iter()
                .any(|(name, _)| matches!(name.as_str(), "ip" | "ipv6"))
    };
    match layers.iter().position(quotes) {
        Some(index) => &layers[..=index],
        None => layers,
    }
}

/// The layers up to a carrier that is beyond reach, and which that is.
fn within_reach(layers: &[(String, Node)]) -> (&[(String, Node)], Option<&'static str>) {
    let carriers = layers
        .iter()
        .map(|(name, _)| BEYOND.iter().find(|beyond| *beyond == name));
    match carriers
        .enumerate()
        .find_map(|(index, carrier)| carrier.map(|it| (index, *it)))
    {
        Some((index, carrier)) => (&layers[..index], Some(carrier)),
        None => (layers, None),
    }
}

/// A value in the form that both sides are compared in.
fn canonical(text: &str, reading: Reading) -> String {
    match reading {
        Reading::Text => text.to_owned(),
        Reading::Number => scaled(text, |number| number),
        Reading::EightBytes => scaled(text, |units| units * 8),
        Reading::Flags => scaled(text, |bits| bits & 0x1ff),
        Reading::Seconds => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
            let nanoseconds = format!("{seconds}{fraction:0<9}");
            match nanoseconds.trim_start_matches('0') {
                "" => "0".to_owned(),
                digits => digits.to_owned(),
            }
        }
    }
}

fn scaled(text: &str, scale: impl Fn(u64) -> u64) -> String {
    number(text).map_or_else(|| text.to_owned(), |number| scale(number).to_string())
}

/// tshark's decimal or hexadecimal.
pub fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => match text {
            "True" => Some(1),
            "False" => Some(0),
            _ => text.parse().ok(),
        },
    }
}
