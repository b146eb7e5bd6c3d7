//! Small messages at a steady period: an application asking whether its peer
//! is there, in the stream, unlike a keep-alive.

use super::connection::Connection;
use crate::track::dormant::near;
use crate::track::{Endpoint, Event, Heartbeat, PacketNumber, Side, Sides};
use serde::{Deserialize, Serialize};

/// Larger messages carry something.
const BYTES_AT_MOST: u32 = 128;

/// Messages in less than this belong together; a heartbeat is slower.
const PERIOD_AT_LEAST_NS: u64 = 500_000_000;

/// So many make a row.
const MESSAGES_AT_LEAST: u32 = 4;

/// How far periods may differ from each other: by a quarter.
const SPREAD_OF: u64 = 4;

/// A row of messages as long as it is steady.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Row {
    #[serde(with = "near::packet")]
    first: PacketNumber,
    #[serde(with = "near::packet")]
    last: PacketNumber,
    #[serde(with = "near::time")]
    first_ns: u64,
    #[serde(with = "near::time")]
    last_ns: u64,
    messages: u32,
    bytes: u32,
    /// The longest period.
    longest_ns: u64,
    /// By how much the longest period is longer than the shortest.
    spread_ns: u64,
}

impl Row {
    /// No message is like another in it.
    const BROKEN: Self = Self {
        first: 0,
        last: 0,
        first_ns: 0,
        last_ns: 0,
        messages: 0,
        bytes: 0,
        longest_ns: 0,
        spread_ns: 0,
    };

    fn new(packet: PacketNumber, time_ns: u64, bytes: u32) -> Self {
        Self {
            first: packet,
            last: packet,
            first_ns: time_ns,
            last_ns: time_ns,
            messages: 1,
            bytes,
            ..Self::BROKEN
        }
    }

    /// The mean time between two messages.
    fn period_ns(&self) -> u64 {
        let periods = u64::from(self.messages.saturating_sub(1)).max(1);
        self.last_ns.saturating_sub(self.first_ns) / periods
    }

    /// Whether the other side sends about as often, and at the same period.
    fn is_answered_by(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.period_ns(), other.period_ns());
        other.messages.saturating_add(1) >= self.messages
            && ours.abs_diff(theirs) <= ours / SPREAD_OF
    }

    fn is_heartbeat(&self) -> bool {
        self.messages >= MESSAGES_AT_LEAST
    }

    /// Takes in a message of about the same size; gives whether the row stays
    /// steady with it.
    fn goes_on(&mut self, packet: PacketNumber, time_ns: u64, bytes: u32) -> bool {
        let period_ns = time_ns.saturating_sub(self.last_ns);
        let shortest_ns = match self.messages {
            ..2 => period_ns,
            _ => period_ns.min(self.longest_ns - self.spread_ns),
        };
        let longest_ns = self.longest_ns.max(period_ns);
        let spread_ns = longest_ns - shortest_ns;
        let steady = period_ns >= PERIOD_AT_LEAST_NS
            && spread_ns <= shortest_ns / SPREAD_OF
            && bytes == self.bytes;
        if steady {
            self.longest_ns = longest_ns;
            self.spread_ns = spread_ns;
            self.messages = self.messages.saturating_add(1);
            self.last = packet;
            self.last_ns = time_ns;
        }
        steady
    }
}

/// The longest row of one side, and the one that goes on now.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Beats {
    now: Row,
    best: Option<Row>,
}

/// Takes in a message of one side.
pub(super) fn message(
    beats: &mut Option<Box<Beats>>,
    packet: PacketNumber,
    time_ns: u64,
    bytes: u32,
) {
    let row_goes_on = beats.as_ref().is_some_and(|beats| beats.now.messages > 0);
    if bytes <= BYTES_AT_MOST || row_goes_on {
        follow(beats, packet, time_ns, bytes);
    }
}

fn follow(beats: &mut Option<Box<Beats>>, packet: PacketNumber, time_ns: u64, bytes: u32) {
    let begin = || {
        Box::new(Beats {
            now: Row::BROKEN,
            best: None,
        })
    };
    let beats = beats.get_or_insert_with(begin);
    if bytes > BYTES_AT_MOST {
        beats.begin(Row::BROKEN);
    } else if !beats.now.goes_on(packet, time_ns, bytes) {
        beats.begin(Row::new(packet, time_ns, bytes));
    }
}

impl Beats {
    /// The row is broken, and another begins.
    fn begin(&mut self, row: Row) {
        self.keep_best();
        self.now = row;
    }

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
    let best = |side: Side| {
        let mut beats = connection.halves[side].beats.as_deref().copied()?;
        beats.keep_best();
        beats.best
    };
    let (side, row, other) = match (best(Side::Client), best(Side::Server)) {
        (Some(client), Some(server)) if server.messages > client.messages => {
            (Side::Server, server, Some(client))
        }
        (Some(client), server) => (Side::Client, client, server),
        (None, server) => (Side::Server, server?, None),
    };
    let answer = other.filter(|other| row.is_answered_by(other));
    Some(Event::Heartbeat(Heartbeat {
        side,
        endpoint: ends[side],
        period_ns: row.period_ns(),
        messages: row.messages,
        bytes: row.bytes,
        answer_bytes: answer.map(|answer| answer.bytes),
        packets: (row.first, row.last),
    }))
}
