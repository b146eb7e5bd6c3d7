//! What is said of a conversation when it has ended: who talked, how much,
//! how it began and how it closed.

use super::HttpTotals;
use super::WebSocketTotals;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use arrayvec::ArrayVec;
use smallvec::SmallVec;

use crate::decode::{Layer, Protocol};
use crate::track::tcp::{Completeness, Reliability, State};
use crate::track::{PacketNumber, TlsSession};

/// A host as a conversation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Address {
    /// An IP address.
    Ip(IpAddr),
    /// A MAC address, where there is no IP.
    Mac([u8; 6]),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Mac([a, b, c, d, e, g]) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
        }
    }
}

/// One end of a conversation: `1.2.3.4:80`, `[2001:db8::1]:80`, or an address
/// alone where there are no ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// The host.
    pub address: Address,
    /// Its port, for TCP and UDP.
    pub port: Option<u16>,
}

/// In one or two words, as tables of listeners are asked by every connection.
impl Hash for Endpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let port = self.port.map_or(0, |port| u64::from(port) + 1);
        match self.address {
            Address::Ip(IpAddr::V4(ip)) => {
                state.write_u64(port << 32 | u64::from(u32::from(ip)));
            }
            Address::Ip(IpAddr::V6(ip)) => {
                state.write_u128(ip.into());
                state.write_u64(port);
            }
            Address::Mac(mac) => mac.hash(state),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.port) {
            (Address::Ip(IpAddr::V6(ip)), Some(port)) => write!(f, "[{ip}]:{port}"),
            (address, Some(port)) => write!(f, "{address}:{port}"),
            (address, None) => address.fmt(f),
        }
    }
}

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Side {
    /// Opened the conversation (or is taken to have).
    #[default]
    Client,
    /// Was there to be talked to.
    Server,
}

impl Side {
    /// Client, then server.
    pub const BOTH: [Self; 2] = [Self::Client, Self::Server];

    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// Who sent a packet whose source stands second in its conversation's key
    /// or not, where the client does or not.
    pub(super) fn of_source(source_second: bool, client_second: bool) -> Self {
        if source_second == client_second {
            Self::Client
        } else {
            Self::Server
        }
    }

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// One value for each end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides<T> {
    /// The client's.
    pub client: T,
    /// The server's.
    pub server: T,
}

impl<T> Sides<T> {
    /// Of what stands in the order of a key, the client second or not.
    pub(super) fn of_key([first, second]: [T; 2], client_second: bool) -> Self {
        let (client, server) = if client_second {
            (second, first)
        } else {
            (first, second)
        };
        Self { client, server }
    }

    /// This side's value, and the other's.
    pub fn pair(&mut self, side: Side) -> (&mut T, &mut T) {
        match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }
}

impl<T> std::ops::Index<Side> for Sides<T> {
    type Output = T;
    fn index(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }
}

impl<T> std::ops::IndexMut<Side> for Sides<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// How client and server were told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Roles {
    /// By the TCP handshake.
    Handshake,
    /// By ports or by who spoke first.
    #[default]
    Inferred,
}

/// What one side sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Packets.
    pub packets: u64,
    /// Bytes on the wire (original lengths).
    pub bytes: u64,
    /// Payload bytes, those sent again included.
    pub payload: u64,
    /// Payload bytes, each counted once.
    pub unique_payload: u64,
}

/// Header bytes by layer, in the wire order of first sight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerBytes(pub SmallVec<[(Protocol, u64); 4]>);

impl LayerBytes {
    /// Adds a packet's header bytes: nearly always of the same three layers as
    /// the packets before it.
    pub fn add_all(&mut self, layers: &[Layer]) {
        if let ([a, b, c], [first, second, third]) = (self.0.as_mut_slice(), layers)
            && (a.0, b.0, c.0) == (first.protocol, second.protocol, third.protocol)
        {
            a.1 += u64::from(first.header_length);
            b.1 += u64::from(second.header_length);
            c.1 += u64::from(third.header_length);
        } else {
            self.add_each(layers);
        }
    }

    fn add_each(&mut self, layers: &[Layer]) {
        for (at, layer) in layers.iter().enumerate() {
            let bytes = u64::from(layer.header_length);
            // A layer probably stands at the place that it had before.
            match self.0.get_mut(at) {
                Some((known, sum)) if *known == layer.protocol => *sum += bytes,
                _ if bytes > 0 => self.add(layer.protocol, bytes),
                _ => {}
            }
        }
    }

    /// Adds header bytes to a layer.
    pub fn add(&mut self, protocol: Protocol, bytes: u64) {
        for (known, sum) in &mut self.0 {
            if *known == protocol {
                *sum += bytes;
                return;
            }
        }
        self.0.push((protocol, bytes));
    }

    /// All header bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// A conversation, told when it has ended (or the capture has).
#[derive(Clone, Debug)]
pub struct Conversation {
    /// From 1 by first packet, over all protocols.
    pub number: u64,
    /// `tcp`, `udp`, `icmp`, `arp`, or the innermost layer's name.
    pub protocol: &'static str,
    /// Who opened it; `None` where packets carry no addresses.
    pub client: Option<Endpoint>,
    /// The other end.
    pub server: Option<Endpoint>,
    /// VLAN id, as [`crate::decode::Decoded::vlan`] has it.
    pub vlan: Option<u32>,
    /// How the two were told apart.
    pub roles: Roles,
    /// What each side sent.
    pub sent: Sides<Totals>,
    /// Header bytes by layer, both directions.
    pub overhead: LayerBytes,
    /// Number of its first packet.
    pub first_packet: PacketNumber,
    /// Time of its first packet, where that is known.
    pub start_ns: Option<u64>,
    /// Time of its last packet, where that is known.
    pub end_ns: Option<u64>,
    /// From the first packet to the last; `None` where the capture's clock
    /// stepped in between.
    pub duration_ns: Option<u64>,
    /// For TCP.
    pub tcp: Option<TcpConversation>,
    /// What each of its packets tells that it speaks.
    pub spoken: Option<Protocol>,
    /// Where HTTP was read; known at the merge.
    pub http: Option<Box<HttpTotals>>,
    /// Where frames of WebSocket were read; known at the merge.
    pub websocket: Option<Box<WebSocketTotals>>,
    /// Where TLS was read; known at the merge.
    pub tls: Option<Box<TlsSession>>,
    /// For UDP: how long the answers took, where the server answered.
    pub answer_time: Option<ThinkTime>,
}

impl Conversation {
    /// What is spoken in it, outermost first; nothing where that is not known.
    #[must_use]
    pub fn application(&self) -> Vec<String> {
        let http = self.http.as_ref().and_then(|http| http.version);
        let http = http.map(|version| format!("http/{}", version.name()));
        let websocket = self.websocket.is_some().then(|| "websocket".to_owned());
        let tls = self.tls.as_ref().map(|tls| ("tls".to_owned(), tls));
        if http.is_some() || tls.is_some() {
            let (tls, inside) = tls.unzip();
            let inside = inside.and_then(|tls| tls.alpn.clone());
            let spoken = [http, websocket, tls, inside];
            return spoken.into_iter().flatten().collect();
        }
        let spoken = self.spoken.map(|it| it.name().to_owned());
        spoken.into_iter().collect()
    }

    /// Packets of both sides.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.sent.client.packets + self.sent.server.packets
    }

    /// Bytes of both sides.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sent.client.bytes + self.sent.server.bytes
    }

    /// Payload of both sides.
    #[must_use]
    pub fn payload(&self) -> u64 {
        self.sent.client.payload + self.sent.server.payload
    }
}

/// The TCP part of a [`Conversation`].
#[derive(Clone, Debug, Default)]
pub struct TcpConversation {
    /// Both ends' last states, `None` where the capture cannot know.
    pub state: Sides<Option<State>>,
    /// What was seen of the connection.
    pub completeness: Completeness,
    /// When the third step of the handshake came, in nanoseconds since 1970.
    pub opened_ns: Option<u64>,
    /// When both directions were closed, or a RST ended it.
    pub closed_ns: Option<u64>,
    /// A side never closed, although its peer did.
    pub stays_in_close_wait: bool,
    /// Times of the handshake's steps.
    pub handshake: Handshake,
    /// Times between data and its acknowledgment.
    pub round_trip: RoundTrip,
    /// Segments sent again, by side.
    pub retransmissions: Sides<Transmission>,
    /// Those of them that had arrived before, by side, as far as that showed.
    pub spurious: Sides<Transmission>,
    /// What was more than is followed of one connection, of both sides together.
    pub given_up: GivenUp,
    /// Payload bytes that each side sent after its peer's FIN.
    pub payload_after_peer_fin: Sides<u64>,
    /// How each side's data went; `None` without data.
    pub transfer: Sides<Option<Transfer>>,
    /// How long the server took to answer, the network's time left out.
    pub think_time: Option<ThinkTime>,
    /// What it paid for reliability.
    pub reliability: Reliability,
    /// Whose FIN or RST came first; both when two FINs crossed.
    pub closed_by: Option<Sides<bool>>,
    /// How it ended.
    pub close: CloseKind,
    /// Who waits in TIME_WAIT.
    pub time_wait_held_by: Option<Sides<bool>>,
}

/// What was more than is followed of one connection: what it would have shown may
/// be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GivenUp {
    /// Gaps that were no longer remembered: what fills them is taken for sent
    /// again.
    pub gaps: u32,
    /// Segments in flight that were no longer followed: they give no round trip.
    pub in_flight: u32,
    /// Segments sent again of which it no longer shows whether that was needless.
    pub sent_again: u32,
}

impl GivenUp {
    /// Whether all of it was followed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Of both sides.
    #[must_use]
    pub(in crate::track) fn and(self, other: Self) -> Self {
        Self {
            gaps: self.gaps.saturating_add(other.gaps),
            in_flight: self.in_flight.saturating_add(other.in_flight),
            sent_again: self.sent_again.saturating_add(other.sent_again),
        }
    }
}

impl TcpConversation {
    /// The clock stepped while it went on: what was measured may span that.
    #[must_use]
    pub(super) fn without_times(self) -> Self {
        Self {
            opened_ns: None,
            closed_ns: None,
            handshake: Handshake::default(),
            round_trip: RoundTrip::default(),
            transfer: Sides::default(),
            think_time: None,
            ..self
        }
    }
}

/// Rounds of a transfer that are remembered from the start.
pub(in crate::track) const ROUNDS: usize = 24;

/// How one direction's data went. Times are in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// From its first data to its last data or acknowledgment.
    pub duration_ns: u64,
    /// Payload, each byte counted once; `None` where no time passed.
    pub goodput_bits_per_second: Option<u64>,
    /// Payload, bytes sent again included.
    pub throughput_bits_per_second: Option<u64>,
    /// Most bytes in flight at once.
    pub in_flight_most: u32,
    /// The least and the most that the receiver's window was, in bytes; `None`
    /// where its scale is not known.
    pub receive_window: Option<(u32, u32)>,
    /// Round trips that the transfer took.
    pub rounds: u32,
    /// Most bytes in flight in each of the first 24 of them.
    pub flight_by_round: ArrayVec<u32, ROUNDS>,
    /// How many rounds from the start grew as slow start does.
    pub slow_start_rounds: u32,
    /// How many times loss made the sender cut its window.
    pub cuts: u32,
    /// With nothing in flight: the application had nothing to send.
    pub idle_ns: u64,
    /// With no room for a segment in the receiver's window.
    pub window_limited_ns: u64,
    /// The rest: waiting for the network, within the sender's own limit.
    pub network_limited_ns: u64,
    /// What took most of the time.
    pub limited_by: Option<Limit>,
    /// SRTT (RFC 6298).
    pub smoothed_round_trip_ns: Option<u64>,
    /// RTTVAR.
    pub round_trip_variation_ns: Option<u64>,
    /// RTO, with 200 ms as the least variance term.
    pub timeout_ns: Option<u64>,
}

/// What holds a transfer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// It had nothing to send.
    Application,
    /// The receiver's window was full.
    ReceiveWindow,
    /// The network, and the sender's congestion window.
    Network,
}

impl Limit {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ReceiveWindow => "receive_window",
            Self::Network => "network",
        }
    }
}

/// How long a server took to answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThinkTime {
    /// How many answers were timed.
    pub answers: u64,
    /// Their mean.
    pub mean_ns: u64,
    /// The longest.
    pub most_ns: u64,
}

/// Segments sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transmission {
    /// Segments.
    pub segments: u64,
    /// Their payload bytes.
    pub bytes: u64,
}

/// How long the handshake's steps took, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// From the SYN (its last transmission before the answer) to the SYN-ACK.
    pub syn_to_syn_ack_ns: Option<u64>,
    /// From the SYN-ACK to the third step.
    pub syn_ack_to_ack_ns: Option<u64>,
}

/// Round-trip times in nanoseconds; percentiles within 1 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundTrip {
    /// How many were measured.
    pub samples: u64,
    /// The shortest.
    pub min_ns: u64,
    /// Half are shorter.
    pub median_ns: u64,
    /// 95 of 100 are shorter.
    pub p95_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// How a TCP connection ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloseKind {
    /// Both FINs, or as far as they came.
    Fin,
    /// A RST.
    Reset,
    /// Not closed within the capture.
    #[default]
    Open,
}

impl CloseKind {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Reset => "reset",
            Self::Open => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn layers_added_at_once_come_to_what_they_come_to_one_by_one(
            packets in proptest::collection::vec(
                proptest::collection::vec((0..5_usize, 0..60_u32), 0..6),
                0..8,
            ),
        ) {
            let (mut together, mut one_by_one) = (LayerBytes::default(), LayerBytes::default());
            for packet in packets {
                let layer = |(protocol, header_length)| Layer {
                    protocol: Protocol::ALL[protocol],
                    offset: 0,
                    header_length,
                };
                let layers: Vec<Layer> = packet.into_iter().map(layer).collect();
                together.add_all(&layers);
                for layer in layers.iter().filter(|layer| layer.header_length > 0) {
                    one_by_one.add(layer.protocol, layer.header_length.into());
                }
                prop_assert_eq!(&together.0, &one_by_one.0);
            }
        }
    }
}
