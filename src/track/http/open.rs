//! The exchanges of a connection: what is asked and not answered yet, the oldest
//! first, and what is told when an answer is there.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::decode::http::{Head, StatusClass, is_preflight, refusal};
use crate::decode::websocket::Extensions;
use crate::track::stream::{End, Events, Next};
use crate::track::websocket::Agreed;
use crate::track::{
    Cors, Endpoint, Event, Exchange, HttpHeadOfLine, HttpMessage, HttpResponse, HttpServerError,
    HttpUnanswered, HttpUpgrade, HttpVersion, Informational, NoAnswer, PacketNumber, Seen, Side,
    Sides, SseStream, WebSocketUpgrade,
};

use super::event_stream::EventStream;
use super::polling::Polling;

/// Exchanges that are open on one connection at the most; more are counted, not
/// told.
const OPEN_AT_MOST: usize = 128;

/// Of so many of them the fields are kept.
const WITH_FIELDS: usize = 8;

/// Answers before an answer that are kept.
const INFORMATIONAL_AT_MOST: usize = 8;

/// An answer that waited for less is not worth a warning.
const BLOCKED_NS: u64 = 10_000_000;

/// What is asked and not answered yet.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Who asks; `None` until a first line shows it.
    pub asker: Option<Side>,
    waiting: VecDeque<Waiting>,
    /// Requests so far.
    asked: u64,
    /// Requests behind those that are kept, of which nothing is told.
    untold: u64,
    /// The last byte of the last answer.
    answered: Option<Seen>,
    /// The first of them is being answered.
    is_answering: bool,
    /// Which version is spoken was told.
    has_version: bool,
    /// How long its answers waited.
    waits: Polling,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Waiting {
    index: u64,
    request: HttpMessage,
    informational: Vec<Informational>,
    /// Sent before the answer to the one before was complete.
    is_pipelined: bool,
    is_certain: bool,
    told: Vec<Event>,
}

/// What is known of answers that do not come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    pub how: End,
    /// Whether one would have been seen.
    pub hears: bool,
}

/// Of an answer that the capture may have missed.
pub(super) const NOT_HEARD: Answered = Answered {
    how: End::Unknown,
    hears: false,
};

impl Open {
    /// The ends of the connection; the client is who asks.
    pub fn ends(&self, events: &Events<'_>) -> Sides<Endpoint> {
        let Sides { client, server } = events.ends;
        match self.asker {
            Some(Side::Server) => Sides {
                client: server,
                server: client,
            },
            _ => events.ends,
        }
    }

    /// How many wait, and the packet of the oldest.
    pub fn waiting(&self) -> Option<(u64, PacketNumber)> {
        let oldest = self.waiting.front()?;
        Some((
            self.waiting.len() as u64 + self.untold,
            oldest.request.first.packet,
        ))
    }

    /// Takes in a request; gives its index.
    pub fn ask(&mut self, mut request: HttpMessage, is_certain: bool) -> u64 {
        self.asked += 1;
        let index = self.asked;
        if self.waiting.len() >= OPEN_AT_MOST {
            self.untold += 1;
            return index;
        }
        if self.waiting.len() >= WITH_FIELDS {
            request.head = Arc::new(Head::clone(&request.head).without_fields());
        }
        self.waiting.push_back(Waiting {
            index,
            request,
            informational: Vec::new(),
            is_pipelined: !self.waiting.is_empty(),
            is_certain,
            told: Vec::new(),
        });
        index
    }

    /// The request of this index is complete, as far as it came.
    pub fn asked(&mut self, index: u64, request: HttpMessage) {
        if let Some(waiting) = self.of_index(index) {
            let head = Arc::clone(&waiting.request.head);
            waiting.request = HttpMessage { head, ..request };
        }
    }

    fn of_index(&mut self, index: u64) -> Option<&mut Waiting> {
        let mut all = self.waiting.iter_mut();
        all.find(|waiting| waiting.index == index)
    }

    /// Tells what happened, of a packet and of the exchange.
    pub fn tell(&mut self, index: u64, told: Vec<Event>, events: &mut Events<'_>) {
        for event in told {
            events.push(event.clone());
            // Events hold heads; of those far behind no more is kept than their lines.
            let mut near = self.waiting.iter_mut().take(WITH_FIELDS);
            if let Some(waiting) = near.find(|waiting| waiting.index == index) {
                waiting.told.push(event);
            }
        }
    }

    /// An answer before the answer.
    pub fn inform(&mut self, informational: Informational) {
        if let Some(first) = self.waiting.front_mut()
            && first.informational.len() < INFORMATIONAL_AT_MOST
        {
            first.informational.push(informational);
        }
    }

    /// The index of the exchange that is answered next.
    pub fn front_index(&self) -> u64 {
        self.waiting.front().map_or(0, |first| first.index)
    }

    /// The method of the request that is answered next.
    pub fn front_method(&self) -> Option<&str> {
        Some(self.waiting.front()?.request.head.request()?.0)
    }

    /// The head of the request that is answered next.
    pub fn front_head(&self) -> Option<Arc<Head>> {
        let first = self.waiting.front()?;
        Some(Arc::clone(&first.request.head))
    }

    /// Whether the request that is answered next is of HTTP/0.9.
    pub fn front_is_oldest(&self) -> bool {
        let first = self.waiting.front();
        first.is_some_and(|first| !first.request.head.version().names_itself())
    }

    /// How long nothing was asked before this.
    pub fn idle_ns(&self, now: Seen) -> Option<u64> {
        Some(now.time_ns.saturating_sub(self.answered?.time_ns))
    }

    /// The first of them is being answered.
    pub fn answering(&mut self) {
        self.is_answering = true;
    }

    /// The first of them is answered; gives who reads on, if it is another.
    pub fn answer(
        &mut self,
        response: HttpMessage,
        is_certain: bool,
        events: &mut Events<'_>,
    ) -> Option<Next> {
        self.is_answering = false;
        let earlier = self.answered.replace(response.last);
        let waiting = self.waiting.pop_front();
        let (index, request, informational, told) = match waiting {
            Some(waiting) => {
                let blocked = waiting.blocked(earlier, &response);
                let mut told = waiting.told;
                if let Some(blocked) = blocked.filter(|_| is_certain) {
                    events.push(Event::HttpHeadOfLine(blocked));
                    told.push(Event::HttpHeadOfLine(blocked));
                }
                let is_certain = waiting.is_certain;
                let request = Some((waiting.request, is_certain, waiting.is_pipelined));
                (waiting.index, request, waiting.informational, told)
            }
            None if self.untold > 0 => {
                self.untold -= 1;
                return None;
            }
            None => (self.asked, None, Vec::new(), Vec::new()),
        };
        let is_pipelined = request.as_ref().is_some_and(|(.., pipelined)| *pipelined);
        let is_certain = is_certain && request.as_ref().is_some_and(|(_, certain, _)| *certain);
        let request = request.map(|(request, ..)| request);
        let blocked_ns = request.as_ref().and_then(|request| {
            let earlier = earlier.filter(|_| is_pipelined)?;
            earlier.time_ns.checked_sub(request.last.time_ns)
        });
        let mut exchange = Exchange {
            number: 0,
            conversation: events.conversation,
            first_packet: events.conversation,
            index,
            ends: self.ends(events),
            is_complete: response.is_complete
                && request.as_ref().is_some_and(|request| request.is_complete),
            request,
            response: None,
            informational,
            is_certain,
            blocked_ns,
            opening: events.opening.filter(|_| index == 1),
            dns_ns: None,
            visit: None,
            events: told,
        };
        self.version(&exchange, &response, events);
        let client = self.asker.unwrap_or(Side::Client);
        let next = answered(&mut exchange, response, client, events);
        self.waits.exchange(&exchange);
        events.exchange(exchange);
        next
    }

    /// Tells of a response that was a stream of events.
    pub fn stream(
        &self,
        index: u64,
        response: &HttpMessage,
        stream: &EventStream,
        is_certain: bool,
        events: &mut Events<'_>,
    ) {
        let (median_ns, longest_ns) = stream.between_ns().unzip();
        events.push_finding(Event::SseStream(Box::new(SseStream {
            index,
            ends: self.ends(events),
            request: self.front_head(),
            first: response.first,
            last: response.last,
            events: stream.events,
            comments: stream.comments,
            bytes: response.body_bytes,
            median_ns,
            longest_ns,
            retry_ms: stream.retry_ms,
            last_id: stream.last_id.clone(),
            is_complete: response.is_complete,
            is_certain,
        })));
    }

    /// Tells of long polling, at the end of the connection.
    pub fn polling(&mut self, events: &mut Events<'_>) {
        for polling in self.waits.end() {
            events.push_finding(Event::HttpLongPolling(Box::new(polling)));
        }
    }

    /// Answers may be missing: what is asked may have been answered there. Most
    /// clients ask again only when they have an answer, so it is not known of the last
    /// alone.
    pub fn lose(&mut self, events: &mut Events<'_>) {
        let last = self.waiting.pop_back();
        self.end(NOT_HEARD, events);
        self.waiting.extend(last.map(|last| Waiting {
            is_certain: false,
            ..last
        }));
    }

    /// Something is asked where answers may be missing: the answer to the request
    /// before is, unless it is coming.
    pub fn asked_again(&mut self, events: &mut Events<'_>) {
        if !self.is_answering {
            self.end(NOT_HEARD, events);
        }
    }

    /// Tells once which version the connection speaks.
    fn version(&mut self, exchange: &Exchange, response: &HttpMessage, events: &mut Events<'_>) {
        let Some(request) = &exchange.request else {
            return;
        };
        if std::mem::replace(&mut self.has_version, true) {
            return;
        }
        events.push_finding(Event::HttpVersion(HttpVersion {
            of_request: request.head.version(),
            of_response: response.head.version(),
            request: request.first.packet,
            response: response.first.packet,
        }));
    }

    /// No answer comes any more.
    pub fn end(&mut self, answered: Answered, events: &mut Events<'_>) {
        let because = match answered.how {
            End::Closed => NoAnswer::Closed,
            End::Reset => NoAnswer::Reset,
            End::Unknown | End::TooLong | End::GivenUp => NoAnswer::Unknown,
        };
        self.untold = 0;
        for mut waiting in std::mem::take(&mut self.waiting) {
            let is_asked = waiting.request.is_complete && waiting.is_certain;
            if answered.hears && is_asked {
                let last = waiting.request.last;
                let now = events.now();
                let event = Event::HttpUnanswered(Box::new(HttpUnanswered {
                    index: waiting.index,
                    request: Arc::clone(&waiting.request.head),
                    last,
                    waited_ns: (now.packet > 0).then(|| now.time_ns.saturating_sub(last.time_ns)),
                    informational: waiting.informational.last().map(|last| last.status),
                    because,
                }));
                events.push_finding(event.clone());
                waiting.told.push(event);
            }
            events.exchange(Exchange {
                number: 0,
                conversation: events.conversation,
                first_packet: events.conversation,
                index: waiting.index,
                ends: self.ends(events),
                request: Some(waiting.request),
                response: None,
                informational: waiting.informational,
                is_complete: false,
                is_certain: waiting.is_certain && answered.hears,
                blocked_ns: None,
                opening: events.opening.filter(|_| waiting.index == 1),
                dns_ns: None,
                visit: None,
                events: waiting.told,
            });
        }
    }
}

impl Waiting {
    /// Whether its answer waited for the one before longer than for itself.
    fn blocked(&self, earlier: Option<Seen>, response: &HttpMessage) -> Option<HttpHeadOfLine> {
        let earlier = earlier.filter(|_| self.is_pipelined)?;
        let asked = self.request.last;
        let blocked_ns = earlier.time_ns.checked_sub(asked.time_ns)?;
        let own_ns = response.first.time_ns.saturating_sub(earlier.time_ns);
        (blocked_ns >= BLOCKED_NS && blocked_ns > own_ns).then_some(HttpHeadOfLine {
            index: self.index,
            blocked_ns,
            own_ns,
            earlier: earlier.packet,
            request: self.request.first.packet,
        })
    }
}

/// Tells of a response, and puts it into its exchange; gives who reads on, where
/// another protocol follows.
fn answered(
    exchange: &mut Exchange,
    response: HttpMessage,
    client: Side,
    events: &mut Events<'_>,
) -> Option<Next> {
    let wait_ns = {
        exchange.response = Some(response.clone());
        exchange.wait_ns()
    };
    let index = exchange.index;
    let request = exchange.request.as_ref();
    let head = request.map(|request| Arc::clone(&request.head));
    let asked = head.as_ref().and_then(|head| head.request());
    let code = response.head.status().map_or(0, |(code, _)| code);
    let is_tunnel = asked.is_some_and(|(method, _)| method == "CONNECT");
    let is_tunnel = is_tunnel && (200..300).contains(&code);
    let is_upgrade = code == 101;
    let is_websocket = is_upgrade && response.head.lists("Upgrade", "websocket");
    let mut told = vec![Event::HttpResponse(Box::new(HttpResponse {
        index,
        request: exchange.request.clone(),
        response: response.clone(),
        informational: exchange.informational.clone(),
        wait_ns,
        is_certain: exchange.is_certain,
    }))];
    if StatusClass::of(code) == StatusClass::ServerError {
        told.push(Event::HttpServerError(Box::new(HttpServerError {
            index,
            request: head.clone(),
            response: Arc::clone(&response.head),
            request_packet: request.map(|request| request.first.packet),
            packet: response.first.packet,
            wait_ns,
        })));
    }
    told.extend(cors(index, request, &response));
    if is_upgrade || is_tunnel {
        let upgrade = Box::new(HttpUpgrade {
            index,
            request: head.clone(),
            response: Arc::clone(&response.head),
        });
        told.push(match is_upgrade {
            true => Event::HttpUpgrade(upgrade),
            false => Event::HttpTunnel(upgrade),
        });
    }
    if is_websocket {
        told.push(Event::WebSocketUpgrade(Box::new(WebSocketUpgrade {
            index,
            request: head.clone(),
            response: Arc::clone(&response.head),
            asked: request.map(|request| request.first.packet),
        })));
    }
    for event in told {
        events.push(event.clone());
        exchange.events.push(event);
    }
    if is_websocket {
        let fields = response.head.fields();
        let fields = fields.filter(|field| field.is("Sec-WebSocket-Extensions"));
        let all: Vec<_> = fields.map(|field| field.value).collect();
        let extensions = Extensions::named(&all.join(","));
        return Some(Next::WebSocket(Agreed { client, extensions }));
    }
    (is_upgrade || is_tunnel).then_some(Next::Any)
}

/// What a browser makes of an answer to a page of another origin.
fn cors(index: u64, request: Option<&HttpMessage>, response: &HttpMessage) -> Vec<Event> {
    let Some(request) = request.filter(|request| request.head.value("Origin").is_some()) else {
        return Vec::new();
    };
    let refusal = refusal(&request.head, &response.head);
    let judged = Box::new(Cors {
        index,
        request: Arc::clone(&request.head),
        response: Arc::clone(&response.head),
        asked: request.first.packet,
        refusal,
    });
    let preflight = is_preflight(&request.head).then(|| Event::CorsPreflight(judged.clone()));
    let refused = refusal.map(|_| Event::CorsRefused(judged));
    preflight.into_iter().chain(refused).collect()
}
