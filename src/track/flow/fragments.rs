//! Fragments behind the first carry no ports: they belong to the conversation
//! that their first fragment named (RFC 791, section 3.2: the same addresses,
//! protocol and identification).

use std::collections::VecDeque;
use std::net::IpAddr;

use super::FlowId;
use crate::decode::Network;
use crate::track::hash::Map;

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

/// First fragments, and the conversations that they belong to.
#[derive(Debug, Default)]
pub(in crate::track) struct Fragments {
    firsts: Map<Name, FlowId>,
    by_age: VecDeque<(u64, Name)>,
}

impl Fragments {
    /// Remembers a first fragment.
    pub fn first(&mut self, network: &Network, id: FlowId, now_ns: u64) {
        while let Some((since_ns, name)) = self.by_age.front() {
            let old = now_ns.saturating_sub(*since_ns) > REMEMBERED_NS;
            if !old && self.by_age.len() < AT_MOST {
                break;
            }
            self.firsts.remove(name);
            self.by_age.pop_front();
        }
        let name = Name::of(network);
        if self.firsts.insert(name, id).is_none() {
            self.by_age.push_back((now_ns, name));
        }
    }

    /// The conversation that a later fragment belongs to.
    pub fn find(&self, network: &Network) -> Option<FlowId> {
        self.firsts.get(&Name::of(network)).copied()
    }
}
