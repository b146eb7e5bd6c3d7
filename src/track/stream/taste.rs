//! What the first bytes of a side tell: who may read it. Never the port.

use super::framing::Framed;
use super::reader::StreamReader;
use super::verbatim::Verbatim;
use super::{Events, Next, Place, Side, Stretch, Want};
use crate::track::Framing;
use crate::track::dns::{MessagesOverTcp, may_begin_message};

/// Who reads a connection. A reader's state is in its own allocation.
#[derive(Debug)]
pub(super) enum Reader {
    Dns(Box<MessagesOverTcp>),
    Framing(Box<Framed>),
    Verbatim(Box<Verbatim>),
}

/// Who may read a side that begins with these bytes, if anything can.
/// `from_beginning`: they are the first that it ever sent, and not only the
/// first that were captured.
pub(super) fn taste(
    bytes: &[u8],
    from_beginning: bool,
    framing: Option<Framing>,
) -> Option<Reader> {
    if may_begin_message(bytes) {
        return Some(Reader::Dns(Box::default()));
    }
    Framed::may_read(bytes, from_beginning, framing).then(|| Reader::of(Next::Framing, framing))
}

impl Reader {
    /// The one that another names.
    pub fn of(next: Next, framing: Option<Framing>) -> Self {
        match next {
            Next::Framing => Self::Framing(Box::new(Framed::new(framing))),
        }
    }
}

impl StreamReader for Reader {
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want {
        match self {
            Self::Dns(reader) => reader.bytes(side, stretch, events),
            Self::Framing(reader) => reader.bytes(side, stretch, events),
            Self::Verbatim(reader) => reader.bytes(side, stretch, events),
        }
    }

    fn gap(&mut self, side: Side, missing: u32, events: &mut Events<'_>) -> Want {
        match self {
            Self::Dns(reader) => reader.gap(side, missing, events),
            Self::Framing(reader) => reader.gap(side, missing, events),
            Self::Verbatim(reader) => reader.gap(side, missing, events),
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

    fn end(&mut self, side: Side, how: super::End, events: &mut Events<'_>) {
        match self {
            Self::Dns(reader) => reader.end(side, how, events),
            Self::Framing(reader) => reader.end(side, how, events),
            Self::Verbatim(reader) => reader.end(side, how, events),
        }
    }
}
