//! Who sent the frames of a batch whose sums hold: written down ahead, in any
//! thread, and counted by host ([`super::checksums`]) when the batch is told.

use super::host_counts::{Sender, Steps};

/// The senders of frames of usual builds, in the frames' order. A host's frames
/// in a row stand together.
#[derive(Debug, Default)]
pub(super) struct Senders {
    ipv4: Vec<Sender<u32>>,
    ipv6: Vec<Sender<[u32; 4]>>,
    /// Frames before this one have been cut off from those behind it.
    cut: u32,
}

impl Senders {
    /// Forgets all, and keeps the memory.
    pub fn clear(&mut self) {
        self.ipv4.clear();
        self.ipv6.clear();
        self.cut = 0;
    }

    /// At this frame of the batch others are to be counted, and what has been
    /// counted until then matters.
    pub fn cut(&mut self, index: u32) {
        self.cut = index;
    }

    /// Adds the sender of a frame of the batch.
    #[inline]
    pub fn ipv4(&mut self, index: u32, host: u32, steps: Steps) {
        add(&mut self.ipv4, self.cut, Sender { host, steps, index });
    }

    /// The same of IPv6.
    #[inline]
    pub fn ipv6(&mut self, index: u32, host: [u32; 4], steps: Steps) {
        add(&mut self.ipv6, self.cut, Sender { host, steps, index });
    }

    /// All of them, to be counted one after the other.
    pub fn all(&self) -> Uncounted<'_> {
        Uncounted {
            ipv4: &self.ipv4,
            ipv6: &self.ipv6,
        }
    }
}

#[inline]
fn add<H: PartialEq>(to: &mut Vec<Sender<H>>, cut: u32, sender: Sender<H>) {
    if let Some(last) = to.last_mut()
        && last.host == sender.host
        && last.index >= cut
        && last.steps.has_room()
    {
        last.steps = last.steps.plus(sender.steps);
        return;
    }
    to.push(sender);
}

/// Senders that have not been counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Uncounted<'s> {
    ipv4: &'s [Sender<u32>],
    ipv6: &'s [Sender<[u32; 4]>],
}

/// Some of them, in their order.
pub(super) type Next<'s> = (&'s [Sender<u32>], &'s [Sender<[u32; 4]>]);

impl<'s> Uncounted<'s> {
    /// The next of each kind, so many at the most, that stand before this frame
    /// of the batch.
    pub fn next(&mut self, before: u32, most: usize) -> Next<'s> {
        (
            next(&mut self.ipv4, before, most),
            next(&mut self.ipv6, before, most),
        )
    }

    /// The next one that stands before this frame, of either kind.
    pub fn next_one(&mut self, before: u32) -> Next<'s> {
        let index = |first: Option<u32>| first.unwrap_or(u32::MAX);
        let ipv4 = index(self.ipv4.first().map(|sender| sender.index));
        let ipv6 = index(self.ipv6.first().map(|sender| sender.index));
        match ipv4 < ipv6 {
            true => (next(&mut self.ipv4, before, 1), &[]),
            false => (&[], next(&mut self.ipv6, before, 1)),
        }
    }
}

fn next<'s, H>(from: &mut &'s [Sender<H>], before: u32, most: usize) -> &'s [Sender<H>] {
    let nearest = from.get(..most).unwrap_or(from);
    // Nearly always all of them do.
    let count = match nearest.last() {
        Some(last) if last.index < before => nearest.len(),
        _ => nearest.partition_point(|sender| sender.index < before),
    };
    let (these, rest) = from.split_at_checked(count).unwrap_or_default();
    *from = rest;
    these
}
