//! Things that are due at a time, the first first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Things by when they are due; at the same time, in their own order.
#[derive(Debug)]
pub(super) struct Deadlines<T> {
    /// Those that came in the order in which they are due, as nearly all do.
    in_order: VecDeque<(u64, T)>,
    /// The others.
    others: BinaryHeap<Reverse<(u64, T)>>,
}

impl<T: Ord> Default for Deadlines<T> {
    fn default() -> Self {
        Self {
            in_order: VecDeque::new(),
            others: BinaryHeap::new(),
        }
    }
}

impl<T: Copy + Ord> Deadlines<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.in_order.len() + self.others.len()
    }

    /// When the first is due, in nanoseconds; at the end of time where there is
    /// none.
    pub fn due_ns(&self) -> u64 {
        self.first().map_or(u64::MAX, |(due_ns, _)| due_ns)
    }

    /// Adds one that is due at this time.
    pub fn push(&mut self, due_ns: u64, one: T) {
        let new = (due_ns, one);
        if self.in_order.back().is_none_or(|last| *last < new) {
            self.in_order.push_back(new);
        } else {
            self.others.push(Reverse(new));
        }
    }

    /// Drops those that are not to be kept, and their memory.
    pub fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.in_order.retain(|(_, one)| keep(one));
        self.in_order.shrink_to_fit();
        self.others.retain(|Reverse((_, one))| keep(one));
        self.others.shrink_to_fit();
    }

    /// Takes the first with its time, if it is due by now.
    pub fn pop_due(&mut self, now_ns: u64) -> Option<(u64, T)> {
        let first = self.first().filter(|(due_ns, _)| *due_ns <= now_ns)?;
        if self.in_order.front() == Some(&first) {
            self.in_order.pop_front();
        } else {
            self.others.pop();
        }
        Some(first)
    }

    fn first(&self) -> Option<(u64, T)> {
        let in_order = self.in_order.front();
        match (in_order, self.others.peek()) {
            (Some(first), Some(Reverse(other))) => Some(*first.min(other)),
            (first, other) => first.or(other.map(|Reverse(other)| other)).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_come_in_the_order_in_which_they_are_due(
            steps in proptest::collection::vec((0..50_u64, any::<bool>()), 0..200),
            dropped in 0..5_usize,
        ) {
            let mut deadlines = Deadlines::default();
            let mut list = Vec::new();
            for (number, (due_ns, pops)) in steps.into_iter().enumerate() {
                deadlines.push(due_ns, number);
                list.push((due_ns, number));
                list.sort_unstable();
                prop_assert_eq!(deadlines.due_ns(), list.first().map_or(u64::MAX, |first| first.0));
                if pops {
                    let due = list.first().copied().filter(|first| first.0 <= 25);
                    prop_assert_eq!(deadlines.pop_due(25), due);
                    list.drain(..usize::from(due.is_some()));
                }
                prop_assert_eq!(deadlines.len(), list.len());
                if number % 50 == 49 {
                    deadlines.retain(|one| one % 5 != dropped);
                    list.retain(|(_, one)| one % 5 != dropped);
                }
            }
        }
    }
}
