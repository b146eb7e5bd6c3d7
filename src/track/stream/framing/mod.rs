//! Messages in the byte stream: which segments hold several, and which
//! messages are cut. TCP keeps no boundaries (RFC 9293, section 3.8), so the
//! framing must be declared, or shown by the bytes themselves.
//!
//! No byte is kept, only where the message at hand began and how much of it
//! there is.

mod line_evidence;
mod place;
mod prefix_evidence;

use crate::track::stream::{End, Events, StreamReader, Stretch, Unread, Want};
use crate::track::{Event, Framing, MessagesOfOneSize, PacketNumber, Side, Sides};
use line_evidence::LineEvidence;
use place::Brought;
pub(in crate::track) use place::Place;
use prefix_evidence::PrefixEvidence;

/// Messages of one size that are worth a word.
const OF_ONE_SIZE: u64 = 3;

/// The messages of a connection.
#[derive(Debug)]
pub(super) struct Framed {
    /// How messages are told apart, if that was declared.
    declared: Option<Framing>,
    sides: Sides<Messages>,
}

/// The messages of one side.
#[derive(Debug, Default)]
enum Messages {
    /// No bytes yet.
    #[default]
    Empty,
    Declared(Framing, Place),
    /// Not declared, and not known yet.
    Watched(Box<Watched>),
    /// The bytes show it, and go on showing it.
    Recognised(Framing, Place, LineEvidence),
    /// Nothing can be said of it.
    Opaque,
}

/// A side that may turn out to be framed.
#[derive(Debug)]
struct Watched {
    place: Place,
    lines: LineEvidence,
    prefixes: PrefixEvidence,
    /// What the segments brought so far, in lines: to be told once it is
    /// certain that lines are messages.
    brought: Vec<(PacketNumber, Brought)>,
}

impl Framed {
    /// With messages told apart in this way, if that was declared.
    pub fn new(declared: Option<Framing>) -> Self {
        Self {
            declared,
            sides: Sides::default(),
        }
    }

    /// Whether a side that begins with these bytes may be framed.
    pub fn may_read(bytes: &[u8], from_beginning: bool, declared: Option<Framing>) -> bool {
        declared.is_some() || {
            let mut watched = Watched::new(from_beginning);
            watched.look(0, bytes);
            watched.is_possible()
        }
    }
}

impl StreamReader for Framed {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        let messages = &mut self.sides[side];
        if let Messages::Empty = messages {
            messages.begin(self.declared, stretch.is_beginning());
        }
        for (_, place, bytes) in stretch.packets(stretch.offset) {
            let told = messages.follow(place.packet, bytes);
            told.into_iter().for_each(|event| events.push(event));
        }
        messages.want(stretch.bytes.len())
    }

    fn gap(&mut self, side: Side, missing: u32, _: &mut Events<'_>) -> Want {
        let messages = &mut self.sides[side];
        match messages {
            Messages::Declared(framing, place) | Messages::Recognised(framing, place, _) => {
                place.pass(*framing, missing);
            }
            Messages::Watched(watched) => watched.lose(),
            Messages::Empty | Messages::Opaque => {}
        }
        messages.want(0)
    }

    fn end(&mut self, side: Side, _: End, _: Unread, events: &mut Events<'_>) {
        let (Messages::Declared(framing, place) | Messages::Recognised(framing, place, _)) =
            &self.sides[side]
        else {
            return;
        };
        let counted = place.counted;
        if let Some(bytes) = counted.of_one_size()
            && counted.messages >= OF_ONE_SIZE
        {
            events.push_finding(Event::MessagesOfOneSize(MessagesOfOneSize {
                side,
                endpoint: events.ends[side],
                messages: counted.messages,
                bytes,
                framing: *framing,
            }));
        }
    }
}

impl Messages {
    fn begin(&mut self, declared: Option<Framing>, is_beginning: bool) {
        *self = match declared {
            Some(framing) => {
                let mut place = Place::START;
                place.lost = !is_beginning;
                Self::Declared(framing, place)
            }
            None => Self::Watched(Box::new(Watched::new(is_beginning))),
        };
    }

    /// Follows what one segment brought; gives what there is to tell.
    fn follow(&mut self, packet: PacketNumber, bytes: &[u8]) -> Vec<Event> {
        let mut told = Vec::new();
        match self {
            Self::Empty | Self::Opaque => {}
            Self::Declared(framing, place) => place.read(*framing, packet, bytes, &mut told),
            Self::Watched(watched) => {
                watched.look(packet, bytes);
                if let Some((framing, place)) = watched.certain() {
                    if framing == Framing::Line {
                        for (packet, brought) in &watched.brought {
                            brought.tell(framing, *packet, &mut told);
                        }
                    }
                    *self = Self::Recognised(framing, place, watched.lines);
                } else if !watched.is_possible() {
                    *self = Self::Opaque;
                }
            }
            Self::Recognised(framing, place, evidence) => {
                place.read(*framing, packet, bytes, &mut told);
                let holds = match framing {
                    Framing::Line => {
                        evidence.add(bytes);
                        evidence.is_possible()
                    }
                    _ => place.is_likely(),
                };
                if !holds {
                    told.clear();
                    *self = Self::Opaque;
                }
            }
        }
        told
    }

    /// What is wanted next, when so many bytes were read.
    fn want(&mut self, taken: usize) -> Want {
        match self {
            Self::Opaque => Want::Nothing,
            // Where a message begins is never known again.
            Self::Declared(Framing::Fixed { .. }, place) if place.lost => Want::Nothing,
            Self::Declared(framing, place) | Self::Recognised(framing, place, _) => {
                match place.skip(*framing) {
                    0 => Want::Bytes { taken, more: 1 },
                    bytes => Want::Skip { taken, bytes },
                }
            }
            Self::Empty | Self::Watched(_) => Want::Bytes { taken, more: 1 },
        }
    }
}

impl Watched {
    fn new(from_beginning: bool) -> Self {
        let mut place = Place::START;
        place.lost = !from_beginning;
        Self {
            place,
            lines: LineEvidence::default(),
            prefixes: PrefixEvidence::new(from_beginning),
            brought: Vec::new(),
        }
    }

    fn lose(&mut self) {
        self.place.lost = true;
        self.prefixes = PrefixEvidence::new(false);
    }

    /// Takes in a segment.
    fn look(&mut self, packet: PacketNumber, bytes: &[u8]) {
        self.lines.add(bytes);
        if self.lines.is_possible() {
            // The evidence is decided within a few segments, so these are few.
            // The middle of a message tells nothing.
            let brought = self.place.take(Framing::Line, packet, bytes);
            if brought != Brought::default() {
                self.brought.push((packet, brought));
            }
        }
        self.prefixes.add(bytes);
    }

    fn is_possible(&self) -> bool {
        self.lines.is_possible() || self.prefixes.is_possible()
    }

    /// The framing, when there is no doubt, and where its reading stands.
    fn certain(&self) -> Option<(Framing, Place)> {
        if self.lines.is_certain() {
            return Some((Framing::Line, self.place));
        }
        // So far every segment ended with a message.
        let (framing, counted) = self.prefixes.certain()?;
        let mut place = Place::START;
        place.counted = counted;
        Some((framing, place))
    }
}

#[cfg(test)]
mod tests;
