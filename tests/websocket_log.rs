//! WebSocket against the logs of another analyser: each of its rows has its
//! handshake, on the connection that it names, with the same host, target, program,
//! subprotocol and offers. All values have to agree; and nothing is WebSocket to us
//! alone.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;
#[path = "common/logs.rs"]
mod logs;

use std::collections::HashMap;
use std::io::Write;

use logs::Log;
use serde_json::Value;

/// The log's names of the values that are compared, beside those of the request.
const VALUES: [&str; 6] = [
    "host",
    "uri",
    "user_agent",
    "subprotocol",
    "client_protocols",
    "client_extensions",
];

#[test]
fn handshakes_are_those_of_the_log() {
    let mut out = std::io::stdout().lock();
    let Some(logs) = logs::of("websocket.log", "WebSocket") else {
        return;
    };
    let mut agreed = 0;
    let mut differences = Vec::new();
    for log in &logs {
        let mut ours = handshakes(log);
        for row in &log.rows {
            let port = row["id.orig_p"].as_str().unwrap_or_default();
            let Some(values) = ours.remove(port) else {
                differences.push(format!("{}: no handshake from port {port}", log.trace));
                continue;
            };
            for key in VALUES {
                let theirs = row[key].as_str().filter(|value| *value != "-");
                match (values.get(key), theirs) {
                    (ours, Some(theirs)) if ours.map(String::as_str) == Some(theirs) => agreed += 1,
                    (_, None) => {}
                    (ours, theirs) => differences.push(format!(
                        "{}, port {port}, {key}: {ours:?} is {theirs:?} in the log",
                        log.trace
                    )),
                }
            }
        }
        for port in ours.keys().filter(|_| log.is_whole) {
            differences.push(format!("{}: port {port} is in no row", log.trace));
        }
    }
    writeln!(out, "WebSocket against logs: {agreed} values agree").expect("a line");
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(agreed > 25, "only {agreed} values agree");
}

/// The handshakes of a capture by the client's port, in the log's words.
fn handshakes(log: &Log) -> HashMap<String, HashMap<&'static str, String>> {
    let arguments = ["--format", "ndjson", "--secrets", "show"];
    let mut command = binary::wirenotes();
    let run = binary::finish(command.arg("analyze").arg(&log.capture).args(arguments));
    let conversations = run.records("conversation");
    let spoken: HashMap<String, &Value> = conversations
        .iter()
        .filter(|it| !it["websocket"].is_null())
        .map(|it| (it["number"].to_string(), it))
        .collect();
    let told = run.records("exchange");
    let of_upgrade = told
        .iter()
        .filter(|it| it["response"]["status"].as_u64() == Some(101));
    of_upgrade
        .filter_map(|it| {
            let conversation = spoken.get(&it["conversation"].to_string())?;
            Some((
                conversation["client_port"].to_string(),
                values(it, conversation),
            ))
        })
        .collect()
}

fn values(exchange: &Value, conversation: &Value) -> HashMap<&'static str, String> {
    let request = &exchange["request"];
    let field = |name: &str| {
        let fields = request["headers"].as_array()?;
        let named = fields.iter().filter(|it| {
            let of = it["name"].as_str().unwrap_or_default();
            of.eq_ignore_ascii_case(name)
        });
        let values: Vec<_> = named.filter_map(|it| it["value"].as_str()).collect();
        (!values.is_empty()).then(|| values.join(","))
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    // The log has the elements of a list without the white space between them.
    let list = |name: &str| {
        let elements = field(name)?;
        let elements: Vec<_> = elements.split(',').map(str::trim).collect();
        Some(elements.join(","))
    };
    let pairs = [
        ("host", field("Host")),
        ("uri", text(&request["target"])),
        ("user_agent", field("User-Agent")),
        (
            "subprotocol",
            text(&conversation["websocket"]["subprotocol"]),
        ),
        ("client_protocols", list("Sec-WebSocket-Protocol")),
        ("client_extensions", list("Sec-WebSocket-Extensions")),
    ];
    pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}
