//! How many different values there are among many, in bounded memory: exact as
//! long as they are few, then a sample that halves whenever it is full
//! (Wegman's adaptive sampling; Flajolet, Computing 43, 1990).

use std::hash::{BuildHasher, BuildHasherDefault, Hash};

use rustc_hash::FxHasher;

use super::hash::{MIX, mix};

/// Values that are kept at the most. The count is exact up to here, and about
/// 0.7 % off beyond.
const AT_MOST: u32 = 32_768;

/// Slots to begin with, which are looked through from the first to the last,
/// and all taken; a power of two, as all their numbers are.
const FEW: usize = 8;

/// A value, small: IPv4 addresses, hashes of others.
pub(super) trait Value: Copy + Default + Eq + Hash + Into<u64> {}

impl Value for u32 {}
impl Value for u64 {}

/// A count of different values. `SOON` of them wait within, so that the memory
/// of the others is seldom asked for, and then for several together.
#[derive(Clone, Debug)]
pub(super) struct Distinct<T, const SOON: usize> {
    /// Not counted yet.
    soon: [T; SOON],
    waiting: u8,
    /// The values of the sample, each at its hash's slot or behind it; the
    /// default one marks free slots.
    slots: Box<[T]>,
    /// How many are in the slots.
    taken: u32,
    /// Each value is in the sample with a chance of 2 to minus this.
    halved: u8,
    /// Whether the default value is in the sample.
    has_default: bool,
}

impl<T: Value, const SOON: usize> Default for Distinct<T, SOON> {
    fn default() -> Self {
        Self {
            soon: [T::default(); SOON],
            waiting: 0,
            slots: Box::default(),
            taken: 0,
            halved: 0,
            has_default: false,
        }
    }
}

impl<T: Value, const SOON: usize> Distinct<T, SOON> {
    /// Counts a value, unless it was counted before.
    #[inline]
    pub fn add(&mut self, value: T) {
        if usize::from(self.waiting) == SOON {
            self.add_all();
        }
        if let Some(place) = self.soon.get_mut(usize::from(self.waiting)) {
            *place = value;
            self.waiting += 1;
        }
    }

    /// How many are not counted yet.
    #[inline]
    pub fn waiting(&self) -> u32 {
        self.waiting.into()
    }

    /// How many different values there were.
    pub fn count(&self) -> u64 {
        let mut all = self.clone();
        all.add_all();
        all.count_kept()
    }

    /// Counts those that wait: first it is looked which are new.
    fn add_all(&mut self) {
        let waiting = usize::from(std::mem::take(&mut self.waiting));
        let soon = self.soon;
        // Without a decision, for which the memory of each would have to be
        // waited for.
        let found = soon.map(|value| {
            let slot = self.slots.get(self.home(value));
            slot.copied().unwrap_or_default()
        });
        for (value, found) in soon.into_iter().zip(found).take(waiting) {
            let is_known = value == found && value != T::default();
            if !is_known && !self.has(value) {
                self.add_new(value);
            }
        }
    }

    /// Whether a value is in the sample, and not the default one.
    fn has(&self, value: T) -> bool {
        let slot = self.slots.get(self.place(value));
        slot.is_some_and(|slot| *slot == value && value != T::default())
    }

    fn count_kept(&self) -> u64 {
        let times = 1_u64.checked_shl(self.halved.into()).unwrap_or(u64::MAX);
        u64::from(self.kept()).saturating_mul(times)
    }

    fn kept(&self) -> u32 {
        self.taken + u32::from(self.has_default)
    }

    /// The first slot in which a value may stand, where there are many.
    #[inline]
    fn home(&self, value: T) -> usize {
        mix(value.into(), MIX[0]) as usize & self.slots.len().wrapping_sub(1)
    }

    /// Where a value stands, or would.
    #[inline]
    fn place(&self, value: T) -> usize {
        if self.slots.len() <= FEW {
            let mut slots = self.slots.iter();
            let found = slots.position(|slot| *slot == value || *slot == T::default());
            return found.unwrap_or(self.slots.len());
        }
        let mask = self.slots.len() - 1;
        let mut place = self.home(value);
        // A quarter of the slots is free, so this ends.
        while let Some(slot) = self.slots.get(place) {
            if *slot == value || *slot == T::default() {
                break;
            }
            place = (place + 1) & mask;
        }
        place
    }

    fn add_new(&mut self, value: T) {
        if !self.belongs(value) {
            return;
        }
        if value == T::default() {
            self.has_default = true;
        } else {
            if self.is_full() {
                self.rebuild(self.slots.len() * 2);
            }
            self.put(value);
        }
        while self.kept() > AT_MOST && u32::from(self.halved) < u64::BITS {
            self.halved += 1;
            self.has_default &= self.belongs(T::default());
            self.rebuild(self.slots.len());
        }
    }

    fn is_full(&self) -> bool {
        let taken = self.taken as usize;
        taken >= self.slots.len() || (taken >= FEW && taken * 4 >= self.slots.len() * 3)
    }

    /// Those that belong to the sample, in so many slots.
    fn rebuild(&mut self, slots: usize) {
        let slots = vec![T::default(); slots.max(FEW)];
        let before = std::mem::replace(&mut self.slots, slots.into());
        self.taken = 0;
        for value in before {
            if value != T::default() && self.belongs(value) {
                self.put(value);
            }
        }
    }

    fn put(&mut self, value: T) {
        let place = self.place(value);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = value;
            self.taken += 1;
        }
    }

    fn belongs(&self, value: T) -> bool {
        let hash = || spread(BuildHasherDefault::<FxHasher>::default().hash_one(value));
        self.halved == 0 || hash().trailing_zeros() >= u32::from(self.halved)
    }
}

/// Makes every bit of a hash depend on every other (the finaliser of
/// SplitMix64).
pub(super) fn spread(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn of(values: impl Iterator<Item = u64>) -> Distinct<u64, 3> {
        let mut distinct = Distinct::default();
        values.for_each(|value| distinct.add(value));
        distinct
    }

    #[test]
    fn few_are_counted_exactly_however_often_they_come() {
        for many in [0, 1, 1_000, u64::from(AT_MOST)] {
            assert_eq!(of((0..many).chain(0..many)).count(), many);
        }
    }

    #[test]
    fn many_are_estimated_closely_and_take_no_more_memory() {
        for many in [u64::from(AT_MOST) + 1, 100_000, 1_000_000] {
            let distinct = of(0..many);
            assert!(distinct.kept() <= AT_MOST);
            assert!(distinct.slots.len() <= 2 * AT_MOST as usize);
            let off = distinct.count().abs_diff(many) as f64 / many as f64;
            assert!(off < 0.03, "{many}: {off}");
        }
    }

    proptest! {
        #[test]
        fn it_counts_what_a_set_counts(
            values in proptest::collection::vec(prop_oneof![0..40_u32, any::<u32>()], 0..300),
        ) {
            let mut distinct = Distinct::<u32, 6>::default();
            for value in &values {
                distinct.add(*value);
            }
            let set: HashSet<u32> = values.into_iter().collect();
            prop_assert_eq!(distinct.count(), set.len() as u64);
        }
    }
}
