//! Where several follow a share of the conversations each, the same comes out
//! as where one follows them all: batch by batch, whatever their size and
//! however far the followers are ahead.

#[path = "common/files.rs"]
mod files;
#[path = "../benches/generator/mod.rs"]
mod generator;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wirenotes::capture::Frame;
use wirenotes::decode::{Packet, decode, good_sums};
use wirenotes::track::{
    Deal, Dealer, Dealt, Known, Left, Listener, Output, Part, Prepared, SHARES, Share, Tracker,
};

/// Packets of one capture that are compared.
const PACKETS: u64 = 400_000;

/// Bytes that a conversation carries that is told, packets of a batch, and
/// batches that are followed ahead.
type Setting = (u64, usize, usize);

const SETTINGS: [Setting; 4] = [(0, 1, 0), (0, 7, 3), (u64::MAX, 100, 1), (0, 4000, 5)];

/// A packet that outlives its reader.
struct Kept {
    bytes: Vec<u8>,
    frame: Frame<'static>,
}

impl Kept {
    fn of(packet: &Packet<'_>) -> Self {
        Self {
            bytes: packet.frame.bytes.to_vec(),
            frame: Frame {
                bytes: &[],
                comment: None,
                ..packet.frame
            },
        }
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            bytes: &self.bytes,
            ..self.frame
        }
    }
}

/// What was told, in words.
#[derive(Default)]
struct Told {
    /// At each packet; where nothing happened, nothing.
    lines: Vec<String>,
    listeners: Vec<Listener>,
    conversations: u64,
}

impl Told {
    fn add(&mut self, number: u64, output: &Output) {
        let Output {
            tracked,
            events,
            findings,
            ended,
            ..
        } = output;
        if !events.is_empty() {
            self.lines
                .push(format!("{number}: {events:?} at {tracked:?}"));
        }
        if !findings.is_empty() || !ended.is_empty() {
            self.lines
                .push(format!("before {number}: {findings:?}, {ended:?}"));
        }
    }

    fn finish(mut self, mut tracker: Tracker, mut output: Output) -> Self {
        let mut last = Output::default();
        loop {
            let more = tracker.finish(&mut output);
            last.findings.append(&mut output.findings);
            last.ended.append(&mut output.ended);
            if !more {
                break;
            }
        }
        self.add(u64::MAX, &last);
        self.listeners = tracker.listeners(1000);
        self.conversations = tracker.conversations();
        self
    }
}

fn output(least_bytes: u64) -> Output {
    Output {
        least_bytes,
        only_attention: true,
        ..Output::default()
    }
}

fn prepared(frame: &Frame<'_>) -> Option<Prepared> {
    Prepared::of(frame).or_else(|| Prepared::of_message(frame))
}

/// One follows them all.
fn alone(packets: &[Kept], least_bytes: u64) -> Told {
    let (mut tracker, mut output) = (Tracker::new(), output(least_bytes));
    let mut told = Told::default();
    for kept in packets {
        let frame = kept.frame();
        match prepared(&frame) {
            Some(prepared) if tracker.prepared(&frame, &prepared, &mut output) => {}
            Some(prepared) => {
                let good = Some(prepared.good_sums());
                tracker.decoded_packet(&decode(frame), good, &mut output);
            }
            None => tracker.packet(&decode(frame), &mut output),
        }
        told.add(frame.number, &output);
    }
    told.finish(tracker, output)
}

/// A batch that was followed.
struct Batch<'k> {
    packets: &'k [Kept],
    deal: Deal,
    left: Vec<Left>,
}

/// Several follow them, in batches of this size, so many ahead of the telling.
struct Shared {
    dealer: Dealer,
    parts: Vec<Part>,
    known: Vec<Vec<Known>>,
    tracker: Tracker,
    output: Output,
    told: Told,
}

impl Shared {
    fn new(least_bytes: u64) -> Self {
        let mut tracker = Tracker::new();
        tracker.share();
        Self {
            dealer: Dealer::default(),
            parts: (0..SHARES).map(|_| Part::default()).collect(),
            known: vec![Vec::new(); SHARES],
            tracker,
            output: output(least_bytes),
            told: Told::default(),
        }
    }

    fn follow<'k>(&mut self, packets: &'k [Kept]) -> Batch<'k> {
        let mut deal = Deal::default();
        deal.begin(packets.iter().map(|kept| kept.frame.time_ns));
        for kept in packets {
            let frame = kept.frame();
            match prepared(&frame) {
                Some(prepared) => deal.add_prepared(&prepared),
                None => deal.add(Dealt::of(&decode(frame))),
            }
        }
        self.dealer.finish(&mut deal);
        let mut left = Vec::new();
        for (share, part) in self.parts.iter_mut().enumerate() {
            let known = std::mem::take(&mut self.known[share]);
            part.begin(Left::default(), &known, self.output.least_bytes);
            for index in deal.packets(share) {
                let frame = packets[*index as usize].frame();
                let prepared = prepared(&frame);
                part.packet(*index as usize, deal.clock(), &frame, prepared.as_ref());
            }
            left.push(part.end(packets.len(), deal.clock()));
        }
        Batch {
            packets,
            deal,
            left,
        }
    }

    fn tell(&mut self, mut batch: Batch<'_>, ahead: usize) {
        let (tracker, output) = (&mut self.tracker, &mut self.output);
        let mut telling = tracker.begin_batch(&batch.deal, &mut batch.left, ahead);
        let mut first = 0;
        while tracker.tell_next(&mut telling, output) {
            let index = telling.index();
            assert!(index >= first, "{index} after {first}");
            first = index + 1;
            let frame = batch.packets[index].frame();
            let prepared = prepared(&frame).filter(|_| telling.share() != Share::WHOLE);
            match prepared {
                Some(prepared) => {
                    tracker.told_brief(&mut telling, &frame, prepared.brief(), output);
                }
                None => {
                    let packet = decode(frame);
                    let good = good_sums(&packet);
                    tracker.told_packet(&mut telling, &packet, good, output);
                }
            }
            self.told.add(frame.number, output);
        }
        assert!(
            batch.left.iter().all(Left::is_taken),
            "something was not told"
        );
        for (share, known) in self.known.iter_mut().enumerate() {
            known.extend(self.tracker.take_known(share));
        }
    }

    fn finish(mut self) -> Told {
        let parts = self.parts.into_iter().zip(self.known).collect();
        self.tracker.end_shared(parts, self.dealer.clock_ns(), 2);
        self.told.finish(self.tracker, self.output)
    }
}

fn shared(packets: &[Kept], least_bytes: u64, size: usize, ahead: usize) -> Told {
    let mut shared = Shared::new(least_bytes);
    let mut followed = VecDeque::new();
    for packets in packets.chunks(size) {
        followed.push_back(shared.follow(packets));
        while followed.len() > ahead
            && let Some(batch) = followed.pop_front()
        {
            shared.tell(batch, ahead + 1);
        }
    }
    while let Some(batch) = followed.pop_front() {
        shared.tell(batch, ahead + 1);
    }
    shared.finish()
}

/// Follows one capture in both ways; gives how many packets it has.
fn compare_one(capture: &Path, settings: &[Setting]) -> u64 {
    let packets = read(capture);
    compare_packets(&packets, settings, capture);
    packets.len() as u64
}

fn read(capture: &Path) -> Vec<Kept> {
    let mut packets = Vec::new();
    files::each_packet(capture, PACKETS, |packet, _| packets.push(Kept::of(packet)));
    packets
}

fn compare_packets(packets: &[Kept], settings: &[Setting], capture: &Path) {
    for (least_bytes, size, ahead) in settings.iter().copied() {
        let one = alone(packets, least_bytes);
        let several = shared(packets, least_bytes, size, ahead);
        let at = format!("{}, {size} at once, {ahead} ahead", capture.display());
        for (several, one) in several.lines.iter().zip(&one.lines) {
            assert_eq!(several, one, "{at}");
        }
        assert_eq!(several.lines.len(), one.lines.len(), "{at}");
        assert_eq!(several.listeners, one.listeners, "{at}");
        assert_eq!(several.conversations, one.conversations, "{at}");
    }
}

fn compare(captures: &[PathBuf]) -> u64 {
    captures
        .iter()
        .map(|capture| compare_one(capture, &SETTINGS))
        .sum()
}

#[test]
fn samples_come_out_the_same() {
    let packets = compare(&files::samples());
    assert!(packets > 500, "{packets}");
}

#[test]
fn generated_captures_come_out_the_same() {
    for (name, seed) in [("web", 5), ("bulk", 6), ("flows", 7)] {
        compare_generated(name, 30_000, seed, &SETTINGS);
    }
}

#[test]
fn more_closed_connections_than_are_kept_end_the_same() {
    // Some 45,000 of them are refused.
    compare_generated("flows", 300_000, 8, &[(u64::MAX, 1000, 3)]);
}

#[test]
fn times_that_jump_and_go_back_come_out_the_same() {
    let (_folder, path) = generate("web", 30_000, 9);
    let mut packets = read(&path);
    let mut random = 9_u64;
    let mut later_ns = 0;
    for kept in &mut packets {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // Now and then the clock jumps, so that silence ends conversations;
        // and single packets are late.
        if random >> 40 & 0x3ff == 0 {
            later_ns += 45_000_000_000;
        }
        let late_ns = (random >> 50) % 8 / 7 * (random % 90_000_000_000);
        kept.frame.time_ns = (kept.frame.time_ns + later_ns).saturating_sub(late_ns);
    }
    compare_packets(&packets, &SETTINGS, &path);
}

fn generate(name: &str, packets: u64, seed: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("{name}-{seed}.pcap"));
    let mut bytes = Vec::new();
    generator::write(name, packets, seed, &mut bytes).expect("a vector takes everything");
    std::fs::write(&path, bytes).expect("the folder is there");
    (folder, path)
}

fn compare_generated(name: &str, packets: u64, seed: u64, settings: &[Setting]) {
    let (_folder, path) = generate(name, packets, seed);
    assert_eq!(compare_one(&path, settings), packets);
}

#[test]
fn captures_from_elsewhere_come_out_the_same() {
    if let Some(captures) = files::shared_captures() {
        let packets = compare(&captures);
        assert!(packets > 10_000, "{packets}");
    }
}
