//! TCP connections on which nothing happens any longer, in a capture that may
//! go on for ever: half of them end without a FIN, and what is kept of them
//! must not add up.
//!
//! How long to wait is as long as a NAT has to (RFC 5382, section 5, REQ-5):
//! two hours and four minutes, so that keep-alives of two hours are in time;
//! four minutes for a connection that was never established.

use std::collections::VecDeque;

use super::table::Slot;

const SECOND_NS: u64 = 1_000_000_000;

/// Of a connection that stands.
const ESTABLISHED_NS: u64 = 7_440 * SECOND_NS;

/// Of a handshake that was begun.
const OPENING_NS: u64 = 240 * SECOND_NS;

/// Connections by when they are to be looked at.
#[derive(Debug, Default)]
pub(super) struct Idle {
    opening: VecDeque<Due>,
    established: VecDeque<Due>,
}

/// A connection that may have ended by silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    at_ns: u64,
    pub slot: Slot,
    /// The conversation's number: another may have its place by now.
    pub number: u64,
}

impl Idle {
    /// A connection begins.
    pub fn add(&mut self, slot: Slot, number: u64, now_ns: u64) {
        self.opening.push_back(Due {
            at_ns: now_ns.saturating_add(OPENING_NS),
            slot,
            number,
        });
    }

    /// A connection to look at by now, if there is one.
    pub fn due(&mut self, now_ns: u64) -> Option<Due> {
        [&mut self.opening, &mut self.established]
            .into_iter()
            .find_map(|queue| {
                // At the end of the clock it would be due for ever.
                let first = queue.front()?;
                (first.at_ns <= now_ns && first.at_ns < u64::MAX).then(|| queue.pop_front())?
            })
    }

    /// Whether it has ended, being silent since `last_ns`; if not, it will be
    /// due again.
    pub fn has_ended(&mut self, due: Due, last_ns: u64, is_opening: bool, now_ns: u64) -> bool {
        let (queue, patience) = match is_opening {
            true => (&mut self.opening, OPENING_NS),
            false => (&mut self.established, ESTABLISHED_NS),
        };
        let at_ns = last_ns.saturating_add(patience);
        if at_ns <= now_ns {
            return true;
        }
        queue.push_back(Due { at_ns, ..due });
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{ipv4, packet};
    use crate::track::{Output, Tracker};

    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;

    /// A tracker, and what it says of each moment.
    struct Talk {
        tracker: Tracker,
        output: Output,
        number: u64,
    }

    impl Talk {
        fn new(tracker: Tracker) -> Self {
            Self {
                tracker,
                output: Output::default(),
                number: 0,
            }
        }

        /// A segment from host 1 to host 2, or back, at a second.
        fn segment(&mut self, second: u64, back: bool, [sequence, ack]: [u32; 2], flags: u8) {
            let ports: [u16; 2] = if back { [80, 4000] } else { [4000, 80] };
            let mut segment: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
            segment.extend(sequence.to_be_bytes());
            segment.extend(ack.to_be_bytes());
            segment.extend([0x50, flags, 4, 0, 0, 0, 0, 0]);
            let hosts = if back { [2, 1] } else { [1, 2] };
            let bytes = ipv4(6, hosts[0], hosts[1], &segment);
            self.number += 1;
            let packet = packet(self.number, second * SECOND_NS, &bytes);
            self.tracker.packet(&packet, &mut self.output);
        }

        fn handshake(&mut self) {
            self.segment(0, false, [100, 0], SYN);
            self.segment(0, true, [500, 101], SYN | ACK);
            self.segment(0, false, [101, 501], ACK);
        }

        /// Conversations and findings that end by this second.
        fn ended_by(&mut self, second: u64) -> (usize, usize) {
            self.tracker.advance(second * SECOND_NS, &mut self.output);
            (self.output.ended.len(), self.output.findings.len())
        }
    }

    #[test]
    fn a_handshake_that_nobody_answers_is_told_of_after_four_minutes() {
        let mut talk = Talk::new(Tracker::new().forgetting_idle());
        talk.segment(0, false, [100, 0], SYN);
        talk.segment(60, false, [100, 0], SYN);
        assert_eq!(talk.ended_by(299), (0, 0));
        assert_eq!(talk.ended_by(300), (1, 1));
        assert_eq!(talk.ended_by(100_000), (0, 0));
    }

    #[test]
    fn a_connection_that_stands_outlives_keep_alives_of_two_hours() {
        let mut talk = Talk::new(Tracker::new().forgetting_idle());
        talk.handshake();
        assert_eq!(talk.ended_by(7_200), (0, 0));
        talk.segment(7_200, false, [100, 501], ACK);
        assert_eq!(talk.ended_by(14_639), (0, 0));
        assert_eq!(talk.ended_by(14_640).0, 1);
    }

    #[test]
    fn a_saved_capture_forgets_nothing() {
        let mut talk = Talk::new(Tracker::new());
        talk.handshake();
        assert_eq!(talk.ended_by(10_000_000), (0, 0));
    }
}
