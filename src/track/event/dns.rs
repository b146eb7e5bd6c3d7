//! DNS: questions, answers, silence.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::decode::Packet;
use crate::track::{Endpoint, PacketNumber};

/// Where the bytes of a DNS message are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DnsBytes {
    /// In the packet that the event is on.
    InPacket {
        /// Bytes from the start of the frame.
        offset: u32,
        /// How many of them were captured.
        length: u32,
    },
    /// Put together from what TCP segments brought, all of it before the event's
    /// packet or the last of it with that.
    Reassembled {
        /// The message.
        bytes: Box<[u8]>,
        /// The packet that brought its first byte.
        first: PacketNumber,
        /// The packet that brought its last byte.
        last: PacketNumber,
    },
}

impl DnsBytes {
    /// The message's bytes.
    #[must_use]
    pub fn of<'a>(&'a self, packet: &Packet<'a>) -> &'a [u8] {
        match self {
            Self::InPacket { offset, length } => {
                let from = packet.frame.bytes.get(*offset as usize..);
                from.and_then(|bytes| bytes.get(..*length as usize))
                    .unwrap_or_default()
            }
            Self::Reassembled { bytes, .. } => bytes,
        }
    }

    /// The packets that brought its first and its last byte, where it was put
    /// together.
    pub fn carried_by(&self) -> impl Iterator<Item = PacketNumber> {
        let packets = match self {
            Self::InPacket { .. } => None,
            Self::Reassembled { first, last, .. } => Some([*first, *last]),
        };
        packets.into_iter().flatten()
    }
}

/// Who is asked by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DnsFlavour {
    /// A server (RFC 1035).
    Unicast,
    /// Everyone on the link, answers to everyone (RFC 6762).
    Multicast,
    /// Everyone on the link, answers to the asker (RFC 4795).
    LinkLocal,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsQuery {
    /// Transaction id.
    pub id: u16,
    /// By which rules.
    pub flavour: DnsFlavour,
    /// How many times it has been asked, this one included.
    pub attempt: u32,
    /// The message.
    pub message: DnsBytes,
}

/// How a response belongs to its query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsPairing {
    /// The query that it answers, the last one where it was repeated, if it
    /// was seen.
    pub query: Option<PacketNumber>,
    /// Time since that query.
    pub latency_ns: Option<u64>,
    /// Time since the first query, where it was repeated.
    pub since_first_ns: Option<u64>,
    /// How many times had been asked by then; 0 when no query was seen.
    pub attempts: u32,
    /// Whether it repeats the query's question; `None` without a query, or
    /// where a response need not repeat it.
    pub question_matches: Option<bool>,
    /// The response that had already answered the query.
    pub duplicate_of: Option<PacketNumber>,
}

/// The answer (response code 0).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsResponse {
    /// Transaction id.
    pub id: u16,
    /// By which rules.
    pub flavour: DnsFlavour,
    /// Its query.
    pub pairing: DnsPairing,
    /// The message.
    pub message: DnsBytes,
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsError {
    /// Transaction id.
    pub id: u16,
    /// Its query.
    pub pairing: DnsPairing,
    /// Response code (RFC 6895), with EDNS's upper bits.
    pub response_code: u16,
    /// The message.
    pub message: DnsBytes,
}

/// The answer did not fit: ask again over TCP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsTruncated {
    /// Transaction id.
    pub id: u16,
    /// The query that it answers, if it was seen.
    pub query: Option<PacketNumber>,
    /// The message.
    pub message: DnsBytes,
}

/// The answer came from another address than was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsOtherAddress {
    /// Transaction id.
    pub id: u16,
    /// The query.
    pub query: PacketNumber,
    /// Who was asked.
    pub asked: Endpoint,
    /// Who answered.
    pub answerer: Endpoint,
}

/// A second response to one query says something else than the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswersDiffer {
    /// Transaction id.
    pub id: u16,
    /// The query.
    pub query: PacketNumber,
    /// The first response.
    pub first: PacketNumber,
    /// Time since that.
    pub after_ns: u64,
    /// The response codes of the first and of this one.
    pub response_codes: (u16, u16),
    /// The hop limits of the first and of this one.
    pub time_to_live: (u8, u8),
    /// The hop limits are those of two hosts.
    pub hops_differ: bool,
}

/// A query was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsRetransmission {
    /// Transaction id.
    pub id: u16,
    /// The first one.
    pub original: PacketNumber,
    /// How many times it has been asked now.
    pub attempt: u32,
    /// Time since the one before.
    pub after_ns: u64,
    /// The response that had already answered it: it did not arrive, or came
    /// too late.
    pub answered: Option<PacketNumber>,
    /// The response to it that came from another address than was asked.
    pub elsewhere: Option<PacketNumber>,
    /// The ICMP error that answered it.
    pub rejected: Option<PacketNumber>,
}

/// Finding: no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsUnanswered {
    /// Transaction id.
    pub id: u16,
    /// The name asked for.
    pub name: Box<str>,
    /// The type asked for.
    pub record_type: u16,
    /// Who asked.
    pub client: Endpoint,
    /// Who did not answer.
    pub server: Endpoint,
    /// The queries (the first eight).
    pub queries: SmallVec<[PacketNumber; 8]>,
    /// How many there were.
    pub attempts: u32,
    /// From the first query to the end of the wait: thirty seconds after the
    /// last one, or the end of the capture.
    pub waited_ns: u64,
    /// What this server answered the asker last, after the first of these
    /// queries: it is there.
    pub heard: Option<PacketNumber>,
    /// It was given up before that, to make room for other queries.
    pub for_room: bool,
}
