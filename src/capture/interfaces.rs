//! What captures say of the interfaces that their packets came from: a reader
//! learns it while it reads, and a writer of the packets looks it up again,
//! perhaps on another thread.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Drops, LinkType};

/// Real captures have a handful. Of more nothing is kept but what each packet
/// says.
const MOST: usize = 65_536;

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceInfo {
    /// How the interface's packets begin.
    pub link_type: LinkType,
    /// The most bytes captured of a packet; 0: no limit.
    pub snapshot_length: u32,
    /// The interface's name in the system.
    pub name: Option<String>,
    /// The interface's description for people.
    pub description: Option<String>,
    /// The filter that its packets passed, in libpcap's grammar.
    pub filter: Option<String>,
    /// All of its times are whole microseconds. A classic pcap file then has
    /// the format that every reader knows, else the one with nanoseconds.
    pub microseconds: bool,
}

impl InterfaceInfo {
    /// What is known from a link type alone.
    #[must_use]
    pub fn of(link_type: LinkType) -> Self {
        Self {
            link_type,
            snapshot_length: 0,
            name: None,
            description: None,
            filter: None,
            microseconds: false,
        }
    }
}

/// The interfaces of all files that are read, and what each lost. Clones share
/// what they know.
#[derive(Clone, Debug, Default)]
pub struct Interfaces(Arc<Mutex<Known>>);

/// Interfaces by file, and by number in it.
type Known = BTreeMap<(u32, u32), (InterfaceInfo, Drops)>;

impl Interfaces {
    /// An interface, if a file has described it so far.
    #[must_use]
    pub fn get(&self, file: u32, interface: u32) -> Option<InterfaceInfo> {
        let known = self.lock();
        known.get(&(file, interface)).map(|(info, _)| info.clone())
    }

    /// What the recorder says that it lost on an interface so far.
    #[must_use]
    pub fn drops(&self, file: u32, interface: u32) -> Drops {
        let known = self.lock();
        known
            .get(&(file, interface))
            .map_or_else(Drops::default, |(_, drops)| *drops)
    }

    /// The interfaces on which something was lost, by file and number.
    #[must_use]
    pub fn that_lost(&self) -> Vec<(u32, u32)> {
        let known = self.lock();
        let lost = known.iter().filter(|(_, (_, drops))| drops.any());
        lost.map(|(key, _)| *key).collect()
    }

    /// Takes over what a file says.
    pub(super) fn learn(
        &self,
        file: u32,
        interfaces: impl Iterator<Item = (u32, InterfaceInfo, Drops)>,
    ) {
        let mut known = self.lock();
        for (number, info, drops) in interfaces {
            if known.len() < MOST || known.contains_key(&(file, number)) {
                known.insert((file, number), (info, drops));
            }
        }
    }

    /// Takes over what was lost in a file as a whole: what no interface has
    /// to answer for that is known here (those of sections long past, packets
    /// noted as lost before others) goes to the first.
    pub(super) fn learn_drops(&self, file: u32, all: Drops) {
        let mut known = self.lock();
        let mut told = Drops::default();
        for (_, (_, drops)) in known.range((file, 0)..=(file, u32::MAX)) {
            told = told.plus(*drops);
        }
        let counted = all.by_interface.saturating_add(all.by_system);
        let only_by_packets = all.before_packets.saturating_sub(counted);
        if let Some((_, drops)) = known.get_mut(&(file, 0)) {
            let rest = |all: u64, told: u64| all.saturating_sub(told);
            let by_interface = rest(all.by_interface, told.by_interface);
            let by_system = rest(all.by_system, told.by_system).saturating_add(only_by_packets);
            drops.by_interface = drops.by_interface.saturating_add(by_interface);
            drops.by_system = drops.by_system.saturating_add(by_system);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Every entry is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
