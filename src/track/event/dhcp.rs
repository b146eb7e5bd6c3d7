//! DHCP and DHCPv6: who asks for an address, who offers one, and what became of it.
//! What a message itself says stands in its packet; here is how it belongs to the
//! messages before it.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::track::PacketNumber;

/// What every message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpStep {
    /// DHCPv6.
    pub v6: bool,
    /// Transaction id.
    pub transaction: u32,
    /// The packet with this very message on the other side of a relay.
    pub relayed: Option<PacketNumber>,
}

/// How often something was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpAttempt {
    /// This one included.
    pub number: u32,
    /// The first one, where this is not it.
    pub first: Option<PacketNumber>,
    /// Time since that.
    pub since_first_ns: Option<u64>,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DhcpPurpose {
    /// One of the offers is taken.
    Selecting,
    /// A client that starts again asks whether its old address is still right; in
    /// DHCPv6 a Confirm.
    Restarting,
    /// The server that gave the lease is asked to extend it.
    Renewing,
    /// Any server is asked to extend it.
    Rebinding,
}

impl DhcpPurpose {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Selecting => "selecting",
            Self::Restarting => "restarting",
            Self::Renewing => "renewing",
            Self::Rebinding => "rebinding",
        }
    }
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DhcpQuestion {
    /// Discover, Solicit.
    Discover,
    /// Request and the like.
    Request(DhcpPurpose),
    /// Inform, Information-request.
    Inform,
    /// Release, which DHCPv6 answers.
    Release,
    /// Decline, which DHCPv6 answers.
    Decline,
}

/// A lease as it was given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpLease {
    /// The packet that gave it.
    pub packet: PacketNumber,
    /// Time since then.
    pub since_ns: u64,
    /// Its address.
    pub address: Option<IpAddr>,
    /// How long it holds, in seconds; `u32::MAX` is for ever.
    pub seconds: u32,
    /// When the client renews it, in seconds.
    pub t1: u32,
    /// When the client asks any server, in seconds.
    pub t2: u32,
}

/// Discover, Solicit: who gives me an address?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpDiscover {
    /// The message.
    pub step: DhcpStep,
    /// How often.
    pub attempt: DhcpAttempt,
}

/// Offer, Advertise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpOffer {
    /// The message.
    pub step: DhcpStep,
    /// What it answers, if that was seen.
    pub discover: Option<PacketNumber>,
    /// Time since that.
    pub latency_ns: Option<u64>,
    /// What other servers had offered before.
    pub others: SmallVec<[PacketNumber; 4]>,
}

/// Request; in DHCPv6 also Renew, Rebind and Confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpRequest {
    /// The message.
    pub step: DhcpStep,
    /// What it is for.
    pub purpose: DhcpPurpose,
    /// How often.
    pub attempt: DhcpAttempt,
    /// The offer that it takes, if that was seen.
    pub offer: Option<PacketNumber>,
    /// Time since that.
    pub latency_ns: Option<u64>,
    /// The address of that offer.
    pub offered: Option<IpAddr>,
    /// The offers that lapse with it.
    pub lapsed: SmallVec<[PacketNumber; 4]>,
    /// The lease that it is about, if that was seen.
    pub lease: Option<DhcpLease>,
}

/// Ack, Reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpAck {
    /// The message.
    pub step: DhcpStep,
    /// What it answers, if that was seen: the packet, and what was asked.
    pub answers: Option<(PacketNumber, DhcpQuestion)>,
    /// Time since that.
    pub latency_ns: Option<u64>,
    /// The address that was asked for.
    pub requested: Option<IpAddr>,
    /// The server whose offer was taken (DHCP alone).
    pub chosen: Option<IpAddr>,
    /// The first packet of the exchange, and the time since then, where this ends a
    /// whole one.
    pub began: Option<(PacketNumber, u64)>,
    /// The lease that it extends, if that was seen.
    pub lease: Option<DhcpLease>,
}

/// Nak; in DHCPv6 an answer with a status that says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpNak {
    /// The message.
    pub step: DhcpStep,
    /// What it answers, if that was seen.
    pub request: Option<PacketNumber>,
    /// Time since that.
    pub latency_ns: Option<u64>,
    /// The address that was asked for.
    pub requested: Option<IpAddr>,
}

/// Decline: the address has another owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpDecline {
    /// The message.
    pub step: DhcpStep,
    /// The lease that is given up, if that was seen.
    pub lease: Option<DhcpLease>,
}

/// Release: the address is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpRelease {
    /// The message.
    pub step: DhcpStep,
    /// The lease that is given back, if that was seen.
    pub lease: Option<DhcpLease>,
}

/// Inform, Information-request: an address I have, tell me the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpInform {
    /// The message.
    pub step: DhcpStep,
    /// How often.
    pub attempt: DhcpAttempt,
}

/// Finding: nobody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpUnanswered {
    /// DHCPv6.
    pub v6: bool,
    /// What was asked.
    pub question: DhcpQuestion,
    /// Who asked: its hardware address where that has six bytes.
    pub client: Option<[u8; 6]>,
    /// The packets that ask (the first eight).
    pub packets: SmallVec<[PacketNumber; 8]>,
    /// How many there were.
    pub attempts: u32,
    /// From the first to the end of the wait.
    pub waited_ns: u64,
    /// The client asked for answers by broadcast, which the recording would have.
    pub wants_broadcast: bool,
    /// The client gave it up and began anew.
    pub began_anew: bool,
    /// It was given up to make room for others.
    pub for_room: bool,
}

/// Finding: several servers offer something to one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpSeveralServers {
    /// DHCPv6.
    pub v6: bool,
    /// Transaction id.
    pub transaction: u32,
    /// The two offers.
    pub offers: [PacketNumber; 2],
    /// Who sent them: in DHCP the server identifiers, in DHCPv6 the senders.
    pub servers: [IpAddr; 2],
    /// What they offer: the addresses.
    pub addresses: [Option<IpAddr>; 2],
    /// They came over the same way: by no relay, or by the same one.
    pub same_way: bool,
    /// What they tell of the network differs: its mask, the gateway, the DNS
    /// servers.
    pub differ: [bool; 3],
}

impl DhcpSeveralServers {
    /// Whether a client's network depends on which of the two is faster.
    #[must_use]
    pub fn contradict(&self) -> bool {
        self.same_way && self.differ.contains(&true)
    }
}
