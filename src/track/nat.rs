//! One flow before and after its addresses were translated (RFC 2663, RFC
//! 3022): in come fingerprints of the first data packets of every flow, out go the
//! pairs of conversations that carry the same data, one hop apart.
//!
//! Judged at the merge, as both sides have pairs of addresses of their own.

use std::collections::VecDeque;

use super::hash::{Map, hash};
use super::{Address, Endpoint, Event, Finding, PacketNumber, Side, Sides, Translated};
use crate::decode::{Packet, Transport};

/// Data packets of a flow that are compared.
pub(super) const COMPARED: u8 = 4;

/// A translator passes packets on at once.
const WITHIN_NS: u64 = 1_000_000_000;

/// Fingerprints, pairs of conversations and outer addresses that are remembered.
const REMEMBERED: usize = 8_192;
const PAIRS: usize = 4_096;

/// Bytes of the data that are compared, with their length.
const BYTES: usize = 64;

/// A proof needs so many packets.
const PROOF: usize = 2;

/// A data packet, as far as translation does not change it; and what it changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint {
    pub packet: PacketNumber,
    pub conversation: PacketNumber,
    pub time_ns: u64,
    pub ends: Sides<Endpoint>,
    pub sender: Side,
    pub protocol: u8,
    pub time_to_live: u8,
    /// Of the payload, and the sequence number or the identification.
    pub same: u64,
}

impl Fingerprint {
    /// That of a data packet of TCP or UDP.
    pub fn of(
        packet: &Packet<'_>,
        conversation: PacketNumber,
        ends: Sides<Endpoint>,
        sender: Side,
    ) -> Option<Self> {
        let network = packet.network?;
        let length = packet.payload.length;
        let same = match &packet.transport {
            Transport::Tcp(tcp) => {
                let numbers = (tcp.sequence, tcp.acknowledgment);
                hash((numbers, length, beginning(packet)))
            }
            Transport::Udp(_) => hash((network.identification, length, beginning(packet))),
            _ => return None,
        };
        Some(Self {
            packet: packet.frame.number,
            conversation,
            time_ns: packet.frame.time_ns,
            ends,
            sender,
            protocol: network.protocol,
            time_to_live: network.time_to_live,
            same,
        })
    }
}

fn beginning<'a>(packet: &Packet<'a>) -> &'a [u8] {
    let payload = packet.payload_bytes();
    payload.get(..BYTES).unwrap_or(payload)
}

/// Two conversations that may be one.
#[derive(Debug)]
struct Pair {
    packets: [PacketNumber; PROOF * 2],
    found: usize,
}

#[derive(Debug, Default)]
pub(super) struct Translations {
    seen: Map<u64, Fingerprint>,
    /// What is in `seen`, the oldest first.
    by_age: VecDeque<(u64, PacketNumber)>,
    /// By the first packets of both conversations: before, after.
    pairs: Map<(PacketNumber, PacketNumber), Pair>,
    pairs_by_age: VecDeque<(PacketNumber, PacketNumber)>,
    /// The first inner address behind each outer one.
    inner: Map<Address, Address>,
}

impl Translations {
    /// Takes in the next data packet.
    pub fn packet(&mut self, new: &Fingerprint, findings: &mut Vec<Finding>) {
        if let Some(known) = self.seen.get(&new.same).copied()
            && is_translated(&known, new)
        {
            self.pair(&known, new, findings);
            return;
        }
        if self.by_age.len() >= REMEMBERED
            && let Some((same, packet)) = self.by_age.pop_front()
            && self
                .seen
                .get(&same)
                .is_some_and(|seen| seen.packet == packet)
        {
            self.seen.remove(&same);
        }
        self.seen.insert(new.same, *new);
        self.by_age.push_back((new.same, new.packet));
    }

    /// One packet on both sides of a translator: it went from the first to the
    /// second.
    fn pair(&mut self, first: &Fingerprint, second: &Fingerprint, findings: &mut Vec<Finding>) {
        // An answer goes the other way.
        let (before, after) = match first.sender {
            Side::Client => (first, second),
            Side::Server => (second, first),
        };
        let name = (before.conversation, after.conversation);
        if self.pairs.len() >= PAIRS
            && !self.pairs.contains_key(&name)
            && let Some(oldest) = self.pairs_by_age.pop_front()
        {
            self.pairs.remove(&oldest);
        }
        let pair = self.pairs.entry(name).or_insert_with(|| {
            self.pairs_by_age.push_back(name);
            Pair {
                packets: [0; PROOF * 2],
                found: 0,
            }
        });
        if pair.found >= PROOF {
            return;
        }
        let place = pair.packets.get_mut(pair.found * 2..);
        if let Some([one, other, ..]) = place {
            (*one, *other) = (first.packet, second.packet);
        }
        pair.found += 1;
        if pair.found < PROOF {
            return;
        }
        let packets = pair.packets;
        let (inner, outer) = (before.ends.client.address, after.ends.client.address);
        let is_shared = inner != outer && self.shares(outer, inner);
        findings.push(Finding {
            conversation: Some(before.conversation),
            first_packet: None,
            event: Event::Translated(Box::new(Translated {
                protocol: before.protocol,
                before: (before.ends.client, before.ends.server),
                after: (after.ends.client, after.ends.server),
                conversations: name,
                packets,
                took_ns: second.time_ns.abs_diff(first.time_ns),
                is_shared,
            })),
        });
    }

    /// Whether another inner address was seen behind an outer one.
    fn shares(&mut self, outer: Address, inner: Address) -> bool {
        if self.inner.len() >= PAIRS && !self.inner.contains_key(&outer) {
            return false;
        }
        *self.inner.entry(outer).or_insert(inner) != inner
    }
}

/// Whether the second is the first behind a translator: one hop further, with other
/// addresses, at once.
fn is_translated(first: &Fingerprint, second: &Fingerprint) -> bool {
    let addresses = |one: &Fingerprint| (one.ends.client.address, one.ends.server.address);
    first.protocol == second.protocol
        && first.conversation != second.conversation
        && first.sender == second.sender
        && second.time_to_live.checked_add(1) == Some(first.time_to_live)
        && second.time_ns.abs_diff(first.time_ns) <= WITHIN_NS
        && addresses(first) != addresses(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{MS, ipv4, packet, udp};
    use crate::track::{Output, Tracker};

    /// A frame with this TTL, its checksums not right.
    fn hop(mut frame: Vec<u8>, time_to_live: u8) -> Vec<u8> {
        frame[22] = time_to_live;
        frame
    }

    fn follow(frames: &[Vec<u8>], every_ns: u64, parts: usize) -> Vec<Translated> {
        let mut tracker = Tracker::with_parts(parts);
        let (mut output, mut found) = (Output::default(), Vec::new());
        for (number, frame) in (1..).zip(frames) {
            tracker.packet(&packet(number, number * every_ns, frame), &mut output);
            found.append(&mut output.findings);
        }
        let of = |finding: Finding| match finding.event {
            Event::Translated(translated) => Some(*translated),
            _ => None,
        };
        found.into_iter().filter_map(of).collect()
    }

    /// A question and its answer on both sides: 10.0.0.1 inside, 10.0.0.9 outside.
    fn both_sides() -> Vec<Vec<u8>> {
        let question = |from, port| ipv4(17, from, 2, &udp(port, 9, b"what time is it?"));
        let answer = |to, port| ipv4(17, 2, to, &udp(9, port, b"late"));
        vec![
            hop(question(1, 4000), 64),
            hop(question(9, 1024), 63),
            hop(answer(9, 1024), 60),
            hop(answer(1, 4000), 59),
        ]
    }

    #[test]
    fn two_packets_on_both_sides_prove_a_translation() {
        for parts in 1..5 {
            let [found] = follow(&both_sides(), MS, parts)[..] else {
                panic!();
            };
            let text = |end: Endpoint| end.to_string();
            assert_eq!(text(found.before.0), "10.0.0.1:4000");
            assert_eq!(text(found.after.0), "10.0.0.9:1024");
            assert_eq!(found.before.1, found.after.1);
            assert_eq!(found.packets, [1, 2, 3, 4]);
            assert!(!found.is_shared);
        }
    }

    #[test]
    fn one_packet_a_long_time_or_a_ttl_of_its_own_prove_nothing() {
        assert!(follow(&both_sides()[..2], MS, 1).is_empty());
        assert!(follow(&both_sides(), 2_000 * MS, 1).is_empty());
        let mut relayed = both_sides();
        relayed[1] = hop(relayed[1].clone(), 64);
        relayed[3] = hop(relayed[3].clone(), 64);
        assert!(follow(&relayed, MS, 1).is_empty());
        let inside: Vec<_> = both_sides().into_iter().step_by(3).collect();
        assert!(follow(&inside, MS, 1).is_empty());
    }

    #[test]
    fn two_hosts_behind_one_address_share_it() {
        let mut frames = both_sides();
        for (index, frame) in both_sides().into_iter().enumerate() {
            let mut frame = frame;
            // 10.0.0.3 in the place of 10.0.0.1, behind port 1025.
            match index {
                0 => frame[29] = 3,
                1 => frame[34..36].copy_from_slice(&1025_u16.to_be_bytes()),
                2 => frame[36..38].copy_from_slice(&1025_u16.to_be_bytes()),
                _ => frame[33] = 3,
            }
            frame[19] = 5;
            frames.push(frame);
        }
        let found = follow(&frames, MS, 1);
        let shared: Vec<bool> = found.iter().map(|one| one.is_shared).collect();
        assert_eq!(shared, [false, true]);
    }

    #[test]
    fn it_remembers_no_more_than_it_has_room_for() {
        let mut translations = Translations::default();
        let mut findings = Vec::new();
        let frame = ipv4(17, 1, 2, &udp(1, 2, b"hi"));
        let packet = packet(1, 0, &frame);
        let end = |last: u8| Endpoint {
            address: Address::Ip([10, 0, 0, last].into()),
            port: Some(1),
        };
        let ends = Sides {
            client: end(1),
            server: end(2),
        };
        let first = Fingerprint::of(&packet, 1, ends, Side::Client).unwrap();
        for number in 0..20_000 {
            let one = Fingerprint {
                same: number,
                packet: number,
                ..first
            };
            translations.packet(&one, &mut findings);
        }
        assert!(translations.seen.len() <= REMEMBERED && translations.by_age.len() <= REMEMBERED);
        assert!(findings.is_empty());
    }
}
