//! Bytes that came before some that come first: kept until the hole before them
//! is filled, or known never to be.

use super::Place;
use crate::track::PacketNumber;

/// Pieces that are kept of one side at the most.
const PIECES_AT_MOST: usize = 128;

/// Their bytes at the most.
const BYTES_AT_MOST: usize = 256 << 10;

/// Bytes of one packet, by their offset in the stream.
#[derive(Clone, Debug)]
pub(super) struct LatePiece {
    pub offset: u64,
    /// Those that were captured.
    pub bytes: Box<[u8]>,
    /// How many they are on the wire.
    pub length: u32,
    pub packet: PacketNumber,
    pub time_ns: u64,
    /// They are not damaged as far as can be told.
    pub is_sound: bool,
}

impl LatePiece {
    /// Where its bytes come from, if they can be delivered now.
    pub fn place(&self, now_ns: Option<u64>) -> Place {
        Place {
            packet: self.packet,
            time_ns: self.time_ns,
            arrived_ns: now_ns.unwrap_or(self.time_ns).max(self.time_ns),
            is_sound: self.is_sound,
        }
    }

    fn end(&self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// The late pieces of one side, by offset, none overlapping another.
#[derive(Debug, Default)]
pub(super) struct Late {
    pieces: Vec<LatePiece>,
    bytes: usize,
}

impl Late {
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether there are more than one side may have, this many `times`.
    pub fn is_too_much(&self, times: usize) -> bool {
        self.pieces.len() > PIECES_AT_MOST * times || self.bytes > BYTES_AT_MOST * times
    }

    /// The memory that they take.
    pub fn kept(&self) -> usize {
        self.bytes + self.pieces.len() * size_of::<LatePiece>()
    }

    /// Where the first of them begins.
    pub fn first(&self) -> Option<u64> {
        self.pieces.first().map(|piece| piece.offset)
    }

    /// The pieces that reach beyond this offset, by offset.
    pub fn beyond(&self, offset: u64) -> &[LatePiece] {
        let from = self.pieces.partition_point(|kept| kept.end() <= offset);
        self.pieces.get(from..).unwrap_or_default()
    }

    /// How many of the bytes from an offset to another wait here.
    pub fn known(&self, from: u64, to: u64) -> u32 {
        let overlapping = self.beyond(from).iter();
        let overlaps =
            overlapping.map(|piece| piece.end().min(to).saturating_sub(piece.offset.max(from)));
        overlaps.sum::<u64>() as u32
    }

    /// The packet that brought the one that has waited for longest.
    pub fn oldest(&self) -> Option<PacketNumber> {
        self.pieces.iter().map(|piece| piece.packet).min()
    }

    /// Keeps what is new of a packet's bytes, and gives how many are: of bytes
    /// that come twice the first copy counts.
    pub fn keep(&mut self, piece: &LatePiece) -> u32 {
        let mut kept_of_it = 0;
        let mut from = piece.offset;
        let mut at = self.pieces.partition_point(|kept| kept.end() <= from);
        while from < piece.end() {
            let kept = self.pieces.get(at).map(|kept| (kept.offset, kept.end()));
            let (kept_start, kept_end) = kept.unwrap_or((u64::MAX, u64::MAX));
            let end = piece.end().min(kept_start);
            if from < end {
                let new = part(piece, from, end);
                self.bytes += new.bytes.len();
                kept_of_it += new.length;
                self.pieces.insert(at, new);
                at += 1;
            }
            from = kept_end;
            at += 1;
        }
        kept_of_it
    }

    /// Takes the first piece out, if it begins at or before this offset; what
    /// of it lies before is cut off.
    pub fn take(&mut self, offset: u64) -> Option<LatePiece> {
        self.first().filter(|first| *first <= offset)?;
        let piece = self.pieces.remove(0);
        self.bytes -= piece.bytes.len();
        if piece.offset == offset {
            return Some(piece);
        }
        let start = offset.min(piece.end());
        Some(part(&piece, start, piece.end()))
    }
}

/// Part of a piece.
fn part(piece: &LatePiece, from: u64, to: u64) -> LatePiece {
    let place = |offset: u64| (offset.saturating_sub(piece.offset) as usize).min(piece.bytes.len());
    let bytes = piece.bytes.get(place(from)..place(to)).unwrap_or_default();
    LatePiece {
        offset: from,
        bytes: bytes.into(),
        length: to.saturating_sub(from) as u32,
        packet: piece.packet,
        time_ns: piece.time_ns,
        is_sound: piece.is_sound,
    }
}
