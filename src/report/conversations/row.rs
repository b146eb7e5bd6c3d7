//! One conversation in 64 bytes, beside the addresses that many share: what the
//! table of conversations shows and sorts by.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::Serialize;

use crate::decode::Protocol;
use crate::decode::http::Version;
use crate::notes::{Kind, Severity};
use crate::report::digest::Trouble;
use crate::report::selection::Amount;
use crate::track::tcp::{Completeness, State};
use crate::track::{Address, CloseKind, Conversation, Endpoint, Sides, TcpConversation};

/// What is not known.
const NONE_64: u64 = u64::MAX;
const NONE_32: u32 = u32::MAX;

/// No state of TCP.
const NO_STATE: u8 = 15;

/// The bits of [`Row::ending`].
const SEVERITY: u8 = 0b11;
const RESET: u8 = 1 << 2;
const FIN: u8 = 1 << 3;
const CLOSED_BY_CLIENT: u8 = 1 << 4;
const CLOSED_BY_SERVER: u8 = 1 << 5;
const UNANSWERED: u8 = 1 << 6;
const IS_TCP: u8 = 1 << 7;

/// How often the trouble of a row is counted at most, in the lower bits of
/// [`Row::bytes_and_times`].
const MOST_TIMES: u64 = 0xffff;

const _: () = assert!(size_of::<Row>() == 64 && Kind::ALL.len() < 256);

/// A conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    start_ns: u64,
    duration_ns: u64,
    /// Bytes in the upper 48 bits; below, how often the trouble happened.
    bytes_and_times: u64,
    number: u32,
    client: u32,
    server: u32,
    packets: u32,
    sent_again: u32,
    /// In nanoseconds, as the two below: seven digits are more than is measured.
    round_trip: f32,
    wait: f32,
    /// How long the trouble lasted.
    span: f32,
    client_port: u16,
    server_port: u16,
    protocol: u8,
    /// The client's last state in the upper four bits, the server's in the lower.
    states: u8,
    /// How it ended, and how bad its trouble was.
    ending: u8,
    /// The kind of its trouble.
    kind: u8,
}

/// What was asked over HTTP in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Web {
    /// The host that was asked last.
    pub(super) host: Option<String>,
    /// The status that was answered last.
    pub(super) status: Option<u16>,
    version: Option<Version>,
    /// The version of TLS, where that is all there is to see: its name, or nothing
    /// where it was not agreed on.
    pub(super) tls: Option<String>,
}

/// Addresses and names of protocols, each once; and what was asked over HTTP, by the
/// numbers of the conversations that speak it.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    addresses: Vec<Address>,
    places: HashMap<Address, u32, FixedState>,
    protocols: Vec<(&'static str, Option<Protocol>)>,
    web: HashMap<u32, Web, FixedState>,
}

impl Names {
    fn address(&mut self, end: Option<Endpoint>) -> u32 {
        let Some(Endpoint { address, .. }) = end else {
            return NONE_32;
        };
        let next = self.addresses.len() as u32;
        let place = *self.places.entry(address).or_insert(next);
        if place == next {
            self.addresses.push(address);
        }
        place
    }

    fn protocol(&mut self, it: &Conversation) -> u8 {
        let one = (it.protocol, it.spoken);
        let known = self.protocols.iter().position(|known| *known == one);
        let place = known.unwrap_or_else(|| {
            self.protocols.push(one);
            self.protocols.len() - 1
        });
        place as u8
    }

    fn end(&self, place: u32, port: u16) -> Option<Endpoint> {
        let address = *self.addresses.get(place as usize)?;
        Some(Endpoint {
            address,
            port: (port != 0).then_some(port),
        })
    }

    /// How much is kept: addresses, and conversations that speak HTTP.
    pub(super) fn len(&self) -> usize {
        self.addresses.len() + self.web.len()
    }

    /// The addresses that these rows have, and no others; the rows name them
    /// anew.
    pub(super) fn of_rows(&self, rows: &mut [Row]) -> Self {
        let mut kept = Self {
            protocols: self.protocols.clone(),
            ..Self::default()
        };
        for row in rows {
            row.client = kept.address(self.end(row.client, 0));
            row.server = kept.address(self.end(row.server, 0));
            if let Some(web) = self.web.get(&row.number) {
                kept.web.insert(row.number, web.clone());
            }
        }
        kept
    }
}

fn of_time(ns: Option<u64>) -> f32 {
    ns.map_or(f32::NAN, |ns| ns as f32)
}

fn time(ns: f32) -> Option<u64> {
    (!ns.is_nan()).then_some(ns as u64)
}

fn state(state: Option<State>) -> u8 {
    let place = State::ALL.iter().position(|known| Some(*known) == state);
    place.map_or(NO_STATE, |place| place as u8)
}

impl Row {
    pub(super) fn new(it: &Conversation, trouble: Option<Trouble>, names: &mut Names) -> Self {
        let states = it.tcp.as_ref().map(|tcp| tcp.state).unwrap_or_default();
        let port = |end: Option<Endpoint>| end.and_then(|end| end.port).unwrap_or(0);
        let most = |amount: u64| u32::try_from(amount).unwrap_or(NONE_32);
        let times = trouble.map_or(0, |trouble| trouble.times.min(MOST_TIMES));
        if let Some(http) = &it.http {
            let web = Web {
                host: http.host.clone(),
                status: http.last_status,
                version: http.version,
                tls: None,
            };
            names.web.insert(most(it.number), web);
        } else if let Some(tls) = &it.tls {
            let web = Web {
                host: tls.server_name.clone(),
                tls: Some(
                    tls.version
                        .map_or_else(String::new, |version| version.name()),
                ),
                ..Web::default()
            };
            names.web.insert(most(it.number), web);
        }
        let kind = trouble.and_then(|it| Kind::ALL.iter().position(|kind| *kind == it.kind));
        Self {
            start_ns: it.start_ns.unwrap_or(NONE_64),
            duration_ns: it.duration_ns.unwrap_or(NONE_64),
            bytes_and_times: it.bytes() << 16 | times,
            number: most(it.number),
            client: names.address(it.client),
            server: names.address(it.server),
            packets: most(it.packets()),
            sent_again: Amount::SentAgain.of(it).map_or(NONE_32, most),
            round_trip: of_time(Amount::RoundTrip.of(it)),
            wait: of_time(Amount::Wait.of(it)),
            span: trouble.map_or(0.0, |trouble| trouble.span_ns as f32),
            client_port: port(it.client),
            server_port: port(it.server),
            protocol: names.protocol(it),
            states: state(states.client) << 4 | state(states.server),
            ending: ending(it.tcp.as_ref()) | severity(trouble),
            kind: kind.unwrap_or_default() as u8,
        }
    }

    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn start_ns(&self) -> Option<u64> {
        Some(self.start_ns).filter(|ns| *ns != NONE_64)
    }

    pub(super) fn duration_ns(&self) -> Option<u64> {
        Some(self.duration_ns).filter(|ns| *ns != NONE_64)
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes_and_times >> 16
    }

    pub(super) const fn packets(&self) -> u64 {
        self.packets as u64
    }

    pub(super) fn sent_again(&self) -> Option<u64> {
        Some(self.sent_again)
            .filter(|segments| *segments != NONE_32)
            .map(u64::from)
    }

    pub(super) fn round_trip_ns(&self) -> Option<u64> {
        time(self.round_trip)
    }

    pub(super) fn wait_ns(&self) -> Option<u64> {
        time(self.wait)
    }

    pub(super) fn protocol(&self, names: &Names) -> &'static str {
        let name = names.protocols.get(usize::from(self.protocol));
        name.map(|(name, _)| *name).unwrap_or_default()
    }

    /// What was asked over HTTP in it.
    pub(super) fn web<'n>(&self, names: &'n Names) -> Option<&'n Web> {
        names.web.get(&self.number)
    }

    /// What is spoken in it, where that is known.
    fn application(&self, names: &Names) -> Option<String> {
        if let Some(version) = self.web(names).and_then(|web| web.version) {
            return Some(format!("http/{}", version.name()));
        }
        if self.web(names).is_some_and(|web| web.tls.is_some()) {
            return Some("tls".to_owned());
        }
        let (_, spoken) = names.protocols.get(usize::from(self.protocol))?;
        spoken.map(|spoken| spoken.name().to_owned())
    }

    pub(super) fn ends(&self, names: &Names) -> [Option<Endpoint>; 2] {
        [
            names.end(self.client, self.client_port),
            names.end(self.server, self.server_port),
        ]
    }

    /// The worst that happened in it.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        let severity = match self.ending & SEVERITY {
            1 => Severity::Note,
            2 => Severity::Warning,
            3 => Severity::Error,
            _ => return None,
        };
        Some(Trouble {
            kind: *Kind::ALL.get(usize::from(self.kind))?,
            severity,
            times: self.bytes_and_times & MOST_TIMES,
            span_ns: self.span as u64,
        })
    }

    fn has(&self, bit: u8) -> bool {
        self.ending & bit != 0
    }

    /// How it ended, as far as that is kept; `None` where it is not of TCP.
    pub(super) fn tcp(&self) -> Option<TcpConversation> {
        let state = |place: u8| State::ALL.get(usize::from(place)).copied();
        let answered = match self.has(UNANSWERED) {
            true => 0,
            false => Completeness::SYN_ACK,
        };
        let by = Sides {
            client: self.has(CLOSED_BY_CLIENT),
            server: self.has(CLOSED_BY_SERVER),
        };
        self.has(IS_TCP).then(|| TcpConversation {
            state: Sides {
                client: state(self.states >> 4),
                server: state(self.states & 15),
            },
            completeness: Completeness(Completeness::SYN | answered),
            closed_by: (by.client || by.server).then_some(by),
            close: match (self.has(RESET), self.has(FIN)) {
                (true, _) => CloseKind::Reset,
                (false, true) => CloseKind::Fin,
                (false, false) => CloseKind::Open,
            },
            ..TcpConversation::default()
        })
    }
}

fn severity(trouble: Option<Trouble>) -> u8 {
    match trouble.map(|trouble| trouble.severity) {
        None => 0,
        Some(Severity::Note) => 1,
        Some(Severity::Warning) => 2,
        Some(Severity::Error) => 3,
    }
}

fn ending(tcp: Option<&TcpConversation>) -> u8 {
    let Some(tcp) = tcp else { return 0 };
    let saw = |part: u8| tcp.completeness.0 & part != 0;
    let unanswered = saw(Completeness::SYN) && !saw(Completeness::SYN_ACK);
    let by = tcp.closed_by.unwrap_or_default();
    let bits = [
        (tcp.close == CloseKind::Reset, RESET),
        (tcp.close == CloseKind::Fin, FIN),
        (by.client, CLOSED_BY_CLIENT),
        (by.server, CLOSED_BY_SERVER),
        (unanswered, UNANSWERED),
        (true, IS_TCP),
    ];
    let set = bits.iter().filter(|(is_set, _)| *is_set);
    set.fold(0, |all, (_, bit)| all | bit)
}

/// A row as scripts read it.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    record: &'static str,
    number: u32,
    protocol: &'static str,
    client: Option<String>,
    client_address: Option<String>,
    client_port: Option<u16>,
    server: Option<String>,
    server_address: Option<String>,
    server_port: Option<u16>,
    start_ns: Option<u64>,
    duration_ns: Option<u64>,
    packets: u64,
    bytes: u64,
    sent_again: Option<u64>,
    round_trip_ns: Option<u64>,
    wait_ns: Option<u64>,
    client_state: Option<&'static str>,
    server_state: Option<&'static str>,
    close: Option<&'static str>,
    application: Option<String>,
    name: Option<String>,
    last_status: Option<u16>,
    severity: Option<&'static str>,
    kind: Option<&'static str>,
    times: Option<u64>,
    lasted_ns: Option<u64>,
}

impl Record {
    pub(super) fn new(row: &Row, names: &Names) -> Self {
        let [client, server] = row.ends(names);
        let shown = |end: Option<Endpoint>| end.map(|end| end.to_string());
        let address = |end: Option<Endpoint>| end.map(|end| end.address.to_string());
        let port = |end: Option<Endpoint>| end.and_then(|end| end.port);
        let tcp = row.tcp();
        let tcp = tcp.as_ref();
        let trouble = row.trouble();
        Self {
            record: "row",
            number: row.number,
            protocol: row.protocol(names),
            client: shown(client),
            client_address: address(client),
            client_port: port(client),
            server: shown(server),
            server_address: address(server),
            server_port: port(server),
            start_ns: row.start_ns(),
            duration_ns: row.duration_ns(),
            packets: row.packets(),
            bytes: row.bytes(),
            sent_again: row.sent_again(),
            round_trip_ns: row.round_trip_ns(),
            wait_ns: row.wait_ns(),
            client_state: tcp.and_then(|tcp| tcp.state.client).map(State::name),
            server_state: tcp.and_then(|tcp| tcp.state.server).map(State::name),
            close: tcp.map(|tcp| tcp.close.name()),
            application: row.application(names),
            name: row.web(names).and_then(|web| web.host.clone()),
            last_status: row.web(names).and_then(|web| web.status),
            severity: trouble.map(|trouble| trouble.severity.name()),
            kind: trouble.map(|trouble| trouble.kind.name()),
            times: trouble.map(|trouble| trouble.times),
            lasted_ns: trouble.map(|trouble| trouble.span_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::conversation;

    #[test]
    fn a_row_gives_back_what_was_put_into_it() {
        let mut names = Names::default();
        let mut it = conversation(7);
        it.duration_ns = None;
        if let Some(tcp) = &mut it.tcp {
            tcp.state.server = Some(State::CloseWait);
            tcp.close = CloseKind::Fin;
            tcp.closed_by = Some(Sides {
                client: true,
                server: false,
            });
            tcp.completeness = Completeness(Completeness::SYN | Completeness::SYN_ACK);
        }
        let trouble = Trouble {
            kind: Kind::TcpCloseWait,
            severity: Severity::Warning,
            times: 3,
            span_ns: 1 << 40,
        };
        let row = Row::new(&it, Some(trouble), &mut names);
        assert_eq!(row.ends(&names), [it.client, it.server]);
        assert_eq!((row.number(), row.packets(), row.bytes()), (7, 1, 60));
        assert_eq!((row.start_ns(), row.duration_ns()), (Some(7), None));
        assert_eq!((row.round_trip_ns(), row.sent_again()), (None, Some(0)));
        assert_eq!(row.trouble(), Some(trouble));
        assert_eq!(row.protocol(&names), "tcp");
        let (back, tcp) = (row.tcp(), it.tcp.unwrap_or_default());
        let back = back.unwrap_or_default();
        assert_eq!((back.state, back.close), (tcp.state, tcp.close));
        assert_eq!(back.closed_by, tcp.closed_by);
        assert_eq!(back.completeness, tcp.completeness);
    }

    #[test]
    fn names_of_rows_that_went_go_with_them() {
        let mut names = Names::default();
        let mut rows: Vec<_> = (1..=3)
            .map(|number| {
                let mut it = conversation(number);
                let address = Address::Ip([10, 0, 0, number as u8].into());
                it.client = Some(Endpoint {
                    address,
                    port: Some(5),
                });
                Row::new(&it, None, &mut names)
            })
            .collect();
        let before = rows[2].ends(&names);
        rows.drain(..2);
        let kept = names.of_rows(&mut rows);
        assert_eq!((names.len(), kept.len()), (4, 2));
        assert_eq!(rows[0].ends(&kept), before);
    }
}
