//! The queries that wait for their response: found by transaction id and
//! question, or by the id alone, and given up when they have waited in vain.

use smallvec::SmallVec;

use super::super::hash::{MIX, hash, mix};
use super::super::places::Places;
use super::super::waiting::{MOST_ENTRIES, Taken, Timed};
use super::super::{DnsFlavour, DnsUnanswered, Endpoint, Event, Finding, PacketNumber};
use super::Seen;
use crate::decode::dns::{HEADER_LENGTH, Name, Question};

/// All of them, each at a place of its own.
#[derive(Debug)]
pub(super) struct Queries {
    asked: Timed<Asked>,
    /// Where the query stands that was last sent under an id.
    latest: Places,
    /// Where others stand that were sent under the same id, seldom any.
    earlier: Places,
    most: usize,
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
            asked: Timed::default(),
            latest: Places::default(),
            earlier: Places::default(),
            most: most.max(1),
        }
    }

    /// The query of this key, made if there is none, due at `deadline_ns` from
    /// now on; it is the latest under its id. Where there are too many, what is
    /// due first makes room, and is given too.
    pub fn renew(
        &mut self,
        key: Key,
        deadline_ns: u64,
        make: impl FnOnce() -> Asked,
    ) -> (&mut Asked, Option<Taken<Asked>>) {
        let mut displaced = None;
        let mut latest = self.latest(&key);
        let at = match self.same(&key, latest) {
            Some(at) => at,
            None => {
                if self.asked.len() >= self.most {
                    displaced = self.pop_due(u64::MAX);
                    latest = self.latest(&key);
                }
                self.asked.reserve(deadline_ns)
            }
        };
        if latest != Some(at) {
            self.set_latest(&key, latest, at);
        }
        (self.asked.renew(at, deadline_ns, make), displaced)
    }

    /// The query of this key, or else the one that was last sent under its id.
    pub fn same_or_latest(&mut self, key: &Key) -> Option<&mut Asked> {
        let latest = self.latest(key);
        let at = self.same(key, latest).or(latest)?;
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

    /// Where the query of this key stands. `latest`: where the one that was
    /// last sent under its id does.
    fn same(&self, key: &Key, latest: Option<u32>) -> Option<u32> {
        let is_it = |at| self.asked.get(at).is_some_and(|asked| asked.key == *key);
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

    /// This is now the query that was last sent under its id, another than
    /// before.
    fn set_latest(&mut self, key: &Key, before: Option<u32>, at: u32) {
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
        Self(hash(&asker) | 1 << 63)
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
        let is_told = seen.flavour == DnsFlavour::Unicast;
        Self {
            key,
            attempts: 0,
            first: seen.frame.number,
            first_ns: seen.frame.time_ns,
            last: seen.frame.number,
            last_ns: seen.frame.time_ns,
            response: None,
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

    /// What to say when it was given up at `end_ns`.
    pub fn finding(self, end_ns: u64) -> Option<Finding> {
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
            }),
        })
    }
}

impl Unanswered {
    fn new(seen: &Seen<'_>, question: Option<&Question<'_>>) -> Self {
        let name = question.and_then(|question| question.name.in_place());
        let (client, server) = (seen.ends)();
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
