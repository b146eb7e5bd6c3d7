//! From one [`Frame`] to one [`Packet`]: the layers in wire order, and where
//! and why the decoding stopped if it had to. Knows nothing of other packets.
//!
//! [`decode`] is the fast path: it notes where each layer begins and what the
//! trackers need, and allocates nothing. [`view`] reads one layer's values on
//! demand; [`fields`] names every field with its exact bit range.

mod arp;
mod checksum;
mod cooked;
mod cursor;
pub mod dns;
mod dns_messages;
mod erspan;
mod ethernet;
mod field;
mod frame_relay;
mod gre;
mod icmp;
mod icmp_fields;
mod icmp_name;
mod icmpv6_fields;
mod ipv4;
mod ipv4_option_fields;
mod ipv6;
mod ipv6_extensions;
mod llc;
mod loopback;
mod mpls;
mod names;
mod packet;
mod ppp;
mod protocol;
mod quoted;
mod registry;
mod tcp;
mod tcp_option_fields;
mod tcp_options;
mod udp;
mod udp_tunnels;
mod view;
mod vlan;

pub use checksum::{Checksum, ChecksumVerdict, checksums};
pub use field::{Field, FieldValue, LayerFields, fields};
pub use packet::{
    Fragment, Icmp, Layer, Layers, MAX_LAYERS, Network, Packet, Payload, Stop, StopReason, Tcp,
    TcpFlags, Transport, Udp,
};
pub use protocol::Protocol;
pub use quoted::{Quoted, quoted};
pub use tcp_options::{BadOption, TcpOption, TcpOptions};
pub use view::{Arp, Ethernet, Ipv4, Ipv6, LinuxCooked, View, Vlan, view};

use crate::capture::Frame;

/// Decodes one frame as far as it goes.
#[must_use]
pub fn decode(frame: Frame<'_>) -> Packet<'_> {
    let mut packet = Packet::undecoded(frame);
    packet.decode();
    packet
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::LinkType;

    pub(crate) fn frame(link_type: LinkType, bytes: &[u8], original_length: u32) -> Frame<'_> {
        Frame {
            number: 1,
            file: 0,
            number_in_file: 1,
            time_ns: 0,
            interface: 0,
            link_type,
            original_length,
            bytes,
            comment: None,
        }
    }

    /// What must hold for every packet, however damaged.
    fn check(packet: &Packet<'_>) {
        let headers: u32 = packet.layers.iter().map(|layer| layer.header_length).sum();
        let payload = packet.payload;
        assert_eq!(
            headers + payload.length + payload.padding,
            packet.frame.original_length,
            "{packet:?}"
        );
        assert!(payload.captured <= payload.length, "{packet:?}");
        assert_eq!(packet.payload_bytes().len() as u32, payload.captured);
        for layer in &packet.layers {
            let _ = view(packet, layer);
        }
        let layers = fields(packet);
        assert_eq!(layers.len(), packet.layers.len());
        for (layer, described) in packet.layers.iter().zip(&layers) {
            let captured = packet.header_bytes(layer).len() as u64 * 8;
            if layer.header_length > 0 {
                assert_eq!(described.bit_length, captured, "{packet:?}");
            }
            let end = cover(&described.fields, described.bit_offset);
            if described.bit_length > 0 {
                let wanted = described.bit_offset + described.bit_length;
                assert_eq!(end, wanted, "{:?}: {described:?}", layer.protocol);
                assert!(wanted <= packet.frame.bytes.len() as u64 * 8);
            }
        }
    }

    /// Fields follow each other without holes; gives where the last ends.
    fn cover(fields: &[Field], start: u64) -> u64 {
        fields.iter().fold(start, |at, field| {
            assert_eq!(field.bit_offset, at, "{field:?}");
            assert!(field.bit_length > 0, "{field:?}");
            let end = at + field.bit_length;
            if !field.fields.is_empty() {
                assert_eq!(cover(&field.fields, at), end, "{field:?}");
            }
            end
        })
    }

    const LINK_TYPES: [LinkType; 11] = [
        LinkType::ETHERNET,
        LinkType::NULL,
        LinkType::LOOP,
        LinkType::RAW,
        LinkType::RAW_12,
        LinkType::RAW_14,
        LinkType::IPV4,
        LinkType::IPV6,
        LinkType::LINUX_SLL,
        LinkType::LINUX_SLL2,
        LinkType(9999),
    ];

    proptest! {
        #[test]
        fn headers_payload_and_padding_are_the_packet(
            link_type in proptest::sample::select(&LINK_TYPES[..]),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            cut in 0u32..200,
        ) {
            let original = bytes.len() as u32 + cut;
            check(&decode(frame(link_type, &bytes, original)));
        }
    }

    #[test]
    fn a_tcp_segment_in_ethernet() {
        let mut bytes = vec![2; 12];
        bytes.extend([8, 0, 0x45, 0, 0, 42, 0, 7, 0x40, 0, 64, 6, 0, 0]);
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2, 13, 244, 11, 185]);
        bytes.extend([0, 0, 3, 233, 0, 0, 7, 209, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
        bytes.extend(b"hi");
        bytes.extend([0; 4]);
        let packet = decode(frame(LinkType::ETHERNET, &bytes, 60));
        check(&packet);
        let protocols: Vec<_> = packet.layers.iter().map(|layer| layer.protocol).collect();
        assert_eq!(
            protocols,
            [Protocol::Ethernet, Protocol::Ipv4, Protocol::Tcp]
        );
        assert_eq!(packet.payload_bytes(), b"hi");
        assert_eq!(packet.payload.padding, 4);
        assert_eq!(packet.stop, None);
        let tcp = packet.tcp().unwrap();
        assert_eq!((tcp.source_port, tcp.destination_port), (3572, 3001));
        assert_eq!((tcp.sequence, tcp.acknowledgment), (1001, 2001));
        assert_eq!(tcp.flags, TcpFlags(0x18));
        assert_eq!((tcp.window, tcp.payload_length), (256, 2));
    }
}
