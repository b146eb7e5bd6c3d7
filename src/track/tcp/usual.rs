//! A segment as nearly all of them are: of a usual build, with timestamps (RFC
//! 7323) or no options. What the short way reads of a segment is made of the
//! packet without the rest of a [`Segment`].

use super::calm::{Bare, Options};
use super::marks::Mark;
use super::segment::{Segment, usual_timestamps};
use crate::capture::Frame;
use crate::decode::{Brief, BriefOptions, Build, Packet, Tcp};
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

    /// The segment of a frame of a usual build, whose TCP header is this; `None`
    /// where it has other options.
    #[inline(always)]
    pub fn of_brief(frame: &Frame<'_>, brief: &Brief, tcp: &'p Tcp) -> Option<Self> {
        let timestamps = match brief.tcp.options {
            BriefOptions::None => None,
            BriefOptions::Timestamps => Some(brief.tcp.timestamps.into()),
            BriefOptions::Other => return None,
        };
        Some(Self {
            number: frame.number,
            time_ns: frame.time_ns,
            tcp,
            identification: brief.identification,
            time_to_live: brief.time_to_live,
            timestamps,
        })
    }

    /// A segment that was noted; `None` where it has other options.
    #[inline]
    pub fn of_noted(bare: &'p Bare<'_>, number: PacketNumber, time_ns: u64) -> Option<Self> {
        let timestamps = match bare.options {
            Options::None => None,
            Options::Timestamps(values) => Some(values.into()),
            Options::Other(_) => return None,
        };
        Some(Self {
            number,
            time_ns,
            tcp: &bare.tcp,
            identification: bare.identification,
            time_to_live: bare.time_to_live,
            timestamps,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::TcpFlags;

    fn tcp() -> Tcp {
        Tcp {
            source_port: 1,
            destination_port: 2,
            sequence: 3,
            acknowledgment: 4,
            flags: TcpFlags::ACK,
            window: 5,
            checksum: 6,
            options_offset: 0,
            options_captured: 0,
            payload_length: 7,
        }
    }

    /// Nearly always with the usual ones in it, or something near them.
    fn options() -> impl Strategy<Value = Vec<u8>> {
        let padded = || Just(vec![1, 1, 8, 10]);
        let any = |length| proptest::collection::vec(0..12_u8, length);
        prop_oneof![
            Just(Vec::new()),
            (padded(), any(8)).prop_map(|(front, behind)| [front, behind].concat()),
            (padded(), any(20)).prop_map(|(front, behind)| [front, behind].concat()),
            any(12),
            any(4),
            any(8).prop_map(|last| [vec![8, 10], last, vec![1, 1]].concat()),
        ]
    }

    proptest! {
        #[test]
        fn usual_options_say_what_all_of_them_say(
            options in options(),
            identification: u16,
            time_to_live: u8,
        ) {
            let bare = Bare {
                tcp: tcp(),
                options: Options::of(&options),
                identification,
                time_to_live,
            };
            let usual = Usual::of_noted(&bare, 8, 9);
            prop_assert_eq!(usual.is_some(), !matches!(bare.options, Options::Other(_)));
            if let Some(usual) = usual {
                let segment = bare.segment(8, 9);
                let of_segment = Usual::of(&segment);
                prop_assert_eq!(format!("{:?}", Some(usual)), format!("{of_segment:?}"));
            }
        }
    }
}
