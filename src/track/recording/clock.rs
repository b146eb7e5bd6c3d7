//! The capture's clock. In go the times that the packets were recorded at; out
//! comes a time for the trackers that goes on evenly, and how far back from now
//! differences mean anything.
//!
//! A recording's clock may go back, a stamp may be wild, recordings are joined,
//! and some packets have no time at all. The order of the packets is what
//! counts then: the trackers' clock goes on from where it stood, so that no
//! timer fires and no conversation ends; and no difference across that place is
//! known.

use crate::capture::Frame;
use crate::track::{CapturePause, Event, Finding, PacketNumber, TimeDisorder};

const SECOND_NS: u64 = 1_000_000_000;

/// Packets that several interfaces or processors record are out of order by
/// less than this.
const OUT_OF_ORDER_NS: u64 = SECOND_NS;

/// Two clocks take turns where a step leads back to where the clock stood
/// before, or at most so much later.
const TURNS_NS: u64 = 60 * SECOND_NS;

/// A network on which something is recorded is not silent for so long: the
/// recording paused.
const PAUSE_NS: u64 = 3_600 * SECOND_NS;

/// No recording goes on after so long: the stamp is wild, or another recording
/// was joined to the first.
const JOINED_NS: u64 = 86_400 * SECOND_NS;

/// The clock, and what there is to tell of it.
#[derive(Debug, Default)]
pub(in crate::track) struct Clock {
    /// The time for the trackers. It never goes back by more than packets are
    /// out of order.
    now_ns: u64,
    /// What recorded times lack to the trackers' (it may wrap around).
    offset_ns: u64,
    /// The latest recorded time since the clock last stepped.
    recorded: Option<Recorded>,
    /// When the packet at hand was recorded, where that is known.
    this_recorded_ns: Option<u64>,
    /// The recorded time at which the clock stood before it last stepped.
    before_step_ns: Option<u64>,
    /// Since when differences are known; 0: from the beginning.
    known_since_ns: u64,
    disorder: Option<TimeDisorder>,
    /// Of the last packet, if it came long after the one before it: a stamp
    /// that the next packet confirms, or not.
    unconfirmed: Option<CapturePause>,
    pause: Option<CapturePause>,
}

/// A packet with its time.
#[derive(Clone, Copy, Debug)]
struct Recorded {
    packet: PacketNumber,
    time_ns: u64,
}

impl Clock {
    /// The trackers' time.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// How far back from now differences mean anything; `None`: as far as the
    /// capture goes.
    pub fn runs_for_ns(&self) -> Option<u64> {
        self.has_stepped()
            .then(|| self.now_ns.saturating_sub(self.known_since_ns))
    }

    /// Since when differences are known; 0: from the beginning.
    pub fn known_since_ns(&self) -> u64 {
        self.known_since_ns
    }

    /// When the packet at hand was recorded, where that is known.
    pub fn this_recorded_ns(&self) -> Option<u64> {
        self.this_recorded_ns
    }

    /// Whether the trackers' time may be another than the recorded one.
    pub fn has_stepped(&self) -> bool {
        self.known_since_ns != 0
    }

    /// The time of an interface on which nothing is seen.
    pub fn advance(&mut self, recorded_ns: u64) {
        let now_ns = recorded_ns.wrapping_add(self.offset_ns);
        self.now_ns = self.now_ns.max(now_ns);
    }

    /// The time of a packet for the trackers.
    pub fn packet(&mut self, frame: &Frame<'_>) -> u64 {
        self.this_recorded_ns = frame.has_time.then_some(frame.time_ns);
        if !frame.has_time {
            self.breaks();
            return self.now_ns;
        }
        let this = Recorded {
            packet: frame.number,
            time_ns: frame.time_ns,
        };
        let Some(last) = self.recorded else {
            self.recorded = Some(this);
            if self.has_stepped() {
                self.steps_to(this.time_ns);
                return self.now_ns;
            }
            self.now_ns = self.now_ns.max(this.time_ns);
            return this.time_ns;
        };
        let forward_ns = this.time_ns.wrapping_sub(last.time_ns);
        if forward_ns >= OUT_OF_ORDER_NS {
            self.may_step(last, this);
        } else {
            self.confirmed();
        }
        if this.time_ns > last.time_ns || self.recorded.is_none() {
            self.recorded = Some(this);
        }
        let time_ns = this.time_ns.wrapping_add(self.offset_ns);
        let time_ns = time_ns.max(self.known_since_ns);
        self.now_ns = self.now_ns.max(time_ns);
        time_ns
    }

    /// A packet that is not of the same second as the one before it.
    #[cold]
    fn may_step(&mut self, last: Recorded, this: Recorded) {
        if let Some(back_ns) = last.time_ns.checked_sub(this.time_ns) {
            if back_ns >= OUT_OF_ORDER_NS {
                self.unconfirmed = None;
                self.goes_back(last, this, back_ns);
            } else {
                self.confirmed();
            }
            return;
        }
        self.confirmed();
        let forward_ns = this.time_ns - last.time_ns;
        if self.takes_turns(this.time_ns) {
            self.turns_from(last);
            return self.steps_to(this.time_ns);
        }
        // A stamp of the epoch's first day is none.
        if forward_ns >= PAUSE_NS && (forward_ns < JOINED_NS || last.time_ns >= JOINED_NS) {
            self.unconfirmed = Some(CapturePause {
                before: last.packet,
                after: this.packet,
                for_ns: forward_ns,
            });
        }
        if forward_ns >= JOINED_NS {
            self.turns_from(last);
            self.steps_to(this.time_ns);
        }
    }

    fn goes_back(&mut self, last: Recorded, this: Recorded, back_ns: u64) {
        let disorder = self.disorder.get_or_insert(TimeDisorder {
            before: last.packet,
            after: this.packet,
            times: 0,
            most_ns: 0,
        });
        disorder.times += 1;
        if back_ns > disorder.most_ns {
            disorder.most_ns = back_ns;
        }
        self.turns_from(last);
        self.steps_to(this.time_ns);
    }

    /// Whether a step forward leads back to where the clock stood before.
    fn takes_turns(&self, time_ns: u64) -> bool {
        self.before_step_ns.is_some_and(|before_ns| {
            time_ns.saturating_add(OUT_OF_ORDER_NS) >= before_ns
                && time_ns.saturating_sub(before_ns) < TURNS_NS
        })
    }

    fn turns_from(&mut self, last: Recorded) {
        self.before_step_ns = Some(last.time_ns);
        self.recorded = None;
    }

    /// The recorded time is another from now on: the trackers' goes on.
    fn steps_to(&mut self, recorded_ns: u64) {
        self.breaks();
        self.offset_ns = self.now_ns.wrapping_sub(recorded_ns);
    }

    /// No difference from before is known. The least step tells moments before
    /// it from those behind.
    fn breaks(&mut self) {
        self.now_ns = self.now_ns.saturating_add(1);
        self.known_since_ns = self.now_ns;
    }

    /// The packet after a long silence was stamped like the next one.
    fn confirmed(&mut self) {
        if let Some(pause) = self.unconfirmed.take()
            && self.pause.is_none_or(|known| known.for_ns < pause.for_ns)
        {
            self.pause = Some(pause);
        }
    }

    /// What there is to tell at the end.
    pub fn findings(&self, findings: &mut Vec<Finding>) {
        let disorder = self.disorder.map(Event::TimeDisorder);
        let pause = self.pause.map(Event::CapturePause);
        let events = disorder.into_iter().chain(pause);
        findings.extend(events.map(|event| Finding {
            conversation: None,
            first_packet: None,
            event,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::LinkType;

    /// The trackers' times of packets recorded at these (`None`: without), and
    /// what is told.
    fn clock(times: &[Option<u64>]) -> (Clock, Vec<u64>) {
        let mut clock = Clock::default();
        let numbered = (1..).zip(times);
        let told = numbered.map(|(number, time_ns)| {
            clock.packet(&Frame {
                number,
                time_ns: time_ns.unwrap_or_default(),
                has_time: time_ns.is_some(),
                ..Frame::alone(LinkType::RAW, &[])
            })
        });
        let told = told.collect();
        (clock, told)
    }

    fn known(seconds: &[u64]) -> Vec<Option<u64>> {
        let times = seconds.iter();
        times.map(|second| Some(second * SECOND_NS)).collect()
    }

    #[test]
    fn a_clock_that_runs_is_taken_as_it_is() {
        let (clock, told) = clock(&[Some(5), Some(9), Some(7), Some(30 * SECOND_NS)]);
        assert_eq!(told, [5, 9, 7, 30 * SECOND_NS]);
        assert_eq!(clock.runs_for_ns(), None);
        assert!(clock.disorder.is_none() && clock.pause.is_none());
    }

    #[test]
    fn a_clock_that_goes_back_goes_on_from_there_and_is_told_once() {
        let (clock, told) = clock(&known(&[5_000, 5_001, 100, 101, 200]));
        let stood = 5_001 * SECOND_NS + 1;
        let expected = [stood, stood + SECOND_NS, stood + 100 * SECOND_NS];
        assert_eq!(told.get(2..), Some(&expected[..]));
        assert_eq!(clock.runs_for_ns(), Some(100 * SECOND_NS));
        let disorder = clock.disorder.unwrap();
        assert_eq!((disorder.before, disorder.after, disorder.times), (2, 3, 1));
        assert_eq!(disorder.most_ns, 4_901 * SECOND_NS);
    }

    #[test]
    fn two_clocks_that_take_turns_tell_no_difference_between_them() {
        let (clock, told) = clock(&known(&[5_000, 100, 5_000, 100, 5_001]));
        let start = 5_000 * SECOND_NS;
        assert_eq!(told, [0, 1, 2, 3, 4].map(|step| start + step));
        assert_eq!(clock.runs_for_ns(), Some(0));
        assert_eq!(clock.disorder.map(|disorder| disorder.times), Some(2));
        assert!(clock.pause.is_none());
    }

    #[test]
    fn one_wild_stamp_moves_no_timer() {
        let year = 31_536_000;
        for wild in [0, 50 * year] {
            let (clock, told) = clock(&known(&[40 * year, 40 * year + 1, wild, 40 * year + 2]));
            assert!(told[3] - told[1] < SECOND_NS, "{told:?}");
            assert!(clock.disorder.is_some());
            assert!(clock.pause.is_none(), "{:?}", clock.pause);
        }
    }

    #[test]
    fn a_pause_is_told_when_the_next_packet_confirms_it() {
        let (paused, told) = clock(&known(&[0, 1, 7_201, 7_202]));
        assert_eq!(told[2], 7_201 * SECOND_NS);
        let pause = paused.pause.unwrap();
        assert_eq!((pause.before, pause.after), (2, 3));
        assert_eq!(pause.for_ns, 7_200 * SECOND_NS);
        let (last, _) = clock(&known(&[0, 1, 7_201]));
        assert!(last.pause.is_none());
        let year = 31_536_000;
        let (joined, told) = clock(&known(&[year, 2 * year, 2 * year + 1]));
        assert_eq!(told[2] - told[0], SECOND_NS + 1);
        assert!(joined.pause.is_some());
    }

    #[test]
    fn packets_without_time_have_their_order_and_nothing_else() {
        let (untimed, told) = clock(&[None, None, None]);
        assert_eq!(told, [1, 2, 3]);
        assert_eq!(untimed.runs_for_ns(), Some(0));
        let mut findings = Vec::new();
        untimed.findings(&mut findings);
        assert!(findings.is_empty());
        let (mixed, told) = clock(&[Some(50), None, Some(60)]);
        assert_eq!(told, [50, 51, 60]);
        assert_eq!(mixed.runs_for_ns(), Some(9));
    }
}
