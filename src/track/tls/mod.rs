//! Who follows the TLS of a connection: records and the handshake messages in them,
//! over the bounds of both (RFC 8446, section 5.1), up to the first application data
//! of both sides. What comes behind is not looked at.
//!
//! Up to TLS 1.2 all of the handshake but its last message goes in clear; in TLS 1.3
//! nothing behind the ServerHello does, so the end of the handshake is known by the
//! size of the record that carries the client's Finished.

mod datagrams;
mod messages;
mod session;
#[cfg(test)]
mod tests;

pub(in crate::track) use datagrams::TlsDatagrams;
pub use session::{AlertSeen, EarlyData, Resumed, TlsSession};

use std::borrow::Cow;
use std::ops::Range;

use crate::decode::http;
use crate::decode::tls::{Alert, ClientHello, ContentType, HandshakeHeader, Record, may_begin};
use crate::track::stream::{End, Events, Next, Remaining, StreamReader, Stretch, Unread, Want};
use crate::track::{Event, PacketNumber, Seen, Side, Sides, TlsEnd, TlsPlaintext};
use messages::{At, Handshake};

/// No handshake message is longer than is kept of it.
const MESSAGE_AT_MOST: usize = 64 << 10;

/// Alerts that are told of one connection.
const ALERTS_AT_MOST: usize = 8;

/// The TLS of one connection.
#[derive(Debug, Default)]
pub(in crate::track) struct TlsRecords {
    halves: Sides<Half>,
    handshake: Handshake,
    /// It was found in the middle of something else: what does not read as TLS may be
    /// that.
    is_found: bool,
    /// Bytes are missing, or cannot be read.
    is_lost: bool,
    /// How the first side ended.
    ended: Option<Ended>,
    /// Whether a side has ended.
    has_ended: Sides<bool>,
    /// All was told.
    is_told: bool,
}

/// One side.
#[derive(Debug, Default)]
struct Half {
    state: State,
    /// The beginning of a message that goes on in the next record.
    message: Vec<u8>,
    /// Where that came from.
    first: Seen,
    /// Packets that brought the message.
    packets: u32,
    last_packet: PacketNumber,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing has come yet.
    #[default]
    Empty,
    /// Records in clear, or as the version has it.
    Open,
    /// It has changed to its keys (TLS 1.2 and older).
    Changed,
    /// It cannot be read, or need not be.
    Over,
}

/// How a side ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub how: TlsEnd,
    /// Who closed, where it shows.
    pub by: Option<Side>,
    /// The packet that closed.
    pub seen: Seen,
}

/// What to do next with a side.
enum Reads {
    Taken(usize),
    /// So many bytes more are needed.
    Wait(usize),
    /// So many are taken, and so many behind them only counted.
    Skip(usize, u64),
    Over,
    NotTls,
}

impl TlsRecords {
    /// Of a connection in the middle of which TLS was found.
    pub fn found() -> Self {
        Self {
            is_found: true,
            ..Self::default()
        }
    }
}

impl StreamReader for TlsRecords {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        let mut taken = 0;
        while let Some(remaining) = stretch.remaining(taken) {
            match self.step(side, &remaining, events) {
                Reads::Taken(bytes) => taken += bytes,
                Reads::Wait(more) => return Want::Bytes { taken, more },
                Reads::Skip(header, bytes) => {
                    taken += header;
                    return Want::Skip { taken, bytes };
                }
                Reads::NotTls if taken == 0 => {
                    return Want::HandOver {
                        taken,
                        to: Next::Framing,
                    };
                }
                Reads::NotTls => {
                    self.is_lost = true;
                    return self.over(side, events);
                }
                Reads::Over => return self.over(side, events),
            }
        }
        Want::Bytes { taken, more: 1 }
    }

    fn gap(&mut self, side: Side, _: u32, events: &mut Events<'_>) -> Want {
        self.is_lost = true;
        self.over(side, events)
    }

    fn end(&mut self, side: Side, how: End, unread: Unread, events: &mut Events<'_>) {
        self.halves[side].state = State::Over;
        self.has_ended[side] = true;
        self.is_lost |= unread.is_unseen;
        let known = match how {
            End::Closed => Some(TlsEnd::Closed),
            End::Reset => Some(TlsEnd::Reset),
            End::Unknown | End::TooLong | End::GivenUp => None,
        };
        if let Some(how) = known {
            let by = closer(how, side, events);
            let seen = events.now();
            self.ended.get_or_insert(Ended { how, by, seen });
        }
        if self.has_ended[side.other()] {
            if !self.is_lost && !self.is_told {
                self.handshake.fail(self.ended, events);
            }
            self.tell(events);
        }
    }
}

/// Who closed, where it shows.
fn closer(how: TlsEnd, side: Side, events: &Events<'_>) -> Option<Side> {
    match how {
        TlsEnd::Closed => Some(side),
        TlsEnd::Reset => {
            let packet = events.packet?;
            let tcp = packet.tcp()?;
            let from = events.ends.client.port == Some(tcp.source_port);
            let differ = events.ends.client.port != events.ends.server.port;
            differ.then_some(if from { Side::Client } else { Side::Server })
        }
        TlsEnd::Alert => None,
    }
}

impl TlsRecords {
    /// Nothing more of a side is read.
    fn over(&mut self, side: Side, events: &mut Events<'_>) -> Want {
        let half = &mut self.halves[side];
        half.state = State::Over;
        half.message = Vec::new();
        if self.halves[side.other()].state == State::Over {
            self.tell(events);
        }
        Want::Nothing
    }

    /// Tells what the session was, once.
    fn tell(&mut self, events: &mut Events<'_>) {
        if std::mem::replace(&mut self.is_told, true) {
            return;
        }
        if let Some(session) = self.handshake.whole_session(events) {
            events.session(session);
        }
    }

    fn step(
        &mut self,
        side: Side,
        remaining: &Remaining<'_, '_>,
        events: &mut Events<'_>,
    ) -> Reads {
        let bytes = remaining.bytes;
        let half = &mut self.halves[side];
        if half.state == State::Over {
            return Reads::Over;
        }
        if half.state == State::Empty {
            match self.begin(side, remaining, events) {
                Ok(()) => {}
                Err(reads) => return reads,
            }
        }
        if bytes.first().is_some_and(|first| *first >= 0x80) && !self.handshake.has_begun() {
            return self.ssl2(side, remaining, events);
        }
        let Some(record) = Record::parse(bytes) else {
            return match bytes.len() < Record::HEADER && Record::may_be(bytes) {
                true => Reads::Wait(Record::HEADER - bytes.len()),
                false => self.not_tls(),
            };
        };
        let whole = Record::HEADER + record.length;
        let first = remaining.seen(0);
        let is_clear = self.halves[side].state == State::Open;
        match record.content {
            ContentType::ApplicationData | ContentType::Heartbeat => {
                self.encrypted(side, record.length, first, events)
            }
            // Under keys only its length shows.
            ContentType::Handshake if !is_clear => {
                self.handshake.finished(side, first, events);
                Reads::Skip(Record::HEADER, record.length as u64)
            }
            ContentType::Alert if record.length > 2 => {
                Reads::Skip(Record::HEADER, record.length as u64)
            }
            _ => {
                let Some(body) = bytes.get(Record::HEADER..whole) else {
                    return Reads::Wait(whole - bytes.len());
                };
                let last = remaining.seen(whole - 1);
                match record.content {
                    ContentType::Alert => self.alert(side, body, first, events),
                    ContentType::ChangeCipherSpec => {
                        if self.handshake.changes(side) {
                            self.halves[side].state = State::Changed;
                        }
                        Reads::Taken(whole)
                    }
                    _ => {
                        self.count_packets(side, remaining, Record::HEADER..whole);
                        self.messages(side, body, (first, last), events)
                    }
                }
            }
        }
    }

    /// Bytes that do not read as TLS.
    fn not_tls(&mut self) -> Reads {
        if !self.handshake.has_begun() {
            return Reads::NotTls;
        }
        self.is_lost = true;
        Reads::Over
    }

    /// The first bytes of a side.
    fn begin(
        &mut self,
        side: Side,
        remaining: &Remaining<'_, '_>,
        events: &mut Events<'_>,
    ) -> Result<(), Reads> {
        let bytes = remaining.bytes;
        let is_answer = self.handshake.asker() == Some(side.other());
        let may_be = match is_answer {
            true => Record::may_be(bytes),
            false => may_begin(bytes),
        };
        if may_be && !is_answer && bytes.len() < Record::HEADER + HandshakeHeader::LENGTH {
            // Whose bytes they are shows with the type of the message.
            return Err(Reads::Wait(
                Record::HEADER + HandshakeHeader::LENGTH - bytes.len(),
            ));
        }
        if !may_be {
            if is_answer && !self.is_found && !self.is_lost {
                self.plaintext(side, remaining, events);
            }
            return Err(self.not_tls());
        }
        self.halves[side].state = State::Open;
        Ok(())
    }

    /// TLS was asked for, and something else answers.
    fn plaintext(&mut self, side: Side, remaining: &Remaining<'_, '_>, events: &mut Events<'_>) {
        let Some(hello) = self
            .handshake
            .hello_seen()
            .filter(|_| remaining.stretch.from_beginning)
        else {
            return;
        };
        events.push(Event::TlsPlaintext(Box::new(TlsPlaintext {
            tls: side.other(),
            packet: hello.packet,
            other: looks_like(remaining.bytes),
        })));
        self.handshake.is_answered_in_clear = true;
    }

    fn ssl2(
        &mut self,
        side: Side,
        remaining: &Remaining<'_, '_>,
        events: &mut Events<'_>,
    ) -> Reads {
        let bytes = remaining.bytes;
        let [high, low, ..] = *bytes else {
            return Reads::Wait(1);
        };
        let whole = 2 + usize::from(u16::from_be_bytes([high & 0x7f, low]));
        let Some(record) = bytes.get(..whole) else {
            return Reads::Wait(whole - bytes.len());
        };
        let Some(hello) = ClientHello::parse_ssl2(record) else {
            return Reads::NotTls;
        };
        self.count_packets(side, remaining, 0..whole);
        let at = At {
            side,
            first: remaining.seen(0),
            last: remaining.seen(whole - 1),
            packets: self.halves[side].packets,
        };
        self.handshake.client_hello(hello, &at, events);
        Reads::Taken(whole)
    }

    /// Counts the packets that brought some of these bytes.
    fn count_packets(&mut self, side: Side, remaining: &Remaining<'_, '_>, of: Range<usize>) {
        let [from, to] = [of.start, of.end].map(|at| remaining.offset + at as u64);
        let half = &mut self.halves[side];
        if half.message.is_empty() {
            half.packets = 0;
            half.last_packet = 0;
        }
        for (offset, place, _) in remaining.stretch.packets(from) {
            if offset >= to {
                break;
            }
            if place.packet != half.last_packet {
                half.last_packet = place.packet;
                half.packets += 1;
            }
        }
    }

    /// The messages of a record.
    fn messages(
        &mut self,
        side: Side,
        body: &[u8],
        (first, last): (Seen, Seen),
        events: &mut Events<'_>,
    ) -> Reads {
        let taken = Record::HEADER + body.len();
        let half = &mut self.halves[side];
        let mut joined = std::mem::take(&mut half.message);
        let mut at = At {
            side,
            first: if joined.is_empty() { first } else { half.first },
            last,
            packets: half.packets,
        };
        let all = match joined.is_empty() {
            true => Cow::Borrowed(body),
            false => {
                joined.extend_from_slice(body);
                Cow::Owned(joined)
            }
        };
        let mut read = 0;
        while let Some(bytes) = all.get(read..).filter(|bytes| !bytes.is_empty()) {
            let header = HandshakeHeader::parse(bytes);
            if header.is_some_and(|header| header.length > MESSAGE_AT_MOST)
                || bytes.len() > MESSAGE_AT_MOST + HandshakeHeader::LENGTH
            {
                self.is_lost = true;
                return Reads::Over;
            }
            let whole = header.and_then(|header| {
                let end = HandshakeHeader::LENGTH + header.length;
                Some((header, bytes.get(HandshakeHeader::LENGTH..end)?, end))
            });
            let Some((header, message, end)) = whole else {
                let half = &mut self.halves[side];
                half.message = match (all, read) {
                    (Cow::Owned(all), 0) => all,
                    (all, read) => all.get(read..).unwrap_or_default().to_vec(),
                };
                half.first = at.first;
                return Reads::Taken(taken);
            };
            if !self.handshake.message(header.kind, message, &at, events) {
                return self.not_tls();
            }
            read += end;
            at.first = last;
        }
        Reads::Taken(taken)
    }

    /// A record of which only the length shows.
    fn encrypted(
        &mut self,
        side: Side,
        length: usize,
        first: Seen,
        events: &mut Events<'_>,
    ) -> Reads {
        if !self.handshake.has_begun() {
            return Reads::NotTls;
        }
        let is_done = self.handshake.encrypted(side, length, first, events);
        match is_done {
            true => Reads::Over,
            false => Reads::Skip(Record::HEADER, length as u64),
        }
    }

    fn alert(&mut self, side: Side, body: &[u8], first: Seen, events: &mut Events<'_>) -> Reads {
        let taken = Reads::Taken(Record::HEADER + body.len());
        let is_clear = self.halves[side].state == State::Open;
        let Some(alert) = Alert::parse(body).filter(|_| is_clear) else {
            return taken;
        };
        if !self.handshake.has_begun() {
            return Reads::NotTls;
        }
        self.handshake.alert(side, alert, first, events);
        taken
    }
}

/// What bytes look like that are no TLS.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    if http::may_begin(bytes) && bytes.starts_with(b"HTTP/") {
        return Some("HTTP");
    }
    match bytes {
        [b'S', b'S', b'H', b'-', ..] => Some("SSH"),
        [b'2', b'2', b'0', b' ' | b'-', ..] => Some("SMTP or FTP"),
        [b'+', b'O', b'K', ..] => Some("POP3"),
        [b'*', b' ', b'O', b'K', ..] => Some("IMAP"),
        _ => None,
    }
}
