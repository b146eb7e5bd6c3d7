//! The end of the capture: every conversation that is still open ends, in the
//! order of their numbers, whoever has followed it.

use std::iter;
use std::vec::IntoIter;

use arrayvec::ArrayVec;

use super::Tracker;
use super::sharing::{Known, Part};
use crate::track::Output;
use crate::track::table::{AHEAD, Numbered, Slot};

impl Tracker {
    /// Every packet was told, the last at this time. With each follower comes
    /// what it is to know yet.
    pub fn end_shared(&mut self, parts: Vec<(Part, Vec<Known>)>, now_ns: u64) {
        self.now_ns = self.now_ns.max(now_ns);
        for (part, known) in parts {
            let tracker = part.into_tracker(&known, self.now_ns);
            self.merging.followers.push(tracker);
        }
    }

    /// From now on conversations can only end.
    pub(super) fn close_down(&mut self) -> Ending {
        let mut open = vec![self.table.close_down()];
        for tracker in &mut self.merging.followers {
            tracker.listeners.ends_as(&self.listeners);
            open.push(tracker.table.close_down());
        }
        Ending::of(open)
    }

    /// Looks at conversations that are to end.
    pub(super) fn look_at_ends(&self, together: &[(usize, Slot)]) {
        let followers = self.merging.followers.iter();
        let tables = iter::once(&self.table).chain(followers.map(|tracker| &tracker.table));
        for (index, table) in tables.enumerate() {
            let its = together.iter().filter(|(of, _)| *of == index);
            table.look_at_ends(its.map(|(_, slot)| *slot));
        }
    }

    /// Ends a conversation at the end of the capture, here or at a follower's.
    pub(super) fn end_at_last(&mut self, of: usize, slot: Slot, output: &mut Output) {
        let follower = of.checked_sub(1);
        let follower = follower.and_then(|of| self.merging.followers.get_mut(of));
        let Some(follower) = follower else {
            return self.end(slot, output);
        };
        follower.end(slot, output);
        for soon in follower.syn_floods.hand_over() {
            self.syn_floods.take_over(soon);
        }
        for soon in follower.listeners.hand_over() {
            self.listeners.take_over(soon);
        }
    }

    /// Takes in what the followers know of the capture as a whole.
    pub(super) fn take_in_shares(&mut self) {
        for follower in &self.merging.followers {
            self.vantage.add_all(&follower.vantage);
            self.dropped.add_all(&follower.dropped);
        }
    }
}

/// The conversations that are open at the end of the capture, by number.
#[derive(Debug)]
pub(super) struct Ending {
    /// Those of the tracker, and of every follower.
    open: Vec<IntoIter<Numbered>>,
    /// The next of each.
    next: Vec<Numbered>,
}

impl Ending {
    fn of(open: Vec<Vec<Numbered>>) -> Self {
        let mut open: Vec<_> = open.into_iter().map(Vec::into_iter).collect();
        let first = |open: &mut IntoIter<Numbered>| open.next().unwrap_or(Numbered::NONE);
        Self {
            next: open.iter_mut().map(first).collect(),
            open,
        }
    }

    /// The next of them, [`AHEAD`] at the most: whose each is, and where it
    /// stands there.
    pub fn next(&mut self) -> ArrayVec<(usize, Slot), AHEAD> {
        let mut together = ArrayVec::new();
        while !together.is_full() {
            let next = self.next.iter_mut().zip(&mut self.open).enumerate();
            let first = next.min_by_key(|(_, (next, _))| **next);
            let Some((of, (next, open))) = first.filter(|(_, (next, _))| **next != Numbered::NONE)
            else {
                break;
            };
            together.push((of, next.slot()));
            *next = open.next().unwrap_or(Numbered::NONE);
        }
        together
    }

    pub fn is_over(&self) -> bool {
        self.next.iter().all(|next| *next == Numbered::NONE)
    }
}
