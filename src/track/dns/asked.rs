//! The queries that wait for their response: found by transaction id and
//! question, or by the id alone, and given up when they have waited in vain.

use std::hash::{BuildHasher, BuildHasherDefault};

use smallvec::SmallVec;

use super::super::hash::{Folding, MIX, mix};
use super::super::places::Places;
use super::super::waiting::{MOST_ENTRIES, Taken, Timed};
use super::super::{DnsFlavour, DnsUnanswered, Endpoint, Event, Finding, PacketNumber};
use super::Seen;
use crate::decode::dns::{HEADER_LENGTH, Message, Name};

/// All of them, each at a place of its own.
#[derive(Debug, Default)]
pub(super) struct Queries {
    asked: Timed<Asked>,
    /// Where the query stands that was last sent under an id.
    latest: Places,
    /// Where others stand that were sent under the same id, seldom any.
    earlier: Places,
}

impl Queries {
    /// The query of this key, made if there is none, due at `deadline_ns` from
    /// now on; it is the latest under its id.
    pub fn renew(
        &mut self,
        key: Key,
        deadline_ns: u64,
        make: impl FnOnce() -> Asked,
    ) -> &mut Asked {
        let found = self.find(&key);
        let at = found.unwrap_or_else(|| self.reserve(deadline_ns));
        self.set_latest(&key, at);
        self.asked.renew(at, deadline_ns, make)
    }

    /// The query of this key, or else the one that was last sent under its id.
    pub fn same_or_latest(&mut self, key: &Key) -> Option<&mut Asked> {
        let at = self.find(key).or_else(|| self.latest(key))?;
        self.asked.get_mut(at)
    }

    /// Before this time nothing is due.
    pub fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// Takes the query that is due first, if its time has come by `now_ns`.
    pub fn pop_due(&mut self, now_ns: u64) -> Option<Taken<Asked>> {
        let due = self.asked.pop_due(now_ns)?;
        let (key, place) = (due.value.key, due.place);
        self.latest.remove(key.of_id(), place);
        self.earlier.remove(key.of_all(), place);
        Some(due)
    }

    /// How many are found.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.latest.len() + self.earlier.len()
    }

    /// Room for a new query; when there is none, what is due first makes it.
    fn reserve(&mut self, deadline_ns: u64) -> u32 {
        if self.asked.len() >= MOST_ENTRIES {
            self.pop_due(u64::MAX);
        }
        self.asked.reserve(deadline_ns)
    }

    /// Where a query stands.
    fn find(&self, key: &Key) -> Option<u32> {
        let is_it = |at| self.asked.get(at).is_some_and(|asked| asked.key == *key);
        let latest = self.latest(key);
        latest
            .filter(|at| is_it(*at))
            .or_else(|| self.earlier.find(key.of_all(), is_it))
    }

    /// Where the query stands that was last sent under this id.
    fn latest(&self, key: &Key) -> Option<u32> {
        self.latest.find(key.of_id(), |at| {
            let asked = self.asked.get(at).map(|asked| asked.key);
            asked.is_some_and(|asked| (asked.place, asked.id) == (key.place, key.id))
        })
    }

    /// This is now the query that was last sent under its id.
    fn set_latest(&mut self, key: &Key, at: u32) {
        let before = self.latest(key);
        if before == Some(at) {
            return;
        }
        self.earlier.remove(key.of_all(), at);
        if let Some(before) = before {
            self.latest.remove(key.of_id(), before);
            if let Some(asked) = self.asked.get(before) {
                self.earlier.insert(asked.key.of_all(), before);
            }
        }
        self.latest.insert(key.of_id(), at);
    }
}

/// Where an answer to a query is looked for, in one word: many are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place(u64);

impl Place {
    /// In the query's conversation, by its number.
    pub fn conversation(number: u64) -> Self {
        Self(number)
    }

    /// At the asker, by its hash: LLMNR asks a group, and members answer.
    pub fn asker(asker: Endpoint) -> Self {
        let hash = BuildHasherDefault::<Folding>::default().hash_one(asker);
        Self(hash | 1 << 63)
    }
}

/// What tells queries apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub place: Place,
    /// The transaction's.
    pub id: u16,
    /// Hash of the questions.
    pub questions: u64,
}

impl Key {
    /// The same of all questions.
    fn of_id(&self) -> u64 {
        mix(self.place.0 ^ mix(self.id.into(), MIX[0]), MIX[2])
    }

    fn of_all(&self) -> u64 {
        mix(self.of_id() ^ self.questions, MIX[0])
    }
}

/// A query, as often as it was sent.
#[derive(Debug)]
pub(super) struct Asked {
    pub key: Key,
    conversation: u64,
    /// LLMNR: silence means that nobody has the name.
    may_be_silent: bool,
    client: Endpoint,
    server: Endpoint,
    /// As the message spells it; nothing where it has no question.
    pub name: Box<[u8]>,
    record_type: u16,
    /// The first eight; nearly always one.
    pub packets: SmallVec<[PacketNumber; 1]>,
    pub attempts: u32,
    pub first_ns: u64,
    pub last: PacketNumber,
    pub last_ns: u64,
    pub response: Option<PacketNumber>,
}

impl Asked {
    pub fn new(key: Key, seen: &Seen<'_>, message: &Message<'_>) -> Self {
        let question = message.question();
        Self {
            key,
            conversation: seen.conversation,
            may_be_silent: seen.flavour != DnsFlavour::Unicast,
            client: seen.source,
            server: seen.destination,
            name: question
                .and_then(|question| question.name.in_place())
                .unwrap_or_default()
                .into(),
            record_type: question.map_or(0, |question| question.record_type),
            packets: SmallVec::new(),
            attempts: 0,
            first_ns: seen.frame.time_ns,
            last: seen.frame.number,
            last_ns: seen.frame.time_ns,
            response: None,
        }
    }

    pub fn unanswered(self, end_ns: u64) -> Option<Finding> {
        if self.response.is_some() || self.may_be_silent {
            return None;
        }
        Some(Finding {
            conversation: Some(self.conversation),
            event: Event::DnsUnanswered(DnsUnanswered {
                id: self.key.id,
                name: text(&self.name),
                record_type: self.record_type,
                client: self.client,
                server: self.server,
                queries: self.packets.into_iter().collect(),
                attempts: self.attempts,
                waited_ns: end_ns.saturating_sub(self.first_ns),
            }),
        })
    }
}

/// A name as master files write it, out of [`Asked::name`].
fn text(name: &[u8]) -> Box<str> {
    let message = [&[0; HEADER_LENGTH], name].concat();
    let name = Name::parse(&message, HEADER_LENGTH);
    name.map_or_else(|_| Box::default(), |name| name.to_string().into())
}
