//! A table of what is waited for, with a time for each until which it is worth
//! the wait. Bounded: when it is full, what would have been given up first
//! makes room.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;

use super::hash::Map;

/// The most entries of each table that a capture can fill.
pub(super) const MOST_ENTRIES: usize = 65_536;

/// What is waited for, by key.
#[derive(Debug)]
pub(super) struct Waiting<K, V> {
    entries: Map<K, Entry<V>>,
    /// One element an entry, at its deadline or earlier: moving a deadline
    /// back leaves the element where it is until it comes to the top.
    queue: BinaryHeap<Reverse<(u64, u64, K)>>,
    /// Entries ever made: orders those that are due at the same time.
    made: u64,
    most: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    deadline_ns: u64,
}

impl<K, V> Default for Waiting<K, V>
where
    K: Copy + Eq + Hash + Ord,
{
    fn default() -> Self {
        Self::with_most(MOST_ENTRIES)
    }
}

impl<K, V> Waiting<K, V>
where
    K: Copy + Eq + Hash + Ord,
{
    /// An empty table that never holds more than `most` entries (at least 1).
    pub(super) fn with_most(most: usize) -> Self {
        Self {
            entries: Map::default(),
            queue: BinaryHeap::new(),
            made: 0,
            most: most.max(1),
        }
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|entry| &mut entry.value)
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
        if !self.entries.contains_key(&key) {
            if self.entries.len() >= self.most {
                evicted = self.pop_due(u64::MAX).map(|(key, value, _)| (key, value));
            }
            self.made += 1;
            self.queue.push(Reverse((deadline_ns, self.made, key)));
        }
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
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
            let Reverse((queued_ns, made, key)) = *self.queue.peek()?;
            if queued_ns > now_ns {
                return None;
            }
            self.queue.pop();
            let deadline_ns = match self.entries.get(&key) {
                Some(entry) => entry.deadline_ns,
                None => continue,
            };
            if deadline_ns > queued_ns {
                self.queue.push(Reverse((deadline_ns, made, key)));
                continue;
            }
            let entry = self.entries.remove(&key)?;
            return Some((key, entry.value, entry.deadline_ns));
        }
    }
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
    fn entries_due_at_the_same_time_come_in_the_order_they_were_made() {
        let mut waiting = Waiting::default();
        for key in [9, 3, 7] {
            waiting.renew(key, 10, || ());
        }
        let keys: Vec<_> = std::iter::from_fn(|| waiting.pop_due(10)).collect();
        assert_eq!(keys, [(9, (), 10), (3, (), 10), (7, (), 10)]);
    }
}
