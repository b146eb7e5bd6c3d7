//! Our view of a capture: the packet records, brought into the compared form.

use std::path::Path;

use serde_json::Value;

use crate::binary;
use crate::dhcp;
use crate::dns;
use crate::fields::{FIELDS, Field, Ours};
use crate::values::{Packet, Values};

/// Reads a capture with the binary under test.
pub fn read(file: &Path) -> Vec<Packet> {
    binary::packets(file).iter().map(packet).collect()
}

fn packet(record: &Value) -> Packet {
    let mut values = Values::default();
    for (index, field) in FIELDS.iter().enumerate() {
        let found = plain(record, field);
        values.extend(index, found);
    }
    for ethernet in layers(record, "ethernet") {
        // Below 0x600 the field is a length (IEEE 802.3).
        if ethernet["ether_type"]
            .as_u64()
            .is_some_and(|kind| kind >= 0x600)
        {
            values.push("eth.type", number_or_text(&ethernet["ether_type"]));
        }
    }
    for protocol in ["linux_cooked", "linux_cooked_v2"] {
        for cooked in layers(record, protocol) {
            values.push("sll.etype", number_or_text(&cooked["ether_type"]));
        }
    }
    vlans(record, &mut values);
    for tcp in layers(record, "tcp") {
        values.push("tcp.flags", flag_bits(&tcp["flags"]).to_string());
        for block in options(tcp, "sack")
            .flat_map(|option| option["value"].as_array())
            .flatten()
        {
            values.push("tcp.options.sack_le", number_or_text(&block[0]));
            values.push("tcp.options.sack_re", number_or_text(&block[1]));
        }
    }
    for protocol in ["dns", "mdns", "llmnr"] {
        for message in layers(record, protocol) {
            dns::ours(message, &mut values);
        }
    }
    for message in layers(record, "dhcp") {
        dhcp::ours(message, &mut values);
    }
    for message in layers(record, "dhcpv6") {
        dhcp::ours6(message, &mut values);
    }
    Packet {
        values,
        stack: stack(record),
        beyond: None,
    }
}

/// tshark calls a tag by the EtherType that announced it: the tag's own, or
/// that of a provider (IEEE 802.1ad, 0x88a8).
fn vlans(record: &Value, values: &mut Values) {
    let before = layers(record, "ethernet").last();
    let mut announced = before.and_then(|before| before["ether_type"].as_u64());
    for vlan in layers(record, "vlan") {
        let provider = announced == Some(0x88a8);
        let name = if provider { "ieee8021ad.id" } else { "vlan.id" };
        values.push(name, number_or_text(&vlan["id"]));
        announced = vlan["ether_type"].as_u64();
    }
}

/// The protocols in order, with why the decoding stopped, if it did, and whether the
/// packet made a datagram whole.
fn stack(record: &Value) -> String {
    let mut names: Vec<_> = strings(&record["protocols"]).collect();
    names.extend(
        record["annotations"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|annotation| annotation["kind"].as_str())
            .filter(|kind| matches!(*kind, "malformed" | "truncated" | "ip.reassembled")),
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

/// A number, truth value (0 or 1) or text as text.
pub fn number_or_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(truth) => u8::from(*truth).to_string(),
        other => other.to_string(),
    }
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
