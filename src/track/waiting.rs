//! A table of what is waited for, with a time for each until which it is worth
//! the wait. Bounded: when it is full, what has got its answer makes room, and
//! without any such, what would have been given up first.

use std::hash::Hash;

use super::deadlines::Deadlines;
use super::hash::Map;

/// The most entries of each table that a capture can fill.
pub(super) const MOST_ENTRIES: usize = 65_536;

/// What is waited for, by key.
#[derive(Debug)]
pub(super) struct Waiting<K, V> {
    timed: Timed<Held<K, V>>,
    /// Where the entries stand.
    places: Map<K, u32>,
    /// Those that were settled, by their deadlines or earlier; each once.
    settled: Deadlines<u32>,
    most: usize,
}

/// An entry.
#[derive(Debug)]
struct Held<K, V> {
    key: K,
    value: V,
    /// It is not waited for any more.
    settled: bool,
    /// Its place stands among those that were settled.
    queued: bool,
}

impl<K, V> Held<K, V> {
    fn new(key: K, value: V) -> Self {
        Self {
            key,
            value,
            settled: false,
            queued: false,
        }
    }
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
            timed: Timed::default(),
            places: Map::default(),
            settled: Deadlines::default(),
            most: most.max(1),
        }
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nothing is waited for.
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = *self.places.get(key)?;
        self.timed.get_mut(place).map(|held| &mut held.value)
    }

    /// The entry of this key has got what it waits for: until it is renewed, it
    /// makes room before all that have not.
    pub(super) fn settle(&mut self, key: &K) {
        let Some(place) = self.places.get(key) else {
            return;
        };
        let deadline_ns = self.timed.deadline_ns(*place);
        if let Some(held) = self.timed.get_mut(*place) {
            held.settled = true;
            if !std::mem::replace(&mut held.queued, true) {
                self.settled.push(deadline_ns, *place);
            }
        }
    }

    /// The entry of this key, made if there is none, due at `deadline_ns` from
    /// now on. Where there are too many, what was settled, or else what is due
    /// first, makes room, and is given too, with its deadline.
    pub(super) fn renew(
        &mut self,
        key: K,
        deadline_ns: u64,
        make: impl FnOnce() -> V,
    ) -> (&mut V, Option<(K, V, u64)>) {
        let mut displaced = None;
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => {
                let place = match self.take_settled() {
                    Some(place) => {
                        let taken = self.timed.vacate(place);
                        displaced = taken.map(|taken| self.forget(taken));
                        place
                    }
                    None => {
                        if self.timed.len() >= self.most {
                            displaced = self.pop_due(u64::MAX);
                        }
                        self.timed.reserve(deadline_ns)
                    }
                };
                self.places.insert(key, place);
                place
            }
        };
        let held = self
            .timed
            .renew(place, deadline_ns, || Held::new(key, make()));
        held.settled = false;
        (&mut held.value, displaced)
    }

    /// Where the first of those stands that are settled, if the table is full:
    /// it is none of them any more.
    fn take_settled(&mut self) -> Option<u32> {
        if self.timed.len() < self.most {
            return None;
        }
        while let Some((_, place)) = self.settled.pop_due(u64::MAX) {
            let held = self.timed.get_mut(place)?;
            held.queued = false;
            if held.settled {
                return Some(place);
            }
        }
        None
    }

    /// What has waited since it was settled leaves that list at its time.
    fn expire_settled(&mut self, now_ns: u64) {
        while let Some((_, place)) = self.settled.pop_due(now_ns) {
            let deadline_ns = self.timed.deadline_ns(place);
            if deadline_ns > now_ns {
                self.settled.push(deadline_ns, place);
            } else if let Some(held) = self.timed.get_mut(place) {
                held.queued = false;
            }
        }
    }

    fn forget(&mut self, taken: Taken<Held<K, V>>) -> (K, V, u64) {
        let Held { key, value, .. } = taken.value;
        self.places.remove(&key);
        (key, value, taken.deadline_ns)
    }

    /// Before this time nothing is due.
    pub(super) fn due_ns(&self) -> u64 {
        self.timed.due_ns()
    }

    /// Takes the entry that is due first, if its time has come by `now_ns`,
    /// with its deadline.
    pub(super) fn pop_due(&mut self, now_ns: u64) -> Option<(K, V, u64)> {
        self.expire_settled(now_ns);
        let taken = self.timed.pop_due(now_ns)?;
        Some(self.forget(taken))
    }
}

/// Entries with deadlines, each at a place of its own until it is taken out.
#[derive(Debug)]
pub(super) struct Timed<T> {
    /// With room for those to come where others were taken out.
    entries: Vec<Option<Entry<T>>>,
    /// Where there is room.
    free: Vec<u32>,
    /// One element an entry, at its deadline or earlier: moving a deadline back
    /// leaves the element where it is until it comes to the front.
    queue: Deadlines<Queued>,
    /// Entries ever made.
    made: u64,
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    deadline_ns: u64,
}

/// An entry that may be due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Queued {
    /// The entry's number: orders those that are due at the same time.
    made: u64,
    place: u32,
}

/// An entry that was taken out, and where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken<T> {
    pub place: u32,
    pub value: T,
    pub deadline_ns: u64,
}

impl<T> Default for Timed<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
            queue: Deadlines::default(),
            made: 0,
        }
    }
}

impl<T> Timed<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// A place for a new entry, due at this time; [`Self::renew`] puts it there.
    pub(super) fn reserve(&mut self, due_ns: u64) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        self.made += 1;
        let made = self.made;
        self.queue.push(due_ns, Queued { made, place });
        place
    }

    /// The entry at a place that was reserved, made if it is not there yet; due
    /// at `deadline_ns` from now on, or later as before.
    pub(super) fn renew(
        &mut self,
        place: u32,
        deadline_ns: u64,
        make: impl FnOnce() -> T,
    ) -> &mut T {
        let entry = self.entries[place as usize].get_or_insert_with(|| Entry {
            value: make(),
            deadline_ns,
        });
        entry.deadline_ns = entry.deadline_ns.max(deadline_ns);
        &mut entry.value
    }

    /// Takes the entry at a place out before its time. The place is another
    /// entry's, which [`Self::renew`] puts there next.
    fn vacate(&mut self, place: u32) -> Option<Taken<T>> {
        let entry = self.entries.get_mut(place as usize)?.take()?;
        Some(Taken {
            place,
            value: entry.value,
            deadline_ns: entry.deadline_ns,
        })
    }

    /// When the entry at a place is due; at the beginning of time where there is
    /// none.
    fn deadline_ns(&self, place: u32) -> u64 {
        let entry = self.entries.get(place as usize).and_then(Option::as_ref);
        entry.map_or(0, |entry| entry.deadline_ns)
    }

    /// The entry at a place, to be changed.
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        let entry = self.entries.get_mut(place as usize)?.as_mut()?;
        Some(&mut entry.value)
    }

    /// Before this time nothing is due.
    pub(super) fn due_ns(&self) -> u64 {
        self.queue.due_ns()
    }

    /// Takes the entry that is due first, if its time has come by `now_ns`.
    pub(super) fn pop_due(&mut self, now_ns: u64) -> Option<Taken<T>> {
        loop {
            let (due_ns, first) = self.queue.pop_due(now_ns)?;
            let room = self.entries.get_mut(first.place as usize)?;
            let deadline_ns = room.as_ref()?.deadline_ns;
            if deadline_ns > due_ns {
                self.queue.push(deadline_ns, first);
                continue;
            }
            self.free.push(first.place);
            return room.take().map(|entry| Taken {
                place: first.place,
                value: entry.value,
                deadline_ns,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        assert_eq!(waiting.renew(1, 200, || 'z'), (&mut 'a', None));
        assert_eq!(waiting.pop_due(199), None);
        assert_eq!(waiting.pop_due(200), Some((1, 'a', 200)));
    }

    #[test]
    fn a_full_table_gives_up_what_is_due_first() {
        let mut waiting = Waiting::with_most(2);
        waiting.renew(1, 100, || 'a');
        waiting.renew(2, 50, || 'b');
        waiting.renew(2, 150, || 'b');
        let (_, displaced) = waiting.renew(3, 300, || 'c');
        assert_eq!(displaced, Some((1, 'a', 100)));
        assert_eq!(waiting.get_mut(&1), None);
        assert_eq!(waiting.timed.len(), 2);
        assert_eq!(waiting.renew(2, 150, || 'z'), (&mut 'b', None));
        assert_eq!(waiting.renew(4, 400, || 'd').1, Some((2, 'b', 150)));
    }

    #[test]
    fn what_is_settled_makes_room_before_all_that_waits() {
        let mut waiting = Waiting::with_most(3);
        for (key, deadline_ns) in [(1, 100), (2, 200), (3, 300)] {
            waiting.renew(key, deadline_ns, || key);
        }
        waiting.settle(&3);
        waiting.settle(&2);
        waiting.settle(&2);
        // It waits again.
        waiting.renew(2, 250, || 0);
        assert_eq!(waiting.renew(4, 400, || 4).1, Some((3, 3, 300)));
        assert_eq!(waiting.renew(5, 500, || 5).1, Some((1, 1, 100)));
        waiting.settle(&4);
        assert_eq!(waiting.renew(6, 600, || 6).1, Some((4, 4, 400)));
        let mut left = Vec::new();
        while let Some((key, _, deadline_ns)) = waiting.pop_due(u64::MAX) {
            left.push((key, deadline_ns));
        }
        assert_eq!(left, [(2, 250), (5, 500), (6, 600)]);
        assert_eq!((waiting.places.len(), waiting.settled.len()), (0, 0));
    }

    #[test]
    fn settling_at_any_rate_takes_no_more_room() {
        let mut waiting = Waiting::with_most(10);
        for key in 0..10_000_u64 {
            waiting.renew(key, key / 5_000, || ());
            waiting.settle(&key);
            waiting.renew(key, key / 5_000, || ());
            waiting.settle(&key);
            if key % 100 == 0 {
                waiting.pop_due(key / 5_000);
            }
            assert!(waiting.settled.len() <= 10 && waiting.timed.queue.len() <= 10);
        }
        assert!(waiting.timed.entries.len() <= 10);
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
        assert_eq!(waiting.timed.entries.len(), 100);
        assert_eq!(waiting.places.len(), 0);
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

    proptest! {
        #[test]
        fn they_come_by_deadline_and_then_as_they_were_made(
            renewals in proptest::collection::vec((0..30_u64, 0..100_u64, any::<bool>()), 0..200),
        ) {
            let mut waiting = Waiting::default();
            // Key, deadline, number.
            let mut list: Vec<(u64, u64, usize)> = Vec::new();
            for (made, (key, deadline_ns, pops)) in renewals.into_iter().enumerate() {
                waiting.renew(key, deadline_ns, || ());
                match list.iter_mut().find(|(known, ..)| *known == key) {
                    Some((_, known_ns, _)) => *known_ns = deadline_ns.max(*known_ns),
                    None => list.push((key, deadline_ns, made)),
                }
                if pops {
                    list.sort_by_key(|(_, deadline_ns, made)| (*deadline_ns, *made));
                    let due = list.first().copied().filter(|(_, deadline_ns, _)| *deadline_ns <= 50);
                    let taken = waiting.pop_due(50);
                    let taken = taken.map(|(key, (), deadline_ns)| (key, deadline_ns));
                    prop_assert_eq!(taken, due.map(|(key, deadline_ns, _)| (key, deadline_ns)));
                    if due.is_some() {
                        list.remove(0);
                    }
                }
            }
            prop_assert_eq!(waiting.places.len(), list.len());
        }
    }
}
