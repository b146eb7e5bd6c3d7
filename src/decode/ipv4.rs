//! IPv4 (RFC 791, section 3.1).

use std::net::Ipv4Addr;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{
    Fragment, Ipv4, Network, Protocol, Transport, View, ipv4_option_fields, names, registry,
};

/// The header without options.
pub(super) const FIXED: usize = 20;

/// The bits of the flags and the fragment offset that tell of a fragment.
pub(super) const MORE_OR_OFFSET: u16 = 0x3fff;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<FIXED>(Protocol::Ipv4) else {
        return;
    };
    let fixed = Fixed(header);
    if fixed.version() != 4 {
        return cursor.invalid(Protocol::Ipv4, "ipv4.version", fixed.version().into());
    }
    let header_length = u32::from(fixed.header_length());
    if header_length < FIXED as u32 {
        let words = header_length / 4;
        return cursor.invalid(Protocol::Ipv4, "ipv4.header_length", words);
    }
    let total_length = u32::from(fixed.total_length());
    if total_length != 0 && total_length < header_length {
        return cursor.invalid(Protocol::Ipv4, "ipv4.total_length", total_length);
    }
    if !cursor.fits(Protocol::Ipv4, header_length) {
        return;
    }
    // 0: handed to the network card to be cut into segments; the field is
    // filled in there. The frame's own length holds.
    if total_length != 0 {
        cursor.limit_by_field(Protocol::Ipv4, total_length);
    }
    let network = fixed.network();
    cursor.packet.network = Some(network);
    cursor.packet.transport = Transport::None;
    let readable = cursor.layer(Protocol::Ipv4, header_length);
    if network.fragment.is_some() {
        cursor.is_in_fragment();
    }
    if readable && !network.is_later_fragment() {
        registry::ip_protocol(cursor, fixed.protocol());
    }
}

/// The twenty bytes that every IPv4 header has.
pub(super) struct Fixed<'a>(pub &'a [u8; FIXED]);

impl Fixed<'_> {
    pub fn version(&self) -> u8 {
        self.0[0] >> 4
    }

    /// The header's length in bytes.
    pub fn header_length(&self) -> u8 {
        (self.0[0] & 0xf) * 4
    }

    pub fn total_length(&self) -> u16 {
        u16::from_be_bytes([self.0[2], self.0[3]])
    }

    pub fn identification(&self) -> u16 {
        u16::from_be_bytes([self.0[4], self.0[5]])
    }

    fn flags_and_offset(&self) -> u16 {
        u16::from_be_bytes([self.0[6], self.0[7]])
    }

    fn fragment_offset(&self) -> u16 {
        (self.flags_and_offset() & 0x1fff) * 8
    }

    fn more_fragments(&self) -> bool {
        self.flags_and_offset() & 0x2000 != 0
    }

    pub fn protocol(&self) -> u8 {
        self.0[9]
    }

    pub fn source(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[12], self.0[13], self.0[14], self.0[15])
    }

    pub fn destination(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[16], self.0[17], self.0[18], self.0[19])
    }

    pub fn network(&self) -> Network {
        let (offset, more) = (self.fragment_offset(), self.more_fragments());
        let fragment = (offset != 0 || more).then_some(Fragment {
            offset: offset.into(),
            more,
        });
        Network {
            source: self.source().into(),
            destination: self.destination().into(),
            protocol: self.protocol(),
            time_to_live: self.0[8],
            identification: self.identification().into(),
            fragment,
        }
    }
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let fixed = Fixed(header.first_chunk()?);
    Some(View::Ipv4(Ipv4 {
        source: fixed.source(),
        destination: fixed.destination(),
        header_length: fixed.header_length(),
        dscp: fixed.0[1] >> 2,
        ecn: fixed.0[1] & 3,
        total_length: fixed.total_length(),
        identification: fixed.identification(),
        dont_fragment: fixed.flags_and_offset() & 0x4000 != 0,
        more_fragments: fixed.more_fragments(),
        fragment_offset: fixed.fragment_offset(),
        time_to_live: fixed.0[8],
        protocol: fixed.protocol(),
        checksum: u16::from_be_bytes([fixed.0[10], fixed.0[11]]),
    }))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("ipv4.version", 4);
    reader.number("ipv4.header_length", 4);
    reader.number("ipv4.dscp", 6);
    reader.number("ipv4.ecn", 2);
    reader.number("ipv4.total_length", 16);
    reader.number("ipv4.identification", 16);
    reader.flag("ipv4.flags.reserved");
    reader.flag("ipv4.flags.dont_fragment");
    reader.flag("ipv4.flags.more_fragments");
    reader.number("ipv4.fragment_offset", 13);
    reader.number("ipv4.ttl", 8);
    reader.named("ipv4.protocol", 8, names::ip_protocol);
    reader.number("ipv4.checksum", 16);
    reader.ipv4("ipv4.source");
    reader.ipv4("ipv4.destination");
    ipv4_option_fields::fields(reader);
}
