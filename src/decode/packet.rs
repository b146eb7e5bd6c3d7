//! What decoding gives: plain `Copy` values that point into the frame.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};

use smallvec::SmallVec;

use super::constant::{Constant, constant};
use super::{Checksums, Protocol};
use crate::capture::Frame;

/// Deeper nesting than this stops the decoding ([`StopReason::TooDeep`]).
pub const MAX_LAYERS: usize = 16;

/// The layers in wire order, outermost first, at most [`MAX_LAYERS`]. Hardly a
/// packet has more than five.
pub type Layers = SmallVec<[Layer; 5]>;

/// One header: which protocol, where it begins and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The protocol of the header.
    pub protocol: Protocol,
    /// Bytes from the start of the frame.
    pub offset: u32,
    /// Header bytes on the wire, options included; the capture may hold
    /// fewer. An application message (DNS) has 0: its bytes are payload.
    pub header_length: u32,
}

/// One frame, decoded as far as it goes.
#[derive(Clone, Debug)]
pub struct Packet<'a> {
    /// What was captured.
    pub frame: Frame<'a>,
    /// What was read in it.
    pub decoded: Decoded,
}

impl Deref for Packet<'_> {
    type Target = Decoded;

    fn deref(&self) -> &Decoded {
        &self.decoded
    }
}

impl DerefMut for Packet<'_> {
    fn deref_mut(&mut self) -> &mut Decoded {
        &mut self.decoded
    }
}

/// What was read in a frame. It borrows nothing and counts its places from the
/// frame's first byte, so that it can be kept beside the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The packet's layers, outermost first.
    pub layers: Layers,
    /// The innermost IP header.
    pub network: Option<Network>,
    /// The innermost transport header.
    pub transport: Transport,
    /// The innermost VLAN id (12 bits), with the outer one in the upper 16
    /// bits when there are two; `None` for untagged frames.
    pub vlan: Option<u32>,
    /// The index of the outermost layer that says that this is a fragment, or of
    /// a fragment header that stands on a whole packet ([`super::fragment`]).
    pub fragment: Option<u8>,
    /// What the innermost decoded header carries.
    pub payload: Payload,
    /// Why the decoding did not reach the end.
    pub stop: Option<Stop>,
    /// The packet's checksums, each with what was found of it.
    pub checksums: Checksums,
}

/// The bytes behind the innermost header.
///
/// Headers + `length` + `padding` = the frame's original length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// Bytes from the start of the frame.
    pub offset: u32,
    /// Bytes of it that were captured.
    pub captured: u32,
    /// Bytes on the wire, as the length fields say.
    pub length: u32,
    /// Bytes of the frame that belong to no header and no payload: Ethernet
    /// padding, trailers, a captured frame check sequence.
    pub padding: u32,
}

/// The innermost IP header's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Source address.
    pub source: IpAddr,
    /// Destination address.
    pub destination: IpAddr,
    /// IP protocol number of what follows (behind IPv6 extension headers).
    pub protocol: u8,
    /// Time to live, or IPv6's hop limit.
    pub time_to_live: u8,
    /// IPv4's identification, or that of an IPv6 fragment header (else 0).
    pub identification: u32,
    /// Set when this is a fragment of a larger packet.
    pub fragment: Option<Fragment>,
}

impl Network {
    /// Whether this fragment does not hold the packet's beginning, and so no
    /// transport header.
    #[must_use]
    pub fn is_later_fragment(&self) -> bool {
        self.fragment.is_some_and(|fragment| fragment.offset != 0)
    }
}

/// Whether this is the address of a group of hosts, or of all: never that of one
/// (RFC 1122, section 3.2.1.3).
#[must_use]
pub fn is_group_address(address: IpAddr) -> bool {
    address.is_multicast() || matches!(address, IpAddr::V4(address) if address.is_broadcast())
}

/// The part of a fragmented IP packet that this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Bytes from the start of the whole packet's data.
    pub offset: u32,
    /// More fragments follow.
    pub more: bool,
}

/// The innermost transport header's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// No transport, or one that cannot be decoded.
    #[default]
    None,
    /// RFC 9293.
    Tcp(Tcp),
    /// RFC 768.
    Udp(Udp),
    /// ICMP for IPv4 or IPv6 (the innermost layer tells which).
    Icmp(Icmp),
}

/// A TCP header (RFC 9293, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Sequence number of the first data byte (of the SYN, if set).
    pub sequence: u32,
    /// The next byte expected from the peer; meaningful with ACK set.
    pub acknowledgment: u32,
    /// The flag bits.
    pub flags: TcpFlags,
    /// The raw 16-bit window field.
    pub window: u16,
    /// The checksum field.
    pub checksum: u16,
    /// The place where the options begin, from the start of the frame.
    pub options_offset: u32,
    /// Captured bytes of options.
    pub options_captured: u8,
    /// Bytes of data on the wire, by the IP header's length.
    pub payload_length: u32,
}

impl Tcp {
    /// The ports, the source's above the destination's.
    pub(super) fn ports(&self) -> u32 {
        u32::from(self.source_port) << 16 | u32::from(self.destination_port)
    }

    /// Sequence space taken: data, and one each for SYN and FIN.
    #[must_use]
    pub fn sequence_length(&self) -> u32 {
        self.payload_length
            + u32::from(self.flags.has(TcpFlags::SYN))
            + u32::from(self.flags.has(TcpFlags::FIN))
    }
}

/// The flag bits of a TCP header, FIN lowest, AE (RFC 9768) at bit 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgment field is significant.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer is significant.
    pub const URG: Self = Self(0x20);
    /// ECN echo.
    pub const ECE: Self = Self(0x40);
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x80);
    /// Accurate ECN.
    pub const AE: Self = Self(0x100);

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the set bits, in the order SYN, FIN, RST, PSH, ACK, URG,
    /// ECE, CWR, AE, as records list them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (Self::SYN, "SYN"),
            (Self::FIN, "FIN"),
            (Self::RST, "RST"),
            (Self::PSH, "PSH"),
            (Self::ACK, "ACK"),
            (Self::URG, "URG"),
            (Self::ECE, "ECE"),
            (Self::CWR, "CWR"),
            (Self::AE, "AE"),
        ]
        .into_iter()
        .filter(move |(bit, _)| self.has(*bit))
        .map(|(_, name)| name)
    }
}

/// A UDP header (RFC 768).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp {
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// The length field: header and data.
    pub length: u16,
    /// The checksum field; 0 over IPv4 means not computed.
    pub checksum: u16,
}

impl Udp {
    /// The ports, the source's above the destination's.
    pub(super) fn ports(&self) -> u32 {
        u32::from(self.source_port) << 16 | u32::from(self.destination_port)
    }
}

/// The start of an ICMP or ICMPv6 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Message type.
    pub kind: u8,
    /// Message code.
    pub code: u8,
    /// The four bytes behind the checksum, big endian: for echo the
    /// identifier and the sequence number; `None` where the capture has not
    /// all four.
    pub rest: Option<u32>,
    /// Whether the type's numbers are ICMPv6's.
    pub v6: bool,
}

impl Icmp {
    /// Whether it belongs to neighbour discovery (RFC 4861, section 4):
    /// solicitations, advertisements and redirects.
    #[must_use]
    pub const fn is_neighbour_discovery(&self) -> bool {
        self.v6 && matches!(self.kind, 133..=137)
    }
}

/// The place where the decoding stopped before the end, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// The layer that could not be read (or not wholly).
    pub protocol: Protocol,
    /// The place where the decoding broke, in bytes from the start of the
    /// frame.
    pub offset: u32,
    /// What was wrong.
    pub reason: StopReason,
}

/// Why decoding stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopReason {
    /// The snapshot length cut the packet here: `needed` bytes would have
    /// followed, `had` were captured. Not a fault of the packet.
    Truncated {
        /// Bytes that the layer needs.
        needed: u32,
        /// Bytes that were captured of it.
        had: u32,
    },
    /// The packet itself ends before the layer does.
    TooShort {
        /// Bytes that the layer needs.
        needed: u32,
        /// Bytes that the packet holds for it.
        had: u32,
    },
    /// A field holds a value that cannot be: which, and what it held.
    Invalid {
        /// The field's name as [`super::fields`] gives it.
        #[serde(deserialize_with = "constant")]
        field: Constant,
        /// The field's value.
        value: u32,
    },
    /// More layers than [`MAX_LAYERS`].
    TooDeep,
    /// A link type that wirenotes does not decode.
    UnknownLinkType(u16),
}

impl StopReason {
    /// Whether only the capture ends here, not the packet.
    #[must_use]
    pub const fn is_truncation(self) -> bool {
        matches!(self, Self::Truncated { .. })
    }
}

impl<'a> Packet<'a> {
    /// As it is if its checksums are to be `verified`, else without what was found
    /// of them.
    #[must_use]
    pub fn verified(mut self, verified: bool) -> Self {
        if !verified {
            self.decoded.checksums = Checksums::default();
        }
        self
    }

    /// The captured bytes of the payload.
    #[must_use]
    pub fn payload_bytes(&self) -> &'a [u8] {
        let start = self.payload.offset as usize;
        self.frame
            .bytes
            .get(start..start + self.payload.captured as usize)
            .unwrap_or_default()
    }

    /// The TCP header, if the innermost transport is TCP.
    #[must_use]
    pub fn tcp(&self) -> Option<&Tcp> {
        match &self.transport {
            Transport::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// Whether a layer of this protocol was decoded.
    #[must_use]
    pub fn has(&self, protocol: Protocol) -> bool {
        self.layers.iter().any(|layer| layer.protocol == protocol)
    }
}
