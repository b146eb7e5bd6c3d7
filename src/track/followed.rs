//! What a part finds in a run of packets, kept packet by packet until the merge
//! takes it: so parts work in threads of their own, each as far ahead as it
//! comes.

use std::slice::Iter;
use std::vec::Drain;

use super::observation::Observation;
use super::part::Part;
use super::{
    Conversation, Dealt, Delivered, Event, Exchange, Finding, Output, PacketNumber, TlsSession,
    Tracked,
};
use crate::capture::Frame;
use crate::decode::Packet;

/// Findings and ended conversations for which memory is kept. Where conversations
/// are given up there are thousands of them, of a kilobyte each.
const KEPT: usize = 256;

/// What one part found. Used again and again.
#[derive(Debug, Default)]
pub struct Followed {
    steps: Vec<Step>,
    /// What was found in all steps, one behind the other.
    found: Output,
}

/// What was found at one packet.
#[derive(Clone, Copy, Debug)]
struct Step {
    packet: PacketNumber,
    /// Of a packet of this part; `None` for what the passing of time up to a
    /// packet made certain.
    tracked: Option<Tracked>,
    /// How many of each.
    found: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    events: u32,
    findings: u32,
    ended: u32,
    exchanges: u32,
    sessions: u32,
    delivered: u32,
    observations: u32,
}

impl Counts {
    fn of(output: &Output) -> Self {
        Self {
            events: output.events.len() as u32,
            findings: output.findings.len() as u32,
            ended: output.ended.len() as u32,
            exchanges: output.exchanges.len() as u32,
            sessions: output.sessions.len() as u32,
            delivered: output.delivered.len() as u32,
            observations: output.observations.len() as u32,
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            events: self.events - before.events,
            findings: self.findings - before.findings,
            ended: self.ended - before.ended,
            exchanges: self.exchanges - before.exchanges,
            sessions: self.sessions - before.sessions,
            delivered: self.delivered - before.delivered,
            observations: self.observations - before.observations,
        }
    }
}

impl Followed {
    /// Forgets what was found and keeps the memory, but for what few runs need.
    pub fn clear(&mut self) {
        self.steps.clear();
        self.found.clear();
        self.found.findings.shrink_to(KEPT);
        self.found.ended.shrink_to(KEPT);
    }

    /// The part's clock moves on to this frame, whichever part's it is.
    pub fn advance(&mut self, part: &mut Part, frame: &Frame<'_>, dealt: Dealt) {
        let before = Counts::of(&self.found);
        part.advance(frame, dealt, &mut self.found);
        let found = Counts::of(&self.found).since(before);
        if found != Counts::default() {
            self.steps.push(Step {
                packet: frame.number,
                tracked: None,
                found,
            });
        }
    }

    /// The part follows a packet of its own, or hears of one that concerns all.
    pub fn packet(&mut self, part: &mut Part, packet: &Packet<'_>, is_own: bool) {
        let before = Counts::of(&self.found);
        self.found.tracked = Tracked::default();
        if !part.packet(packet, is_own, &mut self.found) {
            return;
        }
        self.steps.push(Step {
            packet: packet.frame.number,
            tracked: Some(self.found.tracked),
            found: Counts::of(&self.found).since(before),
        });
    }

    /// What was found, from the first packet on; it is taken out with that, once.
    pub fn replay(&mut self) -> Replay<'_> {
        Replay {
            steps: self.steps.iter(),
            events: self.found.events.drain(..),
            findings: self.found.findings.drain(..),
            ended: self.found.ended.drain(..),
            exchanges: self.found.exchanges.drain(..),
            sessions: self.found.sessions.drain(..),
            delivered: self.found.delivered.drain(..),
            observations: self.found.observations.drain(..),
        }
    }
}

/// Gives what a part found, packet by packet.
#[derive(Debug)]
pub struct Replay<'f> {
    steps: Iter<'f, Step>,
    events: Drain<'f, Event>,
    findings: Drain<'f, Finding>,
    ended: Drain<'f, Conversation>,
    exchanges: Drain<'f, Exchange>,
    sessions: Drain<'f, TlsSession>,
    delivered: Drain<'f, Delivered>,
    observations: Drain<'f, Observation>,
}

impl<'s> Replay<'s> {
    /// Adds what the passing of time up to this packet made certain.
    pub(super) fn advance(&mut self, packet: PacketNumber, output: &mut Output) {
        if let Some(step) = self.step(packet, |step| step.tracked.is_none()) {
            self.found(step.found, output);
        }
    }

    /// Adds what was found of this packet, if it is one of the part.
    pub(super) fn packet(&mut self, packet: PacketNumber, output: &mut Output) {
        let step = self.step(packet, |step| step.tracked.is_some());
        if let Some(&Step {
            tracked: Some(tracked),
            found,
            ..
        }) = step
        {
            output.tracked = tracked;
            self.found(found, output);
        }
    }

    /// Takes the next step, if it is this one at this packet.
    fn step(&mut self, packet: PacketNumber, is_this: impl Fn(&Step) -> bool) -> Option<&'s Step> {
        let next = self.steps.as_slice().first()?;
        if next.packet != packet || !is_this(next) {
            return None;
        }
        self.steps.next()
    }

    fn found(&mut self, counts: Counts, output: &mut Output) {
        if counts == Counts::default() {
            return;
        }
        let Counts {
            events,
            findings,
            ended,
            exchanges,
            sessions,
            delivered,
            observations,
        } = counts;
        let events = self.events.by_ref().take(events as usize);
        output.events.extend(events);
        let findings = self.findings.by_ref().take(findings as usize);
        output.findings.extend(findings);
        let ended = self.ended.by_ref().take(ended as usize);
        output.ended.extend(ended);
        let exchanges = self.exchanges.by_ref().take(exchanges as usize);
        output.exchanges.extend(exchanges);
        let sessions = self.sessions.by_ref().take(sessions as usize);
        output.sessions.extend(sessions);
        let delivered = self.delivered.by_ref().take(delivered as usize);
        output.delivered.extend(delivered);
        let observations = self.observations.by_ref().take(observations as usize);
        output.observations.extend(observations);
    }
}
