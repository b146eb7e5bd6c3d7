//! What became of the packets of an interface, for the end of a file (section
//! 4.6 of the pcapng draft).

use crate::capture::Drops;

/// What became of an interface's packets since the capture began; `None`
/// where that is not known. A file gets what was added since the file before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets that came in on the interface (`isb_ifrecv`).
    pub received: Option<u64>,
    /// Lost by the interface for lack of resources (`isb_ifdrop`).
    pub dropped_by_interface: Option<u64>,
    /// Packets that passed the filter (`isb_filteraccept`).
    pub accepted: Option<u64>,
    /// Lost by the system behind the filter (`isb_osdrop`). What a program
    /// itself loses has no other place in the format.
    pub dropped_by_system: Option<u64>,
    /// Packets that reached the program (`isb_usrdeliv`).
    pub delivered: Option<u64>,
}

impl Statistics {
    /// The statistics of the file that is read; nothing where it lost nothing.
    pub(super) fn of(drops: Drops) -> Option<Self> {
        let some = |count: u64| (count > 0).then_some(count);
        let statistics = Self {
            dropped_by_interface: some(drops.by_interface),
            dropped_by_system: some(drops.by_system),
            ..Self::default()
        };
        (statistics != Self::default()).then_some(statistics)
    }

    /// What was added.
    pub(super) fn since(&self, before: &Self) -> Self {
        let less = |now: Option<u64>, before: Option<u64>| {
            now.map(|now| now.saturating_sub(before.unwrap_or(0)))
        };
        Self {
            received: less(self.received, before.received),
            dropped_by_interface: less(self.dropped_by_interface, before.dropped_by_interface),
            accepted: less(self.accepted, before.accepted),
            dropped_by_system: less(self.dropped_by_system, before.dropped_by_system),
            delivered: less(self.delivered, before.delivered),
        }
    }
}
