//! From a batch of packets to the report: decoded, followed and told, one
//! packet after the other.

use std::io;

use super::faults::UnknownLinkTypes;
use super::work::{Told, Work};
use crate::capture::{Drops, Progress};
use crate::commands::writing::Writing;
use crate::decode::decode;
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
        self.tell_all(work)?;
        self.tick(work);
        Ok(())
    }

    fn tick(&mut self, work: &Work) {
        let Progress { read, total } = work.progress;
        (self.tick)(read, total);
    }

    /// Tells a batch, packet by packet.
    fn tell_all(&mut self, work: &mut Work) -> io::Result<()> {
        for frame in work.batch.frames() {
            let packet = decode(frame);
            self.unknown.of_packet(&packet);
            let happened = &mut self.happened;
            self.tracker.packet(&packet, happened);
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
