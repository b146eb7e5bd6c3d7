//! When conversations end that nothing ends: by silence, or some time after
//! they were closed.

use std::collections::VecDeque;

use super::{FirstPacket, Flow, FlowId};
use crate::track::PacketNumber;
use crate::track::deadlines::Deadlines;

const SECOND_NS: u64 = 1_000_000_000;

/// A conversation without TCP ends after this much silence.
const SILENCE_NS: u64 = 60 * SECOND_NS;

/// How long a closed TCP connection is kept for stragglers.
const STRAGGLERS_NS: u64 = 120 * SECOND_NS;

/// So many packets of the capture may pass meanwhile, which bounds how many
/// closed connections are kept: in ordinary traffic, about as many as a host has
/// ephemeral ports (Linux: 28,232).
const STRAGGLERS_PACKETS: u64 = 1 << 18;

/// How long an established TCP connection may be idle in a capture that may go
/// on for ever: as long as a NAT has to wait (RFC 5382, section 5, REQ-5), two
/// hours and four minutes, so that keep-alives of two hours are in time.
const ESTABLISHED_NS: u64 = 7_440 * SECOND_NS;

/// How long a handshake may wait for its next step in such a capture (RFC 5382,
/// REQ-5).
const OPENING_NS: u64 = 240 * SECOND_NS;

/// A connection that was closed.
#[derive(Clone, Copy, Debug)]
struct Closed {
    id: FlowId,
    due_ns: u64,
    /// The last packet for which it is kept.
    until: PacketNumber,
}

/// Conversations by when they may end.
#[derive(Debug, Default)]
pub(super) struct Timeouts {
    /// Closed connections, in the order in which they were closed.
    closed: VecDeque<Closed>,
    /// Conversations that end by silence.
    silent: Deadlines<FlowId>,
    /// TCP connections are among these.
    forgets_idle_connections: bool,
}

impl Timeouts {
    /// TCP connections end by silence too.
    pub fn forget_idle_connections(&mut self) {
        self.forgets_idle_connections = true;
    }

    /// A conversation begins.
    pub fn begins(&mut self, id: FlowId, first: &FirstPacket) {
        let patience_ns = match first.is_tcp {
            false => SILENCE_NS,
            true if self.forgets_idle_connections => OPENING_NS,
            true => return,
        };
        self.silent
            .push(first.time_ns.saturating_add(patience_ns), id);
    }

    /// A TCP connection is closed.
    pub fn closed(&mut self, id: FlowId, now_ns: u64, packet: PacketNumber) {
        self.closed.push_back(Closed {
            id,
            due_ns: now_ns.saturating_add(STRAGGLERS_NS),
            until: packet.saturating_add(STRAGGLERS_PACKETS),
        });
    }

    /// Forgets those that have ended otherwise, where they are most.
    pub fn forget_ended(&mut self, open: usize, is_open: impl Fn(&FlowId) -> bool) {
        if self.silent.len() > 2 * open {
            self.silent.retain(is_open);
        }
    }

    /// Whether any may end by this time and this packet.
    pub fn are_due(&self, now_ns: u64, packet: PacketNumber) -> bool {
        let closed = self.closed.front();
        self.silent.due_ns() <= now_ns || closed.is_some_and(|first| first.is_over(now_ns, packet))
    }

    /// The next connection that was closed long enough ago, if it is still open,
    /// and when it ends. They end in the order in which they were closed, as the
    /// capture's clock never goes back.
    pub fn next_closed(&mut self, now_ns: u64, packet: PacketNumber) -> Option<(FlowId, u64)> {
        let first = *self.closed.front()?;
        if !first.is_over(now_ns, packet) {
            return None;
        }
        self.closed.pop_front();
        Some((first.id, first.due_ns))
    }

    /// The next conversation that may have been silent for long enough, if it is
    /// still open: it ends, or [goes on](Self::goes_on).
    pub fn next_silent(&mut self, now_ns: u64) -> Option<FlowId> {
        // At the end of the clock nothing can grow older: it would be due for
        // ever.
        let due = self.silent.pop_due(now_ns.min(u64::MAX - 1));
        due.map(|(_, id)| id)
    }

    /// A conversation was not silent for so long.
    pub fn goes_on(&mut self, id: FlowId, silence: Silence) {
        self.silent.push(silence.due_ns(), id);
    }
}

impl Closed {
    fn is_over(&self, now_ns: u64, packet: PacketNumber) -> bool {
        self.due_ns <= now_ns || self.until < packet
    }
}

/// Since when a conversation is silent, and how long it may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    since_ns: u64,
    most_ns: u64,
}

impl Silence {
    /// Of a conversation.
    pub fn of(flow: &Flow) -> Self {
        Self {
            since_ns: flow.end_ns,
            most_ns: match flow.tcp() {
                None => SILENCE_NS,
                Some(_) if flow.opening.may_change() => OPENING_NS,
                Some(_) => ESTABLISHED_NS,
            },
        }
    }

    /// When it has lasted for long enough.
    pub fn due_ns(self) -> u64 {
        self.since_ns.saturating_add(self.most_ns)
    }

    /// Whether it has.
    pub fn is_over(self, now_ns: u64) -> bool {
        self.due_ns() <= now_ns.min(u64::MAX - 1)
    }
}

/// Whether a conversation without TCP has ended by silence.
pub(super) fn is_silent(end_ns: u64, now_ns: u64) -> bool {
    now_ns.saturating_sub(end_ns) >= SILENCE_NS
}

#[cfg(test)]
mod tests {
    use super::SECOND_NS;
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
