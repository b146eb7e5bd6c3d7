//! One connection: two halves, and what a segment does to them.

use super::dead_peer::Lost;
use super::direction::{Arrival, Half};
use super::handshake::Stage;
use super::header_prediction::Prediction;
use super::icmp_errors::Rejected;
use super::reset::LastReset;
use super::round_trip::RoundTrips;
use super::segment::Segment;
use super::transfer::Thinking;
use super::unfinished::Unfinished;
use super::{
    Completeness, Reliability, State, acceptable, dead_peer, handshake, heartbeat, icmp_errors,
    reset, stream, teardown, transfer,
};
use crate::decode::{Tcp, TcpFlags};
use crate::track::dormant::near;
use crate::track::stream::Numbers;
use crate::track::{
    CloseKind, CopyMaker, Endpoint, Event, Finding, Handshake, Opening, PacketNumber, RoundTrip,
    Seen, Side, Sides, TcpConversation, TcpTracked,
};
use serde::{Deserialize, Serialize};

/// The shift of the window that each side announces (RFC 7323, section 2.2):
/// 0 unless both offered one; `None` when the handshake was not captured, or
/// its options were cut.
pub(super) type Scales = Sides<Option<u8>>;

/// What a connection says of one packet.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::track) struct Followed {
    /// Its place in the connection.
    pub tracked: TcpTracked,
    /// What its data brought.
    pub arrival: Arrival,
    /// The connection stands: a server answered.
    pub opened: bool,
    /// Both directions are closed, or a RST ended it.
    pub closed: bool,
    /// Its receiver does not take it.
    pub is_refused: bool,
}

/// A TCP connection as the capture shows it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct Connection {
    pub(super) halves: Sides<Half>,
    pub(super) stage: Stage,
    /// What the next segment is expected to be.
    #[serde(skip)]
    pub(super) prediction: Prediction,
    pub(super) seen: Completeness,
    #[serde(with = "near::time")]
    pub(super) first_ns: u64,
    pub(super) times: Handshake,
    /// The last SYN-ACK, and when.
    #[serde(with = "near::moment")]
    pub(super) syn_ack: Option<(PacketNumber, u64)>,
    /// The packet with the third step, and when it came.
    #[serde(with = "near::moment")]
    pub(super) third_step: Option<(PacketNumber, u64)>,
    /// SYN-ACKs with other numbers than the last.
    pub(super) other_syn_acks: Option<Box<handshake::OtherSynAcks>>,
    /// The SYN-ACK is repeated after the third step.
    pub(super) still_syn_received: Option<Box<handshake::StillSynReceived>>,
    /// SYNs sent again.
    pub(super) retries: Option<Box<handshake::Retries>>,
    /// Who sent the first FIN or RST.
    pub(super) closed_by: Option<Side>,
    /// The FINs crossed.
    pub(super) crossed: bool,
    pub(super) close: CloseKind,
    /// Data towards the side that had closed was reported.
    pub(super) half_close_told: bool,
    /// One packet carried the first FIN's acknowledgment and the second FIN.
    pub(super) merged: bool,
    /// The packet whose acknowledgment was the first of the teardown, and of
    /// the second FIN, with its time.
    #[serde(with = "near::moment")]
    pub(super) last_ack: Option<(PacketNumber, u64)>,
    /// A FIN repeated to a side in TIME_WAIT, not yet answered.
    #[serde(with = "near::packet::optional")]
    pub(super) repeated_fin: Option<PacketNumber>,
    /// How long the server takes to answer.
    pub(super) thinking: Option<Thinking>,
    /// One side had lost the connection.
    pub(super) lost: Option<Box<Lost>>,
    /// The ICMP errors that answered its SYN.
    pub(super) rejected: Option<Box<Rejected>>,
    /// The first RST that was taken.
    pub(super) reset: Option<Box<LastReset>>,
    /// Copies seen, and how many of them the receiver reacted to.
    copies: u32,
    copies_reacted_to: u32,
    /// The first packet seen was a FIN or RST: nothing is known of what the
    /// other side did before.
    began_at_end: bool,
    /// Segments that are not whole.
    pub(super) unfinished: Option<Box<Unfinished>>,
}

impl Connection {
    /// A connection whose first packet came at this time.
    pub fn begin(first_ns: u64) -> Self {
        Self {
            first_ns,
            ..Self::default()
        }
    }

    /// Follows one segment that `side` sent.
    pub fn segment(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        events: &mut Vec<Event>,
    ) -> Followed {
        match self.predicted(side, segment, events) {
            Some(followed) => followed,
            None => self.any_segment(side, segment, events),
        }
    }

    /// Follows one segment, whatever it is.
    pub(super) fn any_segment(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        events: &mut Vec<Event>,
    ) -> Followed {
        let mut followed = Followed::default();
        if self.other_syn_acks.is_some() {
            handshake::choose_syn_ack(self, side, segment);
        }
        let mut scales = self.scales();
        match acceptable::failed(self, side, segment, &scales) {
            Some(failed) => {
                followed.is_refused = true;
                acceptable::refuse(self, side, segment, &failed, events);
            }
            None => self.take_in(side, segment, &mut scales, events, &mut followed),
        }
        self.prediction = Prediction::of(self, scales);
        followed.tracked = TcpTracked {
            expected_sequence: followed.tracked.expected_sequence,
            newly_acknowledged: followed.tracked.newly_acknowledged,
            round_trip_ns: followed.tracked.round_trip_ns,
            ..self.place(side, segment, scales[side])
        };
        followed
    }

    /// Lets a segment change what is known.
    fn take_in(
        &mut self,
        side: Side,
        segment: &Segment<'_>,
        scales: &mut Scales,
        events: &mut Vec<Event>,
        followed: &mut Followed,
    ) {
        let flags = segment.tcp.flags;
        self.begin_direction(side, segment);
        self.pass_time(scales, segment.time_ns);
        followed.tracked.expected_sequence = self.expected(side);
        if flags.has(TcpFlags::RST) {
            let reset = reset::follow(self, side, segment, events);
            followed.closed = reset.ends;
            if !reset.by_host {
                // What somebody else wrote tells nothing of the host.
                return;
            }
        } else {
            reset::goes_on(self, side, segment);
            followed.opened = handshake::follow(self, side, segment, events);
            if flags.has(TcpFlags::SYN) {
                *scales = self.scales();
            }
            let tracked = &mut followed.tracked;
            followed.arrival = stream::follow(self, side, segment, scales, events, tracked);
            let (half, peer) = self.halves.pair(side);
            if peer.fin.is_some() {
                half.after_peer_fin += u64::from(followed.arrival.new);
            }
            followed.closed = teardown::follow(self, side, segment, events);
        }
        let (half, peer) = self.halves.pair(side);
        peer.unheard = None;
        half.seen = true;
        half.is_last(segment);
        self.measure(side, segment, followed);
    }

    /// The place of a copy of an earlier packet, which changes nothing.
    pub fn place_of_copy(&self, side: Side, segment: &Segment<'_>) -> TcpTracked {
        TcpTracked {
            expected_sequence: self.expected(side),
            ..self.place(side, segment, self.scales()[side])
        }
    }

    /// What is said of a segment that was followed before, as far as it was known:
    /// it changes nothing, and its bytes may be read.
    pub fn known_in_part(&self, side: Side, segment: &Segment<'_>) -> Followed {
        Followed {
            tracked: self.place_of_copy(side, segment),
            arrival: Arrival {
                repeated: segment.tcp.payload_length,
                ..Arrival::default()
            },
            ..Followed::default()
        }
    }

    /// A copy of an earlier packet was seen. Gives who made it: that shows in
    /// what the receiver does next, which is not known yet, and is judged by
    /// what it did after earlier ones.
    pub fn copied(&mut self) -> CopyMaker {
        let made_by = match (self.copies, self.copies_reacted_to) {
            (0, _) => CopyMaker::Unknown,
            (_, 0) => CopyMaker::Recording,
            _ => CopyMaker::Network,
        };
        self.copies = self.copies.saturating_add(1);
        made_by
    }

    /// Whether that packet is the first SYN or SYN-ACK of a side.
    pub fn opened_with(&self, side: Side, packet: PacketNumber) -> bool {
        self.halves[side]
            .syn
            .is_some_and(|syn| syn.packet == packet)
    }

    /// Whether a side has been sent anything since that packet.
    pub fn has_heard_since(&self, side: Side, packet: PacketNumber) -> bool {
        self.halves[side.other()].last > packet
    }

    /// Whether the capture is nearer to this side than to the other, so that
    /// it sees what reaches this side when it does: the answer to this side's
    /// SYN took longer than this side's answer to that. Unknown counts as
    /// near.
    pub(super) fn is_near(&self, side: Side) -> bool {
        let (syn, ack) = (self.times.syn_to_syn_ack_ns, self.times.syn_ack_to_ack_ns);
        let (own, other) = match (syn, ack) {
            (Some(syn), Some(ack)) => match side {
                Side::Client => (syn, ack),
                Side::Server => (ack, syn),
            },
            _ => {
                let time = |side: Side| self.halves[side].estimate.smoothed_ns();
                match (time(side), time(side.other())) {
                    (Some(own), Some(other)) => (own, other),
                    _ => return true,
                }
            }
        };
        own >= other
    }

    /// The round trip from end to end, as far as it was measured.
    pub(super) fn path_round_trip_ns(&self) -> Option<u64> {
        self.handshake_round_trip_ns().or_else(|| {
            let [client, server] = Side::BOTH.map(|side| self.halves[side].estimate.smoothed_ns());
            Some(client?.saturating_add(server?))
        })
    }

    /// The round trip from end to end that the handshake had.
    pub(super) fn handshake_round_trip_ns(&self) -> Option<u64> {
        let (there, back) = (self.times.syn_to_syn_ack_ns, self.times.syn_ack_to_ack_ns);
        Some(there?.saturating_add(back?))
    }

    /// How many segments this much data of a side makes on the wire: more
    /// than one where the network card cuts it.
    pub(super) fn wire_segments(&self, side: Side, segment: &Segment<'_>) -> u32 {
        let payload = segment.tcp.payload_length;
        let offered = self.halves[side.other()].offer.maximum_segment_size;
        // What a segment may carry is the MSS less its options (RFC 6691).
        let size = offered
            .map_or(0, usize::from)
            .saturating_sub(segment.options.len());
        match u32::try_from(size) {
            Ok(size) if size > 0 => payload.div_ceil(size).max(1),
            _ => 1,
        }
    }

    /// The receiver of a copy said that it had something twice.
    pub(super) fn reacted_to_copy(&mut self) {
        if self.copies > 0 {
            self.copies_reacted_to = self.copies_reacted_to.saturating_add(1);
        }
    }

    /// The shifts of the windows that both sides announce. Only a SYN changes
    /// them.
    fn scales(&self) -> Scales {
        let Sides { client, server } = &self.halves;
        let cut = client.offer_cut || server.offer_cut;
        let agreed = if cut || client.syn.is_none() || server.syn.is_none() {
            (None, None)
        } else {
            match (client.offer.window_scale, server.offer.window_scale) {
                (Some(client), Some(server)) => (Some(client.min(14)), Some(server.min(14))),
                _ => (Some(0), Some(0)),
            }
        };
        Sides {
            client: agreed.0,
            server: agreed.1,
        }
    }

    /// Finds a direction's place in the sequence space at its first segment.
    fn begin_direction(&mut self, side: Side, segment: &Segment<'_>) {
        let tcp = &segment.tcp;
        let nothing_seen = !self.halves.client.seen && !self.halves.server.seen;
        if nothing_seen && (tcp.flags.has(TcpFlags::FIN) || tcp.flags.has(TcpFlags::RST)) {
            self.began_at_end = true;
        }
        let half = &mut self.halves[side];
        if !half.seen && !tcp.flags.has(TcpFlags::SYN) && !tcp.flags.has(TcpFlags::RST) {
            half.begin_mid_stream(tcp.sequence);
        }
    }

    fn expected(&self, side: Side) -> Option<u32> {
        let half = &self.halves[side];
        if half.has_begun() {
            half.relative(half.next)
        } else {
            None
        }
    }

    /// What the packet's record says of its place, as far as that shows when it
    /// has been followed; `scale`: of its window.
    fn place(&self, side: Side, segment: &Segment<'_>, scale: Option<u8>) -> TcpTracked {
        let (from, to) = (&self.halves[side], &self.halves[side.other()]);
        let tcp = &segment.tcp;
        let acknowledges = tcp.flags.has(TcpFlags::ACK);
        // A SYN proves where its sender stands, not that anybody listens.
        let answered = self.seen.0 & Completeness::SYN_ACK != 0;
        TcpTracked {
            relative_sequence: from.relative(tcp.sequence),
            relative_acknowledgment: to.relative(tcp.acknowledgment).filter(|_| acknowledges),
            expected_sequence: None,
            newly_acknowledged: 0,
            round_trip_ns: None,
            scaled_window: scaled_window(scale, tcp),
            source_state: from.state,
            destination_state: to.state,
            source_observed: from.initial.is_some() && from.state.is_some(),
            destination_observed: answered
                && !to.doubted
                && to.initial.is_some()
                && to.state.is_some(),
        }
    }

    /// Whether either side has sent its FIN.
    pub fn is_closing(&self) -> bool {
        self.halves.client.fin.is_some() || self.halves.server.fin.is_some()
    }

    /// Whether the connection began before the capture.
    pub fn is_mid_stream(&self) -> bool {
        self.seen.0 & (Completeness::SYN | Completeness::SYN_ACK) == 0
    }

    /// Whether only one direction was captured though the other must have
    /// spoken: an acknowledgment without the acknowledged.
    pub fn is_one_sided(&self) -> bool {
        Side::BOTH.into_iter().any(|side| {
            let (from, to) = (&self.halves[side], &self.halves[side.other()]);
            from.seen && !to.seen && !to.was_refused && to.has_begun()
        })
    }

    /// Whether this side was captured at all.
    pub fn has_seen(&self, side: Side) -> bool {
        self.halves[side].seen
    }

    /// When a side went into TIME_WAIT and is there still.
    pub fn time_wait_since(&self, side: Side) -> Option<u64> {
        let (_, since_ns) = self.last_ack?;
        (self.halves[side].state == Some(State::TimeWait)).then_some(since_ns)
    }

    /// The maximum segment size that a side has offered, if its SYN was seen
    /// and said one.
    pub fn offered_segment_size(&self, side: Side) -> Option<u16> {
        self.halves[side].offer.maximum_segment_size
    }

    /// Bytes (and SYN, FIN) of a side that were acknowledged but never
    /// captured, when this many data bytes of it were; `None` where the
    /// capture has not both directions from the beginning.
    pub fn unrecorded(&self, side: Side, captured: u64) -> Option<u32> {
        let half = &self.halves[side];
        let initial = half.syn?.sequence;
        let acknowledged = half
            .acknowledged
            .filter(|_| self.halves[side.other()].seen)?;
        let control = 1 + u32::from(half.fin.is_some());
        let sent = half.next.wrapping_sub(initial).wrapping_sub(control);
        let missing = sent.wrapping_sub(captured as u32);
        Some(missing.saturating_sub(half.holes.missing(acknowledged, half.next)))
    }

    /// Behind the highest sequence number of a side.
    pub fn end_of(&self, side: Side) -> u32 {
        self.halves[side].next
    }

    /// Whether the numbers of a side begin here, by its SYN or by the SYN-ACK
    /// that answers it.
    pub fn begins_with(&self, side: Side, sequence: u32) -> bool {
        self.halves[side].initial == Some(sequence)
    }

    /// Whether the peer's SYN waits for a SYN-ACK of this side with this
    /// acknowledgment: what was sent in this side's name meanwhile was none.
    pub fn is_asked(&self, side: Side, acknowledgment: u32) -> bool {
        let (from, to) = (&self.halves[side], &self.halves[side.other()]);
        let asked = to.syn.filter(|_| from.syn.is_none());
        asked.is_some_and(|syn| syn.sequence.wrapping_add(1) == acknowledgment)
    }

    /// Whether nothing but a SYN has come to this side, which may cross its own.
    pub fn is_only_asked(&self, side: Side) -> bool {
        let to = &self.halves[side.other()];
        self.stage != Stage::Done && self.close == CloseKind::Open && (!to.seen || to.syn.is_some())
    }

    /// The SYN of a side, if it was seen.
    pub fn initial_of(&self, side: Side) -> Option<u32> {
        self.halves[side].syn.map(|syn| syn.sequence)
    }

    /// The SYN-ACK that answers this side's SYN, and when, where that is all
    /// that has passed.
    pub(super) fn syn_ack_only(&self, side: Side) -> Option<(PacketNumber, u64)> {
        let (from, to) = (&self.halves[side], &self.halves[side.other()]);
        let syn = from.syn.filter(|_| self.stage == Stage::SynAck)?;
        let nothing_else = from.last_data.is_none() && from.next == syn.sequence.wrapping_add(1);
        self.syn_ack.filter(|_| nothing_else && to.answered)
    }

    /// What it knows of both sides' sequence numbers.
    pub fn numbers(&self) -> Numbers {
        let first = |half: &Half| half.syn.map(|syn| syn.sequence.wrapping_add(1));
        // A FIN is no byte.
        let sent = |half: &Half| {
            let fin = u32::from(half.fin.is_some());
            half.seen.then(|| half.next.wrapping_sub(fin))
        };
        let Sides { client, server } = &self.halves;
        Numbers {
            first: Sides {
                client: first(client),
                server: first(server),
            },
            acknowledged: Sides {
                client: client.acknowledged,
                server: server.acknowledged,
            },
            sent: Sides {
                client: sent(client),
                server: sent(server),
            },
        }
    }

    /// Its opening, where the client's SYN and the answer were seen.
    pub fn opened_by(&self) -> Option<Opening> {
        let (packet, time_ns) = self.syn_ack?;
        let syn = self.halves.client.syn?;
        Some(Opening {
            syn: Seen {
                packet: syn.packet,
                time_ns: syn.first_ns,
            },
            syn_ack: Seen { packet, time_ns },
        })
    }

    /// Whether the handshake is under way.
    pub(super) fn is_opening(&self) -> bool {
        matches!(self.stage, Stage::Syn | Stage::SynAck)
    }

    /// Whether a RST ended it.
    pub(super) fn was_reset(&self) -> bool {
        self.close == CloseKind::Reset
    }

    /// Whether it ended in order or by RST.
    pub fn is_closed(&self) -> bool {
        self.close == CloseKind::Reset
            || Side::BOTH
                .into_iter()
                .all(|side| self.halves[side].fin.is_some_and(|fin| fin.acknowledged))
    }

    /// When both directions were closed, or a RST ended it.
    fn closed_ns(&self) -> Option<u64> {
        match self.close {
            CloseKind::Reset => self.reset.as_ref().map(|reset| reset.time_ns()),
            _ => self.last_ack.map(|(_, ns)| ns).filter(|_| self.is_closed()),
        }
    }

    /// What is left to say when nothing more will come.
    pub fn finish(
        &self,
        conversation: u64,
        ends: &Sides<Endpoint>,
        now_ns: u64,
        findings: &mut Vec<Finding>,
    ) {
        let mut tell = |event: Option<Event>| {
            if let Some(event) = event {
                findings.push(Finding {
                    conversation: Some(conversation),
                    first_packet: None,
                    event,
                });
            }
        };
        let rejected = icmp_errors::rejected(self, ends, now_ns);
        tell(rejected.or_else(|| handshake::unanswered(self, ends, now_ns)));
        tell(handshake::accept_queue_full(self, ends));
        tell(teardown::stays_in_close_wait(self, ends, now_ns));
        let black_hole = icmp_errors::black_hole(self, ends);
        tell(black_hole.or_else(|| dead_peer::peer_silent(self, ends, now_ns)));
        tell(dead_peer::half_open(self, ends));
        tell(reset::contradicted(self, ends));
        tell(heartbeat::heartbeat(self, ends));
    }

    /// Whether what was seen first was already the end.
    pub(super) fn began_at_end(&self) -> bool {
        self.began_at_end
    }

    /// What the conversation's record says.
    pub fn summary(&self) -> TcpConversation {
        let halves = &self.halves;
        let closed_by = self.closed_by.map(|side| self.set_of(side));
        let mut time_wait = Sides {
            client: false,
            server: false,
        };
        for side in Side::BOTH {
            time_wait[side] = halves[side].state == Some(State::TimeWait);
        }
        TcpConversation {
            state: Sides {
                client: halves.client.state,
                server: halves.server.state,
            },
            completeness: self.seen,
            opened_ns: self.third_step.map(|(_, time_ns)| time_ns),
            closed_ns: self.closed_ns(),
            stays_in_close_wait: teardown::in_close_wait(self).is_some(),
            handshake: self.times,
            round_trip: self.round_trip(),
            retransmissions: Sides {
                client: halves.client.resent,
                server: halves.server.resent,
            },
            spurious: Sides {
                client: halves.client.spurious,
                server: halves.server.spurious,
            },
            given_up: halves.client.given_up().and(halves.server.given_up()),
            payload_after_peer_fin: Sides {
                client: halves.client.after_peer_fin,
                server: halves.server.after_peer_fin,
            },
            transfer: Sides {
                client: transfer::transfer(&halves.client),
                server: transfer::transfer(&halves.server),
            },
            think_time: self
                .thinking
                .as_ref()
                .and_then(|thinking| thinking.summary()),
            closed_by,
            close: self.close,
            time_wait_held_by: (time_wait.client || time_wait.server).then_some(time_wait),
            reliability: Reliability::default(),
        }
    }

    fn set_of(&self, side: Side) -> Sides<bool> {
        let mut set = Sides {
            client: self.crossed,
            server: self.crossed,
        };
        set[side] = true;
        set
    }

    /// The round trip from the capture to the farther end: the nearer end's
    /// times say nothing of the network.
    fn round_trip(&self) -> RoundTrip {
        let [client, server] = Side::BOTH.map(|side| self.halves[side].round_trips.as_deref());
        let median = |times: Option<&RoundTrips>| times.map_or(0, RoundTrips::median_ns);
        let farther = if median(client) >= median(server) {
            client
        } else {
            server
        };
        farther.map_or_else(RoundTrip::default, RoundTrips::summary)
    }
}

/// A window in bytes; that of a SYN is never scaled.
fn scaled_window(scale: Option<u8>, tcp: &Tcp) -> Option<u32> {
    let window = u32::from(tcp.window);
    if tcp.flags.has(TcpFlags::SYN) {
        return Some(window);
    }
    scale.map(|scale| window << scale)
}
