//! Handshakes of one host that follow closely upon each other and have a host or
//! a port in common, and whether they are a scan. What programs do is none: they
//! complete most of their handshakes, come back to the same few targets, or ask
//! one at a time.

use std::net::IpAddr;

use super::{Answer, Handshake};
use crate::track::{Address, Endpoint, PacketNumber, ScanBeside};

/// A scan fails at so many ports of a host, as Zeek has it.
const PORTS: usize = 15;
/// A scan fails at so many hosts on one port, as Zeek has it, where they are
/// neighbours.
const NEIGHBOURS: usize = 25;
/// Hosts anywhere: programs try many that are far from each other, whether the
/// network lets them or not (a browser does so for one page).
const HOSTS: usize = 100;

/// Programs come back to the same targets. A scan asks a silent one twice.
const TIMES_EACH: usize = 3;

/// After such a pause, in nanoseconds, what follows has nothing to do with what
/// was before. Programs that try one target after the other wait as long.
const PAUSE_NS: u64 = 20_000_000_000;

/// A port of a host that was tried.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub source: Address,
    pub endpoint: Endpoint,
    /// The first SYN.
    pub syn: PacketNumber,
    pub time_ns: u64,
    pub answer: Option<Answer>,
    pub beside: ScanBeside,
    handshakes: usize,
    is_scanned: bool,
}

impl Target {
    fn of(handshake: &Handshake) -> Self {
        Self {
            source: handshake.source,
            endpoint: handshake.target,
            syn: handshake.syn,
            time_ns: handshake.time_ns,
            answer: None,
            beside: ScanBeside::default(),
            handshakes: 0,
            is_scanned: false,
        }
    }

    fn add(&mut self, handshake: &Handshake) {
        let (told, beside) = (&handshake.told, &mut self.beside);
        self.handshakes += 1;
        self.answer = self.answer.max(handshake.answer);
        beside.refusals += u64::from(told.refused);
        beside.abandoned += u64::from(told.abandoned);
        beside.silences += u64::from(told.silent);
        beside.rejections += u64::from(told.rejected);
        beside.errors += u64::from(told.errors);
        beside.repeats += u64::from(told.repeats);
    }

    /// As long as nothing came, it has failed.
    fn has_failed(&self) -> bool {
        let failures = [Answer::Silence, Answer::Rejected, Answer::Refused];
        self.answer.is_none_or(|answer| failures.contains(&answer))
    }
}

/// The targets among these handshakes that were scanned, in the order of their
/// SYNs.
pub(super) fn scanned(handshakes: impl Iterator<Item = Handshake>) -> Vec<Target> {
    let mut handshakes: Vec<Handshake> = handshakes.collect();
    handshakes.sort_unstable_by_key(|it| (it.source, it.target, it.syn));
    let mut targets: Vec<Target> = Vec::new();
    for same in
        handshakes.chunk_by(|one, other| one.source == other.source && one.target == other.target)
    {
        if let Some(first) = same.first() {
            let mut target = Target::of(first);
            same.iter().for_each(|handshake| target.add(handshake));
            targets.push(target);
        }
    }
    targets.sort_unstable_by_key(|it| (it.source, it.endpoint.address, it.syn));
    let of_one_host = |one: &Target, other: &Target| {
        one.source == other.source && one.endpoint.address == other.endpoint.address
    };
    mark(&mut targets, of_one_host, |_| PORTS);
    targets.sort_unstable_by_key(|it| (it.source, it.endpoint.port, it.syn));
    let on_one_port = |one: &Target, other: &Target| {
        one.source == other.source && one.endpoint.port == other.endpoint.port
    };
    mark(&mut targets, on_one_port, |burst| {
        let neighbours = burst.windows(2).filter(|pair| are_neighbours(pair));
        match neighbours.count() >= burst.len() / 2 {
            true => NEIGHBOURS,
            false => HOSTS,
        }
    });
    targets.retain(|target| target.is_scanned);
    targets.sort_unstable_by_key(|target| target.syn);
    targets
}

/// Marks the scans among targets that stand behind each other where they have
/// something in common. `enough`: how many have to fail.
fn mark(
    targets: &mut [Target],
    alike: impl Fn(&Target, &Target) -> bool,
    enough: impl Fn(&[Target]) -> usize,
) {
    let goes_on = |one: &Target, other: &Target| {
        alike(one, other) && other.time_ns.saturating_sub(one.time_ns) <= PAUSE_NS
    };
    for burst in targets.chunk_by_mut(goes_on) {
        let count = |which: fn(&Target) -> bool| burst.iter().filter(|it| which(it)).count();
        let failed = count(Target::has_failed);
        if failed < PORTS {
            continue;
        }
        let completed = count(|target| target.answer == Some(Answer::Completed));
        let handshakes: usize = burst.iter().map(|target| target.handshakes).sum();
        let is_scan = failed >= enough(burst)
            && failed >= burst.len() / 2
            && failed >= completed
            && handshakes < burst.len().saturating_mul(TIMES_EACH);
        for target in burst.iter_mut().filter(|_| is_scan) {
            target.is_scanned = true;
        }
    }
}

/// Whether two hosts are in one network, as far as addresses alone can tell.
fn are_neighbours(pair: &[Target]) -> bool {
    let [one, other] = pair else { return false };
    match (one.endpoint.address, other.endpoint.address) {
        (Address::Ip(IpAddr::V4(one)), Address::Ip(IpAddr::V4(other))) => {
            one.octets()[..3] == other.octets()[..3]
        }
        (Address::Ip(IpAddr::V6(one)), Address::Ip(IpAddr::V6(other))) => {
            one.octets()[..8] == other.octets()[..8]
        }
        _ => false,
    }
}
