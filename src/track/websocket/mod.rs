//! Who follows the frames of a WebSocket connection (RFC 6455): frames to messages,
//! pings to pongs, and who ends it, as bytes and never as packets.
//!
//! Payloads are counted and not kept, but for the beginning of a text and what a
//! control frame says. Bytes that the recording lacks are counted where the frame's
//! length is known; where they may hold a header, the reading goes on at the next
//! segment that is made of frames, and what is told from then on is not certain.

mod frame;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::decode::http::{Secrets, with_secrets_hidden};
use crate::decode::websocket::{Close, Extensions, Fault, Frame, Opcode};
use crate::track::stream::{End, Events, Remaining, StreamReader, Stretch, Unread, Want};
use crate::track::{
    Event, Seen, Side, Sides, WebSocketClose, WebSocketMessage, WebSocketPing, WebSocketPong,
    WebSocketProtocolError,
};
use frame::Payload;

/// Bytes of a text that are kept.
const TEXT_AT_MOST: usize = 256;

/// Characters of them that are told.
const TOLD_AT_MOST: usize = 80;

/// Bytes of a control frame's payload.
const CONTROL_AT_MOST: usize = 125;

/// Pings of a side that wait for their pongs at the most; of more the oldest are
/// forgotten.
const PINGS_AT_MOST: usize = 16;

/// Frames that have to follow one another for a place to be that of a frame.
const CHAIN: usize = 3;

/// What both sides agreed on in the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) struct Agreed {
    /// Who asked for it.
    pub client: Side,
    pub extensions: Extensions,
}

/// The WebSocket of one connection.
#[derive(Debug)]
pub(in crate::track) struct WebSocketFrames {
    agreed: Agreed,
    halves: Sides<Half>,
    /// Frames may be missing from here on.
    has_gap: bool,
}

/// One side.
#[derive(Debug, Default)]
struct Half {
    state: State,
    /// The message that is not complete yet.
    message: Option<Box<Message>>,
    /// Messages so far.
    messages: u64,
    /// Its pings that were not answered yet, the oldest first.
    pings: VecDeque<(Box<[u8]>, Seen)>,
    last_ping: Option<Seen>,
    /// Its Close.
    closed: Option<Seen>,
    /// That its frames have a mask, or none, against the rule was told.
    mask_is_told: bool,
}

#[derive(Debug, Default)]
enum State {
    /// A header comes next.
    #[default]
    Between,
    /// The payload of a frame.
    Payload(Box<Payload>),
    /// It is not known where a frame begins.
    Lost,
    /// Nothing more of it is read.
    Over,
}

/// A message of which frames have come.
#[derive(Debug)]
struct Message {
    opcode: Opcode,
    is_compressed: bool,
    bytes: u64,
    missing: u64,
    frames: u64,
    overhead: u64,
    text: Vec<u8>,
    first: Seen,
}

impl Message {
    /// How many more bytes of its text are kept.
    fn room(&self) -> usize {
        let is_read = self.opcode == Opcode::Text && !self.is_compressed && self.missing == 0;
        match is_read {
            true => TEXT_AT_MOST.saturating_sub(self.text.len()),
            false => 0,
        }
    }
}

/// What to do next with a side.
enum Reads {
    Taken(usize),
    Wait,
    Skip(u64),
    Over,
}

impl StreamReader for WebSocketFrames {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        let mut taken = 0;
        while let Some(at) = stretch.remaining(taken) {
            match self.step(side, &at, events) {
                Reads::Taken(bytes) => taken += bytes,
                Reads::Wait => break,
                Reads::Skip(bytes) => return Want::Skip { taken, bytes },
                Reads::Over => return Want::Nothing,
            }
        }
        Want::Bytes { taken, more: 1 }
    }

    fn gap(&mut self, side: Side, missing: u32, events: &mut Events<'_>) -> Want {
        let half = &mut self.halves[side];
        match &mut half.state {
            State::Over => return Want::Nothing,
            State::Lost => {}
            State::Between => self.lose(side),
            State::Payload(payload) => {
                let beyond = payload.gap(missing.into());
                let is_whole = payload.left == 0;
                if let Some(message) = half.message.as_mut().filter(|_| !payload.is_control()) {
                    message.missing += u64::from(missing) - beyond;
                }
                if beyond > 0 {
                    self.has_gap = true;
                }
                if is_whole {
                    let now = events.now();
                    self.frame_ends(side, now, events);
                }
                if beyond > 0 {
                    self.lose(side);
                }
            }
        }
        Want::Bytes { taken: 0, more: 1 }
    }

    fn missed(&mut self, side: Side, bytes: u64) {
        if let Some(message) = &mut self.halves[side].message {
            message.missing += bytes;
        }
    }

    fn end(&mut self, side: Side, _: End, _: Unread, _: &mut Events<'_>) {
        self.halves[side].state = State::Over;
    }
}

impl WebSocketFrames {
    /// Behind the handshake.
    pub fn new(agreed: Agreed) -> Self {
        Self {
            agreed,
            halves: Sides::default(),
            has_gap: false,
        }
    }

    fn step(&mut self, side: Side, at: &Remaining<'_, '_>, events: &mut Events<'_>) -> Reads {
        let half = &mut self.halves[side];
        match &mut half.state {
            State::Between => self.header(side, at, events),
            State::Payload(payload) => {
                let room = match (&half.message, payload.is_control()) {
                    (_, true) => CONTROL_AT_MOST,
                    (Some(message), false) => message.room(),
                    (None, false) => 0,
                };
                let taken = match payload.read(at.bytes, room) {
                    frame::Step::Takes(taken) => taken,
                    frame::Step::Skips(bytes) => return Reads::Skip(bytes),
                };
                if !payload.is_control()
                    && let Some(message) = &mut half.message
                {
                    message.text.append(&mut payload.kept);
                }
                if payload.left == 0 {
                    let last = at.seen(taken.saturating_sub(1));
                    self.frame_ends(side, last, events);
                }
                Reads::Taken(taken)
            }
            State::Lost => self.find(side, at),
            State::Over => Reads::Over,
        }
    }

    /// A header comes next.
    fn header(&mut self, side: Side, at: &Remaining<'_, '_>, events: &mut Events<'_>) -> Reads {
        let Some(frame) = Frame::parse(at.bytes) else {
            return Reads::Wait;
        };
        let from_client = side == self.agreed.client;
        let alone = frame.fault(from_client, self.agreed.extensions);
        let fault = match alone {
            Some(fault) if !fault.is_readable() => alone,
            _ => self.out_of_place(side, &frame).or(alone),
        };
        match fault {
            Some(fault) if fault.is_readable() => {
                self.other_mask(side, at.offset, &frame, fault, events);
            }
            Some(fault) => return self.protocol_error(side, at.offset, &frame, fault, events),
            None => {}
        }
        let half = &mut self.halves[side];
        let header = frame.header as u64;
        match frame.opcode {
            Opcode::Text | Opcode::Binary => {
                half.message = Some(Box::new(Message {
                    opcode: frame.opcode,
                    is_compressed: frame.reserved & 4 != 0 && self.agreed.extensions.deflate,
                    bytes: frame.length,
                    missing: 0,
                    frames: 1,
                    overhead: header,
                    text: Vec::new(),
                    first: at.seen(0),
                }));
            }
            Opcode::Continuation => {
                if let Some(message) = &mut half.message {
                    message.bytes += frame.length;
                    message.frames += 1;
                    message.overhead += header;
                }
            }
            _ => {}
        }
        half.state = State::Payload(Box::new(Payload::of(frame, at.offset)));
        if frame.length == 0 {
            let last = at.seen(frame.header - 1);
            self.frame_ends(side, last, events);
        }
        Reads::Taken(frame.header)
    }

    /// What a frame breaks where it stands.
    fn out_of_place(&self, side: Side, frame: &Frame) -> Option<Fault> {
        let half = &self.halves[side];
        if self.has_gap || frame.opcode.is_control() {
            return None;
        }
        if half.closed.is_some() {
            return Some(Fault::DataAfterClose);
        }
        match (frame.opcode, &half.message) {
            (Opcode::Continuation, None) => Some(Fault::NothingToContinue),
            (Opcode::Text | Opcode::Binary, Some(_)) => Some(Fault::NotContinued),
            _ => None,
        }
    }

    /// All of a frame has come; `last` is where its last byte was seen.
    fn frame_ends(&mut self, side: Side, last: Seen, events: &mut Events<'_>) {
        let state = std::mem::replace(&mut self.halves[side].state, State::Between);
        let State::Payload(payload) = state else {
            return;
        };
        if !payload.is_control() {
            if payload.frame.is_last {
                self.message_ends(side, last, events);
            }
            return;
        }
        if payload.has_gap {
            // What it said is not known.
            self.has_gap = true;
            return;
        }
        match payload.frame.opcode {
            Opcode::Ping => self.ping(side, &payload, last, events),
            Opcode::Pong => self.pong(side, &payload, last, events),
            Opcode::Close => self.close(side, &payload, last, events),
            _ => {}
        }
    }

    fn message_ends(&mut self, side: Side, last: Seen, events: &mut Events<'_>) {
        let is_certain = !self.has_gap;
        let half = &mut self.halves[side];
        let Some(message) = half.message.take() else {
            return;
        };
        half.messages += 1;
        let text = match (message.opcode, message.missing) {
            (Opcode::Text, 0) => shown(&message.text, message.bytes, events.secrets),
            _ => Box::default(),
        };
        events.push(Event::WebSocketMessage(Box::new(WebSocketMessage {
            sender: side,
            index: half.messages,
            opcode: message.opcode,
            is_compressed: message.is_compressed,
            bytes: message.bytes,
            missing_bytes: message.missing,
            frames: message.frames,
            overhead_bytes: message.overhead,
            text,
            first: message.first,
            last,
            is_certain,
        })));
    }

    fn ping(&mut self, side: Side, payload: &Payload, last: Seen, events: &mut Events<'_>) {
        let half = &mut self.halves[side];
        if half.pings.len() >= PINGS_AT_MOST {
            half.pings.pop_front();
        }
        half.pings.push_back((payload.kept.as_slice().into(), last));
        let before = half.last_ping.replace(last);
        events.push(Event::WebSocketPing(WebSocketPing {
            sender: side,
            bytes: payload.frame.length,
            overhead_bytes: payload.frame.header as u64,
            since_last_ns: before.and_then(|before| last.time_ns.checked_sub(before.time_ns)),
        }));
    }

    fn pong(&mut self, side: Side, payload: &Payload, last: Seen, events: &mut Events<'_>) {
        // A pong may answer the last of several pings alone (section 5.5.3).
        let pings = &mut self.halves[side.other()].pings;
        let of = pings.iter().rposition(|(said, _)| **said == *payload.kept);
        let ping = of.and_then(|index| pings.drain(..=index).next_back());
        let ping = ping.map(|(_, asked)| {
            let latency_ns = last.time_ns.saturating_sub(asked.time_ns);
            (asked.packet, latency_ns)
        });
        events.push(Event::WebSocketPong(WebSocketPong {
            sender: side,
            bytes: payload.frame.length,
            overhead_bytes: payload.frame.header as u64,
            ping,
            skipped: of.unwrap_or_default() as u32,
        }));
    }

    fn close(&mut self, side: Side, payload: &Payload, last: Seen, events: &mut Events<'_>) {
        let said = match Close::parse(&payload.kept) {
            Ok(said) => said,
            Err(fault) => {
                let frame = payload.frame;
                self.protocol_error(side, payload.offset, &frame, fault, events);
                return;
            }
        };
        let other = self.halves[side.other()].closed;
        self.halves[side].closed.get_or_insert(last);
        let reason = said.reason.as_bytes();
        events.push(Event::WebSocketClose(Box::new(WebSocketClose {
            sender: side,
            packet: last.packet,
            code: said.code,
            reason: shown(reason, reason.len() as u64, events.secrets),
            bytes: payload.frame.length,
            overhead_bytes: payload.frame.header as u64,
            answers: other.map(|closed| {
                let after_ns = last.time_ns.saturating_sub(closed.time_ns);
                (closed.packet, after_ns)
            }),
        })));
    }

    /// Each side masks its frames or not, against the rule: told once a side.
    fn other_mask(
        &mut self,
        side: Side,
        offset: u64,
        frame: &Frame,
        fault: Fault,
        events: &mut Events<'_>,
    ) {
        if !self.has_gap && !std::mem::replace(&mut self.halves[side].mask_is_told, true) {
            events.push(error(side, offset, frame, fault));
        }
    }

    /// The rest of the side cannot be read.
    fn protocol_error(
        &mut self,
        side: Side,
        offset: u64,
        frame: &Frame,
        fault: Fault,
        events: &mut Events<'_>,
    ) -> Reads {
        let half = &mut self.halves[side];
        half.message = None;
        if self.has_gap {
            // It may be the recording's fault, or this is no frame.
            half.state = State::Lost;
            return Reads::Taken(frame.header);
        }
        half.state = State::Over;
        events.push(error(side, offset, frame, fault));
        Reads::Over
    }

    /// Headers of a side may be missing.
    fn lose(&mut self, side: Side) {
        self.has_gap = true;
        let half = &mut self.halves[side];
        half.state = State::Lost;
        half.message = None;
    }

    /// Looks for a segment that is made of frames.
    fn find(&mut self, side: Side, at: &Remaining<'_, '_>) -> Reads {
        let Agreed { client, extensions } = self.agreed;
        let mut packets = at.stretch.packets(at.offset);
        let found = packets.find(|(.., bytes)| is_chain(bytes, side == client, extensions));
        match found {
            Some((offset, ..)) => {
                self.halves[side].state = State::Between;
                Reads::Taken((offset - at.offset) as usize)
            }
            None => Reads::Taken(at.bytes.len()),
        }
    }
}

fn error(sender: Side, offset: u64, frame: &Frame, fault: Fault) -> Event {
    Event::WebSocketProtocolError(WebSocketProtocolError {
        sender,
        offset,
        fault,
        opcode: frame.opcode,
        reserved: frame.reserved,
        bytes: frame.length,
    })
}

/// Whether bytes are frames, one behind the other: several, or as many as end where
/// they end.
fn is_chain(mut bytes: &[u8], from_client: bool, extensions: Extensions) -> bool {
    for _ in 0..CHAIN {
        let Some(frame) = Frame::parse(bytes) else {
            return false;
        };
        if frame.fault(from_client, extensions).is_some() {
            return false;
        }
        let length = usize::try_from(frame.length).unwrap_or(usize::MAX);
        match bytes.get(frame.header.saturating_add(length)..) {
            None => return false,
            Some([]) => return true,
            Some(rest) => bytes = rest,
        }
    }
    true
}

/// The beginning of a text of so many bytes as it may be shown; empty where it is
/// none.
fn shown(kept: &[u8], bytes: u64, secrets: Secrets) -> Box<str> {
    let is_cut = (kept.len() as u64) < bytes;
    let text = match str::from_utf8(kept) {
        Ok(text) => text,
        // The cut may fall inside a character.
        Err(error) if is_cut && error.error_len().is_none() => {
            let whole = kept.get(..error.valid_up_to()).unwrap_or_default();
            str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return Box::default(),
    };
    let text = match secrets {
        Secrets::Hide => Cow::Owned(with_secrets_hidden(text.as_bytes())),
        Secrets::Show => Cow::Borrowed(text.as_bytes()),
    };
    let text = String::from_utf8_lossy(&text);
    let mut told: String = text.chars().take(TOLD_AT_MOST).collect();
    if is_cut || told.len() < text.len() {
        told.push('…');
    }
    told.into_boxed_str()
}
