//! Servers by address and port: how many connections and clients they have,
//! how many at once, and how many they forgot to close.

use std::hash::{BuildHasher, BuildHasherDefault};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::{Endpoint, Listener};

#[derive(Debug, Default)]
struct Seen {
    connections: u64,
    open: u64,
    peak: u64,
    close_wait: u64,
    /// Hashes of the client addresses.
    clients: FxHashSet<u64>,
}

/// Every server that answered.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    by_address: FxHashMap<Endpoint, Seen>,
}

impl Listeners {
    /// A connection to `server` stands.
    pub fn opened(&mut self, server: Endpoint, client: Endpoint) {
        let seen = self.by_address.entry(server).or_default();
        seen.connections += 1;
        seen.open += 1;
        seen.peak = seen.peak.max(seen.open);
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(client.address);
        seen.clients.insert(hash);
    }

    /// A connection that was counted by [`Listeners::opened`] is over.
    pub fn closed(&mut self, server: Endpoint) {
        if let Some(seen) = self.by_address.get_mut(&server) {
            seen.open = seen.open.saturating_sub(1);
        }
    }

    /// The server was left in CLOSE_WAIT.
    pub fn left_in_close_wait(&mut self, server: Endpoint) {
        self.by_address.entry(server).or_default().close_wait += 1;
    }

    /// The busiest, most connections first, then by address.
    pub fn busiest(&self, most: usize) -> Vec<Listener> {
        let mut all: Vec<Listener> = self
            .by_address
            .iter()
            .map(|(address, seen)| Listener {
                address: *address,
                connections: seen.connections,
                clients: seen.clients.len() as u64,
                peak_concurrent: seen.peak,
                close_wait: seen.close_wait,
            })
            .collect();
        all.sort_unstable_by_key(|listener| {
            (std::cmp::Reverse(listener.connections), listener.address)
        });
        all.truncate(most);
        all
    }
}
