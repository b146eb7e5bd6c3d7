//! DNS queries and the responses to them: paired by transaction id and
//! question within a conversation (RFC 1035, section 4; RFC 5452, section 9),
//! for multicast DNS by name and type alone (RFC 6762, section 6), for LLMNR by
//! the asker (RFC 4795). What was asked again, what was answered in two ways, and
//! what nobody answered.

mod asked;
mod contents;
mod elsewhere;
mod over_tcp;

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use asked::{Asked, GivenUp, Key, Place, Queries, Response};
use elsewhere::Elsewhere;
pub(in crate::track) use over_tcp::{MessagesOverTcp, may_begin_message};

use super::waiting::Waiting;
use super::{
    Address, DnsAnswersDiffer, DnsBytes, DnsError, DnsFlavour, DnsOtherAddress, DnsPairing,
    DnsQuery, DnsResponse, DnsRetransmission, DnsTruncated, Endpoint, Event, Output, PacketNumber,
};
use crate::capture::Frame;
use crate::decode::dns::{Message, Question, record_type};
use crate::decode::{Packet, Protocol, Quoted, Transport};

/// A query without a response is given up this long after it was last sent.
const WAIT_NS: u64 = 30_000_000_000;

/// Multicast answers come within a second, with known answers spread over
/// several packets a little later (RFC 6762, sections 6 and 7.2).
const MULTICAST_WAIT_NS: u64 = 5_000_000_000;

/// The port of LLMNR (RFC 4795, section 2.1).
const LLMNR_PORT: u16 = 5355;

/// Questions and answers of one multicast message that are looked at.
const MOST_MULTICAST: usize = 64;

/// Follows DNS, mDNS and LLMNR.
#[derive(Debug, Default)]
pub struct DnsTracker {
    asked: Queries,
    /// The queries again, over all servers: answers may come from another.
    elsewhere: Elsewhere,
    /// The last answer of each server to each asker.
    servers: Waiting<(Address, Endpoint), PacketNumber>,
    /// Multicast questions by the hash of name and type.
    multicast: Waiting<u64, (PacketNumber, u64)>,
    /// Queries that were given up to make room for others.
    evicted: u64,
}

/// What is known of a message beside its bytes.
struct Seen<'p> {
    /// The frame that brought it, or its end.
    frame: &'p Frame<'p>,
    conversation: u64,
    flavour: DnsFlavour,
    /// Over TCP, the packets that brought its first and its last byte.
    over_tcp: Option<(PacketNumber, PacketNumber)>,
    /// Its source and destination.
    ends: (Endpoint, Endpoint),
    /// The hop limit of the packet.
    time_to_live: u8,
}

impl DnsTracker {
    /// Follows one message that `packet` brought. Bytes that are no DNS message
    /// are not followed.
    pub fn message(
        &mut self,
        packet: &Packet<'_>,
        message: &[u8],
        conversation: u64,
        output: &mut Output,
    ) {
        let Some(ends) = endpoints(packet) else {
            return;
        };
        let seen = Seen {
            frame: &packet.frame,
            conversation,
            flavour: flavour(packet),
            over_tcp: None,
            ends,
            time_to_live: packet.network.map_or(0, |network| network.time_to_live),
        };
        self.seen(&seen, message, output);
    }

    /// Follows one message over TCP that `frame` has completed: its bytes came
    /// in the packets from one to another.
    pub(super) fn message_over_tcp(
        &mut self,
        frame: &Frame<'_>,
        ends: (Endpoint, Endpoint),
        message: &[u8],
        carried_by: (PacketNumber, PacketNumber),
        conversation: u64,
        output: &mut Output,
    ) {
        let is_link_local = [ends.0, ends.1]
            .iter()
            .any(|end| end.port == Some(LLMNR_PORT));
        let seen = Seen {
            frame,
            conversation,
            flavour: if is_link_local {
                DnsFlavour::LinkLocal
            } else {
                DnsFlavour::Unicast
            },
            over_tcp: Some(carried_by),
            ends,
            time_to_live: 0,
        };
        self.seen(&seen, message, output);
    }

    fn seen(&mut self, seen: &Seen<'_>, message: &[u8], output: &mut Output) {
        let Ok(message) = Message::parse(message) else {
            return;
        };
        if message.header.flags.response() {
            self.response(seen, &message, output);
        } else {
            self.query(seen, &message, output);
        }
    }

    fn query(&mut self, seen: &Seen<'_>, message: &Message<'_>, output: &mut Output) {
        let (attempt, again) = if seen.flavour == DnsFlavour::Multicast {
            self.multicast_query(seen, message);
            (1, None)
        } else {
            self.ask(seen, message, output)
        };
        output.events.push(Event::DnsQuery(DnsQuery {
            id: message.header.id,
            flavour: seen.flavour,
            attempt,
            message: place_of(seen, message.bytes()),
        }));
        // LLMNR asks two or three times as a matter of course.
        if let Some(again) = again.filter(|_| seen.flavour == DnsFlavour::Unicast) {
            output.events.push(Event::DnsRetransmission(again));
        }
    }

    /// Notes that this is asked; gives how many times it has been now, and what
    /// there is to tell where it was before. What has to make room for it is
    /// given up now.
    fn ask(
        &mut self,
        seen: &Seen<'_>,
        message: &Message<'_>,
        output: &mut Output,
    ) -> (u32, Option<DnsRetransmission>) {
        let id = message.header.id;
        let Frame {
            number, time_ns, ..
        } = *seen.frame;
        let place = match seen.flavour {
            DnsFlavour::LinkLocal => Place::Asker(seen.ends.0),
            _ => Place::Conversation(seen.conversation),
        };
        let (questions, first) = questions(message);
        let key = Key {
            place,
            id,
            questions,
        };
        let deadline_ns = time_ns.saturating_add(WAIT_NS);
        if seen.flavour == DnsFlavour::Unicast && seen.over_tcp.is_none() {
            self.elsewhere.asked(seen, &key, deadline_ns);
        }
        let make = || Asked::new(key, seen, first.as_ref());
        let (asked, displaced) = self.asked.renew(key, deadline_ns, make);
        let again = (asked.attempts > 0).then(|| DnsRetransmission {
            id,
            original: asked.first,
            attempt: asked.attempts.saturating_add(1),
            after_ns: time_ns.saturating_sub(asked.last_ns),
            answered: asked.response.map(|response| response.packet),
            elsewhere: asked.elsewhere,
            rejected: asked.rejected,
        });
        asked.sent(number, time_ns);
        let attempts = asked.attempts;
        if let Some(displaced) = displaced {
            self.evicted += u64::from(displaced.0.unanswered.is_some());
            self.give_up(displaced, time_ns, true, output);
        }
        (attempts, again)
    }

    fn multicast_query(&mut self, seen: &Seen<'_>, message: &Message<'_>) {
        let deadline_ns = seen.frame.time_ns.saturating_add(MULTICAST_WAIT_NS);
        for question in message.questions().flatten().take(MOST_MULTICAST) {
            let hash = question_hash(&question, question.record_type);
            let (asked, _) = self.multicast.renew(hash, deadline_ns, || {
                (seen.frame.number, seen.frame.time_ns)
            });
            *asked = (seen.frame.number, seen.frame.time_ns);
        }
    }

    fn response(&mut self, seen: &Seen<'_>, message: &Message<'_>, output: &mut Output) {
        let header = message.header;
        let id = header.id;
        let (pairing, differs) = match seen.flavour {
            DnsFlavour::Multicast => (self.multicast_pairing(seen, message), None),
            DnsFlavour::LinkLocal => self.pairing(Place::Asker(seen.ends.1), seen, message),
            DnsFlavour::Unicast => {
                self.heard(seen);
                self.pairing(Place::Conversation(seen.conversation), seen, message)
            }
        };
        let (pairing, other_address) = match pairing.query {
            None => self.elsewhere_pairing(seen, message),
            Some(_) => (pairing, None),
        };
        let response_code = message.response_code();
        let bytes = place_of(seen, message.bytes());
        let truncated = header.flags.truncated().then(|| {
            Event::DnsTruncated(DnsTruncated {
                id,
                query: pairing.query,
                message: bytes.clone(),
            })
        });
        output.events.push(if response_code == 0 {
            Event::DnsResponse(DnsResponse {
                id,
                flavour: seen.flavour,
                pairing,
                message: bytes,
            })
        } else {
            Event::DnsError(DnsError {
                id,
                pairing,
                response_code,
                message: bytes,
            })
        });
        output.events.extend(truncated);
        output
            .events
            .extend(other_address.map(Event::DnsOtherAddress));
        output.events.extend(differs.map(Event::DnsAnswersDiffer));
    }

    /// The query that a response answers which came from another address than
    /// was asked.
    fn elsewhere_pairing(
        &mut self,
        seen: &Seen<'_>,
        message: &Message<'_>,
    ) -> (DnsPairing, Option<DnsOtherAddress>) {
        let nothing = (DnsPairing::default(), None);
        if seen.flavour != DnsFlavour::Unicast || seen.over_tcp.is_some() {
            return nothing;
        }
        let key = Key {
            place: Place::Conversation(seen.conversation),
            id: message.header.id,
            questions: questions(message).0,
        };
        let Some((query, asked_endpoint)) = self.elsewhere.find(seen, &key) else {
            return nothing;
        };
        let Some(asked) = self.asked.same(&query) else {
            return nothing;
        };
        // It was heard, if not from where it was asked.
        asked.unanswered = None;
        asked.elsewhere = Some(seen.frame.number);
        let pairing = DnsPairing {
            query: Some(asked.last),
            latency_ns: Some(seen.frame.time_ns.saturating_sub(asked.last_ns)),
            since_first_ns: Some(seen.frame.time_ns.saturating_sub(asked.first_ns)),
            attempts: asked.attempts,
            question_matches: Some(true),
            duplicate_of: None,
        };
        let other_address = DnsOtherAddress {
            id: key.id,
            query: asked.last,
            asked: asked_endpoint,
            answerer: seen.ends.0,
        };
        (pairing, Some(other_address))
    }

    /// The query of the same id: with the same question, or else the latest.
    /// Gives too where it says something else than the one before.
    fn pairing(
        &mut self,
        place: Place,
        seen: &Seen<'_>,
        message: &Message<'_>,
    ) -> (DnsPairing, Option<DnsAnswersDiffer>) {
        let key = Key {
            place,
            id: message.header.id,
            questions: questions(message).0,
        };
        let asks = message.header.counts.questions > 0;
        let Some(asked) = self.asked.same_or_latest(&key) else {
            return (DnsPairing::default(), None);
        };
        let same = asked.key == key;
        // A response that failed early need not repeat the question.
        let question_matches = (asks || same).then_some(same);
        let pairing = DnsPairing {
            query: Some(asked.last),
            latency_ns: Some(seen.frame.time_ns.saturating_sub(asked.last_ns)),
            since_first_ns: Some(seen.frame.time_ns.saturating_sub(asked.first_ns)),
            attempts: asked.attempts,
            question_matches,
            // A zone transfer takes many messages; several hosts may answer
            // LLMNR.
            duplicate_of: asked
                .response
                .map(|response| response.packet)
                .filter(|_| seen.over_tcp.is_none() && seen.flavour == DnsFlavour::Unicast),
        };
        // The asker ignores what answers another question, and so the query
        // stays open.
        let mut differs = None;
        if question_matches != Some(false) {
            if pairing.duplicate_of.is_some() {
                differs = asked.differs(seen, message);
            }
            asked.responses = asked.responses.saturating_add(1);
            asked
                .response
                .get_or_insert_with(|| Response::of(seen, message));
            asked.unanswered = None;
            let key = asked.key;
            self.asked.answered(&key);
        }
        (pairing, differs)
    }

    /// The latest multicast question that one of the answers is for.
    fn multicast_pairing(&mut self, seen: &Seen<'_>, message: &Message<'_>) -> DnsPairing {
        let mut latest: Option<(PacketNumber, u64)> = None;
        for answer in message.answers().take(MOST_MULTICAST) {
            let question = Question {
                name: answer.name,
                record_type: answer.record_type,
                class: answer.class,
            };
            for record_type in [answer.record_type, record_type::ANY] {
                let hash = question_hash(&question, record_type);
                if let Some(asked) = self.multicast.get_mut(&hash)
                    && seen.frame.time_ns.saturating_sub(asked.1) <= MULTICAST_WAIT_NS
                    && latest.is_none_or(|(packet, _)| packet < asked.0)
                {
                    latest = Some(*asked);
                }
            }
        }
        latest.map_or_else(DnsPairing::default, |(packet, time_ns)| DnsPairing {
            query: Some(packet),
            latency_ns: Some(seen.frame.time_ns.saturating_sub(time_ns)),
            since_first_ns: None,
            attempts: 1,
            question_matches: None,
            duplicate_of: None,
        })
    }

    /// An ICMP error says that a packet of this conversation did not arrive; gives
    /// the query that it was, and its time, where it was one that waits.
    pub(super) fn rejected(
        &mut self,
        error: PacketNumber,
        quoted: &Quoted,
        conversation: u64,
    ) -> Option<(PacketNumber, u64)> {
        let place = Place::Conversation(conversation);
        let asked = self.asked.latest(place, quoted.dns_id)?;
        if !asked.is_rejected(quoted, error) {
            return None;
        }
        let (key, last) = (asked.key, (asked.last, asked.last_ns));
        self.asked.answered(&key);
        Some(last)
    }

    /// How many queries were given up to make room for others.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub(super) fn due_ns(&self) -> u64 {
        let due = [
            self.multicast.due_ns(),
            self.elsewhere.due_ns(),
            self.servers.due_ns(),
        ];
        due.into_iter().fold(self.asked.due_ns(), u64::min)
    }

    /// Gives up what has waited long enough. Cheap when nothing has.
    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        while self.multicast.pop_due(now_ns).is_some() {}
        self.elsewhere.expire(now_ns);
        while let Some(due) = self.asked.pop_due(now_ns) {
            self.give_up(due, now_ns, false, output);
        }
        while self.servers.pop_due(now_ns).is_some() {}
    }

    /// Gives up everything: the capture ends at `now_ns`.
    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        while let Some(due) = self.asked.pop_due(u64::MAX) {
            self.give_up(due, now_ns, false, output);
        }
    }

    /// A query is given up now, at its deadline at the latest.
    fn give_up(
        &mut self,
        (asked, deadline_ns): GivenUp,
        now_ns: u64,
        for_room: bool,
        output: &mut Output,
    ) {
        let unanswered = asked.unanswered.as_deref();
        let pair = unanswered.and_then(asked::Unanswered::asked_by_datagram);
        let last = pair.and_then(|pair| self.servers.get_mut(&pair).copied());
        let heard = last.filter(|packet| *packet > asked.first);
        output
            .findings
            .extend(asked.finding(deadline_ns.min(now_ns), for_room, heard));
    }

    /// A server has answered something by a datagram: it is there.
    fn heard(&mut self, seen: &Seen<'_>) {
        if seen.over_tcp.is_some() {
            return;
        }
        let (server, asker) = seen.ends;
        let deadline_ns = seen.frame.time_ns.saturating_add(2 * WAIT_NS);
        let pair = (asker.address, server);
        let (last, _) = self.servers.renew(pair, deadline_ns, || seen.frame.number);
        *last = seen.frame.number;
    }
}

fn flavour(packet: &Packet<'_>) -> DnsFlavour {
    if packet.has(Protocol::Mdns) {
        DnsFlavour::Multicast
    } else if packet.has(Protocol::Llmnr) {
        DnsFlavour::LinkLocal
    } else {
        DnsFlavour::Unicast
    }
}

/// Source and destination by the innermost addresses and ports.
fn endpoints(packet: &Packet<'_>) -> Option<(Endpoint, Endpoint)> {
    let network = packet.network?;
    let (source, destination) = match packet.transport {
        Transport::Udp(udp) => (udp.source_port, udp.destination_port),
        Transport::Tcp(tcp) => (tcp.source_port, tcp.destination_port),
        _ => return None,
    };
    let endpoint = |ip, port| Endpoint {
        address: Address::Ip(ip),
        port: Some(port),
    };
    Some((
        endpoint(network.source, source),
        endpoint(network.destination, destination),
    ))
}

/// Where the message lies in the frame; a copy of it where it was put together
/// from several.
fn place_of(seen: &Seen<'_>, message: &[u8]) -> DnsBytes {
    let frame = seen.frame.bytes.as_ptr_range();
    let inside = message.as_ptr_range();
    if frame.start <= inside.start && inside.end <= frame.end {
        DnsBytes::InPacket {
            offset: (inside.start.addr() - frame.start.addr()) as u32,
            length: message.len() as u32,
        }
    } else {
        let number = seen.frame.number;
        let (first, last) = seen.over_tcp.unwrap_or((number, number));
        DnsBytes::Reassembled {
            bytes: message.into(),
            first,
            last,
        }
    }
}

/// The hash of all questions of a message, where those that differ in letter
/// case only are the same, and the first of them.
fn questions<'m>(message: &Message<'m>) -> (u64, Option<Question<'m>>) {
    let mut hasher = FixedState::default().build_hasher();
    let mut add = |question: &Question<'_>| {
        question.name.hash_caseless(&mut hasher);
        let [upper, lower] = [question.record_type, question.class].map(u32::from);
        hasher.write_u32(upper << 16 | lower);
    };
    if let Some(question) = message.only_question() {
        add(&question);
        return (hasher.finish(), Some(question));
    }
    message
        .questions()
        .flatten()
        .for_each(|question| add(&question));
    (hasher.finish(), message.question())
}

fn question_hash(question: &Question<'_>, record_type: u16) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    question.name.hash_caseless(&mut hasher);
    hasher.write_u16(record_type);
    hasher.finish()
}

#[cfg(test)]
mod tests;
