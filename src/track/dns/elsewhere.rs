//! Answers that come from another address than was asked. A resolver drops
//! them; the server is neither down nor silent. Ports, id and question fit and
//! only the address does not: several addresses on one host, or a translation
//! that is undone on one way only.

use super::Seen;
use super::asked::{Key, Place};
use crate::track::Endpoint;
use crate::track::waiting::Waiting;

/// DNS (RFC 1035, section 4.2).
const DNS_PORT: u16 = 53;

/// What an answer repeats of its query, its source's address left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Echo {
    asker: Endpoint,
    server_port: Option<u16>,
    id: u16,
    questions: u64,
}

/// Who was asked, and in which conversation.
#[derive(Clone, Copy, Debug)]
struct Asked {
    server: Endpoint,
    conversation: u64,
}

/// The queries of late, by what an answer from anywhere repeats of them.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    asked: Waiting<Echo, Asked>,
}

impl Elsewhere {
    /// A query, which is waited for until `deadline_ns`. Those to other ports go
    /// to different parts than answers from elsewhere.
    pub fn asked(&mut self, seen: &Seen<'_>, key: &Key, deadline_ns: u64) {
        let (asker, server) = seen.ends;
        if server.port != Some(DNS_PORT) {
            return;
        }
        let asked = Asked {
            server,
            conversation: seen.conversation,
        };
        let echo = echo(asker, server, key);
        let (entry, _) = self.asked.renew(echo, deadline_ns, || asked);
        *entry = asked;
    }

    /// The query that a response answers from another address: its key, and who
    /// was asked.
    pub fn find(&mut self, seen: &Seen<'_>, key: &Key) -> Option<(Key, Endpoint)> {
        let (answerer, asker) = seen.ends;
        let asked = *self.asked.get_mut(&echo(asker, answerer, key))?;
        let place = Place::Conversation(asked.conversation);
        let is_another = asked.server.address != answerer.address;
        is_another.then_some((Key { place, ..*key }, asked.server))
    }

    /// Before this time [`Self::expire`] has nothing to do.
    pub fn due_ns(&self) -> u64 {
        self.asked.due_ns()
    }

    /// Forgets the queries that are not waited for any more.
    pub fn expire(&mut self, now_ns: u64) {
        while self.asked.pop_due(now_ns).is_some() {}
    }
}

fn echo(asker: Endpoint, server: Endpoint, key: &Key) -> Echo {
    Echo {
        asker,
        server_port: server.port,
        id: key.id,
        questions: key.questions,
    }
}
