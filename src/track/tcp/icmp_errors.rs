//! ICMP errors about a connection's segments (RFC 5461), and loss that depends on
//! size: a SYN that was rejected, segments that were too big for a link (RFC 1191,
//! RFC 8201) and were cut or not, and those that vanish without an error (RFC
//! 2923). Only an error counts that quotes what its sender has in flight (RFC
//! 5927).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::State;
use super::connection::Connection;
use super::direction::Half;
use super::in_flight::Sent;
use super::segment::Segment;
use super::sequence::before;
use crate::track::dormant::near;
use crate::track::{
    Endpoint, Event, HandshakeRejected, IcmpError, IcmpErrorKind, PacketNumber, PathMtuBlackHole,
    Retransmission, Side, Sides, Trigger, TriggerEvidence,
};

/// A host cuts its segments anew within this time of the error.
const OBEYED_WITHIN_NS: u64 = 2_000_000_000;

/// So many times the same segment is sent again, while its peer is heard, before
/// its size is to blame.
const VANISHES_AFTER: u32 = 4;

/// With errors that name the size so many suffice.
const IGNORED_AFTER: u32 = 2;

/// Smaller segments pass any link (RFC 791: 576 bytes, less headers).
const LARGE_AT_LEAST: u32 = 400;

/// The errors that answered SYNs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rejected {
    reporter: IpAddr,
    time_exceeded: bool,
    icmp_type: u8,
    code: u8,
    v6: bool,
    errors: SmallVec<[PacketNumber; 8]>,
    #[serde(with = "near::time")]
    first_ns: u64,
}

/// What of a direction was too big for a link, or seems so.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PathMtu {
    errors: u32,
    packets: SmallVec<[PacketNumber; 8]>,
    reporter: Option<IpAddr>,
    mtu: Option<u32>,
    #[serde(with = "near::time")]
    last_ns: u64,
    /// The end of the last piece that was cut anew.
    #[serde(with = "near::sequence::optional")]
    cut_to: Option<u32>,
    stuck: Option<Stuck>,
}

/// The first segment that is not acknowledged, sent again as it was.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Stuck {
    #[serde(with = "near::sequence")]
    start: u32,
    length: u32,
    again: u32,
    packets: SmallVec<[PacketNumber; 8]>,
    #[serde(with = "near::time")]
    first_ns: u64,
    /// When it was first sent again.
    #[serde(with = "near::time")]
    again_ns: u64,
    #[serde(with = "near::time")]
    last_ns: u64,
}

impl Connection {
    /// An ICMP error quotes a segment of this side, with this sequence number.
    pub fn icmp_error(
        &mut self,
        side: Side,
        (packet, time_ns): (PacketNumber, u64),
        error: &IcmpError,
        sequence: Option<u32>,
    ) {
        let (half, peer) = self.halves.pair(side);
        match (error.kind, sequence) {
            (IcmpErrorKind::FragmentationNeeded, Some(sequence))
                if is_in_flight(half, sequence) =>
            {
                half.path_mtu
                    .get_or_insert_default()
                    .too_big(packet, time_ns, error);
            }
            (IcmpErrorKind::Unreachable | IcmpErrorKind::TimeExceeded, Some(sequence))
                if half.syn.is_some_and(|syn| syn.sequence == sequence) && !peer.seen =>
            {
                let rejected = self.rejected.get_or_insert_with(|| {
                    Box::new(Rejected {
                        reporter: error.reporter,
                        time_exceeded: error.kind == IcmpErrorKind::TimeExceeded,
                        icmp_type: error.icmp_type,
                        code: error.code,
                        v6: error.v6,
                        errors: SmallVec::new(),
                        first_ns: time_ns,
                    })
                });
                if rejected.errors.len() < 8 {
                    rejected.errors.push(packet);
                }
            }
            _ => {}
        }
    }
}

fn is_in_flight(half: &Half, sequence: u32) -> bool {
    let from = half.acknowledged.or(half.initial);
    half.has_begun()
        && before(sequence, half.next)
        && from.is_none_or(|from| !before(sequence, from))
}

impl PathMtu {
    fn too_big(&mut self, packet: PacketNumber, time_ns: u64, error: &IcmpError) {
        self.errors = self.errors.saturating_add(1);
        if self.packets.len() == 8 {
            self.packets.remove(7);
        }
        self.packets.push(packet);
        self.reporter = Some(error.reporter);
        self.mtu = error.mtu.or(self.mtu);
        self.last_ns = time_ns;
    }

    /// The error that made a sender cut a segment anew.
    fn cuts(&mut self, segment: &Segment<'_>, start: u32, sent: &Sent) -> Option<PacketNumber> {
        let error = *self.packets.last()?;
        let end = start.wrapping_add(segment.tcp.payload_length);
        let smaller = segment.tcp.payload_length < sent.end.wrapping_sub(sent.start);
        let soon = segment.time_ns.saturating_sub(self.last_ns) < OBEYED_WITHIN_NS;
        let first_since = sent.last().0 < error;
        let cut = smaller && soon && sent.packet < error;
        if cut && (first_since || self.cut_to == Some(start)) {
            self.cut_to = Some(end);
            return Some(error);
        }
        None
    }
}

/// Follows a segment that was sent again; gives the error that made its sender
/// cut it anew, if one did.
pub(super) fn sent_again(
    half: &mut Half,
    segment: &Segment<'_>,
    start: u32,
    sent: Option<&Sent>,
) -> Option<PacketNumber> {
    let sent = sent?;
    if let Some(path_mtu) = &mut half.path_mtu
        && let Some(error) = path_mtu.cuts(segment, start, sent)
    {
        return Some(error);
    }
    let length = segment.tcp.payload_length;
    let as_it_was = sent.start == start && sent.end.wrapping_sub(start) == length;
    let is_first = half.acknowledged == Some(start);
    if as_it_was && is_first && length >= LARGE_AT_LEAST {
        let path_mtu = half.path_mtu.get_or_insert_default();
        let known = path_mtu.stuck.take();
        let mut stuck = known
            .filter(|stuck| stuck.start == start && stuck.length == length)
            .unwrap_or_else(|| Stuck {
                start,
                length,
                packets: [sent.packet].into_iter().collect(),
                first_ns: sent.time_ns,
                again_ns: segment.time_ns,
                ..Stuck::default()
            });
        stuck.again = stuck.again.saturating_add(1);
        stuck.last_ns = segment.time_ns;
        if stuck.packets.len() < 8 {
            stuck.packets.push(segment.number);
        }
        path_mtu.stuck = Some(stuck);
    }
    None
}

/// What is told of a segment that was cut anew because of an error.
pub(super) fn cut_anew(
    half: &Half,
    segment: &Segment<'_>,
    start: u32,
    sent: Option<&Sent>,
    error: PacketNumber,
) -> Event {
    let last_ns = sent.map(|sent| sent.last().1);
    Event::Retransmission(Retransmission {
        trigger: Trigger::PathMtu,
        evidence: TriggerEvidence::TooBig(half.path_mtu.as_ref().and_then(|known| known.mtu)),
        proof: [error].into_iter().collect(),
        original: sent.map(|sent| sent.packet),
        relative_sequence: half.relative(start).unwrap_or_default(),
        bytes: segment.tcp.payload_length,
        segments: 1,
        after_ns: last_ns.map(|last_ns| segment.time_ns.saturating_sub(last_ns)),
        back_off: 0,
        waits_ns: SmallVec::new(),
        smoothed_round_trip_ns: half.estimate.smoothed_ns(),
        acknowledged_by: None,
    })
}

/// A SYN that met an ICMP error, told when nothing more will come.
pub(super) fn rejected(
    connection: &Connection,
    ends: &Sides<Endpoint>,
    now_ns: u64,
) -> Option<Event> {
    let rejected = connection.rejected.as_deref()?;
    let syn = connection.halves.client.syn?;
    if connection.halves.server.seen {
        return None;
    }
    Some(Event::HandshakeRejected(HandshakeRejected {
        client: ends.client,
        server: ends.server,
        reporter: rejected.reporter,
        time_exceeded: rejected.time_exceeded,
        icmp_type: rejected.icmp_type,
        code: rejected.code,
        v6: rejected.v6,
        attempts: syn.attempts,
        syn: syn.packet,
        errors: rejected.errors.clone(),
        after_ns: rejected.first_ns.saturating_sub(syn.first_ns),
        waited_ns: now_ns.saturating_sub(syn.first_ns),
    }))
}

/// Segments that never arrive for their size, told when nothing more will come.
pub(super) fn black_hole(connection: &Connection, ends: &Sides<Endpoint>) -> Option<Event> {
    Side::BOTH.into_iter().find_map(|side| {
        let (half, peer) = (&connection.halves[side], &connection.halves[side.other()]);
        let path_mtu = half.path_mtu.as_deref()?;
        let stuck = path_mtu.stuck.as_ref()?;
        let passes = half.sent.largest_acknowledged();
        let is_stuck = half.acknowledged == Some(stuck.start) && stuck.length > passes;
        let is_open = peer.seen
            && !peer.doubted
            && peer.state != Some(State::SynReceived)
            && !peer.advertised.is_closed();
        let is_named = path_mtu.errors >= IGNORED_AFTER && stuck.again >= IGNORED_AFTER;
        let vanishes = stuck.again >= VANISHES_AFTER && peer.last_ns > stuck.again_ns;
        (is_stuck && is_open && (is_named || vanishes)).then(|| {
            Event::PathMtuBlackHole(PathMtuBlackHole {
                side,
                endpoint: ends[side],
                peer: ends[side.other()],
                size: stuck.length,
                passes,
                again: stuck.again,
                packets: stuck.packets.clone(),
                during_ns: stuck.last_ns.saturating_sub(stuck.first_ns),
                errors: path_mtu.errors,
                error_packets: path_mtu.packets.clone(),
                reporter: path_mtu.reporter,
                mtu: path_mtu.mtu,
            })
        })
    })
}
