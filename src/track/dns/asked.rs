//! The queries that wait for their response: found by transaction id and
//! question, or by the id alone, and given up when they have waited in vain.

use smallvec::SmallVec;

use super::Seen;
use crate::decode::dns::{HEADER_LENGTH, Name, Question};
use crate::track::hash::Map;
use crate::track::waiting::{MOST_ENTRIES, Waiting};
use crate::track::{DnsFlavour, DnsUnanswered, Endpoint, Event, Finding, PacketNumber};

/// A query that was given up, and its deadline in nanoseconds.
pub(super) type GivenUp = (Asked, u64);

/// All queries that are waited for.
#[derive(Debug)]
pub(super) struct Queries {
    asked: Waiting<Key, Asked>,
    /// The questions that were last sent under an id.
    latest: Map<(Place, u16), u64>,
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
            forget(&mut self.latest, &key);
            (asked, deadline_ns)
        });
        self.latest.insert((key.place, key.id), key.questions);
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
        let questions = *self.latest.get(&(key.place, key.id))?;
        self.asked.get_mut(&Key { questions, ..*key })
    }

    /// Before this time nothing is due.
    pub fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// Takes the query that is due first, if its time has come by `now_ns`.
    pub fn pop_due(&mut self, now_ns: u64) -> Option<GivenUp> {
        let (key, asked, deadline_ns) = self.asked.pop_due(now_ns)?;
        forget(&mut self.latest, &key);
        Some((asked, deadline_ns))
    }

    /// How many ids are known.
    #[cfg(test)]
    pub fn ids(&self) -> usize {
        self.latest.len()
    }
}

/// A query is no longer the latest under its id, if it was.
fn forget(latest: &mut Map<(Place, u16), u64>, key: &Key) {
    let id = (key.place, key.id);
    if latest.get(&id) == Some(&key.questions) {
        latest.remove(&id);
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
    pub response: Option<PacketNumber>,
    /// What answered from another address than was asked.
    pub elsewhere: Option<PacketNumber>,
    /// Until it is answered. Of LLMNR there is nothing: silence means that
    /// nobody has the name.
    pub unanswered: Option<Box<Unanswered>>,
}

/// What there is to tell of a query that nobody answers.
#[derive(Debug)]
pub(super) struct Unanswered {
    conversation: u64,
    client: Endpoint,
    server: Endpoint,
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
            elsewhere: None,
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

    /// What to say when it was given up at `end_ns`, `for_room` or because that
    /// was enough.
    pub fn finding(self, end_ns: u64, for_room: bool) -> Option<Finding> {
        let unanswered = self.unanswered?;
        Some(Finding {
            conversation: Some(unanswered.conversation),
            event: Event::DnsUnanswered(DnsUnanswered {
                id: self.key.id,
                name: text(&unanswered.name),
                record_type: unanswered.record_type,
                client: unanswered.client,
                server: unanswered.server,
                queries: unanswered.packets.iter().copied().collect(),
                attempts: self.attempts,
                waited_ns: end_ns.saturating_sub(self.first_ns),
                for_room,
            }),
        })
    }
}

impl Unanswered {
    fn new(seen: &Seen<'_>, question: Option<&Question<'_>>) -> Self {
        let name = question.and_then(|question| question.name.in_place());
        let (client, server) = seen.ends;
        Self {
            conversation: seen.conversation,
            client,
            server,
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
