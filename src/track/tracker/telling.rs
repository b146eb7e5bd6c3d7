//! A batch of which others have followed a share each, from one packet of which
//! something is to be told to the next. Of those in between nothing is looked
//! at but what is counted.

use super::Tracker;
use super::dealing::Deal;
use super::left::{Left, Stamp};
use crate::track::Output;
use crate::track::senders::Uncounted;
use crate::track::share::{SHARES, Share};

/// How far the telling of a batch has come.
#[derive(Debug)]
pub struct Telling<'b> {
    deal: &'b Deal,
    left: &'b mut [Left],
    next: Next,
    /// Packets that are told in any case.
    one_by_one: &'b [u32],
    senders: Uncounted<'b>,
    /// The first packet before which something becomes due.
    due: usize,
    /// The packet that is being told.
    index: usize,
    is_told: bool,
}

/// Behind every packet.
const NEVER: usize = usize::MAX;

impl<'b> Telling<'b> {
    /// The packet that is being told, by its place in the batch.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Whose it is.
    #[must_use]
    pub fn share(&self) -> Share {
        self.deal.share(self.index)
    }

    pub(super) fn stamp(&self) -> Stamp {
        Stamp::at(self.index)
    }

    /// What the follower of a share has left.
    pub(super) fn left(&mut self, share: Share) -> Option<&mut Left> {
        self.left.get_mut(share.index())
    }

    /// The next packet that is told in any case.
    #[inline]
    fn in_any_case(&self) -> usize {
        self.one_by_one
            .first()
            .map_or(NEVER, |index| *index as usize)
    }

    /// Looks again for what is next, as things have happened; packets before
    /// `first` were told.
    fn look(&mut self, first: usize, due_ns: u64) {
        self.next = Next::of(self.left);
        let last = self.deal.clock().last();
        let due = last.and_then(|last| self.deal.clock().first_due(first, last, due_ns));
        self.due = due.unwrap_or(NEVER);
    }
}

impl Tracker {
    /// The next batch is to be told, whose shares were followed by others, who
    /// have left this and are so many batches ahead at the most.
    pub fn begin_batch<'b>(
        &mut self,
        deal: &'b Deal,
        left: &'b mut [Left],
        ahead: usize,
    ) -> Telling<'b> {
        self.begin_numbers(ahead);
        let mut telling = Telling {
            deal,
            left,
            next: Next::default(),
            one_by_one: deal.one_by_one(),
            senders: deal.senders().all(),
            due: NEVER,
            index: 0,
            is_told: false,
        };
        telling.look(0, self.due_ns());
        telling
    }

    /// Goes on to the next packet of which something is to be told, or that is
    /// told in any case: then [`Tracker::told_brief`] or
    /// [`Tracker::told_packet`] is to follow. Gives false behind the last.
    /// `output` is emptied first, and gets what happened before the packet.
    pub fn tell_next(&mut self, telling: &mut Telling<'_>, output: &mut Output) -> bool {
        if telling.is_told {
            telling.is_told = false;
            if telling.in_any_case() == telling.index {
                telling.one_by_one = telling.one_by_one.get(1..).unwrap_or_default();
            }
            telling.look(telling.index + 1, self.due_ns());
        }
        loop {
            let (share, stamp) = telling.next.first();
            let others = telling.in_any_case().min(telling.due);
            let index = stamp.map_or(others, |stamp| stamp.index().min(others));
            if index == NEVER {
                self.checksums.all_good_before(NEVER, &mut telling.senders);
                output.clear();
                return false;
            }
            telling.index = index;
            let only_left = index != others && stamp == Some(Stamp::at(index));
            if only_left && self.count_left(telling, share) {
                continue;
            }
            if index == telling.in_any_case() {
                // Its sums may not hold: then those count that did before it.
                self.checksums.all_good_before(index, &mut telling.senders);
            }
            let now_ns = telling.deal.clock().at(index);
            self.before_packet(index, now_ns, telling.left, output);
            telling.is_told = true;
            return true;
        }
    }

    /// Takes in what is left of a packet, as long as it only counts; gives
    /// whether that was all of it.
    #[inline]
    fn count_left(&mut self, telling: &mut Telling<'_>, share: Share) -> bool {
        let stamp = telling.stamp();
        let Some(left) = telling.left(share) else {
            return false;
        };
        let is_all = self.take_in_counts(stamp, share, left);
        let next = left.next();
        telling.next.set(share, next);
        is_all
    }

    /// Before this time nothing becomes due here.
    fn due_ns(&self) -> u64 {
        self.table.due_ns().min(self.followers.due_ns())
    }
}

/// When something happens next of all that was left, by share.
#[derive(Clone, Copy, Debug, Default)]
struct Next([Stamp; SHARES]);

impl Next {
    /// Of what is left of a batch.
    fn of(left: &[Left]) -> Self {
        let mut next = Self([Stamp::NEVER; SHARES]);
        for (next, left) in next.0.iter_mut().zip(left) {
            *next = left.next();
        }
        next
    }

    /// Whose is the first, and when it happens, if there is one.
    #[inline]
    fn first(&self) -> (Share, Option<Stamp>) {
        let (mut share, mut first) = (0, Stamp::NEVER);
        for (index, next) in self.0.into_iter().enumerate() {
            if next < first {
                (share, first) = (index, next);
            }
        }
        (Share::at(share), (first != Stamp::NEVER).then_some(first))
    }

    fn set(&mut self, share: Share, next: Stamp) {
        if let Some(its) = self.0.get_mut(share.index()) {
            *its = next;
        }
    }
}
