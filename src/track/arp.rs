//! Address resolution (RFC 826, RFC 5227): requests and the replies to them,
//! announcements, probes, and what nobody answered.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::claims::{Claim, Claims};
use super::waiting::Waiting;
use super::{
    ArpGratuitous, ArpProbe, ArpReply, ArpRequest, ArpUnanswered, Event, Finding, Output,
    PacketNumber,
};
use crate::decode::{Arp, Packet, Protocol, View, view};

/// A request without an answer is given up this long after it was last sent:
/// kernels ask again every second.
const WAIT_NS: u64 = 5_000_000_000;

const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// Follows address resolution.
#[derive(Debug, Default)]
pub struct ArpTracker {
    asked: Waiting<Key, Asked>,
    claims: Claims,
}

/// VLAN, who asks, for whom. A probe asks from 0.0.0.0.
pub(super) type Key = (Option<u32>, IpAddr, IpAddr);

/// A question on its way; also used for neighbour discovery.
#[derive(Debug)]
pub(super) struct Asked {
    /// The first eight packets that ask.
    pub packets: SmallVec<[PacketNumber; 8]>,
    pub attempts: u32,
    pub first_ns: u64,
    pub last: PacketNumber,
    pub last_ns: u64,
    pub answered: bool,
    pub conversation: u64,
    /// Whose frame asked last, where frames have senders.
    pub asker_mac: Option<[u8; 6]>,
}

impl Asked {
    pub(super) fn new(conversation: u64) -> Self {
        Self {
            packets: SmallVec::new(),
            attempts: 0,
            first_ns: 0,
            last: 0,
            last_ns: 0,
            answered: false,
            conversation,
            asker_mac: None,
        }
    }

    /// Asked once more; after an answer the count begins anew.
    pub(super) fn again(&mut self, packet: PacketNumber, time_ns: u64) -> u32 {
        if self.answered || self.attempts == 0 {
            *self = Self {
                first_ns: time_ns,
                ..Self::new(self.conversation)
            };
        }
        if self.packets.len() < 8 {
            self.packets.push(packet);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.last = packet;
        self.last_ns = time_ns;
        self.attempts
    }

    /// What to say when it is given up now, at its deadline at the latest.
    pub(super) fn given_up(
        ((_, asker, target), asked, deadline_ns): (Key, Self, u64),
        now_ns: u64,
    ) -> Option<Finding> {
        asked.unanswered(asker, target, deadline_ns.min(now_ns))
    }

    /// The same, where it was given up at `end_ns`.
    fn unanswered(self, asker: IpAddr, target: IpAddr, end_ns: u64) -> Option<Finding> {
        // Silence is what a probe hopes for.
        if self.answered || asker.is_unspecified() {
            return None;
        }
        Some(Finding {
            conversation: Some(self.conversation),
            event: Event::ArpUnanswered(ArpUnanswered {
                asker,
                target,
                requests: self.packets,
                attempts: self.attempts,
                waited_ns: end_ns.saturating_sub(self.first_ns),
            }),
        })
    }
}

/// Which packet it is.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub packet: PacketNumber,
    pub time_ns: u64,
    pub vlan: Option<u32>,
    pub conversation: u64,
}

impl Seen {
    pub(super) fn of(packet: &Packet<'_>, conversation: u64) -> Self {
        Self {
            packet: packet.frame.number,
            time_ns: packet.frame.time_ns,
            vlan: packet.vlan,
            conversation,
        }
    }

    /// The claim that this packet makes.
    pub(super) fn claim(self, address: IpAddr, mac: [u8; 6], solicited: bool) -> Claim {
        Claim {
            packet: self.packet,
            time_ns: self.time_ns,
            conversation: self.conversation,
            vlan: self.vlan,
            address,
            mac,
            solicited,
        }
    }
}

impl ArpTracker {
    /// Follows one packet; without an ARP layer nothing happens.
    pub fn packet(&mut self, packet: &Packet<'_>, conversation: u64, output: &mut Output) {
        let layer = packet
            .layers
            .iter()
            .find(|layer| layer.protocol == Protocol::Arp);
        if let Some(View::Arp(arp)) = layer.map(|layer| view(packet, layer)) {
            self.message(Seen::of(packet, conversation), &arp, output);
        }
    }

    fn message(&mut self, seen: Seen, arp: &Arp, output: &mut Output) {
        let (Some(mac), Some(sender), Some(target)) =
            (arp.sender_mac, arp.sender_ip, arp.target_ip)
        else {
            return;
        };
        let mut solicited = false;
        match arp.operation {
            REQUEST | REPLY if sender == target => {
                output.events.push(Event::ArpGratuitous(ArpGratuitous {
                    address: sender,
                    mac,
                    reply: arp.operation == REPLY,
                }));
            }
            REQUEST => {
                let attempt = self.request(seen, sender, target, output);
                output.events.push(if sender.is_unspecified() {
                    Event::ArpProbe(ArpProbe {
                        address: target,
                        mac,
                        attempt,
                    })
                } else {
                    Event::ArpRequest(ArpRequest {
                        target,
                        asker: sender,
                        attempt,
                    })
                });
            }
            REPLY => {
                let reply = self.reply(seen, sender, mac, target);
                solicited = reply.request.is_some();
                output.events.push(Event::ArpReply(reply));
            }
            _ => return,
        }
        self.claims
            .claim(seen.claim(sender, mac, solicited), output);
    }

    fn request(&mut self, seen: Seen, asker: IpAddr, target: IpAddr, output: &mut Output) -> u32 {
        let deadline_ns = seen.time_ns.saturating_add(WAIT_NS);
        let key = (seen.vlan, asker, target);
        if let Some(displaced) = self.asked.pop_displaced(&key) {
            let finding = Asked::given_up(displaced, seen.time_ns);
            output.findings.extend(finding);
        }
        let asked = self
            .asked
            .renew(key, deadline_ns, || Asked::new(seen.conversation));
        asked.again(seen.packet, seen.time_ns)
    }

    fn reply(&mut self, seen: Seen, address: IpAddr, mac: [u8; 6], asker: IpAddr) -> ArpReply {
        let mut reply = ArpReply {
            request: None,
            latency_ns: None,
            attempts: 0,
            address,
            mac,
            asker,
            asked: None,
            answers_probe: false,
        };
        if let Some(asked) = self.asked.get_mut(&(seen.vlan, asker, address)) {
            asked.answered = true;
            reply.request = Some(asked.last);
            reply.latency_ns = Some(seen.time_ns.saturating_sub(asked.last_ns));
            reply.attempts = asked.attempts;
            reply.asked = Some(address);
            reply.answers_probe = asker.is_unspecified();
        }
        reply
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// Gives up what has waited long enough. Cheap when nothing has.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        while let Some(due) = self.asked.pop_due(now_ns) {
            output.findings.extend(Asked::given_up(due, now_ns));
        }
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        while let Some(due) = self.asked.pop_due(u64::MAX) {
            output.findings.extend(Asked::given_up(due, now_ns));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ArpAddressConflict;
    use super::super::frames::{self, MS};
    use super::*;

    const A: [u8; 6] = [2, 0, 0, 0, 0, 0xa];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 0xb];
    const C: [u8; 6] = [2, 0, 0, 0, 0, 0xc];

    /// A tracker that is fed one message after the other.
    #[derive(Default)]
    struct Line {
        tracker: ArpTracker,
        number: u64,
        output: Output,
    }

    impl Line {
        /// The event of one message; findings pile up in `output`.
        fn see(&mut self, ms: u64, operation: u8, mac: [u8; 6], from: u8, to: u8) -> Event {
            self.number += 1;
            let bytes = frames::arp(operation, mac, from, to);
            let packet = frames::packet(self.number, ms * MS, &bytes);
            self.tracker.expire(ms * MS, &mut self.output);
            self.tracker.packet(&packet, 1, &mut self.output);
            self.output.events.pop().unwrap()
        }

        fn finish(&mut self, ms: u64) -> Vec<Event> {
            self.tracker.finish(ms * MS, &mut self.output);
            let findings = self.output.findings.drain(..);
            findings.map(|finding| finding.event).collect()
        }
    }

    fn host(number: u8) -> IpAddr {
        [10, 0, 0, number].into()
    }

    #[test]
    fn a_question_that_has_to_make_room_is_told_with_the_time_that_it_waited() {
        let mut line = Line::default();
        line.tracker.asked = Waiting::with_most(2);
        for (ms, target) in [(0, 2), (1000, 3), (1500, 2), (2500, 4)] {
            line.see(ms, 1, A, 1, target);
        }
        let told: Vec<_> = line
            .finish(3000)
            .into_iter()
            .map(|event| match event {
                Event::ArpUnanswered(event) => (event.target, event.attempts, event.waited_ns),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                (host(3), 1, 1500 * MS),
                (host(2), 2, 3000 * MS),
                (host(4), 1, 500 * MS)
            ]
        );
    }

    #[test]
    fn a_reply_is_paired_with_its_request() {
        let mut line = Line::default();
        assert_eq!(
            line.see(0, 1, A, 1, 2),
            Event::ArpRequest(ArpRequest {
                target: host(2),
                asker: host(1),
                attempt: 1,
            })
        );
        assert_eq!(
            line.see(3, 2, B, 2, 1),
            Event::ArpReply(ArpReply {
                request: Some(1),
                latency_ns: Some(3 * MS),
                attempts: 1,
                address: host(2),
                mac: B,
                asker: host(1),
                asked: Some(host(2)),
                answers_probe: false,
            })
        );
        assert_eq!(line.finish(10), []);
    }

    #[test]
    fn repeated_requests_are_counted_and_the_reply_is_timed_from_the_last() {
        let mut line = Line::default();
        line.see(0, 1, A, 1, 2);
        let Event::ArpRequest(again) = line.see(1000, 1, A, 1, 2) else {
            panic!();
        };
        assert_eq!(again.attempt, 2);
        let Event::ArpReply(reply) = line.see(1002, 2, B, 2, 1) else {
            panic!();
        };
        assert_eq!((reply.request, reply.attempts), (Some(2), 2));
        assert_eq!(reply.latency_ns, Some(2 * MS));
        let Event::ArpRequest(anew) = line.see(2000, 1, A, 1, 2) else {
            panic!();
        };
        assert_eq!(anew.attempt, 1);
    }

    #[test]
    fn what_nobody_answers_is_one_finding_with_all_its_requests() {
        let mut line = Line::default();
        line.see(0, 1, A, 1, 9);
        line.see(1000, 1, A, 1, 9);
        line.see(2000, 1, A, 1, 9);
        line.see(20_000, 1, A, 1, 2);
        let findings = line.finish(20_500);
        assert_eq!(
            findings[0],
            Event::ArpUnanswered(ArpUnanswered {
                asker: host(1),
                target: host(9),
                requests: [1, 2, 3].into_iter().collect(),
                attempts: 3,
                waited_ns: 7000 * MS,
            })
        );
        let Event::ArpUnanswered(cut) = &findings[1] else {
            panic!();
        };
        assert_eq!((cut.target, cut.waited_ns), (host(2), 500 * MS));
    }

    #[test]
    fn a_reply_that_nobody_asked_for_is_reported_alone() {
        let mut line = Line::default();
        let Event::ArpReply(reply) = line.see(0, 2, B, 2, 1) else {
            panic!();
        };
        assert_eq!(
            (reply.request, reply.latency_ns, reply.asked),
            (None, None, None)
        );
    }

    #[test]
    fn a_probe_without_an_answer_is_what_the_prober_wants() {
        let mut line = Line::default();
        line.see(0, 1, A, 0, 5);
        let probe = line.see(1000, 1, A, 0, 5);
        assert_eq!(
            probe,
            Event::ArpProbe(ArpProbe {
                address: host(5),
                mac: A,
                attempt: 2,
            })
        );
        assert_eq!(line.finish(60_000), []);
    }

    #[test]
    fn an_answered_probe_says_that_the_address_is_taken() {
        let mut line = Line::default();
        line.see(0, 1, A, 0, 5);
        let Event::ArpReply(reply) = line.see(1, 2, B, 5, 0) else {
            panic!();
        };
        assert!(reply.answers_probe);
        assert_eq!(reply.request, Some(1));
    }

    #[test]
    fn an_announcement_asks_nobody() {
        let mut line = Line::default();
        for (operation, reply) in [(1, false), (2, true)] {
            assert_eq!(
                line.see(0, operation, A, 1, 1),
                Event::ArpGratuitous(ArpGratuitous {
                    address: host(1),
                    mac: A,
                    reply,
                })
            );
        }
        assert_eq!(line.finish(60_000), []);
    }

    #[test]
    fn a_second_mac_that_claims_an_address_is_one_finding() {
        let mut line = Line::default();
        line.see(0, 1, A, 1, 1);
        line.see(40, 2, C, 1, 7);
        line.see(50, 1, A, 1, 1);
        line.see(60, 1, C, 1, 1);
        let findings = line.finish(100);
        assert_eq!(
            findings,
            [Event::ArpAddressConflict(ArpAddressConflict {
                address: host(1),
                earlier_mac: A,
                earlier: 1,
                mac: C,
                later: 2,
                between_ns: 40 * MS,
            })]
        );
    }

    #[test]
    fn routers_that_share_an_address_by_vrrp_are_no_conflict() {
        let mut line = Line::default();
        line.see(0, 1, [0, 0, 0x5e, 0, 1, 7], 1, 1);
        line.see(1, 1, A, 1, 1);
        assert_eq!(line.finish(2), []);
    }

    #[test]
    fn a_proxy_that_answers_for_many_is_no_conflict() {
        let mut line = Line::default();
        for target in 10..15 {
            line.see(0, 1, A, 1, target);
            line.see(1, 2, B, target, 1);
        }
        line.see(5, 1, C, 12, 12);
        assert_eq!(line.finish(6), []);
    }

    #[test]
    fn one_who_claims_many_without_being_asked_is_a_conflict_all_the_same() {
        let mut line = Line::default();
        for target in 10..15 {
            line.see(0, 2, B, target, 1);
        }
        line.see(5, 1, C, 12, 12);
        assert!(
            line.finish(6)
                .iter()
                .any(|event| matches!(event, Event::ArpAddressConflict(_)))
        );
    }
}
