//! Following one share of the conversations, and leaving to another what has
//! to meet all packets in their order: the numbers of conversations, what is
//! counted by host or server, and who pairs queries.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use rustc_hash::FxHasher;

use super::Tracker;
use super::dealing::Clock;
use super::left::{Carried, Left, Op, Stamp, What};
use crate::capture::Frame;
use crate::decode::{Packet, quoted};
use crate::track::followers::{self, Followers};
use crate::track::journal::Due;
use crate::track::table::{Rank, Slot, Table, Way};
use crate::track::tcp::Arrival;
use crate::track::{Output, PacketNumber, Prepared, Side, Tracked};

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
        if told || self.has_left(output) {
            self.leave_all(output, told);
        }
    }

    /// Ends a conversation when the capture has ended, and leaves what there is
    /// of it as of a packet with this place.
    pub(super) fn end_and_leave(&mut self, index: usize, slot: Slot, output: &mut Output) {
        if let Some(leaves) = &mut self.leaves {
            leaves.stamp = Stamp::at(index);
        }
        self.end(slot, output);
        self.leave(output, false);
    }

    /// Gives what was left.
    pub(super) fn take_left(&mut self) -> Left {
        let leaves = self.leaves.as_mut();
        leaves.map_or_else(Left::default, |leaves| std::mem::take(&mut leaves.left))
    }

    /// Takes memory for what will be left.
    pub(super) fn give_back(&mut self, left: Left) {
        if let Some(leaves) = &mut self.leaves {
            leaves.left = left;
        }
    }

    /// Whether there is anything to be left.
    #[inline(always)]
    fn has_left(&self, output: &Output) -> bool {
        self.table.has_begun_one()
            || self.syn_floods.has_waiting()
            || self.listeners.has_waiting()
            || !output.events.is_empty()
            || !output.findings.is_empty()
            || !output.ended.is_empty()
            || self
                .leaves
                .as_ref()
                .is_some_and(|leaves| leaves.carries.is_some())
    }

    #[inline(never)]
    fn leave_all(&mut self, output: &mut Output, told: bool) {
        let Some(leaves) = &mut self.leaves else {
            return;
        };
        if let Some((slot, first_packet)) = self.table.take_begun() {
            leaves.leave(What::Began(slot, first_packet));
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
        let tracker = Tracker {
            table: Table::default().of_share(),
            leaves: Some(Box::default()),
            ..Tracker::default()
        };
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
        self.learn(known);
        self.tracker.give_back(left);
        self.output.least_bytes = least_bytes;
        self.next = 0;
    }

    /// Conversations have got these numbers.
    fn learn(&mut self, known: &[Known]) {
        for known in known {
            let Known {
                slot,
                first_packet,
                number,
            } = *known;
            self.tracker.table.set_number(slot, first_packet, number);
        }
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
        let now_ns = clock.at(index);
        if self.tracker.table.may_expire(now_ns) {
            self.expire(index, clock);
        }
        self.tracker.now_ns = now_ns;
        self.next = index + 1;
        let (tracker, output) = (&mut self.tracker, &mut self.output);
        let way = match prepared {
            Some(prepared) => tracker.note_due(frame, prepared),
            None => Way::Other,
        };
        let is_known = match (way, prepared) {
            // Of most packets nothing is left.
            (Way::Noted(_, _, Due::As(_)), _) => return,
            (way, Some(prepared)) => tracker.go_on(frame, prepared, way, output),
            (_, None) => false,
        };
        if is_known && !tracker.has_left(output) {
            return;
        }
        self.leave(index, frame, prepared.is_none(), is_known);
    }

    /// Leaves what there is of a packet, which is followed first if it is not
    /// known. `told`: its place is wanted in any case.
    #[inline(never)]
    fn leave(&mut self, index: usize, frame: &Frame<'_>, told: bool, is_known: bool) {
        let (tracker, output) = (&mut self.tracker, &mut self.output);
        if let Some(leaves) = &mut tracker.leaves {
            leaves.stamp = Stamp::at(index);
        }
        if !is_known {
            let mut packet = Packet::undecoded(*frame);
            packet.decode();
            output.tracked = Tracked::default();
            tracker.packet_of_share(&packet, output);
        }
        tracker.leave(output, told);
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
        if let Some(last) = packets.checked_sub(1)
            && self.tracker.table.may_expire(clock.at(last))
        {
            self.expire(last, clock);
        }
        self.tracker.take_left()
    }

    /// The capture has ended at this time: nothing is left to follow but ends.
    pub(super) fn into_tracker(mut self, known: &[Known], now_ns: u64) -> Tracker {
        self.learn(known);
        if let Some(leaves) = &mut self.tracker.leaves {
            // There is nobody any more who follows what streams carry.
            leaves.streams.clear();
        }
        self.tracker.now_ns = now_ns;
        self.tracker
    }
}
