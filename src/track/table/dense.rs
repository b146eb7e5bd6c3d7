//! Where strings of conversations are scattered, they are moved together.

use super::{Rest, Table};
use crate::track::cells::Cell;

impl Table {
    /// Where strings are to be moved together, does that: no cell that was looked
    /// up before is good behind it.
    #[inline]
    pub(super) fn make_dense(&mut self) {
        if self.cells.are_sparse() {
            self.move_together();
        }
    }

    #[cold]
    #[inline(never)]
    fn move_together(&mut self) {
        let Self {
            records,
            cells,
            noting,
            ..
        } = self;
        cells.begin_clearing();
        for record in records.all.iter_mut() {
            match &mut record.rest {
                Rest::Packed(size, index) | Rest::Folded(size, index) => {
                    (*size, *index) = cells.moved_out(Cell::of_parts(*size, *index)).parts();
                }
                Rest::Noted(journal) | Rest::Visited(journal) => {
                    if let Some(journal) = noting.journals.get_mut(*journal) {
                        journal.move_out(cells);
                    }
                }
                Rest::Free(_) | Rest::Hot(_) | Rest::Large(_) => {}
            }
        }
    }
}
