//! Conversations whose journals are folded: what the table does with them.

use super::noted::LOOKS_UNFOLDING;
use super::{Rest, Slot, Table};
use crate::track::cells::{Cell, Cells};
use crate::track::entry::Entry;
use crate::track::journal::Folded;
use crate::track::key::Key;

/// What is folded in the cell of these parts.
pub(super) fn read(cells: &Cells, origin_ns: Option<u64>, size: u8, index: u32) -> Option<Folded> {
    let cell = Cell::of_parts(size, index);
    Folded::read(cell, cells, origin_ns.unwrap_or_default())
}

impl Table {
    pub(super) fn folded(&self, size: u8, index: u32) -> Option<Folded> {
        read(&self.cells, self.origin_ns, size, index)
    }

    /// Folds the journal of a conversation that rests, if that is to be had.
    pub(super) fn fold(&mut self, slot: Slot) -> Option<()> {
        let record = self.records.get_mut(slot.0)?;
        let Rest::Noted(place) = record.rest else {
            return None;
        };
        let journal = self.noting.journals.get_mut(place)?;
        let origin_ns = self.origin_ns.unwrap_or_default();
        let (size, index) = journal.fold(&mut self.cells, origin_ns)?.parts();
        record.rest = Rest::Folded(size, index);
        self.noting.journals.take_out(place);
        self.noting.closed_one();
        Some(())
    }

    /// The place of the journal of a conversation that is only noted, which is
    /// unfolded if need be, and the conversation's number; `now_ns`: a packet
    /// is at hand.
    #[inline(always)]
    pub(super) fn journal_of(&mut self, slot: Slot, now_ns: u64) -> Option<(u32, u64)> {
        let record = self.records.get(slot.0)?;
        let place = match record.rest {
            Rest::Noted(place) => place,
            Rest::Folded(..) => return self.unfold(slot, now_ns),
            _ => return None,
        };
        Some((place, record.number))
    }

    #[cold]
    #[inline(never)]
    fn unfold(&mut self, slot: Slot, now_ns: u64) -> Option<(u32, u64)> {
        // Before it, or this one would be found to rest, or be moved.
        self.tidy_if_too_many(now_ns, LOOKS_UNFOLDING);
        let Rest::Folded(size, index) = self.records.get(slot.0)?.rest else {
            return None;
        };
        let mut journal = self.folded(size, index)?.unfold(&self.cells);
        journal.make_room(&mut self.cells);
        let place = self.noting.journals.add(journal);
        self.noting.opened_one();
        let record = self.records.get_mut(slot.0)?;
        record.rest = Rest::Noted(place);
        Some((place, record.number))
    }

    /// Frees the cell of a folded journal, with all that it has.
    pub(super) fn remove_folded(&mut self, size: u8, index: u32) {
        if let Some(folded) = self.folded(size, index) {
            self.noting.journals.forget_addresses(folded.journal());
        }
        self.cells.give_back(Cell::of_parts(size, index));
    }

    #[inline(never)]
    pub(super) fn has_folded_key(&self, size: u8, index: u32, key: &Key) -> bool {
        let folded = self.folded(size, index);
        folded.is_some_and(|folded| self.noting.journals.is_key_of(folded.journal(), key))
    }

    /// The time of the last packet in a folded journal.
    pub(super) fn folded_end_ns(&self, size: u8, index: u32) -> Option<u64> {
        let folded = self.folded(size, index)?;
        Some(folded.unfold(&self.cells).end_ns())
    }

    /// Follows what a folded journal has noted, to be looked at.
    pub(super) fn look_at_folded(&mut self, number: u64, size: u8, index: u32) -> Option<&Entry> {
        let folded = self.folded(size, index)?;
        let look = self
            .last_look
            .get_or_insert_with(|| Box::new(Entry::empty()));
        self.noting
            .catch_up_folded(look, number, &folded, &self.cells);
        Some(look)
    }
}
