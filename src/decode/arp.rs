//! Address resolution (RFC 826), and reverse address resolution (RFC 903),
//! which has the same form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::cursor::Cursor;
use super::{Arp, Protocol, View};

/// Hardware type, protocol type, their address lengths, operation.
const FIXED: usize = 8;

#[inline]
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
