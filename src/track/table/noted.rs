//! Conversations that are noted and not followed: what [`Table`] does with
//! their journals.

use super::{LONGEST, Rest, Slot, Table};
use crate::track::Event;
use crate::track::cells::Cell;
use crate::track::entry::{Entry, First};
use crate::track::journal::{Journal, Noted, Stacks, Step};

/// Journals of open connections that may be of any length. When there are
/// more, those at rest are followed and packed, which takes less memory: all
/// that are longer than a SYN's,
const JOURNALS: usize = 8192;
const JOURNAL_OF_SYN: usize = 128;

/// and that rest for so long.
const JOURNAL_RESTS_NS: u64 = 1_000_000_000;

/// What belongs to journals.
#[derive(Debug, Default)]
pub(super) struct Noting {
    /// The header stacks of what was noted.
    stacks: Stacks,
    /// What catching up with a journal tells, which nobody wants.
    unwanted: Vec<Event>,
    /// A journal on its way to another place.
    moved: Vec<u8>,
    /// Where a conversation is followed for one packet that is only noted
    /// otherwise,
    pub visitor: Option<Box<Entry>>,
    /// and whether there is one.
    pub is_visited: bool,
    /// Journals of connections that are open,
    journals: usize,
    /// and where the search for those at rest stands.
    hand: u32,
}

impl Noting {
    /// Follows what a journal has noted.
    pub fn catch_up(&mut self, entry: &mut Entry, number: u64, journal: &[u8]) {
        entry.catch_up(number, journal, &self.stacks, &mut self.unwanted);
    }
}

impl Table {
    /// Adds a conversation whose packets are only noted; gives its number.
    /// `bytes`: of its first packet, on the wire.
    pub fn add_noted(&mut self, first: &First, step: &Step<'_>, bytes: u32) -> Option<u64> {
        let mut cell = None;
        Journal::begin(first, step, bytes, |length| {
            let (taken, place) = self.cells.take(length)?;
            cell = Some(taken);
            Some(place)
        })?;
        let (place, number) = self.add_record(first);
        self.rests(place, Rest::Noted(cell?));
        if first.is_tcp {
            self.noting.journals += 1;
        }
        Some(number)
    }

    /// Whether a conversation's packets are only noted.
    #[inline]
    pub fn is_noted(&self, slot: Slot) -> bool {
        let record = self.records.get(slot.0);
        record.is_some_and(|record| matches!(record.rest, Rest::Noted(_)))
    }

    /// Notes a packet of a conversation whose packets are only noted, where it
    /// `may` be noted; its side is filled in. Gives the conversation's number
    /// and what has changed; `None`: it is to be followed. `bytes`: of the
    /// packet, on the wire.
    #[inline]
    pub fn note(
        &mut self,
        slot: Slot,
        source_second: bool,
        bytes: u32,
        step: &mut Step<'_>,
        may: impl FnOnce(&Journal, &Step<'_>) -> bool,
    ) -> Option<(u64, Noted)> {
        let record = self.records.get(slot.0)?;
        let (Rest::Noted(cell), number) = (record.rest, record.number) else {
            return None;
        };
        let place = self.cells.write(cell);
        let mut journal = Journal::read(place)?;
        step.side = journal.side(source_second);
        if journal.is_ruffled() || !may(&journal, step) || !journal.has_room_for(step, bytes) {
            return None;
        }
        self.noting.moved.clear();
        let noted = journal.note(step, bytes, place, &mut self.noting.moved);
        if !self.noting.moved.is_empty() {
            self.make_room(slot, cell, &journal);
            if self.noting.journals > JOURNALS {
                self.tidy(step.time_ns);
            }
        }
        Some((number, noted))
    }

    /// Looks at a few conversations, others each time, for journals to pack.
    fn tidy(&mut self, now_ns: u64) {
        for _ in 0..4 {
            self.noting.hand = (self.noting.hand + 1) % self.records.length.max(1);
            let record = self.records.get(self.noting.hand);
            let Some(Rest::Noted(cell)) = record.map(|record| record.rest) else {
                continue;
            };
            let journal = self.cells.read(cell);
            if cell.bytes() > JOURNAL_OF_SYN
                && Journal::is_open(journal)
                && now_ns.saturating_sub(Journal::end_of(journal)) > JOURNAL_RESTS_NS
            {
                self.get(Slot(self.noting.hand));
            }
        }
    }

    /// A journal is no longer one of an open connection, if it was.
    pub(super) fn leave_journal(&mut self, cell: Cell) {
        if Journal::is_open(self.cells.read(cell)) {
            self.noting.journals = self.noting.journals.saturating_sub(1);
        }
    }

    /// Its connection is closed: moves a journal, which will not grow, to a place
    /// of its size.
    pub(super) fn close_journal(&mut self, slot: Slot, cell: Cell) {
        self.noting.journals = self.noting.journals.saturating_sub(1);
        let place = self.cells.read(cell);
        let Some(journal) = Journal::front(place) else {
            return;
        };
        let used = place.get(..journal.length()).unwrap_or_default();
        self.noting.moved.clear();
        self.noting.moved.extend_from_slice(used);
        self.move_to(slot, cell, used.len());
    }

    /// Moves a journal that has outgrown its place.
    fn make_room(&mut self, slot: Slot, cell: Cell, journal: &Journal) {
        let room = journal.room().max(self.noting.moved.len()).min(LONGEST);
        self.move_to(slot, cell, room);
    }

    /// Moves a journal to a place with so much room.
    fn move_to(&mut self, slot: Slot, cell: Cell, room: usize) {
        if let Some((other, place)) = self.cells.take(room)
            && let Some(place) = place.get_mut(..self.noting.moved.len())
        {
            place.copy_from_slice(&self.noting.moved);
            self.cells.give_back(cell);
            self.rests(slot.0, Rest::Noted(other));
        }
    }

    /// Has a conversation that is only noted followed for one packet: one that
    /// is not dull, but probably the last. It is noted nevertheless. Nothing
    /// happens to others.
    pub fn visit(
        &mut self,
        slot: Slot,
        source_second: bool,
        bytes: u32,
        step: &mut Step<'_>,
    ) -> Option<()> {
        let record = self.records.get(slot.0)?;
        let (Rest::Noted(cell), number) = (record.rest, record.number) else {
            return None;
        };
        let visitor = self.noting.visitor.take();
        let mut visitor = visitor.unwrap_or_else(|| Box::new(Entry::empty()));
        self.noting
            .catch_up(&mut visitor, number, self.cells.read(cell));
        self.noting.visitor = Some(visitor);
        self.note(slot, source_second, bytes, step, |_, _| true)?;
        let record = self.records.get_mut(slot.0)?;
        if let Rest::Noted(cell) = record.rest {
            record.rest = Rest::Visited(cell);
            self.noting.is_visited = true;
            self.noting.journals = self.noting.journals.saturating_sub(1);
        }
        Some(())
    }

    pub(super) fn end_visit(&mut self, slot: Slot) {
        self.noting.is_visited = false;
        if let Some(record) = self.records.get_mut(slot.0)
            && let Rest::Visited(cell) = record.rest
        {
            record.rest = Rest::Noted(cell);
            if let Some(visitor) = &self.noting.visitor {
                Journal::ruffle(self.cells.write(cell), visitor);
            }
        }
    }

    /// Takes out a conversation of which only a SYN was seen, and less than so
    /// many bytes; gives its number and what the SYN told.
    pub fn forget_lone_syn(&mut self, slot: Slot, least_bytes: u64) -> Option<(u64, First)> {
        let record = self.records.get(slot.0)?;
        let Rest::Noted(cell) = record.rest else {
            return None;
        };
        let (hash, number) = (record.hash, record.number);
        let first = Journal::lone_syn(self.cells.read(cell), least_bytes)?;
        self.forget(slot, hash);
        self.leave_journal(cell);
        self.cells.give_back(cell);
        Some((number, first))
    }

    /// The header stacks of what was noted.
    pub fn stacks(&mut self) -> &mut Stacks {
        &mut self.noting.stacks
    }
}
