//! WebSocket against tshark: of every TCP stream and each of its sides the frames by
//! kind, the bytes of their payload, and the codes of Closes, over the samples and the
//! captures from elsewhere; and nothing is WebSocket to us alone.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of the samples alone so many frames are compared.
const FRAMES_AT_LEAST: u64 = 30;

/// What one side of a stream sent, by its port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sent {
    /// Frames of messages, with their bytes.
    data: (u64, u64),
    /// Messages.
    messages: u64,
    pings: u64,
    pongs: u64,
    closes: Vec<u64>,
}

/// By the port that sent and the port that received.
type Sides = BTreeMap<(u64, u64), Sent>;

/// A capture that differs, and why.
const DIFFERS: (&str, &str) = (
    "websocket/oversized-close-frame.pcapng",
    "a Close of 258 bytes is an error to us, and a Close to tshark",
);

#[test]
fn frames_are_those_of_tshark() {
    let mut all = files::samples();
    all.extend(files::shared_captures().into_iter().flatten());
    let next = AtomicUsize::new(0);
    let found = Mutex::new((0, 0, Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ours = ours(file);
                    let names = names_websocket(file);
                    if ours.is_empty() && !names {
                        continue;
                    }
                    let theirs = theirs(file);
                    let mut found = found.lock().expect("no other thread failed");
                    found.0 += 1;
                    found.1 += theirs.values().map(frames).sum::<u64>();
                    if ours != theirs {
                        found.2.push((file.clone(), ours, theirs));
                    }
                }
            });
        }
    });
    let (captures, frames, differences) = found.into_inner().expect("no thread failed");
    // Not `print!`, which the test runner swallows when the test passes.
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "WebSocket against tshark: {frames} frames of {captures} captures"
    )
    .expect("a line");
    let (expected, unexplained): (Vec<_>, Vec<_>) = differences
        .iter()
        .partition(|(file, ..)| file.ends_with(DIFFERS.0));
    for (file, ..) in expected {
        writeln!(out, "  {}: {}", file.display(), DIFFERS.1).expect("a line");
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
    assert!(frames >= FRAMES_AT_LEAST, "only {frames} frames");
}

fn frames(sent: &Sent) -> u64 {
    sent.data.0 + sent.pings + sent.pongs + sent.closes.len() as u64
}

/// Whether a handshake can be in the file; where its packets are compressed, ours
/// says.
fn names_websocket(file: &Path) -> bool {
    let bytes = std::fs::read(file).expect("a capture");
    memchr::memmem::find(&bytes, b"Sec-WebSocket-Accept").is_some()
}

fn ours(file: &Path) -> Sides {
    let arguments = ["--format", "ndjson", "--packets", "--kind", "websocket.*"];
    let mut command = binary::wirenotes();
    let run = binary::finish(command.arg("analyze").arg(file).args(arguments));
    let mut sides = Sides::new();
    for packet in run.records("packet") {
        let ports = |name: &str| packet[name].as_u64().unwrap_or_default();
        let side = (ports("source_port"), ports("destination_port"));
        for told in packet["annotations"].as_array().into_iter().flatten() {
            let number = |name: &str| told["values"][name].as_u64().unwrap_or_default();
            let kind = told["kind"].as_str().unwrap_or_default();
            if matches!(kind, "websocket.upgrade" | "websocket.protocol_error") {
                continue;
            }
            let sent = sides.entry(side).or_default();
            match kind {
                "websocket.message" => {
                    sent.data.0 += number("frames");
                    sent.data.1 += number("bytes");
                    sent.messages += 1;
                }
                "websocket.ping" => sent.pings += 1,
                "websocket.pong" => sent.pongs += 1,
                "websocket.close" => sent.closes.push(number("code")),
                _ => {}
            }
        }
    }
    sides
}

fn theirs(file: &Path) -> Sides {
    const ASKED: [&str; 8] = [
        "tcp.srcport",
        "tcp.dstport",
        "websocket.opcode",
        "websocket.fin",
        "websocket.payload_length",
        "websocket.payload_length_ext_16",
        "websocket.payload_length_ext_64",
        "websocket.payload.close.status_code",
    ];
    let mut command = Command::new("tshark");
    command.args(["-n", "-Y", "websocket", "-T", "fields"]);
    command.args(["-E", "separator=/t", "-E", "aggregator=/s"]);
    for field in ASKED {
        command.args(["-e", field]);
    }
    command.arg("-r").arg(file).stderr(Stdio::null());
    let done = command.output().expect("tshark");
    let text = String::from_utf8(done.stdout).expect("UTF-8");
    let mut sides = Sides::new();
    for line in text.lines() {
        let columns: Vec<Vec<u64>> = line
            .split('\t')
            .map(|column| {
                let each = column.split(' ').filter(|it| !it.is_empty());
                each.map(number).collect()
            })
            .collect();
        let [from, to, opcodes, last, lengths, short, long, codes] = columns.as_slice() else {
            panic!("{line:?}");
        };
        let sent = sides.entry((from[0], to[0])).or_default();
        let mut closes = 0;
        let (mut short, mut long) = (short.iter(), long.iter());
        let frames = opcodes.iter().zip(last).zip(lengths);
        for ((opcode, last), length) in frames {
            let length = match length {
                126 => *short.next().expect("a length of 2 bytes"),
                127 => *long.next().expect("a length of 8 bytes"),
                length => *length,
            };
            match opcode {
                9 => sent.pings += 1,
                10 => sent.pongs += 1,
                8 => closes += 1,
                _ => {
                    sent.data.0 += 1;
                    sent.data.1 += length;
                    sent.messages += last;
                }
            }
        }
        // An empty Close has no code.
        let codes = codes.iter().copied().chain(std::iter::repeat(0));
        sent.closes.extend(codes.take(closes));
    }
    sides
}

/// A number as tshark writes it.
fn number(text: &str) -> u64 {
    match text {
        "True" => 1,
        "False" => 0,
        _ => match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).expect("digits"),
            None => text.parse().unwrap_or_else(|_| panic!("{text:?}")),
        },
    }
}
