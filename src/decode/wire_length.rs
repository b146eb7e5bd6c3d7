//! How long a packet was on the wire, where nothing but its own header says
//! so: the total length of IPv4 (RFC 791, 3.1), the payload length of IPv6
//! (RFC 8200, 3).

use super::{Protocol, decode};
use crate::capture::{Frame, LinkType};

/// Bytes of an IPv4 header without options.
const IPV4_HEADER: u32 = 20;

/// Bytes of an IPv6 header.
const IPV6_HEADER: u32 = 40;

/// Bytes from the start of the frame to the end of its IP packet, by the
/// outermost IP header; `None` where there is none that says it.
#[must_use]
pub fn wire_length(bytes: &[u8], link_type: LinkType) -> Option<u32> {
    let packet = decode(Frame::alone(link_type, bytes));
    let layers = packet
        .layers
        .iter()
        .map(|layer| (layer.protocol, layer.offset));
    let stop = packet.stop.map(|stop| (stop.protocol, stop.offset));
    let (protocol, offset) = layers
        .chain(stop)
        .find(|(protocol, _)| matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6))?;
    let header = bytes.get(offset as usize..)?;
    let length = match (protocol, header) {
        (Protocol::Ipv4, [_, _, high, low, ..]) => {
            let total = u32::from(u16::from_be_bytes([*high, *low]));
            (total >= IPV4_HEADER).then_some(total)
        }
        (Protocol::Ipv6, [_, _, _, _, high, low, ..]) => {
            // Zero stands for a jumbogram (RFC 2675).
            let payload = u32::from(u16::from_be_bytes([*high, *low]));
            (payload > 0).then_some(IPV6_HEADER + payload)
        }
        _ => None,
    };
    length.map(|length| offset + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ip_header_says_how_long_the_packet_was() {
        let mut frame = vec![2; 12];
        frame.extend([8, 0, 0x45, 0, 0, 60, 0, 0]);
        assert_eq!(wire_length(&frame, LinkType::ETHERNET), Some(74));
        assert_eq!(wire_length(&frame[14..], LinkType::RAW), Some(60));
        assert_eq!(wire_length(&frame[..17], LinkType::ETHERNET), None);
        let ipv6 = [0x60, 0, 0, 0, 0, 8, 17, 64];
        assert_eq!(wire_length(&ipv6, LinkType::RAW), Some(48));
    }

    #[test]
    fn a_length_that_cannot_be_says_nothing() {
        assert_eq!(wire_length(&[0x45, 0, 0, 10], LinkType::RAW), None);
        assert_eq!(wire_length(&[0x60, 0, 0, 0, 0, 0], LinkType::RAW), None);
        assert_eq!(wire_length(&[], LinkType::ETHERNET), None);
    }
}
