//! Captures that are meant to hurt: each shape asks for as much time or memory
//! of one table as packets can.

use std::io::{self, Write};

use etherparse::{EtherType, Ethernet2Header, IpFragOffset, IpNumber, Ipv4Header};
use etherparse::{PacketBuilder, TcpOptionElement};

/// A shape: its name, and what writes so many packets of it.
pub struct Shape {
    /// What is in it.
    pub name: &'static str,
    /// Makes the frame of this number, of so many.
    frame: fn(u32, u32, &mut Vec<u8>),
    /// Each packet comes from another interface, as far as they can be numbered.
    many_interfaces: bool,
}

/// All of them.
pub const SHAPES: &[Shape] = &[
    Shape::new(
        "one-byte segments, descending, a byte missing between any two",
        descending,
    ),
    Shape::new("one-byte segments, every other byte missing", every_other),
    Shape::new("segments that overlap by one byte", overlapping),
    Shape::new("three SACK blocks in every acknowledgment", sack_storm),
    Shape::new("8,000 segments in flight", in_flight),
    Shape::new(
        "10,000 connections with holes, text waiting behind them",
        text_behind_holes,
    ),
    Shape::new("fragments that are never completed", fragments),
    Shape::new("DNS queries that nobody answers", queries),
    Shape::new("every frame from another MAC address", macs),
    Shape::new("IP in IP, 40 times", tunnels),
    Shape::new("every packet a SYN from another address", syns),
    Shape::new("every packet another UDP conversation", datagrams),
    Shape {
        many_interfaces: true,
        ..Shape::new("65,536 interfaces", macs)
    },
];

/// pcapng numbers interfaces in 32 bits, of which no more are read.
const INTERFACES: u32 = 65_536;

const CLIENT: [u8; 4] = [10, 0, 0, 1];
const SERVER: [u8; 4] = [10, 0, 0, 2];

impl Shape {
    const fn new(name: &'static str, frame: fn(u32, u32, &mut Vec<u8>)) -> Self {
        Self {
            name,
            frame,
            many_interfaces: false,
        }
    }

    /// Writes a capture of so many packets, one every 10 µs.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&self, packets: u32, out: &mut impl Write) -> io::Result<()> {
        match self.many_interfaces {
            true => self.write_pcapng(packets, out),
            false => self.write_pcap(packets, out),
        }
    }

    /// A pcapng file in which each interface is described before its first packet.
    fn write_pcapng(&self, packets: u32, out: &mut impl Write) -> io::Result<()> {
        let section = [0x1a2b_3c4d, 1, u32::MAX, u32::MAX];
        block(0x0a0d_0d0a, &section, &[], out)?;
        let mut frame = Vec::new();
        for number in 0..packets {
            if number < INTERFACES {
                block(1, &[1, 0], &[], out)?;
            }
            frame.clear();
            (self.frame)(number, packets, &mut frame);
            let length = frame.len() as u32;
            let time = 1_767_225_600_000_000 + u64::from(number) * 10;
            let (high, low) = ((time >> 32) as u32, time as u32);
            let fields = [number % INTERFACES, high, low, length, length];
            block(6, &fields, &frame, out)?;
        }
        Ok(())
    }

    fn write_pcap(&self, packets: u32, out: &mut impl Write) -> io::Result<()> {
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
            out.write_all(&word.to_le_bytes())?;
        }
        let mut frame = Vec::new();
        for number in 0..packets {
            frame.clear();
            (self.frame)(number, packets, &mut frame);
            let length = frame.len() as u32;
            let (second, microsecond) = (number / 100_000, number % 100_000 * 10);
            for word in [1_767_225_600 + second, microsecond, length, length] {
                out.write_all(&word.to_le_bytes())?;
            }
            out.write_all(&frame)?;
        }
        Ok(())
    }
}

/// A block of pcapng of this type: words, and bytes that are padded to words.
fn block(kind: u32, words: &[u32], bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    let padding = bytes.len().wrapping_neg() % 4;
    let length = (12 + 4 * words.len() + bytes.len() + padding) as u32;
    for word in [kind, length].iter().chain(words) {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(bytes)?;
    out.write_all(&[0; 3][..padding])?;
    out.write_all(&length.to_le_bytes())
}

/// Data of a client from this sequence number on; the connection began before
/// the capture.
fn data(source: [u8; 4], port: u16, sequence: u32, bytes: &[u8], out: &mut Vec<u8>) {
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4(source, SERVER, 64)
        .tcp(port, 7000, sequence, 65_000)
        .ack(1);
    builder
        .write(out, bytes)
        .expect("a vector takes everything");
}

fn acknowledgment(to: u32, blocks: [(u32, u32); 3], out: &mut Vec<u8>) {
    let [first, second, third] = blocks;
    let sack = TcpOptionElement::SelectiveAcknowledgement(first, [Some(second), Some(third), None]);
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1])
        .ipv4(SERVER, CLIENT, 64)
        .tcp(7000, 4000, 1, 65_000)
        .ack(to)
        .options(&[TcpOptionElement::Noop, TcpOptionElement::Noop, sack])
        .expect("they fit");
    builder.write(out, &[]).expect("a vector takes everything");
}

fn descending(number: u32, packets: u32, out: &mut Vec<u8>) {
    data(CLIENT, 4000, 1 + 2 * (packets - number), b"x", out);
}

fn every_other(number: u32, _: u32, out: &mut Vec<u8>) {
    data(CLIENT, 4000, 1 + 2 * number, b"x", out);
}

fn overlapping(number: u32, _: u32, out: &mut Vec<u8>) {
    data(CLIENT, 4000, 1 + number, b"xx", out);
}

/// Every second packet acknowledges what is far behind, and three single
/// segments.
fn sack_storm(number: u32, _: u32, out: &mut Vec<u8>) {
    let sent = number / 2 * 100;
    if number.is_multiple_of(2) {
        return data(CLIENT, 4000, 1 + sent, &[b'x'; 100], out);
    }
    let behind = sent.saturating_sub(800_000);
    let block = |nth: u32| {
        let spread = number.wrapping_mul(7919 * (nth + 1)) % 8_000;
        let start = 1 + behind + spread * 100;
        (start, start + 100)
    };
    acknowledgment(1 + behind, [block(0), block(1), block(2)], out);
}

fn in_flight(number: u32, _: u32, out: &mut Vec<u8>) {
    let sent = number / 2 * 100;
    if number.is_multiple_of(2) {
        return data(CLIENT, 4000, 1 + sent, &[b'x'; 100], out);
    }
    let behind = sent.saturating_sub(800_000);
    let far = 1 + behind + 100;
    acknowledgment(1 + behind, [(far, far + 100); 3], out);
}

fn text_behind_holes(number: u32, _: u32, out: &mut Vec<u8>) {
    let (connection, round) = (number % 10_000, number / 10_000);
    let source = [10, 1, (connection >> 8) as u8, connection as u8];
    data(source, 4000, 1 + round * 300, &[b'x'; 200], out);
}

fn fragments(number: u32, _: u32, out: &mut Vec<u8>) {
    let mut header = Ipv4Header::new(1000, 64, IpNumber::UDP, CLIENT, SERVER).expect("short");
    header.identification = number as u16;
    header.more_fragments = true;
    header.fragment_offset = IpFragOffset::try_new((number >> 16) as u16 % 4).expect("small");
    header.header_checksum = header.calc_header_checksum();
    ethernet([2, 0, 0, 0, 0, 1], out);
    header.write(out).expect("a vector takes everything");
    out.resize(out.len() + 1000, 0);
}

fn queries(number: u32, _: u32, out: &mut Vec<u8>) {
    let id = (number as u16).to_be_bytes();
    let mut query = vec![id[0], id[1], 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 8];
    query.extend(format!("{number:08x}").bytes());
    query.extend([0, 0, 1, 0, 1]);
    let port = 1024 + (number >> 16) as u16;
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4(CLIENT, SERVER, 64)
        .udp(port, 53);
    builder
        .write(out, &query)
        .expect("a vector takes everything");
}

fn macs(number: u32, _: u32, out: &mut Vec<u8>) {
    let [a, b, c, d] = number.to_be_bytes();
    let builder = PacketBuilder::ethernet2([2, 0, a, b, c, d], [2, 0, 0, 0, 0, 2])
        .ipv4(CLIENT, SERVER, 64)
        .udp(4000, 7000);
    builder.write(out, b"x").expect("a vector takes everything");
}

fn tunnels(number: u32, _: u32, out: &mut Vec<u8>) {
    ethernet([2, 0, 0, 0, 0, 1], out);
    let [a, b, c, d] = number.to_be_bytes();
    for depth in (1..=40_u16).rev() {
        let protocol = if depth == 1 {
            IpNumber::UDP
        } else {
            IpNumber::IPV4
        };
        let length = (depth - 1) * 20;
        let source = [10 ^ a, b, c, d];
        let mut header = Ipv4Header::new(length, 64, protocol, source, SERVER).expect("short");
        header.header_checksum = header.calc_header_checksum();
        header.write(out).expect("a vector takes everything");
    }
}

fn syns(number: u32, _: u32, out: &mut Vec<u8>) {
    let [_, b, c, d] = number.to_be_bytes();
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([20, b, c, d], SERVER, 64)
        .tcp(4000, 80, number, 65_000)
        .syn();
    builder.write(out, &[]).expect("a vector takes everything");
}

fn datagrams(number: u32, _: u32, out: &mut Vec<u8>) {
    let [_, b, c, d] = number.to_be_bytes();
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
        .ipv4([20, b, c, d], SERVER, 64)
        .udp(4000, 7000);
    builder.write(out, b"x").expect("a vector takes everything");
}

fn ethernet(source: [u8; 6], out: &mut Vec<u8>) {
    let header = Ethernet2Header {
        source,
        destination: [2, 0, 0, 0, 0, 2],
        ether_type: EtherType::IPV4,
    };
    header.write(out).expect("a vector takes everything");
}
