//! Frames for the tests of the small trackers, made by hand.

use crate::capture::{Frame, LinkType};
use crate::decode::{Packet, decode};

/// A millisecond in nanoseconds.
pub(super) const MS: u64 = 1_000_000;

/// Decodes an Ethernet frame.
pub(super) fn packet(number: u64, time_ns: u64, bytes: &[u8]) -> Packet<'_> {
    decode(Frame {
        number,
        number_in_file: number,
        time_ns,
        ..Frame::alone(LinkType::ETHERNET, bytes)
    })
}

fn ethernet(destination: [u8; 6], ether_type: u16, behind: &[u8]) -> Vec<u8> {
    let mut bytes = destination.to_vec();
    bytes.extend([2, 0, 0, 0, 0, 1]);
    bytes.extend(ether_type.to_be_bytes());
    bytes.extend(behind);
    bytes
}

/// An ARP message between IPv4 hosts of 10.0.0.0/24 (host 0: 0.0.0.0).
pub(super) fn arp(operation: u8, mac: [u8; 6], sender: u8, target: u8) -> Vec<u8> {
    let ip = |host| match host {
        0 => [0; 4],
        _ => [10, 0, 0, host],
    };
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, operation];
    bytes.extend(mac);
    bytes.extend(ip(sender));
    bytes.extend([0; 6]);
    bytes.extend(ip(target));
    ethernet([0xff; 6], 0x0806, &bytes)
}

/// An IPv4 packet between hosts of 10.0.0.0/24.
pub(super) fn ipv4(protocol: u8, source: u8, destination: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0];
    bytes.extend((20 + data.len() as u16).to_be_bytes());
    bytes.extend([
        0,
        0,
        0,
        0,
        64,
        protocol,
        0,
        0,
        10,
        0,
        0,
        source,
        10,
        0,
        0,
        destination,
    ]);
    bytes.extend(data);
    ethernet([2, 0, 0, 0, 0, 2], 0x0800, &bytes)
}

/// An ICMP message: type, code, the four bytes that depend on it, data.
pub(super) fn icmp(kind: u8, code: u8, rest: [u8; 4], data: &[u8]) -> Vec<u8> {
    [&[kind, code, 0, 0][..], &rest, data].concat()
}

/// A TCP segment without options, its flags given as their bits.
pub(super) fn tcp(
    (source, destination): (u16, u16),
    (sequence, acknowledgment): (u32, u32),
    flags: u8,
    data: &[u8],
) -> Vec<u8> {
    let mut bytes = source.to_be_bytes().to_vec();
    bytes.extend(destination.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(acknowledgment.to_be_bytes());
    bytes.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(data);
    bytes
}

/// A frame of [`ipv4`] with the right sum in its TCP header.
pub(super) fn with_tcp_sum(mut frame: Vec<u8>) -> Vec<u8> {
    let (headers, segment) = frame.split_at_mut(14 + 20);
    let address = |from: usize| [0, 1, 2, 3].map(|at| headers[from + at]);
    let (header, data) = etherparse::TcpHeader::from_slice(segment).expect("a TCP header");
    let sum = header.calc_checksum_ipv4_raw(address(26), address(30), data);
    segment[16..18].copy_from_slice(&sum.expect("short data").to_be_bytes());
    frame
}

/// A UDP datagram.
pub(super) fn udp(source: u16, destination: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = source.to_be_bytes().to_vec();
    bytes.extend(destination.to_be_bytes());
    bytes.extend((8 + data.len() as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(data);
    bytes
}

/// An ICMPv6 message from `source` to `destination` (their last bytes; fe80::
/// before them, or `::` and `ff02::1` for 0 and 255).
pub(super) fn icmpv6(source: u8, destination: u8, message: &[u8]) -> Vec<u8> {
    let address = |host| {
        let mut address = [0; 16];
        match host {
            0 => {}
            255 => (address[0], address[1], address[15]) = (0xff, 2, 1),
            _ => (address[0], address[1], address[15]) = (0xfe, 0x80, host),
        }
        address
    };
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((message.len() as u16).to_be_bytes());
    bytes.extend([58, 255]);
    bytes.extend(address(source));
    bytes.extend(address(destination));
    bytes.extend(message);
    ethernet([2, 0, 0, 0, 0, 2], 0x86dd, &bytes)
}

/// A neighbour solicitation (135) or advertisement (136) for `fe80::target`
/// with a link-layer address option.
pub(super) fn neighbour(kind: u8, flags: u8, target: u8, mac: [u8; 6]) -> Vec<u8> {
    let mut bytes = vec![kind, 0, 0, 0, flags, 0, 0, 0, 0xfe, 0x80];
    bytes.extend([0; 13]);
    bytes.push(target);
    bytes.extend([kind - 134, 1]);
    bytes.extend(mac);
    bytes
}
