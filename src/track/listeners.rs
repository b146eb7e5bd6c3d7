//! Servers by address and port: how many connections and clients they have,
//! how many at once, and how many they forgot to close.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::distinct::Distinct;
use super::{Endpoint, Listener};

/// Servers that are remembered at the most. Beyond it the smaller half of
/// those without an open connection is forgotten: none of them is among the
/// busiest, unless it would have come again and again.
const AT_MOST: usize = 65_536;

#[derive(Debug, Default)]
struct Seen {
    connections: u64,
    open: u64,
    peak: u64,
    close_wait: u64,
    clients: Distinct,
}

/// Every server that answered.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    by_address: FxHashMap<Endpoint, Seen>,
}

impl Listeners {
    /// A connection to `server` stands.
    pub fn opened(&mut self, server: Endpoint, client: Endpoint) {
        let seen = self.seen(server);
        seen.connections += 1;
        seen.open += 1;
        seen.peak = seen.peak.max(seen.open);
        seen.clients.add(&client.address);
    }

    fn seen(&mut self, server: Endpoint) -> &mut Seen {
        if self.by_address.len() >= AT_MOST && !self.by_address.contains_key(&server) {
            self.forget_the_smallest();
        }
        self.by_address.entry(server).or_default()
    }

    fn forget_the_smallest(&mut self) {
        let size = |server: &Endpoint, seen: &Seen| (seen.connections, Reverse(*server));
        let idle = self.by_address.iter().filter(|(_, seen)| seen.open == 0);
        let mut sizes: Vec<_> = idle.map(|(server, seen)| size(server, seen)).collect();
        let half = sizes.len() / 2;
        if half < sizes.len() {
            let (_, limit, _) = sizes.select_nth_unstable(half);
            let limit = *limit;
            self.by_address
                .retain(|server, seen| seen.open > 0 || size(server, seen) > limit);
        }
    }

    /// A connection that was counted by [`Listeners::opened`] is over.
    pub fn closed(&mut self, server: Endpoint) {
        if let Some(seen) = self.by_address.get_mut(&server) {
            seen.open = seen.open.saturating_sub(1);
        }
    }

    /// The server was left in CLOSE_WAIT.
    pub fn left_in_close_wait(&mut self, server: Endpoint) {
        self.seen(server).close_wait += 1;
    }

    /// The busiest, most connections first, then by address.
    pub fn busiest(&self, most: usize) -> Vec<Listener> {
        let mut all: Vec<Listener> = self
            .by_address
            .iter()
            .map(|(address, seen)| Listener {
                address: *address,
                connections: seen.connections,
                clients: seen.clients.count(),
                peak_concurrent: seen.peak,
                close_wait: seen.close_wait,
            })
            .collect();
        all.sort_unstable_by_key(|listener| (Reverse(listener.connections), listener.address));
        all.truncate(most);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::Address;

    fn host(number: u32) -> Endpoint {
        Endpoint {
            address: Address::Ip(std::net::Ipv4Addr::from(number).into()),
            port: Some(80),
        }
    }

    #[test]
    fn the_busiest_stay_known_among_any_number_of_others() {
        let mut listeners = Listeners::default();
        for number in 0..300_000 {
            for server in [number + 10, number % 3] {
                listeners.opened(host(server), host(number));
                listeners.closed(host(server));
            }
        }
        assert!(listeners.by_address.len() <= AT_MOST);
        let busiest = listeners.busiest(4);
        let connections: Vec<_> = busiest.iter().map(|it| it.connections).collect();
        assert_eq!(connections, [100_000, 100_000, 100_000, 1]);
        assert_eq!(busiest[0].peak_concurrent, 1);
        let off = busiest[0].clients.abs_diff(100_000);
        assert!(off < 3_000, "{off}");
    }

    #[test]
    fn a_server_with_an_open_connection_is_not_forgotten() {
        let mut listeners = Listeners::default();
        listeners.opened(host(7), host(1));
        for number in 0..200_000 {
            listeners.opened(host(number + 10), host(1));
            listeners.closed(host(number + 10));
        }
        listeners.opened(host(7), host(1));
        assert_eq!(listeners.busiest(1)[0].peak_concurrent, 2);
    }
}
