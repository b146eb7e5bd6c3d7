//! What a connection is told of one packet: its TCP header, and of the rest
//! what bears on the judgement.

use arrayvec::ArrayVec;

use super::marks::Mark;
use crate::decode::{Tcp, TcpOption, TcpOptions};
use crate::track::{Offer, PacketNumber};

/// SACK blocks as sequence numbers.
type Blocks = ArrayVec<(u32, u32), 4>;

/// What a connection is told of one packet.
#[derive(Clone, Debug)]
pub(in crate::track) struct Segment<'p> {
    /// The packet's number.
    pub number: PacketNumber,
    /// Its time.
    pub time_ns: u64,
    /// Its header.
    pub tcp: Tcp,
    /// The captured option bytes.
    pub options: &'p [u8],
    /// Whether the capture holds less of the options than the header has.
    pub options_cut: bool,
    /// The IPv4 identification; 0 where there is none.
    pub identification: u16,
    /// Time to live, or IPv6's hop limit.
    pub time_to_live: u8,
    /// The timestamp option: value and echo.
    pub timestamps: Option<(u32, u32)>,
    /// The SACK blocks.
    pub sack: Blocks,
    /// The maximum segment size, window scale and permission of SACK that the
    /// options offer.
    pub(super) offer: Offer,
    /// More of its data follows in other IP fragments.
    pub continues: bool,
}

impl<'p> Segment<'p> {
    /// A segment of a packet.
    #[inline]
    pub fn new(number: PacketNumber, time_ns: u64, tcp: Tcp, options: &'p [u8]) -> Self {
        let mut segment = Self {
            number,
            time_ns,
            tcp,
            options,
            options_cut: false,
            identification: 0,
            time_to_live: 0,
            timestamps: None,
            sack: Blocks::new_const(),
            offer: Offer::default(),
            continues: false,
        };
        // Nearly all segments carry either nothing or timestamps, padded in
        // front (RFC 7323, appendix A).
        match *options {
            [] => {}
            [1, 1, 8, 10, a, b, c, d, e, f, g, h] => {
                let value = u32::from_be_bytes([a, b, c, d]);
                segment.timestamps = Some((value, u32::from_be_bytes([e, f, g, h])));
            }
            _ => segment.read_options(),
        }
        segment
    }

    fn read_options(&mut self) {
        for option in TcpOptions::new(self.options) {
            let Ok((_, option)) = option else { break };
            match option {
                TcpOption::Timestamps { value, echo } => self.timestamps = Some((value, echo)),
                TcpOption::Sack(blocks) => {
                    for block in blocks {
                        // The options of a segment hold no more.
                        let _ = self.sack.try_push(block);
                    }
                }
                TcpOption::MaximumSegmentSize(size) => {
                    self.offer.maximum_segment_size = Some(size);
                }
                TcpOption::WindowScale(shift) => self.offer.window_scale = Some(shift),
                TcpOption::SackPermitted => self.offer.sack_permitted = true,
                _ => {}
            }
        }
    }

    /// What tells when its host sent it.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            identification: self.identification,
            timestamp: self.timestamps.map(|(value, _)| value),
        }
    }
}
