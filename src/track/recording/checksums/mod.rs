//! Checksums, packet by packet: damage is told apart from sums that the
//! sending host leaves to its network card, which the capture sees before the
//! card fills them in, and from sums that were right before somebody changed
//! the packet in the recording (RFC 1071; RFC 9293, section 3.1).
//!
//! What a wrong sum means depends on what else its sender sends to the same
//! host. Damage on the way hits one packet among many whose sums hold. Nothing
//! more can be said of a packet when it comes; what its pair of hosts shows in
//! the end is told then ([`pair`]).

mod pair;

use std::net::IpAddr;

use crate::decode::{Checksum, ChecksumVerdict, Packet, Protocol, Transport, View, view};
use crate::track::hash::Map;
use crate::track::memory::Keep;
use crate::track::{
    ChecksumBad, ChecksumDamage, ChecksumOf, ChecksumOffload, ChecksumRewritten, ChecksumWrong,
    Event, Finding, PacketNumber,
};
use pair::{Exchange, Suspect, Wrong};

/// Pairs of hosts that are remembered at the most.
const AT_MOST: usize = 65_536;

/// More data than a segment carries over Ethernet: such packets exist only
/// within a host.
const MORE_THAN_A_SEGMENT: u32 = 1460;

/// How many kinds of sums are counted apart: those of [`ChecksumOf`], and TCP's
/// of segments with data.
const KINDS: usize = 5;

/// The place of the sums of TCP segments with data.
const TCP_DATA: usize = 4;

/// Two hosts, the lower address first, both as IPv6 addresses. What they sent in
/// fragments is judged by itself: who changes addresses in a recording can put the
/// sums of whole packets right, and of fragments cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Pair {
    hosts: [u128; 2],
    in_fragments: bool,
}

impl Pair {
    /// The pair of a packet's hosts, and which of them is its source.
    fn of(source: IpAddr, destination: IpAddr, in_fragments: bool) -> (Self, usize) {
        let [source, destination] = [source, destination].map(|address| match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits(),
        });
        let (hosts, way) = match source <= destination {
            true => ([source, destination], 0),
            false => ([destination, source], 1),
        };
        let pair = Self {
            hosts,
            in_fragments,
        };
        (pair, way)
    }

    fn hosts(self) -> [IpAddr; 2] {
        self.hosts
            .map(|address| IpAddr::V6(address.into()).to_canonical())
    }
}

/// What was found of the sums between two hosts, by the direction in which the
/// packets went.
#[derive(Debug, Default)]
struct Sums {
    /// How many hold.
    right: [[u32; KINDS]; 2],
    /// What else there is to say, of few pairs.
    suspect: Option<Box<Suspect>>,
}

/// The sums of every pair of hosts.
#[derive(Debug, Default)]
pub(in crate::track) struct Checksums {
    pairs: Map<Pair, Sums>,
    /// Pairs for which there was no room since it was last made.
    refused: usize,
    keep: Keep,
}

impl Checksums {
    /// What is known of a pair, which is new if need be; `None` when there are
    /// too many of which there is something to say.
    fn sums(&mut self, pair: Pair) -> Option<&mut Sums> {
        let at_most = self.keep.of(AT_MOST);
        if self.pairs.len() >= at_most && !self.pairs.contains_key(&pair) {
            // It takes a look at them all, so it is not tried for each.
            self.refused += 1;
            if self.refused % (at_most / 4) != 1 {
                return None;
            }
            self.pairs.retain(|_, sums| sums.suspect.is_some());
            if self.pairs.len() >= at_most {
                return None;
            }
            self.refused = 0;
        }
        Some(self.pairs.entry(pair).or_default())
    }

    /// Keeps so many pairs from now on, and those of which there is something to say.
    pub fn keep(&mut self, keep: Keep) {
        self.keep = keep;
        if self.pairs.len() > keep.of(AT_MOST) {
            self.pairs.retain(|_, sums| sums.suspect.is_some());
        }
        self.pairs.shrink_to_fit();
    }

    /// Takes in what was found of a packet's sums; `in_fragments`: it came in these,
    /// and was put together.
    pub fn packet(&mut self, packet: &Packet<'_>, in_fragments: bool, events: &mut Vec<Event>) {
        let sums = packet.checksums.as_slice();
        let Some(network) = &packet.network else {
            return;
        };
        let is_ip = |protocol| matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6);
        let innermost = packet
            .layers
            .iter()
            .rposition(|layer| is_ip(layer.protocol));
        let innermost = innermost.unwrap_or_default();
        let within = sums.partition_point(|sum| usize::from(sum.layer) < innermost);
        let (outer, inner) = sums.split_at_checked(within).unwrap_or_default();
        // A sum inside that holds shows that the data came as they were sent.
        let is_sound =
            |sum: &Checksum| sum.protocol != Protocol::Ipv4 && sum.verdict == ChecksumVerdict::Good;
        let inside_holds = inner.iter().any(is_sound);
        for sum in outer {
            if let Some((source, destination)) = ends(packet, sum) {
                let ends = Pair::of(source, destination, in_fragments);
                let sums = std::slice::from_ref(sum);
                self.between(ends, packet, sums, inside_holds, events);
            }
        }
        if !inner.is_empty() {
            let ends = Pair::of(network.source, network.destination, in_fragments);
            self.between(ends, packet, inner, false, events);
        }
    }

    /// Takes in sums that one host made for another. `inside_holds`: one of what they
    /// cover holds.
    fn between(
        &mut self,
        (pair, way): (Pair, usize),
        packet: &Packet<'_>,
        sums: &[Checksum],
        inside_holds: bool,
        events: &mut Vec<Event>,
    ) {
        let Some(known) = self.sums(pair) else {
            return;
        };
        if let Some(suspect) = &mut known.suspect {
            suspect.answered(way, packet, sums);
        }
        for sum in sums {
            let Some(of) = whose(sum.protocol) else {
                continue;
            };
            match sum.verdict {
                ChecksumVerdict::Good => known.hold(way, of, packet),
                ChecksumVerdict::Bad { expected } => {
                    let wrong = Wrong {
                        of,
                        expected,
                        observed: sum.field,
                        length: length(packet, sum),
                    };
                    events.extend(known.wrong(way, wrong, packet, inside_holds));
                }
                ChecksumVerdict::Offloaded { .. } => {
                    let suspect = known.suspect.get_or_insert_default();
                    let number = packet.frame.number;
                    let fits_the_wire = packet.payload.length <= MORE_THAN_A_SEGMENT;
                    suspect.ways[way].not_filled_in(of, number, fits_the_wire);
                }
                ChecksumVerdict::NotComputed | ChecksumVerdict::Unknown => {}
            }
        }
    }

    /// What the wrong sums of every pair mean, as far as that is clear.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut suspects: Vec<(Pair, Exchange<'_>)> = Vec::new();
        for (pair, sums) in &self.pairs {
            if let Some(suspect) = sums.suspect.as_deref() {
                let right = sums.right;
                suspects.push((*pair, Exchange { right, suspect }));
            }
        }
        suspects.sort_unstable_by_key(|(pair, exchange)| (exchange.suspect.first(), *pair));
        let mut tell = |event| {
            findings.push(Finding {
                conversation: None,
                first_packet: None,
                event,
            });
        };
        for event in self.offloads(&suspects) {
            tell(Event::ChecksumOffload(event));
        }
        for event in rewritten(&suspects) {
            tell(Event::ChecksumRewritten(event));
        }
        for (pair, exchange) in &suspects {
            let hosts = pair.hosts();
            for way in 0..2 {
                for damage in exchange.damage(way) {
                    tell(Event::ChecksumDamage(ChecksumDamage {
                        of: damage.of,
                        source: hosts[way],
                        destination: hosts[1 - way],
                        packets: damage.packets,
                        right: damage.right,
                    }));
                }
            }
        }
    }

    /// Which hosts left their sums to the card.
    fn offloads(&self, suspects: &[(Pair, Exchange<'_>)]) -> Vec<ChecksumOffload> {
        let mut hosts: Map<IpAddr, Sender> = Map::default();
        for (pair, exchange) in suspects {
            for (way, host) in pair.hosts().into_iter().enumerate() {
                let (packets, first) = exchange.offloaded(way);
                if packets > 0 {
                    let sender = hosts.entry(host).or_default();
                    sender.first = match sender.packets {
                        0 => first,
                        _ => sender.first.min(first),
                    };
                    sender.packets += packets;
                }
            }
        }
        if !hosts.is_empty() {
            for (pair, sums) in &self.pairs {
                for (way, host) in pair.hosts().into_iter().enumerate() {
                    if let Some(sender) = hosts.get_mut(&host) {
                        sender.add(sums, way);
                    }
                }
            }
        }
        let mut offloads: Vec<ChecksumOffload> = hosts
            .into_iter()
            .filter(|(host, sender)| host.is_loopback() || !sender.has_merged_on_arrival())
            .map(|(host, sender)| ChecksumOffload {
                host,
                packets: sender.packets,
                first: sender.first,
            })
            .collect();
        offloads.sort_unstable_by_key(|offload| (offload.first, offload.host));
        offloads
    }
}

/// Between which hosts the packets were changed, those in fragments and the others
/// together.
fn rewritten(suspects: &[(Pair, Exchange<'_>)]) -> Vec<ChecksumRewritten> {
    let mut all: Vec<ChecksumRewritten> = Vec::new();
    let mut places: Map<[IpAddr; 2], usize> = Map::default();
    for (pair, exchange) in suspects {
        let Some(found) = exchange.rewritten() else {
            continue;
        };
        let hosts = pair.hosts();
        let place = *places.entry(hosts).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => {
                known.packets += found.packets;
                known.first = known.first.min(found.first);
                known.otherwise += found.otherwise;
                for (known, found) in known.differences.iter_mut().zip(found.differences) {
                    *known = known.or(found);
                }
            }
            None => all.push(ChecksumRewritten {
                hosts,
                packets: found.packets,
                first: found.first,
                differences: found.differences,
                otherwise: found.otherwise,
            }),
        }
    }
    all
}

/// A host that left sums to the card, over all of its peers.
#[derive(Debug, Default)]
struct Sender {
    /// Packets with such a sum, and the first of them.
    packets: u64,
    first: PacketNumber,
    /// Its TCP sums: those not filled in of a size that the wire can have, wrong
    /// ones, right ones.
    unfilled: u32,
    wrong: u32,
    right: u32,
}

impl Sender {
    fn add(&mut self, sums: &Sums, way: usize) {
        let tcp = ChecksumOf::Tcp as usize;
        self.right = self.right.saturating_add(sums.right[way][tcp]);
        if let Some(suspect) = &sums.suspect {
            let tally = &suspect.ways[way].tallies[tcp];
            self.unfilled = self.unfilled.saturating_add(tally.unfilled);
            self.wrong = self.wrong.saturating_add(tally.wrong);
        }
    }

    /// Whether only packets that the receiving host has merged (GRO) lack
    /// their sums, while those that it did not merge have them: they did come
    /// over a wire, and the capture was made where they arrived.
    fn has_merged_on_arrival(&self) -> bool {
        let large = self.packets > u64::from(self.unfilled);
        let few = self.unfilled.saturating_mul(4) <= self.right;
        large && self.wrong == 0 && few && self.right > 0
    }
}

impl Sums {
    fn hold(&mut self, way: usize, of: ChecksumOf, packet: &Packet<'_>) {
        let right = &mut self.right[way];
        right[of as usize] = right[of as usize].saturating_add(1);
        if of == ChecksumOf::Tcp && packet.payload.length > 0 {
            right[TCP_DATA] = right[TCP_DATA].saturating_add(1);
        }
    }

    /// Takes in a wrong sum; gives what is to be said of it on its packet.
    fn wrong(
        &mut self,
        way: usize,
        wrong: Wrong,
        packet: &Packet<'_>,
        inside_holds: bool,
    ) -> Option<Event> {
        let Wrong {
            of,
            expected,
            observed,
            ..
        } = wrong;
        // Who edits a recording changes data: segments without any still have
        // their sums, and prove nothing for those that have.
        let is_data = of == ChecksumOf::Tcp && packet.payload.length > 0;
        let kind = if is_data { TCP_DATA } else { of as usize };
        let right = self.right[way][kind];
        let suspect = self.suspect.get_or_insert_default();
        let way = &mut suspect.ways[way];
        let tally = &mut way.tallies[of as usize];
        let before = tally.wrong;
        tally.wrong = before.saturating_add(1);
        let unfilled = tally.unfilled;
        if way.is_not_filled_in(wrong, right) {
            way.not_filled_in(of, packet.frame.number, true);
            return None;
        }
        way.differs(wrong, packet);
        // What was merged on arrival may have the sum of one of its parts.
        let is_merged = of == ChecksumOf::Tcp && packet.payload.length > MORE_THAN_A_SEGMENT;
        let is_damage =
            right > before && unfilled == 0 && !is_merged && !inside_holds && !way.is_disproved(of);
        if !inside_holds {
            way.may_be_damage(wrong, is_damage, packet);
        }
        if is_damage {
            return Some(Event::ChecksumBad(ChecksumBad {
                of,
                expected,
                observed,
            }));
        }
        Some(Event::ChecksumWrong(ChecksumWrong {
            of,
            expected,
            observed,
            difference: wrong.difference(),
            right_before: right,
        }))
    }
}

/// Bytes that a transport's sum covers.
fn length(packet: &Packet<'_>, sum: &Checksum) -> u16 {
    let end = packet.payload.offset + packet.payload.length;
    packet
        .layers
        .get(usize::from(sum.layer))
        .map_or(0, |layer| end.saturating_sub(layer.offset) as u16)
}

fn whose(protocol: Protocol) -> Option<ChecksumOf> {
    match protocol {
        Protocol::Tcp => Some(ChecksumOf::Tcp),
        Protocol::Udp => Some(ChecksumOf::Udp),
        Protocol::Icmp | Protocol::Icmpv6 => Some(ChecksumOf::Icmp),
        Protocol::Ipv4 => Some(ChecksumOf::Ipv4),
        _ => None,
    }
}

/// Source and destination of the IP header nearest in front of a sum, or that
/// holds it.
fn ends(packet: &Packet<'_>, sum: &Checksum) -> Option<(IpAddr, IpAddr)> {
    let layers = packet.layers.get(..=usize::from(sum.layer))?;
    layers
        .iter()
        .rev()
        .find_map(|layer| match view(packet, layer) {
            View::Ipv4(header) => Some((header.source.into(), header.destination.into())),
            View::Ipv6(header) => Some((header.source.into(), header.destination.into())),
            _ => None,
        })
}

/// Source and destination port, the source's above; 0 without ports.
fn ports(packet: &Packet<'_>) -> u32 {
    let (source, destination) = match &packet.transport {
        Transport::Tcp(tcp) => (tcp.source_port, tcp.destination_port),
        Transport::Udp(udp) => (udp.source_port, udp.destination_port),
        Transport::Icmp(_) | Transport::None => (0, 0),
    };
    u32::from(source) << 16 | u32::from(destination)
}

#[cfg(test)]
mod tests;
