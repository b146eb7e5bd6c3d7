//! From a batch of packets to the report: decoded, followed and told, one
//! packet after the other.

use std::{array, io};

use super::faults::UnknownLinkTypes;
use super::shares::Shares;
use super::work::{Made, Told, Work};
use crate::capture::{Batch, Drops, Frame, Progress};
use crate::commands::writing::Writing;
use crate::decode::Packet;
use crate::report::apart::Aside;
use crate::report::{Presenter, Summary, Sums};
use crate::track::{Known, Left, Output, Part, Prepared, SHARES, Share, Telling, Tracker};

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

    /// Whether packets need only be noted, where nothing is to be told of them.
    pub(super) fn may_note(&self) -> bool {
        self.presenter.only_attention() && self.writing.is_none() && self.tracker.may_note()
    }

    /// Tells a batch, the next one; what is to be written apart is left in it.
    pub(super) fn tell(&mut self, work: &mut Work) -> io::Result<()> {
        work.told.clear();
        work.events.clear();
        self.happened.least_bytes = self.presenter.least_bytes();
        self.happened.only_attention = self.presenter.only_attention() && self.writing.is_none();
        if self.may_note() {
            self.note(&work.batch)?;
        } else {
            self.tell_all(work)?;
        }
        self.tick(work);
        Ok(())
    }

    fn tick(&mut self, work: &Work) {
        let Progress { read, total } = work.progress;
        (self.tick)(read, total);
    }

    /// Tells a batch of which most packets need only be noted.
    fn note(&mut self, batch: &Batch) -> io::Result<()> {
        let mut sums = Sums::default();
        let mut group: [Made; Prepared::AHEAD] = array::from_fn(|_| Made::default());
        for first in (0..batch.len()).step_by(Prepared::AHEAD) {
            let count = (batch.len() - first).min(group.len());
            let made = group.get_mut(..count).unwrap_or_default();
            Made::prepare(made, batch, first);
            Made::add_up(made, batch, first, &mut sums);
            let frames = batch.frames_from(first).take(count);
            self.presenter.meet(&sums, frames);
            self.note_prepared(batch, first, made)?;
        }
        self.presenter.sums(&sums);
        Ok(())
    }

    /// Tells frames of a batch, the first of which is this, of which all was
    /// made that needs no other.
    fn note_prepared(&mut self, batch: &Batch, first: usize, made: &[Made]) -> io::Result<()> {
        if self.tracker.is_worth_looking_ahead() {
            self.tracker.look_ahead(made.iter().map(Made::prepared));
        }
        let mut each = made.iter().zip(batch.frames_from(first));
        each.try_for_each(|(made, frame)| self.note_one(&frame, made))
    }

    #[inline(never)]
    fn note_one(&mut self, frame: &Frame<'_>, made: &Made) -> io::Result<()> {
        let prepared = made.prepared();
        let is_noted = prepared
            .is_some_and(|prepared| self.tracker.prepared(frame, prepared, &mut self.happened));
        match is_noted && self.happened.events.is_empty() {
            true => self.presenter.meanwhile(&self.happened),
            false => self.tell_unusual(*frame, made, is_noted),
        }
    }

    /// Tells a packet of which more is to be told, or more is to be known.
    /// `is_noted`: the tracker knows of it.
    #[inline(never)]
    fn tell_unusual(&mut self, frame: Frame<'_>, made: &Made, is_noted: bool) -> io::Result<()> {
        let mut packet = Packet::undecoded(frame);
        let good = made.decode(&mut packet);
        let happened = &mut self.happened;
        if made.prepared().is_none() {
            self.unknown.of_packet(&packet);
            self.tracker.summed_packet(&packet, good, happened);
        } else if !is_noted {
            self.tracker.decoded_packet(&packet, good, happened);
        }
        self.present(&packet, made)
    }

    /// Presents what happened at a packet; where all was made of it that most
    /// need, it is in the sums.
    fn present(&mut self, packet: &Packet<'_>, made: &Made) -> io::Result<()> {
        let file = self.names.get(packet.frame.file as usize);
        let file = file.map(String::as_str);
        match made.prepared() {
            Some(_) => self.presenter.summed(packet, &self.happened, file),
            None => self.presenter.packet(packet, &self.happened, file),
        }
    }

    /// Tells a batch of which each share of the conversations was followed by
    /// somebody else, who has left this. `ahead`: so many batches may have been
    /// followed before the first was told.
    #[inline(never)]
    pub(super) fn tell_shared(
        &mut self,
        work: &Work,
        left: &mut [Left],
        ahead: usize,
    ) -> io::Result<()> {
        let batch = &work.batch;
        self.happened.least_bytes = self.presenter.least_bytes();
        self.happened.only_attention = true;
        self.presenter.meet(&work.sums, batch.frames());
        let mut telling = self.tracker.begin_batch(&work.deal, left, ahead);
        while self.tracker.tell_next(&mut telling, &mut self.happened) {
            let index = telling.index();
            if let (Some(frame), Some(made)) = (batch.get(index), work.made().get(index)) {
                self.tell_eventful(&mut telling, frame, made)?;
            }
        }
        self.presenter.sums(&work.sums);
        self.tick(work);
        Ok(())
    }

    /// Tells a packet of such a batch at which anything happens, or that has
    /// no usual build.
    #[inline(never)]
    fn tell_eventful(
        &mut self,
        telling: &mut Telling<'_>,
        frame: Frame<'_>,
        made: &Made,
    ) -> io::Result<()> {
        let happened = &mut self.happened;
        let is_whole = telling.share() == Share::WHOLE;
        let prepared = made.prepared().filter(|_| !is_whole);
        let mut packet = Packet::undecoded(frame);
        if let Some(prepared) = prepared {
            let brief = prepared.brief();
            self.tracker.told_brief(telling, &frame, brief, happened);
            if happened.events.is_empty() {
                return self.presenter.meanwhile(happened);
            }
            packet.decode();
        } else {
            let good = made.decode(&mut packet);
            self.unknown.of_packet(&packet);
            self.tracker.told_packet(telling, &packet, good, happened);
        }
        self.present(&packet, made)
    }

    /// From now on others follow what need not meet all packets.
    pub(super) fn share(&mut self) -> Shares {
        self.tracker.share();
        Shares::new(self.least_bytes())
    }

    /// The numbers that conversations have got, by share.
    pub(super) fn take_known(&mut self) -> Vec<Vec<Known>> {
        let shares = 0..SHARES;
        shares.map(|share| self.tracker.take_known(share)).collect()
    }

    /// Of conversations that carried fewer bytes nothing is told.
    pub(super) fn least_bytes(&self) -> u64 {
        self.presenter.least_bytes()
    }

    /// All batches were told, the last at this time.
    pub(super) fn end_shared(
        &mut self,
        parts: Vec<(Part, Vec<Known>)>,
        now_ns: u64,
        threads: usize,
    ) {
        self.tracker.end_shared(parts, now_ns, threads);
    }

    /// Tells a batch, packet by packet.
    fn tell_all(&mut self, work: &mut Work) -> io::Result<()> {
        let nothing = Made::default();
        for (index, frame) in work.batch.frames().enumerate() {
            let mut packet = Packet::undecoded(frame);
            let made = work.made().get(index).unwrap_or(&nothing);
            let good = made.decode(&mut packet);
            self.unknown.of_packet(&packet);
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
