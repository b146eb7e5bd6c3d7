//! A capture as tshark sees it: the TCP segments with the plain header values
//! that reasons are judged by, and tshark's own verdicts.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::family::{FLAGS, Family};

/// Carriers that wirenotes does not read, so that it has no verdict behind
/// them.
const BEYOND: &[&str] = &["arcnet"];

/// One TCP segment.
#[derive(Clone, Debug)]
pub struct Segment {
    pub packet: usize,
    pub time: f64,
    pub stream: u32,
    /// Address and port of the sender.
    pub from: String,
    pub identification: Option<u16>,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub length: u32,
    /// The captured data, in hexadecimal digits.
    pub payload: String,
    pub flags: u32,
    pub window: u32,
    pub sack: Vec<(u32, u32)>,
    pub timestamp: Option<u32>,
    pub told: BTreeSet<Family>,
}

pub const FIN: u32 = 1;
pub const SYN: u32 = 2;
pub const RST: u32 = 4;
pub const ACK: u32 = 16;

const COLUMNS: [&str; 16] = [
    "frame.number",
    "frame.time_epoch",
    "frame.protocols",
    "tcp.stream",
    "ip.src",
    "ipv6.src",
    "ip.id",
    "tcp.srcport",
    "tcp.seq_raw",
    "tcp.ack_raw",
    "tcp.len",
    "tcp.flags",
    "tcp.window_size_value",
    "tcp.options.sack_le",
    "tcp.options.sack_re",
    "tcp.payload",
];

/// A capture as tshark reads it.
#[derive(Debug, Default)]
pub struct Trace {
    pub segments: Vec<Segment>,
    /// How many lie beyond what wirenotes reads.
    pub beyond: usize,
}

/// Reads a capture.
pub fn read(file: &Path) -> Trace {
    let mut command = Command::new("tshark");
    command.arg("-n").arg("-r").arg(file);
    // SACK blocks in the numbers of the packet.
    command.args(["-o", "tcp.relative_sequence_numbers:FALSE"]);
    command.args(["-Y", "tcp", "-T", "fields"]);
    for column in COLUMNS {
        command.args(["-e", column]);
    }
    command.args(["-e", "tcp.options.timestamp.tsval"]);
    for (flag, _) in FLAGS {
        command.arg("-e").arg(format!("tcp.analysis.{flag}"));
    }
    let output = command
        .stderr(Stdio::null())
        .output()
        .expect("tshark starts (`bash tests/setup` installs it)");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut beyond = 0;
    let segments = text
        .lines()
        .filter(|line| {
            let protocols = line.split('\t').nth(2).unwrap_or_default();
            let unread = protocols.split(':').any(|name| BEYOND.contains(&name));
            beyond += usize::from(unread);
            !unread
        })
        .map(segment)
        .collect();
    Trace { segments, beyond }
}

fn segment(line: &str) -> Segment {
    let columns: Vec<_> = line.split('\t').collect();
    // The innermost of several layers counts.
    let last = |at: usize| columns[at].rsplit(',').next().unwrap_or_default();
    let number = |at: usize| number(last(at)).unwrap_or_default();
    let all = |at: usize| -> Vec<u32> { columns[at].split(',').filter_map(self::number).collect() };
    let after = COLUMNS.len();
    Segment {
        packet: number(0) as usize,
        time: last(1).parse().expect("a time"),
        stream: number(3),
        from: format!("{}{}:{}", last(4), last(5), last(7)),
        identification: self::number(last(6)).map(|number| number as u16),
        sequence: number(8),
        acknowledgment: number(9),
        length: number(10),
        payload: last(15).to_owned(),
        flags: number(11),
        window: number(12),
        sack: all(13).into_iter().zip(all(14)).collect(),
        timestamp: self::number(last(after)),
        told: FLAGS
            .iter()
            .enumerate()
            .filter(|(at, _)| {
                columns
                    .get(after + 1 + at)
                    .is_some_and(|text| !text.is_empty())
            })
            .map(|(_, (_, family))| *family)
            .collect(),
    }
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Whether `a` comes before `b` in the sequence space.
pub fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

impl Segment {
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// The sequence number of the first byte.
    pub fn start(&self) -> u32 {
        self.sequence.wrapping_add(u32::from(self.has(SYN)))
    }

    /// The sequence number behind the data and the FIN.
    pub fn end(&self) -> u32 {
        self.start()
            .wrapping_add(self.length)
            .wrapping_add(u32::from(self.has(FIN)))
    }

    /// Whether another segment has other bytes at numbers that both have.
    pub fn has_other_bytes(&self, other: &Self) -> bool {
        let low = if before(self.start(), other.start()) {
            other.start()
        } else {
            self.start()
        };
        let from = |segment: &Self| {
            let digits = 2 * low.wrapping_sub(segment.start()) as usize;
            segment.payload.get(digits..).unwrap_or_default().to_owned()
        };
        let (ours, theirs) = (from(self), from(other));
        ours.bytes()
            .zip(theirs.bytes())
            .any(|(our, their)| our != their)
    }

    /// Asks for a sign of life: at most one byte, no SYN, FIN or RST.
    pub fn may_probe(&self) -> bool {
        self.length <= 1 && !self.has(SYN | FIN | RST)
    }
}

/// One segment within its capture.
#[derive(Clone, Copy)]
pub struct Place<'t> {
    pub trace: &'t Trace,
    pub at: usize,
}

impl<'t> Place<'t> {
    pub fn this(self) -> &'t Segment {
        &self.trace.segments[self.at]
    }

    /// What the same side sent before, latest first.
    pub fn own(self) -> impl Iterator<Item = &'t Segment> {
        let this = self.this();
        self.conversation()
            .filter(move |segment| segment.from == this.from)
    }

    /// What the peer sent before, latest first.
    pub fn peers(self) -> impl Iterator<Item = &'t Segment> {
        let this = self.this();
        self.conversation()
            .filter(move |segment| segment.from != this.from)
    }

    fn conversation(self) -> impl Iterator<Item = &'t Segment> {
        let stream = self.this().stream;
        let earlier = self.trace.segments[..self.at].iter().rev();
        earlier.filter(move |segment| segment.stream == stream)
    }

    /// How many bytes (FIN included) of a range none of these segments holds.
    pub fn missing<'a>(segments: impl Iterator<Item = &'a Segment>, start: u32, end: u32) -> u32 {
        let mut remaining = vec![(start, end)];
        for segment in segments.filter(|segment| !segment.has(RST)) {
            let (from, to) = (segment.sequence, segment.end());
            remaining = remaining
                .into_iter()
                .flat_map(|(start, end)| {
                    let low = if before(from, end) { from } else { end };
                    let high = if before(start, to) { to } else { start };
                    [(start, low), (high, end)]
                })
                .filter(|(start, end)| before(*start, *end))
                .collect();
        }
        remaining
            .iter()
            .map(|(start, end)| end.wrapping_sub(*start))
            .sum()
    }

    /// The sequence number behind the highest of these segments.
    pub fn highest<'a>(segments: impl Iterator<Item = &'a Segment>) -> Option<u32> {
        segments
            .filter(|segment| !segment.has(RST))
            .map(Segment::end)
            .reduce(|high, end| if before(high, end) { end } else { high })
    }

    /// The highest number that the peer acknowledged before.
    pub fn acknowledged(self) -> Option<u32> {
        self.peers()
            .filter(|segment| segment.has(ACK))
            .map(|segment| segment.acknowledgment)
            .reduce(|high, ack| if before(high, ack) { ack } else { high })
    }
}
