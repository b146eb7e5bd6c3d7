//! A conversation as a record.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::track::tcp::{Completeness, State};
use crate::track::{
    Conversation, Handshake, LayerBytes, Limit, Roles, RoundTrip, Sides, TcpConversation,
    ThinkTime, Totals, Transfer,
};

/// A `conversation` record.
pub struct ConversationRecord<'a>(pub &'a Conversation);

impl Serialize for ConversationRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let each = |value: fn(&Totals) -> u64| PerSide(it.sent.client, it.sent.server, value);
        let roles = match it.roles {
            Roles::Handshake => "handshake",
            Roles::Inferred => "inferred",
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", "conversation")?;
        map.serialize_entry("number", &it.number)?;
        map.serialize_entry("protocol", it.protocol)?;
        map.serialize_entry("client", &it.client.as_ref().map(Shown))?;
        map.serialize_entry("server", &it.server.as_ref().map(Shown))?;
        map.serialize_entry("vlan", &it.vlan.map(|vlan| vlan & 0xfff))?;
        map.serialize_entry("roles_are", roles)?;
        map.serialize_entry("packets", &each(|sent| sent.packets))?;
        map.serialize_entry("bytes", &each(|sent| sent.bytes))?;
        map.serialize_entry("payload", &each(|sent| sent.payload))?;
        map.serialize_entry("unique_payload", &each(|sent| sent.unique_payload))?;
        map.serialize_entry("overhead", &Overhead(&it.overhead))?;
        map.serialize_entry("first_packet", &it.first_packet)?;
        map.serialize_entry("start_ns", &it.start_ns)?;
        map.serialize_entry("end_ns", &it.end_ns)?;
        map.serialize_entry("tcp", &it.tcp.as_ref().map(TcpRecord))?;
        map.end()
    }
}

/// A displayed value as a string.
pub struct Shown<'a, T>(pub &'a T);

impl<T: std::fmt::Display> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// Header bytes by layer.
pub struct Overhead<'a>(pub &'a LayerBytes);

impl Serialize for Overhead<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.0.iter().map(|(protocol, bytes)| LayerRecord {
            layer: protocol.name(),
            bytes: *bytes,
        }))
    }
}

/// One layer's header bytes.
pub struct LayerRecord {
    /// Whose.
    pub layer: &'static str,
    /// How many.
    pub bytes: u64,
}

impl Serialize for LayerRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("layer", self.layer)?;
        map.serialize_entry("bytes", &self.bytes)?;
        map.end()
    }
}

/// `{"client":…,"server":…}` of one value taken from both sides.
struct PerSide<T, V>(T, T, fn(&T) -> V);

impl<T, V: Serialize> Serialize for PerSide<T, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(client, server, value) = self;
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("client", &value(client))?;
        map.serialize_entry("server", &value(server))?;
        map.end()
    }
}

struct TcpRecord<'a>(&'a TcpConversation);

impl Serialize for TcpRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let mut map = serializer.serialize_map(None)?;
        let states = PerSide(it.state.client, it.state.server, |state| {
            state.map(State::name)
        });
        map.serialize_entry("state", &states)?;
        map.serialize_entry("completeness", &CompletenessRecord(it.completeness))?;
        map.serialize_entry("handshake", &HandshakeRecord(it.handshake))?;
        map.serialize_entry("round_trip_ns", &RoundTripRecord(it.round_trip))?;
        let again = it.retransmissions;
        map.serialize_entry(
            "retransmissions",
            &PerSide(again.client, again.server, |sent| sent.segments),
        )?;
        map.serialize_entry(
            "transfer",
            &PerSide(&it.transfer.client, &it.transfer.server, |transfer| {
                transfer.as_ref().map(TransferRecord)
            }),
        )?;
        map.serialize_entry("think_time_ns", &it.think_time.map(ThinkTimeRecord))?;
        map.serialize_entry("closed_by", &it.closed_by.and_then(who))?;
        map.serialize_entry("close", it.close.name())?;
        map.serialize_entry("time_wait_held_by", &it.time_wait_held_by.and_then(who))?;
        map.end()
    }
}

/// `client`, `server`, `both`, or nobody.
pub fn who(sides: Sides<bool>) -> Option<&'static str> {
    match (sides.client, sides.server) {
        (true, true) => Some("both"),
        (true, false) => Some("client"),
        (false, true) => Some("server"),
        (false, false) => None,
    }
}

struct TransferRecord<'a>(&'a Transfer);

impl Serialize for TransferRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("duration_ns", &it.duration_ns)?;
        map.serialize_entry("goodput_bits_per_second", &it.goodput_bits_per_second)?;
        map.serialize_entry("throughput_bits_per_second", &it.throughput_bits_per_second)?;
        map.serialize_entry("bytes_in_flight_max", &it.in_flight_most)?;
        map.serialize_entry(
            "receive_window_min",
            &it.receive_window.map(|(least, _)| least),
        )?;
        map.serialize_entry(
            "receive_window_max",
            &it.receive_window.map(|(_, most)| most),
        )?;
        map.serialize_entry("round_trips", &it.rounds)?;
        map.serialize_entry("bytes_in_flight_by_round", &it.flight_by_round)?;
        map.serialize_entry("slow_start_rounds", &it.slow_start_rounds)?;
        map.serialize_entry("congestion_cuts", &it.cuts)?;
        map.serialize_entry("application_limited_ns", &it.idle_ns)?;
        map.serialize_entry("receive_window_limited_ns", &it.window_limited_ns)?;
        map.serialize_entry("network_limited_ns", &it.network_limited_ns)?;
        map.serialize_entry("limited_by", &it.limited_by.map(Limit::name))?;
        map.serialize_entry("smoothed_round_trip_ns", &it.smoothed_round_trip_ns)?;
        map.serialize_entry("round_trip_variation_ns", &it.round_trip_variation_ns)?;
        map.serialize_entry("retransmission_timeout_ns", &it.timeout_ns)?;
        map.end()
    }
}

struct ThinkTimeRecord(ThinkTime);

impl Serialize for ThinkTimeRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("samples", &self.0.answers)?;
        map.serialize_entry("mean", &self.0.mean_ns)?;
        map.serialize_entry("max", &self.0.most_ns)?;
        map.end()
    }
}

struct CompletenessRecord(Completeness);

impl Serialize for CompletenessRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.names())
    }
}

struct HandshakeRecord(Handshake);

impl Serialize for HandshakeRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("syn_to_syn_ack_ns", &self.0.syn_to_syn_ack_ns)?;
        map.serialize_entry("syn_ack_to_ack_ns", &self.0.syn_ack_to_ack_ns)?;
        map.end()
    }
}

struct RoundTripRecord(RoundTrip);

impl Serialize for RoundTripRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = &self.0;
        // Without a sample there is no shortest and no longest.
        let known = |value: u64| (it.samples > 0).then_some(value);
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("samples", &it.samples)?;
        map.serialize_entry("min", &known(it.min_ns))?;
        map.serialize_entry("median", &known(it.median_ns))?;
        map.serialize_entry("p95", &known(it.p95_ns))?;
        map.serialize_entry("max", &known(it.max_ns))?;
        map.end()
    }
}
