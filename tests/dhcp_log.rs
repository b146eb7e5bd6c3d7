//! DHCP against the logs of another analyser: the messages of each capture in their
//! order, and the values that its log tells. At least 99 % have to agree.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;
#[path = "common/logs.rs"]
mod logs;

use std::io::Write;

use logs::Log;
use serde_json::Value;

/// The least share that has to agree.
const AGREEMENT: f64 = 0.99;

/// The log's name of a value, and the option of ours that holds it.
const OPTIONS: &[(&str, u64)] = &[
    ("requested_addr", 50),
    ("host_name", 12),
    ("domain", 15),
    ("lease_time", 51),
    ("server_message", 56),
];

#[derive(Default)]
struct Count {
    agreed: u32,
    all: u32,
    differences: Vec<String>,
}

impl Count {
    fn value(&mut self, agrees: bool, difference: impl FnOnce() -> String) {
        self.all += 1;
        self.agreed += u32::from(agrees);
        if !agrees {
            self.differences.push(difference());
        }
    }
}

#[test]
fn messages_and_values_are_those_of_the_log() {
    let mut out = std::io::stdout().lock();
    let Some(logs) = logs::of("dhcp.log", "DHCP") else {
        return;
    };
    let mut count = Count::default();
    for log in logs.iter().filter(|log| log.is_whole) {
        compare(log, &mut count);
    }
    let Count { agreed, all, .. } = count;
    writeln!(out, "DHCP against logs: {agreed} of {all} values agree").expect("a line");
    for difference in &count.differences {
        writeln!(out, "  {difference}").expect("a line");
    }
    assert!(all > 1000, "only {all} values were compared");
    assert!(f64::from(agreed) / f64::from(all) >= AGREEMENT);
}

fn compare(log: &Log, count: &mut Count) {
    let capture = &log.capture;
    let packets = binary::packets(capture);
    let messages: Vec<&Value> = packets.iter().filter_map(|it| it.get("dhcp")).collect();
    let of_log = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();

    // The log has a row an exchange, in the order in which they begin.
    let mut theirs = Vec::new();
    for row in &log.rows {
        let kinds = of_log(row, "msg_types");
        theirs.extend(
            kinds
                .split(',')
                .filter(|kind| !kind.is_empty())
                .map(str::to_owned),
        );
    }
    let mut exchanges: Vec<u64> = Vec::new();
    for message in &messages {
        let transaction = message["transaction_id"].as_u64().unwrap_or_default();
        if !exchanges.contains(&transaction) {
            exchanges.push(transaction);
        }
    }
    let ours: Vec<String> = exchanges
        .iter()
        .flat_map(|wanted| {
            messages
                .iter()
                .filter(move |it| it["transaction_id"] == *wanted)
        })
        .map(|it| it["message_type"].as_str().unwrap_or("?").to_uppercase())
        .collect();
    for index in 0..ours.len().max(theirs.len()) {
        let (our, their) = (ours.get(index), theirs.get(index));
        count.value(our == their, || {
            format!(
                "{}: message {index}: {our:?}, not {their:?}",
                capture.display()
            )
        });
    }

    let mut told = |key: &str, theirs: String, ours: &[String]| {
        if !theirs.is_empty() {
            count.value(ours.contains(&theirs), || {
                format!("{}: {key} {theirs} is not in {ours:?}", capture.display())
            });
        }
    };
    let member = |key: &str| -> Vec<String> {
        let texts = messages.iter().filter_map(|it| it[key].as_str());
        texts.map(str::to_owned).collect()
    };
    let option = |code: u64| -> Vec<String> {
        let options = messages.iter().filter_map(|it| it["options"].as_array());
        let of_code = options.flatten().filter(|option| option["code"] == code);
        let values = of_code.map(|option| match &option["value"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        values.collect()
    };
    for row in &log.rows {
        told("mac", of_log(row, "mac"), &member("hardware_address"));
        told(
            "assigned_addr",
            of_log(row, "assigned_addr"),
            &member("your_address"),
        );
        for (key, code) in OPTIONS {
            let theirs = of_log(row, key);
            let theirs = match *key {
                // Seconds with a fraction that is always nothing.
                "lease_time" => theirs.trim_end_matches(".000000").to_owned(),
                _ => theirs,
            };
            told(key, theirs, &option(*code));
        }
    }
}
