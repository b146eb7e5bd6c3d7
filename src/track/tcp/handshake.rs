//! Opening a connection: SYN, SYN-ACK, ACK (RFC 9293, section 3.5), the
//! options agreed on, Fast Open (RFC 7413), simultaneous open, no answer.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::connection::Connection;
use super::direction::{Control, Half};
use super::flow_control::Advertised;
use super::segment::Segment;
use super::sequence::{after, before, distance};
use super::{Completeness, State};
use crate::decode::TcpFlags;
use crate::track::dormant::near;
use crate::track::{
    AcceptQueueFull, CloseKind, ControlSegment, Endpoint, Event, FastOpen, HandshakeAck,
    HandshakeRetransmission, HandshakeSimultaneous, HandshakeSyn, HandshakeSynAck,
    HandshakeUnanswered, Offer, OptionsAgreed, PacketNumber, Side, Sides,
};

/// How far the handshake has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Nothing of it was seen.
    #[default]
    None,
    /// A SYN.
    Syn,
    /// The SYN-ACK; the third step comes next.
    SynAck,
    /// Complete, or its third step was not captured.
    Done,
}

/// The SYNs that were sent again: for the finding that nobody answered, and to
/// tell which of them was answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Retries {
    packets: SmallVec<[PacketNumber; 8]>,
    intervals_ns: SmallVec<[u64; 8]>,
    /// The timestamps of all but the last, with their packets and times.
    stamped: SmallVec<[(u32, PacketNumber, u64); 2]>,
}

impl Retries {
    /// The SYN with this timestamp, if one but the last bore it.
    fn with_timestamp(&self, timestamp: u32) -> Option<(PacketNumber, u64)> {
        let found = self.stamped.iter().find(|(value, ..)| *value == timestamp);
        found.map(|(_, packet, time_ns)| (*packet, *time_ns))
    }
}

/// So many SYN-ACKs with different numbers are remembered for one SYN.
const SYN_ACKS_AT_MOST: usize = 8;

/// A SYN-ACK that was followed by one with another number, until the client
/// tells which of them counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OtherSynAck {
    syn: Control,
    offer: Offer,
    offer_cut: bool,
    advertised: Advertised,
}

/// SYN-ACKs that were followed by one with another number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherSynAcks(Vec<OtherSynAck>);

/// A listener that goes on repeating its SYN-ACK after the third step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct StillSynReceived {
    repeats: u32,
    packets: SmallVec<[PacketNumber; 8]>,
    #[serde(with = "near::time")]
    first_ns: u64,
    #[serde(with = "near::time")]
    last_ns: u64,
}

/// Follows a segment without RST; gives whether a server has answered now.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let flags = segment.tcp.flags;
    match (flags.has(TcpFlags::SYN), flags.has(TcpFlags::ACK)) {
        (true, false) => syn(connection, side, segment, events),
        (true, true) => return syn_ack(connection, side, segment, events),
        (false, true) if connection.stage == Stage::SynAck => {
            third_step(connection, side, segment, events);
        }
        _ => {}
    }
    false
}

/// Of several SYN-ACKs with different numbers the one counts that the client
/// acknowledges.
pub(super) fn choose_syn_ack(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let flags = segment.tcp.flags;
    let control = TcpFlags::SYN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;
    let answerer = &mut connection.halves[side.other()];
    if connection.stage != Stage::SynAck
        || !answerer.answered
        || flags.0 & control != TcpFlags::ACK.0
    {
        return;
    }
    let others = connection.other_syn_acks.take().unwrap_or_default().0;
    let acknowledged = segment.tcp.acknowledgment.wrapping_sub(1);
    let chosen = others
        .into_iter()
        .find(|other| other.syn.sequence == acknowledged);
    let is_last = answerer.syn.is_some_and(|syn| syn.sequence == acknowledged);
    if let Some(chosen) = chosen.filter(|_| !is_last) {
        answerer.begin_with_syn(acknowledged);
        connection.syn_ack = Some((chosen.syn.last, chosen.syn.last_ns));
        answerer.syn = Some(chosen.syn);
        answerer.offer = chosen.offer;
        answerer.offer_cut = chosen.offer_cut;
        answerer.advertised = chosen.advertised;
    }
}

/// A SYN-ACK with a wrong acknowledgment, which the client does not take: tells
/// what is wrong with it.
pub(super) fn wrong_syn_ack(to: &Half, segment: &Segment<'_>) -> Option<Event> {
    let control = TcpFlags::SYN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;
    let is_syn_ack = segment.tcp.flags.0 & control == TcpFlags::SYN.0 | TcpFlags::ACK.0;
    let syn = to.syn.filter(|_| is_syn_ack)?;
    Some(Event::HandshakeSynAck(HandshakeSynAck {
        syn: Some(syn.packet),
        client_sequence: Some(syn.sequence),
        sequence: segment.tcp.sequence,
        acknowledgment: segment.tcp.acknowledgment,
        syn_payload: syn.payload,
        since_syn_ns: Some(segment.time_ns.saturating_sub(syn.last_ns)),
    }))
}

fn syn(connection: &mut Connection, side: Side, segment: &Segment<'_>, events: &mut Vec<Event>) {
    if sent_again(connection, side, segment, ControlSegment::Syn, events) {
        asks_again(connection, side);
        return;
    }
    let half = &mut connection.halves[side];
    open(half, segment);
    events.push(Event::HandshakeSyn(HandshakeSyn {
        sequence: segment.tcp.sequence,
        maximum_segment_size: half.offer.maximum_segment_size,
    }));
    connection.seen.0 |= Completeness::SYN;
    if connection.stage == Stage::None {
        connection.stage = Stage::Syn;
    } else if let Some(other) = connection.halves[side.other()].syn
        && !connection.halves[side.other()].answered
    {
        let other_syn = other.packet;
        events.push(Event::HandshakeSimultaneous(HandshakeSimultaneous {
            other_syn,
        }));
    }
}

/// A host that repeats its SYN has not received the SYN-ACK, and one that does so
/// after a RST asks anew.
fn asks_again(connection: &mut Connection, side: Side) {
    let (from, to) = connection.halves.pair(side);
    if connection.close == CloseKind::Reset {
        connection.close = CloseKind::Open;
        connection.closed_by = None;
        connection.reset = None;
        connection.lost = None;
        connection.stage = Stage::Syn;
        from.state = Some(State::SynSent);
        to.state = Some(State::SynReceived);
    } else if connection.stage == Stage::SynAck && from.state == Some(State::Established) {
        from.state = Some(State::SynSent);
        from.doubted = true;
    }
}

fn syn_ack(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let (number, time_ns, tcp) = (segment.number, segment.time_ns, &segment.tcp);
    let crossed = connection.halves[side].syn.is_some() && !connection.halves[side].answered;
    if !crossed && sent_again(connection, side, segment, ControlSegment::SynAck, events) {
        answers_again(connection, side, segment);
        return false;
    }
    if !crossed {
        remember_other(connection, side);
        open(&mut connection.halves[side], segment);
    }
    connection.halves[side].answered = true;
    let asker = &mut connection.halves[side.other()];
    let syn = asker.syn;
    if syn.is_none() {
        // The SYN was not captured: what is acknowledged tells its number.
        asker.begin_with_syn(tcp.acknowledgment.wrapping_sub(1));
    }
    // The timestamp that it echoes tells which SYN it answers (RFC 7323, section
    // 3).
    let echoed = segment
        .echo()
        .and_then(|echo| connection.retries.as_deref()?.with_timestamp(echo));
    let answers = echoed.or(syn.map(|syn| (syn.last, syn.last_ns)));
    let since_syn_ns = answers.map(|(_, syn_ns)| time_ns.saturating_sub(syn_ns));
    events.push(Event::HandshakeSynAck(HandshakeSynAck {
        syn: answers.map(|(packet, _)| packet),
        client_sequence: syn.map(|syn| syn.sequence),
        sequence: tcp.sequence,
        acknowledgment: tcp.acknowledgment,
        syn_payload: syn.map_or(0, |syn| syn.payload),
        since_syn_ns,
    }));
    if let Some(event) = fast_open(syn, tcp.acknowledgment) {
        events.push(event);
    }
    connection.times.syn_to_syn_ack_ns = since_syn_ns;
    connection.seen.0 |= Completeness::SYN_ACK;
    connection.syn_ack = Some((number, time_ns));
    let both = Side::BOTH
        .into_iter()
        .all(|side| connection.halves[side].answered);
    connection.stage = if both { Stage::Done } else { Stage::SynAck };
    true
}

/// Keeps a SYN-ACK that is followed by one with another number.
fn remember_other(connection: &mut Connection, side: Side) {
    let half = &connection.halves[side];
    let Some(syn) = half
        .syn
        .filter(|_| connection.stage == Stage::SynAck && half.answered)
    else {
        return;
    };
    let other = OtherSynAck {
        syn,
        offer: half.offer,
        offer_cut: half.offer_cut,
        advertised: half.advertised.clone(),
    };
    let others = connection.other_syn_acks.get_or_insert_default();
    if others.0.len() < SYN_ACKS_AT_MOST {
        others.0.push(other);
    }
}

/// A host that repeats its SYN-ACK is in SYN_RCVD, whatever was sent to it, as
/// long as it has sent and acknowledged nothing else.
fn answers_again(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let third_step = connection.stage == Stage::Done;
    let (from, to) = connection.halves.pair(side);
    let only_syn_acks = from.last_data.is_none()
        && from.fin.is_none()
        && to.acknowledged == Some(segment.tcp.acknowledgment)
        && from.next == segment.tcp.sequence.wrapping_add(1);
    if !only_syn_acks || !third_step || from.state == Some(State::Closed) {
        return;
    }
    from.state = Some(State::SynReceived);
    let still = connection.still_syn_received.get_or_insert_default();
    still.repeats = still.repeats.saturating_add(1);
    if still.packets.is_empty() {
        still.first_ns = segment.time_ns;
    }
    still.last_ns = segment.time_ns;
    if still.packets.len() < 8 {
        still.packets.push(segment.number);
    }
    // Once, the third step may have been lost, or have crossed it.
    from.doubted = still.repeats >= FULL_AFTER;
}

/// A listener that repeats its SYN-ACK so often after the third step does not
/// take the connection.
const FULL_AFTER: u32 = 2;

/// A listener that goes on repeating its SYN-ACK, told when nothing more will
/// come.
pub(super) fn accept_queue_full(connection: &Connection, ends: &Sides<Endpoint>) -> Option<Event> {
    let still = connection.still_syn_received.as_deref()?;
    (still.repeats >= FULL_AFTER).then(|| {
        Event::AcceptQueueFull(AcceptQueueFull {
            client: ends.client,
            server: ends.server,
            third_step: connection.third_step.map(|(packet, _)| packet),
            repeats: still.repeats,
            syn_acks: still.packets.clone(),
            during_ns: still.last_ns.saturating_sub(still.first_ns),
            taken: connection.halves.server.state != Some(State::SynReceived),
        })
    })
}

fn fast_open(syn: Option<Control>, acknowledgment: u32) -> Option<Event> {
    let syn = syn?;
    let accepted = distance(syn.sequence.wrapping_add(1), acknowledgment);
    (accepted > 0 && accepted <= syn.payload).then(|| {
        Event::FastOpen(FastOpen {
            syn: syn.packet,
            accepted,
            syn_payload: syn.payload,
        })
    })
}

/// The first acknowledgment from the side that asked. When it does not look
/// like the third step but like a later packet, the third step was not
/// captured, and nothing is said of it.
fn third_step(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    let tcp = &segment.tcp;
    let (asker, answerer) = (&connection.halves[side], &connection.halves[side.other()]);
    let (Some(initial), Some(answer)) = (asker.initial, answerer.syn) else {
        return;
    };
    let Some((syn_ack, syn_ack_ns)) = connection.syn_ack.filter(|_| answerer.answered) else {
        return;
    };
    let syn = asker.syn;
    let syn_payload = syn.map_or(0, |syn| syn.payload);
    connection.stage = Stage::Done;
    let first = initial.wrapping_add(1);
    let later_packet = after(tcp.sequence, first.wrapping_add(syn_payload))
        || (after(tcp.acknowledgment, answer.sequence.wrapping_add(1))
            && !before(answerer.next, tcp.acknowledgment));
    if later_packet {
        return;
    }
    let offers_known = syn.is_some() && !asker.offer_cut && !answerer.offer_cut;
    let (client_offer, server_offer) = (asker.offer, answerer.offer);
    let since_syn_ack_ns = segment.time_ns.saturating_sub(syn_ack_ns);
    events.push(Event::HandshakeAck(HandshakeAck {
        syn_ack,
        client_sequence: syn.map(|syn| syn.sequence),
        sequence: tcp.sequence,
        server_sequence: answer.sequence,
        acknowledgment: tcp.acknowledgment,
        syn_payload,
        payload: tcp.payload_length,
        since_syn_ack_ns,
        since_syn_ns: syn.map(|syn| segment.time_ns.saturating_sub(syn.first_ns)),
    }));
    if offers_known {
        events.push(Event::OptionsAgreed(OptionsAgreed {
            client: client_offer,
            server: server_offer,
        }));
    }
    connection.times.syn_ack_to_ack_ns = Some(since_syn_ack_ns);
    connection.third_step = Some((segment.number, segment.time_ns));
    connection.seen.0 |= Completeness::ACK;
}

/// Notes a SYN or SYN-ACK of this side for the first time.
fn open(half: &mut Half, segment: &Segment<'_>) {
    let tcp = &segment.tcp;
    half.begin_with_syn(tcp.sequence);
    half.syn = Some(Control::new(
        tcp.sequence,
        segment.number,
        segment.time_ns,
        tcp.payload_length,
    ));
    half.offer = Offer {
        window: tcp.window,
        timestamps: segment.timestamps.is_some(),
        ..segment.offer
    };
    half.offer_cut = segment.options_cut;
    half.advertised = Advertised::from_syn(tcp.window, segment.number);
}

/// Whether this SYN or SYN-ACK was sent before; says so.
fn sent_again(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    what: ControlSegment,
    events: &mut Vec<Event>,
) -> bool {
    let answered_by = match what {
        ControlSegment::Syn => connection.syn_ack.map(|(packet, _)| packet),
        _ => connection.third_step.map(|(packet, _)| packet),
    };
    let (half, peer) = connection.halves.pair(side);
    let timestamp = half.marks.last_timestamp();
    let Some(syn) = half
        .syn
        .as_mut()
        .filter(|syn| syn.sequence == segment.tcp.sequence)
    else {
        return false;
    };
    let before = (syn.last, syn.last_ns);
    let after_ns = segment.time_ns.saturating_sub(syn.last_ns);
    syn.attempts = syn.attempts.saturating_add(1);
    syn.last = segment.number;
    syn.last_ns = segment.time_ns;
    half.resent.segments += 1;
    let asked_again = peer.syn.is_some_and(|syn| syn.last > before.0);
    events.push(Event::HandshakeRetransmission(HandshakeRetransmission {
        what,
        original: syn.packet,
        attempt: syn.attempts,
        after_ns,
        answered_by,
        asked_again: what == ControlSegment::SynAck && asked_again,
    }));
    if what == ControlSegment::Syn {
        let retries = connection.retries.get_or_insert_default();
        if retries.packets.len() < 8 {
            retries.packets.push(segment.number);
            retries.intervals_ns.push(after_ns);
            let (packet, time_ns) = before;
            retries
                .stamped
                .extend(timestamp.map(|timestamp| (timestamp, packet, time_ns)));
        }
    } else {
        connection.syn_ack = Some((segment.number, segment.time_ns));
    }
    true
}

/// A SYN that nobody answered, told when nothing more will come.
pub(super) fn unanswered(
    connection: &Connection,
    ends: &Sides<Endpoint>,
    now_ns: u64,
) -> Option<Event> {
    let syn = connection.halves.client.syn?;
    let Sides { client, server } = &connection.halves;
    // What the client acknowledges proves that it was answered, recorded or not.
    if server.seen || server.was_refused || server.has_begun() || client.answered {
        return None;
    }
    let retries = connection.retries.as_deref().cloned().unwrap_or_default();
    Some(unanswered_syn(
        ends,
        syn.packet,
        syn.first_ns,
        syn.attempts,
        retries,
        now_ns,
    ))
}

fn unanswered_syn(
    ends: &Sides<Endpoint>,
    packet: PacketNumber,
    first_ns: u64,
    attempts: u32,
    retries: Retries,
    now_ns: u64,
) -> Event {
    let mut syns: SmallVec<[PacketNumber; 8]> = SmallVec::new();
    syns.push(packet);
    syns.extend(retries.packets.into_iter().take(7));
    Event::HandshakeUnanswered(HandshakeUnanswered {
        client: ends.client,
        server: ends.server,
        attempts,
        syns,
        intervals_ns: retries.intervals_ns,
        waited_ns: now_ns.saturating_sub(first_ns),
    })
}
