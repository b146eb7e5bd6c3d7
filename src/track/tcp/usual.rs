//! A segment as nearly all of them are: of a usual build, with timestamps (RFC
//! 7323) or no options. What the short way reads of a segment is made of the
//! packet without the rest of a [`Segment`], or stays where it is, in the brief
//! of the frame.

use super::calm::{Bare, Options};
use super::segment::{Segment, usual_timestamps};
use crate::capture::Frame;
use crate::decode::{Brief, BriefOptions, Build, Packet, Tcp, TcpFlags};
use crate::track::PacketNumber;

/// What the short way reads of a segment. It has no SACK blocks, and all of its
/// data is in its packet.
pub(in crate::track) trait DueSegment {
    /// The packet's number.
    fn number(&self) -> PacketNumber;
    /// Its time.
    fn time_ns(&self) -> u64;
    /// Sequence number of the first data byte.
    fn sequence(&self) -> u32;
    /// The next byte expected from the peer; meaningful with ACK set.
    fn acknowledgment(&self) -> u32;
    /// The flag bits.
    fn flags(&self) -> TcpFlags;
    /// The raw window field.
    fn window(&self) -> u16;
    /// The checksum field.
    fn checksum(&self) -> u16;
    /// Bytes of data.
    fn length(&self) -> u32;
    /// The IPv4 identification; 0 where there is none.
    fn identification(&self) -> u16;
    /// Time to live, or IPv6's hop limit.
    fn time_to_live(&self) -> u8;
    /// The timestamp option: value and echo.
    fn timestamps(&self) -> Option<(u32, u32)>;

    /// The timestamp that it echoes.
    #[inline(always)]
    fn echo(&self) -> Option<u32> {
        self.timestamps().map(|(_, echo)| echo)
    }
}

/// The segment of a frame of a usual build, read where it lies.
#[derive(Clone, Copy)]
pub(in crate::track) struct BriefSegment<'p> {
    frame: &'p Frame<'p>,
    brief: &'p Brief,
}

impl<'p> BriefSegment<'p> {
    /// `None` where it has other options than timestamps.
    #[inline(always)]
    pub fn of(frame: &'p Frame<'p>, brief: &'p Brief) -> Option<Self> {
        let is_usual = brief.tcp.options != BriefOptions::Other;
        is_usual.then_some(Self { frame, brief })
    }

    /// Whether its source stands second in its connection's key.
    #[inline(always)]
    pub fn source_second(&self) -> bool {
        self.brief.source_second
    }

    /// The frame.
    #[inline(always)]
    pub fn frame(&self) -> &Frame<'p> {
        self.frame
    }
}

impl DueSegment for BriefSegment<'_> {
    #[inline(always)]
    fn number(&self) -> PacketNumber {
        self.frame.number
    }

    #[inline(always)]
    fn time_ns(&self) -> u64 {
        self.frame.time_ns
    }

    #[inline(always)]
    fn sequence(&self) -> u32 {
        self.brief.tcp.sequence
    }

    #[inline(always)]
    fn acknowledgment(&self) -> u32 {
        self.brief.tcp.acknowledgment
    }

    #[inline(always)]
    fn flags(&self) -> TcpFlags {
        self.brief.tcp.flags
    }

    #[inline(always)]
    fn window(&self) -> u16 {
        self.brief.tcp.window
    }

    #[inline(always)]
    fn checksum(&self) -> u16 {
        self.brief.tcp.checksum
    }

    #[inline(always)]
    fn length(&self) -> u32 {
        self.brief.payload_length.into()
    }

    #[inline(always)]
    fn identification(&self) -> u16 {
        self.brief.identification
    }

    #[inline(always)]
    fn time_to_live(&self) -> u8 {
        self.brief.time_to_live
    }

    #[inline(always)]
    fn timestamps(&self) -> Option<(u32, u32)> {
        self.brief.timestamps().map(<[u32; 2]>::into)
    }
}

/// What the short way reads of a segment, from wherever it comes.
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
}

impl DueSegment for Usual<'_> {
    #[inline(always)]
    fn number(&self) -> PacketNumber {
        self.number
    }

    #[inline(always)]
    fn time_ns(&self) -> u64 {
        self.time_ns
    }

    #[inline(always)]
    fn sequence(&self) -> u32 {
        self.tcp.sequence
    }

    #[inline(always)]
    fn acknowledgment(&self) -> u32 {
        self.tcp.acknowledgment
    }

    #[inline(always)]
    fn flags(&self) -> TcpFlags {
        self.tcp.flags
    }

    #[inline(always)]
    fn window(&self) -> u16 {
        self.tcp.window
    }

    #[inline(always)]
    fn checksum(&self) -> u16 {
        self.tcp.checksum
    }

    #[inline(always)]
    fn length(&self) -> u32 {
        self.tcp.payload_length
    }

    #[inline(always)]
    fn identification(&self) -> u16 {
        self.identification
    }

    #[inline(always)]
    fn time_to_live(&self) -> u8 {
        self.time_to_live
    }

    #[inline(always)]
    fn timestamps(&self) -> Option<(u32, u32)> {
        self.timestamps
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::LinkType;
    use crate::decode::BriefTcp;

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

    fn values(segment: &impl DueSegment) -> String {
        let numbers = (segment.number(), segment.time_ns(), segment.sequence());
        let tcp = (segment.acknowledgment(), segment.flags(), segment.window());
        let rest = (segment.checksum(), segment.length(), segment.timestamps());
        let ip = (segment.identification(), segment.time_to_live());
        format!("{numbers:?} {tcp:?} {rest:?} {ip:?}")
    }

    #[test]
    fn a_brief_says_what_its_segment_says() {
        let frame = Frame {
            number: 8,
            file: 0,
            number_in_file: 8,
            time_ns: 9,
            interface: 0,
            link_type: LinkType::ETHERNET,
            original_length: 60,
            bytes: &[],
            comment: None,
        };
        let tcp = tcp();
        for (options, timestamps) in [
            (BriefOptions::None, None),
            (BriefOptions::Timestamps, Some((12, 13))),
            (BriefOptions::Other, None),
        ] {
            let brief = Brief {
                identification: 10,
                time_to_live: 11,
                payload_length: 7,
                tcp: BriefTcp {
                    sequence: tcp.sequence,
                    acknowledgment: tcp.acknowledgment,
                    flags: tcp.flags,
                    window: tcp.window,
                    checksum: tcp.checksum,
                    options,
                    timestamps: [12, 13],
                },
                ..Brief::default()
            };
            let usual = Usual {
                number: 8,
                time_ns: 9,
                tcp: &tcp,
                identification: 10,
                time_to_live: 11,
                timestamps,
            };
            let segment = BriefSegment::of(&frame, &brief);
            assert_eq!(segment.is_none(), options == BriefOptions::Other);
            if let Some(segment) = segment {
                assert_eq!(values(&segment), values(&usual));
            }
        }
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
