//! A whole capture: its parts, each with the conversations of some pairs of
//! addresses, and the merge, which sees what they find in the order of packets.

use std::vec::IntoIter;

use super::deal::deal;
use super::merge::Merge;
use super::part::{Open, Part};
use super::{
    Conversation, Evicted, Finding, Framing, Listener, MemoryLimit, NextHop, Output, Replay,
};
use crate::capture::Drops;
use crate::decode::Packet;
use crate::decode::http::Secrets;

/// So many of the conversations that are open at the end of the capture end at
/// a time: what is told of them has to be kept meanwhile.
const ENDING_AT_ONCE: usize = 4_096;

/// Follows every conversation of a capture.
#[derive(Debug)]
pub struct Tracker {
    /// At least one. They may be taken out to work in several threads, and are
    /// put back in their order.
    pub parts: Vec<Box<Part>>,
    /// Takes in what the parts find.
    merge: Merge,
    /// Conversations that are open at the end of the capture, each with its
    /// part, in the order of their numbers.
    ending: Option<IntoIter<(Open, u16)>>,
    /// Packets so far.
    packets: u64,
}

impl Default for Tracker {
    fn default() -> Self {
        Self::with_parts(1)
    }
}

impl Tracker {
    /// Of no packets yet, in one part.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// In so many parts (at least 1). It changes nothing of what is told.
    #[must_use]
    pub fn with_parts(parts: usize) -> Self {
        let parts = parts.clamp(1, usize::from(u16::MAX));
        Self {
            parts: (0..parts)
                .map(|number| Box::new(Part::one_of(number as u16, parts)))
                .collect(),
            merge: Merge::default(),
            ending: None,
            packets: 0,
        }
    }

    /// With every TCP stream's messages told apart in this way; `None`: where
    /// the bytes themselves show it.
    #[must_use]
    pub fn with_framing(mut self, framing: Option<Framing>) -> Self {
        for part in &mut self.parts {
            part.streams.declare(framing);
        }
        self
    }

    /// With values that are secrets hidden, or shown.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        for part in &mut self.parts {
            part.secrets = secrets;
        }
        self
    }

    /// With the bytes of the conversation of this number given on as they are
    /// ([`Output::delivered`]), and no other read; `None`: with none. In more than
    /// one part no conversation has this number before the merge.
    #[must_use]
    pub fn giving_on(mut self, conversation: Option<u64>) -> Self {
        if let (Some(number), [part]) = (conversation, self.parts.as_mut_slice()) {
            part.streams.give_on(number);
        }
        self
    }

    /// Of a capture that may go on for ever: TCP connections end also by long
    /// silence.
    #[must_use]
    pub fn forgetting_idle(mut self) -> Self {
        for part in &mut self.parts {
            part.table.forget_idle();
        }
        self
    }

    /// With so many active conversations in each part at the most between
    /// packets; the others lie dormant, in less memory. It changes nothing of
    /// what is told: the tests have 0.
    #[must_use]
    pub fn with_active(mut self, at_most: usize) -> Self {
        for part in &mut self.parts {
            part.table.keep_active(at_most);
        }
        self
    }

    /// In this much memory: beyond it the conversations that have been idle for
    /// longest end early. `None`: however much it takes.
    #[must_use]
    pub fn within_memory(mut self, limit: Option<MemoryLimit>) -> Self {
        for part in &mut self.parts {
            part.memory = limit;
        }
        self.merge.memory = limit;
        self
    }

    /// Of packets that were selected by a filter: that others are missing says
    /// nothing of the recording.
    #[must_use]
    pub fn of_selection(mut self, selected: bool) -> Self {
        self.merge = self.merge.of_selection(selected);
        self
    }

    /// Of packets behind those of a timeline that has ended: nothing goes on but the
    /// numbers of conversations, and what is counted of listeners.
    #[must_use]
    pub fn behind(mut self, ended: &mut Self) -> Self {
        self.merge = self.merge.behind(&mut ended.merge);
        for (part, ended) in self.parts.iter_mut().zip(&ended.parts) {
            part.streams.behind(&ended.streams);
        }
        self.packets = ended.packets;
        self
    }

    /// What the recorder says that it lost, known at the end of the reading.
    pub fn recorder_lost(&mut self, drops: Drops) {
        self.merge.recorder_lost(drops);
    }

    /// Follows one packet; `output` is emptied first.
    pub fn packet(&mut self, packet: &Packet<'_>, output: &mut Output) {
        output.clear();
        self.packets = packet.frame.number;
        let dealt = deal(packet, self.parts.len());
        for part in &mut self.parts {
            part.advance(&packet.frame, dealt, output);
        }
        for (number, part) in (0..).zip(&mut self.parts) {
            let is_own = number == dealt.part;
            if is_own || dealt.concerns_all {
                part.packet(packet, is_own, output);
            }
        }
        self.merge.packet(packet, output);
    }

    /// Takes in what its parts have found of the next packet, in threads of their
    /// own; `output` is emptied first.
    pub fn merge(&mut self, packet: &Packet<'_>, parts: &mut [Replay<'_>], output: &mut Output) {
        output.clear();
        self.packets = packet.frame.number;
        for part in &mut *parts {
            part.advance(packet.frame.number, output);
        }
        for part in parts {
            part.packet(packet.frame.number, output);
        }
        self.merge.packet(packet, output);
    }

    /// Moves the capture's clock on, as an interface does on which nothing is
    /// seen: what has waited in vain for long enough is told of, and what has
    /// been silent for long enough ends. `output` is emptied first.
    pub fn advance(&mut self, now_ns: u64, output: &mut Output) {
        output.clear();
        for part in &mut self.parts {
            part.idle(now_ns, self.packets, output);
        }
        self.without_packet(output);
    }

    /// Ends what is still open: its findings and conversations. To be called
    /// until it gives false, as there may be millions; `output` is emptied
    /// first.
    pub fn finish(&mut self, output: &mut Output) -> bool {
        output.clear();
        let mut ending = match self.ending.take() {
            Some(ending) => ending,
            None => self.begin_ending(output),
        };
        for (open, number) in ending.by_ref().take(ENDING_AT_ONCE) {
            if let Some(part) = self.parts.get_mut(usize::from(number)) {
                part.end_with_capture(open.id, output);
            }
        }
        self.without_packet(output);
        if ending.len() > 0 {
            self.ending = Some(ending);
            return true;
        }
        self.merge.findings(output);
        if let Some(part) = self.parts.first() {
            part.clock.findings(&mut output.findings);
        }
        false
    }

    /// Takes in what the parts found where no packet came.
    fn without_packet(&mut self, output: &mut Output) {
        if let Some(part) = self.parts.first() {
            output.tracked.clock_runs_for_ns = part.clock.runs_for_ns();
        }
        self.merge.outcome(output);
    }

    fn begin_ending(&mut self, output: &mut Output) -> IntoIter<(Open, u16)> {
        for part in &mut self.parts {
            part.finish_protocols(output);
        }
        self.merge.settle();
        let mut open = Vec::with_capacity(self.parts.iter().map(|part| part.open_count()).sum());
        for (number, part) in (0..).zip(&self.parts) {
            open.extend(part.open().map(|open| (open, number)));
        }
        open.sort_unstable();
        open.into_iter()
    }

    /// Conversations so far.
    #[must_use]
    pub fn conversations(&self) -> u64 {
        self.merge.conversations()
    }

    /// Conversations that are open.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.parts
            .iter()
            .map(|part| part.open_count())
            .sum::<usize>() as u64
    }

    /// The largest of those that are open, as they stand.
    #[must_use]
    pub fn largest_open(&self, most: usize) -> Vec<Conversation> {
        let of_parts = self.parts.iter().flat_map(|part| part.largest_open(most));
        let mut largest: Vec<Conversation> = of_parts
            .filter_map(|conversation| self.merge.numbered(conversation))
            .collect();
        largest.sort_by_key(|conversation| {
            (std::cmp::Reverse(conversation.bytes()), conversation.number)
        });
        largest.truncate(most);
        largest
    }

    /// Gives each open conversation as it stands, with what would be found in it
    /// if the capture ended now, in any order. Nothing ends.
    pub fn as_of_now(&self, mut each: impl FnMut(&Conversation, &[Finding])) {
        for part in &self.parts {
            part.as_of_now(|conversation, findings| {
                if let Some(conversation) = self.merge.numbered(conversation) {
                    for finding in &mut *findings {
                        finding.conversation = Some(conversation.number);
                    }
                    each(&conversation, findings);
                }
            });
        }
    }

    /// What was given up early for want of memory, over all parts.
    #[must_use]
    pub fn evicted(&self) -> Evicted {
        self.parts.iter().map(|part| part.evicted()).sum()
    }

    /// Values that were hidden because they are secrets.
    #[must_use]
    pub fn hidden_secrets(&self) -> u64 {
        self.merge.hidden_secrets()
    }

    /// The gateway that a frame goes to, or comes from, by what was seen so far.
    #[must_use]
    pub fn next_hop(&self, packet: &Packet<'_>) -> Option<NextHop> {
        self.merge.next_hop(packet)
    }

    /// The busiest servers, most connections first (complete after
    /// [`Tracker::finish`]).
    #[must_use]
    pub fn listeners(&self, most: usize) -> Vec<Listener> {
        self.merge.listeners(most)
    }
}
