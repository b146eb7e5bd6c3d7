//! Datagrams of IP that travel in fragments (RFC 791, section 3.2; RFC 8200,
//! section 4.5; RFC 815): in come fragments, out goes the datagram when its last
//! missing fragment is there, and which ranges were missing when it was given up.
//!
//! Every part has all fragments, and so they all know the same: a fragment shows
//! only together with others which conversation it belongs to.

use std::collections::BTreeMap;
use std::net::IpAddr;

use smallvec::SmallVec;

use super::Event;
use super::deadlines::Deadlines;
use super::flow::{Counted, FlowId};
use super::hash::{Map, hash};
use super::{Finding, FragmentsMissing, FragmentsOverlap, PacketNumber};
use crate::decode::{FragmentView, IPV6_FRAGMENT_HEADER, Layers, whole_header};

/// How long a receiver waits for the rest (RFC 1122, section 3.3.2, has 60 to 120
/// s; Linux and most others wait 30 s for IPv4) and for that of IPv6 (RFC 8200).
const PATIENCE_V4_NS: u64 = 30_000_000_000;
const PATIENCE_V6_NS: u64 = 60_000_000_000;

/// An identification comes round: after so long equal fragments are no copies, and
/// other bytes in the same place are another datagram's.
const REUSED_NS: u64 = 1_000_000_000;

/// Datagrams that are kept at the most, bytes of all, and fragments of each.
const DATAGRAMS: usize = 4_096;
const BYTES: usize = 8 * 1024 * 1024;
const PIECES: usize = 64;

/// Bytes that a fragment takes beside its data, at the most.
const PIECE: usize = size_of::<Piece>() + size_of::<Uncounted>();

/// What tells the fragments of one datagram from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Name {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    identification: u32,
}

/// A fragment that came.
#[derive(Debug)]
struct Piece {
    packet: PacketNumber,
    offset: u32,
    length: u32,
    /// Bytes of its frame before the data.
    headers: u32,
    digest: u64,
    /// Of which part it was told.
    told_by: u16,
    /// None once the datagram is whole or given up.
    bytes: Box<[u8]>,
}

impl Piece {
    fn end(&self) -> u32 {
        self.offset + self.length
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Fragments are missing.
    Waiting,
    /// It became whole at this time.
    Whole(u64),
    /// Nothing is claimed of it: too many fragments, or they contradict each
    /// other.
    GivenUp,
}

/// A fragment that was counted in no conversation yet.
#[derive(Debug)]
pub(super) struct Uncounted {
    pub counted: Counted,
    pub layers: Layers,
}

/// A datagram of which fragments came.
#[derive(Debug)]
struct Gathering {
    name: Name,
    since_ns: u64,
    latest_ns: u64,
    pieces: SmallVec<[Piece; 2]>,
    /// Bytes of all data, once the last fragment is there.
    total: Option<u32>,
    /// That of the first fragment, once it is there.
    header: Option<Box<[u8]>>,
    state: State,
    place: Place,
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

/// A datagram that is whole.
#[derive(Debug)]
pub(super) struct Whole {
    /// As far as they were captured.
    pub bytes: Vec<u8>,
    /// With its header.
    pub length: u32,
    pub data: u32,
    pub last_offset: u32,
    pub last_length: u32,
    /// Bytes of headers that one frame would have saved.
    pub headers: u32,
    pub since_ns: u64,
    pub others: SmallVec<[PacketNumber; 4]>,
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
        let mut gathering = Gathering {
            name,
            since_ns: now_ns,
            latest_ns: now_ns,
            pieces: SmallVec::new(),
            total: None,
            header: None,
            state: State::Waiting,
            place: Place::default(),
        };
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

impl Gathering {
    /// Whether this fragment is one of another datagram with the same name.
    fn is_over(&self, fragment: &FragmentView<'_>, now_ns: u64) -> bool {
        let same = |piece: &&Piece| {
            (piece.offset, piece.length) == (fragment.part.offset, fragment.length)
        };
        let same = self.pieces.iter().find(same);
        let is_equal = same.is_some_and(|piece| piece.digest == hash(fragment.data));
        match self.state {
            State::Whole(at_ns) => !is_equal || now_ns.saturating_sub(at_ns) > REUSED_NS,
            State::Waiting | State::GivenUp => {
                let long_ago = now_ns.saturating_sub(self.latest_ns) > REUSED_NS;
                same.is_some() && !is_equal && long_ago
            }
        }
    }

    /// Adds a fragment.
    fn add(&mut self, fragment: &FragmentView<'_>, packet: PacketNumber, now_ns: u64) -> Added {
        let digest = hash(fragment.data);
        let (offset, length) = (fragment.part.offset, fragment.length);
        let mut known = self.pieces.iter();
        let again = known
            .find(|piece| (piece.offset, piece.length, piece.digest) == (offset, length, digest));
        if let Some(piece) = again {
            return Added::Again(piece.told_by);
        }
        self.latest_ns = now_ns;
        let is_waiting = self.state == State::Waiting;
        let overlap = is_waiting.then(|| self.overlap(fragment)).flatten();
        let is_first = offset == 0 && self.header.is_none();
        if self.pieces.len() <= PIECES {
            self.pieces.push(Piece {
                packet,
                offset,
                length,
                headers: fragment.headers,
                digest,
                told_by: self.place.part,
                bytes: fragment.data.into(),
            });
            if is_first {
                self.header = Some(fragment.header.into());
            }
        }
        let contradicts = self.contradicts(fragment);
        if !fragment.part.more {
            self.total.get_or_insert(fragment.end());
        }
        let too_many = self.pieces.len() > PIECES;
        if overlap.is_some() || contradicts || too_many || fragment.is_too_long() {
            self.state = State::GivenUp;
        }
        let whole = match self.state {
            State::Waiting => self.whole(),
            State::Whole(_) | State::GivenUp => None,
        };
        if whole.is_some() {
            self.state = State::Whole(now_ns);
        }
        if self.state != State::Waiting {
            self.let_go();
        }
        match whole {
            Some(whole) => Added::Completes(whole),
            None => Added::Waits { overlap, is_first },
        }
    }

    /// Whether a fragment ends where others say that the datagram does not.
    fn contradicts(&self, fragment: &FragmentView<'_>) -> bool {
        let end = fragment.end();
        match (self.total, fragment.part.more) {
            (Some(total), true) => end > total,
            (Some(total), false) => end != total,
            (None, false) => self.pieces.iter().any(|piece| piece.end() > end),
            (None, true) => false,
        }
    }

    /// Frees the bytes.
    fn let_go(&mut self) {
        self.header = self.header.take().map(|_| Box::default());
        for piece in &mut self.pieces {
            piece.bytes = Box::default();
        }
    }

    /// The memory that it takes.
    fn bytes(&self) -> usize {
        let header = self.header.as_ref().map_or(0, |header| header.len());
        let pieces = self.pieces.iter();
        header + pieces.map(|piece| piece.bytes.len() + PIECE).sum::<usize>()
    }

    /// The first byte in which a fragment differs from one that came before.
    fn overlap(&self, fragment: &FragmentView<'_>) -> Option<FragmentsOverlap> {
        self.pieces.iter().find_map(|piece| {
            let from = piece.offset.max(fragment.part.offset);
            let one = piece.bytes.get((from - piece.offset) as usize..)?;
            let place = (from - fragment.part.offset) as usize;
            let mut pairs = one.iter().zip(fragment.data.get(place..)?);
            let differs = pairs.position(|(one, other)| one != other)?;
            Some(FragmentsOverlap {
                identification: fragment.identification,
                at: from + differs as u32,
                other: piece.packet,
            })
        })
    }

    /// The pieces from the first byte of the data on.
    fn in_order(&self) -> Vec<&Piece> {
        let mut pieces: Vec<&Piece> = self.pieces.iter().collect();
        pieces.sort_by_key(|piece| (piece.offset, std::cmp::Reverse(piece.length)));
        pieces
    }

    fn missing(&self) -> SmallVec<[(u32, Option<u32>); 2]> {
        let mut missing = SmallVec::new();
        let mut at = 0;
        for piece in self.in_order() {
            if piece.offset > at {
                missing.push((at, Some(piece.offset)));
            }
            at = at.max(piece.end());
        }
        if self.total.is_none() {
            missing.push((at, None));
        }
        missing
    }

    /// The datagram, if all of it is there.
    fn whole(&self) -> Option<Whole> {
        let total = self.total?;
        let pieces = self.in_order();
        let mut reached = 0;
        for piece in &pieces {
            if piece.offset > reached {
                return None;
            }
            reached = reached.max(piece.end());
        }
        let (first, last) = (pieces.first()?, pieces.last()?);
        let header = whole_header(self.header.as_deref()?, total)?;
        let header_length = header.len() as u32;
        let bytes = put_together(header, &pieces);
        let all_headers: u32 = pieces.iter().map(|piece| piece.headers).sum();
        let own = match self.name.source {
            IpAddr::V4(_) => first.headers,
            IpAddr::V6(_) => first.headers.saturating_sub(IPV6_FRAGMENT_HEADER),
        };
        let (_, others) = self.pieces.split_last()?;
        Some(Whole {
            length: header_length + total,
            bytes,
            data: total,
            last_offset: last.offset,
            last_length: last.length,
            headers: all_headers.saturating_sub(own),
            since_ns: self.since_ns,
            others: others.iter().map(|piece| piece.packet).collect(),
        })
    }
}

/// The bytes of a datagram up to the first that was not captured.
fn put_together(header: Vec<u8>, pieces: &[&Piece]) -> Vec<u8> {
    let start = header.len();
    let mut bytes = header;
    for piece in pieces {
        let have = bytes.len() - start;
        let Some(known) = have.checked_sub(piece.offset as usize) else {
            break;
        };
        bytes.extend(piece.bytes.get(known..).unwrap_or_default());
    }
    bytes
}

#[cfg(test)]
mod tests;
