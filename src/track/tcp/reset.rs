//! RST, what provoked it (RFC 9293, section 3.5.2 and 3.10.7), who wrote it, and
//! what its host does afterwards.

use serde::{Deserialize, Serialize};

use super::connection::Connection;
use super::dead_peer::Lost;
use super::direction::Half;
use super::segment::Segment;
use super::sequence::{after, before, later};
use super::{Completeness, State, state_machine};
use crate::decode::TcpFlags;
use crate::track::dormant::near;
use crate::track::hops::hops_differ;
use crate::track::{
    CloseKind, Endpoint, Event, ForeignEvidence, HandshakeRefused, PacketNumber, Reset, ResetCause,
    ResetContradicted, Side, Sides,
};

/// So many bytes of what a RST carries are shown.
const MESSAGE_AT_MOST: usize = 80;

/// A packet seldom overtakes another by more.
const OVERTAKES_NS: u64 = 5_000_000;

/// No answer takes longer than this.
const UNPROVOKED_NS: u64 = 3_000_000_000;

/// What a RST changed, for as long as its host may prove that it did not mean it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct LastReset {
    side: Side,
    #[serde(with = "near::packet")]
    packet: PacketNumber,
    #[serde(with = "near::time")]
    time_ns: u64,
    #[serde(with = "near::sequence")]
    sequence: u32,
    /// What its host had acknowledged by then.
    acknowledged: Option<u32>,
    third_party: bool,
    states: Sides<Option<State>>,
    closed_by: Option<Side>,
    close: CloseKind,
    /// The packet with which the host went on.
    #[serde(with = "near::packet::optional")]
    contradicted_by: Option<PacketNumber>,
}

impl LastReset {
    /// When it came.
    pub(super) fn time_ns(&self) -> u64 {
        self.time_ns
    }
}

/// What a RST came to.
pub(super) struct Outcome {
    /// It ended the connection.
    pub ends: bool,
    /// The host in whose name it came wrote it.
    pub by_host: bool,
}

/// Follows a RST.
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> Outcome {
    if let Some(event) = of_the_older_connection(connection, side, segment) {
        events.push(Event::Reset(event));
        return Outcome {
            ends: false,
            by_host: true,
        };
    }
    let was_closed = connection.is_closed();
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    let evidence = foreign(from, to, segment);
    let (cause, provoked) = match evidence.is_enough() {
        true => (ResetCause::ThirdParty, None),
        false => cause(connection, side, segment),
    };
    if cause == ResetCause::Refused
        && let Some(event) = refused(connection, side, segment)
    {
        events.push(event);
    }
    if cause == ResetCause::HalfOpen {
        lose(connection, side, segment, provoked);
    }
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    events.push(Event::Reset(Reset {
        cause,
        evidence: match cause {
            ResetCause::ThirdParty => evidence,
            _ => ForeignEvidence::default(),
        },
        provoked_by: provoked.map(|(packet, _)| packet),
        after_ns: provoked
            .and_then(|(_, time_ns)| time_ns)
            .map(|time_ns| segment.time_ns.saturating_sub(time_ns)),
        unacknowledged: from.bytes_in_flight().saturating_add(to.bytes_in_flight()),
        ..plain(side, segment)
    }));
    connection.seen.0 |= Completeness::RST;
    let third_party = cause == ResetCause::ThirdParty;
    remember(connection, side, segment, third_party);
    if !was_closed {
        connection.close = CloseKind::Reset;
    }
    let (from, to) = connection.halves.pair(side);
    if third_party {
        // Its name was used; what became of the host itself is not known by that.
        to.state = Some(State::Closed);
    } else {
        connection.closed_by.get_or_insert(side);
        state_machine::reset(from, to);
    }
    Outcome {
        ends: !was_closed,
        by_host: !third_party,
    }
}

/// A RST of which nothing is known but what it bears.
pub(super) fn plain(side: Side, segment: &Segment<'_>) -> Reset {
    let shown = segment.payload.len().min(MESSAGE_AT_MOST);
    let shown = segment.payload.get(..shown).unwrap_or_default();
    Reset {
        side,
        cause: ResetCause::Aborted,
        evidence: ForeignEvidence::default(),
        provoked_by: None,
        after_ns: None,
        unacknowledged: 0,
        payload: segment.tcp.payload_length,
        message: shown.to_vec(),
    }
}

/// A host in SYN_SENT that is told what an older connection expects denies that
/// one, and goes on asking (RFC 9293, section 3.10.7.3 and figure 9).
fn of_the_older_connection(
    connection: &Connection,
    side: Side,
    segment: &Segment<'_>,
) -> Option<Reset> {
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    if from.state != Some(State::SynSent) {
        return None;
    }
    let refused = to.refused.as_deref()?;
    let denies = refused.acknowledgment == Some(segment.tcp.sequence);
    denies.then(|| Reset {
        cause: ResetCause::HalfOpen,
        provoked_by: Some(refused.packet),
        after_ns: Some(segment.time_ns.saturating_sub(refused.time_ns)),
        ..plain(side, segment)
    })
}

/// Remembers how everything stood before the RST, where it is the first.
fn remember(connection: &mut Connection, side: Side, segment: &Segment<'_>, third_party: bool) {
    if connection.reset.is_some() {
        return;
    }
    let Sides { client, server } = &connection.halves;
    let acknowledged = connection.halves[side.other()].acknowledged;
    let said = segment
        .tcp
        .flags
        .has(TcpFlags::ACK)
        .then_some(segment.tcp.acknowledgment)
        // What somebody else wrote tells nothing of the host.
        .filter(|_| !third_party);
    connection.reset = Some(Box::new(LastReset {
        side,
        packet: segment.number,
        time_ns: segment.time_ns,
        sequence: segment.tcp.sequence,
        acknowledged: match (acknowledged, said) {
            (Some(known), Some(said)) => Some(later(known, said)),
            (known, said) => known.or(said),
        },
        third_party,
        states: Sides {
            client: client.state,
            server: server.state,
        },
        closed_by: connection.closed_by,
        close: connection.close,
        contradicted_by: None,
    }));
}

/// Follows a segment without RST of a side that is said to have reset: what it
/// sends or takes beyond the RST shows that it did not.
pub(super) fn goes_on(connection: &mut Connection, side: Side, segment: &Segment<'_>) {
    let Some(reset) = connection.reset.as_deref_mut() else {
        return;
    };
    if reset.side != side && reset.third_party {
        // Its receiver did not take it.
        let before = reset.states[side];
        let state = &mut connection.halves[side].state;
        if *state == Some(State::Closed) && before != *state {
            *state = before;
            connection.close = reset.close;
        }
        return;
    }
    if reset.side != side || reset.contradicted_by.is_some() {
        return;
    }
    let tcp = &segment.tcp;
    let [syn, ack] = [TcpFlags::SYN, TcpFlags::ACK].map(|flag| tcp.flags.has(flag));
    let sends = !syn && tcp.payload_length > 0 && !before(tcp.sequence, reset.sequence);
    // The RST may have overtaken an acknowledgment by a little.
    let takes = segment.time_ns >= reset.time_ns.saturating_add(OVERTAKES_NS)
        && reset
            .acknowledged
            .is_some_and(|known| after(tcp.acknowledgment, known));
    let accepts = syn && connection.halves[side].syn.is_none();
    if !ack || !(sends || takes || accepts) {
        return;
    }
    reset.contradicted_by = Some(segment.number);
    let reset = *reset;
    if !reset.third_party {
        connection.halves.client.state = reset.states.client;
        connection.halves.server.state = reset.states.server;
        connection.closed_by = reset.closed_by;
        connection.close = reset.close;
        connection.lost = None;
    }
}

/// A side that is said to have reset goes on, told when nothing more will come.
pub(super) fn contradicted(connection: &Connection, ends: &Sides<Endpoint>) -> Option<Event> {
    let reset = connection.reset.as_deref()?;
    Some(Event::ResetContradicted(ResetContradicted {
        side: reset.side,
        endpoint: ends[reset.side],
        reset: reset.packet,
        goes_on: reset.contradicted_by?,
        third_party: reset.third_party,
    }))
}

/// One side had lost the connection.
fn lose(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    provoked: Option<Provocation>,
) {
    let from = &connection.halves[side];
    if let Some((provoked_by, _)) = provoked.filter(|_| !connection.is_opening()) {
        let silent_ns = from
            .seen
            .then(|| segment.time_ns.saturating_sub(from.last_ns));
        let reset = segment.number;
        connection.lost.get_or_insert_with(|| {
            Box::new(Lost {
                side,
                provoked_by,
                reset,
                silent_ns,
            })
        });
    }
}

/// What shows that the host itself did not write a RST: what it differs in from
/// everything that the host sent.
pub(super) fn foreign(from: &Half, to: &Half, segment: &Segment<'_>) -> ForeignEvidence {
    if !from.seen || from.time_to_live == 0 {
        return ForeignEvidence::default();
    }
    let (host, this) = (from.time_to_live, segment.time_to_live);
    let identification = segment.identification;
    let silent_ns = segment.time_ns.saturating_sub(to.last_ns);
    let agreed = from.offer.timestamps && to.offer.timestamps;
    ForeignEvidence {
        time_to_live: hops_differ(host, this).then_some((host, this)),
        peers_identification: identification != 0
            && to.marks.last_identification() == identification,
        identification: is_out_of_sequence(from, identification),
        options: agreed && segment.timestamps.is_none() && !segment.options_cut,
        unprovoked: to.seen && silent_ns >= UNPROVOKED_NS && to.last_ns >= segment.known_since_ns,
    }
}

fn is_out_of_sequence(half: &Half, identification: u16) -> bool {
    let last = half.marks.last_identification();
    let known = identification != 0 && last != 0 && half.marks.identifications_rise();
    let off = identification.wrapping_sub(last);
    known && off.min(off.wrapping_neg()) > 1024
}

type Provocation = (PacketNumber, Option<u64>);

/// Why this RST was sent, and the packet that provoked it.
fn cause(
    connection: &Connection,
    side: Side,
    segment: &Segment<'_>,
) -> (ResetCause, Option<Provocation>) {
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    if !from.seen
        && let Some(syn) = to.syn
        && to.state == Some(State::SynSent)
    {
        return (ResetCause::Refused, Some((syn.packet, Some(syn.last_ns))));
    }
    if let Some((syn_ack, time_ns)) = connection.syn_ack_only(side) {
        return (ResetCause::Abandoned, Some((syn_ack, Some(time_ns))));
    }
    let last_data = to
        .last_data
        .map(|(packet, time_ns)| (packet, Some(time_ns)));
    if let Some(fin) = from.fin {
        // What came behind the FIN found nobody to take it.
        let last_fin = to.fin.map(|fin| (fin.last, Some(fin.last_ns)));
        let provoked = last_data.max(last_fin);
        let provoked = provoked.filter(|(packet, _)| *packet > fin.packet);
        return (ResetCause::AfterClose, provoked);
    }
    if connection.close == CloseKind::Reset {
        return (ResetCause::AfterClose, last_data);
    }
    // A host that knows no such connection takes the number from the
    // acknowledgment that it answers, and acknowledges nothing itself
    // (RFC 9293, section 3.10.7.1).
    let answers = !segment.tcp.flags.has(TcpFlags::ACK)
        && to.seen
        && to.last > from.last
        && from.acknowledged == Some(segment.tcp.sequence);
    if answers {
        return (
            ResetCause::HalfOpen,
            Some((to.last, last_time(to.last, last_data))),
        );
    }
    (ResetCause::Aborted, None)
}

fn last_time(last: PacketNumber, data: Option<Provocation>) -> Option<u64> {
    data.filter(|(packet, _)| *packet == last)
        .and_then(|(_, time_ns)| time_ns)
}

fn refused(connection: &Connection, side: Side, segment: &Segment<'_>) -> Option<Event> {
    let syn = connection.halves[side.other()].syn?;
    Some(Event::HandshakeRefused(HandshakeRefused {
        syn: syn.packet,
        attempts: syn.attempts,
        after_ns: segment.time_ns.saturating_sub(syn.last_ns),
        client_sequence: syn.sequence,
        acknowledgment: segment.tcp.acknowledgment,
        syn_payload: syn.payload,
    }))
}
