//! Captures for benchmarks: in come a workload's name, a number of packets and
//! a seed, out goes a classic pcap file, written as it is made. The same three
//! give the same bytes, and fewer packets a prefix of more. All checksums are
//! right, and what the packets say of each other is what real hosts would say:
//! acknowledgments, windows, SACK blocks and timestamps fit.
//!
//! - `web`: many short TCP connections with small exchanges, and the DNS, ARP
//!   and ICMP around them; some segments are lost, late or resent, some
//!   connections refused, reset or never answered; IPv4, IPv6, a few VLANs.
//! - `bulk`: six transfers at a time in frames of full size, 0.2 % of them lost.
//! - `flows`: conversations of one to three packets, by the million.
//!
//! Memory is kept for conversations that are open, so that any number of
//! packets can be made.

mod connection;
mod frame;
mod message;
mod random;
mod script;
mod small;
mod workload;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};

use random::Random;
use script::Conversation;
use workload::Workload;

/// The first packet's time: 2026-01-01.
const EPOCH_NS: u64 = 1_767_225_600_000_000_000;

/// Writes a capture.
///
/// # Errors
/// When nothing is known under this name, or the output cannot be written.
pub fn write(name: &str, packets: u64, seed: u64, out: &mut impl Write) -> io::Result<()> {
    let workload = Workload::from_name(name).ok_or_else(|| {
        let message = format!("no workload {name:?}: there are web, bulk and flows");
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })?;
    file_header(out)?;
    let mut traffic = Traffic::new(workload, seed);
    let mut bytes = Vec::new();
    for _ in 0..packets {
        let at_ns = traffic.packet(&mut bytes);
        record(at_ns, &bytes, out)?;
    }
    Ok(())
}

/// The conversations that are open.
struct Traffic {
    workload: Workload,
    random: Random,
    /// Conversations by place; places are used again.
    open: Vec<Option<Conversation>>,
    free: Vec<usize>,
    /// Who speaks next: time, a number that decides between equals, place.
    turns: BinaryHeap<Reverse<(u64, u64, usize)>>,
    turn: u64,
    /// The time when the next conversation begins, if one ever does.
    next_arrival: Option<u64>,
}

impl Traffic {
    fn new(workload: Workload, seed: u64) -> Self {
        Self {
            workload,
            random: Random::new(seed),
            open: Vec::new(),
            free: Vec::new(),
            turns: BinaryHeap::new(),
            turn: 0,
            next_arrival: Some(0),
        }
    }

    /// Makes the next frame and says when it passes.
    fn packet(&mut self, bytes: &mut Vec<u8>) -> u64 {
        loop {
            let next = self.turns.peek().map_or(u64::MAX, |Reverse((at, ..))| *at);
            match self.next_arrival {
                Some(arrival) if arrival <= next => self.arrive(arrival),
                _ => {
                    if let Some(at) = self.speak(bytes) {
                        return at;
                    }
                }
            }
        }
    }

    fn arrive(&mut self, now: u64) {
        let (mut conversation, pause) = self.workload.next(&mut self.random);
        self.next_arrival = pause.map(|pause| now + pause);
        if let Some(first) = conversation.begin(now, &mut self.random) {
            let place = self.free.pop().unwrap_or(self.open.len());
            if place == self.open.len() {
                self.open.push(None);
            }
            self.open[place] = Some(conversation);
            self.schedule(first, place);
        }
    }

    /// Lets the one speak whose turn it is.
    fn speak(&mut self, bytes: &mut Vec<u8>) -> Option<u64> {
        let Reverse((at, _, place)) = self.turns.pop()?;
        let conversation = self.open.get_mut(place)?.as_mut()?;
        conversation.frame(bytes);
        match conversation.go_on(&mut self.random) {
            Some(next) => self.schedule(next, place),
            None => {
                self.open[place] = None;
                self.free.push(place);
            }
        }
        Some(at)
    }

    fn schedule(&mut self, at: u64, place: usize) {
        self.turn += 1;
        self.turns.push(Reverse((at, self.turn, place)));
    }
}

/// Little-endian, microseconds, Ethernet.
fn file_header(out: &mut impl Write) -> io::Result<()> {
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        out.write_all(&word.to_le_bytes())?;
    }
    Ok(())
}

fn record(at_ns: u64, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    let time = EPOCH_NS + at_ns;
    let length = bytes.len() as u32;
    for word in [
        (time / 1_000_000_000) as u32,
        (time % 1_000_000_000 / 1_000) as u32,
        length,
        length,
    ] {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(bytes)
}
