//! Whether the recording has its packets twice, which is told once for all of
//! them, and whether datagrams go round in a loop: verdicts over all copies, in
//! the order of the packets.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::copies::LOOPS;
use crate::decode::Packet;
use crate::track::hash::Map;
use crate::track::{CaptureDoubled, CopyEvidence, Event, Finding, IpDuplicate, IpLoop};

/// So many copies from another place in the network are no accident.
const NO_ACCIDENT: u64 = 2;

/// So many copies, and one among so many packets, are a recording that doubles.
const MANY: u64 = 8;
const ONE_AMONG: u64 = 10;

/// So few are one too where nearly all packets stand twice, more than four of
/// ten being copies.
const FEW: u64 = 3;

/// Pairs of hosts whose datagrams go round that are remembered at the most.
const LOOPS_AT_MOST: usize = 1_024;

/// Packets named as examples.
const EXAMPLES: usize = 8;

/// The copies so far.
#[derive(Debug, Default)]
pub(in crate::track) struct Doubled {
    packets: u64,
    /// By [`CopyEvidence`].
    copies: [u64; CopyEvidence::COUNT],
    examples: SmallVec<[u64; EXAMPLES]>,
    loops: Map<(IpAddr, IpAddr), IpLoop>,
}

impl Doubled {
    /// Takes in a packet, and what it is a copy of.
    pub fn packet(&mut self, packet: &Packet<'_>, copy: Option<&IpDuplicate>) {
        self.packets += 1;
        if let Some(copy) = copy {
            self.copy(packet, copy);
        }
    }

    fn copy(&mut self, packet: &Packet<'_>, copy: &IpDuplicate) {
        if copy.passes >= LOOPS {
            return self.goes_round(packet, copy);
        }
        self.copies[copy.evidence as usize] += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(packet.frame.number);
        }
    }

    fn goes_round(&mut self, packet: &Packet<'_>, copy: &IpDuplicate) {
        let Some(network) = &packet.network else {
            return;
        };
        let ends = (network.source, network.destination);
        if self.loops.len() >= LOOPS_AT_MOST && !self.loops.contains_key(&ends) {
            return;
        }
        let known = self.loops.entry(ends).or_insert_with(|| IpLoop {
            source: network.source,
            destination: network.destination,
            identification: network.identification,
            datagrams: 0,
            packets: 0,
            first: copy.original,
            last: packet.frame.number,
            time_to_live: network.time_to_live.saturating_add(copy.time_to_live_lower),
            last_time_to_live: network.time_to_live,
        });
        if copy.is_first_round {
            // Its earlier copies looked like those of a recording.
            let before = u64::from(copy.nth.saturating_sub(1));
            let counted = &mut self.copies[CopyEvidence::HopLimit as usize];
            *counted = counted.saturating_sub(before);
            known.datagrams += 1;
            known.packets += before;
        }
        known.packets += 1;
        if copy.original == known.first {
            known.last = packet.frame.number;
            known.last_time_to_live = network.time_to_live;
        }
    }

    /// What there is to tell.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut tell = |event| {
            findings.push(Finding {
                conversation: None,
                first_packet: None,
                event,
            });
        };
        let mut loops: Vec<&IpLoop> = self.loops.values().collect();
        loops.sort_unstable_by_key(|known| (known.first, known.source, known.destination));
        for known in loops {
            tell(Event::IpLoop(*known));
        }
        let of = |evidence: CopyEvidence| self.copies[evidence as usize];
        let copies: u64 = self.copies.iter().sum();
        let both_sides = of(CopyEvidence::HopLimit);
        let tags = of(CopyEvidence::VlanTag);
        let many = copies >= MANY && copies.saturating_mul(ONE_AMONG) >= self.packets;
        let nearly_all = copies >= FEW && copies.saturating_mul(10) > self.packets * 4;
        if both_sides + tags >= NO_ACCIDENT || many || nearly_all {
            tell(Event::CaptureDoubled(CaptureDoubled {
                copies,
                packets: self.packets,
                both_sides_of_router: both_sides,
                vlan_tags: tags,
                examples: self.examples.clone(),
            }));
        }
    }
}
