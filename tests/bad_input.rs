//! What cannot be read: the message says what, where and what to do, the
//! status is 1, and what could be read before the fault is reported first.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::path::PathBuf;

use binary::{Run, finish, wirenotes};
use files::sample;
use tempfile::TempDir;

/// A file of these bytes, in a folder that goes away with it.
fn file_of(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("broken.pcap");
    std::fs::write(&file, bytes).expect("a writable folder");
    (folder, file)
}

fn collar() -> Vec<u8> {
    std::fs::read(sample("pet-collar.pcap")).expect("the sample")
}

fn records_of(file: &std::path::Path) -> Run {
    finish(
        wirenotes()
            .arg("analyze")
            .arg(file)
            .args(["--packets", "--format", "ndjson"]),
    )
}

/// Fails unless nothing could be read of these bytes, and the message names
/// the file.
#[track_caller]
fn assert_nothing_readable(bytes: &[u8]) -> Run {
    let (_folder, file) = file_of(bytes);
    let run = records_of(&file);
    run.assert_status(1).assert_says("broken.pcap");
    assert!(run.records("packet").is_empty(), "{}", run.stdout);
    run
}

/// Fails unless exactly the first `packets` could be read, with a summary of
/// them, in every format.
#[track_caller]
fn assert_readable_until(packets: usize, bytes: &[u8]) -> Run {
    let (_folder, file) = file_of(bytes);
    let run = records_of(&file);
    run.assert_status(1).assert_says("broken.pcap");
    assert_eq!(run.records("packet").len(), packets);
    assert_eq!(run.records("summary")[0]["packets"], packets);
    for format in ["text", "json"] {
        let run = finish(
            wirenotes()
                .arg("analyze")
                .arg(&file)
                .args(["--format", format]),
        );
        run.assert_status(1).assert_says("broken.pcap");
        assert!(!run.stdout.is_empty(), "{format} reports nothing");
    }
    run
}

/// The places where the records of a classic capture begin.
fn record_offsets(capture: &[u8]) -> Vec<usize> {
    let mut offsets = Vec::new();
    let mut at = 24;
    while let Some(length) = capture.get(at + 8..at + 12) {
        offsets.push(at);
        let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
        at += 16 + length as usize;
    }
    offsets
}

#[test]
fn a_missing_file() {
    let run = finish(wirenotes().args(["analyze", "no-such-file.pcap"]));
    run.assert_status(2)
        .assert_says("no-such-file.pcap")
        .assert_says("no such file");
    assert!(run.stdout.is_empty(), "{}", run.stdout);
}

#[test]
fn a_directory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = finish(wirenotes().arg("analyze").arg(folder.path()));
    run.assert_status(1)
        .assert_says(&folder.path().to_string_lossy())
        .assert_says("directory");
}

#[test]
fn an_empty_file() {
    assert_nothing_readable(b"").assert_says("empty");
}

#[test]
fn not_a_capture() {
    assert_nothing_readable(b"Dear diary, today I captured nothing at all.\n")
        .assert_says("not a capture");
}

#[test]
fn cut_in_the_file_header() {
    assert_nothing_readable(&collar()[..12]);
}

#[test]
fn cut_in_a_record_header() {
    let bytes = collar();
    let cut = record_offsets(&bytes)[4] + 7;
    assert_readable_until(4, &bytes[..cut]);
}

#[test]
fn cut_in_the_middle_of_a_record() {
    let bytes = collar();
    let cut = record_offsets(&bytes)[4] + 16 + 20;
    assert_readable_until(4, &bytes[..cut]);
}

#[test]
fn a_record_that_claims_four_gigabytes() {
    let mut bytes = collar();
    let at = record_offsets(&bytes)[4] + 8;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_readable_until(4, &bytes);
}

#[test]
fn an_unknown_link_type() {
    let mut bytes = collar();
    // LINKTYPE_USER0, which nobody else gives a meaning.
    bytes[20..24].copy_from_slice(&147_u32.to_le_bytes());
    let packets = record_offsets(&bytes).len();
    assert_readable_until(packets, &bytes).assert_says("147");
}

#[test]
fn one_bad_file_among_good_ones() {
    let (_folder, bad) = file_of(b"no capture");
    let run = finish(
        wirenotes()
            .arg("analyze")
            .arg(sample("refused.pcap"))
            .arg(&bad)
            .args(["--packets", "--format", "ndjson"]),
    );
    run.assert_status(1).assert_says("broken.pcap");
    assert_eq!(run.records("packet").len(), 2, "{}", run.stdout);
}

#[test]
fn compressed_data_that_ends_early() {
    let bytes = std::fs::read(sample("pet-collar.pcap.gz")).expect("the sample");
    let (_folder, file) = file_of(&bytes[..bytes.len() / 2]);
    records_of(&file)
        .assert_status(1)
        .assert_says("broken.pcap");
}

#[test]
fn a_full_disk_is_reported_and_not_a_panic() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("a device that is always full");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .arg("analyze")
        .arg(sample("pet-collar.pcap"))
        .stdout(full)
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left"), "{said}");
}

#[test]
fn times_at_the_end_of_the_clock() {
    // pcapng: a section, an Ethernet interface in nanoseconds, and every
    // packet of a sample at the last nanosecond that 64 bits can count.
    let sample = std::fs::read(sample("udp.pcap")).expect("the sample");
    let mut bytes = block(
        0x0a0d_0d0a,
        b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
    );
    bytes.extend(block(
        1,
        b"\x01\0\0\0\0\0\x04\0\x09\0\x01\0\x09\0\0\0\0\0\0\0",
    ));
    for offset in record_offsets(&sample) {
        let lengths = &sample[offset + 8..offset + 16];
        let captured = u32::from_le_bytes([lengths[0], lengths[1], lengths[2], lengths[3]]);
        let packet = &sample[offset + 16..offset + 16 + captured as usize];
        bytes.extend(packet_block(u64::MAX, lengths, packet));
    }
    let (_folder, file) = file_of(&bytes);
    let run = records_of(&file);
    run.assert_status(0);
    let packets = run.records("packet");
    assert_eq!(packets.len(), record_offsets(&sample).len());
    assert!(packets.iter().all(|packet| packet["time_ns"].is_null()));
    assert!(run.records("summary")[0]["first_ns"].is_null());
}

#[test]
fn no_text_says_the_end_of_the_clock() {
    // A connection of a sample whose last packets are centuries later, in
    // microseconds that 64 bits of nanoseconds cannot say.
    let sample = std::fs::read(sample("loss.pcap")).expect("the sample");
    let offsets = record_offsets(&sample);
    let mut bytes = section_of_microseconds();
    for (number, offset) in offsets.iter().enumerate() {
        let word = |at: usize| {
            u32::from_le_bytes(sample[offset + at..offset + at + 4].try_into().expect("4"))
        };
        let micros = match number * 2 < offsets.len() {
            true => u64::from(word(0)) * 1_000_000 + u64::from(word(4)),
            false => u64::MAX / 2 + number as u64,
        };
        let packet = &sample[offset + 16..offset + 16 + word(8) as usize];
        bytes.extend(packet_block(
            micros,
            &sample[offset + 8..offset + 16],
            packet,
        ));
    }
    let (_folder, file) = file_of(&bytes);
    for view in [
        &[][..],
        &["--packets"],
        &["--conversation", "1"],
        &["--lang", "zh"],
    ] {
        let run = finish(wirenotes().arg("analyze").arg(&file).args(view));
        run.assert_status(0);
        for wrong in ["2554", "24855", "106751", "213503"] {
            assert!(!run.stdout.contains(wrong), "{wrong}: {}", run.stdout);
        }
    }
    let packets = records_of(&file).records("packet");
    assert!(packets[0]["time_ns"].is_u64());
    assert!(packets[offsets.len() - 1]["time_ns"].is_null());
}

/// A pcapng section with an Ethernet interface whose times count microseconds.
fn section_of_microseconds() -> Vec<u8> {
    let mut bytes = block(
        0x0a0d_0d0a,
        b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
    );
    bytes.extend(block(1, b"\x01\0\0\0\0\0\x04\0"));
    bytes
}

/// A pcapng block.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() + 12) as u32;
    [
        &kind.to_le_bytes(),
        &length.to_le_bytes(),
        body,
        &length.to_le_bytes(),
    ]
    .concat()
}

/// An enhanced packet block; `lengths` as a classic record has them.
fn packet_block(units: u64, lengths: &[u8], packet: &[u8]) -> Vec<u8> {
    let [high, low] = [(units >> 32) as u32, units as u32].map(u32::to_le_bytes);
    let padding = vec![0; packet.len().wrapping_neg() % 4];
    block(
        6,
        &[&[0; 4][..], &high, &low, lengths, packet, &padding].concat(),
    )
}
