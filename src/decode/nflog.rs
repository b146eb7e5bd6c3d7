//! Linux's netfilter log (`LINKTYPE_NFLOG`): what the kernel tells of a packet
//! as attributes, and the packet itself as one of them.

use super::cursor::Cursor;
use super::field::{FieldReader, FieldValue};
use super::{Protocol, ipv4, ipv6, registry};

/// Address family, version, group.
const FIXED: usize = 4;

/// Length and type of each attribute, in the order of the recording host.
const ATTRIBUTE: usize = 4;

/// The attribute that has the EtherType of the packet (`NFULA_PACKET_HDR`).
const PACKET_HEADER: u16 = 1;

/// The attribute that is the packet from its network header on
/// (`NFULA_PAYLOAD`).
const PAYLOAD: u16 = 9;

/// Linux's address families.
const IPV4: u8 = 2;
const IPV6: u8 = 10;

pub(super) fn decode(cursor: &mut Cursor<'_, '_>) {
    let Some(&[family, ..]) = cursor.header::<FIXED>(Protocol::Nflog) else {
        return;
    };
    let found = Attributes::of(cursor.rest).find_payload();
    let (header, payload) = (found.header as u32, found.payload);
    if !cursor.fits(Protocol::Nflog, header) || !cursor.layer(Protocol::Nflog, header) {
        return;
    }
    let Some(payload) = payload else {
        return;
    };
    cursor.limit_by_field(Protocol::Nflog, payload.into());
    match (family, found.ether_type) {
        (IPV4, _) => ipv4::decode(cursor),
        (IPV6, _) => ipv6::decode(cursor),
        (_, Some(ether_type)) => registry::ether_type(cursor, ether_type),
        _ => {}
    }
}

/// The attributes behind the fixed header, one after the other.
struct Attributes<'a> {
    bytes: &'a [u8],
    at: usize,
    is_little_endian: bool,
}

/// What the attributes say of the packet among them.
struct Found {
    /// Bytes before the packet, or all where there is no packet.
    header: usize,
    /// Bytes of the packet.
    payload: Option<u16>,
    ether_type: Option<u16>,
}

impl<'a> Attributes<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        // A length is at least its own four bytes and rarely more than 255:
        // in the wrong order it is a multiple of 256.
        let first = bytes.get(FIXED..FIXED + 2);
        Self {
            bytes,
            at: FIXED,
            is_little_endian: first.is_none_or(|length| length != [0, 0] && length[1] == 0),
        }
    }

    fn number(&self, bytes: [u8; 2]) -> u16 {
        match self.is_little_endian {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        }
    }

    /// The next attribute's type and data length; steps to its data.
    fn next(&mut self) -> Option<(u16, u16)> {
        let &[l0, l1, t0, t1] = self.bytes.get(self.at..)?.first_chunk::<ATTRIBUTE>()?;
        let length = self.number([l0, l1]).checked_sub(ATTRIBUTE as u16)?;
        self.at += ATTRIBUTE;
        Some((self.number([t0, t1]), length))
    }

    fn find_payload(mut self) -> Found {
        let mut ether_type = None;
        while let Some((kind, length)) = self.next() {
            let found = Found {
                header: self.at,
                payload: Some(length),
                ether_type,
            };
            match (kind, self.bytes.get(self.at..)) {
                (PAYLOAD, _) => return found,
                (PACKET_HEADER, Some(&[high, low, ..])) => {
                    ether_type = Some(u16::from_be_bytes([high, low]));
                }
                _ => {}
            }
            // Attributes begin at multiples of four.
            self.at += usize::from(length).next_multiple_of(4);
        }
        Found {
            header: self.at.min(self.bytes.len()),
            payload: None,
            ether_type,
        }
    }
}

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    if let Some(&[family, ..]) = reader.peek().first_chunk::<1>() {
        let number = family.into();
        let value = match family {
            IPV4 => FieldValue::Named(number, "IPv4"),
            IPV6 => FieldValue::Named(number, "IPv6"),
            _ => FieldValue::Number(number),
        };
        reader.value("nflog.family", 8, value);
    }
    reader.number("nflog.version", 8);
    reader.number("nflog.group", 16);
    reader.remainder("nflog.attributes");
}
