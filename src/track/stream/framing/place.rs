//! Where the reading stands within the messages of a stream whose framing is
//! known, and what a segment brought of them.

use super::line_evidence::end_of_line;
use super::prefix_evidence::{LONGEST, is_exact};
use crate::track::{Event, Framing, MessageCut, PacketNumber, SeveralMessages};

/// Messages in a row that show where the next one begins: a length, and where it
/// points two more.
const FIND_AGAIN: u64 = 3;

/// Where the reading stands within the messages of a stream.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Place {
    /// Bytes are missing: where the next message begins is not known.
    pub lost: bool,
    /// Messages in the last segments, all of them whole, since it is not known.
    whole_since: u64,
    /// The packet in which the message at hand began; 0 where that was not
    /// captured.
    begins_in: PacketNumber,
    /// Bytes of it so far; 0 between messages.
    pub(super) bytes: u32,
    /// The length that its prefix gives, as far as it was read.
    length: u32,
    /// The messages so far.
    pub(super) counted: Counted,
}

/// How many messages there were, and of what size.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub messages: u64,
    /// The size of the first.
    size: u32,
    /// Another was of another size.
    differ: bool,
}

impl Counted {
    /// A message of this size.
    pub fn add(&mut self, size: u32) {
        if self.messages == 0 {
            self.size = size;
        }
        self.differ |= self.size != size;
        self.messages += 1;
    }

    /// The size of all of them, if they have one.
    pub fn of_one_size(&self) -> Option<u32> {
        (self.messages > 0 && !self.differ).then_some(self.size)
    }
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
    pub const START: Self = Self {
        lost: false,
        whole_since: 0,
        begins_in: 0,
        bytes: 0,
        length: 0,
        counted: Counted {
            messages: 0,
            size: 0,
            differ: false,
        },
    };

    /// Takes the bytes of one segment, and tells what they brought.
    pub fn read(
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
            let Some(found) = self.find_again(framing, rest) else {
                return brought;
            };
            rest = found;
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
                Framing::Fixed { bytes } => {
                    let lacking = bytes.saturating_sub(self.bytes) as usize;
                    (lacking.min(rest.len()), lacking <= rest.len())
                }
            };
            self.bytes = self.bytes.saturating_add(taken as u32);
            rest = rest.get(taken..).unwrap_or_default();
            if ends {
                if self.begins_in == packet {
                    brought.whole += 1;
                } else if self.begins_in > 0 {
                    brought.tail = Some((self.begins_in, self.bytes));
                }
                self.counted.add(self.bytes);
                self.bytes = 0;
            }
        }
        if self.bytes > 0 && self.begins_in == packet {
            brought.begun = self.bytes;
        }
        brought
    }

    /// Finds the beginning of a message in a segment; gives the bytes from there
    /// on. Lengths are believed where the last segments consist of whole
    /// messages, of several in all.
    fn find_again<'b>(&mut self, framing: Framing, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let found = match framing {
            Framing::Line => bytes.get(end_of_line(bytes)?..),
            Framing::Length { .. } => {
                let mut counted = Counted::default();
                let is_exact = is_exact(framing, bytes, &mut counted);
                self.whole_since = if is_exact {
                    self.whole_since + counted.messages
                } else {
                    0
                };
                (self.whole_since >= FIND_AGAIN).then_some(&[][..])
            }
            Framing::Fixed { .. } => None,
        };
        if found.is_some() {
            self.lost = false;
            self.bytes = 0;
        }
        found
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

    /// How many of the next bytes need only be counted: those of the message at
    /// hand but for the last, whose packet is of interest. They count as read.
    pub(super) fn skip(&mut self, framing: Framing) -> u64 {
        let end = match framing {
            Framing::Line => return 0,
            Framing::Fixed { bytes } => bytes,
            Framing::Length { bytes, .. } if self.bytes >= u32::from(bytes) => {
                u32::from(bytes).saturating_add(self.length)
            }
            Framing::Length { .. } => return 0,
        };
        if self.bytes == 0 || self.lost {
            return 0;
        }
        let skipped = end.saturating_sub(self.bytes).saturating_sub(1);
        self.bytes += skipped;
        skipped.into()
    }

    /// So many bytes were not captured.
    pub(super) fn pass(&mut self, framing: Framing, missing: u32) {
        let Framing::Fixed { bytes: size } = framing else {
            self.lost = true;
            self.whole_since = 0;
            return;
        };
        let size = u64::from(size.max(1));
        let passed = u64::from(self.bytes) + u64::from(missing);
        if passed >= size {
            // The message at hand began within them.
            self.begins_in = 0;
            self.counted.add(size as u32);
            self.counted.messages += passed / size - 1;
        }
        self.bytes = (passed % size) as u32;
    }

    /// Whether the last length read is one that messages have.
    pub(super) fn is_likely(&self) -> bool {
        self.length <= LONGEST
    }
}

impl Brought {
    /// Tells what the packet brought.
    pub(super) fn tell(self, framing: Framing, packet: PacketNumber, events: &mut Vec<Event>) {
        if let Some((begins_in, bytes)) = self.tail {
            events.push(Event::MessageCut(MessageCut {
                packet,
                begins_in,
                bytes,
                complete: true,
                framing,
            }));
        }
        let parts = u32::from(self.tail.is_some()) + self.whole + u32::from(self.begun > 0);
        if self.whole > 0 && parts > 1 {
            events.push(Event::SeveralMessages(SeveralMessages {
                packet,
                messages: self.whole,
                framing,
                begun_bytes: self.begun,
            }));
        } else if self.begun > 0 {
            events.push(Event::MessageCut(MessageCut {
                packet,
                begins_in: packet,
                bytes: self.begun,
                complete: false,
                framing,
            }));
        }
    }
}
