//! The walk over a frame: what was captured from here on, and where the data of
//! the enclosing layer ends on the wire.

use super::{Layer, MAX_LAYERS, Packet, Payload, Protocol, Stop, StopReason};
use crate::capture::Frame;

/// The one walk over a frame. Each decoder reads its header from `rest`,
/// notes it with [`Cursor::layer`], and calls the next decoder.
pub(super) struct Cursor<'p, 'a> {
    /// What the decoders fill in.
    pub packet: &'p mut Packet<'a>,
    /// The captured bytes from `at` on, none of them beyond `end`.
    pub rest: &'a [u8],
    /// Bytes from the start of the frame; may lie behind what was captured.
    pub at: u32,
    /// The place where the enclosing layer's data ends on the wire.
    pub end: u32,
}

impl<'p, 'a> Cursor<'p, 'a> {
    /// Stands at the frame's first byte.
    pub fn new(packet: &'p mut Packet<'a>) -> Self {
        let Frame {
            bytes,
            original_length,
            ..
        } = packet.frame;
        Self {
            packet,
            rest: bytes.get(..original_length as usize).unwrap_or(bytes),
            at: 0,
            end: original_length,
        }
    }

    /// Bytes on the wire from here to the end of the enclosing layer's data.
    pub fn remaining(&self) -> u32 {
        self.end - self.at
    }

    /// Whether the innermost IP packet is a fragment.
    pub fn is_fragment(&self) -> bool {
        let network = self.packet.network;
        network.is_some_and(|network| network.fragment.is_some())
    }

    /// The next `N` bytes; when they are not all there, notes why.
    pub fn header<const N: usize>(&mut self, protocol: Protocol) -> Option<&'a [u8; N]> {
        let header = self.rest.first_chunk();
        if header.is_none() {
            self.lacks(protocol, N as u32);
        }
        header
    }

    /// Whether `length` bytes of header fit into the packet on the wire
    /// (they need not be captured); when not, notes it.
    pub fn fits(&mut self, protocol: Protocol, length: u32) -> bool {
        let fits = length <= self.remaining();
        if !fits {
            self.lacks(protocol, length);
        }
        fits
    }

    /// Notes that fewer than `needed` bytes are here: cut by the snapshot
    /// length, or missing on the wire too. What other fragments bring is not
    /// missing.
    pub fn lacks(&mut self, protocol: Protocol, needed: u32) {
        let remaining = self.remaining();
        if remaining < needed && self.packet.continues_elsewhere() {
            return;
        }
        let reason = if remaining < needed {
            StopReason::TooShort {
                needed,
                had: remaining,
            }
        } else {
            let had = self.rest.len() as u32;
            StopReason::Truncated { needed, had }
        };
        self.stop(protocol, reason);
    }

    /// Notes a value that cannot be.
    pub fn invalid(&mut self, protocol: Protocol, field: &'static str, value: u32) {
        self.stop(protocol, StopReason::Invalid { field, value });
    }

    /// Notes why the decoding cannot be complete; the first reason stays.
    pub fn stop(&mut self, protocol: Protocol, reason: StopReason) {
        self.stop_at(protocol, self.at, reason);
    }

    /// [`Cursor::stop`] with the place given.
    pub fn stop_at(&mut self, protocol: Protocol, offset: u32, reason: StopReason) {
        self.packet.stop.get_or_insert(Stop {
            protocol,
            offset,
            reason,
        });
    }

    /// Notes a header of `length` wire bytes, which must fit
    /// ([`Cursor::fits`]), and steps behind it. Where it was not captured to
    /// its end, notes that and returns false, as when there are too many
    /// layers: nothing more can be read then.
    // Without the hint, `benches/instructions` counts 5 % more for decoding
    // `web`.
    #[inline]
    pub fn layer(&mut self, protocol: Protocol, length: u32) -> bool {
        let layer = Layer {
            protocol,
            offset: self.at,
            header_length: length,
        };
        if self.packet.layers.len() >= MAX_LAYERS {
            self.stop(protocol, StopReason::TooDeep);
            return false;
        }
        self.packet.layers.push(layer);
        let behind = self.rest.get(length as usize..);
        if behind.is_none() {
            self.lacks(protocol, length);
        }
        self.rest = behind.unwrap_or_default();
        self.at += length;
        behind.is_some()
    }

    /// Notes that the layer that was noted last says that this is a fragment; the
    /// outermost such layer stays.
    pub fn is_in_fragment(&mut self) {
        let last = self.packet.layers.len().saturating_sub(1);
        self.packet.fragment.get_or_insert(last as u8);
    }

    /// Ends the enclosing data `length` bytes from here, if that is earlier.
    pub fn limit(&mut self, length: u32) {
        if length < self.remaining() {
            self.end = self.at + length;
            self.rest = self.rest.get(..length as usize).unwrap_or(self.rest);
        }
    }

    /// [`Cursor::limit`] by a length field that counts from here; one that
    /// reaches beyond the packet is noted, and what is there is taken.
    pub fn limit_by_field(&mut self, protocol: Protocol, length: u32) {
        if length > self.remaining() {
            self.lacks(protocol, length);
        }
        self.limit(length);
    }

    /// What is left is the payload.
    pub fn finish(self) {
        self.packet.payload = Payload {
            offset: self.at,
            captured: self.rest.len() as u32,
            length: self.end - self.at,
            padding: self.packet.frame.original_length - self.end,
        };
    }
}

impl<'a> Packet<'a> {
    /// Whether the packet is the first fragment of a datagram, or travels in one:
    /// its last bytes are in other frames.
    fn continues_elsewhere(&self) -> bool {
        let has_bit = |layer: &Layer, at: usize, bit: u8| {
            let header = self.header_bytes(layer);
            header.get(at).is_some_and(|flags| flags & bit != 0)
        };
        self.layers.iter().any(|layer| match layer.protocol {
            Protocol::Ipv4 => has_bit(layer, 6, 0x20),
            Protocol::Ipv6Fragment => has_bit(layer, 3, 1),
            _ => false,
        })
    }

    /// The captured bytes of one layer's header.
    #[must_use]
    pub fn header_bytes(&self, layer: &Layer) -> &'a [u8] {
        let from = self
            .frame
            .bytes
            .get(layer.offset as usize..)
            .unwrap_or_default();
        from.get(..layer.header_length as usize).unwrap_or(from)
    }
}
