//! Messages in the byte stream: which segments hold several, and which
//! messages are cut. TCP keeps no boundaries (RFC 9293, section 3.8), so the
//! framing must be declared, or shown by the bytes themselves.
//!
//! In come a direction's new bytes in order. No byte is kept, only where the
//! message at hand began and how much of it there is.

mod line_evidence;
mod place;
mod prefix_evidence;

use crate::track::dormant::near;
use crate::track::{Event, Framing, PacketNumber};
use line_evidence::LineEvidence;
use place::Place;
use prefix_evidence::PrefixEvidence;
use serde::{Deserialize, Serialize};

/// The next new bytes of one direction.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Stretch<'a> {
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

/// One direction of a connection: two words until it is known to be framed.
/// Of most the first segment shows that nothing can be said.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct Direction(State);

#[derive(Debug, Default, Serialize, Deserialize)]
enum State {
    /// No bytes yet.
    #[default]
    Empty,
    Followed(Box<Followed>),
    /// Nothing can be said of it.
    Opaque,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Followed {
    /// The sequence number behind its last bytes.
    #[serde(with = "near::sequence")]
    next: u32,
    how: How,
}

#[derive(Debug, Serialize, Deserialize)]
enum How {
    /// Declared.
    Declared(Framing, Place),
    /// Not declared, and not known yet.
    Watched(Watched),
    /// The bytes show it, and go on showing it.
    Recognised(Framing, Place, LineEvidence),
}

/// A direction that may turn out to be framed.
#[derive(Debug, Serialize, Deserialize)]
struct Watched {
    place: Place,
    lines: LineEvidence,
    prefixes: PrefixEvidence,
}

impl Direction {
    /// Whether its bytes make no difference any more.
    pub fn is_opaque(&self) -> bool {
        matches!(self.0, State::Opaque)
    }

    /// Follows its next bytes.
    pub fn follow(
        &mut self,
        declared: Option<Framing>,
        stretch: &Stretch<'_>,
        events: &mut Vec<Event>,
    ) {
        if stretch.length == 0 {
            return;
        }
        let next = stretch.start.wrapping_add(stretch.length);
        match &mut self.0 {
            State::Opaque => {}
            State::Empty => {
                let mut how = match declared {
                    Some(framing) => How::Declared(framing, Place::START),
                    None => How::Watched(Watched::default()),
                };
                self.0 = if how.follow(stretch.is_beginning, stretch, events) {
                    State::Followed(Box::new(Followed { next, how }))
                } else {
                    State::Opaque
                };
            }
            State::Followed(followed) => {
                let goes_on = followed.next == stretch.start || stretch.is_beginning;
                followed.next = next;
                if !followed.how.follow(goes_on, stretch, events) {
                    self.0 = State::Opaque;
                }
            }
        }
    }
}

impl How {
    /// Gives whether there is more to expect. `goes_on`: no bytes are missing
    /// before these.
    fn follow(&mut self, goes_on: bool, stretch: &Stretch<'_>, events: &mut Vec<Event>) -> bool {
        let whole = stretch.bytes.len() == stretch.length as usize;
        match self {
            Self::Declared(framing, place) => {
                place.lost |= !goes_on;
                place.read(*framing, stretch.packet, stretch.bytes, events);
                place.lost |= !whole;
                // Where a message begins is never known again.
                !(matches!(framing, Framing::Length { .. }) && place.lost)
            }
            Self::Watched(_) if !whole => false,
            Self::Watched(watched) => {
                if !goes_on {
                    watched.lose();
                }
                watched.look(stretch);
                if let Some((framing, place)) = watched.certain() {
                    *self = Self::Recognised(framing, place, watched.lines);
                    return true;
                }
                watched.lines.is_possible() || watched.prefixes.is_possible()
            }
            Self::Recognised(framing, place, evidence) => {
                place.lost |= !goes_on;
                let before = events.len();
                place.read(*framing, stretch.packet, stretch.bytes, events);
                place.lost |= !whole;
                let holds = match framing {
                    Framing::Line => {
                        evidence.add(stretch.bytes);
                        evidence.is_possible()
                    }
                    Framing::Length { .. } => !place.lost && place.is_likely(),
                };
                if !holds {
                    events.truncate(before);
                }
                holds
            }
        }
    }
}

impl Default for How {
    fn default() -> Self {
        Self::Watched(Watched::default())
    }
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            place: Place::START,
            lines: LineEvidence::default(),
            prefixes: PrefixEvidence::new(true),
        }
    }
}

impl Watched {
    fn lose(&mut self) {
        self.place.lost = true;
        self.prefixes = PrefixEvidence::new(false);
    }

    /// Takes in a segment.
    fn look(&mut self, stretch: &Stretch<'_>) {
        self.lines.add(stretch.bytes);
        if self.lines.is_possible() {
            // What is not yet known to be framed is not yet told.
            let _ = self
                .place
                .take(Framing::Line, stretch.packet, stretch.bytes);
        }
        self.prefixes.add(stretch.bytes);
    }

    /// The framing, when there is no doubt, and where its reading stands.
    fn certain(&self) -> Option<(Framing, Place)> {
        if self.lines.is_certain() {
            return Some((Framing::Line, self.place));
        }
        // So far every segment ended with a message.
        Some((self.prefixes.certain()?, Place::START))
    }
}

#[cfg(test)]
mod tests;
