//! A few counts of every IPv4 host, for what is counted of every packet: one
//! look-up touches one line of the processor's cache, seldom two.

/// The counts of one host.
pub(super) type Counts = [u32; 4];

/// One host; none, where the address is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    address: u32,
    counts: Counts,
}

/// The counts by host, found by the address's hash or behind it (linear
/// probing); at most half of the slots are taken.
#[derive(Debug, Default)]
pub(super) struct HostCounts {
    slots: Vec<Slot>,
    taken: usize,
}

/// Slots to begin with; a power of two, as all their numbers are.
const FIRST: usize = 64;

impl HostCounts {
    /// How many hosts there are.
    pub fn len(&self) -> usize {
        self.taken
    }

    /// The counts of a host, if there are any. `0.0.0.0` is no host.
    pub fn get(&self, address: u32) -> Option<&Counts> {
        let slot = self.slots.get(self.place(address)?)?;
        (slot.address == address && address != 0).then_some(&slot.counts)
    }

    /// The same, made if need be and there are fewer than `most` hosts.
    #[inline]
    pub fn get_or_make(&mut self, address: u32, most: usize) -> Option<&mut Counts> {
        let mut place = self.place(address);
        let at = |place: usize| self.slots.get(place).map(|slot| slot.address);
        if address == 0 {
            return None;
        }
        if place.and_then(at) != Some(address) {
            if self.taken >= most {
                return None;
            }
            place = self.make(address);
        }
        self.slots.get_mut(place?).map(|slot| &mut slot.counts)
    }

    /// Where a host stands, or would; `None` while there are no slots.
    #[inline]
    fn place(&self, address: u32) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        // The upper half of the product depends on every bit of the address.
        let hash = u64::from(address).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mut place = hash as usize & mask;
        // Half of the slots are free, so this ends.
        while let Some(slot) = self.slots.get(place) {
            if slot.address == address || slot.address == 0 {
                break;
            }
            place = (place + 1) & mask;
        }
        Some(place)
    }

    #[cold]
    fn make(&mut self, address: u32) -> Option<usize> {
        if self.taken * 2 >= self.slots.len() {
            let more = (self.slots.len() * 2).max(FIRST);
            let before = std::mem::replace(&mut self.slots, vec![Slot::default(); more]);
            for slot in before.into_iter().filter(|slot| slot.address != 0) {
                let place = self.place(slot.address)?;
                *self.slots.get_mut(place)? = slot;
            }
        }
        let place = self.place(address)?;
        self.slots.get_mut(place)?.address = address;
        self.taken += 1;
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_counts_what_a_map_counts(
            hosts in proptest::collection::vec(prop_oneof![0..300_u32, any::<u32>()], 0..2000),
            most in 1..400_usize,
        ) {
            let (mut counts, mut map) = (HostCounts::default(), HashMap::new());
            for host in &hosts {
                let known = map.len();
                let expected = match map.get_mut(host) {
                    Some(count) => Some(count),
                    None if *host == 0 || known >= most => None,
                    None => Some(map.entry(*host).or_insert(0)),
                };
                let found = counts.get_or_make(*host, most);
                prop_assert_eq!(found.is_some(), expected.is_some());
                if let (Some(found), Some(expected)) = (found, expected) {
                    found[1] += 1;
                    *expected += 1;
                    prop_assert_eq!(found[1], *expected);
                }
            }
            prop_assert_eq!(counts.len(), map.len());
            for host in hosts {
                let found = counts.get(host).map(|counts| counts[1]);
                prop_assert_eq!(found, map.get(&host).copied());
            }
        }
    }
}
