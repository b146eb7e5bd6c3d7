//! Batches whose conversations are followed by several, each its own share:
//! who has which batch, and what they have left of it.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use super::work::Work;
use crate::track::{Dealer, Known, Left, Part, SHARES};

/// A batch that is being followed.
struct UnderWay {
    number: u64,
    work: Arc<Work>,
    /// What was left of it, by share.
    left: [Option<Left>; SHARES],
}

impl UnderWay {
    fn is_followed(&self) -> bool {
        self.left.iter().all(Option::is_some)
    }
}

/// The follower of a share.
struct Follower {
    /// Away where somebody is at work with it.
    part: Option<Box<Part>>,
    /// The next batch that it follows.
    next: u64,
    /// The thread that was last at work with it.
    thread: usize,
    /// What it is to know before it.
    known: Vec<Known>,
}

/// What is to be followed next.
pub(super) struct Following {
    share: usize,
    part: Box<Part>,
    number: u64,
    work: Arc<Work>,
    known: Vec<Known>,
    left: Left,
    least_bytes: u64,
}

/// A share of a batch that was followed.
pub(super) struct Followed {
    share: usize,
    part: Box<Part>,
    number: u64,
    left: Left,
}

/// All shares, and the batches from which they are dealt to where they are told.
pub(super) struct Shares {
    followers: Vec<Follower>,
    under_way: VecDeque<UnderWay>,
    dealer: Dealer,
    /// The next batch to be dealt.
    next_dealt: u64,
    /// Memory for what will be left.
    spare: Vec<Left>,
    pub(super) least_bytes: u64,
}

impl Shares {
    pub(super) fn new(least_bytes: u64) -> Self {
        let follower = || Follower {
            part: Some(Box::default()),
            next: 0,
            thread: 0,
            known: Vec::new(),
        };
        Self {
            followers: std::iter::repeat_with(follower).take(SHARES).collect(),
            under_way: VecDeque::new(),
            dealer: Dealer::default(),
            next_dealt: 0,
            spare: Vec::new(),
            least_bytes,
        }
    }

    /// The number of the batch that is to be dealt next.
    pub(super) fn next_dealt(&self) -> u64 {
        self.next_dealt
    }

    /// Deals the next batch.
    pub(super) fn deal(&mut self, mut work: Work) {
        self.dealer.finish(&mut work.deal);
        self.under_way.push_back(UnderWay {
            number: self.next_dealt,
            work: Arc::new(work),
            left: Default::default(),
        });
        self.next_dealt += 1;
    }

    /// Whether the next batch can be told.
    pub(super) fn may_tell(&self) -> bool {
        self.under_way.front().is_some_and(UnderWay::is_followed)
    }

    /// The next batch, if all of it was followed.
    pub(super) fn take_followed(&mut self) -> Option<(Work, Vec<Left>)> {
        if !self.may_tell() {
            return None;
        }
        let UnderWay { work, left, .. } = self.under_way.pop_front()?;
        // Nobody else has it any more.
        let work = Arc::into_inner(work).unwrap_or_default();
        Some((work, left.into_iter().flatten().collect()))
    }

    /// Whether there is something to follow.
    pub(super) fn may_follow(&self) -> bool {
        self.behind(0).is_some()
    }

    /// The share that is the furthest behind, if it can go on; of several, one
    /// that a thread has in its processor's cache.
    fn behind(&self, thread: usize) -> Option<usize> {
        let all = self.followers.iter().enumerate();
        let able = all.filter(|(_, one)| one.part.is_some() && one.next < self.next_dealt);
        let behind = able.min_by_key(|(_, one)| (one.next, one.thread != thread));
        behind.map(|(share, _)| share)
    }

    /// What a thread is to follow next.
    pub(super) fn take(&mut self, thread: usize) -> Option<Following> {
        let share = self.behind(thread)?;
        let follower = self.followers.get_mut(share)?;
        let number = follower.next;
        let first = self.under_way.front()?.number;
        let batch = self.under_way.get((number - first) as usize)?;
        follower.next += 1;
        follower.thread = thread;
        Some(Following {
            share,
            part: follower.part.take()?,
            number,
            work: Arc::clone(&batch.work),
            known: mem::take(&mut follower.known),
            left: self.spare.pop().unwrap_or_default(),
            least_bytes: self.least_bytes,
        })
    }

    pub(super) fn was_followed(&mut self, followed: Followed) {
        let Followed {
            share,
            part,
            number,
            left,
        } = followed;
        if let Some(follower) = self.followers.get_mut(share) {
            follower.part = Some(part);
        }
        let batch = self.under_way.iter_mut().find(|one| one.number == number);
        if let Some(place) = batch.and_then(|batch| batch.left.get_mut(share)) {
            *place = Some(left);
        }
    }

    /// A batch was told: what conversations have got numbers, and the memory of
    /// what was left.
    pub(super) fn was_told(&mut self, known: Vec<Vec<Known>>, left: Vec<Left>) {
        for (follower, mut known) in self.followers.iter_mut().zip(known) {
            follower.known.append(&mut known);
        }
        self.spare.extend(left);
    }

    /// All was told: the followers with what they are to know, and the time.
    pub(super) fn end(self) -> (Vec<(Part, Vec<Known>)>, u64) {
        let followers = self.followers.into_iter();
        let parts = followers.filter_map(|one| Some((*one.part?, one.known)));
        (parts.collect(), self.dealer.clock_ns())
    }
}

impl Following {
    /// Follows it.
    #[inline(never)]
    pub(super) fn follow(mut self) -> Followed {
        let part = &mut self.part;
        part.begin(self.left, &self.known, self.least_bytes);
        let (batch, made, deal) = (&self.work.batch, self.work.made(), &self.work.deal);
        for together in deal.packets(self.share).chunks(Part::AHEAD) {
            let made_of = |index: &u32| made.get(*index as usize);
            part.look_ahead(together.iter().map(|index| made_of(index)?.prepared()));
            for index in together {
                let at = *index as usize;
                if let (Some(made), Some(frame)) = (made.get(at), batch.get(at)) {
                    part.packet(at, deal.clock(), &frame, made.prepared());
                }
            }
        }
        let left = part.end(batch.len(), deal.clock());
        Followed {
            share: self.share,
            part: self.part,
            number: self.number,
            left,
        }
    }
}
