//! Pastes of every kind: the frame that carries `location`, written by the
//! tools themselves (`tests/paste/`), several packets at once, faults.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;

use super::*;

/// Packet 10 of `samples/pet-collar.pcap`, 62 bytes.
pub(crate) const LOCATION: &[u8] = b"\x02\x00\x00\x00\x0a\x02\x02\x00\x00\x00\x0a\x01\x08\x00\
    \x45\x00\x00\x30\xee\xe8\x40\x00\x40\x06\x37\xdd\x0a\x00\x00\x01\x0a\x00\x00\x02\
    \x0d\xf4\x0b\xb9\xbe\x7f\x18\x71\x06\x7d\x33\xef\x50\x18\x00\x3f\xbc\xd0\x00\x00location";

fn fixtures() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/paste");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Every byte of the frame, whatever tool wrote it down.
#[test]
fn the_same_frame_in_every_format() {
    let mut wrong = Vec::new();
    for (name, text) in fixtures() {
        let without_link = matches!(
            name.as_str(),
            "tcpdump-x" | "tcpdump-ascii-x" | "tcpdump-ascii-x-v"
        );
        let expected = if without_link {
            &LOCATION[14..]
        } else {
            LOCATION
        };
        let pasted = parse(&text);
        let right = pasted.problems.is_empty()
            && matches!(pasted.packets.as_slice(), [packet] if packet.bytes == expected);
        if !right {
            wrong.push(format!("{name}: {pasted:x?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn only_problem(text: &str) -> (u32, u32, usize, ProblemKind) {
    let pasted = parse(text);
    let [problem] = pasted.problems.as_slice() else {
        panic!("{pasted:?}");
    };
    (
        problem.at.line,
        problem.at.column,
        problem.understood,
        problem.kind.clone(),
    )
}

fn packets(text: &str) -> Vec<Vec<u8>> {
    let pasted = parse(text);
    assert_eq!(pasted.problems, [], "{text}");
    pasted
        .packets
        .into_iter()
        .map(|packet| packet.bytes)
        .collect()
}

#[test]
fn two_packets_of_tcpdump_with_their_lines() {
    let text = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/paste/tcpdump-xx.txt"
    ))
    .unwrap();
    let pasted = parse(&text.repeat(2));
    assert_eq!(pasted.problems, []);
    assert_eq!(pasted.packets.len(), 2);
    for packet in &pasted.packets {
        assert_eq!(packet.bytes, LOCATION);
        let title = packet.title.as_deref().unwrap();
        assert!(title.contains("10.0.0.1.3572 > 10.0.0.2.3001"), "{title}");
    }
}

#[test]
fn an_offset_that_returns_to_zero_begins_a_packet() {
    assert_eq!(
        packets("0000  01 02 03\n0000  04 05\n0002  06"),
        [vec![1, 2, 3], vec![4, 5, 6]]
    );
}

#[test]
fn a_line_each_is_a_packet_each_when_they_are_long_enough() {
    let hex: String = LOCATION.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(packets(&format!("{hex}\n{hex}\n")), [LOCATION, LOCATION]);
    assert_eq!(
        packets(&format!("{hex}\n{}\n", &hex[28..])),
        [LOCATION, &LOCATION[14..]]
    );
}

#[test]
fn what_wireshark_reassembled_is_no_packet() {
    let text = "Frame (3 bytes):\n\n0000  01 02 03   ...\n\nReassembled TCP (2 bytes):\n\n0000  04 05   ..\n\nFrame (1 byte):\n\n0000  09  .\n";
    let pasted = parse(text);
    let bytes: Vec<_> = pasted
        .packets
        .iter()
        .map(|packet| packet.bytes.clone())
        .collect();
    assert_eq!(bytes, [vec![1, 2, 3], vec![9]]);
    assert_eq!(only_problem(text).3.name(), "not_a_packet");
}

#[test]
fn repeat_marks_stand_for_lines() {
    let canonical = "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n00000030  01 02  |..|\n00000032\n";
    let mut expected = vec![0; 48];
    expected.extend([1, 2]);
    assert_eq!(packets(canonical), [expected]);
    let octal = "0000000 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n*\n0000060\n";
    assert_eq!(packets(octal), [vec![0; 48]]);
}

#[test]
fn characters_that_look_like_digits_are_no_bytes() {
    assert_eq!(packets("0000  61 62 63 64   abcd\n"), [b"abcd"]);
    assert_eq!(packets("0x0000:  6162 6364 6566  abcdef\n"), [b"abcdef"]);
    let text = "0000  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61   aaaaaaaaaaaaaaaa\n0010  61 20 62 20                                       a b \n";
    assert_eq!(packets(text), [b"aaaaaaaaaaaaaaaaa b "]);
    assert_eq!(
        packets(&text.replace("a b \n", "a b\n")),
        [b"aaaaaaaaaaaaaaaaa b "]
    );
}

#[test]
fn words_are_turned_round_and_that_is_said() {
    let pasted = parse("0000000 0002 0000 020a\n0000006\n");
    assert_eq!(pasted.packets[0].swapped, Some(2));
    assert_eq!(pasted.packets[0].format, Format::Hexdump);
    assert_eq!(packets("0000000 0201 0003\n0000003\n"), [[1, 2, 3]]);
    assert_eq!(
        only_problem("0000000 0201 0003\n").3,
        ProblemKind::LastByteUncertain
    );
}

#[test]
fn formats_are_named() {
    let expected = [
        ("bare", Format::Hex),
        ("spaced", Format::SeparatedHex),
        ("colons", Format::SeparatedHex),
        ("prefixed", Format::PrefixedHex),
        ("escaped", Format::EscapedString),
        ("wireshark-escaped-string", Format::EscapedString),
        ("python-bytes", Format::BytesLiteral),
        ("wireshark-c-array", Format::Array),
        ("base64", Format::Base64),
        ("tcpdump-xx", Format::Tcpdump),
        ("tcpdump-ascii-xx", Format::TcpdumpAscii),
        ("tshark-x", Format::Wireshark),
        ("xxd", Format::Xxd),
        ("hexdump-canonical", Format::HexdumpCanonical),
        ("hexdump", Format::Hexdump),
        ("od-tx1", Format::Od),
        ("od-ax-tx1", Format::Od),
        ("kernel-skb-dump", Format::KernelDump),
        ("gdb-x", Format::OtherDump),
    ];
    let fixtures = fixtures();
    for (name, format) in expected {
        assert_eq!(parse(&fixtures[name]).packets[0].format, format, "{name}");
    }
}

#[test]
fn nothing_there() {
    assert_eq!(only_problem(""), (1, 1, 0, ProblemKind::Empty));
    assert_eq!(only_problem(" \n\t\n"), (1, 1, 0, ProblemKind::Empty));
    assert_eq!(
        only_problem("hello"),
        (1, 1, 0, ProblemKind::NothingFound('h'))
    );
    assert_eq!(
        only_problem("das Paket: ü"),
        (1, 3, 0, ProblemKind::NothingFound('s'))
    );
}

#[test]
fn a_wrong_character_and_what_stands_before_it() {
    assert_eq!(
        only_problem("02 00 00 0g 00"),
        (1, 11, 3, ProblemKind::NotHex('g'))
    );
    assert_eq!(
        only_problem("0200000O0a02"),
        (1, 8, 3, ProblemKind::NotHex('O'))
    );
    assert_eq!(
        only_problem("02000000\n0a0x2\n"),
        (2, 4, 5, ProblemKind::NotHex('x'))
    );
    let dump = "0000  01 02 03 04\n0004  05 O6 07 08\n0008  09\n";
    assert_eq!(only_problem(dump), (2, 10, 5, ProblemKind::NotHex('O')));
    assert_eq!(parse(dump).packets[0].bytes, [1, 2, 3, 4, 5]);
}

#[test]
fn an_odd_number_of_digits() {
    assert_eq!(only_problem("020"), (1, 3, 1, ProblemKind::OddDigits(3)));
    assert_eq!(
        only_problem("02 00 0 0a"),
        (1, 7, 2, ProblemKind::OddDigits(1))
    );
    assert_eq!(only_problem("4"), (1, 1, 0, ProblemKind::OddDigits(1)));
    let dump = "0000  01 02 03 04\n0004  05 6 07 08\n0008  09\n";
    assert_eq!(only_problem(dump), (2, 10, 5, ProblemKind::OddDigits(1)));
}

#[test]
fn bytes_that_the_offsets_leave_out() {
    let gap = ProblemKind::Gap {
        expected: 4,
        found: 8,
    };
    assert_eq!(
        only_problem("0000  01 02 03 04\n0008  05 06\n"),
        (2, 1, 4, gap)
    );
    assert_eq!(
        only_problem("0010  01 02 03 04\n0014  05 06\n"),
        (1, 1, 0, ProblemKind::LateStart(16))
    );
}

#[test]
fn lengths_that_the_text_declares() {
    let wrong = ProblemKind::Length {
        declared: 5,
        found: 4,
    };
    assert_eq!(only_problem("char p[5] = {1, 2, 3, 4};").3, wrong);
    assert_eq!(
        only_problem("Frame (5 bytes):\n\n0000  01 02 03 04   ....\n").3,
        wrong
    );
    assert_eq!(packets("char p[4] = {1, 2, 3, 4};"), [[1, 2, 3, 4]]);
}

#[test]
fn numbers_that_are_no_bytes() {
    let wrong = ProblemKind::NotAByte("256".into());
    assert_eq!(only_problem("[1, 2, 3, 256, 4]"), (1, 11, 3, wrong));
}

#[test]
fn a_repeat_mark_does_not_fill_the_memory() {
    let bomb = "0000  00 00 00 00\n*\nffffffff\n".repeat(200);
    let pasted = parse(&bomb);
    let sum: usize = pasted.packets.iter().map(|packet| packet.bytes.len()).sum();
    assert!(sum <= MOST_BYTES, "{sum}");
    assert!(
        pasted
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::TooLong)
    );
}

/// The time that this thread has had on a processor: other work on the machine
/// does not count.
fn processor_time() -> std::time::Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    std::time::Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn long_hostile_texts_take_linear_time() {
    for piece in [
        "(",
        "[1,",
        "{",
        "\"",
        "'\\x",
        "/*",
        "0000: ",
        "00 ",
        "0",
        "ab: ",
        "*\n",
        "0 0000 ",
        "\\",
        "<<",
        "<Buffer ",
        "a=",
        "0x",
        ",",
        "((byte",
        "00\n",
        "#",
        "//",
        "# ",
        "b'",
        "/*\n",
        "{\"a\":",
        "[\"a\",",
        "{\"a\":[",
        "{\"a\":1,",
        "{\"a\":\"0200\"},",
        "|",
        "0000|",
        "ff|",
        "0000`0000 ",
        "\x1b[0m",
        "0000-0000: ",
        "12:0000 ",
        "a=ff ",
        "x: ff\n",
        "::1 ",
        "0001 02\n",
        "10.0.0.1 > ",
        "0000: 00 |||||\n",
    ] {
        let quickest = |length: usize| {
            let text = piece.repeat(length / piece.len());
            let times = (0..3).map(|_| {
                let start = processor_time();
                let _ = parse(&text);
                processor_time().saturating_sub(start)
            });
            times.min().unwrap_or_default()
        };
        // Four times the text takes four times as long; sixteen times, if
        // every part of it is compared with every other. The machine may be
        // busy, so that the processor's time counts, the quickest of three, and
        // it has some room.
        let (short, long) = (quickest(25_000), quickest(100_000));
        let is_short = long.as_millis() < 100;
        assert!(
            is_short || long < short * 11,
            "{piece}: {short:?}, {long:?}"
        );
    }
}

#[test]
fn a_first_line_that_is_blank_up_to_the_packet() {
    let text = "0F402000:                        0102\n\
                0F402010: 03040506 0708090A 0B0C0D0E 0F101112  ................\n\
                0F402020: 1314                                 ..\n";
    assert_eq!(packets(text), [(1..=0x14).collect::<Vec<u8>>()]);
}

#[test]
fn decimal_offsets_and_a_line_that_does_not_join_on() {
    let line = "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff";
    let text = format!("   0: {line}\n  16: {line}\n  32: {line}\n  48: 01 02\n  64: 03\n");
    let pasted = parse(&text);
    assert_eq!(pasted.packets[0].bytes.len(), 50);
    let gap = ProblemKind::Gap {
        expected: 50,
        found: 64,
    };
    assert_eq!(only_problem(&text), (5, 3, 50, gap));
}

#[test]
fn bytes_in_octal_and_binary() {
    let octal = "0000000 002 000 000 377 001 002 003 004\n0000010 012\n0000011\n";
    assert_eq!(packets(octal), [vec![2, 0, 0, 255, 1, 2, 3, 4, 10]]);
    let words = "0000000 001002 000003\n0000004\n";
    assert_eq!(packets(words), [vec![2, 2, 3, 0]]);
    let binary = "00000000: 00000010 00000000 11111111 00000001 00000000 00000000  ......\n\
                  00000006: 00000011                                               .\n";
    assert_eq!(packets(binary), [vec![2, 0, 255, 1, 0, 0, 3]]);
}

#[test]
fn the_packets_of_json_and_no_part_of_them() {
    let hex: String = LOCATION.iter().map(|byte| format!("{byte:02x}")).collect();
    let (ethernet, ip) = hex.split_at(28);
    let text = format!(
        "[{{\"layers\": {{\"frame_raw\": [\"{hex}\", 0, 62, 0, 1], \"eth_raw\": [\"{ethernet}\", \
         0, 14], \"ip_raw\": [\"{ip}\", 14, 48]}}}}]"
    );
    assert_eq!(packets(&text), [LOCATION]);
    let text = format!("{{\"a\": \"{ip}\", \"b\": \"{hex}\", \"c\": 1}}");
    assert_eq!(packets(&text), [LOCATION]);
    let text = format!("{{\"packet\": \"{hex}\", \"packet_info\": {{\"linktype\": 1}}}}");
    let pasted = parse(&text);
    assert_eq!(pasted.packets[0].link_type, Some(LinkType::ETHERNET));
    assert!(pasted.packets[0].certain);
    // Cut off in the middle of a list.
    let text = format!("{{\"packets\": [\"{hex}\", \"{hex}\", ");
    assert_eq!(packets(&text), [LOCATION, LOCATION]);
}

#[test]
fn the_time_nearest_above_a_packet_is_its_own() {
    let hex: String = LOCATION.iter().map(|byte| format!("{byte:02x}")).collect();
    for (text, seconds) in [
        (
            format!("20:19:30.256991 IP a.1 > b.2\n\n0x0000:  {hex}\n"),
            Some(73_170.256_991),
        ),
        (format!("[ 1342.480016] 0000: {hex}\n"), Some(1_342.480_016)),
        (
            format!("[00:00:01.010,000] <inf> x\n0000: {hex}\n"),
            Some(1.01),
        ),
        (format!("12:00:00 IP\n0000: {hex}\n"), None),
        (format!("10.0.0.123 > 10.0.0.2\n0000: {hex}\n"), None),
        (format!("0000: {hex}\n"), None),
    ] {
        let clock = parse(&text).packets[0].clock_ns;
        let expected = seconds.map(|seconds: f64| (seconds * 1e9).round() as u64);
        assert_eq!(clock, expected, "{text}");
    }
}

#[test]
fn texts_about_packets_are_told_from_their_bytes() {
    for (text, what) in [
        (
            "10:00:00.1 IP 10.0.0.1.80 > 10.0.0.2.81: Flags [S]",
            WithoutBytes::SummaryLines,
        ),
        (
            "1 0.000 fe80::1 → ff02::1 ICMPv6 86 x",
            WithoutBytes::SummaryLines,
        ),
        (
            "<Ether  dst=02:00:00:00:00:01 |<IP  |>>",
            WithoutBytes::PythonObject,
        ),
        ("Ethernet II, Src: a, Dst: b", WithoutBytes::Dissection),
        ("{\"ip\": \"10.0.0.1\"}", WithoutBytes::Json),
    ] {
        let pasted = parse(text);
        assert_eq!(
            pasted.without_bytes.map(|(_, what)| what),
            Some(what),
            "{text}"
        );
        assert_eq!(pasted.packets, [], "{text}");
    }
    assert_eq!(parse("x -> y, a.b > c").without_bytes, None);
}

/// What may stand before the offset, how that is written, and how the
/// characters are.
fn dump(bytes: &[u8], prefix: &str, offset: usize, characters: usize) -> String {
    let line = |(row, line): (usize, &[u8])| {
        let at = row * 16;
        let offset = match offset {
            0 => format!("{at:04x}  "),
            1 => format!("{at:08X}: "),
            2 => format!("0x{:08x}\t", 0x3f40_b3cc + at),
            3 => format!("{at:6}: "),
            4 => format!("0000007f`{:08x}  ", 0x1000 + at),
            5 => format!("[{at:04x}] "),
            _ => format!("{at:06}|"),
        };
        let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown: String = line
            .iter()
            .map(|&byte| {
                if (0x21..0x7f).contains(&byte) {
                    byte as char
                } else {
                    '.'
                }
            })
            .collect();
        let (left, right) = shown.split_at(shown.len().min(8));
        let hex = format!("{:<47}", hex.join(" "));
        match characters {
            0 => format!("{prefix}{offset}{}\n", hex.trim_end()),
            1 => format!("{prefix}{offset}{hex} {shown}\n"),
            2 => format!("{prefix}{offset}{hex}  |{shown}|\n"),
            _ => format!("{prefix}{offset}{hex}   {left} {right}\n"),
        }
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

proptest! {
    #[test]
    fn any_bytes_survive_a_dump(bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
        let canonical: String = bytes.chunks(16).enumerate().map(|(row, line)| {
            let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            let shown: String = line.iter().map(|&byte| if (0x20..0x7f).contains(&byte) { byte as char } else { '.' }).collect();
            format!("{:04x}   {:<47}   {shown}\n", row * 16, hex.join(" "))
        }).collect();
        let pasted = parse(&canonical);
        prop_assert_eq!(&pasted.problems, &[]);
        prop_assert_eq!(&pasted.packets[0].bytes, &bytes);
        prop_assert_eq!(pasted.packets.len(), 1);
    }

    #[test]
    fn any_bytes_survive_whatever_stands_around_them(
        bytes in proptest::collection::vec(any::<u8>(), 17..100),
        prefix in prop::sample::select(&["", "  ", "I (316) wifi: ", "// ", " * ", "> ", "\"",
            "[   12.345678] rx: ", "2024-03-02 10:11:12.345 DEBUG [net] ", "net:"][..]),
        offset in 0..7_usize,
        characters in 0..4_usize,
    ) {
        let text = dump(&bytes, prefix, offset, characters);
        let pasted = parse(&text);
        prop_assert_eq!(&pasted.problems, &[], "{}", text);
        prop_assert_eq!(pasted.packets.len(), 1, "{}", text);
        prop_assert_eq!(&pasted.packets[0].bytes, &bytes, "{}", text);
    }

    #[test]
    fn text_like_dumps_gets_an_answer(text in "[0-9a-fx: \\n*\\[\\]{}'\"\\\\,.()<>|/#=`-]{0,300}") {
        let pasted = parse(&text);
        prop_assert!(!pasted.packets.is_empty() || !pasted.problems.is_empty());
        for packet in &pasted.packets {
            prop_assert!(!packet.bytes.is_empty());
        }
    }

    #[test]
    fn any_text_gets_an_answer(text in "\\PC*") {
        let pasted = parse(&text);
        prop_assert!(!pasted.packets.is_empty() || !pasted.problems.is_empty());
    }
}
