//! Bytes on their way (RFC 9293, section 3.4): data that is new, missing,
//! late, or sent again, and why.

use super::Completeness;
use super::connection::{Connection, Scales};
use super::direction::{Arrival, Half};
use super::gaps::Hole;
use super::in_flight::{Data, Sent};
use super::recovery::{Again, Verdict};
use super::repeats::Repeat;
use super::segment::Segment;
use super::send_order::{is_older_identification, is_older_timestamp};
use super::sequence::{after, before, earlier};
use super::{acks, flow_control, heartbeat, icmp_errors};
use crate::decode::TcpFlags;
use crate::track::stream::OtherBytes;
use crate::track::{
    ControlSegment, DataDiffers, Event, Gap, HandshakeRetransmission, HeadOfLine, LateEvidence,
    NeedlessEvidence, OutOfOrder, Retransmission, Side, SpuriousRetransmission, TcpTracked,
};

/// Follows acknowledgment and data of a segment without RST.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    scales: &Scales,
    events: &mut Vec<Event>,
    tracked: &mut TcpTracked,
) -> Arrival {
    let tcp = &segment.tcp;
    let (from, to) = connection.halves.pair(side);
    let probes = flow_control::is_probe(from, to, segment);
    if tcp.flags.has(TcpFlags::ACK) {
        tracked.newly_acknowledged = acks::follow(connection, side, segment, scales, events);
        if tracked.newly_acknowledged > 0 {
            tracked.round_trip_ns = connection.halves[side.other()].sample_ns;
        }
    }
    if probes {
        flow_control::probe(connection, side, segment, events);
        return Arrival::default();
    }
    if tcp.payload_length == 0 {
        let half = &mut connection.halves[side];
        if !tcp.flags.has(TcpFlags::SYN) {
            behind_unseen(half, segment, events);
        }
        half.marks.add(segment.mark());
        return Arrival::default();
    }
    connection.seen.0 |= Completeness::DATA;
    data(connection, side, segment, scales, events)
}

/// An acknowledgment or FIN without data that stands behind bytes not seen:
/// its host had sent them.
fn behind_unseen(half: &mut Half, segment: &Segment<'_>, events: &mut Vec<Event>) {
    let expected = half.next;
    let observed = segment.tcp.sequence;
    let missing = half.jump(observed, segment.number, segment.time_ns, segment.mark());
    // One number alone is as likely the FIN, which is no byte.
    if missing > 1 {
        events.push(Event::Gap(Gap {
            expected: half.relative(expected).unwrap_or_default(),
            observed: half.relative(observed).unwrap_or_default(),
            missing,
        }));
    }
}

/// What was known of the bytes of a late segment before it came.
struct Before {
    start: u32,
    end: u32,
    expected: u32,
    sent: Option<Sent>,
    hole: Option<Hole>,
    /// Segments that came since that hole was opened.
    overtaken: u32,
    /// Whether its bytes had all been acknowledged.
    acknowledged: bool,
}

impl Before {
    fn of(half: &Half, start: u32, end: u32) -> Self {
        let hole = half.holes.at(start, end);
        Self {
            start,
            end,
            expected: half.next,
            sent: half.sent.find(start).cloned(),
            hole: hole.copied(),
            overtaken: hole.map_or(0, |hole| half.holes.overtaken(hole)),
            acknowledged: half.acknowledged.is_some_and(|known| !after(end, known)),
        }
    }

    /// So many of its bytes had been sent before: those behind are new.
    fn repeated(&self) -> u32 {
        earlier(self.end, self.expected).wrapping_sub(self.start)
    }
}

fn data(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    scales: &Scales,
    events: &mut Vec<Event>,
) -> Arrival {
    let tcp = &segment.tcp;
    let (number, time_ns, length) = (segment.number, segment.time_ns, tcp.payload_length);
    let start = tcp
        .sequence
        .wrapping_add(u32::from(tcp.flags.has(TcpFlags::SYN)));
    let end = start.wrapping_add(length);
    let half = &mut connection.halves[side];
    let expected = half.next;
    let known = before(start, expected).then(|| Before::of(half, start, end));
    let mark = segment.mark();
    let arrival = half.data(start, length, number, time_ns, mark);
    if arrival.repeated == 0 {
        half.sent.describe(start, segment);
    }
    if let Some(known) = known {
        late(connection, side, segment, &known, &arrival, events);
        return arrival;
    }
    if arrival.gap > 0 {
        events.push(Event::Gap(Gap {
            expected: half.relative(expected).unwrap_or_default(),
            observed: half.relative(start).unwrap_or_default(),
            missing: arrival.gap,
        }));
    }
    half.marks.add(mark);
    heartbeat::message(&mut half.beats, number, time_ns, length);
    let (from, to) = connection.halves.pair(side);
    let window = to.advertised.window(scales[side.other()]);
    flow_control::full(from.in_flight(), window, to, events);
    arrival
}

/// Data that begins below what was seen already.
fn late(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    known: &Before,
    arrival: &Arrival,
    events: &mut Vec<Event>,
) {
    let round_trip_ns = connection.path_round_trip_ns();
    let half = &mut connection.halves[side];
    let reordered = known
        .hole
        .filter(|_| arrival.repeated == 0)
        .and_then(|hole| evidence(half, segment, &hole, round_trip_ns));
    match (reordered, known.hole) {
        (Some(evidence), Some(hole)) => out_of_order(half, segment, known, &hole, evidence, events),
        _ if data_differs(half, segment, known, events) => {}
        _ if overtaken_by_its_copy(half, segment, known, arrival, events) => {}
        _ if not_taken_with_syn(connection, side, segment, known, events) => {}
        _ => again(connection, side, segment, known, arrival, events),
    }
    if let Some(hole) = known.hole {
        let half = &connection.halves[side];
        head_of_line(half, segment, known, &hole, arrival.new, events);
    }
}

/// What shows that late bytes were overtaken, not sent again: the host numbers
/// and stamps its packets as it sends them, so an older mark means that they
/// were sent before what came before them.
fn evidence(
    half: &Half,
    segment: &Segment<'_>,
    hole: &Hole,
    round_trip_ns: Option<u64>,
) -> Option<LateEvidence> {
    let mark = segment.mark();
    if (half.marks.identifications_rise() || mark.is_just_before(hole.mark))
        && let Some(older) = is_older_identification(mark, hole.mark)
    {
        return older.then_some(LateEvidence::Identification);
    }
    if let Some(older) = is_older_timestamp(mark, hole.mark, round_trip_ns) {
        return older.then_some(LateEvidence::Timestamp);
    }
    let late_ns = segment.time_ns.saturating_sub(hole.since_ns);
    // Bytes that were acknowledged before the capture had them: it recorded
    // the acknowledgment first. Others must be sent again within a round trip
    // at the least.
    let had_arrived = half
        .acknowledged
        .is_some_and(|known| !after(hole.end, known));
    let at_most_ns = if had_arrived {
        round_trip_ns?
    } else {
        round_trip_ns? / 4 * 3
    };
    (late_ns < at_most_ns).then_some(LateEvidence::Timing)
}

fn out_of_order(
    half: &Half,
    segment: &Segment<'_>,
    known: &Before,
    hole: &Hole,
    evidence: LateEvidence,
    events: &mut Vec<Event>,
) {
    events.push(Event::OutOfOrder(OutOfOrder {
        relative_sequence: half.relative(known.start).unwrap_or_default(),
        expected: half.relative(known.expected).unwrap_or_default(),
        bytes: segment.tcp.payload_length,
        overtaken_by: hole.seen_at,
        overtaken_segments: known.overtaken,
        late_ns: segment.time_ns.saturating_sub(hole.since_ns),
        evidence,
    }));
}

/// The original of bytes that have come already, with their retransmission.
fn overtaken_by_its_copy(
    half: &mut Half,
    segment: &Segment<'_>,
    known: &Before,
    arrival: &Arrival,
    events: &mut Vec<Event>,
) -> bool {
    if arrival.new > 0 || !half.marks.was_overtaken(segment.identification) {
        return false;
    }
    let repeats = half.repeats.get_or_insert_default();
    repeats.overtook(known.start, known.end, segment.number, segment.time_ns);
    let last = known.sent.as_ref().map(Sent::last);
    let (overtaken_by, since_ns) = last.unwrap_or((half.last, half.last_ns));
    events.push(Event::OutOfOrder(OutOfOrder {
        relative_sequence: half.relative(known.start).unwrap_or_default(),
        expected: half.relative(known.expected).unwrap_or_default(),
        bytes: segment.tcp.payload_length,
        overtaken_by,
        overtaken_segments: 1,
        late_ns: segment.time_ns.saturating_sub(since_ns),
        evidence: LateEvidence::Identification,
    }));
    true
}

/// The numbers of earlier data, and other data: not sent again, but written by
/// somebody else, or against the rules (RFC 9293, section 3.8.1: what is sent
/// again is the same). Where either was damaged, or changed after it was
/// recorded, nothing is said.
fn data_differs(
    half: &Half,
    segment: &Segment<'_>,
    known: &Before,
    events: &mut Vec<Event>,
) -> bool {
    let Some(other) = segment.other_bytes.or_else(|| other_sent(segment, known)) else {
        return false;
    };
    let is_sound = segment.is_sound && known.sent.as_ref().is_some_and(Sent::is_sound);
    if segment.other_bytes.is_none() && !is_sound {
        return true;
    }
    events.push(Event::DataDiffers(DataDiffers {
        original: other.packet,
        relative_sequence: half.relative(other.start).unwrap_or_default(),
        bytes: known.end.wrapping_sub(other.start),
        original_bytes: other.bytes,
        after_ns: segment.time_ns.saturating_sub(other.time_ns),
        acknowledged_by: known.acknowledged.then_some(half.acknowledged_by),
    }));
    true
}

/// The segment with the same first number, where it had other data.
fn other_sent(segment: &Segment<'_>, known: &Before) -> Option<OtherBytes> {
    let sent = known.sent.as_ref()?;
    let differs = || {
        let same_length = sent.end == known.end;
        sent.data().differs(&Data::of(segment), same_length)
    };
    (sent.start == known.start && differs()).then(|| OtherBytes {
        packet: sent.packet,
        time_ns: sent.time_ns,
        start: sent.start,
        bytes: sent.end.wrapping_sub(sent.start),
    })
}

/// Data of a SYN that the SYN-ACK did not acknowledge goes out again for that
/// reason (RFC 7413, section 4.2.2).
fn not_taken_with_syn(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    known: &Before,
    events: &mut Vec<Event>,
) -> bool {
    let answered_by = connection.syn_ack.map(|(packet, _)| packet);
    let half = &mut connection.halves[side];
    let first = half.initial.map(|initial| initial.wrapping_add(1));
    let Some(syn) = half.syn.filter(|syn| syn.payload > 0) else {
        return false;
    };
    let in_syn = Some(known.start) == first
        && half.acknowledged == first
        && known.sent.as_ref().map(Sent::last) == Some((syn.packet, syn.first_ns));
    if !in_syn || segment.tcp.flags.has(TcpFlags::SYN) {
        return false;
    }
    half.resent.segments += 1;
    half.resent.bytes += u64::from(segment.tcp.payload_length.min(syn.payload));
    events.push(Event::HandshakeRetransmission(HandshakeRetransmission {
        what: ControlSegment::SynData,
        original: syn.packet,
        attempt: 2,
        after_ns: segment.time_ns.saturating_sub(syn.first_ns),
        answered_by,
        asked_again: false,
    }));
    true
}

/// Bytes sent again: why, and whether that was needed.
fn again(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    known: &Before,
    arrival: &Arrival,
    events: &mut Vec<Event>,
) {
    let half = &mut connection.halves[side];
    let sent = known.sent.as_ref();
    if let Some(error) = icmp_errors::sent_again(half, segment, known.start, sent) {
        half.resent.segments += 1;
        half.resent.bytes += u64::from(segment.tcp.payload_length);
        events.push(icmp_errors::cut_anew(
            half,
            segment,
            known.start,
            sent,
            error,
        ));
        return;
    }
    let near = connection.is_near(side);
    let handshake_ns = connection.handshake_round_trip_ns();
    let round_trip_ns = connection.path_round_trip_ns();
    let segments = connection.wire_segments(side, segment);
    let sack_permitted = Side::BOTH.into_iter().all(|side| {
        connection.halves[side].offer.sack_permitted || connection.halves[side].syn.is_none()
    });
    let (half, peer) = connection.halves.pair(side);
    let bytes = known.repeated();
    let last_sent = known.sent.as_ref().map(Sent::last);
    let last_sent_ns = last_sent
        .map(|(_, time_ns)| time_ns)
        .or(known.hole.map(|hole| hole.since_ns))
        .unwrap_or(half.last_ns);
    let delay_ns = segment.time_ns.saturating_sub(last_sent_ns);
    // Where the clock stepped meanwhile, no wait speaks for a timer.
    let is_timed = last_sent_ns >= segment.known_since_ns;
    let waited_ns = |wait_ns: u64| if is_timed { wait_ns } else { 0 };
    let fin_sequence = half.fin.map(|fin| fin.sequence);
    let verdict = half.recovery.judge(&Again {
        start: known.start,
        end: known.end,
        unacknowledged: half.acknowledged.unwrap_or(known.start),
        next: fin_sequence.unwrap_or(half.next),
        extends: after(known.end, known.expected),
        quiet_ns: waited_ns(
            segment
                .time_ns
                .saturating_sub(last_sent_ns.max(peer.last_ns)),
        ),
        last_sent_ns,
        delay_ns: waited_ns(delay_ns),
        estimate: if near { half.estimate } else { peer.estimate },
        handshake_ns,
        near,
        sack_permitted,
        timestamp: segment.timestamps.map(|(value, _)| value),
        packet: segment.number,
        quiet_since: match last_sent {
            Some((packet, time_ns)) if time_ns > peer.last_ns => packet,
            _ => peer.last,
        },
        arrived_sent_ns: 0,
    });
    half.sends_into_silence(segment.number);
    half.resent.segments += u64::from(segments);
    half.resent.bytes += u64::from(bytes);
    let acknowledged_by = known.acknowledged.then_some(half.acknowledged_by);
    let original = known.sent.as_ref().map(|sent| sent.packet);
    events.push(retransmission(half, known, verdict, delay_ns, segments));
    let repeat = Repeat::new(
        (known.start, known.end),
        (original, segment.number),
        segment.timestamps.map(|(value, _)| value),
        segments,
        acknowledged_by.is_some(),
    );
    let repeats = half.repeats.get_or_insert_default();
    repeats.add(repeat, segment.time_ns, round_trip_ns);
    if let Some(shown_by) = acknowledged_by {
        half.spurious.segments += u64::from(segments);
        half.spurious.bytes += u64::from(arrival.repeated);
        events.push(Event::SpuriousRetransmission(SpuriousRetransmission {
            retransmission: segment.number,
            original,
            shown_by,
            evidence: NeedlessEvidence::Acknowledgment,
            bytes: arrival.repeated,
        }));
    }
}

fn retransmission(
    half: &Half,
    known: &Before,
    verdict: Verdict,
    delay_ns: u64,
    segments: u32,
) -> Event {
    Event::Retransmission(Retransmission {
        trigger: verdict.trigger,
        evidence: verdict.evidence,
        proof: verdict.proof,
        original: known.sent.as_ref().map(|sent| sent.packet),
        relative_sequence: half.relative(known.start).unwrap_or_default(),
        bytes: known.repeated(),
        segments,
        after_ns: known.sent.as_ref().map(|_| delay_ns),
        back_off: verdict.back_off,
        waits_ns: verdict.waits_ns,
        smoothed_round_trip_ns: half.estimate.smoothed_ns(),
        acknowledged_by: known.acknowledged.then_some(half.acknowledged_by),
    })
}

/// No program notices a wait shorter than this.
const WAITS_AT_LEAST_NS: u64 = 1_000_000;

/// Later bytes had waited for these, and can be delivered now.
fn head_of_line(
    half: &Half,
    segment: &Segment<'_>,
    known: &Before,
    hole: &Hole,
    filled: u32,
    events: &mut Vec<Event>,
) {
    let still_missing = half.holes.missing(hole.start, hole.end) > 0;
    let already_there = half
        .acknowledged
        .is_some_and(|acknowledged| !after(hole.end, acknowledged));
    let waited_ns = segment.time_ns.saturating_sub(hole.since_ns);
    if still_missing || already_there || filled == 0 || waited_ns < WAITS_AT_LEAST_NS {
        return;
    }
    let waiting_end = half.holes.next_start(hole.end).unwrap_or(known.expected);
    let waiting_segments = half.sent.count(hole.end, waiting_end);
    // An acknowledgment alone may have shown the hole: then nothing waited.
    if waiting_segments == 0 {
        return;
    }
    events.push(Event::HeadOfLine(HeadOfLine {
        gap_seen_at: hole.seen_at,
        waited_ns,
        waiting_bytes: waiting_end.wrapping_sub(hole.end),
        waiting_segments,
        gap_bytes: hole.end.wrapping_sub(hole.start),
    }));
}
