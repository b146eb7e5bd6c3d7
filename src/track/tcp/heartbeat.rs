//! Small messages at a steady period: an application asking whether its peer
//! is there, in the stream, unlike a keep-alive.

use super::connection::Connection;
use crate::track::packed::{Amount, Least, Maybe, Number, Seldom, Time, Whole, packed};
use crate::track::{Endpoint, Event, Heartbeat, PacketNumber, Side, Sides};

/// Larger messages carry something.
const BYTES_AT_MOST: u32 = 128;

/// Messages in less than this belong together; a heartbeat is slower.
const PERIOD_AT_LEAST_NS: u64 = 500_000_000;

/// So many make a row.
const MESSAGES_AT_LEAST: u32 = 4;

/// How far periods may differ from each other: by a quarter.
const SPREAD_OF: u64 = 4;

/// A row of messages as long as it is steady.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    first: PacketNumber,
    last: PacketNumber,
    last_ns: u64,
    messages: u32,
    bytes: u32,
    shortest_ns: u64,
    longest_ns: u64,
    sum_ns: u64,
}

packed!(Row {
    first: Number,
    last: Number,
    last_ns: Time,
    messages: Amount,
    bytes: Amount,
    shortest_ns: Least,
    longest_ns: Seldom,
    sum_ns: Seldom,
});

impl Row {
    fn new(packet: PacketNumber, time_ns: u64, bytes: u32) -> Self {
        Self {
            first: packet,
            last: packet,
            last_ns: time_ns,
            messages: 1,
            bytes,
            shortest_ns: u64::MAX,
            longest_ns: 0,
            sum_ns: 0,
        }
    }

    fn is_heartbeat(&self) -> bool {
        self.messages >= MESSAGES_AT_LEAST
    }

    /// Takes in a message of about the same size; gives whether the row stays
    /// steady with it.
    fn goes_on(&mut self, packet: PacketNumber, time_ns: u64, bytes: u32) -> bool {
        let period_ns = time_ns.saturating_sub(self.last_ns);
        let shortest_ns = self.shortest_ns.min(period_ns);
        let longest_ns = self.longest_ns.max(period_ns);
        let steady = period_ns >= PERIOD_AT_LEAST_NS
            && longest_ns - shortest_ns <= shortest_ns / SPREAD_OF
            && bytes == self.bytes;
        if steady {
            self.shortest_ns = shortest_ns;
            self.longest_ns = longest_ns;
            self.sum_ns = self.sum_ns.saturating_add(period_ns);
            self.messages = self.messages.saturating_add(1);
            self.last = packet;
            self.last_ns = time_ns;
        }
        steady
    }
}

/// The longest row of one side, and the one that goes on now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beats {
    now: Row,
    best: Option<Row>,
}

packed!(Beats {
    now: Whole,
    best: Maybe<Whole>,
});

/// Takes in a message that `side` sent.
pub(super) fn message(
    connection: &mut Connection,
    side: Side,
    packet: PacketNumber,
    time_ns: u64,
    bytes: u32,
) {
    let beats = &mut connection.halves[side].beats;
    if bytes > BYTES_AT_MOST {
        if let Some(beats) = beats {
            beats.keep_best();
            beats.now = Row::new(packet, time_ns, 0);
        }
        return;
    }
    match beats {
        None => {
            *beats = Some(Beats {
                now: Row::new(packet, time_ns, bytes),
                best: None,
            });
        }
        Some(beats) => {
            if !beats.now.goes_on(packet, time_ns, bytes) {
                beats.keep_best();
                beats.now = Row::new(packet, time_ns, bytes);
            }
        }
    }
}

impl Beats {
    fn keep_best(&mut self) {
        let longer = self
            .best
            .is_none_or(|best| self.now.messages > best.messages);
        if self.now.is_heartbeat() && longer {
            self.best = Some(self.now);
        }
    }
}

/// The heartbeat of a connection, told when nothing more will come.
pub(super) fn heartbeat(connection: &Connection, ends: &Sides<Endpoint>) -> Option<Event> {
    let (side, row) = Side::BOTH
        .into_iter()
        .filter_map(|side| {
            let mut beats = connection.halves[side].beats?;
            beats.keep_best();
            Some((side, beats.best?))
        })
        .reduce(|best, other| {
            if other.1.messages > best.1.messages {
                other
            } else {
                best
            }
        })?;
    Some(Event::Heartbeat(Heartbeat {
        side,
        endpoint: ends[side],
        period_ns: row.sum_ns / u64::from(row.messages - 1),
        messages: row.messages,
        bytes: row.bytes,
        packets: (row.first, row.last),
    }))
}
