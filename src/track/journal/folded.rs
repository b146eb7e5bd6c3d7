//! A journal of a connection that is open and rests, folded: nothing but its
//! steps in a cell that is just large enough, and behind them, in few bytes,
//! what else a journal says. What follows from the steps is left out; unfolded,
//! it is the same journal as before.
//!
//! From the end of the cell forward: a word with what is needed to know it, and
//! before that numbers of the lengths that the word says.

use super::reading::Reading;
use super::step::{code, length};
use super::{BY_HANDSHAKE, CLIENT_SECOND, COUNTED, EndOfOpen, Journal, Room, TCP, TCP_ROOM, WIDE};
use crate::track::cells::{Cell, Cells};
use crate::track::syn_flood::Opening;
use crate::track::tcp::calm::Calm;

/// Longer ones are not made: a connection of which that much was noted takes
/// less when it is followed and packed.
const AT_MOST: usize = 160;

/// Bits that a journal and its folded form have alike,
const ALIKE: u8 = CLIENT_SECOND | BY_HANDSHAKE | COUNTED | WIDE;
/// and in place of those that all of them have, or none: nothing is to be told
/// of it if it ends now,
const DULL: u8 = 16;
/// it has a tag,
const TAGGED: u8 = 32;
/// and it has more bytes than one byte can say.
const LARGE: u8 = 64;

/// Where what stands in the word.
mod at {
    pub const PORTS: u32 = 64;
    pub const BITS: u32 = 96;
    pub const PACKETS: u32 = 104;
    /// How far the handshake has come, and how long the numbers are.
    pub const OPENING: u32 = 112;
    pub const START: u32 = 115;
    pub const FIRST: u32 = 117;
    /// The lowest byte of the bytes.
    pub const BYTES: u32 = 120;
}

/// Bytes of the word.
const WORD: usize = 16;

/// Lengths by code: of the start,
const START: [u32; 4] = [4, 5, 6, 8];
/// of the number of the first packet;
const FIRST: [u32; 4] = [2, 3, 4, 8];
/// and of what is there or not.
const TAG: usize = 4;
const MORE_BYTES: usize = 3;

/// What stands behind the steps.
#[derive(Debug)]
struct Behind {
    word: u128,
    /// Numbers with their lengths, in their order.
    numbers: [(u64, usize); 4],
}

/// A journal as it was read behind the steps, without what follows from them.
#[derive(Debug)]
pub(in crate::track) struct Folded {
    journal: Journal,
    is_dull: bool,
}

impl Behind {
    /// Of a journal; `origin_ns`: what its times are counted from.
    fn of(journal: &Journal, origin_ns: u64) -> Self {
        let start = journal.start_ns.wrapping_sub(origin_ns);
        let (start_code, first_code) = (code(start, START), code(journal.first_packet, FIRST));
        let more_bytes = journal.bytes >> 8;
        let mut bits = journal.bits & ALIKE;
        for (bit, on) in [
            (DULL, journal.ends_dull()),
            (TAGGED, journal.tag != 0),
            (LARGE, more_bytes != 0),
        ] {
            bits |= if on { bit } else { 0 };
        }
        let [one, other] = journal.addresses.map(u128::from);
        let [port, other_port] = journal.ports.map(u128::from);
        let word = one
            | other << 32
            | (port | other_port << 16) << at::PORTS
            | u128::from(bits) << at::BITS
            | u128::from(journal.packets) << at::PACKETS
            | u128::from(journal.opening.code()) << at::OPENING
            | u128::from(start_code) << at::START
            | u128::from(first_code) << at::FIRST
            | u128::from(journal.bytes & 0xff) << at::BYTES;
        let tag = usize::from(journal.tag != 0) * TAG;
        let more = usize::from(more_bytes != 0) * MORE_BYTES;
        Self {
            word,
            numbers: [
                (start, length(start_code, START)),
                (journal.first_packet, length(first_code, FIRST)),
                (journal.tag.into(), tag),
                (more_bytes.into(), more),
            ],
        }
    }

    /// How many bytes it takes.
    fn length(&self) -> usize {
        let lengths = self.numbers.iter().map(|(_, length)| length);
        lengths.sum::<usize>() + WORD
    }

    /// Writes it at the end of a cell.
    fn write(&self, cell: &mut [u8]) -> Option<()> {
        let mut at = cell.len().checked_sub(self.length())?;
        for (number, length) in self.numbers {
            // What is too much is written over.
            *cell.get_mut(at..)?.first_chunk_mut()? = number.to_le_bytes();
            at += length;
        }
        *cell.last_chunk_mut()? = self.word.to_le_bytes();
        Some(())
    }
}

impl Folded {
    /// What stands in a cell.
    pub fn read(cell: Cell, cells: &Cells, origin_ns: u64) -> Option<Self> {
        let bytes = cells.read(cell);
        let word = u128::from_le_bytes(*bytes.last_chunk::<WORD>()?);
        let byte = |at: u32| (word >> at) as u8;
        let bits = byte(at::BITS);
        let has = |bit: u8| bits & bit != 0;
        let start = length((word >> at::START) as u32, START);
        let first = length((word >> at::FIRST) as u32, FIRST);
        let tag = usize::from(has(TAGGED)) * TAG;
        let more = usize::from(has(LARGE)) * MORE_BYTES;
        let front = bytes.len().checked_sub(WORD + start + first + tag + more)?;
        let mut numbers = Reading::new(bytes.get(front..)?);
        let start_ns = origin_ns.wrapping_add(numbers.get(start));
        let opening = Opening::of_code((byte(at::OPENING) & 7).into());
        let journal = Journal {
            start_ns,
            end_ns: start_ns,
            first_packet: numbers.get(first),
            last_packet: 0,
            tag: numbers.get(tag) as u32,
            bytes: u32::from(byte(at::BYTES)) | (numbers.get(more) as u32) << 8,
            addresses: [word as u32, (word >> 32) as u32],
            ports: [
                (word >> at::PORTS) as u16,
                (word >> (at::PORTS + u16::BITS)) as u16,
            ],
            used: 0,
            stack: 0,
            packets: byte(at::PACKETS),
            bits: bits & ALIKE | TCP,
            opening: opening.unwrap_or_default(),
            room: Room::Cell(cell, Calm::default()),
        };
        Some(Self {
            journal,
            is_dull: has(DULL),
        })
    }

    /// Its journal, which has the key, the first packet and all steps, but says
    /// nothing of the last one, nor how the connection stands behind it.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// What [`Journal::end_of_open`] says of the journal.
    pub fn end_of_open(&self) -> Option<EndOfOpen> {
        self.is_dull.then(|| self.journal.end_of_answered())
    }

    /// The whole journal; it has the cell now.
    pub fn unfold(self, cells: &Cells) -> Journal {
        let mut journal = self.journal;
        let mut steps = journal.steps(cells);
        steps.by_ref().for_each(drop);
        let (last, calm) = (steps.last_read(), steps.calm);
        let used = journal.room_of_steps(cells).len() - steps.behind().len();
        journal.end_ns = last.time_ns;
        journal.last_packet = last.number.wrapping_sub(journal.first_packet) as u32;
        journal.stack = last.stack;
        journal.used = used as u16;
        if let Room::Cell(_, stands) = &mut journal.room {
            *stands = calm;
        }
        journal
    }
}

impl Journal {
    /// Folds it, if it is that of an open connection and not too long; gives its
    /// cell, which is all that is left of it then.
    pub fn fold(&mut self, cells: &mut Cells, origin_ns: u64) -> Option<Cell> {
        if !self.is_open() {
            return None;
        }
        let behind = Behind::of(self, origin_ns);
        let length = usize::from(self.used) + behind.length();
        if length > AT_MOST {
            return None;
        }
        self.move_to_cell(length, Calm::default(), cells)?;
        let cell = self.cell()?;
        behind.write(cells.write(cell))?;
        Some(cell)
    }

    /// One that was folded goes on: it takes the room that it had.
    pub fn make_room(&mut self, cells: &mut Cells) {
        const { assert!(AT_MOST <= TCP_ROOM) };
        // Where there is no other cell, it stays.
        self.move_to_cell(TCP_ROOM, Calm::default(), cells);
    }
}

#[cfg(test)]
mod tests;
