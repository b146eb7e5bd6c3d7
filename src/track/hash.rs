//! The maps and sets of the trackers: keyed by what packets carry, and the same
//! in every run.

use std::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

/// A map from what packets carry.
pub(super) type Map<K, V> = hashbrown::HashMap<K, V, FixedState>;

/// A set of what packets carry.
pub(super) type Set<T> = hashbrown::HashSet<T, FixedState>;

/// The hash of a value. All of its 64 bits are well mixed.
pub(super) fn hash(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}
