//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Progress, Reader};
use crate::decode::{Decoded, Packet, decode};
use crate::track::{Dealt, Event, Followed, Part, Tracked, deal};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct PacketBatch {
    pub(super) frames: Batch,
    /// What was read in each frame.
    decoded: Vec<Decoded>,
    /// Which part each packet goes to.
    dealt: Vec<Dealt>,
    /// What each part found.
    pub(super) followed: Vec<Followed>,
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
        let found = reader.read(&mut self.frames);
        self.progress = reader.progress();
        found
    }

    /// Decodes every frame, and deals them to so many parts.
    pub(super) fn decode(&mut self, parts: usize, verify_checksums: bool) {
        self.decoded.clear();
        self.dealt.clear();
        for frame in self.frames.frames() {
            let packet = decode(frame).verified(verify_checksums);
            self.dealt.push(deal(&packet, parts));
            self.decoded.push(packet.decoded);
        }
        self.followed.resize_with(parts, Followed::default);
    }

    /// It has gone all the way, and is used again.
    pub(super) fn is_done(&mut self) {
        self.followed.iter_mut().for_each(Followed::clear);
    }

    /// Takes its packets through the part of this number.
    pub(super) fn follow(&mut self, number: usize, part: &mut Part) {
        let Some(followed) = self.followed.get_mut(number) else {
            return;
        };
        followed.clear();
        let packets = self.decoded.iter_mut().zip(&self.dealt);
        for (frame, (decoded, dealt)) in self.frames.frames().zip(packets) {
            followed.advance(part, &frame, *dealt);
            let is_own = usize::from(dealt.part) == number;
            if !is_own && !dealt.concerns_all {
                continue;
            }
            let packet = Packet {
                frame,
                decoded: std::mem::take(decoded),
            };
            followed.packet(part, &packet, is_own);
            *decoded = packet.decoded;
        }
    }

    /// Takes each packet through a step.
    pub(super) fn each_packet<E>(
        &mut self,
        mut step: impl FnMut(&Packet<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (frame, decoded) in self.frames.frames().zip(&mut self.decoded) {
            let packet = Packet {
                frame,
                decoded: std::mem::take(decoded),
            };
            step(&packet)?;
            *decoded = packet.decoded;
        }
        Ok(())
    }
}
