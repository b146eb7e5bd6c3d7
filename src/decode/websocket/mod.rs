//! WebSocket (RFC 6455): the headers of frames, what a Close says, and the proof
//! that a server understood the handshake. Bytes come in, values go out; what breaks
//! a rule comes with the rule.

mod close;
mod fields;
mod frame;
#[cfg(test)]
mod tests;

pub use close::Close;
pub(in crate::decode) use fields::{begins_with_frames, fields};
pub use frame::{Extensions, Frame, Opcode, unmask};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

/// What stands behind the key before it is hashed (section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`: base64 of SHA-1
/// of the key and a fixed text (section 4.2.2, step 5.4).
#[must_use]
pub fn accept_of(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.trim().as_bytes());
    hash.update(GUID.as_bytes());
    STANDARD.encode(hash.finalize())
}

/// What a frame breaks, so that its receiver must fail the connection (RFC 6455).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Reserved bits are 0 unless an extension gives them a meaning (section 5.2).
    ReservedBits,
    /// The opcode has no meaning (section 5.2).
    Opcode,
    /// A length takes as few bytes as it can, and is below 2^63 (section 5.2).
    Length,
    /// A client masks its frames (section 5.1).
    NotMasked,
    /// A server does not mask its frames (section 5.1).
    Masked,
    /// Control frames have 125 bytes of payload at most (section 5.5).
    ControlLength,
    /// Control frames are not fragmented (section 5.5).
    ControlFragmented,
    /// A continuation goes on with a message (section 5.4).
    NothingToContinue,
    /// A new message begins when the one before has ended (section 5.4).
    NotContinued,
    /// A Close has no body, or one that begins with a code of two bytes (section
    /// 5.5.1).
    CloseLength,
    /// This code is never sent (section 7.4).
    CloseCode,
    /// The reason of a Close is UTF-8 (section 5.5.1).
    CloseReason,
    /// Behind its Close a side sends no more data (section 5.5.1).
    DataAfterClose,
}

impl Fault {
    /// Whether what follows can be read all the same.
    #[must_use]
    pub const fn is_readable(self) -> bool {
        matches!(self, Self::NotMasked | Self::Masked)
    }

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReservedBits => "reserved_bits",
            Self::Opcode => "opcode",
            Self::Length => "length",
            Self::NotMasked => "not_masked",
            Self::Masked => "masked",
            Self::ControlLength => "control_length",
            Self::ControlFragmented => "control_fragmented",
            Self::NothingToContinue => "nothing_to_continue",
            Self::NotContinued => "not_continued",
            Self::CloseLength => "close_length",
            Self::CloseCode => "close_code",
            Self::CloseReason => "close_reason",
            Self::DataAfterClose => "data_after_close",
        }
    }

    /// Where the rule stands.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::ReservedBits | Self::Opcode | Self::Length => "RFC 6455, 5.2",
            Self::NotMasked | Self::Masked => "RFC 6455, 5.1",
            Self::ControlLength | Self::ControlFragmented => "RFC 6455, 5.5",
            Self::NothingToContinue | Self::NotContinued => "RFC 6455, 5.4",
            Self::CloseLength | Self::CloseReason | Self::DataAfterClose => "RFC 6455, 5.5.1",
            Self::CloseCode => "RFC 6455, 7.4",
        }
    }

    /// Every fault.
    pub const ALL: [Self; 13] = [
        Self::ReservedBits,
        Self::Opcode,
        Self::Length,
        Self::NotMasked,
        Self::Masked,
        Self::ControlLength,
        Self::ControlFragmented,
        Self::NothingToContinue,
        Self::NotContinued,
        Self::CloseLength,
        Self::CloseCode,
        Self::CloseReason,
        Self::DataAfterClose,
    ];
}
