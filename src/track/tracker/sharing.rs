//! Following one share of the conversations, and leaving to another what has
//! to meet all packets in their order: the numbers of conversations, what is
//! counted by host or server, and who pairs queries.

use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasherDefault;

use rustc_hash::FxHasher;

use super::{QuotedOf, Tracker};
use crate::capture::Frame;
use crate::decode::{Packet, quoted};
use crate::track::followers::{self, Followers};
use crate::track::listeners;
use crate::track::syn_flood::{self, SynFloods};
use crate::track::table::{Rank, Slot};
use crate::track::tcp::Arrival;
use crate::track::{Conversation, Event, Finding, Output, PacketNumber, Prepared, Side, Tracked};

/// The capture's clock at each packet of a batch: it never goes back, though
/// timestamps may.
#[derive(Debug, Default)]
pub struct Clock {
    /// Before the first of them.
    before_ns: u64,
    /// By their timestamps alone.
    within_ns: Vec<u64>,
}

impl Clock {
    pub(super) fn clear(&mut self) {
        self.within_ns.clear();
    }

    /// Adds a packet with this timestamp.
    #[inline]
    pub(super) fn add(&mut self, time_ns: u64) {
        let before_ns = self.within_ns.last().copied();
        self.within_ns
            .push(time_ns.max(before_ns.unwrap_or_default()));
    }

    /// Goes on where the batch before has ended; gives when this one ends.
    pub(super) fn go_on_from(&mut self, before_ns: u64) -> u64 {
        self.before_ns = before_ns;
        self.within_ns
            .last()
            .map_or(before_ns, |end_ns| before_ns.max(*end_ns))
    }

    /// At a packet, counted from 0.
    #[must_use]
    #[inline]
    pub fn at(&self, index: usize) -> u64 {
        let within_ns = self.within_ns.get(index).copied();
        within_ns.unwrap_or_default().max(self.before_ns)
    }

    /// The first of some packets at which something is due.
    fn first_due(&self, first: usize, last: usize, due_ns: u64) -> Option<usize> {
        let these = self.within_ns.get(first..=last)?;
        if these.is_empty() {
            return None;
        }
        if due_ns <= self.before_ns {
            return Some(first);
        }
        let behind = these.partition_point(|clock_ns| *clock_ns < due_ns);
        (behind < these.len()).then_some(first + behind)
    }
}

/// What one share's follower leaves to the whole; the rest of it stands in the
/// row of its kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// What follows is of a conversation that has ended before the packet.
    Expired(Rank),
    /// A conversation begins with the packet.
    Began(Slot),
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
    fn put(&mut self, value: T) {
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
    /// When something happens next.
    #[inline]
    pub(super) fn next(&self) -> Stamp {
        self.ops.first().map_or(Stamp::NEVER, |op| op.stamp)
    }
}

/// What somebody else follows of a packet.
#[derive(Clone, Copy, Debug)]
enum Carries {
    Any(Carried),
    Message(u64, Side),
}

/// What is being left.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    stamp: Stamp,
    left: Left,
    /// What the packet carries: it stands behind all else.
    carries: Option<Carries>,
    /// Connections whose streams carry messages.
    streams: HashSet<Slot, BuildHasherDefault<FxHasher>>,
}

impl Leaving {
    fn leave(&mut self, what: What) {
        self.left.ops.put(Op {
            stamp: self.stamp,
            what,
        });
    }

    pub fn oversize(&mut self, offered: Option<u16>) {
        self.leave(What::Oversize(offered));
    }

    pub fn message(&mut self, number: u64, sender: Side) {
        self.carries = Some(Carries::Message(number, sender));
    }
}

/// Nothing more comes in a connection's streams.
pub(super) fn stream_ends(
    followers: &mut Followers,
    leaves: Option<&mut Leaving>,
    slot: Slot,
    number: u64,
) {
    match leaves {
        None => followers.end(number),
        Some(leaves) => {
            if leaves.streams.remove(&slot) {
                leaves.leave(What::StreamEnds(number));
            }
        }
    }
}

impl Tracker {
    /// Tells of a packet whoever follows what it carries. `slot`: where its
    /// connection is; `of`: its conversation's number and its sender.
    pub(super) fn tell_followers(
        &mut self,
        packet: &Packet<'_>,
        slot: Option<Slot>,
        of: (u64, Side),
        arrival: Option<Arrival>,
        output: &mut Output,
    ) {
        let (number, side) = of;
        let Some(leaves) = &mut self.leaves else {
            return self.followers.packet(packet, number, side, arrival, output);
        };
        if followers::concerns(packet, arrival) {
            leaves.carries = Some(Carries::Any((number, side, arrival)));
            if packet.tcp().is_some() {
                leaves.streams.extend(slot);
            }
        }
    }

    /// Whether a packet's conversation cannot be here: it is a fragment whose
    /// first is not known here, in a share of the conversations.
    pub(super) fn is_elsewhere(&mut self, packet: &Packet<'_>) -> bool {
        let is_later = packet
            .network
            .is_some_and(|network| network.is_later_fragment());
        match &mut self.leaves {
            Some(leaves) if is_later => {
                leaves.leave(What::Elsewhere);
                true
            }
            _ => false,
        }
    }

    /// Follows a packet of this share.
    fn packet_of_share(&mut self, packet: &Packet<'_>, output: &mut Output) {
        let Some(quoted) = quoted(packet) else {
            return self.in_its_conversation(packet, output);
        };
        let of = self.quoted_conversation(packet, &quoted);
        if let Some(leaves) = &mut self.leaves {
            leaves.leave(What::Quotes);
            leaves.left.quoted.put(of);
        }
    }

    /// Leaves what there is of one packet, or of one conversation's end.
    /// `told`: the packet's place is wanted in any case.
    #[inline(always)]
    fn leave(&mut self, output: &mut Output, told: bool) {
        let has_happened = told
            || self.table.has_begun_one()
            || self.syn_floods.has_waiting()
            || self.listeners.has_waiting()
            || !output.events.is_empty()
            || !output.findings.is_empty()
            || !output.ended.is_empty()
            || self
                .leaves
                .as_ref()
                .is_some_and(|leaves| leaves.carries.is_some());
        if has_happened {
            self.leave_all(output, told);
        }
    }

    #[inline(never)]
    fn leave_all(&mut self, output: &mut Output, told: bool) {
        let Some(leaves) = &mut self.leaves else {
            return;
        };
        if let Some(slot) = self.table.take_begun() {
            leaves.leave(What::Began(slot));
        }
        for soon in self.syn_floods.hand_over() {
            leaves.leave(What::Flood);
            leaves.left.floods.put(soon);
        }
        for soon in self.listeners.hand_over() {
            leaves.leave(What::Listener);
            leaves.left.listeners.put(soon);
        }
        let has_place = told && output.tracked.conversation.is_some();
        if has_place || !output.events.is_empty() {
            leaves.leave(What::Told(output.events.len() as u32));
            leaves.left.places.put(output.tracked);
            leaves.left.events.extend(output.events.drain(..));
        }
        if !output.findings.is_empty() {
            leaves.leave(What::Findings(output.findings.len() as u32));
            leaves.left.findings.extend(output.findings.drain(..));
        }
        if !output.ended.is_empty() {
            leaves.leave(What::Ended(output.ended.len() as u32));
            leaves.left.ended.extend(output.ended.drain(..));
        }
        match leaves.carries.take() {
            None => {}
            Some(Carries::Message(number, sender)) => leaves.leave(What::Message(number, sender)),
            Some(Carries::Any(carried)) => {
                leaves.leave(What::Carries);
                leaves.left.carried.put(carried);
            }
        }
    }
}

/// The number that a conversation has got.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub(super) slot: Slot,
    pub(super) first_packet: PacketNumber,
    pub(super) number: u64,
}

/// Follows one share of the conversations, of packets of which nothing but what
/// deserves attention is to be told. Whoever has all shares tells of it.
#[derive(Debug)]
pub struct Part {
    tracker: Tracker,
    output: Output,
    /// Of the batch: up to here all has ended that was due.
    next: usize,
}

impl Default for Part {
    fn default() -> Self {
        let mut tracker = Tracker::new();
        tracker.table = std::mem::take(&mut tracker.table).of_share();
        tracker.syn_floods = SynFloods::elsewhere();
        tracker.leaves = Some(Box::default());
        let output = Output {
            only_attention: true,
            ..Output::default()
        };
        Self {
            tracker,
            output,
            next: 0,
        }
    }
}

impl Part {
    /// For so many frames at most it is worth while to look ahead together.
    pub const AHEAD: usize = Prepared::AHEAD;

    /// Begins the next batch. `left`: memory for what is left of it, `known`:
    /// what conversations have got numbers meanwhile; conversations that carry
    /// fewer than `least_bytes` need not be told.
    pub fn begin(&mut self, left: Left, known: &[Known], least_bytes: u64) {
        for known in known {
            let Known {
                slot,
                first_packet,
                number,
            } = *known;
            self.tracker.table.is_numbered(slot, first_packet, number);
        }
        if let Some(leaves) = &mut self.tracker.leaves {
            leaves.left = left;
        }
        self.output.least_bytes = least_bytes;
        self.next = 0;
    }

    /// Looks ahead, as [`Tracker::look_ahead`] does, where that is worth while.
    pub fn look_ahead<'a>(&self, frames: impl Iterator<Item = Option<&'a Prepared>>) {
        if self.tracker.is_worth_looking_ahead() {
            self.tracker.look_ahead(frames);
        }
    }

    /// Follows a packet of this share, the batch's `index`th.
    #[inline(always)]
    pub fn packet(
        &mut self,
        index: usize,
        clock: &Clock,
        frame: &Frame<'_>,
        prepared: Option<&Prepared>,
    ) {
        if self.tracker.table.may_expire(clock.at(index)) {
            self.expire(index, clock);
        }
        self.next = index + 1;
        if let Some(leaves) = &mut self.tracker.leaves {
            leaves.stamp = Stamp::at(index);
        }
        let (tracker, output) = (&mut self.tracker, &mut self.output);
        if prepared.is_some_and(|prepared| tracker.prepared(frame, prepared, output)) {
            return tracker.leave(output, false);
        }
        self.unusual(frame, prepared.is_none());
    }

    #[inline(never)]
    fn unusual(&mut self, frame: &Frame<'_>, told: bool) {
        self.tracker.advance(frame.time_ns, &mut self.output);
        let mut packet = Packet::undecoded(*frame);
        packet.decode();
        self.tracker.packet_of_share(&packet, &mut self.output);
        self.tracker.leave(&mut self.output, told);
    }

    /// Ends what is due up to a packet.
    #[inline(never)]
    fn expire(&mut self, last: usize, clock: &Clock) {
        let (tracker, output) = (&mut self.tracker, &mut self.output);
        output.clear();
        let mut from = self.next;
        while let Some(index) = clock.first_due(from, last, tracker.table.due_ns()) {
            let now_ns = clock.at(index);
            tracker.now_ns = now_ns;
            let mut latest: Option<Rank> = None;
            while let Some(expired) = tracker.table.expired(now_ns) {
                // One ends behind what stood before it in its queue.
                let rank = latest.map_or(expired.rank, |latest| latest.max(expired.rank));
                latest = Some(rank);
                if let Some(leaves) = &mut tracker.leaves {
                    leaves.stamp = Stamp::before(index);
                    leaves.leave(What::Expired(rank));
                }
                tracker.end(expired.slot, output);
                tracker.leave(output, false);
            }
            from = index + 1;
        }
    }

    /// The batch has ended, with so many packets; gives what is left of it.
    pub fn end(&mut self, packets: usize, clock: &Clock) -> Left {
        if let Some(last) = packets.checked_sub(1) {
            if self.tracker.table.may_expire(clock.at(last)) {
                self.expire(last, clock);
            }
        }
        let leaves = self.tracker.leaves.as_mut();
        leaves.map_or_else(Left::default, |leaves| std::mem::take(&mut leaves.left))
    }

    /// The capture has ended at this time: nothing is left to follow but ends.
    pub(super) fn into_tracker(mut self, known: &[Known], now_ns: u64) -> Tracker {
        self.begin(Left::default(), known, 0);
        self.tracker.leaves = None;
        self.tracker.now_ns = now_ns;
        self.tracker
    }
}
