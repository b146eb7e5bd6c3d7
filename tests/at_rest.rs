//! Idle conversations lie dormant, as bytes, and wake with their next packet:
//! where that happens after every packet, everything must come out as where it
//! never happens. And where a capture is dealt to parts, everything must come
//! out as where it is not.
//!
//! What a connection predicts of its next segment is not kept, so this also
//! compares header prediction with following every segment in full.

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
    let mut dormant = Tracker::new().with_active(0);
    let mut active = Tracker::new().with_active(1 << 20);
    let mut dealt = Tracker::with_parts(3);
    let (mut from_dormant, mut from_active) = (Output::default(), Output::default());
    let mut from_dealt = Output::default();
    let packets = files::each_packet(capture, PACKETS, |packet, number| {
        dormant.packet(packet, &mut from_dormant);
        active.packet(packet, &mut from_active);
        dealt.packet(packet, &mut from_dealt);
        assert_same(&from_dormant, &from_active, capture, number);
        assert_same(&from_dealt, &from_active, capture, number);
    });
    loop {
        let more = dormant.finish(&mut from_dormant);
        assert_eq!(active.finish(&mut from_active), more);
        assert_eq!(dealt.finish(&mut from_dealt), more);
        assert_same(&from_dormant, &from_active, capture, packets);
        assert_same(&from_dealt, &from_active, capture, packets);
        if !more {
            break;
        }
    }
    assert_eq!(dormant.listeners(100), active.listeners(100));
    assert_eq!(dealt.listeners(100), active.listeners(100));
    packets
}

fn assert_same(one: &Output, other: &Output, capture: &Path, packet: u64) {
    let at = format!("{}, packet {packet}", capture.display());
    assert_eq!(one.tracked, other.tracked, "{at}");
    assert_eq!(one.events, other.events, "{at}");
    assert_eq!(one.findings, other.findings, "{at}");
    let said = |output: &Output| format!("{:?}", output.ended);
    assert_eq!(said(one), said(other), "{at}");
}

#[test]
fn samples_come_out_the_same_where_every_conversation_lies_dormant_after_every_packet() {
    let packets = compare(&files::samples());
    assert!(packets > 500, "{packets}");
}

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
