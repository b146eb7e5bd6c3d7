//! The queries that wait for their response: found by transaction id and
//! question, or by the id alone, and given up when they have waited in vain.

use smallvec::SmallVec;

use super::Seen;
use super::contents::contents;
use crate::decode::Quoted;
use crate::decode::dns::{HEADER_LENGTH, Message, Name, Question};
use crate::track::hash::Map;
use crate::track::hops::hops_differ;
use crate::track::waiting::{MOST_ENTRIES, Waiting};
use crate::track::{
    Address, DnsAnswersDiffer, DnsFlavour, DnsUnanswered, Endpoint, Event, Finding, PacketNumber,
};

/// A query that was given up, and its deadline in nanoseconds.
pub(super) type GivenUp = (Asked, u64);

/// All queries that are waited for.
#[derive(Debug)]
pub(super) struct Queries {
    asked: Waiting<Key, Asked>,
    /// The questions that were last sent under an id.
    latest: Map<(Place, u16), u64>,
    /// The id that was last used in a place.
    latest_id: Map<Place, u16>,
}

impl Default for Queries {
    fn default() -> Self {
        Self::with_most(MOST_ENTRIES)
    }
}

impl Queries {
    /// No queries, and never more than `most` (at least 1).
    pub fn with_most(most: usize) -> Self {
        Self {
            asked: Waiting::with_most(most),
            latest: Map::default(),
            latest_id: Map::default(),
        }
    }

    /// The query of this key, made if there is none, due at `deadline_ns` from
    /// now on; it is the latest under its id. Where there are too many, one that
    /// was answered, or else what is due first, makes room, and is given too.
    pub fn renew(
        &mut self,
        key: Key,
        deadline_ns: u64,
        make: impl FnOnce() -> Asked,
    ) -> (&mut Asked, Option<GivenUp>) {
        let (asked, displaced) = self.asked.renew(key, deadline_ns, make);
        let displaced = displaced.map(|(key, asked, deadline_ns)| {
            forget(&mut self.latest, &mut self.latest_id, &key);
            (asked, deadline_ns)
        });
        self.latest.insert((key.place, key.id), key.questions);
        self.latest_id.insert(key.place, key.id);
        (asked, displaced)
    }

    /// A query has got its response.
    pub fn answered(&mut self, key: &Key) {
        self.asked.settle(key);
    }

    /// The query of this key.
    pub fn same(&mut self, key: &Key) -> Option<&mut Asked> {
        self.asked.get_mut(key)
    }

    /// The query of this key, or else the one that was last sent under its id.
    pub fn same_or_latest(&mut self, key: &Key) -> Option<&mut Asked> {
        if self.asked.get_mut(key).is_some() {
            return self.asked.get_mut(key);
        }
        self.latest(key.place, Some(key.id))
    }

    /// The query that was last sent in this place, under this id if it is known.
    pub fn latest(&mut self, place: Place, id: Option<u16>) -> Option<&mut Asked> {
        let id = id.or_else(|| self.latest_id.get(&place).copied())?;
        let questions = *self.latest.get(&(place, id))?;
        self.asked.get_mut(&Key {
            place,
            id,
            questions,
        })
    }

    /// Before this time nothing is due.
    pub fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// Takes the query that is due first, if its time has come by `now_ns`.
    pub fn pop_due(&mut self, now_ns: u64) -> Option<GivenUp> {
        let (key, asked, deadline_ns) = self.asked.pop_due(now_ns)?;
        forget(&mut self.latest, &mut self.latest_id, &key);
        Some((asked, deadline_ns))
    }

    /// How many ids are known.
    #[cfg(test)]
    pub fn ids(&self) -> usize {
        self.latest.len().max(self.latest_id.len())
    }
}

/// A query is no longer the latest under its id, nor in its place, if it was.
fn forget(latest: &mut Map<(Place, u16), u64>, latest_id: &mut Map<Place, u16>, key: &Key) {
    let id = (key.place, key.id);
    if latest.get(&id) == Some(&key.questions) {
        latest.remove(&id);
        if latest_id.get(&key.place) == Some(&key.id) {
            latest_id.remove(&key.place);
        }
    }
}

/// Where an answer to a query is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// In the query's conversation, by its number.
    Conversation(u64),
    /// At the asker: LLMNR asks a group, and members answer.
    Asker(Endpoint),
}

/// What tells queries apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub place: Place,
    /// The transaction's.
    pub id: u16,
    /// Hash of the questions.
    pub questions: u64,
}

/// A query, as often as it was sent. Many wait, most of them answered, so that
/// what only those need which nobody answers stands apart.
#[derive(Debug)]
pub(super) struct Asked {
    pub key: Key,
    pub attempts: u32,
    pub first: PacketNumber,
    pub first_ns: u64,
    pub last: PacketNumber,
    pub last_ns: u64,
    /// The first that answered it.
    pub response: Option<Response>,
    pub responses: u32,
    /// What answered from another address than was asked.
    pub elsewhere: Option<PacketNumber>,
    /// The ICMP error that answered it.
    pub rejected: Option<PacketNumber>,
    /// Until it is answered. Of LLMNR there is nothing: silence means that
    /// nobody has the name.
    pub unanswered: Option<Box<Unanswered>>,
}

/// A response, as far as another is held against it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Response {
    pub packet: PacketNumber,
    time_ns: u64,
    /// The hash of what it says; `None` where it does not say all.
    contents: Option<u64>,
    code: u16,
    time_to_live: u8,
}

impl Response {
    pub fn of(seen: &Seen<'_>, message: &Message<'_>) -> Self {
        Self {
            packet: seen.frame.number,
            time_ns: seen.frame.time_ns,
            contents: contents(message),
            code: message.response_code(),
            time_to_live: seen.time_to_live,
        }
    }
}

/// What there is to tell of a query that nobody answers.
#[derive(Debug)]
pub(super) struct Unanswered {
    conversation: u64,
    client: Endpoint,
    server: Endpoint,
    is_datagram: bool,
    /// As the message spells it; nothing where it has no question.
    name: SmallVec<[u8; 32]>,
    record_type: u16,
    /// The first eight; nearly always one.
    pub packets: SmallVec<[PacketNumber; 1]>,
}

impl Asked {
    /// `question`: the first, where there is one.
    pub fn new(key: Key, seen: &Seen<'_>, question: Option<&Question<'_>>) -> Self {
        // Without a question that can be read, there is nothing to answer.
        let is_told = seen.flavour == DnsFlavour::Unicast && question.is_some();
        Self {
            key,
            attempts: 0,
            first: seen.frame.number,
            first_ns: seen.frame.time_ns,
            last: seen.frame.number,
            last_ns: seen.frame.time_ns,
            response: None,
            responses: 0,
            elsewhere: None,
            rejected: None,
            unanswered: is_told.then(|| Box::new(Unanswered::new(seen, question))),
        }
    }

    /// It was sent in this packet.
    pub fn sent(&mut self, number: PacketNumber, time_ns: u64) {
        self.attempts = self.attempts.saturating_add(1);
        self.last = number;
        self.last_ns = time_ns;
        if let Some(unanswered) = &mut self.unanswered
            && unanswered.packets.len() < 8
        {
            unanswered.packets.push(number);
        }
    }

    /// Where one more response says something else than the first. A query that
    /// was sent twice may be answered twice, and servers that share out load
    /// answer each in another way.
    pub fn differs(&self, seen: &Seen<'_>, message: &Message<'_>) -> Option<DnsAnswersDiffer> {
        let first = self.response?;
        let this = Response::of(seen, message);
        let is_one_more = self.responses >= self.attempts;
        let differs = first.contents? != this.contents? && is_one_more;
        differs.then(|| DnsAnswersDiffer {
            id: self.key.id,
            query: self.last,
            first: first.packet,
            after_ns: this.time_ns.saturating_sub(first.time_ns),
            response_codes: (first.code, this.code),
            time_to_live: (first.time_to_live, this.time_to_live),
            hops_differ: hops_differ(first.time_to_live, this.time_to_live),
        })
    }

    /// Whether it is this that an ICMP error quotes, and waits for its answer: that
    /// was the answer. (RFC 1122, section 4.1.3.3: it is no silence, nobody listens
    /// there or the way is closed.)
    pub fn is_rejected(&mut self, quoted: &Quoted, error: PacketNumber) -> bool {
        let is_query = self.unanswered.as_deref().is_some_and(|unanswered| {
            let Endpoint { address, port } = unanswered.server;
            address == Address::Ip(quoted.network.destination) && port == quoted.destination_port
        });
        if is_query {
            self.unanswered = None;
            self.rejected = Some(error);
        }
        is_query
    }

    /// What to say when it was given up at `end_ns`, `for_room` or because that
    /// was enough; `heard`: the server has answered something else meanwhile.
    pub fn finding(
        self,
        end_ns: u64,
        for_room: bool,
        heard: Option<PacketNumber>,
    ) -> Option<Finding> {
        let unanswered = self.unanswered?;
        Some(Finding {
            conversation: Some(unanswered.conversation),
            first_packet: None,
            event: Event::DnsUnanswered(DnsUnanswered {
                id: self.key.id,
                name: text(&unanswered.name),
                record_type: unanswered.record_type,
                client: unanswered.client,
                server: unanswered.server,
                queries: unanswered.packets.iter().copied().collect(),
                attempts: self.attempts,
                waited_ns: end_ns.saturating_sub(self.first_ns),
                heard,
                for_room,
            }),
        })
    }
}

impl Unanswered {
    /// The asker's address, and whom it asked by a datagram: what goes over TCP is
    /// followed elsewhere.
    pub fn asked_by_datagram(&self) -> Option<(Address, Endpoint)> {
        self.is_datagram
            .then_some((self.client.address, self.server))
    }

    fn new(seen: &Seen<'_>, question: Option<&Question<'_>>) -> Self {
        let name = question.and_then(|question| question.name.in_place());
        let (client, server) = seen.ends;
        Self {
            conversation: seen.conversation,
            client,
            server,
            is_datagram: seen.over_tcp.is_none(),
            name: SmallVec::from_slice(name.unwrap_or_default()),
            record_type: question.map_or(0, |question| question.record_type),
            packets: SmallVec::new(),
        }
    }
}

/// A name as master files write it, out of [`Asked::name`].
fn text(name: &[u8]) -> Box<str> {
    let message = [&[0; HEADER_LENGTH], name].concat();
    let name = Name::parse(&message, HEADER_LENGTH);
    name.map_or_else(|_| Box::default(), |name| name.to_string().into())
}
