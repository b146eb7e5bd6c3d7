//! Changes of what is known of listeners, made together: where there are many
//! listeners, memory is then waited for once, not for one after the other.

use arrayvec::ArrayVec;

use super::Endpoint;
use super::hash::hash;
use super::places::Places;

/// So many changes are made together.
const TOGETHER: usize = 32;

/// What happens to a listener, with the hash of its address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Soon<C> {
    pub listener: Endpoint,
    pub hash: u64,
    pub change: C,
}

impl<C> Soon<C> {
    pub fn new(listener: Endpoint, change: C) -> Self {
        Self {
            listener,
            hash: hash(&listener),
            change,
        }
    }
}

/// Changes that are not made yet, in their order.
#[derive(Debug)]
pub(super) struct Together<C> {
    all: ArrayVec<Soon<C>, TOGETHER>,
}

impl<C> Default for Together<C> {
    fn default() -> Self {
        Self {
            all: ArrayVec::default(),
        }
    }
}

impl<C> Together<C> {
    /// Whether they are to be made before there is one more.
    #[inline]
    pub fn are_enough(&self) -> bool {
        self.all.is_full()
    }

    /// Adds one, where there are not enough.
    #[inline]
    pub fn add(&mut self, soon: Soon<C>) {
        self.all.push(soon);
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes them out one after the other: they are made elsewhere.
    pub fn hand_over(&mut self) -> impl Iterator<Item = Soon<C>> {
        self.all.drain(..)
    }

    /// Where the listener of each probably stands; `u32::MAX` where it does
    /// not.
    pub fn likely(&self, places: &Places) -> [u32; TOGETHER] {
        let mut likely = [u32::MAX; TOGETHER];
        for (soon, place) in self.all.iter().zip(&mut likely) {
            *place = places.likely(soon.hash).unwrap_or(u32::MAX);
        }
        likely
    }

    /// Each with what was found of it.
    pub fn with<T: Copy>(&self, found: [T; TOGETHER]) -> impl Iterator<Item = (&Soon<C>, T)> {
        self.all.iter().zip(found)
    }
}
