//! TLS against the logs of another analyser: each of its rows has its conversation,
//! by ports and addresses, with the same version, suite, group, name, protocol and
//! outcome. At least 99 % of what can be compared has to agree, and whatever differs
//! has its reason in `tls_log/explained.rs`.

#[path = "common/binary.rs"]
mod binary;
#[path = "tls_log/explained.rs"]
mod explained;
#[path = "common/files.rs"]
mod files;
#[path = "common/logs.rs"]
mod logs;

use explained::REASONS;
use logs::{Count, Difference, Log};
use serde_json::Value;

/// The log's name of each value that is compared.
const VALUES: &[&str] = &[
    "version",
    "cipher",
    "curve",
    "server_name",
    "resumed",
    "next_protocol",
    "established",
    "last_alert",
];

#[test]
fn connections_are_those_of_the_log() {
    let Some(logs) = logs::of("ssl", "TLS") else {
        return;
    };
    let mut count = Count::default();
    for log in &logs {
        compare(log, &mut count);
    }
    count.tell("TLS", REASONS, 180);
}

/// Compares the rows of a log with the conversations that have TLS.
fn compare(log: &Log, count: &mut Count) {
    let mut ours: Vec<Value> = log.captures.iter().flat_map(conversations).collect();
    for row in &log.rows {
        let theirs: Vec<(&'static str, String)> = VALUES
            .iter()
            .filter_map(|key| Some((*key, told(row[key].as_str()?)?)))
            .collect();
        let fits = |it: &Value| {
            let same = |column: &str, ours: &Value| {
                let theirs = told(row[column].as_str().unwrap_or_default());
                theirs.is_none_or(|theirs| match ours.as_u64() {
                    Some(number) => theirs.parse() == Ok(number),
                    None => *ours == theirs,
                })
            };
            same("id.orig_p", &it["client_port"])
                && same("id.resp_p", &it["server_port"])
                && same("id.orig_h", &it["client_address"])
        };
        let difference = |values: usize, field, ours, theirs| Difference {
            trace: log.trace.clone(),
            client_port: row["id.orig_p"].as_str().unwrap_or_default().to_owned(),
            field,
            values: values as u32,
            ours,
            theirs,
        };
        let Some(index) = ours.iter().position(fits) else {
            let missing = difference(theirs.len(), "row", None, format!("{theirs:?}"));
            count.differences.push(missing);
            continue;
        };
        let it = ours.remove(index);
        for (key, theirs) in theirs {
            match value(key, &it["tls"]) {
                Some(ours) if ours == theirs => count.agreed += 1,
                ours => count.differences.push(difference(1, key, ours, theirs)),
            }
        }
    }
    for more in ours.into_iter().filter(|_| log.is_whole) {
        count.differences.push(Difference {
            trace: log.trace.clone(),
            client_port: more["client_port"].to_string(),
            field: "conversation",
            values: 1,
            ours: Some(more["tls"].to_string()),
            theirs: String::new(),
        });
    }
}

/// A value of the log; `None` where the log has none.
fn told(value: &str) -> Option<String> {
    (!matches!(value, "" | "-" | "(empty)")).then(|| value.to_owned())
}

/// The conversations of a capture that have TLS.
fn conversations(capture: &std::path::PathBuf) -> Vec<Value> {
    let arguments = ["--format", "ndjson", "--only", "conversation"];
    let mut command = binary::wirenotes();
    let run = binary::finish(command.arg("analyze").arg(capture).args(arguments));
    let mut found = run.records("conversation");
    found.retain(|it| !it["tls"].is_null());
    found
}

/// A value of ours in the log's words.
fn value(key: &str, tls: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let flag = |it: bool| Some(if it { "T" } else { "F" }.to_owned());
    match key {
        // TLS 1.2 is TLSv12 there, and TLS 1.3 (draft 23) is TLSv13-draft23.
        "version" => text(&tls["version"]).map(|it| {
            let named = it.replace("TLS ", "TLSv").replace(" (draft ", "-draft");
            named.replace(['.', ')'], "")
        }),
        "cipher" => text(&tls["cipher_suite"]),
        "curve" => text(&tls["group"]),
        "server_name" => text(&tls["server_name"]),
        "next_protocol" => text(&tls["alpn"]),
        "established" => flag(!tls["handshake_ns"].is_null()),
        "resumed" => flag(tls["resumed"].as_str().is_some_and(|it| it != "no")),
        _ => {
            let last = tls["alerts"].as_array().and_then(|it| it.last())?;
            text(&last["name"])
        }
    }
}
