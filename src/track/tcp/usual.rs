//! A segment as nearly all of them are: of a usual build, with timestamps (RFC
//! 7323) or no options. What the short way reads of a segment is made of the
//! packet without the rest of a [`Segment`].

use super::calm::Bare;
use super::marks::Mark;
use super::segment::{Segment, usual_timestamps};
use crate::decode::{Build, Packet, Tcp};
use crate::track::PacketNumber;

/// What the short way reads of a segment. It has no SACK blocks, and all of its
/// data is in its packet.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Usual<'p> {
    /// The packet's number.
    pub number: PacketNumber,
    /// Its time.
    pub time_ns: u64,
    /// Its header.
    pub tcp: &'p Tcp,
    /// The IPv4 identification; 0 where there is none.
    pub identification: u16,
    /// Time to live, or IPv6's hop limit.
    pub time_to_live: u8,
    /// The timestamp option: value and echo.
    pub timestamps: Option<(u32, u32)>,
}

impl<'p> Usual<'p> {
    /// The segment of a packet, whose TCP header is this; `None` where the
    /// packet is of another build, or its segment has other options.
    #[inline]
    pub fn of_packet(packet: &Packet<'_>, tcp: &'p Tcp) -> Option<Self> {
        let network = packet.network.as_ref()?;
        if packet.build == Build::OTHER {
            return None;
        }
        let start = tcp.options_offset as usize;
        let end = start + usize::from(tcp.options_captured);
        Some(Self {
            number: packet.frame.number,
            time_ns: packet.frame.time_ns,
            tcp,
            // IPv6 without extension headers has none.
            identification: network.identification as u16,
            time_to_live: network.time_to_live,
            timestamps: usual_timestamps(packet.frame.bytes.get(start..end)?)?,
        })
    }

    /// A segment that was noted; `None` where it has other options.
    #[inline]
    pub fn of_noted(bare: &'p Bare<'_>, number: PacketNumber, time_ns: u64) -> Option<Self> {
        let inside = usual_timestamps(bare.options)?;
        Some(Self {
            number,
            time_ns,
            tcp: &bare.tcp,
            identification: bare.identification,
            time_to_live: bare.time_to_live,
            timestamps: bare
                .timestamps
                .map(|[value, echo]| (value, echo))
                .or(inside),
        })
    }

    /// Any segment; `None` where it has more to say.
    pub fn of(segment: &'p Segment<'_>) -> Option<Self> {
        let says_more = !segment.sack.is_empty() || segment.continues;
        (!says_more).then_some(Self {
            number: segment.number,
            time_ns: segment.time_ns,
            tcp: &segment.tcp,
            identification: segment.identification,
            time_to_live: segment.time_to_live,
            timestamps: segment.timestamps,
        })
    }

    /// What tells when its host sent it.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark {
            identification: self.identification,
            timestamp: self.timestamps.map(|(value, _)| value),
        }
    }

    /// The timestamp that it echoes.
    #[inline]
    pub(super) fn echo(&self) -> Option<u32> {
        self.timestamps.map(|(_, echo)| echo)
    }
}
