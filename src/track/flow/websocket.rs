//! What a conversation's WebSocket adds up to.

use crate::track::{Event, PacketNumber, Side, Sides, WebSocketUpgrade};

/// The WebSocket of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebSocketTotals {
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
    /// The extensions that it agreed on, as sent.
    pub extensions: Option<String>,
    /// By who sent them.
    pub sent: Sides<FramesSent>,
    /// How it was ended; `None` where no Close was seen.
    pub close: Option<CloseSeen>,
}

/// What one side sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FramesSent {
    /// Messages that are complete.
    pub messages: u64,
    /// Bytes of their payload.
    pub bytes: u64,
    /// Bytes of the headers of their frames, and of whole control frames.
    pub overhead_bytes: u64,
    /// Frames that ask whether the other side is there.
    pub pings: u64,
    /// Frames that say so.
    pub pongs: u64,
}

/// The first Close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseSeen {
    /// Who sent it.
    pub by: Side,
    /// The status code; `None` where it names none.
    pub code: Option<u16>,
    /// The reason in words; may be empty.
    pub reason: Box<str>,
    /// The packet.
    pub packet: PacketNumber,
    /// Whether the other side answered with its own.
    pub is_answered: bool,
}

impl WebSocketTotals {
    /// Begins with the handshake.
    pub(in crate::track) fn of(upgrade: &WebSocketUpgrade) -> Self {
        let value = |name: &str| upgrade.response.value(name).map(str::to_owned);
        Self {
            subprotocol: value("Sec-WebSocket-Protocol"),
            extensions: value("Sec-WebSocket-Extensions"),
            ..Self::default()
        }
    }

    /// Takes in what was told on a packet.
    pub(in crate::track) fn add(&mut self, event: &Event) {
        match event {
            Event::WebSocketMessage(message) => {
                let sent = &mut self.sent[message.sender];
                sent.messages += 1;
                sent.bytes += message.bytes;
                sent.overhead_bytes += message.overhead_bytes;
            }
            Event::WebSocketPing(ping) => {
                let sent = &mut self.sent[ping.sender];
                sent.pings += 1;
                sent.overhead_bytes += ping.overhead_bytes + ping.bytes;
            }
            Event::WebSocketPong(pong) => {
                let sent = &mut self.sent[pong.sender];
                sent.pongs += 1;
                sent.overhead_bytes += pong.overhead_bytes + pong.bytes;
            }
            Event::WebSocketClose(close) => {
                self.sent[close.sender].overhead_bytes += close.overhead_bytes + close.bytes;
                match &mut self.close {
                    Some(first) => first.is_answered |= first.by != close.sender,
                    first => {
                        *first = Some(CloseSeen {
                            by: close.sender,
                            code: close.code,
                            reason: close.reason.clone(),
                            packet: close.packet,
                            is_answered: false,
                        });
                    }
                }
            }
            _ => {}
        }
    }

    /// Messages of both sides.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.sent.client.messages + self.sent.server.messages
    }
}
