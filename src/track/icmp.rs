//! Echo requests and their replies (RFC 792, RFC 4443 section 4), errors and
//! the packets that they quote; hands neighbour discovery on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smallvec::SmallVec;

use super::ndp::{ADVERTISEMENT, NdpTracker, SOLICITATION};
use super::traceroute::PROBE_HOPS;
use super::waiting::Waiting;
use super::{
    Address, EchoReply, EchoRequest, EchoUnanswered, Endpoint, Event, Evicted, Finding, IcmpError,
    IcmpErrorKind, Kept, Output, PacketNumber,
};
use crate::decode::{Icmp, Packet, Protocol, Quoted, Transport, View, is_group_address, view};

/// A request without a reply is given up after this.
const WAIT_NS: u64 = 10_000_000_000;

/// A series of pings is over when nothing was asked for this long; later ones
/// are a new conversation.
const SERIES_NS: u64 = 60_000_000_000;

/// Follows ICMP and ICMPv6.
#[derive(Debug, Default)]
pub struct IcmpTracker {
    requests: Waiting<Key, Request>,
    series: Waiting<(u64, IpAddr), Series>,
    /// Requests that were given up to make room for others.
    evicted: u64,
    ndp: NdpTracker,
}

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    /// `None` for those to a group: the replies come from other addresses and
    /// so belong to other conversations.
    conversation: Option<u64>,
    asker: IpAddr,
    identifier: u16,
    sequence: u16,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    packet: PacketNumber,
    time_ns: u64,
    bytes: u32,
    reply: Option<PacketNumber>,
    error: bool,
    hops: u8,
}

/// The pings of one host to another.
#[derive(Debug)]
struct Series {
    target: IpAddr,
    sent: u32,
    errors: u32,
    unanswered: u32,
    first_unanswered: SmallVec<[PacketNumber; 8]>,
    watched_ns: u64,
    longest_ns: u64,
    /// The least and the most hops of those that were not given enough to be sure
    /// to arrive.
    few_hops: Option<(u8, u8)>,
    /// Some were given up before their time.
    for_room: bool,
}

/// An echo, request or reply, with where it comes from.
#[derive(Clone, Copy)]
struct Echo {
    packet: PacketNumber,
    time_ns: u64,
    conversation: u64,
    source: IpAddr,
    destination: IpAddr,
    identifier: u16,
    sequence: u16,
    bytes: u32,
    group: bool,
    hops: u8,
}

impl IcmpTracker {
    /// Follows one packet whose innermost transport is ICMP: echoes and
    /// neighbour discovery. Errors go to [`IcmpTracker::error`].
    pub fn packet(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        let (Transport::Icmp(icmp), Some(network)) = (packet.transport, packet.network) else {
            return;
        };
        if icmp.v6 && matches!(icmp.kind, SOLICITATION | ADVERTISEMENT) {
            self.ndp.packet(packet, conversation, output);
            return;
        }
        // Without its numbers an echo cannot be paired.
        let Some(rest) = icmp.rest else { return };
        let echo = Echo {
            packet: packet.frame.number,
            time_ns: packet.frame.time_ns,
            conversation,
            source: network.source,
            destination: network.destination,
            identifier: (rest >> 16) as u16,
            sequence: rest as u16,
            bytes: packet.payload.length,
            group: is_to_group(packet, network.destination),
            hops: network.time_to_live,
        };
        if icmp.is_echo_request() {
            let event = self.request(echo, output);
            output.events.push(Event::EchoRequest(event));
        } else if icmp.is_echo_reply() {
            let event = self.reply(echo);
            output.events.push(Event::EchoReply(event));
        }
    }

    fn request(&mut self, echo: Echo, output: &mut Output) -> EchoRequest {
        let key = Key {
            conversation: (!echo.group).then_some(echo.conversation),
            asker: echo.source,
            identifier: echo.identifier,
            sequence: echo.sequence,
        };
        let fresh = Request {
            packet: echo.packet,
            time_ns: echo.time_ns,
            bytes: echo.bytes,
            reply: None,
            error: false,
            hops: echo.hops,
        };
        let deadline_ns = echo.time_ns.saturating_add(WAIT_NS);
        let (request, displaced) = self.requests.renew(key, deadline_ns, || fresh);
        // Numbers that come again before an answer: one request, sent twice (or
        // recorded twice).
        let repeats =
            (request.packet != echo.packet && request.reply.is_none()).then_some(request.packet);
        *request = fresh;
        if let Some((key, request, deadline_ns)) = displaced {
            let is_early = deadline_ns > echo.time_ns;
            if self.give_up(key, request, deadline_ns.min(echo.time_ns), is_early) {
                self.evicted += 1;
            }
        }
        if !echo.group && repeats.is_none() {
            let series_key = (echo.conversation, echo.source);
            let until_ns = echo.time_ns.saturating_add(SERIES_NS);
            let (series, displaced) = self
                .series
                .renew(series_key, until_ns, || Series::new(echo.destination));
            series.sent = series.sent.saturating_add(1);
            series.goes_so_far(echo.hops);
            if let Some((key, series, _)) = displaced {
                output.findings.extend(series.finding(key));
            }
        }
        EchoRequest {
            identifier: echo.identifier,
            sequence: echo.sequence,
            bytes: echo.bytes,
            group: echo.group,
            repeats,
        }
    }

    fn reply(&mut self, echo: Echo) -> EchoReply {
        let key = Key {
            conversation: Some(echo.conversation),
            asker: echo.destination,
            identifier: echo.identifier,
            sequence: echo.sequence,
        };
        let group = Key {
            conversation: None,
            ..key
        };
        let mut event = EchoReply {
            request: None,
            identifier: echo.identifier,
            sequence: echo.sequence,
            bytes: echo.bytes,
            request_bytes: None,
            round_trip_ns: None,
            duplicate_of: None,
        };
        self.requests.settle(&key);
        let found = match self.requests.get_mut(&key) {
            Some(request) => Some((request, false)),
            None => self.requests.get_mut(&group).map(|found| (found, true)),
        };
        if let Some((request, group)) = found {
            event.request = Some(request.packet);
            event.request_bytes = Some(request.bytes);
            event.round_trip_ns = Some(echo.time_ns.saturating_sub(request.time_ns));
            // Of a group many answer, each once.
            event.duplicate_of = request.reply.filter(|_| !group);
            request.reply.get_or_insert(echo.packet);
        }
        event
    }

    /// Follows an error. `quoted` is the packet that it quotes, with the
    /// conversation that it belongs to and, where the caller knows it, which
    /// packet it was and when; a quoted echo request is found here.
    pub fn error(
        &mut self,
        packet: &Packet<'_>,
        quoted: Option<&Quoted>,
        quoted_conversation: Option<u64>,
        quoted_packet: Option<(PacketNumber, u64)>,
        output: &mut Output,
    ) {
        let (Transport::Icmp(icmp), Some(network)) = (packet.transport, packet.network) else {
            return;
        };
        let Some(kind) = error_kind(icmp) else {
            return;
        };
        let echo = quoted.and_then(|quoted| self.quoted_echo(quoted, quoted_conversation, icmp));
        let (number, time_ns) = match echo.or(quoted_packet) {
            Some((number, time_ns)) => (Some(number), Some(time_ns)),
            None => (None, None),
        };
        output.events.push(Event::IcmpError(IcmpError {
            kind,
            icmp_type: icmp.kind,
            code: icmp.code,
            v6: icmp.v6,
            reporter: network.source,
            quoted_protocol: quoted.map(|quoted| quoted.network.protocol),
            quoted_source: quoted.map(|quoted| endpoint(quoted.network.source, quoted.source_port)),
            quoted_destination: quoted
                .map(|quoted| endpoint(quoted.network.destination, quoted.destination_port)),
            quoted: number,
            after_ns: time_ns.map(|time_ns| packet.frame.time_ns.saturating_sub(time_ns)),
            mtu: mtu(icmp),
            gateway: gateway(packet, icmp),
        }));
    }

    /// The echo request that was quoted; it has got its answer with that, unless
    /// it goes on another way.
    fn quoted_echo(
        &mut self,
        quoted: &Quoted,
        conversation: Option<u64>,
        icmp: Icmp,
    ) -> Option<(PacketNumber, u64)> {
        let (identifier, sequence) = quoted.echo?;
        let asker = quoted.network.source;
        let conversation = conversation?;
        let request = self.requests.get_mut(&Key {
            conversation: Some(conversation),
            asker,
            identifier,
            sequence,
        })?;
        if says_lost(icmp) && !request.error && request.reply.is_none() {
            request.error = true;
            if let Some(series) = self.series.get_mut(&(conversation, asker)) {
                series.errors = series.errors.saturating_add(1);
            }
        }
        Some((request.packet, request.time_ns))
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        let due = [
            self.ndp.due_ns(),
            self.requests.due_ns(),
            self.series.due_ns(),
        ];
        due.into_iter().fold(u64::MAX, u64::min)
    }

    /// Gives up what has waited long enough. Cheap when nothing has.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        self.ndp.expire(now_ns, output);
        while let Some((key, request, deadline_ns)) = self.requests.pop_due(now_ns) {
            self.give_up(key, request, deadline_ns, false);
        }
        while let Some((key, series, _)) = self.series.pop_due(now_ns) {
            output.findings.extend(series.finding(key));
        }
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        self.ndp.finish(now_ns, output);
        while let Some((key, request, deadline_ns)) = self.requests.pop_due(u64::MAX) {
            self.give_up(key, request, deadline_ns.min(now_ns), false);
        }
        while let Some((key, series, _)) = self.series.pop_due(u64::MAX) {
            output.findings.extend(series.finding(key));
        }
    }

    /// Gives whether it was waited for until now.
    fn give_up(&mut self, key: Key, request: Request, end_ns: u64, for_room: bool) -> bool {
        let Some(conversation) = key.conversation else {
            return false;
        };
        if request.reply.is_some() || request.error {
            return false;
        }
        let series = self.series.get_mut(&(conversation, key.asker));
        if let Some(series) = series.filter(|series| !series.probes_with(request.hops)) {
            series.unanswered = series.unanswered.saturating_add(1);
            if series.first_unanswered.len() < 8 {
                series.first_unanswered.push(request.packet);
            }
            series.watched_ns = end_ns.saturating_sub(request.time_ns);
            series.longest_ns = series.longest_ns.max(series.watched_ns);
            series.for_room |= for_room;
        }
        true
    }

    /// How many questions were given up to make room for others.
    pub(super) fn evicted(&self) -> Evicted {
        let by_kind = [
            Evicted::of(Kept::Echo, self.evicted),
            Evicted::of(Kept::Ndp, self.ndp.evicted()),
        ];
        by_kind.into_iter().sum()
    }
}

impl Series {
    fn new(target: IpAddr) -> Self {
        Self {
            target,
            sent: 0,
            errors: 0,
            unanswered: 0,
            first_unanswered: SmallVec::new(),
            watched_ns: 0,
            longest_ns: 0,
            few_hops: None,
            for_room: false,
        }
    }

    /// A ping goes so many hops at the most.
    fn goes_so_far(&mut self, hops: u8) {
        if hops <= PROBE_HOPS {
            let (least, most) = self.few_hops.unwrap_or((hops, hops));
            self.few_hops = Some((least.min(hops), most.max(hops)));
        }
    }

    /// Whether pings that go so far are probes of a traceroute, of which each goes
    /// further than the last. A router need not say that one ended there.
    fn probes_with(&self, hops: u8) -> bool {
        hops <= PROBE_HOPS && self.few_hops.is_some_and(|(least, most)| least < most)
    }

    fn finding(self, (conversation, asker): (u64, IpAddr)) -> Option<Finding> {
        (self.unanswered > 0).then(|| Finding {
            conversation: Some(conversation),
            first_packet: None,
            event: Event::EchoUnanswered(EchoUnanswered {
                asker,
                target: self.target,
                requests: self.first_unanswered,
                unanswered: self.unanswered,
                sent: self.sent,
                errors: self.errors,
                watched_ns: self.watched_ns,
                longest_ns: self.longest_ns,
                for_room: self.for_room,
            }),
        })
    }
}

/// Whether this is a ping to a group of hosts.
pub(super) fn asks_group(packet: &Packet<'_>, icmp: Icmp) -> bool {
    let destination = packet.network.map(|network| network.destination);
    icmp.is_echo_request()
        && destination.is_some_and(|destination| is_to_group(packet, destination))
}

/// To a group of hosts or to all: by the IP address, or (a subnet's broadcast
/// address looks like any other) by the frame's.
fn is_to_group(packet: &Packet<'_>, destination: IpAddr) -> bool {
    is_group_address(destination) || {
        let ethernet = packet
            .layers
            .first()
            .filter(|layer| layer.protocol == Protocol::Ethernet);
        matches!(
            ethernet.map(|layer| view(packet, layer)),
            Some(View::Ethernet(ethernet)) if ethernet.destination[0] & 1 == 1
        )
    }
}

fn endpoint(ip: IpAddr, port: Option<u16>) -> Endpoint {
    Endpoint {
        address: Address::Ip(ip),
        port,
    }
}

/// Which family an error is of; `None` for what is no error or has none.
fn error_kind(icmp: Icmp) -> Option<IcmpErrorKind> {
    Some(match (icmp.v6, icmp.kind, icmp.code) {
        (false, 3, 4) | (true, 2, _) => IcmpErrorKind::FragmentationNeeded,
        (false, 3, _) | (true, 1, _) => IcmpErrorKind::Unreachable,
        (false, 11, _) | (true, 3, _) => IcmpErrorKind::TimeExceeded,
        (false, 5, _) | (true, 137, _) => IcmpErrorKind::Redirect,
        _ => return None,
    })
}

/// Whether an error says that the packet was not delivered: one that is redirected
/// goes on (RFC 792).
pub(super) fn says_lost(icmp: Icmp) -> bool {
    error_kind(icmp).is_some_and(|kind| kind != IcmpErrorKind::Redirect)
}

/// The next hop's MTU in bytes (RFC 1191, section 4; RFC 4443, section 3.2).
/// Routers older than that leave it 0.
fn mtu(icmp: Icmp) -> Option<u32> {
    let mtu = match (icmp.v6, icmp.kind, icmp.code) {
        (false, 3, 4) => icmp.rest? & 0xffff,
        (true, 2, _) => icmp.rest?,
        _ => 0,
    };
    (mtu > 0).then_some(mtu)
}

/// The better gateway that a redirect names (RFC 792; RFC 4861, section 4.5).
fn gateway(packet: &Packet<'_>, icmp: Icmp) -> Option<IpAddr> {
    match (icmp.v6, icmp.kind) {
        (false, 5) => Some(Ipv4Addr::from(icmp.rest?).into()),
        (true, 137) => {
            let header = packet.header_bytes(packet.layers.last()?);
            let target = header.get(8..)?.first_chunk::<16>()?;
            Some(Ipv6Addr::from(*target).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::{self, MS};
    use super::*;
    use crate::decode::quoted;

    /// A tracker that is fed one packet after the other.
    #[derive(Default)]
    struct Line {
        tracker: IcmpTracker,
        number: u64,
        output: Output,
    }

    impl Line {
        fn see(&mut self, ms: u64, bytes: &[u8]) -> Event {
            self.number += 1;
            let packet = frames::packet(self.number, ms * MS, bytes);
            self.tracker.expire(ms * MS, &mut self.output);
            let quote = quoted(&packet);
            if quote.is_some() {
                self.tracker
                    .error(&packet, quote.as_ref(), Some(1), None, &mut self.output);
            } else {
                self.tracker.packet(&packet, 1, &mut self.output);
            }
            self.output.events.pop().unwrap()
        }

        fn finish(&mut self, ms: u64) -> Vec<Event> {
            self.tracker.finish(ms * MS, &mut self.output);
            let findings = self.output.findings.drain(..);
            findings.map(|finding| finding.event).collect()
        }
    }

    fn ping(sequence: u8) -> Vec<u8> {
        frames::ipv4(1, 1, 2, &frames::icmp(8, 0, [0, 7, 0, sequence], b"abcdef"))
    }

    fn pong(sequence: u8) -> Vec<u8> {
        frames::ipv4(1, 2, 1, &frames::icmp(0, 0, [0, 7, 0, sequence], b"abcdef"))
    }

    fn host(number: u8) -> IpAddr {
        [10, 0, 0, number].into()
    }

    #[test]
    fn a_reply_is_paired_by_identifier_and_sequence() {
        let mut line = Line::default();
        line.see(0, &ping(1));
        line.see(5, &ping(2));
        let Event::EchoReply(reply) = line.see(12, &pong(1)) else {
            panic!();
        };
        assert_eq!(
            reply,
            EchoReply {
                request: Some(1),
                identifier: 7,
                sequence: 1,
                bytes: 6,
                request_bytes: Some(6),
                round_trip_ns: Some(12 * MS),
                duplicate_of: None,
            }
        );
    }

    #[test]
    fn a_second_reply_is_a_duplicate_of_the_first() {
        let mut line = Line::default();
        line.see(0, &ping(1));
        line.see(1, &pong(1));
        let Event::EchoReply(reply) = line.see(2, &pong(1)) else {
            panic!();
        };
        assert_eq!(reply.duplicate_of, Some(2));
    }

    #[test]
    fn unanswered_requests_of_a_conversation_are_one_finding() {
        let mut line = Line::default();
        for second in 0..12 {
            line.see(second * 1000, &ping(second as u8));
        }
        line.see(11_500, &pong(11));
        let findings = line.finish(12_000);
        assert_eq!(
            findings,
            [Event::EchoUnanswered(EchoUnanswered {
                asker: host(1),
                target: host(2),
                requests: (1..=8).collect(),
                unanswered: 11,
                sent: 12,
                errors: 0,
                watched_ns: 2_000 * MS,
                longest_ns: 10_000 * MS,
                for_room: false,
            })]
        );
    }

    #[test]
    fn the_finding_comes_when_the_series_is_over() {
        let mut line = Line::default();
        line.see(0, &ping(1));
        line.tracker.expire(59_000 * MS, &mut line.output);
        assert!(line.output.findings.is_empty());
        line.tracker.expire(60_000 * MS, &mut line.output);
        assert_eq!(line.output.findings.len(), 1);
    }

    #[test]
    fn a_request_recorded_twice_counts_once() {
        let mut line = Line::default();
        line.see(0, &ping(1));
        let Event::EchoRequest(again) = line.see(0, &ping(1)) else {
            panic!();
        };
        assert_eq!(again.repeats, Some(1));
        line.see(1, &pong(1));
        assert_eq!(line.finish(100), []);
    }

    #[test]
    fn a_ping_to_a_group_is_answered_by_others_and_never_unanswered() {
        let mut line = Line::default();
        let mut bytes = ping(1);
        bytes[..6].copy_from_slice(&[0xff; 6]);
        let Event::EchoRequest(request) = line.see(0, &bytes) else {
            panic!();
        };
        assert!(request.group);
        for host in [2, 3] {
            let reply = frames::icmp(0, 0, [0, 7, 0, 1], b"abcdef");
            let Event::EchoReply(reply) = line.see(4, &frames::ipv4(1, host, 1, &reply)) else {
                panic!();
            };
            assert_eq!((reply.request, reply.duplicate_of), (Some(1), None));
        }
        assert_eq!(line.finish(100_000), []);
    }

    #[test]
    fn an_error_finds_the_ping_that_it_quotes_and_answers_it() {
        let mut line = Line::default();
        line.see(0, &ping(3));
        let quote = ping(3)[14..].to_vec();
        let error = frames::ipv4(1, 254, 1, &frames::icmp(11, 0, [0; 4], &quote));
        let Event::IcmpError(error) = line.see(9, &error) else {
            panic!();
        };
        assert_eq!(error.kind, IcmpErrorKind::TimeExceeded);
        assert_eq!(error.reporter, host(254));
        assert_eq!((error.quoted, error.after_ns), (Some(1), Some(9 * MS)));
        assert_eq!(error.quoted_destination, Some(endpoint(host(2), None)));
        assert_eq!(line.finish(100_000), []);
    }

    #[test]
    fn errors_carry_what_their_type_says() {
        let mut line = Line::default();
        let quote = ping(3)[14..].to_vec();
        let cases = [
            (3, 1, [0; 4], IcmpErrorKind::Unreachable, None, None),
            (
                3,
                4,
                [0, 0, 5, 0xdc],
                IcmpErrorKind::FragmentationNeeded,
                Some(1500),
                None,
            ),
            (
                5,
                1,
                [10, 0, 0, 253],
                IcmpErrorKind::Redirect,
                None,
                Some(host(253)),
            ),
        ];
        for (kind, code, rest, family, mtu, gateway) in cases {
            let bytes = frames::ipv4(1, 254, 1, &frames::icmp(kind, code, rest, &quote));
            let Event::IcmpError(error) = line.see(0, &bytes) else {
                panic!();
            };
            assert_eq!(
                (error.kind, error.mtu, error.gateway),
                (family, mtu, gateway)
            );
        }
    }
}
