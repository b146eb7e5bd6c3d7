//! What an open conversation takes: 160 bytes where it never carried data, 320
//! for a TCP connection with a clean history, however many packets it had; some
//! more where all rest and go on, one after the other.

#[path = "common/binary.rs"]
mod binary;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

const MSS: [u8; 8] = [2, 4, 5, 0xb4, 1, 3, 3, 7];

/// Between two packets: the clock goes on as it does on a busy link.
const STEP_NS: u64 = 400_000;

/// A capture of connections that are opened, carry messages, and stay open.
struct Recording {
    /// Not in memory: what a child is said to have taken at most begins with
    /// what its parent had.
    file: BufWriter<File>,
    time_ns: u64,
}

const SYN: u8 = 2;
const ACK: u8 = 16;

struct Segment {
    from_client: bool,
    flags: u8,
    sequence: u32,
    acknowledgment: u32,
    payload: usize,
}

fn segment(
    from_client: bool,
    flags: u8,
    sequence: u32,
    acknowledgment: u32,
    payload: usize,
) -> Segment {
    Segment {
        from_client,
        flags,
        sequence,
        acknowledgment,
        payload,
    }
}

/// When the messages of a connection come.
#[derive(Clone, Copy, Debug)]
enum When {
    /// At once.
    Together(u32),
    /// One in each round through all connections.
    InRounds(u32),
    /// The same, each answered with one of the server's.
    Answered(u32),
}

impl Recording {
    fn new(path: &Path) -> Self {
        let mut bytes = Vec::new();
        // Nanoseconds, version 2.4, 65,535 bytes of a packet, Ethernet.
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            bytes.extend(word.to_le_bytes());
        }
        let mut file = BufWriter::new(File::create(path).expect("the folder is there"));
        file.write_all(&bytes).expect("there is room");
        Self {
            file,
            time_ns: 1_700_000_000_000_000_000,
        }
    }

    fn opening(&mut self, number: u32) {
        self.packet(number, &segment(true, SYN, 0, 0, 0));
        self.packet(number, &segment(false, SYN | ACK, 0, 1, 0));
        self.packet(number, &segment(true, ACK, 1, 1, 0));
    }

    /// One more message and its acknowledgment.
    fn message(&mut self, number: u32, message: u32) {
        let next = 1 + message * 300;
        self.packet(number, &segment(true, ACK, next, 1, 300));
        self.packet(number, &segment(false, ACK, 1, next + 300, 0));
    }

    /// One more message, its answer, and the acknowledgment of that.
    fn exchange(&mut self, number: u32, exchange: u32) {
        let (asked, answered) = (1 + exchange * 300, 1 + exchange * 200);
        self.packet(number, &segment(true, ACK, asked, answered, 300));
        self.packet(number, &segment(false, ACK, answered, asked + 300, 200));
        self.packet(number, &segment(true, ACK, asked + 300, answered + 200, 0));
    }

    fn packet(&mut self, number: u32, segment: &Segment) {
        let client = (
            [10, 0, (number >> 20) as u8, 1],
            1024 + (number & 0x7fff) as u16,
        );
        let client = ([10, (number >> 15) as u8, client.0[2], 1], client.1);
        let server = ([192, 0, 2, 1], 80_u16);
        let (source, destination) = match segment.from_client {
            true => (client, server),
            false => (server, client),
        };
        let options: &[u8] = if segment.flags & SYN != 0 { &MSS } else { &[] };
        let header = 20 + options.len();
        let length = 20 + header + segment.payload;
        let mut packet = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        packet.extend([0x45, 0]);
        packet.extend((length as u16).to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend(source.0);
        packet.extend(destination.0);
        packet.extend(source.1.to_be_bytes());
        packet.extend(destination.1.to_be_bytes());
        packet.extend(segment.sequence.to_be_bytes());
        packet.extend(segment.acknowledgment.to_be_bytes());
        packet.extend([(header as u8 / 4) << 4, segment.flags, 0x20, 0, 0, 0, 0, 0]);
        packet.extend(options);
        packet.resize(14 + length, 0xff);
        self.time_ns += STEP_NS;
        let (seconds, rest) = (self.time_ns / 1_000_000_000, self.time_ns % 1_000_000_000);
        let length = packet.len() as u32;
        let mut record = Vec::with_capacity(16 + packet.len());
        for word in [seconds as u32, rest as u32, length, length] {
            record.extend(word.to_le_bytes());
        }
        record.extend(packet);
        self.file.write_all(&record).expect("there is room");
    }
}

/// The most memory that any run so far took, in bytes. Runs must grow.
fn most_so_far() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel counts");
    usage.max_rss() * 1024
}

fn peak(folder: &Path, connections: u32, when: When) -> i64 {
    let path = folder.join("open.pcap");
    let mut recording = Recording::new(&path);
    let (together, rounds) = match when {
        When::Together(messages) => (messages, 0),
        When::InRounds(rounds) | When::Answered(rounds) => (0, rounds),
    };
    for number in 0..connections {
        recording.opening(number);
        for message in 0..together {
            recording.message(number, message);
        }
    }
    for round in 0..rounds {
        for number in 0..connections {
            match when {
                When::Answered(_) => recording.exchange(number, round),
                _ => recording.message(number, round),
            }
        }
    }
    recording.file.flush().expect("there is room");
    let path = path.to_str().expect("a plain path");
    let mut command = binary::wirenotes();
    // It is much, and nothing here is measured in time.
    command.timeout(Duration::from_secs(120));
    let run = binary::finish(command.args(["analyze", "--threads", "1", path]));
    run.assert_status(0);
    assert!(run.stdout.contains("TCP"), "{}", run.stdout);
    most_so_far()
}

#[test]
fn open_connections_take_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let (few, many) = (10_000, 40_000);
    let (none, six) = (When::Together(0), When::Together(6));
    let peaks = [
        (few, none),
        (few, six),
        (many, none),
        (many, six),
        (many, When::InRounds(6)),
        (many, When::Answered(6)),
    ]
    .map(|(connections, when)| peak(folder.path(), connections, when));
    assert!(peaks.is_sorted(), "each run takes more: {peaks:?}");
    let [
        few_empty,
        few_used,
        many_empty,
        many_used,
        in_rounds,
        answered,
    ] = peaks;
    let each = |few_peak, many_peak| (many_peak - few_peak) / i64::from(many - few);
    let (without_data, with_data) = (each(few_empty, many_empty), each(few_used, many_used));
    let more = (in_rounds - many_used) / i64::from(many);
    let for_answers = (answered - in_rounds) / i64::from(many);
    println!(
        "each: {without_data} bytes without data, {with_data} with; in rounds {more} more, \
         and {for_answers} for answers"
    );
    // Threads and tables that double make a few bytes of difference.
    assert!((1..=168).contains(&without_data), "{without_data}");
    assert!((1..=320).contains(&with_data), "{with_data}");
    // What one has left is taken by the next.
    assert!((1..=320).contains(&more), "{more}");
    assert!((1..=90).contains(&for_answers), "{for_answers}");
}
