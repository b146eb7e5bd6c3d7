//! The one table of conversations: found by key, numbered by first packet,
//! forgotten when they have ended.
//!
//! A conversation is a [`Record`] of fixed size, found by the hash of its key.
//! What else is known of it is in one of three places: those that are at work
//! sit in a bounded number of seats ([`Hot`]); the rest is packed
//! ([`super::packed`]), or, of the few for which there is too much to tell,
//! kept in full. And where notes are not asked for, dull conversations are not
//! followed at all, only noted ([`super::journal`]), and folded where they are
//! many and rest ([`super::journal::Folded`]).
//!
//! What bounds the memory: [`OPEN_AT_MOST`] open conversations, of the closed
//! ones `expiry::STRAGGLERS_AT_MOST`, a [`Share`] of each for every share of
//! the conversations. Measured with all that belongs to it, one that
//! never carried data takes some 160 bytes: 24 for its record, 11 to 21 to be
//! found by its hash, 16 to be due where silence ends it, and a journal of 112,
//! or one of some 90 to 130 that is folded, with its share of cells that are
//! free.

mod ahead;
mod dense;
mod expiry;
mod folded;
mod noted;
mod records;

use super::PacketNumber;
use super::cells::{Cell, Cells};
use super::entry::{Entry, First, Quiet};
use super::hot::Hot;
use super::journal::{Journal, Stacks};
use super::key::Key;
use super::packed::{Packer, Unpacker};
use super::places::Places;
use super::share::{SHARES, Share};
use crate::decode::Brief;
use expiry::Ends;
use noted::Noting;
use records::{NONE, Numbers, PROVISIONAL, Record, Records, Rest};

pub(super) use ahead::AHEAD;
pub(super) use expiry::{Rank, is_silent};
pub(super) use noted::Way;
pub(super) use records::{Birth, Numbered, Slot, provisional};

/// Conversations that are open at the most; beyond it the oldest are ended.
const OPEN_AT_MOST: usize = 2_000_000;

/// The same of each share; [`Share::WHOLE`] has as much as one of them.
const SHARE_AT_MOST: usize = OPEN_AT_MOST / SHARES;

/// Seats that are enough for conversations without ports, where others have the
/// rest.
const SEATS_OF_WHOLE: usize = 256;

/// The few conversations that are kept in full.
#[derive(Debug, Default)]
struct Large {
    entries: Vec<Option<Box<Entry>>>,
    free: Vec<u32>,
}

impl Large {
    fn add(&mut self, entry: Box<Entry>) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        if let Some(free) = self.entries.get_mut(at as usize) {
            *free = Some(entry);
        }
        at
    }

    fn get(&self, at: u32) -> Option<&Entry> {
        self.entries.get(at as usize)?.as_deref()
    }

    fn get_mut(&mut self, at: u32) -> Option<&mut Entry> {
        self.entries.get_mut(at as usize)?.as_deref_mut()
    }

    fn take(&mut self, at: u32) -> Option<Box<Entry>> {
        let entry = self.entries.get_mut(at as usize)?.take()?;
        self.free.push(at);
        Some(entry)
    }
}

/// What the record of a conversation is made of when it begins.
#[derive(Clone, Copy, Debug)]
struct Beginning {
    time_ns: u64,
    packet: PacketNumber,
    share: Share,
    hash: u64,
}

/// All open conversations.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Places, found by the hash of their record's key.
    by_key: Places,
    records: Records,
    hot: Hot,
    /// Whether none may stay in a seat between packets.
    none_stays: bool,
    cells: Cells,
    large: Large,
    packer: Packer,
    /// What belongs to journals.
    noting: Noting,
    /// What times are counted from: the first packet's.
    origin_ns: Option<u64>,
    /// Where a conversation is looked at that has no seat.
    last_look: Option<Box<Entry>>,
    numbers: Numbers,
    numbered: u64,
    /// Where a conversation has just begun whose number is provisional, and
    /// with which packet.
    begun: Option<(Slot, PacketNumber)>,
    /// When they end.
    ends: Ends,
}

impl Table {
    /// With so many conversations out of the packed state at the most.
    pub fn with_hot(mut self, conversations: usize) -> Self {
        self.hot = Hot::new(conversations);
        self.none_stays = conversations == 0;
        self.noting.let_none_stay(self.none_stays);
        self
    }

    /// Of one share of the conversations: others follow the rest. Numbers are
    /// provisional until they are told ([`Self::set_number`]).
    pub fn of_share(mut self) -> Self {
        self.numbers = Numbers::Provisional;
        self.hot = Hot::new((Hot::SEATS - SEATS_OF_WHOLE) / SHARES);
        self.noting.of_share();
        self
    }

    /// Others have the shares of the conversations; here is the rest.
    pub fn leave_shares(&mut self) {
        self.hot = Hot::new(SEATS_OF_WHOLE);
    }

    /// Conversations so far.
    pub fn numbered(&self) -> u64 {
        self.numbered
    }

    /// The number of a conversation that has begun elsewhere.
    pub fn number_another(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }

    /// The conversation at a place that began with a packet has this number, if
    /// it is still there.
    pub fn set_number(&mut self, slot: Slot, packet: PacketNumber, number: u64) {
        let Some(record) = self.records.get_mut(slot.0) else {
            return;
        };
        if record.number != packet | PROVISIONAL {
            return;
        }
        record.number = number;
        let entry = match record.rest {
            Rest::Hot(seat) => self.hot.get_mut(seat),
            Rest::Large(at) => self.large.get_mut(at),
            _ => None,
        };
        if let Some(entry) = entry {
            entry.number = number;
        }
    }

    /// Whether [`Self::take_begun`] has anything to give.
    #[inline]
    pub fn has_begun_one(&self) -> bool {
        self.begun.is_some()
    }

    /// The place of the conversation that has begun since this was last asked,
    /// if its number is provisional, and its first packet.
    #[inline]
    pub fn take_begun(&mut self) -> Option<(Slot, PacketNumber)> {
        self.begun.take()
    }

    /// Conversations ended because too many were open.
    pub fn evicted(&self) -> u64 {
        self.ends.evicted()
    }

    /// The open conversation of this key.
    #[inline]
    pub fn find(&self, key: &Key) -> Option<Slot> {
        self.find_hashed(key, key.hash())
    }

    /// The same, where the key's hash is known.
    #[inline]
    pub fn find_hashed(&self, key: &Key, hash: u64) -> Option<Slot> {
        let is_it = |place: u32| {
            let record = self.records.get(place);
            record.is_some_and(|record| match record.rest {
                Rest::Noted(journal) => self.noting.journals.has_key(journal, key),
                _ => self.has_key(record, key),
            })
        };
        self.by_key.find(hash, is_it).map(Slot)
    }

    /// The connection that has a seat, if a frame of a usual build with TCP
    /// belongs to it; and the header stacks of what was noted.
    #[inline]
    pub fn seated_of(&mut self, seat: u32, brief: &Brief) -> Option<(&mut Entry, &Stacks)> {
        let entry = self.hot.use_seat(seat)?;
        let is_its = brief.build.is_tcp() && entry.key.is_connection_of(brief);
        is_its.then_some((entry, &self.noting.stacks))
    }

    fn has_key(&self, record: &Record, key: &Key) -> bool {
        match record.rest {
            Rest::Free(_) => false,
            Rest::Hot(seat) => self.hot.get(seat).is_some_and(|entry| entry.key == *key),
            Rest::Packed(size, index) => self.has_packed_key(size, index, key),
            Rest::Large(at) => self.large.get(at).is_some_and(|entry| entry.key == *key),
            Rest::Noted(journal) | Rest::Visited(journal) => {
                self.noting.journals.has_key(journal, key)
            }
            Rest::Folded(size, index) => self.has_folded_key(size, index, key),
        }
    }

    #[inline(never)]
    fn has_packed_key(&self, size: u8, index: u32, key: &Key) -> bool {
        Entry::key_of(&mut self.unpacker(size, index)) == *key
    }

    fn unpacker(&self, size: u8, index: u32) -> Unpacker<'_> {
        let cell = Cell::of_parts(size, index);
        Unpacker::new(self.cells.read(cell), self.origin_ns.unwrap_or_default())
    }

    /// The number of the conversation at a place.
    pub fn number(&self, slot: Slot) -> Option<u64> {
        self.open_record(slot).map(|record| record.number)
    }

    /// Which of all that had its place the conversation there is.
    pub fn birth(&self, slot: Slot) -> Option<Birth> {
        self.open_record(slot).map(|record| record.birth)
    }

    fn open_record(&self, slot: Slot) -> Option<&Record> {
        let record = self.records.get(slot.0)?;
        (!matches!(record.rest, Rest::Free(_))).then_some(record)
    }

    /// The conversation at a place, if it has a seat, and the header stacks of
    /// what was noted.
    #[inline(always)]
    pub fn seated(&mut self, slot: Slot) -> Option<(&mut Entry, &Stacks)> {
        let Rest::Hot(seat) = self.records.get(slot.0)?.rest else {
            return None;
        };
        Some((self.hot.use_seat(seat)?, &self.noting.stacks))
    }

    /// The conversation at a place, in a seat.
    pub fn get(&mut self, slot: Slot) -> Option<&mut Entry> {
        let record = self.records.get(slot.0)?;
        if let Rest::Hot(seat) = record.rest {
            return self.hot.use_seat(seat);
        }
        self.make_dense();
        let record = self.records.get(slot.0)?;
        let (number, rest) = (record.number, record.rest);
        match rest {
            Rest::Free(_) => return None,
            Rest::Visited(_) => return self.noting.visitor.as_deref_mut(),
            _ => {}
        }
        let seat = self.seat(slot.0);
        let entry = self.hot.use_seat(seat)?;
        match rest {
            Rest::Packed(size, index) => {
                let cell = Cell::of_parts(size, index);
                let origin_ns = self.origin_ns.unwrap_or_default();
                let mut from = Unpacker::new(self.cells.read(cell), origin_ns);
                entry.wake(number, &mut from);
                self.cells.give_back(cell);
            }
            Rest::Large(at) => {
                if let Some(large) = self.large.take(at) {
                    *entry = *large;
                }
            }
            Rest::Noted(journal) => {
                self.noting.catch_up(entry, number, journal, &self.cells);
                self.remove_journal(journal);
            }
            Rest::Folded(size, index) => {
                if let Some(folded) = folded::read(&self.cells, self.origin_ns, size, index) {
                    self.noting
                        .catch_up_folded(entry, number, &folded, &self.cells);
                }
                self.remove_folded(size, index);
            }
            Rest::Free(_) | Rest::Hot(_) | Rest::Visited(_) => {}
        }
        self.records.get_mut(slot.0)?.rest = Rest::Hot(seat);
        self.hot.use_seat(seat)
    }

    /// A seat for the conversation at a place, emptied if need be.
    fn seat(&mut self, place: u32) -> u32 {
        let (seat, before) = self.hot.take_seat(place);
        if let Some(before) = before {
            self.put_to_rest(before, seat);
        }
        seat
    }

    /// Packs a conversation and frees its seat for another.
    fn put_to_rest(&mut self, place: u32, seat: u32) {
        let Some(entry) = self.hot.use_seat(seat) else {
            return;
        };
        let mut packed = None;
        if !entry.is_large() {
            self.packer.begin(self.origin_ns.unwrap_or_default());
            entry.put_to_rest(&mut self.packer);
            let length = self.packer.finish();
            packed = length.and_then(|length| self.cells.take(length));
        }
        let rest = match packed {
            Some((cell, bytes)) => {
                self.packer.write_to(bytes);
                let (size, index) = cell.parts();
                Rest::Packed(size, index)
            }
            None => {
                let large = Box::new(std::mem::replace(entry, Entry::empty()));
                Rest::Large(self.large.add(large))
            }
        };
        if let Some(record) = self.records.get_mut(place) {
            record.rest = rest;
        }
    }

    /// Between packets: what may not stay in a seat is put to rest.
    #[inline]
    pub fn settle(&mut self, slot: Slot) {
        if self.noting.is_visited {
            self.end_visit(slot);
        }
        if !self.none_stays {
            return;
        }
        if let Some(record) = self.records.get(slot.0)
            && let Rest::Hot(seat) = record.rest
        {
            self.put_to_rest(slot.0, seat);
            self.hot.leave(seat);
        }
    }

    /// Adds a conversation.
    pub fn add(&mut self, first: &First) -> Slot {
        let rest = Rest::Free(NONE);
        let (slot, number) = self.add_first(first, first.key.hash(), rest);
        let seat = self.seat(slot.0);
        if let Some(entry) = self.hot.use_seat(seat) {
            entry.begin(number, first);
        }
        self.rests(slot.0, Rest::Hot(seat));
        slot
    }

    /// Adds the record of a conversation that begins so; gives its number too.
    fn add_first(&mut self, first: &First, hash: u64, rest: Rest) -> (Slot, u64) {
        let beginning = Beginning {
            time_ns: first.time_ns,
            packet: first.packet,
            share: Share::of(&first.key, hash),
            hash,
        };
        let (slot, number) = self.add_record(&beginning, rest);
        if !first.is_tcp {
            self.add_silent(first.time_ns, slot);
        }
        (slot, number)
    }

    /// Adds a record of a conversation that begins now; gives its number too.
    fn add_record(&mut self, beginning: &Beginning, rest: Rest) -> (Slot, u64) {
        let Beginning { hash, share, .. } = *beginning;
        self.numbered += 1;
        self.origin_ns.get_or_insert(beginning.time_ns);
        let number = match self.numbers {
            Numbers::Counted => self.numbered,
            Numbers::Provisional => beginning.packet | PROVISIONAL,
        };
        let place = self.records.add(Record {
            number,
            hash: hash as u32,
            birth: Birth::new(self.numbered as u32, share),
            rest,
        });
        self.by_key.insert(hash, place);
        if self.numbers == Numbers::Provisional {
            self.begun = Some((Slot(place), beginning.packet));
        }
        self.has_begun(share);
        (Slot(place), number)
    }

    fn rests(&mut self, place: u32, rest: Rest) {
        if let Some(record) = self.records.get_mut(place) {
            record.rest = rest;
        }
    }

    /// From now on only stragglers are expected.
    pub fn close(&mut self, slot: Slot, now_ns: u64) {
        let Some(record) = self.records.get(slot.0) else {
            return;
        };
        let rest = record.rest;
        self.add_closed(now_ns, slot);
        match rest {
            Rest::Hot(seat) => self.hot.finish(seat),
            Rest::Noted(journal) => self.close_journal(journal),
            _ => {}
        }
    }

    /// Takes a conversation out without a look at it, if it rests, nothing was
    /// left to tell of it, and it carried fewer bytes than that. Gives its
    /// number and what was kept apart of it.
    pub fn forget_quiet(&mut self, slot: Slot, least_bytes: u64) -> Option<(u64, Quiet)> {
        let record = self.records.get(slot.0)?;
        let (hash, number, rest) = (record.hash, record.number, record.rest);
        let quiet = match rest {
            Rest::Packed(size, index) => Entry::quiet(&mut self.unpacker(size, index)),
            Rest::Noted(journal) => self.noting.journals.get(journal)?.quiet(),
            // What is folded is open.
            _ => return None,
        };
        let quiet = quiet.filter(|quiet| quiet.bytes < least_bytes)?;
        self.forget(slot, hash);
        match rest {
            Rest::Packed(size, index) => self.cells.give_back(Cell::of_parts(size, index)),
            Rest::Noted(journal) => self.remove_journal(journal),
            _ => {}
        }
        Some((number, quiet))
    }

    fn forget(&mut self, slot: Slot, hash: u32) {
        self.by_key.remove(hash.into(), slot.0);
        self.records.remove(slot.0);
    }

    /// Takes a conversation out, for a last look.
    pub fn take(&mut self, slot: Slot) -> Option<&Entry> {
        let record = self.records.get(slot.0)?;
        let (hash, number, rest) = (record.hash, record.number, record.rest);
        if let Rest::Free(_) = rest {
            return None;
        }
        self.forget(slot, hash);
        match rest {
            Rest::Hot(seat) => {
                self.hot.leave(seat);
                return self.hot.get(seat);
            }
            Rest::Packed(size, index) => {
                let cell = Cell::of_parts(size, index);
                let origin_ns = self.origin_ns.unwrap_or_default();
                let mut from = Unpacker::new(self.cells.read(cell), origin_ns);
                self.last_look
                    .get_or_insert_with(|| Box::new(Entry::empty()))
                    .wake(number, &mut from);
                self.cells.give_back(cell);
            }
            Rest::Large(at) => {
                self.last_look = self.large.take(at).or(self.last_look.take());
            }
            Rest::Noted(journal) => {
                let look = self
                    .last_look
                    .get_or_insert_with(|| Box::new(Entry::empty()));
                self.noting.catch_up(look, number, journal, &self.cells);
                self.remove_journal(journal);
            }
            Rest::Folded(size, index) => {
                self.look_at_folded(number, size, index);
                self.remove_folded(size, index);
            }
            Rest::Free(_) | Rest::Visited(_) => {}
        }
        self.last_look.as_deref()
    }

    /// The conversation at a place, as it is, where it is: for a look that is
    /// no part of following it.
    pub fn look(&mut self, slot: Slot) -> Option<&Entry> {
        let record = self.records.get(slot.0)?;
        match record.rest {
            Rest::Free(_) => None,
            Rest::Hot(seat) => self.hot.get(seat),
            Rest::Large(at) => self.large.get(at),
            Rest::Packed(size, index) => {
                let cell = Cell::of_parts(size, index);
                let origin_ns = self.origin_ns.unwrap_or_default();
                let mut from = Unpacker::new(self.cells.read(cell), origin_ns);
                let look = self
                    .last_look
                    .get_or_insert_with(|| Box::new(Entry::empty()));
                look.wake(record.number, &mut from);
                Some(look)
            }
            Rest::Noted(journal) | Rest::Visited(journal) => {
                let look = self
                    .last_look
                    .get_or_insert_with(|| Box::new(Entry::empty()));
                self.noting
                    .catch_up(look, record.number, journal, &self.cells);
                Some(look)
            }
            Rest::Folded(size, index) => self.look_at_folded(record.number, size, index),
        }
    }

    /// The time of a conversation's last packet.
    fn end_ns(&self, slot: Slot) -> Option<u64> {
        match self.records.get(slot.0)?.rest {
            Rest::Free(_) => None,
            Rest::Hot(seat) => self.hot.get(seat).map(|entry| entry.end_ns),
            Rest::Packed(size, index) => Some(Entry::end_of(&mut self.unpacker(size, index))),
            Rest::Large(at) => self.large.get(at).map(|entry| entry.end_ns),
            Rest::Noted(journal) | Rest::Visited(journal) => {
                self.noting.journals.get(journal).map(Journal::end_ns)
            }
            Rest::Folded(size, index) => self.folded_end_ns(size, index),
        }
    }

    /// Conversations that are open.
    pub fn open_count(&self) -> usize {
        self.records.open_of.iter().sum()
    }

    /// Every open conversation, by number.
    pub fn open(&self) -> Vec<Numbered> {
        let open = self.records.open();
        let mut open: Vec<_> = open
            .map(|(record, place)| Numbered::new(record.number, place))
            .collect();
        open.sort_unstable();
        open
    }

    /// Every open conversation, by number; from now on they can only end.
    pub fn close_down(&mut self) -> Vec<Numbered> {
        // They need not be taken out one by one.
        self.by_key = Places::default();
        self.open()
    }
}
