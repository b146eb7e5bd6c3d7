//! Noting one more packet in a journal, if nothing but notes is to be told of
//! it.

use super::opening::OpeningStep;
use super::step::{Fields, LONGEST, Step, Writing};
use super::usual::{LONGEST as USUAL_LONGEST, Short, Usual};
use super::{
    COUNTED, DATA_ROOM, Due, Journal, Noted, PACKETS_AT_MOST, RUFFLED, Room, TCP, TCP_ROOM,
};
use crate::capture::Frame;
use crate::decode::{Brief, BriefOptions};
use crate::track::Side;
use crate::track::cells::{self, Cell, Cells};
use crate::track::tcp::calm::{Calm, Gist, stage};

impl Journal {
    /// Whether there is room for one more packet, and time goes on with it.
    #[inline]
    pub fn has_room_for(&self, step: &Step<'_>, bytes: u32) -> bool {
        self.packets < PACKETS_AT_MOST
            && step.time_ns >= self.end_ns
            && self.bytes.checked_add(bytes).is_some()
            && step.number.wrapping_sub(self.first_packet) >> 32 == 0
            && usize::from(self.used) + LONGEST <= cells::LONGEST
    }

    /// How the two sides of a connection stood behind its first segment.
    pub fn calm_of_first(&self, cells: &Cells) -> Option<Calm> {
        if !self.is_tcp() {
            return None;
        }
        if let Room::Own(own) = &self.room
            && let Some(opening) = OpeningStep::read(&mut own.as_slice())
        {
            return Some(opening.begun());
        }
        let mut steps = self.steps(cells);
        steps.next();
        Some(steps.calm)
    }

    /// Notes a datagram.
    pub fn note_datagram(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        if self.is_tcp() || self.is_ruffled() || !self.has_room_for(step, bytes) {
            return None;
        }
        let written = Writing::step(step, &self.previous(), &Calm::default());
        self.append(written.bytes(), cells)?;
        self.count(step, bytes);
        Some(self.unchanged(step.side))
    }

    /// Notes a frame with a segment of a connection that was answered, if nothing
    /// but notes is to be told of it, it has the short form, and there is room
    /// for that: in few steps, as nearly every packet comes by here. `None`:
    /// nothing was done. `may_be_framed` says whether there may be messages in
    /// the first data of a side.
    #[inline(never)]
    pub fn note_brief(
        &mut self,
        frame: &Frame<'_>,
        brief: &Brief,
        cells: &mut Cells,
        may_be_framed: impl FnOnce() -> bool,
    ) -> Option<Due> {
        let side = self.side(brief.source_second);
        let Room::Cell(cell, calm) = &mut self.room else {
            return None;
        };
        let since_first = frame.number.wrapping_sub(self.first_packet);
        let (used, gist) = (usize::from(self.used), Gist::of_brief(brief));
        let may_be = (self.bits & (TCP | RUFFLED) == TCP)
            & (self.packets < PACKETS_AT_MOST)
            & (since_first >> 32 == 0)
            & (frame.time_ns >= self.end_ns)
            & (used + LONGEST <= cells::LONGEST)
            & (brief.tcp.options != BriefOptions::Other);
        let is_opaque = gist.payload_length == 0 || calm.lines[side].is_opaque();
        if !may_be || !calm.is_due(side, gist) || (!is_opaque && may_be_framed()) {
            return None;
        }
        let bytes = self.bytes.checked_add(frame.original_length)?;
        let numbers = since_first.wrapping_sub(self.last_packet.into());
        let nanoseconds = frame.time_ns.wrapping_sub(self.end_ns);
        let short = Short {
            fields: Fields::of_brief(brief, side, numbers, nanoseconds),
            timestamps: brief.timestamps(),
        };
        let usual = Usual::short(&short, self.stack, calm)?;
        if used + USUAL_LONGEST > cell.bytes() {
            *cell = grown(*cell, used, cells)?;
        }
        let room = cells.write(*cell).get_mut(used..)?;
        self.used += usual.write(room.first_chunk_mut()?);
        let closes = calm.take_due(side, gist);
        self.bytes = bytes;
        self.end_ns = frame.time_ns;
        self.last_packet = since_first as u32;
        self.stack = short.fields.stack;
        self.packets += 1;
        let may_change = closes | !self.has(COUNTED) | self.opening.may_change();
        Some(match may_change {
            true => Due::Changed(self.noted(side, gist, closes)),
            false => Due::As(side),
        })
    }

    /// The same of a segment in any form, wherever there is room.
    pub fn note_segment(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
        may_be_framed: impl FnOnce() -> bool,
    ) -> Option<Noted> {
        if !self.stays_dull(step, bytes, may_be_framed) {
            return None;
        }
        self.write_segment(step, cells)?;
        Some(self.take(step, bytes))
    }

    /// Whether it is that of a connection that was answered, and nothing but
    /// notes is to be told of a segment of it.
    #[inline(always)]
    fn stays_dull(
        &self,
        step: &Step<'_>,
        bytes: u32,
        may_be_framed: impl FnOnce() -> bool,
    ) -> bool {
        let (Some(segment), Room::Cell(_, calm)) = (&step.segment, &self.room) else {
            return false;
        };
        let is_answered = self.bits & (TCP | RUFFLED) == TCP;
        let is_data = segment.tcp.payload_length > 0;
        is_answered
            && self.has_room_for(step, bytes)
            && calm.accepts(step.side, segment)
            && (!is_data || calm.lines[step.side].is_opaque() || !may_be_framed())
    }

    /// Notes the first segment behind the SYN, if it is a SYN-ACK of which
    /// nothing but notes is to be told.
    #[inline(never)]
    pub fn note_answer(&mut self, step: &Step<'_>, bytes: u32, cells: &mut Cells) -> Option<Noted> {
        let segment = step.segment.as_ref()?;
        let calm = self.calm_of_first(cells)?;
        if !self.has_room_for(step, bytes) || self.is_ruffled() || !calm.accepts(step.side, segment)
        {
            return None;
        }
        self.answer(calm, step, bytes, cells)
    }

    /// Notes a segment that was followed, whatever is to be told of it.
    pub fn note_followed(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        if !self.has_room_for(step, bytes) {
            return None;
        }
        match self.room {
            Room::Cell(..) => {
                self.write_segment(step, cells)?;
                Some(self.take(step, bytes))
            }
            Room::Own(_) => self.answer(self.calm_of_first(cells)?, step, bytes, cells),
        }
    }

    /// Notes the first segment behind the SYN, which left the connection so:
    /// from now on its steps are in a cell.
    fn answer(
        &mut self,
        calm: Calm,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        self.move_to_cell(TCP_ROOM, calm, cells)?;
        self.write_segment(step, cells)?;
        let mut noted = self.take(step, bytes);
        noted.answered = true;
        Some(noted)
    }

    /// Takes in a segment that was written.
    fn take(&mut self, step: &Step<'_>, bytes: u32) -> Noted {
        self.count(step, bytes);
        let (Some(segment), Room::Cell(_, calm)) = (&step.segment, &mut self.room) else {
            return self.unchanged(step.side);
        };
        let closes = calm.take(step.side, segment);
        self.noted(step.side, segment.gist(), closes)
    }

    /// What a segment has changed that was the last, and was taken in; `closes`:
    /// both directions.
    #[inline(never)]
    fn noted(&mut self, side: Side, gist: Gist, closes: bool) -> Noted {
        let mut noted = self.unchanged(side);
        noted.closed = closes;
        let is_answer = matches!(&self.room, Room::Cell(_, calm) if calm.stage == stage::SYN_ACK);
        let stands = is_answer || gist.payload_length > 0;
        noted.counted.1 = (noted.counted.0 || stands) && !closes;
        if noted.counted.0 != noted.counted.1 {
            self.set(COUNTED, noted.counted.1);
        }
        if self.opening.may_change() {
            let since_syn_ns = self.end_ns.saturating_sub(self.start_ns);
            self.opening = self.opening.after(side, gist.flags, since_syn_ns);
            noted.opening.1 = self.opening;
        }
        noted
    }

    /// Writes a segment, wherever there is room.
    #[inline(never)]
    fn write_segment(&mut self, step: &Step<'_>, cells: &mut Cells) -> Option<()> {
        let previous = self.previous();
        let Room::Cell(cell, calm) = &self.room else {
            return None;
        };
        if let Some(opening) = OpeningStep::of(step, &previous)
            && let Some(room) = cells.write(*cell).get_mut(usize::from(self.used)..)
            && let Some(length) = opening.write(calm, room)
        {
            self.used += length as u16;
            return Some(());
        }
        match Usual::of(step, &previous, calm) {
            Some(usual) => {
                let mut bytes = [0; USUAL_LONGEST];
                let length = usual.write(&mut bytes);
                self.append(bytes.get(..length.into())?, cells)
            }
            None => {
                let written = Writing::step(step, &previous, calm);
                self.append(written.bytes(), cells)
            }
        }
    }

    #[inline]
    pub(super) fn unchanged(&self, side: Side) -> Noted {
        let counted = self.has(COUNTED);
        Noted {
            side,
            opening: (self.opening, self.opening),
            counted: (counted, counted),
            closed: false,
            answered: false,
            start_ns: self.start_ns,
        }
    }

    /// Counts a packet that was written.
    #[inline]
    pub(super) fn count(&mut self, step: &Step<'_>, bytes: u32) {
        self.end_ns = step.time_ns;
        self.last_packet = step.number.wrapping_sub(self.first_packet) as u32;
        self.stack = step.stack;
        self.bytes = self.bytes.saturating_add(bytes);
        self.packets += 1;
    }

    /// Writes a step behind the others, wherever there is room.
    #[inline(never)]
    pub(super) fn append(&mut self, written: &[u8], cells: &mut Cells) -> Option<()> {
        let used = usize::from(self.used);
        let end = used + written.len();
        if self.room_of_steps(cells).len() < end {
            // A connection will go on, while an answer is mostly the end.
            let more = match &self.room {
                Room::Cell(..) if self.is_tcp() => (end * 3 / 2).min(cells::LONGEST).max(end),
                _ => end,
            };
            let calm = self.calm_of_first(cells).unwrap_or_default();
            self.move_to_cell(more, calm, cells)?;
        }
        let room = match &mut self.room {
            Room::Own(own) => own.as_mut_slice(),
            Room::Cell(cell, _) => cells.write(*cell),
        };
        room.get_mut(used..end)?.copy_from_slice(written);
        self.used = end as u16;
        Some(())
    }

    /// Where its steps stand, with what is behind them.
    #[inline]
    pub(super) fn room_of_steps<'a>(&'a self, cells: &'a Cells) -> &'a [u8] {
        match &self.room {
            Room::Own(own) => own,
            Room::Cell(cell, _) => cells.read(*cell),
        }
    }

    /// Moves the steps to a cell, or to another, with so much room; `calm`: how
    /// a connection stands that had none.
    pub(super) fn move_to_cell(
        &mut self,
        room: usize,
        calm: Calm,
        cells: &mut Cells,
    ) -> Option<()> {
        let used = usize::from(self.used);
        match &mut self.room {
            Room::Own(own) => {
                let (cell, place) = cells.take(room)?;
                place.get_mut(..used)?.copy_from_slice(own.get(..used)?);
                self.room = Room::Cell(cell, calm);
            }
            Room::Cell(cell, _) => *cell = cells.moved(*cell, used, room)?,
        }
        Some(())
    }

    /// Moves its steps out of their chunk, if that is cleared.
    pub fn move_out(&mut self, cells: &mut Cells) {
        if let Room::Cell(cell, _) = &mut self.room {
            *cell = cells.moved_out(*cell);
        }
    }

    /// It will not grow any more: takes only the room that it needs.
    pub fn shrink(&mut self, cells: &mut Cells) {
        if let Room::Cell(..) = self.room {
            // Where there is no other cell, it stays.
            self.move_to_cell(self.used.into(), Calm::default(), cells);
        }
    }
}

/// A larger cell with the first bytes of one that is too small for a step.
#[inline(never)]
fn grown(cell: Cell, used: usize, cells: &mut Cells) -> Option<Cell> {
    // A connection that carries data will go on.
    let room = ((used + USUAL_LONGEST) * 3 / 2).clamp(DATA_ROOM, cells::LONGEST);
    cells.moved(cell, used, room)
}
