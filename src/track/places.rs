//! Where the entries of a table stand, by the hash of their key: 8 bytes each,
//! eight of them in a line of the processor's cache, so that a look-up touches
//! one line before it comes to the entry, and growing touches no entry.

/// Slots of a line.
const SLOTS: usize = 8;

/// Lines to begin with; a power of two, as all their numbers are.
const FIRST: usize = 2;

/// One line of the cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Line {
    /// The hashes' lower halves,
    hashes: [u32; SLOTS],
    /// and the places, plus 1; 0: free.
    places: [u32; SLOTS],
}

/// Places by hash, found in the hash's line, or behind it where that is full;
/// at most three quarters of the slots are taken.
#[derive(Debug, Default)]
pub(super) struct Places {
    lines: Vec<Line>,
    taken: usize,
}

impl Line {
    /// The place plus 1 that stands under this hash; 0 where none does, and
    /// anything where several do. Without a decision: what stands where is not
    /// to be foreseen.
    #[inline]
    fn likely(&self, hash: u32) -> u32 {
        let mut place = 0;
        for (own, its) in self.hashes.iter().zip(&self.places) {
            place |= if *own == hash { *its } else { 0 };
        }
        place
    }

    /// Whether a place stands under this hash, plus 1.
    #[inline]
    fn has(&self, hash: u32, place: u32) -> bool {
        let mut found = false;
        for (own, its) in self.hashes.iter().zip(&self.places) {
            found |= (*own == hash) & (*its == place);
        }
        found
    }

    /// Every place under this hash.
    fn under(&self, hash: u32) -> impl Iterator<Item = u32> {
        let slots = self.hashes.into_iter().zip(self.places);
        let under = slots.filter(move |(own, its)| *own == hash && *its != 0);
        under.map(|(_, its)| its - 1)
    }

    fn slot(&self, is_it: impl Fn(u32, u32) -> bool) -> Option<usize> {
        let mut slots = self.hashes.iter().zip(&self.places);
        slots.position(|(hash, place)| is_it(*hash, *place))
    }

    #[inline]
    fn is_full(&self) -> bool {
        let taken = self.places.map(|place| place != 0);
        taken.into_iter().fold(true, |all, one| all & one)
    }

    fn set(&mut self, slot: usize, hash: u32, place: u32) {
        if let (Some(own), Some(its)) = (self.hashes.get_mut(slot), self.places.get_mut(slot)) {
            (*own, *its) = (hash, place);
        }
    }
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
        self.line(hash)?.likely(hash as u32).checked_sub(1)
    }

    /// The line where a hash is looked for first.
    #[inline]
    fn line(&self, hash: u64) -> Option<&Line> {
        let mask = self.lines.len().checked_sub(1)?;
        self.lines.get(hash as usize & mask)
    }

    /// The place of this hash that is the right one. What is asked may be asked
    /// of a place that is not here, where several stand under one hash.
    #[inline(always)]
    pub fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let line = self.line(hash)?;
        match line.likely(hash as u32) {
            0 if !line.is_full() => None,
            place if place != 0 && is_it(place - 1) && line.has(hash as u32, place) => {
                Some(place - 1)
            }
            _ => self.find_further(hash, is_it),
        }
    }

    #[inline(never)]
    fn find_further(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.lines.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let line = self.lines.get(at)?;
            if line.likely(hash as u32) != 0
                && let Some(found) = line.under(hash as u32).find(|place| is_it(*place))
            {
                return Some(found);
            }
            if !line.is_full() {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a place (less than 2 to the 32, minus 1) under a hash.
    pub fn insert(&mut self, hash: u64, place: u32) {
        if (self.taken + 1) * 4 > self.lines.len() * SLOTS * 3 {
            let more = (self.lines.len() * 2).max(FIRST);
            let before = std::mem::replace(&mut self.lines, vec![Line::default(); more]);
            for line in before {
                for (hash, place) in line.hashes.into_iter().zip(line.places) {
                    if place != 0 {
                        self.put(hash, place);
                    }
                }
            }
        }
        self.taken += 1;
        self.put(hash as u32, place + 1);
    }

    fn put(&mut self, hash: u32, place: u32) {
        let mask = self.lines.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        // A quarter of the slots is free, so this ends.
        while let Some(line) = self.lines.get_mut(at) {
            if let Some(free) = line.slot(|_, place| place == 0) {
                return line.set(free, hash, place);
            }
            at = (at + 1) & mask;
        }
    }

    /// Takes a place out that was added under this hash.
    pub fn remove(&mut self, hash: u64, place: u32) {
        let Some(mask) = self.lines.len().checked_sub(1) else {
            return;
        };
        let wanted = (hash as u32, place + 1);
        let mut at = hash as usize & mask;
        while let Some(line) = self.lines.get_mut(at) {
            let was_full = line.is_full();
            if let Some(slot) = line.slot(|hash, place| (hash, place) == wanted) {
                line.set(slot, 0, 0);
                self.taken -= 1;
                if was_full {
                    self.fill(at, slot);
                }
                return;
            }
            if !was_full {
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Fills the gap in a line that was full: what stands behind it moves up,
    /// unless it would come before its home.
    #[cold]
    fn fill(&mut self, mut gap: usize, mut slot: usize) {
        let mask = self.lines.len().wrapping_sub(1);
        let mut at = gap;
        loop {
            at = (at + 1) & mask;
            let Some(line) = self.lines.get_mut(at) else {
                return;
            };
            let was_full = line.is_full();
            let may_move = |hash: u32, place: u32| {
                let from_home = at.wrapping_sub(hash as usize) & mask;
                place != 0 && from_home >= at.wrapping_sub(gap) & mask
            };
            if let Some(moved) = line.slot(may_move) {
                let (hash, place) = (line.hashes[moved], line.places[moved]);
                line.set(moved, 0, 0);
                if let Some(line) = self.lines.get_mut(gap) {
                    line.set(slot, hash, place);
                }
                (gap, slot) = (at, moved);
            }
            if !was_full {
                return;
            }
        }
    }
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
