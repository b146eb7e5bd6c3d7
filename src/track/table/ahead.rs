//! Looking at conversations before they are needed, at many of them together:
//! what is not in the processor's cache is waited for once, not for one after
//! the other. Nothing changes by it.

use super::{NONE, Rest, Slot, Table};
use crate::track::cells::Cell;

/// So many conversations are looked at together.
pub(in crate::track) const AHEAD: usize = 32;

impl Table {
    /// Looks at the conversations whose keys have these hashes.
    pub fn look_ahead(&self, hashes: &[u64; AHEAD]) {
        // Each pass needs what the one before it has brought. Without decisions
        // that would have to wait for it.
        let mut places = [NONE; AHEAD];
        for (hash, place) in hashes.iter().zip(&mut places) {
            *place = self.by_key.likely(*hash).unwrap_or(NONE);
        }
        let mut journals = [NONE; AHEAD];
        for (place, journal) in places.iter().zip(&mut journals) {
            if let Some(record) = self.records.get(*place)
                && let Rest::Noted(noted) = record.rest
            {
                *journal = noted;
            }
        }
        let mut seen = 0;
        for journal in journals {
            let Some(journal) = self.noting.journals.get(journal) else {
                continue;
            };
            let (front, next) = journal.glance();
            seen ^= front;
            if let Some((cell, at)) = next {
                let behind = self.cells.read(cell).get(at).copied();
                seen ^= u32::from(behind.unwrap_or_default());
            }
        }
        std::hint::black_box(seen);
    }

    /// Looks at some conversations, [`AHEAD`] at the most, that will end soon.
    pub fn look_at_ends(&self, slots: impl Iterator<Item = Slot>) {
        let mut rests = [(0, Rest::Free(NONE)); AHEAD];
        for (slot, one) in slots.zip(&mut rests) {
            if let Some(record) = self.records.get(slot.0) {
                *one = (record.hash, record.rest);
            }
        }
        let mut seen = 0;
        for (hash, rest) in rests {
            seen ^= match rest {
                Rest::Noted(journal) => {
                    let journal = self.noting.journals.get(journal);
                    journal.map_or(0, |journal| journal.glance().0)
                }
                Rest::Packed(size, index) => self
                    .cells
                    .read(Cell::of_parts(size, index))
                    .first()
                    .map_or(0, |byte| (*byte).into()),
                Rest::Folded(size, index) => self
                    .cells
                    .read(Cell::of_parts(size, index))
                    .last()
                    .map_or(0, |byte| (*byte).into()),
                _ => continue,
            };
            seen ^= self.by_key.likely(hash.into()).unwrap_or(0);
        }
        std::hint::black_box(seen);
    }
}
