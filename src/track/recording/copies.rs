//! Packets that stand in a recording more than once without having been sent
//! more than once: both sides of a router, a mirror of both ports, several
//! interfaces of one host, a loop. In come packets of one part, out goes of
//! which earlier one a packet is a copy, and what shows that.
//!
//! Looked for among the last [`REMEMBERED`] packets and [`WITHIN_NS`].

use std::net::IpAddr;

use super::twins::Twins;
use crate::capture::Frame;
use crate::decode::{ChecksumVerdict, Layer, Packet, Protocol, Transport};
use crate::track::flow::FlowId;
use crate::track::hash::hash;
use crate::track::{CopyEvidence, PacketNumber};

/// Packets that are remembered.
const REMEMBERED: u32 = 65_536;

/// How long they are: identifications come round.
const WITHIN_NS: u64 = 1_000_000_000;

/// Without a connection that shows whether its host numbers its packets, an
/// equal identification counts for so long.
const UNNUMBERED_NS: u64 = 100_000_000;

/// No timer sends anything again so soon, and hardly a round trip is so short.
pub(super) const NEAR_NS: u64 = 1_000_000;

/// Packets with the same place in the table that are looked at, at the most:
/// whoever makes them collide does not make this slow.
const LOOKED_AT: u32 = 16;

/// How many of the capture's latest packets are looked at for whether a host gives
/// one number to several of them.
const NUMBERED: u32 = 64;

/// Bytes that are looked at where no checksum stands for them.
const BYTES: usize = 128;

/// How far a datagram has gone in a loop when it is one: twice over the same
/// link with a lower TTL.
pub(in crate::track) const LOOPS: u8 = 4;

/// An odd number without a pattern in its bits: those of the golden ratio.
const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;

/// What is remembered of a packet.
#[derive(Clone, Copy, Debug)]
struct Seen {
    contents: u64,
    number: PacketNumber,
    rest: Rest,
    time_ns: u64,
    conversation: Option<u64>,
    flow: Option<FlowId>,
    vlan: Option<u32>,
    /// The MAC addresses from and to which it went; 0: not known.
    link: u32,
    /// The packet before it that has the same place in the table.
    before: u32,
    time_to_live: u8,
    /// Its copy that came last had this.
    latest_time_to_live: u8,
    copies: u8,
    /// How far it has gone in a loop.
    passes: u8,
}

/// What a packet has in common with its copies.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::track) struct Contents(u64, Rest);

/// What else tells packets apart.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    /// Of the hosts and the identification; 0 where there is none.
    numbered: u32,
    /// Of the bytes of a numbered segment whose checksum does not stand for
    /// them; 0 where it does.
    data: u32,
}

/// A packet that is looked for, and what was found.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Look {
    contents: u64,
    rest: Rest,
    vlan: Option<u32>,
    link: u32,
    time_to_live: u8,
    /// When the packet that has the same contents was added.
    found: Option<u32>,
}

/// A packet with the contents of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) struct Alike {
    /// The earlier one.
    pub original: PacketNumber,
    /// The conversation that it was told in.
    pub conversation: Option<u64>,
    /// That conversation, if it counts there.
    pub flow: Option<FlowId>,
    /// Time since it.
    pub after_ns: u64,
    pub time_to_live_lower: u8,
    pub identification: u32,
    /// Which copy of it this is, if it is one.
    pub nth: u8,
    pub passes: u8,
    /// It has not been known to loop so far.
    pub is_first_round: bool,
    /// What shows that it is a copy; `None`: nothing does.
    pub evidence: Option<CopyEvidence>,
    /// Whether it came so soon, in the same VLAN, that no timer can have sent it.
    pub is_near: bool,
}

/// The packets of one place in the table.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    /// When the latest of them was added.
    latest: u32,
    /// A bit for the contents of each that is not forgotten, and of some that
    /// are: most packets have no copy, and are told so without a look at them.
    tags: u32,
}

/// The latest packets.
#[derive(Debug)]
pub(in crate::track) struct Copies {
    /// A ring: the packet that was added as the n-th stands at n modulo
    /// [`REMEMBERED`].
    latest: Vec<Seen>,
    heads: Vec<Head>,
    /// Packets added, counted so that the first is far from 0.
    added: u32,
    /// What the packet at hand has in common with its copies.
    contents: Contents,
    twins: Twins,
}

impl Default for Copies {
    fn default() -> Self {
        Self {
            latest: Vec::new(),
            heads: vec![Head::default(); REMEMBERED as usize],
            added: 2 * REMEMBERED,
            contents: Contents::default(),
            twins: Twins::default(),
        }
    }
}

impl Copies {
    /// Takes in the next packet of the capture, whichever part's it is.
    pub fn next(&mut self, contents: Contents, time_ns: u64) {
        self.contents = contents;
        self.twins.add(contents.0, time_ns);
    }

    /// Looks for a packet with the same contents as the one at hand.
    pub fn look(&mut self, packet: &Packet<'_>) -> Look {
        let Contents(contents, rest) = self.contents;
        let found = self.find(contents, rest.data, &packet.frame);
        Look {
            contents,
            rest,
            vlan: packet.vlan,
            link: link(packet),
            time_to_live: packet.network.map_or(0, |network| network.time_to_live),
            found,
        }
    }

    fn find(&self, contents: u64, data: u32, frame: &Frame<'_>) -> Option<u32> {
        let head = self.heads.get(place(contents))?;
        if head.tags & tag(contents) == 0 {
            return None;
        }
        let mut at = head.latest;
        for _ in 0..LOOKED_AT {
            let seen = self.seen(at)?;
            let is_near = frame.number.saturating_sub(seen.number) <= u64::from(REMEMBERED);
            if !is_near || frame.time_ns.abs_diff(seen.time_ns) > WITHIN_NS {
                return None;
            }
            // A copy may have been damaged later; two damaged ones are copies of
            // each other where the bytes are the same.
            let is_same_data = seen.rest.data == data || seen.rest.data == 0 || data == 0;
            if seen.contents == contents && is_same_data {
                return Some(at);
            }
            at = seen.before;
        }
        None
    }

    /// The packet that was added as this one, if it is not forgotten.
    fn seen(&self, at: u32) -> Option<&Seen> {
        if is_forgotten(at, self.added) {
            return None;
        }
        self.latest.get((at % REMEMBERED) as usize)
    }

    /// What the packet that was found shows.
    pub fn alike(&self, look: &Look, packet: &Packet<'_>) -> Option<Alike> {
        let seen = self.seen(look.found?)?;
        let identification = packet.network.map_or(0, |network| network.identification);
        let after_ns = packet.frame.time_ns.saturating_sub(seen.time_ns);
        let mut alike = Alike {
            original: seen.number,
            conversation: seen.conversation,
            flow: seen.flow,
            after_ns,
            time_to_live_lower: seen.time_to_live.saturating_sub(look.time_to_live),
            identification,
            nth: seen.copies.saturating_add(1),
            passes: seen.passes,
            is_first_round: false,
            evidence: None,
            is_near: look.vlan == seen.vlan
                && packet.frame.time_ns.abs_diff(seen.time_ns) < NEAR_NS,
        };
        let is_same_link = look.link == seen.link;
        let is_known_link = look.link != 0 && seen.link != 0;
        if is_same_link && look.time_to_live < seen.latest_time_to_live {
            alike.passes = alike
                .passes
                .saturating_add(if is_known_link { 2 } else { 1 });
        }
        alike.is_first_round = seen.passes < LOOPS && alike.passes >= LOOPS;
        alike.evidence = if look.time_to_live != seen.time_to_live {
            // Over the same link, whoever looks for the way sends with a TTL that
            // grows, and what is sent again after a time-out may take another way.
            let falls = look.time_to_live < seen.time_to_live;
            let is_soon = identification != 0 || after_ns < UNNUMBERED_NS;
            let is_other_link = is_known_link && !is_same_link;
            (is_other_link || falls && is_soon).then_some(CopyEvidence::HopLimit)
        } else if tags(look.vlan) != tags(seen.vlan) && may_be_tagged_again(packet) {
            Some(CopyEvidence::VlanTag)
        } else if identification != 0 {
            let counts = packet.tcp().is_some() || after_ns < UNNUMBERED_NS;
            (counts && !self.numbers_none(look, packet.frame.number))
                .then_some(CopyEvidence::Identification)
        } else if seen.copies == 0 && alike.is_near && self.twins.is_nearly_every() {
            Some(CopyEvidence::Doubled)
        } else {
            None
        };
        Some(alike)
    }

    /// Whether the host has given the identification to another packet as well:
    /// one that gives all of its packets the same numbers none.
    /// It is looked for as far back in every part, whichever packets the part has.
    fn numbers_none(&self, look: &Look, number: PacketNumber) -> bool {
        let is_late = |seen: &&Seen| number.saturating_sub(seen.number) <= u64::from(NUMBERED);
        (1..=NUMBERED)
            .map_while(|back| self.seen(self.added.wrapping_sub(back)))
            .take_while(is_late)
            .any(|seen| seen.rest.numbered == look.rest.numbered && seen.contents != look.contents)
    }

    /// The packet is a copy of that which was found.
    pub fn add_copy(&mut self, look: &Look, alike: &Alike) {
        let Some(at) = look.found.filter(|at| self.seen(*at).is_some()) else {
            return;
        };
        if let Some(seen) = self.latest.get_mut((at % REMEMBERED) as usize) {
            seen.copies = alike.nth;
            seen.passes = alike.passes;
            seen.latest_time_to_live = look.time_to_live;
        }
    }

    /// The packet is no copy; it belongs to this conversation, and `flow` if it
    /// counts there.
    pub fn add(
        &mut self,
        look: &Look,
        packet: &Packet<'_>,
        conversation: Option<u64>,
        flow: Option<FlowId>,
    ) {
        let Some(head) = self.heads.get_mut(place(look.contents)) else {
            return;
        };
        let before = std::mem::replace(&mut head.latest, self.added);
        if is_forgotten(before, self.added) {
            head.tags = 0;
        }
        head.tags |= tag(look.contents);
        let seen = Seen {
            contents: look.contents,
            rest: look.rest,
            number: packet.frame.number,
            time_ns: packet.frame.time_ns,
            conversation,
            flow,
            vlan: look.vlan,
            link: look.link,
            before,
            time_to_live: look.time_to_live,
            latest_time_to_live: look.time_to_live,
            copies: 0,
            passes: 0,
        };
        match self.latest.get_mut((self.added % REMEMBERED) as usize) {
            Some(oldest) => *oldest = seen,
            None => self.latest.push(seen),
        }
        self.added = self.added.wrapping_add(1);
    }
}

/// How many VLAN tags there are, by the two that are known.
fn tags(vlan: Option<u32>) -> u32 {
    vlan.map_or(0, |vlan| if vlan >> 16 == 0 { 1 } else { 2 })
}

/// Whether another tag shows a copy: what goes to a group may be sent into each
/// VLAN, with the same bytes, where nothing numbers it.
fn may_be_tagged_again(packet: &Packet<'_>) -> bool {
    packet
        .network
        .is_some_and(|network| network.identification != 0 || !network.destination.is_multicast())
}

/// Whether the packet that was added as this one is no longer remembered when
/// so many were.
fn is_forgotten(at: u32, added: u32) -> bool {
    added.wrapping_sub(at).wrapping_sub(1) >= REMEMBERED
}

/// The place of packets with these contents in the table.
fn place(contents: u64) -> usize {
    (contents >> 48) as usize
}

/// The bit of these contents among those of their place.
fn tag(contents: u64) -> u32 {
    1 << (contents >> 43 & 31)
}

/// What copies have in common, as a number: all from the innermost IP header on
/// but what a router changes. A checksum that holds stands for the bytes that it
/// covers.
pub(in crate::track) fn contents(packet: &Packet<'_>) -> Contents {
    let Some(network) = &packet.network else {
        let is_link =
            |layer: &&Layer| matches!(layer.protocol, Protocol::Ethernet | Protocol::Vlan);
        let behind = packet.layers.iter().find(|layer| !is_link(layer));
        let from = behind.map_or(0, |layer| layer.offset);
        let contents = hash((bytes(packet, from), packet.payload.length));
        return Contents(contents, Rest::default());
    };
    let ends = match (network.source, network.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            u64::from(source.to_bits()) << 32 | u64::from(destination.to_bits())
        }
        (source, destination) => hash((source, destination)),
    };
    let is_covered = packet
        .checksums
        .last()
        .is_some_and(|sum| sum.verdict == ChecksumVerdict::Good);
    let fragment = network.fragment.map_or(0, |fragment| {
        fragment.offset << 1 | u32::from(fragment.more)
    });
    let datagram = u64::from(network.identification) << 32 | u64::from(fragment);
    let mut rest = Rest::default();
    if network.identification != 0 {
        let mixed = (ends ^ datagram.rotate_left(16)).wrapping_mul(MIXER);
        rest.numbered = (mixed >> 32) as u32 | 1;
    }
    let length = u64::from(network.protocol) << 32 | u64::from(packet.payload.length);
    let (ports, numbers) = match &packet.transport {
        Transport::Tcp(tcp) => (
            u64::from(tcp.source_port) << 48
                | u64::from(tcp.destination_port) << 32
                | u64::from(tcp.window) << 16
                | u64::from(tcp.checksum),
            u64::from(tcp.sequence) << 32
                | u64::from(tcp.acknowledgment) ^ u64::from(tcp.flags.0) << 16,
        ),
        Transport::Udp(udp) if is_covered => (
            u64::from(udp.source_port) << 48
                | u64::from(udp.destination_port) << 32
                | u64::from(udp.length) << 16
                | u64::from(udp.checksum),
            0,
        ),
        _ => {
            let is_ip = |layer: &&Layer| matches!(layer.protocol, Protocol::Ipv4 | Protocol::Ipv6);
            let ip = packet.layers.iter().rfind(is_ip);
            let from = ip.map_or(0, |layer| layer.offset + layer.header_length);
            return Contents(hash((ends, datagram, length, bytes(packet, from))), rest);
        }
    };
    let header = mixed([ends, datagram, length, ports, numbers]);
    if is_covered {
        return Contents(header, rest);
    }
    let data = hash(bytes(packet, packet.payload.offset));
    if network.identification == 0 || packet.tcp().is_none() {
        return Contents(mixed([header, data]), rest);
    }
    rest.data = data as u32 | 1;
    Contents(header, rest)
}

/// The words as one, all of its bits well mixed.
fn mixed<const N: usize>(words: [u64; N]) -> u64 {
    words.into_iter().fold(0, |sum, word| {
        let product = u128::from(sum ^ word ^ MIXER) * u128::from(MIXER);
        (product >> 64) as u64 ^ product as u64
    })
}

/// Captured bytes from here on, some of them.
fn bytes<'p>(packet: &Packet<'p>, from: u32) -> &'p [u8] {
    let rest = packet.frame.bytes.get(from as usize..).unwrap_or_default();
    rest.get(..BYTES).unwrap_or(rest)
}

/// The MAC addresses from and to which a frame went, as a number; 0 without.
fn link(packet: &Packet<'_>) -> u32 {
    let outer = packet.layers.first();
    if outer.is_none_or(|layer| layer.protocol != Protocol::Ethernet) {
        return 0;
    }
    let addresses = packet.frame.bytes.first_chunk::<12>();
    addresses.map_or(0, |&[a, b, c, d, e, f, g, h, i, j, k, l]| {
        let first = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let last = u64::from(u32::from_be_bytes([i, j, k, l]));
        let mixed = (first ^ last << 17).wrapping_mul(MIXER);
        (mixed >> 32) as u32 | 1
    })
}

#[cfg(test)]
mod tests;
