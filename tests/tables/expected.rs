//! What a row of each table has to hold, from the records of the same capture: one
//! function of a record for each column. A column that is not here fails the test.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// The records of a capture, by type.
pub struct Records {
    /// What the only capture is called; several name themselves.
    pub capture: String,
    pub packets: Vec<Value>,
    pub conversations: Vec<Value>,
    pub exchanges: Vec<Value>,
    pub visits: Vec<Value>,
    pub findings: Vec<Value>,
    pub summary: Value,
    /// The first packet of each conversation, by its number.
    first_packets: HashMap<u64, u64>,
    /// The place of each packet among the packets, by its number.
    places: HashMap<u64, usize>,
}

/// A row that may hold anything in the columns where this stands.
fn anything() -> Value {
    json!({"anything": true})
}

/// Whether a cell is as it has to be.
pub fn is_as_expected(cell: &Value, expected: &Value) -> bool {
    *expected == anything() || cell == expected
}

impl Records {
    /// Takes in what `--format ndjson --packets` printed.
    pub fn new(capture: &str, printed: &str) -> Self {
        let mut all: HashMap<String, Vec<Value>> = HashMap::new();
        for line in printed.lines() {
            let record: Value = serde_json::from_str(line).expect("a record is JSON");
            let of = record["record"].as_str().expect("a type").to_owned();
            all.entry(of).or_default().push(record);
        }
        let mut take = |of: &str| all.remove(of).unwrap_or_default();
        let (packets, conversations) = (take("packet"), take("conversation"));
        let first_packets = conversations.iter();
        let first_packets = first_packets.map(|it| (int(&it["number"]), int(&it["first_packet"])));
        let places = packets.iter().enumerate();
        let places = places.map(|(place, it)| (int(&it["number"]), place));
        Self {
            capture: capture.to_owned(),
            first_packets: first_packets.collect(),
            places: places.collect(),
            exchanges: take("exchange"),
            visits: take("visit"),
            findings: take("finding"),
            summary: take("summary").pop().expect("a summary"),
            packets,
            conversations,
        }
    }

    /// The key of a conversation that a record names by its number.
    fn key(&self, number: &Value) -> Value {
        let first = number.as_u64().map(|number| self.first_packets[&number]);
        json!(first)
    }

    fn packet(&self, number: &Value) -> &Value {
        &self.packets[self.places[&int(number)]]
    }

    fn capture_of(&self, packet: &Value) -> Value {
        match packet.get("file") {
            Some(file) => file.clone(),
            None => json!(self.capture),
        }
    }

    /// The cell of a row of `conversations`.
    pub fn conversation(&self, it: &Value, column: &str) -> Value {
        let tcp = &it["tcp"];
        if let Some((side, name)) = sided(column) {
            return match name {
                "address" | "port" => it[column].clone(),
                "packets" | "bytes" | "payload" | "unique_payload" => it[name][side].clone(),
                "state" | "retransmissions" | "spurious" | "payload_after_peer_fin" => {
                    tcp[name][side].clone()
                }
                _ if is_transfer(name) => tcp["transfer"][side][name].clone(),
                _ => panic!("nothing is expected of conversations.{column}"),
            };
        }
        match column {
            "conversation" => it["first_packet"].clone(),
            "number" | "protocol" | "vlan" | "roles_are" | "application" | "start_ns"
            | "end_ns" => it[column].clone(),
            "capture" => self.capture_of(self.packet(&it["first_packet"])),
            // Its values are checked where it is made.
            "community_id" => match it["client_port"].is_null() {
                true => Value::Null,
                false => anything(),
            },
            "name" => self.name_of(it),
            "start" => micros(&it["start_ns"]),
            "header_bytes" => sum(&it["overhead"], "bytes"),
            "overhead" => list(
                &it["overhead"],
                |layer| json!({"layer": layer["layer"], "bytes": layer["bytes"]}),
            ),
            "completeness" => match tcp.is_null() {
                true => json!([]),
                false => tcp["completeness"].clone(),
            },
            "syn_to_syn_ack_ns" | "syn_ack_to_ack_ns" => tcp["handshake"][column].clone(),
            "close" | "closed_by" | "time_wait_held_by" => tcp[column].clone(),
            "opened_ns" => self.time_of(it, "tcp.handshake.ack"),
            "closed_ns" => self.closed_ns(it),
            "left_in_close_wait" => match tcp.is_null() {
                true => Value::Null,
                false => json!(self.findings.iter().any(|finding| {
                    finding["kind"] == "tcp.close_wait" && finding["conversation"] == it["number"]
                })),
            },
            _ => {
                let nested = [("rtt_", "round_trip_ns"), ("think_time_", "think_time_ns")];
                for (prefix, member) in nested {
                    if let Some(name) = column.strip_prefix(prefix) {
                        return tcp[member][name.trim_end_matches("_ns")].clone();
                    }
                }
                panic!("nothing is expected of conversations.{column}");
            }
        }
    }

    /// The last host that was asked for, else the name in the hello.
    fn name_of(&self, it: &Value) -> Value {
        let of_it = |exchange: &&Value| exchange["conversation"] == it["number"];
        let mut hosts = self.exchanges.iter().filter(of_it);
        let host = hosts.rfind(|exchange| !exchange["request"]["host"].is_null());
        match host {
            Some(exchange) => exchange["request"]["host"].clone(),
            None => it["tls"]["server_name"].clone(),
        }
    }

    fn annotated<'a>(
        &'a self,
        it: &'a Value,
        kind: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.packets.iter().filter(move |packet| {
            let mut annotations = packet["annotations"].as_array().expect("a list").iter();
            packet["conversation"] == it["number"]
                && annotations.any(|annotation| annotation["kind"] == kind)
        })
    }

    /// The time of the conversation's packet with an annotation of this kind.
    fn time_of(&self, it: &Value, kind: &str) -> Value {
        if it["tcp"].is_null() {
            return Value::Null;
        }
        // Where the clock went back, the times across that are not known.
        let disorder = "capture.time_disorder";
        if self.findings.iter().any(|it| it["kind"] == disorder) {
            return anything();
        }
        let packet = self.annotated(it, kind).next();
        packet.map_or(Value::Null, |packet| packet["time_ns"].clone())
    }

    /// Closed by the last acknowledgment of a FIN, or by the RST that was taken.
    fn closed_ns(&self, it: &Value) -> Value {
        match it["tcp"]["close"].as_str() {
            // Which of several RSTs was taken, the packets do not say.
            Some("reset") => match self.annotated(it, "tcp.reset").count() {
                1 => self.time_of(it, "tcp.reset"),
                _ => anything(),
            },
            Some("fin") => {
                let acks = ["tcp.teardown.first_ack", "tcp.teardown.second_ack"];
                let times = acks.map(|kind| self.time_of(it, kind));
                // The second may come first.
                let [Some(one), Some(other)] = times.map(|time| time.as_u64()) else {
                    return anything();
                };
                json!(one.max(other))
            }
            _ => Value::Null,
        }
    }

    /// The cell of a row of `packets`.
    pub fn packet_cell(&self, it: &Value, column: &str) -> Value {
        let tcp = &it["tcp"];
        let of_tcp = |value: &Value| match tcp.is_null() {
            true => Value::Null,
            false => value.clone(),
        };
        match column {
            "number"
            | "time_ns"
            | "interface"
            | "captured_length"
            | "original_length"
            | "source_address"
            | "source_port"
            | "destination_address"
            | "destination_port"
            | "payload"
            | "padding" => it[column].clone(),
            "capture" => self.capture_of(it),
            "number_in_file" => it.get(column).unwrap_or(&it["number"]).clone(),
            "time" => micros(&it["time_ns"]),
            "protocols" => json!(texts(&it["protocols"]).join("/")),
            "conversation" => self.key(&it["conversation"]),
            "from_client" => self.is_from_client(it),
            "headers" => sum(&it["overhead"], "bytes"),
            "vlan" => it["vlan"]["id"].clone(),
            "ttl" => match innermost_ip(it) {
                Some("ipv4") => it["ipv4"]["ttl"].clone(),
                Some(_) => it["ipv6"]["hop_limit"].clone(),
                None => Value::Null,
            },
            "ip_id" => match innermost_ip(it) {
                Some("ipv4") => it["ipv4"]["identification"].clone(),
                Some(_)
                    if texts(&it["protocols"])
                        .iter()
                        .any(|it| it.contains("fragment")) =>
                {
                    anything()
                }
                _ => Value::Null,
            },
            "tcp_flags" => match tcp.is_null() {
                true => Value::Null,
                false => json!(flags(&tcp["flags"])),
            },
            "sequence"
            | "acknowledgment"
            | "relative_sequence"
            | "relative_acknowledgment"
            | "window"
            | "scaled_window"
            | "source_state"
            | "destination_state" => of_tcp(&tcp[column]),
            "state_observed" => of_tcp(&json!(tcp["state_is"] == "observed")),
            "icmp_type" | "icmp_code" => {
                let name = column.trim_start_matches("icmp_");
                match it["icmp"].is_null() {
                    true => it["icmpv6"][name].clone(),
                    false => it["icmp"][name].clone(),
                }
            }
            "stop" => {
                let annotations = it["annotations"].as_array().expect("a list");
                let stops = ["malformed", "truncated"];
                let is_stop = |it: &Value| stops.contains(&it["kind"].as_str().expect("a kind"));
                match annotations.iter().any(is_stop) {
                    true => anything(),
                    false => Value::Null,
                }
            }
            _ => panic!("nothing is expected of packets.{column}"),
        }
    }

    fn is_from_client(&self, it: &Value) -> Value {
        let Some(number) = it["conversation"].as_u64() else {
            return Value::Null;
        };
        let of_it = |other: &&Value| other["number"].as_u64() == Some(number);
        let conversation = self.conversations.iter().find(of_it).expect("it is told");
        let is = |end: &str| it["source"] == conversation[end];
        match (is("client"), is("server")) {
            (true, false) => json!(true),
            (false, true) => json!(false),
            // An ICMP error about it may come from a third host.
            _ => anything(),
        }
    }

    /// Every annotation of a packet, with the packet and the place.
    pub fn annotations(&self) -> Vec<(&Value, usize, &Value)> {
        let mut found = Vec::new();
        for packet in &self.packets {
            let all = packet["annotations"].as_array().expect("a list");
            for (place, annotation) in all.iter().enumerate() {
                found.push((packet, place, annotation));
            }
        }
        found
    }

    /// The cell of a row of `annotations`.
    pub fn annotation(&self, (packet, place, it): (&Value, usize, &Value), column: &str) -> Value {
        match column {
            "packet" => packet["number"].clone(),
            "position" => json!(place),
            "conversation" => self.key(&packet["conversation"]),
            _ => said(it, column),
        }
    }

    /// The cell of a row of `findings`.
    pub fn finding(&self, (place, it): (usize, &Value), column: &str) -> Value {
        match column {
            "ordinal" => json!(place + 1),
            "conversation" => self.key(&it["conversation"]),
            _ => said(it, column),
        }
    }

    /// The cell of a row of `exchanges`.
    pub fn exchange(&self, it: &Value, column: &str) -> Value {
        let of_it = |other: &&Value| other["number"] == it["conversation"];
        let conversation = self.conversations.iter().find(of_it).expect("it is told");
        match column {
            "client_address" | "client_port" | "server_address" | "server_port" => {
                conversation[column].clone()
            }
            "conversation" => self.key(&it[column]),
            "request" | "response" => message(&it[column]),
            "annotations" => list(&it[column], |it| {
                let columns = [
                    "kind", "severity", "topic", "related", "holds", "checks", "values", "text",
                ];
                columns
                    .map(|column| (column.to_owned(), said(it, column)))
                    .into_iter()
                    .collect::<Map<_, _>>()
                    .into()
            }),
            _ => it[column].clone(),
        }
    }

    /// The cell of a row of `visits`.
    pub fn visit(&self, it: &Value, column: &str) -> Value {
        match column {
            "conversations" => list(&it[column], |number| self.key(number)),
            _ => it[column].clone(),
        }
    }
}

/// The record of a message, but for what hides a secret in a field.
fn message(record: &Value) -> Value {
    let mut message = record.clone();
    if let Some(headers) = message.get_mut("headers") {
        for header in headers.as_array_mut().expect("a list") {
            header.as_object_mut().expect("a field").remove("hidden");
        }
    }
    message
}

/// What annotations and findings have in common.
fn said(it: &Value, column: &str) -> Value {
    let checks = it["checks"].as_array().expect("a list");
    match column {
        "kind" | "severity" | "topic" | "related" | "text" => it[column].clone(),
        "holds" => {
            let judged = checks.iter().filter_map(|check| check["holds"].as_bool());
            json!(judged.reduce(|all, one| all && one))
        }
        "checks" => list(&it["checks"], |check| {
            json!({
                "rule": check["rule"],
                "expected": as_text(&check["expected"]),
                "observed": as_text(&check["observed"]),
                "holds": check["holds"],
            })
        }),
        "values" => it["values"].clone(),
        _ => panic!("nothing is expected of an annotation's {column}"),
    }
}

/// A value as text: as it is where it is one.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    }
}

/// The side that the name of a column begins with, and the rest.
fn sided(column: &str) -> Option<(&'static str, &str)> {
    ["client", "server"].into_iter().find_map(|side| {
        let rest = column.strip_prefix(side)?;
        Some((side, rest.strip_prefix('_')?))
    })
}

fn is_transfer(name: &str) -> bool {
    [
        "goodput_bits_per_second",
        "bytes_in_flight_max",
        "receive_window_min",
        "receive_window_max",
        "application_limited_ns",
        "receive_window_limited_ns",
        "network_limited_ns",
        "limited_by",
        "congestion_cuts",
    ]
    .contains(&name)
}

fn innermost_ip(packet: &Value) -> Option<&'static str> {
    let protocols = texts(&packet["protocols"]);
    let ip = protocols.iter().rev();
    let mut ip = ip.filter_map(|name| ["ipv4", "ipv6"].into_iter().find(|ip| ip == name));
    ip.next()
}

/// The bits of the flags that a record names.
fn flags(names: &Value) -> u64 {
    let bits = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"];
    let bit = |name: &&str| bits.iter().position(|bit| bit == name).expect("a flag");
    texts(names).iter().map(|name| 1 << bit(name)).sum()
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|it| it.as_str().expect("a text")).collect()
}

fn list(of: &Value, each: impl Fn(&Value) -> Value) -> Value {
    of.as_array().expect("a list").iter().map(each).collect()
}

fn sum(of: &Value, member: &str) -> Value {
    let of = of.as_array().expect("a list").iter();
    json!(of.map(|it| int(&it[member])).sum::<u64>())
}

fn micros(ns: &Value) -> Value {
    json!(ns.as_u64().map(|ns| ns / 1_000))
}

fn int(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}
