//! What happens to IP datagrams that travel in pieces.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use smallvec::SmallVec;

use super::PacketNumber;
use crate::capture::{Frame, LinkType};
use crate::decode::{Decoded, FragmentView, Packet, decode};

/// A fragment of an IP datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpFragment {
    /// The number that all fragments of the datagram have.
    pub identification: u32,
    /// Where its data begin in those of the datagram.
    pub offset: u32,
    /// Bytes of its data.
    pub length: u32,
    /// Whether others follow behind it.
    pub more: bool,
    /// The fragment of the datagram that was seen first, if that is another.
    pub first_seen: Option<PacketNumber>,
    /// It was seen before, with the same bytes.
    pub again: bool,
    /// It is a packet of IPv6 with the header of a fragment, and whole.
    pub is_atomic: bool,
    /// The first fragment, and too short for the header of TCP (RFC 1858).
    pub is_tiny: bool,
}

impl IpFragment {
    /// What a fragment says of itself.
    pub(in crate::track) fn of(fragment: &FragmentView<'_>) -> Self {
        Self {
            identification: fragment.identification,
            offset: fragment.part.offset,
            length: fragment.length,
            more: fragment.part.more,
            first_seen: None,
            again: false,
            is_atomic: false,
            is_tiny: false,
        }
    }
}

/// Fragments of a datagram that overlap with other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FragmentsOverlap {
    /// The number that all fragments of the datagram have.
    pub identification: u32,
    /// The first byte that differs, counted in the datagram's data.
    pub at: u32,
    /// The fragment that has other bytes there.
    pub other: PacketNumber,
}

/// The last fragment that was missing: the datagram is whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IpReassembled {
    /// The number that all fragments of the datagram have.
    pub identification: u32,
    /// The other fragments, in the order in which they came.
    pub others: SmallVec<[PacketNumber; 4]>,
    /// Bytes of the datagram's data, and where the last fragment's begin and how
    /// many those are.
    pub bytes: u32,
    /// Where the data of the datagram's last fragment begin.
    pub last_offset: u32,
    /// Bytes of the last fragment's data.
    pub last_length: u32,
    /// Bytes of headers that a single frame would have saved.
    pub headers: u32,
    /// Time since the first fragment.
    pub took_ns: u64,
    /// The datagram as it was before it was cut.
    pub datagram: Datagram,
}

/// A datagram that was put together, decoded from its IP header on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datagram {
    /// The bytes that were captured of it.
    pub bytes: Vec<u8>,
    /// Bytes that it had.
    pub length: u32,
    /// What was read in it; read again where it was written down.
    #[serde(skip)]
    pub decoded: Decoded,
}

impl Datagram {
    /// The frame of the fragment that made it whole, as if it had carried all of
    /// it.
    #[must_use]
    pub fn frame<'a>(&'a self, last: &Frame<'a>) -> Frame<'a> {
        Frame {
            link_type: LinkType::RAW,
            original_length: self.length,
            bytes: &self.bytes,
            ..*last
        }
    }

    /// Reads what came whole with this packet.
    pub fn decode(&mut self, on_wire: &Packet<'_>) {
        let mut decoded = decode(self.frame(&on_wire.frame)).decoded;
        decoded.vlan = on_wire.vlan;
        self.decoded = decoded;
    }

    /// The packet that came whole with this frame.
    #[must_use]
    pub fn packet<'a>(&'a self, last: &Frame<'a>) -> Packet<'a> {
        Packet {
            frame: self.frame(last),
            decoded: self.decoded.clone(),
        }
    }
}

/// Finding: fragments of a datagram that never came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FragmentsMissing {
    /// The number that all fragments of the datagram have.
    pub identification: u32,
    /// Where it came from.
    pub source: IpAddr,
    /// Where it went.
    pub destination: IpAddr,
    /// Those that came.
    pub packets: SmallVec<[PacketNumber; 4]>,
    /// Bytes that came.
    pub bytes: u32,
    /// The ranges that did not, each from its first byte to the one behind it;
    /// where the last fragment has not come, the last range has no end.
    pub missing: SmallVec<[(u32, Option<u32>); 2]>,
    /// How long they were waited for.
    pub waited_ns: u64,
    /// How long a receiver waits.
    pub patience_ns: u64,
    /// The recording ended sooner than that.
    pub is_early: bool,
    /// Of this sender the recording has fragments of one sort only, first ones or
    /// later ones, as a filter by ports leaves them.
    pub is_filtered: bool,
}
