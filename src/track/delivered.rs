//! The bytes of the one conversation that is asked for byte by byte, as its ends
//! had them: plain values, one for each run of bytes that a packet brought.

use std::ops::Range;

use super::{Endpoint, PacketNumber, Side, Sides};

/// What came of one side's bytes, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The conversation's number.
    pub conversation: u64,
    /// Its ends.
    pub ends: Sides<Endpoint>,
    /// Who sent them.
    pub side: Side,
    /// How many bytes of the side come before them.
    pub offset: u64,
    /// Whether that counts from the first byte that the side sent. Else it counts
    /// from the first that was captured.
    pub from_beginning: bool,
    /// The packet that brought them; of missing bytes, the one that showed it, if
    /// one did.
    pub packet: Option<PacketNumber>,
    /// When that packet came, where that is known.
    pub time_ns: Option<u64>,
    /// The bytes, or why there are none.
    pub part: StreamPart,
    /// Those of the bytes that are secrets and not to be shown, by their place among
    /// them.
    pub hidden: Vec<Range<usize>>,
}

/// Part of a side's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamPart {
    /// Bytes of a stream, each once and in order.
    Bytes(Box<[u8]>),
    /// A datagram's bytes, those that were captured.
    Datagram(Box<[u8]>),
    /// Bytes that never come.
    Missing {
        /// How many.
        bytes: u32,
        /// The capture's snapshot length has cut them off.
        is_cut: bool,
    },
    /// Bytes that came before, sent once more. Those that came first count.
    SentAgain {
        /// How many.
        bytes: u32,
    },
}
