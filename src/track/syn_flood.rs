//! SYN floods (RFC 4987): handshakes at one listener that are begun by the
//! hundred and never completed.
//!
//! Each listener's handshakes are counted by the second of their SYN. A second
//! counts once its handshakes have had some time to complete. What real clients
//! leave behind is no flood: they ask again when nobody answers, they are
//! refused, and most of them complete.

mod watch;

use std::mem;

use watch::{Flood, SECOND_NS, Watch};

use super::hash::hash;
use super::places::Places;
use super::together::Together;
use super::{Address, Endpoint, Event, Finding, PacketNumber, Side, together};
use crate::decode::TcpFlags;
use crate::track::packed::packed_choice;

/// A SYN that is sent again comes after this time at the earliest (RFC 6298:
/// after a second); a copy comes sooner.
const ASKS_AGAIN_NS: u64 = 500_000_000;

/// Listeners that are watched at the most.
const LISTENERS: usize = 4096;

/// With fewer half-open handshakes than this a listener may be forgotten.
const WORTH_KEEPING: u64 = 10;

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
    /// As the first packet shows it.
    pub fn of_first(flags: TcpFlags) -> Self {
        if flags.has(TcpFlags::SYN) && !flags.has(TcpFlags::ACK) {
            Self::HalfOpen
        } else {
            Self::Unseen
        }
    }

    /// Whether one more segment may bring it further.
    #[inline]
    pub fn may_change(self) -> bool {
        matches!(self, Self::HalfOpen | Self::AskedAgain)
    }

    /// After one more segment, so long after the SYN.
    #[inline]
    pub fn after(self, side: Side, flags: TcpFlags, since_syn_ns: u64) -> Self {
        if !self.may_change() {
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

/// Every listener that was asked lately.
#[derive(Debug, Default)]
pub(super) struct SynFloods {
    /// What is not counted yet.
    soon: Together<Change>,
    watches: Vec<Watch>,
    /// Places in `watches`, by the hash of the listener.
    places: Places,
    /// The second in which the unimportant ones were last forgotten.
    forgot_at: u64,
    /// Whether there is a flood.
    is_flooded: bool,
    /// Whether no more handshakes come.
    is_over: bool,
}

/// What happens to a listener's handshake, and when its SYN was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    syn_ns: u64,
    what: What,
}

/// What happens to it.
#[derive(Clone, Copy, Debug)]
enum What {
    Begins,
    /// It comes from the one to the other.
    Further(Opening, Opening),
    /// It was never completed: its source and its SYN.
    LeftHalfOpen(Address, PacketNumber),
}

/// What is to be counted.
pub(super) type Soon = together::Soon<Change>;

impl SynFloods {
    /// A handshake begins.
    pub fn syn(&mut self, listener: Endpoint, time_ns: u64) {
        self.count_soon(listener, time_ns, What::Begins);
    }

    /// It has come further.
    pub fn changed(&mut self, listener: Endpoint, syn_ns: u64, from: Opening, to: Opening) {
        self.count_soon(listener, syn_ns, What::Further(from, to));
    }

    fn count_soon(&mut self, listener: Endpoint, syn_ns: u64, what: What) {
        if !self.is_calm_to_the_end() {
            self.take_over(Soon::new(listener, Change { syn_ns, what }));
        }
    }

    /// What was to be counted elsewhere is counted here.
    pub fn take_over(&mut self, soon: Soon) {
        if self.is_calm_to_the_end() {
            return;
        }
        if self.soon.are_enough() {
            self.count_all();
        }
        self.soon.add(soon);
    }

    /// The same as of those that count what is handed over.
    pub fn ends_as(&mut self, whole: &Self) {
        (self.is_over, self.is_flooded) = (whole.is_over, whole.is_flooded);
    }

    /// Whether nothing makes a difference any more: very many may end at the end
    /// of the capture.
    fn is_calm_to_the_end(&self) -> bool {
        self.is_over && !self.is_flooded
    }

    /// What is to be counted elsewhere.
    pub fn hand_over(&mut self) -> impl Iterator<Item = Soon> {
        self.soon.hand_over()
    }

    /// Whether [`Self::hand_over`] has anything to give.
    #[inline]
    pub fn has_waiting(&self) -> bool {
        !self.soon.is_empty()
    }

    /// Counts them all: the listeners are looked at first, so that memory is
    /// waited for once, not for one after the other.
    #[inline(never)]
    fn count_all(&mut self) {
        let soon = mem::take(&mut self.soon);
        let places = soon.likely(&self.places);
        let mut looked = 0;
        for (soon, place) in soon.with(places) {
            let watch = self.watches.get(place as usize);
            looked ^= watch.map_or(0, |watch| watch.glance(soon.change.syn_ns));
        }
        std::hint::black_box(looked);
        for (soon, place) in soon.with(places) {
            self.count(soon, place);
        }
    }

    /// Counts one whose listener probably has this place.
    fn count(&mut self, soon: &Soon, likely: u32) {
        let (listener, time_ns) = (soon.listener, soon.change.syn_ns);
        let watch = self.watch(listener, soon.hash, likely);
        match (soon.change.what, watch) {
            (What::Further(from, to), Some(watch)) => watch.changed(time_ns, from, to),
            (What::LeftHalfOpen(source, syn), Some(watch)) => {
                if let Some(flood) = watch.flood.as_deref_mut() {
                    flood.left_half_open(source, time_ns, syn);
                }
            }
            (What::Further(..) | What::LeftHalfOpen(..), None) => {}
            (What::Begins, Some(watch)) => {
                watch.syn(time_ns);
                let is_flooded = watch.flood.is_some();
                self.is_flooded |= is_flooded;
            }
            (What::Begins, None) => {
                if self.watches.len() < LISTENERS || self.forget(time_ns) {
                    let mut watch = Watch::new(listener, time_ns);
                    watch.syn(time_ns);
                    self.places.insert(soon.hash, self.watches.len() as u32);
                    self.watches.push(watch);
                }
            }
        }
    }

    fn watch(&mut self, listener: Endpoint, hash: u64, likely: u32) -> Option<&mut Watch> {
        let is_it = |place: u32| {
            let watch = self.watches.get(place as usize);
            watch.is_some_and(|watch| watch.listener == listener)
        };
        let place = match is_it(likely) {
            true => likely,
            false => self.places.find(hash, is_it)?,
        };
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

    /// The capture has ended: what has not completed by now did not.
    pub fn settle(&mut self) {
        self.count_all();
        self.is_over = true;
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
        self.count_soon(listener, syn_ns, What::LeftHalfOpen(source, syn));
    }

    /// The floods, the first first.
    pub fn findings(&mut self, findings: &mut Vec<Finding>) {
        self.count_all();
        let mut floods: Vec<(u64, Endpoint, &Flood)> = self
            .watches
            .iter()
            .filter_map(|watch| Some((watch.listener, watch.flood.as_deref()?)))
            .map(|(listener, flood)| (flood.during.0, listener, flood))
            .collect();
        floods.sort_unstable_by_key(|(first_ns, listener, _)| (*first_ns, *listener));
        findings.extend(floods.into_iter().map(|(_, listener, flood)| Finding {
            conversation: None,
            event: Event::SynFlood(flood.of(listener)),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::watch::tests::source;
    use super::*;
    use crate::track::SynFlood;

    const LISTENER: Endpoint = listener(80);
    const START: u64 = 1_000 * SECOND_NS;
    const MS: u64 = 1_000_000;

    const fn listener(port: u16) -> Endpoint {
        Endpoint {
            address: Address::Ip(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2))),
            port: Some(port),
        }
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
}
