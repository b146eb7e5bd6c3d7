//! Who follows the HTTP/1.x of a connection: requests and responses in their
//! order, each response with the request that it answers (RFC 9112, section 9.3),
//! as bytes and never as packets.
//!
//! Bodies are counted, not kept. What is missing in the recording makes the rest
//! of the connection uncertain, and where a head may lie in it the reading goes on
//! at the next segment that begins with one.

mod body;
mod credentials;
mod event_stream;
mod open;
mod polling;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::decode::http::{
    BodyEnd, FirstLine, Head, Rule, end_of_head, first_line, may_begin, names_version,
    request_body, response_body,
};
use crate::decode::tls::begins_with_alert;
use crate::track::stream::{End, Events, Next, Remaining, StreamReader, Stretch, Unread, Want};
use crate::track::{
    Event, HttpBodyCut, HttpFramingConflict, HttpMalformed, HttpMessage, HttpPipelined,
    HttpRequest, HttpReused, Informational, Seen, Side, Sides, SseReconnected, TlsPlaintext,
};
use body::{Body, Gap, Step};
use credentials::Credentials;
use event_stream::EventStream;
use open::{Answered, NOT_HEARD, Open};

/// No first line is longer.
const LINE_AT_MOST: usize = 16 << 10;

/// The HTTP of one connection.
#[derive(Debug, Default)]
pub(in crate::track) struct HttpMessages {
    halves: Sides<Half>,
    /// What is asked and not answered yet.
    open: Open,
    /// Its cookies and tokens.
    credentials: Credentials,
    /// Bytes of heads may be missing from here on.
    has_gap: bool,
}

/// One side.
#[derive(Debug, Default)]
struct Half {
    state: State,
    /// Bytes of the head that were looked at and hold no end.
    looked_at: usize,
    /// Behind the last head that was read, in the stream.
    head_end: u64,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing has come yet.
    #[default]
    Empty,
    /// A head comes next.
    Between,
    /// The body of this message, of the exchange of this index.
    Body(Box<Coming>),
    /// It is not known where a message begins.
    Lost,
    /// Nothing more of it is read.
    Over,
}

/// A message whose body is coming.
#[derive(Debug)]
struct Coming {
    message: HttpMessage,
    body: Body,
    /// Of its exchange.
    index: u64,
    /// Its events, where it is a stream of them.
    stream: Option<Box<EventStream>>,
}

impl Coming {
    fn of(message: HttpMessage, body: Body, index: u64) -> Box<Self> {
        Box::new(Self {
            message,
            body,
            index,
            stream: None,
        })
    }
}

/// What to do next with a side.
enum Reads {
    Taken(usize),
    Wait,
    Skip(u64),
    Over,
    /// Another protocol is spoken behind so many bytes.
    HandOver(usize, Next),
}

impl StreamReader for HttpMessages {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        let mut taken = 0;
        while let Some(at) = stretch.remaining(taken) {
            match self.step(side, &at, events) {
                Reads::Taken(bytes) => taken += bytes,
                Reads::Wait => break,
                Reads::Skip(bytes) => return Want::Skip { taken, bytes },
                Reads::Over => return Want::Nothing,
                Reads::HandOver(bytes, to) => {
                    taken += bytes;
                    return Want::HandOver { taken, to };
                }
            }
        }
        Want::Bytes { taken, more: 1 }
    }

    fn has_heads(&self, side: Side, offset: Option<u64>, here: bool) -> bool {
        let half = &self.halves[side];
        // Of a head that was read already, when a part of it comes once more.
        let is_before = half.head_end > 0 && offset.is_none_or(|offset| offset < half.head_end);
        match &half.state {
            State::Empty | State::Between => !here,
            // Behind what could not be read nothing tells heads from bodies.
            State::Lost | State::Over => true,
            State::Body(_) => is_before,
        }
    }

    fn missed(&mut self, side: Side, bytes: u64) {
        if let State::Body(coming) = &mut self.halves[side].state {
            coming.body.missed(bytes);
        }
    }

    fn gap(&mut self, side: Side, missing: u32, events: &mut Events<'_>) -> Want {
        let half = &mut self.halves[side];
        half.looked_at = 0;
        let all = Want::Bytes { taken: 0, more: 1 };
        match &mut half.state {
            State::Over => return Want::Nothing,
            State::Lost => {}
            State::Empty | State::Between => self.lose(side, events),
            State::Body(coming) => {
                if let Some(stream) = &mut coming.stream {
                    stream.gap();
                }
                let after = coming.body.gap(missing.into());
                match after {
                    Gap::GoesOn => {}
                    Gap::Ends { beyond } => {
                        let last = events.now();
                        self.complete(side, last, beyond == 0, events);
                        if beyond > 0 {
                            self.lose(side, events);
                        }
                    }
                    Gap::Loses => {
                        let last = events.now();
                        self.has_gap = true;
                        self.complete(side, last, false, events);
                        self.lose(side, events);
                    }
                }
            }
        }
        all
    }

    fn end(&mut self, side: Side, how: End, unread: Unread, events: &mut Events<'_>) {
        let half = &mut self.halves[side];
        half.looked_at = 0;
        let was_over = matches!(half.state, State::Over);
        let was_lost = matches!(half.state, State::Lost);
        if let State::Body(coming) = &mut half.state {
            coming.body.never_came(unread.skipped);
            let ends = coming.body.ends_with_connection() && how == End::Closed;
            if !ends && matches!(how, End::Closed | End::Reset) {
                self.tell_cut(side, how, events);
            }
            let last = events.now();
            self.complete(side, last, ends, events);
        }
        self.halves[side].state = State::Over;
        if self.open.asker.is_some_and(|asker| asker != side) {
            let hears = !was_over && !was_lost && !unread.is_unseen && !self.has_gap;
            let answered = Answered {
                how,
                hears: hears && !matches!(how, End::TooLong | End::GivenUp),
            };
            self.open.end(answered, events);
            self.open.polling(events);
        }
    }
}

impl Coming {
    /// Takes in the next bytes; there is at least one.
    fn read(&mut self, at: &Remaining<'_, '_>) -> Step {
        if let Some(stream) = &mut self.stream {
            let own = self.body.own(at.bytes);
            let own = at.bytes.get(..own).unwrap_or_default();
            stream.read(own, |at_byte| at.seen(at_byte));
        }
        self.body.read(at.bytes)
    }
}

impl HttpMessages {
    /// Whether a whole first line was read.
    pub fn is_sure(&self) -> bool {
        self.open.asker.is_some()
    }

    fn step(&mut self, side: Side, at: &Remaining<'_, '_>, events: &mut Events<'_>) -> Reads {
        match &mut self.halves[side].state {
            State::Empty => {
                let begins = at.stretch.is_beginning();
                self.halves[side].state = match begins {
                    true => State::Between,
                    false => State::Lost,
                };
                Reads::Taken(0)
            }
            State::Between => self.head(side, at, events),
            State::Body(coming) => match coming.read(at) {
                Step::Takes(bytes) => {
                    coming.message.last = at.seen(bytes.saturating_sub(1));
                    Reads::Taken(bytes)
                }
                Step::Skips(bytes) => Reads::Skip(bytes),
                Step::Waits => Reads::Wait,
                Step::Ends(bytes) => {
                    let last = at.seen(bytes.saturating_sub(1));
                    match self.complete(side, last, true, events) {
                        Some(next) => Reads::HandOver(bytes, next),
                        None => Reads::Taken(bytes),
                    }
                }
                Step::Breaks(rule) => {
                    let last = at.seen(0);
                    self.complete(side, last, false, events);
                    self.malformed(side, at.offset, rule, events)
                }
            },
            State::Lost => self.find(side, at),
            State::Over => Reads::Over,
        }
    }

    /// Looks for a segment that begins with a head.
    fn find(&mut self, side: Side, at: &Remaining<'_, '_>) -> Reads {
        let mut packets = at.stretch.packets(at.offset);
        let begins = |bytes: &[u8]| may_begin(bytes) && !matches!(first_line(bytes), Some(Err(_)));
        match packets.find(|(.., bytes)| begins(bytes)) {
            Some((offset, ..)) => {
                self.halves[side].state = State::Between;
                Reads::Taken((offset - at.offset) as usize)
            }
            None => Reads::Taken(at.bytes.len()),
        }
    }

    /// A head comes next.
    fn head(&mut self, side: Side, at: &Remaining<'_, '_>, events: &mut Events<'_>) -> Reads {
        let empty_lines = match at.bytes {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            [b'\r'] => return Reads::Wait,
            _ => 0,
        };
        if empty_lines > 0 {
            return Reads::Taken(empty_lines);
        }
        let first = match first_line(at.bytes) {
            None if may_begin(at.bytes) && at.bytes.len() <= LINE_AT_MOST => return Reads::Wait,
            Some(Ok(first)) => Ok(first),
            Some(Err(rule)) => Err(rule),
            None => Err(Rule::FirstLine),
        };
        let (first, behind) = match first {
            Ok(first) => first,
            Err(_) if self.is_headless_answer(side) => return self.headless(side, at),
            // A line that names HTTP is meant to be HTTP, whatever else is wrong with it.
            Err(rule) if names_version(at.bytes) => {
                self.open.asker.get_or_insert(side);
                return self.malformed(side, at.offset, rule, events);
            }
            Err(_) if self.is_answered_by_tls(side, at) => {
                return self.answered_by_tls(side, at, events);
            }
            Err(rule) => return self.not_http(side, at.offset, rule, events),
        };
        let is_request = matches!(first, FirstLine::Request { .. });
        let is_oldest =
            matches!(first, FirstLine::Request { version, .. } if !version.names_itself());
        let asker = if is_request { side } else { side.other() };
        if self.open.asker.is_some_and(|known| known != asker) {
            // Both sides ask, or an answer comes from the one that asks.
            return self.not_http(side, at.offset, Rule::FirstLine, events);
        }
        let length = match is_oldest {
            true => Some(behind),
            false => end_of_head(at.bytes, self.halves[side].looked_at),
        };
        let Some(length) = length else {
            self.halves[side].looked_at = at.bytes.len();
            return Reads::Wait;
        };
        self.halves[side].looked_at = 0;
        self.halves[side].head_end = at.offset + length as u64;
        self.open.asker = Some(asker);
        let head = at.bytes.get(..length).unwrap_or_default();
        let head = match Head::parse(head, events.secrets) {
            Ok(head) => head,
            Err(fault) => {
                let offset = at.offset + fault.offset as u64;
                return self.malformed(side, offset, fault.rule, events);
            }
        };
        let (first, last) = (at.seen(0), at.seen(length - 1));
        let next = match is_request {
            true => {
                self.request(side, head, first, last, events);
                None
            }
            false => self.response(side, head, first, last, events),
        };
        match next {
            Some(next) => Reads::HandOver(length, next),
            None => Reads::Taken(length),
        }
    }

    /// Whether the bytes of this side answer a request of HTTP/0.9, which has no
    /// head and gets none.
    fn is_headless_answer(&self, side: Side) -> bool {
        self.open.asker == Some(side.other()) && self.open.front_is_oldest()
    }

    fn headless(&mut self, side: Side, at: &Remaining<'_, '_>) -> Reads {
        let message = message_of(
            Arc::new(Head::none()),
            BodyEnd::Close,
            at.seen(0),
            at.seen(0),
        );
        let index = self.open.front_index();
        if let Some(body) = Body::of(BodyEnd::Close) {
            self.halves[side].state = State::Body(Coming::of(message, body, index));
        }
        Reads::Taken(0)
    }

    /// Whether a request in clear text is answered by an alert of TLS, which is the
    /// first that this side ever sent.
    fn is_answered_by_tls(&self, side: Side, at: &Remaining<'_, '_>) -> bool {
        self.open.asker == Some(side.other())
            && at.stretch.from_beginning
            && at.offset == 0
            && !self.has_gap
            && begins_with_alert(at.bytes)
    }

    fn answered_by_tls(
        &mut self,
        side: Side,
        at: &Remaining<'_, '_>,
        events: &mut Events<'_>,
    ) -> Reads {
        self.halves[side].state = State::Over;
        events.push(Event::TlsPlaintext(Box::new(TlsPlaintext {
            tls: side,
            packet: at.seen(0).packet,
            other: Some("HTTP"),
        })));
        self.open.end(NOT_HEARD, events);
        Reads::Over
    }

    /// Something else than HTTP.
    fn not_http(&mut self, side: Side, offset: u64, rule: Rule, events: &mut Events<'_>) -> Reads {
        if self.is_sure() {
            return self.malformed(side, offset, rule, events);
        }
        Reads::HandOver(0, Next::Framing)
    }

    fn malformed(
        &mut self,
        sender: Side,
        offset: u64,
        rule: Rule,
        events: &mut Events<'_>,
    ) -> Reads {
        self.halves[sender].state = State::Over;
        let of_response = self.open.asker != Some(sender);
        // Where bytes are missing, or the reading began in the middle, it may be
        // the recording's fault.
        if !self.has_gap {
            events.push(Event::HttpMalformed(HttpMalformed {
                sender,
                of_response,
                offset,
                rule,
            }));
        }
        if of_response {
            self.open.end(NOT_HEARD, events);
        }
        Reads::Over
    }

    fn request(
        &mut self,
        side: Side,
        head: Head,
        first: Seen,
        last: Seen,
        events: &mut Events<'_>,
    ) {
        let ends_by = request_body(&head);
        let head = Arc::new(head);
        if self.has_gap {
            self.open.asked_again(events);
        }
        let before = self.open.waiting();
        let message = message_of(Arc::clone(&head), ends_by, first, last);
        let is_certain = !self.has_gap;
        let index = self.open.ask(message.clone(), is_certain);
        let mut told = vec![Event::HttpRequest(Box::new(HttpRequest {
            index,
            head: Arc::clone(&head),
            body: ends_by,
            first,
        }))];
        if let Some((before, oldest)) = before {
            told.push(Event::HttpPipelined(HttpPipelined {
                index,
                before,
                oldest,
            }));
        } else if index == 2 && !self.has_gap {
            let idle_ns = self.open.idle_ns(first);
            let opening = events.opening;
            told.push(Event::HttpReused(HttpReused { opening, idle_ns }));
        }
        told.extend(conflict(&head, false, index, ends_by));
        let ends = self.open.ends(events);
        if head.value("Last-Event-ID").is_some() {
            told.push(Event::SseReconnected(Box::new(SseReconnected {
                index,
                ends,
                head: Arc::clone(&head),
                first,
                earlier: None,
            })));
        }
        self.credentials.request(index, &head, ends, &mut told);
        self.open.tell(index, told, events);
        match Body::of(ends_by) {
            Some(body) => {
                self.halves[side].state = State::Body(Coming::of(message, body, index));
            }
            None => {
                self.halves[side].state = State::Between;
                self.open.asked(index, message);
            }
        }
    }

    fn response(
        &mut self,
        side: Side,
        head: Head,
        first: Seen,
        last: Seen,
        events: &mut Events<'_>,
    ) -> Option<Next> {
        let code = head.status().map_or(0, |(code, _)| code);
        self.halves[side].state = State::Between;
        if (100..200).contains(&code) && code != 101 {
            self.open.inform(Informational {
                status: code,
                seen: first,
            });
            return None;
        }
        let ends_by = response_body(&head, self.open.front_method());
        let index = self.open.front_index();
        let head = Arc::new(head);
        let mut told: Vec<_> = conflict(&head, true, index, ends_by).into_iter().collect();
        self.credentials
            .response(index, &head, first.packet, &mut told);
        self.open.tell(index, told, events);
        let message = message_of(head, ends_by, first, last);
        match Body::of(ends_by) {
            Some(mut body) => {
                self.open.answering();
                let stream = EventStream::of(&message.head);
                body.is_read = stream.is_some();
                let coming = Coming::of(message, body, index);
                self.halves[side].state = State::Body(Box::new(Coming { stream, ..*coming }));
                None
            }
            None => self.answer(message, events),
        }
    }

    /// The message of which a side sends the body ends here.
    fn complete(
        &mut self,
        side: Side,
        last: Seen,
        is_complete: bool,
        events: &mut Events<'_>,
    ) -> Option<Next> {
        let state = std::mem::replace(&mut self.halves[side].state, State::Between);
        let State::Body(coming) = state else {
            return None;
        };
        let Coming {
            mut message,
            body,
            index,
            stream,
        } = *coming;
        message.body_bytes = body.bytes;
        message.missing_bytes = body.missing;
        message.chunks = body.chunks;
        message.is_complete = is_complete;
        if !body.ends_with_connection() && is_complete {
            message.last = last;
        }
        if self.open.asker == Some(side) {
            self.open.asked(index, message);
            None
        } else {
            if let Some(stream) = stream {
                let is_certain = !self.has_gap && message.missing_bytes == 0;
                self.open
                    .stream(index, &message, &stream, is_certain, events);
            }
            self.answer(message, events)
        }
    }

    fn answer(&mut self, response: HttpMessage, events: &mut Events<'_>) -> Option<Next> {
        self.open.answer(response, !self.has_gap, events)
    }

    /// Heads of a side may be missing: what is asked and not answered may have
    /// been answered there.
    fn lose(&mut self, side: Side, events: &mut Events<'_>) {
        self.halves[side].state = State::Lost;
        self.has_gap = true;
        if self.open.asker.is_some_and(|asker| asker != side) {
            self.open.lose(events);
        }
    }

    /// The connection was closed in the middle of a body.
    fn tell_cut(&mut self, side: Side, how: End, events: &mut Events<'_>) {
        let State::Body(coming) = &self.halves[side].state else {
            return;
        };
        let Coming {
            message,
            body,
            index,
            ..
        } = &**coming;
        if body.ends_with_connection() || self.has_gap {
            return;
        }
        let of_response = self.open.asker != Some(side);
        // Who asks before it sends its body, and is refused, spares it (RFC 9110,
        // section 10.1.1).
        let is_spared = body.bytes == 0 && message.head.lists("Expect", "100-continue");
        if is_spared && !of_response {
            return;
        }
        let cut = HttpBodyCut {
            index: *index,
            of_response,
            head: Arc::clone(&message.head),
            request: self.open.front_head().filter(|_| of_response),
            body: message.body_ends_by,
            bytes: body.bytes,
            by_reset: how == End::Reset,
            packet: message.first.packet,
        };
        let index = *index;
        self.open
            .tell(index, vec![Event::HttpBodyCut(Box::new(cut))], events);
    }
}

/// What two readers may not agree upon, if there is anything.
fn conflict(head: &Head, of_response: bool, index: u64, body: BodyEnd) -> Option<Event> {
    let conflicts = head.conflicts();
    (!conflicts.is_empty()).then(|| {
        Event::HttpFramingConflict(Box::new(HttpFramingConflict {
            of_response,
            index,
            conflicts: conflicts.to_vec(),
            body,
        }))
    })
}

/// A message of which the head is there.
fn message_of(head: Arc<Head>, body_ends_by: BodyEnd, first: Seen, last: Seen) -> HttpMessage {
    HttpMessage {
        head,
        body_ends_by,
        body_bytes: 0,
        missing_bytes: 0,
        chunks: 0,
        is_complete: body_ends_by == BodyEnd::None,
        first,
        last,
    }
}
