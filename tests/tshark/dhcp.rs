//! DHCP and DHCPv6 messages on both sides: header, options in order, and the values
//! of those that are most used.

use serde_json::Value;

use crate::node::Node;
use crate::ours::number_or_text;
use crate::theirs::number;
use crate::values::Values;

/// tshark's names of what is compared as text, and as numbers; each with the place
/// of ours: a member of the record, or an option's code.
const V4_TEXT: &[(&str, Place)] = &[
    ("dhcp.ip.client", Place::Address("client_address")),
    ("dhcp.ip.your", Place::Address("your_address")),
    ("dhcp.ip.server", Place::Address("next_server")),
    ("dhcp.ip.relay", Place::Address("relay_address")),
    ("dhcp.option.subnet_mask", Place::Option(1)),
    ("dhcp.option.router", Place::Option(3)),
    ("dhcp.option.domain_name_server", Place::Option(6)),
    ("dhcp.option.hostname", Place::Option(12)),
    ("dhcp.option.domain_name", Place::Option(15)),
    ("dhcp.option.requested_ip_address", Place::Option(50)),
    ("dhcp.option.dhcp_server_id", Place::Option(54)),
];

const V4_NUMBERS: &[(&str, Place)] = &[
    ("dhcp.type", Place::Member("operation")),
    ("dhcp.hops", Place::Member("hops")),
    ("dhcp.id", Place::Member("transaction_id")),
    ("dhcp.secs", Place::Member("seconds")),
    ("dhcp.flags.bc", Place::Member("broadcast")),
    ("dhcp.option.ip_address_lease_time", Place::Option(51)),
    ("dhcp.option.dhcp_max_message_size", Place::Option(57)),
    ("dhcp.option.renewal_time_value", Place::Option(58)),
    ("dhcp.option.rebinding_time_value", Place::Option(59)),
];

/// Names of messages (RFC 2132, section 9.6, and later ones) by their numbers.
const V4_MESSAGES: &[&str] = &[
    "discover",
    "offer",
    "request",
    "decline",
    "ack",
    "nak",
    "release",
    "inform",
    "force_renew",
    "lease_query",
    "lease_unassigned",
    "lease_unknown",
    "lease_active",
];

/// Where a value of ours stands.
#[derive(Clone, Copy)]
enum Place {
    /// A member of the record.
    Member(&'static str),
    /// A member that is null for 0.0.0.0.
    Address(&'static str),
    /// The value of the option of this code, or each of its values.
    Option(u64),
}

/// Every text under a key, at any depth.
fn all<'a>(node: &'a Node, key: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    node.find(key, &[], &mut found);
    found
}

/// A message in tshark's tree.
pub fn theirs(message: &Node, values: &mut Values) {
    for (key, _) in V4_TEXT {
        for text in all(message, key) {
            values.push(key, text.to_owned());
        }
    }
    for (key, _) in V4_NUMBERS {
        for text in all(message, key) {
            values.push(key, decimal(text));
        }
    }
    for text in all(message, "dhcp.option.dhcp") {
        values.push("dhcp.option.dhcp", decimal(text));
    }
    for text in all(message, "dhcp.option.type") {
        // Padding and the end are no options of ours.
        if !matches!(text, "0" | "255") {
            values.push("dhcp.option.type", text.to_owned());
        }
    }
}

fn decimal(text: &str) -> String {
    number(text).map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// A message in our record.
pub fn ours(message: &Value, values: &mut Values) {
    for (key, place) in V4_TEXT.iter().chain(V4_NUMBERS) {
        for value in place.of(message) {
            values.push(key, value);
        }
    }
    let kind = &message["message_type"];
    let number = V4_MESSAGES.iter().position(|name| kind == name);
    match number {
        Some(index) => values.push("dhcp.option.dhcp", (index + 1).to_string()),
        None if kind.is_null() => {}
        None => values.push("dhcp.option.dhcp", number_or_text(kind)),
    }
    for option in options(message) {
        values.push("dhcp.option.type", number_or_text(&option["code"]));
    }
}

fn options(holder: &Value) -> impl Iterator<Item = &Value> {
    holder["options"].as_array().into_iter().flatten()
}

impl Place {
    fn of(self, message: &Value) -> Vec<String> {
        match self {
            Self::Member(key) => vec![number_or_text(&message[key])],
            Self::Address(key) => match &message[key] {
                Value::Null => vec!["0.0.0.0".to_owned()],
                address => vec![number_or_text(address)],
            },
            Self::Option(code) => {
                let mut of_code = options(message).filter(|option| option["code"] == code);
                match of_code.next().map(|option| &option["value"]) {
                    Some(Value::Array(list)) => list.iter().map(number_or_text).collect(),
                    Some(value) => vec![number_or_text(value)],
                    None => Vec::new(),
                }
            }
        }
    }
}

/// Numbers of DHCPv6 by tshark's names.
const V6_NUMBERS: &[&str] = &[
    "dhcpv6.msgtype",
    "dhcpv6.xid",
    "dhcpv6.hopcount",
    "dhcpv6.option.type",
    "dhcpv6.iaid.t1",
    "dhcpv6.iaid.t2",
    "dhcpv6.iaaddr.pref_lifetime",
    "dhcpv6.iaaddr.valid_lifetime",
    "dhcpv6.iaprefix.pref_lifetime",
    "dhcpv6.iaprefix.valid_lifetime",
    "dhcpv6.status_code",
];

/// Texts of DHCPv6 by tshark's names.
const V6_TEXT: &[&str] = &[
    "dhcpv6.linkaddr",
    "dhcpv6.peeraddr",
    "dhcpv6.iaaddr.ip",
    "dhcpv6.dns_server",
];

/// A message of DHCPv6 in tshark's tree.
pub fn theirs6(message: &Node, values: &mut Values) {
    for key in V6_NUMBERS {
        for text in all(message, key) {
            values.push(key, decimal(text));
        }
    }
    for key in V6_TEXT {
        for text in all(message, key) {
            values.push(key, text.to_owned());
        }
    }
}

/// A message of DHCPv6 in our record, with those that it carries.
pub fn ours6(message: &Value, values: &mut Values) {
    let mut push = |key: &str, value: &Value| {
        if !value.is_null() {
            values.push(key, number_or_text(value));
        }
    };
    push("dhcpv6.msgtype", &message["type"]);
    push("dhcpv6.xid", &message["transaction_id"]);
    push("dhcpv6.hopcount", &message["hop_count"]);
    push("dhcpv6.linkaddr", &message["link_address"]);
    push("dhcpv6.peeraddr", &message["peer_address"]);
    options6(message, values);
}

fn options6(holder: &Value, values: &mut Values) {
    for option in options(holder) {
        let (code, value) = (&option["code"], &option["value"]);
        values.push("dhcpv6.option.type", number_or_text(code));
        let mut push = |key: &str, value: &Value| {
            if !value.is_null() {
                values.push(key, number_or_text(value));
            }
        };
        match code.as_u64() {
            Some(3 | 25) => {
                push("dhcpv6.iaid.t1", &value["t1"]);
                push("dhcpv6.iaid.t2", &value["t2"]);
            }
            Some(5) => {
                push("dhcpv6.iaaddr.ip", &value["address"]);
                push("dhcpv6.iaaddr.pref_lifetime", &value["preferred_lifetime"]);
                push("dhcpv6.iaaddr.valid_lifetime", &value["valid_lifetime"]);
            }
            Some(26) => {
                push(
                    "dhcpv6.iaprefix.pref_lifetime",
                    &value["preferred_lifetime"],
                );
                push("dhcpv6.iaprefix.valid_lifetime", &value["valid_lifetime"]);
            }
            Some(13) => push("dhcpv6.status_code", &value["code"]),
            Some(23) => {
                for server in value.as_array().into_iter().flatten() {
                    push("dhcpv6.dns_server", server);
                }
            }
            Some(9) => {
                ours6(value, values);
                continue;
            }
            _ => {}
        }
        if matches!(code.as_u64(), Some(3 | 4 | 5 | 25 | 26)) {
            options6(value, values);
        }
    }
}
