//! Which packet brought a byte, and when.

use crate::track::{PacketNumber, Seen};

/// Where a byte came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) struct Place {
    /// The packet that brought it first.
    pub packet: PacketNumber,
    /// When that packet came.
    pub time_ns: u64,
    /// When the byte could be delivered: later, where one before it was missing.
    pub arrived_ns: u64,
    /// That packet is not damaged as far as can be told.
    pub is_sound: bool,
}

/// Bytes that one packet brought: those from this offset on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub offset: u64,
    pub place: Place,
}

/// The next bytes of a side, from the first that its reader has not taken.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Stretch<'a> {
    /// How many bytes of the side come before them.
    pub offset: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether the side's first byte was captured, or is known not to have
    /// been: offsets count from there. Else they count from what came first.
    pub from_beginning: bool,
    /// The packets that brought them, in the order of the bytes; the first may
    /// have brought bytes before these too.
    pub(super) pieces: &'a [Piece],
}

/// The bytes of a stretch that its reader has not taken, one at least.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Remaining<'s, 'b> {
    pub stretch: &'s Stretch<'b>,
    /// How many bytes of the side come before them.
    pub offset: u64,
    /// The bytes.
    pub bytes: &'b [u8],
}

impl Remaining<'_, '_> {
    /// Where one of the bytes was seen, and when it could be delivered.
    pub fn seen(&self, at: usize) -> Seen {
        let place = self.stretch.place(self.offset + at as u64);
        place.map_or_else(Seen::default, |place| Seen {
            packet: place.packet,
            time_ns: place.arrived_ns,
        })
    }
}

impl<'a> Stretch<'a> {
    /// Behind the last byte.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// The bytes behind so many that its reader has taken, if there are any.
    pub fn remaining(&self, taken: usize) -> Option<Remaining<'_, 'a>> {
        let bytes = self.bytes.get(taken..).filter(|rest| !rest.is_empty())?;
        Some(Remaining {
            stretch: self,
            offset: self.offset + taken as u64,
            bytes,
        })
    }

    /// Whether these are the first bytes that the side ever sent.
    pub fn is_beginning(&self) -> bool {
        self.from_beginning && self.offset == 0
    }

    /// Where the byte at this offset in the stream came from; the first or the
    /// last of them where it is none of these.
    pub fn place(&self, offset: u64) -> Option<Place> {
        let behind = self.pieces.partition_point(|piece| piece.offset <= offset);
        let piece = self.pieces.get(behind.saturating_sub(1));
        piece.map(|piece| piece.place)
    }

    /// The bytes packet by packet, from this offset in the stream on, each with
    /// its offset.
    pub fn packets(&self, from: u64) -> impl Iterator<Item = (u64, Place, &'a [u8])> {
        let Self { offset, bytes, .. } = *self;
        let (from, end) = (from.max(offset), self.end());
        let ends = self.pieces.iter().skip(1).map(|piece| piece.offset);
        let pieces = self.pieces.iter().zip(ends.chain([end]));
        pieces.filter_map(move |(piece, piece_end)| {
            let start = piece.offset.max(from);
            let range =
                start.checked_sub(offset)? as usize..piece_end.checked_sub(offset)? as usize;
            let bytes = bytes.get(range)?;
            (!bytes.is_empty()).then_some((start, piece.place, bytes))
        })
    }
}
