//! A few counts of every host, for what is counted of every packet: one
//! look-up touches one line of the processor's cache, and very many hosts fit
//! in the cache.

use super::hash::{MIX, Map, mix};

/// Hosts that are looked up together, a bit each.
pub(super) const TOGETHER: usize = u32::BITS as usize;

/// The counts of one host.
pub(super) type Counts = [u32; 4];

/// A host's address.
pub(super) trait Host: Copy + Default + Eq + std::hash::Hash {
    /// No host's address (0), kept apart: it marks free slots.
    const NOBODY: Self;

    /// Depends on every bit of it.
    fn spread(self) -> usize;
}

/// IPv4.
impl Host for u32 {
    const NOBODY: Self = 0;

    #[inline]
    fn spread(self) -> usize {
        // The upper half of the product depends on every bit.
        (u64::from(self).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
    }
}

/// IPv6.
impl Host for [u32; 4] {
    const NOBODY: Self = [0; 4];

    #[inline]
    fn spread(self) -> usize {
        let [a, b, c, d] = self;
        let upper = u64::from(a) << 32 | u64::from(b);
        let lower = u64::from(c) << 32 | u64::from(d);
        mix(mix(upper, MIX[0]) ^ lower, MIX[2]) as usize
    }
}

/// Adds one to some of the counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steps(u32);

impl Steps {
    /// One to the count at this place.
    #[inline]
    pub const fn of(place: usize) -> Self {
        Self(1 << (8 * (place & 3)))
    }

    /// And these; no count twice.
    #[inline]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one more of each can be added, and [`HostCounts`] take them all
    /// at once.
    #[inline]
    pub const fn has_room(self) -> bool {
        self.0 & FULL >> 1 == 0
    }

    /// These and those: no more than there is room for.
    #[inline]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

/// A host, and what is to be counted of it at a packet of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sender<H> {
    pub host: H,
    pub steps: Steps,
    pub index: u32,
}

/// Where a count of [`Slot::latest`] has come so far that it must be moved.
const FULL: u32 = 0x8080_8080;

/// One host.
#[derive(Clone, Copy, Debug, Default)]
struct Slot<H> {
    host: H,
    /// What was counted since it was last moved: 8 bits a count.
    latest: u32,
}

/// The counts by host, found by the address's hash or behind it (linear
/// probing); at most half of the slots are taken.
#[derive(Debug)]
pub(super) struct HostCounts<H> {
    slots: Vec<Slot<H>>,
    /// What was moved out of the slots, now and then.
    moved: Map<H, Counts>,
    /// Of [`Host::NOBODY`], if it was seen: it has no slot.
    nobody: Option<Counts>,
    taken: usize,
}

impl<H> Default for HostCounts<H> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            moved: Map::default(),
            nobody: None,
            taken: 0,
        }
    }
}

/// Slots to begin with; a power of two, as all their numbers are.
const FIRST: usize = 64;

impl<H: Host> HostCounts<H> {
    /// How many hosts there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.taken + usize::from(self.nobody.is_some())
    }

    /// The counts of a host; nothing where it was never seen.
    pub fn get(&self, host: H) -> Counts {
        if host == H::NOBODY {
            return self.nobody.unwrap_or_default();
        }
        let mut counts = self.moved.get(&host).copied().unwrap_or_default();
        let slot = self.place(host).and_then(|place| self.slots.get(place));
        if let Some(slot) = slot.filter(|slot| slot.host == host) {
            add(&mut counts, slot.latest);
        }
        counts
    }

    /// Counts a host, which is new if need be and there are fewer than `most`;
    /// gives whether there is room for it.
    #[inline]
    pub fn count(&mut self, host: H, steps: Steps, most: usize) -> bool {
        let place = self.place(host).unwrap_or_default();
        let slot = self.slots.get(place);
        let is_there = slot.is_some_and(|slot| slot.host == host) && host != H::NOBODY;
        if is_there {
            self.step(place, host, steps);
        }
        is_there || self.first(host, steps, most)
    }

    /// Counts a host, which has this place.
    #[inline]
    fn step(&mut self, place: usize, host: H, steps: Steps) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.latest += steps.0;
            if slot.latest & FULL != 0 {
                let latest = std::mem::take(&mut slot.latest);
                self.make_room(host, latest);
            }
        }
    }

    /// The same for many, [`TOGETHER`] at the most: their slots are looked at
    /// first, so that the processor need not wait for one after the other.
    pub fn count_together(&mut self, senders: &[Sender<H>], most: usize) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut places = [0; TOGETHER];
        let mut missing = 0_u32;
        for (number, (sender, place)) in senders.iter().zip(&mut places).enumerate() {
            *place = sender.host.spread() & mask;
            let slot = self.slots.get(*place);
            let found = slot.map_or(H::NOBODY, |slot| slot.host);
            // Without a decision, for which memory would have to be waited for.
            let is_missing = (found != sender.host) | (sender.host == H::NOBODY);
            missing |= u32::from(is_missing) << number;
        }
        for (number, (sender, place)) in senders.iter().zip(places).enumerate() {
            if missing >> number & 1 == 0 {
                self.step(place, sender.host, sender.steps);
            }
        }
        while missing != 0 {
            if let Some(sender) = senders.get(missing.trailing_zeros() as usize) {
                self.count(sender.host, sender.steps, most);
            }
            missing &= missing - 1;
        }
    }

    #[cold]
    fn make_room(&mut self, host: H, latest: u32) {
        add(self.moved.entry(host).or_default(), latest);
    }

    /// Where a host stands, or would; `None` while there are no slots.
    #[inline]
    fn place(&self, host: H) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut place = host.spread() & mask;
        // Half of the slots are free, so this ends.
        while let Some(slot) = self.slots.get(place) {
            if slot.host == host || slot.host == H::NOBODY {
                break;
            }
            place = (place + 1) & mask;
        }
        Some(place)
    }

    /// Counts a host that has no slot yet.
    #[cold]
    fn first(&mut self, host: H, steps: Steps, most: usize) -> bool {
        let is_nobody = host == H::NOBODY;
        let is_known = is_nobody && self.nobody.is_some();
        if !is_known && self.len() >= most {
            return false;
        }
        if is_nobody {
            add(self.nobody.get_or_insert_default(), steps.0);
            return true;
        }
        if self.taken * 2 >= self.slots.len() {
            self.grow();
        }
        self.taken += 1;
        self.put(Slot {
            host,
            latest: steps.0,
        });
        true
    }

    fn grow(&mut self) {
        let more = (self.slots.len() * 2).max(FIRST);
        let before = std::mem::replace(&mut self.slots, vec![Slot::default(); more]);
        for slot in before {
            if slot.host != H::NOBODY {
                self.put(slot);
            }
        }
    }

    /// Puts a host where it is found, if it is not there yet.
    fn put(&mut self, slot: Slot<H>) {
        let place = self.place(slot.host);
        if let Some(free) = place.and_then(|place| self.slots.get_mut(place)) {
            *free = slot;
        }
    }
}

fn add(counts: &mut Counts, latest: u32) {
    for (count, more) in counts.iter_mut().zip(latest.to_le_bytes()) {
        *count = count.saturating_add(more.into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// Hosts as they come, and how often each; with what they may be at most.
    fn counts_as_a_map_does<H: Host + std::fmt::Debug>(
        hosts: &[(H, usize)],
        most: usize,
    ) -> Result<(), TestCaseError> {
        let mut counts = HostCounts::default();
        let mut map: HashMap<H, Counts> = HashMap::new();
        let mut together: Vec<Sender<H>> = Vec::new();
        for (host, times) in hosts {
            for time in 0..*times {
                let is_known = map.contains_key(host) || map.len() < most;
                let steps = Steps::of(time % 3).and(Steps::of(3));
                let sender = Sender {
                    host: *host,
                    steps,
                    index: 0,
                };
                match together.last_mut() {
                    _ if time % 5 != 0 || !is_known => {
                        counts.count_together(&together, most);
                        together.clear();
                        prop_assert_eq!(counts.count(*host, steps, most), is_known);
                    }
                    Some(last) if last.host == *host && last.steps.has_room() => {
                        last.steps = last.steps.plus(steps);
                    }
                    _ => together.push(sender),
                }
                if together.len() == TOGETHER {
                    counts.count_together(&together, most);
                    together.clear();
                }
                if is_known {
                    let expected = map.entry(*host).or_default();
                    expected[time % 3] += 1;
                    expected[3] += 1;
                }
            }
        }
        counts.count_together(&together, most);
        prop_assert_eq!(counts.len(), map.len());
        for (host, _) in hosts {
            let expected = map.get(host).copied().unwrap_or_default();
            prop_assert_eq!(counts.get(*host), expected);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn it_counts_what_a_map_counts(
            hosts in proptest::collection::vec(
                (prop_oneof![0..300_u32, any::<u32>()], 0..200_usize),
                0..200,
            ),
            most in 1..400_usize,
        ) {
            counts_as_a_map_does(&hosts, most)?;
            let spread = |(host, times): &(u32, usize)| ([host % 3, 0, 0, host / 3], *times);
            let hosts: Vec<_> = hosts.iter().map(spread).collect();
            counts_as_a_map_does(&hosts, most)?;
        }
    }

    #[test]
    fn an_ipv4_host_takes_eight_bytes() {
        assert_eq!(size_of::<Slot<u32>>(), 8);
    }
}
