//! What a TCP conversation tells of the recording at its end.

use crate::track::tcp::Connection;
use crate::track::{PacketNumber, Side, Sides, Totals};

/// More bytes than this missing in one connection are a wild acknowledgment
/// number, not a loss.
const AT_MOST: u32 = 1 << 30;

/// A TCP conversation that has ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct TcpEnd {
    pub first_packet: PacketNumber,
    /// It had begun before the recording.
    pub is_mid_stream: bool,
    /// One direction is missing.
    pub is_one_sided: bool,
    /// Bytes that were acknowledged and are not in the capture.
    pub unrecorded: u64,
}

impl TcpEnd {
    /// Of a connection whose sides sent so much.
    pub fn of(connection: &Connection, sent: &Sides<Totals>, first_packet: PacketNumber) -> Self {
        let missing = Side::BOTH.map(|side| connection.unrecorded(side, sent[side].unique_payload));
        let missing = missing.into_iter().flatten();
        Self {
            first_packet,
            is_mid_stream: connection.is_mid_stream(),
            is_one_sided: connection.is_one_sided(),
            unrecorded: missing
                .filter(|missing| *missing <= AT_MOST)
                .map(u64::from)
                .sum(),
        }
    }
}
