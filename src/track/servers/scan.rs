//! Scans: one host tries many ports of a host, or many hosts on one port, and
//! most of them in vain.
//!
//! In come the handshakes of all parts, in the order of their SYNs, and what
//! became of each; out goes one finding a host that scans. Both are written down
//! one behind the other, and judged together when the room is used up, or at the
//! end: a handshake costs two lines, not a look-up.

mod burst;

use std::collections::VecDeque;

use super::distinct::Distinct;
use crate::track::hash::Map;
use crate::track::memory::Keep;
use crate::track::{Address, Endpoint, Event, Finding, PacketNumber, ResetCause, Scan, ScanBeside};
use burst::{Target, scanned};

/// Handshakes that are remembered at the most; beyond it the older half is given
/// up.
const AT_MOST: usize = 65_536;

/// An answer may still come for so long.
const PATIENCE_NS: u64 = 3_000_000_000;

/// Scanning hosts that are told of at the most.
const SCANS: usize = 256;

/// Targets and SYNs named as examples.
const EXAMPLES: usize = 8;

/// What a handshake came to. Of several answers the largest counts.
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

/// A handshake.
#[derive(Clone, Copy, Debug)]
struct Handshake {
    syn: PacketNumber,
    time_ns: u64,
    source: Address,
    target: Endpoint,
    answer: Option<Answer>,
    told: Told,
}

/// How much is told of one handshake.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    refused: bool,
    abandoned: bool,
    silent: bool,
    rejected: bool,
    errors: u8,
    repeats: u8,
}

/// What became known of the handshake with this SYN.
#[derive(Clone, Copy, Debug)]
struct News {
    syn: PacketNumber,
    answer: Option<Answer>,
    told: Told,
}

/// The handshakes of late, and the scans that were found among those before.
#[derive(Debug, Default)]
pub(in crate::track) struct Scans {
    /// By their SYNs.
    handshakes: VecDeque<Handshake>,
    /// In the order in which they came.
    news: Vec<News>,
    found: Map<Address, Sum>,
    keep: Keep,
}

/// The targets of one scanning host together.
#[derive(Debug, Default)]
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
    open_targets: Vec<Endpoint>,
    syns: Vec<PacketNumber>,
    during: Option<(u64, u64)>,
    beside: ScanBeside,
}

impl Scans {
    /// A handshake begins.
    pub fn syn(&mut self, syn: PacketNumber, source: Address, target: Endpoint, time_ns: u64) {
        let at_most = self.keep.of(AT_MOST);
        if self.handshakes.len() >= at_most {
            self.judge(at_most / 2, time_ns);
        }
        self.handshakes.push_back(Handshake {
            syn,
            time_ns,
            source,
            target,
            answer: None,
            told: Told::default(),
        });
    }

    /// The handshake with this SYN came to this.
    pub fn answered(&mut self, syn: PacketNumber, answer: Answer) {
        self.learn(syn, Some(answer), Told::default());
    }

    /// What a RST says of the handshake with this SYN: it may refuse it, or
    /// abandon it.
    pub fn reset(&mut self, syn: PacketNumber, events: &[Event]) {
        let mut told = Told::default();
        for event in events {
            match event {
                Event::HandshakeRefused(_) => told.refused = true,
                Event::Reset(reset) => told.abandoned |= reset.cause == ResetCause::Abandoned,
                _ => {}
            }
        }
        if told.refused || told.abandoned {
            self.learn(syn, None, told);
        }
    }

    /// What is told of the handshake with this SYN at its end.
    pub fn finding(&mut self, syn: PacketNumber, event: &Event) {
        let repeats = |attempts: u32| attempts.saturating_sub(1).try_into().unwrap_or(u8::MAX);
        let mut told = Told::default();
        let answer = match event {
            Event::HandshakeUnanswered(event) => {
                told.silent = !event.is_too_early();
                told.repeats = repeats(event.attempts);
                match told.silent {
                    true => Answer::Silence,
                    false => Answer::TooEarly,
                }
            }
            Event::HandshakeRejected(event) => {
                told.rejected = true;
                told.errors = event.errors.len() as u8;
                told.repeats = repeats(event.attempts);
                Answer::Rejected
            }
            Event::HandshakeOtherAddress(_) => Answer::Open,
            _ => return,
        };
        self.learn(syn, Some(answer), told);
    }

    fn learn(&mut self, syn: PacketNumber, answer: Option<Answer>, told: Told) {
        if self.news.len() >= self.keep.of(AT_MOST) {
            self.take_in_news();
        }
        self.news.push(News { syn, answer, told });
    }

    /// Puts what became known to the handshakes. Of those that were given up
    /// nothing more is kept.
    fn take_in_news(&mut self) {
        self.news.sort_by_key(|news| news.syn);
        let mut handshakes = self.handshakes.iter_mut().peekable();
        for news in self.news.drain(..) {
            while handshakes.next_if(|it| it.syn < news.syn).is_some() {}
            if let Some(handshake) = handshakes.peek_mut()
                && handshake.syn == news.syn
            {
                handshake.answer = handshake.answer.max(news.answer);
                handshake.told.add(&news.told);
            }
        }
    }

    /// Judges so many handshakes, the oldest, and gives them up.
    fn judge(&mut self, count: usize, now_ns: u64) {
        self.take_in_news();
        let count = count.min(self.handshakes.len());
        let oldest = self.handshakes.drain(..count).map(|mut handshake| {
            if handshake.time_ns.saturating_add(PATIENCE_NS) > now_ns {
                handshake.answer.get_or_insert(Answer::TooEarly);
            }
            handshake
        });
        for target in scanned(oldest) {
            if self.found.len() < SCANS || self.found.contains_key(&target.source) {
                self.found.entry(target.source).or_default().add(&target);
            }
        }
    }

    /// Keeps so many from now on.
    pub fn keep(&mut self, keep: Keep, now_ns: u64) {
        self.keep = keep;
        let too_many = self.handshakes.len().saturating_sub(keep.of(AT_MOST));
        self.judge(too_many, now_ns);
        self.handshakes.shrink_to_fit();
        self.news.shrink_to_fit();
    }

    /// The scans, the first first.
    pub fn findings(&mut self, findings: &mut Vec<Finding>) {
        self.judge(AT_MOST, u64::MAX);
        let mut found: Vec<(Address, Sum)> = self.found.drain().collect();
        found.sort_unstable_by_key(|(source, sum)| (sum.syns.first().copied(), *source));
        findings.extend(found.into_iter().map(|(source, sum)| Finding {
            conversation: None,
            first_packet: None,
            event: Event::Scan(Box::new(sum.of(source))),
        }));
    }
}

impl Told {
    fn add(&mut self, more: &Self) {
        self.refused |= more.refused;
        self.abandoned |= more.abandoned;
        self.silent |= more.silent;
        self.rejected |= more.rejected;
        self.errors = self.errors.saturating_add(more.errors);
        self.repeats = self.repeats.saturating_add(more.repeats);
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
        let (sum, more) = (&mut self.beside, &target.beside);
        sum.refusals += more.refusals;
        sum.silences += more.silences;
        sum.rejections += more.rejections;
        sum.errors += more.errors;
        sum.repeats += more.repeats;
        sum.abandoned += more.abandoned;
    }

    fn of(self, source: Address) -> Scan {
        let (hosts, ports) = (self.hosts.count(), self.ports.count());
        let (first_ns, last_ns) = self.during.unwrap_or_default();
        let only_host = self.example.filter(|_| hosts == 1);
        let only_port = self.example.filter(|_| ports == 1);
        Scan {
            source,
            targets: self.targets,
            hosts,
            ports,
            host: only_host.map(|target| target.address),
            port: only_port.and_then(|target| target.port),
            open: self.open,
            refused: self.refused,
            rejected: self.rejected,
            silent: self.silent,
            open_targets: self.open_targets,
            during_ns: last_ns.saturating_sub(first_ns),
            examples: self.syns,
            beside: self.beside,
        }
    }
}

#[cfg(test)]
mod tests;
