//! One datagram of which fragments came: in come fragments with its name, out goes
//! the datagram once every byte of it is there, or which ranges are missing.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::{Added, PIECES, Place, Uncounted};
use crate::decode::{FragmentView, IPV6_FRAGMENT_HEADER, whole_header};
use crate::track::hash::hash;
use crate::track::{FragmentsOverlap, PacketNumber};

/// An identification comes round: after so long equal fragments are no copies, and
/// other bytes in the same place are another datagram's.
const REUSED_NS: u64 = 1_000_000_000;

/// Bytes that a fragment takes beside its data, at the most.
const PIECE: usize = size_of::<Piece>() + size_of::<Uncounted>();

/// What tells the fragments of one datagram from those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    pub identification: u32,
}

/// A fragment that came.
#[derive(Debug)]
pub(super) struct Piece {
    pub packet: PacketNumber,
    offset: u32,
    pub length: u32,
    /// Bytes of its frame before the data.
    headers: u32,
    digest: u64,
    /// Of which part it was told.
    pub told_by: u16,
    /// Empty once the datagram is whole or given up.
    bytes: Box<[u8]>,
}

impl Piece {
    fn end(&self) -> u32 {
        self.offset + self.length
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Fragments are missing.
    Waiting,
    /// It became whole at this time.
    Whole(u64),
    /// Nothing is claimed of it: too many fragments, or they contradict each
    /// other.
    GivenUp,
}

/// A datagram of which fragments came.
#[derive(Debug)]
pub(super) struct Gathering {
    pub name: Name,
    pub since_ns: u64,
    latest_ns: u64,
    pub pieces: SmallVec<[Piece; 2]>,
    /// Bytes of all data, once the last fragment is there.
    total: Option<u32>,
    /// That of the first fragment, once it is there.
    header: Option<Box<[u8]>>,
    pub state: State,
    pub place: Place,
}

/// A datagram that is whole.
#[derive(Debug)]
pub(in crate::track) struct Whole {
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

impl Gathering {
    /// Of no fragments yet.
    pub fn new(name: Name, now_ns: u64) -> Self {
        Self {
            name,
            since_ns: now_ns,
            latest_ns: now_ns,
            pieces: SmallVec::new(),
            total: None,
            header: None,
            state: State::Waiting,
            place: Place::default(),
        }
    }

    /// Whether this fragment is one of another datagram with the same name.
    pub fn is_over(&self, fragment: &FragmentView<'_>, now_ns: u64) -> bool {
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
    pub fn add(&mut self, fragment: &FragmentView<'_>, packet: PacketNumber, now_ns: u64) -> Added {
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
    pub fn bytes(&self) -> usize {
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

    pub fn missing(&self) -> SmallVec<[(u32, Option<u32>); 2]> {
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
        let bytes = contiguous(header, &pieces);
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
fn contiguous(header: Vec<u8>, pieces: &[&Piece]) -> Vec<u8> {
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
