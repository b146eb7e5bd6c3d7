//! What is left of a batch by those who follow a share of the conversations
//! each, for the one who tells.

use std::collections::VecDeque;

use super::related::QuotedOf;
use crate::track::table::{Rank, Slot};
use crate::track::tcp::Arrival;
use crate::track::{
    Conversation, Event, Finding, PacketNumber, Side, Tracked, listeners, syn_flood,
};

/// What one share's follower leaves to the whole; the rest of it stands in the
/// row of its kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// What follows is of a conversation that has ended before the packet.
    Expired(Rank),
    /// A conversation begins with the packet, which has this number.
    Began(Slot, PacketNumber),
    /// The next change of a listener.
    Listener,
    /// The next of what is counted of handshakes.
    Flood,
    /// Nothing more comes in a connection's streams that carried messages.
    StreamEnds(u64),
    /// The packet carries more than what was offered.
    Oversize(Option<u16>),
    /// The next findings,
    Findings(u32),
    /// and conversations that have ended.
    Ended(u32),
    /// The packet's place, which is the next, and so many events.
    Told(u32),
    /// Somebody else follows what the packet carries.
    Carries,
    /// The same of a message in a datagram that was noted.
    Message(u64, Side),
    /// The packet is an ICMP error about one of this conversation.
    Quotes,
    /// Its first fragment's conversation is over.
    Elsewhere,
}

/// Of one packet, or of what happens before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub stamp: Stamp,
    pub what: What,
}

/// When something happens: at or before a packet of the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u32);

impl Stamp {
    /// After everything.
    pub const NEVER: Self = Self(u32::MAX);

    #[inline]
    pub fn before(index: usize) -> Self {
        Self((index as u32) << 1)
    }

    #[inline]
    pub fn at(index: usize) -> Self {
        Self((index as u32) << 1 | 1)
    }

    /// The packet; nothing that is in a batch for [`Self::NEVER`].
    #[inline]
    pub fn index(self) -> usize {
        (self.0 >> 1) as usize
    }
}

const _: () = assert!(size_of::<Op>() <= 32);

/// A message, or bytes of a stream: its conversation's number, its sender, and
/// what arrived.
pub(super) type Carried = (u64, Side, Option<Arrival>);

/// Values that are put down one after the other and taken up in the same order,
/// when all are there. Taking up the last forgets them and keeps the memory.
#[derive(Debug)]
pub(super) struct Row<T> {
    all: Vec<T>,
    taken: usize,
}

impl<T> Default for Row<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            taken: 0,
        }
    }
}

impl<T: Copy> Row<T> {
    #[inline]
    pub fn put(&mut self, value: T) {
        self.all.push(value);
    }

    #[inline]
    pub fn first(&self) -> Option<&T> {
        self.all.get(self.taken)
    }

    #[inline]
    pub fn take(&mut self) -> Option<T> {
        let value = self.first().copied();
        self.taken += 1;
        if self.taken >= self.all.len() {
            self.all.clear();
            self.taken = 0;
        }
        value
    }
}

/// What was left of one batch, in its order.
#[derive(Debug, Default)]
pub struct Left {
    pub(super) ops: Row<Op>,
    pub(super) listeners: Row<listeners::Soon>,
    pub(super) floods: Row<syn_flood::Soon>,
    pub(super) places: Row<Tracked>,
    pub(super) carried: Row<Carried>,
    pub(super) quoted: Row<QuotedOf>,
    pub(super) events: VecDeque<Event>,
    pub(super) findings: VecDeque<Finding>,
    pub(super) ended: VecDeque<Conversation>,
}

impl Left {
    /// Whether all of it was taken up.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.ops.first().is_none()
    }

    /// When something happens next.
    #[inline]
    pub(super) fn next(&self) -> Stamp {
        self.ops.first().map_or(Stamp::NEVER, |op| op.stamp)
    }
}
