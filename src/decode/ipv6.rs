//! The fixed IPv6 header (RFC 8200, section 3).

use std::net::Ipv6Addr;

use etherparse::Ipv6HeaderSlice;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Ipv6, Network, Protocol, Transport, View, names, registry};

/// The fixed header.
pub(super) const LENGTH: usize = 40;

/// Next header 59: nothing follows.
const NO_NEXT_HEADER: u8 = 59;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(bytes) = cursor.header::<LENGTH>(Protocol::Ipv6) else {
        return;
    };
    let header = Fixed(bytes);
    if header.version() != 6 {
        return cursor.invalid(Protocol::Ipv6, "ipv6.version", header.version().into());
    }
    let next_header = header.next_header();
    cursor.packet.network = Some(header.network());
    cursor.packet.transport = Transport::None;
    if !cursor.layer(Protocol::Ipv6, LENGTH as u32) {
        return;
    }
    // 0 with something behind it: a jumbogram (RFC 2675), whose length stands
    // in an option, or a packet that the network card is to cut. The frame's
    // own length holds.
    let payload_length = header.payload_length();
    if payload_length != 0 || next_header == NO_NEXT_HEADER {
        cursor.limit_by_field(Protocol::Ipv6, payload_length.into());
    }
    registry::ip_protocol(cursor, next_header);
}

/// The header's bytes.
pub(super) struct Fixed<'a>(pub &'a [u8; LENGTH]);

impl Fixed<'_> {
    pub fn version(&self) -> u8 {
        self.0[0] >> 4
    }

    pub fn payload_length(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    pub fn next_header(&self) -> u8 {
        self.0[6]
    }

    pub fn hop_limit(&self) -> u8 {
        self.0[7]
    }

    pub fn source(&self) -> Ipv6Addr {
        self.address(8)
    }

    pub fn destination(&self) -> Ipv6Addr {
        self.address(24)
    }

    fn address(&self, at: usize) -> Ipv6Addr {
        let bytes: Option<&[u8; 16]> = self.0.get(at..).and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or_default().into()
    }

    pub fn network(&self) -> Network {
        Network {
            source: self.source().into(),
            destination: self.destination().into(),
            protocol: self.next_header(),
            time_to_live: self.hop_limit(),
            identification: 0,
            fragment: None,
        }
    }
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let header = Ipv6HeaderSlice::from_slice(header).ok()?;
    Some(View::Ipv6(Ipv6 {
        source: header.source_addr(),
        destination: header.destination_addr(),
        traffic_class: header.traffic_class(),
        flow_label: header.flow_label().value(),
        payload_length: header.payload_length(),
        next_header: header.next_header().0,
        hop_limit: header.hop_limit(),
    }))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("ipv6.version", 4);
    reader.number("ipv6.traffic_class.dscp", 6);
    reader.number("ipv6.traffic_class.ecn", 2);
    reader.number("ipv6.flow_label", 20);
    reader.number("ipv6.payload_length", 16);
    reader.named("ipv6.next_header", 8, names::ip_protocol);
    reader.number("ipv6.hop_limit", 8);
    reader.ipv6("ipv6.source");
    reader.ipv6("ipv6.destination");
}
