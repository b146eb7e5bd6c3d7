//! What the conversations of one host, or of one listener, come to.

use std::net::IpAddr;

use crate::track::tcp::{Completeness, State};
use crate::track::{Address, CloseKind, Conversation, Side, ThinkTime};

/// The ports of DNS and its relatives on the link.
const DNS: [u16; 3] = [53, 5353, 5355];

/// Sums over conversations, of one side of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// Conversations.
    pub(super) asked: u64,
    /// Those in which the server answered.
    pub(super) answered: u64,
    /// Those that it refused.
    pub(super) refused: u64,
    /// Those in which nobody answered, to a group of hosts not counted.
    pub(super) unanswered: u64,
    /// Those that this side left in CLOSE_WAIT.
    pub(super) close_wait: u64,
    /// Segments that this side sent again.
    pub(super) sent_again: u64,
    /// Packets of both sides.
    pub(super) packets: u64,
    /// Bytes of both sides.
    pub(super) bytes: u64,
    /// How long answers took.
    pub(super) answers: Times,
    /// How long those of DNS took.
    pub(super) dns: Times,
}

/// Times that are added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// How many.
    pub(super) count: u64,
    sum_ns: u128,
    most_ns: u64,
}

impl Times {
    fn add(&mut self, times: ThinkTime) {
        self.count += times.answers;
        self.sum_ns += u128::from(times.mean_ns) * u128::from(times.answers);
        self.most_ns = self.most_ns.max(times.most_ns);
    }

    pub(super) fn mean_ns(&self) -> Option<u64> {
        let mean = self.sum_ns.checked_div(u128::from(self.count))?;
        u64::try_from(mean).ok()
    }

    pub(super) fn most_ns(&self) -> Option<u64> {
        (self.count > 0).then_some(self.most_ns)
    }
}

impl Sums {
    /// Adds a conversation, of which this is the side that is meant.
    pub(super) fn add(&mut self, it: &Conversation, side: Side) {
        self.asked += 1;
        match answer(it) {
            Answer::Given => self.answered += 1,
            Answer::Refused => self.refused += 1,
            Answer::None if !is_to_a_group(it) => self.unanswered += 1,
            Answer::None => {}
        }
        self.packets += it.packets();
        self.bytes += it.bytes();
        let tcp = it.tcp.as_ref();
        if let Some(tcp) = tcp {
            self.close_wait += u64::from(tcp.state[side] == Some(State::CloseWait));
            self.sent_again += tcp.retransmissions[side].segments;
        }
        let times = tcp.and_then(|tcp| tcp.think_time).or(it.answer_time);
        if let Some(times) = times {
            self.answers.add(times);
            let port = it.server.and_then(|server| server.port);
            if port.is_some_and(|port| DNS.contains(&port)) {
                self.dns.add(times);
            }
        }
    }
}

/// What a server said to being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Given,
    Refused,
    None,
}

fn answer(it: &Conversation) -> Answer {
    let Some(tcp) = &it.tcp else {
        return match it.sent.server.packets {
            0 => Answer::None,
            _ => Answer::Given,
        };
    };
    let saw = |part: u8| tcp.completeness.0 & part != 0;
    let unanswered = saw(Completeness::SYN) && !saw(Completeness::SYN_ACK);
    match (unanswered, tcp.close) {
        (true, CloseKind::Reset) => Answer::Refused,
        (true, _) => Answer::None,
        (false, _) if it.sent.server.packets > 0 => Answer::Given,
        (false, _) => Answer::None,
    }
}

/// Whether it is meant for more than one host, so that nobody has to answer.
fn is_to_a_group(it: &Conversation) -> bool {
    match it.server.map(|server| server.address) {
        Some(Address::Ip(IpAddr::V4(ip))) => ip.is_multicast() || ip.is_broadcast(),
        Some(Address::Ip(IpAddr::V6(ip))) => ip.is_multicast(),
        Some(Address::Mac([first, ..])) => first & 1 == 1,
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::conversation;
    use crate::track::Sides;

    fn with(change: impl FnOnce(&mut Conversation)) -> Conversation {
        let mut it = conversation(1);
        change(&mut it);
        it
    }

    #[test]
    fn what_was_asked_is_answered_refused_or_neither() {
        let tcp = |parts, close| {
            with(|it| {
                let tcp = it.tcp.as_mut().expect("of TCP");
                (tcp.completeness, tcp.close) = (Completeness(parts), close);
                it.sent.server.packets = u64::from(parts & Completeness::SYN_ACK != 0);
            })
        };
        let both = Completeness::SYN | Completeness::SYN_ACK;
        assert_eq!(answer(&tcp(both, CloseKind::Reset)), Answer::Given);
        assert_eq!(
            answer(&tcp(Completeness::SYN, CloseKind::Reset)),
            Answer::Refused
        );
        assert_eq!(
            answer(&tcp(Completeness::SYN, CloseKind::Open)),
            Answer::None
        );
        let mut sums = Sums::default();
        for parts in [both, Completeness::SYN] {
            sums.add(&tcp(parts, CloseKind::Reset), Side::Server);
        }
        assert_eq!((sums.asked, sums.answered, sums.refused), (2, 1, 1));
    }

    #[test]
    fn each_side_answers_for_what_it_did() {
        let it = with(|it| {
            let tcp = it.tcp.as_mut().expect("of TCP");
            tcp.state = Sides {
                client: None,
                server: Some(State::CloseWait),
            };
            tcp.retransmissions.client.segments = 4;
        });
        let mut server = Sums::default();
        server.add(&it, Side::Server);
        assert_eq!((server.close_wait, server.sent_again), (1, 0));
        let mut client = Sums::default();
        client.add(&it, Side::Client);
        assert_eq!((client.close_wait, client.sent_again), (0, 4));
    }

    #[test]
    fn times_are_weighted_and_those_of_dns_are_told_apart() {
        let asked = |port, answers, mean_ns| {
            with(|it| {
                it.tcp = None;
                it.answer_time = Some(ThinkTime {
                    answers,
                    mean_ns,
                    most_ns: mean_ns * 2,
                });
                if let Some(server) = &mut it.server {
                    server.port = Some(port);
                }
            })
        };
        let mut sums = Sums::default();
        sums.add(&asked(53, 3, 10), Side::Client);
        sums.add(&asked(123, 1, 50), Side::Client);
        assert_eq!(
            (sums.dns.mean_ns(), sums.dns.most_ns()),
            (Some(10), Some(20))
        );
        assert_eq!(sums.answers.mean_ns(), Some(20));
        assert_eq!(Times::default().mean_ns(), None);
    }
}
