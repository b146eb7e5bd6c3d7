//! Where the entries of a table stand, by the hash of their key: 8 bytes each,
//! so that a look-up touches one line of the processor's cache before it comes
//! to the entry, and growing touches no entry.

/// Slots to begin with; a power of two, as all their numbers are.
const FIRST: usize = 16;

/// Places by hash, found at the hash's slot or behind it (linear probing); at
/// most two thirds of the slots are taken.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The hash's lower half, then the place plus 1; 0: free.
    slots: Vec<u64>,
    taken: usize,
}

impl Places {
    /// How many there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.taken
    }

    /// The place that stands where this hash is looked for first: probably the
    /// right one, if there is one.
    #[inline]
    pub fn likely(&self, hash: u64) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let slot = *self.slots.get(hash as usize & mask)?;
        (slot >> 32 == hash & LOWER && slot != 0).then(|| place(slot))
    }

    /// The place of this hash that is the right one.
    #[inline(always)]
    pub fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        match self.likely(hash) {
            Some(place) if is_it(place) => Some(place),
            _ => self.find_further(hash, is_it),
        }
    }

    #[inline(never)]
    fn find_further(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = *self.slots.get(at)?;
            if slot == 0 {
                return None;
            }
            let place = place(slot);
            if slot >> 32 == hash & LOWER && is_it(place) {
                return Some(place);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a place (less than 2 to the 32, minus 1) under a hash.
    pub fn insert(&mut self, hash: u64, place: u32) {
        if self.taken * 3 >= self.slots.len() * 2 {
            let more = (self.slots.len() * 2).max(FIRST);
            let before = std::mem::replace(&mut self.slots, vec![0; more]);
            for slot in before.into_iter().filter(|slot| *slot != 0) {
                self.put(slot);
            }
        }
        self.taken += 1;
        self.put((hash & LOWER) << 32 | (u64::from(place) + 1));
    }

    fn put(&mut self, slot: u64) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = home(slot) & mask;
        // A third of the slots is free, so this ends.
        while let Some(other) = self.slots.get_mut(at) {
            if *other == 0 {
                *other = slot;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Takes a place out that was added under this hash.
    pub fn remove(&mut self, hash: u64, place: u32) {
        let Some(mask) = self.slots.len().checked_sub(1) else {
            return;
        };
        let slot = (hash & LOWER) << 32 | (u64::from(place) + 1);
        let mut gap = home(slot) & mask;
        loop {
            match self.slots.get(gap) {
                Some(other) if *other == slot => break,
                Some(0) | None => return,
                Some(_) => gap = (gap + 1) & mask,
            }
        }
        self.taken -= 1;
        // What stands behind moves up, unless it would come before its home.
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let behind = self.slots.get(at).copied().unwrap_or(0);
            if behind == 0 {
                break;
            }
            let from_home = at.wrapping_sub(home(behind)) & mask;
            if from_home >= at.wrapping_sub(gap) & mask {
                self.set(gap, behind);
                gap = at;
            }
        }
        self.set(gap, 0);
    }

    fn set(&mut self, at: usize, slot: u64) {
        if let Some(old) = self.slots.get_mut(at) {
            *old = slot;
        }
    }
}

const LOWER: u64 = 0xffff_ffff;

fn home(slot: u64) -> usize {
    (slot >> 32) as usize
}

fn place(slot: u64) -> u32 {
    (slot & LOWER).wrapping_sub(1) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(
            steps in proptest::collection::vec((0..200_u64, any::<bool>()), 0..600),
            spread in prop_oneof![Just(1_u64), Just(0x1_0000_0001), Just(0), any::<u64>()],
        ) {
            let (mut places, mut map) = (Places::default(), HashMap::new());
            let hash = |key: u64| key.wrapping_mul(spread);
            for (key, adds) in &steps {
                if *adds {
                    if map.insert(*key, ()).is_none() {
                        places.insert(hash(*key), *key as u32);
                    }
                } else {
                    map.remove(key);
                    places.remove(hash(*key), *key as u32);
                }
                prop_assert_eq!(places.len(), map.len());
            }
            for key in 0..200 {
                let found = places.find(hash(key), |place| u64::from(place) == key);
                prop_assert_eq!(found.is_some(), map.contains_key(&key));
            }
        }
    }
}
