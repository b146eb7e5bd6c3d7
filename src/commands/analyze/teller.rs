//! From a batch of packets to the report: decoded, followed and told, one
//! packet after the other.

use std::io;

use super::faults::UnknownLinkTypes;
use crate::capture::{Batch, Drops, Progress};
use crate::decode::{GoodSums, Stop, StopReason, decode, good_sums};
use crate::report::{Presenter, Summary};
use crate::track::{Output, Tracker};

/// Told how far the reading is: bytes read, and all bytes where that is known.
pub type Tick<'a> = &'a mut (dyn FnMut(u64, Option<u64>) + Send);

/// Packets on their way, with what goes with them. Used again and again.
#[derive(Default)]
pub(super) struct Work {
    pub(super) batch: Batch,
    /// What [`good_sums`] says of each; none where it was not asked.
    sums: Vec<Option<GoodSums>>,
    /// How far the reading was behind them.
    pub(super) progress: Progress,
}

impl Work {
    /// Does what needs no other packet.
    pub(super) fn prepare(&mut self) {
        self.sums.clear();
        let frames = self.batch.frames();
        self.sums
            .extend(frames.map(|frame| good_sums(&decode(frame))));
    }
}

/// Everything that has to meet the packets in their order.
pub(super) struct Teller<'a> {
    tracker: Tracker,
    presenter: Presenter,
    happened: Output,
    /// The files' names, where there are several.
    names: Vec<String>,
    pub(super) unknown: UnknownLinkTypes,
    tick: Tick<'a>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        tracker: Tracker,
        presenter: Presenter,
        names: &[String],
        tick: Tick<'a>,
    ) -> Self {
        Self {
            tracker,
            presenter,
            happened: Output::default(),
            names: match names.len() {
                1 => Vec::new(),
                _ => names.to_vec(),
            },
            unknown: UnknownLinkTypes::default(),
            tick,
        }
    }

    /// Tells a batch, the next one.
    pub(super) fn tell(&mut self, work: &Work) -> io::Result<()> {
        for (index, frame) in work.batch.frames().enumerate() {
            let packet = decode(frame);
            if let Some(Stop {
                reason: StopReason::UnknownLinkType(link_type),
                ..
            }) = packet.stop
            {
                self.unknown.add(packet.frame.file, link_type);
            }
            let good = match work.sums.get(index) {
                Some(good) => *good,
                None => good_sums(&packet),
            };
            let happened = &mut self.happened;
            self.tracker.summed_packet(&packet, good, happened);
            let file = self.names.get(packet.frame.file as usize);
            self.presenter
                .packet(&packet, happened, file.map(String::as_str))?;
        }
        let Progress { read, total } = work.progress;
        (self.tick)(read, total);
        Ok(())
    }

    /// The end: what is left to be told, and the sums.
    pub(super) fn finish(
        mut self,
        drops: Drops,
        names: Vec<String>,
        faults: u64,
    ) -> io::Result<Summary> {
        self.tracker.recorder_lost(drops);
        self.presenter.finish(&mut self.tracker, names, faults)
    }
}
