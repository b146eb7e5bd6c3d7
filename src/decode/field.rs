//! Every field of a packet with its exact place: what the explanation of a
//! single packet shows. Each protocol's file describes its header once, from
//! the first bit to the last, by walking it with [`FieldReader`]; whatever it
//! does not reach becomes a field of its own, so that the fields of a layer
//! always cover its captured header, without holes and without overlap.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{Layer, Packet, Protocol, StopReason, registry};

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Protocol and field, dotted: `tcp.flags.syn`.
    pub name: &'static str,
    /// Bits from the packet's first bit to the field.
    pub bit_offset: u64,
    /// The field's length in bits.
    pub bit_length: u64,
    /// The field's value.
    pub value: FieldValue,
    /// The fields that this one consists of: inside its range, in order,
    /// without overlap.
    pub fields: Vec<Field>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// An unsigned number, as it stands on the wire.
    Number(u64),
    /// A single bit.
    Flag(bool),
    /// A number that has a name of its own.
    Named(u64, &'static str),
    /// Text: a domain name, an option's name.
    Text(Cow<'static, str>),
    /// A hardware address of six bytes.
    Mac([u8; 6]),
    /// An IP address.
    Ip(IpAddr),
    /// Bytes of the frame, from its start.
    Bytes(Range<u32>),
}

/// One layer's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFields {
    /// The protocol of the header.
    pub protocol: Protocol,
    /// Bits from the packet's first bit to the header.
    pub bit_offset: u64,
    /// Captured bits of the header; of a DNS message those of the message.
    pub bit_length: u64,
    /// Outermost fields in order.
    pub fields: Vec<Field>,
}

/// Every field of every layer, outermost layer first.
#[must_use]
pub fn fields(packet: &Packet<'_>) -> Vec<LayerFields> {
    packet
        .layers
        .iter()
        .map(|layer| {
            let (start, length) = registry::extent(packet, layer);
            let mut reader = FieldReader::new(packet.frame.bytes, start, length);
            registry::fields(layer, &mut reader);
            LayerFields {
                protocol: layer.protocol,
                bit_offset: u64::from(start) * 8,
                bit_length: reader.end.saturating_sub(u64::from(start) * 8),
                fields: reader.finish(layer.protocol.cut(), layer.protocol.rest()),
            }
        })
        .collect()
}

/// The fields of the header at which the decoding stopped, as far as its bytes
/// go: what can be seen of it may tell what is wrong. `None` where no header
/// was begun, or the fault lies within one that [`fields`] gives.
#[must_use]
pub fn broken_fields(packet: &Packet<'_>) -> Option<LayerFields> {
    let stop = packet.stop?;
    let length = match stop.reason {
        StopReason::Truncated { needed, .. } | StopReason::TooShort { needed, .. } => needed,
        // The part that headers of this protocol have at least.
        StopReason::Invalid { .. } => match stop.protocol {
            Protocol::Ipv4 | Protocol::Tcp => 20,
            Protocol::Ipv6 => 40,
            Protocol::Udp | Protocol::Icmp | Protocol::Icmpv6 => 8,
            _ => 4,
        },
        StopReason::TooDeep | StopReason::UnknownLinkType(_) => return None,
    };
    let read = packet.layers.last().map_or(0, |layer| {
        let (start, length) = registry::extent(packet, layer);
        start.saturating_add(length)
    });
    let remaining = packet.frame.captured_length().saturating_sub(stop.offset);
    if stop.offset < read || remaining == 0 {
        return None;
    }
    let layer = Layer {
        protocol: stop.protocol,
        offset: stop.offset,
        header_length: length,
    };
    let mut reader = FieldReader::new(packet.frame.bytes, layer.offset, length);
    registry::fields(&layer, &mut reader);
    let start = u64::from(layer.offset) * 8;
    Some(LayerFields {
        protocol: layer.protocol,
        bit_offset: start,
        bit_length: reader.end.saturating_sub(start),
        fields: reader.finish(layer.protocol.cut(), layer.protocol.rest()),
    })
}

/// Walks over a header from its first bit and notes one field after the
/// other. A field that is not wholly there is not noted, nor is any behind it.
pub(super) struct FieldReader<'a> {
    frame: &'a [u8],
    at: u64,
    end: u64,
    /// The header goes on behind `end`, but was not captured.
    shortened: bool,
    /// A field did not fit.
    cut: bool,
    fields: Vec<Field>,
}

impl<'a> FieldReader<'a> {
    /// Over `length` bytes from `start`, as far as the frame goes.
    pub fn new(frame: &'a [u8], start: u32, length: u32) -> Self {
        let captured = frame.len() as u64;
        let start = u64::from(start).min(captured);
        Self {
            frame,
            at: start * 8,
            end: (start + u64::from(length)).min(captured) * 8,
            shortened: start + u64::from(length) > captured,
            cut: false,
            fields: Vec::new(),
        }
    }

    /// Bits from here to the end.
    pub fn remaining(&self) -> u64 {
        if self.cut { 0 } else { self.end - self.at }
    }

    /// Whole bytes from here to the end.
    pub fn bytes_remaining(&self) -> usize {
        (self.remaining() / 8) as usize
    }

    /// The bytes from here to the end, without stepping. Only at a byte's
    /// first bit.
    pub fn peek(&self) -> &'a [u8] {
        if self.cut {
            return &[];
        }
        let range = (self.at / 8) as usize..(self.end / 8) as usize;
        self.frame.get(range).unwrap_or_default()
    }

    /// An unsigned number of at most 64 bits, big endian.
    pub fn number(&mut self, name: &'static str, bits: u64) -> Option<u64> {
        let value = self.bits(bits)?;
        self.note(name, bits, FieldValue::Number(value));
        Some(value)
    }

    /// A number whose name `names` knows; one that it does not is shown bare.
    pub fn named(
        &mut self,
        name: &'static str,
        bits: u64,
        names: impl Fn(u64) -> Option<&'static str>,
    ) -> Option<u64> {
        let number = self.bits(bits)?;
        let value = names(number).map_or(FieldValue::Number(number), |text| {
            FieldValue::Named(number, text)
        });
        self.note(name, bits, value);
        Some(number)
    }

    /// An unsigned number of at most eight bytes, the lowest first. Only at a
    /// byte's first bit.
    pub fn little_endian(&mut self, name: &'static str, bytes: usize) {
        let value = self.peek().get(..bytes).map(|bytes| {
            let highest_first = bytes.iter().rev();
            highest_first.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        });
        match value {
            Some(value) => self.value(name, bytes as u64 * 8, FieldValue::Number(value)),
            None => self.cut = true,
        }
    }

    /// Reads one bit.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.bits(1)? != 0;
        self.note(name, 1, FieldValue::Flag(value));
        Some(value)
    }

    /// Bytes shown as they are. None of them: no field.
    pub fn bytes(&mut self, name: &'static str, length: usize) -> Option<&'a [u8]> {
        let start = (self.at / 8) as u32;
        let bytes = self.peek().get(..length);
        let Some(bytes) = bytes else {
            self.cut = true;
            return None;
        };
        if length > 0 {
            let range = start..start + length as u32;
            self.note(name, length as u64 * 8, FieldValue::Bytes(range));
        }
        Some(bytes)
    }

    /// All bytes that are left of a header that was captured to its end.
    pub fn remainder(&mut self, name: &'static str) {
        if !self.shortened {
            let remaining = self.bytes_remaining();
            self.bytes(name, remaining);
        }
    }

    /// Reads six bytes of hardware address.
    pub fn mac(&mut self, name: &'static str) {
        if let Some(&mac) = self.chunk() {
            self.note(name, 48, FieldValue::Mac(mac));
        }
    }

    /// Reads an IPv4 address.
    pub fn ipv4(&mut self, name: &'static str) {
        if let Some(&bytes) = self.chunk::<4>() {
            self.note(name, 32, FieldValue::Ip(Ipv4Addr::from(bytes).into()));
        }
    }

    /// Reads an IPv6 address.
    pub fn ipv6(&mut self, name: &'static str) {
        if let Some(&bytes) = self.chunk::<16>() {
            self.note(name, 128, FieldValue::Ip(Ipv6Addr::from(bytes).into()));
        }
    }

    /// Reads a field of `bits` bits with a value of its own.
    pub fn value(&mut self, name: &'static str, bits: u64, value: FieldValue) {
        if self.there(bits) {
            self.note(name, bits, value);
        }
    }

    /// A field of `length` bytes that consists of others. What `inside` does
    /// not describe becomes a last field called `rest`.
    pub fn group(
        &mut self,
        name: &'static str,
        length: usize,
        rest: &'static str,
        inside: impl FnOnce(&mut Self),
    ) {
        let start = (self.at / 8) as u32;
        let range = start..start.saturating_add(length as u32);
        self.bit_group(
            name,
            length as u64 * 8,
            FieldValue::Bytes(range),
            rest,
            inside,
        );
    }

    /// [`FieldReader::group`] measured in bits and with a value of its own
    /// (the whole of a flags field, for instance).
    pub fn bit_group(
        &mut self,
        name: &'static str,
        bits: u64,
        value: FieldValue,
        rest: &'static str,
        inside: impl FnOnce(&mut Self),
    ) {
        if bits == 0 || !self.there(bits) {
            return;
        }
        let mut reader = FieldReader {
            frame: self.frame,
            at: self.at,
            end: self.at + bits,
            shortened: false,
            cut: false,
            fields: Vec::new(),
        };
        inside(&mut reader);
        let fields = reader.finish(rest, rest);
        self.note(name, bits, value);
        if let Some(field) = self.fields.last_mut() {
            field.fields = fields;
        }
    }

    /// The next `bits` bits as a number, without stepping.
    pub fn peek_bits(&self, bits: u64) -> Option<u64> {
        if self.cut || bits > 64 || bits > self.remaining() {
            return None;
        }
        let mut value = 0;
        for bit in self.at..self.at + bits {
            let byte = self.frame.get((bit / 8) as usize)?;
            value = value << 1 | u64::from(byte >> (7 - bit % 8) & 1);
        }
        Some(value)
    }

    /// What was noted; the rest of the range as one field: `cut` where a
    /// field did not fit any more, else `rest`.
    pub fn finish(mut self, cut: &'static str, rest: &'static str) -> Vec<Field> {
        let bits = self.end - self.at;
        if bits > 0 {
            let name = if self.cut || self.shortened {
                cut
            } else {
                rest
            };
            self.cut = false;
            let value = match self.peek_bits(bits) {
                Some(number) if !bits.is_multiple_of(8) => FieldValue::Number(number),
                _ => FieldValue::Bytes((self.at / 8) as u32..self.end.div_ceil(8) as u32),
            };
            self.note(name, bits, value);
        }
        self.fields
    }

    fn there(&mut self, bits: u64) -> bool {
        if self.cut || bits > self.remaining() {
            self.cut = true;
        }
        !self.cut
    }

    fn bits(&mut self, bits: u64) -> Option<u64> {
        let value = self.peek_bits(bits);
        self.cut |= value.is_none();
        value
    }

    fn chunk<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let chunk = self.peek().first_chunk();
        self.cut |= chunk.is_none();
        chunk
    }

    fn note(&mut self, name: &'static str, bits: u64, value: FieldValue) {
        self.fields.push(Field {
            name,
            bit_offset: self.at,
            bit_length: bits,
            value,
            fields: Vec::new(),
        });
        self.at += bits;
    }
}
