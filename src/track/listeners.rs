//! Servers by address and port: how many connections and clients they have,
//! how many at once, and how many they forgot to close.

use std::mem;
use std::net::IpAddr;

use super::distinct::Distinct;
use super::hash::hash;
use super::places::Places;
use super::together::Together;
use super::{Address, Endpoint, Listener, together};

/// Listeners that are kept at the most; beyond it the least busy ones are
/// forgotten, as only the busiest are told of.
const AT_MOST: usize = 1 << 18;

/// One listener, small: a capture may have very many.
#[derive(Debug)]
struct Seen {
    address: Endpoint,
    open: u32,
    peak: u32,
    close_wait: u32,
    connections: u64,
    clients: Clients,
}

/// What changes of a listener.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A connection of this client stands,
    Opened(Address),
    /// or is over,
    Closed,
    /// and was left in CLOSE_WAIT.
    LeftInCloseWait,
}

/// A change that is to be made.
pub(super) type Soon = together::Soon<Change>;

/// Every server that answered.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    /// Changes not made yet.
    soon: Together<Change>,
    seen: Vec<Seen>,
    /// Places in `seen`, by the hash of the address.
    places: Places,
    /// Listeners for which there was no room.
    refused: usize,
    /// Whether there ever was no room.
    was_full: bool,
    /// Whether no more connections come.
    is_over: bool,
}

impl Listeners {
    /// A connection to `server` stands.
    pub fn opened(&mut self, server: Endpoint, client: Endpoint) {
        self.change_soon(server, Change::Opened(client.address));
    }

    /// The capture has ended: what is open from now on makes no difference,
    /// unless there should be too many listeners.
    pub fn settle(&mut self) {
        self.change_all();
        self.is_over = !self.was_full;
    }

    /// A connection that was counted by [`Listeners::opened`] is over.
    pub fn closed(&mut self, server: Endpoint) {
        if !self.is_over {
            self.change_soon(server, Change::Closed);
        }
    }

    /// The server was left in CLOSE_WAIT.
    pub fn left_in_close_wait(&mut self, server: Endpoint) {
        self.change_soon(server, Change::LeftInCloseWait);
    }

    fn change_soon(&mut self, server: Endpoint, change: Change) {
        self.take_over(Soon::new(server, change));
    }

    /// A change that was to be made of a listener elsewhere is made here.
    pub fn take_over(&mut self, soon: Soon) {
        if self.soon.are_enough() {
            self.change_all();
        }
        self.soon.add(soon);
    }

    /// Changes that are to be made elsewhere.
    pub fn hand_over(&mut self) -> impl Iterator<Item = Soon> {
        self.soon.hand_over()
    }

    /// Whether [`Self::hand_over`] has anything to give.
    #[inline]
    pub fn has_waiting(&self) -> bool {
        !self.soon.is_empty()
    }

    /// The same as of those that take the changes over.
    pub fn ends_as(&mut self, whole: &Self) {
        self.is_over = whole.is_over;
    }

    /// Makes the changes: the listeners are looked at first, so that memory is
    /// waited for once, not for one after the other.
    #[inline(never)]
    fn change_all(&mut self) {
        let soon = mem::take(&mut self.soon);
        let places = soon.likely(&self.places);
        let looked = places.map(|place| {
            let seen = self.seen.get(place as usize);
            seen.map_or(0, |seen| seen.open ^ seen.clients.glance())
        });
        std::hint::black_box(looked);
        for (soon, place) in soon.with(places) {
            self.change(soon, place);
        }
    }

    /// Changes one that probably has this place.
    fn change(&mut self, soon: &Soon, likely: u32) {
        if let Change::Closed = soon.change {
            let place = self.find(soon, likely);
            if let Some(seen) = place.and_then(|place| self.seen.get_mut(place)) {
                seen.open = seen.open.saturating_sub(1);
            }
            return;
        }
        let Some(seen) = self.seen(soon, likely) else {
            return;
        };
        match soon.change {
            Change::Opened(client) => {
                seen.connections += 1;
                seen.open = seen.open.saturating_add(1);
                seen.peak = seen.peak.max(seen.open);
                seen.clients.add(client);
            }
            Change::LeftInCloseWait => seen.close_wait = seen.close_wait.saturating_add(1),
            Change::Closed => {}
        }
    }

    fn find(&self, soon: &Soon, likely: u32) -> Option<usize> {
        let is_it = |place: u32| {
            let seen = self.seen.get(place as usize);
            seen.is_some_and(|seen| seen.address == soon.listener)
        };
        let found = match is_it(likely) {
            true => Some(likely),
            false => self.places.find(soon.hash, is_it),
        };
        found.map(|place| place as usize)
    }

    /// The listener of this address, new if need be; `None` when there are too
    /// many.
    fn seen(&mut self, soon: &Soon, likely: u32) -> Option<&mut Seen> {
        let server = soon.listener;
        let place = match self.find(soon, likely) {
            Some(place) => place,
            None => {
                self.make_room()?;
                self.seen.push(Seen {
                    address: server,
                    open: 0,
                    peak: 0,
                    close_wait: 0,
                    connections: 0,
                    clients: Clients::of(server.address),
                });
                let place = self.seen.len() - 1;
                self.places.insert(soon.hash, place as u32);
                place
            }
        };
        self.seen.get_mut(place)
    }

    /// Forgets the less busy half of those without an open connection, when
    /// there are too many.
    fn make_room(&mut self) -> Option<()> {
        if self.seen.len() < AT_MOST {
            return Some(());
        }
        self.was_full = true;
        // It takes a look at them all, so it is not tried for each.
        self.refused += 1;
        if self.refused % (AT_MOST / 4) != 1 {
            return None;
        }
        let idle = self.seen.iter().filter(|seen| seen.open == 0);
        let mut busy: Vec<u64> = idle.map(|seen| seen.connections).collect();
        let half = busy.len() / 2;
        if half == 0 {
            return None;
        }
        let (_, median, _) = busy.select_nth_unstable(half);
        let median = *median;
        self.seen
            .retain(|seen| seen.open > 0 || seen.connections > median);
        self.places = Places::default();
        for (place, seen) in (0_u32..).zip(&self.seen) {
            self.places.insert(hash(&seen.address), place);
        }
        self.refused = 0;
        Some(())
    }

    /// The busiest, most connections first, then by address.
    pub fn busiest(&mut self, most: usize) -> Vec<Listener> {
        self.change_all();
        let rank = |seen: &&Seen| (std::cmp::Reverse(seen.connections), seen.address);
        let mut all: Vec<&Seen> = self.seen.iter().collect();
        if most < all.len() {
            all.select_nth_unstable_by_key(most, rank);
            all.truncate(most);
        }
        all.sort_unstable_by_key(rank);
        all.into_iter()
            .map(|seen| Listener {
                address: seen.address,
                connections: seen.connections,
                clients: seen.clients.count(),
                peak_concurrent: seen.peak.into(),
                close_wait: seen.close_wait.into(),
            })
            .collect()
    }
}

/// Different client addresses: IPv4's themselves, hashes of others.
#[derive(Debug)]
enum Clients {
    Ipv4(Distinct<u32, 6>),
    Other(Distinct<u64, 3>),
}

impl Clients {
    /// Of a listener: its clients have addresses of the same sort.
    fn of(listener: Address) -> Self {
        match listener {
            Address::Ip(IpAddr::V4(_)) => Self::Ipv4(Distinct::default()),
            _ => Self::Other(Distinct::default()),
        }
    }

    fn add(&mut self, client: Address) {
        match (self, client) {
            (Self::Ipv4(set), Address::Ip(IpAddr::V4(ip))) => set.add(ip.into()),
            (Self::Other(set), client) => set.add(hash(&client)),
            (Self::Ipv4(_), _) => {}
        }
    }

    /// Something from where the next is put.
    fn glance(&self) -> u32 {
        match self {
            Self::Ipv4(set) => set.waiting(),
            Self::Other(set) => set.waiting(),
        }
    }

    fn count(&self) -> u64 {
        match self {
            Self::Ipv4(set) => set.count(),
            Self::Other(set) => set.count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        listeners.left_in_close_wait(host(15, 80));
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
        assert!(listeners.seen.len() <= AT_MOST);
        assert_eq!(listeners.places.len(), listeners.seen.len());
        let busiest = listeners.busiest(2);
        assert_eq!(busiest[0].address, host(0, 80));
        assert_eq!(busiest[0].connections, 5);
        let soon = Soon::new(host(1, 80), Change::Closed);
        assert!(listeners.find(&soon, u32::MAX).is_some());
    }
}
