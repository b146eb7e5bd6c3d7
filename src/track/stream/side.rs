//! One direction of a connection that is read: how far its bytes have come in
//! order, and those that are kept: what the reader has not taken, and what came
//! before its turn.

use super::OtherBytes;
use super::late::Late;
use super::places::{Piece, Place, Stretch};
use crate::track::PacketNumber;

/// Bytes that are kept for one message, or head of one, at the most. The
/// longest DNS message with its length is the longest of all.
pub(super) const UNTAKEN_AT_MOST: usize = (64 << 10) + 2;

/// No hole is larger: sequence numbers farther on come from nowhere.
const FARTHEST: u64 = 1 << 30;

/// One direction.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// Behind the last byte that came in order: its sequence number, and how
    /// many bytes of the stream come before it.
    next: u32,
    pub behind: u64,
    /// Whether that counts from the first byte that the side sent.
    pub from_beginning: bool,
    pub has_begun: bool,
    /// Nothing more of it is of interest.
    pub is_done: bool,
    /// Its bytes were given up for want of memory.
    pub is_given_up: bool,
    /// The reader has been told of its end.
    pub has_ended: bool,
    /// So many more bytes the reader waits for.
    pub more: usize,
    /// So many bytes behind the last that came need only be counted.
    pub skip: u64,
    /// Where a FIN stands.
    pub fin: Option<u64>,
    pub untaken: Option<Box<Untaken>>,
    pub late: Option<Box<Late>>,
}

/// Bytes that came in order and that the reader has not taken.
#[derive(Debug, Default)]
pub(super) struct Untaken {
    pub bytes: Vec<u8>,
    pub pieces: Vec<Piece>,
}

impl Untaken {
    /// Drops the first bytes, and gives whether some remain.
    pub fn take(&mut self, taken: usize) -> bool {
        let first = self.pieces.first().map_or(0, |piece| piece.offset) + taken as u64;
        self.bytes.drain(..taken.min(self.bytes.len()));
        let brought = self.pieces.partition_point(|piece| piece.offset <= first);
        self.pieces.drain(..brought.saturating_sub(1));
        if let Some(piece) = self.pieces.first_mut() {
            piece.offset = first;
        }
        !self.bytes.is_empty()
    }

    fn stretch(&self) -> Stretch<'_> {
        Stretch {
            offset: self.pieces.first().map_or(0, |piece| piece.offset),
            bytes: &self.bytes,
            from_beginning: false,
            pieces: &self.pieces,
        }
    }

    fn kept(&self) -> usize {
        self.bytes.len() + self.pieces.len() * size_of::<Piece>()
    }
}

impl Direction {
    /// The place of its first byte: this sequence number.
    pub fn begin(&mut self, first: u32, from_beginning: bool) {
        self.has_begun = true;
        self.next = first;
        self.from_beginning = from_beginning;
    }

    /// How many bytes of the stream come before this sequence number; `None`
    /// where it lies before the first of them, or too far behind the last.
    pub fn offset(&self, sequence: u32) -> Option<u64> {
        let distance = i64::from(sequence.wrapping_sub(self.next) as i32);
        let offset = self.behind.checked_add_signed(distance)?;
        (offset <= self.behind + FARTHEST).then_some(offset)
    }

    /// So many more bytes came in order, or never will.
    pub fn go_on(&mut self, length: u32) {
        self.next = self.next.wrapping_add(length);
        self.behind += u64::from(length);
    }

    /// The sequence number of the first byte of interest.
    pub fn wanted_from(&self) -> u32 {
        let untaken = self
            .untaken
            .as_ref()
            .map_or(0, |untaken| untaken.bytes.len());
        // Numbers that lie farther apart cannot be compared; a longer stretch
        // is skipped in several steps.
        let skip = self.skip.min(FARTHEST / 2) as u32;
        self.next.wrapping_sub(untaken as u32).wrapping_add(skip)
    }

    /// Bytes below these were not looked at: they are behind it now.
    pub fn skip_to(&mut self, sequence: u32) {
        let skipped = sequence.wrapping_sub(self.next);
        if (skipped as i32) > 0 && u64::from(skipped) <= self.skip {
            self.skip -= u64::from(skipped);
            self.go_on(skipped);
        }
    }

    /// What is kept of the places in the stream that these bytes have, where it
    /// differs from them; with the first place that both have. Damaged bytes prove
    /// nothing.
    pub fn other_bytes(&self, offset: u64, bytes: &[u8]) -> Option<(u64, OtherBytes)> {
        let end = offset + bytes.len() as u64;
        let differs = |kept_from: u64, place: Place, kept: &[u8]| {
            let from = kept_from.max(offset);
            let kept = kept.get(usize::try_from(from - kept_from).ok()?..)?;
            let new = bytes.get(usize::try_from(from - offset).ok()?..)?;
            let other = OtherBytes {
                packet: place.packet,
                time_ns: place.time_ns,
                start: 0,
                bytes: kept.len() as u32,
            };
            let differ = kept.iter().zip(new).any(|(kept, new)| kept != new);
            (place.is_sound && differ).then_some((from, other))
        };
        let in_order = self.untaken.as_ref().and_then(|untaken| {
            let stretch = untaken.stretch();
            let mut kept = stretch.packets(offset);
            kept.find_map(|(from, place, kept)| differs(from, place, kept))
        });
        in_order.or_else(|| {
            let late = self.late.as_ref()?.beyond(offset).iter();
            late.take_while(|piece| piece.offset < end)
                .find_map(|piece| differs(piece.offset, piece.place(None), &piece.bytes))
        })
    }

    /// Whether bytes wait behind a hole.
    pub fn waits(&self) -> bool {
        self.late.as_ref().is_some_and(|late| !late.is_empty())
    }

    /// The memory that its bytes take.
    pub fn kept(&self) -> usize {
        let untaken = self.untaken.as_ref().map_or(0, |untaken| untaken.kept());
        untaken + self.late.as_ref().map_or(0, |late| late.kept())
    }

    /// The packet that brought the oldest byte that is kept.
    pub fn oldest_kept(&self) -> Option<PacketNumber> {
        let untaken = self.untaken.as_ref();
        let untaken = untaken.and_then(|untaken| Some(untaken.pieces.first()?.place.packet));
        let late = self.late.as_ref().and_then(|late| late.oldest());
        untaken.into_iter().chain(late).min()
    }

    /// Nothing more of it is of interest.
    pub fn be_done(&mut self) {
        self.is_done = true;
        self.untaken = None;
        self.late = None;
        self.skip = 0;
    }
}
