//! What made a sender send bytes again: its timer, the receiver's evidence of
//! loss, a tail-loss probe, or the rest of a flight that it gave up (RFC 6298,
//! 5681, 6675, 8985, 5682).
//!
//! The sender's state is followed as its segments and the acknowledgments that
//! reach it show it. That works where the capture is near the sender; far from
//! it, only the delay is left to judge by.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::sequence::{after, before, later};
use super::timer::{Estimate, LONGEST_TIMER_NS};
use crate::track::dormant::near;
use crate::track::{PacketNumber, Trigger, TriggerEvidence};

/// No retransmission timer in common use is shorter: Linux has 200 ms, which
/// may have run for a while when the last acknowledgment came.
const TIMER_AT_LEAST_NS: u64 = 150_000_000;

/// What the sender is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// Nothing is known to be lost.
    #[default]
    Open,
    /// Evidence of loss: repairs until everything up to here is acknowledged.
    Repair { high: u32 },
    /// The timer ran out: starts again from the first unacknowledged byte.
    GaveUp { high: u32, at: PacketNumber },
}

/// What is known of a sender's loss recovery. Most senders have none: the
/// details are kept from the first sign of loss on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Recovery {
    /// When the latest sent of the segments that have arrived was sent; none has
    /// at 0.
    #[serde(with = "near::time")]
    arrived_sent_ns: u64,
    trouble: Option<Box<Trouble>>,
}

/// A sender's loss recovery in detail.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Trouble {
    phase: Phase,
    /// Duplicate ACKs in a row, and the last three of them.
    duplicates: u32,
    duplicate_packets: SmallVec<[PacketNumber; 4]>,
    /// The end of the highest SACK block, and the packet that brought it.
    sacked: Option<(u32, PacketNumber)>,
    /// A tail-loss probe is out: until something beyond this is acknowledged,
    /// or this again, there is no other (RFC 8985, section 7.4).
    #[serde(with = "near::sequence::optional")]
    probe: Option<u32>,
    /// Timeouts in a row for the same byte, and the wait before each.
    timeouts: u32,
    #[serde(with = "near::sequence::optional")]
    timeout_at: Option<u32>,
    waits_ns: SmallVec<[u64; 4]>,
    /// The sender's timestamp on the first retransmission of a repair that a
    /// timeout began.
    timeout_timestamp: Option<u32>,
    /// Nothing but the timed-out segment has been sent again since the last
    /// timeout, which may prove needless (RFC 5682).
    may_be_spurious: bool,
    /// How many times loss was found anew.
    cuts: u32,
}

/// What there is to judge a retransmission by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    pub start: u32,
    pub end: u32,
    /// The first unacknowledged byte.
    pub unacknowledged: u32,
    /// Behind the highest byte sent, a FIN not counted.
    pub next: u32,
    /// It carries bytes behind that were never sent before: a probe repeats a
    /// segment as it was.
    pub extends: bool,
    /// Since these bytes were last sent, or the peer was last heard,
    /// whichever is later.
    pub quiet_ns: u64,
    /// When these bytes were last sent (or their lack was noticed).
    pub last_sent_ns: u64,
    /// Since then.
    pub delay_ns: u64,
    /// The timer as far as it can be measured.
    pub estimate: Estimate,
    /// The round trip that the handshake had.
    pub handshake_ns: Option<u64>,
    /// Whether the capture is near the sender.
    pub near: bool,
    pub sack_permitted: bool,
    /// The sender's timestamp on this packet.
    pub timestamp: Option<u32>,
    pub packet: PacketNumber,
    /// The packet behind which `quiet_ns` begins; 0 when none is known.
    pub quiet_since: PacketNumber,
    /// When the latest sent of the segments that have arrived was sent; filled
    /// in by [`Recovery::judge`].
    pub arrived_sent_ns: u64,
}

impl Again {
    /// A tail-loss probe comes two round trips after the last segment, with
    /// 200 ms for a delayed acknowledgment where it is the only one (RFC 8985,
    /// section 7.2), and not much later: timers are coarse.
    fn may_be_probe(&self) -> bool {
        if self.extends {
            return false;
        }
        // The sender's SRTT begins with the handshake (RFC 6298, section 2.2),
        // the estimate with the first data: the former lies between the two.
        let between = self.estimate.smoothed_ns().map(|smoothed_ns| {
            let handshake_ns = self.handshake_ns.unwrap_or(smoothed_ns);
            (smoothed_ns.min(handshake_ns), smoothed_ns.max(handshake_ns))
        });
        let at_least_ns = between.map_or(0, |(shortest_ns, _)| shortest_ns / 2);
        let at_least_ns = at_least_ns.max(1_000_000);
        let at_most_ns = between.map_or(1_000_000_000, |(_, longest_ns)| {
            longest_ns.saturating_mul(2).saturating_add(200_000_000)
        });
        (at_least_ns..=at_most_ns.saturating_mul(2)).contains(&self.quiet_ns)
    }
}

/// What triggered it, and what shows that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub trigger: Trigger,
    pub evidence: TriggerEvidence,
    pub proof: SmallVec<[PacketNumber; 4]>,
    pub back_off: u32,
    pub waits_ns: SmallVec<[u64; 4]>,
}

impl Recovery {
    fn trouble(&mut self) -> &mut Trouble {
        self.trouble.get_or_insert_default()
    }

    /// A segment that was sent at this time has arrived.
    pub fn arrived(&mut self, sent_ns: u64) {
        self.arrived_sent_ns = self.arrived_sent_ns.max(sent_ns);
    }

    /// A duplicate ACK reached the sender; gives which of the row it is.
    pub fn duplicate(&mut self, packet: PacketNumber) -> u32 {
        self.trouble().duplicate(packet)
    }

    /// An acknowledgment of nothing new, or one with a D-SACK, reached the
    /// sender: a probe and what it repeats have both arrived (RFC 8985, section
    /// 7.4.2).
    pub fn probe_arrived_twice(&mut self, acknowledgment: u32) {
        if let Some(trouble) = &mut self.trouble {
            trouble.probe_arrived_twice(acknowledgment);
        }
    }

    /// A SACK block reached the sender; `original`: it tells of a segment that
    /// was sent once only.
    pub fn sack(&mut self, end: u32, packet: PacketNumber, original: bool) {
        self.trouble().sack(end, packet, original);
    }

    /// An acknowledgment of new bytes reached the sender. `original`: of a
    /// segment that was sent once only; `echo`: the timestamp that it echoes.
    pub fn acknowledge(&mut self, acknowledgment: u32, original: bool, echo: Option<u32>) {
        if let Some(trouble) = &mut self.trouble {
            trouble.acknowledge(acknowledgment, original, echo);
        }
    }

    /// Whether an acknowledgment of new bytes makes no difference to it.
    pub fn is_open(&self) -> bool {
        self.trouble
            .as_ref()
            .is_none_or(|trouble| trouble.is_over())
    }

    /// A FIN alone was sent again: the last thing that a sender has, so that
    /// the first time is a tail-loss probe.
    pub fn fin_again(&mut self, next: u32) {
        self.trouble().probe = Some(next);
    }

    /// How many times loss was found anew.
    pub fn cuts(&self) -> u32 {
        self.trouble.as_ref().map_or(0, |trouble| trouble.cuts)
    }

    /// Judges a retransmission, and takes it in.
    pub fn judge(&mut self, again: &Again) -> Verdict {
        let mut again = *again;
        again.arrived_sent_ns = self.arrived_sent_ns;
        self.trouble().judge(&again)
    }
}

impl Trouble {
    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Open)
            && self.duplicates == 0
            && self.duplicate_packets.is_empty()
            && self.timeouts == 0
            && self.timeout_at.is_none()
            && self.waits_ns.is_empty()
            && self.sacked.is_none()
            && self.probe.is_none()
    }

    fn duplicate(&mut self, packet: PacketNumber) -> u32 {
        self.duplicates = self.duplicates.saturating_add(1);
        if self.duplicate_packets.len() == 3 {
            self.duplicate_packets.remove(0);
        }
        self.duplicate_packets.push(packet);
        self.duplicates
    }

    fn probe_arrived_twice(&mut self, acknowledgment: u32) {
        if self.probe.is_some_and(|high| !before(acknowledgment, high)) {
            self.probe = None;
        }
    }

    fn sack(&mut self, end: u32, packet: PacketNumber, original: bool) {
        match self.sacked {
            Some((high, _)) if !after(end, high) => {}
            _ => self.sacked = Some((end, packet)),
        }
        if original {
            self.undo_if_spurious();
        }
    }

    fn acknowledge(&mut self, acknowledgment: u32, original: bool, echo: Option<u32>) {
        self.duplicates = 0;
        self.duplicate_packets.clear();
        self.timeouts = 0;
        self.timeout_at = None;
        self.waits_ns.clear();
        if self
            .sacked
            .is_some_and(|(high, _)| !after(high, acknowledgment))
        {
            self.sacked = None;
        }
        if self.probe.is_some_and(|high| after(acknowledgment, high)) {
            self.probe = None;
        }
        if matches!(self.phase, Phase::GaveUp { .. }) {
            let echoes_older = echo
                .zip(self.timeout_timestamp)
                .is_some_and(|(echo, timestamp)| before(echo, timestamp));
            if original || echoes_older {
                self.undo_if_spurious();
            }
            self.may_be_spurious = false;
        }
        match self.phase {
            Phase::Repair { high } | Phase::GaveUp { high, .. }
                if !before(acknowledgment, high) =>
            {
                self.phase = Phase::Open;
            }
            _ => {}
        }
    }

    /// The timeout proves needless: what was sent before it has arrived
    /// (RFC 5682, RFC 3522). The sender goes on as if it had not happened.
    fn undo_if_spurious(&mut self) {
        if matches!(self.phase, Phase::GaveUp { .. }) && self.may_be_spurious {
            self.phase = Phase::Open;
            self.may_be_spurious = false;
        }
    }

    /// Whether the receiver has shown that it has something beyond these bytes,
    /// or something sent later (RFC 8985, section 6.2).
    fn has_evidence(&self, again: &Again) -> bool {
        self.duplicates > 0
            || self
                .sacked
                .is_some_and(|(high, _)| after(high, again.start))
            || (again.sack_permitted && again.last_sent_ns < again.arrived_sent_ns)
    }

    fn judge(&mut self, again: &Again) -> Verdict {
        if !again.near {
            return self.judge_from_afar(again);
        }
        let first = !after(again.start, again.unacknowledged);
        let timer_at_least =
            TIMER_AT_LEAST_NS.max(again.estimate.smoothed_ns().unwrap_or(0).saturating_mul(5) / 4);
        let waited = again.quiet_ns >= timer_at_least;
        let last = !before(again.end, again.next);
        let probes = again.may_be_probe()
            && matches!(self.phase, Phase::Open)
            && again.sack_permitted
            && last
            && self.probe.is_none()
            && !self.has_evidence(again);
        if probes {
            self.probe = Some(again.next);
            return self.verdict(Trigger::TailLossProbe, TriggerEvidence::Silence, again);
        }
        if waited && first {
            return self.timeout(again);
        }
        self.without_timer(again)
    }

    fn timeout(&mut self, again: &Again) -> Verdict {
        let new = matches!(self.phase, Phase::Open);
        if self.timeout_at != Some(again.start) {
            self.timeouts = 0;
            self.waits_ns.clear();
        }
        self.timeouts = self.timeouts.saturating_add(1);
        self.timeout_at = Some(again.start);
        if self.waits_ns.len() < 16 {
            self.waits_ns.push(again.delay_ns);
        }
        // What answers something sent within the repair is no older than it.
        if !matches!(self.phase, Phase::GaveUp { .. }) {
            self.timeout_timestamp = again.timestamp.filter(|_| new);
        }
        // Where an earlier timeout is still being repaired, the first one for
        // the next byte is taken as it comes (RFC 5682, section 3.1). Linux
        // looks anew at every one that repeats it for the same byte: what was
        // sent meanwhile may have been late.
        self.may_be_spurious = new || self.timeouts > 1;
        if new {
            self.cuts = self.cuts.saturating_add(1);
        }
        self.phase = Phase::GaveUp {
            high: later(again.next, again.end),
            at: again.packet,
        };
        self.verdict(Trigger::Timeout, TriggerEvidence::Silence, again)
    }

    /// It followed on something that came from the peer.
    fn without_timer(&mut self, again: &Again) -> Verdict {
        match self.phase {
            Phase::GaveUp { high, .. } if before(again.start, high) => {
                self.may_be_spurious = false;
                self.verdict(Trigger::AfterTimeout, TriggerEvidence::AfterTimeout, again)
            }
            Phase::Repair { high } if before(again.start, high) => {
                let evidence = self.evidence(again.start, TriggerEvidence::Recovery);
                self.verdict(Trigger::Fast, evidence, again)
            }
            _ if self.has_evidence(again) => {
                self.phase = Phase::Repair { high: again.next };
                self.cuts = self.cuts.saturating_add(1);
                self.probe = None;
                let evidence = self.evidence(again.start, TriggerEvidence::Recovery);
                self.verdict(Trigger::Fast, evidence, again)
            }
            _ => self.verdict(Trigger::Unknown, TriggerEvidence::None, again),
        }
    }

    fn evidence(&self, start: u32, otherwise: TriggerEvidence) -> TriggerEvidence {
        if self.duplicates >= 3 {
            TriggerEvidence::DuplicateAcks(self.duplicates)
        } else if self.sacked.is_some_and(|(high, _)| after(high, start)) {
            TriggerEvidence::Sack
        } else if self.duplicates > 0 {
            TriggerEvidence::DuplicateAcks(self.duplicates)
        } else {
            otherwise
        }
    }

    /// At the receiving side the sender's timer is out of sight: how long the
    /// bytes were missing is all there is.
    fn judge_from_afar(&mut self, again: &Again) -> Verdict {
        let first = again.start == again.unacknowledged;
        let rests = again.quiet_ns >= TIMER_AT_LEAST_NS && first;
        if let Phase::GaveUp { high, .. } = self.phase
            && before(again.start, high)
            && !rests
        {
            return self.verdict(Trigger::AfterTimeout, TriggerEvidence::AfterTimeout, again);
        }
        let round_trip = again.estimate.smoothed_ns().unwrap_or(0);
        if again.delay_ns >= TIMER_AT_LEAST_NS.saturating_add(round_trip) {
            self.phase = Phase::GaveUp {
                high: later(again.next, again.end),
                at: again.packet,
            };
            return self.verdict(Trigger::Timeout, TriggerEvidence::Delay, again);
        }
        if self.has_evidence(again) {
            let evidence = self.evidence(again.start, TriggerEvidence::Recovery);
            return self.verdict(Trigger::Fast, evidence, again);
        }
        self.verdict(Trigger::Unknown, TriggerEvidence::None, again)
    }

    fn verdict(&self, trigger: Trigger, evidence: TriggerEvidence, again: &Again) -> Verdict {
        let mut proof = SmallVec::new();
        match evidence {
            TriggerEvidence::DuplicateAcks(_) => proof.extend_from_slice(&self.duplicate_packets),
            TriggerEvidence::Sack => proof.extend(self.sacked.map(|(_, packet)| packet)),
            TriggerEvidence::Silence if again.quiet_since > 0 => proof.push(again.quiet_since),
            TriggerEvidence::AfterTimeout => {
                if let Phase::GaveUp { at, .. } = self.phase {
                    proof.push(at);
                }
            }
            _ => {}
        }
        let timed = trigger == Trigger::Timeout;
        let may_be_timers = self.waits_ns.iter().all(|wait| *wait <= LONGEST_TIMER_NS);
        let waits_ns = match timed && again.near && may_be_timers {
            true => self.waits_ns.iter().take(8).copied().collect(),
            false => SmallVec::new(),
        };
        Verdict {
            trigger,
            evidence,
            proof,
            back_off: if timed { self.timeouts.max(1) } else { 0 },
            waits_ns,
        }
    }
}
