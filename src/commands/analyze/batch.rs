//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Progress, Reader};
use crate::decode::{Decoded, Packet, decode};
use crate::track::{Event, Tracked};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct PacketBatch {
    pub(super) frames: Batch,
    /// What was read in each frame, where that was done before its analysis.
    decoded: Vec<Decoded>,
    /// How far the reading was behind them.
    pub(super) progress: Progress,
    /// What the analysis found of each packet that a formatter writes.
    pub(super) found: Vec<Found>,
    pub(super) events: Vec<Event>,
    /// What the report wrote between the packets.
    pub(super) between: Vec<u8>,
    /// All that is to be written.
    pub(super) bytes: Vec<u8>,
}

/// What the analysis found of a packet that a formatter writes.
pub(super) struct Found {
    pub(super) tracked: Tracked,
    /// Whether it is to be written at all.
    pub(super) shown: bool,
    /// Where its events end.
    pub(super) events_end: usize,
    /// Where that ends which is to be written before it.
    pub(super) between_end: usize,
}

impl PacketBatch {
    /// Reads the next batch; false at the end.
    pub(super) fn read(&mut self, reader: &mut Reader) -> Result<bool, CaptureError> {
        self.decoded.clear();
        let found = reader.read(&mut self.frames);
        self.progress = reader.progress();
        found
    }

    /// Decodes every frame.
    pub(super) fn decode(&mut self) {
        let decoded = self.frames.frames().map(|frame| decode(frame).decoded);
        self.decoded.clear();
        self.decoded.extend(decoded);
    }

    /// Takes each packet through a step, decoded now if it was not before.
    pub(super) fn each_packet<E>(
        &mut self,
        mut step: impl FnMut(&Packet<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut decoded = self.decoded.iter_mut();
        for frame in self.frames.frames() {
            match decoded.next() {
                Some(decoded) => {
                    let packet = Packet {
                        frame,
                        decoded: std::mem::take(decoded),
                    };
                    step(&packet)?;
                    *decoded = packet.decoded;
                }
                None => step(&decode(frame))?,
            }
        }
        Ok(())
    }
}
