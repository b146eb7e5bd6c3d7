//! Hosts and listeners, and how many conversations each of them had.

use std::fmt;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::track::{Conversation, Endpoint, Side};

/// So many are counted; those that come later are not told apart.
const MOST: usize = 16_384;

/// Who was hit: the server of conversations, or their client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// A server by its port, or a host that was talked to.
    Listener(Endpoint),
    /// A client, whatever its port.
    Client(Endpoint),
}

impl Place {
    /// The end of a conversation that something is the doing of.
    pub(super) fn of(conversation: &Conversation, side: Option<Side>) -> Option<Self> {
        match side {
            Some(Side::Client) => conversation.client.map(Self::client),
            _ => conversation.server.map(Self::Listener),
        }
    }

    /// The host, whatever its port.
    #[must_use]
    pub fn host(self) -> Self {
        match self {
            Self::Listener(end) => Self::Listener(Endpoint { port: None, ..end }),
            Self::Client(end) => Self::client(end),
        }
    }

    fn client(end: Endpoint) -> Self {
        Self::Client(Endpoint { port: None, ..end })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listener(end) | Self::Client(end) => end.fmt(f),
        }
    }
}

/// How many conversations each host and listener had.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(HashMap<Place, u64, FixedState>);

impl Places {
    pub fn count(&mut self, conversation: &Conversation) {
        let ends = [
            conversation.server.map(Place::Listener),
            conversation.client.map(Place::client),
        ];
        for place in ends.into_iter().flatten() {
            if let Some(sum) = self.0.get_mut(&place) {
                *sum += 1;
            } else if self.0.len() < MOST {
                self.0.insert(place, 1);
            }
        }
    }

    /// How many conversations it had, where that is known.
    pub fn of(&self, place: Place) -> Option<u64> {
        self.0.get(&place).copied()
    }
}
