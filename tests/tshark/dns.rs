//! DNS messages on both sides: sections of records, brought into one form.

use serde_json::Value;

use crate::node::Node;
use crate::ours::{number_or_text, text_of};
use crate::theirs::number;
use crate::values::Values;

/// The type whose class and lifetime fields mean other things (RFC 6891).
const OPT: u64 = 41;

/// A message in tshark's tree.
pub fn theirs(message: &Node, values: &mut Values) {
    let first = |node: &Node, key: &str| {
        let mut found = Vec::new();
        node.find(key, &[], &mut found);
        found.first().map(|text| (*text).to_owned())
    };
    if let Some(id) = first(message, "dns.id").and_then(|text| number(&text)) {
        values.push("dns.id", id.to_string());
    }
    if let Some(flags) = first(message, "dns.flags").and_then(|text| number(&text)) {
        flag_fields(flags, values);
    }
    for (section, records) in message.children() {
        match section.as_str() {
            "Queries" | "Zone" => {
                for (_, question) in records.children() {
                    their_question(question, values);
                }
            }
            "Answers"
            | "Prerequisites"
            | "Authoritative nameservers"
            | "Updates"
            | "Additional records" => {
                for (_, record) in records.children() {
                    their_record(record, values);
                }
            }
            _ => {}
        }
    }
}

fn flag_fields(flags: u64, values: &mut Values) {
    values.push("dns.flags.response", (flags >> 15).to_string());
    values.push("dns.flags.opcode", (flags >> 11 & 0xf).to_string());
    values.push("dns.flags.rcode", (flags & 0xf).to_string());
}

fn own<'a>(record: &'a Node, key: &str) -> Option<&'a str> {
    record.get(key).and_then(Node::text)
}

fn own_number(record: &Node, key: &str) -> Option<u64> {
    own(record, key).and_then(number)
}

fn their_question(question: &Node, values: &mut Values) {
    let Some(name) = own(question, "dns.qry.name") else {
        return;
    };
    values.push("dns.qry.name", their_name(name));
    if let Some(kind) = own_number(question, "dns.qry.type") {
        values.push("dns.qry.type", kind.to_string());
    }
    if let Some(class) = own_number(question, "dns.qry.class") {
        // The uppermost bit asks for a unicast answer in mDNS.
        let unicast = own_number(question, "dns.qry.qu").unwrap_or(0);
        values.push("dns.qry.class", (class | unicast << 15).to_string());
    }
}

/// The name that a record is about. tshark divides that of a service (RFC
/// 2782) and shows it in no other way.
fn owner(record: &Node) -> Option<String> {
    if let Some(name) = own(record, "dns.resp.name") {
        return Some(their_name(name));
    }
    let part = |key| own(record, key);
    let (service, protocol) = (part("dns.srv.service")?, part("dns.srv.proto")?);
    Some([service, protocol, part("dns.srv.name")?].join("."))
}

fn their_record(record: &Node, values: &mut Values) {
    let Some(name) = owner(record) else {
        return;
    };
    values.push("dns.resp.name", name);
    let Some(kind) = own_number(record, "dns.resp.type") else {
        return;
    };
    values.push("dns.resp.type", kind.to_string());
    if kind != OPT {
        if let Some(class) = own_number(record, "dns.resp.class") {
            // The uppermost bit flushes caches in mDNS.
            let flush = own_number(record, "dns.resp.cache_flush").unwrap_or(0);
            values.push("dns.resp.class", (class | flush << 15).to_string());
        }
        if let Some(lifetime) = own_number(record, "dns.resp.ttl") {
            values.push("dns.resp.ttl", lifetime.to_string());
        }
    }
    if let Some(data) = their_data(kind, record) {
        values.push("dns data", data);
    }
}

/// The data of the types that are written alike on both sides.
fn their_data(kind: u64, record: &Node) -> Option<String> {
    let name = |key| own(record, key).map(their_name);
    let plain = |key| own(record, key).map(str::to_owned);
    let all = |parts: &[Option<String>]| -> Option<String> {
        let parts: Option<Vec<_>> = parts.iter().cloned().collect();
        parts.map(|parts| parts.join(" "))
    };
    match kind {
        1 => plain("dns.a"),
        28 => plain("dns.aaaa"),
        2 => name("dns.ns"),
        5 => name("dns.cname"),
        12 => name("dns.ptr.domain_name"),
        15 => all(&[plain("dns.mx.preference"), name("dns.mx.mail_exchange")]),
        6 => all(&[
            name("dns.soa.mname"),
            name("dns.soa.rname"),
            plain("dns.soa.serial_number"),
            plain("dns.soa.refresh_interval"),
            plain("dns.soa.retry_interval"),
            plain("dns.soa.expire_limit"),
            plain("dns.soa.minimum_ttl"),
        ]),
        33 => all(&[
            plain("dns.srv.priority"),
            plain("dns.srv.weight"),
            plain("dns.srv.port"),
            name("dns.srv.target"),
        ]),
        _ => None,
    }
}

/// Whether a type's data is compared.
fn is_compared(kind: u64) -> bool {
    matches!(kind, 1 | 28 | 2 | 5 | 12 | 15 | 6 | 33)
}

/// tshark writes the root as `<Root>`, ours as it is written in zone files.
fn their_name(name: &str) -> String {
    if name == "<Root>" { "." } else { name }.to_owned()
}

/// A message in our record.
pub fn ours(message: &Value, values: &mut Values) {
    let number = |key: &str| message[key].as_u64();
    if let Some(id) = number("id") {
        values.push("dns.id", id.to_string());
    }
    if let (Some(response), Some(opcode), Some(code)) = (
        message["response"].as_bool(),
        number("opcode"),
        number("response_code"),
    ) {
        flag_fields(u64::from(response) << 15 | opcode << 11 | code, values);
    }
    for question in message["questions"].as_array().into_iter().flatten() {
        values.push("dns.qry.name", text_of(&question["name"]));
        values.push("dns.qry.type", kind_number(&question["type"]));
        values.push("dns.qry.class", class_number(&question["class"]));
    }
    for section in ["answers", "authorities", "additionals"] {
        for record in message[section].as_array().into_iter().flatten() {
            our_record(record, values);
        }
    }
}

fn our_record(record: &Value, values: &mut Values) {
    values.push("dns.resp.name", text_of(&record["name"]));
    let kind = kind_number(&record["type"]);
    values.push("dns.resp.type", kind.clone());
    if kind != OPT.to_string() {
        values.push("dns.resp.class", class_number(&record["class"]));
        values.push("dns.resp.ttl", number_or_text(&record["ttl"]));
    }
    let data = text_of(&record["data"]);
    if kind.parse().is_ok_and(is_compared) && !data.is_empty() {
        values.push("dns data", data);
    }
}

/// Names of record types (IANA) as our records give them.
const KINDS: &[(&str, u64)] = &[
    ("A", 1),
    ("NS", 2),
    ("CNAME", 5),
    ("SOA", 6),
    ("NULL", 10),
    ("WKS", 11),
    ("PTR", 12),
    ("HINFO", 13),
    ("MX", 15),
    ("TXT", 16),
    ("RP", 17),
    ("AFSDB", 18),
    ("SIG", 24),
    ("KEY", 25),
    ("AAAA", 28),
    ("LOC", 29),
    ("NXT", 30),
    ("SRV", 33),
    ("NAPTR", 35),
    ("KX", 36),
    ("CERT", 37),
    ("DNAME", 39),
    ("OPT", 41),
    ("APL", 42),
    ("DS", 43),
    ("SSHFP", 44),
    ("IPSECKEY", 45),
    ("RRSIG", 46),
    ("NSEC", 47),
    ("DNSKEY", 48),
    ("DHCID", 49),
    ("NSEC3", 50),
    ("NSEC3PARAM", 51),
    ("TLSA", 52),
    ("SMIMEA", 53),
    ("CDS", 59),
    ("CDNSKEY", 60),
    ("OPENPGPKEY", 61),
    ("CSYNC", 62),
    ("ZONEMD", 63),
    ("SVCB", 64),
    ("HTTPS", 65),
    ("SPF", 99),
    ("TKEY", 249),
    ("TSIG", 250),
    ("IXFR", 251),
    ("AXFR", 252),
    ("ANY", 255),
    ("URI", 256),
    ("CAA", 257),
];

/// A type's number: by its name, or as RFC 3597 writes the nameless (`TYPE99`).
fn kind_number(kind: &Value) -> String {
    named(kind, KINDS, "TYPE")
}

fn class_number(class: &Value) -> String {
    named(
        class,
        &[("IN", 1), ("CH", 3), ("HS", 4), ("NONE", 254), ("ANY", 255)],
        "CLASS",
    )
}

fn named(value: &Value, names: &[(&str, u64)], prefix: &str) -> String {
    let text = number_or_text(value);
    names
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, number)| number.to_string())
        .or_else(|| text.strip_prefix(prefix).map(str::to_owned))
        .unwrap_or(text)
}
