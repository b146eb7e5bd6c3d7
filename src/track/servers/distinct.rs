//! How many different values there are among many, in bounded memory: exact as
//! long as they are few, then a sample that halves whenever it is full
//! (Wegman's adaptive sampling; Flajolet, Computing 43, 1990).

use std::hash::Hash;

use crate::track::hash::{Set, hash};

/// Hashes that are kept at the most. The count is exact up to here, and about
/// 0.7 % off beyond.
const AT_MOST: usize = 32_768;

/// A count of different values.
#[derive(Clone, Debug, Default)]
pub(super) struct Distinct {
    /// The sample.
    hashes: Set<u64>,
    /// Each hash is in the sample with a chance of 2 to minus this.
    halved: u32,
}

impl Distinct {
    /// Counts a value, unless it was counted before.
    pub fn add(&mut self, value: impl Hash) {
        let hash = hash(value);
        if hash.trailing_zeros() < self.halved {
            return;
        }
        self.hashes.insert(hash);
        while self.hashes.len() > AT_MOST {
            self.halved += 1;
            let halved = self.halved;
            self.hashes.retain(|hash| hash.trailing_zeros() >= halved);
        }
    }

    /// How many different values there were.
    pub fn count(&self) -> u64 {
        let times = 1_u64.checked_shl(self.halved).unwrap_or(u64::MAX);
        (self.hashes.len() as u64).saturating_mul(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl Iterator<Item = u64>) -> Distinct {
        let mut distinct = Distinct::default();
        values.for_each(|value| distinct.add(value));
        distinct
    }

    #[test]
    fn few_are_counted_exactly_however_often_they_come() {
        for many in [0, 1, 1_000, AT_MOST as u64] {
            assert_eq!(of((0..many).chain(0..many)).count(), many);
        }
    }

    #[test]
    fn many_are_estimated_closely_and_take_no_more_memory() {
        for many in [AT_MOST as u64 + 1, 100_000, 1_000_000] {
            let distinct = of(0..many);
            assert!(distinct.hashes.len() <= AT_MOST);
            let off = distinct.count().abs_diff(many) as f64 / many as f64;
            assert!(off < 0.03, "{many}: {off}");
        }
    }
}
