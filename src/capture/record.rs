//! One record as the file formats give it: numbers, and where its bytes stand
//! in the read buffer. The reader makes a [`super::Frame`] of it.

use std::ops::Range;

use super::LinkType;

/// A packet record; the ranges hold until the next read.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Nanoseconds since the Unix epoch.
    pub(super) time_ns: u64,
    /// Whether the record says its time.
    pub(super) has_time: bool,
    /// The number of the interface, from 0 within its file.
    pub(super) interface: u32,
    /// The link type of the interface.
    pub(super) link_type: LinkType,
    /// Bytes on the wire.
    pub(super) original_length: u32,
    /// The captured bytes.
    pub(super) bytes: Range<usize>,
    /// The comment's bytes.
    pub(super) comment: Option<Range<usize>>,
}

/// What a snapshot length is believed up to: some systems capture more than
/// libpcap's 262,144 bytes, and say so.
const MAXIMUM_SNAPSHOT_LENGTH: u32 = 1024 * 1024;

/// The most bytes that a record of this link type can hold, as libpcap has it
/// (`max_snaplen_for_dlt`), or the snapshot length if that is more: what
/// claims more is damage, not a packet.
pub(super) fn maximum_length(link_type: LinkType, snapshot_length: u32) -> u32 {
    let largest = match link_type.0 {
        // D-Bus messages; USB transfers.
        231 | 186 | 189 | 220 | 249 | 266 => 128 * 1024 * 1024,
        // EBHSCR.
        279 => 8 * 1024 * 1024,
        _ => 262_144,
    };
    largest.max(snapshot_length.min(MAXIMUM_SNAPSHOT_LENGTH))
}
