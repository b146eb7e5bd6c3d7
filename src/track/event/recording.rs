//! The packet by itself, and the recording: damage, cuts, offload, what is missing.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::decode::Stop;
use crate::track::PacketNumber;

/// Could not be decoded further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Malformed {
    /// Where and why.
    pub stop: Stop,
}

/// Cut by the snapshot length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truncated {
    /// Bytes that were captured.
    pub captured: u32,
    /// Bytes that the packet had.
    pub original: u32,
    /// The layer that could not be read whole, if one could not.
    pub stop: Option<Stop>,
}

/// A checksum that does not fit the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecksumBad {
    /// Whose.
    pub of: ChecksumOf,
    /// What it should be.
    pub expected: u16,
    /// What the packet has.
    pub observed: u16,
}

/// A checksum that does not fit the bytes, of a sender of whom too few fit to
/// tell why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecksumWrong {
    /// Whose.
    pub of: ChecksumOf,
    /// What it should be.
    pub expected: u16,
    /// What the packet has.
    pub observed: u16,
    /// By how much that is too high, in ones' complement.
    pub difference: u16,
    /// How many sums of this sender have held before, in packets of this sort to
    /// the same host.
    pub right_before: u32,
}

/// Finding: packets that were damaged, as only later ones show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecksumDamage {
    /// Whose checksum does not fit.
    pub of: ChecksumOf,
    /// Who sent them.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// Which.
    pub packets: SmallVec<[PacketNumber; 8]>,
    /// How many such sums of the sender hold.
    pub right: u32,
}

/// Finding, once a host pair: every sum is wrong by the same amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecksumRewritten {
    /// The two hosts.
    pub hosts: [IpAddr; 2],
    /// How many packets are wrong by that amount.
    pub packets: u64,
    /// The first of them.
    pub first: PacketNumber,
    /// The amount in the packets of each host, in ones' complement, where it is
    /// the same.
    pub differences: [Option<u16>; 2],
    /// How many are wrong by other amounts.
    pub otherwise: u64,
}

/// Whose checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChecksumOf {
    /// TCP's.
    Tcp,
    /// UDP's.
    Udp,
    /// ICMP's, for IPv4 or IPv6.
    Icmp,
    /// The IPv4 header's.
    Ipv4,
}

/// Checksums not yet filled in by the network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecksumOffload {
    /// The sending host, on which the capture was made.
    pub host: IpAddr,
    /// How many of its packets have a sum that is not filled in.
    pub packets: u64,
    /// The first of them.
    pub first: PacketNumber,
}

/// Segments not yet cut by the network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oversize {
    /// The sending host.
    pub host: IpAddr,
    /// How many such segments.
    pub packets: u64,
    /// The first of them.
    pub first: PacketNumber,
    /// Payload of the largest.
    pub largest: u32,
    /// What a segment may carry, as the receiver of the largest had offered
    /// (MSS), where that is known.
    pub maximum_segment_size: Option<u32>,
}

/// Finding, once a capture: its clock went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeDisorder {
    /// The last packet before the clock first went back.
    pub before: PacketNumber,
    /// The first packet behind it.
    pub after: PacketNumber,
    /// How often it went back.
    pub times: u64,
    /// How far at the most.
    pub most_ns: u64,
}

/// Finding, once a capture: the longest time in which nothing was recorded, if
/// it was long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturePause {
    /// The last packet before it.
    pub before: PacketNumber,
    /// The first packet behind it.
    pub after: PacketNumber,
    /// How long it was.
    pub for_ns: u64,
}

/// Finding, once a capture: TCP conversations that had begun before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MidStream {
    /// How many.
    pub conversations: u64,
    /// Of how many TCP conversations.
    pub of: u64,
    /// The first packets of the first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// Finding, once a capture: TCP conversations seen in one direction only
/// though the acknowledgments show the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneSided {
    /// How many.
    pub conversations: u64,
    /// Of how many TCP conversations.
    pub of: u64,
    /// The first packets of the first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// Finding, once a capture: packets stand in it twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureDoubled {
    /// How many copies.
    pub copies: u64,
    /// Among how many packets.
    pub packets: u64,
    /// Copies that were recorded on the other side of a router.
    pub both_sides_of_router: u64,
    /// Copies with another VLAN tag.
    pub vlan_tags: u64,
    /// The first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// Finding, once a capture: the recording lost packets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureDropped {
    /// As the recorder counted them; 0: it says nothing.
    pub packets: u64,
    /// Of these by the interface (pcapng's `isb_ifdrop`).
    pub by_interface: u64,
    /// Of these by the operating system (pcapng's `isb_osdrop`).
    pub by_system: u64,
    /// Of these by this program while it captured.
    pub by_us: u64,
    /// Bytes of TCP connections that were acknowledged though no packet of the
    /// capture brought them.
    pub unrecorded_bytes: u64,
    /// In how many conversations.
    pub conversations: u64,
    /// The first packets of the first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}
