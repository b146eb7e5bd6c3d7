//! Address resolution (RFC 826, RFC 5227): requests and the replies to them,
//! announcements, probes, and what nobody answered.

use std::net::IpAddr;

use super::claims::Claims;
use super::questions::{Questions, Seen};
use super::{ArpGratuitous, ArpProbe, ArpReply, ArpRequest, Event, Output};
use crate::decode::{Arp, Packet, Protocol, View, view};

/// A request without an answer is given up this long after it was last sent:
/// kernels ask again every second.
const WAIT_NS: u64 = 5_000_000_000;

const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// Follows address resolution.
#[derive(Debug, Default)]
pub struct ArpTracker {
    asked: Questions,
    claims: Claims,
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
                let deadline_ns = seen.time_ns.saturating_add(WAIT_NS);
                let attempt = self.asked.ask(seen, (sender, target), deadline_ns, output);
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
        if let Some(asked) = self.asked.get_mut(asker, address) {
            reply.request = Some(asked.last);
            reply.latency_ns = Some(seen.time_ns.saturating_sub(asked.last_ns));
            reply.attempts = asked.attempts;
            reply.asked = Some(address);
            reply.answers_probe = asker.is_unspecified();
            self.asked.answered(asker, address);
        }
        reply
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// How many requests were given up to make room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.asked.evicted()
    }

    /// Gives up what has waited long enough. Cheap when nothing has.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        self.asked.expire(now_ns, output);
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        self.asked.finish(now_ns, output);
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::{self, MS};
    use super::super::{ArpAddressConflict, ArpUnanswered};
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
        line.tracker.asked = Questions::with_most(2);
        for (ms, target) in [(0, 2), (1000, 3), (1500, 2), (2500, 4)] {
            line.see(ms, 1, A, 1, target);
        }
        let told: Vec<_> = line
            .finish(3000)
            .into_iter()
            .map(|event| match event {
                Event::ArpUnanswered(event) => (
                    event.target,
                    event.attempts,
                    event.waited_ns,
                    event.for_room,
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                (host(3), 1, 1500 * MS, true),
                (host(2), 2, 3000 * MS, false),
                (host(4), 1, 500 * MS, false)
            ]
        );
        assert_eq!(line.tracker.evicted(), 1);
    }

    #[test]
    fn an_answered_question_makes_room_for_one_that_waits() {
        let mut line = Line::default();
        line.tracker.asked = Questions::with_most(2);
        line.see(0, 1, A, 1, 2);
        line.see(1000, 1, A, 1, 3);
        line.see(1001, 2, B, 3, 1);
        line.see(1500, 1, A, 1, 4);
        assert_eq!(line.tracker.evicted(), 0);
        let waited = line.finish(3000).into_iter().map(|event| match event {
            Event::ArpUnanswered(event) => (event.target, event.waited_ns, event.for_room),
            other => panic!("{other:?}"),
        });
        let expected = [(host(2), 3000 * MS, false), (host(4), 1500 * MS, false)];
        assert_eq!(waited.collect::<Vec<_>>(), expected);
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
                for_room: false,
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
