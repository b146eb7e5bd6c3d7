//! What the first bytes of a side tell: who may read it. Never the port.

use super::framing::Framed;
use super::proxy::{self, ProxyHeader};
use super::reader::StreamReader;
use super::verbatim::Verbatim;
use super::{End, Events, Next, Place, Side, Stretch, Unread, Want};
use crate::decode::{http, tls};
use crate::track::Framing;
use crate::track::dns::{MessagesOverTcp, may_begin_message};
use crate::track::http::HttpMessages;
use crate::track::tls::TlsRecords;
use crate::track::websocket::WebSocketFrames;

/// Who reads a connection. A reader's state is in its own allocation.
#[derive(Debug)]
pub(super) enum Reader {
    Dns(Box<MessagesOverTcp>),
    Framing(Box<Framed>),
    Http(Box<HttpMessages>),
    Proxy(ProxyHeader),
    Tls(Box<TlsRecords>),
    Verbatim(Box<Verbatim>),
    WebSocket(Box<WebSocketFrames>),
}

/// Who may read a side that begins with these bytes, if anything can.
/// `from_beginning`: they are the first that it ever sent, and not only the
/// first that were captured.
pub(super) fn taste(
    bytes: &[u8],
    from_beginning: bool,
    framing: Option<Framing>,
) -> Option<Reader> {
    if from_beginning && proxy::may_begin(bytes) {
        return Some(Reader::Proxy(ProxyHeader));
    }
    if tls::may_begin(bytes) {
        return Some(Reader::Tls(Box::default()));
    }
    if http::may_begin(bytes) {
        return Some(Reader::Http(Box::default()));
    }
    if may_begin_message(bytes) {
        return Some(Reader::Dns(Box::default()));
    }
    Framed::may_read(bytes, from_beginning, framing).then(|| Reader::of(Next::Framing, framing))?
}

impl Reader {
    /// The one that another names.
    /// `None`: the next bytes will tell.
    pub fn of(next: Next, framing: Option<Framing>) -> Option<Self> {
        match next {
            Next::Framing => Some(Self::Framing(Box::new(Framed::new(framing)))),
            Next::Any => None,
            Next::WebSocket(agreed) => {
                Some(Self::WebSocket(Box::new(WebSocketFrames::new(agreed))))
            }
        }
    }
}

impl StreamReader for Reader {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        match self {
            Self::Dns(reader) => reader.bytes(side, stretch, events),
            Self::Framing(reader) => reader.bytes(side, stretch, events),
            Self::Http(reader) => reader.bytes(side, stretch, events),
            Self::Proxy(reader) => reader.bytes(side, stretch, events),
            Self::Tls(reader) => reader.bytes(side, stretch, events),
            Self::Verbatim(reader) => reader.bytes(side, stretch, events),
            Self::WebSocket(reader) => reader.bytes(side, stretch, events),
        }
    }

    fn gap(&mut self, side: Side, missing: u32, events: &mut Events<'_>) -> Want {
        match self {
            Self::Dns(reader) => reader.gap(side, missing, events),
            Self::Framing(reader) => reader.gap(side, missing, events),
            Self::Http(reader) => reader.gap(side, missing, events),
            Self::Proxy(reader) => reader.gap(side, missing, events),
            Self::Tls(reader) => reader.gap(side, missing, events),
            Self::Verbatim(reader) => reader.gap(side, missing, events),
            Self::WebSocket(reader) => reader.gap(side, missing, events),
        }
    }

    fn sent_again(
        &mut self,
        side: Side,
        offset: u64,
        bytes: u32,
        place: Place,
        events: &mut Events<'_>,
    ) {
        if let Self::Verbatim(reader) = self {
            reader.sent_again(side, offset, bytes, place, events);
        }
    }

    fn has_heads(&self, side: Side, offset: Option<u64>, here: bool) -> bool {
        match self {
            Self::Dns(reader) => reader.has_heads(side, offset, here),
            Self::Framing(reader) => reader.has_heads(side, offset, here),
            Self::Http(reader) => reader.has_heads(side, offset, here),
            Self::Proxy(reader) => reader.has_heads(side, offset, here),
            Self::Tls(reader) => reader.has_heads(side, offset, here),
            Self::Verbatim(reader) => reader.has_heads(side, offset, here),
            Self::WebSocket(reader) => reader.has_heads(side, offset, here),
        }
    }

    fn missed(&mut self, side: Side, bytes: u64) {
        match self {
            Self::Dns(reader) => reader.missed(side, bytes),
            Self::Framing(reader) => reader.missed(side, bytes),
            Self::Http(reader) => reader.missed(side, bytes),
            Self::Proxy(reader) => reader.missed(side, bytes),
            Self::Tls(reader) => reader.missed(side, bytes),
            Self::Verbatim(reader) => reader.missed(side, bytes),
            Self::WebSocket(reader) => reader.missed(side, bytes),
        }
    }

    fn end(&mut self, side: Side, how: End, unread: Unread, events: &mut Events<'_>) {
        match self {
            Self::Dns(reader) => reader.end(side, how, unread, events),
            Self::Framing(reader) => reader.end(side, how, unread, events),
            Self::Http(reader) => reader.end(side, how, unread, events),
            Self::Proxy(reader) => reader.end(side, how, unread, events),
            Self::Tls(reader) => reader.end(side, how, unread, events),
            Self::Verbatim(reader) => reader.end(side, how, unread, events),
            Self::WebSocket(reader) => reader.end(side, how, unread, events),
        }
    }
}
