//! Segments larger than the receiver lets them be: the network card cuts them
//! (TSO, GSO) after the capture has seen them, or the receiving host has merged
//! what arrived (GRO, LRO). No such packet is on the wire.

use std::net::IpAddr;

use crate::capture::LinkType;
use crate::decode::{ChecksumVerdict, Packet, Protocol, View, view};
use crate::track::hash::Map;
use crate::track::{Event, Finding, Oversize, PacketNumber};

/// Hosts that are remembered at the most.
const AT_MOST: usize = 65_536;

/// No Ethernet carries larger frames (jumbo frames have up to 9216 bytes, with
/// some room for tags).
const LARGEST_FRAME: u32 = 9_300;

/// No network card sends or takes larger frames (some have 16 KiB).
const LARGEST_OF_ALL: u32 = 16_500;

/// Hosts that sent segments which are not cut yet.
#[derive(Debug, Default)]
pub(in crate::track) struct OversizeSegments {
    hosts: Map<IpAddr, Oversize>,
}

/// A segment that is not cut yet.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct OversizeSegment {
    sender: IpAddr,
    packet: PacketNumber,
    payload: u32,
    /// The maximum segment size that its receiver has offered, where that is
    /// known.
    offered: Option<u16>,
}

impl OversizeSegment {
    /// Looks at a packet that carries TCP data. `offered`: the maximum segment
    /// size that its receiver has offered, where that is known.
    pub fn of(packet: &Packet<'_>, offered: Option<u16>) -> Option<Self> {
        if !is_too_large(packet, offered) {
            return None;
        }
        Some(Self {
            sender: packet.network?.source,
            packet: packet.frame.number,
            payload: packet.tcp()?.payload_length,
            offered,
        })
    }
}

impl OversizeSegments {
    /// Takes in one more.
    pub fn add(&mut self, segment: OversizeSegment) {
        let sender = segment.sender;
        let known = self.hosts.len() < AT_MOST || self.hosts.contains_key(&sender);
        if !known {
            return;
        }
        let host = self.hosts.entry(sender).or_insert(Oversize {
            host: sender,
            packets: 0,
            first: segment.packet,
            largest: 0,
            maximum_segment_size: None,
        });
        host.packets += 1;
        if segment.payload > host.largest {
            host.largest = segment.payload;
            host.maximum_segment_size = segment.offered.map(u32::from);
        }
    }

    /// Which hosts they are.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut hosts: Vec<&Oversize> = self.hosts.values().collect();
        hosts.sort_unstable_by_key(|host: &&Oversize| -> (PacketNumber, IpAddr) {
            (host.first, host.host)
        });
        findings.extend(hosts.into_iter().map(|host| Finding {
            conversation: None,
            first_packet: None,
            event: Event::Oversize(*host),
        }));
    }
}

/// Whether a segment with data is larger than its receiver lets it be.
fn is_too_large(packet: &Packet<'_>, offered: Option<u16>) -> bool {
    // Nearly none is.
    match (offered, packet.tcp()) {
        (Some(size), Some(tcp)) => size > 0 && tcp.payload_length > size.into(),
        (None, Some(_)) => {
            let whole = packet.frame.original_length > LARGEST_OF_ALL;
            is_no_frame(packet) && (whole || may_lack_its_sum(packet))
        }
        (_, None) => false,
    }
}

/// Whether the sum is left to the card, as it is of all that a card is to cut
/// or a host has merged, or was not captured whole.
fn may_lack_its_sum(packet: &Packet<'_>) -> bool {
    let sum = packet
        .checksums
        .iter()
        .rfind(|sum| sum.protocol == Protocol::Tcp);
    sum.is_some_and(|sum| {
        matches!(
            sum.verdict,
            ChecksumVerdict::Offloaded { .. } | ChecksumVerdict::Unknown
        )
    })
}

/// Whether no Ethernet can carry this frame. Loopback is recorded as Ethernet
/// too, with addresses of zeros, and carries what it likes.
fn is_no_frame(packet: &Packet<'_>) -> bool {
    let frame = &packet.frame;
    if frame.link_type != LinkType::ETHERNET || frame.original_length <= LARGEST_FRAME {
        return false;
    }
    let outer = packet.layers.first();
    outer.is_some_and(|layer| {
        layer.protocol == Protocol::Ethernet
            && matches!(view(packet, layer), View::Ethernet(ethernet)
                if ethernet.source != [0; 6] || ethernet.destination != [0; 6])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Frame;
    use crate::decode::decode;
    use crate::track::frames::{ipv4, packet};

    fn see(segments: &mut OversizeSegments, packet: &Packet<'_>, offered: Option<u16>) {
        if let Some(segment) = OversizeSegment::of(packet, offered) {
            segments.add(segment);
        }
    }

    fn segment(host: u8, payload: usize) -> Vec<u8> {
        let mut data = vec![0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18];
        data.extend([1, 0, 0, 0, 0, 0]);
        data.resize(20 + payload, b'x');
        ipv4(6, host, 9, &data)
    }

    fn told(segments: &OversizeSegments) -> Vec<(u64, u64, u32, Option<u32>)> {
        let mut findings = Vec::new();
        segments.findings(&mut findings);
        let all = findings.iter().map(|finding| match &finding.event {
            Event::Oversize(event) => (
                event.first,
                event.packets,
                event.largest,
                event.maximum_segment_size,
            ),
            other => panic!("{other:?}"),
        });
        all.collect()
    }

    #[test]
    fn segments_beyond_the_offer_are_told_once_a_host() {
        let mut segments = OversizeSegments::default();
        for (number, host, payload) in [(1, 1, 1460), (2, 1, 2920), (3, 2, 1461), (4, 1, 4380)] {
            let frame = segment(host, payload);
            see(&mut segments, &packet(number, 0, &frame), Some(1460));
        }
        assert_eq!(
            told(&segments),
            [(2, 2, 4380, Some(1460)), (3, 1, 1461, Some(1460))]
        );
    }

    #[test]
    fn without_an_offer_only_what_no_frame_can_hold_is_told() {
        let mut segments = OversizeSegments::default();
        let jumbo = segment(1, 8960);
        see(&mut segments, &packet(1, 0, &jumbo), None);
        assert!(told(&segments).is_empty());
        let mut huge = segment(1, 14480);
        see(&mut segments, &packet(2, 0, &huge), None);
        assert!(told(&segments).is_empty(), "its sum is wrong");
        // 10.0.0.1 + 10.0.0.9 + 6 + 14500.
        huge[14 + 20 + 16..][..2].copy_from_slice(&0x4cb4_u16.to_be_bytes());
        see(&mut segments, &packet(3, 0, &huge), None);
        assert_eq!(told(&segments), [(3, 1, 14480, None)]);
    }

    #[test]
    fn what_no_card_sends_is_told_whatever_its_sum() {
        let mut segments = OversizeSegments::default();
        see(&mut segments, &packet(1, 0, &segment(1, 28960)), None);
        assert_eq!(told(&segments), [(1, 1, 28960, None)]);
    }

    #[test]
    fn loopback_carries_what_it_likes() {
        let mut segments = OversizeSegments::default();
        let mut frame = segment(1, 32000);
        frame[..12].fill(0);
        see(&mut segments, &packet(1, 0, &frame), None);
        see(&mut segments, &packet(2, 0, &frame), Some(65495));
        let raw = decode(Frame {
            link_type: LinkType::RAW,
            bytes: &frame[14..],
            original_length: frame.len() as u32 - 14,
            ..packet(3, 0, &frame).frame
        });
        see(&mut segments, &raw, None);
        assert!(told(&segments).is_empty());
    }
}
