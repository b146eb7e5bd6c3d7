//! What was given up early because keeping all of it would have taken more memory
//! than may be used, by kind.

use std::ops::AddAssign;

/// A kind of what the trackers keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Conversations that were ended although they may have gone on.
    Conversations,
    /// Sides of TCP connections whose bytes are no longer read.
    ByteStreams,
    /// Datagrams of which fragments were missing.
    Datagrams,
    /// ARP requests without a reply.
    Arp,
    /// Neighbor solicitations without an advertisement.
    Ndp,
    /// Echo requests without a reply.
    Echo,
    /// DNS queries without a response.
    Dns,
    /// DHCP exchanges and questions.
    Dhcp,
}

impl Kept {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 8] = [
        Self::Conversations,
        Self::ByteStreams,
        Self::Datagrams,
        Self::Arp,
        Self::Ndp,
        Self::Echo,
        Self::Dns,
        Self::Dhcp,
    ];

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::ByteStreams => "byte_streams",
            Self::Datagrams => "datagrams",
            Self::Arp => "arp",
            Self::Ndp => "ndp",
            Self::Echo => "echo",
            Self::Dns => "dns",
            Self::Dhcp => "dhcp",
        }
    }
}

/// How many of each kind were given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted([u64; Kept::ALL.len()]);

impl Evicted {
    /// So many of one kind.
    #[must_use]
    pub fn of(kind: Kept, count: u64) -> Self {
        let mut all = Self::default();
        all.0[kind as usize] = count;
        all
    }

    /// Each kind with its count.
    pub fn by_kind(&self) -> impl Iterator<Item = (Kept, u64)> {
        Kept::ALL.into_iter().zip(self.0)
    }

    /// All kinds together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl AddAssign for Evicted {
    fn add_assign(&mut self, other: Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

impl std::iter::Sum for Evicted {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_by_kind_in_the_order_of_the_list() {
        for (place, kind) in Kept::ALL.into_iter().enumerate() {
            assert_eq!(place, kind as usize);
        }
        let all: Evicted = [
            Evicted::of(Kept::Dns, 2),
            Evicted::of(Kept::Conversations, 3),
            Evicted::of(Kept::Dns, 5),
        ]
        .into_iter()
        .sum();
        assert_eq!(all.total(), 10);
        let some: Vec<_> = all.by_kind().filter(|(_, count)| *count > 0).collect();
        assert_eq!(some, [(Kept::Conversations, 3), (Kept::Dns, 7)]);
    }
}
