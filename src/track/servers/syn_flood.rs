//! SYN floods (RFC 4987): handshakes at one listener that are begun by the
//! hundred and never completed.
//!
//! Each listener's handshakes are counted by the second of their SYN. A second
//! counts once its handshakes have had some time to complete. What real clients
//! leave behind is no flood: they ask again when nobody answers, they are
//! refused, and most of them complete.

mod watch;

use serde::{Deserialize, Serialize};
use watch::{Flood, SECOND_NS, Watch};

use crate::decode::TcpFlags;
use crate::track::hash::Map;
use crate::track::{Address, Endpoint, Event, Finding, PacketNumber, Side};

/// A SYN that is sent again comes after this time at the earliest (RFC 6298:
/// after a second); a copy comes sooner.
const ASKS_AGAIN_NS: u64 = 500_000_000;

/// Listeners that are watched at the most.
const LISTENERS: usize = 4096;

/// With fewer half-open handshakes than this a listener may be forgotten.
const WORTH_KEEPING: u64 = 10;

/// How far a connection's opening has come, as seen by one that counts
/// half-open ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::track) enum Opening {
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
    pub fn may_change(self) -> bool {
        matches!(self, Self::HalfOpen | Self::AskedAgain)
    }

    /// After one more segment, so long after the SYN.
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
pub(in crate::track) struct SynFloods {
    watches: Map<Endpoint, Watch>,
    /// The second in which the unimportant ones were last forgotten.
    forgot_at: u64,
}

impl SynFloods {
    /// A handshake begins.
    pub fn syn(&mut self, listener: Endpoint, time_ns: u64) {
        if let Some(watch) = self.watches.get_mut(&listener) {
            watch.syn(time_ns);
        } else if self.watches.len() < LISTENERS || self.forget(time_ns) {
            let mut watch = Watch::new(time_ns);
            watch.syn(time_ns);
            self.watches.insert(listener, watch);
        }
    }

    /// A handshake, whose SYN was at this time, has come further.
    pub fn changed(&mut self, listener: Endpoint, syn_ns: u64, from: Opening, to: Opening) {
        if let Some(watch) = self.watches.get_mut(&listener) {
            watch.changed(syn_ns, from, to);
        }
    }

    /// A handshake was never completed.
    pub fn stays_half_open(
        &mut self,
        listener: Endpoint,
        source: Address,
        syn_ns: u64,
        syn: PacketNumber,
    ) {
        if let Some(watch) = self.watches.get_mut(&listener) {
            watch.stays_half_open(source, syn_ns, syn);
        }
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
            .retain(|_, watch| watch.flood.is_some() || watch.recent >= WORTH_KEEPING);
        self.watches.len() < LISTENERS
    }

    /// The capture has ended: what has not completed by now did not.
    pub fn settle(&mut self) {
        for watch in self.watches.values_mut() {
            watch.judge(u64::MAX);
        }
    }

    /// The floods, the first first.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let mut floods: Vec<(u64, Endpoint, &Flood)> = self
            .watches
            .iter()
            .filter_map(|(listener, watch)| Some((*listener, watch.flood.as_deref()?)))
            .map(|(listener, flood)| (flood.during.0, listener, flood))
            .collect();
        floods.sort_unstable_by_key(|(first_ns, listener, _)| (*first_ns, *listener));
        findings.extend(floods.into_iter().map(|(_, listener, flood)| Finding {
            conversation: None,
            first_packet: None,
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
                floods.stays_half_open(listener(*port), from, *time_ns, number);
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
    fn sources_count_also_where_the_conversation_ended_before_its_second_was_judged() {
        let mut floods = SynFloods::default();
        let many = 200_000_u64;
        for number in 0..many {
            let time_ns = START + number * MS / 20;
            floods.syn(LISTENER, time_ns);
            // It had to make room a tenth of a second later.
            if let Some(earlier) = number.checked_sub(2_000) {
                let from = source(earlier as u32);
                let syn_ns = START + earlier * MS / 20;
                floods.stays_half_open(LISTENER, from, syn_ns, earlier + 1);
            }
        }
        floods.settle();
        for number in many - 2_000..many {
            let syn_ns = START + number * MS / 20;
            floods.stays_half_open(LISTENER, source(number as u32), syn_ns, number + 1);
        }
        let mut findings = Vec::new();
        floods.findings(&mut findings);
        let Some(Event::SynFlood(flood)) = findings.pop().map(|finding| finding.event) else {
            panic!();
        };
        assert_eq!(flood.half_open, many);
        assert!(
            flood.sources.abs_diff(many) < many / 50,
            "{}",
            flood.sources
        );
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
