//! What the capture itself could not see, told once at its end: connections
//! that had begun before, and those of which one direction is missing.

use smallvec::SmallVec;

use super::tcp::Connection;
use super::{Event, Finding, MidStream, OneSided, PacketNumber};

/// First packets named as examples.
const EXAMPLES: usize = 8;

#[derive(Debug, Default)]
struct Tally {
    count: u64,
    examples: SmallVec<[PacketNumber; EXAMPLES]>,
}

impl Tally {
    /// Conversations end in any order; the examples are the earliest.
    fn add(&mut self, first_packet: PacketNumber) {
        self.count += 1;
        let at = self.examples.partition_point(|known| *known < first_packet);
        self.examples.insert(at, first_packet);
        self.examples.truncate(EXAMPLES);
    }

    /// Adds what was counted elsewhere.
    fn add_all(&mut self, other: &Self) {
        self.count += other.count;
        self.examples.extend_from_slice(&other.examples);
        self.examples.sort_unstable();
        self.examples.truncate(EXAMPLES);
    }
}

/// Counts over all TCP conversations that ended.
#[derive(Debug, Default)]
pub(super) struct Vantage {
    connections: u64,
    mid_stream: Tally,
    one_sided: Tally,
}

impl Vantage {
    /// Takes in a connection at its end.
    pub fn add(&mut self, connection: &Connection, first_packet: PacketNumber) {
        self.connections += 1;
        if connection.is_mid_stream() {
            self.mid_stream.add(first_packet);
        }
        if connection.is_one_sided() {
            self.one_sided.add(first_packet);
        }
    }

    /// Takes in one that was there from its beginning in both directions.
    pub fn add_whole(&mut self) {
        self.connections += 1;
    }

    /// Takes in those of which another has taken in the ends.
    pub fn add_all(&mut self, other: &Self) {
        self.connections += other.connections;
        self.mid_stream.add_all(&other.mid_stream);
        self.one_sided.add_all(&other.one_sided);
    }

    /// What there is to tell.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let of = self.connections;
        let mut tell = |event| {
            findings.push(Finding {
                conversation: None,
                event,
            })
        };
        if self.mid_stream.count > 0 {
            tell(Event::MidStream(MidStream {
                conversations: self.mid_stream.count,
                of,
                examples: self.mid_stream.examples.clone(),
            }));
        }
        if self.one_sided.count > 0 {
            tell(Event::OneSided(OneSided {
                conversations: self.one_sided.count,
                of,
                examples: self.one_sided.examples.clone(),
            }));
        }
    }
}
