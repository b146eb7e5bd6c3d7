//! Whether its receiver takes a segment (RFC 9293, section 3.10.7; RFC 5961;
//! RFC 7323, section 5): asked of every segment before it changes a state, is
//! sent again, closes or resets anything. In comes a segment with what was known
//! before it, out goes the test that it fails, if it fails one.
//!
//! A recording holds less than the receiver knew: where a window, a number or a
//! timestamp was not recorded, or a gap in the recording may explain the numbers,
//! the test cannot fail. What the receiver acknowledges afterwards it had taken.

use serde::{Deserialize, Serialize};

use super::connection::{Connection, Scales};
use super::direction::Half;
use super::segment::Segment;
use super::send_order::Mark;
use super::sequence::{after, before, distance, later};
use super::{State, handshake};
use crate::decode::TcpFlags;
use crate::track::dormant::near;
use crate::track::{
    AcceptabilityTest, ChallengeAck, Event, NotAcceptable, PacketNumber, Reset, ResetCause, Side,
};

/// No window is larger (RFC 7323, section 2.3): a segment so far from where its
/// sender stands does not belong to the connection, however much of it the
/// recording missed.
const LARGEST_WINDOW: u32 = 1 << 30;

/// So much may be missing in a recording between a sender's last segment and its
/// RST, and as much as it has sent before.
const MISSED_AT_MOST: u32 = 65_535;

/// What a peer may have sent or taken in SYN_SENT while the recording missed the
/// rest of the handshake.
const FIRST_FLIGHTS: u32 = 1 << 20;

/// A timestamp that is older by less may be one of a segment that was overtaken
/// on its way: 10 s in the ticks of nearly all hosts.
const OVERTAKEN_TICKS: u32 = 10_000;

/// The answer to a segment that is not acceptable comes within this time.
const ANSWER_WITHIN_NS: u64 = 2_000_000_000;

/// After so long without a word the 4-tuple may have changed hands unseen.
const UNSEEN_AFTER_NS: u64 = 60_000_000_000;

/// A segment that its receiver did not take, as long as it may be answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Refused {
    #[serde(with = "near::packet")]
    pub packet: PacketNumber,
    #[serde(with = "near::time")]
    pub time_ns: u64,
    #[serde(with = "near::sequence")]
    pub start: u32,
    #[serde(with = "near::sequence")]
    pub end: u32,
    pub mark: Mark,
    /// The number that it acknowledged, if it did.
    pub acknowledgment: Option<u32>,
    is_timestamp: bool,
}

/// A test that failed: what the segment bears, and the lowest and highest
/// number that would have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    test: AcceptabilityTest,
    observed: u32,
    expected: Option<(u32, u32)>,
}

impl Failed {
    fn new(test: AcceptabilityTest, observed: u32, expected: Option<(u32, u32)>) -> Self {
        Self {
            test,
            observed,
            expected,
        }
    }
}

/// The test that a segment of `side` fails at its receiver.
pub(super) fn failed(
    connection: &Connection,
    side: Side,
    segment: &Segment<'_>,
    scales: &Scales,
) -> Option<Failed> {
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    match to.state? {
        State::Closed | State::Listen => None,
        State::SynSent => in_syn_sent(to, segment),
        _ if segment.tcp.flags.has(TcpFlags::RST) => reset(from, to, segment, scales[side.other()]),
        // A SYN with another number begins another connection, and one with the
        // same is sent again.
        _ if segment.tcp.flags.has(TcpFlags::SYN) => None,
        _ => synchronised(connection, from, to, segment),
    }
}

/// In SYN_SENT a RST counts only with an acknowledgment of the SYN, and so does
/// a SYN-ACK (RFC 9293, section 3.10.7.3).
fn in_syn_sent(to: &Half, segment: &Segment<'_>) -> Option<Failed> {
    let tcp = &segment.tcp;
    let initial = to.syn?.sequence;
    let first = initial.wrapping_add(1);
    let [syn, ack, rst] = [TcpFlags::SYN, TcpFlags::ACK, TcpFlags::RST].map(|f| tcp.flags.has(f));
    if !ack {
        let needs = Failed::new(AcceptabilityTest::NoAck, 0, Some((first, to.next)));
        return rst.then_some(needs);
    }
    let highest = match syn || rst {
        true => to.next,
        // The SYN-ACK may be missing in the recording alone.
        false => to.next.wrapping_add(FIRST_FLIGHTS),
    };
    let acknowledged = tcp.acknowledgment;
    let acceptable = !before(acknowledged, first) && !after(acknowledged, highest);
    (!acceptable).then(|| {
        let test = AcceptabilityTest::Acknowledgment;
        Failed::new(test, acknowledged, Some((first, to.next)))
    })
}

/// A RST is taken at the next number that the receiver expects (RFC 5961,
/// section 3.2), which lies between what it acknowledged and what was sent. What
/// lies above within the window may stand behind bytes that the recording
/// misses, unless these were more than all before, or somebody else wrote it.
fn reset(from: &Half, to: &Half, segment: &Segment<'_>, scale: Option<u8>) -> Option<Failed> {
    let sequence = segment.tcp.sequence;
    let known = from.acknowledged.filter(|_| to.seen)?;
    // A FIN's own number is taken too: some hosts do not count it (Linux
    // tcp_reset_check).
    let lowest = known.wrapping_sub(u32::from(from.fin.is_some()));
    let window = to.advertised.window(scale).map(|window| window.max(1));
    let highest = match window {
        Some(window) => later(from.next, known.wrapping_add(window)),
        None => from.next.wrapping_add(LARGEST_WINDOW),
    };
    let in_window = !before(sequence, lowest) && !after(sequence, highest);
    if !in_window {
        let expected = window.map(|_| (known, highest));
        return Some(Failed::new(AcceptabilityTest::Window, sequence, expected));
    }
    let beyond = distance(from.next, sequence);
    let explained = beyond <= MISSED_AT_MOST || u64::from(beyond) <= from.unique_bytes;
    let fails = from.seen
        && beyond > 0
        && (!explained || super::reset::foreign(from, to, segment).is_enough());
    fails.then(|| {
        let expected = Some((known, from.next));
        Failed::new(AcceptabilityTest::Window, sequence, expected)
    })
}

/// Of a connection that stands (RFC 9293, section 3.10.7.4).
fn synchronised(
    connection: &Connection,
    from: &Half,
    to: &Half,
    segment: &Segment<'_>,
) -> Option<Failed> {
    let tcp = &segment.tcp;
    if !tcp.flags.has(TcpFlags::ACK) {
        let answers = to.seen && from.seen;
        return answers.then(|| Failed::new(AcceptabilityTest::NoAck, 0, None));
    }
    if !from.has_begun() || !to.has_begun() || !from.seen || !to.seen {
        return None;
    }
    let goes_on = from.refused.as_deref().is_some_and(|refused| {
        refused.end == tcp.sequence || refused.acknowledgment == Some(tcp.acknowledgment)
    });
    older_timestamp(from, to, segment)
        .or_else(|| before_initial(from, tcp.sequence))
        .or_else(|| fin_below_data(from, segment))
        .or_else(|| {
            let is_recent = segment.time_ns < from.last_ns.saturating_add(UNSEEN_AFTER_NS);
            let elsewhere = !goes_on && is_recent && !connection.is_closed();
            elsewhere.then(|| far_off(from, to, segment)).flatten()
        })
}

/// PAWS (RFC 7323, section 5.3): a timestamp older than the last is one of long
/// ago, where both have agreed on timestamps.
fn older_timestamp(from: &Half, to: &Half, segment: &Segment<'_>) -> Option<Failed> {
    let (value, _) = segment.timestamps?;
    let last = from.marks.last_timestamp()?;
    let agreed = from.offer.timestamps && to.offer.timestamps;
    if !agreed || !before(value, last) || last.wrapping_sub(value) < OVERTAKEN_TICKS {
        return None;
    }
    // A second one whose clock goes on from there shows that the host has such a
    // clock: a device on the path changes some of its timestamps.
    let another_clock = from.refused.as_deref().is_some_and(|refused| {
        let old = refused.mark.timestamp.filter(|_| refused.is_timestamp);
        old.is_some_and(|old| !before(value, old))
    });
    (!another_clock).then(|| {
        let newest = last.wrapping_add(i32::MAX as u32);
        Failed::new(AcceptabilityTest::Timestamp, value, Some((last, newest)))
    })
}

/// What lies before the initial number never existed, as long as the numbers
/// have not come round.
fn before_initial(from: &Half, sequence: u32) -> Option<Failed> {
    let initial = from.initial?;
    let sent = from.next.wrapping_sub(initial);
    let has_not_wrapped = sent < LARGEST_WINDOW && from.unique_bytes < u64::from(LARGEST_WINDOW);
    (has_not_wrapped && before(sequence, initial)).then(|| {
        let expected = Some((initial, from.next));
        Failed::new(AcceptabilityTest::BeforeInitial, sequence, expected)
    })
}

/// A FIN whose number a byte of data has had already ends nothing.
fn fin_below_data(from: &Half, segment: &Segment<'_>) -> Option<Failed> {
    let tcp = &segment.tcp;
    if !tcp.flags.has(TcpFlags::FIN) || from.fin.is_some() {
        return None;
    }
    let behind = tcp.sequence.wrapping_add(tcp.sequence_length());
    let number = behind.wrapping_sub(1);
    let is_data = before(number, from.next)
        && from.holes.missing(number, behind) == 0
        && from.sent.find(number).is_some();
    is_data.then(|| {
        let expected = Some((from.next, from.next));
        Failed::new(AcceptabilityTest::Window, number, expected)
    })
}

/// Numbers that no gap of a recording explains.
fn far_off(from: &Half, to: &Half, segment: &Segment<'_>) -> Option<Failed> {
    let tcp = &segment.tcp;
    let is_far = |number: u32, next: u32| {
        let off = number.wrapping_sub(next);
        off.min(off.wrapping_neg()) > LARGEST_WINDOW
    };
    if is_far(tcp.sequence, from.next) {
        let expected = Some((from.acknowledged.unwrap_or(from.next), from.next));
        return Some(Failed::new(
            AcceptabilityTest::Window,
            tcp.sequence,
            expected,
        ));
    }
    is_far(tcp.acknowledgment, to.next).then(|| {
        let expected = Some((to.acknowledged.unwrap_or(to.next), to.next));
        let test = AcceptabilityTest::Acknowledgment;
        Failed::new(test, tcp.acknowledgment, expected)
    })
}

/// A segment that its receiver does not take: tells so, and changes nothing.
pub(super) fn refuse(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    failed: &Failed,
    events: &mut Vec<Event>,
) {
    let tcp = &segment.tcp;
    let is_reset = tcp.flags.has(TcpFlags::RST);
    let (from, to) = connection.halves.pair(side);
    if let Some(event) = handshake::wrong_syn_ack(to, segment) {
        events.push(event);
        if !from.has_begun() {
            from.begin_with_syn(tcp.sequence);
        }
        from.state.get_or_insert(State::SynReceived);
    }
    if let Some(event) = challenge_of_syn(to, segment) {
        // It is right for its sender, whose connection is an older one.
        events.push(Event::ChallengeAck(event));
    } else {
        events.push(Event::NotAcceptable(NotAcceptable {
            side,
            test: failed.test,
            is_reset,
            in_syn_sent: to.state == Some(State::SynSent),
            observed: failed.observed,
            expected: failed.expected,
        }));
    }
    if is_reset {
        events.push(Event::Reset(Reset {
            cause: ResetCause::NotAccepted,
            ..super::reset::plain(side, segment)
        }));
    }
    from.was_refused = true;
    from.refused = Some(Box::new(Refused {
        packet: segment.number,
        time_ns: segment.time_ns,
        start: tcp.sequence,
        end: tcp.sequence.wrapping_add(tcp.sequence_length()),
        mark: segment.mark(),
        acknowledgment: tcp.flags.has(TcpFlags::ACK).then_some(tcp.acknowledgment),
        is_timestamp: failed.test == AcceptabilityTest::Timestamp,
    }));
}

/// An acknowledgment alone that answers a SYN: its host has the 4-tuple in an
/// older connection and says what it expects there (RFC 5961, section 4.2).
fn challenge_of_syn(to: &Half, segment: &Segment<'_>) -> Option<ChallengeAck> {
    let syn = to.syn.filter(|_| to.state == Some(State::SynSent))?;
    is_alone(segment).then_some(ChallengeAck {
        answers: syn.last,
        of_syn: true,
        sequence: segment.tcp.sequence,
        acknowledgment: segment.tcp.acknowledgment,
        after_ns: segment.time_ns.saturating_sub(syn.last_ns),
    })
}

fn is_alone(segment: &Segment<'_>) -> bool {
    let control = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;
    segment.tcp.payload_length == 0 && segment.tcp.flags.0 & control == TcpFlags::ACK.0
}

/// The acknowledgment with which a receiver answers a segment that it did not
/// take: it says again what it had said (RFC 5961, sections 3.2 and 5.2; RFC
/// 7323, section 5.3). `to`: the sender of that segment.
pub(super) fn challenge(to: &mut Half, segment: &Segment<'_>) -> Option<ChallengeAck> {
    let refused = to.refused.as_deref()?;
    let tcp = &segment.tcp;
    let after_ns = segment.time_ns.saturating_sub(refused.time_ns);
    let repeats = to.acknowledged == Some(tcp.acknowledgment) && is_alone(segment);
    if after_ns > ANSWER_WITHIN_NS || !repeats {
        if after_ns > ANSWER_WITHIN_NS && !refused.is_timestamp {
            to.refused = None;
        }
        return None;
    }
    let answers = refused.packet;
    to.refused = None;
    Some(ChallengeAck {
        answers,
        of_syn: false,
        sequence: tcp.sequence,
        acknowledgment: tcp.acknowledgment,
        after_ns,
    })
}

/// The receiver acknowledges what it is said not to have taken: it did.
pub(super) fn taken_after_all(to: &mut Half, acknowledgment: u32) {
    let Some(refused) = to.refused.as_deref().copied() else {
        return;
    };
    let length = refused.end.wrapping_sub(refused.start);
    let covered = after(acknowledgment, refused.start) && !after(acknowledgment, refused.end);
    if length == 0 || !covered || !after(acknowledgment, to.next) {
        return;
    }
    to.refused = None;
    let (packet, time_ns, mark) = (refused.packet, refused.time_ns, refused.mark);
    to.data(refused.start, length, packet, time_ns, mark);
    to.marks.add(mark);
}
