//! The end of the capture: every conversation that is still open ends, in the
//! order of their numbers, whoever has followed it. Where several have, each
//! ends its own, some thousands at a time, and leaves what there is to tell.

use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;
use std::{iter, mem, thread};

use arrayvec::ArrayVec;

use super::Tracker;
use super::left::{Left, Stamp};
use super::sharing::{Known, Part};
use crate::track::Output;
use crate::track::table::{AHEAD, Numbered, Slot};

/// So many conversations end at a time: what is told of them has to be kept
/// meanwhile, and it takes some time to begin a thread.
const TOGETHER: usize = 4096;

/// With fewer conversations more threads are not worth while.
const WORTH_SHARING: usize = 512;

impl Tracker {
    /// Every packet was told, the last at this time. With each follower comes
    /// what it is to know yet. So many threads may end what is open.
    pub fn end_shared(&mut self, parts: Vec<(Part, Vec<Known>)>, now_ns: u64, threads: usize) {
        self.now_ns = self.now_ns.max(now_ns);
        self.merging.threads = threads;
        for (part, known) in parts {
            let tracker = part.into_tracker(&known, self.now_ns);
            self.merging.followers.push(tracker);
        }
    }

    /// From now on conversations can only end.
    pub(super) fn close_down(&mut self) -> Ending {
        let mut open = vec![self.table.close_down()];
        let (listeners, floods) = (&self.listeners, &self.syn_floods);
        open.extend(each(
            &mut self.merging.followers,
            self.merging.threads,
            |_, tracker| {
                tracker.listeners.ends_as(listeners);
                tracker.syn_floods.ends_as(floods);
                tracker.table.close_down()
            },
        ));
        Ending::of(open)
    }

    /// Ends the next conversations, and goes on no further when so many are
    /// told.
    pub(super) fn end_next(&mut self, ending: &mut Ending, told: usize, output: &mut Output) {
        if !self.merging.followers.is_empty() {
            return self.end_next_shared(ending, output);
        }
        for _ in 0..TOGETHER / AHEAD {
            let together: ArrayVec<_, AHEAD> = ending.take(AHEAD).collect();
            self.table
                .look_at_ends(together.iter().map(|(_, slot)| *slot));
            for (_, slot) in together {
                self.end(slot, output);
            }
            if output.ended.len() >= told {
                return;
            }
        }
    }

    /// The same where others have followed them.
    fn end_next_shared(&mut self, ending: &mut Ending, output: &mut Output) {
        // Few at first: of those it may be said how large the largest are.
        ending.together = (ending.together * 2).clamp(AHEAD, TOGETHER);
        let together: Vec<_> = ending.take(ending.together).collect();
        let threads = match together.len() {
            0..WORTH_SHARING => 1,
            _ => self.merging.threads,
        };
        let least_bytes = output.least_bytes;
        let mut left = each(&mut self.merging.followers, threads, |index, tracker| {
            tracker.end_its(index + 1, &together, least_bytes)
        });
        for (index, (of, slot)) in together.into_iter().enumerate() {
            match of
                .checked_sub(1)
                .and_then(|follower| left.get_mut(follower))
            {
                None => self.end(slot, output),
                Some(left) => self.take_in_ended(Stamp::at(index), left, output),
            }
        }
        for (follower, left) in self.merging.followers.iter_mut().zip(left) {
            follower.give_back(left);
        }
    }

    /// Ends those of some conversations that are this one's, and gives what is
    /// left of them, by their places.
    fn end_its(&mut self, of: usize, together: &[(usize, Slot)], least_bytes: u64) -> Left {
        let mut output = Output {
            least_bytes,
            ..Output::default()
        };
        let all = together.iter().enumerate();
        let mut its =
            all.filter_map(|(index, (whose, slot))| (*whose == of).then_some((index, *slot)));
        loop {
            let some: ArrayVec<_, AHEAD> = its.by_ref().take(AHEAD).collect();
            if some.is_empty() {
                return self.take_left();
            }
            self.table.look_at_ends(some.iter().map(|(_, slot)| *slot));
            for (index, slot) in some {
                self.end_and_leave(index, slot, &mut output);
            }
        }
    }

    /// Takes in what the followers know of the capture as a whole.
    pub(super) fn take_in_shares(&mut self) {
        for follower in &self.merging.followers {
            self.vantage.add_all(&follower.vantage);
            self.dropped.add_all(&follower.dropped);
        }
    }
}

/// The conversations that are open at the end of the capture, by number.
#[derive(Debug)]
pub(super) struct Ending {
    /// Those of the tracker, and of every follower.
    open: Vec<IntoIter<Numbered>>,
    /// The next of each.
    next: Vec<Numbered>,
    /// How many ended together the last time.
    together: usize,
}

impl Ending {
    fn of(open: Vec<Vec<Numbered>>) -> Self {
        let mut open: Vec<_> = open.into_iter().map(Vec::into_iter).collect();
        let first = |open: &mut IntoIter<Numbered>| open.next().unwrap_or(Numbered::NONE);
        Self {
            next: open.iter_mut().map(first).collect(),
            open,
            together: 0,
        }
    }

    /// The next of them, so many at the most: whose each is, and where it stands
    /// there.
    fn take(&mut self, most: usize) -> impl Iterator<Item = (usize, Slot)> {
        let next = || {
            let next = self.next.iter_mut().zip(&mut self.open).enumerate();
            let (of, (next, open)) = next.min_by_key(|(_, (next, _))| **next)?;
            let first = mem::replace(next, open.next().unwrap_or(Numbered::NONE));
            (first != Numbered::NONE).then(|| (of, first.slot()))
        };
        iter::from_fn(next).take(most)
    }

    pub fn is_over(&self) -> bool {
        self.next.iter().all(|next| *next == Numbered::NONE)
    }
}

/// Does the same with each of some, with so many threads at the most; gives what
/// came of each.
fn each<T: Send, R: Default + Send>(
    all: &mut [T],
    threads: usize,
    work: impl Fn(usize, &mut T) -> R + Sync,
) -> Vec<R> {
    let mut results: Vec<R> = all.iter().map(|_| R::default()).collect();
    let threads = threads.min(all.len());
    let queue = Mutex::new(all.iter_mut().zip(&mut results).enumerate());
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((index, (one, result))) = take() {
            *result = work(index, one);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // With fewer threads it takes longer, that is all.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    results
}
