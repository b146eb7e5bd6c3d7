//! What is written is read back with the reader.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::build::{Seen, read_all, read_whole};
use super::*;

const SECONDS: u64 = 1_000_000_000;

fn frame<'a>(time_ns: u64, bytes: &'a [u8]) -> Frame<'a> {
    Frame {
        number: 1,
        file: 0,
        number_in_file: 1,
        time_ns,
        has_time: true,
        interface: 0,
        link_type: LinkType::ETHERNET,
        original_length: bytes.len() as u32,
        bytes,
        comment: None,
    }
}

fn create(folder: &TempDir, name: &str, rotation: Rotation) -> PacketWriter {
    PacketWriter::create(WriteOptions {
        path: folder.path().join(name),
        rotation,
        ..WriteOptions::default()
    })
    .unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn read(folder: &TempDir, name: &str) -> Vec<Seen> {
    read_whole(fs::read(folder.path().join(name)).unwrap())
}

/// Writes one packet to a pcapng file of its own and reads it.
fn round_trip(frame: &Frame<'_>, comment: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x.pcapng", Rotation::default());
    assert!(writer.write(frame, comment).unwrap());
    let written = writer.finish().unwrap();
    let bytes = fs::read(folder.path().join("x.pcapng")).unwrap();
    assert_eq!((written.files, written.packets), (1, 1));
    assert_eq!(written.bytes, bytes.len() as u64);
    let mut seen = read_whole(bytes);
    assert_eq!(seen.len(), 1);
    seen.remove(0)
}

/// The comments of the packet blocks of a file that was written here.
fn comments(bytes: &[u8]) -> Vec<Vec<String>> {
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let u16_at = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap()) as usize;
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let end = at + u32_at(at + 4);
        assert_eq!(u32_at(end - 4), end - at, "the length stands at both ends");
        if u32_at(at) == 6 {
            let mut list = Vec::new();
            let mut option = at + 28 + u32_at(at + 20).next_multiple_of(4);
            while option + 4 < end && u16_at(option) != 0 {
                assert_eq!(u16_at(option), 1);
                let text = &bytes[option + 4..option + 4 + u16_at(option + 2)];
                list.push(str::from_utf8(text).unwrap().to_owned());
                option += 4 + text.len().next_multiple_of(4);
            }
            found.push(list);
        }
        at = end;
    }
    found
}

proptest! {
    #[test]
    fn any_packet_comes_back_as_it_was(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        more in any::<u16>(),
        time_ns: u64,
        link_type: u16,
        had in prop::option::of("\\PC{0,20}"),
        comment in "\\PC{0,40}",
    ) {
        let had = had.filter(|had| !had.is_empty());
        let given = Frame {
            original_length: bytes.len() as u32 + u32::from(more),
            link_type: LinkType(link_type),
            comment: had.as_deref(),
            ..frame(time_ns, &bytes)
        };
        let seen = round_trip(&given, &comment);
        prop_assert_eq!(seen.time_ns, time_ns);
        prop_assert_eq!(seen.link_type, link_type);
        prop_assert_eq!(seen.original_length, given.original_length);
        let expected = match had {
            Some(had) if comment.is_empty() || had == comment => had,
            Some(had) => format!("{had}\n{comment}"),
            None => comment,
        };
        prop_assert_eq!(seen.comment.unwrap_or_default(), expected);
        prop_assert_eq!(seen.bytes, bytes);
    }

    #[test]
    fn a_classic_file_gives_back_what_it_can_hold(
        packets in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..80), 0..SECONDS << 32, any::<u16>()),
            0..20,
        ),
        microseconds: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = create(&folder, "x.pcap", Rotation::default());
        writer
            .describe(0, 0, InterfaceInfo { microseconds, ..InterfaceInfo::of(LinkType::ETHERNET) })
            .unwrap();
        let time = |ns: u64| if microseconds { ns / 1_000 * 1_000 } else { ns };
        for (bytes, time_ns, more) in &packets {
            let original_length = bytes.len() as u32 + u32::from(*more);
            let frame = Frame { original_length, ..frame(time(*time_ns), bytes) };
            prop_assert!(writer.write(&frame, "unheard").unwrap());
        }
        let written = writer.finish().unwrap();
        let seen = read(&folder, "x.pcap");
        prop_assert_eq!(written.packets, seen.len() as u64);
        for (seen, (bytes, time_ns, more)) in seen.iter().zip(&packets) {
            prop_assert_eq!(&seen.bytes, bytes);
            prop_assert_eq!(seen.time_ns, time(*time_ns));
            prop_assert_eq!(seen.original_length, bytes.len() as u32 + u32::from(*more));
        }
    }
}

#[test]
fn a_comment_too_long_for_its_field_is_cut_between_characters() {
    for unit in ["x", "é", "界", "🦀"] {
        let comment = unit.repeat(65_600);
        let seen = round_trip(&frame(0, b"packet"), &comment).comment.unwrap();
        let kept = seen.strip_suffix('…').unwrap();
        assert!(comment.starts_with(kept));
        assert!((65_532..=65_535).contains(&seen.len()), "{}", seen.len());
    }
    let longest = "x".repeat(65_535);
    let seen = round_trip(&frame(0, b"packet"), &longest);
    assert_eq!(seen.comment.unwrap(), longest);
}

#[test]
fn the_comment_that_a_packet_has_stays_before_ours_and_ours_is_not_said_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x", Rotation::default());
    let long = format!("{}{}", "a".repeat(65_535), "b");
    for (had, ours) in [
        (Some("theirs"), "ours"),
        (Some("theirs"), ""),
        (None, ""),
        (Some("ours"), "ours"),
        (Some("theirs\nours"), "ours"),
        (Some("yours"), "ours"),
        (Some(&*long), "ours"),
    ] {
        let frame = Frame {
            comment: had,
            ..frame(0, b"packet")
        };
        writer.write(&frame, ours).unwrap();
    }
    writer.finish().unwrap();
    let bytes = fs::read(folder.path().join("x")).unwrap();
    let expected: [&[&str]; 7] = [
        &["theirs", "ours"],
        &["theirs"],
        &[],
        &["ours"],
        &["theirs", "ours"],
        &["yours", "ours"],
        &[&long[..65_535], "b", "ours"],
    ];
    assert_eq!(comments(&bytes), expected);
}

#[test]
fn every_rotated_file_is_complete_and_no_packet_is_cut_or_lost() {
    for name in ["x.pcap", "x.pcapng"] {
        let folder = tempfile::tempdir().unwrap();
        let rotation = Rotation {
            size: Some(1_000),
            ..Rotation::default()
        };
        let mut writer = create(&folder, name, rotation);
        for second in 0..100_u64 {
            let bytes = second.to_be_bytes();
            writer.write(&frame(second, &bytes), "a comment").unwrap();
        }
        let written = writer.finish().unwrap();
        let files = names(&folder);
        assert_eq!(written.files, files.len() as u64);
        assert_eq!(written.packets, 100);
        assert!(files.len() > 2, "{files:?}");
        let mut seen = Vec::new();
        let mut total = 0;
        for number in 0..files.len() {
            let number = if number == 0 {
                String::new()
            } else {
                number.to_string()
            };
            let bytes = fs::read(folder.path().join(format!("{name}{number}"))).unwrap();
            total += bytes.len() as u64;
            assert!(bytes.len() < 1_100);
            seen.extend(read_whole(bytes));
        }
        assert_eq!(total, written.bytes);
        let times: Vec<_> = seen.iter().map(|packet| packet.time_ns).collect();
        assert_eq!(times, (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn a_ring_keeps_the_newest_packets() {
    let folder = tempfile::tempdir().unwrap();
    let rotation = Rotation {
        size: Some(500),
        seconds: None,
        files: Some(3),
    };
    let mut writer = create(&folder, "x", rotation);
    for second in 0..200_u64 {
        writer.write(&frame(second, &[7; 60]), "").unwrap();
    }
    let written = writer.finish().unwrap();
    assert_eq!(names(&folder), ["x0", "x1", "x2"]);
    assert!(written.files > 3);
    let mut times: Vec<_> = ["x0", "x1", "x2"]
        .iter()
        .flat_map(|name| read(&folder, name))
        .map(|packet| packet.time_ns)
        .collect();
    times.sort();
    assert_eq!(*times.last().unwrap(), 199);
    assert!(
        times.windows(2).all(|pair| pair[0] + 1 == pair[1]),
        "{times:?}"
    );
}

#[test]
fn by_time_files_are_named_by_their_first_packet_and_the_last_allowed_one_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let rotation = Rotation {
        size: None,
        seconds: Some(60),
        files: Some(2),
    };
    let mut writer = create(&folder, "%H%M%S.pcapng", rotation);
    assert_eq!(names(&folder), Vec::<String>::new());
    let wrote: Vec<bool> = [10, 69, 70, 129, 130, 71]
        .into_iter()
        .map(|second| {
            writer
                .write(&frame(second * 1_000_000_000, b"packet"), "")
                .unwrap()
        })
        .collect();
    assert_eq!(wrote, [true, true, true, true, false, false]);
    assert_eq!(writer.finish().unwrap().packets, 4);
    assert_eq!(names(&folder), ["000010.pcapng", "000110.pcapng"]);
    assert_eq!(read(&folder, "000110.pcapng").len(), 2);
}

#[test]
fn interfaces_keep_their_numbers_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let rotation = Rotation {
        size: Some(200),
        ..Rotation::default()
    };
    let mut writer = create(&folder, "x", rotation);
    for (number, link_type) in [(0, LinkType::ETHERNET), (1, LinkType::RAW)] {
        writer
            .describe(0, number, InterfaceInfo::of(link_type))
            .unwrap();
    }
    for _ in 0..10 {
        let raw = Frame {
            interface: 1,
            link_type: LinkType::RAW,
            ..frame(0, &[0; 50])
        };
        writer.write(&raw, "").unwrap();
    }
    assert!(writer.finish().unwrap().files > 1);
    for name in names(&folder) {
        for packet in read(&folder, &name) {
            assert_eq!((packet.interface, packet.link_type), (1, LinkType::RAW.0));
        }
    }
}

#[test]
fn more_interfaces_than_a_section_holds_begin_another() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x", Rotation::default());
    for interface in 0..2_500 {
        let link_type = LinkType((interface % 7) as u16);
        let frame = Frame {
            interface,
            link_type,
            ..frame(0, b"")
        };
        writer.write(&frame, "").unwrap();
    }
    assert!(writer.section.interfaces.len() <= section::MOST_INTERFACES);
    writer.finish().unwrap();
    let seen = read(&folder, "x");
    for (number, packet) in (0..).zip(&seen) {
        assert_eq!(
            (packet.interface, packet.link_type),
            (number, (number % 7) as u16)
        );
    }
    assert_eq!(seen.len(), 2_500);
}

#[test]
fn whoever_leaves_early_leaves_a_complete_file() {
    for name in ["x.pcap", "x.pcapng"] {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = create(&folder, name, Rotation::default());
        writer.write(&frame(5, b"packet"), "").unwrap();
        drop(writer);
        assert_eq!(read(&folder, name).len(), 1);
        drop(create(&folder, name, Rotation::default()));
        assert_eq!(read(&folder, name).len(), 0);
    }
}

#[test]
fn a_reader_can_follow_what_was_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x.pcap", Rotation::default());
    for count in 1..4 {
        writer.write(&frame(5, b"packet"), "").unwrap();
        writer.flush().unwrap();
        assert_eq!(read(&folder, "x.pcap").len(), count);
    }
}

#[test]
fn a_classic_file_of_two_link_types_is_refused_and_keeps_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x.pcap", Rotation::default());
    writer.write(&frame(5, b"packet"), "").unwrap();
    let other = Frame {
        number: 2,
        interface: 1,
        link_type: LinkType::RAW,
        ..frame(6, b"raw")
    };
    let refused = writer.write(&other, "").unwrap_err();
    assert!(matches!(
        refused,
        WriteError::MixedLinkTypes {
            packet: 2,
            packets: 1,
            ..
        }
    ));
    drop(writer);
    assert_eq!(read(&folder, "x.pcap").len(), 1);
}

#[test]
fn a_classic_file_says_a_snapshot_length_that_no_packet_exceeds() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x.pcap", Rotation::default());
    let info = InterfaceInfo {
        snapshot_length: 96,
        ..InterfaceInfo::of(LinkType::ETHERNET)
    };
    writer.describe(0, 0, info).unwrap();
    let length =
        |folder: &TempDir| fs::read(folder.path().join("x.pcap")).unwrap()[16..20].to_vec();
    writer.write(&frame(5, &[0; 96]), "").unwrap();
    writer.flush().unwrap();
    assert_eq!(length(&folder), 96_u32.to_le_bytes());
    writer.write(&frame(5, &[0; 97]), "").unwrap();
    writer.finish().unwrap();
    assert_eq!(length(&folder), 97_u32.to_le_bytes());
    assert_eq!(read(&folder, "x.pcap").len(), 2);
}

#[test]
fn a_classic_file_has_microseconds_only_when_everything_has() {
    let folder = tempfile::tempdir().unwrap();
    for (microseconds, inputs, unit_ns) in [
        (true, 0, 1_000),
        (true, 1, 1_000),
        (true, 2, 1),
        (false, 1, 1),
    ] {
        let mut writer = PacketWriter::create(WriteOptions {
            path: folder.path().join("x.pcap"),
            inputs: vec!["absent".into(); inputs],
            ..WriteOptions::default()
        })
        .unwrap();
        let info = InterfaceInfo {
            microseconds,
            ..InterfaceInfo::of(LinkType::ETHERNET)
        };
        writer.describe(0, 0, info).unwrap();
        writer.write(&frame(1_999, b"packet"), "").unwrap();
        writer.finish().unwrap();
        assert_eq!(
            read(&folder, "x.pcap")[0].time_ns,
            1_999 / unit_ns * unit_ns
        );
    }
}

#[test]
fn every_file_has_a_packet_however_long_its_head() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(
        &folder,
        "x",
        Rotation {
            size: Some(1),
            ..Rotation::default()
        },
    );
    for second in 0..3 {
        writer.write(&frame(second, b"packet"), "").unwrap();
    }
    writer.finish().unwrap();
    for name in ["x", "x1", "x2"] {
        assert_eq!(read(&folder, name).len(), 1, "{name}");
    }
}

#[test]
fn a_time_that_a_classic_file_cannot_say_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder, "x.pcap", Rotation::default());
    let last = 1_000_000_000 * (1 << 32) - 1;
    writer.write(&frame(last, b"packet"), "").unwrap();
    let refused = writer.write(&frame(last + 1, b"packet"), "").unwrap_err();
    assert!(matches!(refused, WriteError::Time { packets: 1, .. }));
    drop(writer);
    assert_eq!(read(&folder, "x.pcap")[0].time_ns, last);
}

#[test]
fn statistics_stand_at_the_end_of_each_file_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let rotation = Rotation {
        size: None,
        seconds: Some(1),
        files: None,
    };
    let mut writer = create(&folder, "x%s", rotation);
    for (second, dropped) in [(0, 3), (1, 3), (2, 10)] {
        writer
            .write(&frame(second * 1_000_000_000, b"packet"), "")
            .unwrap();
        let statistics = Statistics {
            dropped_by_system: Some(dropped),
            dropped_by_interface: Some(dropped * 2),
            ..Statistics::default()
        };
        writer.statistics(0, 0, statistics);
    }
    writer.finish().unwrap();
    let paths = names(&folder)
        .into_iter()
        .map(|name| folder.path().join(name));
    let mut reader = crate::capture::Reader::open(paths, Default::default()).unwrap();
    while reader.next().unwrap().is_some() {}
    assert_eq!(
        (reader.drops().by_system, reader.drops().by_interface),
        (10, 20)
    );
}

#[test]
fn what_is_read_is_not_written_to_by_any_of_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("x");
    fs::write(&input, "packets").unwrap();
    std::os::unix::fs::symlink(&input, folder.path().join("link")).unwrap();
    fs::hard_link(&input, folder.path().join("hard")).unwrap();
    for name in ["x", "link", "hard", "./x"] {
        let refused = PacketWriter::create(WriteOptions {
            path: folder.path().join(name),
            inputs: vec![input.clone()],
            ..WriteOptions::default()
        });
        assert!(matches!(refused, Err(WriteError::Input { .. })), "{name}");
    }
    assert_eq!(fs::read(&input).unwrap(), b"packets");
}

#[test]
fn a_rotated_file_does_not_overwrite_what_is_read_either() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("x1");
    fs::write(&input, "packets").unwrap();
    let mut writer = PacketWriter::create(WriteOptions {
        path: folder.path().join("x"),
        rotation: Rotation {
            size: Some(10),
            ..Rotation::default()
        },
        inputs: vec![input.clone()],
        ..WriteOptions::default()
    })
    .unwrap();
    writer.write(&frame(0, b"packet"), "").unwrap();
    let refused = writer.write(&frame(0, b"packet"), "").unwrap_err();
    assert!(matches!(refused, WriteError::Input { .. }));
    assert_eq!(fs::read(&input).unwrap(), b"packets");
}

#[test]
fn a_full_disk_is_told_before_the_first_packet() {
    for name in ["/dev/full", "/dev/full/x", "/", "/absent/x"] {
        let refused = PacketWriter::create(WriteOptions {
            path: name.into(),
            ..WriteOptions::default()
        });
        let message = refused.unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn a_file_that_breaks_off_ends_behind_a_whole_packet() {
    for format in [Format::Pcap, Format::Pcapng] {
        let mut out = Vec::new();
        match format {
            Format::Pcap => pcap::file_header(&mut out, &InterfaceInfo::of(LinkType::ETHERNET)),
            Format::Pcapng => {
                pcapng::section_header(&mut out, "", "");
                pcapng::interface_description(&mut out, &InterfaceInfo::of(LinkType::ETHERNET));
            }
        }
        for second in 0..5 {
            let frame = frame(second, b"packet");
            match format {
                Format::Pcap => pcap::packet(&mut out, &frame, false).unwrap(),
                Format::Pcapng => pcapng::packet(&mut out, 0, &frame, "comment", None),
            }
        }
        for limit in 0..=out.len() {
            let (end, packets) = match format {
                Format::Pcap => pcap::whole(&out, limit, true),
                Format::Pcapng => pcapng::whole(&out, limit),
            };
            assert!(end <= limit);
            if end > 0 {
                let (seen, fault) = read_all(&out[..end]);
                assert!(fault.is_none(), "{fault:?}");
                assert_eq!(seen.len() as u64, packets);
            }
        }
    }
}
