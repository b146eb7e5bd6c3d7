//! Messages in the byte stream: which segments hold several, and which
//! messages are cut. TCP keeps no boundaries (RFC 9293, section 3.8), so the
//! framing must be declared, or shown by the bytes themselves.
//!
//! In come a direction's new bytes in order. No byte is kept, only where the
//! message at hand began and how much of it there is.

use super::line_evidence::LineEvidence;
use super::prefix_evidence::{LONGEST, PrefixEvidence};
use super::{Event, Framing, MessageCut, PacketNumber, SeveralMessages};

/// The next new bytes of one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// The packet.
    pub packet: PacketNumber,
    /// The sequence number of the first of them.
    pub start: u32,
    /// How many they are.
    pub length: u32,
    /// Those that were captured, from the first on.
    pub bytes: &'a [u8],
    /// Whether they are the first that the direction ever sent.
    pub is_beginning: bool,
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// The sequence number behind its last bytes.
    next: Option<u32>,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// No bytes yet.
    #[default]
    Empty,
    /// Declared.
    Declared(Framing, Place),
    /// Not declared, and not known yet.
    Watched(Box<Watched>),
    /// The bytes show it, and go on showing it.
    Recognised(Framing, Place, Box<LineEvidence>),
    /// Nothing can be said of it.
    Opaque,
}

/// A direction that may turn out to be framed.
#[derive(Debug, Default)]
struct Watched {
    place: Place,
    lines: LineEvidence,
    prefixes: PrefixEvidence,
}

impl Direction {
    /// Follows its next bytes.
    pub fn follow(
        &mut self,
        declared: Option<Framing>,
        stretch: &Stretch<'_>,
        events: &mut Vec<Event>,
    ) {
        if matches!(self.state, State::Opaque) || stretch.length == 0 {
            return;
        }
        let goes_on = self.next == Some(stretch.start) || stretch.is_beginning;
        let whole = stretch.bytes.len() == stretch.length as usize;
        self.next = Some(stretch.start.wrapping_add(stretch.length));
        let state = std::mem::replace(&mut self.state, State::Opaque);
        self.state = match state {
            State::Empty => {
                let place = if goes_on { Place::START } else { Place::LOST };
                match declared {
                    Some(framing) => declared_on(framing, place, stretch, whole, events),
                    None => watch(Box::new(Watched::new(place, goes_on)), stretch, whole),
                }
            }
            State::Declared(framing, mut place) => {
                place.lost |= !goes_on;
                declared_on(framing, place, stretch, whole, events)
            }
            State::Watched(mut watched) => {
                if !goes_on {
                    watched.lose();
                }
                watch(watched, stretch, whole)
            }
            State::Recognised(framing, mut place, evidence) => {
                place.lost |= !goes_on;
                recognised(framing, place, evidence, stretch, whole, events)
            }
            State::Opaque => State::Opaque,
        };
    }
}

fn declared_on(
    framing: Framing,
    mut place: Place,
    stretch: &Stretch<'_>,
    whole: bool,
    events: &mut Vec<Event>,
) -> State {
    place.read(framing, stretch.packet, stretch.bytes, events);
    place.lost |= !whole;
    match framing {
        // Where a message begins is never known again.
        Framing::Length { .. } if place.lost => State::Opaque,
        _ => State::Declared(framing, place),
    }
}

fn watch(mut watched: Box<Watched>, stretch: &Stretch<'_>, whole: bool) -> State {
    if !whole {
        return State::Opaque;
    }
    let Watched {
        place,
        lines,
        prefixes,
    } = &mut *watched;
    if lines.is_possible() {
        // What is not yet known to be framed is not yet told.
        place.read(
            Framing::Line,
            stretch.packet,
            stretch.bytes,
            &mut Vec::new(),
        );
        lines.add(stretch.bytes);
    }
    prefixes.add(stretch.bytes);
    if lines.is_certain() {
        let evidence = Box::new(*lines);
        return State::Recognised(Framing::Line, *place, evidence);
    }
    if let Some(framing) = prefixes.certain() {
        // So far every segment ended with a message.
        return State::Recognised(framing, Place::START, Box::default());
    }
    if lines.is_possible() || prefixes.is_possible() {
        State::Watched(watched)
    } else {
        State::Opaque
    }
}

fn recognised(
    framing: Framing,
    mut place: Place,
    mut evidence: Box<LineEvidence>,
    stretch: &Stretch<'_>,
    whole: bool,
    events: &mut Vec<Event>,
) -> State {
    let before = events.len();
    place.read(framing, stretch.packet, stretch.bytes, events);
    place.lost |= !whole;
    let holds = match framing {
        Framing::Line => {
            evidence.add(stretch.bytes);
            evidence.is_possible()
        }
        Framing::Length { .. } => !place.lost && place.is_likely(),
    };
    if holds {
        State::Recognised(framing, place, evidence)
    } else {
        events.truncate(before);
        State::Opaque
    }
}

impl Watched {
    fn new(place: Place, from_the_beginning: bool) -> Self {
        Self {
            place,
            lines: LineEvidence::default(),
            prefixes: PrefixEvidence::new(from_the_beginning),
        }
    }

    fn lose(&mut self) {
        self.place.lost = true;
        self.prefixes = PrefixEvidence::new(false);
    }
}

/// Where the reading stands within the messages of a stream.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Bytes are missing: where the next message begins is not known.
    lost: bool,
    /// The packet in which the message at hand began.
    begins_in: PacketNumber,
    /// Bytes of it so far; 0 between messages.
    bytes: u32,
    /// The length that its prefix gives, as far as it was read.
    length: u32,
}

/// What one segment brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Brought {
    /// The end of a message that began in this earlier packet, and how long
    /// the message is.
    tail: Option<(PacketNumber, u32)>,
    /// Messages that lie in it from beginning to end.
    whole: u32,
    /// Bytes of one that begins in it and goes on.
    begun: u32,
}

impl Place {
    /// At the first byte of a message.
    const START: Self = Self {
        lost: false,
        begins_in: 0,
        bytes: 0,
        length: 0,
    };

    /// Nowhere.
    const LOST: Self = Self {
        lost: true,
        ..Self::START
    };

    fn read(
        &mut self,
        framing: Framing,
        packet: PacketNumber,
        bytes: &[u8],
        events: &mut Vec<Event>,
    ) {
        self.take(framing, packet, bytes)
            .tell(framing, packet, events);
    }

    /// Takes the bytes of one segment.
    fn take(&mut self, framing: Framing, packet: PacketNumber, bytes: &[u8]) -> Brought {
        let mut brought = Brought::default();
        let mut rest = bytes;
        if self.lost {
            match (framing, end_of_line(rest)) {
                (Framing::Line, Some(end)) => {
                    *self = Self::START;
                    rest = rest.get(end..).unwrap_or_default();
                }
                _ => return brought,
            }
        }
        while !rest.is_empty() {
            if self.bytes == 0 {
                self.begins_in = packet;
                self.length = 0;
            }
            let (taken, ends) = match framing {
                Framing::Line => match end_of_line(rest) {
                    Some(end) => (end, true),
                    None => (rest.len(), false),
                },
                Framing::Length { bytes, big_endian } => self.body(rest, bytes, big_endian),
            };
            self.bytes = self.bytes.saturating_add(taken as u32);
            rest = rest.get(taken..).unwrap_or_default();
            if ends {
                if self.begins_in == packet {
                    brought.whole += 1;
                } else {
                    brought.tail = Some((self.begins_in, self.bytes));
                }
                self.bytes = 0;
            }
        }
        if self.bytes > 0 && self.begins_in == packet {
            brought.begun = self.bytes;
        }
        brought
    }

    /// Takes what belongs to the message at hand, its prefix first; gives how
    /// much that is, and whether the message ends with it.
    fn body(&mut self, rest: &[u8], prefix: u8, big_endian: bool) -> (usize, bool) {
        let prefix = u32::from(prefix);
        let mut taken = 0;
        for (at, byte) in (self.bytes..prefix).zip(rest) {
            if big_endian {
                self.length = self.length << 8 | u32::from(*byte);
            } else {
                self.length |= u32::from(*byte) << (8 * at);
            }
            taken += 1;
        }
        let have = u64::from(self.bytes) + taken as u64;
        if have < u64::from(prefix) {
            return (taken, false);
        }
        let lacking = (u64::from(prefix) + u64::from(self.length)).saturating_sub(have);
        let behind = rest.len() - taken;
        if lacking <= behind as u64 {
            (taken + lacking as usize, true)
        } else {
            (rest.len(), false)
        }
    }

    /// Whether the last length read is one that messages have.
    fn is_likely(&self) -> bool {
        self.length <= LONGEST
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::START
    }
}

impl Brought {
    fn tell(self, framing: Framing, packet: PacketNumber, events: &mut Vec<Event>) {
        if let Some((begins_in, bytes)) = self.tail {
            events.push(Event::MessageCut(MessageCut {
                begins_in,
                bytes,
                complete: true,
                framing,
            }));
        }
        let parts = u32::from(self.tail.is_some()) + self.whole + u32::from(self.begun > 0);
        if self.whole > 0 && parts > 1 {
            events.push(Event::SeveralMessages(SeveralMessages {
                messages: self.whole,
                framing,
                begun_bytes: self.begun,
            }));
        } else if self.begun > 0 {
            events.push(Event::MessageCut(MessageCut {
                begins_in: packet,
                bytes: self.begun,
                complete: false,
                framing,
            }));
        }
    }
}

/// Behind the first newline.
fn end_of_line(bytes: &[u8]) -> Option<usize> {
    bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|at| at + 1)
}
