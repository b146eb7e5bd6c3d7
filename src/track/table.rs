//! The one table of conversations: found by key, numbered by first packet,
//! forgotten when they have ended.

use std::collections::VecDeque;

use hashbrown::HashTable;

use super::framing::Direction;
use super::key::Key;
use super::syn_flood::Opening;
use super::tcp::Connection;
use crate::decode::Quoted;

use super::{Conversation, Endpoint, LayerBytes, PacketNumber, Roles, Side, Sides, Totals};

/// A conversation without TCP ends after this much silence.
const SILENCE_NS: u64 = 60_000_000_000;

/// How long a closed TCP connection is kept for stragglers.
const STRAGGLERS_NS: u64 = 120_000_000_000;

/// Conversations that are open at the most (some 4 GB of them); beyond it the
/// oldest are ended.
const OPEN_AT_MOST: usize = 2_000_000;

/// Entries that are allocated together. They are never moved: growing a table
/// of large entries would take twice their memory for a moment.
const CHUNK: usize = 1024;

/// A place in the table; good until the conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// The last packet of one side, to be found by what quotes it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    pub number: PacketNumber,
    pub time_ns: u64,
    pub identification: u32,
}

impl Last {
    /// Whether this may be the packet that an ICMP error quotes: the same
    /// identification, where there is one.
    pub fn is(&self, quoted: &Quoted) -> bool {
        let identification = quoted.network.identification;
        self.number > 0 && (identification == 0 || identification == self.identification)
    }
}

/// An open conversation.
#[derive(Debug)]
pub(super) struct Entry {
    pub key: Key,
    pub number: u64,
    pub protocol: &'static str,
    pub vlan: Option<u32>,
    /// Whether the client stands second in the key.
    pub client_second: bool,
    pub roles: Roles,
    pub sent: Sides<Totals>,
    pub overhead: LayerBytes,
    pub last: Sides<Last>,
    pub first_packet: PacketNumber,
    pub start_ns: u64,
    pub end_ns: u64,
    pub tcp: Option<Box<Connection>>,
    /// Its server counts it as open.
    pub counted: bool,
    /// How far its handshake has come.
    pub opening: Opening,
    /// The messages in its bytes; none before its first data.
    pub framed: Option<Box<Sides<Direction>>>,
}

impl Entry {
    /// Both ends.
    pub fn ends(&self) -> Sides<Endpoint> {
        let [first, second] = self.key.endpoints();
        if self.client_second {
            Sides {
                client: second,
                server: first,
            }
        } else {
            Sides {
                client: first,
                server: second,
            }
        }
    }

    /// Which side sent a packet whose source stands second in the key or not.
    pub fn side(&self, source_second: bool) -> Side {
        if source_second == self.client_second {
            Side::Client
        } else {
            Side::Server
        }
    }

    /// What is said of it at its end.
    pub fn conversation(&self) -> Conversation {
        let ends = self.ends();
        Conversation {
            number: self.number,
            protocol: self.protocol,
            client: Some(ends.client),
            server: Some(ends.server),
            vlan: self.vlan,
            roles: self.roles,
            sent: self.sent,
            overhead: self.overhead.clone(),
            first_packet: self.first_packet,
            start_ns: self.start_ns,
            end_ns: self.end_ns,
            tcp: self.tcp.as_ref().map(|tcp| tcp.summary()),
        }
    }
}

/// Entries by place, in chunks.
#[derive(Debug, Default)]
struct Entries {
    chunks: Vec<Vec<Option<Entry>>>,
    length: u32,
}

impl Entries {
    fn get(&self, place: u32) -> Option<&Entry> {
        let place = place as usize;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)?.as_ref()
    }

    fn place(&mut self, place: u32) -> Option<&mut Option<Entry>> {
        let place = place as usize;
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)
    }

    fn get_mut(&mut self, place: u32) -> Option<&mut Entry> {
        self.place(place)?.as_mut()
    }

    fn take(&mut self, place: u32) -> Option<Entry> {
        self.place(place)?.take()
    }

    fn put(&mut self, place: u32, entry: Entry) {
        if let Some(free) = self.place(place) {
            *free = Some(entry);
        }
    }

    fn push(&mut self, entry: Entry) -> u32 {
        match self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => chunk.push(Some(entry)),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(Some(entry));
                self.chunks.push(chunk);
            }
        }
        self.length += 1;
        self.length - 1
    }
}

/// All open conversations.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Places, found by the hash of their entry's key.
    by_key: HashTable<u32>,
    entries: Entries,
    free: Vec<u32>,
    numbered: u64,
    evicted: u64,
    /// Silent conversations by when they may end: due time, place, number.
    silent: VecDeque<(u64, u32, u64)>,
    /// The same for closed TCP connections.
    closed: VecDeque<(u64, u32, u64)>,
    /// Every conversation by age, for eviction.
    by_age: VecDeque<(u32, u64)>,
}

impl Table {
    /// Conversations so far.
    pub fn numbered(&self) -> u64 {
        self.numbered
    }

    /// Conversations ended because too many were open.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The open conversation of this key.
    pub fn find(&self, key: &Key) -> Option<Slot> {
        let is_it = |place: &u32| {
            self.entries
                .get(*place)
                .is_some_and(|entry| entry.key == *key)
        };
        self.by_key.find(key.hash(), is_it).copied().map(Slot)
    }

    /// What stands at a place.
    pub fn get(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(slot.0)
    }

    /// Adds a conversation; its number is set here.
    pub fn add(&mut self, mut entry: Entry) -> Slot {
        self.numbered += 1;
        entry.number = self.numbered;
        let (key, number, start_ns) = (entry.key, entry.number, entry.start_ns);
        let is_tcp = entry.tcp.is_some();
        let place = match self.free.pop() {
            Some(place) => {
                self.entries.put(place, entry);
                place
            }
            None => self.entries.push(entry),
        };
        let entries = &self.entries;
        let hash_of = |place: &u32| entries.get(*place).map_or(0, |entry| entry.key.hash());
        self.by_key.insert_unique(key.hash(), place, hash_of);
        self.by_age.push_back((place, number));
        self.forget_ended();
        if !is_tcp {
            self.silent
                .push_back((start_ns.saturating_add(SILENCE_NS), place, number));
        }
        Slot(place)
    }

    /// From now on only stragglers are expected.
    pub fn close(&mut self, slot: Slot, now_ns: u64) {
        if let Some(number) = self.get(slot).map(|entry| entry.number) {
            self.closed
                .push_back((now_ns.saturating_add(STRAGGLERS_NS), slot.0, number));
        }
    }

    /// Takes a conversation out.
    pub fn take(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.entries.take(slot.0)?;
        if let Ok(found) = self
            .by_key
            .find_entry(entry.key.hash(), |place| *place == slot.0)
        {
            found.remove();
        }
        self.free.push(slot.0);
        Some(entry)
    }

    fn is(&self, place: u32, number: u64) -> Option<&Entry> {
        self.entries
            .get(place)
            .filter(|entry| entry.number == number)
    }

    /// A conversation that has ended by now, if there is one.
    pub fn expired(&mut self, now_ns: u64) -> Option<Slot> {
        while let Some(&(due_ns, place, number)) = self.closed.front() {
            if due_ns > now_ns {
                break;
            }
            self.closed.pop_front();
            if self.is(place, number).is_some() {
                return Some(Slot(place));
            }
        }
        while let Some(&(due_ns, place, number)) = self.silent.front() {
            // At the end of the clock nothing can grow older: it would be due
            // for ever.
            if due_ns > now_ns || due_ns == u64::MAX {
                break;
            }
            self.silent.pop_front();
            let Some(end_ns) = self.is(place, number).map(|entry| entry.end_ns) else {
                continue;
            };
            if is_silent(end_ns, now_ns) {
                return Some(Slot(place));
            }
            self.silent
                .push_back((end_ns.saturating_add(SILENCE_NS), place, number));
        }
        self.too_many()
    }

    /// Conversations that are open.
    pub fn open_count(&self) -> usize {
        self.entries.length as usize - self.free.len()
    }

    /// Keeps the list by age in proportion to what is open.
    fn forget_ended(&mut self) {
        if self.by_age.len() > 1024 + 2 * self.open_count() {
            let mut by_age = std::mem::take(&mut self.by_age);
            by_age.retain(|(place, number)| self.is(*place, *number).is_some());
            self.by_age = by_age;
        }
    }

    fn too_many(&mut self) -> Option<Slot> {
        if self.open_count() <= OPEN_AT_MOST {
            return None;
        }
        while let Some((place, number)) = self.by_age.pop_front() {
            if self.is(place, number).is_some() {
                self.evicted += 1;
                return Some(Slot(place));
            }
        }
        None
    }

    /// Every open conversation, by number.
    pub fn open(&self) -> Vec<Slot> {
        let mut open: Vec<(u64, u32)> = (0..self.entries.length)
            .filter_map(|place| self.entries.get(place).map(|entry| (entry.number, place)))
            .collect();
        open.sort_unstable();
        open.into_iter().map(|(_, place)| Slot(place)).collect()
    }
}

/// Whether a conversation without TCP has ended by silence.
pub(super) fn is_silent(end_ns: u64, now_ns: u64) -> bool {
    now_ns.saturating_sub(end_ns) >= SILENCE_NS
}
