//! Where nobody asks for notes, dull conversations are noted and not followed:
//! what remains to be told must come out as where everything is followed.

#[path = "common/files.rs"]
mod files;
#[path = "../benches/generator/mod.rs"]
mod generator;

use std::path::{Path, PathBuf};

use wirenotes::decode::Packet;
use wirenotes::notes::{self, Lang, Scene, Severity};
use wirenotes::track::{Event, Output, Prepared, Tracker};

/// Packets of one capture that are compared.
const PACKETS: u64 = 300_000;

/// A tracker that need not tell of notes, and what it tells.
struct Noting {
    tracker: Tracker,
    output: Output,
}

impl Noting {
    fn new(tracker: Tracker, least_bytes: u64) -> Self {
        Self {
            tracker,
            output: Output {
                least_bytes,
                only_attention: true,
                ..Output::default()
            },
        }
    }
}

/// What is more than a note.
fn attention<'e>(packet: &Packet<'_>, output: &'e Output) -> Vec<&'e Event> {
    let scene = Scene {
        packet: Some(packet),
        tracked: Some(&output.tracked),
        lang: Lang::En,
    };
    let deserves = |event: &&Event| notes::severity(event, &scene) > Severity::Note;
    output.events.iter().filter(deserves).collect()
}

fn compare(captures: &[PathBuf]) -> u64 {
    captures.iter().map(|capture| compare_one(capture)).sum()
}

/// Follows one capture in both ways; gives how many packets it has.
fn compare_one(capture: &Path) -> u64 {
    let (mut following, mut followed) = (Tracker::new(), Output::default());
    let mut noting = [
        Noting::new(Tracker::new(), 0),
        Noting::new(Tracker::new().with_hot(0), 2_000),
        Noting::new(Tracker::new(), u64::MAX),
        Noting::new(Tracker::new().with_hot(0), u64::MAX),
    ];
    let packets = files::each_packet(capture, PACKETS, |packet, number| {
        let at = format!("{}, packet {number}", capture.display());
        following.packet(packet, &mut followed);
        for Noting { tracker, output } in &mut noting {
            // As frames come by where they are prepared ahead.
            let frame = &packet.frame;
            match Prepared::of(frame).or_else(|| Prepared::of_message(frame)) {
                Some(prepared) if tracker.prepared(frame, &prepared, output) => {}
                Some(prepared) => {
                    tracker.decoded_packet(packet, Some(prepared.good_sums()), output);
                }
                None => tracker.packet(packet, output),
            }
            let (here, there) = (output.tracked, followed.tracked);
            assert_eq!(here.conversation, there.conversation, "{at}");
            assert_eq!(here.sender, there.sender, "{at}");
            assert_eq!(
                attention(packet, output),
                attention(packet, &followed),
                "{at}"
            );
            assert_same_ends(output, &followed, &at);
        }
    });
    loop {
        let at = format!("{}, at its end", capture.display());
        let more = following.finish(&mut followed);
        for Noting { tracker, output } in &mut noting {
            assert_eq!(tracker.finish(output), more);
            assert_same_ends(output, &followed, &at);
        }
        if !more {
            break;
        }
    }
    for Noting { tracker, .. } in &mut noting {
        assert_eq!(tracker.listeners(100), following.listeners(100));
        assert_eq!(tracker.conversations(), following.conversations());
    }
    packets
}

fn assert_same_ends(noted: &Output, followed: &Output, at: &str) {
    assert_eq!(noted.findings, followed.findings, "{at}");
    let large = followed.ended.iter();
    let large = large.filter(|ended| ended.bytes() >= noted.least_bytes);
    let said: Vec<String> = noted
        .ended
        .iter()
        .map(|ended| format!("{ended:?}"))
        .collect();
    let expected: Vec<String> = large.map(|ended| format!("{ended:?}")).collect();
    assert_eq!(said, expected, "{at}");
}

#[test]
fn samples_come_out_the_same_where_dull_conversations_are_only_noted() {
    let packets = compare(&files::samples());
    assert!(packets > 500, "{packets}");
}

#[test]
fn generated_captures_come_out_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, seed) in [("web", 1), ("web", 2), ("bulk", 3), ("flows", 4)] {
        let path = folder.path().join(format!("{name}-{seed}.pcap"));
        let mut bytes = Vec::new();
        generator::write(name, 20_000, seed, &mut bytes).expect("a vector takes everything");
        std::fs::write(&path, bytes).expect("the folder is there");
        assert_eq!(compare_one(&path), 20_000);
    }
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
