//! `--max-memory` is a promise: with more open connections than fit into it, those
//! that have been idle for longest are closed early, are counted, and nothing else
//! is lost.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/recording.rs"]
mod recording;

use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use recording::Recording;
use serde_json::Value;

#[test]
fn what_is_given_up_of_a_single_connection_is_said_on_it() {
    const SEGMENTS: u32 = 20_000;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("one.pcap");
    let mut recording = Recording::new(&path);
    recording.opening(0);
    // From the last to the first, and a byte is missing between any two.
    for number in (0..SEGMENTS).rev() {
        recording.data(0, 2 * number, 1);
    }
    recording.finish();
    let path = path.to_str().expect("a plain path");
    let words = ["analyze", "--format", "ndjson", path];
    let run = binary::finish(binary::wirenotes().args(words));
    run.assert_status(0);
    let mut records = run.stdout.lines().map(|line| {
        let record: Value = serde_json::from_str(line).expect("a record");
        record
    });
    let conversation = records
        .find(|record| record["record"] == "conversation")
        .expect("it was followed");
    let given_up = &conversation["tcp"]["given_up"];
    for kept in ["gaps", "segments_in_flight", "segments_sent_again"] {
        let count = given_up[kept].as_u64().expect("a number");
        assert!((1..SEGMENTS.into()).contains(&count), "{kept}: {count}");
    }
    for (lang, text) in [
        ("en", "more than is remembered of one connection"),
        ("zh", "超过了单个连接所能记住的数量"),
    ] {
        let words = ["analyze", "--conversation", "1", "--lang", lang, path];
        let run = binary::finish(binary::wirenotes().args(words));
        let shown: String = run.stdout.split_whitespace().collect();
        let expected: String = text.split_whitespace().collect();
        assert!(shown.contains(&expected), "{lang}");
    }
}

/// They would take some 200 MB.
const CONNECTIONS: u32 = 100_000;

#[test]
fn no_more_memory_is_used_than_may_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("open.pcap");
    let mut recording = Recording::new(&path);
    for number in 0..CONNECTIONS {
        recording.opening(number);
        recording.message(number, 0);
    }
    // The one that was heard of last goes on.
    recording.message(CONNECTIONS - 1, 1);
    recording.finish();
    let path = path.to_str().expect("a plain path");
    let mut command = binary::wirenotes();
    command.timeout(Duration::from_secs(600));
    let words = [
        "analyze",
        "--max-memory",
        "128M",
        "--format",
        "ndjson",
        path,
    ];
    let run = binary::finish(command.args(words));
    run.assert_status(0);
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    let most = usage.max_rss() / 1024;
    assert!(most <= 128 + 12, "{most} MiB");
    let records = run.stdout.lines().map(|line| {
        let record: Value = serde_json::from_str(line).expect("a record");
        record
    });
    let (mut conversations, mut packets) = (0, 0);
    let mut summary = Value::Null;
    for record in records {
        match record["record"].as_str() {
            Some("conversation") => {
                conversations += 1;
                let sent = &record["packets"];
                packets += ["client", "server"]
                    .map(|side| sent[side].as_u64().unwrap_or(0))
                    .iter()
                    .sum::<u64>();
            }
            Some("summary") => summary = record,
            _ => {}
        }
    }
    assert_eq!(conversations, CONNECTIONS, "none was cut in two");
    // A handshake each, a message with its acknowledgment, and one more of these.
    assert_eq!(packets, 5 * u64::from(CONNECTIONS) + 2);
    let evicted = summary["evicted"]["conversations"].as_u64().unwrap_or(0);
    assert!((1..u64::from(CONNECTIONS)).contains(&evicted), "{evicted}");
    println!("{most} MiB, {evicted} closed early");
}
