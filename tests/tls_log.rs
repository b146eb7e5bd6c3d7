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

use std::io::Write;

use explained::{Difference, REASONS};
use logs::Log;
use serde_json::Value;

/// The least share that has to agree.
const AGREEMENT: f64 = 0.99;

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

#[derive(Default)]
struct Count {
    agreed: u32,
    differences: Vec<Difference>,
}

#[test]
fn connections_are_those_of_the_log() {
    let mut out = std::io::stdout().lock();
    let Some(logs) = logs::of("ssl") else {
        // Not `print!`, which the test runner swallows when the test passes.
        writeln!(out, "TLS against logs: NOT RUN, WIRENOTES_ZEEK is not set").expect("a line");
        return;
    };
    let mut count = Count::default();
    for log in &logs {
        compare(log, &mut count);
    }
    let mut used = vec![0; REASONS.len()];
    let mut unexplained = Vec::new();
    let mut differing = 0;
    for difference in &count.differences {
        let of = REASONS.iter().position(|it| (it.explains)(difference));
        let Some(index) = of else {
            unexplained.push(difference);
            differing += difference.values;
            continue;
        };
        used[index] += difference.values;
        if REASONS[index].is_comparable {
            differing += difference.values;
        }
    }
    let all = count.agreed + differing;
    let share = f64::from(count.agreed) / f64::from(all);
    let (agreed, percent) = (count.agreed, share * 100.0);
    writeln!(
        out,
        "TLS against logs: {agreed} of {all} values agree, {percent:.2} %"
    )
    .expect("a line");
    for (reason, used) in REASONS.iter().zip(&used) {
        let left_out = match reason.is_comparable {
            true => "",
            false => ", not compared",
        };
        writeln!(out, "  {used} values{left_out}: {}", reason.because).expect("a line");
    }
    assert!(unexplained.is_empty(), "unexplained: {unexplained:#?}");
    let unused = REASONS.iter().zip(&used).filter(|(_, used)| **used == 0);
    let stale: Vec<_> = unused.map(|(reason, _)| reason.because).collect();
    assert!(stale.is_empty(), "explains nothing any more: {stale:#?}");
    assert!(agreed > 180, "only {agreed} values agree");
    assert!(share >= AGREEMENT, "only {percent:.2} % agree");
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
