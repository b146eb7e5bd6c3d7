//! Text at every width: nothing is wider than the terminal, nothing but what
//! was asked for is coloured, and nothing from a packet reaches the terminal
//! as it is.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::path::Path;

use unicode_width::UnicodeWidthStr;

const VIEWS: &[&[&str]] = &[&[], &["--packets"], &["--conversation", "1"]];

fn text(file: &Path, columns: usize, more: &[&str]) -> String {
    let run = binary::finish(
        binary::wirenotes()
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .arg("analyze")
            .arg(file)
            .args(more)
            .env("COLUMNS", columns.to_string()),
    );
    assert_eq!(run.status, Some(0), "{more:?}: {}", run.stderr);
    run.stdout
}

#[test]
fn nothing_is_wider_than_any_terminal() {
    for sample in files::samples() {
        let name = sample.file_name().expect("a name").to_owned();
        let relative = Path::new("samples").join(&name);
        for columns in [80, 100, 132, 200] {
            for lang in ["en", "zh"] {
                for view in VIEWS {
                    // Without hints: a command to copy cannot be broken at will.
                    let more = [view, &["--lang", lang, "-q"][..]].concat();
                    let text = text(&relative, columns, &more);
                    let wide = text.lines().find(|line| line.width() > columns);
                    assert_eq!(wide, None, "{name:?} {more:?} at {columns}");
                }
            }
        }
    }
}

#[test]
fn colour_changes_no_letter() {
    let file = Path::new("samples/close-wait.pcap");
    for view in VIEWS {
        let plain = text(file, 80, view);
        let coloured = text(file, 80, &[view, &["--color", "always"][..]].concat());
        assert!(coloured.contains('\u{1b}'), "{view:?}");
        assert_eq!(without_colour(&coloured), plain, "{view:?}");
    }
}

fn without_colour(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, code)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        rest = code.split_once('m').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

/// A UDP datagram with this payload, as a capture.
fn capture_of(payload: &[u8]) -> Vec<u8> {
    let udp = 8 + payload.len() as u16;
    let total = 20 + udp;
    let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    packet.extend([0x30, 0x39, 0, 53]);
    packet.extend(udp.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(payload);
    let mut capture = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    capture.extend([0, 0, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for _ in 0..2 {
        capture.extend((packet.len() as u32).to_le_bytes());
    }
    capture.extend(packet);
    capture
}

#[test]
fn a_name_made_of_commands_for_the_terminal_stays_a_name() {
    // A DNS query for a name that clears the screen, turns the text round and
    // breaks the line.
    let label = "\u{1b}[2J\u{202e}x\n\u{9b}";
    let mut query = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.push(label.len() as u8);
    query.extend(label.as_bytes());
    query.extend([0, 0, 1, 0, 1]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("name.pcap");
    std::fs::write(&file, capture_of(&query)).expect("a writable folder");
    for view in VIEWS {
        let text = text(&file, 80, view);
        let bad = text.chars().find(|character| {
            (character.is_control() && *character != '\n') || *character == '\u{202e}'
        });
        assert_eq!(bad, None, "{view:?}: {text}");
    }
}
