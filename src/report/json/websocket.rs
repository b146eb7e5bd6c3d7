//! The member `websocket` of a conversation.

use super::conversation::PerSide;
use super::write::{Json, Plain, members, object};
use crate::track::{CloseSeen, FramesSent, WebSocketTotals};

impl Json for WebSocketTotals {
    fn write(&self, out: &mut Vec<u8>) {
        let each = |value: fn(&FramesSent) -> u64| PerSide(&self.sent, value);
        object(out, |out| {
            members!(
                out,
                "subprotocol": self.subprotocol,
                "extensions": self.extensions,
                "messages": each(|sent| sent.messages),
                "bytes": each(|sent| sent.bytes),
                "overhead_bytes": each(|sent| sent.overhead_bytes),
                "pings": each(|sent| sent.pings),
                "pongs": each(|sent| sent.pongs),
                "close": self.close.as_ref(),
            );
        });
    }
}

impl Json for CloseSeen {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "by": Plain(self.by.name()),
                "code": self.code,
                "reason": &*self.reason,
                "packet": self.packet,
                "answered": self.is_answered,
            );
        });
    }
}
