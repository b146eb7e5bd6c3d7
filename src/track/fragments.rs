//! Fragments behind the first carry no ports: they belong to the conversation
//! that their first fragment named (RFC 791, section 3.2: the same addresses,
//! protocol and identification).

use std::collections::VecDeque;
use std::net::IpAddr;

use super::hash::Map;
use super::table::{Birth, Slot};
use crate::decode::Network;

/// How long a first fragment is remembered, as hosts wait for the rest.
const REMEMBERED_NS: u64 = 30_000_000_000;

/// First fragments that are remembered at the most.
const AT_MOST: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Name {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    identification: u32,
}

impl Name {
    fn of(network: &Network) -> Self {
        Self {
            source: network.source,
            destination: network.destination,
            protocol: network.protocol,
            identification: network.identification,
        }
    }
}

/// Where a first fragment's conversation is, to be sure that the place was not
/// taken by another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub slot: Slot,
    pub birth: Birth,
}

/// First fragments and what they belong to.
#[derive(Debug)]
pub(super) struct Fragments<P> {
    places: Map<Name, P>,
    by_age: VecDeque<(u64, Name)>,
}

impl<P> Default for Fragments<P> {
    fn default() -> Self {
        Self {
            places: Map::default(),
            by_age: VecDeque::new(),
        }
    }
}

impl<P: Copy> Fragments<P> {
    /// Remembers a first fragment.
    pub fn first(&mut self, network: &Network, place: P, now_ns: u64) {
        while let Some((since_ns, name)) = self.by_age.front() {
            let old = now_ns.saturating_sub(*since_ns) > REMEMBERED_NS;
            if !old && self.by_age.len() < AT_MOST {
                break;
            }
            self.places.remove(name);
            self.by_age.pop_front();
        }
        let name = Name::of(network);
        if self.places.insert(name, place).is_none() {
            self.by_age.push_back((now_ns, name));
        }
    }

    /// What a later fragment belongs to.
    pub fn find(&self, network: &Network) -> Option<P> {
        self.places.get(&Name::of(network)).copied()
    }
}
