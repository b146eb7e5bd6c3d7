//! What follows the bytes of a connection.

use super::{Place, Stretch};
use crate::decode::Packet;
use crate::decode::http::Secrets;
use crate::track::protocols::Protocols;
use crate::track::websocket::Agreed;
use crate::track::{
    Endpoint, Event, Exchange, Finding, Opening, Output, PacketNumber, Seen, Side, Sides,
    TlsSession,
};

/// Follows the bytes of a connection. Bytes come in order; it never sees a
/// packet.
pub(in crate::track) trait StreamReader {
    /// The next bytes of a side, from the first that it has not taken.
    fn bytes(&mut self, side: Side, stretch: &Stretch<'_>, events: &mut Events<'_>) -> Want;

    /// So many bytes of a side will never come: the peer has them and the
    /// capture has not, or they were given up. What the reader had not taken
    /// before them is gone too.
    fn gap(&mut self, side: Side, missing: u32, events: &mut Events<'_>) -> Want;

    /// Whether bytes of a side that come now may go on with a head that they do not
    /// begin. `offset`: theirs in the stream, `None` where it is not known; `here`: they
    /// are the next, and nothing waits to be taken before them.
    fn has_heads(&self, _: Side, _offset: Option<u64>, _here: bool) -> bool {
        false
    }

    /// So many of the bytes that need only be counted were not captured, as far as
    /// that is looked at.
    fn missed(&mut self, _: Side, _: u64) {}

    /// A packet brought so many bytes once more, from this offset on; they were
    /// delivered, or wait for their turn. Few readers have a use for that.
    fn sent_again(
        &mut self,
        _side: Side,
        _offset: u64,
        _bytes: u32,
        _place: Place,
        _events: &mut Events<'_>,
    ) {
    }

    /// Nothing more comes of a side.
    fn end(&mut self, side: Side, how: End, unread: Unread, events: &mut Events<'_>);
}

/// What a reader wants of a side next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) enum Want {
    /// So many bytes are done with; it is to be called again when at least so
    /// many more are there than it has seen.
    Bytes { taken: usize, more: usize },
    /// The next so many bytes need only be counted.
    Skip { taken: usize, bytes: u64 },
    /// Another reader goes on from here, with the bytes that are not taken; of
    /// the other side too. A reader that finds that the bytes are not for it,
    /// hands them over before it has taken any.
    HandOver { taken: usize, to: Next },
    /// Nothing more of this side is of interest.
    Nothing,
}

/// What of a side was expected when it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::track) struct Unread {
    /// Bytes that were to be counted and never came.
    pub skipped: u64,
    /// The side may have sent what the capture does not have.
    pub is_unseen: bool,
}

/// Who reads on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) enum Next {
    /// What tells messages apart that no protocol is known of.
    Framing,
    /// Whoever the next bytes are for.
    Any,
    /// What follows the frames of WebSocket, behind its handshake.
    WebSocket(Agreed),
}

/// Why nothing more comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) enum End {
    /// By a FIN, all bytes before it delivered.
    Closed,
    /// The connection was reset, or closed while bytes were missing.
    Reset,
    /// The reader wants more bytes at once than are kept for it.
    TooLong,
    /// The bytes were given up for want of memory.
    GivenUp,
    /// The capture ended, or the connection was silent for too long.
    Unknown,
}

/// Where a reader tells what it finds.
pub(in crate::track) struct Events<'a> {
    /// What the conversation is named by.
    pub conversation: PacketNumber,
    /// Its ends.
    pub ends: Sides<Endpoint>,
    /// Its opening, where both SYNs were seen.
    pub opening: Option<Opening>,
    /// What is done with secrets.
    pub secrets: Secrets,
    /// The packet that is at work; `None` at the end of a conversation.
    pub packet: Option<&'a Packet<'a>>,
    pub output: &'a mut Output,
    pub(in crate::track) protocols: &'a mut Protocols,
}

impl Events<'_> {
    /// Tells an event on the packet at work, or of the conversation where there
    /// is none.
    pub fn push(&mut self, event: Event) {
        if self.packet.is_some() {
            self.output.events.push(event);
        } else {
            self.push_finding(event);
        }
    }

    /// Tells what belongs to the conversation and to no single packet.
    pub fn push_finding(&mut self, event: Event) {
        self.output.findings.push(Finding {
            conversation: Some(self.conversation),
            first_packet: None,
            event,
        });
    }

    /// The packet that is at work, and its time; the packet is 0 at the end of a
    /// conversation.
    pub fn now(&self) -> Seen {
        self.packet.map_or_else(Seen::default, |packet| Seen {
            packet: packet.frame.number,
            time_ns: packet.frame.time_ns,
        })
    }

    /// Tells an exchange.
    pub fn exchange(&mut self, exchange: Exchange) {
        self.output.exchanges.push(exchange);
    }

    /// Tells what is known of the connection's TLS.
    pub fn session(&mut self, session: TlsSession) {
        self.output.sessions.push(session);
    }

    /// When what is delivered now could be delivered.
    pub fn now_ns(&self) -> Option<u64> {
        self.packet.map(|packet| packet.frame.time_ns)
    }

    /// A side sent a whole DNS message; `from`, `to`: where its first and its
    /// last byte came from.
    pub fn dns_message(&mut self, sender: Side, message: &[u8], from: Place, to: Place) {
        let Some(packet) = self.packet else { return };
        let ends = (self.ends[sender], self.ends[sender.other()]);
        let carried_by = (from.packet, to.packet);
        let conversation = self.conversation;
        self.protocols.dns_over_tcp(
            &packet.frame,
            ends,
            message,
            carried_by,
            conversation,
            self.output,
        );
    }
}
