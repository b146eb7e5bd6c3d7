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
use crate::report::{Presenter, Summary};
use crate::track::{Known, Left, Next, Output, Part, Prepared, SHARES, Share, Tracker};

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
            self.note(work)?;
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
    fn note(&mut self, work: &Work) -> io::Result<()> {
        let batch = &work.batch;
        if !work.made().is_empty() {
            for (group, made) in work.made().chunks(Prepared::AHEAD).enumerate() {
                self.note_prepared(batch, group * Prepared::AHEAD, made)?;
            }
            return Ok(());
        }
        let mut group: [Made; Prepared::AHEAD] = array::from_fn(|_| Made::default());
        for first in (0..batch.len()).step_by(Prepared::AHEAD) {
            let count = (batch.len() - first).min(group.len());
            let made = group.get_mut(..count).unwrap_or_default();
            Made::prepare(made, batch, first);
            self.note_prepared(batch, first, made)?;
        }
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
        match prepared {
            Some(prepared) if is_noted && self.happened.events.is_empty() => {
                self.presenter
                    .brief(frame, prepared.brief(), &self.happened)
            }
            _ => self.tell_unusual(*frame, made, is_noted),
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
        let file = self.names.get(frame.file as usize);
        self.presenter
            .packet(&packet, &self.happened, file.map(String::as_str))
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
        let happened = &mut self.happened;
        happened.least_bytes = self.presenter.least_bytes();
        happened.only_attention = true;
        happened.clear();
        self.tracker.begin_batch(ahead);
        let mut next = Next::of(left);
        let frames = work.batch.frames().zip(work.made());
        for (index, (frame, made)) in frames.enumerate() {
            let now_ns = work.deal.clock().at(index);
            let share = work.deal.share(index);
            let tracker = &mut self.tracker;
            let is_nothing_before = tracker.is_nothing_before(index, now_ns, &next);
            if let Some(prepared) = made.prepared()
                && is_nothing_before
                && share != Share::WHOLE
            {
                let brief = prepared.brief();
                if tracker.count_left(index, (share, left), (&frame, brief), &mut next) {
                    self.presenter.brief(&frame, brief, &self.happened)?;
                    continue;
                }
            }
            tracker.before_packet(index, now_ns, left, &mut self.happened);
            self.tell_eventful(index, frame, made, (share, left))?;
            self.happened.clear();
            next = Next::of(left);
        }
        self.tick(work);
        Ok(())
    }

    /// Tells a packet of such a batch at which anything happens, or that has
    /// no usual build.
    #[inline(never)]
    fn tell_eventful(
        &mut self,
        index: usize,
        frame: Frame<'_>,
        made: &Made,
        of_share: (Share, &mut [Left]),
    ) -> io::Result<()> {
        let happened = &mut self.happened;
        let prepared = made.prepared().filter(|_| of_share.0 != Share::WHOLE);
        let mut packet = Packet::undecoded(frame);
        if let Some(prepared) = prepared {
            let brief = prepared.brief();
            self.tracker
                .told_brief(index, of_share, (&frame, brief), happened);
            if happened.events.is_empty() {
                return self.presenter.brief(&frame, brief, happened);
            }
            packet.decode();
        } else {
            let good = made.decode(&mut packet);
            self.unknown.of_packet(&packet);
            self.tracker
                .told_packet(index, of_share, &packet, good, happened);
        }
        let file = self.names.get(frame.file as usize);
        self.presenter
            .packet(&packet, happened, file.map(String::as_str))
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
    pub(super) fn end_shared(&mut self, parts: Vec<(Part, Vec<Known>)>, now_ns: u64) {
        self.tracker.end_shared(parts, now_ns);
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
