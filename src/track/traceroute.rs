//! Traceroutes: probes whose time to live runs out one router further each time,
//! and the errors that tell where (RFC 792; RFC 1393 calls it so). The probes may
//! be datagrams, pings or SYNs.
//!
//! In come packets that begin with a small time to live, and what answers them;
//! out goes one finding a trace, with its hops and their times.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::deal::goes_beyond_pairs;
use super::waiting::Waiting;
use super::{Event, Finding, IcmpError, IcmpErrorKind, Output, PacketNumber, TraceHop, Traceroute};
use crate::decode::{Packet, Quoted, TcpFlags, Transport};

/// Hosts begin with 64 at the least, but for some that have long gone.
pub(super) const PROBE_HOPS: u8 = 32;

/// An answer to a probe is waited for so long, and a trace that goes on.
const WAIT_NS: u64 = 10_000_000_000;
const SILENCE_NS: u64 = 30_000_000_000;

/// Traces at a time, and routers told apart at one distance (of several ways).
const TRACES: usize = 1_024;
const ROUTERS: usize = 4;

/// What tells probes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    source: IpAddr,
    target: IpAddr,
    protocol: u8,
    /// Its ports, or a ping's identifier and sequence number.
    numbers: [u16; 2],
}

/// What tells traces apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Path {
    source: IpAddr,
    target: IpAddr,
    protocol: u8,
    /// Traces of these are followed elsewhere than others of the pair.
    beyond_pairs: bool,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    packet: PacketNumber,
    conversation: u64,
    time_ns: u64,
    time_to_live: u8,
    identification: u16,
    answered: bool,
}

/// A trace as far as it has come.
#[derive(Debug)]
struct Trace {
    conversation: u64,
    hops: Vec<TraceHop>,
    reached: Option<(PacketNumber, u8)>,
    exceeded: u64,
    unreachable: u64,
    /// The first of its answers, with their probes.
    packets: SmallVec<[PacketNumber; 8]>,
}

/// Follows traceroutes.
#[derive(Debug)]
pub(super) struct Traceroutes {
    probes: Waiting<Key, Probe>,
    traces: Waiting<Path, Trace>,
}

impl Default for Traceroutes {
    fn default() -> Self {
        Self {
            probes: Waiting::default(),
            traces: Waiting::with_most(TRACES),
        }
    }
}

impl Key {
    fn path(&self) -> Path {
        Path {
            source: self.source,
            target: self.target,
            protocol: self.protocol,
            beyond_pairs: self.protocol == 17 && goes_beyond_pairs(self.numbers),
        }
    }

    /// Of a packet that asks and, where `answers`, of one that answers it.
    fn of(packet: &Packet<'_>, answers: bool) -> Option<Self> {
        let network = packet.network?;
        let (protocol, numbers) = match &packet.transport {
            Transport::Udp(udp) => (17, [udp.source_port, udp.destination_port]),
            Transport::Tcp(tcp) => {
                let asks = tcp.flags.has(TcpFlags::SYN) && !tcp.flags.has(TcpFlags::ACK);
                if asks == answers {
                    return None;
                }
                (6, [tcp.source_port, tcp.destination_port])
            }
            Transport::Icmp(icmp) => {
                let is_echo = match answers {
                    false => icmp.is_echo_request(),
                    true => icmp.is_echo_reply(),
                };
                let rest = icmp.rest.filter(|_| is_echo)?;
                (
                    if icmp.v6 { 58 } else { 1 },
                    [(rest >> 16) as u16, rest as u16],
                )
            }
            Transport::None => return None,
        };
        let is_ping = matches!(packet.transport, Transport::Icmp(_));
        let [first, second] = numbers;
        Some(match answers {
            false => Self {
                source: network.source,
                target: network.destination,
                protocol,
                numbers,
            },
            true => Self {
                source: network.destination,
                target: network.source,
                protocol,
                numbers: if is_ping { numbers } else { [second, first] },
            },
        })
    }

    fn of_quoted(quoted: &Quoted) -> Option<Self> {
        let ports = quoted.source_port.zip(quoted.destination_port);
        let (first, second) = ports.or(quoted.echo)?;
        Some(Self {
            source: quoted.network.source,
            target: quoted.network.destination,
            protocol: quoted.network.protocol,
            numbers: [first, second],
        })
    }
}

impl Traceroutes {
    /// Sees a packet of a conversation: it may be a probe, or the target's answer
    /// to one.
    pub fn packet(&mut self, packet: &Packet<'_>, conversation: u64) {
        let Some(network) = packet.network else {
            return;
        };
        if self.is_under_way()
            && let Some(key) = Key::of(packet, true)
        {
            self.reached(&key, packet.frame.number, packet.frame.time_ns);
        }
        if network.time_to_live > PROBE_HOPS || network.destination.is_multicast() {
            return;
        }
        let Some(key) = Key::of(packet, false) else {
            return;
        };
        let probe = Probe {
            packet: packet.frame.number,
            conversation,
            time_ns: packet.frame.time_ns,
            time_to_live: network.time_to_live,
            identification: network.identification as u16,
            answered: false,
        };
        let deadline_ns = packet.frame.time_ns.saturating_add(WAIT_NS);
        let (known, _) = self.probes.renew(key, deadline_ns, || probe);
        *known = probe;
    }

    /// Whether any packet may belong to one.
    pub fn is_under_way(&self) -> bool {
        !self.traces.is_empty()
    }

    /// Sees an ICMP error: it may tell where a probe ended.
    pub fn error(&mut self, packet: &Packet<'_>, quoted: &Quoted, error: &IcmpError) {
        let runs_out = error.kind == IcmpErrorKind::TimeExceeded && error.code == 0;
        if !runs_out && error.kind != IcmpErrorKind::Unreachable {
            return;
        }
        let Some(key) = Key::of_quoted(quoted) else {
            return;
        };
        let identification = quoted.network.identification as u16;
        let probe = self.probes.get_mut(&key);
        let Some(probe) = probe.filter(|probe| {
            let known = probe.identification != 0 && identification != 0;
            !probe.answered && (!known || probe.identification == identification)
        }) else {
            return;
        };
        let (number, time_ns) = (packet.frame.number, packet.frame.time_ns);
        probe.answered = true;
        let probe = *probe;
        if !runs_out && self.traces.get_mut(&key.path()).is_none() {
            return;
        }
        let trace = self.trace(&key, &probe, time_ns);
        trace.exceeded += u64::from(runs_out);
        trace.unreachable += u64::from(!runs_out);
        if error.reporter == key.target {
            trace.reached = Some((number, probe.time_to_live));
        }
        trace.answered(&probe, error.reporter, (number, time_ns));
    }

    /// The target has answered a probe.
    fn reached(&mut self, key: &Key, number: PacketNumber, time_ns: u64) {
        if self.traces.get_mut(&key.path()).is_none() {
            return;
        }
        let probe = self.probes.get_mut(key).filter(|probe| !probe.answered);
        let Some(probe) = probe else {
            return;
        };
        probe.answered = true;
        let probe = *probe;
        let trace = self.trace(key, &probe, time_ns);
        trace.reached.get_or_insert((number, probe.time_to_live));
        trace.answered(&probe, key.target, (number, time_ns));
    }

    fn trace(&mut self, key: &Key, probe: &Probe, time_ns: u64) -> &mut Trace {
        let deadline_ns = time_ns.saturating_add(SILENCE_NS);
        let make = || Trace {
            conversation: probe.conversation,
            hops: Vec::new(),
            reached: None,
            exceeded: 0,
            unreachable: 0,
            packets: SmallVec::new(),
        };
        self.traces.renew(key.path(), deadline_ns, make).0
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub fn due_ns(&self) -> u64 {
        self.probes.due_ns().min(self.traces.due_ns())
    }

    /// Tells of the traces that are over.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        while self.probes.pop_due(now_ns).is_some() {}
        while let Some((path, trace, _)) = self.traces.pop_due(now_ns) {
            output.findings.extend(trace.finding(path));
        }
    }
}

impl Trace {
    /// A probe was answered by this host.
    fn answered(&mut self, probe: &Probe, by: IpAddr, (number, time_ns): (PacketNumber, u64)) {
        let after_ns = time_ns.saturating_sub(probe.time_ns);
        if self.packets.len() < 7 {
            self.packets.extend([probe.packet, number]);
        }
        let at = |hop: &TraceHop| hop.time_to_live.cmp(&probe.time_to_live);
        let at = match self.hops.binary_search_by(at) {
            Ok(at) => at,
            Err(at) => {
                let hop = TraceHop {
                    time_to_live: probe.time_to_live,
                    routers: SmallVec::new(),
                    answers: 0,
                    shortest_ns: u64::MAX,
                };
                self.hops.insert(at, hop);
                at
            }
        };
        if let Some(hop) = self.hops.get_mut(at) {
            hop.answers += 1;
            hop.shortest_ns = hop.shortest_ns.min(after_ns);
            if hop.routers.len() < ROUTERS && !hop.routers.contains(&by) {
                hop.routers.push(by);
            }
        }
    }

    /// A trace has probes of several lengths; what ran out of hops at one length
    /// only is none.
    fn finding(self, path: Path) -> Option<Finding> {
        let is_trace = self.hops.len() >= 2;
        is_trace.then(|| Finding {
            conversation: Some(self.conversation),
            first_packet: None,
            event: Event::Traceroute(Box::new(Traceroute {
                source: path.source,
                target: path.target,
                protocol: path.protocol,
                hops: self.hops,
                reached: self.reached,
                exceeded: self.exceeded,
                unreachable: self.unreachable,
                packets: self.packets,
            })),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Tracker;
    use crate::track::frames::{self, MS, icmp, ipv4, tcp, udp};

    /// With this time to live.
    fn living(hops: u8, mut frame: Vec<u8>) -> Vec<u8> {
        frame[22] = hops;
        frame
    }

    /// A probe of host 1 to host 9.
    fn probe(hops: u8, protocol: u8, data: &[u8]) -> Vec<u8> {
        living(hops, ipv4(protocol, 1, 9, data))
    }

    /// An ICMP error about a frame.
    fn error(from: u8, kind: u8, code: u8, about: &[u8]) -> Vec<u8> {
        ipv4(1, from, 1, &icmp(kind, code, [0; 4], &about[14..][..28]))
    }

    /// The traces and the unanswered pings of a capture.
    fn findings(frames: &[Vec<u8>]) -> Vec<Event> {
        let mut tracker = Tracker::new();
        let mut output = Output::default();
        let mut found = Vec::new();
        for (number, bytes) in (1..).zip(frames) {
            tracker.packet(&frames::packet(number, number * 5 * MS, bytes), &mut output);
        }
        tracker.advance(100_000 * MS, &mut output);
        while {
            found.extend(output.findings.drain(..).map(|finding| finding.event));
            tracker.finish(&mut output)
        } {}
        found.extend(output.findings.drain(..).map(|finding| finding.event));
        found.retain(|event| matches!(event, Event::Traceroute(_) | Event::EchoUnanswered(_)));
        found
    }

    /// Hops with the last bytes of their routers.
    fn hops(trace: &Traceroute) -> Vec<(u8, Vec<u8>)> {
        let last = |router: &IpAddr| match router {
            IpAddr::V4(address) => address.octets()[3],
            IpAddr::V6(address) => address.octets()[15],
        };
        let of = |hop: &TraceHop| (hop.time_to_live, hop.routers.iter().map(last).collect());
        trace.hops.iter().map(of).collect()
    }

    fn only(events: Vec<Event>) -> Traceroute {
        match events.as_slice() {
            [Event::Traceroute(trace)] => (**trace).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn datagrams_to_rising_ports_show_the_way_and_where_it_ends() {
        let mut frames = Vec::new();
        for hop in 1..=4 {
            let asks = probe(hop, 17, &udp(4_000, 33_433 + u16::from(hop), b"hi"));
            frames.push(asks.clone());
            match hop {
                2 => {}
                4 => frames.push(error(9, 3, 3, &asks)),
                _ => frames.push(error(100 + hop, 11, 0, &asks)),
            }
        }
        let trace = only(findings(&frames));
        assert_eq!(hops(&trace), [(1, vec![101]), (3, vec![103]), (4, vec![9])]);
        assert_eq!(trace.reached, Some((7, 4)));
        assert_eq!((trace.exceeded, trace.unreachable), (2, 1));
        assert_eq!(trace.hops[0].shortest_ns, 5 * MS);
    }

    #[test]
    fn pings_that_run_out_on_the_way_are_a_trace_and_none_that_failed() {
        let ping = |kind, sequence| icmp(kind, 0, [0, 7, 0, sequence], b"ping");
        let mut frames = Vec::new();
        for hop in 1..=3 {
            let asks = probe(hop, 1, &ping(8, hop));
            frames.push(asks.clone());
            match hop {
                1 => frames.push(error(101, 11, 0, &asks)),
                3 => frames.push(ipv4(1, 9, 1, &ping(0, hop))),
                _ => {}
            }
        }
        let trace = only(findings(&frames));
        assert_eq!(hops(&trace), [(1, vec![101]), (3, vec![9])]);
        assert_eq!(trace.reached, Some((5, 3)));
    }

    #[test]
    fn syns_are_answered_by_the_target() {
        let mut frames = Vec::new();
        for hop in 1..=2 {
            let asks = probe(hop, 6, &tcp((4_000 + u16::from(hop), 80), (1, 0), 2, &[]));
            frames.push(asks.clone());
            frames.push(match hop {
                1 => error(101, 11, 0, &asks),
                _ => ipv4(6, 9, 1, &tcp((80, 4_002), (5, 2), 0x12, &[])),
            });
        }
        let trace = only(findings(&frames));
        assert_eq!(hops(&trace), [(1, vec![101]), (2, vec![9])]);
        assert_eq!(trace.protocol, 6);
    }

    #[test]
    fn what_runs_out_at_one_distance_is_no_trace() {
        let asks = |port| probe(1, 17, &udp(4_000, port, b"hi"));
        let mut frames = Vec::new();
        for port in [33_434, 33_435, 33_436] {
            frames.extend([asks(port), error(101, 11, 0, &asks(port))]);
        }
        assert_eq!(findings(&frames), []);
        // An ordinary packet that meets a loop.
        let lost = ipv4(17, 1, 9, &udp(4_000, 9, b"hi"));
        assert_eq!(findings(&[lost.clone(), error(101, 11, 0, &lost)]), []);
    }

    #[test]
    fn an_answer_that_quotes_another_packet_is_not_taken_for_the_probes() {
        let identified = |hops, number: u8| {
            let mut asks = probe(hops, 17, &udp(4_000, 33_434, b"hi"));
            asks[19] = number;
            asks
        };
        // Several probes with the same ports are on their way.
        let (first, second) = (identified(1, 1), identified(2, 2));
        let frames = [
            first.clone(),
            second.clone(),
            error(101, 11, 0, &first),
            error(102, 11, 0, &second),
        ];
        assert_eq!(findings(&frames), []);
    }

    #[test]
    fn both_tables_are_bounded() {
        let mut traces = Traceroutes::default();
        for number in 0..70_000_u32 {
            let [_, _, upper, lower] = number.to_be_bytes();
            let port = u16::from_be_bytes([upper, lower]);
            let mut asks = probe(1 + lower % 2, 17, &udp(port, 9, b"hi"));
            asks[31] = (number >> 16) as u8;
            asks[32] = upper;
            asks[33] = lower | 1;
            let mut packet = frames::packet(number.into(), 1, &asks);
            packet.frame.number = number.into();
            traces.packet(&packet, 1);
            let bytes = error(101, 11, 0, &asks);
            let packet = frames::packet(number.into(), 2, &bytes);
            let quoted = crate::decode::quoted(&packet).unwrap();
            let error = IcmpError {
                kind: IcmpErrorKind::TimeExceeded,
                icmp_type: 11,
                code: 0,
                v6: false,
                reporter: [10, 0, 0, 101].into(),
                quoted_protocol: None,
                quoted_source: None,
                quoted_destination: None,
                quoted: None,
                after_ns: None,
                mtu: None,
                gateway: None,
            };
            traces.error(&packet, &quoted, &error);
        }
        assert!(traces.traces.len() <= TRACES);
        assert!(traces.probes.len() <= crate::track::waiting::MOST_ENTRIES);
    }
}
