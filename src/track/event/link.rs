//! What frames show of the link that they were recorded on: its gateways, its
//! subnet, and the translation of addresses at its border.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use smallvec::SmallVec;

use super::PacketNumber;
use crate::track::Endpoint;

/// What shows that a station is a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GatewayEvidence {
    /// It advertises itself as a router (RFC 4861, section 4.2).
    RouterAdvertisement,
    /// A DHCP server names its address (RFC 2132, section 3.5).
    Dhcp,
    /// Hosts asked for its own address, and sent packets for other addresses to it.
    AskedFor,
    /// Addresses from several networks stand behind it.
    ManyNetworks,
    /// Packets come through it that have passed routers already: their TTL shows it.
    TimeToLive,
}

/// Finding: the MAC address behind which addresses from elsewhere stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Its MAC address.
    pub mac: [u8; 6],
    /// Its own IP address, where it is known.
    pub address: Option<IpAddr>,
    /// How many addresses from elsewhere were seen behind it (at the most as many as
    /// are remembered), and some of them.
    pub behind: u32,
    /// Some of them.
    pub examples: SmallVec<[IpAddr; 4]>,
    /// How often its own address was asked for.
    pub asked: u64,
    /// What shows it.
    pub evidence: SmallVec<[GatewayEvidence; 4]>,
    /// The first packets that show it.
    pub packets: SmallVec<[PacketNumber; 4]>,
}

/// Where a frame goes, or comes from, on its way between hosts of which one is
/// elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextHop {
    /// The gateway's MAC address.
    pub mac: [u8; 6],
    /// Its own IP address, where it is known.
    pub address: Option<IpAddr>,
    /// The frame comes from it; else it goes to it.
    pub comes: bool,
    /// The host on this link.
    pub near: IpAddr,
    /// The one elsewhere.
    pub far: IpAddr,
    /// The likely subnet of the host on this link.
    pub subnet: Option<(IpAddr, u8)>,
    /// How many addresses from elsewhere were seen behind the gateway.
    pub behind: u32,
}

/// What a subnet was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubnetEvidence {
    /// The mask that a DHCP server gave out.
    Dhcp,
    /// The address that a broadcast was sent to.
    Broadcast,
    /// Who asks for whom.
    Asked,
}

/// Finding: the likely subnet of the hosts seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its first address.
    pub network: IpAddr,
    /// How many bits are the same in all of its addresses.
    pub prefix_length: u8,
    /// What it was judged by.
    pub evidence: SubnetEvidence,
    /// Hosts seen in it.
    pub hosts: u32,
    /// Some of the packets that show it.
    pub packets: SmallVec<[PacketNumber; 4]>,
}

/// Finding: one flow, before and after its addresses were translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translated {
    /// The IP protocol number.
    pub protocol: u8,
    /// The client and the server before the translation.
    pub before: (Endpoint, Endpoint),
    /// The client and the server after it.
    pub after: (Endpoint, Endpoint),
    /// The first packets of both conversations.
    pub conversations: (PacketNumber, PacketNumber),
    /// Two packets, each on both sides.
    pub packets: [PacketNumber; 4],
    /// Time from one side to the other.
    pub took_ns: u64,
    /// Another inner address has the same outer one.
    pub is_shared: bool,
}
