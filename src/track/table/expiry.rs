//! When conversations end that nothing ends: by silence, some time after they
//! were closed, or because there are too many.
//!
//! Every share of the conversations has bounds and queues of its own, and what
//! ends at once ends in the order of [`Rank`]: so it is the same whether one
//! table holds all shares or each its own.

use std::collections::{BinaryHeap, VecDeque};

use super::{AHEAD, Birth, SHARE_AT_MOST, Slot, Table};
use crate::track::share::{SHARES, Share};

/// A conversation without TCP ends after this much silence.
const SILENCE_NS: u64 = 60_000_000_000;

/// How long a closed TCP connection is kept for stragglers,
const STRAGGLERS_NS: u64 = 120_000_000_000;

/// and how many of them at the most: as many as a host has ephemeral ports
/// (Linux: 28,232). Beyond it the first closed are ended.
const STRAGGLERS_AT_MOST: usize = 28_672;

/// Of each share.
const SHARE_OF_STRAGGLERS: usize = STRAGGLERS_AT_MOST / SHARES;

/// So many of the oldest of each share are looked for together.
const OLDEST: usize = 4_096;

/// The shares that end together: those that may be followed one by one, and
/// behind them [`Share::WHOLE`].
const TOGETHER: [Shares; 2] = [
    Shares::between(0, SHARES),
    Shares::between(SHARES, Share::COUNT),
];

/// A conversation that may end at a time, to be sure that the place was not
/// taken by another.
#[derive(Clone, Copy, Debug)]
struct Due {
    time_ns: u64,
    place: u32,
    birth: Birth,
}

impl Due {
    fn slot(&self) -> Slot {
        Slot(self.place)
    }
}

/// Such conversations, the first first.
#[derive(Debug, Default)]
struct Queue {
    all: VecDeque<Due>,
    /// How many of the first were looked at ahead.
    seen: usize,
}

impl Queue {
    /// When the first is due.
    fn due_ns(&self) -> u64 {
        self.all.front().map_or(u64::MAX, |due| due.time_ns)
    }

    fn remove_first(&mut self) -> Option<Due> {
        self.seen = self.seen.saturating_sub(1);
        self.all.pop_front()
    }

    /// Those that will be due next.
    fn next(&self) -> impl Iterator<Item = Slot> {
        self.all.iter().take(AHEAD).map(Due::slot)
    }
}

/// Of one share.
#[derive(Debug, Default)]
struct EndsOfShare {
    /// Silent conversations by when they may end.
    silent: Queue,
    /// The same for closed TCP connections.
    closed: Queue,
    /// The oldest conversations when there were too many, latest first.
    oldest: Vec<(u32, Birth)>,
}

/// When conversations end.
#[derive(Debug, Default)]
pub(super) struct Ends {
    shares: [EndsOfShare; Share::COUNT],
    /// Before this nothing is due: no later than the first of them.
    due_ns: u64,
    /// Shares of which too many may be closed,
    closed_too_many: Shares,
    /// or open.
    open_too_many: Shares,
    evicted: u64,
}

/// Some shares, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shares(u8);

impl Shares {
    const fn between(first: usize, end: usize) -> Self {
        Self((1 << end) - (1 << first))
    }

    #[inline]
    fn set(&mut self, share: Share, is_one: bool) {
        let bit = 1 << share.index();
        self.0 = if is_one { self.0 | bit } else { self.0 & !bit };
    }

    #[inline]
    fn has(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }

    #[inline]
    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline]
    fn are_none(self) -> bool {
        self.0 == 0
    }
}

impl Ends {
    pub fn evicted(&self) -> u64 {
        self.evicted
    }
}

/// Why a conversation ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    #[default]
    Closed,
    Silent,
    TooMany,
}

/// In which order conversations end that do so at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::track) struct Rank {
    why: Why,
    due_ns: u64,
    share: Share,
}

/// A conversation that has ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Expired {
    pub slot: Slot,
    pub rank: Rank,
}

impl Table {
    /// A conversation without TCP begins.
    pub(super) fn add_silent(&mut self, now_ns: u64, slot: Slot) {
        let time_ns = now_ns.saturating_add(SILENCE_NS);
        if let Some((ends, due)) = self.ends_at(time_ns, slot) {
            ends.silent.all.push_back(due);
        }
    }

    /// A TCP connection is closed.
    pub(super) fn add_closed(&mut self, now_ns: u64, slot: Slot) {
        let time_ns = now_ns.saturating_add(STRAGGLERS_NS);
        let Some((ends, due)) = self.ends_at(time_ns, slot) else {
            return;
        };
        ends.closed.all.push_back(due);
        if ends.closed.all.len() > SHARE_OF_STRAGGLERS {
            self.ends.closed_too_many.set(due.birth.share(), true);
        }
    }

    /// Where a conversation stands that may end at a time.
    fn ends_at(&mut self, time_ns: u64, slot: Slot) -> Option<(&mut EndsOfShare, Due)> {
        let birth = self.records.get(slot.0)?.birth;
        self.ends.due_ns = self.ends.due_ns.min(time_ns);
        let due = Due {
            time_ns,
            place: slot.0,
            birth,
        };
        Some((self.ends.shares.get_mut(birth.share().index())?, due))
    }

    /// One more of a share is open.
    #[inline]
    pub(super) fn has_begun(&mut self, share: Share) {
        let open = self.records.open_of.get(share.index());
        if open.is_some_and(|open| *open > SHARE_AT_MOST) {
            self.ends.open_too_many.set(share, true);
        }
    }

    /// Whether a conversation that was due is still there.
    fn is_there(&self, due: &Due) -> bool {
        self.birth(due.slot()) == Some(due.birth)
    }

    /// When the next conversation may end; at once, whatever the time, where
    /// there are too many.
    #[inline]
    pub fn due_ns(&self) -> u64 {
        let too_many = self.ends.closed_too_many.0 | self.ends.open_too_many.0;
        if too_many == 0 { self.ends.due_ns } else { 0 }
    }

    /// Whether a conversation may have ended by now.
    #[inline]
    pub fn may_expire(&self, now_ns: u64) -> bool {
        self.due_ns() <= now_ns
    }

    /// A conversation that has ended by now, if there is one.
    pub fn expired(&mut self, now_ns: u64) -> Option<Expired> {
        if !self.may_expire(now_ns) {
            return None;
        }
        for shares in TOGETHER {
            let expired = self
                .closed_long_ago(shares, now_ns)
                .or_else(|| self.silent_for_long(shares, now_ns))
                .or_else(|| self.too_many(shares));
            if expired.is_some() {
                return expired;
            }
        }
        // What was too much has ended; what may be due is looked for only when
        // the first is.
        if self.ends.due_ns <= now_ns {
            let shares = self.ends.shares.iter();
            let due = shares.map(|ends| ends.closed.due_ns().min(ends.silent.due_ns()));
            self.ends.due_ns = due.fold(u64::MAX, u64::min);
        }
        None
    }

    fn closed_long_ago(&mut self, shares: Shares, now_ns: u64) -> Option<Expired> {
        loop {
            let too_many = self.ends.closed_too_many;
            let is_due = self.ends.due_ns <= now_ns;
            if !is_due && too_many.and(shares).are_none() {
                return None;
            }
            let all = self.ends.shares.iter().enumerate();
            let may_end = all.filter(|(index, ends)| {
                let is_due = is_due && ends.closed.due_ns() <= now_ns;
                shares.has(*index) && (is_due || too_many.has(*index))
            });
            let (index, _) = may_end.min_by_key(|(_, ends)| ends.closed.due_ns())?;
            let ends = self.ends.shares.get_mut(index)?;
            if ends.closed.seen == 0 {
                ends.closed.seen = AHEAD;
                let ends = self.ends.shares.get(index)?;
                self.look_at_ends(ends.closed.next());
            }
            let closed = &mut self.ends.shares.get_mut(index)?.closed;
            let due = closed.remove_first()?;
            if closed.all.len() <= SHARE_OF_STRAGGLERS {
                self.ends.closed_too_many.set(Share::at(index), false);
            }
            if self.is_there(&due) {
                return Some(Expired::of(&due, Why::Closed));
            }
        }
    }

    fn silent_for_long(&mut self, shares: Shares, now_ns: u64) -> Option<Expired> {
        // At the end of the clock nothing can grow older: it would be due for
        // ever.
        let now_ns = now_ns.min(u64::MAX - 1);
        while self.ends.due_ns <= now_ns {
            let all = self.ends.shares.iter().enumerate();
            let of_these = all.filter(|(index, _)| shares.has(*index));
            let (index, first) = of_these.min_by_key(|(_, ends)| ends.silent.due_ns())?;
            if first.silent.due_ns() > now_ns {
                return None;
            }
            let due = self.ends.shares.get_mut(index)?.silent.remove_first()?;
            if !self.is_there(&due) {
                continue;
            }
            let Some(end_ns) = self.end_ns(due.slot()) else {
                continue;
            };
            if is_silent(end_ns, now_ns) {
                return Some(Expired::of(&due, Why::Silent));
            }
            let time_ns = end_ns.saturating_add(SILENCE_NS);
            let queue = &mut self.ends.shares.get_mut(index)?.silent;
            queue.all.push_back(Due { time_ns, ..due });
        }
        None
    }

    fn too_many(&mut self, shares: Shares) -> Option<Expired> {
        while !self.ends.open_too_many.and(shares).are_none() {
            let index = self.ends.open_too_many.and(shares).0.trailing_zeros() as usize;
            let open = self.records.open_of.get(index).copied();
            let oldest = open.filter(|open| *open > SHARE_AT_MOST);
            if let Some(due) = oldest.and_then(|_| self.take_oldest(index)) {
                self.ends.evicted += 1;
                return Some(Expired::of(&due, Why::TooMany));
            }
            self.ends.open_too_many.set(Share::at(index), false);
        }
        None
    }

    /// The oldest conversation of the share at a place.
    fn take_oldest(&mut self, index: usize) -> Option<Due> {
        loop {
            while let Some((place, birth)) = self.ends.shares.get_mut(index)?.oldest.pop() {
                let due = Due {
                    time_ns: 0,
                    place,
                    birth,
                };
                if self.is_there(&due) {
                    return Some(due);
                }
            }
            self.find_oldest();
            if self.ends.shares.get(index)?.oldest.is_empty() {
                return None;
            }
        }
    }

    /// Finds the conversations with the lowest numbers of every share of which
    /// none are known, these last.
    fn find_oldest(&mut self) {
        let mut oldest: [BinaryHeap<_>; Share::COUNT] = Default::default();
        for (record, place) in self.records.open() {
            let index = record.birth.share().index();
            let of_share = oldest.get_mut(index).zip(self.ends.shares.get(index));
            let Some((oldest, _)) = of_share.filter(|(_, ends)| ends.oldest.is_empty()) else {
                continue;
            };
            let one = (record.number, place, record.birth);
            if oldest.len() < OLDEST {
                oldest.push(one);
            } else if let Some(mut latest) = oldest.peek_mut()
                && one < *latest
            {
                *latest = one;
            }
        }
        for (ends, found) in self.ends.shares.iter_mut().zip(oldest) {
            let found = found.into_sorted_vec().into_iter().rev();
            ends.oldest
                .extend(found.map(|(_, place, birth)| (place, birth)));
        }
    }
}

impl Expired {
    fn of(due: &Due, why: Why) -> Self {
        Self {
            slot: due.slot(),
            rank: Rank {
                why,
                due_ns: due.time_ns,
                share: due.birth.share(),
            },
        }
    }
}

/// Whether a conversation without TCP has ended by silence.
pub(in crate::track) fn is_silent(end_ns: u64, now_ns: u64) -> bool {
    now_ns.saturating_sub(end_ns) >= SILENCE_NS
}
