//! Who has an address: questions of ARP and of neighbour discovery, until they
//! are answered or given up.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::claims::Claim;
use super::waiting::Waiting;
use super::{ArpUnanswered, Event, Finding, Output, PacketNumber};
use crate::decode::Packet;

/// Who asks, for whom. A probe asks from 0.0.0.0. Whatever the VLAN: mirror
/// ports strip tags in one direction.
type Key = (IpAddr, IpAddr);

/// All that wait for an answer.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: Waiting<Key, Asked>,
    evicted: u64,
}

/// A question on its way.
#[derive(Debug)]
pub(super) struct Asked {
    /// The first eight packets that ask.
    pub packets: SmallVec<[PacketNumber; 8]>,
    pub attempts: u32,
    pub first_ns: u64,
    pub last: PacketNumber,
    pub last_ns: u64,
    pub answered: bool,
    pub conversation: u64,
    /// Whose frame asked last, where frames have senders.
    pub asker_mac: Option<[u8; 6]>,
}

impl Asked {
    fn new(conversation: u64) -> Self {
        Self {
            packets: SmallVec::new(),
            attempts: 0,
            first_ns: 0,
            last: 0,
            last_ns: 0,
            answered: false,
            conversation,
            asker_mac: None,
        }
    }

    /// Asked once more; after an answer the count begins anew.
    fn again(&mut self, packet: PacketNumber, time_ns: u64) -> u32 {
        if self.answered || self.attempts == 0 {
            *self = Self {
                first_ns: time_ns,
                ..Self::new(self.conversation)
            };
        }
        if self.packets.len() < 8 {
            self.packets.push(packet);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.last = packet;
        self.last_ns = time_ns;
        self.attempts
    }

    /// What to say when it was given up at `end_ns`, `for_room` or because that
    /// was enough.
    fn unanswered(
        self,
        asker: IpAddr,
        target: IpAddr,
        end_ns: u64,
        for_room: bool,
    ) -> Option<Finding> {
        // Silence is what a probe hopes for.
        if self.answered || asker.is_unspecified() {
            return None;
        }
        Some(Finding {
            conversation: Some(self.conversation),
            first_packet: None,
            event: Event::ArpUnanswered(ArpUnanswered {
                asker,
                target,
                requests: self.packets,
                attempts: self.attempts,
                waited_ns: end_ns.saturating_sub(self.first_ns),
                for_room,
            }),
        })
    }
}

impl Questions {
    /// One more packet asks; it is given up at `deadline_ns`, and so is now what
    /// has to make room for it. Gives how often it was asked.
    pub(super) fn ask(
        &mut self,
        seen: Seen,
        (asker, target): (IpAddr, IpAddr),
        deadline_ns: u64,
        output: &mut Output,
    ) -> u32 {
        let key = (asker, target);
        let make = || Asked::new(seen.conversation);
        let (asked, displaced) = self.waiting.renew(key, deadline_ns, make);
        let attempts = asked.again(seen.packet, seen.time_ns);
        if let Some(displaced) = displaced {
            self.evicted += u64::from(!displaced.1.answered);
            give_up(displaced, seen.time_ns, true, output);
        }
        attempts
    }

    /// A question has got its answer.
    pub(super) fn answered(&mut self, asker: IpAddr, target: IpAddr) {
        if let Some(asked) = self.get_mut(asker, target) {
            asked.answered = true;
        }
        self.waiting.settle(&(asker, target));
    }

    /// How many questions were given up to make room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn get_mut(&mut self, asker: IpAddr, target: IpAddr) -> Option<&mut Asked> {
        self.waiting.get_mut(&(asker, target))
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        self.waiting.due_ns()
    }

    /// Gives up what has waited long enough. Cheap when nothing has.
    pub(super) fn expire(&mut self, now_ns: u64, output: &mut Output) {
        while let Some(due) = self.waiting.pop_due(now_ns) {
            give_up(due, now_ns, false, output);
        }
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub(super) fn finish(&mut self, now_ns: u64, output: &mut Output) {
        while let Some(due) = self.waiting.pop_due(u64::MAX) {
            give_up(due, now_ns, false, output);
        }
    }

    /// With room for so many.
    #[cfg(test)]
    pub(super) fn with_most(most: usize) -> Self {
        Self {
            waiting: Waiting::with_most(most),
            evicted: 0,
        }
    }
}

/// A question is given up now, at its deadline at the latest.
fn give_up(
    ((asker, target), asked, deadline_ns): (Key, Asked, u64),
    now_ns: u64,
    for_room: bool,
    output: &mut Output,
) {
    let finding = asked.unanswered(asker, target, deadline_ns.min(now_ns), for_room);
    output.findings.extend(finding);
}

/// Which packet it is.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub packet: PacketNumber,
    pub time_ns: u64,
    pub vlan: Option<u32>,
    pub conversation: u64,
}

impl Seen {
    pub(super) fn of(packet: &Packet<'_>, conversation: u64) -> Self {
        Self {
            packet: packet.frame.number,
            time_ns: packet.frame.time_ns,
            vlan: packet.vlan,
            conversation,
        }
    }

    /// The claim that this packet makes.
    pub(super) fn claim(self, address: IpAddr, mac: [u8; 6], solicited: bool) -> Claim {
        Claim {
            packet: self.packet,
            time_ns: self.time_ns,
            conversation: self.conversation,
            vlan: self.vlan,
            address,
            mac,
            solicited,
        }
    }
}
