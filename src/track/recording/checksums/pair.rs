//! What the wrong sums between two hosts mean, by what they have in common and
//! by what the receiver made of their packets: left to a network card, rewritten
//! in the recording, or damaged.

use smallvec::SmallVec;

use super::{KINDS, TCP_DATA, ports, whose};
use crate::decode::{Checksum, ChecksumVerdict, Packet, TcpFlags};
use crate::track::{ChecksumOf, PacketNumber};

/// Packets of one direction that are remembered because they may have been
/// damaged.
const REMEMBERED: usize = 8;

/// How many differences are counted apart.
const DIFFERENCES: usize = 4;

/// So many sums of one protocol are no accident.
const NO_ACCIDENT: u32 = 4;

/// A wrong sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrong {
    pub of: ChecksumOf,
    pub expected: u16,
    pub observed: u16,
    /// Bytes that the sum covers.
    pub length: u16,
}

impl Wrong {
    /// By how much it is too high.
    pub fn difference(self) -> u16 {
        minus(self.observed, self.expected)
    }
}

/// What was found of one protocol's sums in one direction, beside those that
/// hold.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub wrong: u32,
    /// Not filled in, in packets of a size that the wire can have.
    pub unfilled: u32,
    /// Of the first wrong one, the sum less the length, and the length.
    first: Option<(u16, u16)>,
    /// The wrong ones grow with the length of what they cover and with nothing
    /// else: they are pseudo-headers' sums, of addresses that were replaced
    /// later.
    follow_the_length: bool,
}

/// An amount by which sums are wrong.
#[derive(Clone, Copy, Debug)]
struct Difference {
    by: u16,
    /// How many packets are wrong by it, the first and the last of them.
    packets: u32,
    first: PacketNumber,
    last: PacketNumber,
    /// What the first should have had.
    expected: u16,
    /// Others should have had something else.
    varies: bool,
    /// Whose sums, a bit each.
    of: u8,
}

/// A packet that may have been damaged.
#[derive(Clone, Copy, Debug)]
struct Doubtful {
    of: ChecksumOf,
    packet: PacketNumber,
    difference: u16,
    ports: u32,
    /// The sequence numbers that it takes, if it is a TCP segment that takes
    /// any.
    sequence: Option<(u32, u32)>,
    /// It was called damaged on the packet.
    told: bool,
    /// Its receiver answered it.
    taken: bool,
    /// The bytes were sent again, with a sum that is wrong by so much; 0: that
    /// holds.
    resent: Option<u16>,
}

/// One direction of a pair.
#[derive(Debug, Default)]
pub(super) struct Way {
    pub tallies: [Tally; 4],
    /// Packets with a sum that was left to the card, and the first and the last of
    /// them.
    packets: u64,
    first: PacketNumber,
    last: PacketNumber,
    differences: SmallVec<[Difference; 1]>,
    /// Packets that are wrong by other amounts.
    otherwise: u32,
    doubtful: Vec<Doubtful>,
    /// Whose sums were called damaged on a packet that the receiver took: they
    /// were changed after the recording, or are made in some way of their own. A
    /// bit each.
    disproved: u8,
}

/// A pair whose sums do not all hold.
#[derive(Debug, Default)]
pub(super) struct Suspect {
    pub ways: [Way; 2],
}

/// What is known of a pair at the end.
pub(super) struct Exchange<'s> {
    /// How many sums hold.
    pub right: [[u32; KINDS]; 2],
    pub suspect: &'s Suspect,
}

/// Sums that were right before the packets were changed.
pub(super) struct Rewritten {
    pub packets: u64,
    pub first: PacketNumber,
    pub differences: [Option<u16>; 2],
    pub otherwise: u64,
}

/// Packets of one protocol that were damaged.
pub(super) struct Damage {
    pub of: ChecksumOf,
    pub packets: SmallVec<[PacketNumber; 8]>,
    /// How many sums of the same sender hold.
    pub right: u32,
}

impl Way {
    /// A sum was left to the card.
    pub fn not_filled_in(&mut self, of: ChecksumOf, packet: PacketNumber, fits_the_wire: bool) {
        if fits_the_wire {
            let unfilled = &mut self.tallies[of as usize].unfilled;
            *unfilled = unfilled.saturating_add(1);
        }
        if self.packets == 0 {
            self.first = packet;
        }
        // IPv4's sum and that of what it carries may both have been.
        self.packets += u64::from(self.packets == 0 || self.last != packet);
        self.last = packet;
    }

    /// Whether a wrong sum is one that was not filled in, by what is known of
    /// its sender so far. `right`: how many hold.
    pub fn is_not_filled_in(&mut self, wrong: Wrong, right: u32) -> bool {
        let tally = &mut self.tallies[wrong.of as usize];
        let base = minus(wrong.observed, wrong.length);
        let (first_base, first_length) = *tally.first.get_or_insert((base, wrong.length));
        tally.follow_the_length |= first_base == base && first_length != wrong.length;
        // Damage makes 0 of a sum once in 65,536 times.
        if wrong.observed == 0 {
            return true;
        }
        match right {
            0 => tally.unfilled > 0 || tally.follow_the_length,
            right => tally.unfilled >= right,
        }
    }

    /// Counts by how much a sum is wrong.
    pub fn differs(&mut self, wrong: Wrong, packet: &Packet<'_>) {
        let (by, number) = (wrong.difference(), packet.frame.number);
        let known = self.differences.iter_mut().find(|known| known.by == by);
        if let Some(known) = known {
            known.packets += u32::from(known.last != number);
            known.last = number;
            known.varies |= known.expected != wrong.expected;
            known.of |= 1 << wrong.of as u8;
        } else if self.differences.len() < DIFFERENCES {
            self.differences.push(Difference {
                by,
                packets: 1,
                first: number,
                last: number,
                expected: wrong.expected,
                varies: false,
                of: 1 << wrong.of as u8,
            });
        } else {
            self.otherwise = self.otherwise.saturating_add(1);
        }
    }

    /// Remembers a packet that may have been damaged, and whether that was told.
    pub fn may_be_damage(&mut self, wrong: Wrong, told: bool, packet: &Packet<'_>) {
        let sequence = packet.tcp().and_then(|tcp| {
            let length = tcp.sequence_length();
            (length > 0).then(|| (tcp.sequence, tcp.sequence.wrapping_add(length)))
        });
        // What no longer fits is not told of.
        if self.doubtful.len() >= REMEMBERED {
            return;
        }
        self.doubtful.push(Doubtful {
            of: wrong.of,
            packet: packet.frame.number,
            difference: wrong.difference(),
            ports: ports(packet),
            sequence,
            told,
            taken: false,
            resent: None,
        });
    }

    /// Whether the receiver has taken a packet with such a sum that was called
    /// damaged.
    pub fn is_disproved(&self, of: ChecksumOf) -> bool {
        self.disproved & (1 << of as u8) != 0
    }

    /// The amount by which most are wrong.
    fn main_difference(&self) -> Option<&Difference> {
        self.differences.iter().max_by_key(|known| known.packets)
    }

    /// The amount by which all sums are wrong that one side made, but for those
    /// of packets of which more was changed. `right`: how many hold.
    fn constant(&self, right: &[u32; KINDS]) -> Option<&Difference> {
        let main = self.main_difference()?;
        let all: u32 = self.differences.iter().map(|known| known.packets).sum();
        let others = all - main.packets + self.otherwise;
        let has = |of: ChecksumOf| main.of & (1 << of as u8) != 0;
        let never_holds = (0..4).all(|of| main.of & (1 << of) == 0 || right[of] == 0);
        let header_and_transport = has(ChecksumOf::Ipv4) && main.of.count_ones() > 1;
        // The sum of the same packet again differs by the same of itself.
        let is_no_accident = match header_and_transport {
            true => main.packets >= 2,
            false => main.packets >= 3 && main.varies,
        };
        let rules = others.saturating_mul(2) <= main.packets;
        (never_holds && is_no_accident && rules).then_some(main)
    }
}

impl Suspect {
    /// Takes in what a packet shows of those that went before it: that its
    /// sender has received them, or sends them again.
    pub fn answered(&mut self, way: usize, packet: &Packet<'_>, sums: &[Checksum]) {
        let [own, others] = match (way, &mut self.ways) {
            (0, [own, others]) | (_, [others, own]) => [own, others],
        };
        if own.doubtful.is_empty() && others.doubtful.is_empty() {
            return;
        }
        let ports = ports(packet);
        for doubtful in &mut others.doubtful {
            if doubtful.ports == ports.rotate_left(16) && doubtful.resent.is_none() {
                doubtful.taken |= takes(packet, doubtful.sequence);
                if doubtful.taken && doubtful.told {
                    others.disproved |= 1 << doubtful.of as u8;
                }
            }
        }
        let Some(tcp) = packet.tcp().filter(|tcp| tcp.sequence_length() > 0) else {
            return;
        };
        let by = |of: ChecksumOf| {
            let sum = sums.iter().find(|sum| whose(sum.protocol) == Some(of))?;
            match sum.verdict {
                ChecksumVerdict::Good => Some(0),
                ChecksumVerdict::Bad { expected } => Some(minus(sum.field, expected)),
                _ => None,
            }
        };
        for doubtful in &mut own.doubtful {
            let is_same = doubtful
                .sequence
                .is_some_and(|(start, _)| start == tcp.sequence);
            if is_same && doubtful.ports == ports && !doubtful.taken {
                doubtful.resent = doubtful.resent.or(by(doubtful.of));
            }
        }
    }

    /// The first packet of which there is something to say.
    pub fn first(&self) -> PacketNumber {
        let of_way = |way: &Way| {
            let unfilled = (way.packets > 0).then_some(way.first);
            let wrong = way.differences.iter().map(|known| known.first).min();
            unfilled.into_iter().chain(wrong).min()
        };
        let all = self.ways.iter().filter_map(of_way);
        all.min().unwrap_or_default()
    }
}

/// Whether a packet shows that its sender has received one that took these
/// sequence numbers, or had none.
fn takes(packet: &Packet<'_>, sequence: Option<(u32, u32)>) -> bool {
    match (packet.tcp(), sequence) {
        (Some(tcp), Some((_, end))) => {
            let beyond = tcp.acknowledgment.wrapping_sub(end);
            tcp.flags.has(TcpFlags::ACK) && beyond < 1 << 31
        }
        (Some(_), None) => false,
        (None, _) => true,
    }
}

impl Exchange<'_> {
    /// How many packets of a direction have sums that were left to the card,
    /// and the first of them.
    pub fn offloaded(&self, way: usize) -> (u64, PacketNumber) {
        let (own, other) = (&self.suspect.ways[way], &self.suspect.ways[1 - way]);
        if own.packets > 0 {
            return (own.packets, own.first);
        }
        // Some cards make the sum out of anything. Whatever stands there, the
        // peer has got it right if it answers, and the capture was made on this
        // host if all that comes from there is right.
        let is_rubbish = [ChecksumOf::Tcp, ChecksumOf::Udp].into_iter().any(|of| {
            let of = of as usize;
            own.tallies[of].wrong >= NO_ACCIDENT
                && self.right[way][of] == 0
                && self.right[1 - way][of] >= NO_ACCIDENT
                && other.tallies[of].wrong == 0
        });
        let is_taken = own.doubtful.iter().any(|doubtful| doubtful.taken);
        if !is_rubbish || !is_taken || own.constant(&self.right[way]).is_some() {
            return (0, 0);
        }
        let all = own.differences.iter().map(|known| known.packets);
        let first = own.differences.iter().map(|known| known.first).min();
        let packets = all.sum::<u32>().saturating_add(own.otherwise);
        (packets.into(), first.unwrap_or_default())
    }

    /// Whether the packets were changed after their sums had been made.
    pub fn rewritten(&self) -> Option<Rewritten> {
        let ways = &self.suspect.ways;
        let constants = [0, 1].map(|way: usize| ways[way].constant(&self.right[way]));
        let packets = constants.into_iter().flatten().map(|known| known.packets);
        let first = constants.into_iter().flatten().map(|known| known.first);
        let others = ways.iter().zip(constants).filter_map(|(way, constant)| {
            let constant = constant?;
            let all: u32 = way.differences.iter().map(|known| known.packets).sum();
            Some(all - constant.packets + way.otherwise)
        });
        Some(Rewritten {
            first: first.min()?,
            packets: packets.map(u64::from).sum(),
            differences: constants.map(|constant| constant.map(|known| known.by)),
            otherwise: others.map(u64::from).sum(),
        })
    }

    /// Packets of a direction that were damaged, as what came later shows.
    pub fn damage(&self, way: usize) -> Vec<Damage> {
        let (own, right) = (&self.suspect.ways[way], &self.right[way]);
        let constant = own.constant(right).map(|known| known.by);
        let mut found: Vec<Damage> = Vec::new();
        for doubtful in &own.doubtful {
            let of = doubtful.of as usize;
            let is_data = doubtful.of == ChecksumOf::Tcp && doubtful.sequence.is_some();
            let right = right[if is_data { TCP_DATA } else { of }];
            let tally = &own.tallies[of];
            // What was taken was not damaged, and what is wrong as all the rest
            // is was rewritten with it.
            if doubtful.told || doubtful.taken || constant == Some(doubtful.difference) {
                continue;
            }
            let is_shown = match (doubtful.sequence, doubtful.resent) {
                // The receiver did not take it: it was sent again, and what was
                // sent then is as right as all the rest.
                (Some(_), Some(by)) => by == constant.unwrap_or(0),
                (Some(_), None) => false,
                (None, _) => right >= tally.wrong.max(2).saturating_mul(4),
            };
            if !is_shown || tally.unfilled > 0 {
                continue;
            }
            match found.iter_mut().find(|known| known.of == doubtful.of) {
                Some(known) => known.packets.push(doubtful.packet),
                None => found.push(Damage {
                    of: doubtful.of,
                    packets: SmallVec::from_slice(&[doubtful.packet]),
                    right,
                }),
            }
        }
        found
    }
}

/// Subtraction in ones' complement, where 0 and 0xffff are the same.
pub(super) fn minus(a: u16, b: u16) -> u16 {
    let sum = u32::from(a) + u32::from(!b);
    let folded = (sum >> 16) + (sum & 0xffff);
    if folded == 0xffff { 0 } else { folded as u16 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_with_two_sums_that_are_the_cards_is_one() {
        let mut way = Way::default();
        for packet in [3, 4, 9] {
            way.not_filled_in(ChecksumOf::Ipv4, packet, true);
            way.not_filled_in(ChecksumOf::Tcp, packet, true);
        }
        assert_eq!((way.packets, way.first), (3, 3));
    }
}
