//! Scans: one host tries many ports of a host, or many hosts on one port, and
//! most of them in vain.
//!
//! In come the handshakes of all parts, in the order of their SYNs, and what
//! became of each; out goes one finding a host that scans. What programs do is no
//! scan: they complete most of their handshakes, they come back to the same few
//! targets, and they ask one at a time.

mod burst;

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::distinct::Distinct;
use crate::decode::Packet;
use crate::track::hash::{Map, hash};
use crate::track::{
    Address, Endpoint, Event, Finding, PacketNumber, ResetCause, Scan, ScanBeside, endpoints,
};
use burst::{Burst, Shape};

/// Targets that are remembered at the most; beyond it the oldest are given up.
const AT_MOST: usize = 65_536;

/// Scanning hosts that go on counting what was given up of their targets.
const LARGE_SCANS: usize = 64;

/// Targets and SYNs named as examples.
const EXAMPLES: usize = 8;

/// What a target has said so far. Of several answers the largest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::track) enum Answer {
    /// Nothing, and more was not waited for.
    TooEarly,
    /// Nothing.
    Silence,
    /// An ICMP error.
    Rejected,
    /// A RST.
    Refused,
    /// A SYN-ACK.
    Open,
    /// A SYN-ACK, and the handshake was completed.
    Completed,
}

impl Answer {
    fn is_failure(self) -> bool {
        matches!(self, Self::Silence | Self::Rejected | Self::Refused)
    }
}

/// A port of a host that was tried.
#[derive(Clone, Debug)]
struct Target {
    source: Address,
    endpoint: Endpoint,
    /// The first SYN.
    syn: PacketNumber,
    time_ns: u64,
    answer: Option<Answer>,
    beside: ScanBeside,
}

/// Every target that was tried lately, by who tried it.
#[derive(Debug, Default)]
pub(in crate::track) struct Scans {
    targets: Map<u64, Target>,
    by_age: VecDeque<u64>,
    /// By the hash of source and host, and of source and port.
    bursts: Map<u64, Burst>,
    /// Of targets that were given up.
    given_up: Map<Address, Sum>,
}

/// The targets of one scanning host together.
#[derive(Clone, Debug, Default)]
struct Sum {
    targets: u64,
    hosts: Distinct,
    ports: Distinct,
    /// One of each.
    example: Option<Endpoint>,
    open: u64,
    refused: u64,
    rejected: u64,
    silent: u64,
    open_targets: SmallVec<[Endpoint; EXAMPLES]>,
    syns: SmallVec<[PacketNumber; EXAMPLES]>,
    during: Option<(u64, u64)>,
    beside: ScanBeside,
}

fn key(source: Address, target: Endpoint) -> u64 {
    hash((source, target))
}

/// The bursts that a target belongs to: many ports of its host, many hosts on its
/// port.
fn bursts_of(source: Address, target: Endpoint) -> [(Shape, u64); 2] {
    [
        (Shape::Ports, hash((source, target.address))),
        (Shape::Hosts, hash((source, target.port))),
    ]
}

impl Scans {
    /// A handshake begins.
    pub fn syn(&mut self, syn: PacketNumber, source: Address, endpoint: Endpoint, time_ns: u64) {
        let key = key(source, endpoint);
        if let Some(target) = self.targets.get_mut(&key) {
            for (_, burst) in bursts_of(source, endpoint) {
                if let Some(burst) = self.bursts.get_mut(&burst) {
                    burst.again(target.syn);
                }
            }
            return;
        }
        for (shape, burst) in bursts_of(source, endpoint) {
            let burst = self
                .bursts
                .entry(burst)
                .or_insert_with(|| Burst::new(shape));
            burst.begins(syn, endpoint.address, time_ns);
        }
        let target = Target {
            source,
            endpoint,
            syn,
            time_ns,
            answer: None,
            beside: ScanBeside::default(),
        };
        self.targets.insert(key, target);
        self.by_age.push_back(key);
        if self.by_age.len() > AT_MOST
            && let Some(oldest) = self.by_age.pop_front()
            && let Some(target) = self.targets.remove(&oldest)
        {
            self.give_up(&target);
        }
    }

    /// A handshake came to this.
    pub fn answered(&mut self, source: Address, target: Endpoint, answer: Answer) {
        let Some(target) = self.targets.get_mut(&key(source, target)) else {
            return;
        };
        let before = target.answer;
        if before < Some(answer) {
            target.answer = Some(answer);
            for (_, burst) in bursts_of(source, target.endpoint) {
                if let Some(burst) = self.bursts.get_mut(&burst) {
                    burst.answered(target.syn, before, answer);
                }
            }
        }
    }

    /// A RST may refuse a handshake, or abandon it.
    pub fn reset(&mut self, packet: &Packet<'_>, events: &[Event]) {
        let Some((from, to)) = endpoints(packet) else {
            return;
        };
        for event in events {
            match event {
                Event::HandshakeRefused(_) => {
                    let beside = ScanBeside {
                        refusals: 1,
                        ..ScanBeside::default()
                    };
                    self.told(to.address, from, beside);
                }
                Event::Reset(reset) if reset.cause == ResetCause::Abandoned => {
                    let beside = ScanBeside {
                        abandoned: 1,
                        ..ScanBeside::default()
                    };
                    self.told(from.address, to, beside);
                }
                _ => {}
            }
        }
    }

    /// What is told of a handshake at its end.
    pub fn finding(&mut self, event: &Event) {
        let mut beside = ScanBeside::default();
        let (client, server, answer) = match event {
            Event::HandshakeUnanswered(event) => {
                beside.repeats = u64::from(event.attempts.saturating_sub(1));
                let answer = match event.is_too_early() {
                    true => Answer::TooEarly,
                    false => Answer::Silence,
                };
                beside.silences = u64::from(answer == Answer::Silence);
                (event.client, event.server, answer)
            }
            Event::HandshakeRejected(event) => {
                beside.rejections = 1;
                beside.errors = event.errors.len() as u64;
                beside.repeats = u64::from(event.attempts.saturating_sub(1));
                (event.client, event.server, Answer::Rejected)
            }
            Event::HandshakeOtherAddress(event) => (event.client, event.server, Answer::Open),
            _ => return,
        };
        self.answered(client.address, server, answer);
        self.told(client.address, server, beside);
    }

    /// So much is told of a handshake beside.
    fn told(&mut self, source: Address, target: Endpoint, beside: ScanBeside) {
        if let Some(target) = self.targets.get_mut(&key(source, target)) {
            add(&mut target.beside, &beside);
        }
    }

    /// Whether a target is one of a scan.
    fn is_scanned(&self, target: &Target) -> bool {
        let bursts = bursts_of(target.source, target.endpoint);
        let mut bursts = bursts.iter().filter_map(|(_, key)| self.bursts.get(key));
        bursts.any(|burst| burst.is_scan(target.syn))
    }

    fn give_up(&mut self, target: &Target) {
        if self.is_scanned(target)
            && (self.given_up.len() < LARGE_SCANS || self.given_up.contains_key(&target.source))
        {
            self.given_up.entry(target.source).or_default().add(target);
        }
        for (_, key) in bursts_of(target.source, target.endpoint) {
            if let Some(burst) = self.bursts.get_mut(&key)
                && burst.forget()
            {
                self.bursts.remove(&key);
            }
        }
    }

    /// The scans, the first first.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut sums = self.given_up.clone();
        let targets = self.by_age.iter().filter_map(|key| self.targets.get(key));
        for target in targets.filter(|target| self.is_scanned(target)) {
            sums.entry(target.source).or_default().add(target);
        }
        let mut sums: Vec<(Address, Sum)> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|(source, sum)| (sum.syns.first().copied(), *source));
        findings.extend(sums.into_iter().map(|(source, sum)| Finding {
            conversation: None,
            event: Event::Scan(Box::new(sum.of(source))),
        }));
    }
}

impl Sum {
    fn add(&mut self, target: &Target) {
        self.targets += 1;
        self.hosts.add(target.endpoint.address);
        self.ports.add(target.endpoint.port);
        self.example = Some(target.endpoint);
        match target.answer {
            Some(Answer::Open | Answer::Completed) => {
                self.open += 1;
                if self.open_targets.len() < EXAMPLES {
                    self.open_targets.push(target.endpoint);
                }
            }
            Some(Answer::Refused) => self.refused += 1,
            Some(Answer::Rejected) => self.rejected += 1,
            Some(Answer::Silence | Answer::TooEarly) | None => self.silent += 1,
        }
        if self.syns.len() < EXAMPLES {
            self.syns.push(target.syn);
        }
        let (first_ns, last_ns) = self.during.unwrap_or((u64::MAX, 0));
        self.during = Some((first_ns.min(target.time_ns), last_ns.max(target.time_ns)));
        add(&mut self.beside, &target.beside);
    }

    fn of(self, source: Address) -> Scan {
        let (hosts, ports) = (self.hosts.count(), self.ports.count());
        Scan {
            source,
            targets: self.targets,
            hosts,
            ports,
            host: self.example.filter(|_| hosts == 1).map(|it| it.address),
            port: self.example.filter(|_| ports == 1).and_then(|it| it.port),
            open: self.open,
            refused: self.refused,
            rejected: self.rejected,
            silent: self.silent,
            open_targets: self.open_targets.to_vec(),
            during_ns: self
                .during
                .map_or(0, |(first_ns, last_ns)| last_ns.saturating_sub(first_ns)),
            examples: self.syns.to_vec(),
            beside: self.beside,
        }
    }
}

fn add(sum: &mut ScanBeside, more: &ScanBeside) {
    sum.refusals += more.refusals;
    sum.silences += more.silences;
    sum.rejections += more.rejections;
    sum.errors += more.errors;
    sum.repeats += more.repeats;
    sum.abandoned += more.abandoned;
}

#[cfg(test)]
mod tests;
