//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Frame, Progress, Reader};
use crate::decode::{GoodSums, Packet};
use crate::track::{Event, Prepared, Tracked};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct Work {
    pub(super) batch: Batch,
    /// What was made of each ahead; nothing where it was not asked.
    made: Vec<Made>,
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

/// What is made of a frame that needs no other.
pub(super) enum Made {
    /// All that most need.
    Prepared(Prepared),
    /// What [`crate::decode::good_sums`] says of it.
    Sums(Option<GoodSums>),
}

impl Made {
    /// Of a frame; `noting`: it may be that it need only be noted.
    #[inline]
    fn of(frame: Frame<'_>, noting: bool) -> Self {
        match noting.then(|| Prepared::of(&frame)).flatten() {
            Some(prepared) => Self::Prepared(prepared),
            None => Self::Sums(Packet::undecoded(frame).decode_and_sum()),
        }
    }
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
        self.made.clear();
        let found = reader.read(&mut self.batch);
        self.progress = reader.progress();
        found
    }

    /// Does what needs no other packet.
    pub(super) fn prepare(&mut self, noting: bool) {
        let frames = self.batch.frames();
        self.made
            .extend(frames.map(|frame| Made::of(frame, noting)));
    }

    /// What is known of a frame of it if it may only be noted; `None`: it is to
    /// be decoded.
    #[inline]
    pub(super) fn prepared(&self, index: usize, frame: &Frame<'_>) -> Option<Prepared> {
        match self.made.get(index) {
            Some(Made::Prepared(prepared)) => Some(*prepared),
            Some(Made::Sums(_)) => None,
            None => Prepared::of(frame),
        }
    }

    /// Decodes a packet of it; gives what [`crate::decode::good_sums`] says of it.
    #[inline]
    pub(super) fn decode(&self, index: usize, packet: &mut Packet<'_>) -> Option<GoodSums> {
        let good = match self.made.get(index) {
            Some(Made::Prepared(prepared)) => Some(prepared.good_sums()),
            Some(Made::Sums(good)) => *good,
            None => return packet.decode_and_sum(),
        };
        packet.decode();
        good
    }
}
