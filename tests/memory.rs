//! What an idle connection takes, beside the 16,384 that stay active: below 580
//! bytes where it never carried data, below 680 where one side sent some, however
//! many packets it had; some 300 more where both sides have spoken. Where what
//! they say may be messages, and is read, some 1,000 more for each side.

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

/// What every message consists of: a byte that begins nothing that is read.
const UNREAD: u8 = 0;
/// A byte that may be text: whether its lines are messages is not known yet.
const READ: u8 = 0xff;

/// The most memory that any run so far took, in bytes. Runs must grow.
fn most_so_far() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    usage.max_rss() * 1024
}

fn peak(folder: &Path, connections: u32, when: When, filler: u8) -> i64 {
    let path = folder.join("open.pcap");
    let mut recording = Recording::new(&path).filled_with(filler);
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
        (few, none, UNREAD),
        (few, six, UNREAD),
        (many, none, UNREAD),
        (many, six, UNREAD),
        (many, When::InRounds(6), UNREAD),
        (many, When::Answered(6), UNREAD),
        (many, six, READ),
        (many, When::Answered(6), READ),
    ]
    .map(|(connections, when, filler)| peak(folder.path(), connections, when, filler));
    assert!(peaks.is_sorted(), "each run takes more: {peaks:?}");
    let [
        few_empty,
        few_used,
        many_empty,
        many_used,
        in_rounds,
        answered,
        read,
        read_answered,
    ] = peaks;
    let each = |few_peak, many_peak| (many_peak - few_peak) / i64::from(many - few);
    let more_for_each = |less, more| (more - less) / i64::from(many);
    let (without_data, with_data) = (each(few_empty, many_empty), each(few_used, many_used));
    let more = more_for_each(many_used, in_rounds);
    let for_answers = more_for_each(in_rounds, answered);
    let (for_one, for_both) = (
        more_for_each(many_used, read),
        more_for_each(answered, read_answered),
    );
    println!(
        "each: {without_data} bytes without data, {with_data} with; in rounds {more} more, \
         {for_answers} for answers; where they are read {for_one} more, {for_both} for both sides"
    );
    // Threads and tables that double make a few bytes of difference; some fifty
    // are the list of the last 65,536 handshakes, among which scans are looked for.
    assert!((1..=580).contains(&without_data), "{without_data}");
    assert!((1..=680).contains(&with_data), "{with_data}");
    // What one has left is taken by the next.
    assert!((-50..=100).contains(&more), "{more}");
    assert!((1..=320).contains(&for_answers), "{for_answers}");
    assert!((1..=1_100).contains(&for_one), "{for_one}");
    assert!((1..=2_000).contains(&for_both), "{for_both}");
}
