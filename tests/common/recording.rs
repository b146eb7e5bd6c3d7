//! A capture that a test makes: connections that are opened, carry messages, and
//! stay open.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

const MSS: [u8; 8] = [2, 4, 5, 0xb4, 1, 3, 3, 7];

/// Between two packets: the clock goes on as it does on a busy link.
const STEP_NS: u64 = 400_000;

/// A recording that is written packet by packet.
pub struct Recording {
    /// Not in memory: what a child is said to have taken at most begins with
    /// what its parent had.
    file: BufWriter<File>,
    time_ns: u64,
    /// What every message consists of.
    filler: u8,
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

impl Recording {
    pub fn new(path: &Path) -> Self {
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
            filler: 0xff,
        }
    }

    /// With messages that consist of this byte.
    pub fn filled_with(mut self, filler: u8) -> Self {
        self.filler = filler;
        self
    }

    /// A handshake.
    pub fn opening(&mut self, number: u32) {
        self.packet(number, &segment(true, SYN, 0, 0, 0));
        self.packet(number, &segment(false, SYN | ACK, 0, 1, 0));
        self.packet(number, &segment(true, ACK, 1, 1, 0));
    }

    /// Adds one more message and its acknowledgment.
    pub fn message(&mut self, number: u32, message: u32) {
        let next = 1 + message * 300;
        self.packet(number, &segment(true, ACK, next, 1, 300));
        self.packet(number, &segment(false, ACK, 1, next + 300, 0));
    }

    /// Adds a segment of the client with so many bytes, from this one of its stream
    /// on.
    pub fn data(&mut self, number: u32, offset: u32, bytes: usize) {
        self.packet(number, &segment(true, ACK, 1 + offset, 1, bytes));
    }

    /// Adds one more message, its answer, and the acknowledgment of that.
    pub fn exchange(&mut self, number: u32, exchange: u32) {
        let (asked, answered) = (1 + exchange * 300, 1 + exchange * 200);
        self.packet(number, &segment(true, ACK, asked, answered, 300));
        self.packet(number, &segment(false, ACK, answered, asked + 300, 200));
        self.packet(number, &segment(true, ACK, asked + 300, answered + 200, 0));
    }

    /// Flushes the file, so that all is in it.
    pub fn finish(mut self) {
        self.file.flush().expect("there is room");
    }

    fn packet(&mut self, number: u32, segment: &Segment) {
        let client = (
            [10, (number >> 15) as u8, (number >> 20) as u8, 1],
            1024 + (number & 0x7fff) as u16,
        );
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
        packet.resize(14 + length, self.filler);
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
