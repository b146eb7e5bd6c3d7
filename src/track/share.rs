//! Conversations are shared out, so that several threads can follow them, each
//! its own. Which share a conversation belongs to depends on nothing but its
//! key: then the same is told whether one tracker follows them all or several
//! do.

use super::key::Key;

/// Shares of conversations with ports, which can be followed one by one.
pub const SHARES: usize = 4;

const _: () = assert!(SHARES.is_power_of_two());

/// One share of all conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u8);

impl Share {
    /// What has no ports, and so is no TCP nor UDP: what pairs pings, ARP
    /// requests or fragments looks at the capture as a whole.
    pub const WHOLE: Self = Self(SHARES as u8);

    /// Every share, [`Self::WHOLE`] behind the others.
    pub(super) const COUNT: usize = SHARES + 1;

    /// That of a conversation. `hash`: of its key.
    #[inline]
    pub(super) fn of(key: &Key, hash: u64) -> Self {
        Self::of_ports(key.ports(), hash)
    }

    /// The same, where only the ports of the key are at hand.
    #[inline(always)]
    pub(super) fn of_ports(ports: [u16; 2], hash: u64) -> Self {
        match ports {
            [0, 0] => Self::WHOLE,
            // The lower half says where the key is found in a table.
            _ => Self((hash >> 32) as u8 % SHARES as u8),
        }
    }

    /// Its place among all shares.
    #[must_use]
    #[inline]
    pub fn index(self) -> usize {
        self.0.into()
    }

    /// The share at a place.
    pub(super) fn at(index: usize) -> Self {
        Self(index as u8)
    }
}
