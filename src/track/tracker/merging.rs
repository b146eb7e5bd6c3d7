//! From what those have left that follow a share of the conversations each to
//! what is told: packet by packet, in their order.

use std::cell::OnceCell;
use std::collections::VecDeque;

use super::Tracker;
use super::left::{Left, Op, Stamp, What};
use super::noting::ends_of;
use super::related::QuotedOf;
use super::sharing::Known;
use super::telling::Telling;
use crate::capture::Frame;
use crate::decode::{Brief, GoodSums, Packet, decode, quoted};
use crate::track::share::SHARES;
use crate::track::table::{Slot, provisional};
use crate::track::{Event, Output, PacketNumber, Share, Tracked};

/// What belongs to those that follow the shares.
#[derive(Debug, Default)]
pub(super) struct Merging {
    /// Numbers of conversations that began in the last batches, by their first
    /// packets.
    numbers: VecDeque<Vec<(PacketNumber, u64)>>,
    /// Those that their followers do not know yet.
    known: [Vec<Known>; SHARES],
    /// The followers, when the last packet was told,
    pub followers: Vec<Tracker>,
    /// and how many threads may be at work with them.
    pub threads: usize,
}

impl Merging {
    /// Conversations that others ended because too many were open.
    pub fn evicted(&self) -> u64 {
        let followers = self.followers.iter();
        followers.map(|tracker| tracker.table.evicted()).sum()
    }

    /// The number of a conversation, where it has a provisional one.
    fn number(&self, number: u64) -> u64 {
        let Some(first) = provisional(number) else {
            return number;
        };
        let found = self.numbers.iter().rev().find_map(|numbers| {
            let at = numbers.binary_search_by_key(&first, |(packet, _)| *packet);
            numbers.get(at.ok()?)
        });
        debug_assert!(found.is_some(), "packet {first} began nothing");
        found.map_or(number, |(_, number)| *number)
    }

    fn in_event(&self, event: &mut Event) {
        if let Event::PortReused(reused) = event {
            reused.earlier = self.number(reused.earlier);
        }
    }
}

/// A packet that is told, decoded only where that is needed.
struct Told<'t, 'p> {
    frame: &'t Frame<'p>,
    /// What it was read into, if it was.
    brief: Option<&'t Brief>,
    /// The same, decoded,
    packet: Option<&'t Packet<'p>>,
    /// or here, if need be.
    decoded: OnceCell<Packet<'p>>,
}

impl<'p> Told<'_, 'p> {
    fn packet(&self) -> &Packet<'p> {
        self.packet
            .unwrap_or_else(|| self.decoded.get_or_init(|| decode(*self.frame)))
    }
}

impl Tracker {
    /// Others are to follow the conversations, before the first packet.
    pub fn share(&mut self) {
        self.table.leave_shares();
    }

    /// The numbers that conversations of a share have got.
    pub fn take_known(&mut self, share: usize) -> Vec<Known> {
        let known = self.merging.known.get_mut(share);
        known.map(std::mem::take).unwrap_or_default()
    }

    /// Makes room for the numbers of conversations that begin in the next
    /// batch; those of the batches before are kept as long as somebody may ask
    /// for them.
    pub(super) fn begin_numbers(&mut self, ahead: usize) {
        let numbers = &mut self.merging.numbers;
        let mut oldest = match numbers.len() > ahead {
            true => numbers.pop_front().unwrap_or_default(),
            false => Vec::new(),
        };
        oldest.clear();
        numbers.push_back(oldest);
    }

    /// Takes in what is left of a packet, as long as it only counts; gives
    /// whether that was all of it.
    pub(super) fn take_in_counts(&mut self, stamp: Stamp, share: Share, left: &mut Left) -> bool {
        while let Some(op) = left.ops.first().copied()
            && op.stamp == stamp
        {
            match op.what {
                What::Began(slot, first_packet) => self.number(share, slot, first_packet),
                what if self.count(what, left) => {}
                _ => return false,
            }
            left.ops.take();
        }
        true
    }

    /// Tells what happened before a packet: `output` is emptied first.
    pub(super) fn before_packet(
        &mut self,
        index: usize,
        now_ns: u64,
        left: &mut [Left],
        output: &mut Output,
    ) {
        output.clear();
        self.now_ns = self.now_ns.max(now_ns);
        let before = Stamp::before(index);
        while let Some(left) = next_to_end(left, before) {
            self.take_in_end(before, left, output);
        }
        self.expire_if_due(output);
    }

    /// Tells of a frame of a usual build what the follower of its share has
    /// left of it.
    pub fn told_brief(
        &mut self,
        telling: &mut Telling<'_>,
        frame: &Frame<'_>,
        brief: &Brief,
        output: &mut Output,
    ) {
        let told = Told {
            frame,
            brief: Some(brief),
            packet: None,
            decoded: OnceCell::new(),
        };
        self.take_in(telling, &told, output);
    }

    /// Tells of any packet what the follower of its share has left of it, or
    /// follows it.
    pub fn told_packet(
        &mut self,
        telling: &mut Telling<'_>,
        packet: &Packet<'_>,
        good: Option<GoodSums>,
        output: &mut Output,
    ) {
        self.packet_alone(packet, good, output);
        let told = Told {
            frame: &packet.frame,
            brief: None,
            packet: Some(packet),
            decoded: OnceCell::new(),
        };
        let is_mine = match telling.share() {
            Share::WHOLE => !self.icmp_error(packet, output),
            _ => self.take_in(telling, &told, output),
        };
        if is_mine {
            self.in_its_conversation(packet, output);
        }
    }

    /// Takes in what is left of one conversation's end.
    fn take_in_end(&mut self, stamp: Stamp, left: &mut Left, output: &mut Output) {
        left.ops.take();
        self.take_in_ended(stamp, left, output);
    }

    /// The same where nothing else stands before it.
    pub(super) fn take_in_ended(&mut self, stamp: Stamp, left: &mut Left, output: &mut Output) {
        while let Some(op) = left.ops.first().copied()
            && op.stamp == stamp
            && !matches!(op.what, What::Expired(_))
        {
            left.ops.take();
            self.take_in_sums(op.what, left, output);
        }
    }

    /// Takes in what is left of a packet; gives whether it is to be followed
    /// here.
    fn take_in(
        &mut self,
        telling: &mut Telling<'_>,
        told: &Told<'_, '_>,
        output: &mut Output,
    ) -> bool {
        let mut is_mine = false;
        let (stamp, share) = (telling.stamp(), telling.share());
        let Some(left) = telling.left(share) else {
            return false;
        };
        while let Some(op) = left.ops.first().copied()
            && op.stamp == stamp
        {
            left.ops.take();
            match op.what {
                What::Began(slot, first_packet) => self.number(share, slot, first_packet),
                What::Oversize(offered) => self.oversize.add(told.packet(), offered),
                What::Told(events) => {
                    output.tracked = left.places.take().unwrap_or_default();
                    let number = output.tracked.conversation;
                    let number = number.map(|number| self.merging.number(number));
                    output.tracked.conversation = number;
                    let merging = &self.merging;
                    let events = left.events.drain(..events as usize);
                    output.events.extend(events.map(|mut event| {
                        merging.in_event(&mut event);
                        event
                    }));
                }
                What::Carries => {
                    let Some((number, side, arrival)) = left.carried.take() else {
                        continue;
                    };
                    let number = self.merging.number(number);
                    output.tracked.conversation = Some(number);
                    output.tracked.sender = Some(side);
                    let packet = told.packet();
                    self.followers.packet(packet, number, side, arrival, output);
                }
                What::Message(number, side) => {
                    let number = self.merging.number(number);
                    output.tracked = Tracked::of(number, side);
                    if let Some(brief) = told.brief {
                        let ends = || ends_of(brief);
                        self.followers
                            .message(told.frame, brief, &ends, number, output);
                    }
                }
                What::Quotes => {
                    let of = left.quoted.take().unwrap_or_default();
                    is_mine |= !self.take_in_quoted(told.packet(), of, output);
                }
                What::Elsewhere => is_mine = true,
                what => self.take_in_sums(what, left, output),
            }
        }
        is_mine
    }

    fn take_in_quoted(&mut self, packet: &Packet<'_>, of: QuotedOf, output: &mut Output) -> bool {
        let Some(quoted) = quoted(packet) else {
            return false;
        };
        let number = of.0.map(|number| self.merging.number(number));
        self.error_about(packet, &quoted, (number, of.1), output)
    }

    /// Takes in what is counted of servers; gives false where it is something
    /// else.
    fn count(&mut self, what: What, left: &mut Left) -> bool {
        match what {
            What::Flood => {
                if let Some(soon) = left.floods.take() {
                    self.syn_floods.take_over(soon);
                }
            }
            What::Listener => {
                if let Some(soon) = left.listeners.take() {
                    self.listeners.take_over(soon);
                }
            }
            _ => return false,
        }
        true
    }

    /// Takes in what belongs to no packet, and what is counted of servers.
    fn take_in_sums(&mut self, what: What, left: &mut Left, output: &mut Output) {
        match what {
            What::StreamEnds(number) => self.followers.end(self.merging.number(number)),
            What::Findings(count) => {
                let merging = &self.merging;
                let findings = left.findings.drain(..count as usize);
                output.findings.extend(findings.map(|mut finding| {
                    let number = finding.conversation;
                    finding.conversation = number.map(|number| merging.number(number));
                    finding
                }));
            }
            What::Ended(count) => {
                let merging = &self.merging;
                let ended = left.ended.drain(..count as usize);
                output.ended.extend(ended.map(|mut ended| {
                    ended.number = merging.number(ended.number);
                    ended
                }));
            }
            what => {
                self.count(what, left);
            }
        }
    }

    /// A conversation of a share has begun.
    fn number(&mut self, share: Share, slot: Slot, first_packet: PacketNumber) {
        let number = self.table.number_another();
        if let Some(numbers) = self.merging.numbers.back_mut() {
            numbers.push((first_packet, number));
        }
        if let Some(known) = self.merging.known.get_mut(share.index()) {
            known.push(Known {
                slot,
                first_packet,
                number,
            });
        }
    }
}

/// Who has the conversation that ends next, of those that end before a packet.
fn next_to_end(left: &mut [Left], before: Stamp) -> Option<&mut Left> {
    let ranked = left.iter_mut().filter_map(|left| match left.ops.first() {
        Some(Op {
            stamp,
            what: What::Expired(rank),
        }) if *stamp == before => Some((*rank, left)),
        _ => None,
    });
    let next = ranked.min_by_key(|(rank, _)| *rank);
    next.map(|(_, left)| left)
}
