//! Packets recorded twice, or doubled by the network: a host gives each packet
//! that it sends a new IPv4 identification, so one with an old identification
//! and the same contents was not sent again. Without an identification (IPv6,
//! or 0) equal bytes prove nothing.

use super::direction::{Fingerprint, Half};
use super::segment::Segment;
use super::send_order::Again;
use super::sequence::after;
use crate::decode::TcpFlags;
use crate::track::{CopyMaker, Event, IpDuplicate, PacketNumber};

/// A copy must come within this time: identifications wrap around.
const WITHIN_NS: u64 = 1_000_000_000;

/// No timer sends a SYN again so soon.
const NO_TIMER_YET_NS: u64 = 200_000_000;

/// What two copies have in common.
pub(super) fn fingerprint(segment: &Segment<'_>) -> Fingerprint {
    let tcp = &segment.tcp;
    Fingerprint {
        identification: segment.identification,
        sequence: tcp.sequence,
        acknowledgment: tcp.acknowledgment,
        flags: tcp.flags.0,
        window: tcp.window,
        payload_length: tcp.payload_length,
        checksum: tcp.checksum,
    }
}

/// A copy: of which packet and when, where that is still known.
pub(super) type Original = Option<(PacketNumber, u64)>;

/// Whether this is a copy of an earlier packet.
pub(super) fn find(half: &Half, segment: &Segment<'_>) -> Option<Original> {
    if segment.identification == 0 && !half.marks.pass_zero() {
        return opening_copy(half, segment);
    }
    let same_identification = half
        .fingerprint
        .as_ref()
        .is_some_and(|last| last.identification == segment.identification);
    if same_identification && half.fingerprint == Some(fingerprint(segment)) {
        return Some(Some((half.last, half.last_ns))).filter(|found| is_recent(segment, *found));
    }
    let tcp = &segment.tcp;
    let end = tcp.sequence.wrapping_add(tcp.payload_length);
    if tcp.payload_length > 0 {
        let seen_before = !tcp.flags.has(TcpFlags::SYN)
            && half.has_begun()
            && !after(end, half.next)
            && half.holes.missing(tcp.sequence, end) == 0;
        if !seen_before {
            return None;
        }
        if let Some(sent) = half.sent.find(tcp.sequence)
            && sent.identification == segment.identification
        {
            let same = sent.start == tcp.sequence && sent.end == end;
            return same.then_some(Some((sent.packet, sent.time_ns)));
        }
    }
    let copied = match half.marks.again(segment.mark()) {
        // What a kernel answers without the connection's socket, RSTs above
        // all, is numbered by another counter.
        Again::Copy => !tcp.flags.has(TcpFlags::RST),
        Again::Forgotten => tcp.payload_length > 0,
        Again::Overtaken | Again::Unknown => false,
    };
    copied.then_some(None)
}

/// Whether a segment that is due next may be a copy of the last one. Its data
/// cannot have come before: apart from this, only an acknowledgment alone may
/// be a copy, where [`super::send_order::Marks::may_be_older`] says so.
pub(super) fn may_be_last(half: &Half, segment: &Segment<'_>) -> bool {
    let identification = segment.identification;
    let last = half.fingerprint.as_ref().map(|last| last.identification);
    last == Some(identification) && (identification != 0 || half.marks.pass_zero())
}

/// A SYN or SYN-ACK without identification (Linux gives SYN-ACKs none) is sent
/// again by a timer of a second, with a new timestamp if it has any: the same
/// one much sooner is a copy.
fn opening_copy(half: &Half, segment: &Segment<'_>) -> Option<Original> {
    let syn = half.syn.filter(|_| segment.tcp.flags.has(TcpFlags::SYN))?;
    let same = half.fingerprint == Some(fingerprint(segment));
    let soon = segment.time_ns.saturating_sub(syn.last_ns) < NO_TIMER_YET_NS;
    (same && soon).then_some(Some((half.last, half.last_ns)))
}

fn is_recent(segment: &Segment<'_>, original: Original) -> bool {
    original.is_some_and(|(_, time_ns)| segment.time_ns.saturating_sub(time_ns) < WITHIN_NS)
}

/// What is told of a copy. Who made it shows in what the receiver does next,
/// which is not known yet; it is judged by what it did after earlier ones.
pub(super) fn event(
    segment: &Segment<'_>,
    original: Original,
    made_by: CopyMaker,
    time_to_live_lower: u8,
) -> Event {
    Event::IpDuplicate(IpDuplicate {
        original: original.map(|(packet, _)| packet),
        after_ns: original.map(|(_, time_ns)| segment.time_ns.saturating_sub(time_ns)),
        made_by,
        time_to_live_lower,
        identification: u32::from(segment.identification),
    })
}
