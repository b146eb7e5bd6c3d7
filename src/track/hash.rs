//! How the tables of the trackers find their keys.
//!
//! Keys are addresses, ports and numbers, of which often only a few bits
//! differ, and with IPv6 those at the end: every bit must reach those that a
//! table looks at, or its entries pile up. One multiplication a word does that.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

/// A map from what packets carry.
pub(super) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Folding>>;

/// Odd and without a pattern (digits of π).
pub(super) const MIX: [u64; 3] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
];

/// The upper half of the product folded into the lower: every bit of the
/// number reaches every bit of what comes out.
#[inline]
pub(super) fn mix(number: u64, by: u64) -> u64 {
    let product = u128::from(number) * u128::from(by);
    product as u64 ^ (product >> 64) as u64
}

/// All 64 bits are well mixed. The same in every run.
pub(super) fn hash(value: &impl Hash) -> u64 {
    BuildHasherDefault::<Folding>::default().hash_one(value)
}

/// The hash so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folding(u64);

impl Default for Folding {
    #[inline]
    fn default() -> Self {
        Self(MIX[1])
    }
}

impl Hasher for Folding {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.0 = mix(self.0 ^ word, MIX[0]).wrapping_add(MIX[2]);
    }

    #[inline]
    fn write_u128(&mut self, number: u128) {
        self.write_u64((number >> 64) as u64);
        self.write_u64(number as u64);
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_ne_bytes(*word));
        }
        let rest = rest.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        self.write_u64(rest);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::*;

    fn spread(hashes: impl Iterator<Item = u64>) -> (usize, usize) {
        let hashes: Vec<u64> = hashes.collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0xfff).collect();
        let tags: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        (low.len(), tags.len())
    }

    #[test]
    fn neighbours_are_spread_over_a_table() {
        let hash = |address: IpAddr| hash(&address);
        let ipv4 = |host: u32| Ipv4Addr::from(0x0a00_0000 + host).into();
        let end = |host: u32| Ipv6Addr::from(0xfd << 120 | u128::from(host)).into();
        let front = |host: u32| Ipv6Addr::from(u128::from(host) << 104 | 1).into();
        let made: [&dyn Fn(u32) -> IpAddr; 3] = [&ipv4, &end, &front];
        for address in made {
            let (low, tags) = spread((0..4096).map(|host| hash(address(host))));
            // As many balls as boxes hit 63 % of them by chance.
            assert!(low > 2480, "{low}");
            assert_eq!(tags, 128);
        }
    }
}
