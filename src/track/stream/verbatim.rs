//! The reader that gives a connection's bytes on as they are, and marks what is
//! missing and what came again: of the one conversation that is asked for so.

use std::ops::Range;

use super::reading::{Arrived, Reading};
use super::taste::Reader;
use super::{End, Events, Numbers, Place, Side, Sides, StreamReader, Stretch, Unread, Want};
use crate::decode::Packet;
use crate::decode::http::{Secrets, SecretsInParts, first_line, names_version, secrets_in};
use crate::track::{Delivered, PacketNumber, StreamPart};

/// The conversation whose bytes are asked for, by its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub number: u64,
    /// Conversations so far: a number is given to each with its first packet.
    pub begun: u64,
    /// What it is named by, once it has begun.
    pub name: Option<PacketNumber>,
    /// Bytes of datagrams so far.
    pub datagrams: Sides<u64>,
}

impl Asked {
    pub fn new(number: u64) -> Self {
        Self {
            number,
            begun: 0,
            name: None,
            datagrams: Sides::default(),
        }
    }

    /// A conversation begins with this packet.
    pub fn begins(&mut self, first: PacketNumber) {
        self.begun += 1;
        if self.begun == self.number {
            self.name = Some(first);
        }
    }

    /// Gives on what a packet other than TCP's carries.
    pub fn datagram(&mut self, side: Side, packet: &Packet<'_>, events: &mut Events<'_>) {
        let bytes = packet.payload_bytes();
        let cut = packet.payload.length.saturating_sub(bytes.len() as u32);
        let secrets = events.secrets;
        let mut give = |bytes: u32, part, hidden| {
            let offset = self.datagrams[side];
            self.datagrams[side] += u64::from(bytes);
            let of = Of {
                number: self.number,
                side,
                offset,
                from_beginning: true,
            };
            of.give(
                Some(packet.frame.number),
                packet.frame.time_ns,
                part,
                hidden,
                events,
            );
        };
        if !bytes.is_empty() {
            let hidden = match secrets {
                Secrets::Hide => secrets_in(bytes),
                Secrets::Show => Vec::new(),
            };
            give(
                bytes.len() as u32,
                StreamPart::Datagram(bytes.into()),
                hidden,
            );
        }
        if cut > 0 {
            let is_cut = true;
            let part = StreamPart::Missing { bytes: cut, is_cut };
            give(cut, part, Vec::new());
        }
    }
}

/// Whose bytes they are, and which.
struct Of {
    number: u64,
    side: Side,
    offset: u64,
    from_beginning: bool,
}

impl Of {
    fn give(
        self,
        packet: Option<PacketNumber>,
        time_ns: u64,
        part: StreamPart,
        hidden: Vec<Range<usize>>,
        events: &mut Events<'_>,
    ) {
        let has_time = events.packet.is_none_or(|packet| packet.frame.has_time);
        events.output.delivered.push(Delivered {
            conversation: self.number,
            ends: events.ends,
            side: self.side,
            offset: self.offset,
            from_beginning: self.from_beginning,
            packet,
            time_ns: (packet.is_some() && has_time).then_some(time_ns),
            part,
            hidden,
        });
    }
}

/// Gives on all bytes of a connection.
#[derive(Debug)]
pub(super) struct Verbatim {
    number: u64,
    sides: Sides<Given>,
}

/// How far a side has been given on.
#[derive(Clone, Debug, Default)]
struct Given {
    next: u64,
    from_beginning: bool,
    secrets: SecretsInParts,
}

impl Given {
    /// Where secrets stand in the next bytes. A message that begins with them does
    /// not go on with a line before it that has no end, as a form has none.
    fn secrets_in(&mut self, bytes: &[u8]) -> Vec<Range<usize>> {
        let is_named = bytes.starts_with(b"HTTP/") || names_version(bytes);
        if is_named && matches!(first_line(bytes), Some(Ok(_))) {
            self.secrets = SecretsInParts::default();
        }
        self.secrets.next(bytes)
    }
}

impl Verbatim {
    pub fn new(number: u64) -> Self {
        Self {
            number,
            sides: Sides::default(),
        }
    }

    /// A side's first byte is its first at all, or the first that was captured.
    pub fn begins(&mut self, side: Side, from_beginning: bool) {
        self.sides[side].from_beginning = from_beginning;
    }

    fn of(&self, side: Side, offset: u64) -> Of {
        Of {
            number: self.number,
            side,
            offset,
            from_beginning: self.sides[side].from_beginning,
        }
    }
}

impl StreamReader for Verbatim {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        self.sides[side].next = stretch.end();
        for (offset, place, bytes) in stretch.packets(stretch.offset) {
            let part = StreamPart::Bytes(bytes.into());
            let hidden = match events.secrets {
                Secrets::Hide => self.sides[side].secrets_in(bytes),
                Secrets::Show => Vec::new(),
            };
            self.of(side, offset)
                .give(Some(place.packet), place.time_ns, part, hidden, events);
        }
        Want::Bytes {
            taken: stretch.bytes.len(),
            more: 1,
        }
    }

    fn gap(&mut self, side: Side, missing: u32, events: &mut Events<'_>) -> Want {
        let shown_by = events.packet.map(|packet| &packet.frame);
        let is_its_own = events.output.tracked.sender == Some(side);
        let is_cut = events
            .packet
            .is_some_and(|packet| is_its_own && packet.payload.captured < packet.payload.length);
        let (packet, time_ns) = (
            shown_by.map(|frame| frame.number),
            shown_by.map_or(0, |frame| frame.time_ns),
        );
        let bytes = missing;
        let part = StreamPart::Missing { bytes, is_cut };
        let of = self.of(side, self.sides[side].next);
        of.give(packet, time_ns, part, Vec::new(), events);
        self.sides[side].next += u64::from(missing);
        Want::Bytes { taken: 0, more: 1 }
    }

    fn sent_again(
        &mut self,
        side: Side,
        offset: u64,
        bytes: u32,
        place: Place,
        events: &mut Events<'_>,
    ) {
        let part = StreamPart::SentAgain { bytes };
        self.of(side, offset)
            .give(Some(place.packet), place.time_ns, part, Vec::new(), events);
    }

    fn end(&mut self, _: Side, _: End, _: Unread, _: &mut Events<'_>) {}
}

/// Bytes that come before their turn are kept so many times as many of the one
/// connection that is given on as it is: what comes late is not to be missing.
const LATE_TIMES: usize = 64;

/// What a reading does for this reader alone.
impl Reading {
    /// That of the connection whose bytes are given on as they are.
    pub fn verbatim(conversation: PacketNumber, number: u64) -> Self {
        Self {
            reader: Some(Reader::Verbatim(Box::new(Verbatim::new(number)))),
            ..Self::new(conversation)
        }
    }

    pub fn is_verbatim(&self) -> bool {
        matches!(self.reader, Some(Reader::Verbatim(_)))
    }

    /// How many times as many bytes as of others may wait for their turn.
    pub fn late_times(&self) -> usize {
        match self.is_verbatim() {
            true => LATE_TIMES,
            false => 1,
        }
    }

    /// The first of a side's bytes stands here.
    pub fn begin(&mut self, side: Side, first: u32, from_beginning: bool) {
        self.sides[side].begin(first, from_beginning);
        if let Some(Reader::Verbatim(reader)) = &mut self.reader {
            reader.begins(side, from_beginning);
        }
    }

    /// Remembers from where on a side of which no byte was captured is missing.
    pub fn note_acknowledged(&mut self, numbers: &Numbers) {
        if self.is_verbatim() {
            for side in Side::BOTH {
                let first = &mut self.first_acknowledged[side];
                *first = first.or(numbers.acknowledged[side]);
            }
        }
    }

    /// So many of the bytes of a packet are known already.
    pub fn sent_again(&mut self, arrived: &Arrived<'_, '_>, bytes: u32, events: &mut Events<'_>) {
        let Arrived { offset, segment } = *arrived;
        if bytes > 0
            && let Some(reader) = &mut self.reader
        {
            reader.sent_again(segment.side, offset, bytes, segment.place(), events);
        }
    }

    /// What is left at the end: bytes that wait behind a hole, and what was
    /// acknowledged and never captured. A FIN that was not captured may be the last
    /// number of that.
    pub fn lose_the_rest(&mut self, side: Side, numbers: &Numbers, events: &mut Events<'_>) {
        if !self.is_verbatim() {
            return;
        }
        while let Some(first) = self.sides[side].late.as_ref().and_then(|late| late.first()) {
            self.gap_to(side, first, None, events);
        }
        let first = numbers.first[side].or(self.first_acknowledged[side]);
        let (Some(first), Some(last)) = (first, numbers.acknowledged[side]) else {
            return;
        };
        if !self.sides[side].has_begun {
            self.begin(side, first, numbers.first[side].is_some());
        }
        let direction = &self.sides[side];
        let acknowledged = direction.offset(last).unwrap_or_default();
        let end = match direction.fin {
            Some(fin) => fin.min(acknowledged),
            None => acknowledged.saturating_sub(1),
        };
        let missing = end.saturating_sub(direction.behind);
        if missing > 0 {
            self.gap(side, missing as u32, None, events);
        }
    }
}
