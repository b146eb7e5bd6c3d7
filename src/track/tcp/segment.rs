//! What a connection is told of one packet: its TCP header, and of the rest
//! what bears on the judgement.

use arrayvec::ArrayVec;

use super::send_order::Mark;
use crate::decode::{Tcp, TcpOption, TcpOptions};
use crate::track::stream::OtherBytes;
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
    /// Differences from times before this mean nothing: the recording's clock
    /// stepped.
    pub known_since_ns: u64,
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
    /// The captured payload bytes.
    pub payload: &'p [u8],
    /// The sum of its data, where all of it was captured.
    pub data_sum: Option<u16>,
    /// Its data is whole, and not damaged as far as can be told.
    pub is_sound: bool,
    /// Other bytes at its numbers, that are kept for a reader.
    pub other_bytes: Option<OtherBytes>,
}

impl<'p> Segment<'p> {
    /// A segment of a packet.
    pub fn new(number: PacketNumber, time_ns: u64, tcp: Tcp, options: &'p [u8]) -> Self {
        let mut segment = Self {
            number,
            time_ns,
            known_since_ns: 0,
            tcp,
            options,
            options_cut: false,
            identification: 0,
            time_to_live: 0,
            timestamps: None,
            sack: Blocks::new_const(),
            offer: Offer::default(),
            payload: &[],
            data_sum: None,
            is_sound: false,
            other_bytes: None,
        };
        match common_timestamps(options) {
            Some(timestamps) => segment.timestamps = timestamps,
            None => segment.read_options(),
        }
        segment
    }

    fn read_options(&mut self) {
        match common_offer(self.options) {
            Some((offer, timestamps)) => (self.offer, self.timestamps) = (offer, timestamps),
            None => self.read_each_option(),
        }
    }

    fn read_each_option(&mut self) {
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

    /// The timestamp that it echoes.
    pub(super) fn echo(&self) -> Option<u32> {
        self.timestamps.map(|(_, echo)| echo)
    }

    /// What tells when its host sent it.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            identification: self.identification,
            timestamp: self.timestamps.map(|(value, _)| value),
        }
    }
}

/// Timestamps in options as nearly all segments have them: there are none, or
/// nothing but timestamps, padded in front (RFC 7323, appendix A). `None`:
/// there are others.
pub(super) fn common_timestamps(options: &[u8]) -> Option<Option<(u32, u32)>> {
    if options.is_empty() {
        return Some(None);
    }
    let [padded, value, echo] = words(options.try_into().ok()?);
    (padded == PADDED_TIMESTAMPS).then_some(Some((value, echo)))
}

/// What the options of a SYN offer, and their timestamps, where they are as
/// Linux or Windows writes them.
fn common_offer(options: &[u8]) -> Option<(Offer, Option<(u32, u32)>)> {
    let (size, shift, timestamps) = match *options {
        [2, 4, a, b, 4, 2, 8, 10, ref values @ .., 1, 3, 3, shift] => {
            let [c, d, e, f, g, h, i, j] = *values else {
                return None;
            };
            let timestamps = [[c, d, e, f], [g, h, i, j]].map(u32::from_be_bytes);
            ([a, b], shift, Some(timestamps.into()))
        }
        [2, 4, a, b, 1, 3, 3, shift, 1, 1, 4, 2] => ([a, b], shift, None),
        _ => return None,
    };
    let offer = Offer {
        maximum_segment_size: Some(u16::from_be_bytes(size)),
        window_scale: Some(shift),
        sack_permitted: true,
        ..Offer::default()
    };
    Some((offer, timestamps))
}

/// Two times no operation, timestamps, which are ten bytes long.
const PADDED_TIMESTAMPS: u32 = u32::from_be_bytes([1, 1, 8, 10]);

fn words([a, b, c, d, e, f, g, h, i, j, k, l]: [u8; 12]) -> [u32; 3] {
    [[a, b, c, d], [e, f, g, h], [i, j, k, l]].map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::TcpFlags;

    /// The options of a usual SYN, with one byte changed or none.
    fn options() -> impl Strategy<Value = Vec<u8>> {
        let values = any::<[u8; 8]>().prop_map(Vec::from);
        let linux = |values: Vec<u8>, [a, b, shift]: [u8; 3]| {
            let front = vec![2, 4, a, b, 4, 2, 8, 10];
            [front, values, vec![1, 3, 3, shift]].concat()
        };
        let usual = prop_oneof![
            (values, any::<[u8; 3]>()).prop_map(move |(values, rest)| linux(values, rest)),
            any::<[u8; 3]>().prop_map(|[a, b, shift]| vec![2, 4, a, b, 1, 3, 3, shift, 1, 1, 4, 2]),
        ];
        let change = prop_oneof![Just(None), (any::<u8>(), 0..12_u8).prop_map(Some)];
        (usual, change).prop_map(|(mut options, change)| {
            if let Some((at, byte)) = change {
                let at = usize::from(at) % options.len();
                options[at] = byte;
            }
            options
        })
    }

    proptest! {
        #[test]
        fn a_common_offer_says_what_all_of_its_options_say(options in options()) {
            let tcp = Tcp {
                source_port: 1,
                destination_port: 2,
                sequence: 3,
                acknowledgment: 4,
                flags: TcpFlags::SYN,
                window: 5,
                checksum: 6,
                options_offset: 0,
                options_captured: 0,
                payload_length: 0,
            };
            let mut segment = Segment::new(1, 2, tcp, &[]);
            segment.options = &options;
            segment.read_each_option();
            let usual = Segment::new(1, 2, tcp, &options);
            prop_assert_eq!(format!("{usual:?}"), format!("{segment:?}"));
        }
    }
}
