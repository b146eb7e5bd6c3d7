//! TCP's bytes on their way: sent again, late, missing, twice; messages in the stream.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::track::{Endpoint, PacketNumber, Side};

/// Data sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retransmission {
    /// What triggered it.
    pub trigger: Trigger,
    /// What the verdict rests on.
    pub evidence: TriggerEvidence,
    /// The packets that prove it: the timeout that it follows, the duplicate
    /// ACKs or SACKs, the packet since which nothing had come.
    pub proof: SmallVec<[PacketNumber; 4]>,
    /// The packet that it repeats (the first that held its first byte).
    pub original: Option<PacketNumber>,
    /// Its first sequence number, relative.
    pub relative_sequence: u32,
    /// Payload bytes sent again.
    pub bytes: u32,
    /// Wire segments that they make (more than one before the network card
    /// cuts them).
    pub segments: u32,
    /// Time since the same bytes were last sent.
    pub after_ns: Option<u64>,
    /// Which of a row of timeouts this is, from 1; 0 for other triggers.
    pub back_off: u32,
    /// The timeouts of the row so far, in nanoseconds: each wait.
    pub waits_ns: SmallVec<[u64; 4]>,
    /// Smoothed round-trip time at that moment (RFC 6298), if measured.
    pub smoothed_round_trip_ns: Option<u64>,
    /// The bytes had already been acknowledged by this packet.
    pub acknowledged_by: Option<PacketNumber>,
}

/// What triggered a retransmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trigger {
    /// The retransmission timer ran out (RFC 6298).
    Timeout,
    /// The rest of a flight that was given up with a timeout.
    AfterTimeout,
    /// Duplicate ACKs or SACK evidence (RFC 5681, 6675, 8985).
    Fast,
    /// Tail-loss probe: the last segment again, to provoke an answer
    /// (RFC 8985, section 7).
    TailLossProbe,
    /// An ICMP error named a smaller MTU, and the bytes are cut anew (RFC 1191,
    /// RFC 8201).
    PathMtu,
    /// The capture does not tell.
    Unknown,
}

/// What a verdict on a trigger rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriggerEvidence {
    /// Nothing had come from the peer for the length of a timer.
    Silence,
    /// It followed at once on an acknowledgment: so many duplicates had come.
    DuplicateAcks(u32),
    /// It followed on a SACK that shows later bytes at the receiver.
    Sack,
    /// It followed an acknowledgment that left a hole, within a recovery.
    Recovery,
    /// It belongs to a flight whose first segment timed out.
    AfterTimeout,
    /// Only the time that passed, seen at the receiving side.
    Delay,
    /// An ICMP error said that it was too big, for this MTU where it named one.
    TooBig(Option<u32>),
    /// Too little to tell.
    None,
}

/// Finding: segments above a size are never acknowledged while smaller ones are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathMtuBlackHole {
    /// Whose segments they are.
    pub side: Side,
    /// That side's address.
    pub endpoint: Endpoint,
    /// Where they do not arrive.
    pub peer: Endpoint,
    /// Data bytes of the segment that never arrives.
    pub size: u32,
    /// Data bytes of the largest segment that arrived; 0 where none had data.
    pub passes: u32,
    /// How many times it was sent again.
    pub again: u32,
    /// Its packets (the first eight).
    pub packets: SmallVec<[PacketNumber; 8]>,
    /// From the first of them to the last.
    pub during_ns: u64,
    /// ICMP errors that said so.
    pub errors: u32,
    /// Some of them.
    pub error_packets: SmallVec<[PacketNumber; 8]>,
    /// Who sent them.
    pub reporter: Option<IpAddr>,
    /// The MTU that they named.
    pub mtu: Option<u32>,
}

/// Sequence numbers that had other bytes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDiffers {
    /// The packet that had these numbers first.
    pub original: PacketNumber,
    /// The first number that both have, relative.
    pub relative_sequence: u32,
    /// Payload bytes of this packet, from there on.
    pub bytes: u32,
    /// Payload bytes of that one, from there on.
    pub original_bytes: u32,
    /// Time since it.
    pub after_ns: u64,
    /// The numbers had been acknowledged by this packet.
    pub acknowledged_by: Option<PacketNumber>,
}

/// Sent again although it had arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpuriousRetransmission {
    /// The needless retransmission (this packet, or an earlier one that this
    /// packet proves needless).
    pub retransmission: PacketNumber,
    /// The packet that it repeated.
    pub original: Option<PacketNumber>,
    /// The acknowledgment that shows it: seen before the retransmission, or
    /// after it.
    pub shown_by: PacketNumber,
    /// How that acknowledgment shows it.
    pub evidence: NeedlessEvidence,
    /// Payload bytes.
    pub bytes: u32,
}

/// What shows that bytes were sent again needlessly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NeedlessEvidence {
    /// They had been acknowledged before.
    Acknowledgment,
    /// A D-SACK told that they arrived twice (RFC 2883).
    Dsack,
    /// Their acknowledgment echoes the timestamp of the original (RFC 3522).
    Timestamp,
}

impl NeedlessEvidence {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acknowledgment => "acknowledgment",
            Self::Dsack => "dsack",
            Self::Timestamp => "timestamp",
        }
    }
}

/// Arrived late by reordering, not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfOrder {
    /// Its first sequence number, relative.
    pub relative_sequence: u32,
    /// The sequence number that was due next, relative.
    pub expected: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// The packet that overtook it first.
    pub overtaken_by: PacketNumber,
    /// How many segments overtook it.
    pub overtaken_segments: u32,
    /// How long after the first of them it came.
    pub late_ns: u64,
    /// What tells it from a retransmission.
    pub evidence: LateEvidence,
}

/// What tells reordering from a retransmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LateEvidence {
    /// Its IP identification is older than that of segments before it.
    Identification,
    /// Its timestamp is older than that of segments before it.
    Timestamp,
    /// It came too soon to be a retransmission (within so short a time that
    /// no acknowledgment could have provoked it).
    Timing,
}

/// The n-th duplicate acknowledgment (RFC 5681, section 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateAck {
    /// Which of the row, from 1.
    pub nth: u32,
    /// What it acknowledges again, relative.
    pub relative_acknowledgment: u32,
    /// The first packet that acknowledged this.
    pub first: PacketNumber,
    /// End of the gap that the receiver waits for, relative (exclusive), if
    /// SACK tells.
    pub gap_end: Option<u32>,
    /// SACK blocks, relative, as in the option.
    pub sack: SmallVec<[(u32, u32); 4]>,
}

/// The receiver reports a duplicate (RFC 2883).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dsack {
    /// First byte that arrived twice, relative.
    pub start: u32,
    /// Behind the last of them, relative.
    pub end: u32,
    /// The packet that brought them the second time, if it is known.
    pub duplicate: Option<PacketNumber>,
}

/// Fills a gap that later bytes had to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadOfLine {
    /// The packet behind which the gap was first seen.
    pub gap_seen_at: PacketNumber,
    /// How long the gap stood.
    pub waited_ns: u64,
    /// Bytes behind the gap that could not be delivered.
    pub waiting_bytes: u32,
    /// Segments that brought them.
    pub waiting_segments: u32,
    /// Bytes that had been missing.
    pub gap_bytes: u32,
}

/// Bytes before this segment have not been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Relative sequence number expected.
    pub expected: u32,
    /// Relative sequence number seen.
    pub observed: u32,
    /// How many are missing.
    pub missing: u32,
}

/// Acknowledges bytes that the capture does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckOfUnseen {
    /// Up to which relative sequence number the peer's bytes were seen without
    /// a gap.
    pub seen: u32,
    /// What was acknowledged, relative.
    pub acknowledged: u32,
    /// How many bytes the capture misses.
    pub missing: u32,
}

/// A copy of a packet seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpDuplicate {
    /// The packet that it copies.
    pub original: PacketNumber,
    /// Time since it.
    pub after_ns: u64,
    /// What shows that it was not sent again.
    pub evidence: CopyEvidence,
    /// Who made the copy, as far as it can be told.
    pub made_by: CopyMaker,
    /// How much lower its TTL is.
    pub time_to_live_lower: u8,
    /// Its IPv4 identification.
    pub identification: u32,
    /// Which copy of that packet it is.
    pub nth: u8,
    /// How often it went over the same link with a lower TTL, twice counted where
    /// the link is known; below 4 that shows no loop.
    pub passes: u8,
    /// It is the first that shows the loop.
    pub is_first_round: bool,
}

/// What shows that a packet is a copy, and was not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyEvidence {
    /// Its identification is that of the other, and hosts give each but once.
    Identification,
    /// The hop limit is another, and it went between other MAC addresses: it was
    /// recorded on both sides of a router.
    HopLimit,
    /// It has another VLAN tag, one more or one less.
    VlanTag,
    /// Nearly every packet of the recording stands twice.
    Doubled,
    /// It comes sooner than any timer sends, and nothing has come from the peer
    /// that could have asked for it.
    Time,
}

impl CopyEvidence {
    /// How many there are.
    pub const COUNT: usize = 5;

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identification => "identification",
            Self::HopLimit => "hop_limit",
            Self::VlanTag => "vlan_tag",
            Self::Doubled => "doubled",
            Self::Time => "time",
        }
    }
}

/// Finding: datagrams that come over the same link again and again with a lower
/// TTL each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpLoop {
    /// Who sent them.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// The identification of the first.
    pub identification: u32,
    /// How many.
    pub datagrams: u64,
    /// How often they were seen again, all together.
    pub packets: u64,
    /// The packet in which the first of them was first seen, and last.
    pub first: PacketNumber,
    /// The packet in which it was last seen.
    pub last: PacketNumber,
    /// Its TTL at first.
    pub time_to_live: u8,
    /// Its TTL at last.
    pub last_time_to_live: u8,
}

/// Who copied a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CopyMaker {
    /// The network: the receiver reacted (D-SACK).
    Network,
    /// The recording: nothing reacted.
    Recording,
    /// Not known.
    Unknown,
}

impl CopyMaker {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Recording => "recording",
            Self::Unknown => "unknown",
        }
    }
}

/// Data sent again and never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerSilent {
    /// Who sent it.
    pub side: Side,
    /// The sender.
    pub endpoint: Endpoint,
    /// Who does not answer.
    pub peer: Endpoint,
    /// The last packet from the peer, if there was one.
    pub last_heard: Option<PacketNumber>,
    /// From then to the end of what was seen.
    pub silent_ns: u64,
    /// Bytes sent and never acknowledged.
    pub unacknowledged: u32,
    /// The peer's FIN, where it came.
    pub peer_fin: Option<PacketNumber>,
    /// Retransmissions since the peer was last heard.
    pub attempts: u32,
    /// How often the first of these bytes was sent in all.
    pub transmissions: u32,
    /// The first eight of them.
    pub retransmissions: SmallVec<[PacketNumber; 8]>,
}

/// Several messages in one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeveralMessages {
    /// The packet that holds them: this one, or an earlier one whose bytes
    /// could not be read before.
    pub packet: PacketNumber,
    /// Whole messages in it.
    pub messages: u32,
    /// How messages are told apart.
    pub framing: Framing,
    /// Bytes of a message that goes on in the next segment.
    pub begun_bytes: u32,
}

/// A message cut across segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageCut {
    /// The packet that this is about: this one, or an earlier one whose bytes
    /// could not be read before.
    pub packet: PacketNumber,
    /// The packet in which the message begins: that packet (and it goes on in
    /// the next), or an earlier one (and it ends there).
    pub begins_in: PacketNumber,
    /// Bytes of it up to and with that packet.
    pub bytes: u32,
    /// Whether it ends in that packet.
    pub complete: bool,
    /// How messages are told apart.
    pub framing: Framing,
}

/// Finding: all messages of a side have one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesOfOneSize {
    /// Who sent them.
    pub side: Side,
    /// The sender.
    pub endpoint: Endpoint,
    /// How many there were.
    pub messages: u64,
    /// The size of each, with its length or its newline.
    pub bytes: u32,
    /// How messages are told apart.
    pub framing: Framing,
}

/// How an application's messages are told apart in the byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Framing {
    /// Each ends with a newline.
    #[default]
    Line,
    /// Each begins with its length: so many bytes of it.
    Length {
        /// 1, 2 or 4; the length counts what stands behind it.
        bytes: u8,
        /// Most significant byte first.
        big_endian: bool,
    },
    /// All have this size.
    Fixed {
        /// At least 1.
        bytes: u32,
    },
}

impl Framing {
    /// Those that can be declared by a name alone.
    pub const NAMED: [(&'static str, Self); 6] = [
        ("line", Self::Line),
        ("len:u8", Self::length(1, true)),
        ("len:u16be", Self::length(2, true)),
        ("len:u16le", Self::length(2, false)),
        ("len:u32be", Self::length(4, true)),
        ("len:u32le", Self::length(4, false)),
    ];

    const fn length(bytes: u8, big_endian: bool) -> Self {
        Self::Length { bytes, big_endian }
    }

    /// What declares a size that all messages have, before the size.
    pub const FIXED: &'static str = "fixed:";

    /// The longest message of a size that is declared.
    pub const FIXED_AT_MOST: u32 = 1 << 24;

    /// The framing of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(size) = name.strip_prefix(Self::FIXED) {
            let bytes = size.parse().ok();
            let bytes = bytes.filter(|bytes| (1..=Self::FIXED_AT_MOST).contains(bytes));
            return bytes.map(|bytes| Self::Fixed { bytes });
        }
        let mut all = Self::NAMED.into_iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, framing)| framing)
    }
}

/// Headers outweigh the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallMessage {
    /// Header bytes of all layers.
    pub headers: u32,
    /// Payload bytes.
    pub payload: u32,
}
