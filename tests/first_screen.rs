//! The answer stands on the first screen: the summary of any capture, and the
//! first part of any packet's explanation, in both languages, fit a terminal of
//! 80 columns and 24 rows with room for the prompt.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use unicode_width::UnicodeWidthStr;
use wirenotes::commands::explain::{Explain, Form, Subject, run};
use wirenotes::notes::Lang;
use wirenotes::report::Look;

const LINES: usize = 22;
const COLUMNS: usize = 80;

/// Captures from elsewhere that are looked at.
const SHARED: usize = 200;

/// Looks at the summary of a capture in both languages; gives what is wrong.
fn too_large(file: &Path) -> Vec<String> {
    let folder = file.parent().expect("a folder");
    let name = file.file_name().expect("a name");
    let mut wrong = Vec::new();
    for lang in ["en", "zh"] {
        let run = binary::finish(binary::wirenotes().current_dir(folder).args([
            name,
            "--lang".as_ref(),
            lang.as_ref(),
        ]));
        let lines = run.stdout.lines().count();
        if lines > LINES {
            wrong.push(format!("{} {lang}: {lines} lines", file.display()));
        }
        // A file's name stands as it is, however long.
        let name = name.to_string_lossy();
        let wide = run
            .stdout
            .lines()
            .find(|line| line.width() > COLUMNS && !line.contains(&*name));
        wrong.extend(wide.map(|line| format!("{} {lang}: {line}", file.display())));
    }
    wrong
}

#[track_caller]
fn assert_fit(files: impl IntoIterator<Item = PathBuf>) {
    let wrong: Vec<_> = files
        .into_iter()
        .flat_map(|file| too_large(&file))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_summary_of_every_sample_fits_the_first_screen() {
    assert_fit(files::samples());
}

#[test]
fn the_summary_of_captures_from_elsewhere_fits_the_first_screen() {
    if let Some(all) = files::shared_captures() {
        let every = all.len().div_ceil(SHARED).max(1);
        assert_fit(all.into_iter().step_by(every));
    }
}

/// What is written into one of several outputs.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut pages = self.0.lock().expect("no panic elsewhere");
        pages.last_mut().expect("a page").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_first_part_of_every_explanation_fits_the_first_screen() {
    for file in files::samples() {
        let mut packets = 0;
        files::each_packet(&file, 200, |_, number| packets = number);
        for lang in [Lang::En, Lang::Zh] {
            let pages = Pages::default();
            let explain = Explain {
                subject: Subject::Captured {
                    file: file.clone(),
                    numbers: (1..=packets).collect(),
                },
                link: None,
                field: None,
                compare: false,
                form: Form::Text,
                look: Look {
                    lang,
                    width: COLUMNS,
                    ..Look::default()
                },
                interrupt: Arc::default(),
            };
            let next_page = || -> Box<dyn Write + Send> {
                pages.0.lock().expect("no panic elsewhere").push(Vec::new());
                Box::new(pages.clone())
            };
            run(&explain, next_page).expect("the samples can be explained");
            for page in pages.0.lock().expect("no panic elsewhere").iter() {
                let page = String::from_utf8_lossy(page);
                // The path of the sample is as long as it is.
                let lines = page.lines().skip(1);
                assert!(lines.clone().count() < LINES, "{}: {page}", file.display());
                for line in lines {
                    assert!(line.width() <= COLUMNS, "{}: {line}", file.display());
                }
            }
        }
    }
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// A recording of connections that carry small messages; the server does not
/// close two of five.
struct Collars {
    bytes: Vec<u8>,
    packets: usize,
}

impl Collars {
    fn new(connections: u16) -> Self {
        let mut collars = Self {
            bytes: Vec::new(),
            packets: 0,
        };
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            collars.bytes.extend(word.to_le_bytes());
        }
        for number in 0..connections {
            collars.connection(number);
        }
        collars
    }

    fn connection(&mut self, number: u16) {
        let port = 20_000 + number;
        let (x, y) = (u32::from(number) * 7_919, u32::from(number) * 104_729);
        self.segment(port, true, SYN, x, 0, b"");
        self.segment(port, false, SYN | ACK, y, x + 1, b"");
        self.segment(port, true, ACK, x + 1, y + 1, b"");
        let mut next = x + 1;
        for _ in 0..4 {
            self.segment(port, true, PSH | ACK, next, y + 1, b"location");
            next += 8;
            self.segment(port, false, ACK, y + 1, next, b"");
        }
        self.segment(port, true, FIN | ACK, next, y + 1, b"");
        self.segment(port, false, ACK, y + 1, next + 1, b"");
        if number % 5 >= 2 {
            self.segment(port, false, FIN | ACK, y + 1, next + 1, b"");
            self.segment(port, true, ACK, next + 1, y + 2, b"");
        }
    }

    fn segment(
        &mut self,
        port: u16,
        from_client: bool,
        flags: u8,
        sequence: u32,
        acknowledgment: u32,
        payload: &[u8],
    ) {
        let (client, server) = ([10, 9, 0, 1], [10, 9, 0, 2]);
        let (ends, ports) = match from_client {
            true => ([client, server], [port, 3001]),
            false => ([server, client], [3001, port]),
        };
        let mut tcp = Vec::new();
        tcp.extend(ports.map(u16::to_be_bytes).concat());
        tcp.extend(sequence.to_be_bytes());
        tcp.extend(acknowledgment.to_be_bytes());
        tcp.extend([0x50, flags, 0xfa, 0xf0, 0, 0, 0, 0]);
        tcp.extend(payload);
        let mut pseudo = ends.concat();
        pseudo.extend([0, 6]);
        pseudo.extend((tcp.len() as u16).to_be_bytes());
        pseudo.extend(&tcp);
        tcp[16..18].copy_from_slice(&checksum(&pseudo));
        let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        let mut ip = vec![0x45, 0];
        ip.extend((20 + tcp.len() as u16).to_be_bytes());
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        ip.extend(ends.concat());
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum);
        packet.extend(ip);
        packet.extend(tcp);
        self.packets += 1;
        let milliseconds = self.packets as u32;
        let length = packet.len() as u32;
        let time = 1_700_000_000 + milliseconds / 1_000;
        for word in [time, milliseconds % 1_000 * 1_000, length, length] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(packet);
    }
}

/// The Internet checksum.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or(0);
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

#[test]
fn which_server_leaks_stands_first_and_a_packet_takes_a_line() {
    let collars = Collars::new(200);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("collars.pcap");
    std::fs::write(&file, &collars.bytes).expect("a writable folder");
    let run = |more: &[&str]| {
        let mut command = binary::wirenotes();
        command
            .current_dir(folder.path())
            .arg("collars.pcap")
            .args(more);
        let run = binary::finish(&mut command);
        run.assert_status(0);
        run.stdout
    };
    let summary = run(&[]);
    // Two of five are not closed; 28 of them have been so for less than a second.
    assert!(
        summary.contains("! 52 of 200 connections to 10.9.0.2:3001 are left in CLOSE_WAIT"),
        "{summary}"
    );
    assert!(
        summary.contains("· ×28, e.g. 10.9.0.2:3001 is in CLOSE_WAIT"),
        "{summary}"
    );
    assert!(summary.contains("✓ handshakes 200 of 200"), "{summary}");
    let chinese = run(&["--lang", "zh"]);
    let said = "! 到 10.9.0.2:3001 的 200 条连接中有 52 条停留在 CLOSE_WAIT";
    assert!(chinese.contains(said), "{chinese}");
    let lines = run(&["--packets"]).lines().count();
    assert!(
        lines * 10 <= collars.packets * 13,
        "{lines} lines for {} packets",
        collars.packets
    );
    let names_only = run(&["--packets", "--notes", "none"]).lines().count();
    assert!(names_only < lines);
    let full = run(&["--packets", "--notes", "full"]).lines().count();
    assert!(full > 2 * lines);
}
