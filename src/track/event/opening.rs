//! Opening a connection: the handshake, what it agrees on, and what became of it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::track::{Address, Endpoint, PacketNumber, Side};

/// First step: a SYN asks for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeSyn {
    /// Initial sequence number, x.
    pub sequence: u32,
    /// The maximum segment size offered, if any.
    pub maximum_segment_size: Option<u16>,
}

/// Second step: SYN and ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeSynAck {
    /// The SYN that it answers.
    pub syn: Option<PacketNumber>,
    /// The client's x; `None` when the SYN was not captured.
    pub client_sequence: Option<u32>,
    /// The server's own initial sequence number, y.
    pub sequence: u32,
    /// Should be x + 1.
    pub acknowledgment: u32,
    /// Bytes that the SYN carried: with Fast Open the acknowledgment may
    /// be up to x + 1 + this.
    pub syn_payload: u32,
    /// Time since the SYN.
    pub since_syn_ns: Option<u64>,
}

/// Third step: the client acknowledges y.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeAck {
    /// The SYN-ACK that it answers.
    pub syn_ack: PacketNumber,
    /// The client's x; `None` when the SYN was not captured.
    pub client_sequence: Option<u32>,
    /// Should be x + 1 (beyond it with Fast Open data).
    pub sequence: u32,
    /// The server's y.
    pub server_sequence: u32,
    /// Should be y + 1.
    pub acknowledgment: u32,
    /// Bytes that the SYN carried (Fast Open).
    pub syn_payload: u32,
    /// Data bytes that ride on the third step.
    pub payload: u32,
    /// Time since the SYN-ACK.
    pub since_syn_ack_ns: u64,
    /// Time since the SYN.
    pub since_syn_ns: Option<u64>,
}

/// What both sides agreed on in SYN and SYN-ACK (on the third step).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionsAgreed {
    /// Offered in the SYN.
    pub client: Offer,
    /// Offered in the SYN-ACK.
    pub server: Offer,
}

/// What one side offers in its SYN or SYN-ACK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Maximum segment size (RFC 9293, section 3.7.1); absent: 536 or 1220.
    pub maximum_segment_size: Option<u16>,
    /// Window scale shift (RFC 7323).
    pub window_scale: Option<u8>,
    /// SACK permitted (RFC 2018).
    pub sack_permitted: bool,
    /// Timestamps (RFC 7323).
    pub timestamps: bool,
    /// The raw window of the SYN (never scaled).
    pub window: u16,
}

/// A RST answered the SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeRefused {
    /// The SYN.
    pub syn: PacketNumber,
    /// How many SYNs had been sent.
    pub attempts: u32,
    /// Time since the last of them.
    pub after_ns: u64,
    /// The SYN's sequence number.
    pub client_sequence: u32,
    /// Should be it + 1 (+ data).
    pub acknowledgment: u32,
    /// Bytes that the SYN carried.
    pub syn_payload: u32,
}

/// Finding: no answer to a SYN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeUnanswered {
    /// Who asked.
    pub client: Endpoint,
    /// Who did not answer.
    pub server: Endpoint,
    /// How many SYNs were sent.
    pub attempts: u32,
    /// The SYNs (the first eight).
    pub syns: SmallVec<[PacketNumber; 8]>,
    /// The waits between them (the back-off).
    pub intervals_ns: SmallVec<[u64; 8]>,
    /// From the first SYN to the end of what was seen.
    pub waited_ns: u64,
}

impl HandshakeUnanswered {
    /// Whether the recording ended too soon to miss an answer: a sender waits a
    /// second before it sends a SYN again (RFC 6298), less than that is no sign
    /// of silence.
    #[must_use]
    pub const fn is_too_early(&self) -> bool {
        self.waited_ns < 1_000_000_000
    }
}

/// Finding: the SYN was answered from another address than was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeOtherAddress {
    /// Who asked.
    pub client: Endpoint,
    /// Whom.
    pub server: Endpoint,
    /// Who answered.
    pub answerer: Endpoint,
    /// How many SYNs were sent.
    pub attempts: u32,
    /// The SYNs (the first eight).
    pub syns: SmallVec<[PacketNumber; 8]>,
    /// The first SYN-ACK from elsewhere that acknowledges the SYN's number.
    pub answer: PacketNumber,
}

/// Finding: the SYN was answered by an ICMP error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeRejected {
    /// Who asked.
    pub client: Endpoint,
    /// Whom.
    pub server: Endpoint,
    /// Who rejects it.
    pub reporter: IpAddr,
    /// The time to live ran out; else the destination is not reachable.
    pub time_exceeded: bool,
    /// Message type as on the wire.
    pub icmp_type: u8,
    /// Message code as on the wire.
    pub code: u8,
    /// Whether the numbers are ICMPv6's.
    pub v6: bool,
    /// How many SYNs were sent.
    pub attempts: u32,
    /// The first of them.
    pub syn: PacketNumber,
    /// The errors (the first eight).
    pub errors: SmallVec<[PacketNumber; 8]>,
    /// From the first SYN to the first error.
    pub after_ns: u64,
    /// From the first SYN to the end of what was seen.
    pub waited_ns: u64,
}

/// Finding: a listener goes on repeating its SYN-ACK although the third step, or
/// data, has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptQueueFull {
    /// Who believes in the connection.
    pub client: Endpoint,
    /// Who does not take it.
    pub server: Endpoint,
    /// The third step, where it was recorded.
    pub third_step: Option<PacketNumber>,
    /// How many SYN-ACKs came after it.
    pub repeats: u32,
    /// The first eight of them.
    pub syn_acks: SmallVec<[PacketNumber; 8]>,
    /// From the first to the last of them.
    pub during_ns: u64,
    /// The server took the connection in the end.
    pub taken: bool,
}

/// Both ends sent a SYN before they saw the other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeSimultaneous {
    /// The other SYN.
    pub other_syn: PacketNumber,
}

/// The SYN's data was accepted (RFC 7413).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FastOpen {
    /// The SYN.
    pub syn: PacketNumber,
    /// How many of its bytes were accepted.
    pub accepted: u32,
    /// How many it carried.
    pub syn_payload: u32,
}

/// Many half-open handshakes at one listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SynFlood {
    /// The target.
    pub listener: Endpoint,
    /// Handshakes without a third step.
    pub half_open: u64,
    /// Handshakes that were completed.
    pub completed: u64,
    /// Different source addresses of the half-open ones; estimated beyond
    /// 4096, within 2 %.
    pub sources: u64,
    /// From the first to the last of them.
    pub during_ns: u64,
    /// The first eight SYNs.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// One host tries many ports or many hosts, most of them in vain. A target is a
/// port of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Who tries.
    pub source: Address,
    /// Different targets.
    pub targets: u64,
    /// Different hosts among them; estimated beyond 32768, as are the ports.
    pub hosts: u64,
    /// Different ports among them.
    pub ports: u64,
    /// The host, where there is one only.
    pub host: Option<Address>,
    /// The port, where there is one only.
    pub port: Option<u16>,
    /// Targets that answered with SYN-ACK.
    pub open: u64,
    /// Targets that answered with RST.
    pub refused: u64,
    /// Targets for which an ICMP error came.
    pub rejected: u64,
    /// Targets that did not answer.
    pub silent: u64,
    /// The first eight that are open.
    pub open_targets: Vec<Endpoint>,
    /// From the first target to the last, each when it was tried first.
    pub during_ns: u64,
    /// The first eight SYNs.
    pub examples: Vec<PacketNumber>,
    /// What is told beside of its handshakes.
    pub beside: ScanBeside,
}

/// How much is told of the handshakes of a scan one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanBeside {
    /// Handshakes that were refused.
    pub refusals: u64,
    /// Handshakes that were not answered.
    pub silences: u64,
    /// Handshakes that were rejected by an ICMP error.
    pub rejections: u64,
    /// The errors.
    pub errors: u64,
    /// SYNs that were sent again.
    pub repeats: u64,
    /// RSTs by which the scanning host abandoned a handshake.
    pub abandoned: u64,
}

/// A new connection has the 4-tuple of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortReused {
    /// The earlier conversation.
    pub earlier: u64,
    /// Time since its last packet.
    pub after_ns: u64,
    /// Whether it had been closed in order.
    pub was_closed: bool,
}

/// TIME_WAIT cut short: the 4-tuple is taken again before 2 MSL passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeWaitReused {
    /// Who was in TIME_WAIT.
    pub holder: Side,
    /// How long it had been there.
    pub in_time_wait_ns: u64,
    /// The sequence number that the old connection ended at.
    pub old_end: u32,
    /// The new initial sequence number; it should lie beyond the old end.
    pub sequence: u32,
}

/// SYN, SYN-ACK or FIN sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeRetransmission {
    /// Which.
    pub what: ControlSegment,
    /// The first of them.
    pub original: PacketNumber,
    /// How many times it has been sent now.
    pub attempt: u32,
    /// Time since the one before.
    pub after_ns: u64,
    /// What answered it and stands in the recording already: the SYN-ACK, or the
    /// third step.
    pub answered_by: Option<PacketNumber>,
    /// Of a SYN-ACK: the SYN was sent again since the last one.
    pub asked_again: bool,
}

/// A segment that takes sequence space without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ControlSegment {
    /// First step.
    Syn,
    /// Second step.
    SynAck,
    /// Close.
    Fin,
    /// Data that the SYN carried and the SYN-ACK did not take.
    SynData,
}

impl ControlSegment {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syn => "SYN",
            Self::SynAck => "SYN-ACK",
            Self::Fin => "FIN",
            Self::SynData => "SYN data",
        }
    }
}
