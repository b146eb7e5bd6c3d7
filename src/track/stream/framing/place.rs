//! Where the reading stands within the messages of a stream whose framing is
//! known, and what a segment brought of them.

use super::line_evidence::end_of_line;
use super::prefix_evidence::LONGEST;
use crate::track::dormant::near;
use crate::track::{Event, Framing, MessageCut, PacketNumber, SeveralMessages};
use serde::{Deserialize, Serialize};

/// Where the reading stands within the messages of a stream.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    /// Bytes are missing: where the next message begins is not known.
    pub(super) lost: bool,
    /// The packet in which the message at hand began.
    #[serde(with = "near::packet")]
    begins_in: PacketNumber,
    /// Bytes of it so far; 0 between messages.
    pub(super) bytes: u32,
    /// The length that its prefix gives, as far as it was read.
    length: u32,
}

/// What one segment brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Brought {
    /// The end of a message that began in this earlier packet, and how long
    /// the message is.
    pub(super) tail: Option<(PacketNumber, u32)>,
    /// Messages that lie in it from beginning to end.
    pub(super) whole: u32,
    /// Bytes of one that begins in it and goes on.
    begun: u32,
}

impl Place {
    /// At the first byte of a message.
    pub(super) const START: Self = Self {
        lost: false,
        begins_in: 0,
        bytes: 0,
        length: 0,
    };

    /// Takes the bytes of one segment, and tells what they brought.
    pub(super) fn read(
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
    pub(super) fn take(&mut self, framing: Framing, packet: PacketNumber, bytes: &[u8]) -> Brought {
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
    pub(super) fn is_likely(&self) -> bool {
        self.length <= LONGEST
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
