//! What the recording itself lost: by the recorder's own count (pcapng's
//! interface statistics), and by what was acknowledged though no packet of the
//! capture brought it.

use smallvec::SmallVec;

use super::TcpEnd;
use crate::capture::Drops;
use crate::track::{CaptureDropped, Event, Finding, PacketNumber};

/// First packets named as examples.
const EXAMPLES: usize = 8;

/// The losses so far.
#[derive(Debug, Default)]
pub(in crate::track) struct Dropped {
    /// As the recorder says.
    recorder: Drops,
    /// Packets were left out on purpose, or hold bytes that nobody put
    /// together (fragments): what is missing says nothing.
    blurred: bool,
    bytes: u64,
    conversations: u64,
    examples: SmallVec<[PacketNumber; EXAMPLES]>,
}

impl Dropped {
    /// The recorder's count, over the whole capture.
    pub fn counted_by_recorder(&mut self, drops: Drops) {
        self.recorder = drops;
    }

    /// What is missing says nothing: a filter leaves packets out, or TCP bytes
    /// are in fragments.
    pub fn blur(&mut self) {
        self.blurred = true;
    }

    /// Takes in a connection at its end: of one that was recorded from its
    /// beginning in both directions, every acknowledged byte should be there.
    pub fn ended(&mut self, end: &TcpEnd) {
        if self.blurred || end.unrecorded == 0 {
            return;
        }
        self.bytes = self.bytes.saturating_add(end.unrecorded);
        self.conversations += 1;
        let before = |known: &PacketNumber| *known < end.first_packet;
        let at = self.examples.partition_point(before);
        self.examples.insert(at, end.first_packet);
        self.examples.truncate(EXAMPLES);
    }

    /// What there is to tell.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let Drops {
            by_interface,
            by_system,
            by_us,
            before_packets,
        } = self.recorder;
        // A packet may be counted in both ways.
        let counted = by_interface.saturating_add(by_system).saturating_add(by_us);
        let packets = before_packets.max(counted);
        let mut event = CaptureDropped {
            packets,
            by_interface,
            by_system,
            by_us,
            unrecorded_bytes: 0,
            conversations: 0,
            examples: SmallVec::new(),
        };
        if !self.blurred {
            event.unrecorded_bytes = self.bytes;
            event.conversations = self.conversations;
            event.examples.clone_from(&self.examples);
        }
        if event.packets > 0 || event.unrecorded_bytes > 0 {
            findings.push(Finding {
                conversation: None,
                first_packet: None,
                event: Event::CaptureDropped(event),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(dropped: &Dropped) -> Option<CaptureDropped> {
        let mut findings = Vec::new();
        dropped.findings(&mut findings);
        findings.pop().map(|finding| match finding.event {
            Event::CaptureDropped(event) => event,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn nothing_lost_is_not_told() {
        assert_eq!(told(&Dropped::default()), None);
    }

    #[test]
    fn packets_counted_twice_are_told_once() {
        let mut dropped = Dropped::default();
        dropped.counted_by_recorder(Drops {
            by_interface: 2,
            by_system: 5,
            by_us: 3,
            before_packets: 6,
        });
        assert_eq!(told(&dropped).map(|event| event.packets), Some(10));
        dropped.counted_by_recorder(Drops {
            before_packets: 6,
            ..Drops::default()
        });
        assert_eq!(told(&dropped).map(|event| event.packets), Some(6));
    }
}
