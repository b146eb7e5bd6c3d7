//! Conversations and VLAN tags. A tag is a property of a place in the network,
//! not of a conversation: a mirror port strips it in one direction, routed
//! ports carry each direction in a VLAN of its own. So packets belong together
//! by addresses, ports and numbers, whatever their tags. Only where the numbers
//! contradict each other are the same ends in two VLANs two conversations:
//! private addresses are used again.

use super::{Flow, FlowId, Key};
use crate::decode::{Packet, Tcp, TcpFlags, Transport};
use crate::track::part::Part;
use crate::track::tcp::Connection;

/// Sequence numbers that lie farther apart than this are not of one direction
/// of a connection: the largest window but one (RFC 7323, section 2.3).
const NEAR: u32 = 1 << 29;

impl Part {
    /// The open conversation that a packet goes on with as far as addresses,
    /// ports, tag and numbers tell. `key` is the one for a new conversation
    /// where there is none.
    pub(super) fn find(
        &mut self,
        packet: &Packet<'_>,
        key: &mut Key,
        source_second: bool,
    ) -> Option<FlowId> {
        let tag = tag(packet.vlan);
        match self.table.find_with_tag(key, source_second) {
            Some((id, known)) if known == tag => Some(id),
            Some((id, _)) => self.of_other_tag(packet, key, source_second, id),
            None => {
                let apart = key.apart(tag);
                let id = self.table.find(&apart)?;
                *key = apart;
                Some(id)
            }
        }
    }

    /// The conversation of a packet that has not the tag that its sender's
    /// packets had in the one of these ends.
    #[cold]
    fn of_other_tag(
        &mut self,
        packet: &Packet<'_>,
        key: &mut Key,
        source_second: bool,
        id: FlowId,
    ) -> Option<FlowId> {
        let tag = tag(packet.vlan);
        let apart = key.apart(tag);
        let known_apart = self.table.find(&apart);
        let fits = |flow: &Flow| fits(flow, source_second, packet);
        if known_apart.is_none() && self.table.look(id, fits).unwrap_or(false) {
            self.table.set_tag(id, source_second, tag);
            return Some(id);
        }
        *key = apart;
        known_apart
    }
}

/// A tag as a number: 0 without one, as VLAN 0 is a tag too.
pub(super) fn tag(vlan: Option<u32>) -> u32 {
    vlan.map_or(0, |vlan| vlan.wrapping_add(1))
}

/// Whether a packet with another tag may belong to a conversation: by its
/// numbers, or because its sender has not been seen in it, or because it is a
/// copy of the sender's last packet.
fn fits(flow: &Flow, source_second: bool, packet: &Packet<'_>) -> bool {
    let side = flow.side(source_second);
    if let (Transport::Tcp(tcp), Some(connection)) = (&packet.transport, flow.tcp()) {
        let seen = |side| connection.has_seen(side);
        let own = seen(side).then(|| connection.end_of(side));
        let peers = seen(side.other()).then(|| connection.end_of(side.other()));
        return match tcp.flags.has(TcpFlags::SYN) && own.is_some() {
            true => is_repeated(connection, connection.initial_of(side), tcp),
            false => numbers_fit(tcp, own, peers),
        };
    }
    let identification = packet.network.map_or(0, |network| network.identification);
    let is_copy = identification != 0 && flow.last[side].identification == identification;
    flow.sent[side].packets == 0 || is_copy
}

/// Whether a SYN repeats the one that is known.
fn is_repeated(connection: &Connection, initial: Option<u32>, tcp: &Tcp) -> bool {
    initial == Some(tcp.sequence) && !connection.is_closed()
}

/// Whether both numbers of a segment lie near those that are known.
fn numbers_fit(tcp: &Tcp, own: Option<u32>, peers: Option<u32>) -> bool {
    let near = |number: u32, known: u32| number.wrapping_sub(known).wrapping_add(NEAR) <= 2 * NEAR;
    let acknowledges = tcp.flags.has(TcpFlags::ACK);
    own.is_none_or(|own| near(tcp.sequence, own))
        && peers.is_none_or(|peers| !acknowledges || near(tcp.acknowledgment, peers))
}

#[cfg(test)]
mod tests {
    use crate::track::frames::{ipv4, packet, udp};
    use crate::track::{Output, Tracker};

    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;

    fn tagged(tag: Option<u8>, bytes: &[u8]) -> Vec<u8> {
        let (addresses, behind) = bytes.split_at(12);
        let tag = tag.map_or(vec![], |tag| vec![0x81, 0, 0, tag]);
        [addresses, &tag, behind].concat()
    }

    /// A segment between 4000 at host 1 and 80 at host 2.
    fn segment(back: bool, [sequence, ack]: [u32; 2], flags: u8) -> Vec<u8> {
        let ports: [u16; 2] = if back { [80, 4000] } else { [4000, 80] };
        let mut segment: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
        segment.extend(sequence.to_be_bytes());
        segment.extend(ack.to_be_bytes());
        segment.extend([0x50, flags, 4, 0, 0, 0, 0, 0]);
        let hosts = if back { [2, 1] } else { [1, 2] };
        ipv4(6, hosts[0], hosts[1], &segment)
    }

    fn handshake(initial: u32) -> [Vec<u8>; 3] {
        let (x, y) = (initial, initial.wrapping_mul(3));
        [
            segment(false, [x, 0], SYN),
            segment(true, [y, x + 1], SYN | ACK),
            segment(false, [x + 1, y + 1], ACK),
        ]
    }

    fn conversations(frames: &[Vec<u8>]) -> Vec<u64> {
        let mut tracker = Tracker::new();
        let mut output = Output::default();
        let numbered = (1..).zip(frames);
        numbered
            .map(|(number, bytes)| {
                tracker.packet(&packet(number, number * 1_000, bytes), &mut output);
                output.tracked.conversation.unwrap()
            })
            .collect()
    }

    #[test]
    fn tags_that_differ_by_direction_are_one_conversation() {
        for tags in [[Some(100), None], [Some(100), Some(200)], [None, Some(7)]] {
            let [syn, syn_ack, ack] = handshake(1000);
            let frames = [
                tagged(tags[0], &syn),
                tagged(tags[1], &syn_ack),
                tagged(tags[0], &ack),
            ];
            assert_eq!(conversations(&frames), [1, 1, 1], "{tags:?}");
            let datagrams = [
                tagged(tags[0], &ipv4(17, 1, 2, &udp(40_000, 9, b"?"))),
                tagged(tags[1], &ipv4(17, 2, 1, &udp(9, 40_000, b"!"))),
                tagged(tags[0], &ipv4(17, 1, 2, &udp(40_000, 9, b"?"))),
            ];
            assert_eq!(conversations(&datagrams), [1, 1, 1], "{tags:?}");
        }
    }

    #[test]
    fn a_segment_with_a_tag_and_without_belongs_to_the_same_conversation() {
        let [syn, syn_ack, ack] = handshake(1000);
        let both = |bytes: &[u8]| [tagged(None, bytes), tagged(Some(9), bytes)];
        let frames = [both(&syn), both(&syn_ack), both(&ack)].concat();
        assert_eq!(conversations(&frames), [1; 6]);
    }

    #[test]
    fn the_same_ends_in_two_vlans_with_numbers_of_their_own_are_two() {
        let (one, other) = (handshake(1000), handshake(3_000_000_000));
        let mut frames = Vec::new();
        for (one, other) in one.iter().zip(&other) {
            frames.push(tagged(Some(1), one));
            frames.push(tagged(Some(2), other));
        }
        assert_eq!(conversations(&frames), [1, 2, 1, 2, 1, 2]);
        let datagram = |tag, back: bool| {
            let (hosts, ports) = if back {
                ([2, 1], [9, 4])
            } else {
                ([1, 2], [4, 9])
            };
            let datagram = udp(ports[0], ports[1], b"-");
            tagged(Some(tag), &ipv4(17, hosts[0], hosts[1], &datagram))
        };
        let frames = [
            datagram(1, false),
            datagram(2, false),
            datagram(2, true),
            datagram(1, true),
        ];
        assert_eq!(conversations(&frames), [1, 2, 2, 1]);
    }
}
