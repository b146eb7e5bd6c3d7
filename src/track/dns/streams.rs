//! DNS over TCP (RFC 7766): each message has its length in two bytes before
//! it. In come a direction's bytes in order; out come whole messages. A
//! message that lies whole in the bytes given is lent out of them; only one
//! that spans several is put together in memory.

use super::super::Side;
use super::super::hash::Map;
use crate::decode::dns::{HEADER_LENGTH, Message};

/// Two bytes of length, and what they can say at most.
const PREFIX: usize = 2;

/// Bytes of unfinished messages over all directions together. Beyond that a
/// direction is given up.
const MOST_BUFFERED: usize = 16 * 1024 * 1024;

/// The unfinished messages of all TCP conversations that speak DNS.
#[derive(Debug, Default)]
pub struct DnsStreams {
    directions: Map<(u64, Side), Direction>,
    buffered: usize,
}

#[derive(Debug)]
enum Direction {
    /// The start of a message, prefix included.
    Unfinished(Vec<u8>),
    /// At a message's first byte, after at least one whole message.
    Between,
    /// Bytes are missing, or it is no DNS: where a message begins is not
    /// known any more.
    Lost,
}

impl DnsStreams {
    /// Takes the next bytes of one direction, in order and without gaps, and
    /// calls `message` with each message that they complete.
    pub fn bytes(
        &mut self,
        conversation: u64,
        side: Side,
        bytes: &[u8],
        mut message: impl FnMut(&[u8]),
    ) {
        if bytes.is_empty() {
            return;
        }
        let key = (conversation, side);
        let mut rest = bytes;
        let mut first = false;
        match self.directions.get_mut(&key) {
            None => first = true,
            Some(Direction::Between) => {}
            Some(Direction::Lost) => return,
            Some(Direction::Unfinished(buffer)) => {
                let before = buffer.len();
                rest = complete(buffer, rest);
                let whole = whole(buffer).is_some();
                self.buffered += buffer.len() - before;
                if !whole {
                    if self.buffered > MOST_BUFFERED {
                        self.lose(conversation, side);
                    }
                    return;
                }
                let buffer = std::mem::take(buffer);
                self.buffered = self.buffered.saturating_sub(buffer.len());
                if !is_plausible(&buffer[PREFIX..]) {
                    self.directions.insert(key, Direction::Lost);
                    return;
                }
                message(&buffer[PREFIX..]);
            }
        }
        while let Some(length) = whole(rest) {
            let (one, behind) = rest.split_at(length);
            let one = one.get(PREFIX..).unwrap_or_default();
            if first && !is_plausible(one) {
                self.directions.insert(key, Direction::Lost);
                return;
            }
            first = false;
            message(one);
            rest = behind;
        }
        let direction = if is_hopeless(rest) {
            Direction::Lost
        } else if rest.is_empty() {
            Direction::Between
        } else {
            self.buffered += rest.len();
            Direction::Unfinished(rest.to_vec())
        };
        self.directions.insert(key, direction);
    }

    /// Bytes of this direction are missing: nothing more can be read from it.
    pub fn lose(&mut self, conversation: u64, side: Side) {
        let lost = self
            .directions
            .insert((conversation, side), Direction::Lost);
        self.free(lost);
    }

    /// The conversation has ended: forgets it.
    pub fn end(&mut self, conversation: u64) {
        if !self.directions.is_empty() {
            self.forget(conversation);
        }
    }

    fn forget(&mut self, conversation: u64) {
        for side in [Side::Client, Side::Server] {
            let ended = self.directions.remove(&(conversation, side));
            self.free(ended);
        }
    }

    fn free(&mut self, direction: Option<Direction>) {
        if let Some(Direction::Unfinished(buffer)) = direction {
            self.buffered = self.buffered.saturating_sub(buffer.len());
        }
    }
}

/// Bytes of the first message with its prefix, if it is whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let prefix = bytes.first_chunk::<PREFIX>()?;
    let length = PREFIX + usize::from(u16::from_be_bytes(*prefix));
    (length >= PREFIX + HEADER_LENGTH && bytes.len() >= length).then_some(length)
}

/// A length that no message can have.
fn is_hopeless(bytes: &[u8]) -> bool {
    bytes
        .first_chunk::<PREFIX>()
        .is_some_and(|prefix| usize::from(u16::from_be_bytes(*prefix)) < HEADER_LENGTH)
}

/// Whether a direction's first message reads as one: a recording that begins
/// in the middle of a stream has anything at all here.
fn is_plausible(message: &[u8]) -> bool {
    Message::parse(message).is_ok_and(|message| message.fault().is_none())
}

/// Moves into `buffer` what its message lacks, and gives back the rest.
fn complete<'a>(buffer: &mut Vec<u8>, bytes: &'a [u8]) -> &'a [u8] {
    let mut rest = bytes;
    while buffer.len() < PREFIX {
        let Some((byte, behind)) = rest.split_first() else {
            return rest;
        };
        buffer.push(*byte);
        rest = behind;
    }
    let length = buffer
        .first_chunk::<PREFIX>()
        .map_or(0, |prefix| usize::from(u16::from_be_bytes(*prefix)));
    let lacking = (PREFIX + length).saturating_sub(buffer.len());
    let (take, behind) = rest.split_at(lacking.min(rest.len()));
    buffer.extend_from_slice(take);
    behind
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

    /// The ids of the messages that come out when the stream is cut at every
    /// `step` bytes.
    fn ids(streams: &mut DnsStreams, stream: &[u8], step: usize) -> Vec<u8> {
        let mut ids = Vec::new();
        for chunk in stream.chunks(step) {
            streams.bytes(1, Side::Client, chunk, |message| {
                assert_eq!(message.len(), 17);
                ids.push(message[1]);
            });
        }
        ids
    }

    #[test]
    fn messages_come_out_whole_however_the_stream_is_cut() {
        let stream: Vec<u8> = (1..=5).flat_map(query).collect();
        for step in 1..=stream.len() {
            let mut streams = DnsStreams::default();
            assert_eq!(ids(&mut streams, &stream, step), [1, 2, 3, 4, 5], "{step}");
            assert_eq!(streams.buffered, 0);
        }
    }

    #[test]
    fn a_message_within_one_segment_is_lent_out_of_it() {
        let stream = query(7);
        let mut streams = DnsStreams::default();
        streams.bytes(1, Side::Server, &stream, |message| {
            assert!(std::ptr::eq(message, &stream[2..]));
        });
    }

    #[test]
    fn the_two_directions_do_not_mix() {
        let stream = query(7);
        let mut streams = DnsStreams::default();
        let mut count = 0;
        streams.bytes(1, Side::Client, &stream[..9], |_| count += 1);
        streams.bytes(1, Side::Server, &stream, |_| count += 1);
        streams.bytes(1, Side::Client, &stream[9..], |_| count += 1);
        assert_eq!(count, 2);
    }

    #[test]
    fn what_is_no_dns_is_ignored_for_good() {
        let mut streams = DnsStreams::default();
        assert!(ids(&mut streams, b"GET / HTTP/1.1\r\n\r\n", 50).is_empty());
        assert!(ids(&mut streams, &[0, 3, 1, 2, 3], 50).is_empty());
        assert!(ids(&mut streams, &query(1), 50).is_empty());
    }

    #[test]
    fn a_lost_direction_stays_silent_until_the_conversation_ends() {
        let mut streams = DnsStreams::default();
        assert!(ids(&mut streams, &query(1)[..9], 50).is_empty());
        assert_eq!(streams.buffered, 9);
        streams.lose(1, Side::Client);
        assert_eq!(streams.buffered, 0);
        assert!(ids(&mut streams, &query(2), 50).is_empty());
        streams.end(1);
        assert_eq!(ids(&mut streams, &query(3), 50), [3]);
    }
}
