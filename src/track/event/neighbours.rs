//! ARP and IPv6 neighbour discovery.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::track::PacketNumber;

/// Who has this address?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpRequest {
    /// Which address is asked for.
    pub target: IpAddr,
    /// Who wants to know.
    pub asker: IpAddr,
    /// How many times it has been asked without an answer, this one
    /// included.
    pub attempt: u32,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpReply {
    /// The request that it answers, the last one where it was repeated, if it
    /// was seen.
    pub request: Option<PacketNumber>,
    /// Time since that request.
    pub latency_ns: Option<u64>,
    /// How many requests had been sent by then; 0 when none was seen.
    pub attempts: u32,
    /// Whose address.
    pub address: IpAddr,
    /// The answer.
    pub mac: [u8; 6],
    /// Whom it tells.
    pub asker: IpAddr,
    /// The address that was asked for.
    pub asked: Option<IpAddr>,
    /// It answers a probe: the address that the asker wants is taken.
    pub answers_probe: bool,
}

/// A host announces its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpGratuitous {
    /// Whose address.
    pub address: IpAddr,
    /// The host.
    pub mac: [u8; 6],
    /// Announced in a request (as usual) or in a reply.
    pub reply: bool,
}

/// A host asks whether an address is free (RFC 5227).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpProbe {
    /// The address.
    pub address: IpAddr,
    /// The host that would like to have it.
    pub mac: [u8; 6],
    /// How many times it has been asked without an answer, this one
    /// included.
    pub attempt: u32,
}

/// Finding: nobody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpUnanswered {
    /// Who asked.
    pub asker: IpAddr,
    /// For whom.
    pub target: IpAddr,
    /// The requests (the first eight).
    pub requests: SmallVec<[PacketNumber; 8]>,
    /// How many there were.
    pub attempts: u32,
    /// From the first request to the end of the wait: five seconds after the
    /// last one, or the end of the capture.
    pub waited_ns: u64,
    /// It was given up before that, to make room for other requests.
    pub for_room: bool,
}

/// Finding: one IP address claimed by two MAC addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArpAddressConflict {
    /// The address.
    pub address: IpAddr,
    /// Who claimed it before.
    pub earlier_mac: [u8; 6],
    /// In which packet.
    pub earlier: PacketNumber,
    /// Who claims it now.
    pub mac: [u8; 6],
    /// In which packet.
    pub later: PacketNumber,
    /// Time between the two packets.
    pub between_ns: u64,
}

/// IPv6: who has this address?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NdpSolicitation {
    /// Which address is asked for.
    pub target: IpAddr,
    /// Who wants to know.
    pub asker: IpAddr,
    /// Duplicate address detection: asked from the unspecified address.
    pub probe: bool,
    /// Asked of the neighbour itself, not of the group: is it still there?
    pub unicast: bool,
    /// How many times it has been asked without an answer, this one
    /// included.
    pub attempt: u32,
}

/// IPv6: the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NdpAdvertisement {
    /// Whose address.
    pub target: IpAddr,
    /// The solicitation that it answers, if it was seen.
    pub solicitation: Option<PacketNumber>,
    /// Time since it.
    pub latency_ns: Option<u64>,
    /// The link-layer address given.
    pub mac: Option<[u8; 6]>,
    /// It says that it was asked.
    pub solicited: bool,
    /// The sender is a router.
    pub router: bool,
    /// What is cached shall be replaced.
    pub overrides: bool,
    /// It answers a probe: the address that the asker wants is taken.
    pub answers_probe: bool,
}
