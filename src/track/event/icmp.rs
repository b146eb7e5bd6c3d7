//! ICMP: pings and errors.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::track::{Endpoint, PacketNumber};

/// Ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoRequest {
    /// Which ping program.
    pub identifier: u16,
    /// Which of its requests.
    pub sequence: u16,
    /// Data bytes.
    pub bytes: u32,
    /// Sent to a group or to everyone: any number may answer.
    pub group: bool,
    /// The unanswered request before it with this identifier and sequence number.
    pub repeats: Option<PacketNumber>,
}

/// Pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoReply {
    /// The request that it answers, if it was seen.
    pub request: Option<PacketNumber>,
    /// As in the request.
    pub identifier: u16,
    /// As in the request.
    pub sequence: u16,
    /// Data bytes.
    pub bytes: u32,
    /// Data bytes of the request.
    pub request_bytes: Option<u32>,
    /// Round-trip time.
    pub round_trip_ns: Option<u64>,
    /// The reply that had already answered the same request.
    pub duplicate_of: Option<PacketNumber>,
}

/// Finding: no answer to pings of one conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoUnanswered {
    /// Who asked.
    pub asker: IpAddr,
    /// Whom.
    pub target: IpAddr,
    /// The unanswered requests (the first eight).
    pub requests: SmallVec<[PacketNumber; 8]>,
    /// How many requests went unanswered.
    pub unanswered: u32,
    /// How many were sent.
    pub sent: u32,
    /// How many of them met an ICMP error instead of a reply.
    pub errors: u32,
    /// How long the capture went on after the last unanswered request, at most
    /// ten seconds.
    pub watched_ns: u64,
    /// The longest time that one of them was waited for.
    pub longest_ns: u64,
    /// Some were given up before their time, to make room for others.
    pub for_room: bool,
}

/// An ICMP error about an earlier packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IcmpError {
    /// Which.
    pub kind: IcmpErrorKind,
    /// Message type as on the wire.
    pub icmp_type: u8,
    /// Message code as on the wire.
    pub code: u8,
    /// Whether the numbers are ICMPv6's.
    pub v6: bool,
    /// Who reports it.
    pub reporter: IpAddr,
    /// IP protocol number of the quoted packet.
    pub quoted_protocol: Option<u8>,
    /// Source of the quoted packet.
    pub quoted_source: Option<Endpoint>,
    /// Destination of the quoted packet.
    pub quoted_destination: Option<Endpoint>,
    /// The quoted packet, if it was seen.
    pub quoted: Option<PacketNumber>,
    /// Time since it.
    pub after_ns: Option<u64>,
    /// The next hop's MTU (fragmentation needed).
    pub mtu: Option<u32>,
    /// The better gateway (redirect).
    pub gateway: Option<IpAddr>,
}

/// The families of ICMP errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IcmpErrorKind {
    /// Destination unreachable (the code tells what).
    Unreachable,
    /// TTL or hop limit reached 0, or reassembly took too long.
    TimeExceeded,
    /// Fragmentation needed, or ICMPv6's packet too big.
    FragmentationNeeded,
    /// There is a better gateway.
    Redirect,
}

/// Finding: probes whose time to live runs out one router further each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traceroute {
    /// Who asks for the way.
    pub source: IpAddr,
    /// Where to.
    pub target: IpAddr,
    /// The IP protocol of the probes.
    pub protocol: u8,
    /// The hops that answered, the nearest first; at most 32.
    pub hops: Vec<TraceHop>,
    /// The target's first answer, and the time to live of its probe.
    pub reached: Option<(PacketNumber, u8)>,
    /// How many probes ran out of hops.
    pub exceeded: u64,
    /// How many were called undeliverable: mostly by the target, where no program
    /// listens.
    pub unreachable: u64,
    /// The first probes and their answers.
    pub packets: SmallVec<[PacketNumber; 8]>,
}

/// Routers that are so many hops away, or the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceHop {
    /// How many hops.
    pub time_to_live: u8,
    /// Those that answered, in their order; more than one where there are several
    /// ways; at most four.
    pub routers: SmallVec<[IpAddr; 1]>,
    /// How many answers came.
    pub answers: u64,
    /// The quickest of them.
    pub shortest_ns: u64,
}
