//! Long polling: a client that asks the same again as soon as it is answered, and a
//! server that answers only when there is news.

use std::sync::Arc;

use crate::decode::http::Head;
use crate::track::tcp::RoundTrips;
use crate::track::{Exchange, HttpLongPolling, PacketNumber, Seen};

/// So many answers of one target have to be held.
const ANSWERS_AT_LEAST: u64 = 3;

/// An answer that waits for so long is held.
const HELD_NS: u64 = 5_000_000_000;

/// One that waits for less is held where it waits for so many times the median of
/// its connection, and for so long.
const TIMES_MEDIAN: u64 = 10;
const HELD_AT_LEAST_NS: u64 = 1_000_000_000;

/// The client asks again within this time.
const AGAIN_NS: u64 = 1_000_000_000;

/// Targets that are followed on one connection at the most.
const TARGETS_AT_MOST: usize = 4;

/// The waits of one connection.
#[derive(Debug, Default)]
pub(super) struct Polling {
    waits: RoundTrips,
    targets: Vec<Target>,
}

/// What was held of one target.
#[derive(Debug)]
struct Target {
    request: Arc<Head>,
    first: PacketNumber,
    last: Seen,
    answers: u64,
    /// How often the client asked again at once.
    again: u64,
    shortest_ns: u64,
    longest_ns: u64,
    head_bytes: u64,
    body_bytes: u64,
}

impl Polling {
    /// Takes in an exchange that is complete.
    pub fn exchange(&mut self, exchange: &Exchange) {
        let (Some(request), Some(response)) = (&exchange.request, &exchange.response) else {
            return;
        };
        let Some(wait_ns) = exchange.wait_ns().filter(|_| exchange.is_certain) else {
            return;
        };
        self.waits.add(wait_ns);
        if wait_ns < HELD_AT_LEAST_NS {
            return;
        }
        let head_bytes = u64::from(request.head.length()) + u64::from(response.head.length());
        let asked = request.head.request();
        let of = |target: &&mut Target| target.request.request() == asked;
        if let Some(target) = self.targets.iter_mut().find(of) {
            let idle_ns = request.first.time_ns.checked_sub(target.last.time_ns);
            target.again += u64::from(idle_ns.is_some_and(|ns| ns <= AGAIN_NS));
            target.last = response.last;
            target.answers += 1;
            target.shortest_ns = target.shortest_ns.min(wait_ns);
            target.longest_ns = target.longest_ns.max(wait_ns);
            target.head_bytes += head_bytes;
            target.body_bytes += response.body_bytes;
        } else if self.targets.len() < TARGETS_AT_MOST {
            self.targets.push(Target {
                request: Arc::new(Head::clone(&request.head).without_fields()),
                first: request.first.packet,
                last: response.last,
                answers: 1,
                again: 0,
                shortest_ns: wait_ns,
                longest_ns: wait_ns,
                head_bytes,
                body_bytes: response.body_bytes,
            });
        }
    }

    /// What was long polling, now that the connection is at its end.
    pub fn end(&mut self) -> impl Iterator<Item = HttpLongPolling> {
        let median_ns = self.waits.median_ns();
        let held_ns = HELD_NS.min(HELD_AT_LEAST_NS.max(median_ns.saturating_mul(TIMES_MEDIAN)));
        let targets = std::mem::take(&mut self.targets);
        let polled = targets.into_iter().filter(move |target| {
            target.answers >= ANSWERS_AT_LEAST
                && target.again + 1 >= target.answers
                && target.shortest_ns >= held_ns
        });
        polled.map(move |target| HttpLongPolling {
            request: target.request,
            first: target.first,
            last: target.last.packet,
            answers: target.answers,
            shortest_ns: target.shortest_ns,
            longest_ns: target.longest_ns,
            median_ns,
            head_bytes: target.head_bytes,
            body_bytes: target.body_bytes,
        })
    }
}
