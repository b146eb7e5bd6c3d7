//! A conversation as a record.

use super::packet::header;
use super::write::{Json, Plain, list, members, object};
use crate::track::tcp::{Completeness, Reliability, Spent, State};
use crate::track::{
    Conversation, GivenUp, Handshake, LayerBytes, Limit, Roles, RoundTrip, Sides, TcpConversation,
    ThinkTime, Totals, Transfer, Transmission,
};

/// A `conversation` record.
impl Json for Conversation {
    fn write(&self, out: &mut Vec<u8>) {
        let each = |value: fn(&Totals) -> u64| PerSide(&self.sent, value);
        let roles = match self.roles {
            Roles::Handshake => "handshake",
            Roles::Inferred => "inferred",
        };
        object(out, |out| {
            members!(
                out,
                "record": Plain("conversation"),
                "number": self.number,
                "protocol": Plain(self.protocol),
                "client": self.client,
                "server": self.server,
                "client_address": self.client.map(|end| end.address),
                "client_port": self.client.and_then(|end| end.port),
                "server_address": self.server.map(|end| end.address),
                "server_port": self.server.and_then(|end| end.port),
                "vlan": self.vlan.map(|vlan| vlan & 0xfff),
                "roles_are": Plain(roles),
                "packets": each(|sent| sent.packets),
                "bytes": each(|sent| sent.bytes),
                "payload": each(|sent| sent.payload),
                "unique_payload": each(|sent| sent.unique_payload),
                "overhead": self.overhead,
                "first_packet": self.first_packet,
                "start_ns": self.start_ns,
                "end_ns": self.end_ns,
                "udp": self.answer_time.map(UdpMember),
                "tcp": self.tcp,
                "application": Application(self),
                "http": self.http.as_deref(),
                "websocket": self.websocket.as_deref(),
                "tls": self.tls.as_deref(),
            );
        });
    }
}

/// What is spoken in a conversation, outermost first.
struct Application<'a>(&'a Conversation);

impl Json for Application<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0.application(), |out, name| name.write(out));
    }
}

/// The UDP part of a conversation in which the server has answered.
struct UdpMember(ThinkTime);

impl Json for UdpMember {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| members!(out, "answer_time_ns": self.0));
    }
}

impl Json for Reliability {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "handshake": self.handshake,
                "acknowledgments": self.acknowledgments,
                "teardown": self.teardown,
                "sent_again": self.sent_again,
                "over_udp": self.over_udp,
            );
        });
    }
}

impl Json for Spent {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(out, "packets": self.packets, "bytes": self.bytes);
        });
    }
}

/// Header bytes by layer.
impl Json for LayerBytes {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, &self.0, |out, (protocol, bytes)| {
            header(*protocol, *bytes, out);
        });
    }
}

/// `{"client":…,"server":…}` of one value taken from both sides.
pub(super) struct PerSide<'a, T, F>(pub &'a Sides<T>, pub F);

impl<'a, T, V: Json, F: Fn(&'a T) -> V> Json for PerSide<'a, T, F> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self(sides, value) = self;
        object(out, |out| {
            members!(out, "client": value(&sides.client), "server": value(&sides.server));
        });
    }
}

impl Json for TcpConversation {
    fn write(&self, out: &mut Vec<u8>) {
        let state = |state: &Option<State>| state.map(|state| Plain(state.name()));
        let segments = |again: &Transmission| again.segments;
        object(out, |out| {
            members!(
                out,
                "state": PerSide(&self.state, state),
                "completeness": self.completeness,
                "handshake": self.handshake,
                "round_trip_ns": self.round_trip,
                "retransmissions": PerSide(&self.retransmissions, segments),
                "spurious": PerSide(&self.spurious, segments),
                "given_up": self.given_up,
                "payload_after_peer_fin": PerSide(&self.payload_after_peer_fin, |bytes: &u64| *bytes),
                "transfer": PerSide(&self.transfer, Option::as_ref),
                "think_time_ns": self.think_time,
                "reliability": self.reliability,
                "closed_by": self.closed_by.and_then(who),
                "close": Plain(self.close.name()),
                "time_wait_held_by": self.time_wait_held_by.and_then(who),
            );
        });
    }
}

/// `client`, `server`, `both`, or nobody.
fn who(sides: Sides<bool>) -> Option<Plain> {
    match (sides.client, sides.server) {
        (true, true) => Some(Plain("both")),
        (true, false) => Some(Plain("client")),
        (false, true) => Some(Plain("server")),
        (false, false) => None,
    }
}

impl Json for GivenUp {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "gaps": self.gaps,
                "segments_in_flight": self.in_flight,
                "segments_sent_again": self.sent_again,
            );
        });
    }
}

impl Json for Transfer {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "duration_ns": self.duration_ns,
                "goodput_bits_per_second": self.goodput_bits_per_second,
                "throughput_bits_per_second": self.throughput_bits_per_second,
                "bytes_in_flight_max": self.in_flight_most,
                "receive_window_min": self.receive_window.map(|(least, _)| least),
                "receive_window_max": self.receive_window.map(|(_, most)| most),
                "round_trips": self.rounds,
                "bytes_in_flight_by_round": self.flight_by_round.as_slice(),
                "slow_start_rounds": self.slow_start_rounds,
                "congestion_cuts": self.cuts,
                "application_limited_ns": self.idle_ns,
                "receive_window_limited_ns": self.window_limited_ns,
                "network_limited_ns": self.network_limited_ns,
                "limited_by": self.limited_by.map(Limit::name),
                "smoothed_round_trip_ns": self.smoothed_round_trip_ns,
                "round_trip_variation_ns": self.round_trip_variation_ns,
                "retransmission_timeout_ns": self.timeout_ns,
            );
        });
    }
}

impl Json for ThinkTime {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "samples": self.answers,
                "mean": self.mean_ns,
                "max": self.most_ns,
            );
        });
    }
}

impl Json for Completeness {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.names(), |out, name| Plain(name).write(out));
    }
}

impl Json for Handshake {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "syn_to_syn_ack_ns": self.syn_to_syn_ack_ns,
                "syn_ack_to_ack_ns": self.syn_ack_to_ack_ns,
            );
        });
    }
}

impl Json for RoundTrip {
    fn write(&self, out: &mut Vec<u8>) {
        // There is no shortest and no longest time without a sample.
        let known = |value: u64| (self.samples > 0).then_some(value);
        object(out, |out| {
            members!(
                out,
                "samples": self.samples,
                "min": known(self.min_ns),
                "median": known(self.median_ns),
                "p95": known(self.p95_ns),
                "max": known(self.max_ns),
            );
        });
    }
}
