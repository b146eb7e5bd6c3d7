//! Between the thread that empties the kernel's ring and the one that
//! analyses: a queue of packets that is bounded in bytes and never makes the
//! first of them wait.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::batch::Batch;
use super::running::{Ending, Next, Notice};

/// Bytes that may wait at the most.
const ROOM: usize = 32 << 20;

/// A batch that has grown to this is delivered as it is: it fits a cache, and
/// is worth the switch between threads.
pub(super) const FULL: usize = 128 << 10;

/// Emptied batches that are kept for the next packets.
const SPARE: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    batches: VecDeque<Batch>,
    bytes: usize,
    spare: Vec<Batch>,
    notices: VecDeque<Notice>,
    /// Everything captured up to this time has been delivered.
    idle_ns: Option<u64>,
    ending: Option<Ending>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves a queue that is still whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the packets out of a batch and gives back true; or leaves them,
    /// where there is no room.
    pub(super) fn offer(&self, batch: &mut Batch) -> bool {
        let size = batch.size();
        let mut inner = self.lock();
        if inner.bytes + size > ROOM {
            return false;
        }
        inner.bytes += size;
        inner.idle_ns = None;
        match inner.batches.back_mut() {
            Some(last) if last.size() + size <= FULL => last.append(batch),
            _ => {
                let empty = inner.spare.pop().unwrap_or_default();
                inner.batches.push_back(std::mem::replace(batch, empty));
            }
        }
        drop(inner);
        self.filled.notify_one();
        true
    }

    /// Says that no packet up to this time is still to come.
    pub(super) fn idle(&self, now_ns: u64) {
        self.lock().idle_ns = Some(now_ns);
        self.filled.notify_one();
    }

    pub(super) fn notice(&self, notice: Notice) {
        self.lock().notices.push_back(notice);
        self.filled.notify_one();
    }

    pub(super) fn end(&self, ending: Ending) {
        self.lock().ending = Some(ending);
        self.filled.notify_one();
    }

    /// The next thing, after waiting so long at the most. What was told of
    /// comes in the order in which it happened, but for notices, which come
    /// first.
    pub(super) fn take(&self, patience: Duration) -> Next {
        let inner = self.lock();
        let (mut inner, _) = self
            .filled
            .wait_timeout_while(inner, patience, |inner| {
                inner.batches.is_empty()
                    && inner.notices.is_empty()
                    && inner.idle_ns.is_none()
                    && inner.ending.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(notice) = inner.notices.pop_front() {
            return Next::Notice(notice);
        }
        if let Some(batch) = inner.batches.pop_front() {
            inner.bytes -= batch.size();
            return Next::Packets(batch);
        }
        if let Some(now_ns) = inner.idle_ns.take() {
            return Next::Idle(now_ns);
        }
        match inner.ending.take() {
            Some(ending) => Next::End(ending),
            None => Next::Nothing,
        }
    }

    /// Gives a batch back, for its memory.
    pub(super) fn give_back(&self, mut batch: Batch) {
        batch.clear();
        let mut inner = self.lock();
        if inner.spare.len() < SPARE {
            inner.spare.push(batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(packets: usize, bytes: usize) -> Batch {
        let mut batch = Batch::default();
        for _ in 0..packets {
            batch.push(0, 0, &vec![0; bytes]);
        }
        batch
    }

    fn packets(next: Next) -> usize {
        match next {
            Next::Packets(batch) => batch.len(),
            _ => 0,
        }
    }

    #[test]
    fn small_batches_are_joined_and_large_ones_are_not() {
        let queue = Queue::default();
        for size in [3, 4, 5] {
            assert!(queue.offer(&mut batch(size, 60)));
        }
        assert!(queue.offer(&mut batch(1, FULL)));
        assert_eq!(packets(queue.take(Duration::ZERO)), 12);
        assert_eq!(packets(queue.take(Duration::ZERO)), 1);
        assert!(matches!(queue.take(Duration::ZERO), Next::Nothing));
    }

    #[test]
    fn what_does_not_fit_is_refused_at_once_and_fits_after_something_was_taken() {
        let queue = Queue::default();
        let mut refused = batch(1, FULL);
        while queue.offer(&mut batch(1, FULL)) {}
        assert!(!queue.offer(&mut refused));
        assert_eq!(refused.len(), 1);
        assert_eq!(packets(queue.take(Duration::ZERO)), 1);
        assert!(queue.offer(&mut refused));
        assert!(refused.is_empty());
    }

    #[test]
    fn the_end_comes_behind_all_packets() {
        let queue = Queue::default();
        queue.end(Ending::Stopped);
        assert!(queue.offer(&mut batch(1, 60)));
        queue.idle(5);
        assert_eq!(packets(queue.take(Duration::ZERO)), 1);
        assert!(matches!(queue.take(Duration::ZERO), Next::Idle(5)));
        assert!(matches!(
            queue.take(Duration::ZERO),
            Next::End(Ending::Stopped)
        ));
    }
}
