//! The messages of one exchange: one client, one transaction id.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::Seen;
use super::said::{Path, Sort};
use crate::track::{DhcpQuestion, PacketNumber};

/// The most messages of an exchange that are kept.
const MOST_STEPS: usize = 16;

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub packet: PacketNumber,
    pub time_ns: u64,
    /// Its transaction id: in DHCPv6 a request has another than the offer it takes.
    pub transaction: u32,
    pub sort: Sort,
    /// The server that it is from, or meant for.
    pub server: Option<u64>,
    /// That server's address, where it is named by one.
    pub chosen: Option<IpAddr>,
    /// Who sent it, as readers know it.
    pub speaker: IpAddr,
    /// The address that it is about.
    pub address: Option<IpAddr>,
    pub path: Path,
    /// Mask, gateway and DNS servers, each in a hash.
    pub network: [Option<u64>; 3],
}

impl Step {
    pub fn of(seen: &Seen) -> Self {
        let said = &seen.said;
        Self {
            packet: seen.packet,
            time_ns: seen.time_ns,
            transaction: said.transaction,
            sort: said.sort,
            server: said.server,
            chosen: said.chosen,
            speaker: said.speaker,
            address: said.address,
            path: said.path,
            network: said.network,
        }
    }
}

impl Step {
    fn is_discover(&self) -> bool {
        self.sort == Sort::Question(DhcpQuestion::Discover)
    }
}

/// The messages in order: the first, and the last fifteen.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    steps: SmallVec<[Step; 4]>,
}

impl Exchange {
    pub fn push(&mut self, step: Step) {
        if self.steps.len() >= MOST_STEPS {
            self.steps.remove(1);
        }
        self.steps.push(step);
    }

    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter()
    }

    /// The packet with the same message, seen on the other side of a relay: one that
    /// says the same, to another destination, or by another relay.
    pub fn relayed(&self, step: &Step) -> Option<PacketNumber> {
        let is_same = |other: &&Step| {
            other.transaction == step.transaction
                && other.sort == step.sort
                && other.server == step.server
                && other.address == step.address
        };
        let on_this_path = |other: &&Step| other.path == step.path;
        let others = || self.steps().filter(is_same);
        let is_relayed = |other: &&Step| other.path.relay.is_some() || step.path.relay.is_some();
        let earlier = others().rfind(|other| !on_this_path(other) && is_relayed(other))?;
        // Where it was first seen on this very path, it is not one that was passed on.
        let is_first = others().next().is_some_and(|first| first.path == step.path);
        (!is_first).then_some(earlier.packet)
    }

    /// What was asked last under this transaction id, whatever it was.
    pub fn last_asked(&self, transaction: u32) -> Option<(&Step, DhcpQuestion)> {
        let mut all = self.steps().rev();
        all.find_map(|step| match step.sort {
            Sort::Question(question) if step.transaction == transaction => Some((step, question)),
            _ => None,
        })
    }

    /// The client's last question for servers under this transaction id.
    pub fn last_discover(&self, transaction: u32) -> Option<&Step> {
        let mut all = self.steps();
        all.rfind(|step| step.is_discover() && step.transaction == transaction)
    }

    /// The client's first question for servers since it was last answered.
    pub fn began(&self) -> Option<&Step> {
        let since = self
            .steps()
            .rev()
            .take_while(|step| step.sort != Sort::Answer);
        since.filter(|step| step.is_discover()).last()
    }
}
