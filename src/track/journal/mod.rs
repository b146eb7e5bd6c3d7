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

mod ends;
mod folded;
mod noting;
mod opening;
mod reading;
mod stacks;
mod step;
mod store;
mod usual;

pub(super) use folded::Folded;
pub(super) use stacks::Stacks;
pub(super) use step::Step;
pub(super) use store::Journals;

use super::cells::{Cell, Cells};
use super::entry::{Entry, First, Quiet, Standing};
use super::syn_flood::Opening;
use super::tcp::calm::{Calm, stage};
use super::{PacketNumber, Roles, Side};
use crate::capture::Frame;
use crate::decode::Brief;
use opening::OpeningStep;
use step::{Fields, Previous, Writing};

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
/// It has no ports, and in their place what names its protocol.
const PORTLESS: u8 = 128;

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
    /// See [`PORTLESS`].
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
        let (ports, is_portless) = Self::ports_of(first)?;
        let is_wide = first.key.is_over(true);
        let [one, other] = *first.key.addresses();
        let mut bits = 0;
        for (bit, on) in [
            (CLIENT_SECOND, first.client_second),
            (BY_HANDSHAKE, first.roles == Roles::Handshake),
            (WIDE, is_wide),
            (TCP, first.is_tcp),
            (PORTLESS, is_portless),
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
            ports,
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
            fields: Fields::of_brief(brief, Side::Client, 0, 0),
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
            stack: syn.fields.stack,
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
        } else {
            self.ends_dull().then(|| self.end_of_answered())
        }
    }

    /// The same of one that was answered, if nothing else is to be told.
    fn end_of_answered(&self) -> EndOfOpen {
        match self.opening {
            Opening::HalfOpen => EndOfOpen::HalfOpen,
            _ => EndOfOpen::Open,
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

    /// Whether its server counts it as open.
    pub fn is_counted(&self) -> bool {
        self.has(COUNTED)
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
