//! Frames: Ethernet, perhaps a VLAN tag, ARP or IPv4 or IPv6, TCP, UDP or
//! ICMP, with right lengths and checksums.

use std::net::IpAddr;

use super::message::Message;
use super::script::{Said, Side, Step};

/// TCP's flags.
pub const FIN: u8 = 0x01;
/// Synchronise.
pub const SYN: u8 = 0x02;
/// Reset.
pub const RST: u8 = 0x04;
/// Push.
pub const PSH: u8 = 0x08;
/// Acknowledge.
pub const ACK: u8 = 0x10;

/// How far windows are shifted.
const WINDOW_SHIFT: u8 = 7;

/// What fits in a segment beside timestamps, in frames of 1500 bytes.
pub fn segment_size(ip: &IpAddr) -> u32 {
    u32::from(maximum_segment_size(ip)) - 12
}

fn maximum_segment_size(ip: &IpAddr) -> u16 {
    if ip.is_ipv4() { 1460 } else { 1440 }
}

/// An interface.
#[derive(Clone, Copy)]
pub struct Host {
    /// The host's MAC address.
    pub mac: [u8; 6],
    /// The host's IP address.
    pub ip: IpAddr,
}

/// The hosts and ports between which packets go.
#[derive(Clone, Copy)]
pub struct Link {
    /// Client, server.
    pub hosts: [Host; 2],
    /// The hosts' ports.
    pub ports: [u16; 2],
    /// VLAN id.
    pub vlan: Option<u16>,
}

/// A TCP segment.
#[derive(Clone, Copy)]
pub struct Segment {
    /// The flags.
    pub flags: u8,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgment number.
    pub acknowledgment: u32,
    /// The window field.
    pub window: u16,
    /// Timestamps: value, echo.
    pub timestamps: Option<(u32, u32)>,
    /// A SACK block.
    pub sack: Option<(u32, u32)>,
    /// Payload: of which message, from where, how much.
    pub data: Option<(Message, u32, u32)>,
}

/// Makes the frame of a packet.
pub fn write(link: &Link, step: &Step, out: &mut Vec<u8>) {
    let identification = step.identification;
    out.clear();
    let (source, destination) = (
        &link.hosts[step.from as usize],
        &link.hosts[step.from.other() as usize],
    );
    let broadcast = matches!(step.said, Said::Arp(false));
    out.extend_from_slice(if broadcast {
        &[0xff; 6]
    } else {
        &destination.mac
    });
    out.extend_from_slice(&source.mac);
    if let Some(vlan) = link.vlan {
        out.extend_from_slice(&[0x81, 0x00]);
        out.extend_from_slice(&vlan.to_be_bytes());
    }
    match step.said {
        Said::Arp(reply) => arp(source, destination, reply, out),
        Said::Tcp(segment) => ip(source, destination, 6, identification, out, |out| {
            tcp(link, step.from, &segment, out);
            16
        }),
        Said::Udp(message) => ip(source, destination, 17, identification, out, |out| {
            ports(link, step.from, out);
            out.extend_from_slice(&(message.length as u16 + 8).to_be_bytes());
            out.extend_from_slice(&[0, 0]);
            message.bytes(0, message.length, out);
            6
        }),
        Said::Echo(number, reply) => {
            let (protocol, kind) = match (source.ip, reply) {
                (IpAddr::V4(_), false) => (1, 8),
                (IpAddr::V4(_), true) => (1, 0),
                (IpAddr::V6(_), false) => (58, 128),
                (IpAddr::V6(_), true) => (58, 129),
            };
            ip(source, destination, protocol, identification, out, |out| {
                out.extend_from_slice(&[kind, 0, 0, 0]);
                out.extend_from_slice(&link.ports[0].to_be_bytes());
                out.extend_from_slice(&number.to_be_bytes());
                Message::noise(u32::from(number), 56).bytes(0, 56, out);
                2
            });
        }
    }
    // The shortest frame that Ethernet carries, less its check sequence.
    if out.len() < 60 {
        out.resize(60, 0);
    }
}

fn ports(link: &Link, from: Side, out: &mut Vec<u8>) {
    for port in [link.ports[from as usize], link.ports[from.other() as usize]] {
        out.extend_from_slice(&port.to_be_bytes());
    }
}

fn arp(source: &Host, destination: &Host, reply: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 + u8::from(reply)]);
    let target_mac = if reply { destination.mac } else { [0; 6] };
    for (mac, host) in [(source.mac, source), (target_mac, destination)] {
        out.extend_from_slice(&mac);
        if let IpAddr::V4(ip) = host.ip {
            out.extend_from_slice(&ip.octets());
        }
    }
}

/// An IP packet around what `transport` appends; that says where in it its
/// checksum stands.
fn ip(
    source: &Host,
    destination: &Host,
    protocol: u8,
    identification: u16,
    out: &mut Vec<u8>,
    transport: impl FnOnce(&mut Vec<u8>) -> usize,
) {
    let header = match source.ip {
        IpAddr::V4(_) => {
            out.extend_from_slice(&[0x08, 0x00]);
            let header = out.len();
            out.extend_from_slice(&[0x45, 0, 0, 0]);
            out.extend_from_slice(&identification.to_be_bytes());
            out.extend_from_slice(&[0x40, 0, 64, protocol, 0, 0]);
            header
        }
        IpAddr::V6(_) => {
            out.extend_from_slice(&[0x86, 0xdd]);
            let header = out.len();
            out.extend_from_slice(&[0x60, 0, 0, 0, 0, 0, protocol, 64]);
            header
        }
    };
    let addresses = out.len();
    for host in [source, destination] {
        match host.ip {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
    }
    let start = out.len();
    let checksum_at = start + transport(out);
    let length = out.len() - start;
    if source.ip.is_ipv4() {
        let total = (out.len() - header) as u16;
        out[header + 2..header + 4].copy_from_slice(&total.to_be_bytes());
        let sum = fold(sum(&out[header..start]));
        out[header + 10..header + 12].copy_from_slice(&sum.to_be_bytes());
    } else {
        out[header + 4..header + 6].copy_from_slice(&(length as u16).to_be_bytes());
    }
    // ICMP for IPv4 has no pseudo-header (RFC 792).
    let pseudo = match protocol {
        1 => 0,
        _ => sum(&out[addresses..start]) + u64::from(protocol) + length as u64,
    };
    let checksum = match (fold(pseudo + sum(&out[start..])), protocol) {
        // A UDP checksum of 0 means that there is none (RFC 768).
        (0, 17) => 0xffff,
        (checksum, _) => checksum,
    };
    out[checksum_at..checksum_at + 2].copy_from_slice(&checksum.to_be_bytes());
}

fn tcp(link: &Link, from: Side, segment: &Segment, out: &mut Vec<u8>) {
    let header = out.len();
    ports(link, from, out);
    out.extend_from_slice(&segment.sequence.to_be_bytes());
    out.extend_from_slice(&segment.acknowledgment.to_be_bytes());
    out.extend_from_slice(&[0, segment.flags]);
    out.extend_from_slice(&segment.window.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    if segment.flags & SYN != 0 {
        let size = maximum_segment_size(&link.hosts[0].ip);
        let [high, low] = size.to_be_bytes();
        out.extend_from_slice(&[2, 4, high, low, 4, 2]);
    }
    if let Some((value, echo)) = segment.timestamps {
        if segment.flags & SYN == 0 {
            out.extend_from_slice(&[1, 1]);
        }
        out.extend_from_slice(&[8, 10]);
        out.extend_from_slice(&value.to_be_bytes());
        out.extend_from_slice(&echo.to_be_bytes());
    }
    if segment.flags & SYN != 0 {
        out.extend_from_slice(&[1, 3, 3, WINDOW_SHIFT]);
    }
    if let Some((start, end)) = segment.sack {
        out.extend_from_slice(&[1, 1, 5, 10]);
        out.extend_from_slice(&start.to_be_bytes());
        out.extend_from_slice(&end.to_be_bytes());
    }
    while !(out.len() - header).is_multiple_of(4) {
        out.push(0);
    }
    out[header + 12] = (((out.len() - header) / 4) << 4) as u8;
    if let Some((message, offset, length)) = segment.data {
        message.bytes(offset, length, out);
    }
}

/// The sum of 16-bit words (RFC 1071), not yet folded.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(2);
    let odd = words
        .remainder()
        .first()
        .map_or(0, |byte| u64::from(*byte) << 8);
    let all: u64 = words
        .map(|word| u64::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    all + odd
}

/// The checksum of a sum.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
