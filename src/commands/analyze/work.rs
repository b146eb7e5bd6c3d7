//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Frame, Progress, Reader};
use crate::decode::{GoodSums, Packet};
use crate::report::Sums;
use crate::track::{Deal, Dealt, Event, Prepared, Tracked};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct Work {
    pub(super) batch: Batch,
    /// What was made of each ahead; nothing where it was not asked.
    made: Vec<Made>,
    /// What those need who follow a share of the conversations each.
    pub(super) deal: Deal,
    /// Of the frames of which all was made that most need.
    pub(super) sums: Sums,
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

/// What is made of a frame that needs no other. It stays where it is and is made
/// again of the next frame.
#[derive(Default)]
pub(super) struct Made {
    what: What,
    /// If that is what was made.
    prepared: Prepared,
}

/// What was made of a frame.
#[derive(Clone, Copy, Default)]
enum What {
    /// All that most need.
    Prepared,
    /// What [`crate::decode::good_sums`] says of it.
    Sums(Option<GoodSums>),
    /// It is to be decoded.
    #[default]
    Nothing,
}

impl Made {
    /// Each of its frame, which may need only be noted, from this frame of the
    /// batch on. Apart from its caller, so that all that the loop needs has a
    /// register.
    #[inline(never)]
    pub(super) fn prepare(made: &mut [Self], batch: &Batch, first: usize) {
        for (made, frame) in made.iter_mut().zip(batch.frames_from(first)) {
            let is_prepared = made.prepared.read(&frame) || made.is_message(&frame);
            made.what = match is_prepared {
                true => What::Prepared,
                false => What::Nothing,
            };
        }
    }

    /// Adds those frames to the sums of which all was made that most need;
    /// they begin with this one of the batch.
    pub(super) fn add_up(made: &[Self], batch: &Batch, first: usize, sums: &mut Sums) {
        for (made, frame) in made.iter().zip(batch.frames_from(first)) {
            if let Some(prepared) = made.prepared() {
                sums.add(&frame, prepared.brief());
            }
        }
    }

    /// Of another frame than most.
    #[cold]
    #[inline(never)]
    fn is_message(&mut self, frame: &Frame<'_>) -> bool {
        self.prepared.read_message(frame)
    }

    /// Gives the packet, decoded.
    fn sum<'f>(&mut self, frame: Frame<'f>) -> Packet<'f> {
        let mut packet = Packet::undecoded(frame);
        self.what = What::Sums(packet.decode_and_sum());
        packet
    }

    /// What is known of a frame if it may only be noted.
    #[inline]
    pub(super) fn prepared(&self) -> Option<&Prepared> {
        match self.what {
            What::Prepared => Some(&self.prepared),
            _ => None,
        }
    }

    /// Decodes the frame's packet; gives what [`crate::decode::good_sums`] says
    /// of it.
    #[inline]
    pub(super) fn decode(&self, packet: &mut Packet<'_>) -> Option<GoodSums> {
        let good = match self.what {
            What::Prepared => Some(self.prepared.good_sums()),
            What::Sums(good) => good,
            What::Nothing => return packet.decode_and_sum(),
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
        let found = reader.read(&mut self.batch);
        self.progress = reader.progress();
        found
    }

    /// Does what needs no other packet. `noting`: packets may need only be
    /// noted, and shares of the conversations are followed apart.
    pub(super) fn prepare(&mut self, noting: bool) {
        self.made.resize_with(self.batch.len(), Made::default);
        if noting {
            return self.prepare_and_deal();
        }
        for (made, frame) in self.made.iter_mut().zip(self.batch.frames()) {
            made.sum(frame);
        }
    }

    fn prepare_and_deal(&mut self) {
        let (batch, deal) = (&self.batch, &mut self.deal);
        Made::prepare(&mut self.made, batch, 0);
        self.sums = Sums::default();
        deal.begin(batch.frames().map(|frame| frame.time_ns));
        for (made, frame) in self.made.iter_mut().zip(batch.frames()) {
            let Some(prepared) = made.prepared() else {
                let dealt = Dealt::of(&made.sum(frame));
                deal.add(dealt);
                continue;
            };
            self.sums.add(&frame, prepared.brief());
            deal.add_prepared(prepared);
        }
    }

    /// What was made of each frame; nothing where it was not asked.
    pub(super) fn made(&self) -> &[Made] {
        &self.made
    }
}
