//! Which conversations are asked for: the conditions that words on the command
//! line make (`state:close_wait port:3001`), and whether an ended conversation
//! fulfils all of them.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Kinds;
use super::zone::zone;
use crate::track::tcp::State;
use crate::track::{Address, Conversation, Endpoint};

/// Nanoseconds of a day.
const DAY_NS: u64 = 86_400_000_000_000;

/// Conditions that all must hold; none: every conversation is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    conditions: Vec<Condition>,
}

/// One word's condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// One of the two hosts is in this network.
    Host(Network),
    /// One of the two ports is this one.
    Port(u16),
    /// One of its protocols has this name in records.
    Protocol(&'static str),
    /// One side's last state is this one.
    State(State),
    /// An annotation of one of these kinds was made in it.
    Kind(Kinds),
    /// A name that was asked for has this in it, in lower case.
    Name(String),
    /// A packet's payload has these bytes in it.
    Text(Vec<u8>),
    /// An amount lies in a range, both ends included.
    Amount(Amount, RangeInclusive<u64>),
    /// It was under way between two moments, both included.
    Time(Option<Moment>, Option<Moment>),
    /// It has this end, or these two.
    Ends(End, Option<End>),
}

/// What is measured of a conversation. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// The median of its round trips.
    RoundTrip,
    /// From its first packet to its last.
    Duration,
    /// Packets of both sides.
    Packets,
    /// Bytes of both sides on the wire.
    Bytes,
    /// Segments sent again by either side.
    SentAgain,
    /// The longest time that the server took to answer.
    Wait,
}

/// Addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// So many bits of an IP address.
    Ip(IpAddr, u8),
    /// One MAC address.
    Mac([u8; 6]),
}

/// A moment, as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds since the capture's first packet.
    SinceFirst(u64),
    /// By a clock (in UTC, or of where this runs) on the day on which the capture
    /// began or the next, whichever is nearer to its beginning.
    OfDay {
        /// Nanoseconds since midnight.
        ns: u64,
        /// By a clock of UTC.
        utc: bool,
    },
    /// Nanoseconds since the Unix epoch.
    At(u64),
}

/// One end of a conversation as far as it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The host, if it is named.
    pub address: Option<Address>,
    /// The port, if it is named.
    pub port: Option<u16>,
}

/// Numbers of conversations, a bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    bits: Vec<u64>,
    count: u64,
}

impl Numbers {
    /// Adds a conversation.
    pub fn add(&mut self, number: u64) {
        let (place, bit) = Self::place(number);
        if self.bits.len() <= place {
            self.bits.resize(place + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(place) {
            self.count += u64::from(*bits & bit == 0);
            *bits |= bit;
        }
    }

    /// Whether a conversation is among them.
    #[must_use]
    pub fn has(&self, number: u64) -> bool {
        let (place, bit) = Self::place(number);
        self.bits.get(place).is_some_and(|bits| bits & bit != 0)
    }

    /// How many they are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The only one, if there is only one.
    #[must_use]
    pub fn only(&self) -> Option<u64> {
        let place = self.bits.iter().position(|bits| *bits != 0)?;
        let bits = self.bits.get(place)?;
        (self.count == 1).then(|| place as u64 * 64 + u64::from(bits.trailing_zeros()))
    }

    const fn place(number: u64) -> (usize, u64) {
        ((number / 64) as usize, 1 << (number % 64))
    }
}

impl Selection {
    /// So many conditions fit: what was seen of each is one bit.
    pub const MOST: usize = 64;

    /// Adds a condition, if there is room.
    #[must_use]
    pub fn and(mut self, condition: Condition) -> Self {
        if self.conditions.len() < Self::MOST {
            self.conditions.push(condition);
        }
        self
    }

    /// Whether every conversation is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The conditions in the order in which they were given.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether an ended conversation is asked for. `seen`: a bit for each
    /// condition that its packets fulfilled; `first_ns`: the time of the
    /// capture's first packet.
    #[must_use]
    pub fn has(&self, it: &Conversation, seen: u64, first_ns: Option<u64>) -> bool {
        let mut each = self.conditions.iter().enumerate();
        each.all(|(place, condition)| seen & (1 << place) != 0 || condition.holds(it, first_ns))
    }
}

impl Condition {
    /// Whether what is known of a conversation at its end shows it. What its
    /// packets show is a bit.
    fn holds(&self, it: &Conversation, first_ns: Option<u64>) -> bool {
        let ends = [it.client, it.server];
        let mut ends = ends.iter().flatten();
        match self {
            Self::Host(network) => ends.any(|end| network.has(end.address)),
            Self::Port(port) => ends.any(|end| end.port == Some(*port)),
            Self::Protocol(name) => it.protocol == *name,
            Self::State(state) => it
                .tcp
                .as_ref()
                .is_some_and(|tcp| [tcp.state.client, tcp.state.server].contains(&Some(*state))),
            Self::Amount(amount, range) => {
                amount.of(it).is_some_and(|of_it| range.contains(&of_it))
            }
            Self::Time(from, to) => is_under_way(it, *from, *to, first_ns),
            Self::Ends(one, other) => has_ends(it, *one, *other),
            Self::Kind(_) | Self::Name(_) | Self::Text(_) => false,
        }
    }
}

fn is_under_way(
    it: &Conversation,
    from: Option<Moment>,
    to: Option<Moment>,
    first_ns: Option<u64>,
) -> bool {
    let (Some(start_ns), Some(end_ns), Some(first_ns)) = (it.start_ns, it.end_ns, first_ns) else {
        return false;
    };
    from.is_none_or(|from| end_ns >= from.at_ns(first_ns))
        && to.is_none_or(|to| start_ns <= to.at_ns(first_ns))
}

fn has_ends(it: &Conversation, one: End, other: Option<End>) -> bool {
    let fits = |end: Option<Endpoint>, wanted: End| end.is_some_and(|end| wanted.fits(end));
    match other {
        None => fits(it.client, one) || fits(it.server, one),
        Some(other) => {
            (fits(it.client, one) && fits(it.server, other))
                || (fits(it.client, other) && fits(it.server, one))
        }
    }
}

impl Amount {
    /// How much it is of a conversation; `None` where it was not measured.
    #[must_use]
    pub fn of(self, it: &Conversation) -> Option<u64> {
        let tcp = it.tcp.as_ref();
        match self {
            Self::RoundTrip => {
                let measured = tcp.map(|tcp| tcp.round_trip);
                let measured = measured.filter(|measured| measured.samples > 0);
                measured.map(|measured| measured.median_ns)
            }
            Self::Duration => it.duration_ns,
            Self::Packets => Some(it.packets()),
            Self::Bytes => Some(it.bytes()),
            Self::SentAgain => tcp.map(|tcp| {
                let again = tcp.retransmissions;
                again.client.segments + again.server.segments
            }),
            Self::Wait => {
                let of_tcp = tcp.and_then(|tcp| tcp.think_time);
                let times = of_tcp.or(it.answer_time);
                times.map(|times| times.most_ns)
            }
        }
    }
}

impl Network {
    fn has(self, address: Address) -> bool {
        match (self, address) {
            (Self::Mac(mac), Address::Mac(of_host)) => mac == of_host,
            (Self::Ip(IpAddr::V4(network), bits), Address::Ip(IpAddr::V4(host))) => {
                let differs = u32::from(network) ^ u32::from(host);
                differs.leading_zeros() >= u32::from(bits)
            }
            (Self::Ip(IpAddr::V6(network), bits), Address::Ip(IpAddr::V6(host))) => {
                let differs = u128::from(network) ^ u128::from(host);
                differs.leading_zeros() >= u32::from(bits)
            }
            _ => false,
        }
    }
}

impl Moment {
    /// In nanoseconds since the Unix epoch, in a capture that begins at
    /// `first_ns`.
    #[must_use]
    pub fn at_ns(self, first_ns: u64) -> u64 {
        match self {
            Self::SinceFirst(ns) => first_ns.saturating_add(ns),
            Self::At(ns) => ns,
            Self::OfDay { ns, utc } => of_day(ns, &zone(utc), first_ns).unwrap_or(first_ns),
        }
    }

    /// So much later.
    #[must_use]
    pub fn plus(self, more_ns: u64) -> Self {
        match self {
            Self::SinceFirst(ns) => Self::SinceFirst(ns.saturating_add(more_ns)),
            Self::OfDay { ns, utc } => Self::OfDay {
                ns: ns.saturating_add(more_ns),
                utc,
            },
            Self::At(ns) => Self::At(ns.saturating_add(more_ns)),
        }
    }
}

/// When a clock of this zone shows so many nanoseconds since midnight; `None`
/// outside the years that calendars have.
fn of_day(ns: u64, zone: &TimeZone, first_ns: u64) -> Option<u64> {
    let first = Timestamp::from_nanosecond(first_ns.into()).ok()?;
    let day = first.to_zoned(zone.clone()).date();
    let on = |day: Date| {
        let since_midnight = SignedDuration::from_nanos(ns.try_into().ok()?);
        let clock = day
            .to_datetime(Time::midnight())
            .checked_add(since_midnight);
        let moment = clock.ok()?.to_zoned(zone.clone()).ok()?.timestamp();
        u64::try_from(moment.as_nanosecond()).ok()
    };
    let same_day = on(day)?;
    match same_day.saturating_add(DAY_NS / 2) < first_ns {
        true => on(day.tomorrow().ok()?),
        false => Some(same_day),
    }
}

impl End {
    fn fits(self, end: Endpoint) -> bool {
        self.address.is_none_or(|address| address == end.address)
            && (self.port.is_none() || self.port == end.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::conversation as fixture_conversation;

    #[test]
    fn a_network_is_as_wide_as_its_bits_say() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let has = |network: &str, bits, host: &str| {
            Network::Ip(ip(network), bits).has(Address::Ip(ip(host)))
        };
        assert!(has("10.9.0.0", 16, "10.9.3.1"));
        assert!(!has("10.9.0.0", 16, "10.8.255.255"));
        assert!(has("10.9.0.1", 32, "10.9.0.1"));
        assert!(!has("10.9.0.1", 32, "10.9.0.0"));
        assert!(has("0.0.0.0", 0, "255.1.1.1"));
        assert!(has("2001:db8::", 32, "2001:db8:1::1"));
        assert!(!has("0.0.0.0", 0, "::1"));
    }

    #[test]
    fn a_time_of_the_day_is_the_one_nearest_to_the_beginning() {
        let of_day = |ns| Moment::OfDay { ns, utc: true };
        let noon = 20_000 * DAY_NS + DAY_NS / 2;
        assert_eq!(of_day(DAY_NS / 2 + 5).at_ns(noon), noon + 5);
        // Two minutes before the capture is before it, not a day later.
        let before = 120_000_000_000;
        assert_eq!(of_day(DAY_NS / 2 - before).at_ns(noon), noon - before);
        // Ten past midnight is the next day's for a capture of the evening.
        let evening = 20_000 * DAY_NS + DAY_NS - 1;
        assert_eq!(of_day(600).at_ns(evening), 20_001 * DAY_NS + 600);
    }

    #[test]
    fn numbers_are_counted_once_and_the_only_one_is_known() {
        let mut numbers = Numbers::default();
        assert_eq!((numbers.count(), numbers.only()), (0, None));
        numbers.add(200);
        numbers.add(200);
        assert_eq!((numbers.count(), numbers.only()), (1, Some(200)));
        numbers.add(1);
        assert_eq!((numbers.count(), numbers.only()), (2, None));
        assert!(numbers.has(1) && numbers.has(200) && !numbers.has(2) && !numbers.has(9_999));
    }

    #[test]
    fn two_ends_fit_in_either_order() {
        let it = fixture_conversation(1);
        let client = it.client.expect("a client");
        let named = |end: Endpoint, with_port| End {
            address: Some(end.address),
            port: end.port.filter(|_| with_port),
        };
        let server = it.server.expect("a server");
        assert!(has_ends(&it, named(client, true), None));
        assert!(has_ends(
            &it,
            named(server, false),
            Some(named(client, true))
        ));
        assert!(!has_ends(
            &it,
            named(client, true),
            Some(named(client, true))
        ));
    }

    #[test]
    fn all_conditions_must_hold_and_what_packets_show_is_a_bit() {
        let it = fixture_conversation(1);
        let port = it.server.and_then(|end| end.port).expect("a port");
        let selection = Selection::default()
            .and(Condition::Port(port))
            .and(Condition::Text(b"GET".to_vec()));
        assert!(!selection.has(&it, 0, Some(0)));
        assert!(!selection.has(&it, 1, Some(0)));
        assert!(selection.has(&it, 2, Some(0)));
        let more = selection.and(Condition::Amount(Amount::Packets, 1_000..=u64::MAX));
        assert!(!more.has(&it, 2, Some(0)));
        assert!(Selection::default().has(&it, 0, None));
    }
}
