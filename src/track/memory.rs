//! How much memory may be in use: what the trackers keep has to fit into it.

/// What is in use is looked at once in so many packets: what is told of the
/// conversations that are given up takes memory too until it is written, and by
/// then most of that is.
pub(super) const WEIGHED_EVERY: u64 = 4_096;

/// A thread beside the first is not worth while with less memory for each.
const FOR_A_THREAD: usize = 64 << 20;

/// What the allocator keeps for each thread beside the first, as measured: what one
/// frees is not what another takes.
const BESIDE_A_THREAD: usize = 6 << 20;

/// A bound on the memory of the whole program, in bytes. Where more is in use,
/// the conversations that have been idle for longest are ended early.
#[derive(Clone, Copy, Debug)]
pub struct MemoryLimit {
    /// The most that may be in use.
    pub at_most: usize,
    /// Tells what is in use.
    pub in_use: fn() -> usize,
    /// Threads at work.
    pub threads: usize,
}

/// How the memory in use compares with what may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// More is in use: this share of it has to go.
    Exceeded(Share),
    /// There is little left.
    Scarce,
    /// There is plenty.
    Plenty,
}

/// A share of a whole, in parts of 65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share(u64);

impl Share {
    const WHOLE: u64 = 1 << 16;

    /// So much of so many, rounded up.
    fn new(of_it: usize, whole: usize) -> Self {
        let parts = u128::from(Self::WHOLE) * of_it as u128;
        Self(parts.div_ceil(whole.max(1) as u128).min(Self::WHOLE.into()) as u64)
    }

    /// As many of these as make up the share, rounded up.
    pub fn of(self, count: usize) -> usize {
        let share = (count as u128 * u128::from(self.0)).div_ceil(Self::WHOLE.into());
        share as usize
    }
}

/// How much is kept of what grows with the hosts of a capture and not with its open
/// conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Keep {
    /// As much as ever.
    #[default]
    Many,
    /// A part of it: memory is short.
    Few,
}

impl Keep {
    /// So many, where there may be so many at the most.
    pub fn of(self, at_most: usize) -> usize {
        match self {
            Self::Many => at_most,
            Self::Few => at_most / 8,
        }
    }
}

impl MemoryLimit {
    /// With as many threads as are worth while, and no more than these; gives how
    /// many that are.
    #[must_use]
    pub fn for_threads(self, at_most: usize) -> (Self, usize) {
        let threads = (self.at_most / FOR_A_THREAD).clamp(1, at_most.max(1));
        (Self { threads, ..self }, threads)
    }

    /// Whether more is in use than may be.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        matches!(self.room(), Room::Exceeded(_))
    }

    /// Whether there is little left, or nothing.
    #[must_use]
    pub fn is_scarce(&self) -> bool {
        self.room() != Room::Plenty
    }

    /// How what is in use now compares with it.
    pub(super) fn room(&self) -> Room {
        // Measured: what the allocator and the program itself take beside.
        let beside = self.threads.saturating_sub(1) * BESIDE_A_THREAD;
        let own = (self.at_most / 10 * 7).saturating_sub(beside);
        match (self.in_use)() {
            in_use if in_use > own => {
                // A little less than may be used, so that there is room for a while.
                let goal = own - own / 64;
                Room::Exceeded(Share::new(in_use - goal, in_use))
            }
            in_use if in_use > own / 4 * 3 => Room::Scarce,
            _ => Room::Plenty,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::MemoryLimit;
    use crate::track::frames::{self, MS, packet};
    use crate::track::{Output, Tracker};

    static IN_USE: AtomicUsize = AtomicUsize::new(0);

    const SYN: u8 = 2;

    /// SYNs from so many hosts; gives the conversations that ended meanwhile.
    fn syns(tracker: &mut Tracker, from: u64, count: u64) -> Vec<u64> {
        let mut output = Output::default();
        let mut ended = Vec::new();
        for number in from..from + count {
            let ports = (1024 + number as u16, 80);
            let segment = frames::tcp(ports, (7, 0), SYN, b"");
            let bytes = frames::ipv4(6, 1, 2, &segment);
            tracker.packet(&packet(number, number * MS, &bytes), &mut output);
            ended.extend(output.ended.iter().map(|ended| ended.number));
        }
        ended
    }

    #[test]
    fn threads_have_to_be_worth_their_memory() {
        let limit = |mebibytes: usize| MemoryLimit {
            at_most: mebibytes << 20,
            in_use: || 80 << 20,
            threads: 1,
        };
        let threads = |mebibytes, most| limit(mebibytes).for_threads(most).1;
        assert_eq!(
            [threads(128, 8), threads(512, 4), threads(128, 1)],
            [2, 4, 1]
        );
        // 84 MiB may be in use by one, and six less by two.
        let alone = limit(120);
        assert!(!alone.is_exceeded());
        assert!(alone.for_threads(1).0.is_scarce());
        let two = MemoryLimit {
            threads: 2,
            ..alone
        };
        assert!(two.is_exceeded());
    }

    #[test]
    fn with_too_little_room_those_that_lie_dormant_for_longest_end_early() {
        let limit = MemoryLimit {
            at_most: 100,
            in_use: || IN_USE.load(Ordering::Relaxed),
            threads: 1,
        };
        let mut tracker = Tracker::new().with_active(8).within_memory(Some(limit));
        IN_USE.store(70, Ordering::Relaxed);
        assert!(syns(&mut tracker, 1, 1024).is_empty());
        // The first one sends again: now the second has been idle for longest.
        assert!(syns(&mut tracker, 65536 + 1, 1).is_empty());
        // 11 of 80 are too much, and so are 141 of 1,024 conversations.
        IN_USE.store(80, Ordering::Relaxed);
        let ended = syns(&mut tracker, 65536 + 4096, 1);
        // Not all at once.
        assert_eq!(ended, (2..=129).collect::<Vec<u64>>());
        let ended = syns(&mut tracker, 65536 + 4096 + 64, 1);
        // And one for the one that has begun meanwhile.
        assert_eq!(ended, (130..=143).collect::<Vec<u64>>());
        assert_eq!(tracker.evicted().total(), 142);
        // As long as there is little room, there are no more than now.
        IN_USE.store(60, Ordering::Relaxed);
        assert_eq!(syns(&mut tracker, 65536 + 8192, 3), [144, 145, 146]);
        IN_USE.store(10, Ordering::Relaxed);
        assert!(syns(&mut tracker, 65536 + 12288, 2).is_empty());
        // Where nothing helps, some are left beside the one at hand.
        IN_USE.store(101, Ordering::Relaxed);
        for round in 4..40 {
            syns(&mut tracker, 65536 + 4096 * round, 1);
        }
        assert!((16..=17).contains(&tracker.open()), "{}", tracker.open());
    }
}
