//! What an idle connection takes with everything around it, beside the 16,384
//! that stay active: below 1,500 bytes where it never carried data, below 1,700
//! where one side sent some, however many packets it had; some 300 more where both
//! sides have spoken.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/recording.rs"]
mod recording;

use std::path::Path;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use recording::Recording;

/// The times when the messages of a connection come.
#[derive(Clone, Copy, Debug)]
enum When {
    /// All messages of a connection come at once.
    AtOnce(u32),
    /// One message comes in each round through all connections.
    InRounds(u32),
    /// One message comes in each round, and the server answers each with one of
    /// its own.
    Answered(u32),
}

/// The most memory that any run so far took, in bytes. Runs must grow.
fn most_so_far() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    usage.max_rss() * 1024
}

fn peak(folder: &Path, connections: u32, when: When) -> i64 {
    let path = folder.join("open.pcap");
    let mut recording = Recording::new(&path);
    let (at_once, rounds) = match when {
        When::AtOnce(messages) => (messages, 0),
        When::InRounds(rounds) | When::Answered(rounds) => (0, rounds),
    };
    for number in 0..connections {
        recording.opening(number);
        for message in 0..at_once {
            recording.message(number, message);
        }
    }
    for round in 0..rounds {
        for number in 0..connections {
            match when {
                When::Answered(_) => recording.exchange(number, round),
                _ => recording.message(number, round),
            }
        }
    }
    recording.finish();
    let path = path.to_str().expect("a plain path");
    let mut command = binary::wirenotes();
    // The run is long, and nothing here is measured in time.
    command.timeout(Duration::from_secs(900));
    let run = binary::finish(command.args(["analyze", "--threads", "1", path]));
    run.assert_status(0);
    assert!(run.stdout.contains("TCP"), "{}", run.stdout);
    most_so_far()
}

#[test]
fn open_connections_take_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    // More than stay active, and as many as fit where tables have doubled.
    let (few, many) = (32_000, 64_000);
    let (none, six) = (When::AtOnce(0), When::AtOnce(6));
    let peaks = [
        (few, none),
        (few, six),
        (many, none),
        (many, six),
        (many, When::InRounds(6)),
        (many, When::Answered(6)),
    ]
    .map(|(connections, when)| peak(folder.path(), connections, when));
    assert!(peaks.is_sorted(), "each run takes more: {peaks:?}");
    let [
        few_empty,
        few_used,
        many_empty,
        many_used,
        in_rounds,
        answered,
    ] = peaks;
    let each = |few_peak, many_peak| (many_peak - few_peak) / i64::from(many - few);
    let (without_data, with_data) = (each(few_empty, many_empty), each(few_used, many_used));
    let more = (in_rounds - many_used) / i64::from(many);
    let for_answers = (answered - in_rounds) / i64::from(many);
    println!(
        "each: {without_data} bytes without data, {with_data} with; in rounds {more} more, \
         and {for_answers} for answers"
    );
    // Each connection here is one of another pair of hosts, whose sums are all
    // left to the card: some 700 bytes are what is remembered of the pair, of
    // 65,536 pairs at the most. Threads and tables that double make a few bytes
    // of difference.
    assert!((1..=1_500).contains(&without_data), "{without_data}");
    assert!((1..=1_700).contains(&with_data), "{with_data}");
    // What one has left is taken by the next.
    assert!((-50..=100).contains(&more), "{more}");
    assert!((1..=340).contains(&for_answers), "{for_answers}");
}
