//! Visits: one client, one server name, from the question for the name to the last
//! byte of the first answer. Joined from what several conversations show, by
//! evidence that is named.

mod names;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

use names::{Names, plain};

use super::hash::Map;
use super::{
    Address, Endpoint, Event, Exchange, Opening, PacketNumber, Seen, Side, Sides, TlsSession,
    VisitSlowPhase,
};
use crate::decode::Packet;

/// Visits that go on at the most; the one that has been idle for longest ends
/// first.
const OPEN_AT_MOST: usize = 4_096;

/// A visit ends when nothing was asked for so long.
const IDLE_NS: u64 = 30_000_000_000;

/// A name that was answered longer before the connection was opened came out of the
/// client's memory.
const FRESH_NS: u64 = 5_000_000_000;

/// Conversations that are told of one visit at the most.
const CONVERSATIONS_AT_MOST: usize = 64;

/// What the time of a visit goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PhaseName {
    /// The name is asked for.
    Dns,
    /// The connection is opened.
    Tcp,
    /// The keys are agreed on.
    Tls,
    /// The request is sent.
    Request,
    /// The server works, and the network carries.
    Wait,
    /// The answer comes.
    Response,
}

impl PhaseName {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Request => "request",
            Self::Wait => "wait",
            Self::Response => "response",
        }
    }
}

/// One phase of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// Which one.
    pub name: PhaseName,
    /// Its first packet, and when it came.
    pub start: Seen,
    /// Its last.
    pub end: Seen,
}

impl Phase {
    /// How long it took.
    #[must_use]
    pub const fn took_ns(&self) -> u64 {
        self.end.time_ns.saturating_sub(self.start.time_ns)
    }
}

/// By what a visit was joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinedBy {
    /// An answer to this client with the address, not older than it may be.
    Dns,
    /// Such an answer, but too old: the client remembered it.
    Cache,
    /// The host that the request names.
    Host,
    /// The host that the client's hello names.
    Sni,
}

impl JoinedBy {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Cache => "cache",
            Self::Host => "host",
            Self::Sni => "sni",
        }
    }
}

/// One client's visit to one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its number, from 1 in the order in which their first exchanges ended.
    pub number: u64,
    /// Who visits.
    pub client: Endpoint,
    /// Whom, by the first conversation.
    pub server: Endpoint,
    /// The name that was asked; the address where the request names none.
    pub name: String,
    /// What else the address was asked for under, where the names disagree.
    pub other_name: Option<String>,
    /// The conversations, the first of them first.
    pub conversations: Vec<u64>,
    /// The first packet of each of them.
    pub first_packets: Vec<PacketNumber>,
    /// By which evidence they belong together.
    pub joined_by: Vec<JoinedBy>,
    /// What the time went to, in order; the first exchange's.
    pub phases: Vec<Phase>,
    /// From the first phase's start to the last's end.
    pub total_ns: u64,
    /// Exchanges, all of them.
    pub exchanges: u64,
    /// What was asked first: method, target.
    pub asked: Option<(String, String)>,
    /// The status of the first answer.
    pub status: Option<u16>,
    /// How long the network takes there and back, as the handshake shows it.
    pub round_trip_ns: Option<u64>,
    /// Round trips that TLS took.
    pub tls_round_trips: u32,
    /// Whether the first exchange is complete and certain.
    pub is_certain: bool,
    /// Why the name's question is not among the phases.
    pub without_dns: Option<WithoutDns>,
    /// When anything was last seen of it.
    last_ns: u64,
}

/// A conversation's number and its first packet.
type Numbered = (u64, PacketNumber);

/// Why no question for the name is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutDns {
    /// It names an address.
    Address,
    /// The client knew the answer from before.
    Known,
    /// None was captured.
    NotCaptured,
}

impl Visit {
    /// The phase that took longest, with its share of the whole in percent.
    #[must_use]
    pub fn longest(&self) -> Option<(Phase, u64)> {
        let longest = self.phases.iter().max_by_key(|phase| phase.took_ns())?;
        let share = (longest.took_ns() * 100).checked_div(self.total_ns)?;
        Some((*longest, share))
    }

    /// Adds up its phases.
    fn measure(&mut self) {
        let starts = self.phases.iter().map(|phase| phase.start.time_ns);
        let start_ns = starts.min().unwrap_or_default();
        let ends = self.phases.iter().map(|phase| phase.end.time_ns);
        self.last_ns = ends.max().unwrap_or_default();
        self.total_ns = self.last_ns.saturating_sub(start_ns);
    }

    /// The phase that took at least half of it, where it took long.
    pub(super) fn slow_phase(&self) -> Option<VisitSlowPhase> {
        let (phase, percent) = self.longest()?;
        let is_slow = self.is_certain && self.total_ns >= LONG_NS && percent >= MOST_PERCENT;
        is_slow.then(|| VisitSlowPhase {
            visit: self.number,
            name: self.name.clone(),
            phase,
            percent,
            total_ns: self.total_ns,
            round_trip_ns: self.round_trip_ns,
        })
    }
}

/// A visit that took less is not worth a word.
const LONG_NS: u64 = 100_000_000;

/// A phase with so many percent of a visit is what it was spent on.
const MOST_PERCENT: u64 = 50;

/// The visits that go on.
#[derive(Debug, Default)]
pub(super) struct Visits {
    names: Names,
    /// By client and name.
    open: Map<(Address, String), Visit>,
    /// Visits so far.
    count: u64,
    /// When it was last looked for visits that have ended.
    looked_ns: u64,
}

impl Visits {
    /// Visits are numbered on from those of a timeline that has ended.
    pub fn count_on(&mut self, ended: &Self) {
        self.count = ended.count;
    }

    /// Takes in what happened on a packet.
    pub fn packet(&mut self, packet: &Packet<'_>, events: &[Event]) {
        for event in events {
            self.names.packet(packet, event);
        }
    }

    /// Takes in an exchange, and puts into it what its visit is. `number` is that of
    /// its conversation, which it names by its first packet.
    pub fn exchange(&mut self, exchange: &mut Exchange, number: u64) {
        exchange.visit = self.join(exchange, (number, exchange.conversation));
    }

    fn join(&mut self, exchange: &mut Exchange, first: Numbered) -> Option<u64> {
        let request = exchange.request.as_ref()?;
        let Sides { client, server } = exchange.ends;
        let named = exchange
            .host()
            .map(without_port)
            .filter(|name| !name.is_empty());
        let name = named.clone().unwrap_or_else(|| server.address.to_string());
        let last_ns = exchange
            .response
            .as_ref()
            .map_or(request.last, |response| response.last);
        let key = (client.address, name);
        let (begins, ends_ns) = (request.first, last_ns.time_ns);
        if let Some(visit) = self.goes_on(&key, begins, ends_ns, first) {
            visit.exchanges += 1;
            return Some(visit.number);
        }
        self.count += 1;
        let visit = self.begun(exchange, first, key.1.clone(), named.is_some());
        let dns = visit
            .phases
            .iter()
            .find(|phase| phase.name == PhaseName::Dns);
        exchange.dns_ns = dns.map(Phase::took_ns);
        self.keep(key, visit);
        Some(self.count)
    }

    /// The visit that goes on with something that begins and ends then, if any does.
    fn goes_on(
        &mut self,
        key: &(Address, String),
        begins: Seen,
        ends_ns: u64,
        (number, first_packet): Numbered,
    ) -> Option<&mut Visit> {
        let visit = self.open.get_mut(key)?;
        if begins.time_ns > visit.last_ns.saturating_add(IDLE_NS) {
            return None;
        }
        visit.last_ns = visit.last_ns.max(ends_ns);
        let known = &mut visit.conversations;
        if known.len() < CONVERSATIONS_AT_MOST && !known.contains(&number) {
            known.push(number);
            visit.first_packets.push(first_packet);
        }
        Some(visit)
    }

    fn keep(&mut self, key: (Address, String), visit: Visit) {
        let before = self.open.insert(key, visit);
        // One to the same name that has ended is told with the others that have.
        if let Some(before) = before {
            let key = (
                before.client.address,
                format!("{}\0{}", before.name, before.number),
            );
            self.open.insert(key, before);
        }
    }

    /// The visit that an exchange begins.
    fn begun(
        &mut self,
        exchange: &Exchange,
        first: Numbered,
        name: String,
        is_named: bool,
    ) -> Visit {
        let request = exchange.request.as_ref();
        let starts = exchange.opening.map(|opening| opening.syn);
        let starts = starts
            .or_else(|| request.map(|request| request.first))
            .unwrap_or_default();
        let (ends, opening) = (exchange.ends, exchange.opening);
        let mut visit = self.empty(ends, first, &name, is_named, starts, opening);
        if is_named {
            visit.joined_by.push(JoinedBy::Host);
        }
        let phases = &mut visit.phases;
        if let Some(request) = request {
            let (start, end) = (request.first, request.last);
            phases.push(Phase {
                name: PhaseName::Request,
                start,
                end,
            });
            if let Some(response) = &exchange.response {
                if exchange.wait_ns().is_some() {
                    let (start, end) = (request.last, response.first);
                    phases.push(Phase {
                        name: PhaseName::Wait,
                        start,
                        end,
                    });
                }
                let (start, end) = (response.first, response.last);
                phases.push(Phase {
                    name: PhaseName::Response,
                    start,
                    end,
                });
            }
        }
        visit.asked = exchange
            .asked()
            .map(|(method, target)| (method.to_owned(), target.to_owned()));
        visit.status = exchange.status();
        visit.exchanges = 1;
        visit.is_certain = exchange.is_certain && exchange.is_complete;
        visit.measure();
        visit
    }

    /// A visit of which the name and the connection are known.
    fn empty(
        &mut self,
        ends: Sides<Endpoint>,
        (first, first_packet): Numbered,
        name: &str,
        is_named: bool,
        starts: Seen,
        opening: Option<Opening>,
    ) -> Visit {
        let Sides { client, server } = ends;
        let mut phases = Vec::new();
        let mut joined_by = Vec::new();
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        let wanted = (is_named && !is_address).then(|| plain(name));
        let resolved = match (client.address, server.address) {
            (Address::Ip(client), Address::Ip(server)) => {
                let wanted = wanted.as_deref();
                self.names.of(client, server, wanted, starts.time_ns)
            }
            _ => None,
        };
        let mut other_name = None;
        let mut without_dns = Some(match is_address {
            true => WithoutDns::Address,
            false => WithoutDns::NotCaptured,
        });
        if let Some(resolved) = resolved {
            let is_same = wanted
                .as_ref()
                .is_none_or(|wanted| *wanted == resolved.name);
            if is_same && !is_address {
                let is_fresh =
                    starts.time_ns <= resolved.expires_ns.max(resolved.answer.time_ns + FRESH_NS);
                joined_by.push(match is_fresh {
                    true => JoinedBy::Dns,
                    false => JoinedBy::Cache,
                });
                let pays = !resolved.is_paid
                    && opening.is_some()
                    && starts.time_ns <= resolved.answer.time_ns + FRESH_NS;
                resolved.is_paid = true;
                without_dns = match (resolved.query.filter(|_| pays), pays) {
                    (Some(start), _) => {
                        let end = resolved.answer;
                        phases.push(Phase {
                            name: PhaseName::Dns,
                            start,
                            end,
                        });
                        None
                    }
                    (None, true) => Some(WithoutDns::NotCaptured),
                    (None, false) => Some(WithoutDns::Known),
                };
            } else {
                other_name = Some(resolved.name.clone());
            }
        }
        if let Some(opening) = opening {
            let (start, end) = (opening.syn, opening.syn_ack);
            phases.push(Phase {
                name: PhaseName::Tcp,
                start,
                end,
            });
        }
        Visit {
            number: self.count,
            client,
            server,
            name: name.to_owned(),
            other_name,
            conversations: vec![first],
            first_packets: vec![first_packet],
            joined_by,
            phases,
            total_ns: 0,
            exchanges: 0,
            asked: None,
            status: None,
            round_trip_ns: opening.map(|opening| opening.took_ns()),
            tls_round_trips: 0,
            is_certain: false,
            without_dns,
            last_ns: 0,
        }
    }

    /// Takes in a connection of which the inside is encrypted; `number` is that of
    /// its conversation, which it names by its first packet. Its request and its answer
    /// are the first data of either side.
    pub fn session(&mut self, session: &TlsSession, number: u64) {
        let first = (number, session.conversation);
        let (Some(hello), Some(end), Some(request)) =
            (session.hello, session.established, session.request)
        else {
            return;
        };
        let answer = session
            .answer
            .filter(|answer| answer.time_ns >= request.time_ns);
        let ends = match session.asker {
            Side::Client => session.ends,
            Side::Server => Sides {
                client: session.ends.server,
                server: session.ends.client,
            },
        };
        let named = session.server_name.as_deref().map(plain);
        let name = named
            .clone()
            .unwrap_or_else(|| ends.server.address.to_string());
        let last_ns = answer.unwrap_or(request).time_ns;
        let key = (ends.client.address, name);
        if self.goes_on(&key, request, last_ns, first).is_some() {
            return;
        }
        self.count += 1;
        let opening = session.opening.filter(|_| session.asker == Side::Client);
        let starts = opening.map_or(hello, |opening| opening.syn);
        let mut visit = self.empty(ends, first, &key.1, named.is_some(), starts, opening);
        if named.is_some() {
            visit.joined_by.push(JoinedBy::Sni);
        }
        let phase = |name, start, end| Phase { name, start, end };
        visit.phases.push(phase(PhaseName::Tls, hello, end));
        visit
            .phases
            .push(phase(PhaseName::Request, request, request));
        if let Some(answer) = answer {
            visit.phases.push(phase(PhaseName::Wait, request, answer));
        }
        visit.tls_round_trips = session.round_trips.unwrap_or_default();
        visit.measure();
        self.keep(key, visit);
    }

    /// Gives the visits that have ended by now, in the order of their numbers.
    pub fn ended(&mut self, now_ns: u64, to: &mut Vec<Visit>) {
        let is_full = self.open.len() >= OPEN_AT_MOST;
        if self.open.is_empty() || !is_full && now_ns < self.looked_ns.saturating_add(IDLE_NS / 4) {
            return;
        }
        self.looked_ns = now_ns;
        let mut silent_ns = IDLE_NS;
        loop {
            let before = to.len();
            let has_ended = |visit: &Visit| visit.last_ns.saturating_add(silent_ns) < now_ns;
            to.extend(
                self.open
                    .extract_if(|_, visit| has_ended(visit))
                    .map(|(_, visit)| visit),
            );
            let ended = to.get_mut(before..).unwrap_or_default();
            ended.sort_by_key(|visit| visit.number);
            if self.open.len() < OPEN_AT_MOST || silent_ns == 0 {
                break;
            }
            silent_ns /= 2;
        }
        if self.open.len() >= OPEN_AT_MOST {
            self.all(to);
        }
    }

    /// Gives all that go on.
    pub fn all(&mut self, to: &mut Vec<Visit>) {
        let before = to.len();
        to.extend(self.open.drain().map(|(_, visit)| visit));
        let ended = to.get_mut(before..).unwrap_or_default();
        ended.sort_by_key(|visit| visit.number);
    }
}

/// A host without its port.
fn without_port(host: &str) -> String {
    if host.starts_with('[') {
        let end = host.find(']').map_or(host.len(), |end| end + 1);
        return plain(host.get(..end).unwrap_or(host));
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => plain(name),
        _ => plain(host),
    }
}
