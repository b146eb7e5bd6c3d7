//! Conversations that are noted and not followed: what [`Table`] does with
//! their journals.

use super::{Beginning, Rest, Slot, Table, is_silent};
use crate::capture::Frame;
use crate::decode::{Brief, TcpFlags};
use crate::track::cells::Cells;
use crate::track::entry::{Entry, First};
use crate::track::journal::{Due, EndOfOpen, Folded, Journal, Journals, Noted, Stacks, Step};
use crate::track::share::{SHARES, Share};
use crate::track::{Event, Side};

/// Journals of open connections that may be of any length. When there are
/// more, those at rest are folded, or where they are long, followed and packed,
/// which takes less memory: all that were answered,
const JOURNALS: usize = 8192;

/// and that rest for so long.
const JOURNAL_RESTS_NS: u64 = 1_000_000_000;

/// So many conversations are looked at for such journals when there is one more
/// of a connection that was answered,
const LOOKS: u32 = 4;

/// and so many when there is one more that was folded: where connections that
/// rested go on one after the other, few rest unfolded.
pub(super) const LOOKS_UNFOLDING: u32 = 8;

/// What becomes of a frame that may only be noted.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) enum Way {
    /// It was, in the conversation with this place and this number.
    Noted(Slot, u64, Due),
    /// Its conversation probably has this seat, and is to be followed.
    Seated(u32),
    /// It is to be looked for.
    Other,
}

/// What belongs to journals.
#[derive(Debug, Default)]
pub(super) struct Noting {
    /// The header stacks of what was noted.
    pub stacks: Stacks,
    /// What catching up with a journal tells, which nobody wants.
    unwanted: Vec<Event>,
    pub journals: Journals,
    /// Where a conversation is followed for one packet that is only noted
    /// otherwise,
    pub visitor: Option<Box<Entry>>,
    /// and whether there is one.
    pub is_visited: bool,
    /// Journals of connections that were answered and are open,
    open: usize,
    /// and where the search for those at rest stands.
    hand: u32,
    /// Others have journals too.
    is_share: bool,
    /// None may stay as it is, however short it rests.
    none_stays: bool,
}

impl Noting {
    /// Others note the rest of the conversations.
    pub fn of_share(&mut self) {
        self.is_share = true;
    }

    /// Whether no journal is to stay as it is that rests.
    pub fn let_none_stay(&mut self, none_stays: bool) {
        self.none_stays = none_stays;
    }

    /// One more is that of an open connection that was answered,
    pub fn opened_one(&mut self) {
        self.open += 1;
    }

    /// and one fewer.
    pub fn closed_one(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// Whether those at rest are to be folded.
    fn are_too_many(&self) -> bool {
        let at_most = match (self.none_stays, self.is_share) {
            (true, _) => 0,
            (false, true) => JOURNALS / SHARES,
            (false, false) => JOURNALS,
        };
        self.open > at_most
    }

    /// Whether a journal is to be folded, if there are too many.
    fn rests(&self, journal: &Journal, now_ns: u64) -> bool {
        let rests_ns = if self.none_stays { 0 } else { JOURNAL_RESTS_NS };
        journal.is_open() && now_ns.saturating_sub(journal.end_ns()) > rests_ns
    }

    /// Follows what the journal at a place has noted.
    pub fn catch_up(&mut self, entry: &mut Entry, number: u64, place: u32, cells: &Cells) {
        let mut unwanted = std::mem::take(&mut self.unwanted);
        if let Some(journal) = self.journals.get(place) {
            self.follow(entry, number, journal, cells, &mut unwanted);
        }
        self.unwanted = unwanted;
    }

    /// The same of one that is folded.
    pub fn catch_up_folded(
        &mut self,
        entry: &mut Entry,
        number: u64,
        folded: &Folded,
        cells: &Cells,
    ) {
        let mut unwanted = std::mem::take(&mut self.unwanted);
        self.follow(entry, number, folded.journal(), cells, &mut unwanted);
        self.unwanted = unwanted;
    }

    fn follow(
        &self,
        entry: &mut Entry,
        number: u64,
        journal: &Journal,
        cells: &Cells,
        unwanted: &mut Vec<Event>,
    ) {
        let first = journal.first(self.journals.key(journal));
        entry.begin(number, &first);
        entry.catch_up(journal, cells, &self.stacks, unwanted);
    }
}

impl Table {
    /// Adds a conversation whose packets are only noted, with the hash of its
    /// key; gives its number. `bytes`: of its first packet, on the wire.
    #[inline]
    pub fn add_noted(
        &mut self,
        first: &First,
        hash: u64,
        step: &Step<'_>,
        bytes: u32,
    ) -> Option<u64> {
        let journals = &mut self.noting.journals;
        let wide = |addresses| journals.add_wide(addresses);
        let journal = Journal::begin(first, step, bytes, &mut self.cells, wide)?;
        let journal = journals.add(journal);
        let (_, number) = self.add_first(first, hash, Rest::Noted(journal));
        Some(number)
    }

    /// The same of a connection that a frame of a usual build opens, as
    /// [`Journal::open`] has it.
    pub fn add_opened(
        &mut self,
        hash: u64,
        frame: &Frame<'_>,
        brief: &Brief,
        options: &[u8],
    ) -> Option<u64> {
        if !self.noting.stacks.has_build(brief.build) {
            return None;
        }
        let journals = &mut self.noting.journals;
        let journal = Journal::open(frame, brief, options, |wide| journals.add_wide(wide))?;
        let journal = journals.add(journal);
        let beginning = Beginning {
            time_ns: frame.time_ns,
            packet: frame.number,
            share: Share::of_ports(brief.ports, hash),
            hash,
        };
        let (_, number) = self.add_record(&beginning, Rest::Noted(journal));
        Some(number)
    }

    /// The journal of a conversation whose packets are only noted, if it is not
    /// folded.
    #[inline]
    pub fn noted(&self, slot: Slot) -> Option<&Journal> {
        match self.records.get(slot.0)?.rest {
            Rest::Noted(journal) => self.noting.journals.get(journal),
            _ => None,
        }
    }

    /// Whether a conversation's packets are only noted.
    #[inline]
    pub fn is_noted(&self, slot: Slot) -> bool {
        let record = self.records.get(slot.0);
        record.is_some_and(|record| matches!(record.rest, Rest::Noted(_) | Rest::Folded(..)))
    }

    /// Notes a frame of a usual build whose key has this hash, if
    /// [`Journal::note_brief`] does.
    #[inline(always)]
    pub fn note_brief(
        &mut self,
        hash: u64,
        frame: &Frame<'_>,
        brief: &Brief,
        may_be_framed: impl FnOnce() -> bool,
    ) -> Way {
        let likely = self.by_key.likely(hash);
        let Some(place) = likely.or_else(|| self.find_noted(hash, brief)) else {
            return Way::Other;
        };
        let Some(record) = self.records.get(place) else {
            return Way::Other;
        };
        let journal = match record.rest {
            Rest::Noted(journal) => journal,
            Rest::Hot(seat) => return Way::Seated(seat),
            _ => return Way::Other,
        };
        if !self.noting.stacks.has_build(brief.build) {
            return Way::Other;
        }
        let journal = self.noting.journals.of_brief(journal, brief);
        let noted = journal
            .and_then(|journal| journal.note_brief(frame, brief, &mut self.cells, may_be_framed));
        match noted {
            Some(due) => Way::Noted(Slot(place), record.number, due),
            None => Way::Other,
        }
    }

    /// Where the connection stands that is noted and to which a frame belongs,
    /// where it was not found at once.
    #[cold]
    #[inline(never)]
    fn find_noted(&self, hash: u64, brief: &Brief) -> Option<u32> {
        if brief.tcp.flags.has(TcpFlags::SYN) || !brief.build.is_tcp() {
            return None;
        }
        let is_it = |place: u32| match self.records.get(place).map(|record| record.rest) {
            Some(Rest::Noted(journal)) => self.noting.journals.has_brief(journal, brief),
            _ => false,
        };
        self.by_key.find(hash, is_it)
    }

    /// Notes a packet of a conversation whose packets are only noted, if
    /// nothing but notes is to be told of it; its side is filled in. Gives the
    /// conversation's number and what has changed; `None`: it is to be
    /// followed. `bytes`: of the packet, on the wire; `now_ns`: the capture's
    /// clock; `may_be_framed`: see [`Journal::note_brief`].
    pub fn note(
        &mut self,
        slot: Slot,
        source_second: bool,
        bytes: u32,
        step: &mut Step<'_>,
        now_ns: u64,
        may_be_framed: impl FnOnce() -> bool,
    ) -> Option<(u64, Noted)> {
        let (place, number) = self.journal_of(slot, now_ns)?;
        let journal = self.noting.journals.get_mut(place)?;
        step.side = journal.side(source_second);
        let noted = journal.note_segment(step, bytes, &mut self.cells, may_be_framed);
        match noted {
            Some(noted) => Some((number, noted)),
            None => self.note_other(place, number, bytes, step, now_ns),
        }
    }

    /// The same of a datagram, and of the answer to a SYN.
    #[inline(never)]
    fn note_other(
        &mut self,
        place: u32,
        number: u64,
        bytes: u32,
        step: &Step<'_>,
        now_ns: u64,
    ) -> Option<(u64, Noted)> {
        let journal = self.noting.journals.get_mut(place)?;
        if step.segment.is_none() {
            let may_be = !is_silent(journal.end_ns(), now_ns);
            let noted = may_be.then(|| journal.note_datagram(step, bytes, &mut self.cells));
            return Some((number, noted??));
        }
        let segment = step.segment.as_ref()?;
        if !journal.is_lone_syn() || !segment.tcp.flags.has(TcpFlags::SYN) {
            return None;
        }
        let noted = journal.note_answer(step, bytes, &mut self.cells)?;
        self.noting.opened_one();
        self.tidy_if_too_many(step.time_ns, LOOKS);
        Some((number, noted))
    }

    /// Where there are too many journals, some that rest are made shorter.
    #[inline]
    pub(super) fn tidy_if_too_many(&mut self, now_ns: u64, looks: u32) {
        if self.noting.are_too_many() {
            self.tidy(now_ns, looks);
        }
    }

    /// Looks at so many conversations, others each time, for journals to fold.
    #[cold]
    #[inline(never)]
    fn tidy(&mut self, now_ns: u64, looks: u32) {
        self.make_dense();
        for _ in 0..looks {
            self.noting.hand = (self.noting.hand + 1) % self.records.all.len().max(1);
            let slot = Slot(self.noting.hand);
            let journal = self.noted(slot);
            let rests = journal.is_some_and(|journal| self.noting.rests(journal, now_ns));
            if rests && self.fold(slot).is_none() {
                self.get(slot);
            }
        }
    }

    /// Frees a journal, with all that it has.
    pub(super) fn remove_journal(&mut self, place: u32) {
        let Some(journal) = self.noting.journals.get(place) else {
            return;
        };
        let is_open = journal.is_open();
        if let Some(cell) = journal.cell() {
            self.cells.give_back(cell);
        }
        self.noting.open -= usize::from(is_open && self.noting.open > 0);
        self.noting.journals.remove(place);
    }

    /// Its connection is closed: a journal will not grow.
    pub(super) fn close_journal(&mut self, place: u32) {
        let Some(journal) = self.noting.journals.get_mut(place) else {
            return;
        };
        // One that was refused was never answered.
        self.noting.open -= usize::from(!journal.is_ruffled() && self.noting.open > 0);
        journal.shrink(&mut self.cells);
    }

    /// Has a conversation that is only noted followed for one packet: one that
    /// is not dull, but probably the last. It is noted nevertheless. Nothing
    /// happens to others.
    pub fn visit(
        &mut self,
        slot: Slot,
        source_second: bool,
        bytes: u32,
        step: &mut Step<'_>,
    ) -> Option<()> {
        let (place, number) = self.journal_of(slot, step.time_ns)?;
        let visitor = self.noting.visitor.take();
        let mut visitor = visitor.unwrap_or_else(|| Box::new(Entry::empty()));
        self.noting
            .catch_up(&mut visitor, number, place, &self.cells);
        self.noting.visitor = Some(visitor);
        let journal = self.noting.journals.get_mut(place)?;
        step.side = journal.side(source_second);
        let noted = journal.note_followed(step, bytes, &mut self.cells)?;
        self.records.get_mut(slot.0)?.rest = Rest::Visited(place);
        self.noting.is_visited = true;
        if !noted.answered {
            self.noting.open = self.noting.open.saturating_sub(1);
        }
        Some(())
    }

    /// Notes a RST of a connection that is only noted, where it refuses it:
    /// nothing but the SYN was seen, and the RST acknowledges that. Gives the
    /// conversation's number and what has changed.
    pub fn refuse(
        &mut self,
        slot: Slot,
        source_second: bool,
        bytes: u32,
        step: &mut Step<'_>,
    ) -> Option<(u64, Noted)> {
        const REFUSAL: TcpFlags = TcpFlags(TcpFlags::RST.0 | TcpFlags::ACK.0);
        let (place, number) = self.journal_of(slot, step.time_ns)?;
        let journal = self.noting.journals.get_mut(place)?;
        step.side = journal.side(source_second);
        let tcp = &step.segment.as_ref()?.tcp;
        let may_be = journal.is_lone_syn()
            && step.side == Side::Server
            && tcp.flags == REFUSAL
            && journal.has_room_for(step, bytes);
        if !may_be {
            return None;
        }
        let calm = journal.calm_of_first(&self.cells)?;
        if calm.lines.client.next != tcp.acknowledgment {
            return None;
        }
        let noted = journal.refuse(&calm, step, bytes, &mut self.cells)?;
        Some((number, noted))
    }

    pub(super) fn end_visit(&mut self, slot: Slot) {
        self.noting.is_visited = false;
        if let Some(record) = self.records.get_mut(slot.0)
            && let Rest::Visited(place) = record.rest
        {
            record.rest = Rest::Noted(place);
            if let Some(visitor) = &self.noting.visitor
                && let Some(journal) = self.noting.journals.get_mut(place)
            {
                journal.ruffle(visitor);
            }
        }
    }

    /// Takes out a connection that was never closed, if nothing else is to be
    /// told of it and it carried fewer bytes than that; gives its number, what
    /// its SYN told, and how it ends.
    pub fn forget_open(&mut self, slot: Slot, least_bytes: u64) -> Option<(u64, First, EndOfOpen)> {
        let record = self.records.get(slot.0)?;
        let (hash, number, rest) = (record.hash, record.number, record.rest);
        let first = |journal: &Journal| {
            let is_small = journal.bytes() < least_bytes;
            is_small.then(|| journal.first(self.noting.journals.key(journal)))
        };
        let (first, end) = match rest {
            Rest::Noted(place) => {
                let journal = self.noting.journals.get(place)?;
                let end = journal.end_of_open()?;
                (first(journal)?, end)
            }
            Rest::Folded(size, index) => {
                let folded = self.folded(size, index)?;
                (first(folded.journal())?, folded.end_of_open()?)
            }
            _ => return None,
        };
        self.forget(slot, hash);
        match rest {
            Rest::Noted(place) => self.remove_journal(place),
            Rest::Folded(size, index) => self.remove_folded(size, index),
            _ => {}
        }
        Some((number, first, end))
    }

    /// The header stacks of what was noted.
    pub fn stacks(&mut self) -> &mut Stacks {
        &mut self.noting.stacks
    }
}
