//! Servers by address and port: how many connections and clients they have,
//! how many at once, and how many they forgot to close.

use std::cmp::Reverse;

use super::distinct::Distinct;
use crate::track::Endpoint;
use crate::track::hash::Map;
use crate::track::memory::Keep;

/// Listeners that are kept at the most; beyond it the least busy ones are
/// forgotten, as only the busiest are told of.
const AT_MOST: usize = 1 << 18;

/// A listening server address and what its connections came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it listens.
    pub address: Endpoint,
    /// Connections that it answered.
    pub connections: u64,
    /// Different client addresses.
    pub clients: u64,
    /// Most connections open at once.
    pub peak_concurrent: u64,
    /// Connections that it left in CLOSE_WAIT.
    pub close_wait: u64,
}

/// What is counted of one listener.
#[derive(Debug, Default)]
struct Counts {
    open: u32,
    peak: u32,
    close_wait: u32,
    connections: u64,
    clients: Distinct,
}

/// Every server that answered.
#[derive(Debug, Default)]
pub(in crate::track) struct Listeners {
    known: Map<Endpoint, Counts>,
    /// Listeners for which there was no room.
    refused: usize,
    keep: Keep,
}

impl Listeners {
    /// A connection to `server` stands.
    pub fn opened(&mut self, server: Endpoint, client: Endpoint) {
        if let Some(counts) = self.counts(server) {
            counts.connections += 1;
            counts.open = counts.open.saturating_add(1);
            counts.peak = counts.peak.max(counts.open);
            counts.clients.add(client.address);
        }
    }

    /// A connection that was counted by [`Listeners::opened`] is over.
    pub fn closed(&mut self, server: Endpoint) {
        if let Some(counts) = self.known.get_mut(&server) {
            counts.open = counts.open.saturating_sub(1);
        }
    }

    /// The server was left in CLOSE_WAIT.
    pub fn stays_in_close_wait(&mut self, server: Endpoint) {
        if let Some(counts) = self.counts(server) {
            counts.close_wait = counts.close_wait.saturating_add(1);
        }
    }

    /// What is counted of a listener, which is new if need be; `None` when
    /// there are too many.
    fn counts(&mut self, server: Endpoint) -> Option<&mut Counts> {
        if self.known.len() >= self.keep.of(AT_MOST) && !self.known.contains_key(&server) {
            self.make_room()?;
        }
        Some(self.known.entry(server).or_default())
    }

    /// Forgets the less busy half of those without an open connection.
    fn make_room(&mut self) -> Option<()> {
        // It takes a look at them all, so it is not tried for each.
        self.refused += 1;
        if self.refused % (self.keep.of(AT_MOST) / 4) != 1 {
            return None;
        }
        self.forget(|idle| idle / 2)?;
        self.refused = 0;
        Some(())
    }

    /// Keeps so many from now on.
    pub fn keep(&mut self, keep: Keep) {
        self.keep = keep;
        let too_many = self.known.len().saturating_sub(keep.of(AT_MOST));
        if too_many > 0 {
            self.forget(|idle| too_many.min(idle));
        }
        self.known.shrink_to_fit();
    }

    /// Of so many without an open connection forgets so many, the least busy, and
    /// those that are no busier.
    fn forget(&mut self, of_idle: impl Fn(usize) -> usize) -> Option<()> {
        let idle = self.known.values().filter(|counts| counts.open == 0);
        let mut busy: Vec<u64> = idle.map(|counts| counts.connections).collect();
        let last = of_idle(busy.len()).checked_sub(1)?;
        let (_, least, _) = busy.select_nth_unstable(last);
        let least = *least;
        self.known
            .retain(|_, counts| counts.open > 0 || counts.connections > least);
        Some(())
    }

    /// The busiest, most connections first, then by address.
    pub fn busiest(&self, most: usize) -> Vec<Listener> {
        let rank =
            |(address, counts): &(&Endpoint, &Counts)| (Reverse(counts.connections), **address);
        let mut all: Vec<_> = self.known.iter().collect();
        if most < all.len() {
            all.select_nth_unstable_by_key(most, rank);
            all.truncate(most);
        }
        all.sort_unstable_by_key(rank);
        all.into_iter()
            .map(|(address, counts)| Listener {
                address: *address,
                connections: counts.connections,
                clients: counts.clients.count(),
                peak_concurrent: counts.peak.into(),
                close_wait: counts.close_wait.into(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::track::Address;

    fn host(number: u32, port: u16) -> Endpoint {
        Endpoint {
            address: Address::Ip(IpAddr::V4(number.into())),
            port: Some(port),
        }
    }

    fn host_v6(number: u32) -> Endpoint {
        let address = u128::from(number) << 64 | 0xfd << 120;
        Endpoint {
            address: Address::Ip(IpAddr::V6(address.into())),
            port: Some(443),
        }
    }

    #[test]
    fn clients_are_counted_once_however_many_they_are() {
        let mut listeners = Listeners::default();
        for round in 0..3 {
            for client in 0..100 {
                listeners.opened(host(1, 80), host(client, 1000 + round));
                listeners.opened(host_v6(1), host_v6(client));
                if client < 3 {
                    listeners.opened(host(2, 80), host(client, 1000 + round));
                }
            }
        }
        let clients: Vec<_> = listeners
            .busiest(9)
            .iter()
            .map(|listener| (listener.connections, listener.clients))
            .collect();
        assert_eq!(clients, [(300, 100), (300, 100), (9, 3)]);
    }

    #[test]
    fn the_busiest_come_first_and_equals_by_address() {
        let mut listeners = Listeners::default();
        for server in (1..=20).rev() {
            for _ in 0..server / 5 {
                listeners.opened(host(server, 80), host(99, 1000));
            }
        }
        listeners.closed(host(20, 80));
        listeners.opened(host(20, 80), host(99, 1000));
        listeners.stays_in_close_wait(host(15, 80));
        let busiest: Vec<_> = listeners
            .busiest(3)
            .into_iter()
            .map(|it| {
                (
                    it.address,
                    it.connections,
                    it.peak_concurrent,
                    it.close_wait,
                )
            })
            .collect();
        assert_eq!(
            busiest,
            [
                (host(20, 80), 5, 4, 0),
                (host(15, 80), 3, 3, 1),
                (host(16, 80), 3, 3, 0),
            ]
        );
    }

    #[test]
    fn among_too_many_the_busy_ones_and_the_open_ones_stay() {
        let mut listeners = Listeners::default();
        let client = host(9, 9);
        for _ in 0..5 {
            listeners.opened(host(0, 80), client);
            listeners.closed(host(0, 80));
        }
        listeners.opened(host(1, 80), client);
        for server in 2..2 * AT_MOST as u32 {
            listeners.opened(host(server, 80), client);
            listeners.closed(host(server, 80));
        }
        assert!(listeners.known.len() <= AT_MOST);
        let busiest = listeners.busiest(2);
        assert_eq!(busiest[0].address, host(0, 80));
        assert_eq!(busiest[0].connections, 5);
        assert!(listeners.known.contains_key(&host(1, 80)));
    }
}
