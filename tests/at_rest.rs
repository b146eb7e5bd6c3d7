//! Conversations that wait for their next packet are packed, and unpacked when
//! it comes: where that happens after every packet, everything must come out
//! as where it never happens.
//!
//! A connection that was at rest takes the long way with its next segment, so
//! this also compares the long way with the short one of segments that are due
//! next (`src/track/tcp/expected.rs`).

#[path = "common/files.rs"]
mod files;
#[path = "../benches/generator/random.rs"]
#[allow(dead_code, reason = "a part of it is used here")]
mod random;
#[path = "common/recording.rs"]
mod recording;

use std::path::{Path, PathBuf};

use random::Random;
use recording::Recording;
use wirenotes::track::{Output, Tracker};

/// Packets of one capture that are compared.
const PACKETS: u64 = 300_000;

fn compare(captures: &[PathBuf]) -> u64 {
    captures.iter().map(|capture| compare_one(capture)).sum()
}

/// Follows one capture in both ways; gives how many packets it has.
fn compare_one(capture: &Path) -> u64 {
    let mut packed = Tracker::new().with_hot(0);
    let mut ready = Tracker::new().with_hot(1 << 20);
    // Nobody wants the record of an ended conversation: some end unseen.
    let mut unseen = Tracker::new().with_hot(0);
    let (mut from_packed, mut from_ready) = (Output::default(), Output::default());
    let mut from_unseen = Output {
        least_bytes: u64::MAX,
        ..Output::default()
    };
    let packets = files::each_packet(capture, PACKETS, |packet, number| {
        packed.packet(packet, &mut from_packed);
        ready.packet(packet, &mut from_ready);
        assert_same(&from_packed, &from_ready, capture, number);
        unseen.packet(packet, &mut from_unseen);
        assert_same_findings(&from_unseen, &from_ready, capture, number);
    });
    loop {
        let more = packed.finish(&mut from_packed);
        assert_eq!(ready.finish(&mut from_ready), more);
        assert_same(&from_packed, &from_ready, capture, packets);
        assert_eq!(unseen.finish(&mut from_unseen), more);
        assert_same_findings(&from_unseen, &from_ready, capture, packets);
        if !more {
            break;
        }
    }
    assert_eq!(packed.listeners(100), ready.listeners(100));
    assert_eq!(unseen.listeners(100), ready.listeners(100));
    packets
}

fn assert_same(packed: &Output, ready: &Output, capture: &Path, packet: u64) {
    let at = format!("{}, packet {packet}", capture.display());
    assert_eq!(packed.tracked, ready.tracked, "{at}");
    assert_eq!(packed.events, ready.events, "{at}");
    assert_eq!(packed.findings, ready.findings, "{at}");
    let said = |output: &Output| format!("{:?}", output.ended);
    assert_eq!(said(packed), said(ready), "{at}");
}

fn assert_same_findings(unseen: &Output, ready: &Output, capture: &Path, packet: u64) {
    let at = format!("{}, packet {packet}", capture.display());
    assert!(unseen.ended.is_empty(), "{at}");
    assert_eq!(unseen.events, ready.events, "{at}");
    assert_eq!(unseen.findings, ready.findings, "{at}");
}

#[test]
fn samples_come_out_the_same_where_every_conversation_is_packed_after_every_packet() {
    let packets = compare(&files::samples());
    assert!(packets > 500, "{packets}");
}

/// What is known of them grows at different times, so that their strings are
/// moved together again and again.
#[test]
fn many_connections_that_go_on_in_any_order_come_out_the_same() {
    const CONNECTIONS: u32 = 12_000;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rounds.pcap");
    let mut recording = Recording::new(&path);
    (0..CONNECTIONS).for_each(|number| recording.opening(number));
    let (mut exchanges, mut random) = (vec![0; CONNECTIONS as usize], Random::new(1));
    for _ in 0..3 * CONNECTIONS {
        let number = random.word() % CONNECTIONS;
        let exchange = &mut exchanges[number as usize];
        recording.exchange(number, *exchange);
        *exchange += 1;
    }
    recording.finish();
    let packets = compare_one(&path);
    assert_eq!(packets, (3 + 3 * 3) * u64::from(CONNECTIONS));
}

#[test]
fn captures_from_elsewhere_come_out_the_same() {
    if let Some(captures) = files::shared_captures() {
        let packets = compare(&captures);
        assert!(packets > 10_000, "{packets}");
    }
}

/// `WIRENOTES_LAB_DATA`: recordings of the laboratory, kept.
#[test]
fn recordings_of_real_losses_come_out_the_same() {
    if let Some(folder) = std::env::var_os("WIRENOTES_LAB_DATA") {
        assert!(compare(&files::captures_below(Path::new(&folder))) > 100_000);
    }
}
