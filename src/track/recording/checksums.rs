//! Checksums, packet by packet: damage is told apart from sums that the
//! sending host leaves to its network card, which the capture sees before the
//! card fills them in (RFC 1071; RFC 9293, section 3.1).
//!
//! What a wrong sum means depends on what else its host sends. A host that
//! leaves its sums to the card leaves nearly all of them; damage on the way
//! hits one packet among many that hold.

use std::net::IpAddr;

use crate::decode::{Checksum, ChecksumVerdict, Packet, Protocol, View, view};
use crate::track::hash::Map;
use crate::track::{ChecksumBad, ChecksumOf, ChecksumOffload, Event, Finding, PacketNumber};

/// Hosts that are remembered at the most.
const AT_MOST: usize = 65_536;

/// So many wrong sums of one protocol without a right one are no accident.
const NO_ACCIDENT: u32 = 4;

/// More data than a segment carries over Ethernet: such packets exist only
/// within a host.
const MORE_THAN_A_SEGMENT: u32 = 1460;

/// What was found of one protocol's sums in one host's packets, beside those
/// that hold.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    bad: u32,
    /// Not filled in, in packets of a size that the wire can have.
    left: u32,
    first_bad: Option<Wrong>,
    /// Not all of the wrong ones are wrong by the same amount.
    differently: bool,
    /// The wrong ones grow with the length of what they cover and with nothing
    /// else: they are pseudo-headers' sums, of addresses that were replaced
    /// later.
    follow_the_length: bool,
}

/// A wrong sum.
#[derive(Clone, Copy, Debug)]
struct Wrong {
    /// Minus the right one.
    by: u16,
    /// Minus the length.
    base: u16,
    length: u16,
}

/// A host whose sums do not all hold.
#[derive(Clone, Copy, Debug, Default)]
struct Suspect {
    tallies: [Tally; 4],
    /// Packets with a sum that was left to the card, and the first of them.
    packets: u64,
    first: PacketNumber,
}

/// What was found of a host's sums.
#[derive(Debug, Default)]
struct Host {
    /// How many hold, by [`ChecksumOf`].
    good: [u32; 4],
    /// What else there is to say, of few hosts.
    suspect: Option<Box<Suspect>>,
}

/// The sums of every host.
#[derive(Debug, Default)]
pub(in crate::track) struct Checksums {
    hosts: Map<IpAddr, Host>,
}

impl Host {
    fn add_good(&mut self, of: ChecksumOf) {
        let good = &mut self.good[of as usize];
        *good = good.saturating_add(1);
    }
}

impl Checksums {
    /// What is known of a host, which is new if need be; `None` when there are
    /// too many.
    fn host(&mut self, address: IpAddr) -> Option<&mut Host> {
        if self.hosts.len() >= AT_MOST && !self.hosts.contains_key(&address) {
            return None;
        }
        Some(self.hosts.entry(address).or_default())
    }

    /// Takes in what was found of a packet's sums.
    pub fn packet(&mut self, packet: &Packet<'_>, events: &mut Vec<Event>) {
        let mut left_by = None;
        for sum in &packet.checksums {
            let (Some(of), Some(source)) = (whose(sum.protocol), source(packet, sum)) else {
                continue;
            };
            let mut unknown = Host::default();
            let (host, is_known) = match self.host(source) {
                Some(host) => (host, true),
                None => (&mut unknown, false),
            };
            match sum.verdict {
                ChecksumVerdict::Good => host.add_good(of),
                ChecksumVerdict::Bad { expected } => {
                    let good = host.good[of as usize];
                    let suspect = host.suspect.get_or_insert_default();
                    let tally = &mut suspect.tallies[of as usize];
                    tally.wrong(sum.field, expected, length(packet, sum));
                    if tally.is_offloaded(good, of, sum.field) {
                        left_by = is_known.then_some(source);
                    } else {
                        events.push(Event::ChecksumBad(ChecksumBad {
                            of,
                            expected,
                            observed: sum.field,
                        }));
                    }
                }
                ChecksumVerdict::Offloaded { .. } => {
                    left_by = is_known.then_some(source);
                    if is_known && packet.payload.length <= MORE_THAN_A_SEGMENT {
                        let suspect = host.suspect.get_or_insert_default();
                        let left = &mut suspect.tallies[of as usize].left;
                        *left = left.saturating_add(1);
                    }
                }
                ChecksumVerdict::NotComputed | ChecksumVerdict::Unknown => {}
            }
        }
        if let Some(host) = left_by.and_then(|source| self.host(source)) {
            let suspect = host.suspect.get_or_insert_default();
            if suspect.packets == 0 {
                suspect.first = packet.frame.number;
            }
            suspect.packets += 1;
        }
    }

    /// Which hosts left their sums to the card.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut hosts: Vec<(&IpAddr, &Suspect)> = self
            .hosts
            .iter()
            .filter_map(|(address, host)| {
                let suspect = host.suspect.as_deref()?;
                let good = host.good[ChecksumOf::Tcp as usize];
                let merged = suspect.is_merged_on_arrival(good) && !address.is_loopback();
                (suspect.packets > 0 && !merged).then_some((address, suspect))
            })
            .collect();
        hosts.sort_unstable_by_key(|(address, suspect)| (suspect.first, **address));
        findings.extend(hosts.into_iter().map(|(address, suspect)| Finding {
            conversation: None,
            event: Event::ChecksumOffload(ChecksumOffload {
                host: *address,
                packets: suspect.packets,
                first: suspect.first,
            }),
        }));
    }
}

impl Tally {
    fn wrong(&mut self, field: u16, expected: u16, length: u16) {
        self.bad = self.bad.saturating_add(1);
        let wrong = Wrong {
            by: minus(field, expected),
            base: minus(field, length),
            length,
        };
        let first = *self.first_bad.get_or_insert(wrong);
        self.differently |= first.by != wrong.by;
        self.follow_the_length |= first.base == wrong.base && first.length != wrong.length;
    }

    /// Whether a wrong sum is one that was not filled in, by what is known of
    /// its host so far, this one counted. `good`: how many hold.
    fn is_offloaded(&self, good: u32, of: ChecksumOf, field: u16) -> bool {
        if good > 0 {
            return self.left >= good;
        }
        // Only of a transport does a card make the sum out of anything but 0;
        // and where all are wrong by the same amount, somebody has changed an
        // address or a port and not the sum.
        let is_transport = matches!(of, ChecksumOf::Tcp | ChecksumOf::Udp);
        let no_accident = is_transport && self.bad >= NO_ACCIDENT && self.differently;
        field == 0 || self.left > 0 || self.follow_the_length || no_accident
    }
}

impl Suspect {
    /// Whether only packets that the receiving host has merged (GRO) lack
    /// their sums, while those that it did not merge have them, `good` of
    /// them: they did come over a wire, and the capture was made where they
    /// arrived.
    fn is_merged_on_arrival(&self, good: u32) -> bool {
        let tally = self.tallies[ChecksumOf::Tcp as usize];
        let large = self.packets > u64::from(tally.left);
        large && tally.bad == 0 && tally.left.saturating_mul(4) <= good && good > 0
    }
}

/// Subtraction in ones' complement, where 0 and 0xffff are the same.
fn minus(a: u16, b: u16) -> u16 {
    let sum = u32::from(a) + u32::from(!b);
    let folded = (sum >> 16) + (sum & 0xffff);
    if folded == 0xffff { 0 } else { folded as u16 }
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

/// The address of the host that made the sum: the nearest IP header's source.
fn source(packet: &Packet<'_>, sum: &Checksum) -> Option<IpAddr> {
    let is_ip = |protocol| matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6);
    let at = usize::from(sum.layer);
    if packet.layers.len() == at + 1 {
        return packet.network.map(|network| network.source);
    }
    let layers = packet.layers.get(..=at)?;
    let behind = packet.layers.get(at + 1..)?;
    if !behind.iter().any(|layer| is_ip(layer.protocol)) {
        return packet.network.map(|network| network.source);
    }
    let layer = layers.iter().rfind(|layer| is_ip(layer.protocol))?;
    match view(packet, layer) {
        View::Ipv4(header) => Some(header.source.into()),
        View::Ipv6(header) => Some(header.source.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{ipv4, packet, udp};

    /// The sums of UDP datagrams from host 1 to host 2, in the IPv4 checksum
    /// and the UDP checksum field.
    struct Sender {
        checksums: Checksums,
        events: Vec<Event>,
        number: u64,
    }

    impl Sender {
        fn new() -> Self {
            Self {
                checksums: Checksums::default(),
                events: Vec::new(),
                number: 0,
            }
        }

        /// A datagram whose UDP checksum field is what `field` makes of the
        /// right sum and the pseudo-header's.
        fn sends(&mut self, data: &[u8], field: impl Fn(u16, u16) -> u16) -> &mut Self {
            let mut frame = ipv4(17, 1, 2, &udp(1000, 2000, data));
            set(&mut frame, 14 + 10, 0);
            let sum = !add(&frame[14..34]);
            set(&mut frame, 14 + 10, sum);
            let length = frame.len() as u16 - 34;
            let mut covered = frame[26..34].to_vec();
            covered.extend([0, 17]);
            covered.extend(length.to_be_bytes());
            let pseudo = add(&covered);
            covered.extend(&frame[34..]);
            set(&mut frame, 34 + 6, field(!add(&covered), pseudo));
            self.number += 1;
            let packet = packet(self.number, 0, &frame);
            self.checksums.packet(&packet, &mut self.events);
            self
        }

        fn offload(&mut self) -> Vec<(u64, u64)> {
            let mut findings = Vec::new();
            self.checksums.findings(&mut findings);
            let told = findings.iter().map(|finding| match &finding.event {
                Event::ChecksumOffload(event) => (event.packets, event.first),
                other => panic!("{other:?}"),
            });
            told.collect()
        }
    }

    fn set(frame: &mut [u8], at: usize, value: u16) {
        frame[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }

    fn add(bytes: &[u8]) -> u16 {
        let mut sum = 0;
        for pair in bytes.chunks(2) {
            let word = [pair[0], pair.get(1).copied().unwrap_or(0)];
            sum += u32::from(u16::from_be_bytes(word));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum as u16
    }

    fn right(right: u16, _: u16) -> u16 {
        right
    }

    fn pseudo(_: u16, pseudo: u16) -> u16 {
        pseudo
    }

    #[test]
    fn one_wrong_sum_among_right_ones_is_damage() {
        let mut sender = Sender::new();
        sender
            .sends(b"one", right)
            .sends(b"two", |right, _| right ^ 0x0404)
            .sends(b"three", right);
        let [Event::ChecksumBad(bad)] = sender.events.as_slice() else {
            panic!("{:?}", sender.events);
        };
        assert_eq!(bad.of, ChecksumOf::Udp);
        assert_eq!(bad.expected ^ 0x0404, bad.observed);
        assert!(sender.offload().is_empty());
    }

    #[test]
    fn the_very_first_wrong_sum_is_damage() {
        let mut sender = Sender::new();
        sender.sends(b"one", |right, _| right ^ 0x0404);
        assert_eq!(sender.events.len(), 1);
    }

    #[test]
    fn offloaded_sums_are_told_once_and_are_no_damage() {
        let mut sender = Sender::new();
        // A few packets are made elsewhere in the kernel, with their sums.
        sender
            .sends(b"one", pseudo)
            .sends(b"two", right)
            .sends(b"three", pseudo)
            .sends(b"four", pseudo);
        assert!(sender.events.is_empty());
        assert_eq!(sender.offload(), [(3, 1)]);
        // What such a host sends has not been on a wire yet.
        sender.sends(b"five", |_, _| 0x1234);
        assert!(sender.events.is_empty());
        assert_eq!(sender.offload(), [(4, 1)]);
    }

    #[test]
    fn pseudo_header_sums_of_addresses_that_were_replaced_are_offloaded_too() {
        let mut sender = Sender::new();
        let replaced = |_, pseudo: u16| pseudo.wrapping_add(0x0500);
        sender.sends(b"one", replaced);
        assert_eq!(sender.events.len(), 1, "it cannot be known yet");
        sender.sends(b"three", replaced).sends(b"seven", replaced);
        assert_eq!(sender.events.len(), 1);
        assert_eq!(sender.offload(), [(2, 2)]);
    }

    #[test]
    fn sums_that_are_all_wrong_by_the_same_amount_were_computed() {
        let mut sender = Sender::new();
        for text in ["a", "bc", "def", "ghij", "klmno", "pqrstu"] {
            sender.sends(text.as_bytes(), |right, _| {
                let sum = u32::from(right) + 0x125f;
                ((sum & 0xffff) + (sum >> 16)) as u16
            });
        }
        assert_eq!(sender.events.len(), 6);
        assert!(sender.offload().is_empty());
    }

    #[test]
    fn nothing_but_rubbish_is_no_accident() {
        let mut sender = Sender::new();
        for (number, text) in ["a", "bc", "def", "ghij", "klmno", "pqrstu"]
            .into_iter()
            .enumerate()
        {
            let rubbish = 0x1111 + 0x0777 * number as u16;
            sender.sends(text.as_bytes(), |_, _| rubbish);
        }
        assert_eq!(sender.events.len(), 3);
        assert_eq!(sender.offload(), [(3, 4)]);
    }

    #[test]
    fn a_host_that_never_fills_in_the_header_sum_leaves_it() {
        let mut checksums = Checksums::default();
        let mut events = Vec::new();
        // The frame's header checksum is 0.
        let frame = ipv4(17, 1, 2, &udp(1000, 2000, b"hi"));
        checksums.packet(&packet(1, 0, &frame), &mut events);
        assert!(events.is_empty());
    }

    #[test]
    fn subtraction_goes_round_at_65535() {
        assert_eq!(minus(5, 3), 2);
        assert_eq!(minus(3, 5), 0xfffd);
        assert_eq!(minus(0xffff, 0), 0);
        assert_eq!(minus(7, 7), 0);
    }
}
