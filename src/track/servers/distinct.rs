//! How many different values there are among many, in bounded memory: exact as
//! long as they are few, then a sketch (HyperLogLog: Flajolet, Fusy, Gandouet
//! and Meunier 2007, with the estimator of Ertl 2017, which has no bias at any
//! size). It does not matter in which order they come, or how often, or in how
//! many parts they are counted.

use std::hash::Hash;

use crate::track::hash::{Set, hash};

/// Hashes that are kept at the most; the count is exact up to here.
const AT_MOST: usize = 4096;

/// Leading bits of a hash, which choose its register.
const INDEX_BITS: u32 = 15;

/// With so many registers the standard error is 0.57 % (1.04 / √m).
const REGISTERS: usize = 1 << INDEX_BITS;

/// The other bits of a hash.
const VALUE_BITS: usize = 64 - INDEX_BITS as usize;

/// A count of different values.
#[derive(Clone, Debug)]
pub(super) enum Distinct {
    /// The hashes themselves.
    Few(Set<u64>),
    /// In each register the longest run of zeros that a hash begins with behind
    /// its index, plus one; 0 where there was none.
    Many(Box<[u8]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(Set::default())
    }
}

impl Distinct {
    /// Counts a value, unless it was counted before.
    pub fn add(&mut self, value: impl Hash) {
        self.add_hash(hash(value));
    }

    fn add_hash(&mut self, hash: u64) {
        match self {
            Self::Few(hashes) => {
                hashes.insert(hash);
                if hashes.len() > AT_MOST {
                    self.sketch();
                }
            }
            Self::Many(registers) => raise(registers, hash),
        }
    }

    /// Counts what another count has counted.
    pub fn merge(&mut self, other: &Self) {
        match other {
            Self::Few(hashes) => hashes.iter().for_each(|hash| self.add_hash(*hash)),
            Self::Many(others) => {
                let registers = self.sketch();
                for (register, other) in registers.iter_mut().zip(others) {
                    *register = (*register).max(*other);
                }
            }
        }
    }

    /// The registers, which from now on stand for the hashes.
    fn sketch(&mut self) -> &mut [u8] {
        if let Self::Few(hashes) = self {
            let mut registers = vec![0; REGISTERS].into_boxed_slice();
            hashes.iter().for_each(|hash| raise(&mut registers, *hash));
            *self = Self::Many(registers);
        }
        match self {
            Self::Many(registers) => registers,
            Self::Few(_) => &mut [],
        }
    }

    /// How many different values there were.
    pub fn count(&self) -> u64 {
        match self {
            Self::Few(hashes) => hashes.len() as u64,
            Self::Many(registers) => estimate(registers),
        }
    }
}

/// Every bit of the result hangs on every bit of the hash (the finalizer of
/// MurmurHash3): a sketch needs that, which a table does not.
fn mixed(mut hash: u64) -> u64 {
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// Takes a hash into its register.
fn raise(registers: &mut [u8], hash: u64) {
    let hash = mixed(hash);
    let index = (hash >> VALUE_BITS) as usize;
    let zeros = (hash << INDEX_BITS).leading_zeros().min(VALUE_BITS as u32);
    if let Some(register) = registers.get_mut(index) {
        *register = (*register).max(zeros as u8 + 1);
    }
}

/// Ertl, "New cardinality estimation algorithms for HyperLogLog sketches",
/// algorithm 6.
fn estimate(registers: &[u8]) -> u64 {
    let mut counts = [0_u32; VALUE_BITS + 2];
    for register in registers {
        if let Some(count) = counts.get_mut(usize::from(*register)) {
            *count += 1;
        }
    }
    let m = REGISTERS as f64;
    let [none, some @ .., full] = counts;
    let mut z = m * tau(1.0 - f64::from(full) / m);
    for count in some.iter().rev() {
        z = 0.5 * (z + f64::from(*count));
    }
    z += m * sigma(f64::from(none) / m);
    let alpha = 0.5 / std::f64::consts::LN_2;
    (alpha * m * m / z).round() as u64
}

fn sigma(mut x: f64) -> f64 {
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        // It grows beyond all numbers where every register is empty.
        if z == before || !z.is_finite() {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
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
    fn many_are_estimated_within_two_percent() {
        for many in [
            AT_MOST as u64 + 1,
            10_000,
            20_000,
            50_000,
            100_000,
            300_000,
            1_000_000,
        ] {
            let off = of(0..many).count().abs_diff(many) as f64 / many as f64;
            assert!(off < 0.02, "{many}: {off}");
        }
    }

    #[test]
    fn parts_that_are_merged_are_as_if_counted_at_once() {
        for (many, parts) in [(100, 3), (3_000, 2), (10_000, 2), (10_000, 5), (100_000, 3)] {
            let mut merged = Distinct::default();
            for part in 0..parts {
                // They overlap.
                let values = (0..many).filter(|value| value % parts == part || value % 7 == 0);
                merged.merge(&of(values));
            }
            assert_eq!(merged.count(), of(0..many).count(), "{many} in {parts}");
        }
    }
}
