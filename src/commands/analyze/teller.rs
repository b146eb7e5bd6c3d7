//! From a batch of packets to the report: decoded, followed and told, one
//! packet after the other.

use std::io;

use super::faults::UnknownLinkTypes;
use super::work::{Told, Work};
use crate::capture::{Drops, Progress};
use crate::commands::writing::Writing;
use crate::decode::{Packet, Stop, StopReason};
use crate::report::apart::Aside;
use crate::report::{Presenter, Summary};
use crate::track::{Output, Tracker};

/// Told how far the reading is: bytes read, and all bytes where that is known.
pub type Tick<'a> = &'a mut (dyn FnMut(u64, Option<u64>) + Send);

/// Everything that has to meet the packets in their order.
pub(super) struct Teller<'a> {
    tracker: Tracker,
    presenter: Presenter,
    happened: Output,
    /// The files' names, where there are several.
    names: &'a [String],
    pub(super) unknown: UnknownLinkTypes,
    /// Where packets are written too.
    pub(super) writing: Option<Writing>,
    /// Where the presenter writes, when packets are written apart.
    aside: Option<Aside>,
    tick: Tick<'a>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        tracker: Tracker,
        presenter: Presenter,
        aside: Option<Aside>,
        names: &'a [String],
        tick: Tick<'a>,
    ) -> Self {
        Self {
            tracker,
            presenter,
            happened: Output::default(),
            names,
            unknown: UnknownLinkTypes::default(),
            writing: None,
            aside,
            tick,
        }
    }

    /// Tells a batch, the next one; what is to be written apart is left in it.
    pub(super) fn tell(&mut self, work: &mut Work) -> io::Result<()> {
        work.told.clear();
        work.events.clear();
        self.happened.least_bytes = self.presenter.least_bytes();
        self.happened.only_attention = self.presenter.only_attention() && self.writing.is_none();
        for (index, frame) in work.batch.frames().enumerate() {
            let mut packet = Packet::undecoded(frame);
            let good = work.decode(index, &mut packet);
            if let Some(Stop {
                reason: StopReason::UnknownLinkType(link_type),
                ..
            }) = packet.stop
            {
                self.unknown.add(packet.frame.file, link_type);
            }
            let happened = &mut self.happened;
            self.tracker.summed_packet(&packet, good, happened);
            if let Some(writing) = &self.writing {
                writing.packet(&packet, happened);
            }
            let Some(aside) = &self.aside else {
                let file = self.names.get(packet.frame.file as usize);
                self.presenter
                    .packet(&packet, happened, file.map(String::as_str))?;
                continue;
            };
            let shown = self.presenter.count(&packet, happened)?;
            if shown {
                work.events.append(&mut happened.events);
            }
            work.told.push(Told {
                tracked: happened.tracked,
                shown,
                events_end: work.events.len(),
                aside_end: aside.written(),
            });
        }
        if let Some(aside) = &self.aside {
            aside.take(&mut work.aside);
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
