//! Whose a packet is, where several follow a share of the conversations each.

use std::mem;

use super::prepared::Prepared;
use crate::decode::{Network, Packet, quoted};
use crate::track::checksums::note_good;
use crate::track::fragments::Fragments;
use crate::track::key::Key;
use crate::track::senders::Senders;
use crate::track::share::{SHARES, Share};

/// What a packet tells of the share that it belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Dealt {
    /// It is this one's.
    To(Share),
    /// It is a fragment: that depends on the packets before it.
    Fragment(Fragmented),
}

/// A fragment, and whose it is by its own ports.
#[derive(Clone, Copy, Debug)]
pub struct Fragmented {
    network: Network,
    share: Share,
}

impl Dealt {
    /// Of a packet. An ICMP error goes to where the packet is known that it
    /// quotes.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        let quoted = quoted(packet);
        let key = match &quoted {
            Some(quoted) => Some(Key::of_quoted(quoted, packet)),
            None => Key::of(packet),
        };
        let share = key.map_or(Share::WHOLE, |(key, _)| Share::of(&key, key.hash()));
        match packet.network {
            Some(network) if network.fragment.is_some() => Self::Fragment(Fragmented {
                network,
                // What follows it is no error.
                share: if quoted.is_some() {
                    Share::WHOLE
                } else {
                    share
                },
            }),
            _ => Self::To(share),
        }
    }
}

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
    /// Of packets with these timestamps.
    fn fill(&mut self, times_ns: impl Iterator<Item = u64>) {
        let mut latest_ns = 0;
        self.within_ns.clear();
        self.within_ns.extend(times_ns.map(|time_ns| {
            latest_ns = time_ns.max(latest_ns);
            latest_ns
        }));
    }

    /// Goes on where the batch before has ended; gives when this one ends.
    fn go_on_from(&mut self, before_ns: u64) -> u64 {
        self.before_ns = before_ns;
        self.within_ns
            .last()
            .map_or(before_ns, |end_ns| before_ns.max(*end_ns))
    }

    /// The last packet, counted from 0.
    pub(super) fn last(&self) -> Option<usize> {
        self.within_ns.len().checked_sub(1)
    }

    /// At a packet, counted from 0.
    #[must_use]
    #[inline]
    pub fn at(&self, index: usize) -> u64 {
        let within_ns = self.within_ns.get(index).copied();
        within_ns.unwrap_or_default().max(self.before_ns)
    }

    /// The first of some packets at which something is due.
    pub(super) fn first_due(&self, first: usize, last: usize, due_ns: u64) -> Option<usize> {
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

/// Whose each packet of a batch is, and when each came.
#[derive(Debug, Default)]
pub struct Deal {
    clock: Clock,
    /// Of each packet,
    shares: Vec<Share>,
    /// and the packets of each that somebody follows by itself.
    packets: [Vec<u32>; SHARES],
    /// Packets that are told one by one, whatever becomes of them.
    one_by_one: Vec<u32>,
    /// Who sent the others.
    senders: Senders,
    /// Of whom it is not known yet.
    fragments: Vec<(u32, Fragmented)>,
}

impl Deal {
    /// Begins a batch of packets with these timestamps, which are to be added;
    /// keeps the memory of the one before.
    pub fn begin(&mut self, times_ns: impl Iterator<Item = u64>) {
        self.clock.fill(times_ns);
        self.shares.clear();
        self.packets.iter_mut().for_each(Vec::clear);
        self.one_by_one.clear();
        self.senders.clear();
        self.fragments.clear();
    }

    /// Adds the next frame of the batch, of which all was made that most need.
    #[inline(always)]
    pub fn add_prepared(&mut self, prepared: &Prepared) {
        let (index, share) = (self.shares.len(), prepared.share());
        if share == Share::WHOLE {
            return self.add(Dealt::To(share));
        }
        self.shares.push(share);
        self.hand(index, share);
        note_good(&mut self.senders, index, prepared.brief());
    }

    /// Adds the next packet of the batch, which is told in any case.
    pub fn add(&mut self, dealt: Dealt) {
        let index = self.shares.len();
        self.one_by_one.push(index as u32);
        self.senders.cut(index as u32);
        match dealt {
            Dealt::To(share) => {
                self.shares.push(share);
                self.hand(index, share);
            }
            Dealt::Fragment(fragment) => {
                self.shares.push(Share::WHOLE);
                self.fragments.push((index as u32, fragment));
            }
        }
    }

    #[inline]
    fn hand(&mut self, index: usize, share: Share) {
        if let Some(packets) = self.packets.get_mut(share.index()) {
            packets.push(index as u32);
        }
    }

    /// Whose the packet is that stands at a place in the batch.
    #[must_use]
    #[inline]
    pub fn share(&self, index: usize) -> Share {
        self.shares.get(index).copied().unwrap_or(Share::WHOLE)
    }

    /// The packets of a share (below [`SHARES`]) by their place in the batch.
    #[must_use]
    pub fn packets(&self, share: usize) -> &[u32] {
        self.packets.get(share).map_or(&[], Vec::as_slice)
    }

    /// The packets that are told in any case.
    pub(super) fn one_by_one(&self) -> &[u32] {
        &self.one_by_one
    }

    /// Who sent those that are not.
    pub(super) fn senders(&self) -> &Senders {
        &self.senders
    }

    /// The capture's clock at each packet.
    #[must_use]
    #[inline]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Deals what depends on the packets before. It has to meet all batches in
/// their order.
#[derive(Debug, Default)]
pub struct Dealer {
    /// The shares of datagrams, by their first fragments.
    first: Fragments<Share>,
    clock_ns: u64,
}

impl Dealer {
    /// Deals what is left of the next batch.
    pub fn finish(&mut self, deal: &mut Deal) {
        self.clock_ns = deal.clock.go_on_from(self.clock_ns);
        if deal.fragments.is_empty() {
            return;
        }
        for (index, fragment) in mem::take(&mut deal.fragments) {
            let index = index as usize;
            let share = self.share(&fragment, deal.clock.at(index));
            if let Some(its) = deal.shares.get_mut(index) {
                *its = share;
            }
            deal.hand(index, share);
        }
        for packets in &mut deal.packets {
            packets.sort_unstable();
        }
    }

    /// Whose a fragment is: the share of the first of its datagram.
    fn share(&mut self, fragment: &Fragmented, now_ns: u64) -> Share {
        let Fragmented { network, share } = fragment;
        if network.is_later_fragment() {
            return self.first.find(network).unwrap_or(Share::WHOLE);
        }
        self.first.first(network, *share, now_ns);
        *share
    }

    /// The capture's clock behind all that was dealt.
    #[must_use]
    pub fn clock_ns(&self) -> u64 {
        self.clock_ns
    }
}
