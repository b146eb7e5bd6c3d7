//! A peer that says nothing any more (RFC 9293, section 3.8.3; RFC 1122,
//! section 4.2.3.5): data sent again and again into silence, and what is found
//! when the peer comes back knowing nothing of the connection.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::connection::Connection;
use super::direction::Half;
use crate::track::dormant::near;
use crate::track::{Endpoint, Event, HalfOpen, PacketNumber, PeerSilent, Side, Sides};

/// One retransmission into silence may just be the last packet of the capture.
const RETRANSMISSIONS_AT_LEAST: u32 = 2;

/// What a side has sent again since its peer was last heard.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Unheard {
    count: u32,
    packets: SmallVec<[PacketNumber; 8]>,
}

/// The RST of a host that had lost the connection.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lost {
    pub side: Side,
    #[serde(with = "near::packet")]
    pub provoked_by: PacketNumber,
    #[serde(with = "near::packet")]
    pub reset: PacketNumber,
    /// Nothing where it was never heard before.
    pub silent_ns: Option<u64>,
}

impl Half {
    /// Data (or a FIN) was sent again.
    pub fn sends_into_silence(&mut self, packet: PacketNumber) {
        let unheard = self.unheard.get_or_insert_default();
        unheard.count = unheard.count.saturating_add(1);
        if unheard.packets.len() < 8 {
            unheard.packets.push(packet);
        }
    }
}

/// A side whose data was sent again and never acknowledged, told when nothing
/// more will come.
pub(super) fn peer_silent(
    connection: &Connection,
    ends: &Sides<Endpoint>,
    now_ns: u64,
) -> Option<Event> {
    if connection.was_reset() {
        return None;
    }
    Side::BOTH.into_iter().find_map(|side| {
        let (half, peer) = (&connection.halves[side], &connection.halves[side.other()]);
        let unheard = half.unheard.as_deref()?;
        if unheard.count < RETRANSMISSIONS_AT_LEAST || half.in_flight() == 0 || !peer.seen {
            return None;
        }
        Some(Event::PeerSilent(PeerSilent {
            side,
            endpoint: ends[side],
            peer: ends[side.other()],
            last_heard: Some(peer.last),
            silent_ns: now_ns.saturating_sub(peer.last_ns),
            unacknowledged: half.bytes_in_flight(),
            peer_fin: peer.fin.map(|fin| fin.packet),
            attempts: unheard.count,
            transmissions: transmissions(half),
            retransmissions: unheard.packets.clone(),
        }))
    })
}

/// How often the first unacknowledged byte, or the FIN, was sent in all.
fn transmissions(half: &Half) -> u32 {
    let first = half.acknowledged.unwrap_or(half.next);
    match half.fin.filter(|fin| fin.sequence == first) {
        Some(fin) => fin.attempts,
        None => {
            1 + half
                .repeats
                .as_ref()
                .map_or(0, |repeats| repeats.count(first))
        }
    }
}

/// A connection that one side had lost, found out by its RST.
pub(super) fn half_open(connection: &Connection, ends: &Sides<Endpoint>) -> Option<Event> {
    let lost = connection.lost.as_ref()?;
    Some(Event::HalfOpen(HalfOpen {
        survivor: ends[lost.side.other()],
        lost: ends[lost.side],
        provoked_by: lost.provoked_by,
        reset: lost.reset,
        silent_ns: lost.silent_ns,
    }))
}
