//! From packets to what happened: conversations are followed and [`Event`]s
//! come out, small plain values without words. Knows nothing of languages or
//! output.

mod arp;
mod claims;
mod copied;
mod deadlines;
mod deal;
mod delivered;
mod dhcp;
mod dns;
mod dormant;
mod event;
mod event_streams;
mod evicted;
mod exchange;
mod flow;
mod followed;
mod following;
mod fragment;
mod fragments;
#[cfg(test)]
mod frames;
mod hash;
mod hops;
mod http;
mod icmp;
mod link;
mod memory;
mod merge;
mod nat;
mod ndp;
mod observation;
mod part;
mod protocols;
mod questions;
mod recording;
mod secrets;
mod servers;
mod stream;
#[cfg(test)]
mod talk;
pub mod tcp;
mod tls;
mod traceroute;
mod tracker;
mod visits;
mod waiting;
mod websocket;

pub use arp::ArpTracker;
pub use deal::{Dealt, deal, part_of};
pub use delivered::{Delivered, StreamPart};
pub use dhcp::DhcpTracker;
pub use dns::DnsTracker;
pub use event::*;
pub use evicted::{Evicted, Kept};
pub use exchange::{Exchange, HttpMessage, Informational, Opening, Seen, host};
use flow::ROUNDS;
pub use flow::{
    Address, CloseKind, CloseSeen, Conversation, Endpoint, FramesSent, GivenUp, Handshake,
    HttpTotals, LayerBytes, Limit, Roles, RoundTrip, Side, Sides, TcpConversation, ThinkTime,
    Totals, Transfer, Transmission, WebSocketTotals, endpoints,
};
pub use followed::{Followed, Replay};
pub use icmp::IcmpTracker;
pub use memory::MemoryLimit;
pub use merge::Merge;
pub use part::Part;
use serde::{Deserialize, Serialize};
pub use servers::Listener;
pub use tls::{AlertSeen, EarlyData, Resumed, TlsSession};
pub use tracker::Tracker;
pub use visits::{JoinedBy, Phase, PhaseName, Visit, WithoutDns};

use crate::decode::Undecoded;
use observation::Observation;
use tcp::State;

/// What is known of one packet from the packets before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// The conversation's number, from 1 in the order of first packets; in what a
    /// [`Part`] gives, its first packet.
    pub conversation: Option<u64>,
    /// The first packet of that conversation; known at the merge.
    pub first_packet: Option<PacketNumber>,
    /// Who sent it.
    pub sender: Option<Side>,
    /// How far back from the packet differences of time mean anything; `None`:
    /// as far as the capture goes.
    pub clock_runs_for_ns: Option<u64>,
    /// What it carries that is not read.
    pub undecoded: Option<Undecoded>,
    /// It goes on with a head whose beginning other packets have: what stands at its
    /// front may be the rest of a secret.
    pub in_head: bool,
    /// For TCP.
    pub tcp: Option<TcpTracked>,
}

impl Tracked {
    /// Of a packet that this side sent in the conversation of this name.
    fn of(conversation: u64, sender: Side) -> Self {
        Self {
            conversation: Some(conversation),
            sender: Some(sender),
            ..Self::default()
        }
    }
}

/// What is known of one TCP segment from the segments before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpTracked {
    /// Sequence number counted from the sender's initial one (SYN = 0);
    /// without a handshake the direction's first byte seen is 1.
    pub relative_sequence: Option<u32>,
    /// Acknowledgment counted from the peer's initial sequence number.
    pub relative_acknowledgment: Option<u32>,
    /// The sequence number that should come next from this sender (relative),
    /// before this packet.
    pub expected_sequence: Option<u32>,
    /// New bytes (and SYN/FIN) that this packet acknowledges.
    pub newly_acknowledged: u32,
    /// In nanoseconds, how long ago what it acknowledges had been sent, where that
    /// gives a sample of the round trip (RFC 6298, section 3).
    pub round_trip_ns: Option<u64>,
    /// The window in bytes, scaled; `None` when the scale is not known.
    pub scaled_window: Option<u32>,
    /// The source's state after it sent this packet.
    pub source_state: Option<State>,
    /// The destination's state after it received this packet.
    pub destination_state: Option<State>,
    /// Whether the packets prove the source's state.
    pub source_observed: bool,
    /// Whether the packets prove the destination's state.
    pub destination_observed: bool,
}

impl TcpTracked {
    /// Whether the packets prove both states.
    #[must_use]
    pub const fn observed(&self) -> bool {
        self.source_observed && self.destination_observed
    }
}

/// What one packet gave. Reused from packet to packet.
#[derive(Debug, Default)]
pub struct Output {
    /// The packet's place in its conversation.
    pub tracked: Tracked,
    /// What happened on this packet.
    pub events: Vec<Event>,
    /// What became certain with it but belongs to no single packet.
    pub findings: Vec<Finding>,
    /// Conversations that ended before it.
    pub ended: Vec<Conversation>,
    /// Exchanges that became complete with it, or that never will.
    pub exchanges: Vec<Exchange>,
    /// What is known of the TLS of conversations: more of one each time.
    pub sessions: Vec<TlsSession>,
    /// Visits that have ended; the merge tells them.
    pub visits: Vec<Visit>,
    /// Bytes of the conversation that is asked for byte by byte.
    pub delivered: Vec<Delivered>,
    /// What it says only together with packets of other parts.
    observations: Vec<Observation>,
}

impl Output {
    /// Empties it for the next packet; keeps the memory.
    pub fn clear(&mut self) {
        self.tracked = Tracked::default();
        self.events.clear();
        self.findings.clear();
        self.ended.clear();
        self.exchanges.clear();
        self.sessions.clear();
        self.visits.clear();
        self.delivered.clear();
        self.observations.clear();
    }
}
