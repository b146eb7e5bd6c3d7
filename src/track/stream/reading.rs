//! One connection that is read: both directions' bytes are brought in order
//! here, and go to the reader.

use super::late::LatePiece;
use super::places::Piece;
use super::side::{Direction, UNTAKEN_AT_MOST, Untaken};
use super::taste::{Reader, taste};
use super::{
    End, Events, Numbers, OtherBytes, Place, Segment, StreamReader, Stretch, Unread, Want,
};
use crate::track::tls::TlsRecords;
use crate::track::{Framing, PacketNumber, Side, Sides};

/// Readers that hand the same bytes over to each other at the most.
const HAND_OVERS_AT_MOST: usize = 8;

/// A connection that is read.
#[derive(Debug)]
pub(super) struct Reading {
    /// What the conversation is named by.
    pub conversation: PacketNumber,
    /// The last packet that brought something.
    pub last: PacketNumber,
    /// Who reads it; `None` until a side's first bytes are there.
    pub(super) reader: Option<Reader>,
    pub(super) sides: Sides<Direction>,
    /// What was acknowledged first of each side. Of a verbatim reading alone.
    pub(super) first_acknowledged: Sides<Option<u32>>,
}

impl Reading {
    pub fn new(conversation: u64) -> Self {
        Self {
            conversation,
            last: 0,
            reader: None,
            sides: Sides::default(),
            first_acknowledged: Sides::default(),
        }
    }

    /// Of a connection in the middle of which TLS begins: a side's bytes from this
    /// sequence number on, and the other's from the one behind.
    pub fn tls(conversation: u64, side: Side, start: u32, answered: u32) -> Self {
        let mut reading = Self::new(conversation);
        reading.begin(side, start, true);
        reading.begin(side.other(), answered, true);
        reading.reader = Some(Reader::Tls(Box::new(TlsRecords::found())));
        reading
    }

    /// Whether what reads it may be followed by TLS: nothing that is sure of what it
    /// reads. One letter, as PostgreSQL answers with, may begin a method of HTTP.
    pub fn gives_way_to_tls(&self) -> bool {
        match &self.reader {
            Some(Reader::Framing(_)) => true,
            Some(Reader::Http(reader)) => !reader.is_sure(),
            _ => false,
        }
    }

    /// The memory that its bytes take.
    pub fn kept(&self) -> usize {
        self.sides.client.kept() + self.sides.server.kept()
    }

    /// The packet that brought the oldest byte that is kept.
    pub fn oldest_kept(&self) -> Option<PacketNumber> {
        let oldest = Side::BOTH.map(|side| self.sides[side].oldest_kept());
        oldest.into_iter().flatten().min()
    }

    /// Gives up the side with the oldest bytes.
    pub fn give_up_oldest_side(&mut self) {
        let oldest = self.oldest_kept();
        for side in Side::BOTH {
            let direction = &mut self.sides[side];
            if oldest.is_some() && direction.oldest_kept() == oldest {
                direction.be_done();
                direction.is_given_up = true;
                return;
            }
        }
    }

    /// The first byte of interest of a side; `None` where there is none (yet).
    pub fn wanted_from(&self, side: Side) -> Option<u32> {
        let direction = &self.sides[side];
        (direction.has_begun && !direction.is_done).then(|| direction.wanted_from())
    }

    /// Whether anything of a side was read.
    pub fn has_begun(&self, side: Side) -> bool {
        self.sides[side].has_begun
    }

    /// Whether bytes wait behind a hole.
    pub fn waits(&self) -> bool {
        self.sides.client.waits() || self.sides.server.waits()
    }

    /// What is kept of a side at the numbers of bytes that come, where it is
    /// other bytes than they are.
    pub fn other_bytes(&self, side: Side, start: u32, bytes: &[u8]) -> Option<OtherBytes> {
        let direction = &self.sides[side];
        let offset = direction.offset(start).filter(|_| direction.has_begun)?;
        let (from, other) = direction.other_bytes(offset, bytes)?;
        Some(OtherBytes {
            start: start.wrapping_add((from - offset) as u32),
            ..other
        })
    }

    /// Whether bytes at this number go on with a head, or may.
    pub fn is_in_head(&self, side: Side, start: u32) -> bool {
        let direction = &self.sides[side];
        let Some(reader) = &self.reader else {
            // Late bytes alone have come, of which nothing is known.
            return true;
        };
        if !direction.has_begun {
            return reader.has_heads(side, None, false);
        }
        let untaken = direction
            .untaken
            .as_ref()
            .map_or(0, |kept| kept.bytes.len());
        let offset = direction.offset(start);
        let here = untaken == 0 && offset == Some(direction.behind);
        reader.has_heads(side, offset, here)
    }

    /// Takes in a segment.
    pub fn segment(
        &mut self,
        segment: &Segment<'_>,
        numbers: &Numbers,
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        self.last = segment.packet;
        self.end_what_was_given_up(events);
        self.note_acknowledged(numbers);
        let side = segment.side;
        if segment.length > 0 && !self.sides[side].has_begun {
            let first = numbers.first[side];
            self.begin(side, first.unwrap_or(segment.start), first.is_some());
        }
        let direction = &mut self.sides[side];
        if direction.has_begun && !direction.is_done {
            direction.skip_to(segment.start);
            let offset = direction.offset(segment.start);
            if segment.is_last {
                let end = segment.start.wrapping_add(segment.length);
                direction.fin = direction.offset(end);
            }
            if let Some(offset) = offset.filter(|_| segment.length > 0) {
                let piece = Arrived { offset, segment };
                self.arrive(side, &piece, framing, events);
            }
        }
        for side in Side::BOTH {
            self.prove_gaps(side, numbers, framing, events);
            self.end_at_fin(side, events);
        }
        // Whoever wants all bytes wants those behind a RST that was not believed, too.
        if segment.closes && !self.is_verbatim() {
            self.end(End::Reset, numbers, events);
        }
    }

    /// Bytes of one packet, wherever they lie.
    fn arrive(
        &mut self,
        side: Side,
        arrived: &Arrived<'_, '_>,
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        let Arrived { offset, segment } = *arrived;
        let times = self.late_times();
        let direction = &mut self.sides[side];
        if offset > direction.behind {
            let late = direction.late.get_or_insert_default();
            let new = late.keep(&LatePiece {
                offset,
                bytes: segment.bytes.into(),
                length: segment.length,
                packet: segment.packet,
                time_ns: segment.time_ns,
                is_sound: segment.is_sound,
            });
            self.sent_again(arrived, segment.length - new, events);
            while let Some(first) = self.sides[side].late.as_ref().and_then(|late| {
                let first = late.first()?;
                late.is_too_much(times).then_some(first)
            }) {
                self.gap_to(side, first, framing, events);
            }
            return;
        }
        let repeated = direction.behind - offset;
        let end = offset + u64::from(segment.length);
        let late = direction.late.as_ref();
        let waiting = late.map_or(0, |late| late.known(direction.behind, end));
        let known = repeated.min(segment.length.into()) as u32 + waiting;
        self.sent_again(arrived, known, events);
        let Some(length) = u64::from(segment.length)
            .checked_sub(repeated)
            .filter(|new| *new > 0)
        else {
            return;
        };
        let bytes = segment.bytes.get(repeated as usize..).unwrap_or_default();
        self.deliver(side, bytes, length as u32, segment.place(), framing, events);
        self.deliver_late(side, framing, events);
    }

    /// Delivers the late pieces that follow on what has come in order.
    fn deliver_late(&mut self, side: Side, framing: Option<Framing>, events: &mut Events<'_>) {
        loop {
            let direction = &mut self.sides[side];
            let behind = direction.behind;
            let Some(late) = &mut direction.late else {
                return;
            };
            let Some(piece) = late.take(behind) else {
                break;
            };
            let place = piece.place(events.now_ns());
            if piece.length > 0 {
                self.deliver(side, &piece.bytes, piece.length, place, framing, events);
            }
        }
        let direction = &mut self.sides[side];
        if !direction.waits() {
            direction.late = None;
        }
    }

    /// Holes that the peer has acknowledged will never be filled: the capture
    /// has missed what it got.
    fn prove_gaps(
        &mut self,
        side: Side,
        numbers: &Numbers,
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        let Some(acknowledged) = numbers.acknowledged[side] else {
            return;
        };
        loop {
            let direction = &self.sides[side];
            let first = direction.late.as_ref().and_then(|late| late.first());
            let Some(first) = first else { return };
            let is_acknowledged = direction
                .offset(acknowledged)
                .is_some_and(|known| known >= first);
            if !is_acknowledged {
                return;
            }
            self.gap_to(side, first, framing, events);
        }
    }

    /// The bytes up to this offset will never come; those behind them can be
    /// delivered.
    pub(super) fn gap_to(
        &mut self,
        side: Side,
        offset: u64,
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        let missing = offset.saturating_sub(self.sides[side].behind) as u32;
        self.gap(side, missing, framing, events);
        self.deliver_late(side, framing, events);
    }

    pub(super) fn gap(
        &mut self,
        side: Side,
        missing: u32,
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        let direction = &mut self.sides[side];
        direction.go_on(missing);
        let skipped = direction.skip.min(missing.into());
        direction.skip -= skipped;
        let missing = missing - skipped as u32;
        let Some(reader) = &mut self.reader else {
            return;
        };
        if skipped > 0 {
            reader.missed(side, skipped);
        }
        if missing == 0 || direction.is_done {
            return;
        }
        direction.untaken = None;
        direction.more = 1;
        let want = reader.gap(side, missing, events);
        self.heed(side, want, 0, framing);
    }

    /// The next bytes in order: so many on the wire, of which these were
    /// captured.
    fn deliver(
        &mut self,
        side: Side,
        bytes: &[u8],
        length: u32,
        place: Place,
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        let direction = &mut self.sides[side];
        if direction.is_done {
            return;
        }
        let cut = length.saturating_sub(bytes.len() as u32);
        let skipped = (direction.skip.min(bytes.len() as u64)) as usize;
        let offset = direction.behind + skipped as u64;
        direction.skip -= skipped as u64;
        direction.go_on(length - cut);
        let bytes = bytes.get(skipped..).unwrap_or_default();
        if !bytes.is_empty() {
            self.add(side, Piece { offset, place }, bytes, framing, events);
        }
        if cut > 0 {
            // The capture's snapshot length has cut them off.
            self.gap(side, cut, framing, events);
        }
    }

    /// Gives the reader bytes, behind those that it has not taken yet.
    fn add(
        &mut self,
        side: Side,
        piece: Piece,
        bytes: &[u8],
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) {
        let direction = &mut self.sides[side];
        let lacking = direction.more.saturating_sub(bytes.len());
        match direction.untaken.take() {
            None if lacking == 0 => {
                let taken = self.read(side, bytes, &[piece], framing, events);
                let direction = &mut self.sides[side];
                if taken < bytes.len() && !direction.is_done {
                    let mut untaken = Untaken {
                        bytes: bytes.to_vec(),
                        pieces: vec![piece],
                    };
                    untaken.take(taken);
                    direction.untaken = Some(Box::new(untaken));
                }
            }
            untaken => {
                let mut untaken = untaken.unwrap_or_default();
                untaken.bytes.extend_from_slice(bytes);
                untaken.pieces.push(piece);
                direction.untaken = Some(untaken);
                direction.more = lacking;
                if lacking == 0 {
                    self.read_untaken(side, framing, events);
                }
            }
        }
        let untaken = self.sides[side].untaken.as_ref();
        if untaken.is_some_and(|untaken| untaken.bytes.len() > UNTAKEN_AT_MOST) {
            self.end_side(side, End::TooLong, events);
            self.sides[side].be_done();
        }
    }

    /// Gives the reader what it has not taken yet.
    fn read_untaken(&mut self, side: Side, framing: Option<Framing>, events: &mut Events<'_>) {
        let Some(mut untaken) = self.sides[side].untaken.take() else {
            return;
        };
        let taken = self.read(side, &untaken.bytes, &untaken.pieces, framing, events);
        let direction = &mut self.sides[side];
        if !direction.is_done && untaken.take(taken) {
            direction.untaken = Some(untaken);
        }
    }

    /// Lets the reader read bytes, until it wants more than there are; gives
    /// how many are done with.
    fn read(
        &mut self,
        side: Side,
        bytes: &[u8],
        pieces: &[Piece],
        framing: Option<Framing>,
        events: &mut Events<'_>,
    ) -> usize {
        let from_beginning = self.sides[side].from_beginning;
        let first = pieces.first().map_or(0, |piece| piece.offset);
        let mut done = 0;
        let mut hand_overs = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            let stretch = Stretch {
                offset: first + done as u64,
                bytes: rest,
                from_beginning,
                pieces,
            };
            let Some(reader) = self.reader_of(&stretch, framing) else {
                self.sides[side].be_done();
                break;
            };
            let want = reader.bytes(side, &stretch, events);
            let taken = self.heed(side, want, rest.len(), framing);
            done += taken;
            let direction = &mut self.sides[side];
            let skipped = direction.skip.min((rest.len() - taken) as u64) as usize;
            direction.skip -= skipped as u64;
            done += skipped;
            match want {
                Want::HandOver { .. } if hand_overs < HAND_OVERS_AT_MOST => {
                    hand_overs += 1;
                    // What the other side has not taken is the new reader's too.
                    self.read_untaken(side.other(), framing, events);
                }
                Want::Skip { .. } if taken + skipped > 0 => {}
                _ => break,
            }
        }
        done
    }

    /// Who reads bytes; they are tasted where nobody does yet.
    fn reader_of(
        &mut self,
        stretch: &Stretch<'_>,
        framing: Option<Framing>,
    ) -> Option<&mut Reader> {
        if self.reader.is_none() {
            self.reader = taste(stretch.bytes, stretch.is_beginning(), framing);
        }
        self.reader.as_mut()
    }

    /// Does what a reader wants of a side; gives how many of the bytes it has
    /// taken.
    fn heed(&mut self, side: Side, want: Want, length: usize, framing: Option<Framing>) -> usize {
        let direction = &mut self.sides[side];
        direction.more = 1;
        match want {
            Want::Bytes { taken, more } => {
                direction.more = more.max(1);
                taken.min(length)
            }
            Want::Skip { taken, bytes } => {
                direction.skip = bytes;
                taken.min(length)
            }
            Want::HandOver { taken, to } => {
                self.reader = Reader::of(to, framing);
                taken.min(length)
            }
            Want::Nothing => {
                direction.be_done();
                length
            }
        }
    }

    fn end_at_fin(&mut self, side: Side, events: &mut Events<'_>) {
        let direction = &self.sides[side];
        if direction.fin == Some(direction.behind) {
            self.end_side(side, End::Closed, events);
        }
    }

    fn end_what_was_given_up(&mut self, events: &mut Events<'_>) {
        for side in Side::BOTH {
            if self.sides[side].is_given_up {
                self.end_side(side, End::GivenUp, events);
            }
        }
    }

    /// Nothing more comes of either side.
    pub fn end(&mut self, how: End, numbers: &Numbers, events: &mut Events<'_>) {
        self.end_what_was_given_up(events);
        for side in Side::BOTH {
            self.lose_the_rest(side, numbers, events);
            let direction = &mut self.sides[side];
            if !direction.has_begun && !direction.has_ended {
                direction.has_ended = true;
                let unread = Unread {
                    skipped: 0,
                    is_unseen: numbers.may_have_sent(side),
                };
                if let Some(reader) = &mut self.reader {
                    reader.end(side, how, unread, events);
                }
            }
            if let Some(sent) = numbers.sent[side] {
                // What was skipped up to here was not looked at.
                self.sides[side].skip_to(sent);
            }
            self.end_side(side, how, events);
        }
    }

    fn end_side(&mut self, side: Side, how: End, events: &mut Events<'_>) {
        let direction = &mut self.sides[side];
        if direction.has_begun && !direction.has_ended {
            direction.has_ended = true;
            if let Some(reader) = &mut self.reader {
                let unread = Unread {
                    skipped: direction.skip,
                    is_unseen: false,
                };
                reader.end(side, how, unread, events);
            }
        }
    }
}

/// Data of a segment, with how many bytes of the stream come before it.
#[derive(Clone, Copy)]
pub(super) struct Arrived<'s, 'p> {
    pub offset: u64,
    pub segment: &'s Segment<'p>,
}
