//! A fixture of the tests of readers: a connection that a tracker follows, segment by
//! segment.

use super::frames::{MS, ipv4, packet, tcp, with_tcp_sum};
use super::{Conversation, Event, Exchange, Output, Tracker};

pub const SYN: u8 = 2;
pub const ACK: u8 = 16;
pub const PSH_ACK: u8 = 24;
pub const FIN_ACK: u8 = 17;
pub const RST: u8 = 4;

/// A connection of a client (host 1, port 40000) and a server (host 2, port 8080).
pub struct Talk {
    tracker: Tracker,
    number: u64,
    /// Time that passed beside the millisecond a packet.
    waited_ns: u64,
    pub exchanges: Vec<Exchange>,
    pub events: Vec<Event>,
    pub findings: Vec<Event>,
    pub ended: Vec<Conversation>,
}

impl Talk {
    pub fn new() -> Self {
        Self {
            tracker: Tracker::new(),
            waited_ns: 0,
            number: 0,
            exchanges: Vec::new(),
            events: Vec::new(),
            findings: Vec::new(),
            ended: Vec::new(),
        }
    }

    /// An opened connection; both sides begin at 1000.
    pub fn opened() -> Self {
        let mut talk = Self::new();
        talk.client(SYN, 999, 0, b"");
        talk.server(SYN | ACK, 999, 1000, b"");
        talk.client(ACK, 1000, 1000, b"");
        talk
    }

    pub fn client(&mut self, flags: u8, sequence: u32, acknowledgment: u32, data: &[u8]) {
        let segment = tcp((40_000, 8080), (sequence, acknowledgment), flags, data);
        self.frame(with_tcp_sum(ipv4(6, 1, 2, &segment)));
    }

    pub fn server(&mut self, flags: u8, sequence: u32, acknowledgment: u32, data: &[u8]) {
        let segment = tcp((8080, 40_000), (sequence, acknowledgment), flags, data);
        self.frame(with_tcp_sum(ipv4(6, 2, 1, &segment)));
    }

    /// Nothing happens for so long.
    pub fn wait(&mut self, ns: u64) {
        self.waited_ns += ns;
    }

    fn frame(&mut self, bytes: Vec<u8>) {
        self.number += 1;
        let packet = packet(self.number, self.number * MS + self.waited_ns, &bytes);
        let mut output = Output::default();
        self.tracker.packet(&packet, &mut output);
        self.take(output);
    }

    fn take(&mut self, output: Output) {
        self.exchanges.extend(output.exchanges);
        self.events.extend(output.events);
        self.ended.extend(output.ended);
        let findings = output.findings.into_iter();
        self.findings.extend(findings.map(|finding| finding.event));
    }

    /// The capture ends.
    pub fn end(mut self) -> Self {
        let mut output = Output::default();
        while self.tracker.finish(&mut output) {
            self.take(std::mem::take(&mut output));
        }
        self.take(output);
        self
    }
}
