//! Nothing that is not our own text commands a terminal: not what packets hold,
//! not what a file, a comment or an interface is called, not a word of the
//! command line, and not what libpcap says of it; on either output, in every
//! view and format.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use binary::{Run, finish, wirenotes};

/// Puts a text on the clipboard, rings, clears the screen, goes back to the
/// line's start, begins a line, turns the text round, hides a character, and
/// commands in 8 bits.
const EVIL: &str =
    "\u{1b}]52;c;eA==\u{7}\u{1b}[2J\r\nforged: all is well\u{202e}\u{200b}\u{9b}31m\u{ad}";

/// What a terminal obeys, or does not show.
fn commands(text: &str) -> Option<char> {
    text.chars().find(|character| {
        (character.is_control() && *character != '\n')
            || matches!(character,
                '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}')
    })
}

#[track_caller]
fn assert_harmless(run: &Run, arguments: &[OsString]) {
    for text in [&run.stdout, &run.stderr] {
        let found = commands(text);
        assert_eq!(found, None, "{arguments:?}: {text}");
        let forged = text.lines().find(|line| line.starts_with("forged"));
        assert_eq!(forged, None, "{arguments:?}: {text}");
    }
    assert!(
        matches!(run.status, Some(0..=2)),
        "{arguments:?}: {}",
        run.stderr
    );
}

/// Runs it in a folder of its own, where it may write what it is told to, and
/// reads what claims to be JSON as such.
#[track_caller]
fn run(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Run {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = finish(wirenotes().current_dir(folder.path()).args(&arguments));
    assert_harmless(&run, &arguments);
    if arguments
        .iter()
        .any(|word| word == "ndjson" || word == "json")
    {
        let values = serde_json::Deserializer::from_str(&run.stdout);
        for value in values.into_iter::<serde_json::Value>() {
            assert!(value.is_ok(), "{arguments:?}: {}", run.stdout);
        }
    }
    run
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let body = [body, &vec![0; body.len().wrapping_neg() % 4]].concat();
    let length = ((body.len() + 12) as u32).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &body, &length].concat()
}

fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let padding = vec![0; value.len().wrapping_neg() % 4];
    let length = (value.len() as u16).to_le_bytes();
    [&code.to_le_bytes()[..], &length, value, &padding].concat()
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len() as u16;
    let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    packet.extend((20 + length).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend(40_000_u16.to_be_bytes());
    packet.extend(port.to_be_bytes());
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(payload);
    packet
}

/// A DNS query for that name, or the response with a text in it.
fn dns(response: bool) -> Vec<u8> {
    let label = &EVIL.as_bytes()[..EVIL.len().min(63)];
    let flags = if response { 0x81 } else { 0x01 };
    let mut message = vec![0, 7, flags, 0, 0, 1, 0, u8::from(response), 0, 0, 0, 0];
    message.push(label.len() as u8);
    message.extend(label);
    message.extend([0, 0, 16, 0, 1]);
    if response {
        message.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        message.extend((EVIL.len() as u16 + 1).to_be_bytes());
        message.push(EVIL.len() as u8);
        message.extend(EVIL.as_bytes());
    }
    message
}

/// A capture in which everything that has a text has that one.
fn capture() -> Vec<u8> {
    let evil = EVIL.as_bytes();
    let comment = option(1, evil);
    let mut bytes = block(
        0x0a0d_0d0a,
        &[
            &b"\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"[..],
            &comment,
            &option(2, evil),
            &option(4, evil),
        ]
        .concat(),
    );
    let head = b"\x01\0\0\0\0\0\x04\0";
    bytes.extend(block(
        1,
        &[&head[..], &option(2, evil), &option(3, evil), &comment].concat(),
    ));
    let packets = [
        udp(53, &dns(false)),
        udp(53, &dns(true)),
        udp(5353, &dns(false)),
        udp(7, evil),
        udp(7, b"\xff\xfe\x1b[31m"),
    ];
    for (number, packet) in packets.iter().enumerate() {
        let length = (packet.len() as u32).to_le_bytes();
        let padding = vec![0; packet.len().wrapping_neg() % 4];
        let micros = (number as u32 * 1000).to_le_bytes();
        let head = [&[0; 8][..], &micros, &length, &length].concat();
        bytes.extend(block(6, &[&head[..], packet, &padding, &comment].concat()));
    }
    bytes
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a writable folder");
    path
}

const FORMATS: &[&[&str]] = &[&[], &["--format", "ndjson"], &["--format", "json"]];

#[test]
fn captures_in_every_view_and_format_under_a_name_made_of_commands() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = written(folder.path(), &format!("a{EVIL}.pcapng"), &capture());
    let bad = written(folder.path(), &format!("b{EVIL}.pcap"), EVIL.as_bytes());
    let missing = folder.path().join(format!("c{EVIL}.pcap"));
    let views: &[&[&str]] = &[
        &[],
        &["-v"],
        &["--packets", "--notes", "full"],
        &["--conversation", "1"],
        &["--packets", "--overhead", "--lang", "zh"],
    ];
    for format in FORMATS {
        let more = |words: &[&str]| -> Vec<OsString> {
            let words = words.iter().chain(*format);
            words.map(OsString::from).collect()
        };
        let words = |first: &[&str], files: &[&PathBuf], rest: &[&str]| {
            let first = first.iter().map(OsString::from);
            let files = files.iter().map(|path| path.as_os_str().to_owned());
            first.chain(files).chain(more(rest)).collect::<Vec<_>>()
        };
        for view in views {
            run(words(&["analyze"], &[&file], view));
            run(words(&["analyze"], &[&file, &bad, &missing], view));
        }
        run(words(&["live", "-r"], &[&file], &[]));
        run(words(&["live", "-r"], &[&missing], &[]));
        for number in ["1", "2", "4", "5", "99"] {
            run(words(&["explain"], &[&file], &[number]));
        }
        run(words(&["explain"], &[&missing], &["1"]));
        run(words(&["explain"], &[&file], &["1", "--field", EVIL]));
        run(words(&["explain"], &[&file], &["1", "2", "--compare"]));
    }
}

#[test]
fn the_command_to_copy_names_the_file_and_commands_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = written(folder.path(), &format!("a{EVIL}.pcapng"), &capture());
    let text = run([OsString::from("analyze"), file.into_os_string()]).stdout;
    assert!(text.contains("$'"), "{text}");
    assert!(text.contains("\\033]52;c;eA=="), "{text}");
}

#[test]
fn words_of_the_command_line_wherever_they_are_repeated() {
    let sample = files::sample("refused.pcap");
    let sample = sample.to_str().expect("a name");
    for arguments in [
        &["analyze", sample, "-f", EVIL][..],
        &["analyze", sample, "-f", &format!("host {EVIL}")],
        &["-r", sample, EVIL],
        &["-r", sample, EVIL, "-f", EVIL],
        &["live", "-r", sample, EVIL],
        &["analyze", sample, "--kind", EVIL],
        &["analyze", sample, "--frame", EVIL],
        &["analyze", sample, "--format", EVIL],
        &["analyze", sample, "--lang", EVIL],
        &["analyze", sample, "-c", EVIL],
        &["analyze", sample, &format!("--{EVIL}")],
        &["analyze", sample, &format!("-{EVIL}")],
        &["analyze", sample, "-w", &format!("{EVIL}/{EVIL}.pcapng")],
        &["analyze", sample, "-w", "x", "-C", EVIL],
        &["analyze", sample, "-w", &format!("%Q{EVIL}"), "-G", "1"],
        &["live", "--duration", EVIL],
        &["live", "-a", EVIL],
        &["live", "-i", EVIL],
        &["live", "-i", "lo", "-f", EVIL],
        &["live", "-i", "lo", "-Z", EVIL],
        &["notes", EVIL],
        &["notes", EVIL, "--format", "json"],
        &["notes", "--search", EVIL],
        &["notes", "--search", EVIL, "--format", "json"],
        &["explain", EVIL],
        &["explain", sample, EVIL],
        &["explain", "--hex", EVIL],
        &[
            "explain",
            "--hex",
            &format!("45 {EVIL}"),
            "--format",
            "json",
        ],
        &["explain", "--link", EVIL, "--hex", "45"],
        &["completions", EVIL],
        &["man", EVIL],
        &[EVIL],
        &[&format!("analyse{EVIL}")],
    ] {
        run(arguments.iter().copied());
    }
}

#[test]
fn a_copy_has_the_comments_of_its_input_as_they_are_and_ours_escaped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = written(folder.path(), "a.pcapng", &capture());
    let copy = folder.path().join("copy.pcapng");
    let words = [
        "analyze".as_ref(),
        file.as_os_str(),
        "-w".as_ref(),
        copy.as_os_str(),
    ];
    run(words);
    let copied = std::fs::read(&copy).expect("the copy");
    let comment = &option(1, EVIL.as_bytes())[4..];
    let has = |bytes: &[u8]| copied.windows(bytes.len()).any(|window| window == bytes);
    assert!(has(comment), "the comment of the input");
    // A remark of ours names what the query asks for.
    assert!(has("dns.query".as_bytes()), "remarks");
    let commands = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == 0x1b).count();
    assert!(
        commands(&copied) <= commands(&capture()),
        "only what was there"
    );
}
