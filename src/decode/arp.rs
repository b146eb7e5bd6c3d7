//! Address resolution (RFC 826), and reverse address resolution (RFC 903),
//! which has the same form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Arp, Protocol, View, names};

/// Hardware type, protocol type, their address lengths, operation.
const FIXED: usize = 8;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<FIXED>(Protocol::Arp) else {
        return;
    };
    let length = FIXED as u32 + 2 * (u32::from(header[4]) + u32::from(header[5]));
    if cursor.fits(Protocol::Arp, length) {
        cursor.layer(Protocol::Arp, length);
        cursor.limit(0);
    }
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let (fixed, addresses) = header.split_first_chunk::<FIXED>()?;
    let [_, _, p0, p1, hardware, protocol, o0, o1] = *fixed;
    let (hardware, protocol) = (usize::from(hardware), usize::from(protocol));
    let ether_type = u16::from_be_bytes([p0, p1]);
    let at = |offset: usize, length: usize| addresses.get(offset..offset + length);
    let mac = |offset| at(offset, hardware).and_then(|mac| mac.try_into().ok());
    let ip = |offset| at(offset, protocol).and_then(|bytes| ip(ether_type, bytes));
    Some(View::Arp(Arp {
        operation: u16::from_be_bytes([o0, o1]),
        sender_mac: mac(0),
        sender_ip: ip(hardware),
        target_mac: mac(hardware + protocol),
        target_ip: ip(2 * hardware + protocol),
    }))
}

fn ip(ether_type: u16, bytes: &[u8]) -> Option<IpAddr> {
    match ether_type {
        0x0800 => <[u8; 4]>::try_from(bytes)
            .ok()
            .map(|bytes| Ipv4Addr::from(bytes).into()),
        0x86dd => <[u8; 16]>::try_from(bytes)
            .ok()
            .map(|bytes| Ipv6Addr::from(bytes).into()),
        _ => None,
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.named("arp.hardware_type", 16, names::hardware_type);
    let ether_type = reader.named("arp.protocol_type", 16, names::ether_type);
    let hardware = reader.number("arp.hardware_length", 8);
    let protocol = reader.number("arp.protocol_length", 8);
    reader.named("arp.operation", 16, operation);
    let (Some(ether_type), Some(hardware), Some(protocol)) = (ether_type, hardware, protocol)
    else {
        return;
    };
    for (mac, ip) in [
        ("arp.sender_mac", "arp.sender_ip"),
        ("arp.target_mac", "arp.target_ip"),
    ] {
        match hardware {
            6 => reader.mac(mac),
            _ => drop(reader.bytes(mac, hardware as usize)),
        }
        match (ether_type, protocol) {
            (0x0800, 4) => reader.ipv4(ip),
            (0x86dd, 16) => reader.ipv6(ip),
            _ => drop(reader.bytes(ip, protocol as usize)),
        }
    }
}

fn operation(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "request",
        2 => "reply",
        3 => "reverse request",
        4 => "reverse reply",
        _ => return None,
    })
}
