//! UDP (RFC 768).

use etherparse::UdpHeaderSlice;

use super::cursor::Cursor;
use super::field::FieldReader;
use super::{Protocol, Transport, Udp, View, dhcp, dns_messages, registry, tls};

/// Ports, length, checksum.
pub(super) const LENGTH: usize = 8;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(header) = cursor.header::<LENGTH>(Protocol::Udp) else {
        return;
    };
    let udp = read(header);
    let length = u32::from(udp.length);
    // 0 stands for a datagram too long for the field (RFC 2675, section 4).
    let jumbo = length == 0 && cursor.remaining() > u16::MAX.into();
    if length < LENGTH as u32 && !jumbo {
        return cursor.invalid(Protocol::Udp, "udp.length", length);
    }
    if !jumbo {
        limit(cursor, length);
    }
    if cursor.layer(Protocol::Udp, LENGTH as u32) {
        cursor.packet.transport = Transport::Udp(udp);
        match registry::udp_data(udp.ports()) {
            Some(data) => data.decode(cursor),
            None => on_any_port(cursor, [udp.source_port, udp.destination_port]),
        }
    }
}

/// What tells by its bytes alone what it is.
fn on_any_port(cursor: &mut Cursor<'_, '_>, ports: [u16; 2]) {
    let before = cursor.packet.layers.len();
    dns_messages::on_any_port(cursor, ports);
    if cursor.packet.layers.len() == before {
        dhcp::on_any_port(cursor);
    }
    if cursor.packet.layers.len() == before {
        tls::datagram::on_any_port(cursor);
    }
}

fn limit(cursor: &mut Cursor<'_, '_>, length: u32) {
    if cursor.is_fragment() {
        // The length is the whole datagram's, of which this is the beginning.
        cursor.limit(length);
    } else {
        cursor.limit_by_field(Protocol::Udp, length);
    }
}

fn read(header: &[u8; LENGTH]) -> Udp {
    let [s0, s1, d0, d1, l0, l1, c0, c1] = *header;
    Udp {
        source_port: u16::from_be_bytes([s0, s1]),
        destination_port: u16::from_be_bytes([d0, d1]),
        length: u16::from_be_bytes([l0, l1]),
        checksum: u16::from_be_bytes([c0, c1]),
    }
}

pub(super) fn view<'a>(header: &'a [u8]) -> Option<View<'a>> {
    let header = UdpHeaderSlice::from_slice(header).ok()?;
    Some(View::Udp(Udp {
        source_port: header.source_port(),
        destination_port: header.destination_port(),
        length: header.length(),
        checksum: header.checksum(),
    }))
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    reader.number("udp.source_port", 16);
    reader.number("udp.destination_port", 16);
    reader.number("udp.length", 16);
    reader.number("udp.checksum", 16);
}
