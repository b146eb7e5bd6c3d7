//! From a batch of packets to the report: what the parts found is merged and
//! reported, one packet after the other.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::batch::{Found, PacketBatch};
use super::faults::UnknownLinkTypes;
use crate::capture::{Drops, FileInfo, Progress};
use crate::commands::kept::Kept;
use crate::commands::writing::Writing;
use crate::report::apart::Aside;
use crate::report::{Presenter, Summary};
use crate::track::{Followed, Output, Tracker};

/// Told how far the reading is: bytes read, and all bytes where that is known.
pub type Tick<'a> = &'a mut (dyn FnMut(u64, Option<u64>) + Send);

/// Everything that has to see the packets in their order.
pub(super) struct Analysis<'a> {
    pub(super) tracker: Tracker,
    presenter: Presenter,
    output: Output,
    /// The files' names, where there are several.
    names: &'a [String],
    pub(super) unknown: UnknownLinkTypes,
    /// Where packets are written too.
    pub(super) writing: Option<Writing>,
    /// Where what is found of each packet is kept.
    pub(super) keep: Option<Kept>,
    /// Where the presenter writes, when formatters write the packets.
    aside: Option<Aside>,
    /// What the recorder says that it lost in timelines that are over.
    lost_before: Drops,
    /// Set when how things stand is to be told.
    pub(super) so_far: Option<Arc<AtomicBool>>,
    tick: Tick<'a>,
}

impl<'a> Analysis<'a> {
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
            output: Output::default(),
            names,
            unknown: UnknownLinkTypes::default(),
            writing: None,
            keep: None,
            aside,
            lost_before: Drops::default(),
            so_far: None,
            tick,
        }
    }

    /// Analyses the next batch: takes in what the parts found in it. What a
    /// formatter needs of it is left in it.
    pub(super) fn batch(&mut self, batch: &mut PacketBatch) -> io::Result<()> {
        let (mut found, mut events) = (
            std::mem::take(&mut batch.found),
            std::mem::take(&mut batch.events),
        );
        found.clear();
        events.clear();
        let mut followed = std::mem::take(&mut batch.followed);
        if let Some(first_ns) = batch.progress.first_ns {
            self.presenter.begins(first_ns);
            if let Some(kept) = &self.keep {
                kept.first_is_at(first_ns);
            }
        }
        let mut parts: Vec<_> = followed.iter_mut().map(Followed::replay).collect();
        let analysed = batch.each_packet(|packet| {
            self.unknown.of_packet(packet);
            let output = &mut self.output;
            self.tracker.merge(packet, &mut parts, output);
            if let Some(writing) = &self.writing {
                writing.packet(packet, output);
            }
            if let Some(kept) = &self.keep {
                kept.packet(packet, output, &self.tracker);
            }
            let Some(aside) = &self.aside else {
                let file = self.names.get(packet.frame.file as usize);
                let file = file.map(String::as_str);
                return self.presenter.packet(packet, output, file);
            };
            let shown = self.presenter.count(packet, output)?;
            if shown {
                events.append(&mut output.events);
            }
            found.push(Found {
                tracked: output.tracked,
                shown,
                events_end: events.len(),
                between_end: aside.written(),
            });
            Ok(())
        });
        drop(parts);
        (batch.found, batch.events, batch.followed) = (found, events, followed);
        if let Some(aside) = &self.aside {
            aside.take(&mut batch.between);
        }
        let Progress { read, total, .. } = batch.progress;
        (self.tick)(read, total);
        analysed?;
        match &self.so_far {
            Some(asked) if asked.swap(false, Ordering::Relaxed) => {
                self.presenter.so_far(&mut self.tracker)
            }
            _ => Ok(()),
        }
    }

    /// The end of a timeline, behind which the next begins with file `next`, as
    /// `tracker` follows it.
    pub(super) fn next_timeline(
        &mut self,
        drops: Drops,
        next: usize,
        tracker: Tracker,
    ) -> io::Result<()> {
        self.tracker.recorder_lost(drops.since(self.lost_before));
        self.lost_before = drops;
        self.presenter.end_timeline(&mut self.tracker, next)?;
        self.tracker = tracker.behind(&mut self.tracker);
        Ok(())
    }

    /// What is known of each file, at the end of the reading.
    pub(super) fn read_files(&mut self, infos: Vec<FileInfo>) {
        self.presenter.read_files(infos);
    }

    /// The end: what is still open, and the sums; `read`: how many packets were
    /// read before a filter.
    pub(super) fn finish(
        mut self,
        drops: Drops,
        names: Vec<String>,
        faults: u64,
        read: Option<u64>,
    ) -> io::Result<Summary> {
        self.tracker.recorder_lost(drops.since(self.lost_before));
        if let Some(read) = read {
            self.presenter.read(read);
        }
        self.presenter.finish(&mut self.tracker, names, faults)
    }
}
