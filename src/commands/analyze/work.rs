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
    /// It is to be decoded.
    Nothing,
}

impl Made {
    /// Of a frame that may need only be noted.
    #[inline(always)]
    pub(super) fn of(frame: &Frame<'_>) -> Self {
        match Prepared::of(frame) {
            Some(prepared) => Self::Prepared(prepared),
            None => Self::of_message(frame),
        }
    }

    /// Of another frame than most.
    #[cold]
    #[inline(never)]
    fn of_message(frame: &Frame<'_>) -> Self {
        Prepared::of_message(frame).map_or(Self::Nothing, Self::Prepared)
    }

    /// What is known of a frame if it may only be noted.
    #[inline]
    pub(super) fn prepared(&self) -> Option<&Prepared> {
        match self {
            Self::Prepared(prepared) => Some(prepared),
            _ => None,
        }
    }

    /// Decodes the frame's packet; gives what [`crate::decode::good_sums`] says
    /// of it.
    #[inline]
    pub(super) fn decode(&self, packet: &mut Packet<'_>) -> Option<GoodSums> {
        let good = match self {
            Self::Prepared(prepared) => Some(prepared.good_sums()),
            Self::Sums(good) => *good,
            Self::Nothing => return packet.decode_and_sum(),
        };
        packet.decode();
        good
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

    /// Does what needs no other packet. `noting`: packets may need only be
    /// noted.
    pub(super) fn prepare(&mut self, noting: bool) {
        let frames = self.batch.frames();
        self.made.extend(frames.map(|frame| {
            let made = match noting {
                true => Made::of(&frame),
                false => Made::Nothing,
            };
            match made {
                Made::Nothing => Made::Sums(Packet::undecoded(frame).decode_and_sum()),
                made => made,
            }
        }));
    }

    /// What was made of each frame; nothing where it was not asked.
    pub(super) fn made(&self) -> &[Made] {
        &self.made
    }
}
