//! Handshakes of one host that follow closely upon each other and have a host or
//! a port in common.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::Answer;
use crate::track::{Address, PacketNumber};

/// A scan fails at so many ports of a host, as Zeek has it.
const PORTS: u32 = 15;
/// A scan fails at so many hosts on one port, as Zeek has it, where they are
/// neighbours.
const NEIGHBOURS: u32 = 25;
/// Hosts anywhere: programs try many that are far from each other, whether the
/// network lets them or not (a browser does so for one page).
const HOSTS: u32 = 100;

/// Programs come back to the same targets. A scan asks a silent one twice.
const TIMES_EACH: u32 = 3;

/// After such a pause, in nanoseconds, what follows has nothing to do with what
/// was before. Programs that try one target after the other wait as long.
const PAUSE_NS: u64 = 20_000_000_000;

/// Scans in one burst that are told apart; later ones are not found.
const PAST: usize = 8;

/// What the targets have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The host.
    Ports,
    /// The port.
    Hosts,
}

/// Targets with a host or a port in common.
#[derive(Clone, Debug)]
pub(super) struct Burst {
    shape: Shape,
    /// Targets that are remembered, older ones too.
    remembered: u32,
    /// The first and the last SYN of earlier scans.
    past: SmallVec<[(PacketNumber, PacketNumber); 1]>,
    /// The first SYN that counts now.
    since: PacketNumber,
    last_syn: PacketNumber,
    last_ns: u64,
    targets: u32,
    handshakes: u32,
    failed: u32,
    completed: u32,
    /// Targets whose host is a neighbour of the one before.
    neighbours: u32,
    last_host: Option<Address>,
}

impl Burst {
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            remembered: 0,
            past: SmallVec::new(),
            since: 0,
            last_syn: 0,
            last_ns: 0,
            targets: 0,
            handshakes: 0,
            failed: 0,
            completed: 0,
            neighbours: 0,
            last_host: None,
        }
    }

    /// A target is tried for the first time. It has failed as long as it does
    /// not answer.
    pub fn begins(&mut self, syn: PacketNumber, host: Address, time_ns: u64) {
        let pause_ns = time_ns.saturating_sub(self.last_ns);
        if pause_ns > PAUSE_NS {
            let mut past = std::mem::take(&mut self.past);
            if past.len() < PAST && self.is_scan(self.since) {
                past.push((self.since, self.last_syn));
            }
            *self = Self {
                remembered: self.remembered,
                past,
                since: syn,
                ..Self::new(self.shape)
            };
        }
        self.last_syn = syn;
        self.last_ns = time_ns;
        self.remembered += 1;
        self.targets += 1;
        self.handshakes += 1;
        self.failed += 1;
        let last_host = self.last_host.replace(host);
        let is_neighbour = last_host.is_some_and(|last| are_neighbours(last, host));
        self.neighbours += u32::from(is_neighbour);
    }

    /// A target, first tried with this SYN, is tried again.
    pub fn again(&mut self, syn: PacketNumber) {
        if syn >= self.since {
            self.handshakes = self.handshakes.saturating_add(1);
        }
    }

    /// A target, first tried with this SYN, has answered.
    pub fn answered(&mut self, syn: PacketNumber, before: Option<Answer>, answer: Answer) {
        if syn < self.since {
            return;
        }
        let failed = |answer: Option<Answer>| answer.is_none_or(Answer::is_failure);
        match (failed(before), failed(Some(answer))) {
            (true, false) => self.failed = self.failed.saturating_sub(1),
            (false, true) => self.failed += 1,
            _ => {}
        }
        self.completed += u32::from(answer == Answer::Completed);
    }

    /// Whether a target that was first tried with this SYN is one of a scan.
    pub fn is_scan(&self, syn: PacketNumber) -> bool {
        let mut past = self.past.iter();
        if past.any(|(first, last)| (*first..=*last).contains(&syn)) {
            return true;
        }
        let enough = match self.shape {
            Shape::Ports => PORTS,
            Shape::Hosts if self.neighbours >= self.targets / 2 => NEIGHBOURS,
            Shape::Hosts => HOSTS,
        };
        syn >= self.since
            && self.failed >= enough
            && self.failed >= self.targets / 2
            && self.failed >= self.completed
            && self.handshakes < self.targets.saturating_mul(TIMES_EACH)
    }

    /// A target is no longer remembered; gives whether none is.
    pub fn forget(&mut self) -> bool {
        self.remembered = self.remembered.saturating_sub(1);
        self.remembered == 0
    }
}

/// Whether two hosts are in one network, as far as addresses alone can tell.
fn are_neighbours(one: Address, other: Address) -> bool {
    match (one, other) {
        (Address::Ip(IpAddr::V4(one)), Address::Ip(IpAddr::V4(other))) => {
            one.octets()[..3] == other.octets()[..3]
        }
        (Address::Ip(IpAddr::V6(one)), Address::Ip(IpAddr::V6(other))) => {
            one.octets()[..8] == other.octets()[..8]
        }
        _ => false,
    }
}
