//! Whether the Internet checksums of a packet hold (RFC 1071; IPv4: RFC 791;
//! the pseudo-header: RFC 9293, section 3.1, and RFC 8200, section 8.1).

use std::ops::Range;

use smallvec::SmallVec;

use super::ones_complement::{fold, sum};
use super::{Fragment, Layer, Packet, Protocol, StopReason, View, ipv4, ipv6_extensions, view};

/// One checksum of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// The checksum's protocol: [`Protocol::Ipv4`] (its header), TCP, UDP, ICMP
    /// or ICMPv6.
    pub protocol: Protocol,
    /// The index in [`super::Decoded::layers`].
    pub layer: u8,
    /// What the field holds.
    pub field: u16,
    /// What the verification found.
    pub verdict: ChecksumVerdict,
}

/// What a checksum came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumVerdict {
    /// The checksum holds.
    Good,
    /// The checksum does not hold.
    Bad {
        /// What the field should hold.
        expected: u16,
    },
    /// The field holds the sum of the pseudo-header only (or, where the card is
    /// to cut the segment too, the same without its length), which is what a
    /// sending host leaves for its network card to complete: the packet was
    /// recorded before that.
    Offloaded {
        /// What the field should hold on the wire.
        expected: u16,
    },
    /// The sender chose not to compute it (UDP with 0).
    NotComputed,
    /// Not all of the bytes that it covers were captured, or are in this
    /// packet; or a source route hides the address that it was computed with.
    Unknown,
}

/// The ones' complement sum of a TCP packet's data, less what is the same in all
/// packets between the same two ends, and whether its checksum holds: it follows
/// from the header and the checksum alone. Data with another sum is other data.
#[must_use]
pub fn tcp_data_sum(packet: &Packet<'_>) -> Option<(u16, bool)> {
    let is_tcp = |sum: &&Checksum| sum.protocol == Protocol::Tcp;
    let found = packet.checksums.iter().rfind(is_tcp)?;
    let mended = match found.verdict {
        ChecksumVerdict::Good => 0,
        ChecksumVerdict::Bad { expected } => u64::from(!found.field) + u64::from(expected),
        _ => return None,
    };
    let layer = packet.layers.get(usize::from(found.layer))?;
    let length = layer.header_length + packet.payload.length;
    let header = sum(packet.header_bytes(layer)) + u64::from(length) + mended;
    let sum = match !fold(header) {
        // 0 and 65535 are the same number.
        u16::MAX => 0,
        sum => sum,
    };
    Some((sum, mended == 0))
}

/// The checksums of every layer that has one, outermost first. Outside tunnels
/// there are two at most.
pub type Checksums = SmallVec<[Checksum; 2]>;

/// Judges the checksums of a packet of which everything else is decoded.
pub(super) fn judge(packet: &Packet<'_>) -> Checksums {
    let mut found = Checksums::new();
    let mut addresses: Option<Addresses> = None;
    for (index, layer) in packet.layers.iter().enumerate() {
        match layer.protocol {
            Protocol::Ipv4 | Protocol::Ipv6 => {
                let in_fragment = addresses.is_some_and(|outer| outer.is_fragment);
                addresses = Addresses::of(packet, layer).map(|own| own.within(in_fragment));
            }
            Protocol::Ipv6Fragment | Protocol::Ipv6Routing | Protocol::Ipv6Destination => {
                if let Some(addresses) = &mut addresses {
                    addresses.behind(packet, layer);
                }
            }
            _ => {}
        }
        let verdict = match layer.protocol {
            Protocol::Ipv4 => header(packet, layer),
            Protocol::Tcp | Protocol::Udp | Protocol::Icmp | Protocol::Icmpv6 => {
                transport(packet, layer, addresses)
            }
            _ => None,
        };
        if let Some((field, verdict)) = verdict {
            found.push(Checksum {
                protocol: layer.protocol,
                layer: index as u8,
                field,
                verdict,
            });
        }
    }
    found
}

/// What a transport's checksum includes of the IP header.
#[derive(Clone, Copy)]
struct Addresses {
    /// The sum of both addresses.
    sum: u64,
    /// The addresses are those that the sender used, and the datagram is whole.
    usable: bool,
    /// What follows is a fragment, or travels in one.
    is_fragment: bool,
    /// The header does not say how long the datagram is: it is as long as the
    /// frame lets it be.
    length_is_guess: bool,
}

impl Addresses {
    fn of(packet: &Packet<'_>, layer: &Layer) -> Option<Self> {
        let header = packet.header_bytes(layer);
        if layer.protocol == Protocol::Ipv6 {
            return Some(Self {
                sum: sum(header.get(IPV6_ADDRESSES)?),
                usable: true,
                is_fragment: false,
                length_is_guess: field(header, IPV6_LENGTH)? == 0,
            });
        }
        let routed = header.get(ipv4::FIXED..).is_some_and(|options| {
            options.contains(&LOOSE_ROUTE) || options.contains(&STRICT_ROUTE)
        });
        let fragmented = field(header, IPV4_FRAGMENT)? & ipv4::MORE_OR_OFFSET != 0;
        Some(Self {
            sum: sum(header.get(IPV4_ADDRESSES)?),
            usable: !routed && !fragmented,
            is_fragment: fragmented,
            length_is_guess: field(header, IPV4_LENGTH)? == 0,
        })
    }

    /// With whether the packet travels in a fragment: then its end is elsewhere.
    fn within(mut self, fragment: bool) -> Self {
        self.usable &= !fragment;
        self.is_fragment |= fragment;
        self
    }

    /// Takes note of an extension header between the IPv6 header and the
    /// transport.
    fn behind(&mut self, packet: &Packet<'_>, layer: &Layer) {
        let header = packet.header_bytes(layer);
        self.usable &= match layer.protocol {
            Protocol::Ipv6Fragment => {
                let is_whole = ipv6_extensions::fragment(header)
                    .is_some_and(|Fragment { offset, more }| offset == 0 && !more);
                self.is_fragment |= !is_whole;
                is_whole
            }
            // Segments left: the last destination is not in the header yet.
            Protocol::Ipv6Routing => header.get(3) == Some(&0),
            _ => !header.contains(&HOME_ADDRESS),
        };
    }

    /// The sum of both addresses, the protocol number and the length.
    fn pseudo_header(&self, protocol: u8, length: u32) -> u64 {
        self.sum + u64::from(protocol) + sum(&length.to_be_bytes())
    }
}

/// The places of source and destination in an IPv4 header.
const IPV4_ADDRESSES: Range<usize> = 12..20;
const IPV6_ADDRESSES: Range<usize> = 8..40;

/// The place of the datagram's length.
const IPV4_LENGTH: usize = 2;
const IPV6_LENGTH: usize = 4;

/// The flags and the fragment offset in the IPv4 header.
const IPV4_FRAGMENT: usize = 6;

/// IPv4 options that replace the destination on the way.
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;

/// The IPv6 option that replaces the source (RFC 6275).
const HOME_ADDRESS: u8 = 0xc9;

/// The place of the checksum in the IPv4 header.
const IPV4_FIELD: usize = 10;

fn header(packet: &Packet<'_>, layer: &Layer) -> Option<(u16, ChecksumVerdict)> {
    let bytes = packet.header_bytes(layer);
    let field = field(bytes, IPV4_FIELD)?;
    let verdict = if bytes.len() as u32 == layer.header_length {
        verdict(field, sum(bytes), None)
    } else {
        ChecksumVerdict::Unknown
    };
    Some((field, verdict))
}

fn transport(
    packet: &Packet<'_>,
    layer: &Layer,
    addresses: Option<Addresses>,
) -> Option<(u16, ChecksumVerdict)> {
    let (offset, number, pseudo) = match layer.protocol {
        Protocol::Tcp => (16, 6, true),
        Protocol::Udp => (6, 17, true),
        Protocol::Icmp => (2, 1, false),
        Protocol::Icmpv6 => (2, 58, true),
        _ => return None,
    };
    let captured = packet.frame.bytes.get(layer.offset as usize..)?;
    let field = field(captured, offset)?;
    if layer.protocol == Protocol::Udp && field == 0 {
        return Some((field, ChecksumVerdict::NotComputed));
    }
    let length = length(packet, layer);
    if (length as usize) < offset + 2 {
        return Some((field, ChecksumVerdict::Unknown));
    }
    let whole = captured.get(..length as usize);
    let (Some(bytes), Some(addresses), false) = (whole, addresses, is_short(packet)) else {
        return Some((field, ChecksumVerdict::Unknown));
    };
    if !addresses.usable {
        return Some((field, ChecksumVerdict::Unknown));
    }
    let pseudo = pseudo.then(|| Pseudo {
        sum: addresses.pseudo_header(number, length),
        length,
    });
    let total = sum(bytes) + pseudo.map_or(0, |pseudo| pseudo.sum);
    let verdict = match verdict(field, total, pseudo) {
        ChecksumVerdict::Bad { .. } if addresses.length_is_guess => ChecksumVerdict::Unknown,
        verdict => verdict,
    };
    Some((field, verdict))
}

/// Header and data on the wire.
fn length(packet: &Packet<'_>, layer: &Layer) -> u32 {
    let end = packet.payload.offset + packet.payload.length;
    let to_end = end.saturating_sub(layer.offset);
    if layer.protocol == Protocol::Udp
        && let View::Udp(udp) = view(packet, layer)
        && udp.length > 0
    {
        // Around a tunnel, the innermost data may end earlier.
        return udp.length.into();
    }
    to_end
}

/// Whether the packet ends before its length fields say.
fn is_short(packet: &Packet<'_>) -> bool {
    let short = |reason| matches!(reason, StopReason::TooShort { .. });
    packet.stop.is_some_and(|stop| {
        short(stop.reason) && !matches!(stop.protocol, Protocol::Tcp | Protocol::Icmpv6)
    })
}

fn field(bytes: &[u8], offset: usize) -> Option<u16> {
    let field = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_be_bytes(*field))
}

/// The sum of the pseudo-header, and the length that is part of it.
#[derive(Clone, Copy)]
struct Pseudo {
    sum: u64,
    length: u32,
}

impl Pseudo {
    /// Whether a sending host leaves this in the field.
    fn is_offloaded_in(self, field: u16) -> bool {
        let length = sum(&self.length.to_be_bytes());
        fold(self.sum) == field || fold(self.sum - length) == field
    }
}

/// `total` is the sum of everything covered, the field included.
fn verdict(field: u16, total: u64, pseudo: Option<Pseudo>) -> ChecksumVerdict {
    if fold(total) == u16::MAX {
        return ChecksumVerdict::Good;
    }
    // The expected value is that without the field: adding the field's
    // complement takes it away.
    let expected = !fold(total + u64::from(!field));
    match pseudo {
        Some(pseudo) if pseudo.is_offloaded_in(field) => ChecksumVerdict::Offloaded { expected },
        _ => ChecksumVerdict::Bad { expected },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::LinkType;
    use crate::decode::{decode, tests::frame};

    /// An IPv4 header with a good checksum (0x66cf), and a UDP datagram
    /// "hi" with the given checksum.
    fn datagram(checksum: u16) -> Vec<u8> {
        let mut bytes = vec![0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0x66, 0xcd];
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 0, 10]);
        bytes.extend(checksum.to_be_bytes());
        bytes.extend(b"hi");
        bytes
    }

    fn verdicts(bytes: &[u8], original_length: u32) -> Vec<ChecksumVerdict> {
        let packet = decode(frame(LinkType::RAW, bytes, original_length));
        packet.checksums.iter().map(|sum| sum.verdict).collect()
    }

    #[test]
    fn a_datagram_with_right_wrong_and_no_checksum() {
        use ChecksumVerdict::{Bad, Good, NotComputed, Offloaded, Unknown};
        // 10.0.0.1 + 10.0.0.2 + 17 + 10 = 0x141e; + 1 + 2 + 10 + "hi" = 0x7c94.
        let good = !0x7c94;
        assert_eq!(verdicts(&datagram(good), 30), [Good, Good]);
        assert_eq!(verdicts(&datagram(7), 30), [Good, Bad { expected: good }]);
        assert_eq!(
            verdicts(&datagram(0x141e), 30),
            [Good, Offloaded { expected: good }]
        );
        // A card that cuts the segment too gets the sum without the 10 of its
        // length.
        assert_eq!(
            verdicts(&datagram(0x1414), 30),
            [Good, Offloaded { expected: good }]
        );
        assert_eq!(verdicts(&datagram(0), 30), [Good, NotComputed]);
        let cut = datagram(good);
        assert_eq!(verdicts(&cut[..29], 30), [Good, Unknown]);
        let mut without_length = datagram(7);
        without_length[3] = 0;
        without_length[11] += 30;
        assert_eq!(verdicts(&without_length, 30), [Good, Unknown]);
    }

    #[test]
    fn a_damaged_header() {
        let mut bytes = datagram(0);
        bytes[8] = 63;
        let found = verdicts(&bytes, 30);
        assert_eq!(found[0], ChecksumVerdict::Bad { expected: 0x67cd });
    }
}
