//! Where a side's bytes come to a stand: the time between two of its segments, and
//! what it waited for meanwhile. The longest are kept.

use std::cmp::Reverse;

use arrayvec::ArrayVec;

use super::points::Point;
use crate::notes::Kind;
use crate::track::{PacketNumber, Side};

/// So many pauses are kept of a side.
const KEPT: usize = 8;

/// What a sender waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// For its retransmission timer.
    Timer,
    /// For the shorter timer of a tail-loss probe.
    ProbeTimer,
    /// For the receiver, whose window was zero.
    ClosedWindow,
    /// For room in the receiver's window.
    FullWindow,
    /// For acknowledgments of what was on its way.
    Acknowledgment,
    /// For nothing: all of it had been acknowledged, and there was nothing to send.
    Idle,
}

/// A pause between two segments of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The segment before it.
    pub from: PacketNumber,
    /// When that came, in nanoseconds since the capture's first packet.
    pub from_ns: u64,
    /// The segment that ends it.
    pub to: PacketNumber,
    /// When that came.
    pub to_ns: u64,
    /// What it waited for.
    pub reason: Reason,
    /// How often the timer ran out, with a segment sent again each time.
    pub timeouts: u32,
}

impl Pause {
    /// How long it was.
    #[must_use]
    pub const fn lasted_ns(&self) -> u64 {
        self.to_ns.saturating_sub(self.from_ns)
    }

    /// What is waited for says more than that there was nothing to send.
    fn weight(&self) -> (bool, u64) {
        (self.reason != Reason::Idle, self.lasted_ns())
    }
}

/// The pauses of one side.
#[derive(Clone, Debug, Default)]
pub struct Pauses {
    kept: ArrayVec<Pause, KEPT>,
    /// Its last segment, and when.
    last: Option<(PacketNumber, u64)>,
    /// What it had in flight behind the last packet of either side.
    outstanding: u64,
    /// Since when it has had nothing in flight.
    empty_ns: Option<u64>,
    /// The receiver's window, as it was announced last.
    window: Option<u32>,
    /// The receiver was full, or was asked whether it is, since the last segment.
    closed: bool,
}

impl Pauses {
    /// A segment of the conversation, seen by the side `of`; `runs_for_ns`: so far
    /// back differences of time mean anything.
    pub fn segment(&mut self, of: Side, point: &Point, kinds: &[Kind], runs_for_ns: Option<u64>) {
        let has = |kind| kinds.contains(&kind);
        if point.side != of {
            if point.acknowledgment.is_some() {
                self.window = point.window;
                self.closed |= point.window == Some(0);
            }
            self.flight(point.in_flight[of], point.time_ns);
            return;
        }
        if has(Kind::TcpWindowProbe) || has(Kind::TcpKeepAlive) {
            self.closed |= has(Kind::TcpWindowProbe);
            return;
        }
        if point.length == 0 {
            return;
        }
        if let Some((from, from_ns)) = self.last {
            let pause = Pause {
                from,
                from_ns,
                to: point.packet,
                to_ns: point.time_ns,
                reason: self.reason(point, kinds),
                timeouts: u32::from(is_timeout(kinds)),
            };
            let is_known = runs_for_ns.is_none_or(|known_ns| pause.lasted_ns() <= known_ns);
            if is_known && point.time_ns > from_ns {
                self.keep(pause, point.new == 0);
            }
        }
        self.last = Some((point.packet, point.time_ns));
        self.closed = self.window == Some(0);
        self.flight(point.in_flight[of], point.time_ns);
    }

    fn flight(&mut self, outstanding: u64, time_ns: u64) {
        self.outstanding = outstanding;
        match outstanding {
            0 => {
                self.empty_ns.get_or_insert(time_ns);
            }
            _ => self.empty_ns = None,
        }
    }

    fn reason(&self, point: &Point, kinds: &[Kind]) -> Reason {
        if is_timeout(kinds) {
            return Reason::Timer;
        }
        if kinds.contains(&Kind::TcpRetransmissionTailLossProbe) {
            return Reason::ProbeTimer;
        }
        if self.closed {
            return Reason::ClosedWindow;
        }
        let needed = self.outstanding.saturating_add(point.payload);
        let is_full = |window: u32| self.outstanding > 0 && needed > window.into();
        if self.window.is_some_and(is_full) {
            return Reason::FullWindow;
        }
        let waited_from = self.last.map_or(0, |(_, last_ns)| last_ns);
        match self.empty_ns {
            // What took longer: until all was acknowledged, or after that.
            Some(empty_ns)
                if point.time_ns.saturating_sub(empty_ns)
                    >= empty_ns.saturating_sub(waited_from) =>
            {
                Reason::Idle
            }
            _ => Reason::Acknowledgment,
        }
    }

    fn keep(&mut self, pause: Pause, brings_nothing_new: bool) {
        // A row of timeouts is one pause.
        let before = self.kept.iter_mut().find(|kept| kept.to == pause.from);
        if let (Some(before), Reason::Timer, true) = (before, pause.reason, brings_nothing_new)
            && before.reason == Reason::Timer
        {
            before.to = pause.to;
            before.to_ns = pause.to_ns;
            before.timeouts = before.timeouts.saturating_add(pause.timeouts);
            return;
        }
        if self.kept.is_full() {
            let least = self.kept.iter_mut().min_by_key(|kept| kept.weight());
            if let Some(least) = least
                && least.weight() < pause.weight()
            {
                *least = pause;
            }
            return;
        }
        self.kept.push(pause);
    }

    /// Those that took at least so long: first those in which something was waited
    /// for, the longest first.
    #[must_use]
    pub fn longest(&self, at_least_ns: u64) -> Vec<Pause> {
        let long = self.kept.iter().filter(|it| it.lasted_ns() >= at_least_ns);
        let mut found: Vec<Pause> = long.copied().collect();
        found.sort_by_key(|pause| (Reverse(pause.weight()), pause.from));
        found
    }
}

fn is_timeout(kinds: &[Kind]) -> bool {
    kinds.contains(&Kind::TcpRetransmissionTimeout)
        || kinds.contains(&Kind::TcpRetransmissionHandshake)
}

#[cfg(test)]
mod tests {
    use smallvec::SmallVec;

    use super::*;
    use crate::track::Sides;

    const MS: u64 = 1_000_000;

    fn point(packet: PacketNumber, time_ms: u64, side: Side, length: u32, in_flight: u64) -> Point {
        Point {
            packet,
            time_ns: time_ms * MS,
            side,
            start: 1,
            length,
            payload: length.into(),
            new: length.into(),
            acknowledgment: (side == Side::Server).then_some(1),
            window: Some(65_535),
            sack: SmallVec::new(),
            in_flight: Sides {
                client: in_flight,
                server: 0,
            },
            round_trip_ns: None,
        }
    }

    fn told(points: &[(Point, &[Kind])]) -> Vec<(PacketNumber, PacketNumber, u64, Reason, u32)> {
        let mut pauses = Pauses::default();
        for (point, kinds) in points {
            pauses.segment(Side::Client, point, kinds, None);
        }
        let longest = pauses.longest(10 * MS).into_iter();
        longest
            .map(|it| (it.from, it.to, it.lasted_ns() / MS, it.reason, it.timeouts))
            .collect()
    }

    #[test]
    fn a_row_of_timeouts_is_one_pause() {
        let again = Point {
            new: 0,
            ..point(2, 200, Side::Client, 100, 100)
        };
        let twice = Point {
            packet: 3,
            time_ns: 600 * MS,
            ..again.clone()
        };
        let timeout: &[Kind] = &[Kind::TcpRetransmissionTimeout];
        let found = told(&[
            (point(1, 0, Side::Client, 100, 100), &[]),
            (again, timeout),
            (twice, timeout),
        ]);
        assert_eq!(found, [(1, 3, 600, Reason::Timer, 2)]);
    }

    #[test]
    fn what_took_longer_is_told_the_way_or_the_rest() {
        let found = told(&[
            (point(1, 0, Side::Client, 100, 100), &[]),
            (point(2, 20, Side::Server, 0, 0), &[]),
            (point(3, 300, Side::Client, 100, 100), &[]),
            (point(4, 380, Side::Server, 0, 0), &[]),
            (point(5, 381, Side::Client, 100, 100), &[]),
        ]);
        assert_eq!(
            found,
            [
                (3, 5, 81, Reason::Acknowledgment, 0),
                (1, 3, 300, Reason::Idle, 0)
            ]
        );
    }

    #[test]
    fn probes_of_a_closed_window_do_not_end_the_pause() {
        let full = Point {
            window: Some(0),
            ..point(2, 5, Side::Server, 0, 0)
        };
        let found = told(&[
            (point(1, 0, Side::Client, 100, 100), &[]),
            (full, &[Kind::TcpWindowZero]),
            (
                point(3, 200, Side::Client, 1, 1),
                &[Kind::TcpWindowProbe][..],
            ),
            (point(4, 500, Side::Server, 0, 0), &[]),
            (point(5, 501, Side::Client, 100, 100), &[]),
        ]);
        assert_eq!(found, [(1, 5, 501, Reason::ClosedWindow, 0)]);
    }

    #[test]
    fn a_pause_across_a_step_of_the_clock_is_not_told() {
        let mut pauses = Pauses::default();
        pauses.segment(Side::Client, &point(1, 0, Side::Client, 9, 9), &[], None);
        let later = point(2, 5_000, Side::Client, 9, 18);
        pauses.segment(Side::Client, &later, &[], Some(MS));
        assert_eq!(pauses.longest(0), []);
    }
}
