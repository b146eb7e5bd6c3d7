//! Conversations of which nothing is to be told so far, written down packet by
//! packet and not followed.
//!
//! Most conversations are short and dull: a question and its answer, or a
//! connection that opens, carries some data in order and closes. Where notes
//! are not asked for, nothing is to be told of them but sums. So their packets
//! are only noted, in some thirty bytes each; [`Calm`] sees to it that they
//! stay dull. As soon as one is not, everything is followed from the first
//! packet on ([`Journal::steps`]), as if it had been from the beginning.

mod stacks;
mod step;

pub(super) use stacks::Stacks;
pub(super) use step::Step;

use super::cells;
use super::entry::{Entry, First, Quiet};
use super::key::{Key, StoredKey};
use super::syn_flood::Opening;
use super::tcp::calm::{Calm, stage};
use super::{Roles, Side, Sides};
use crate::decode::Protocol;
use step::{LONGEST, Previous, Reading, Usual, Writing};

/// A struct of numbers that stand in bytes at fixed places.
macro_rules! stored {
    ($(#[$about:meta])* $seen:vis struct $name:ident {
        $($(#[$field_about:meta])* $field_seen:vis $field:ident: $type:ty,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        $seen struct $name {
            $($(#[$field_about])* $field_seen $field: $type,)*
        }

        impl $name {
            /// Bytes that it takes.
            pub const LENGTH: usize = 0 $(+ size_of::<$type>())*;

            /// What [`Self::write`] wrote.
            #[inline]
            pub fn read(bytes: &[u8; Self::LENGTH]) -> Self {
                let mut rest = bytes.as_slice();
                $(
                    let $field = match rest.split_first_chunk() {
                        Some((front, behind)) => {
                            rest = behind;
                            <$type>::from_le_bytes(*front)
                        }
                        None => 0,
                    };
                )*
                let _ = rest;
                Self { $($field),* }
            }

            /// Writes it.
            #[inline]
            pub fn write(&self, bytes: &mut [u8; Self::LENGTH]) {
                let mut rest = bytes.as_mut_slice();
                $(
                    if let Some((front, behind)) = std::mem::take(&mut rest).split_first_chunk_mut() {
                        *front = self.$field.to_le_bytes();
                        rest = behind;
                    }
                )*
                let _ = rest;
            }
        }
    };
}

pub(super) use stored;

/// Packets at the most: of longer conversations it is cheaper to be followed.
const PACKETS_AT_MOST: u8 = 96;

/// Bytes that the journal of a connection has once it was answered.
const TCP_ROOM: usize = 256;

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

stored! {
    /// What stands at the front.
    struct Head {
        /// When its first packet was,
        start_ns: u64,
        /// and its last: time goes on here.
        end_ns: u64,
        /// Number of its first packet,
        first_packet: u64,
        /// and of its last, counted from the first.
        last_packet: u32,
        /// Bytes of both sides on the wire.
        bytes: u32,
        /// Bytes of the journal that are in use.
        used: u16,
        /// The layers of its last packet.
        stack: u16,
        packets: u8,
        bits: u8,
        opening: u8,
        /// Of TCP, how far it has come; else 0.
        stage: u8,
    }
}

/// A journal, taken out of its bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    head: Head,
    key_length: usize,
    pub calm: Calm,
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
    /// When the conversation began.
    pub start_ns: u64,
}

impl Head {
    fn has(&self, bit: u8) -> bool {
        self.bits & bit != 0
    }

    fn set(&mut self, bit: u8, on: bool) {
        self.bits = self.bits & !bit | if on { bit } else { 0 };
    }

    fn is_tcp(&self) -> bool {
        self.stage != 0
    }

    /// Where the steps begin: of TCP with one packet only, the packet itself
    /// says how the two sides stand.
    fn steps_at(&self, key: usize) -> usize {
        let calm = self.is_tcp() && self.packets > 1;
        Self::LENGTH + key + if calm { Calm::LENGTH } else { 0 }
    }
}

impl Journal {
    /// Begins the journal of a conversation with its first packet, in the place
    /// that `room` finds for so many bytes; `None` for what is not noted.
    pub fn begin<'a>(
        first: &First,
        step: &Step<'_>,
        bytes: u32,
        room: impl FnOnce(usize) -> Option<&'a mut [u8]>,
    ) -> Option<()> {
        let key = first.key.stored()?;
        let mut journal = Self {
            head: Head {
                start_ns: first.time_ns,
                end_ns: first.time_ns,
                first_packet: first.packet,
                // The first step says it.
                stack: 0,
                opening: first.opening.number(),
                ..Head::default()
            },
            key_length: key.bytes().len(),
            calm: Calm::default(),
        };
        journal.head.set(CLIENT_SECOND, first.client_second);
        journal
            .head
            .set(BY_HANDSHAKE, first.roles == Roles::Handshake);
        journal.head.set(WIDE, first.key.is_wide());
        let written = Writing::step(step, &journal.previous(), &journal.calm);
        let key_end = Head::LENGTH + key.bytes().len();
        let used = key_end + written.bytes().len();
        journal.take(step, bytes, used);
        let place = room(used)?;
        let (front, behind) = place.split_first_chunk_mut()?;
        journal.head.write(front);
        behind
            .get_mut(..key.bytes().len())?
            .copy_from_slice(key.bytes());
        place
            .get_mut(key_end..used)?
            .copy_from_slice(written.bytes());
        Some(())
    }

    /// What stands at the front of a journal's bytes, but for how the two sides
    /// stand.
    #[inline]
    pub fn front(bytes: &[u8]) -> Option<Self> {
        let head = Head::read(bytes.first_chunk()?);
        Some(Self {
            head,
            key_length: StoredKey::length(head.has(WIDE)),
            calm: Calm::default(),
        })
    }

    /// The same, with how they stand.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut journal = Self::front(bytes)?;
        let head = &journal.head;
        if head.is_tcp() {
            if head.packets > 1 {
                let calm = bytes.get(Head::LENGTH + journal.key_length..)?;
                journal.calm = Calm::read(calm.first_chunk()?, head.stage);
            } else {
                let mut steps = journal.steps(bytes)?;
                steps.next();
                journal.calm = steps.calm;
            }
        }
        Some(journal)
    }

    /// Whether this is the key of the journal with these bytes.
    #[inline]
    pub fn has_key(bytes: &[u8], key: &Key) -> bool {
        bytes
            .get(Head::LENGTH..)
            .is_some_and(|behind| key.is_stored_in(behind))
    }

    /// When the last packet was, of the journal with these bytes.
    pub fn end_of(bytes: &[u8]) -> u64 {
        bytes
            .first_chunk()
            .map_or(0, |head| Head::read(head).end_ns)
    }

    /// What is known when nothing is left to be told, of the journal with
    /// these bytes.
    pub fn quiet(bytes: &[u8]) -> Option<Quiet> {
        let head = Head::read(bytes.first_chunk()?);
        let is_tcp = head.is_tcp();
        let is_quiet = if head.has(RUFFLED) {
            head.has(QUIET)
        } else if is_tcp {
            let has_ended = head.packets > 1
                && !head.has(COUNTED)
                && Opening::of_number(head.opening) != Opening::HalfOpen;
            let calm = || Self::read(bytes).map(|journal| journal.calm);
            has_ended && calm().is_some_and(|calm| calm.is_closed() && !calm.may_beat())
        } else {
            true
        };
        is_quiet.then_some(Quiet {
            is_tcp,
            bytes: head.bytes.into(),
        })
    }

    /// What a SYN told that is all there is of a connection, and has fewer
    /// bytes than that.
    pub fn lone_syn(bytes: &[u8], least_bytes: u64) -> Option<First> {
        let journal = Self::front(bytes)?;
        let head = &journal.head;
        let is_alone = head.stage == stage::SYN && head.packets == 1;
        if !is_alone || u64::from(head.bytes) >= least_bytes {
            return None;
        }
        journal.first(bytes)
    }

    /// Whether the journal with these bytes is that of a connection that is
    /// open, as far as a journal tells.
    pub fn is_open(bytes: &[u8]) -> bool {
        let is_closed = || Self::read(bytes).is_some_and(|journal| journal.calm.is_closed());
        Self::front(bytes).is_some_and(|journal| {
            let is_lone = journal.head.packets == 1;
            journal.is_tcp() && !journal.is_ruffled() && (is_lone || !is_closed())
        })
    }

    /// Whether the next packet is to be followed in any case.
    pub fn is_ruffled(&self) -> bool {
        self.head.has(RUFFLED)
    }

    /// Takes down how a conversation stands that was followed for its last
    /// packet, in the journal with these bytes.
    pub fn ruffle(bytes: &mut [u8], entry: &Entry) {
        if let Some(front) = bytes.first_chunk_mut() {
            let mut head = Head::read(front);
            head.set(RUFFLED, true);
            head.set(QUIET, entry.is_quiet());
            head.set(COUNTED, entry.counted);
            head.opening = entry.opening.number();
            head.write(front);
        }
    }

    /// The time of its last packet.
    pub fn end_ns(&self) -> u64 {
        self.head.end_ns
    }

    /// Whether it is a TCP connection.
    pub fn is_tcp(&self) -> bool {
        self.head.is_tcp()
    }

    fn opening(&self) -> Opening {
        Opening::of_number(self.head.opening)
    }

    /// Who sent a packet whose source stands second in the key or not.
    pub fn side(&self, source_second: bool) -> Side {
        Side::of_source(source_second, self.head.has(CLIENT_SECOND))
    }

    fn last_packet(&self) -> u64 {
        self.head
            .first_packet
            .wrapping_add(self.head.last_packet.into())
    }

    fn previous(&self) -> Previous {
        Previous {
            number: self.last_packet(),
            time_ns: self.head.end_ns,
            stack: self.head.stack,
        }
    }

    /// Whether there is room for one more packet, and time goes on with it.
    #[inline]
    pub fn has_room_for(&self, step: &Step<'_>, bytes: u32) -> bool {
        self.head.packets < PACKETS_AT_MOST
            && step.time_ns >= self.head.end_ns
            && self.head.bytes.checked_add(bytes).is_some()
            && step.number.wrapping_sub(self.head.first_packet) >> 32 == 0
            && usize::from(self.head.used) + Calm::LENGTH + LONGEST <= cells::LONGEST
    }

    /// Takes in a packet whose step takes so many bytes.
    #[inline]
    fn take(&mut self, step: &Step<'_>, bytes: u32, length: usize) -> Noted {
        let before = self.opening();
        let was_counted = self.head.has(COUNTED);
        let was_closed = self.calm.is_closed();
        let mut noted = Noted {
            side: step.side,
            opening: (before, before),
            counted: (was_counted, was_counted),
            closed: false,
            start_ns: self.head.start_ns,
        };
        if let Some(segment) = &step.segment {
            let flags = segment.tcp.flags;
            self.calm.take(step.side, segment);
            let since_syn_ns = step.time_ns.saturating_sub(self.head.start_ns);
            let after = before.after(step.side, flags, since_syn_ns);
            noted.opening.1 = after;
            noted.closed = !was_closed && self.calm.is_closed();
            let stands = self.calm.stage == stage::SYN_ACK || step.payload > 0;
            noted.counted.1 = (was_counted || stands) && !noted.closed;
            self.head.set(COUNTED, noted.counted.1);
            self.head.opening = after.number();
        }
        self.head.stage = self.calm.stage;
        self.head.end_ns = step.time_ns;
        self.head.last_packet = step.number.wrapping_sub(self.head.first_packet) as u32;
        self.head.stack = step.stack;
        self.head.bytes = self.head.bytes.saturating_add(bytes);
        self.head.packets += 1;
        self.head.used += length as u16;
        noted
    }

    /// Notes a packet in a journal's bytes, or, where they have no room for it,
    /// gives the whole in `moved`.
    #[inline]
    pub fn note(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        place: &mut [u8],
        moved: &mut Vec<u8>,
    ) -> Noted {
        let previous = self.previous();
        if let Some(usual) = Usual::step(step, &previous, &self.calm) {
            return self.append(step, bytes, usual.bytes(), place, moved);
        }
        let written = Writing::step(step, &previous, &self.calm);
        self.append(step, bytes, written.bytes(), place, moved)
    }

    #[inline]
    fn append(
        &mut self,
        step: &Step<'_>,
        bytes: u32,
        written: &[u8],
        place: &mut [u8],
        moved: &mut Vec<u8>,
    ) -> Noted {
        let was_at = self.head.steps_at(self.key_length);
        let used = usize::from(self.head.used);
        let noted = self.take(step, bytes, written.len());
        let at = self.head.steps_at(self.key_length);
        if at == was_at
            && let Some(room) = place.get_mut(used..used + written.len())
        {
            room.copy_from_slice(written);
            self.write_front(place);
            return noted;
        }
        self.head.used += (at - was_at) as u16;
        let key_end = Head::LENGTH + self.key_length;
        moved.extend_from_slice(place.get(..key_end).unwrap_or_default());
        moved.resize(at, 0);
        moved.extend_from_slice(place.get(was_at..used).unwrap_or_default());
        moved.extend_from_slice(written);
        self.write_front(moved);
        noted
    }

    /// How many bytes it takes.
    pub fn length(&self) -> usize {
        self.head.used.into()
    }

    /// How much room it should have: a connection will go on, while an answer
    /// is mostly the end.
    pub fn room(&self) -> usize {
        let used = usize::from(self.head.used);
        match self.head.is_tcp() {
            true => (used * 3 / 2).max(TCP_ROOM),
            false => used,
        }
    }

    #[inline]
    fn write_front(&self, place: &mut [u8]) {
        let Some((head, behind)) = place.split_first_chunk_mut() else {
            return;
        };
        self.head.write(head);
        if self.head.is_tcp() && self.head.packets > 1 {
            let calm = behind.get_mut(self.key_length..);
            if let Some(calm) = calm.and_then(|behind| behind.first_chunk_mut()) {
                self.calm.write(calm);
            }
        }
    }

    /// What its first packet told, of the journal with these bytes.
    pub fn first(&self, bytes: &[u8]) -> Option<First> {
        let key = Key::restored(bytes.get(Head::LENGTH..)?.get(..self.key_length)?)?;
        let is_tcp = self.head.is_tcp();
        Some(First {
            key,
            protocol: Some(if is_tcp { Protocol::Tcp } else { Protocol::Udp }),
            vlan: key.vlan(),
            client_second: self.head.has(CLIENT_SECOND),
            roles: match self.head.has(BY_HANDSHAKE) {
                true => Roles::Handshake,
                false => Roles::Inferred,
            },
            packet: self.head.first_packet,
            time_ns: self.head.start_ns,
            is_tcp,
            opening: self.opening(),
        })
    }

    /// Whether its server counts it as open.
    pub fn is_counted(&self) -> bool {
        self.head.has(COUNTED)
    }

    /// Every packet, of the journal with these bytes.
    pub fn steps<'a>(&self, bytes: &'a [u8]) -> Option<Steps<'a>> {
        let used = bytes.get(..usize::from(self.head.used))?;
        let key = Key::restored(used.get(Head::LENGTH..)?.get(..self.key_length)?)?;
        let steps = used.get(self.head.steps_at(self.key_length)..)?;
        let ports = Sides::of_key(key.ports(), self.head.has(CLIENT_SECOND));
        Some(Steps {
            reading: Reading::new(steps),
            left: self.head.packets,
            previous: Previous {
                number: self.head.first_packet,
                time_ns: self.head.start_ns,
                stack: 0,
            },
            calm: Calm::default(),
            ports: self.head.is_tcp().then_some(ports),
        })
    }
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
