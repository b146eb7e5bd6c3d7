//! How a transfer went: what was in flight round after round, what held it
//! back, how long the server thought.
//!
//! A round is the time until what had been sent at its start is acknowledged
//! (RFC 9406 counts them so). At every packet of the connection the time since
//! the one before goes to what held the sender back in it: nothing to send,
//! the receiver's window, or the network with the sender's own limit.

use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};

use super::connection::{Connection, Followed, Scales};
use super::direction::Half;
use super::segment::Segment;
use super::sequence::before;
use crate::track::dormant::near;
use crate::track::{Limit, Offer, ROUNDS, Side, Sides, ThinkTime, Transfer};

/// Slow start doubles what is in flight every round; delayed acknowledgments
/// make it a little less (RFC 5681, section 3.1).
const GROWTH_NUMERATOR: u32 = 3;
const GROWTH_DENOMINATOR: u32 = 2;

/// One direction's transfer; its rounds come last, as they are seldom used.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[repr(C)]
pub(super) struct Progress {
    #[serde(with = "near::time")]
    last_ns: u64,
    /// When the time was last given to something.
    #[serde(with = "near::time")]
    counted_to_ns: u64,
    /// How long the receiver's window held it back.
    window_limited_ns: u64,
    /// How long the network held it back. For the rest of the time nothing did.
    network_limited_ns: u64,
    /// The least and the most that the receiver's window was.
    windows: Option<(u32, u32)>,
    in_flight_most: u32,
    round_most: u32,
    #[serde(with = "near::sequence::optional")]
    round_end: Option<u32>,
    round_count: u32,
    #[serde(with = "near::time")]
    first_ns: u64,
    rounds: ArrayVec<u32, ROUNDS>,
}

/// Stands for a window that is not known.
pub(super) const UNKNOWN_WINDOW: u32 = u32::MAX;

/// What holds a sender back at the moment.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Held {
    Idle,
    Window,
    Network,
}

impl Progress {
    /// The time up to now goes to what held the sender back until now: to be
    /// called before the packet is taken in.
    fn pass(&mut self, held: Held, time_ns: u64) {
        if time_ns > self.counted_to_ns {
            let passed_ns = time_ns - self.counted_to_ns;
            self.counted_to_ns = time_ns;
            match held {
                Held::Idle => {}
                Held::Window => self.window_limited_ns += passed_ns,
                Held::Network => self.network_limited_ns += passed_ns,
            }
        }
    }

    /// What the receiver's window is.
    fn see_window(&mut self, window: Option<u32>) {
        if let Some(window) = window {
            let (least, most) = self.windows.unwrap_or((window, window));
            self.windows = Some((least.min(window), most.max(window)));
        }
    }

    /// How long it had nothing to send.
    fn idle_ns(&self) -> u64 {
        let counted_ns = self.counted_to_ns - self.first_ns;
        counted_ns - self.window_limited_ns - self.network_limited_ns
    }

    /// The first data of this direction.
    pub fn begin(time_ns: u64) -> Self {
        Self {
            first_ns: time_ns,
            last_ns: time_ns,
            counted_to_ns: time_ns,
            ..Self::default()
        }
    }

    /// Data was sent.
    fn sent(&mut self, next: u32, in_flight: u32, time_ns: u64) {
        self.last_ns = time_ns;
        self.in_flight_most = self.in_flight_most.max(in_flight);
        self.round_most = self.round_most.max(in_flight);
        self.round_end.get_or_insert(next);
    }

    /// The peer acknowledged something new.
    fn acknowledged(&mut self, next: u32, in_flight: u32, acknowledgment: u32, time_ns: u64) {
        self.last_ns = time_ns;
        if self
            .round_end
            .is_some_and(|end| !before(acknowledgment, end))
        {
            self.end_round(next, in_flight);
        }
    }

    fn end_round(&mut self, next: u32, in_flight: u32) {
        self.round_count = self.round_count.saturating_add(1);
        // Only the first are remembered.
        let _ = self.rounds.try_push(self.round_most);
        self.round_most = in_flight;
        self.round_end = (in_flight > 0).then_some(next);
    }

    /// What the conversation's record says.
    pub fn summary(&self, half: &Half) -> Transfer {
        let duration_ns = self.last_ns.saturating_sub(self.first_ns);
        Transfer {
            duration_ns,
            goodput_bits_per_second: rate(half.unique_bytes, duration_ns),
            throughput_bits_per_second: rate(
                half.unique_bytes.saturating_add(half.resent.bytes),
                duration_ns,
            ),
            in_flight_most: self.in_flight_most,
            receive_window: self.windows,
            rounds: self.round_count,
            flight_by_round: self.rounds.clone(),
            slow_start_rounds: slow_start(&self.rounds),
            cuts: half.recovery.cuts(),
            idle_ns: self.idle_ns(),
            window_limited_ns: self.window_limited_ns,
            network_limited_ns: self.network_limited_ns,
            limited_by: self.limited_by(),
            smoothed_round_trip_ns: half.estimate.smoothed_ns(),
            round_trip_variation_ns: half.estimate.variation_ns(),
            timeout_ns: half.estimate.timeout_ns(),
        }
    }

    /// What took most of the time; nothing is said of a transfer of less than
    /// three rounds.
    fn limited_by(&self) -> Option<Limit> {
        if self.round_count < 3 {
            return None;
        }
        let all = [
            (self.idle_ns(), Limit::Application),
            (self.window_limited_ns, Limit::ReceiveWindow),
            (self.network_limited_ns, Limit::Network),
        ];
        let most = all
            .into_iter()
            .reduce(|most, other| if other.0 > most.0 { other } else { most });
        most.filter(|(time_ns, _)| *time_ns > 0)
            .map(|(_, limit)| limit)
    }
}

/// What a segment carries at the most (RFC 9293, section 3.7.1: 536 bytes
/// where nothing was offered).
fn segment_size(offer: &Offer) -> u32 {
    offer.maximum_segment_size.unwrap_or(536).into()
}

fn held(half: &Half, in_flight: u32, window: Option<u32>) -> Held {
    if in_flight == 0 {
        return match window {
            Some(0) => Held::Window,
            _ => Held::Idle,
        };
    }
    let segment = segment_size(&half.offer);
    // Less than a segment's room is none to a sender that avoids silly
    // windows (RFC 9293, section 3.8.6.2.1).
    match window {
        Some(window) if in_flight.saturating_add(segment) > window => Held::Window,
        _ => Held::Network,
    }
}

fn rate(bytes: u64, duration_ns: u64) -> Option<u64> {
    let bits = u128::from(bytes) * 8 * 1_000_000_000;
    bits.checked_div(u128::from(duration_ns))
        .map(|rate| u64::try_from(rate).unwrap_or(u64::MAX))
}

/// How many rounds from the start grew by half at least.
fn slow_start(rounds: &[u32]) -> u32 {
    let grows = rounds.windows(2).take_while(|pair| match pair {
        [earlier, later] => {
            u64::from(*later) * u64::from(GROWTH_DENOMINATOR)
                >= u64::from(*earlier) * u64::from(GROWTH_NUMERATOR)
        }
        _ => false,
    });
    grows.count() as u32
}

/// Times from a request's last byte to the first byte of its answer, without
/// the way between the capture and the server.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct Thinking {
    #[serde(with = "near::time::optional")]
    asked_ns: Option<u64>,
    count: u64,
    sum_ns: u64,
    most_ns: u64,
}

impl Thinking {
    /// The client sent data.
    pub fn asked(&mut self, time_ns: u64) {
        self.asked_ns = Some(time_ns);
    }

    /// Whether an answer is due.
    fn is_asked(&self) -> bool {
        self.asked_ns.is_some()
    }

    /// The server sent data; `way_ns`: from the capture to the server and
    /// back.
    pub fn answered(&mut self, time_ns: u64, way_ns: Option<u64>) {
        let Some(asked_ns) = self.asked_ns.take() else {
            return;
        };
        let thought_ns = time_ns
            .saturating_sub(asked_ns)
            .saturating_sub(way_ns.unwrap_or_default());
        self.count += 1;
        self.sum_ns = self.sum_ns.saturating_add(thought_ns);
        self.most_ns = self.most_ns.max(thought_ns);
    }

    /// What the conversation's record says.
    pub fn summary(&self) -> Option<ThinkTime> {
        let mean_ns = self.sum_ns.checked_div(self.count)?;
        Some(ThinkTime {
            answers: self.count,
            mean_ns,
            most_ns: self.most_ns,
        })
    }
}

impl Half {
    /// Time has passed: it counts towards what held this sender back;
    /// `window`: the peer's.
    pub fn pass_time(&mut self, in_flight: u32, window: Option<u32>, time_ns: u64) {
        if self.progress.is_some() {
            let held = held(self, in_flight, window);
            if let Some(progress) = &mut self.progress {
                progress.see_window(window);
                progress.pass(held, time_ns);
            }
        }
    }

    /// Time has passed, where the peer's window is open, or [`UNKNOWN_WINDOW`].
    pub fn pass_time_open(&mut self, in_flight: u32, window: u32, time_ns: u64) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        match &progress.windows {
            Some((least, most)) if *least <= window && window <= *most => {}
            _ => progress.see_window(Some(window).filter(|window| *window != UNKNOWN_WINDOW)),
        }
        let held = if in_flight == 0 {
            Held::Idle
        } else if in_flight + segment_size(&self.offer) > window {
            Held::Window
        } else {
            Held::Network
        };
        progress.pass(held, time_ns);
    }

    /// Takes new data into the measurements.
    pub fn measure_data(&mut self, new: u32, in_flight: u32, time_ns: u64) {
        self.unique_bytes += u64::from(new);
        let begin = || Box::new(Progress::begin(time_ns));
        let progress = self.progress.get_or_insert_with(begin);
        progress.sent(self.next, in_flight, time_ns);
    }

    /// Takes into the measurements that the peer acknowledged something new.
    pub fn measure_acknowledged(&mut self, acknowledgment: u32, in_flight: u32, time_ns: u64) {
        if let Some(progress) = &mut self.progress {
            progress.acknowledged(self.next, in_flight, acknowledgment, time_ns);
        }
    }
}

impl Connection {
    /// Time has passed: it counts towards what held each sender back.
    pub(super) fn pass_time(&mut self, scales: &Scales, time_ns: u64) {
        let Sides { client, server } = &mut self.halves;
        let window = server.advertised.window(scales.server);
        client.pass_time(client.in_flight(), window, time_ns);
        let window = client.advertised.window(scales.client);
        server.pass_time(server.in_flight(), window, time_ns);
    }

    /// Takes a segment into the measurements.
    pub(super) fn measure(&mut self, side: Side, segment: &Segment<'_>, followed: &Followed) {
        if followed.arrival.new > 0 {
            let half = &mut self.halves[side];
            half.measure_data(followed.arrival.new, half.in_flight(), segment.time_ns);
            self.think(side, segment.time_ns);
        } else if followed.tracked.newly_acknowledged > 0 {
            let peer = &mut self.halves[side.other()];
            let in_flight = peer.in_flight();
            peer.measure_acknowledged(segment.tcp.acknowledgment, in_flight, segment.time_ns);
        }
    }

    /// One side sent data: a question, or the answer.
    pub(super) fn think(&mut self, side: Side, time_ns: u64) {
        match (side, &mut self.thinking) {
            (Side::Client, Some(thinking)) => thinking.asked(time_ns),
            (Side::Client, None) => self.thinking.get_or_insert_default().asked(time_ns),
            (Side::Server, Some(thinking)) if thinking.is_asked() => self.answer(time_ns),
            (Side::Server, _) => {}
        }
    }

    fn answer(&mut self, time_ns: u64) {
        let way_ns = self.halves.client.estimate.smoothed_ns();
        let way_ns = way_ns.or(self.times.syn_to_syn_ack_ns);
        if let Some(thinking) = &mut self.thinking {
            thinking.answered(time_ns, way_ns);
        }
    }
}

pub(super) fn transfer(half: &Half) -> Option<Transfer> {
    half.progress
        .as_ref()
        .map(|progress| progress.summary(half))
}

#[cfg(test)]
mod tests {
    use super::{rate, slow_start};

    #[test]
    fn slow_start_ends_where_growth_does() {
        assert_eq!(slow_start(&[14_480, 28_960, 57_920, 60_000, 61_000]), 2);
        assert_eq!(slow_start(&[100, 100]), 0);
        assert_eq!(slow_start(&[]), 0);
    }

    #[test]
    fn rates_are_in_bits_per_second() {
        assert_eq!(rate(1_000_000, 1_000_000_000), Some(8_000_000));
        assert_eq!(rate(1, 0), None);
    }
}
