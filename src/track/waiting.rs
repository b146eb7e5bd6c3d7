//! A table of what is waited for, with a time for each until which it is worth
//! the wait. Bounded: when it is full, what would have been given up first
//! makes room.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash};

use hashbrown::HashTable;

use super::hash::Folding;

/// The most entries of each table that a capture can fill.
pub(super) const MOST_ENTRIES: usize = 65_536;

/// What is waited for, by key.
#[derive(Debug)]
pub(super) struct Waiting<K, V> {
    /// With room for those to come where others were taken out.
    entries: Vec<Option<Entry<K, V>>>,
    /// Where there is room.
    free: Vec<u32>,
    /// Where the entries stand, by the hash of their key.
    places: HashTable<u32>,
    /// One element an entry, with its place, at its deadline or earlier:
    /// moving a deadline back leaves the element where it is until it comes to
    /// the top.
    queue: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// Entries ever made: orders those that are due at the same time.
    made: u64,
    most: usize,
}

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    value: V,
    deadline_ns: u64,
}

impl<K: Copy + Eq + Hash, V> Default for Waiting<K, V> {
    fn default() -> Self {
        Self::with_most(MOST_ENTRIES)
    }
}

impl<K: Copy + Eq + Hash, V> Waiting<K, V> {
    /// An empty table that never holds more than `most` entries (at least 1).
    pub(super) fn with_most(most: usize) -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            places: HashTable::new(),
            queue: BinaryHeap::new(),
            made: 0,
            most: most.max(1),
        }
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key)?;
        self.entry_mut(place).map(|entry| &mut entry.value)
    }

    /// The entry of this key, made if there is none, due at `deadline_ns` from
    /// now on. What had to make room is given back.
    pub(super) fn renew(
        &mut self,
        key: K,
        deadline_ns: u64,
        make: impl FnOnce() -> V,
    ) -> (&mut V, Option<(K, V)>) {
        let mut evicted = None;
        let place = match self.place(&key) {
            Some(place) => place,
            None => {
                if self.places.len() >= self.most {
                    evicted = self.pop_due(u64::MAX).map(|(key, value, _)| (key, value));
                }
                self.free_place(key)
            }
        };
        let is_new = matches!(self.entries.get(place as usize), Some(None));
        if is_new {
            self.made += 1;
            self.queue.push(Reverse((deadline_ns, self.made, place)));
        }
        // The place was found or made above.
        let entry = self.entries[place as usize].get_or_insert_with(|| Entry {
            key,
            value: make(),
            deadline_ns,
        });
        entry.deadline_ns = entry.deadline_ns.max(deadline_ns);
        (&mut entry.value, evicted)
    }

    /// Before this time nothing is due.
    pub(super) fn due_ns(&self) -> u64 {
        self.queue
            .peek()
            .map_or(u64::MAX, |Reverse((queued_ns, ..))| *queued_ns)
    }

    /// Takes the entry that is due first, if its time has come by `now_ns`,
    /// with its deadline.
    pub(super) fn pop_due(&mut self, now_ns: u64) -> Option<(K, V, u64)> {
        loop {
            let Reverse((queued_ns, made, place)) = *self.queue.peek()?;
            if queued_ns > now_ns {
                return None;
            }
            self.queue.pop();
            let deadline_ns = self.entry_mut(place)?.deadline_ns;
            if deadline_ns > queued_ns {
                self.queue.push(Reverse((deadline_ns, made, place)));
                continue;
            }
            return self.take(place);
        }
    }

    fn entry_mut(&mut self, place: u32) -> Option<&mut Entry<K, V>> {
        self.entries.get_mut(place as usize)?.as_mut()
    }

    fn place(&self, key: &K) -> Option<u32> {
        let is_it = |place: &u32| {
            let entry = self.entries.get(*place as usize).and_then(Option::as_ref);
            entry.is_some_and(|entry| entry.key == *key)
        };
        self.places.find(hash(key), is_it).copied()
    }

    /// Room for an entry of this key, which is found there from now on.
    fn free_place(&mut self, key: K) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        let entries = &self.entries;
        let rehash = |place: &u32| {
            let entry = entries.get(*place as usize).and_then(Option::as_ref);
            entry.map_or(0, |entry| hash(&entry.key))
        };
        self.places.insert_unique(hash(&key), place, rehash);
        place
    }

    fn take(&mut self, place: u32) -> Option<(K, V, u64)> {
        let entry = self.entries.get_mut(place as usize)?.take()?;
        let found = self.places.find_entry(hash(&entry.key), |at| *at == place);
        if let Ok(found) = found {
            found.remove();
        }
        self.free.push(place);
        Some((entry.key, entry.value, entry.deadline_ns))
    }
}

fn hash(key: &impl Hash) -> u64 {
    BuildHasherDefault::<Folding>::default().hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_when_they_are_due() {
        let mut waiting = Waiting::default();
        waiting.renew(1, 100, || 'a');
        waiting.renew(2, 50, || 'b');
        assert_eq!(waiting.due_ns(), 50);
        assert_eq!(waiting.pop_due(49), None);
        assert_eq!(waiting.pop_due(100), Some((2, 'b', 50)));
        assert_eq!(waiting.pop_due(100), Some((1, 'a', 100)));
        assert_eq!(waiting.pop_due(u64::MAX), None);
        assert_eq!(waiting.due_ns(), u64::MAX);
    }

    #[test]
    fn a_renewed_entry_waits_longer_and_keeps_its_value() {
        let mut waiting = Waiting::default();
        waiting.renew(1, 100, || 'a');
        let (value, _) = waiting.renew(1, 200, || 'z');
        assert_eq!(*value, 'a');
        assert_eq!(waiting.pop_due(199), None);
        assert_eq!(waiting.pop_due(200), Some((1, 'a', 200)));
    }

    #[test]
    fn a_full_table_gives_up_what_is_due_first() {
        let mut waiting = Waiting::with_most(2);
        waiting.renew(1, 100, || 'a');
        waiting.renew(2, 50, || 'b');
        waiting.renew(2, 150, || 'b');
        let (_, evicted) = waiting.renew(3, 300, || 'c');
        assert_eq!(evicted, Some((1, 'a')));
        assert_eq!(waiting.queue.len(), 2);
    }

    #[test]
    fn places_are_used_again() {
        let mut waiting = Waiting::default();
        for round in 0..50_u64 {
            for key in 0..100_u64 {
                waiting.renew((round, key), round, || key);
            }
            for key in 0..100 {
                assert_eq!(waiting.get_mut(&(round, key)), Some(&mut { key }));
                assert_eq!(waiting.pop_due(round), Some(((round, key), key, round)));
                assert_eq!(waiting.get_mut(&(round, key)), None);
            }
        }
        assert_eq!(waiting.entries.len(), 100);
        assert!(waiting.places.is_empty());
    }

    #[test]
    fn entries_due_at_the_same_time_come_in_the_order_they_were_made() {
        let mut waiting = Waiting::default();
        for key in [9, 3, 7] {
            waiting.renew(key, 10, || ());
        }
        let keys: Vec<_> = std::iter::from_fn(|| waiting.pop_due(10)).collect();
        assert_eq!(keys, [(9, (), 10), (3, (), 10), (7, (), 10)]);
    }
}
