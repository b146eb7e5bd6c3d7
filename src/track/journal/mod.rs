//! Conversations of which nothing is to be told so far, written down packet by
//! packet and not followed.
//!
//! Most conversations are short and dull: a question and its answer, or a
//! connection that opens, carries some data in order and closes. Where notes
//! are not asked for, nothing is to be told of them but sums. So their packets
//! are only noted, in some thirty bytes each; [`Calm`] sees to it that they
//! stay dull. As soon as one is not, everything is followed from the first
//! packet on ([`Journal::steps`]), as if it had been from the beginning.
//!
//! A [`Journal`] has a fixed size. The first step has room in it, as many
//! conversations have no other; the steps of the rest stand in a cell.

mod opening;
mod stacks;
mod step;
mod store;

pub(super) use stacks::Stacks;
pub(super) use step::Step;
pub(super) use store::Journals;

use super::cells::{self, Cell, Cells};
use super::entry::{Entry, First, Quiet, Standing};
use super::key::{self, Key};
use super::syn_flood::Opening;
use super::tcp::calm::{Calm, Gist, stage};
use super::{PacketNumber, Roles, Side, Sides};
use crate::capture::Frame;
use crate::decode::{Brief, BriefOptions, Protocol};
use opening::OpeningStep;
use step::{LONGEST, Previous, Reading, Short, USUAL_LONGEST, Usual, Writing};

/// Packets at the most: of longer conversations it is cheaper to be followed.
const PACKETS_AT_MOST: u8 = 96;

/// Bytes for steps that a connection has once it was answered,
const TCP_ROOM: usize = 320;

/// when it goes on,
const DATA_ROOM: usize = 416;

/// and that a journal has in itself: enough for a SYN with all that Linux puts
/// into it and a RST that refuses it, or for some datagrams.
const OWN_ROOM: usize = 55;

/// The client stands second in the key.
const CLIENT_SECOND: u8 = 1;
/// Client and server are known by the handshake.
const BY_HANDSHAKE: u8 = 2;
/// Its server counts it as open.
const COUNTED: u8 = 4;
/// Its addresses are IPv6.
const WIDE: u8 = 8;
/// Something was told of it, and the next packet is to be followed.
const RUFFLED: u8 = 16;
/// Nothing is left to be told of it all the same.
const QUIET: u8 = 32;
/// It is a TCP connection.
const TCP: u8 = 64;

/// One conversation.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    /// When its first packet was,
    start_ns: u64,
    /// and its last: time goes on here.
    end_ns: u64,
    /// Number of its first packet,
    first_packet: PacketNumber,
    /// and of its last, counted from the first.
    last_packet: u32,
    /// Bytes of both sides on the wire.
    bytes: u32,
    /// Those of its key; of IPv6, only where [`Journals`] have them.
    addresses: [u32; 2],
    ports: [u16; 2],
    tag: u32,
    /// Bytes of the steps.
    used: u16,
    /// The layers of its last packet.
    stack: u16,
    packets: u8,
    bits: u8,
    opening: Opening,
    room: Room,
}

/// How a connection ends that was never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndOfOpen {
    /// Nobody answered its SYN.
    Unanswered,
    /// The client did not acknowledge the answer.
    HalfOpen,
    /// It stays open.
    Open,
}

/// Where the steps stand.
#[derive(Clone, Debug)]
enum Room {
    /// In the journal, as long as there is room for them.
    Own([u8; OWN_ROOM]),
    /// In a cell; beside it stands how the two sides of a connection stand,
    /// which is nothing for datagrams.
    Cell(Cell, Calm),
}

/// What a packet that was noted has changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    /// Who sent it.
    pub side: Side,
    /// The handshake before it and after it.
    pub opening: (Opening, Opening),
    /// Whether the server counted it before it, and after it.
    pub counted: (bool, bool),
    /// Both directions are closed now.
    pub closed: bool,
    /// Its connection needs a cell now.
    pub answered: bool,
    /// When the conversation began.
    pub start_ns: u64,
}

impl Noted {
    /// Whether who counts connections is to be told of it.
    pub fn changes(&self) -> bool {
        self.opening.0 != self.opening.1 || self.counted.0 != self.counted.1
    }
}

/// What a segment was that was due and is noted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Due {
    /// One like any other, of this side.
    As(Side),
    /// One that has changed something.
    Changed(Noted),
}

impl Journal {
    /// Begins the journal of a conversation with its first packet; `None` for
    /// what is not noted, and where there are no cells any more. `bytes`: on
    /// the wire. `wide`: keeps addresses of IPv6.
    pub fn begin(
        first: &First,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
        wide: impl FnOnce([[u32; 4]; 2]) -> u32,
    ) -> Option<Self> {
        let protocol = if first.is_tcp { key::TCP } else { key::UDP };
        let is_wide = first.key.is_over(true);
        if first.key.protocol() != protocol || !(is_wide || first.key.is_over(false)) {
            return None;
        }
        let [one, other] = *first.key.addresses();
        let mut bits = 0;
        for (bit, on) in [
            (CLIENT_SECOND, first.client_second),
            (BY_HANDSHAKE, first.roles == Roles::Handshake),
            (WIDE, is_wide),
            (TCP, first.is_tcp),
        ] {
            bits |= if on { bit } else { 0 };
        }
        let mut journal = Self {
            start_ns: first.time_ns,
            end_ns: first.time_ns,
            first_packet: first.packet,
            last_packet: 0,
            bytes,
            addresses: [one[3], other[3]],
            ports: first.key.ports(),
            tag: first.key.tag(),
            used: 0,
            // The first step says it.
            stack: 0,
            packets: 1,
            bits,
            opening: first.opening,
            room: Room::Own([0; OWN_ROOM]),
        };
        let written = Writing::step(step, &journal.previous(), &Calm::default());
        journal.append(written.bytes(), cells)?;
        journal.stack = step.stack;
        if let (Room::Cell(_, calm), Some(segment)) = (&mut journal.room, &step.segment) {
            *calm = Calm::default();
            calm.take(step.side, segment);
        }
        if is_wide {
            journal.addresses = [wide([one, other]), 0];
        }
        Some(journal)
    }

    /// The same of a connection that a frame of a usual build opens, with a SYN
    /// that may begin one and these options, if there is room in the journal.
    pub fn open(
        frame: &Frame<'_>,
        brief: &Brief,
        options: &[u8],
        wide: impl FnOnce([[u32; 4]; 2]) -> u32,
    ) -> Option<Self> {
        let syn = OpeningStep {
            side: Side::Client,
            numbers: 0,
            nanoseconds: 0,
            stack: brief.build.number() as u16,
            padding: brief.padding,
            checksum: brief.tcp.checksum,
            gist: Gist::of_brief(brief),
            options,
        };
        let mut own = [0; OWN_ROOM];
        let used = syn.write(&Calm::default(), &mut own)? as u16;
        let client_second = if brief.source_second {
            CLIENT_SECOND
        } else {
            0
        };
        let [one, other] = brief.addresses;
        let (addresses, is_wide) = match brief.build.is_ipv6() {
            true => ([wide(brief.addresses), 0], WIDE),
            false => ([one[3], other[3]], 0),
        };
        Some(Self {
            start_ns: frame.time_ns,
            end_ns: frame.time_ns,
            first_packet: frame.number,
            last_packet: 0,
            bytes: frame.original_length,
            addresses,
            ports: brief.ports,
            tag: brief.tag,
            used,
            stack: syn.stack,
            packets: 1,
            bits: TCP | BY_HANDSHAKE | client_second | is_wide,
            opening: Opening::of_first(brief.tcp.flags),
            room: Room::Own(own),
        })
    }

    #[inline]
    fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    #[inline]
    fn set(&mut self, bit: u8, on: bool) {
        self.bits = self.bits & !bit | if on { bit } else { 0 };
    }

    /// Where [`Journals`] have its addresses, if they are IPv6.
    #[inline]
    fn wide(&self) -> Option<u32> {
        self.has(WIDE).then_some(self.addresses[0])
    }

    /// Whether this is its key, where it is not of IPv6.
    #[inline]
    fn has_narrow_key(&self, key: &Key) -> bool {
        let [one, other] = key.addresses();
        self.addresses == [one[3], other[3]] && key.is_over(false) && self.has_rest_of(key)
    }

    /// The same of the conversation of a frame of a usual build.
    #[inline(always)]
    fn is_narrow_of(&self, brief: &Brief) -> bool {
        let [one, other] = &brief.addresses;
        (self.addresses == [one[3], other[3]])
            & !brief.build.is_ipv6()
            & (self.bits & (TCP | WIDE) == TCP)
            & self.has_ends_of(brief)
    }

    /// Whether a frame has its ports and its tag, and TCP.
    #[inline(always)]
    fn has_ends_of(&self, brief: &Brief) -> bool {
        (self.ports == brief.ports) & (self.tag == brief.tag) & brief.build.is_tcp()
    }

    /// Whether a key has its ports and so on.
    #[inline]
    fn has_rest_of(&self, key: &Key) -> bool {
        self.ports == key.ports() && self.tag == key.tag() && self.protocol() == key.protocol()
    }

    #[inline]
    fn protocol(&self) -> u8 {
        if self.is_tcp() { key::TCP } else { key::UDP }
    }

    /// What is known when nothing is left to be told.
    pub fn quiet(&self) -> Option<Quiet> {
        let is_quiet = if self.is_ruffled() {
            self.has(QUIET)
        } else {
            match &self.room {
                Room::Cell(_, calm) if self.is_tcp() => {
                    let has_ended = !self.has(COUNTED) && self.opening != Opening::HalfOpen;
                    has_ended && calm.is_closed() && !calm.may_beat()
                }
                _ => !self.is_tcp(),
            }
        };
        is_quiet.then_some(Quiet {
            is_tcp: self.is_tcp(),
            bytes: self.bytes.into(),
            open_at: None,
        })
    }

    /// Whether a SYN is all there is of it.
    pub fn is_lone_syn(&self) -> bool {
        self.is_tcp() && self.packets == 1
    }

    /// Whether nothing is to be told of a connection that was answered if it
    /// ends now, open as it is.
    fn ends_dull(&self) -> bool {
        let Room::Cell(_, calm) = &self.room else {
            return false;
        };
        let is_answer_last = calm.stage == stage::SYN_ACK && self.packets == 2;
        let is_answered = self.bits & (TCP | RUFFLED | COUNTED) == TCP | COUNTED;
        is_answered && (is_answer_last || calm.is_at_rest()) && !calm.may_beat()
    }

    /// How it ends, if it is that of a connection that was never closed and of
    /// which nothing else is to be told.
    pub fn end_of_open(&self) -> Option<EndOfOpen> {
        if self.is_lone_syn() {
            Some(EndOfOpen::Unanswered)
        } else if !self.ends_dull() {
            None
        } else if self.opening == Opening::HalfOpen {
            Some(EndOfOpen::HalfOpen)
        } else {
            Some(EndOfOpen::Open)
        }
    }

    /// Whether it is that of a connection that was answered and is open, as far
    /// as a journal tells.
    pub fn is_open(&self) -> bool {
        match &self.room {
            Room::Cell(_, calm) => {
                self.packets > 1 && self.is_tcp() && !self.is_ruffled() && !calm.is_closed()
            }
            Room::Own(_) => false,
        }
    }

    /// Whether the next packet is to be followed in any case.
    #[inline]
    pub fn is_ruffled(&self) -> bool {
        self.has(RUFFLED)
    }

    /// Takes down how a conversation stands that was followed for its last
    /// packet.
    pub fn ruffle(&mut self, entry: &Entry) {
        self.set(RUFFLED, true);
        self.set(QUIET, entry.standing() == Some(Standing::Over));
        self.set(COUNTED, entry.counted);
        self.opening = entry.opening;
    }

    /// Notes that its server refused it, after one SYN, which left it so: nothing
    /// is left to be told.
    pub fn refuse(
        &mut self,
        calm: &Calm,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        let written = Writing::step(step, &self.previous(), calm);
        self.append(written.bytes(), cells)?;
        self.count(step, bytes);
        let mut noted = self.unchanged(step.side);
        self.opening = Opening::Refused;
        self.set(RUFFLED | QUIET, true);
        noted.opening.1 = self.opening;
        noted.closed = true;
        Some(noted)
    }

    /// Something from its front, and its cell with where the next step is to be
    /// written there, if it has one.
    #[inline]
    pub fn glance(&self) -> (u32, Option<(Cell, usize)>) {
        let next = self.cell().map(|cell| (cell, self.used.into()));
        (self.last_packet, next)
    }

    /// The time of its last packet.
    #[inline]
    pub fn end_ns(&self) -> u64 {
        self.end_ns
    }

    /// The number of its first packet.
    #[inline]
    pub fn first_packet(&self) -> PacketNumber {
        self.first_packet
    }

    /// Bytes of both sides on the wire.
    pub fn bytes(&self) -> u64 {
        self.bytes.into()
    }

    /// The cell that it has, if it has one.
    pub fn cell(&self) -> Option<Cell> {
        match self.room {
            Room::Cell(cell, _) => Some(cell),
            Room::Own(_) => None,
        }
    }

    /// Whether it is a TCP connection.
    #[inline]
    pub fn is_tcp(&self) -> bool {
        self.has(TCP)
    }

    /// Who sent a packet whose source stands second in the key or not.
    #[inline]
    pub fn side(&self, source_second: bool) -> Side {
        Side::of_source(source_second, self.has(CLIENT_SECOND))
    }

    #[inline]
    fn previous(&self) -> Previous {
        Previous {
            number: self.first_packet.wrapping_add(self.last_packet.into()),
            time_ns: self.end_ns,
            stack: self.stack,
        }
    }

    /// Whether there is room for one more packet, and time goes on with it.
    #[inline]
    pub fn has_room_for(&self, step: &Step<'_>, bytes: u32) -> bool {
        self.packets < PACKETS_AT_MOST
            && step.time_ns >= self.end_ns
            && self.bytes.checked_add(bytes).is_some()
            && step.number.wrapping_sub(self.first_packet) >> 32 == 0
            && usize::from(self.used) + LONGEST <= cells::LONGEST
    }

    /// How the two sides of a connection stood behind its first segment.
    pub fn calm_of_first(&self, cells: &Cells) -> Option<Calm> {
        if !self.is_tcp() {
            return None;
        }
        let mut steps = self.steps(cells);
        steps.next();
        Some(steps.calm)
    }

    /// Notes a datagram.
    pub fn note_datagram(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        if self.is_tcp() || self.is_ruffled() || !self.has_room_for(step, bytes) {
            return None;
        }
        let written = Writing::step(step, &self.previous(), &Calm::default());
        self.append(written.bytes(), cells)?;
        self.count(step, bytes);
        Some(self.unchanged(step.side))
    }

    /// Notes a frame with a segment of a connection that was answered, if nothing
    /// but notes is to be told of it, it has the short form, and there is room
    /// for that: in few steps, as nearly every packet comes by here. `None`:
    /// nothing was done. `may_be_framed` says whether there may be messages in
    /// the first data of a side.
    #[inline(never)]
    pub fn note_brief(
        &mut self,
        frame: &Frame<'_>,
        brief: &Brief,
        cells: &mut Cells,
        may_be_framed: impl FnOnce() -> bool,
    ) -> Option<Due> {
        let side = self.side(brief.source_second);
        let Room::Cell(cell, calm) = &mut self.room else {
            return None;
        };
        let since_first = frame.number.wrapping_sub(self.first_packet);
        let (used, gist) = (usize::from(self.used), Gist::of_brief(brief));
        let may_be = (self.bits & (TCP | RUFFLED) == TCP)
            & (self.packets < PACKETS_AT_MOST)
            & (since_first >> 32 == 0)
            & (frame.time_ns >= self.end_ns)
            & (used + LONGEST <= cells::LONGEST)
            & (brief.tcp.options != BriefOptions::Other);
        let is_opaque = gist.payload_length == 0 || calm.lines[side].is_opaque();
        if !may_be || !calm.is_due(side, gist) || (!is_opaque && may_be_framed()) {
            return None;
        }
        let bytes = self.bytes.checked_add(frame.original_length)?;
        let short = Short {
            side,
            numbers: since_first.wrapping_sub(self.last_packet.into()),
            nanoseconds: frame.time_ns.wrapping_sub(self.end_ns),
            stack: brief.build.number() as u16,
            padding: brief.padding,
            checksum: brief.tcp.checksum,
            gist,
            timestamps: brief.timestamps(),
        };
        let usual = Usual::short(&short, self.stack, calm)?;
        if used + USUAL_LONGEST > cell.bytes() {
            *cell = grown(*cell, used, cells)?;
        }
        let room = cells.write(*cell).get_mut(used..)?;
        self.used += usual.write(room.first_chunk_mut()?);
        let closes = calm.take_due(side, gist);
        self.bytes = bytes;
        self.end_ns = frame.time_ns;
        self.last_packet = since_first as u32;
        self.stack = short.stack;
        self.packets += 1;
        let may_change = closes | !self.has(COUNTED) | self.opening.may_change();
        Some(match may_change {
            true => Due::Changed(self.noted(side, gist, closes)),
            false => Due::As(side),
        })
    }

    /// The same of a segment in any form, wherever there is room.
    pub fn note_segment(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
        may_be_framed: impl FnOnce() -> bool,
    ) -> Option<Noted> {
        if !self.stays_dull(step, bytes, may_be_framed) {
            return None;
        }
        self.write_segment(step, cells)?;
        Some(self.take(step, bytes))
    }

    /// Whether it is that of a connection that was answered, and nothing but
    /// notes is to be told of a segment of it.
    #[inline(always)]
    fn stays_dull(
        &self,
        step: &Step<'_>,
        bytes: u32,
        may_be_framed: impl FnOnce() -> bool,
    ) -> bool {
        let (Some(segment), Room::Cell(_, calm)) = (&step.segment, &self.room) else {
            return false;
        };
        let is_answered = self.bits & (TCP | RUFFLED) == TCP;
        let is_data = segment.tcp.payload_length > 0;
        is_answered
            && self.has_room_for(step, bytes)
            && calm.accepts(step.side, segment)
            && (!is_data || calm.lines[step.side].is_opaque() || !may_be_framed())
    }

    /// Notes the first segment behind the SYN, if it is a SYN-ACK of which
    /// nothing but notes is to be told.
    #[inline(never)]
    pub fn note_answer(&mut self, step: &Step<'_>, bytes: u32, cells: &mut Cells) -> Option<Noted> {
        let segment = step.segment.as_ref()?;
        let calm = self.calm_of_first(cells)?;
        if !self.has_room_for(step, bytes) || self.is_ruffled() || !calm.accepts(step.side, segment)
        {
            return None;
        }
        self.answer(calm, step, bytes, cells)
    }

    /// Notes a segment that was followed, whatever is to be told of it.
    pub fn note_followed(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        if !self.has_room_for(step, bytes) {
            return None;
        }
        match self.room {
            Room::Cell(..) => {
                self.write_segment(step, cells)?;
                Some(self.take(step, bytes))
            }
            Room::Own(_) => self.answer(self.calm_of_first(cells)?, step, bytes, cells),
        }
    }

    /// Notes the first segment behind the SYN, which left the connection so:
    /// from now on its steps are in a cell.
    fn answer(
        &mut self,
        calm: Calm,
        step: &Step<'_>,
        bytes: u32,
        cells: &mut Cells,
    ) -> Option<Noted> {
        self.move_to_cell(TCP_ROOM, calm, cells)?;
        self.write_segment(step, cells)?;
        let mut noted = self.take(step, bytes);
        noted.answered = true;
        Some(noted)
    }

    /// Takes in a segment that was written.
    fn take(&mut self, step: &Step<'_>, bytes: u32) -> Noted {
        self.count(step, bytes);
        let (Some(segment), Room::Cell(_, calm)) = (&step.segment, &mut self.room) else {
            return self.unchanged(step.side);
        };
        let closes = calm.take(step.side, segment);
        self.noted(step.side, segment.gist(), closes)
    }

    /// What a segment has changed that was the last, and was taken in; `closes`:
    /// both directions.
    #[inline(never)]
    fn noted(&mut self, side: Side, gist: Gist, closes: bool) -> Noted {
        let mut noted = self.unchanged(side);
        noted.closed = closes;
        let is_answer = matches!(&self.room, Room::Cell(_, calm) if calm.stage == stage::SYN_ACK);
        let stands = is_answer || gist.payload_length > 0;
        noted.counted.1 = (noted.counted.0 || stands) && !closes;
        if noted.counted.0 != noted.counted.1 {
            self.set(COUNTED, noted.counted.1);
        }
        if self.opening.may_change() {
            let since_syn_ns = self.end_ns.saturating_sub(self.start_ns);
            self.opening = self.opening.after(side, gist.flags, since_syn_ns);
            noted.opening.1 = self.opening;
        }
        noted
    }

    /// Writes a segment, wherever there is room.
    #[inline(never)]
    fn write_segment(&mut self, step: &Step<'_>, cells: &mut Cells) -> Option<()> {
        let previous = self.previous();
        let Room::Cell(_, calm) = &self.room else {
            return None;
        };
        match Usual::of(step, &previous, calm) {
            Some(usual) => {
                let mut bytes = [0; USUAL_LONGEST];
                let length = usual.write(&mut bytes);
                self.append(bytes.get(..length.into())?, cells)
            }
            None => {
                let written = Writing::step(step, &previous, calm);
                self.append(written.bytes(), cells)
            }
        }
    }

    #[inline]
    fn unchanged(&self, side: Side) -> Noted {
        let counted = self.has(COUNTED);
        Noted {
            side,
            opening: (self.opening, self.opening),
            counted: (counted, counted),
            closed: false,
            answered: false,
            start_ns: self.start_ns,
        }
    }

    /// Counts a packet that was written.
    #[inline]
    fn count(&mut self, step: &Step<'_>, bytes: u32) {
        self.end_ns = step.time_ns;
        self.last_packet = step.number.wrapping_sub(self.first_packet) as u32;
        self.stack = step.stack;
        self.bytes = self.bytes.saturating_add(bytes);
        self.packets += 1;
    }

    /// Writes a step behind the others, wherever there is room.
    #[inline(never)]
    fn append(&mut self, written: &[u8], cells: &mut Cells) -> Option<()> {
        let used = usize::from(self.used);
        let end = used + written.len();
        if self.room_of_steps(cells).len() < end {
            // A connection will go on, while an answer is mostly the end.
            let more = match &self.room {
                Room::Cell(..) if self.is_tcp() => (end * 3 / 2).min(cells::LONGEST).max(end),
                _ => end,
            };
            let calm = self.calm_of_first(cells).unwrap_or_default();
            self.move_to_cell(more, calm, cells)?;
        }
        let room = match &mut self.room {
            Room::Own(own) => own.as_mut_slice(),
            Room::Cell(cell, _) => cells.write(*cell),
        };
        room.get_mut(used..end)?.copy_from_slice(written);
        self.used = end as u16;
        Some(())
    }

    /// Where its steps stand, with what is behind them.
    #[inline]
    fn room_of_steps<'a>(&'a self, cells: &'a Cells) -> &'a [u8] {
        match &self.room {
            Room::Own(own) => own,
            Room::Cell(cell, _) => cells.read(*cell),
        }
    }

    /// Moves the steps to a cell, or to another, with so much room; `calm`: how
    /// a connection stands that had none.
    fn move_to_cell(&mut self, room: usize, calm: Calm, cells: &mut Cells) -> Option<()> {
        let used = usize::from(self.used);
        match &mut self.room {
            Room::Own(own) => {
                let (cell, place) = cells.take(room)?;
                place.get_mut(..used)?.copy_from_slice(own.get(..used)?);
                self.room = Room::Cell(cell, calm);
            }
            Room::Cell(cell, _) => *cell = cells.moved(*cell, used, room)?,
        }
        Some(())
    }

    /// It will not grow any more: takes only the room that it needs.
    pub fn shrink(&mut self, cells: &mut Cells) {
        if let Room::Cell(..) = self.room {
            // Where there is no other cell, it stays.
            self.move_to_cell(self.used.into(), Calm::default(), cells);
        }
    }

    /// Its key; `wide`: the addresses of IPv6 at their place.
    pub fn key(&self, wide: impl FnOnce(u32) -> [[u32; 4]; 2]) -> Key {
        let addresses = match self.wide() {
            None => self.addresses.map(|address| [0, 0, 0, address]),
            Some(place) => wide(place),
        };
        let is_wide = self.has(WIDE);
        Key::restored(is_wide, self.protocol(), addresses, self.ports, self.tag)
    }

    /// What its first packet told, of a conversation with this key.
    pub fn first(&self, key: Key) -> First {
        let is_tcp = self.is_tcp();
        First {
            key,
            protocol: Some(if is_tcp { Protocol::Tcp } else { Protocol::Udp }),
            vlan: key.vlan(),
            client_second: self.has(CLIENT_SECOND),
            roles: match self.has(BY_HANDSHAKE) {
                true => Roles::Handshake,
                false => Roles::Inferred,
            },
            packet: self.first_packet,
            time_ns: self.start_ns,
            is_tcp,
            opening: self.opening,
        }
    }

    /// Whether its server counts it as open.
    pub fn is_counted(&self) -> bool {
        self.has(COUNTED)
    }

    /// Every packet.
    pub fn steps<'a>(&'a self, cells: &'a Cells) -> Steps<'a> {
        // What stands behind the last of them is not read.
        let steps = self.room_of_steps(cells);
        let ports = Sides::of_key(self.ports, self.has(CLIENT_SECOND));
        Steps {
            reading: Reading::new(steps),
            left: self.packets,
            previous: Previous {
                number: self.first_packet,
                time_ns: self.start_ns,
                stack: 0,
            },
            calm: Calm::default(),
            ports: self.is_tcp().then_some(ports),
        }
    }
}

/// A larger cell with the first bytes of one that is too small for a step.
#[inline(never)]
fn grown(cell: Cell, used: usize, cells: &mut Cells) -> Option<Cell> {
    // A connection that carries data will go on.
    let room = ((used + USUAL_LONGEST) * 3 / 2).clamp(DATA_ROOM, cells::LONGEST);
    cells.moved(cell, used, room)
}

/// The packets of a journal, from the first on.
#[derive(Debug)]
pub(super) struct Steps<'a> {
    reading: Reading<'a>,
    left: u8,
    previous: Previous,
    /// How the two sides stand behind what was read so far.
    pub calm: Calm,
    ports: Option<Sides<u16>>,
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        self.left = self.left.checked_sub(1)?;
        let step = self.reading.step(&self.previous, &self.calm, self.ports);
        if let Some(segment) = &step.segment {
            self.calm.take(step.side, segment);
        }
        self.previous = Previous::of(&step);
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_takes_two_lines_of_the_cache_at_the_most() {
        assert!(size_of::<Journal>() <= 112, "{}", size_of::<Journal>());
    }
}
