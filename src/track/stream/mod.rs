//! The bytes of connections, in order, and what reads them (RFC 9293, section
//! 3.4: a connection is a stream of bytes each way).
//!
//! In come the data segments of a connection as they were captured: late,
//! twice, in any cut. Out of it a [`StreamReader`] gets each side's bytes once
//! and in order, with the packets that brought them. What a connection is used
//! for is told by its first bytes ([`taste`]); a connection that nothing reads
//! costs one comparison a segment.
//!
//! What bounds the memory: [`READINGS_AT_MOST`] connections, of which the one
//! that has been silent for longest is given up first, and [`KEPT_AT_MOST`]
//! bytes kept over all of them, of which the oldest are given up first.

pub(super) mod framing;
mod late;
mod places;
mod proxy;
mod reader;
mod reading;
mod side;
mod taste;
#[cfg(test)]
mod tests;
mod verbatim;

use serde::{Deserialize, Serialize};
use slab::Slab;

use super::dormant::near;
use super::{PacketNumber, Side, Sides};
use crate::decode::tls::begins_with_client_hello;
use crate::decode::{Layer, Packet, Protocol};
use crate::track::Framing;
use crate::track::tls::TlsDatagrams;
pub(super) use places::{Place, Remaining, Stretch};
pub(super) use reader::{End, Events, Next, StreamReader, Unread, Want};
use reading::Reading;
use verbatim::Asked;

/// Connections that are read at the most.
const READINGS_AT_MOST: usize = 200_000;

/// Bytes that are kept over all connections at the most.
const KEPT_AT_MOST: usize = 32 << 20;

/// TLS that is asked for in the middle of another protocol (STARTTLS, a proxy's
/// tunnel) begins within so many bytes; later it is the content of something.
const TLS_WITHIN: u32 = 64 << 10;

/// So many of the oldest are looked for at once.
const OLDEST: usize = 4_096;

/// What of a connection's bytes is read: the part that its flow has.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Interest {
    sides: Sides<Wanted>,
    /// Where its reading is.
    place: Option<u32>,
    /// Late bytes wait for a hole to be filled, or for the proof that it never
    /// will be.
    waits: bool,
}

/// What of a side's bytes is read.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
enum Wanted {
    /// Its first bytes will tell.
    #[default]
    First,
    /// Those from this sequence number on.
    From(#[serde(with = "near::sequence")] u32),
    /// None.
    Nothing,
}

/// One segment, as far as it bears on its connection's bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'p> {
    pub packet: PacketNumber,
    pub time_ns: u64,
    pub side: Side,
    /// The sequence number of its first data byte.
    pub start: u32,
    /// Its data bytes on the wire; 0 where they are not to be read.
    pub length: u32,
    /// Those that were captured.
    pub bytes: &'p [u8],
    /// They are not damaged as far as can be told.
    pub is_sound: bool,
    /// Whether a FIN stands behind them.
    pub is_last: bool,
    /// Whether the connection is closed now, by it or a RST.
    pub closes: bool,
}

/// Bytes that are kept, at numbers at which other bytes come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OtherBytes {
    /// The packet that brought them, and when.
    pub packet: PacketNumber,
    pub time_ns: u64,
    /// The first number that both have.
    pub start: u32,
    /// How many of its bytes are kept from there on.
    pub bytes: u32,
}

/// What a connection knows of its sequence numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    /// The first data byte of each side, where its SYN was seen.
    pub first: Sides<Option<u32>>,
    /// What of each side its peer has acknowledged.
    pub acknowledged: Sides<Option<u32>>,
    /// Behind the last byte that each side was seen to send.
    pub sent: Sides<Option<u32>>,
}

impl Numbers {
    /// Whether a side of which no data were captured may have sent some.
    fn may_have_sent(&self, side: Side) -> bool {
        match (self.first[side], self.acknowledged[side]) {
            (Some(first), Some(acknowledged)) => is_after(acknowledged, first.wrapping_add(1)),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

impl Segment<'_> {
    /// Where its bytes come from, where they are due.
    fn place(&self) -> Place {
        Place {
            packet: self.packet,
            time_ns: self.time_ns,
            arrived_ns: self.time_ns,
            is_sound: self.is_sound,
        }
    }
}

impl Interest {
    /// Whether a segment makes a difference.
    pub fn concerns(&self, segment: &Segment<'_>) -> bool {
        let has_data = segment.length > 0;
        let by_data = match self.sides[segment.side] {
            // TLS may begin in the middle of something else.
            Wanted::Nothing => has_data && begins_with_client_hello(segment.bytes),
            Wanted::First => has_data,
            Wanted::From(first) => {
                has_data && is_after(segment.start.wrapping_add(segment.length), first)
            }
        };
        by_data || (self.place.is_some() && (self.waits || segment.is_last || segment.closes))
    }

    /// Nothing of it is read any more.
    fn is_over(&self) -> bool {
        let Sides { client, server } = self.sides;
        matches!((client, server), (Wanted::Nothing, Wanted::Nothing))
    }

    fn give_up(&mut self) {
        *self = Self {
            sides: Sides {
                client: Wanted::Nothing,
                server: Wanted::Nothing,
            },
            ..Self::default()
        };
    }
}

/// The connections that are read.
#[derive(Debug)]
pub(super) struct Streams {
    readings: Slab<Box<Reading>>,
    /// Bytes that are kept over all of them.
    kept: usize,
    /// How messages are told apart in every stream that shows nothing else, if
    /// that was declared.
    framing: Option<Framing>,
    /// The one conversation that is read, if all of its bytes are asked for.
    asked: Option<Asked>,
    /// The DTLS of conversations over UDP, which has no stream.
    datagrams: TlsDatagrams,
    /// Candidates for being given up, the best last: a packet and a place.
    silent: Vec<(PacketNumber, usize)>,
    oldest: Vec<(PacketNumber, usize)>,
    given_up: u64,
    readings_at_most: usize,
    kept_at_most: usize,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            readings: Slab::new(),
            kept: 0,
            framing: None,
            asked: None,
            datagrams: TlsDatagrams::default(),
            silent: Vec::new(),
            oldest: Vec::new(),
            given_up: 0,
            readings_at_most: READINGS_AT_MOST,
            kept_at_most: KEPT_AT_MOST,
        }
    }
}

impl Streams {
    /// The table of one of so many parts, which share the room.
    pub fn shared_by(mut self, parts: usize) -> Self {
        self.readings_at_most = self.readings_at_most.div_ceil(parts);
        self.kept_at_most = self.kept_at_most.div_ceil(parts);
        self
    }

    /// Messages are told apart in this way wherever nothing else is known;
    /// `None`: where the bytes themselves show it.
    pub fn declare(&mut self, framing: Option<Framing>) {
        self.framing = framing;
    }

    /// The bytes of the conversation of this number are given on as they are, and
    /// no other is read.
    pub fn give_on(&mut self, number: u64) {
        self.asked = Some(Asked::new(number));
    }

    /// Conversations are counted on from those of a timeline that has ended.
    pub fn behind(&mut self, ended: &Self) {
        if let (Some(asked), Some(before)) = (&mut self.asked, &ended.asked) {
            asked.begun = before.begun;
        }
    }

    /// A conversation begins with this packet.
    pub fn conversation_begins(&mut self, first: PacketNumber) {
        if let Some(asked) = &mut self.asked {
            asked.begins(first);
        }
    }

    /// Whether the bytes of this conversation are given on as they are.
    pub fn gives_on(&self, conversation: PacketNumber) -> bool {
        self.asked
            .is_some_and(|asked| asked.name == Some(conversation))
    }

    /// Whether what a packet other than TCP's carries makes a difference.
    pub fn reads_datagram(&self, packet: &Packet<'_>, conversation: PacketNumber) -> bool {
        match self.asked {
            Some(_) => self.gives_on(conversation),
            None => {
                packet.layers.last().is_some_and(is_dtls) || self.datagrams.follows(conversation)
            }
        }
    }

    /// Takes in what a packet other than TCP's carries.
    pub fn datagram(&mut self, side: Side, packet: &Packet<'_>, events: &mut Events<'_>) {
        match &mut self.asked {
            Some(asked) => asked.datagram(side, packet, events),
            None => self.datagrams.datagram(side, packet, events),
        }
    }

    /// A conversation without a stream has ended.
    pub fn end_of_datagrams(&mut self, events: &mut Events<'_>) {
        self.datagrams.end(events);
    }

    /// Sides whose bytes were given up for want of memory.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// What is kept of a side at the numbers of bytes that come, where it is
    /// other bytes than they are (RFC 9293, section 3.8.1: what is sent again is
    /// the same).
    pub fn other_bytes(
        &self,
        interest: &Interest,
        conversation: PacketNumber,
        side: Side,
        start: u32,
        bytes: &[u8],
    ) -> Option<OtherBytes> {
        let reading = self.readings.get(interest.place? as usize)?;
        let is_its = reading.conversation == conversation;
        is_its.then(|| reading.other_bytes(side, start, bytes))?
    }

    /// Whether bytes at this number go on with a head, or may, as its reader has
    /// not come to them or is past them.
    pub fn is_in_head(
        &self,
        interest: &Interest,
        conversation: PacketNumber,
        side: Side,
        start: u32,
        numbers: impl FnOnce() -> Numbers,
    ) -> bool {
        if interest.place.is_none() {
            // What came before its first byte has shown nothing yet.
            return matches!(interest.sides[side], Wanted::First)
                && numbers().first[side].is_some_and(|first| is_after(start, first));
        }
        let reading = interest
            .place
            .and_then(|place| self.readings.get(place as usize));
        reading.is_some_and(|reading| {
            reading.conversation == conversation && reading.is_in_head(side, start)
        })
    }

    /// Takes in a segment of a connection that it concerns.
    pub fn segment(
        &mut self,
        interest: &mut Interest,
        segment: &Segment<'_>,
        numbers: &Numbers,
        events: &mut Events<'_>,
    ) {
        if begins_with_client_hello(segment.bytes) {
            self.tls_may_begin(interest, segment, numbers, events);
        }
        let Some(place) = self.place_of(interest, segment, numbers, events) else {
            return;
        };
        let Some(reading) = self.readings.get_mut(place) else {
            return;
        };
        let before = reading.kept();
        reading.segment(segment, numbers, self.framing, events);
        self.kept = (self.kept + reading.kept()).saturating_sub(before);
        for side in Side::BOTH {
            interest.sides[side] = match reading.wanted_from(side) {
                Some(first) => Wanted::From(first),
                None if reading.has_begun(side) => Wanted::Nothing,
                None => interest.sides[side],
            };
        }
        interest.waits = reading.waits();
        let closes = segment.closes && !self.gives_on(events.conversation);
        if interest.is_over() || closes {
            self.forget(interest, place);
        }
        while self.kept > self.kept_at_most && self.give_up_oldest(events.conversation) {}
    }

    /// A segment begins with the hello of TLS: where what came before is not read, or
    /// only told apart in lines, the reading begins anew.
    fn tls_may_begin(
        &mut self,
        interest: &mut Interest,
        segment: &Segment<'_>,
        numbers: &Numbers,
        events: &mut Events<'_>,
    ) {
        let (side, other) = (segment.side, segment.side.other());
        let end = segment.start.wrapping_add(segment.length);
        let is_new = numbers.sent[side] == Some(end);
        let is_near = numbers.first[side]
            .is_some_and(|first| segment.start.wrapping_sub(first) <= TLS_WITHIN);
        if self.asked.is_some() || !is_new || !is_near {
            return;
        }
        let place = interest.place.map(|place| place as usize);
        let read = place.and_then(|place| self.readings.get_mut(place));
        let is_nothing = |wanted| matches!(wanted, Wanted::Nothing);
        let gives_way = match &read {
            Some(reading) => {
                reading.gives_way_to_tls() && reading.conversation == events.conversation
            }
            None => is_nothing(interest.sides[side]) || is_nothing(interest.sides[other]),
        };
        let Some(answered) = numbers.acknowledged[other].or(numbers.first[other]) else {
            return;
        };
        if !gives_way {
            return;
        }
        if let (Some(reading), Some(place)) = (read, place) {
            reading.end(End::Unknown, numbers, events);
            self.forget(interest, place);
        }
        let reading = Reading::tls(events.conversation, side, segment.start, answered);
        self.insert(interest, side, reading);
    }

    /// Where the connection is read. Where nothing reads it yet, the segment's
    /// bytes are tasted, and most show that nothing will.
    fn place_of(
        &mut self,
        interest: &mut Interest,
        segment: &Segment<'_>,
        numbers: &Numbers,
        events: &mut Events<'_>,
    ) -> Option<usize> {
        if let Some(place) = interest.place {
            let place = place as usize;
            let reading = self.readings.get(place);
            if reading.is_some_and(|reading| reading.conversation == events.conversation) {
                return Some(place);
            }
            // It was given up.
            interest.give_up();
            return None;
        }
        if !matches!(interest.sides[segment.side], Wanted::First) {
            return None;
        }
        if let Some(asked) = self.asked {
            if asked.name != Some(events.conversation) {
                interest.give_up();
                return None;
            }
            let reading = Reading::verbatim(events.conversation, asked.number);
            return self.insert(interest, segment.side, reading);
        }
        if segment.length == 0 {
            return None;
        }
        let first = numbers.first[segment.side];
        let is_due = first.is_none_or(|first| first == segment.start);
        if is_due && taste::taste(segment.bytes, first.is_some(), self.framing).is_none() {
            interest.sides[segment.side] = Wanted::Nothing;
            return None;
        }
        if self.readings.len() >= self.readings_at_most {
            self.give_up_silent();
        }
        self.insert(interest, segment.side, Reading::new(events.conversation))
    }

    fn insert(&mut self, interest: &mut Interest, side: Side, reading: Reading) -> Option<usize> {
        let place = self.readings.insert(Box::new(reading));
        interest.place = u32::try_from(place).ok();
        // What the other side sent in the middle of something told nothing.
        let other = &mut interest.sides[side.other()];
        if matches!(other, Wanted::Nothing) {
            *other = Wanted::First;
        }
        Some(place)
    }

    /// The connection has ended.
    pub fn end(&mut self, interest: &mut Interest, numbers: &Numbers, events: &mut Events<'_>) {
        let Some(place) = interest.place.map(|place| place as usize) else {
            return;
        };
        let Some(reading) = self.readings.get_mut(place) else {
            return;
        };
        if reading.conversation == events.conversation {
            reading.end(End::Unknown, numbers, events);
            self.forget(interest, place);
        }
    }

    fn forget(&mut self, interest: &mut Interest, place: usize) {
        if let Some(reading) = self.readings.try_remove(place) {
            self.kept = self.kept.saturating_sub(reading.kept());
        }
        interest.give_up();
    }

    /// Gives up the connection that has been silent for longest.
    fn give_up_silent(&mut self) {
        let readings = &self.readings;
        let age = |place: usize| readings.get(place).map(|reading| reading.last);
        let all = readings
            .iter()
            .map(|(place, reading)| (reading.last, place));
        let Some(place) = next_oldest(&mut self.silent, all, age) else {
            return;
        };
        if let Some(reading) = self.readings.try_remove(place) {
            self.kept = self.kept.saturating_sub(reading.kept());
            self.given_up += 2;
        }
    }

    /// Gives up the bytes of the connection that has the oldest, other than
    /// the one at work; gives whether there was one.
    fn give_up_oldest(&mut self, at_work: u64) -> bool {
        let readings = &self.readings;
        let age = |place: usize| {
            let reading = readings.get(place)?;
            (reading.conversation != at_work).then(|| reading.oldest_kept())?
        };
        let all = readings
            .iter()
            .filter_map(|(place, _)| Some((age(place)?, place)));
        let Some(place) = next_oldest(&mut self.oldest, all, age) else {
            return false;
        };
        if let Some(reading) = self.readings.get_mut(place) {
            let before = reading.kept();
            reading.give_up_oldest_side();
            self.kept = (self.kept + reading.kept()).saturating_sub(before);
            self.given_up += 1;
        }
        true
    }
}

fn is_dtls(layer: &Layer) -> bool {
    layer.protocol == Protocol::Dtls
}

/// The next of the candidates whose age is still what it was; where none is
/// left of them, the oldest of all are looked for anew.
fn next_oldest(
    candidates: &mut Vec<(PacketNumber, usize)>,
    all: impl Iterator<Item = (PacketNumber, usize)>,
    age: impl Fn(usize) -> Option<PacketNumber>,
) -> Option<usize> {
    while let Some((packet, place)) = candidates.pop() {
        if age(place) == Some(packet) {
            return Some(place);
        }
    }
    let mut oldest: Vec<_> = all.collect();
    if oldest.len() > OLDEST {
        oldest.select_nth_unstable(OLDEST);
        oldest.truncate(OLDEST);
    }
    oldest.sort_unstable_by(|one, other| other.cmp(one));
    *candidates = oldest;
    candidates.pop().map(|(_, place)| place)
}

/// Whether one sequence number comes after another.
fn is_after(a: u32, b: u32) -> bool {
    (b.wrapping_sub(a) as i32) < 0
}
