//! What the capture itself could not see, told once at its end: connections
//! that had begun before, and those of which one direction is missing.

use smallvec::SmallVec;

use super::TcpEnd;
use crate::track::{Event, Finding, MidStream, OneSided, PacketNumber};

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
}

/// Counts over all TCP conversations that ended.
#[derive(Debug, Default)]
pub(in crate::track) struct Coverage {
    connections: u64,
    mid_stream: Tally,
    one_sided: Tally,
}

impl Coverage {
    /// Takes in a connection at its end.
    pub fn add(&mut self, end: &TcpEnd) {
        self.connections += 1;
        if end.is_mid_stream {
            self.mid_stream.add(end.first_packet);
        }
        if end.is_one_sided {
            self.one_sided.add(end.first_packet);
        }
    }

    /// What there is to tell.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let of = self.connections;
        let mut tell = |event| {
            findings.push(Finding {
                conversation: None,
                first_packet: None,
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
