//! Captures built in memory for the tests of this folder.

use std::io::{self, Read};

use super::error::Fault;
use super::format::Format;
use super::stream::Stream;

/// Numbers in one byte order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    pub(super) fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    pub(super) fn u64(self, value: u64) -> [u8; 8] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }
}

/// A classic file header of version 2.4.
pub(super) fn pcap_header(order: Order, magic: u32, network: u32) -> Vec<u8> {
    pcap_header_of(order, magic, (2, 4), network)
}

pub(super) fn pcap_header_of(
    order: Order,
    magic: u32,
    (major, minor): (u16, u16),
    network: u32,
) -> Vec<u8> {
    let mut file = order.u32(magic).to_vec();
    file.extend(order.u16(major));
    file.extend(order.u16(minor));
    file.extend([0; 8]);
    file.extend(order.u32(262_144));
    file.extend(order.u32(network));
    file
}

/// A classic record whose original length is its captured one.
pub(super) fn pcap_record(order: Order, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let mut record = pcap_record_header(order, seconds, fraction, length, length);
    record.extend(data);
    record
}

pub(super) fn pcap_record_header(
    order: Order,
    seconds: u32,
    fraction: u32,
    first: u32,
    second: u32,
) -> Vec<u8> {
    [seconds, fraction, first, second]
        .into_iter()
        .flat_map(|value| order.u32(value))
        .collect()
}

/// A little-endian microsecond Ethernet file with one packet a second.
pub(super) fn pcap(first_second: u32, packets: &[&[u8]]) -> Vec<u8> {
    let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
    for (second, data) in (first_second..).zip(packets) {
        file.extend(pcap_record(Order::Little, second, 0, data));
    }
    file
}

/// A pcapng block around a body.
pub(super) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = body.len() as u32 + 12;
    let mut block = order.u32(kind).to_vec();
    block.extend(order.u32(length));
    block.extend(body);
    block.extend(order.u32(length));
    block
}

pub(super) fn section(order: Order) -> Vec<u8> {
    let mut body = order.u32(0x1a2b_3c4d).to_vec();
    body.extend(order.u16(1));
    body.extend(order.u16(0));
    body.extend([0xff; 8]);
    block(order, 0x0a0d_0d0a, &body)
}

pub(super) fn interface(
    order: Order,
    link_type: u16,
    snapshot_length: u32,
    options: &[(u16, &[u8])],
) -> Vec<u8> {
    let mut body = order.u16(link_type).to_vec();
    body.extend([0; 2]);
    body.extend(order.u32(snapshot_length));
    body.extend(option_list(order, options));
    block(order, 1, &body)
}

pub(super) fn option_list(order: Order, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut list = Vec::new();
    for (code, value) in options {
        list.extend(order.u16(*code));
        list.extend(order.u16(value.len() as u16));
        list.extend(*value);
        list.resize(list.len().next_multiple_of(4), 0);
    }
    if !options.is_empty() {
        list.extend([0; 4]);
    }
    list
}

pub(super) fn enhanced_packet(
    order: Order,
    interface: u32,
    units: u64,
    data: &[u8],
    options: &[(u16, &[u8])],
) -> Vec<u8> {
    let length = data.len() as u32;
    let (high, low) = ((units >> 32) as u32, units as u32);
    let mut body: Vec<u8> = [interface, high, low, length, length]
        .into_iter()
        .flat_map(|value| order.u32(value))
        .collect();
    body.extend(data);
    body.resize(body.len().next_multiple_of(4), 0);
    body.extend(option_list(order, options));
    block(order, 6, &body)
}

/// What one record says, as values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) time_ns: u64,
    pub(super) interface: u32,
    pub(super) link_type: u16,
    pub(super) original_length: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) comment: Option<String>,
}

/// Reads a whole file: its records, and the fault that ended it.
pub(super) fn read_all(file: impl Into<Vec<u8>>) -> (Vec<Seen>, Option<Fault>) {
    read_from(Box::new(io::Cursor::new(file.into())))
}

pub(super) fn read_from(raw: Box<dyn Read + Send>) -> (Vec<Seen>, Option<Fault>) {
    let mut seen = Vec::new();
    let opened = Stream::new(raw, Vec::new()).and_then(|mut stream| {
        let format = Format::open(&mut stream)?;
        Ok((stream, format))
    });
    let (mut stream, mut format) = match opened {
        Ok(opened) => opened,
        Err(fault) => return (seen, Some(fault)),
    };
    loop {
        match format.next(&mut stream) {
            Ok(Some(record)) => seen.push(Seen {
                time_ns: record.time_ns,
                interface: record.interface,
                link_type: record.link_type.0,
                original_length: record.original_length,
                bytes: stream.bytes(&record.bytes).to_vec(),
                comment: record
                    .comment
                    .map(|range| String::from_utf8_lossy(stream.bytes(&range)).into_owned()),
            }),
            Ok(None) => return (seen, None),
            Err(fault) => return (seen, Some(fault)),
        }
    }
}

/// Reads a file that has no fault.
pub(super) fn read_whole(file: impl Into<Vec<u8>>) -> Vec<Seen> {
    let (seen, fault) = read_all(file);
    assert!(fault.is_none(), "{fault:?}");
    seen
}
