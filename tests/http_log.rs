//! HTTP against the logs of another analyser: each of its rows has its exchange, on
//! the connection that it names, with the same method, target, host, status, reason
//! and lengths. At least 99 % of what can be compared has to agree, and whatever
//! differs has its reason in `http_log/explained.rs`.

#[path = "common/binary.rs"]
mod binary;
#[path = "http_log/explained.rs"]
mod explained;
#[path = "common/files.rs"]
mod files;
#[path = "common/logs.rs"]
mod logs;

use explained::REASONS;
use logs::{Count, Difference, Log};
use serde_json::Value;
use std::collections::HashMap;

/// The log's name of each value that is compared.
const VALUES: &[&str] = &[
    "method",
    "uri",
    "host",
    "status_code",
    "status_msg",
    "request_body_len",
    "response_body_len",
];

#[test]
fn exchanges_are_those_of_the_log() {
    let Some(logs) = logs::of("http.log", "HTTP") else {
        return;
    };
    let mut count = Count::default();
    for log in &logs {
        compare(log, &mut count);
    }
    count.tell("HTTP", REASONS, 400);
}

/// An exchange of ours, in the log's words.
struct Ours {
    client_port: String,
    values: HashMap<&'static str, String>,
}

fn compare(log: &Log, count: &mut Count) {
    let mut ours = exchanges(log);
    for row in &log.rows {
        let port = row["id.orig_p"].as_str();
        let theirs: Vec<(&'static str, String)> = VALUES
            .iter()
            .filter_map(|key| Some((*key, told(key, row[key].as_str()?)?)))
            .collect();
        let alike = |it: &Ours| {
            let same = theirs
                .iter()
                .filter(|(key, value)| it.values.get(key) == Some(value));
            same.count()
        };
        // Of those that fit equally well the first.
        let fitting = (0..ours.len())
            .filter(|index| port.is_none_or(|port| ours[*index].client_port == port))
            .rev()
            .max_by_key(|index| alike(&ours[*index]))
            .filter(|index| port.is_some() || alike(&ours[*index]) > 1);
        let difference = |values: usize, field, ours, theirs| Difference {
            trace: log.trace.clone(),
            client_port: port.unwrap_or_default().to_owned(),
            field,
            values: values as u32,
            ours,
            theirs,
        };
        let Some(index) = fitting else {
            let theirs_told = format!("{theirs:?}");
            let missing = difference(theirs.len().max(1), "row", None, theirs_told);
            count.differences.push(missing);
            continue;
        };
        let it = ours.remove(index);
        for (key, theirs) in theirs {
            match it.values.get(key) {
                Some(ours) if *ours == theirs => count.agreed += 1,
                ours => {
                    let it = difference(1, key, ours.cloned(), theirs);
                    count.differences.push(it);
                }
            }
        }
    }
    for more in ours.into_iter().filter(|_| log.is_whole) {
        count.differences.push(Difference {
            trace: log.trace.clone(),
            client_port: more.client_port,
            field: "exchange",
            values: 1,
            ours: Some(format!("{:?}", more.values)),
            theirs: String::new(),
        });
    }
}

/// A value of the log; `None` where the log has none.
fn told(key: &str, value: &str) -> Option<String> {
    match value {
        "-" | "(empty)" => None,
        "<empty>" => Some(String::new()),
        // The log holds a target without its percent-encoding, and then writes what
        // cannot be printed as `\x07`, and `\` twice.
        _ if key == "uri" => Some(plain(value)),
        _ => Some(value.to_owned()),
    }
}

/// A target with neither form of escapes, so that both sides are written alike.
fn plain(target: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = target.as_bytes();
    while let [first, behind @ ..] = rest {
        let hex = |digits: &[u8]| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        };
        let (byte, taken) = match rest {
            [b'\\', b'\\', ..] => (b'\\', 2),
            [b'\\', b'x', a, b, ..] => match hex(&[*a, *b]) {
                Some(byte) => (byte, 4),
                None => (b'\\', 1),
            },
            [b'%', a, b, ..] => match hex(&[*a, *b]) {
                Some(byte) => (byte, 3),
                None => (b'%', 1),
            },
            _ => (*first, 1),
        };
        bytes.push(byte);
        rest = behind.get(taken - 1..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The exchanges of a capture, in the order in which they are told.
fn exchanges(log: &Log) -> Vec<Ours> {
    let arguments = ["--format", "ndjson", "--secrets", "show"];
    let mut command = binary::wirenotes();
    let run = binary::finish(command.arg("analyze").arg(&log.capture).args(arguments));
    let ports: HashMap<String, String> = run
        .records("conversation")
        .iter()
        .map(|it| (it["number"].to_string(), it["client_port"].to_string()))
        .collect();
    let told = run.records("exchange");
    told.iter()
        .map(|it| Ours {
            client_port: ports[&it["conversation"].to_string()].clone(),
            values: values(it),
        })
        .collect()
}

fn values(exchange: &Value) -> HashMap<&'static str, String> {
    let (request, response) = (&exchange["request"], &exchange["response"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    // What was seen of it: the log counts no byte that the capture lacks.
    let body = |message: &Value| {
        let length = |key: &str| message[key].as_u64().unwrap_or_default();
        Some((length("body_bytes") - length("missing_bytes")).to_string())
    };
    let pairs = [
        ("method", text(&request["method"])),
        ("uri", text(&request["target"]).map(|it| plain(&it))),
        ("host", text(&request["host"])),
        (
            "status_code",
            response["status"].as_u64().map(|it| it.to_string()),
        ),
        ("status_msg", text(&response["reason"])),
        ("request_body_len", body(request)),
        ("response_body_len", body(response)),
    ];
    pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}
