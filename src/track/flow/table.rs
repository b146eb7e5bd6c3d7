//! The one table of conversations: found by key, numbered by first packet,
//! forgotten when they have ended ([`super::timeouts`]).
//!
//! What bounds its memory: [`OPEN_AT_MOST`] open conversations.

use std::collections::BinaryHeap;

use hashbrown::HashTable;
use slab::Slab;

use super::timeouts::Timeouts;
use super::{FirstPacket, Flow, Key};

/// Conversations that are open at the most; beyond it those with the lowest
/// numbers are ended.
const OPEN_AT_MOST: usize = 2_000_000;

/// So many of the oldest are looked for at once.
const OLDEST: usize = 4_096;

/// Names an open conversation. When it has ended, its place may be taken by
/// another, which has another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::track) struct FlowId {
    /// The lower half of the conversation's number: enough to tell those apart
    /// that may have the same place within the time that anything waits.
    number: u32,
    place: u32,
}

/// All open conversations.
#[derive(Debug, Default)]
pub(in crate::track) struct Table {
    /// Places in `flows`, by the hash of the key.
    by_key: HashTable<u32>,
    flows: Slab<Box<Flow>>,
    pub(super) timeouts: Timeouts,
    numbered: u64,
    /// The oldest when there were too many, the latest of them first.
    oldest: Vec<FlowId>,
    evicted: u64,
}

impl Table {
    /// Ends TCP connections by long silence too.
    pub fn forgetting_idle(mut self) -> Self {
        self.timeouts.forget_idle_connections();
        self
    }

    /// Conversations so far.
    pub fn numbered(&self) -> u64 {
        self.numbered
    }

    /// Conversations that are open.
    pub fn open_count(&self) -> usize {
        self.flows.len()
    }

    /// Conversations ended because too many were open.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// The open conversation of this key.
    pub fn find(&self, key: &Key) -> Option<FlowId> {
        let has_key = |place: &u32| self.at(*place).is_some_and(|flow| flow.key == *key);
        let place = *self.by_key.find(key.hash(), has_key)?;
        Some(FlowId::of(place, self.at(place)?))
    }

    fn at(&self, place: u32) -> Option<&Flow> {
        self.flows.get(place as usize).map(Box::as_ref)
    }

    /// An open conversation, to be looked at.
    pub fn look(&self, id: FlowId) -> Option<&Flow> {
        self.at(id.place).filter(|flow| id.is(flow))
    }

    /// An open conversation, to be followed.
    pub fn get(&mut self, id: FlowId) -> Option<&mut Flow> {
        let flow = self.flows.get_mut(id.place as usize)?;
        id.is(flow).then_some(flow)
    }

    /// Adds a conversation.
    pub fn add(&mut self, first: &FirstPacket) -> FlowId {
        self.numbered += 1;
        let flow = Flow::begin(self.numbered, first);
        let place = self.flows.insert(Box::new(flow)) as u32;
        let flows = &self.flows;
        let hash_of = |place: &u32| flows.get(*place as usize).map_or(0, |flow| flow.key.hash());
        self.by_key.insert_unique(first.key.hash(), place, hash_of);
        let id = FlowId {
            number: self.numbered as u32,
            place,
        };
        self.timeouts.begins(id, first);
        id
    }

    /// Only stragglers are expected from now on.
    pub fn close(&mut self, id: FlowId, now_ns: u64) {
        self.timeouts.closed(id, now_ns);
    }

    /// Takes a conversation out.
    pub fn take(&mut self, id: FlowId) -> Option<Box<Flow>> {
        let key = self.look(id)?.key;
        if let Ok(found) = self
            .by_key
            .find_entry(key.hash(), |place| *place == id.place)
        {
            found.remove();
        }
        self.flows.try_remove(id.place as usize)
    }

    /// Whether a conversation may have ended by now.
    pub fn may_expire(&self, now_ns: u64) -> bool {
        self.flows.len() > OPEN_AT_MOST || self.timeouts.are_due(now_ns)
    }

    /// A conversation that has ended by now, if there is one. It is still to be
    /// taken out.
    pub fn expired(&mut self, now_ns: u64) -> Option<FlowId> {
        let flows = &self.flows;
        let look = |id: FlowId| {
            let flow = flows.get(id.place as usize)?;
            id.is(flow).then_some(&**flow)
        };
        if let Some(id) = self.timeouts.expired(now_ns, look) {
            return Some(id);
        }
        if self.flows.len() <= OPEN_AT_MOST {
            return None;
        }
        self.evicted += 1;
        self.oldest()
    }

    /// The oldest conversation.
    fn oldest(&mut self) -> Option<FlowId> {
        loop {
            while let Some(id) = self.oldest.pop() {
                if self.look(id).is_some() {
                    return Some(id);
                }
            }
            let mut oldest = BinaryHeap::with_capacity(OLDEST + 1);
            for (place, flow) in &self.flows {
                oldest.push((flow.number, FlowId::of(place as u32, flow)));
                if oldest.len() > OLDEST {
                    oldest.pop();
                }
            }
            if oldest.is_empty() {
                return None;
            }
            let latest_first = oldest.into_sorted_vec().into_iter().rev();
            self.oldest = latest_first.map(|(_, id)| id).collect();
        }
    }

    /// Every open conversation, by number.
    pub fn open(&self) -> Vec<FlowId> {
        let flows = self.flows.iter();
        let mut open: Vec<_> = flows
            .map(|(place, flow)| (flow.number, FlowId::of(place as u32, flow)))
            .collect();
        open.sort_unstable();
        open.into_iter().map(|(_, id)| id).collect()
    }
}

impl FlowId {
    fn of(place: u32, flow: &Flow) -> Self {
        Self {
            number: flow.number as u32,
            place,
        }
    }

    fn is(self, flow: &Flow) -> bool {
        self.number == flow.number as u32
    }
}
