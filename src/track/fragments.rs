//! Datagrams of IP that travel in fragments (RFC 791, section 3.2; RFC 8200,
//! section 4.5; RFC 815): in come fragments, out goes the datagram when its last
//! missing fragment is there, and which ranges were missing when it was given up.
//!
//! Every part has all fragments, and so they all know the same: a fragment shows
//! only together with others which conversation it belongs to.

mod gathering;

use std::collections::BTreeMap;
use std::net::IpAddr;

pub(super) use gathering::Whole;
use gathering::{Gathering, Name, State};
use smallvec::SmallVec;

use super::Event;
use super::deadlines::Deadlines;
use super::flow::{Counted, FlowId};
use super::hash::Map;
use super::{Finding, FragmentsMissing, FragmentsOverlap, PacketNumber};
use crate::decode::{FragmentView, Layers};

/// How long a receiver waits for the rest (RFC 1122, section 3.3.2, has 60 to 120
/// s; Linux and most others wait 30 s for IPv4) and for that of IPv6 (RFC 8200).
const PATIENCE_V4_NS: u64 = 30_000_000_000;
const PATIENCE_V6_NS: u64 = 60_000_000_000;

/// Datagrams that are kept at the most, bytes of all, and fragments of each.
const DATAGRAMS: usize = 4_096;
const BYTES: usize = 8 * 1024 * 1024;
const PIECES: usize = 64;

/// A fragment that was counted in no conversation yet.
#[derive(Debug)]
pub(super) struct Uncounted {
    pub counted: Counted,
    pub layers: Layers,
}

/// Where the fragments of a datagram belong.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The part that tells of them.
    pub part: u16,
    /// Whether their conversation is known.
    pub is_known: bool,
    /// That conversation, where this part has it: its name, and whether the sender
    /// stands second in its key.
    pub conversation: Option<(FlowId, PacketNumber, bool)>,
    /// The fragments that came before it was known.
    pub uncounted: Vec<Uncounted>,
}

/// What a fragment came to.
#[derive(Debug)]
pub(super) enum Added {
    /// It was there, with the same bytes: this part told of it.
    Again(u16),
    /// The datagram is not whole.
    Waits {
        overlap: Option<FragmentsOverlap>,
        /// Its first fragment was not there before.
        is_first: bool,
    },
    /// The datagram is whole.
    Completes(Whole),
}

/// Which sorts of fragments a sender's recording has.
#[derive(Clone, Copy, Debug, Default)]
struct Sorts {
    first: bool,
    later: bool,
}

/// All datagrams that are being put together.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    /// By the fragment that was seen first.
    gathering: BTreeMap<PacketNumber, Gathering>,
    names: Map<Name, PacketNumber>,
    deadlines: Deadlines<PacketNumber>,
    sorts: Map<IpAddr, Sorts>,
    bytes: usize,
    /// How many parts share the memory, less one.
    others: usize,
    evicted: u64,
}

impl Fragments {
    /// With a share of the memory, where so many parts have all fragments.
    pub fn shared_by(parts: usize) -> Self {
        Self {
            others: parts.saturating_sub(1),
            ..Self::default()
        }
    }

    /// Adds a fragment of this packet; gives the datagram that it belongs to, by
    /// its fragment that was seen first, and what it came to.
    pub fn add(
        &mut self,
        fragment: &FragmentView<'_>,
        packet: PacketNumber,
        now_ns: u64,
    ) -> (PacketNumber, Added) {
        let name = Name {
            source: fragment.source,
            destination: fragment.destination,
            protocol: fragment.protocol,
            identification: fragment.identification,
        };
        self.sort(fragment);
        if let Some(&known) = self.names.get(&name)
            && let Some(gathering) = self.gathering.get_mut(&known)
            && !gathering.is_over(fragment, now_ns)
        {
            let (had, before) = (gathering.pieces.len(), gathering.bytes());
            let added = gathering.add(fragment, packet, now_ns);
            let too_many = had <= PIECES && gathering.pieces.len() > PIECES;
            self.evicted += u64::from(too_many);
            self.bytes = (self.bytes + gathering.bytes()).saturating_sub(before);
            self.fit();
            return (known, added);
        }
        let patience = patience_ns(name.source);
        self.names.insert(name, packet);
        self.deadlines.push(now_ns.saturating_add(patience), packet);
        let mut gathering = Gathering::new(name, now_ns);
        let added = gathering.add(fragment, packet, now_ns);
        self.bytes += gathering.bytes();
        self.gathering.insert(packet, gathering);
        self.fit();
        (packet, added)
    }

    fn sort(&mut self, fragment: &FragmentView<'_>) {
        if self.sorts.len() >= DATAGRAMS && !self.sorts.contains_key(&fragment.source) {
            return;
        }
        let sorts = self.sorts.entry(fragment.source).or_default();
        match fragment.part.offset {
            0 => sorts.first = true,
            _ => sorts.later = true,
        }
    }

    /// Gives up the oldest until what is left fits.
    fn fit(&mut self) {
        let bytes = BYTES / (self.others + 1);
        while self.gathering.len() > DATAGRAMS || (self.bytes > bytes && self.gathering.len() > 1) {
            self.evict_oldest();
        }
        if self.deadlines.len() > 2 * DATAGRAMS {
            let kept = &self.gathering;
            self.deadlines.retain(|one| kept.contains_key(one));
        }
    }

    fn evict_oldest(&mut self) {
        if let Some((first, gathering)) = self.gathering.pop_first() {
            self.evicted += u64::from(gathering.state == State::Waiting);
            self.forget(first, &gathering);
        }
    }

    fn forget(&mut self, first: PacketNumber, gathering: &Gathering) {
        self.bytes = self.bytes.saturating_sub(gathering.bytes());
        if self.names.get(&gathering.name) == Some(&first) {
            self.names.remove(&gathering.name);
        }
    }

    /// Drops what is kept for want of memory.
    pub fn drop_oldest_half(&mut self) {
        for _ in 0..self.gathering.len().div_ceil(2) {
            self.evict_oldest();
        }
    }

    /// A fragment of this datagram can be counted in no conversation yet.
    pub fn is_uncounted(&mut self, datagram: PacketNumber, one: Uncounted) {
        if let Some(place) = self.place(datagram)
            && place.uncounted.len() < PIECES
        {
            place.uncounted.push(one);
        }
    }

    /// Where the fragments of a datagram belong.
    pub fn place(&mut self, datagram: PacketNumber) -> Option<&mut Place> {
        let gathering = self.gathering.get_mut(&datagram)?;
        Some(&mut gathering.place)
    }

    /// This part tells of the fragment that was added last.
    pub fn told_by(&mut self, datagram: PacketNumber, part: u16) {
        let gathering = self.gathering.get_mut(&datagram);
        if let Some(piece) = gathering.and_then(|one| one.pieces.last_mut()) {
            piece.told_by = part;
        }
    }

    /// When the next has to be given up.
    pub fn due_ns(&self) -> u64 {
        self.deadlines.due_ns()
    }

    /// Gives up what has waited long enough; tells of what is this part's.
    pub fn expire(&mut self, now_ns: u64, part: u16, findings: &mut Vec<Finding>) {
        while let Some((due_ns, first)) = self.deadlines.pop_due(now_ns) {
            let Some(gathering) = self.gathering.remove(&first) else {
                continue;
            };
            self.forget(first, &gathering);
            if gathering.place.part == part {
                findings.extend(self.missing(&gathering, due_ns, false));
            }
        }
    }

    /// Gives up everything: the capture has ended.
    pub fn finish(&mut self, now_ns: u64, part: u16, findings: &mut Vec<Finding>) {
        self.expire(now_ns, part, findings);
        for (_, gathering) in std::mem::take(&mut self.gathering) {
            if gathering.place.part == part {
                findings.extend(self.missing(&gathering, now_ns, true));
            }
        }
        *self = Self {
            evicted: self.evicted,
            others: self.others,
            ..Self::default()
        };
    }

    fn missing(&self, of: &Gathering, at_ns: u64, is_early: bool) -> Option<Finding> {
        let missing = of.missing();
        if of.state != State::Waiting || missing.is_empty() {
            return None;
        }
        let sorts = self.sorts.get(&of.name.source);
        let packets: SmallVec<[PacketNumber; 4]> =
            of.pieces.iter().map(|piece| piece.packet).collect();
        let conversation = of.place.conversation.map(|(_, name, _)| name);
        Some(Finding {
            conversation,
            first_packet: None,
            event: Event::FragmentsMissing(Box::new(FragmentsMissing {
                identification: of.name.identification,
                source: of.name.source,
                destination: of.name.destination,
                packets,
                bytes: of.pieces.iter().map(|piece| piece.length).sum(),
                missing,
                waited_ns: at_ns.saturating_sub(of.since_ns),
                patience_ns: patience_ns(of.name.source),
                is_early,
                is_filtered: sorts.is_none_or(|sorts| !(sorts.first && sorts.later)),
            })),
        })
    }

    /// Datagrams that were given up for want of memory.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

fn patience_ns(source: IpAddr) -> u64 {
    match source {
        IpAddr::V4(_) => PATIENCE_V4_NS,
        IpAddr::V6(_) => PATIENCE_V6_NS,
    }
}

#[cfg(test)]
mod tests;
