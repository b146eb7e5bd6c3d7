//! Who follows the DTLS of conversations over UDP (RFC 6347; the hellos of RFC 9147):
//! fragments of handshake messages are put together, whatever their order, and those
//! that are sent again say nothing new. Behind the handshake nothing is looked at.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::MESSAGE_AT_MOST;
use super::messages::{At, CLIENT_HELLO, HELLO_VERIFY_REQUEST, Handshake, SERVER_HELLO};
use crate::decode::Packet;
use crate::decode::tls::{
    Alert, ContentType, DatagramRecord, HandshakeFragment, ciphertext_epochs, verify_request_cookie,
};
use crate::track::stream::Events;
use crate::track::{PacketNumber, Seen, Side, Sides};

/// Conversations that are followed at once; the one that began first is given up for
/// another.
const SESSIONS_AT_MOST: usize = 4_096;

/// Bytes of messages that are not whole, over all conversations; those of the one that
/// began first are given up first.
const KEPT_AT_MOST: usize = 4 << 20;

/// Messages of a side that wait for those before them.
const WAITING_AT_MOST: usize = 16;

/// The DTLS of all conversations of a part.
#[derive(Debug, Default)]
pub(in crate::track) struct TlsDatagrams {
    sessions: BTreeMap<PacketNumber, Box<Session>>,
    /// Bytes that are kept of messages that are not whole.
    kept: usize,
}

impl TlsDatagrams {
    /// Whether a conversation's datagrams make a difference, whatever they are.
    pub fn follows(&self, conversation: PacketNumber) -> bool {
        !self.sessions.is_empty() && self.sessions.contains_key(&conversation)
    }

    /// Takes in a datagram that is DTLS, or any of a conversation that it follows.
    pub fn datagram(&mut self, side: Side, packet: &Packet<'_>, events: &mut Events<'_>) {
        let conversation = events.conversation;
        let session = self.sessions.entry(conversation).or_default();
        let seen = events.now();
        let before = session.kept();
        for record in DatagramRecord::all(packet.payload_bytes()) {
            session.record(side, &record, seen, events);
        }
        for epoch in ciphertext_epochs(packet.payload_bytes()) {
            session.handshake.ciphertext(side, epoch, seen, events);
        }
        self.kept = (self.kept + session.kept()).saturating_sub(before);
        while self.sessions.len() > SESSIONS_AT_MOST || self.kept > KEPT_AT_MOST {
            let mut all = self.sessions.keys().copied();
            let Some(first) = all.find(|first| *first != conversation) else {
                break;
            };
            self.forget(first);
        }
    }

    fn forget(&mut self, conversation: PacketNumber) -> Option<Box<Session>> {
        let session = self.sessions.remove(&conversation)?;
        self.kept = self.kept.saturating_sub(session.kept());
        Some(session)
    }

    /// A conversation has ended.
    pub fn end(&mut self, events: &mut Events<'_>) {
        let Some(mut session) = self.forget(events.conversation) else {
            return;
        };
        session.handshake.fail(None, events);
        if let Some(session) = session.handshake.whole_session(events) {
            events.session(session);
        }
    }
}

/// One conversation's.
#[derive(Debug)]
struct Session {
    halves: Sides<Half>,
    handshake: Handshake,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            halves: Sides::default(),
            handshake: Handshake::over_datagrams(),
        }
    }
}

/// One side.
#[derive(Debug, Default)]
struct Half {
    /// The number of the message that comes next; `None` before the first.
    next: Option<u16>,
    waiting: BTreeMap<u16, Message>,
}

/// A message of which fragments have come.
#[derive(Debug)]
struct Message {
    kind: u8,
    bytes: Vec<u8>,
    /// The parts that have come: from, to; in order and apart.
    come: Vec<(usize, usize)>,
    first: Seen,
    last: Seen,
    packets: u32,
}

impl Message {
    fn of(fragment: &HandshakeFragment<'_>, seen: Seen) -> Self {
        Self {
            kind: fragment.kind,
            bytes: vec![0; fragment.length],
            come: Vec::new(),
            first: seen,
            last: seen,
            packets: 0,
        }
    }

    fn add(&mut self, fragment: &HandshakeFragment<'_>, seen: Seen) {
        let end = fragment.offset + fragment.bytes.len();
        let place = self.bytes.get_mut(fragment.offset..end);
        let is_same = self.kind == fragment.kind;
        let Some(place) = place.filter(|_| is_same) else {
            return;
        };
        place.copy_from_slice(fragment.bytes);
        if self.packets == 0 || self.last.packet != seen.packet {
            self.packets += 1;
        }
        self.last = seen;
        self.come.push((fragment.offset, end));
        self.come.sort_unstable();
        self.come.dedup_by(|later, earlier| {
            let touches = later.0 <= earlier.1;
            if touches {
                earlier.1 = earlier.1.max(later.1);
            }
            touches
        });
    }

    fn is_whole(&self) -> bool {
        self.bytes.is_empty() || self.come == [(0, self.bytes.len())]
    }
}

impl Half {
    /// Keeps a fragment; those of messages that were read already are sent again.
    fn add(&mut self, fragment: &HandshakeFragment<'_>, seen: Seen) {
        let next = *self.next.get_or_insert(match fragment.kind {
            // A capture may begin in the middle: then nothing was read before it.
            CLIENT_HELLO | SERVER_HELLO | HELLO_VERIFY_REQUEST => fragment.number,
            _ => 0,
        });
        let is_known = self.waiting.contains_key(&fragment.number);
        let has_room = is_known || self.waiting.len() < WAITING_AT_MOST;
        if fragment.number < next || fragment.length > MESSAGE_AT_MOST || !has_room {
            return;
        }
        self.waiting
            .entry(fragment.number)
            .or_insert_with(|| Message::of(fragment, seen))
            .add(fragment, seen);
    }

    /// The next message, where all of it has come.
    fn next_message(&mut self) -> Option<Message> {
        let next = self.next?;
        if !self.waiting.get(&next)?.is_whole() {
            return None;
        }
        self.next = Some(next.saturating_add(1));
        self.waiting.remove(&next)
    }
}

impl Session {
    /// Bytes of messages that are not whole.
    fn kept(&self) -> usize {
        let Sides { client, server } = &self.halves;
        let waiting = client.waiting.values().chain(server.waiting.values());
        waiting.map(|message| message.bytes.len()).sum()
    }

    fn record(
        &mut self,
        side: Side,
        record: &DatagramRecord<'_>,
        seen: Seen,
        events: &mut Events<'_>,
    ) {
        let is_clear = record.epoch == 0;
        match record.content {
            ContentType::Handshake if is_clear => {
                for fragment in HandshakeFragment::all(record.body) {
                    self.halves[side].add(&fragment, seen);
                }
                self.messages(side, events);
            }
            ContentType::Handshake => self.handshake.finished(side, seen, events),
            ContentType::ChangeCipherSpec if is_clear => {
                self.handshake.changes(side);
            }
            ContentType::Alert if is_clear => self.alert(side, record.body, seen, events),
            ContentType::ApplicationData if !is_clear => {
                self.handshake.encrypted(side, record.length, seen, events);
            }
            _ => {}
        }
    }

    /// Reads the messages that are whole and due.
    fn messages(&mut self, side: Side, events: &mut Events<'_>) {
        while let Some(message) = self.halves[side].next_message() {
            let at = At {
                side,
                first: message.first,
                last: message.last,
                packets: message.packets,
            };
            match (message.kind, verify_request_cookie(&message.bytes)) {
                (HELLO_VERIFY_REQUEST, Some(cookie)) => {
                    self.handshake.verify_request(cookie, &at, events);
                }
                _ => drop(
                    self.handshake
                        .message(message.kind, &message.bytes, &at, events),
                ),
            }
        }
    }

    fn alert(&mut self, side: Side, body: &[u8], seen: Seen, events: &mut Events<'_>) {
        if let Some(alert) = Alert::parse(body).filter(|_| self.handshake.has_begun()) {
            self.handshake.alert(side, alert, seen, events);
        }
    }
}
