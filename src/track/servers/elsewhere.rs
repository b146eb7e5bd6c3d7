//! SYNs that are answered from another address than was asked: by ports and
//! numbers, of which only the right answer knows the SYN's own (RFC 9293, section
//! 3.5). A translation that is undone on one way only, or a service address
//! before several hosts.

use std::collections::VecDeque;

use smallvec::SmallVec;

use crate::track::hash::{Map, hash};
use crate::track::memory::Keep;
use crate::track::{Endpoint, Event, HandshakeOtherAddress, HandshakeUnanswered, PacketNumber};

/// SYNs that are remembered at the most, and answers from elsewhere; beyond it
/// the oldest are given up.
const AT_MOST: usize = 65_536;

/// Conversations that may ask with the same ports and numbers: on both sides of
/// a translator, and some more.
const ALIKE_AT_MOST: usize = 4;

/// What an answer repeats of a SYN, the address that was asked left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Echo {
    client: Endpoint,
    server_port: Option<u16>,
    acknowledgment: u32,
}

/// A SYN, by the conversation that it begins, and the hash of the address that
/// it asks.
#[derive(Clone, Copy, Debug)]
struct Asked {
    conversation: PacketNumber,
    server: u64,
}

/// An answer from elsewhere.
#[derive(Clone, Copy, Debug)]
struct Answer {
    from: Endpoint,
    packet: PacketNumber,
}

/// The SYNs of late that nobody has answered yet, by the hash of what an answer
/// repeats of them; and those that were answered from elsewhere.
#[derive(Debug, Default)]
pub(in crate::track) struct AnsweredElsewhere {
    asked: Map<u64, SmallVec<[Asked; 1]>>,
    by_age: VecDeque<u64>,
    /// By the SYN's conversation.
    answers: Map<PacketNumber, Answer>,
    answers_by_age: VecDeque<PacketNumber>,
    keep: Keep,
}

impl AnsweredElsewhere {
    /// A SYN with this sequence number begins a conversation.
    pub fn syn(&mut self, conversation: PacketNumber, ends: (Endpoint, Endpoint), sequence: u32) {
        let (client, server) = ends;
        let echo = hash(Echo {
            client,
            server_port: server.port,
            acknowledgment: sequence.wrapping_add(1),
        });
        let asked = self.asked.entry(echo).or_insert_with(|| {
            self.by_age.push_back(echo);
            SmallVec::new()
        });
        if asked.len() < ALIKE_AT_MOST {
            asked.push(Asked {
                conversation,
                server: hash(server.address),
            });
        }
        self.fit();
    }

    /// A SYN-ACK from `server`.
    pub fn syn_ack(
        &mut self,
        packet: PacketNumber,
        ends: (Endpoint, Endpoint),
        acknowledgment: u32,
    ) {
        let (client, server) = ends;
        let echo = hash(Echo {
            client,
            server_port: server.port,
            acknowledgment,
        });
        let Some(asked) = self.asked.remove(&echo) else {
            return;
        };
        let answerer = hash(server.address);
        for Asked { conversation, .. } in asked.into_iter().filter(|it| it.server != answerer) {
            let from = server;
            self.answers.insert(conversation, Answer { from, packet });
            self.answers_by_age.push_back(conversation);
        }
        self.fit();
    }

    /// Keeps so many from now on.
    pub fn keep(&mut self, keep: Keep) {
        self.keep = keep;
        self.fit();
        self.by_age.shrink_to_fit();
        self.asked.shrink_to_fit();
        self.answers.shrink_to_fit();
    }

    /// Gives up the oldest until the others fit.
    fn fit(&mut self) {
        let at_most = self.keep.of(AT_MOST);
        while self.by_age.len() > at_most
            && let Some(oldest) = self.by_age.pop_front()
        {
            self.asked.remove(&oldest);
        }
        while self.answers_by_age.len() > at_most
            && let Some(oldest) = self.answers_by_age.pop_front()
        {
            self.answers.remove(&oldest);
        }
    }

    /// What is to be told in place of this, of a conversation that is named by
    /// its first packet: the SYN was answered, from elsewhere.
    pub fn instead_of(&self, conversation: PacketNumber, event: &Event) -> Option<Event> {
        let Event::HandshakeUnanswered(HandshakeUnanswered {
            client,
            server,
            attempts,
            ref syns,
            ..
        }) = *event
        else {
            return None;
        };
        let answer = self.answers.get(&conversation)?;
        Some(Event::HandshakeOtherAddress(HandshakeOtherAddress {
            client,
            server,
            answerer: answer.from,
            attempts,
            syns: syns.clone(),
            answer: answer.packet,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Address;

    fn end(host: u8, port: u16) -> Endpoint {
        Endpoint {
            address: Address::Ip([192, 0, 2, host].into()),
            port: Some(port),
        }
    }

    fn unanswered(server: Endpoint) -> Event {
        Event::HandshakeUnanswered(HandshakeUnanswered {
            client: end(1, 4_000),
            server,
            attempts: 1,
            syns: SmallVec::from_slice(&[1]),
            intervals_ns: SmallVec::new(),
            waited_ns: 5_000_000_000,
        })
    }

    #[test]
    fn an_answer_that_knows_the_number_is_one_wherever_it_comes_from() {
        let mut elsewhere = AnsweredElsewhere::default();
        let (client, service, host) = (end(1, 4_000), end(2, 80), end(3, 80));
        elsewhere.syn(1, (client, service), 1_000);
        elsewhere.syn(2, (client, host), 1_000);
        elsewhere.syn_ack(3, (client, host), 1_001);
        let told = elsewhere.instead_of(1, &unanswered(service));
        let Some(Event::HandshakeOtherAddress(event)) = told else {
            panic!("{told:?}");
        };
        assert_eq!((event.answerer, event.answer), (host, 3));
        assert!(elsewhere.instead_of(2, &unanswered(host)).is_none());
    }

    #[test]
    fn other_ports_or_numbers_are_no_answer() {
        let mut elsewhere = AnsweredElsewhere::default();
        let (client, service) = (end(1, 4_000), end(2, 80));
        elsewhere.syn(1, (client, service), 1_000);
        elsewhere.syn_ack(2, (client, end(3, 80)), 1_002);
        elsewhere.syn_ack(3, (client, end(3, 81)), 1_001);
        elsewhere.syn_ack(4, (end(1, 4_001), end(3, 80)), 1_001);
        elsewhere.syn_ack(5, (client, service), 1_001);
        assert!(elsewhere.instead_of(1, &unanswered(service)).is_none());
    }

    #[test]
    fn both_tables_are_bounded() {
        let mut elsewhere = AnsweredElsewhere::default();
        for number in 0..2 * AT_MOST as u32 {
            let client = end(1, number as u16);
            elsewhere.syn(number.into(), (client, end(2, 80)), number);
            elsewhere.syn_ack(number.into(), (client, end(3, 80)), number + 1);
        }
        assert!(elsewhere.asked.len() <= AT_MOST);
        assert!(elsewhere.answers.len() <= AT_MOST);
        elsewhere.keep(Keep::Few);
        assert!(elsewhere.answers.capacity() <= AT_MOST / 4);
        let last = 2 * u64::try_from(AT_MOST).unwrap() - 1;
        assert!(elsewhere.answers.contains_key(&last), "the latest stay");
    }
}
