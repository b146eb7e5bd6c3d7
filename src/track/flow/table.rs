//! A part's table of conversations: found by key, named by their first packets,
//! forgotten when they have ended ([`super::timeouts`]).
//!
//! What bounds its memory: [`OPEN_AT_MOST`] open conversations, or fewer where
//! their memory is more than may be in use, of which all but [`ACTIVE_AT_MOST`]
//! lie dormant ([`Dormant`]).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use hashbrown::HashTable;
use slab::Slab;

use super::timeouts::{Silence, Timeouts};
use super::{FirstPacket, Flow, Key, vlan};
use crate::track::PacketNumber;
use crate::track::dormant::Dormant;
use crate::track::memory::Room;
use crate::track::part::Open;
use crate::track::tcp::Connection;

/// Conversations that are open at the most, over all parts; beyond it those that
/// have been idle for longest are ended.
const OPEN_AT_MOST: usize = 2_000_000;

/// Conversations that are active at the most, over all parts; the others lie
/// dormant.
const ACTIVE_AT_MOST: usize = 16_384;

/// One in so many of the conversations, those that have been idle for longest, are
/// looked for at once, and at least so many: looking for them goes through all of
/// them.
const IDLE: usize = 32;
const IDLE_AT_LEAST: usize = 4_096;

/// Of the conversations that are to be given up for want of memory, so many are
/// ended at once, over all parts. It is called for once in 64 packets: that is two
/// for each.
const RELIEF: usize = 128;

/// So many conversations are followed in any case.
const LEFT_AT_LEAST: usize = 16;

/// Names an open conversation. When it has ended, its place may be taken by
/// another, which has another first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::track) struct FlowId {
    /// The lower half of its first packet's number: enough to tell those apart
    /// that may have the same place within the time that anything waits.
    first: u32,
    place: u32,
}

/// What the table has of each open conversation.
#[derive(Debug)]
struct Record {
    key: Key,
    first: PacketNumber,
    /// The VLAN tags of each end's packets, in the order of the key.
    tags: [u32; 2],
    /// How many times a conversation had been laid dormant in this table when
    /// this one was for the last time; it wraps.
    laid: u32,
    state: State,
}

/// Where the rest of a conversation is.
#[derive(Debug)]
enum State {
    /// At work; `used` since it was last asked whether it may lie dormant.
    Active {
        flow: Box<Flow>,
        used: bool,
    },
    Dormant(Dormant),
}

/// All open conversations.
#[derive(Debug)]
pub(in crate::track) struct Table {
    /// Places in `records`, by the hash of the key.
    by_key: HashTable<u32>,
    records: Slab<Record>,
    /// The active ones, those first that are asked next whether they may lie
    /// dormant (second chance), and some that have ended.
    active: VecDeque<FlowId>,
    active_at_most: usize,
    /// Conversations that are open at the most now, and with plenty of memory.
    open_at_most: usize,
    room_for: usize,
    /// So many are still to be given up, and so many of them at once.
    too_many: usize,
    relief: usize,
    pub(super) timeouts: Timeouts,
    /// Conversations that lie dormant.
    dormant: usize,
    /// How many times a conversation was laid dormant; it wraps.
    laid: u32,
    /// Those that had been idle for longest when there were too many, the latest
    /// of them first.
    idle: Vec<FlowId>,
    evicted: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            by_key: HashTable::new(),
            records: Slab::new(),
            active: VecDeque::new(),
            active_at_most: ACTIVE_AT_MOST,
            open_at_most: OPEN_AT_MOST,
            room_for: OPEN_AT_MOST,
            too_many: 0,
            relief: RELIEF,
            timeouts: Timeouts::default(),
            dormant: 0,
            laid: 0,
            idle: Vec::new(),
            evicted: 0,
        }
    }
}

impl Table {
    /// The table of one of so many parts, which share the room.
    pub fn shared_by(mut self, parts: usize) -> Self {
        self.active_at_most = self.active_at_most.div_ceil(parts);
        self.room_for = self.room_for.div_ceil(parts);
        self.open_at_most = self.room_for;
        self.relief = self.relief.div_ceil(parts);
        self
    }

    /// Keeps fewer conversations from now on where the memory in use asks for it:
    /// those that are too many are given up bit by bit ([`Self::relieve`]).
    pub fn fit_into(&mut self, room: Room) {
        let open = self.records.len().min(self.open_at_most);
        (self.open_at_most, self.too_many) = match room {
            Room::Plenty => (self.room_for, 0),
            Room::Scarce => (self.open_at_most, 0),
            Room::Exceeded(by) => (open, by.of(open)),
        };
        if room != Room::Plenty {
            let records = &self.records;
            let is_open = |id: &FlowId| is_open(records, *id);
            self.timeouts.forget_ended(records.len(), is_open);
        }
    }

    /// A few of those that are too many, if there are any, are the next to
    /// [expire](Self::expired): those that have been idle for longest.
    pub fn relieve(&mut self) {
        let few = self.too_many.min(self.relief);
        self.too_many -= few;
        self.open_at_most = match few {
            0 => self.open_at_most,
            few => self.open_at_most.saturating_sub(few).max(LEFT_AT_LEAST),
        };
    }

    /// Ends TCP connections by long silence too.
    pub fn forget_idle(&mut self) {
        self.timeouts.forget_idle_connections();
    }

    /// Keeps so many conversations active at the most between packets.
    pub fn keep_active(&mut self, at_most: usize) {
        self.active_at_most = at_most;
    }

    /// Conversations that are open.
    pub fn open_count(&self) -> usize {
        self.records.len()
    }

    /// Conversations ended because too many were open.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The open conversation of this key.
    pub fn find(&self, key: &Key) -> Option<FlowId> {
        let records = &self.records;
        let has_key = |place: &u32| {
            let record = records.get(*place as usize);
            record.is_some_and(|record| record.key == *key)
        };
        let place = *self.by_key.find(key.hash(), has_key)?;
        Some(FlowId::of(place, records.get(place as usize)?))
    }

    /// The open conversation of this key, and the VLAN tag that packets of this
    /// end of it have.
    pub fn find_with_tag(&self, key: &Key, second: bool) -> Option<(FlowId, u32)> {
        let id = self.find(key)?;
        let [of_first, of_second] = self.record(id)?.tags;
        Some((id, if second { of_second } else { of_first }))
    }

    /// The packets of this end have this VLAN tag from now on.
    pub fn set_tag(&mut self, id: FlowId, second: bool, tag: u32) {
        if let Some(record) = self.records.get_mut(id.place as usize) {
            let [of_first, of_second] = &mut record.tags;
            *(if second { of_second } else { of_first }) = tag;
        }
    }

    /// The open conversation of these ends in which packets have this VLAN
    /// tag, or else the one that is not bound to a VLAN.
    pub fn find_near(&self, key: &Key, vlan: Option<u32>) -> Option<FlowId> {
        let tag = vlan::tag(vlan);
        let any = self.find(key);
        let has_tag = |id: &FlowId| self.record(*id).is_some_and(|it| it.tags.contains(&tag));
        any.filter(has_tag)
            .or_else(|| self.find(&key.apart(tag)))
            .or(any)
    }

    fn record(&self, id: FlowId) -> Option<&Record> {
        let record = self.records.get(id.place as usize)?;
        id.is(record).then_some(record)
    }

    /// Whether a conversation is open.
    pub fn is_open(&self, id: FlowId) -> bool {
        is_open(&self.records, id)
    }

    /// The first packet of a conversation.
    pub fn first_packet(&self, id: FlowId) -> Option<PacketNumber> {
        self.record(id).map(|record| record.first)
    }

    /// Looks at an open conversation, which stays as it is.
    pub fn look<T>(&self, id: FlowId, look: impl FnOnce(&Flow) -> T) -> Option<T> {
        self.record(id)?.look(look)
    }

    /// An open conversation, active from now on.
    pub fn get(&mut self, id: FlowId) -> Option<&mut Flow> {
        let record = self.records.get_mut(id.place as usize)?;
        if !id.is(record) {
            return None;
        }
        if record.wake()? {
            self.dormant -= 1;
            self.active.push_back(id);
        }
        match &mut record.state {
            State::Active { flow, used } => {
                *used = true;
                Some(flow)
            }
            State::Dormant(_) => None,
        }
    }

    /// Whether a conversation is open and closed for its ends. One that lay dormant
    /// is woken for that, and has no turn among the active ones where it is closed:
    /// it is about to be taken out.
    fn is_closed(&mut self, id: FlowId) -> bool {
        let record = self.records.get_mut(id.place as usize);
        let Some(record) = record.filter(|record| id.is(record)) else {
            return false;
        };
        let Some(has_woken) = record.wake() else {
            return false;
        };
        let is_closed = |flow: &Flow| flow.tcp().is_none_or(Connection::is_closed);
        let is_closed = record.look(is_closed) == Some(true);
        if has_woken {
            self.dormant -= 1;
            if !is_closed {
                self.active.push_back(id);
            }
        }
        is_closed
    }

    /// Adds a conversation.
    pub fn add(&mut self, first: &FirstPacket) -> FlowId {
        let record = Record {
            key: first.key,
            first: first.packet,
            tags: [vlan::tag(first.vlan); 2],
            laid: 0,
            state: State::Active {
                flow: Box::new(Flow::begin(first)),
                used: true,
            },
        };
        let place = self.records.insert(record) as u32;
        let records = &self.records;
        let hash_of = |place: &u32| {
            let record = records.get(*place as usize);
            record.map_or(0, |record| record.key.hash())
        };
        self.by_key.insert_unique(first.key.hash(), place, hash_of);
        let id = FlowId {
            first: first.packet as u32,
            place,
        };
        self.active.push_back(id);
        self.timeouts.begins(id, first);
        id
    }

    /// Lays conversations dormant, where too many are active: those that were
    /// not used for longest, about. To be called between packets.
    pub fn settle(&mut self) {
        while self.active.len() > self.active_at_most {
            let Some(id) = self.active.pop_front() else {
                return;
            };
            let Some(record) = self.records.get_mut(id.place as usize) else {
                continue;
            };
            if !id.is(record) {
                continue;
            }
            let State::Active { flow, used } = &mut record.state else {
                continue;
            };
            if std::mem::take(used) && self.active_at_most > 0 {
                self.active.push_back(id);
            } else if let Some(dormant) = Dormant::put(flow) {
                record.state = State::Dormant(dormant);
                record.laid = self.laid;
                self.dormant += 1;
                self.laid = self.laid.wrapping_add(1);
            }
        }
    }

    /// Only stragglers are expected from now on.
    pub fn close(&mut self, id: FlowId, now_ns: u64, packet: PacketNumber) {
        self.timeouts.closed(id, now_ns, packet);
    }

    /// Takes a conversation out.
    pub fn take(&mut self, id: FlowId) -> Option<Box<Flow>> {
        let hash = self.record(id)?.key.hash();
        if let Ok(found) = self.by_key.find_entry(hash, |place| *place == id.place) {
            found.remove();
        }
        let record = self.records.try_remove(id.place as usize)?;
        match record.state {
            State::Active { flow, .. } => Some(flow),
            State::Dormant(dormant) => {
                self.dormant -= 1;
                dormant.wake(&record.key, record.first)
            }
        }
    }

    /// Whether a conversation may have ended by this time and this packet.
    pub fn may_expire(&self, now_ns: u64, packet: PacketNumber) -> bool {
        self.records.len() > self.open_at_most || self.timeouts.are_due(now_ns, packet)
    }

    /// A conversation that has ended by this time and this packet, if there is
    /// one, and when it did. It is still to be taken out.
    pub fn expired(&mut self, now_ns: u64, packet: PacketNumber) -> Option<(FlowId, u64)> {
        while let Some((id, due_ns)) = self.timeouts.next_closed(now_ns, packet) {
            // A host may go on after a RST in its name, and ask again after one.
            if self.is_closed(id) {
                return Some((id, due_ns));
            }
        }
        while let Some(id) = self.timeouts.next_silent(now_ns) {
            let Some(silence) = self.get(id).map(|flow| Silence::of(flow)) else {
                continue;
            };
            if silence.is_over(now_ns) {
                return Some((id, silence.due_ns()));
            }
            self.timeouts.goes_on(id, silence);
        }
        if self.records.len() <= self.open_at_most {
            return None;
        }
        self.evicted += 1;
        Some((self.idle_for_longest()?, now_ns))
    }

    /// The conversation that has been idle for longest: of those that lie
    /// dormant, if there are any.
    fn idle_for_longest(&mut self) -> Option<FlowId> {
        while self.dormant > 0 {
            while let Some(id) = self.idle.pop() {
                if self.record(id).is_some_and(Record::is_dormant) {
                    return Some(id);
                }
            }
            let most = (self.records.len() / IDLE).max(IDLE_AT_LEAST);
            let mut idle = BinaryHeap::with_capacity(most + 1);
            for (place, record) in &self.records {
                if record.is_dormant() {
                    let laid_before = self.laid.wrapping_sub(record.laid);
                    idle.push((Reverse(laid_before), FlowId::of(place as u32, record)));
                    if idle.len() > most {
                        idle.pop();
                    }
                }
            }
            let latest_first = idle.into_sorted_vec().into_iter().rev();
            self.idle = latest_first.map(|(_, id)| id).collect();
        }
        self.active_for_longest()
    }

    /// The active conversation that is asked next whether it may lie dormant.
    fn active_for_longest(&mut self) -> Option<FlowId> {
        while let Some(id) = self.active.pop_front() {
            if self.is_open(id) {
                return Some(id);
            }
        }
        None
    }

    /// Every open conversation, in any order.
    pub fn open(&self) -> impl Iterator<Item = Open> {
        self.records.iter().map(|(place, record)| Open {
            first: record.first,
            id: FlowId::of(place as u32, record),
        })
    }
}

fn is_open(records: &Slab<Record>, id: FlowId) -> bool {
    let record = records.get(id.place as usize);
    record.is_some_and(|record| id.is(record))
}

impl Record {
    fn is_dormant(&self) -> bool {
        matches!(self.state, State::Dormant(_))
    }

    /// Wakes the conversation if it lies dormant, and gives whether it did;
    /// `None` where it cannot be read.
    fn wake(&mut self) -> Option<bool> {
        let State::Dormant(dormant) = &self.state else {
            return Some(false);
        };
        let flow = dormant.wake(&self.key, self.first)?;
        self.state = State::Active { flow, used: true };
        Some(true)
    }

    fn look<T>(&self, look: impl FnOnce(&Flow) -> T) -> Option<T> {
        match &self.state {
            State::Active { flow, .. } => Some(look(flow)),
            State::Dormant(dormant) => {
                let flow = dormant.wake(&self.key, self.first)?;
                Some(look(&flow))
            }
        }
    }
}

impl FlowId {
    fn of(place: u32, record: &Record) -> Self {
        Self {
            first: record.first as u32,
            place,
        }
    }

    fn is(self, record: &Record) -> bool {
        self.first == record.first as u32
    }
}
