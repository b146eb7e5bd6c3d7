//! Opening a connection: SYN, SYN-ACK, ACK (RFC 9293, section 3.5), the
//! options agreed on, Fast Open (RFC 7413), simultaneous open, no answer.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::Completeness;
use super::connection::Connection;
use super::direction::{Control, Half};
use super::flow_control::Advertised;
use super::segment::Segment;
use super::sequence::{after, before, distance};
use crate::decode::TcpFlags;
use crate::track::{
    ControlSegment, Endpoint, Event, FastOpen, HandshakeAck, HandshakeRetransmission,
    HandshakeSimultaneous, HandshakeSyn, HandshakeSynAck, HandshakeUnanswered, Offer,
    OptionsAgreed, PacketNumber, Side, Sides,
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

/// The SYNs that were sent again, for the finding that nobody answered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Retries {
    packets: SmallVec<[PacketNumber; 8]>,
    intervals_ns: SmallVec<[u64; 8]>,
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

fn syn(connection: &mut Connection, side: Side, segment: &Segment<'_>, events: &mut Vec<Event>) {
    if sent_again(connection, side, segment, ControlSegment::Syn, events) {
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

fn syn_ack(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> bool {
    let (number, time_ns, tcp) = (segment.number, segment.time_ns, &segment.tcp);
    let crossed = connection.halves[side].syn.is_some() && !connection.halves[side].answered;
    if !crossed && sent_again(connection, side, segment, ControlSegment::SynAck, events) {
        return false;
    }
    if !crossed {
        open(&mut connection.halves[side], segment);
    }
    connection.halves[side].answered = true;
    let asker = &mut connection.halves[side.other()];
    let syn = asker.syn;
    if syn.is_none() {
        // The SYN was not captured: what is acknowledged tells its number.
        asker.begin_with_syn(tcp.acknowledgment.wrapping_sub(1));
    }
    let since_syn_ns = syn.map(|syn| time_ns.saturating_sub(syn.last_ns));
    events.push(Event::HandshakeSynAck(HandshakeSynAck {
        syn: syn.map(|syn| syn.packet),
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
    let half = &mut connection.halves[side];
    let Some(syn) = half
        .syn
        .as_mut()
        .filter(|syn| syn.sequence == segment.tcp.sequence)
    else {
        return false;
    };
    let after_ns = segment.time_ns.saturating_sub(syn.last_ns);
    syn.attempts = syn.attempts.saturating_add(1);
    syn.last_ns = segment.time_ns;
    half.resent.segments += 1;
    events.push(Event::HandshakeRetransmission(HandshakeRetransmission {
        what,
        original: syn.packet,
        attempt: syn.attempts,
        after_ns,
    }));
    if what == ControlSegment::Syn {
        let retries = connection.retries.get_or_insert_default();
        if retries.packets.len() < 8 {
            retries.packets.push(segment.number);
            retries.intervals_ns.push(after_ns);
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
    if connection.halves.server.seen || connection.halves.client.answered {
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
