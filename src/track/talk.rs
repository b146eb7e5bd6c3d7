//! A fixture of the tests of readers: a connection that a tracker follows, segment by
//! segment.

use proptest::prelude::*;

use super::frames::{MS, ipv4, packet, tcp, udp, with_tcp_sum};
use super::{Conversation, Event, Exchange, Output, TlsSession, Tracker};

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
    pub sessions: Vec<TlsSession>,
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
            sessions: Vec::new(),
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

    /// The client sends a datagram, or the server does.
    pub fn datagram(&mut self, from_client: bool, data: &[u8]) {
        let bytes = match from_client {
            true => ipv4(17, 1, 2, &udp(40_000, 8080, data)),
            false => ipv4(17, 2, 1, &udp(8080, 40_000, data)),
        };
        self.frame(bytes);
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
        self.sessions.extend(output.sessions);
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

/// Pieces of so many bytes: cuts, then some doubled and some longer, in any order.
pub fn pieces(length: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let cuts = proptest::collection::vec(1..length, 0..12);
    let doubled = proptest::collection::vec((0..length, 1_usize..60), 0..5);
    (cuts, doubled)
        .prop_map(move |(mut cuts, doubled)| {
            cuts.extend([0, length]);
            cuts.sort_unstable();
            cuts.dedup();
            let pairs = cuts.windows(2).map(|pair| (pair[0], pair[1]));
            let longer = doubled
                .into_iter()
                .map(|(start, more)| (start, (start + more).min(length)));
            pairs.chain(longer).collect::<Vec<_>>()
        })
        .prop_shuffle()
}
