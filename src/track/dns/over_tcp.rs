//! DNS over TCP (RFC 7766): each message has its length in two bytes before
//! it. In come both sides' bytes in order; out come whole messages. What is DNS
//! is told by the first message, and after bytes that were never captured by
//! one at the start of a segment.

use crate::decode::dns::{HEADER_LENGTH, Message};
use crate::track::stream::framing::Place as InFraming;
use crate::track::stream::{End, Events, Next, Place, StreamReader, Stretch, Unread, Want};
use crate::track::{Framing, Side, Sides};

/// Two bytes of length.
const PREFIX: usize = 2;

/// How messages are told apart.
const FRAMING: Framing = Framing::Length {
    bytes: PREFIX as u8,
    big_endian: true,
};

/// The least that a question takes: the root's name, type and class.
const QUESTION: usize = 5;

/// The least that a record takes: the root's name, type, class, time to live
/// and length.
const RECORD: usize = 11;

/// The messages of a connection that speaks DNS.
#[derive(Debug, Default)]
pub(in crate::track) struct MessagesOverTcp {
    sides: Sides<Messages>,
    /// A whole message was read: this is DNS.
    is_certain: bool,
}

/// The messages of one side.
#[derive(Debug)]
struct Messages {
    /// Whether the first byte that is not taken begins a message for certain.
    in_step: bool,
    /// Which segments hold several messages, and which are cut.
    place: InFraming,
    /// Up to this offset in the stream that has been told.
    told: u64,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            in_step: false,
            place: InFraming::START,
            told: 0,
        }
    }
}

/// Whether bytes begin with a message that has its length before it.
enum Begins {
    Yes,
    No,
    /// It may be: so many more bytes would show it.
    Perhaps(usize),
}

/// Whether a connection may be DNS that begins with these bytes.
pub(in crate::track) fn may_begin_message(bytes: &[u8]) -> bool {
    !matches!(begins(bytes), Begins::No)
}

impl StreamReader for MessagesOverTcp {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        let messages = &mut self.sides[side];
        let mut at = 0;
        let mut more = 1;
        while let Some(rest) = stretch.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if !messages.in_step {
                match begins(rest) {
                    Begins::Yes => messages.step_in(stretch.offset + at as u64),
                    Begins::Perhaps(lacking) => {
                        more = lacking;
                        break;
                    }
                    Begins::No if !self.is_certain => {
                        return Want::HandOver {
                            taken: 0,
                            to: Next::Framing,
                        };
                    }
                    Begins::No => {
                        at = next_segment(stretch, at);
                        continue;
                    }
                }
                self.is_certain = true;
            }
            let Some((length, message)) = first(rest) else {
                more = PREFIX.saturating_sub(rest.len()).max(1);
                break;
            };
            if length < HEADER_LENGTH {
                return Want::Nothing;
            }
            let Some(message) = message else {
                more = PREFIX + length - rest.len();
                break;
            };
            let offset = stretch.offset + at as u64;
            at += PREFIX + length;
            let last = (stretch.offset + at as u64).saturating_sub(1);
            if let (Some(from), Some(to)) = (stretch.place(offset), stretch.place(last)) {
                events.dns_message(side, message, from, to);
            }
        }
        if messages.in_step {
            messages.tell(stretch, events);
        }
        Want::Bytes { taken: at, more }
    }

    fn gap(&mut self, side: Side, _: u32, _: &mut Events<'_>) -> Want {
        self.sides[side].in_step = false;
        Want::Bytes { taken: 0, more: 1 }
    }

    fn end(&mut self, _: Side, _: End, _: Unread, _: &mut Events<'_>) {}
}

impl Messages {
    /// A message begins at this offset in the stream.
    fn step_in(&mut self, offset: u64) {
        self.in_step = true;
        self.place = InFraming::START;
        self.told = offset;
    }

    /// Tells of segments that hold several messages, and of those that are cut.
    fn tell(&mut self, stretch: &Stretch<'_>, events: &mut Events<'_>) {
        let mut told = Vec::new();
        for (_, Place { packet, .. }, bytes) in stretch.packets(self.told) {
            self.place.read(FRAMING, packet, bytes, &mut told);
        }
        self.told = stretch.end();
        told.into_iter().for_each(|event| events.push(event));
    }
}

/// Where the next segment begins.
fn next_segment(stretch: &Stretch<'_>, at: usize) -> usize {
    let here = stretch.offset + at as u64;
    let mut behind = stretch.packets(here).skip(1);
    let next = behind.next().map(|(offset, ..)| offset - stretch.offset);
    next.map_or(stretch.bytes.len(), |next| next as usize)
}

/// The length of the first message, and the message if it is whole.
fn first(bytes: &[u8]) -> Option<(usize, Option<&[u8]>)> {
    let (prefix, behind) = bytes.split_first_chunk::<PREFIX>()?;
    let length = usize::from(u16::from_be_bytes(*prefix));
    Some((length, behind.get(..length)))
}

/// Whether bytes begin with a message. One byte after the other makes it less
/// likely of what is none; only a whole message that reads as one is certain.
fn begins(bytes: &[u8]) -> Begins {
    let Some((length, message)) = first(bytes) else {
        return Begins::Perhaps(PREFIX.saturating_sub(bytes.len()).max(1));
    };
    let header = bytes.get(PREFIX..).unwrap_or_default();
    if length < HEADER_LENGTH || !may_be_header(header, length) {
        return Begins::No;
    }
    match message {
        None if header.len() < HEADER_LENGTH => Begins::Perhaps(HEADER_LENGTH - header.len()),
        None => Begins::Perhaps(length - header.len()),
        Some(message) => {
            let is_one = Message::parse(message).is_ok_and(|message| message.fault().is_none());
            if is_one { Begins::Yes } else { Begins::No }
        }
    }
}

/// Whether these bytes may be the header of a message of this length, as far as
/// they go (RFC 1035, section 4.1.1): a query, status request, notification or
/// update with one question and, if it asks, no error; and no more entries than
/// there is room for.
fn may_be_header(header: &[u8], length: usize) -> bool {
    let word = |at: usize| match header.get(at..) {
        Some([high, low, ..]) => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    };
    let Some(flags) = word(2) else { return true };
    let is_response = flags & 0x8000 != 0;
    let opcode = flags >> 11 & 0xf;
    let reserved = flags & 0x0040;
    if !matches!(opcode, 0 | 2 | 4 | 5) || reserved != 0 || (!is_response && flags & 0xf != 0) {
        return false;
    }
    let Some(questions) = word(4) else {
        return true;
    };
    if questions > 1 || (questions == 0 && !is_response) {
        return false;
    }
    let [answers, authorities, additionals] = [6, 8, 10].map(|at| word(at).map(usize::from));
    // An update has its prerequisites where answers would be (RFC 2136).
    if !is_response && opcode == 0 && answers.is_some_and(|answers| answers > 0) {
        return false;
    }
    let records = [answers, authorities, additionals].into_iter().flatten();
    let least = HEADER_LENGTH + usize::from(questions) * QUESTION + records.sum::<usize>() * RECORD;
    least <= length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A query for the root's NS, with its length before it.
    fn query(id: u8) -> Vec<u8> {
        let mut bytes = vec![0, 17, 0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend([0, 0, 2, 0, 1]);
        bytes
    }

    #[test]
    fn a_message_is_possible_at_every_length_and_certain_when_whole() {
        let bytes = query(7);
        for length in 1..bytes.len() {
            assert!(matches!(begins(&bytes[..length]), Begins::Perhaps(_)));
        }
        assert!(matches!(begins(&bytes), Begins::Yes));
        assert!(matches!(
            begins(&[&bytes[..], &[1, 2, 3]].concat()),
            Begins::Yes
        ));
    }

    #[test]
    fn what_other_protocols_begin_with_is_no_message() {
        for other in [
            &b"GET / HTTP/1.1\r\nHost: a\r\n"[..],
            b"HTTP/1.1 200 OK\r\n",
            b"SSH-2.0-OpenSSH_9.2",
            b"EHLO mail.example\r\n",
            b"220 mail.example ESMTP\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
            b"\x00\x03\x01\x02\x03",
        ] {
            assert!(!may_begin_message(other), "{other:?}");
        }
    }
}
