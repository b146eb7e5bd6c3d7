//! When conversations end that nothing ends: by silence, some time after they
//! were closed, or because there are too many.

use std::collections::{BinaryHeap, VecDeque};

use super::{AHEAD, OPEN_AT_MOST, Slot, Table};

/// A conversation without TCP ends after this much silence.
const SILENCE_NS: u64 = 60_000_000_000;

/// How long a closed TCP connection is kept for stragglers,
const STRAGGLERS_NS: u64 = 120_000_000_000;

/// and how many of them at the most: as many as a host has ephemeral ports
/// (Linux: 28,232). Beyond it the first closed are ended.
const STRAGGLERS_AT_MOST: usize = 28_672;

/// So many of the oldest are looked for together.
const OLDEST: usize = 16_384;

/// A conversation that may end at a time; its number's lower half, to be sure
/// that the place was not taken by another.
#[derive(Clone, Copy, Debug)]
struct Due {
    time_ns: u64,
    place: u32,
    number: u32,
}

impl Due {
    fn slot(&self) -> Slot {
        Slot(self.place)
    }
}

/// Such conversations, the first first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    all: VecDeque<Due>,
    /// How many of the first were looked at ahead.
    seen: usize,
}

impl Queue {
    fn add(&mut self, time_ns: u64, slot: Slot, number: u64) {
        self.all.push_back(Due {
            time_ns,
            place: slot.0,
            number: number as u32,
        });
    }

    /// When the first is due.
    fn due_ns(&self) -> u64 {
        self.all.front().map_or(u64::MAX, |due| due.time_ns)
    }

    fn remove_first(&mut self) -> Option<Due> {
        self.seen = self.seen.saturating_sub(1);
        self.all.pop_front()
    }

    /// Those that will be due next.
    fn next(&self) -> impl Iterator<Item = Slot> {
        self.all.iter().take(AHEAD).map(Due::slot)
    }
}

impl Table {
    /// A conversation without TCP begins.
    pub(super) fn add_silent(&mut self, now_ns: u64, slot: Slot, number: u64) {
        let time_ns = now_ns.saturating_add(SILENCE_NS);
        self.due_ns = self.due_ns.min(time_ns);
        self.silent.add(time_ns, slot, number);
    }

    /// A TCP connection is closed.
    pub(super) fn add_closed(&mut self, now_ns: u64, slot: Slot, number: u64) {
        let time_ns = now_ns.saturating_add(STRAGGLERS_NS);
        self.due_ns = self.due_ns.min(time_ns);
        self.closed.add(time_ns, slot, number);
    }

    /// Whether a conversation that was due is still there.
    fn is_there(&self, due: &Due) -> bool {
        self.number(due.slot())
            .is_some_and(|number| number as u32 == due.number)
    }

    /// Whether a conversation may have ended by now.
    #[inline]
    pub fn may_expire(&self, now_ns: u64) -> bool {
        self.due_ns <= now_ns
            || self.closed.all.len() > STRAGGLERS_AT_MOST
            || self.records.open > OPEN_AT_MOST
    }

    /// A conversation that has ended by now, if there is one.
    pub fn expired(&mut self, now_ns: u64) -> Option<Slot> {
        if !self.may_expire(now_ns) {
            return None;
        }
        let mut expired = self.closed_long_ago(now_ns);
        if expired.is_none() {
            expired = self.silent_for_long(now_ns);
        }
        self.due_ns = self.closed.due_ns().min(self.silent.due_ns());
        expired.or_else(|| self.too_many())
    }

    fn closed_long_ago(&mut self, now_ns: u64) -> Option<Slot> {
        while self.closed.due_ns() <= now_ns || self.closed.all.len() > STRAGGLERS_AT_MOST {
            if self.closed.seen == 0 {
                self.look_at_ends(self.closed.next());
                self.closed.seen = AHEAD;
            }
            let due = self.closed.remove_first()?;
            if self.is_there(&due) {
                return Some(due.slot());
            }
        }
        None
    }

    fn silent_for_long(&mut self, now_ns: u64) -> Option<Slot> {
        // At the end of the clock nothing can grow older: it would be due for
        // ever.
        while self.silent.due_ns() <= now_ns.min(u64::MAX - 1) {
            let due = self.silent.remove_first()?;
            if !self.is_there(&due) {
                continue;
            }
            let Some(end_ns) = self.end_ns(due.slot()) else {
                continue;
            };
            if is_silent(end_ns, now_ns) {
                return Some(due.slot());
            }
            let time_ns = end_ns.saturating_add(SILENCE_NS);
            self.silent.all.push_back(Due { time_ns, ..due });
        }
        None
    }

    fn too_many(&mut self) -> Option<Slot> {
        if self.records.open <= OPEN_AT_MOST {
            return None;
        }
        loop {
            while let Some((number, place)) = self.oldest.pop() {
                if self.number(Slot(place)) == Some(number) {
                    self.evicted += 1;
                    return Some(Slot(place));
                }
            }
            self.oldest = self.find_oldest();
            if self.oldest.is_empty() {
                return None;
            }
        }
    }

    /// The conversations with the lowest numbers, these last.
    fn find_oldest(&self) -> Vec<(u64, u32)> {
        let mut oldest = BinaryHeap::with_capacity(OLDEST + 1);
        for one in self.records.open() {
            if oldest.len() < OLDEST {
                oldest.push(one);
            } else if let Some(mut latest) = oldest.peek_mut()
                && one < *latest
            {
                *latest = one;
            }
        }
        let mut oldest = oldest.into_sorted_vec();
        oldest.reverse();
        oldest
    }
}

/// Whether a conversation without TCP has ended by silence.
pub(in crate::track) fn is_silent(end_ns: u64, now_ns: u64) -> bool {
    now_ns.saturating_sub(end_ns) >= SILENCE_NS
}
