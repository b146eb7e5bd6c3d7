//! The place where a layer ends and what stands inside it, by the length
//! fields.

use crate::decode::{Packet, Protocol, View, view};

/// Bytes of a packet from a layer's first to the last that its own length
/// field counts; of IP, and of UDP, which have one.
pub(super) fn counted(packet: &Packet<'_>, layer: usize) -> Option<u32> {
    let layer = packet.layers.get(layer)?;
    match view(packet, layer) {
        View::Ipv4(header) if header.total_length > 0 => Some(header.total_length.into()),
        View::Ipv6(header) if header.payload_length > 0 => {
            Some(40 + u32::from(header.payload_length))
        }
        View::Udp(header) if header.length > 0 => Some(header.length.into()),
        _ => None,
    }
}

/// Bytes on the wire from a layer's first byte to the frame's end.
pub(super) fn to_end(packet: &Packet<'_>, layer: usize) -> Option<u32> {
    let layer = packet.layers.get(layer)?;
    Some(packet.frame.original_length.saturating_sub(layer.offset))
}

/// Bytes that the IP header around a layer leaves for it, if that header is
/// of a whole packet.
pub(super) fn remaining_by_ip(packet: &Packet<'_>, layer: usize) -> Option<u32> {
    let offset = packet.layers.get(layer)?.offset;
    let around = packet.layers.get(..layer)?;
    let index = around
        .iter()
        .rposition(|layer| matches!(layer.protocol, Protocol::Ipv4 | Protocol::Ipv6))?;
    if packet
        .network
        .is_some_and(|network| network.fragment.is_some())
    {
        return None;
    }
    let end = around.get(index)?.offset + counted(packet, index)?;
    Some(end.saturating_sub(offset))
}

/// Whether this is the innermost transport header, which the tracker follows.
pub(super) fn is_innermost(packet: &Packet<'_>, layer: usize) -> bool {
    let Some(here) = packet.layers.get(layer) else {
        return false;
    };
    packet
        .layers
        .iter()
        .rposition(|other| other.protocol == here.protocol)
        == Some(layer)
}
