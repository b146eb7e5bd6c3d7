//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Progress, Reader};
use crate::track::{Event, Tracked};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct Work {
    pub(super) batch: Batch,
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
        let found = reader.read(&mut self.batch);
        self.progress = reader.progress();
        found
    }
}
