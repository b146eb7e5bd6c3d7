//! What an acknowledgment tells its receiver: how far everything has arrived,
//! what waits beyond a hole (SACK, RFC 2018), what arrived twice (D-SACK, RFC
//! 2883), and, said again and again, that something is missing (RFC 5681).

use smallvec::SmallVec;

use super::acceptable;
use super::connection::{Connection, Scales};
use super::direction::Half;
use super::flow_control;
use super::repeats::Needless;
use super::segment::Segment;
use super::sequence::{after, before};
use crate::decode::TcpFlags;
use crate::track::{
    AckOfUnseen, Dsack, DuplicateAck, Event, NeedlessEvidence, Side, SpuriousRetransmission,
};

/// Follows the acknowledgment of a segment that `side` sent; gives how much of
/// it is new.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    scales: &Scales,
    events: &mut Vec<Event>,
) -> u32 {
    let tcp = &segment.tcp;
    let peer = &mut connection.halves[side.other()];
    acceptable::taken_after_all(peer, tcp.acknowledgment);
    let challenge = acceptable::challenge(peer, segment);
    let challenges = challenge.is_some();
    events.extend(challenge.map(Event::ChallengeAck));
    unseen(peer, segment, events);
    let known = peer.acknowledged;
    let echo = segment.timestamps.map(|(_, echo)| echo);
    let (new, taken) = peer.acknowledge(tcp.acknowledgment, segment.number, segment.time_ns, echo);
    let (reports_duplicate, of_copy) = selective(peer, segment, events);
    peer.recovery.arrived(taken.latest_sent_ns);
    if reports_duplicate || (new == 0 && tcp.payload_length == 0) {
        peer.recovery.probe_arrived_twice(tcp.acknowledgment);
    }
    if new > 0 {
        if let (Some(known), Some(repeats)) = (known, &mut peer.repeats) {
            let needless = repeats.acknowledge(known, tcp.acknowledgment, echo, segment.time_ns);
            for needless in needless {
                tell_needless(peer, segment, needless, NeedlessEvidence::Timestamp, events);
            }
        }
        peer.recovery
            .acknowledge(tcp.acknowledgment, taken.original, echo);
    }
    if of_copy {
        connection.reacted_to_copy();
    }
    if tcp.flags.has(TcpFlags::SYN) {
        return new;
    }
    let is_old = connection.halves[side.other()].acknowledged != Some(tcp.acknowledgment);
    let (from, to) = connection.halves.pair(side);
    let scale = scales[side];
    let speaks_of_window = !is_old && flow_control::announce(from, to, scale, segment, new, events);
    let control = TcpFlags::FIN.0 | TcpFlags::RST.0;
    let repeats = new == 0
        && tcp.payload_length == 0
        && !is_old
        && known.is_some()
        && tcp.flags.0 & control == 0
        && !speaks_of_window
        && !challenges
        && (!reports_duplicate || segment.sack.len() > 1)
        && connection.halves[side.other()].in_flight() > 0;
    if repeats {
        duplicate(connection, side, segment, events);
    }
    new
}

/// Acknowledges what the capture does not have.
fn unseen(peer: &mut Half, segment: &Segment<'_>, events: &mut Vec<Event>) {
    let acknowledgment = segment.tcp.acknowledgment;
    peer.begin_from_acknowledgment(acknowledgment);
    let seen = peer.next;
    if peer.began_with_probe(acknowledgment) {
        return;
    }
    if !after(acknowledgment, seen) {
        missed_by_capture(peer, acknowledgment, events);
        return;
    }
    if peer.seen {
        events.push(Event::AckOfUnseen(AckOfUnseen {
            seen: peer.relative(seen).unwrap_or_default(),
            acknowledged: peer.relative(acknowledgment).unwrap_or_default(),
            missing: acknowledgment.wrapping_sub(seen),
        }));
    }
    peer.skip_to(acknowledgment, segment.number, segment.time_ns);
}

/// A hole is acknowledged: its bytes are missing to the capture alone.
fn missed_by_capture(peer: &Half, acknowledgment: u32, events: &mut Vec<Event>) {
    if peer.holes.len() == 0 {
        return;
    }
    let known = peer.acknowledged.or(peer.holes.lowest());
    let Some(known) = known.filter(|_| peer.seen) else {
        return;
    };
    let missing = peer.holes.missing(known, acknowledgment);
    if missing > 0 && after(acknowledgment, known) {
        let seen = peer.holes.next_start(known).unwrap_or(known);
        events.push(Event::AckOfUnseen(AckOfUnseen {
            seen: peer.relative(seen).unwrap_or_default(),
            acknowledged: peer.relative(acknowledgment).unwrap_or_default(),
            missing,
        }));
    }
}

/// SACK blocks; gives whether the first of them is a D-SACK (RFC 2883,
/// section 4: below the acknowledgment, or within the second block), and
/// whether it tells of something that its host had not sent twice.
fn selective(peer: &mut Half, segment: &Segment<'_>, events: &mut Vec<Event>) -> (bool, bool) {
    let Some(&first) = segment.sack.first() else {
        return (false, false);
    };
    blocks(peer, segment, first, events)
}

fn blocks(
    peer: &mut Half,
    segment: &Segment<'_>,
    (start, end): (u32, u32),
    events: &mut Vec<Event>,
) -> (bool, bool) {
    let blocks = &segment.sack;
    let mut of_copy = false;
    let below = !after(end, segment.tcp.acknowledgment);
    let within = blocks
        .get(1)
        .is_some_and(|second| !before(start, second.0) && !after(end, second.1));
    let reports_duplicate = below || within;
    if reports_duplicate {
        of_copy = !arrived_twice(peer, segment, (start, end), events);
    }
    for (start, end) in blocks.iter().skip(usize::from(reports_duplicate)) {
        let taken = peer.sent.sack(*start, *end);
        peer.recovery.arrived(taken.latest_sent_ns);
        if after(*end, segment.tcp.acknowledgment) {
            peer.recovery.sack(*end, segment.number, taken.original);
        }
    }
    (reports_duplicate, of_copy)
}

/// A D-SACK; gives whether its bytes had been sent again.
fn arrived_twice(
    peer: &mut Half,
    segment: &Segment<'_>,
    (start, end): (u32, u32),
    events: &mut Vec<Event>,
) -> bool {
    let repeats = peer.repeats.as_deref_mut();
    let again = repeats.and_then(|repeats| repeats.arrived_twice(start, end, segment.echo()));
    let fin = peer
        .fin
        .filter(|fin| fin.sequence == start && fin.attempts > 1);
    events.push(Event::Dsack(Dsack {
        start: peer.relative(start).unwrap_or_default(),
        end: peer.relative(end).unwrap_or_default(),
        duplicate: again.map(|(packet, _)| packet).or(fin.map(|fin| fin.last)),
    }));
    if let Some((_, Some(needless))) = again {
        tell_needless(peer, segment, needless, NeedlessEvidence::Dsack, events);
    }
    again.is_some() || fin.is_some()
}

/// A segment shows that others were sent again needlessly.
fn tell_needless(
    peer: &mut Half,
    segment: &Segment<'_>,
    needless: Needless,
    evidence: NeedlessEvidence,
    events: &mut Vec<Event>,
) {
    peer.count_needless(needless);
    events.push(Event::SpuriousRetransmission(SpuriousRetransmission {
        retransmission: needless.packet,
        original: needless.original,
        shown_by: segment.number,
        evidence,
        bytes: needless.bytes,
    }));
}

fn duplicate(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    let peer = &mut connection.halves[side.other()];
    let nth = peer.recovery.duplicate(segment.number);
    let relative = |number| peer.relative(number).unwrap_or_default();
    let sack: SmallVec<[(u32, u32); 4]> = segment
        .sack
        .iter()
        .map(|(start, end)| (relative(*start), relative(*end)))
        .collect();
    let gap_end = segment
        .sack
        .iter()
        .map(|(start, _)| *start)
        .filter(|start| after(*start, segment.tcp.acknowledgment))
        .reduce(|lowest, start| if before(start, lowest) { start } else { lowest });
    events.push(Event::DuplicateAck(DuplicateAck {
        nth,
        relative_acknowledgment: relative(segment.tcp.acknowledgment),
        first: peer.acknowledged_by,
        gap_end: gap_end.map(relative),
        sack,
    }));
}
