//! One batch of packets, with what is made of it on its way.

use crate::capture::{Batch, CaptureError, Frame, Progress, Reader};
use crate::decode::{GoodSums, Packet};
use crate::track::{Clock, Dealer, Dealt, Event, Fragmented, Prepared, SHARES, Share, Tracked};

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct Work {
    pub(super) batch: Batch,
    /// What was made of each ahead; nothing where it was not asked.
    made: Vec<Made>,
    /// What those need who follow a share of the conversations each.
    pub(super) dealt: Deal,
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

/// Whose each packet of a batch is.
#[derive(Default)]
pub(super) struct Deal {
    pub(super) clock: Clock,
    /// The packets of each share that somebody follows by itself.
    shares: [Vec<u32>; SHARES],
    /// Fragments, whose share depends on packets before them.
    fragments: Vec<(u32, Fragmented)>,
}

impl Deal {
    /// The packets of a share, by their place in the batch.
    pub(super) fn of_share(&self, share: usize) -> &[u32] {
        self.shares.get(share).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, index: usize, share: Share) {
        if let Some(its) = self.shares.get_mut(share.index()) {
            its.push(index as u32);
        }
    }
}

/// What is made of a frame that needs no other. It stays where it is and is made
/// again of the next frame.
#[derive(Default)]
pub(super) struct Made {
    what: What,
    /// Whose it is, where shares of the conversations are followed apart.
    share: Share,
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

    /// Of another frame than most.
    #[cold]
    #[inline(never)]
    fn is_message(&mut self, frame: &Frame<'_>) -> bool {
        self.prepared.read_message(frame)
    }

    fn sum(&mut self, frame: Frame<'_>) -> Dealt {
        let mut packet = Packet::undecoded(frame);
        self.what = What::Sums(packet.decode_and_sum());
        Dealt::of(&packet)
    }

    /// Whose it is, where it was dealt.
    pub(super) fn share(&self) -> Share {
        self.share
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
        for (index, made) in self.made.iter_mut().enumerate() {
            if let Some(frame) = self.batch.get(index) {
                made.sum(frame);
            }
        }
    }

    fn prepare_and_deal(&mut self) {
        let (batch, deal) = (&self.batch, &mut self.dealt);
        Made::prepare(&mut self.made, batch, 0);
        deal.clock.set(batch.frames().map(|frame| frame.time_ns));
        deal.shares.iter_mut().for_each(Vec::clear);
        deal.fragments.clear();
        for (index, made) in self.made.iter_mut().enumerate() {
            made.share = match (made.prepared(), batch.get(index)) {
                (Some(prepared), _) => prepared.share(),
                (None, None) => Share::WHOLE,
                (None, Some(frame)) => match made.sum(frame) {
                    Dealt::To(share) => share,
                    Dealt::Fragment(fragment) => {
                        deal.fragments.push((index as u32, fragment));
                        continue;
                    }
                },
            };
            deal.add(index, made.share);
        }
    }

    /// Deals what depends on the packets before. Every batch has to come by in
    /// its order; `clock_ns` is the capture's clock.
    pub(super) fn deal(&mut self, dealer: &mut Dealer, clock_ns: &mut u64) {
        let deal = &mut self.dealt;
        *clock_ns = deal.clock.go_on_from(*clock_ns);
        if deal.fragments.is_empty() {
            return;
        }
        for (index, fragment) in std::mem::take(&mut deal.fragments) {
            let index = index as usize;
            let share = dealer.deal(&fragment, deal.clock.at(index));
            if let Some(made) = self.made.get_mut(index) {
                made.share = share;
            }
            deal.add(index, share);
        }
        for its in &mut deal.shares {
            its.sort_unstable();
        }
    }

    /// What was made of each frame; nothing where it was not asked.
    pub(super) fn made(&self) -> &[Made] {
        &self.made
    }
}
