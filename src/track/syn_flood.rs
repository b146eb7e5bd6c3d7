//! SYN floods (RFC 4987): handshakes at one listener that are begun by the
//! hundred and never completed.
//!
//! Each listener's handshakes are counted by the second of their SYN. A second
//! counts once its handshakes have had some time to complete. What real clients
//! leave behind is no flood: they ask again when nobody answers, they are
//! refused, and most of them complete.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::FxHasher;
use smallvec::SmallVec;

use super::distinct::spread;
use super::hash::Folding;
use super::places::Places;
use super::{Address, Endpoint, Event, Finding, PacketNumber, Side, SynFlood};
use crate::decode::TcpFlags;
use crate::track::packed::packed_choice;

/// So many half-open handshakes,
const HALF_OPEN: u64 = 100;
/// and so many times as many as completed ones,
const TIMES_COMPLETED: u64 = 3;
/// within so many seconds.
const WINDOW: u64 = 10;

/// Seconds that a handshake has for its third step.
const PATIENCE: u64 = 3;

/// A SYN that is sent again comes after this time at the earliest (RFC 6298:
/// after a second); a copy comes sooner.
const ASKS_AGAIN_NS: u64 = 500_000_000;

/// Listeners that are watched at the most.
const LISTENERS: usize = 4096;

/// With fewer half-open handshakes than this a listener may be forgotten.
const WORTH_KEEPING: u64 = 10;

/// Sources that are told apart one by one; beyond it their number is
/// estimated.
const SOURCES: usize = 32_768;

/// SYNs named as examples.
const EXAMPLES: usize = 8;

const SECOND_NS: u64 = 1_000_000_000;

/// How far a connection's opening has come, as seen by one that counts
/// half-open ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Opening {
    /// It did not begin with a SYN.
    #[default]
    Unseen,
    /// A SYN, and no third step yet.
    HalfOpen,
    /// The client has asked again, as real clients do.
    AskedAgain,
    /// The client has acknowledged.
    Completed,
    /// The server said no.
    Refused,
}

packed_choice!(Opening, 3 bits {
    Unseen,
    HalfOpen,
    AskedAgain,
    Completed,
    Refused,
});

impl Opening {
    const ALL: [Self; 5] = [
        Self::Unseen,
        Self::HalfOpen,
        Self::AskedAgain,
        Self::Completed,
        Self::Refused,
    ];

    /// As a number,
    pub fn number(self) -> u8 {
        self as u8
    }

    /// and back.
    pub fn of_number(number: u8) -> Self {
        Self::ALL
            .get(usize::from(number))
            .copied()
            .unwrap_or_default()
    }

    /// As the first packet shows it.
    pub fn of_first(flags: TcpFlags) -> Self {
        if flags.has(TcpFlags::SYN) && !flags.has(TcpFlags::ACK) {
            Self::HalfOpen
        } else {
            Self::Unseen
        }
    }

    /// After one more segment, so long after the SYN.
    #[inline]
    pub fn after(self, side: Side, flags: TcpFlags, since_syn_ns: u64) -> Self {
        if !matches!(self, Self::HalfOpen | Self::AskedAgain) {
            return self;
        }
        let [syn, rst, ack] = [TcpFlags::SYN, TcpFlags::RST, TcpFlags::ACK].map(|f| flags.has(f));
        match side {
            Side::Client if syn && since_syn_ns >= ASKS_AGAIN_NS => Self::AskedAgain,
            Side::Client if ack && !syn && !rst => Self::Completed,
            Side::Server if rst => Self::Refused,
            _ => self,
        }
    }
}

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

/// One listener; what is looked at first stands first, in one line of the
/// processor's cache.
#[derive(Debug)]
#[repr(C)]
struct Watch {
    listener: Endpoint,
    /// The seconds in which anything began, a bit each.
    begun: u16,
    /// Those that are part of a flood.
    flooded: u16,
    /// The latest second in which anything began.
    latest: u64,
    /// Half-open ones in all the seconds.
    recent: u64,
    flood: Option<Box<Flood>>,
    seconds: [Second; SECONDS],
}

/// What is known of a flood.
#[derive(Debug)]
struct Flood {
    half_open: u64,
    completed: u64,
    /// Its first and its last SYN.
    during: (u64, u64),
    sources: Sources,
    examples: SmallVec<[PacketNumber; EXAMPLES]>,
}

impl Watch {
    /// Of a listener that is asked in this second.
    fn new(listener: Endpoint, time_ns: u64) -> Self {
        let mut watch = Self {
            listener,
            latest: time_ns / SECOND_NS,
            recent: 0,
            flood: None,
            begun: 0,
            flooded: 0,
            seconds: [Second::default(); SECONDS],
        };
        watch.begin_second(time_ns);
        watch
    }

    fn syn(&mut self, time_ns: u64) {
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
    fn changed(&mut self, syn_ns: u64, from: Opening, to: Opening) {
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

    /// Judges every window that ends with one of the seconds up to `last`.
    fn judge(&mut self, last: u64) {
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

impl Default for Flood {
    /// Of which no SYN is known yet.
    fn default() -> Self {
        Self {
            half_open: 0,
            completed: 0,
            during: (u64::MAX, 0),
            sources: Sources::default(),
            examples: SmallVec::new(),
        }
    }
}

fn within_second(time_ns: u64) -> u32 {
    (time_ns % SECOND_NS) as u32
}

/// Every listener that was asked lately.
#[derive(Debug, Default)]
pub(super) struct SynFloods {
    watches: Vec<Watch>,
    /// Places in `watches`, by the hash of the listener.
    places: Places,
    /// The second in which the unimportant ones were last forgotten.
    forgot_at: u64,
    /// Whether there is a flood.
    is_flooded: bool,
}

impl SynFloods {
    /// A handshake begins.
    pub fn syn(&mut self, listener: Endpoint, time_ns: u64) {
        if let Some(watch) = self.watch(listener) {
            watch.syn(time_ns);
            let is_flooded = watch.flood.is_some();
            self.is_flooded |= is_flooded;
        } else if self.watches.len() < LISTENERS || self.forget(time_ns) {
            let mut watch = Watch::new(listener, time_ns);
            watch.syn(time_ns);
            self.places
                .insert(hash(&listener), self.watches.len() as u32);
            self.watches.push(watch);
        }
    }

    fn watch(&mut self, listener: Endpoint) -> Option<&mut Watch> {
        let is_it = |place: u32| {
            let watch = self.watches.get(place as usize);
            watch.is_some_and(|watch| watch.listener == listener)
        };
        let place = self.places.find(hash(&listener), is_it)?;
        self.watches.get_mut(place as usize)
    }

    /// Forgets the unimportant ones, once a second at the most; gives whether
    /// there is room again.
    fn forget(&mut self, time_ns: u64) -> bool {
        let now = time_ns / SECOND_NS;
        if self.forgot_at == now {
            return false;
        }
        self.forgot_at = now;
        self.watches
            .retain(|watch| watch.flood.is_some() || watch.recent >= WORTH_KEEPING);
        self.places = Places::default();
        for (place, watch) in (0_u32..).zip(&self.watches) {
            self.places.insert(hash(&watch.listener), place);
        }
        self.watches.len() < LISTENERS
    }

    /// It has come further.
    pub fn changed(&mut self, listener: Endpoint, syn_ns: u64, from: Opening, to: Opening) {
        if let Some(watch) = self.watch(listener) {
            watch.changed(syn_ns, from, to);
        }
    }

    /// The capture has ended: what has not completed by now did not.
    pub fn settle(&mut self) {
        for watch in &mut self.watches {
            watch.judge(u64::MAX);
            self.is_flooded |= watch.flood.is_some();
        }
    }

    /// A handshake was never completed.
    pub fn left_half_open(
        &mut self,
        listener: Endpoint,
        source: Address,
        syn_ns: u64,
        syn: PacketNumber,
    ) {
        if !self.is_flooded {
            return;
        }
        let watch = self.watch(listener);
        let Some(flood) = watch.and_then(|watch| watch.flood.as_deref_mut()) else {
            return;
        };
        let (first, last) = flood.during;
        if (first..=last).contains(&syn_ns) {
            flood.sources.add(source);
            let at = flood.examples.partition_point(|known| *known < syn);
            if at < EXAMPLES {
                flood.examples.insert(at, syn);
                flood.examples.truncate(EXAMPLES);
            }
        }
    }

    /// The floods, the first first.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut floods: Vec<(u64, Endpoint, &Flood)> = self
            .watches
            .iter()
            .filter_map(|watch| Some((watch.listener, watch.flood.as_deref()?)))
            .map(|(listener, flood)| (flood.during.0, listener, flood))
            .collect();
        floods.sort_unstable_by_key(|(first_ns, listener, _)| (*first_ns, *listener));
        findings.extend(floods.into_iter().map(|(_, listener, flood)| Finding {
            conversation: None,
            event: Event::SynFlood(SynFlood {
                listener,
                half_open: flood.half_open,
                completed: flood.completed,
                sources: flood.sources.count().min(flood.half_open),
                during_ns: flood.during.1.saturating_sub(flood.during.0),
                examples: flood.examples.clone(),
            }),
        }));
    }
}

fn hash(listener: &Endpoint) -> u64 {
    BuildHasherDefault::<Folding>::default().hash_one(listener)
}

/// How many different sources: the smallest hashes tell how densely they lie.
#[derive(Debug, Default)]
struct Sources(BTreeSet<u64>);

impl Sources {
    fn add(&mut self, source: Address) {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(source);
        self.0.insert(spread(hash));
        if self.0.len() > SOURCES {
            self.0.pop_last();
        }
    }

    /// Exact as long as all of them are kept.
    fn count(&self) -> u64 {
        match self.0.last() {
            Some(largest) if self.0.len() >= SOURCES => {
                let share = *largest as f64 / u64::MAX as f64;
                ((SOURCES - 1) as f64 / share).round() as u64
            }
            _ => self.0.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTENER: Endpoint = listener(80);
    const START: u64 = 1_000 * SECOND_NS;
    const MS: u64 = 1_000_000;

    const fn listener(port: u16) -> Endpoint {
        Endpoint {
            address: Address::Ip(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2))),
            port: Some(port),
        }
    }

    fn source(number: u32) -> Address {
        Address::Ip(std::net::Ipv4Addr::from(0x0b00_0000 + number).into())
    }

    /// Handshakes: port, when, and what became of each.
    fn floods(handshakes: &[(u16, u64, Opening)]) -> Vec<SynFlood> {
        let mut floods = SynFloods::default();
        for (port, time_ns, opening) in handshakes {
            floods.syn(listener(*port), *time_ns);
            floods.changed(listener(*port), *time_ns, Opening::HalfOpen, *opening);
        }
        floods.settle();
        for (number, (port, time_ns, opening)) in (1..).zip(handshakes) {
            if *opening == Opening::HalfOpen {
                let from = source(number as u32 % 50);
                floods.left_half_open(listener(*port), from, *time_ns, number);
            }
        }
        let mut findings = Vec::new();
        floods.findings(&mut findings);
        let told = findings.into_iter().map(|finding| match finding.event {
            Event::SynFlood(event) => event,
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    fn every(step_ns: u64, count: u64, opening: Opening) -> Vec<(u16, u64, Opening)> {
        (0..count)
            .map(|number| (80, START + number * step_ns, opening))
            .collect()
    }

    #[test]
    fn a_hundred_half_open_handshakes_are_a_flood() {
        assert!(floods(&every(10 * MS, 99, Opening::HalfOpen)).is_empty());
        let told = floods(&every(10 * MS, 150, Opening::HalfOpen));
        let [flood] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(flood.listener, LISTENER);
        assert_eq!((flood.half_open, flood.completed), (150, 0));
        assert_eq!(flood.sources, 50);
        assert_eq!(flood.during_ns, 149 * 10 * MS);
        assert_eq!(flood.examples.as_slice(), [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_flood_that_has_passed_long_ago_is_told_with_its_own_numbers() {
        let mut handshakes = every(10 * MS, 200, Opening::HalfOpen);
        let later = START + 3600 * SECOND_NS;
        handshakes.extend((0..500).map(|n| (80, later + n * 100 * MS, Opening::Completed)));
        let told = floods(&handshakes);
        let [flood] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!((flood.half_open, flood.completed), (200, 0));
    }

    #[test]
    fn the_same_number_spread_over_time_is_no_flood() {
        assert!(floods(&every(SECOND_NS, 1000, Opening::HalfOpen)).is_empty());
    }

    #[test]
    fn a_busy_server_is_not_flooded() {
        let mut handshakes = every(10 * MS, 600, Opening::Completed);
        handshakes.extend(every(30 * MS, 199, Opening::HalfOpen));
        handshakes.sort_by_key(|(_, time_ns, _)| *time_ns);
        assert!(floods(&handshakes).is_empty());
        handshakes.extend(every(3 * MS, 2000, Opening::HalfOpen));
        handshakes.sort_by_key(|(_, time_ns, _)| *time_ns);
        assert_eq!(floods(&handshakes).len(), 1);
    }

    #[test]
    fn clients_that_ask_again_or_are_refused_are_no_flood() {
        assert!(floods(&every(MS, 1000, Opening::AskedAgain)).is_empty());
        assert!(floods(&every(MS, 1000, Opening::Refused)).is_empty());
    }

    #[test]
    fn a_port_scan_is_no_flood_and_takes_bounded_memory() {
        let mut floods = SynFloods::default();
        for port in 1..=60_000 {
            floods.syn(listener(port), START + u64::from(port) * MS);
        }
        assert!(floods.watches.len() <= LISTENERS);
        floods.settle();
        let mut findings = Vec::new();
        floods.findings(&mut findings);
        assert!(findings.is_empty());
    }

    #[test]
    fn a_handshake_comes_further_by_what_its_client_does() {
        let first = Opening::of_first(TcpFlags::SYN);
        let syn_ack = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);
        assert_eq!(first, Opening::HalfOpen);
        assert_eq!(Opening::of_first(syn_ack), Opening::Unseen);
        assert_eq!(first.after(Side::Server, syn_ack, MS), Opening::HalfOpen);
        assert_eq!(
            first.after(Side::Client, TcpFlags::ACK, MS),
            Opening::Completed
        );
        // A copy of the SYN, not a retry.
        assert_eq!(
            first.after(Side::Client, TcpFlags::SYN, 50),
            Opening::HalfOpen
        );
        assert_eq!(
            first.after(Side::Client, TcpFlags::SYN, SECOND_NS),
            Opening::AskedAgain
        );
        // A host that never asked answers the SYN-ACK: the source was forged.
        assert_eq!(
            first.after(Side::Client, TcpFlags::RST, MS),
            Opening::HalfOpen
        );
        assert_eq!(
            first.after(Side::Server, TcpFlags::RST, MS),
            Opening::Refused
        );
    }

    #[test]
    fn very_many_sources_are_estimated() {
        let mut sources = Sources::default();
        for number in 0..1000 {
            sources.add(source(number));
            sources.add(source(number));
        }
        assert_eq!(sources.count(), 1000);
        for number in 0..100_000 {
            sources.add(source(number));
        }
        assert_eq!(sources.0.len(), SOURCES);
        assert!(
            (95_000..105_000).contains(&sources.count()),
            "{}",
            sources.count()
        );
    }
}
