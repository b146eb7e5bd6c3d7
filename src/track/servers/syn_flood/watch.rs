//! One listener that is watched: its handshakes by the second of their SYN, and
//! the flood that they make up.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::super::distinct::Distinct;
use super::Opening;
use crate::track::{Address, Endpoint, PacketNumber, SynFlood};

/// A flood has so many half-open handshakes within [`WINDOW`].
const HALF_OPEN: u64 = 100;
/// A flood has so many times as many half-open handshakes as completed ones.
const TIMES_COMPLETED: u64 = 3;
/// Seconds within which handshakes are counted together.
const WINDOW: u64 = 10;

/// Seconds that a handshake has for its third step.
const PATIENCE: u64 = 3;

/// SYNs named as examples.
const EXAMPLES: usize = 8;

pub(super) const SECOND_NS: u64 = 1_000_000_000;

/// What began within one second.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    half_open: u32,
    completed: u32,
    /// The first and the last SYN, within this second.
    first_ns: u32,
    last_ns: u32,
}

impl Second {
    fn count(&mut self, opening: Opening) -> Option<&mut u32> {
        match opening {
            Opening::HalfOpen => Some(&mut self.half_open),
            Opening::Completed => Some(&mut self.completed),
            Opening::Unseen | Opening::AskedAgain | Opening::Refused => None,
        }
    }
}

/// Seconds that a listener is remembered for.
const REMEMBERED: u64 = WINDOW + PATIENCE;

/// Places for seconds, each at its remainder: those that are remembered have
/// different ones.
const SECONDS: usize = 16;

const _: () = assert!(REMEMBERED <= SECONDS as u64);

/// One listener.
#[derive(Debug)]
pub(super) struct Watch {
    /// The seconds in which anything began, a bit each.
    begun: u16,
    /// Those that are part of a flood.
    flooded: u16,
    /// The latest second in which anything began.
    latest: u64,
    /// Half-open ones in all the seconds.
    pub recent: u64,
    pub flood: Option<Box<Flood>>,
    /// Of seconds that are not part of a flood as yet, by second: what has ended
    /// half-open already. Conversations end early where too many are open.
    unjudged: BTreeMap<u64, HalfOpen>,
    seconds: [Second; SECONDS],
}

/// Handshakes that were never completed.
#[derive(Debug, Default)]
struct HalfOpen {
    sources: Distinct,
    /// The first SYNs.
    examples: SmallVec<[PacketNumber; EXAMPLES]>,
}

impl HalfOpen {
    fn add(&mut self, source: Address, syn: PacketNumber) {
        self.sources.add(source);
        self.example(syn);
    }

    fn example(&mut self, syn: PacketNumber) {
        let at = self.examples.partition_point(|known| *known < syn);
        if at < EXAMPLES {
            self.examples.insert(at, syn);
            self.examples.truncate(EXAMPLES);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.sources.merge(&other.sources);
        other.examples.iter().for_each(|syn| self.example(*syn));
    }
}

/// What is known of a flood.
#[derive(Debug)]
pub(super) struct Flood {
    half_open: u64,
    completed: u64,
    /// Its first and its last SYN.
    pub during: (u64, u64),
    ended: HalfOpen,
}

impl Watch {
    /// Of a listener that is asked in this second.
    pub fn new(time_ns: u64) -> Self {
        let mut watch = Self {
            latest: time_ns / SECOND_NS,
            recent: 0,
            flood: None,
            unjudged: BTreeMap::new(),
            begun: 0,
            flooded: 0,
            seconds: [Second::default(); SECONDS],
        };
        watch.begin_second(time_ns);
        watch
    }

    pub fn syn(&mut self, time_ns: u64) {
        let at = time_ns / SECOND_NS;
        if self.latest < at {
            self.judge(at.saturating_sub(PATIENCE));
            for old in self.earliest()..=self.latest.min(at.saturating_sub(REMEMBERED)) {
                if let Some(second) = self.second_mut(old) {
                    let half_open = u64::from(second.half_open);
                    self.recent = self.recent.saturating_sub(half_open);
                    self.begun &= !bit(old);
                }
            }
            self.begin_second(time_ns);
            while let Some(oldest) = self.unjudged.first_entry()
                && *oldest.key() + REMEMBERED <= self.latest
            {
                oldest.remove();
            }
        }
        if let Some(second) = self.second_mut(at) {
            second.half_open = second.half_open.saturating_add(1);
            second.last_ns = second.last_ns.max(within_second(time_ns));
            self.recent += 1;
        }
    }

    fn begin_second(&mut self, time_ns: u64) {
        let at = time_ns / SECOND_NS;
        self.latest = at;
        self.begun |= bit(at);
        self.flooded &= !bit(at);
        if let Some(second) = self.seconds.get_mut(place(at)) {
            *second = Second {
                first_ns: within_second(time_ns),
                ..Second::default()
            };
        }
    }

    /// The first second that may still be remembered.
    fn earliest(&self) -> u64 {
        (self.latest + 1).saturating_sub(REMEMBERED)
    }

    /// Whether this second is remembered.
    fn has(&self, at: u64) -> bool {
        (self.earliest()..=self.latest).contains(&at) && self.begun & bit(at) != 0
    }

    fn second(&self, at: u64) -> Option<&Second> {
        self.seconds.get(place(at)).filter(|_| self.has(at))
    }

    fn second_mut(&mut self, at: u64) -> Option<&mut Second> {
        let has = self.has(at);
        self.seconds.get_mut(place(at)).filter(|_| has)
    }

    /// A handshake that began then has come further.
    pub fn changed(&mut self, syn_ns: u64, from: Opening, to: Opening) {
        let at = syn_ns / SECOND_NS;
        let flooded = self.flooded;
        let Some(second) = self.second_mut(at) else {
            return;
        };
        if flooded & bit(at) != 0 {
            // Already told of.
            return;
        }
        let before = u64::from(second.half_open);
        if let Some(count) = second.count(from) {
            *count = count.saturating_sub(1);
        }
        if let Some(count) = second.count(to) {
            *count = count.saturating_add(1);
        }
        let after = u64::from(second.half_open);
        self.recent = (self.recent + after).saturating_sub(before);
    }

    /// A handshake was never completed: it is part of a flood, or may turn out to
    /// be.
    pub fn stays_half_open(&mut self, source: Address, syn_ns: u64, syn: PacketNumber) {
        let at = syn_ns / SECOND_NS;
        if self.has(at) && self.flooded & bit(at) == 0 {
            self.unjudged.entry(at).or_default().add(source, syn);
        } else if let Some(flood) = self.flood.as_deref_mut()
            && (flood.during.0..=flood.during.1).contains(&syn_ns)
        {
            flood.ended.add(source, syn);
        }
    }

    /// Judges every window that ends with one of the seconds up to `last`.
    pub fn judge(&mut self, last: u64) {
        if self.recent < HALF_OPEN {
            // Then no window has as many.
            return;
        }
        for end in self.earliest()..=self.latest.min(last) {
            if self.second(end).is_none() {
                continue;
            }
            let start = (end + 1).saturating_sub(WINDOW).max(self.earliest());
            let window = (start..=end).filter_map(|at| self.second(at));
            let (half_open, completed) = window.fold((0, 0), |(half_open, completed), second| {
                (
                    half_open + u64::from(second.half_open),
                    completed + u64::from(second.completed),
                )
            });
            if half_open >= HALF_OPEN && half_open >= TIMES_COMPLETED.saturating_mul(completed) {
                self.take(start, end);
            }
        }
    }

    /// These seconds are part of a flood.
    fn take(&mut self, start: u64, end: u64) {
        for at in start..=end {
            let Some(second) = self.second(at).copied() else {
                continue;
            };
            if self.flooded & bit(at) != 0 {
                continue;
            }
            self.flooded |= bit(at);
            if second.half_open == 0 && second.completed == 0 {
                continue;
            }
            let flood = self.flood.get_or_insert_default();
            flood.half_open += u64::from(second.half_open);
            flood.completed += u64::from(second.completed);
            if let Some(ended) = self.unjudged.remove(&at) {
                flood.ended.merge(&ended);
            }
            if second.half_open > 0 {
                let start_ns = at.saturating_mul(SECOND_NS);
                let first = start_ns.saturating_add(second.first_ns.into());
                let last = start_ns.saturating_add(second.last_ns.into());
                flood.during = (flood.during.0.min(first), flood.during.1.max(last));
            }
        }
    }
}

/// Where a second is remembered.
fn place(at: u64) -> usize {
    (at % SECONDS as u64) as usize
}

/// Its bit among those that are part of a flood.
fn bit(at: u64) -> u16 {
    1 << (at % SECONDS as u64)
}

impl Flood {
    /// What there is to tell of it.
    pub fn of(&self, listener: Endpoint) -> SynFlood {
        SynFlood {
            listener,
            half_open: self.half_open,
            completed: self.completed,
            sources: self.ended.sources.count().min(self.half_open),
            during_ns: self.during.1.saturating_sub(self.during.0),
            examples: self.ended.examples.clone(),
        }
    }
}

impl Default for Flood {
    /// Of which no SYN is known yet.
    fn default() -> Self {
        Self {
            half_open: 0,
            completed: 0,
            during: (u64::MAX, 0),
            ended: HalfOpen::default(),
        }
    }
}

fn within_second(time_ns: u64) -> u32 {
    (time_ns % SECOND_NS) as u32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn source(number: u32) -> Address {
        Address::Ip(std::net::Ipv4Addr::from(0x0b00_0000 + number).into())
    }
}
