//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Progress, Reader};
use crate::decode::{GoodSums, Packet};
use crate::track::{Event, Tracked};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct Work {
    pub(super) batch: Batch,
    /// What [`crate::decode::good_sums`] says of each; none where it was not asked.
    sums: Vec<Option<GoodSums>>,
    /// How far the reading was behind them.
    pub(super) progress: Progress,
    /// What was told of each that is to be written apart.
    pub(super) told: Vec<Told>,
    pub(super) events: Vec<Event>,
    /// What is to be written between them.
    pub(super) aside: Vec<u8>,
    /// All that is to be written.
    pub(super) bytes: Vec<u8>,
}

/// What was told of a packet that is to be written apart.
pub(super) struct Told {
    pub(super) tracked: Tracked,
    /// Whether it is to be written at all.
    pub(super) shown: bool,
    /// Where its events end.
    pub(super) events_end: usize,
    /// Where that ends which is to be written before it.
    pub(super) aside_end: usize,
}

impl Work {
    /// Reads the next batch.
    pub(super) fn read(&mut self, reader: &mut Reader) -> Result<bool, CaptureError> {
        self.sums.clear();
        let found = reader.read(&mut self.batch);
        self.progress = reader.progress();
        found
    }

    /// Does what needs no other packet.
    pub(super) fn prepare(&mut self) {
        let frames = self.batch.frames();
        self.sums.extend(frames.map(|frame| {
            let mut packet = Packet::undecoded(frame);
            packet.decode_and_sum()
        }));
    }

    /// Decodes a packet of it; gives what [`crate::decode::good_sums`] says of it.
    #[inline]
    pub(super) fn decode(&self, index: usize, packet: &mut Packet<'_>) -> Option<GoodSums> {
        match self.sums.get(index) {
            Some(good) => {
                packet.decode();
                *good
            }
            None => packet.decode_and_sum(),
        }
    }
}
